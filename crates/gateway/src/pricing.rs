//! What an attempt costs, and how that is known: the caller's own prices, the price table, the gateway's flat amount, or
//! not at all. Unknown is never zero (D14).

use std::sync::Arc;

use waypost_money::{CustomCost, Price};
use waypost_types::{PicoUsd, Usage, record::CostSource};

/// How one attempt is priced. Settled once per attempt, with one rounding.
#[derive(Clone, Debug)]
pub enum Pricing {
    /// The caller's own prices.
    Custom(CustomCost),
    /// The price table, or the gateway's override.
    Table(Arc<Price>),
    /// A fixed amount per call for models without a price.
    Flat(PicoUsd),
    /// Nobody knows.
    Unknown,
}

impl Pricing {
    /// The cost of an answer; `None` when it is not known.
    pub fn cost(&self, usage: &Usage) -> (Option<PicoUsd>, CostSource) {
        match self {
            Self::Custom(custom) => (Some(custom.cost(usage)), CostSource::Custom),
            Self::Table(price) => (Some(waypost_money::cost(price, usage)), CostSource::Price),
            Self::Flat(amount) => (Some(*amount), CostSource::Flat),
            Self::Unknown => (None, CostSource::Unknown),
        }
    }
}
