//! Sums as answers show them.

use serde::Serialize;
use utoipa::ToSchema;
use waypost_store::insight::{Measures, Quantiles};

use super::Dollars;

/// What requests add up to. Requests that were kept out of the log (logging switched off) are not counted. Mock models are
/// counted like others, and once more in the `simulated_*` members.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct MeasuresView {
    /// Rows of the log with the same filter. `answered`, `limited`, `failed` and `interrupted` are its parts.
    requests: i64,
    /// The caller has the whole answer.
    answered: i64,
    /// A limit or a budget said no.
    limited: i64,
    /// The gateway or the providers could not answer.
    failed: i64,
    /// Broke off after it had begun, or the caller left.
    interrupted: i64,
    /// Answered by a model that had failed before.
    rescued_retry: i64,
    /// Answered by another model than the first one that was asked.
    rescued_fallback: i64,
    /// Took the detour of a limit or a budget.
    redirected: i64,
    /// Upstream calls, tries included.
    attempts: i64,
    /// Input tokens.
    tokens_in: i64,
    /// Output tokens.
    tokens_out: i64,
    /// Input tokens that the provider had in its prompt cache.
    tokens_cache_read: i64,
    /// Known costs.
    cost_usd: Dollars,
    /// The part of them that callers priced themselves.
    cost_custom_usd: Dollars,
    /// Requests whose cost is not known; they are not in `cost_usd`.
    requests_without_price: i64,
    /// Answered from the cache.
    cached: i64,
    /// Served by mock models.
    simulated_requests: i64,
    /// The part of `cost_usd` that mock models simulate.
    simulated_cost_usd: Dollars,
    /// Milliseconds to the end of whole answers, within 2.5 %; null without answers.
    duration_ms: Option<QuantilesView>,
    /// Milliseconds to the first token, within 2.5 %; null without any.
    first_token_ms: Option<QuantilesView>,
}

/// What half, 95 % and 99 % of the requests took at most.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub(crate) struct QuantilesView {
    /// The median.
    p50: u64,
    /// 95 %.
    p95: u64,
    /// 99 %.
    p99: u64,
}

impl From<&Measures> for MeasuresView {
    fn from(sum: &Measures) -> Self {
        let quantiles =
            |found: Option<Quantiles>| found.map(|Quantiles { p50, p95, p99 }| QuantilesView { p50, p95, p99 });
        Self {
            requests: sum.requests,
            answered: sum.answered,
            limited: sum.limited,
            failed: sum.failed,
            interrupted: sum.interrupted,
            rescued_retry: sum.rescued_retry,
            rescued_fallback: sum.rescued_fallback,
            redirected: sum.redirected,
            attempts: sum.attempts,
            tokens_in: sum.tokens_in,
            tokens_out: sum.tokens_out,
            tokens_cache_read: sum.tokens_cache_read,
            cost_usd: Dollars::of(sum.cost),
            cost_custom_usd: Dollars::of(sum.cost_custom),
            requests_without_price: sum.no_price,
            cached: sum.cached,
            simulated_requests: sum.simulated,
            simulated_cost_usd: Dollars::of(sum.cost_simulated),
            duration_ms: quantiles(sum.duration_ms.quantiles()),
            first_token_ms: quantiles(sum.first_token_ms.quantiles()),
        }
    }
}
