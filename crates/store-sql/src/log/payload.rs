//! Prompts and answers: in blocks beside the blocks of their rows' records, cut when they are read.

use std::io::Read as _;

use foldhash::{HashMap, HashMapExt as _};
use sqlx::Row as _;
use waypost_store::{
    GatewayRef, StoreError,
    log::{PAYLOAD_BYTES_MAX, Payload, PayloadRecord, Side},
};
use waypost_types::RequestId;

use super::{
    blocks::{self, Parts},
    columns::{id_bytes, signed},
    multi::Statement,
};
use crate::error::{corrupt, store_error};

const PLAIN: i64 = 0;

/// Prompts and answers of a batch, by request.
pub(super) type ByRequest<'a> = HashMap<RequestId, Vec<&'a PayloadRecord<'a>>>;

pub(super) fn by_request<'a>(payloads: &'a [PayloadRecord<'a>]) -> ByRequest<'a> {
    let mut by_request = ByRequest::with_capacity(payloads.len() / 2);
    for payload in payloads {
        by_request.entry(payload.request).or_default().push(payload);
    }
    by_request
}

/// What is stored of a body.
pub(super) fn kept<'a>(payload: &'a PayloadRecord<'_>) -> &'a [u8] {
    payload.body.get(..PAYLOAD_BYTES_MAX).unwrap_or(&payload.body)
}

/// The bit of a side in `logs.sides`.
pub(super) fn bit(side: Side) -> i64 {
    1 << side_number(side)
}

/// One that comes after its row: it gets a row of its own.
pub(super) fn bind(query: Statement, payload: &PayloadRecord<'_>, gw: i64) -> Statement {
    let body = kept(payload);
    let stored_bytes = body.len() as u64;
    query
        .bind(id_bytes(payload.request))
        .bind(side_number(payload.side))
        .bind(gw)
        .bind(payload.created_at.0)
        .bind(payload.content_type)
        .bind(signed(stored_bytes))
        .bind(signed(payload.full_bytes.max(stored_bytes)))
        .bind(signed(stored_bytes))
        .bind(PLAIN)
        .bind(body)
}

pub(super) fn side_number(side: Side) -> i64 {
    match side {
        Side::Request => 0,
        Side::Response => 1,
    }
}

/// A payload whose row is there and belongs to the gateway.
pub(super) async fn find(
    connection: &mut sqlx::SqliteConnection,
    gateway: &GatewayRef,
    id: RequestId,
    side: Side,
    bytes_max: Option<usize>,
) -> Result<Payload, StoreError> {
    let bytes_max = bytes_max.unwrap_or(PAYLOAD_BYTES_MAX).min(PAYLOAD_BYTES_MAX);
    let sql = "SELECT l.place, b.codec, b.raw_bytes, b.body FROM logs l \
               JOIN log_gateways g ON g.gw = l.gw JOIN payload_blocks b ON b.block = l.block \
               WHERE l.id = $1 AND g.account = $2 AND g.gateway = $3";
    let row = sqlx::query(sql)
        .bind(id_bytes(id))
        .bind(&*gateway.account)
        .bind(&*gateway.id)
        .fetch_optional(&mut *connection)
        .await
        .map_err(store_error)?;
    if let Some(row) = row {
        let place: i64 = row.try_get("place").map_err(store_error)?;
        let place = u32::try_from(place).map_err(|error| corrupt("logs.place", error))?;
        let parts = Parts::open(&row)?;
        if let Some(part) = parts.get(blocks::payload_key(place, side)) {
            let read = blocks::read_body(part).ok_or_else(|| corrupt("payload", "it is cut"))?;
            let (full_bytes, content_type, body) = read;
            return Ok(Payload {
                content_type,
                body: body.get(..bytes_max).unwrap_or(body).to_vec(),
                stored_bytes: body.len() as u64,
                full_bytes,
            });
        }
    }
    find_alone(connection, gateway, id, side, bytes_max).await
}

/// One with a row of its own.
async fn find_alone(
    connection: &mut sqlx::SqliteConnection,
    gateway: &GatewayRef,
    id: RequestId,
    side: Side,
    bytes_max: usize,
) -> Result<Payload, StoreError> {
    let sql = "SELECT p.content_type, p.stored_bytes, p.full_bytes, p.codec, p.body FROM payloads p \
               JOIN logs l ON l.id = p.id JOIN log_gateways g ON g.gw = l.gw \
               WHERE p.id = $1 AND p.side = $2 AND g.account = $3 AND g.gateway = $4";
    let row = sqlx::query(sql)
        .bind(id_bytes(id))
        .bind(side_number(side))
        .bind(&*gateway.account)
        .bind(&*gateway.id)
        .fetch_one(connection)
        .await
        .map_err(store_error)?;
    let stored: i64 = row.try_get("stored_bytes").map_err(store_error)?;
    let full: i64 = row.try_get("full_bytes").map_err(store_error)?;
    let codec: i64 = row.try_get("codec").map_err(store_error)?;
    let body: Vec<u8> = row.try_get("body").map_err(store_error)?;
    Ok(Payload {
        content_type: row.try_get("content_type").map_err(store_error)?,
        body: open(codec, body, bytes_max)?,
        stored_bytes: stored.unsigned_abs(),
        full_bytes: full.unsigned_abs(),
    })
}

/// Never produces more than `bytes_max`, whatever the stored bytes claim.
fn open(codec: i64, mut body: Vec<u8>, bytes_max: usize) -> Result<Vec<u8>, StoreError> {
    if codec == PLAIN {
        body.truncate(bytes_max);
        return Ok(body);
    }
    let decoder = zstd::stream::read::Decoder::new(&*body).map_err(|error| corrupt("payload", error))?;
    let mut opened = Vec::new();
    decoder.take(bytes_max as u64).read_to_end(&mut opened).map_err(|error| corrupt("payload", error))?;
    Ok(opened)
}
