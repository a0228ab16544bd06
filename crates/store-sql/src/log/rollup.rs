//! Sums of rows by minute and hour, written in the transaction that writes, changes or removes the rows (UX-36).
//!
//! A batch is folded in memory first; then each cell it touches is written once, whole. What the current minute and hour
//! hold is remembered between batches, so that usually nothing has to be read before.

mod fold;
mod question;
mod remember;
mod rows;

use sqlx::Row as _;
use waypost_store::{
    StoreError,
    insight::{self, Measures},
};
use waypost_types::UnixMs;

pub(super) use fold::Deltas;
pub(super) use question::pieces;
pub(super) use remember::{Direction, Rollups, Work};
pub(super) use rows::visible;

use crate::{
    dialect::Row,
    error::{corrupt, store_error},
};

pub(super) const MINUTE_MS: i64 = 60_000;
pub(super) const HOUR_MS: i64 = 3_600_000;

/// One stored cell's sum.
fn cell(row: &Row) -> Result<Measures, StoreError> {
    let bytes: &[u8] = row.try_get("cell").map_err(store_error)?;
    insight::decode(bytes).ok_or_else(|| corrupt("rollups.cell", "no sum in a version that this release reads"))
}

/// The minute that a moment lies in.
pub(super) const fn minute(at: UnixMs) -> i64 {
    period(at.0, MINUTE_MS)
}

/// The start of the period of this width that a moment lies in.
const fn period(at_ms: i64, width_ms: i64) -> i64 {
    at_ms - at_ms.rem_euclid(width_ms)
}
