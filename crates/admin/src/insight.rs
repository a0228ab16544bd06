//! What the traffic says: summaries, live traffic, counters, and what a change would have done. Everything here is read
//! from the log and the counters; nothing is kept of its own but a few notes.

pub(crate) mod analytics;
pub(crate) mod attention;
pub(crate) mod buckets;
pub(crate) mod demo;
pub(crate) mod effect;
pub(crate) mod get_started;
pub(crate) mod limited;
mod measures;
pub(crate) mod recent;
pub(crate) mod replay;
pub(crate) mod seen;
pub(crate) mod splits;
mod statistics;
pub(crate) mod summary;
pub(crate) mod sums;
pub(crate) mod traffic;
pub(crate) mod window;

use serde::{Serialize, Serializer};
use utoipa::ToSchema;
use waypost_store::insight::Measures;
use waypost_types::PicoUsd;

/// An amount in dollars, with all its digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ToSchema)]
#[schema(value_type = f64)]
pub(crate) struct Dollars(pub(crate) PicoUsd);

impl Dollars {
    pub(crate) fn of(sum: i128) -> Self {
        Self(Measures::amount(sum))
    }
}

impl Serialize for Dollars {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.to_json_number().serialize(serializer)
    }
}
