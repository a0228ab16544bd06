//! What one record counts as, and sums of it.

use waypost_types::{
    PicoUsd,
    record::{CostSource, RequestOutcome, RequestRecord},
};

use super::Histogram;

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
    pub fn of(record: &RequestRecord) -> Self {
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

/// A model was asked and nobody knows what it cost.
pub fn has_no_price(record: &RequestRecord) -> bool {
    record.cost.is_none() && record.cost_source == CostSource::Unknown && !record.attempts.is_empty()
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

impl Measures {
    /// Adds one request `by` times.
    pub fn add(&mut self, record: &RequestRecord, by: i64) {
        let ending = Ending::of(record);
        self.requests += by;
        match ending {
            Ending::Answered => self.answered += by,
            Ending::Limited => self.limited += by,
            Ending::Failed => self.failed += by,
            Ending::Interrupted => self.interrupted += by,
        }
        match Rescue::of(record) {
            Some(Rescue::Retry) => self.rescued_retry += by,
            Some(Rescue::Fallback) => self.rescued_fallback += by,
            None => {}
        }
        if is_redirected(record) {
            self.redirected += by;
        }
        let whole = |number: u64| i64::try_from(number).unwrap_or(i64::MAX).saturating_mul(by);
        self.attempts += whole(record.attempts.len() as u64);
        self.tokens_in = self.tokens_in.saturating_add(whole(record.usage.input_tokens));
        self.tokens_out = self.tokens_out.saturating_add(whole(record.usage.output_tokens));
        self.tokens_cache_read = self.tokens_cache_read.saturating_add(whole(record.usage.cache_read_tokens));
        self.no_price += i64::from(has_no_price(record)) * by;
        self.cached += i64::from(record.cached) * by;
        self.simulated += i64::from(record.simulated) * by;
        let cost = record.cost.map_or(0, |cost| i128::from(cost.0)) * i128::from(by);
        self.cost += cost;
        if record.custom_cost {
            self.cost_custom += cost;
        }
        if record.simulated {
            self.cost_simulated += cost;
        }
        if ending == Ending::Answered {
            self.duration_ms.add(record.duration_ms, by);
        }
        if let Some(first_token_ms) = record.first_token_ms {
            self.first_token_ms.add(first_token_ms, by);
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
    pub fn of(record: &RequestRecord) -> Option<Self> {
        if record.outcome != RequestOutcome::Success {
            return None;
        }
        match record.attempts.as_slice() {
            [first, .., last] if first.node == last.node && first.model == last.model => Some(Self::Retry),
            [_, .., _] => Some(Self::Fallback),
            _ => None,
        }
    }
}

/// Some limit sent the request its other way.
fn is_redirected(record: &RequestRecord) -> bool {
    let trail = record.route.iter().flat_map(|route| &route.trail);
    trail.into_iter().any(|step| step.kind == "rate" && step.output == "fallback")
}

#[cfg(test)]
mod tests {
    use waypost_types::{RequestId, Surface, UnixMs, record::AttemptRecord};

    use super::*;

    fn record() -> RequestRecord {
        RequestRecord::arrived(RequestId::new(UnixMs(1), 1), UnixMs(1), Surface::Compat)
    }

    fn attempt(node: &str) -> AttemptRecord {
        AttemptRecord { node: node.into(), ..AttemptRecord::default() }
    }

    #[test]
    fn every_request_ends_in_one_way() {
        let mut limited = record();
        limited.outcome = RequestOutcome::Refused;
        limited.error_type = Some("budget_exceeded".into());
        let mut refused = limited.clone();
        refused.error_type = Some("invalid_api_key".into());
        let mut left = record();
        left.outcome = RequestOutcome::CallerLeft;
        let mut sum = Measures::default();
        for record in [&record(), &limited, &refused, &left] {
            sum.add(record, 1);
        }
        assert_eq!((sum.answered, sum.limited, sum.failed, sum.interrupted), (1, 1, 1, 1));
        for record in [&record(), &limited, &refused, &left] {
            sum.add(record, -1);
        }
        assert!(sum.is_empty());
    }

    #[test]
    fn rescues_are_told_apart() {
        let mut saved = record();
        assert_eq!(Rescue::of(&saved), None);
        saved.attempts = vec![attempt("a"), attempt("a")];
        assert_eq!(Rescue::of(&saved), Some(Rescue::Retry));
        saved.attempts.push(attempt("b"));
        assert_eq!(Rescue::of(&saved), Some(Rescue::Fallback));
        saved.outcome = RequestOutcome::Failed;
        assert_eq!(Rescue::of(&saved), None);
    }

    #[test]
    fn money_is_kept_apart_by_kind() {
        let mut sum = Measures::default();
        let mut paid = record();
        paid.cost = Some(PicoUsd(5));
        paid.simulated = true;
        sum.add(&paid, 1);
        paid.custom_cost = true;
        sum.add(&paid, 1);
        paid.cost = None;
        sum.add(&paid, 1);
        assert_eq!((sum.cost, sum.cost_custom, sum.cost_simulated, sum.no_price), (10, 5, 10, 0));
        paid.attempts.push(attempt("a"));
        paid.cost_source = CostSource::Unknown;
        sum.add(&paid, 1);
        assert_eq!(sum.no_price, 1);
    }
}
