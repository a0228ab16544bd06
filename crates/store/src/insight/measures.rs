//! What one record counts as, and sums of it.

use waypost_types::{PicoUsd, Usage, record::RequestOutcome};

use super::Histogram;
use crate::journaled::{AttemptView, RecordView};

/// How a request ended, as charts tell it. Each request has exactly one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Ending {
    /// The caller has the whole answer.
    Answered,
    /// A limit or a budget said no.
    Limited,
    /// The gateway or the providers could not answer.
    Failed,
    /// The answer broke off after it had begun, or the caller left.
    Interrupted,
}

impl Ending {
    /// The ending of a record.
    pub fn of(record: &RecordView<'_>) -> Self {
        let limits = ["rate_limited", "budget_exceeded", "spend_limit_exceeded"];
        match record.outcome {
            RequestOutcome::Success => Self::Answered,
            RequestOutcome::Interrupted | RequestOutcome::CallerLeft => Self::Interrupted,
            RequestOutcome::Refused if record.error_type.as_deref().is_some_and(|kind| limits.contains(&kind)) => {
                Self::Limited
            }
            RequestOutcome::Refused | RequestOutcome::Failed => Self::Failed,
        }
    }

    /// Its name in answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Answered => "answered",
            Self::Limited => "limited",
            Self::Failed => "failed",
            Self::Interrupted => "interrupted",
        }
    }
}

macro_rules! measures {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {
        /// Sums over requests. Whatever is added can be taken away again.
        #[derive(Clone, Debug, Default, PartialEq, Eq)]
        pub struct Measures {
            $($(#[$doc])* pub $name: i64,)*
            /// Known costs, in 10⁻¹² USD; simulated ones included.
            pub cost: i128,
            /// The part of `cost` that callers priced themselves.
            pub cost_custom: i128,
            /// The part of `cost` that mock models simulate.
            pub cost_simulated: i128,
            /// Milliseconds to the end of answers that the caller has as a whole.
            pub duration_ms: Histogram,
            /// Milliseconds to the first token, of every request that got one.
            pub first_token_ms: Histogram,
        }

        impl Measures {
            /// Adds other sums `by` times.
            pub fn merge(&mut self, other: &Self, by: i64) {
                $(self.$name = self.$name.saturating_add(other.$name.saturating_mul(by));)*
                self.cost += other.cost * i128::from(by);
                self.cost_custom += other.cost_custom * i128::from(by);
                self.cost_simulated += other.cost_simulated * i128::from(by);
                self.duration_ms.merge(&other.duration_ms, by);
                self.first_token_ms.merge(&other.first_token_ms, by);
            }

            /// The plain counts, in a fixed order.
            pub fn counts(&self) -> Vec<i64> {
                vec![$(self.$name),*]
            }

            /// The plain counts to fill in, in the same order.
            pub fn counts_mut(&mut self) -> Vec<&mut i64> {
                vec![$(&mut self.$name),*]
            }
        }
    };
}

measures! {
    /// Rows of the log.
    requests,
    /// The caller has the whole answer.
    answered,
    /// A limit or a budget said no.
    limited,
    /// The gateway or the providers could not answer.
    failed,
    /// Broke off after it had begun, or the caller left.
    interrupted,
    /// Answered by a model that had failed before.
    rescued_retry,
    /// Answered by another model than the first one.
    rescued_fallback,
    /// Took the detour of a limit or a budget.
    redirected,
    /// Upstream calls.
    attempts,
    /// Input tokens.
    tokens_in,
    /// Output tokens.
    tokens_out,
    /// Input tokens that the provider had in its prompt cache.
    tokens_cache_read,
    /// A model was called and nobody knows what it cost.
    no_price,
    /// Answered from the cache.
    cached,
    /// Served by the mock provider.
    simulated,
}

/// What is counted of one request, found out once for all of its cells.
#[derive(Clone, Copy, Debug)]
pub struct Counted {
    ending: Ending,
    rescue: Option<Rescue>,
    is_redirected: bool,
    attempts: i64,
    usage: Usage,
    has_no_price: bool,
    is_cached: bool,
    is_simulated: bool,
    has_custom_cost: bool,
    cost: i128,
    duration_ms: u64,
    first_token_ms: Option<u64>,
}

impl Counted {
    /// What is counted of a record.
    pub fn of(record: &RecordView<'_>) -> Self {
        Self {
            ending: Ending::of(record),
            rescue: Rescue::of(record),
            is_redirected: is_redirected(record),
            attempts: whole(record.attempts.len() as u64),
            usage: record.usage,
            has_no_price: record.has_no_price(),
            is_cached: record.cached,
            is_simulated: record.simulated,
            has_custom_cost: record.custom_cost,
            cost: record.cost.map_or(0, |cost| i128::from(cost.0)),
            duration_ms: record.duration_ms,
            first_token_ms: record.first_token_ms,
        }
    }
}

impl Measures {
    /// Adds one request `by` times.
    pub fn add(&mut self, counted: &Counted, by: i64) {
        self.requests += by;
        match counted.ending {
            Ending::Answered => self.answered += by,
            Ending::Limited => self.limited += by,
            Ending::Failed => self.failed += by,
            Ending::Interrupted => self.interrupted += by,
        }
        match counted.rescue {
            Some(Rescue::Retry) => self.rescued_retry += by,
            Some(Rescue::Fallback) => self.rescued_fallback += by,
            None => {}
        }
        self.redirected += i64::from(counted.is_redirected) * by;
        self.attempts += counted.attempts * by;
        let tokens = |sum: &mut i64, number: u64| *sum = sum.saturating_add(whole(number).saturating_mul(by));
        tokens(&mut self.tokens_in, counted.usage.input_tokens);
        tokens(&mut self.tokens_out, counted.usage.output_tokens);
        tokens(&mut self.tokens_cache_read, counted.usage.cache_read_tokens);
        self.no_price += i64::from(counted.has_no_price) * by;
        self.cached += i64::from(counted.is_cached) * by;
        self.simulated += i64::from(counted.is_simulated) * by;
        let cost = counted.cost * i128::from(by);
        self.cost += cost;
        if counted.has_custom_cost {
            self.cost_custom += cost;
        }
        if counted.is_simulated {
            self.cost_simulated += cost;
        }
        if counted.ending == Ending::Answered {
            self.duration_ms.add(counted.duration_ms, by);
        }
        if let Some(first_token_ms) = counted.first_token_ms {
            self.first_token_ms.add(first_token_ms, by);
        }
    }

    /// Adds one upstream call `by` times: `requests` are calls, `failed` those with a fault, the durations are the call's.
    pub fn add_call(&mut self, call: &AttemptView<'_>, by: i64) {
        self.requests += by;
        self.attempts += by;
        if call.failed {
            self.failed += by;
        } else {
            self.answered += by;
            self.duration_ms.add(call.duration_ms, by);
        }
        if let Some(first_token_ms) = call.first_token_ms {
            self.first_token_ms.add(first_token_ms, by);
        }
        match call.cost {
            Some(cost) => self.cost += i128::from(cost.0) * i128::from(by),
            None => self.no_price += by,
        }
    }

    /// Nothing is left.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// An amount of these sums, as far as an amount goes.
    pub fn amount(sum: i128) -> PicoUsd {
        PicoUsd(i64::try_from(sum).unwrap_or(if sum < 0 { i64::MIN } else { i64::MAX }))
    }
}

fn whole(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// How an answer was saved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rescue {
    /// The same model answered at a later try.
    Retry,
    /// Another element's model answered.
    Fallback,
}

impl Rescue {
    /// What saved a request; `None` when it failed or nothing had to be saved.
    pub fn of(record: &RecordView<'_>) -> Option<Self> {
        if record.outcome != RequestOutcome::Success {
            return None;
        }
        match record.attempts.as_slice() {
            [first, .., last] if first.node == last.node && first.model == last.model => Some(Self::Retry),
            [_, .., _] => Some(Self::Fallback),
            _ => None,
        }
    }

    /// Its name in answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Retry => "retry",
            Self::Fallback => "fallback",
        }
    }
}

/// Some limit sent the request its other way.
fn is_redirected(record: &RecordView<'_>) -> bool {
    let mut steps = record.route.iter().flat_map(|route| &route.trail);
    steps.any(|step| step.limit.is_some() && &*step.output == "fallback")
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use waypost_types::{RequestId, UnixMs};

    use super::*;

    fn text(more: serde_json::Value) -> String {
        let mut record = json!({"id": RequestId::new(UnixMs(1), 1), "account": "a", "gateway": "g", "created_at": 1, "surface": "compat"});
        let members = more.as_object().unwrap().clone();
        record.as_object_mut().unwrap().extend(members);
        record.to_string()
    }

    fn counted(more: serde_json::Value) -> Counted {
        let text = text(more);
        Counted::of(&serde_json::from_str::<RecordView<'_>>(&text).unwrap())
    }

    #[test]
    fn every_request_ends_in_one_way() {
        let all = [
            counted(json!({})),
            counted(json!({"outcome": "refused", "error_type": "budget_exceeded"})),
            counted(json!({"outcome": "refused", "error_type": "invalid_api_key"})),
            counted(json!({"outcome": "caller_left"})),
        ];
        let mut sum = Measures::default();
        all.iter().for_each(|counted| sum.add(counted, 1));
        assert_eq!((sum.requests, sum.answered, sum.limited, sum.failed, sum.interrupted), (4, 1, 1, 1, 1));
        all.iter().for_each(|counted| sum.add(counted, -1));
        assert!(sum.is_empty());
    }

    #[test]
    fn rescues_are_told_apart() {
        let rescue = |outcome: &str, nodes: &[&str]| {
            let attempts: Vec<_> = nodes.iter().map(|node| json!({"node": node})).collect();
            counted(json!({"outcome": outcome, "attempts": attempts})).rescue
        };
        assert_eq!(rescue("success", &["a"]), None);
        assert_eq!(rescue("success", &["a", "a"]), Some(Rescue::Retry));
        assert_eq!(rescue("success", &["a", "a", "b"]), Some(Rescue::Fallback));
        assert_eq!(rescue("failed", &["a", "b"]), None);
    }

    #[test]
    fn money_is_kept_apart_by_kind() {
        let mut sum = Measures::default();
        sum.add(&counted(json!({"cost": 5, "simulated": true})), 1);
        sum.add(&counted(json!({"cost": 5, "simulated": true, "custom_cost": true})), 1);
        sum.add(&counted(json!({"simulated": true})), 1);
        assert_eq!((sum.cost, sum.cost_custom, sum.cost_simulated, sum.no_price), (10, 5, 10, 0));
        sum.add(&counted(json!({"attempts": [{"node": "a"}], "cost_source": "unknown"})), 1);
        assert_eq!(sum.no_price, 1);
    }
}
