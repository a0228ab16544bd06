//! Prompts and answers: compressed when they are stored, cut when they are read.

use std::{borrow::Cow, io::Read as _};

use sqlx::Row as _;
use waypost_store::{
    GatewayRef, StoreError,
    log::{PAYLOAD_BYTES_MAX, Payload, PayloadRecord, Side},
};
use waypost_types::RequestId;

use super::{
    columns::{id_bytes, signed},
    multi::Statement,
};
use crate::error::{corrupt, store_error};

/// Shorter texts are stored as they are: compressing them gains less than it costs.
const COMPRESSED_FROM_BYTES: usize = 512;
/// Speed before size: the level runs beside traffic.
const LEVEL: i32 = 1;
const PLAIN: i64 = 0;
const ZSTD: i64 = 1;

/// A payload ready to be stored.
#[derive(Debug)]
pub(super) struct Compressed<'a> {
    pub(super) payload: &'a PayloadRecord<'a>,
    stored_bytes: u64,
    codec: i64,
    body: Cow<'a, [u8]>,
}

/// Compresses what is worth it, with one compressor for all.
pub(super) fn compress<'a>(payloads: &'a [PayloadRecord<'a>]) -> Vec<Compressed<'a>> {
    let mut compressor = None;
    payloads.iter().map(|payload| compress_one(&mut compressor, payload)).collect()
}

fn compress_one<'a>(
    compressor: &mut Option<zstd::bulk::Compressor<'_>>,
    payload: &'a PayloadRecord<'a>,
) -> Compressed<'a> {
    let body = payload.body.get(..PAYLOAD_BYTES_MAX).unwrap_or(&payload.body);
    if compressor.is_none() && body.len() >= COMPRESSED_FROM_BYTES {
        *compressor = zstd::bulk::Compressor::new(LEVEL).ok();
    }
    let smaller = compressor
        .as_mut()
        .filter(|_| body.len() >= COMPRESSED_FROM_BYTES)
        .and_then(|compressor| compressor.compress(body).ok())
        .filter(|compressed| compressed.len() < body.len());
    let stored_bytes = body.len() as u64;
    let (codec, body) = match smaller {
        Some(compressed) => (ZSTD, Cow::Owned(compressed)),
        None => (PLAIN, Cow::Borrowed(body)),
    };
    Compressed { payload, stored_bytes, codec, body }
}

impl Compressed<'_> {
    pub(super) fn bind(&self, query: Statement, gw: i64) -> Statement {
        let payload = self.payload;
        query
            .bind(id_bytes(payload.request))
            .bind(side_number(payload.side))
            .bind(gw)
            .bind(payload.created_at.0)
            .bind(payload.content_type)
            .bind(signed(self.stored_bytes))
            .bind(signed(payload.full_bytes.max(self.stored_bytes)))
            .bind(signed(self.body.len() as u64))
            .bind(self.codec)
            .bind(&*self.body)
    }
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
    let bytes_max = bytes_max.unwrap_or(PAYLOAD_BYTES_MAX).min(PAYLOAD_BYTES_MAX);
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
