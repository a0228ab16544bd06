//! What a call will probably use, before it is made: the amounts that budgets reserve (decision D6).
//!
//! Soft budgets reserve what is likely, strict ones the worst case. Both are tokens; prices turn them into money
//! elsewhere.

use waypost_types::{RequestFacts, Usage};

use crate::limit::Enforcement;

/// Output expected of a model that has not been seen yet.
pub const DEFAULT_OUTPUT_TOKENS: u64 = 1_000;
/// Output that the worst case assumes where neither the caller nor the price table knows a cap: what the largest models
/// write at most.
pub const WORST_OUTPUT_TOKENS: u64 = 128_000;

/// What is known of a model's answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Experience {
    /// Output tokens that 95 of 100 answers stay within.
    pub p95_output_tokens: Option<u64>,
    /// The most that the model writes.
    pub max_output_tokens: Option<u64>,
}

/// Tokens of an input: text bytes ÷ 4, rounded up, plus 3 per message.
pub const fn input_tokens(text_bytes: u64, message_count: u64) -> u64 {
    text_bytes.div_ceil(4).saturating_add(message_count.saturating_mul(3))
}

/// Output tokens of one answer. `cap` is what the request allows at most, after a node's own parameters.
///
/// Soft: what the model usually writes, or [`DEFAULT_OUTPUT_TOKENS`], within the cap. Strict: the cap, or the model's
/// maximum, whichever is less.
pub fn output_tokens(enforcement: Enforcement, cap: Option<u64>, experience: Experience) -> u64 {
    let ceiling = match (cap, experience.max_output_tokens) {
        (Some(cap), Some(most)) => Some(cap.min(most)),
        (cap, most) => cap.or(most),
    };
    match enforcement {
        Enforcement::Strict => ceiling.unwrap_or(WORST_OUTPUT_TOKENS),
        Enforcement::Soft => {
            let usual = experience.p95_output_tokens.unwrap_or(DEFAULT_OUTPUT_TOKENS);
            ceiling.map_or(usual, |ceiling| usual.min(ceiling))
        }
    }
}

/// Tokens of a whole call, every answer that it asks for included (A24).
pub fn usage(enforcement: Enforcement, facts: &RequestFacts, cap: Option<u64>, experience: Experience) -> Usage {
    let answer = output_tokens(enforcement, cap, experience);
    let estimate = Usage {
        input_tokens: facts.input_tokens,
        output_tokens: answer.saturating_mul(facts.answer_count.max(1)),
        ..Usage::default()
    };
    estimate.capped().0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn experience(p95: Option<u64>, most: Option<u64>) -> Experience {
        Experience { p95_output_tokens: p95, max_output_tokens: most }
    }

    #[test]
    fn inputs_are_bytes_by_four_and_three_per_message() {
        assert_eq!(input_tokens(0, 0), 0);
        assert_eq!(input_tokens(400, 2), 106);
        assert_eq!(input_tokens(401, 1), 104);
        assert_eq!(input_tokens(u64::MAX, u64::MAX), u64::MAX);
    }

    #[test]
    fn soft_expects_the_usual_within_the_cap() {
        let soft = |cap, p95, most| output_tokens(Enforcement::Soft, cap, experience(p95, most));
        assert_eq!(soft(None, None, None), 1_000);
        assert_eq!(soft(Some(50), None, None), 50);
        assert_eq!(soft(Some(5_000), None, None), 1_000);
        assert_eq!(soft(Some(5_000), Some(2_500), None), 2_500);
        assert_eq!(soft(None, Some(9_000), Some(8_192)), 8_192);
        assert_eq!(soft(Some(0), None, None), 0);
    }

    #[test]
    fn strict_expects_the_worst() {
        let strict = |cap, p95, most| output_tokens(Enforcement::Strict, cap, experience(p95, most));
        assert_eq!(strict(Some(5_000), Some(10), None), 5_000);
        assert_eq!(strict(None, Some(10), Some(16_384)), 16_384);
        assert_eq!(strict(Some(1_000_000_000), None, Some(16_384)), 16_384);
        assert_eq!(strict(None, None, None), WORST_OUTPUT_TOKENS);
    }

    #[test]
    fn a24_several_answers_are_estimated_and_nothing_wraps() {
        let facts = RequestFacts { input_tokens: 100, answer_count: 1_000, ..RequestFacts::default() };
        let estimate = usage(Enforcement::Soft, &facts, Some(20), Experience::default());
        assert_eq!((estimate.input_tokens, estimate.output_tokens), (100, 20_000));
        let absurd = usage(Enforcement::Strict, &facts, Some(u64::MAX), Experience::default());
        assert_eq!(absurd.output_tokens, Usage::PLAUSIBLE_TOKENS_MAX);
        let unset = RequestFacts::default();
        assert_eq!(usage(Enforcement::Soft, &unset, None, Experience::default()).output_tokens, 1_000);
    }
}
