//! One batch: rows, metadata, payloads, events and positions.

use std::collections::{BTreeMap, HashMap, HashSet};

use sqlx::Row as _;
use waypost_store::{
    GatewayRef, StoreError,
    log::{Batch, Retention, Written},
    settings::{GatewaySettings, LogStrategy},
};
use waypost_types::{RequestId, record::RequestRecord};

use super::{
    columns::{self, id_bytes, signed},
    fold,
    multi::Multi,
    payload::Compressed,
};
use crate::{
    dialect::Tx,
    error::{corrupt, store_error},
};

/// Statements of a batch, in every size.
#[derive(Debug)]
pub(super) struct Statements {
    known_rows: Multi,
    rows: Multi,
    records: Multi,
    pub(super) metadata: Multi,
    routes: Multi,
    payloads: Multi,
    positions: Multi,
    fold: fold::Statements,
}

impl Statements {
    pub(super) fn new() -> Self {
        Self {
            known_rows: Multi::ids("SELECT id FROM logs WHERE id IN"),
            rows: columns::insertion(),
            records: Multi::rows("INSERT INTO log_records (id, record) VALUES", 2, ""),
            metadata: Multi::rows(
                "INSERT INTO log_metadata (gw, name, value, created_at, id) VALUES",
                5,
                "ON CONFLICT DO NOTHING",
            ),
            routes: Multi::rows("INSERT INTO log_routes (gw, route_id, name) VALUES", 3, "ON CONFLICT DO NOTHING"),
            payloads: Multi::rows(
                "INSERT INTO payloads (id, side, gw, created_at, content_type, stored_bytes, full_bytes, \
                 compressed_bytes, codec, body) VALUES",
                10,
                "ON CONFLICT DO NOTHING",
            ),
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

type Gateways = HashMap<GatewayRef, Known>;

/// Everything of a batch.
pub(super) async fn write(
    tx: &mut Tx,
    statements: &Statements,
    batch: &Batch,
    payloads: &[Compressed],
    retention: &Retention,
) -> Result<Written, StoreError> {
    let mut written = Written::default();
    let mut gateways = gateways(tx, batch, payloads).await?;
    let (rows, stopped) = rows(tx, statements, batch, retention, &mut gateways, &mut written).await?;
    insert_rows(tx, statements, &rows).await?;
    insert_payloads(tx, statements, payloads, &stopped, &gateways, &mut written).await?;
    count_rows(tx, &gateways).await?;
    let written = fold::fold(tx, &statements.fold, batch, written).await?;
    let bind = |query: super::multi::Statement, at: &waypost_store::ledger::JournalPosition| {
        query.bind(i64::from(at.stream)).bind(signed(at.segment)).bind(signed(at.offset))
    };
    statements.positions.execute(tx, &batch.positions, bind).await?;
    Ok(written)
}

fn gateway_of(record: &RequestRecord) -> GatewayRef {
    GatewayRef::new(&*record.account, &*record.gateway)
}

/// The gateways that a batch names; those seen for the first time get a number.
async fn gateways(tx: &mut Tx, batch: &Batch, payloads: &[Compressed]) -> Result<Gateways, StoreError> {
    let rows = sqlx::query("SELECT gw, account, gateway, row_count FROM log_gateways")
        .fetch_all(&mut **tx)
        .await
        .map_err(store_error)?;
    let mut known = Gateways::new();
    for row in rows {
        let name = GatewayRef::new(
            row.try_get::<String, _>("account").map_err(store_error)?,
            row.try_get::<String, _>("gateway").map_err(store_error)?,
        );
        let rows: i64 = row.try_get("row_count").map_err(store_error)?;
        let gw = row.try_get("gw").map_err(store_error)?;
        known.insert(name, Known { gw, rows: rows.unsigned_abs(), new_rows: 0, stopped: 0 });
    }
    let named = batch.records.iter().map(gateway_of).chain(payloads.iter().map(|payload| payload.gateway.clone()));
    for name in named {
        if known.contains_key(&name) {
            continue;
        }
        let gw = 1 + known.values().map(|known| known.gw).max().unwrap_or(0);
        sqlx::query("INSERT INTO log_gateways (gw, account, gateway) VALUES ($1, $2, $3)")
            .bind(gw)
            .bind(&*name.account)
            .bind(&*name.id)
            .execute(&mut **tx)
            .await
            .map_err(store_error)?;
        known.insert(name, Known { gw, rows: 0, new_rows: 0, stopped: 0 });
    }
    Ok(known)
}

/// Rows to insert with their gateway's number: new ones, as many as the gateway may have. Also those that were kept out.
async fn rows<'a>(
    tx: &mut Tx,
    statements: &Statements,
    batch: &'a Batch,
    retention: &Retention,
    gateways: &mut Gateways,
    written: &mut Written,
) -> Result<(Vec<(i64, &'a RequestRecord)>, HashSet<RequestId>), StoreError> {
    let wanted: Vec<_> = batch.records.iter().filter(|record| record.keep_row).collect();
    let found = statements.known_rows.fetch(tx, &wanted, |query, record| query.bind(id_bytes(record.id))).await?;
    let mut known: HashSet<RequestId> =
        found.iter().map(|row| fold::request_id(row, "id")).collect::<Result<_, _>>()?;
    let limits: HashMap<&GatewayRef, u64> = retention
        .gateways
        .iter()
        .filter(|rule| rule.strategy == LogStrategy::StopInserting)
        .map(|rule| (&rule.gateway, rule.rows_max))
        .collect();

    let (mut rows, mut stopped) = (Vec::with_capacity(wanted.len()), HashSet::new());
    for record in wanted {
        if !known.insert(record.id) {
            written.repeated += 1;
            continue;
        }
        let name = gateway_of(record);
        let Some(gateway) = gateways.get_mut(&name) else { continue };
        if limits.get(&name).is_some_and(|rows_max| gateway.rows + gateway.new_rows >= *rows_max) {
            gateway.stopped += 1;
            written.rows_stopped += 1;
            stopped.insert(record.id);
            continue;
        }
        gateway.new_rows += 1;
        written.rows += 1;
        rows.push((gateway.gw, record));
    }
    rows.sort_by_key(|(gw, record)| (*gw, record.created_at, record.id));
    Ok((rows, stopped))
}

async fn insert_rows(tx: &mut Tx, statements: &Statements, rows: &[(i64, &RequestRecord)]) -> Result<(), StoreError> {
    statements.rows.execute(tx, rows, |query, (gw, record)| columns::bind(query, *gw, record)).await?;
    let mut records = Vec::with_capacity(rows.len());
    let mut metadata = Vec::new();
    let mut routes = BTreeMap::new();
    for (gw, record) in rows {
        let text = serde_json::to_string(record).map_err(|error| corrupt("record", error))?;
        records.push((record.id, text));
        for (name, value) in columns::metadata_rows(&record.metadata) {
            metadata.push((*gw, name, value, record.created_at.0, record.id));
        }
        if let Some(route) = &record.route {
            routes.insert((*gw, &*route.id, &*route.name), ());
        }
    }
    statements.records.execute(tx, &records, |query, (id, text)| query.bind(id_bytes(*id)).bind(&**text)).await?;
    metadata.sort_unstable();
    insert_metadata(tx, statements, &metadata).await?;
    let routes: Vec<_> = routes.into_keys().collect();
    statements.routes.execute(tx, &routes, |query, (gw, id, name)| query.bind(*gw).bind(*id).bind(*name)).await?;
    Ok(())
}

/// Gateway, key, value, time and id of a row's metadata.
pub(super) type MetadataRow = (i64, String, String, i64, RequestId);

pub(super) async fn insert_metadata(
    tx: &mut Tx,
    statements: &Statements,
    rows: &[MetadataRow],
) -> Result<(), StoreError> {
    let bind = |query: super::multi::Statement, (gw, name, value, at, id): &MetadataRow| {
        query.bind(*gw).bind(&**name).bind(&**value).bind(*at).bind(id_bytes(*id))
    };
    statements.metadata.execute(tx, rows, bind).await.map(|_| ())
}

/// Payloads of rows that were kept out stay out too.
async fn insert_payloads(
    tx: &mut Tx,
    statements: &Statements,
    payloads: &[Compressed],
    stopped: &HashSet<RequestId>,
    gateways: &Gateways,
    written: &mut Written,
) -> Result<(), StoreError> {
    let kept: Vec<_> = payloads
        .iter()
        .filter(|payload| !stopped.contains(&payload.request))
        .filter_map(|payload| gateways.get(&payload.gateway).map(|gateway| (gateway.gw, payload)))
        .collect();
    let new = statements.payloads.execute(tx, &kept, |query, (gw, payload)| payload.bind(query, *gw)).await?;
    written.payloads += new;
    written.repeated += kept.len() as u64 - new;
    Ok(())
}

async fn count_rows(tx: &mut Tx, gateways: &Gateways) -> Result<(), StoreError> {
    for gateway in gateways.values().filter(|gateway| gateway.new_rows > 0 || gateway.stopped > 0) {
        let sql = "UPDATE log_gateways SET row_count = row_count + $2, rows_stopped = rows_stopped + $3 WHERE gw = $1";
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

/// The most rows of a gateway, and what happens at that number.
pub(super) fn rule_of(retention: &Retention, gateway: &GatewayRef) -> (u64, LogStrategy) {
    let rule = retention.gateways.iter().find(|rule| rule.gateway == *gateway);
    rule.map_or((GatewaySettings::LOG_ROWS_DEFAULT, LogStrategy::DeleteOldest), |rule| (rule.rows_max, rule.strategy))
}
