//! What a token costs, and what an answer costs.

#[cfg(test)]
mod tests;

use std::sync::Arc;

use waypost_types::{PicoUsd, Usage};

/// Prices per token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rates {
    /// Per input token that no cache rate prices.
    pub input: PicoUsd,
    /// Per output token, reasoning included.
    pub output: PicoUsd,
    /// Per input token read from the provider's prompt cache; as `input` when absent.
    pub cache_read: Option<PicoUsd>,
    /// Per input token written to the provider's prompt cache; as `input` when absent.
    pub cache_write: Option<PicoUsd>,
}

/// Rates that replace the base rates, for the whole request, once its input is long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tier {
    /// Applies to requests with more input tokens than this.
    pub above_input_tokens: u64,
    /// Its rates.
    pub rates: Rates,
}

/// The price of one model, with where and when it was learned.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Price {
    /// Rates of a short request.
    pub rates: Rates,
    /// Rates of longer ones, shortest first.
    pub tiers: Arc<[Tier]>,
    /// Charged once per request, whatever its tokens; zero for most models.
    pub per_request: PicoUsd,
    /// Most tokens that input and output may have together, where known.
    pub context_tokens_max: Option<u64>,
    /// Most tokens that one answer may have, where known. Strict budgets reserve for this many.
    pub output_tokens_max: Option<u64>,
    /// Where the price comes from: `genai-prices 0.2.1`, `litellm 1.109.1`, `built in`, `yours`.
    pub source: Arc<str>,
    /// The day it was read there, `2026-11-21`.
    pub date: Arc<str>,
    /// A mock model: its money is kept out of real totals.
    pub simulated: bool,
}

// === impl Rates ===

impl Rates {
    /// Prices of input and output alone.
    pub const fn new(input: PicoUsd, output: PicoUsd) -> Self {
        Self { input, output, cache_read: None, cache_write: None }
    }

    /// What the tokens cost. Tokens read from or written to a prompt cache are part of the input and are not charged a
    /// second time. The products are exact; a sum beyond the range saturates (M5), negative rates cost nothing.
    ///
    /// Rates are whole units of 10⁻¹² USD, rounded when they were read, so the sum needs no further rounding.
    ///
    /// Source: <https://developers.cloudflare.com/ai-gateway/observability/costs/>, 2026-11-21, for the cache rates.
    pub fn cost(&self, usage: &Usage) -> PicoUsd {
        let read = usage.cache_read_tokens.min(usage.input_tokens);
        let written = usage.cache_write_tokens.min(usage.input_tokens.saturating_sub(read));
        let plain = usage.input_tokens.saturating_sub(read).saturating_sub(written);
        let parts = [
            (plain, self.input),
            (read, self.cache_read.unwrap_or(self.input)),
            (written, self.cache_write.unwrap_or(self.input)),
            (usage.output_tokens, self.output),
        ];
        let product = |(tokens, rate): (u64, PicoUsd)| i128::from(tokens).saturating_mul(i128::from(rate.0.max(0)));
        let sum = parts.into_iter().map(product).fold(0_i128, i128::saturating_add);
        i64::try_from(sum).map_or(PicoUsd::MAX, PicoUsd)
    }
}

// === impl Price ===

impl Price {
    /// A price without tiers, limits or provenance.
    pub fn flat_rates(rates: Rates, source: impl Into<Arc<str>>, date: impl Into<Arc<str>>) -> Self {
        Self { rates, source: source.into(), date: date.into(), ..Self::default() }
    }

    /// The rates of a request with so many input tokens.
    pub fn rates_for(&self, input_tokens: u64) -> &Rates {
        let tier = self.tiers.iter().rev().find(|tier| input_tokens > tier.above_input_tokens);
        tier.map_or(&self.rates, |tier| &tier.rates)
    }
}

/// What an answer costs at a model's price.
pub fn cost(price: &Price, usage: &Usage) -> PicoUsd {
    let tokens = price.rates_for(usage.input_tokens).cost(usage);
    tokens.saturating_add(price.per_request.max(PicoUsd::ZERO))
}
