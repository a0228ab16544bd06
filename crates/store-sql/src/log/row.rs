//! Whole rows: reading them, and changing what people may change.

use std::collections::{HashMap, HashSet};

use serde::de::DeserializeOwned;
use sqlx::Row as _;
use waypost_store::{
    GatewayRef, StoreError,
    journaled::RecordView,
    log::{LogPatch, LogRow, Side},
};
use waypost_types::{Metadata, RequestId, record::RequestRecord};

use super::{
    blocks::Parts,
    columns::{self, id_bytes},
    fold::request_id,
    list::gateway_number,
    multi::Multi,
    payload::{bit, side_number},
    rollup::{Deltas, Direction, Work},
    slots,
    write::Statements,
};
use crate::{
    dialect::{Row, Tx},
    error::{corrupt, store_error},
};

const ROW: &str = "SELECT l.gw, l.id, l.feedback, l.score, l.block, l.place, l.sides, \
    COALESCE(l.extra_metadata, r.extra_metadata) AS extra_metadata, r.record FROM logs l \
    LEFT JOIN log_records r ON r.id = l.id WHERE l.id IN";

/// The rows with these ids, in this order.
pub(super) async fn in_order(
    connection: &mut sqlx::SqliteConnection,
    ids: &[RequestId],
) -> Result<Vec<LogRow>, StoreError> {
    let found = Multi::ids(ROW).fetch(connection, ids, |query, id| query.bind(id_bytes(*id))).await?;
    let blocks = Blocks::of(connection, &found).await?;
    let alone = Multi::ids("SELECT id, side FROM payloads WHERE id IN")
        .fetch(connection, ids, |query, id| query.bind(id_bytes(*id)))
        .await?;
    let mut payloads = HashSet::new();
    for row in &alone {
        let side: i64 = row.try_get("side").map_err(store_error)?;
        payloads.insert((request_id(row, "id")?, side));
    }
    let mut rows = HashMap::with_capacity(found.len());
    for row in &found {
        let id = request_id(row, "id")?;
        let mut log_row = blocks.read(row)?;
        log_row.has_request |= payloads.contains(&(id, side_number(Side::Request)));
        log_row.has_response |= payloads.contains(&(id, side_number(Side::Response)));
        rows.insert(id, log_row);
    }
    Ok(ids.iter().filter_map(|id| rows.remove(id)).collect())
}

/// Who looks at stored records: the gateway's number, the record as it was written and what was added to its metadata.
pub(super) type RecordVisitor<'a> = dyn FnMut(i64, &[u8], Option<&str>) -> Result<(), StoreError> + Send + 'a;

/// Visits the records of these rows, in no order. Returns how many blocks were opened for them.
pub(super) async fn each_record(
    connection: &mut sqlx::SqliteConnection,
    ids: &[RequestId],
    visit: &mut RecordVisitor<'_>,
) -> Result<usize, StoreError> {
    let mut opened = 0;
    // Each row may lie in a block of its own, which is a quarter of a megabyte.
    for ids in ids.chunks(256) {
        let found = Multi::ids(ROW).fetch(connection, ids, |query, id| query.bind(id_bytes(*id))).await?;
        let blocks = Blocks::of(connection, &found).await?;
        opened += blocks.records.len();
        for row in &found {
            let block: Option<i64> = row.try_get("block").map_err(store_error)?;
            let extra: Option<&str> = row.try_get("extra_metadata").map_err(store_error)?;
            visit(row.try_get("gw").map_err(store_error)?, blocks.text(row, block)?, extra)?;
        }
    }
    Ok(opened)
}

/// The blocks that rows point into.
struct Blocks {
    records: HashMap<i64, Parts>,
    /// Those whose prompts and answers are still there.
    with_payloads: HashSet<i64>,
}

pub(super) async fn find(
    connection: &mut sqlx::SqliteConnection,
    gateway: &GatewayRef,
    id: RequestId,
) -> Result<LogRow, StoreError> {
    let row = in_order(connection, &[id]).await?.pop().ok_or(StoreError::NotFound)?;
    let is_here = row.record.account == gateway.account && row.record.gateway == gateway.id;
    if is_here { Ok(row) } else { Err(StoreError::NotFound) }
}

pub(super) async fn patch(
    tx: &mut Tx,
    statements: &Statements,
    sums: &mut Work<'_>,
    gateway: &GatewayRef,
    id: RequestId,
    patch: LogPatch,
) -> Result<(), StoreError> {
    let mut row = find(tx, gateway, id).await?;
    let gw = gateway_number(tx, gateway).await?.ok_or(StoreError::NotFound)?;
    let before = row.metadata();
    row.feedback = patch.feedback.unwrap_or(row.feedback);
    row.score = patch.score.unwrap_or(row.score);
    let is_metadata_new = patch.metadata.is_some();
    row.extra_metadata = patch.metadata.map_or(row.extra_metadata, Option::unwrap_or_default);
    let visible = row.metadata();

    sqlx::query("UPDATE logs SET feedback = $2, score = $3 WHERE id = $1")
        .bind(id_bytes(id))
        .bind(row.feedback.map(i64::from))
        .bind(row.score.map(i64::from))
        .execute(&mut **tx)
        .await
        .map_err(store_error)?;
    if !is_metadata_new {
        return Ok(());
    }
    move_metadata(tx, sums, gw, &row, &before).await?;
    let extra = serde_json::to_string(&row.extra_metadata).map_err(|error| corrupt("extra_metadata", error))?;
    let extra = (!row.extra_metadata.0.is_empty()).then_some(extra);
    for sql in [
        "UPDATE logs SET extra_metadata = $2 WHERE id = $1",
        // Where a row without a block has it.
        "UPDATE log_records SET extra_metadata = $2 WHERE id = $1",
    ] {
        sqlx::query(sql).bind(id_bytes(id)).bind(extra.as_deref()).execute(&mut **tx).await.map_err(store_error)?;
    }
    let before = slots::of_rows(tx, &[id]).await?;
    let entries: Vec<_> = columns::metadata_rows(&visible).collect();
    sqlx::query("UPDATE logs SET metadata = $2, search_text = $3 WHERE id = $1")
        .bind(id_bytes(id))
        .bind(columns::metadata_text(entries.iter().map(|(name, value)| (&**name, &**value))))
        .bind(columns::search_text(row.record.error_message.as_deref(), row.record.event_id.as_deref()))
        .execute(&mut **tx)
        .await
        .map_err(store_error)?;
    let now = slots::of_rows(tx, &[id]).await?;
    statements.slots.add(tx, &now).await?;
    statements.slots.take(tx, &before).await
}

// === impl Blocks ===

impl Blocks {
    async fn of(connection: &mut sqlx::SqliteConnection, rows: &[Row]) -> Result<Self, StoreError> {
        let mut numbers = Vec::new();
        for row in rows {
            let block: Option<i64> = row.try_get("block").map_err(store_error)?;
            numbers.extend(block);
        }
        numbers.sort_unstable();
        numbers.dedup();
        let bind = |query: super::multi::Statement, block: &i64| query.bind(*block);
        let mut records = HashMap::with_capacity(numbers.len());
        let sql = "SELECT block, codec, raw_bytes, body FROM log_blocks WHERE block IN";
        for row in &Multi::ids(sql).fetch(connection, &numbers, bind).await? {
            records.insert(row.try_get("block").map_err(store_error)?, Parts::open(row)?);
        }
        let mut with_payloads = HashSet::new();
        let sql = "SELECT block FROM payload_blocks WHERE block IN";
        for row in &Multi::ids(sql).fetch(connection, &numbers, bind).await? {
            with_payloads.insert(row.try_get("block").map_err(store_error)?);
        }
        Ok(Self { records, with_payloads })
    }

    fn read(&self, row: &Row) -> Result<LogRow, StoreError> {
        let block: Option<i64> = row.try_get("block").map_err(store_error)?;
        let sides: Option<i64> = row.try_get("sides").map_err(store_error)?;
        let extra: Option<String> = row.try_get("extra_metadata").map_err(store_error)?;
        let feedback: Option<i64> = row.try_get("feedback").map_err(store_error)?;
        let score: Option<i64> = row.try_get("score").map_err(store_error)?;
        let sides = sides.filter(|_| block.is_some_and(|block| self.with_payloads.contains(&block))).unwrap_or(0);
        Ok(LogRow {
            record: self.record(row, block)?,
            feedback: feedback.and_then(|value| i8::try_from(value).ok()),
            score: score.and_then(|value| u8::try_from(value).ok()),
            extra_metadata: extra
                .map(|text| json::<Metadata>("extra_metadata", &text))
                .transpose()?
                .unwrap_or_default(),
            has_request: sides & bit(Side::Request) != 0,
            has_response: sides & bit(Side::Response) != 0,
        })
    }

    fn record(&self, row: &Row, block: Option<i64>) -> Result<RequestRecord, StoreError> {
        serde_json::from_slice(self.text(row, block)?).map_err(|error| corrupt("record", error))
    }

    /// The record as it was written.
    fn text<'a>(&'a self, row: &'a Row, block: Option<i64>) -> Result<&'a [u8], StoreError> {
        let Some(block) = block else {
            return row.try_get::<&str, _>("record").map(str::as_bytes).map_err(store_error);
        };
        let place: i64 = row.try_get("place").map_err(store_error)?;
        let part = u32::try_from(place).ok().and_then(|place| self.records.get(&block)?.get(place));
        part.ok_or_else(|| corrupt("record", "it is not in its block"))
    }
}

/// The row counts under other metadata than before.
async fn move_metadata(
    tx: &mut Tx,
    sums: &mut Work<'_>,
    gw: i64,
    row: &LogRow,
    before: &Metadata,
) -> Result<(), StoreError> {
    let text = serde_json::to_string(&row.record).map_err(|error| corrupt("record", error))?;
    let record: RecordView<'_> = serde_json::from_str(&text).map_err(|error| corrupt("record", error))?;
    for (metadata, by, direction) in [(before, -1, Direction::Go), (&row.metadata(), 1, Direction::Come)] {
        let entries: Vec<_> = columns::metadata_rows(metadata).collect();
        let mut deltas = Deltas::default();
        deltas.add_metadata(gw, &record, entries.iter().map(|(key, value)| (&**key, &**value)), by);
        sums.apply(tx, deltas, direction).await?;
    }
    Ok(())
}

fn json<T: DeserializeOwned>(what: &str, text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|error| corrupt(what, error))
}
