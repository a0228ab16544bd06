//! One batch: rows with their kinds and slots, blocks, events and positions.

use std::collections::BTreeSet;

use foldhash::{HashMap, HashMapExt as _, HashSet, HashSetExt as _};
use sqlx::Row as _;
use waypost_store::{
    GatewayRef, StoreError,
    journaled::Journaled,
    log::{Batch, PayloadRecord, Retention, RetentionRule, Written},
    settings::{GatewaySettings, LogStrategy},
};
use waypost_types::RequestId;

use super::{
    blocks::{self, Packed, Packer, Parts},
    columns::{self, id_bytes, signed},
    fold,
    kinds::{self, Kinds},
    multi::Multi,
    payload::{self, ByRequest},
    rollup::{Deltas, Direction, Work},
    slots::{self, Slots},
};
use crate::{dialect::Tx, error::store_error};

/// Statements of a batch, in every size.
#[derive(Debug)]
pub(super) struct Statements {
    known_rows: Multi,
    rows: Multi,
    blocks: Multi,
    payload_blocks: Multi,
    pub(super) kinds: kinds::Statements,
    pub(super) slots: slots::Statements,
    routes: Multi,
    payloads: Multi,
    known_sides: Multi,
    positions: Multi,
    fold: fold::Statements,
}

impl Statements {
    pub(super) fn new() -> Self {
        Self {
            known_rows: Multi::ids("SELECT id FROM logs WHERE id IN"),
            rows: columns::insertion(),
            blocks: Multi::rows("INSERT INTO log_blocks (block, codec, raw_bytes, body) VALUES", 4, ""),
            payload_blocks: Multi::rows(
                "INSERT INTO payload_blocks (block, gw, newest, payloads, compressed_bytes, codec, raw_bytes, body) VALUES",
                8,
                "",
            ),
            kinds: kinds::Statements::new(),
            slots: slots::Statements::new(),
            routes: Multi::rows("INSERT INTO log_routes (gw, route_id, name) VALUES", 3, "ON CONFLICT DO NOTHING"),
            payloads: Multi::rows(
                "INSERT INTO payloads (id, side, gw, created_at, content_type, stored_bytes, full_bytes, \
                 compressed_bytes, codec, body) VALUES",
                10,
                "ON CONFLICT DO NOTHING",
            ),
            known_sides: Multi::ids("SELECT id, sides FROM logs WHERE sides <> 0 AND id IN"),
            positions: Multi::rows(
                "INSERT INTO journal_positions (stream, segment, byte_offset) VALUES",
                3,
                "ON CONFLICT (stream) DO UPDATE SET segment = excluded.segment, byte_offset = excluded.byte_offset",
            ),
            fold: fold::Statements::new(),
        }
    }
}

/// A gateway as the log knows it.
#[derive(Clone, Copy, Debug)]
struct Known {
    gw: i64,
    rows: u64,
    new_rows: u64,
    stopped: u64,
}

/// Gateways by account and id.
#[derive(Debug, Default)]
struct Gateways(HashMap<String, HashMap<String, Known>>);

/// A row to insert, with its gateway's number.
type NewRow<'a> = (i64, &'a Journaled<'a>);

/// Everything of a batch.
pub(super) async fn write(
    tx: &mut Tx,
    statements: &Statements,
    sums: &mut Work<'_>,
    batch: &Batch<'_>,
    retention: &Retention,
) -> Result<Written, StoreError> {
    let mut written = Written::default();
    let mut gateways = Gateways::load(tx, batch).await?;
    let (rows, stopped) = rows(tx, statements, batch, retention, &mut gateways, &mut written).await?;
    let payloads = payload::by_request(&batch.payloads);
    let filled = fill_blocks(tx, &rows, &payloads).await?;
    let deltas = insert_rows(tx, statements, &rows, &filled).await?;
    sums.apply(tx, deltas, Direction::Come).await?;
    written.payloads += filled.payloads;
    let is_placed = |id: &RequestId| filled.requests.contains(id) || stopped.contains(id);
    let late: Vec<_> = batch.payloads.iter().filter(|payload| !is_placed(&payload.request)).collect();
    written.repeated += (batch.payloads.iter().filter(|payload| filled.requests.contains(&payload.request)).count()
        as u64)
        .saturating_sub(filled.payloads);
    insert_late_payloads(tx, statements, &late, &gateways, &mut written).await?;
    gateways.count_rows(tx).await?;
    let written = fold::fold(tx, &statements.fold, batch, written).await?;
    let bind = |query: super::multi::Statement, at: &waypost_store::ledger::JournalPosition| {
        query.bind(i64::from(at.stream)).bind(signed(at.segment)).bind(signed(at.offset))
    };
    statements.positions.execute(tx, &batch.positions, bind).await?;
    Ok(written)
}

/// Rows to insert: new ones, as many as their gateway may have. Also those that were kept out.
async fn rows<'a>(
    tx: &mut Tx,
    statements: &Statements,
    batch: &'a Batch<'a>,
    retention: &Retention,
    gateways: &mut Gateways,
    written: &mut Written,
) -> Result<(Vec<NewRow<'a>>, HashSet<RequestId>), StoreError> {
    let wanted: Vec<_> = batch.records.iter().filter(|entry| entry.record.keep_row).collect();
    let mut known = stored(tx, statements, &wanted).await?;
    let limits: Vec<_> = retention.gateways.iter().filter(|rule| rule.strategy == LogStrategy::StopInserting).collect();

    let (mut rows, mut stopped) = (Vec::with_capacity(wanted.len()), HashSet::new());
    for entry in wanted {
        let record = &entry.record;
        if !known.insert(record.id) {
            written.repeated += 1;
            continue;
        }
        let Some(gateway) = gateways.get_mut(&record.account, &record.gateway) else { continue };
        let is_here =
            |rule: &&&RetentionRule| rule.gateway.id == *record.gateway && rule.gateway.account == *record.account;
        let rule = limits.iter().find(is_here);
        if rule.is_some_and(|rule| gateway.rows + gateway.new_rows >= rule.rows_max) {
            gateway.stopped += 1;
            written.rows_stopped += 1;
            stopped.insert(record.id);
            continue;
        }
        gateway.new_rows += 1;
        written.rows += 1;
        rows.push((gateway.gw, entry));
    }
    rows.sort_unstable_by_key(|(gw, entry)| (*gw, entry.record.created_at, entry.record.id));
    Ok((rows, stopped))
}

/// Which of these rows are there already. Ids grow with time: one behind the last that is stored needs no search.
async fn stored(
    tx: &mut Tx,
    statements: &Statements,
    wanted: &[&Journaled<'_>],
) -> Result<HashSet<RequestId>, StoreError> {
    let last: Option<Vec<u8>> =
        sqlx::query_scalar("SELECT MAX(id) FROM logs").fetch_one(&mut **tx).await.map_err(store_error)?;
    let last = last.unwrap_or_default();
    let doubtful: Vec<_> =
        wanted.iter().map(|entry| entry.record.id).filter(|id| id.to_bytes().as_slice() <= last.as_slice()).collect();
    let found = statements.known_rows.fetch(tx, &doubtful, |query, id| query.bind(id_bytes(*id))).await?;
    let mut known = HashSet::with_capacity(wanted.len());
    for row in &found {
        known.insert(fold::request_id(row, "id")?);
    }
    Ok(known)
}

/// Blocks of a batch, and where each row's record lies.
#[derive(Default)]
struct Filled {
    /// One per row.
    places: Vec<columns::Place>,
    records: Vec<(i64, Packed)>,
    payload_blocks: Vec<PayloadBlock>,
    /// Requests whose prompts and answers were looked at: all rows'.
    requests: HashSet<RequestId>,
    payloads: u64,
}

/// Prompts and answers of the rows of one block.
struct PayloadBlock {
    block: i64,
    gw: i64,
    newest: i64,
    payloads: i64,
    packed: Packed,
}

/// Cuts the rows into blocks: few enough in each that one of them is opened quickly, of one gateway each.
async fn fill_blocks(tx: &mut Tx, rows: &[NewRow<'_>], payloads: &ByRequest<'_>) -> Result<Filled, StoreError> {
    let mut filled = Filled::default();
    if rows.is_empty() {
        return Ok(filled);
    }
    let sql = "SELECT MAX(block) FROM (SELECT MAX(block) AS block FROM log_blocks \
               UNION ALL SELECT MAX(block) FROM payload_blocks) b";
    let last: Option<i64> = sqlx::query_scalar(sql).fetch_one(&mut **tx).await.map_err(store_error)?;
    let mut block = last.unwrap_or_default();
    let mut packer = Packer::default();
    let (mut records, mut bodies) = (Parts::default(), Parts::default());
    let mut rest = rows;
    while let Some((gw, _)) = rest.first().copied() {
        block += 1;
        records.clear();
        bodies.clear();
        let (mut count, mut newest, mut stored) = (0, 0, 0);
        for (place, (_, entry)) in (0..).zip(rest.iter().take(blocks::ROWS_MAX).take_while(|(of, _)| *of == gw)) {
            records.push(place, &[entry.json.as_bytes()]);
            let mut sides = 0;
            for payload in payloads.get(&entry.record.id).into_iter().flatten() {
                let bit = payload::bit(payload.side);
                if sides & bit == 0 {
                    sides |= bit;
                    let body = payload::kept(payload);
                    let full_bytes = payload.full_bytes.max(body.len() as u64);
                    let head = blocks::body_head(full_bytes, payload.content_type);
                    bodies.push(blocks::payload_key(place, payload.side), &[&head, body]);
                    stored += 1;
                }
            }
            newest = entry.record.created_at.0.max(newest);
            filled.places.push(columns::Place { block, place, sides });
            filled.requests.insert(entry.record.id);
            count += 1;
            if records.bytes() + bodies.bytes() >= blocks::BYTES_FULL {
                break;
            }
        }
        rest = rest.get(count..).unwrap_or_default();
        filled.records.push((block, packer.pack(&records)));
        if !bodies.is_empty() {
            let packed = packer.pack(&bodies);
            filled.payload_blocks.push(PayloadBlock { block, gw, newest, payloads: stored, packed });
            filled.payloads += stored.unsigned_abs();
        }
    }
    Ok(filled)
}

/// Stores the rows with their kinds, slots and blocks. Returns what they add up to.
async fn insert_rows(
    tx: &mut Tx,
    statements: &Statements,
    rows: &[NewRow<'_>],
    filled: &Filled,
) -> Result<Deltas, StoreError> {
    let mut kinds = Kinds::default();
    let of_kind: Vec<usize> = rows.iter().map(|(gw, entry)| kinds.add(*gw, &entry.record)).collect();
    kinds.store(tx, &statements.kinds).await?;
    let mut deltas = Deltas::default();
    kinds.add_to(&mut deltas);
    let mut slots = Slots::default();
    for ((gw, entry), kind) in rows.iter().zip(&of_kind) {
        slots.add(*gw, &entry.record, *kind, &kinds);
        deltas.add_metadata(*gw, &entry.record, columns::entries(&entry.record.metadata), 1);
    }
    statements.slots.add(tx, &slots.into_entries(&kinds)).await?;
    let placed: Vec<_> = rows.iter().zip(&of_kind).zip(&filled.places).collect();
    statements
        .rows
        .execute(tx, &placed, |query, (((gw, entry), kind), place)| {
            columns::bind(query, *gw, kinds.number(**kind), &entry.record, **place)
        })
        .await?;
    statements
        .blocks
        .execute(tx, &filled.records, |query, (block, packed)| {
            query.bind(*block).bind(packed.codec).bind(packed.raw_bytes).bind(&*packed.body)
        })
        .await?;
    statements
        .payload_blocks
        .execute(tx, &filled.payload_blocks, |query, stored| {
            query
                .bind(stored.block)
                .bind(stored.gw)
                .bind(stored.newest)
                .bind(stored.payloads)
                .bind(signed(stored.packed.body.len() as u64))
                .bind(stored.packed.codec)
                .bind(stored.packed.raw_bytes)
                .bind(&*stored.packed.body)
        })
        .await?;
    let mut routes = BTreeSet::new();
    for (gw, record) in kinds.of_gateways() {
        if let Some(route) = &record.route {
            routes.insert((gw, &*route.id, &*route.name));
        }
    }
    let routes: Vec<_> = routes.into_iter().collect();
    statements.routes.execute(tx, &routes, |query, (gw, id, name)| query.bind(*gw).bind(*id).bind(*name)).await?;
    Ok(deltas)
}

/// Payloads whose rows are stored already, or were never kept.
async fn insert_late_payloads(
    tx: &mut Tx,
    statements: &Statements,
    late: &[&PayloadRecord<'_>],
    gateways: &Gateways,
    written: &mut Written,
) -> Result<(), StoreError> {
    let found = statements.known_sides.fetch(tx, late, |query, payload| query.bind(id_bytes(payload.request))).await?;
    let mut known = HashMap::with_capacity(found.len());
    for row in &found {
        let sides: i64 = row.try_get("sides").map_err(store_error)?;
        known.insert(fold::request_id(row, "id")?, sides);
    }
    let is_known = |payload: &PayloadRecord<'_>| {
        known.get(&payload.request).is_some_and(|sides| sides & payload::bit(payload.side) != 0)
    };
    let kept: Vec<_> = late
        .iter()
        .filter(|payload| !is_known(payload))
        .filter_map(|payload| gateways.get(payload.account, payload.gateway).map(|gateway| (gateway.gw, *payload)))
        .collect();
    let new = statements.payloads.execute(tx, &kept, |query, (gw, payload)| payload::bind(query, payload, *gw)).await?;
    written.payloads += new;
    written.repeated += late.len() as u64 - new;
    Ok(())
}

// === impl Gateways ===

impl Gateways {
    /// The gateways that the log knows and those that a batch names; those seen for the first time get a number.
    async fn load(tx: &mut Tx, batch: &Batch<'_>) -> Result<Self, StoreError> {
        let rows = sqlx::query("SELECT gw, account, gateway, row_count FROM log_gateways")
            .fetch_all(&mut **tx)
            .await
            .map_err(store_error)?;
        let (mut this, mut last) = (Self::default(), 0);
        for row in rows {
            let account: String = row.try_get("account").map_err(store_error)?;
            let id: String = row.try_get("gateway").map_err(store_error)?;
            let rows: i64 = row.try_get("row_count").map_err(store_error)?;
            let gw: i64 = row.try_get("gw").map_err(store_error)?;
            last = last.max(gw);
            this.add(&account, &id, Known { gw, rows: rows.unsigned_abs(), new_rows: 0, stopped: 0 });
        }
        let records = batch.records.iter().map(|entry| (&*entry.record.account, &*entry.record.gateway));
        for (account, id) in records.chain(batch.payloads.iter().map(|payload| (payload.account, payload.gateway))) {
            if this.get(account, id).is_some() {
                continue;
            }
            last += 1;
            sqlx::query("INSERT INTO log_gateways (gw, account, gateway) VALUES ($1, $2, $3)")
                .bind(last)
                .bind(account)
                .bind(id)
                .execute(&mut **tx)
                .await
                .map_err(store_error)?;
            this.add(account, id, Known { gw: last, rows: 0, new_rows: 0, stopped: 0 });
        }
        Ok(this)
    }

    fn add(&mut self, account: &str, id: &str, known: Known) {
        self.0.entry(account.to_owned()).or_default().insert(id.to_owned(), known);
    }

    fn get(&self, account: &str, id: &str) -> Option<&Known> {
        self.0.get(account)?.get(id)
    }

    fn get_mut(&mut self, account: &str, id: &str) -> Option<&mut Known> {
        self.0.get_mut(account)?.get_mut(id)
    }

    async fn count_rows(&self, tx: &mut Tx) -> Result<(), StoreError> {
        let all = self.0.values().flat_map(HashMap::values);
        for gateway in all.filter(|gateway| gateway.new_rows > 0 || gateway.stopped > 0) {
            let sql =
                "UPDATE log_gateways SET row_count = row_count + $2, rows_stopped = rows_stopped + $3 WHERE gw = $1";
            sqlx::query(sql)
                .bind(gateway.gw)
                .bind(signed(gateway.new_rows))
                .bind(signed(gateway.stopped))
                .execute(&mut **tx)
                .await
                .map_err(store_error)?;
        }
        Ok(())
    }
}

/// The most rows of a gateway, and what happens at that number.
pub(super) fn rule_of(retention: &Retention, gateway: &GatewayRef) -> (u64, LogStrategy) {
    let rule = retention.gateways.iter().find(|rule| rule.gateway == *gateway);
    rule.map_or((GatewaySettings::LOG_ROWS_DEFAULT, LogStrategy::DeleteOldest), |rule| (rule.rows_max, rule.strategy))
}
