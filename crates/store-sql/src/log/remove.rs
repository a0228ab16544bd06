//! Removing rows with all that belongs to them. Attempts and counters stay: money is booked whether a row is kept or not.

use std::collections::HashMap;

use sqlx::Row as _;
use waypost_store::{GatewayRef, StoreError, filter::Filter, log::Order};
use waypost_types::RequestId;

use super::{
    columns::id_bytes,
    list::{Selection, gateway_number},
    multi::Multi,
};
use crate::{dialect::Tx, error::store_error};

/// What a removal took away.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Removed {
    pub(super) rows: u64,
    pub(super) payloads: u64,
}

/// The first matching rows of a gateway.
pub(super) async fn matching(
    tx: &mut Tx,
    gateway: &GatewayRef,
    filters: &[Filter],
    order: Order,
    limit: u32,
) -> Result<u64, StoreError> {
    let Some(gw) = gateway_number(tx, gateway).await? else { return Ok(0) };
    let selection = Selection::new(tx, gw, filters, None, order).await?;
    let ids = selection.first(tx, order, limit).await?;
    Ok(rows(tx, &ids).await?.rows)
}

/// Rows by their ids, of any gateway.
pub(super) async fn rows(tx: &mut Tx, ids: &[RequestId]) -> Result<Removed, StoreError> {
    let bind = |query: super::multi::Statement, id: &RequestId| query.bind(id_bytes(*id));
    let mut per_gateway = HashMap::<i64, i64>::new();
    for row in Multi::ids("SELECT gw FROM logs WHERE id IN").fetch(tx, ids, bind).await? {
        *per_gateway.entry(row.try_get("gw").map_err(store_error)?).or_default() += 1;
    }
    let payloads = Multi::ids("DELETE FROM payloads WHERE id IN").execute(tx, ids, bind).await?;
    Multi::ids("DELETE FROM log_metadata WHERE id IN").execute(tx, ids, bind).await?;
    Multi::ids("DELETE FROM log_records WHERE id IN").execute(tx, ids, bind).await?;
    let rows = Multi::ids("DELETE FROM logs WHERE id IN").execute(tx, ids, bind).await?;
    for (gw, count) in per_gateway {
        sqlx::query("UPDATE log_gateways SET row_count = row_count - $2 WHERE gw = $1")
            .bind(gw)
            .bind(count)
            .execute(&mut **tx)
            .await
            .map_err(store_error)?;
    }
    Ok(Removed { rows, payloads })
}
