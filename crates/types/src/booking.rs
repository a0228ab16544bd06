//! Where an amount is booked: a bucket and one of its windows.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::UnixMs;

/// What a limit counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LimitKind {
    /// Requests let through.
    Count,
    /// Money, in 10⁻¹² USD.
    Cost,
}

/// One counter: 128 bits of a BLAKE3 hash over gateway, route, element, kind, window and canonical key value, so that a
/// deploy that changes none of them continues it (D7).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BucketId(pub [u8; 16]);

impl BucketId {
    /// Hashes the parts, each with its length, so that no two lists of parts share an id.
    pub fn of(parts: &[&[u8]]) -> Self {
        // In one piece: a hasher that is fed piece by piece costs several times as much for texts that are so short.
        let mut text = Vec::with_capacity(parts.iter().map(|part| part.len() + 8).sum());
        for part in parts {
            text.extend_from_slice(&(part.len() as u64).to_le_bytes());
            text.extend_from_slice(part);
        }
        Self(blake3::hash(&text).as_bytes().first_chunk().copied().unwrap_or_default())
    }
}

impl BucketId {
    /// Its digits, hexadecimal.
    fn digits(&self) -> [u8; 32] {
        const DIGITS: [u8; 16] = *b"0123456789abcdef";
        let digit = |nibble: u8| DIGITS.get(usize::from(nibble)).copied().unwrap_or(b'0');
        let mut digits = [0; 32];
        let (pairs, _) = digits.as_chunks_mut::<2>();
        for (pair, byte) in pairs.iter_mut().zip(self.0) {
            *pair = [digit(byte >> 4), digit(byte & 15)];
        }
        digits
    }
}

impl fmt::Display for BucketId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(std::str::from_utf8(&self.digits()).unwrap_or_default())
    }
}

impl fmt::Debug for BucketId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for BucketId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(std::str::from_utf8(&self.digits()).unwrap_or_default())
    }
}

impl<'de> Deserialize<'de> for BucketId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        let mut id = [0; 16];
        if text.len() != 32 || !text.is_ascii() {
            return Err(serde::de::Error::custom("a bucket id has 32 hexadecimal digits"));
        }
        for (index, byte) in id.iter_mut().enumerate() {
            let digits = text.get(index * 2..index * 2 + 2).unwrap_or_default();
            *byte = u8::from_str_radix(digits, 16).map_err(serde::de::Error::custom)?;
        }
        Ok(Self(id))
    }
}

/// An amount held in one window of one bucket. Reserve, settle and void of an attempt all book into the window of its
/// `open`, so a booking carries that window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Booking {
    /// The counter.
    pub bucket: BucketId,
    /// What it counts.
    pub kind: LimitKind,
    /// Start of the window, inclusive.
    pub window_start: UnixMs,
    /// End of the window, exclusive.
    pub window_end: UnixMs,
    /// Requests, or 10⁻¹² USD: the estimate while reserved.
    pub amount: i64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_do_not_run_into_each_other() {
        assert_ne!(BucketId::of(&[b"ab", b"c"]), BucketId::of(&[b"a", b"bc"]));
        assert_ne!(BucketId::of(&[b"a"]), BucketId::of(&[b"a", b""]));
    }

    #[test]
    fn text_form_survives_a_round_trip() {
        let id = BucketId::of(&[b"x"]);
        let text = serde_json::to_string(&id).unwrap();
        assert_eq!(text.len(), 34);
        assert_eq!(serde_json::from_str::<BucketId>(&text).unwrap(), id);
    }
}
