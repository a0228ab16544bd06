//! Blocks: records, or prompts and answers, of neighbouring rows in one compressed piece.
//!
//! A block is a sequence of parts, `key u32 | length u32 | bytes` each, little endian. The key of a record is the row's
//! place in the block; prompts and answers have two keys per place. A part that is removed is removed from the bytes.

use sqlx::Row as _;
use waypost_store::{StoreError, log::Side};

use super::columns::signed;
use crate::{
    dialect::Row,
    error::{corrupt, store_error},
};

/// Rows of one block: what a reader of one of them has to open.
pub(super) const ROWS_MAX: usize = 128;
/// A block that has grown to this many bytes takes no further row.
pub(super) const BYTES_FULL: usize = 256 << 10;
/// Shorter blocks are stored as they are: compressing them gains less than it costs.
const COMPRESSED_FROM_BYTES: usize = 512;
/// Speed before size: the level runs beside traffic.
const LEVEL: i32 = 1;
/// No block opens to more than this: 128 rows could not fill it.
const RAW_BYTES_MAX: usize = 1 << 30;
const HEAD_BYTES: usize = 8;
const PLAIN: i64 = 0;
const ZSTD: i64 = 1;

/// The parts of a block, not compressed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Parts(Vec<u8>);

/// A block as it is stored.
#[derive(Debug)]
pub(super) struct Packed {
    pub(super) codec: i64,
    pub(super) raw_bytes: i64,
    pub(super) body: Vec<u8>,
}

/// Compresses blocks one after the other, with one context for all.
#[derive(Default)]
pub(super) struct Packer(Option<zstd::bulk::Compressor<'static>>);

/// The key of a prompt or an answer.
pub(super) fn payload_key(place: u32, side: Side) -> u32 {
    place * 2 + u32::from(side == Side::Response)
}

// === impl Parts ===

impl Parts {
    pub(super) fn push(&mut self, key: u32, pieces: &[&[u8]]) {
        let length: usize = pieces.iter().map(|piece| piece.len()).sum();
        // A part is a record or a bounded body: far from four gigabytes.
        let length = u32::try_from(length).unwrap_or(u32::MAX);
        self.0.extend_from_slice(&key.to_le_bytes());
        self.0.extend_from_slice(&length.to_le_bytes());
        pieces.iter().for_each(|piece| self.0.extend_from_slice(piece));
    }

    pub(super) fn bytes(&self) -> usize {
        self.0.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (u32, &[u8])> {
        let mut rest = self.0.as_slice();
        std::iter::from_fn(move || {
            let (key, behind) = rest.split_first_chunk::<4>()?;
            let (length, behind) = behind.split_first_chunk::<4>()?;
            let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
            let (part, behind) = behind.split_at_checked(length)?;
            rest = behind;
            Some((u32::from_le_bytes(*key), part))
        })
    }

    pub(super) fn get(&self, key: u32) -> Option<&[u8]> {
        self.iter().find(|(found, _)| *found == key).map(|(_, part)| part)
    }

    /// The same without the parts with these keys.
    pub(super) fn without(&self, is_removed: impl Fn(u32) -> bool) -> Self {
        let mut kept = Self::default();
        self.iter().filter(|(key, _)| !is_removed(*key)).for_each(|(key, part)| kept.push(key, &[part]));
        kept
    }

    pub(super) fn count(&self) -> usize {
        self.iter().count()
    }

    /// The parts of a stored block: columns `codec`, `raw_bytes` and `body`.
    pub(super) fn open(row: &Row) -> Result<Self, StoreError> {
        let codec: i64 = row.try_get("codec").map_err(store_error)?;
        let raw_bytes: i64 = row.try_get("raw_bytes").map_err(store_error)?;
        let body: Vec<u8> = row.try_get("body").map_err(store_error)?;
        if codec == PLAIN {
            return Ok(Self(body));
        }
        let raw_bytes = usize::try_from(raw_bytes).ok().filter(|bytes| *bytes <= RAW_BYTES_MAX);
        let raw_bytes = raw_bytes.ok_or_else(|| corrupt("block", "its length is absurd"))?;
        zstd::bulk::decompress(&body, raw_bytes).map(Self).map_err(|error| corrupt("block", error))
    }
}

// === impl Packer ===

impl Packer {
    pub(super) fn pack(&mut self, parts: &Parts) -> Packed {
        if self.0.is_none() && parts.bytes() >= COMPRESSED_FROM_BYTES {
            self.0 = zstd::bulk::Compressor::new(LEVEL).ok();
        }
        let smaller = self
            .0
            .as_mut()
            .filter(|_| parts.bytes() >= COMPRESSED_FROM_BYTES)
            .and_then(|compressor| compressor.compress(&parts.0).ok())
            .filter(|compressed| compressed.len() < parts.bytes());
        let raw_bytes = signed(parts.bytes() as u64);
        match smaller {
            Some(body) => Packed { codec: ZSTD, raw_bytes, body },
            None => Packed { codec: PLAIN, raw_bytes, body: parts.0.clone() },
        }
    }
}

// === a body and what belongs to it ===

/// What stands before a body: `full_bytes u64 | content type length u32, or all ones without one | content type`.
pub(super) fn body_head(full_bytes: u64, content_type: Option<&str>) -> Vec<u8> {
    let length = content_type.map_or(u32::MAX, |text| u32::try_from(text.len()).unwrap_or(0));
    let mut head = Vec::with_capacity(HEAD_BYTES + 4 + 32);
    head.extend_from_slice(&full_bytes.to_le_bytes());
    head.extend_from_slice(&length.to_le_bytes());
    if length > 0 {
        head.extend_from_slice(content_type.unwrap_or_default().as_bytes());
    }
    head
}

/// Full length, content type and body of a part.
pub(super) fn read_body(part: &[u8]) -> Option<(u64, Option<String>, &[u8])> {
    let (full_bytes, rest) = part.split_first_chunk::<8>()?;
    let (length, rest) = rest.split_first_chunk::<4>()?;
    let full_bytes = u64::from_le_bytes(*full_bytes);
    match u32::from_le_bytes(*length) {
        u32::MAX => Some((full_bytes, None, rest)),
        length => {
            let (content_type, body) = rest.split_at_checked(usize::try_from(length).ok()?)?;
            Some((full_bytes, Some(String::from_utf8_lossy(content_type).into_owned()), body))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_found_and_removed_by_their_key() {
        let mut parts = Parts::default();
        parts.push(0, &[b"zero"]);
        parts.push(7, &[b"se", b"ven"]);
        parts.push(9, &[]);
        assert_eq!((parts.get(7), parts.get(9), parts.get(1)), (Some(&b"seven"[..]), Some(&b""[..]), None));
        let kept = parts.without(|key| key == 7);
        assert_eq!(kept.iter().map(|(key, _)| key).collect::<Vec<_>>(), [0, 9]);
        assert!(!kept.0.windows(5).any(|bytes| bytes == b"seven"));
        let cut = Parts(parts.0[..parts.0.len() - 9].to_vec());
        assert_eq!(cut.count(), 1);
    }

    #[test]
    fn a_body_keeps_its_content_type() {
        for content_type in [None, Some(""), Some("application/json")] {
            let part = [body_head(50, content_type), b"begin".to_vec()].concat();
            assert_eq!(read_body(&part), Some((50, content_type.map(str::to_owned), &b"begin"[..])));
        }
    }
}
