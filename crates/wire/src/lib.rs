//! Bytes to meaning and back, per payload format: what a request asks, what an answer and a stream say, and how one
//! format is told in another.
//!
//! What this crate is not: it knows no provider, no URL and no network, has no clock and keeps no state between calls
//! except inside the readers that a stream needs. It decides nothing about routing or money.
//!
//! Two ways through it. A body that stays in its format is looked at, not parsed: [`json`] scans it once and edits the
//! original bytes, [`peek`] reads the few members that a decision needs, [`answer`] and [`tap`] learn usage and ending
//! from what passes by. A body that changes its format goes through the neutral forms in [`prompt`], [`reply`] and
//! [`event`], written and read by [`formats`].
//!
//! Reading order: [`json`], [`peek`], [`answer`], [`sse`], [`tap`]; then [`prompt`], [`reply`], [`event`], [`formats`].
#![forbid(unsafe_code)]
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

pub mod answer;
pub mod event;
pub mod formats;
pub mod json;
pub mod peek;
pub mod prompt;
pub mod reply;
pub mod sse;
pub mod tap;
