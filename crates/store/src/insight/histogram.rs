//! Durations as counts per step. Steps grow by 5 %, so that a quantile is off by at most 2.5 %; two histograms add up, and
//! what was added can be taken away again.

/// How much larger each step is than the one before.
const BASE: f64 = 1.05;
/// The largest step; values beyond it (some 10⁹ ms) count there.
const STEP_MAX: u16 = 425;

/// Counts per step, in the order of steps; steps without a count are left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Histogram(Vec<(u16, i64)>);

/// The quantiles that people look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quantiles {
    /// The median.
    pub p50: u64,
    /// 95 % are not larger.
    pub p95: u64,
    /// 99 % are not larger.
    pub p99: u64,
}

impl Histogram {
    /// Counts a value `by` times; a negative number takes it away.
    pub fn add(&mut self, value: u64, by: i64) {
        self.add_step(step_of(value), by);
    }

    /// Adds another one `by` times.
    pub fn merge(&mut self, other: &Self, by: i64) {
        for (step, count) in &other.0 {
            self.add_step(*step, count.saturating_mul(by));
        }
    }

    /// How many values were counted.
    pub fn count(&self) -> i64 {
        self.0.iter().map(|(_, count)| count).sum()
    }

    /// The value that a share of the counted values does not exceed; `None` without values.
    pub fn quantile(&self, share: f64) -> Option<u64> {
        let total = self.count();
        if total <= 0 {
            return None;
        }
        let wanted = (share * total as f64).ceil().max(1.0) as i64;
        let mut seen = 0;
        let reached = self.0.iter().find(|(_, count)| {
            seen += count;
            seen >= wanted
        });
        reached.or(self.0.last()).map(|(step, _)| middle_of(*step))
    }

    /// Median, 95th and 99th percentile.
    pub fn quantiles(&self) -> Option<Quantiles> {
        Some(Quantiles { p50: self.quantile(0.5)?, p95: self.quantile(0.95)?, p99: self.quantile(0.99)? })
    }

    /// Steps and counts, as they are stored.
    pub fn steps(&self) -> &[(u16, i64)] {
        &self.0
    }

    /// Counts a step, as it was stored.
    pub fn add_step(&mut self, step: u16, by: i64) {
        let step = step.min(STEP_MAX);
        match self.0.binary_search_by_key(&step, |(known, _)| *known) {
            Ok(at) => {
                let is_empty = self.0.get_mut(at).is_some_and(|(_, count)| {
                    *count += by;
                    *count == 0
                });
                if is_empty {
                    self.0.remove(at);
                }
            }
            Err(at) if by != 0 => self.0.insert(at, (step, by)),
            Err(_) => {}
        }
    }
}

fn step_of(value: u64) -> u16 {
    match value {
        0 => 0,
        value => 1 + ((value as f64).ln() / BASE.ln()).min(f64::from(STEP_MAX - 1)) as u16,
    }
}

/// The middle of a step by proportion: at most half a step away from every value in it.
fn middle_of(step: u16) -> u64 {
    match step {
        0 => 0,
        step => BASE.powf(f64::from(step) - 0.5).round() as u64,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn quantiles_are_off_by_at_most_a_step(mut values in prop::collection::vec(0_u64..3_600_000, 1..300)) {
            let mut histogram = Histogram::default();
            values.iter().for_each(|value| histogram.add(*value, 1));
            values.sort_unstable();
            for share in [0.5, 0.95, 0.99] {
                let exact = values[((share * values.len() as f64).ceil().max(1.0) as usize - 1).min(values.len() - 1)];
                let found = histogram.quantile(share).unwrap();
                // Whole milliseconds round the smallest steps.
                let near = exact as f64 * 0.025 + 1.0;
                prop_assert!((found as f64 - exact as f64).abs() <= near, "{found} for {exact}");
            }
        }

        #[test]
        fn what_was_added_can_be_taken_away(kept in prop::collection::vec(0_u64..9_999, 0..50), gone in prop::collection::vec(0_u64..9_999, 0..50)) {
            let mut expected = Histogram::default();
            kept.iter().for_each(|value| expected.add(*value, 1));
            let mut all = Histogram::default();
            let mut removed = Histogram::default();
            for value in &gone {
                all.add(*value, 1);
                removed.add(*value, 1);
            }
            all.merge(&expected, 1);
            all.merge(&removed, -1);
            prop_assert_eq!(all, expected);
        }
    }

    #[test]
    fn nothing_has_no_quantile() {
        assert_eq!(Histogram::default().quantiles(), None);
        let mut one = Histogram::default();
        one.add(u64::MAX, 1);
        assert!(one.quantile(0.5).is_some());
    }
}
