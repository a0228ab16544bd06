//! Removing rows with all that belongs to them. Attempts and counters stay: money is booked whether a row is kept or not.

use std::collections::{BTreeMap, HashMap, HashSet};

use sqlx::Row as _;
use waypost_store::{GatewayRef, StoreError, filter::Filter, journaled::RecordView, log::Order};
use waypost_types::RequestId;

use super::{
    blocks::{Packer, Parts},
    columns::{id_bytes, signed},
    list::{Selection, gateway_number},
    multi::Multi,
    rollup::{Deltas, Direction, Work, visible},
    row::each_record,
    slots,
    write::Statements,
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
    statements: &Statements,
    sums: &mut Work<'_>,
    gateway: &GatewayRef,
    filters: &[Filter],
    order: Order,
    limit: u32,
) -> Result<u64, StoreError> {
    let Some(gw) = gateway_number(tx, gateway).await? else { return Ok(0) };
    let selection = Selection::new(tx, gw, filters, None, order).await?;
    let ids = selection.first(tx, order, limit).await?;
    Ok(rows(tx, statements, sums, &ids).await?.rows)
}

/// Rows by their ids, of any gateway.
pub(super) async fn rows(
    tx: &mut Tx,
    statements: &Statements,
    sums: &mut Work<'_>,
    ids: &[RequestId],
) -> Result<Removed, StoreError> {
    let bind = |query: super::multi::Statement, id: &RequestId| query.bind(id_bytes(*id));
    let mut per_gateway = HashMap::<i64, i64>::new();
    let mut per_kind = HashMap::<i64, i64>::new();
    let mut per_block = BTreeMap::<i64, HashSet<u32>>::new();
    for row in Multi::ids("SELECT gw, kind, block, place FROM logs WHERE id IN").fetch(tx, ids, bind).await? {
        *per_gateway.entry(row.try_get("gw").map_err(store_error)?).or_default() += 1;
        *per_kind.entry(row.try_get("kind").map_err(store_error)?).or_default() -= 1;
        let block: Option<i64> = row.try_get("block").map_err(store_error)?;
        let place: Option<i64> = row.try_get("place").map_err(store_error)?;
        if let (Some(block), Some(place)) = (block, place.and_then(|place| u32::try_from(place).ok())) {
            per_block.entry(block).or_default().insert(place);
        }
    }
    let mut deltas = Deltas::default();
    each_record(tx, ids, &mut |gw, json, extra| {
        // A record that cannot be read any more was counted all the same; its cells keep it rather than its row.
        let Ok(record) = serde_json::from_slice::<RecordView<'_>>(json) else { return Ok(()) };
        let metadata = visible(&record, extra)?;
        deltas.add(gw, &record, metadata.iter().map(|(key, value)| (&**key, &**value)), -1);
        Ok(())
    })
    .await?;
    sums.apply(tx, deltas, Direction::Go).await?;
    let mut payloads = Multi::ids("DELETE FROM payloads WHERE id IN").execute(tx, ids, bind).await?;
    for (block, places) in per_block {
        payloads += from_block(tx, block, &places).await?;
    }
    let slots = slots::of_rows(tx, ids).await?;
    Multi::ids("DELETE FROM log_records WHERE id IN").execute(tx, ids, bind).await?;
    let rows = Multi::ids("DELETE FROM logs WHERE id IN").execute(tx, ids, bind).await?;
    statements.slots.take(tx, &slots).await?;
    let per_kind: Vec<_> = per_kind.into_iter().collect();
    statements.kinds.count(tx, &per_kind).await?;
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

/// Takes rows out of their block: what was removed is not to be found in the file. Returns how many prompts and answers
/// went.
async fn from_block(tx: &mut Tx, block: i64, places: &HashSet<u32>) -> Result<u64, StoreError> {
    let mut packer = Packer::default();
    if let Some(parts) = parts(tx, "SELECT codec, raw_bytes, body FROM log_blocks WHERE block = $1", block).await? {
        let kept = parts.without(|key| places.contains(&key));
        if kept.is_empty() {
            delete(tx, "DELETE FROM log_blocks WHERE block = $1", block).await?;
        } else {
            let packed = packer.pack(&kept);
            sqlx::query("UPDATE log_blocks SET codec = $2, raw_bytes = $3, body = $4 WHERE block = $1")
                .bind(block)
                .bind(packed.codec)
                .bind(packed.raw_bytes)
                .bind(packed.body)
                .execute(&mut **tx)
                .await
                .map_err(store_error)?;
        }
    }
    let sql = "SELECT codec, raw_bytes, body FROM payload_blocks WHERE block = $1";
    let Some(parts) = parts(tx, sql, block).await? else { return Ok(0) };
    let kept = parts.without(|key| places.contains(&(key / 2)));
    if kept.is_empty() {
        delete(tx, "DELETE FROM payload_blocks WHERE block = $1", block).await?;
    } else if kept.bytes() < parts.bytes() {
        let packed = packer.pack(&kept);
        let sql = "UPDATE payload_blocks SET payloads = $2, compressed_bytes = $3, codec = $4, raw_bytes = $5, \
                   body = $6 WHERE block = $1";
        sqlx::query(sql)
            .bind(block)
            .bind(signed(kept.count() as u64))
            .bind(signed(packed.body.len() as u64))
            .bind(packed.codec)
            .bind(packed.raw_bytes)
            .bind(packed.body)
            .execute(&mut **tx)
            .await
            .map_err(store_error)?;
    }
    Ok((parts.count() - kept.count()) as u64)
}

async fn parts(tx: &mut Tx, sql: &'static str, block: i64) -> Result<Option<Parts>, StoreError> {
    let row = sqlx::query(sql).bind(block).fetch_optional(&mut **tx).await.map_err(store_error)?;
    row.as_ref().map(Parts::open).transpose()
}

async fn delete(tx: &mut Tx, sql: &'static str, block: i64) -> Result<(), StoreError> {
    sqlx::query(sql).bind(block).execute(&mut **tx).await.map(|_| ()).map_err(store_error)
}
