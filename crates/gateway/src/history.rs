//! How many output tokens each model's answers had, for the estimates of budgets (`expected output = min(max_tokens, p95
//! seen for this model, default)`). A coarse histogram per model: eight steps per doubling would be exact enough, two are
//! plenty for an estimate that the settlement replaces.

use std::{
    hash::BuildHasher,
    sync::atomic::{AtomicU32, Ordering},
};

use foldhash::fast::FixedState;
use papaya::HashMap;

/// Steps of the histogram: two per doubling, up to 2²³ tokens.
const STEPS: usize = 48;
/// Answers before the history counts.
const ANSWERS_MIN: u32 = 20;
/// Models remembered; more are not estimated from history.
const MODELS_MAX: usize = 2_000;

/// Output tokens seen, per provider and model.
#[derive(Default)]
pub struct OutputHistory {
    /// By a hash of provider and model: two models that share one share an estimate, no more.
    models: HashMap<u64, Histogram>,
}

struct Histogram([AtomicU32; STEPS]);

impl OutputHistory {
    /// An answer of this model had so many output tokens.
    pub fn saw(&self, provider: &str, model: &str, output_tokens: u64) {
        let key = key(provider, model);
        let models = self.models.pin();
        if models.len() >= MODELS_MAX && !models.contains_key(&key) {
            return;
        }
        let histogram = models.get_or_insert_with(key, || Histogram([const { AtomicU32::new(0) }; STEPS]));
        if let Some(step) = histogram.0.get(step_of(output_tokens)) {
            step.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// The 95th percentile, once enough answers were seen.
    pub fn p95(&self, provider: &str, model: &str) -> Option<u64> {
        let models = self.models.pin();
        let histogram = models.get(&key(provider, model))?;
        let counts = histogram.0.each_ref().map(|step| step.load(Ordering::Relaxed));
        let total: u32 = counts.iter().sum();
        if total < ANSWERS_MIN {
            return None;
        }
        let wanted = total - total / 20;
        let mut seen = 0;
        counts
            .iter()
            .position(|count| {
                seen += count;
                seen >= wanted
            })
            .map(upper_end)
    }
}

fn key(provider: &str, model: &str) -> u64 {
    FixedState::default().hash_one((provider, model))
}

/// Two steps per doubling: 2^k and 3·2^(k−1).
fn step_of(tokens: u64) -> usize {
    (0..STEPS).find(|&step| tokens <= upper_end(step)).unwrap_or(STEPS - 1)
}

fn upper_end(step: usize) -> u64 {
    let doubling = 1_u64 << (step / 2);
    if step.is_multiple_of(2) { doubling } else { doubling + doubling / 2 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_95th_percentile_is_within_one_step() {
        let history = OutputHistory::default();
        for tokens in 1..=100 {
            assert!(tokens <= 20 || history.p95("p", "m").is_some());
            history.saw("p", "m", tokens);
        }
        let p95 = history.p95("p", "m").unwrap();
        assert!((95..=128).contains(&p95), "{p95}");
        assert_eq!(history.p95("p", "other"), None);
    }
}
