//! Retention: by number, by age and by size, in bounded transactions so that batches come in between.

use sqlx::Row as _;
use waypost_store::{
    GatewayRef, StoreError,
    log::{Order, OrderKey, Retention, Swept},
    settings::LogStrategy,
};
use waypost_types::{RequestId, UnixMs};

use super::{
    columns::{id_bytes, signed},
    fold::{KEPT_MS, request_id},
    list::Selection,
    multi::Multi,
    remove,
    rollup::{Rollups, Work},
    write,
};
use crate::{
    dialect::{Pools, Row, Tx},
    error::store_error,
};

/// Rows, prompts or answers, and windows that one sweep removes at most of each.
const REMOVED_MAX: u32 = 5_000;
/// Blocks of prompts and answers that one sweep removes at most.
const BLOCKS_MAX: u32 = 200;

pub(super) async fn sweep(
    pools: &Pools,
    statements: &write::Statements,
    rollups: &Rollups,
    retention: &Retention,
    now: UnixMs,
) -> Result<Swept, StoreError> {
    let mut swept = Swept::default();
    for (gw, name, rows) in gateways(pools).await? {
        let mut tx = pools.begin().await?;
        let mut sums = rollups.begin();
        sweep_rows(&mut tx, statements, &mut sums, retention, (gw, &name, rows), now, &mut swept).await?;
        sweep_payloads_by_age(&mut tx, retention, &name, gw, now, &mut swept).await?;
        tx.commit().await.map_err(store_error)?;
        sums.done();
    }
    let mut tx = pools.begin().await?;
    if let Some(bytes_max) = retention.payload_bytes_max {
        sweep_payloads_by_size(&mut tx, bytes_max, &mut swept).await?;
    }
    sweep_ledger(&mut tx, now, &mut swept).await?;
    tx.commit().await.map_err(store_error)?;
    Ok(swept)
}

async fn gateways(pools: &Pools) -> Result<Vec<(i64, GatewayRef, u64)>, StoreError> {
    let mut reader = pools.reader().await?;
    let rows = sqlx::query("SELECT gw, account, gateway, row_count FROM log_gateways")
        .fetch_all(&mut *reader)
        .await
        .map_err(store_error)?;
    rows.iter()
        .map(|row| {
            let account: String = row.try_get("account").map_err(store_error)?;
            let gateway: String = row.try_get("gateway").map_err(store_error)?;
            let rows: i64 = row.try_get("row_count").map_err(store_error)?;
            Ok((row.try_get("gw").map_err(store_error)?, GatewayRef::new(account, gateway), rows.unsigned_abs()))
        })
        .collect()
}

/// Too old, or the oldest of too many.
async fn sweep_rows(
    tx: &mut Tx,
    statements: &write::Statements,
    sums: &mut Work<'_>,
    retention: &Retention,
    (gw, name, rows): (i64, &GatewayRef, u64),
    now: UnixMs,
    swept: &mut Swept,
) -> Result<(), StoreError> {
    let (rows_max, strategy) = write::rule_of(retention, name);
    let rule = retention.gateways.iter().find(|rule| rule.gateway == *name);
    let mut ids = Vec::new();
    if let Some(age_ms) = rule.and_then(|rule| rule.row_age_ms_max) {
        let found =
            sqlx::query("SELECT id FROM logs WHERE gw = $1 AND created_at < $2 ORDER BY created_at, id LIMIT $3")
                .bind(gw)
                .bind(now.plus_ms(-age_ms).0)
                .bind(i64::from(REMOVED_MAX))
                .fetch_all(&mut **tx)
                .await
                .map_err(store_error)?;
        ids = found.iter().map(|row| request_id(row, "id")).collect::<Result<_, _>>()?;
    }
    let surplus = rows.saturating_sub(rows_max);
    if strategy == LogStrategy::DeleteOldest && surplus > ids.len() as u64 {
        let limit = u32::try_from(surplus).unwrap_or(u32::MAX).min(REMOVED_MAX);
        let oldest_first = Order { by: OrderKey::CreatedAt, descending: false };
        ids = Selection::new(tx, gw, &[], None, oldest_first).await?.first(tx, oldest_first, limit).await?;
        swept.is_partial |= surplus > u64::from(limit);
    }
    swept.is_partial |= ids.len() >= REMOVED_MAX as usize;
    if let Some(last) = ids.iter().max() {
        note_sweep(tx, gw, last.at()).await?;
    }
    let removed = remove::rows(tx, statements, sums, &ids).await?;
    swept.rows += removed.rows;
    swept.payloads += removed.payloads;
    Ok(())
}

/// Sums of the time before are not whole any more; answers say so.
async fn note_sweep(tx: &mut Tx, gw: i64, last: UnixMs) -> Result<(), StoreError> {
    sqlx::query("UPDATE log_gateways SET swept_until = $2 WHERE gw = $1 AND swept_until < $2")
        .bind(gw)
        .bind(last.plus_ms(1).0)
        .execute(&mut **tx)
        .await
        .map(|_| ())
        .map_err(store_error)
}

async fn sweep_payloads_by_age(
    tx: &mut Tx,
    retention: &Retention,
    name: &GatewayRef,
    gw: i64,
    now: UnixMs,
    swept: &mut Swept,
) -> Result<(), StoreError> {
    let rule = retention.gateways.iter().find(|rule| rule.gateway == *name);
    let Some(age_ms) = rule.and_then(|rule| rule.payload_age_ms_max) else { return Ok(()) };
    let before = now.plus_ms(-age_ms).0;
    let sql = "SELECT block, payloads FROM payload_blocks WHERE gw = $1 AND newest < $2 ORDER BY newest LIMIT $3";
    let found = sqlx::query(sql)
        .bind(gw)
        .bind(before)
        .bind(i64::from(BLOCKS_MAX))
        .fetch_all(&mut **tx)
        .await
        .map_err(store_error)?;
    remove_blocks(tx, &found, swept).await?;
    let sql = "SELECT id, created_at FROM payloads WHERE gw = $1 AND created_at < $2 ORDER BY created_at LIMIT $3";
    let found = sqlx::query(sql)
        .bind(gw)
        .bind(before)
        .bind(i64::from(REMOVED_MAX))
        .fetch_all(&mut **tx)
        .await
        .map_err(store_error)?;
    let ids = found.iter().map(|row| request_id(row, "id")).collect::<Result<Vec<_>, _>>()?;
    remove_payloads(tx, ids, swept).await
}

/// The oldest of all gateways, until the rest fits: first those with rows of their own, which are few or from before
/// there were blocks.
async fn sweep_payloads_by_size(tx: &mut Tx, bytes_max: u64, swept: &mut Swept) -> Result<(), StoreError> {
    let sql = "SELECT CAST((SELECT COALESCE(SUM(compressed_bytes), 0) FROM payloads) + \
               (SELECT COALESCE(SUM(compressed_bytes), 0) FROM payload_blocks) AS BIGINT)";
    let stored: i64 = sqlx::query_scalar(sql).fetch_one(&mut **tx).await.map_err(store_error)?;
    let mut surplus = stored.saturating_sub(signed(bytes_max));
    if surplus <= 0 {
        return Ok(());
    }
    let sql = "SELECT id, compressed_bytes FROM payloads ORDER BY created_at, id, side LIMIT $1";
    let found = sqlx::query(sql).bind(i64::from(REMOVED_MAX)).fetch_all(&mut **tx).await.map_err(store_error)?;
    let oldest = surplus_of(found, &mut surplus)?;
    let ids = oldest.iter().map(|row| request_id(row, "id")).collect::<Result<Vec<_>, _>>()?;
    remove_payloads(tx, ids, swept).await?;
    let sql = "SELECT block, payloads, compressed_bytes FROM payload_blocks ORDER BY newest LIMIT $1";
    let found = sqlx::query(sql).bind(i64::from(BLOCKS_MAX)).fetch_all(&mut **tx).await.map_err(store_error)?;
    let oldest = surplus_of(found, &mut surplus)?;
    remove_blocks(tx, &oldest, swept).await
}

/// The first rows, as many as it takes.
fn surplus_of(found: Vec<Row>, surplus: &mut i64) -> Result<Vec<Row>, StoreError> {
    let mut taken = Vec::new();
    for row in found {
        if *surplus <= 0 {
            break;
        }
        let bytes: i64 = row.try_get("compressed_bytes").map_err(store_error)?;
        *surplus -= bytes;
        taken.push(row);
    }
    Ok(taken)
}

/// Whole blocks: their rows stay.
async fn remove_blocks(tx: &mut Tx, found: &[Row], swept: &mut Swept) -> Result<(), StoreError> {
    swept.is_partial |= found.len() >= BLOCKS_MAX as usize;
    let mut blocks = Vec::with_capacity(found.len());
    for row in found {
        let block: i64 = row.try_get("block").map_err(store_error)?;
        let payloads: i64 = row.try_get("payloads").map_err(store_error)?;
        swept.payloads += payloads.unsigned_abs();
        blocks.push(block);
    }
    let removal = Multi::ids("DELETE FROM payload_blocks WHERE block IN");
    removal.execute(tx, &blocks, |query, block| query.bind(*block)).await.map(|_| ())
}

/// Both sides of each request: half a conversation helps nobody.
async fn remove_payloads(tx: &mut Tx, mut ids: Vec<RequestId>, swept: &mut Swept) -> Result<(), StoreError> {
    swept.is_partial |= ids.len() >= REMOVED_MAX as usize;
    ids.dedup();
    let removal = Multi::ids("DELETE FROM payloads WHERE id IN");
    swept.payloads += removal.execute(tx, &ids, |query, id| query.bind(id_bytes(*id))).await?;
    Ok(())
}

/// Windows that no limit looks at, and attempts that no window needs. Reservations keep their window.
async fn sweep_ledger(tx: &mut Tx, now: UnixMs, swept: &mut Swept) -> Result<(), StoreError> {
    let windows = sqlx::query("DELETE FROM counters WHERE needed_until <= $1 AND reserved = 0")
        .bind(now.0)
        .execute(&mut **tx)
        .await
        .map_err(store_error)?;
    swept.windows += windows.rows_affected();
    sqlx::query("DELETE FROM attempts WHERE needed_until <= $1 AND ended <> 0")
        .bind(now.0)
        .execute(&mut **tx)
        .await
        .map_err(store_error)?;
    for (name, at) in [("windows_horizon", now), ("attempts_horizon", now.plus_ms(-KEPT_MS))] {
        sqlx::query("UPDATE state SET value = $2 WHERE name = $1 AND value < $2")
            .bind(name)
            .bind(at.0)
            .execute(&mut **tx)
            .await
            .map_err(store_error)?;
    }
    Ok(())
}
