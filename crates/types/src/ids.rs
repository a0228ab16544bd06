//! Ids of requests and attempts. Nothing here draws randomness: the caller hands it in (invariant I2).

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use ulid::Ulid;

use crate::UnixMs;

/// One client request: a ULID, which sorts by time. It is also the id of the log row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RequestId(pub Ulid);

impl RequestId {
    /// An id for a moment, from 80 random bits.
    pub fn new(at: UnixMs, random: u128) -> Self {
        Self(Ulid::from_parts(u64::try_from(at.0).unwrap_or(0), random))
    }

    /// When the request came.
    pub fn at(&self) -> UnixMs {
        UnixMs(i64::try_from(self.0.timestamp_ms()).unwrap_or(i64::MAX))
    }

    /// Its text, written into a buffer.
    pub fn write(self, buffer: &mut [u8; 26]) -> &str {
        self.0.array_to_str(buffer)
    }

    /// The 16 bytes of the id.
    pub fn to_bytes(self) -> [u8; 16] {
        self.0.to_bytes()
    }

    /// An id from its 16 bytes.
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(Ulid::from_bytes(bytes))
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for RequestId {
    type Err = ulid::DecodeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ulid::from_string(text).map(Self)
    }
}

/// One upstream call of a request, counted from 0 over all models of its walk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct AttemptId {
    /// The client request.
    pub request: RequestId,
    /// 0 for the first call.
    pub index: u16,
}
