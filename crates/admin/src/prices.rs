//! Prices: built in, and an account's own on top.

pub(crate) mod delete;
pub(crate) mod list;
pub(crate) mod put;

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use waypost_money::{Price, PriceTable, Rates};
use waypost_store::{PriceOverrideRecord, config::PageQuery};
use waypost_types::PicoUsd;

use crate::{
    Admin,
    refusal::{Noun, Outcome},
};

pub(crate) const NOUN: &str = "Price";

/// Tokens that people quote prices for.
const TOKENS: i64 = 1_000_000;

/// The price of a model, in dollars per million tokens.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PriceView {
    /// Provider slug.
    provider: String,
    /// Model name.
    model: String,
    /// Per million input tokens.
    #[schema(value_type = f64)]
    input_per_million: Value,
    /// Per million output tokens.
    #[schema(value_type = f64)]
    output_per_million: Value,
    /// Per million input tokens read from the provider's prompt cache; like input where null.
    #[schema(value_type = Option<f64>)]
    cache_read_per_million: Option<Value>,
    /// Per million input tokens written to it; like input where null.
    #[schema(value_type = Option<f64>)]
    cache_write_per_million: Option<Value>,
    /// Charged once per request.
    #[schema(value_type = f64)]
    per_request: Value,
    /// Rates change once a request has more input tokens than these.
    tiers_above_input_tokens: Vec<u64>,
    /// Most tokens that input and output may have together, where known.
    context_tokens_max: Option<u64>,
    /// Most tokens that one answer may have, where known.
    output_tokens_max: Option<u64>,
    /// Where the price comes from; `yours` for the account's own.
    source: String,
    /// When it was read there, or set.
    date: String,
    /// The account's own.
    overridden: bool,
    /// A mock model: its money is kept out of real totals.
    simulated: bool,
}

const YOURS: &str = "yours";

impl PriceView {
    fn of(provider: &str, model: &str, price: &Price) -> Self {
        let per_million = |rate: PicoUsd| PicoUsd(rate.0.saturating_mul(TOKENS)).to_json_number();
        Self {
            provider: provider.to_owned(),
            model: model.to_owned(),
            input_per_million: per_million(price.rates.input),
            output_per_million: per_million(price.rates.output),
            cache_read_per_million: price.rates.cache_read.map(per_million),
            cache_write_per_million: price.rates.cache_write.map(per_million),
            per_request: price.per_request.to_json_number(),
            tiers_above_input_tokens: price.tiers.iter().map(|tier| tier.above_input_tokens).collect(),
            context_tokens_max: price.context_tokens_max,
            output_tokens_max: price.output_tokens_max,
            source: price.source.to_string(),
            date: price.date.to_string(),
            overridden: &*price.source == YOURS,
            simulated: price.simulated,
        }
    }
}

/// The price that an override means, with where it comes from.
fn own(record: &PriceOverrideRecord) -> Price {
    let rates = Rates {
        input: record.input,
        output: record.output,
        cache_read: record.cache_read,
        cache_write: record.cache_write,
    };
    let date = crate::ids::rfc3339(record.modified_at);
    Price::flat_rates(rates, YOURS, date.split('T').next().unwrap_or_default())
}

impl Admin {
    /// The prices that hold for an account.
    pub(crate) async fn prices(&self, account: &str) -> Outcome<PriceTable> {
        let records = self.config.price_overrides().list(account, &PageQuery::ALL).await.noun(NOUN)?.items;
        let overrides = records.into_iter().map(|record| {
            let price = own(&record);
            (record.provider, record.model, price)
        });
        Ok(PriceTable::with_overrides(overrides))
    }
}
