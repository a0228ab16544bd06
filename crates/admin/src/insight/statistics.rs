//! How sure numbers are: intervals that hold the truth in 95 of 100 cases, and how likely a deviation is by chance.

/// Standard deviations on both sides of the middle that hold 95 %.
const Z95: f64 = 1.959_963_985;

/// A share of a number of trials with its interval (Wilson's, which stays within 0 and 1 for few trials, too).
/// Source: E. B. Wilson, "Probable inference, the law of succession, and statistical inference" (1927).
pub(super) fn share(hits: u64, trials: u64) -> Option<(f64, f64, f64)> {
    if trials == 0 {
        return None;
    }
    let (n, p) = (trials as f64, hits as f64 / trials as f64);
    let z2 = Z95 * Z95;
    let middle = (p + z2 / (2.0 * n)) / (1.0 + z2 / n);
    let half = Z95 / (1.0 + z2 / n) * (p * (1.0 - p) / n + z2 / (4.0 * n * n)).sqrt();
    Some((p, (middle - half).max(0.0), (middle + half).min(1.0)))
}

/// A mean with its interval by the normal distribution, never below zero; `None` without values.
pub(super) fn mean(values: &[f64]) -> Option<(f64, f64, f64)> {
    if values.is_empty() {
        return None;
    }
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let spread = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>();
    let half = if values.len() > 1 { Z95 * (spread / (n - 1.0)).sqrt() / n.sqrt() } else { mean };
    Some((mean, (mean - half).max(0.0), mean + half))
}

/// How likely counts are at least as far from their expected shares by chance alone (Pearson's χ² test).
pub(super) fn chance(counts: &[u64], weights: &[f64]) -> Option<f64> {
    let (total, weight): (u64, f64) = (counts.iter().sum(), weights.iter().sum());
    let usable: Vec<_> = counts.iter().zip(weights).filter(|(_, weight)| **weight > 0.0).collect();
    if usable.len() < 2 || total == 0 || weight <= 0.0 {
        return None;
    }
    let statistic: f64 = usable
        .iter()
        .map(|(count, share)| {
            let expected = total as f64 * **share / weight;
            (**count as f64 - expected).powi(2) / expected
        })
        .sum();
    Some(upper_gamma((usable.len() - 1) as f64 / 2.0, statistic / 2.0))
}

/// The regularised upper incomplete gamma function Q(a, x): a series below a + 1, a continued fraction above it.
/// Source: Abramowitz & Stegun, Handbook of Mathematical Functions, 6.5.29 and 6.5.31.
fn upper_gamma(a: f64, x: f64) -> f64 {
    const STEPS: usize = 500;
    if x <= 0.0 {
        return 1.0;
    }
    let front = (a * x.ln() - x - ln_gamma(a)).exp();
    if x < a + 1.0 {
        let (mut term, mut sum) = (1.0 / a, 1.0 / a);
        for step in 1..STEPS {
            term *= x / (a + step as f64);
            sum += term;
            if term < sum * 1e-14 {
                break;
            }
        }
        return (1.0 - front * sum).clamp(0.0, 1.0);
    }
    let tiny = f64::MIN_POSITIVE / f64::EPSILON;
    let mut b = x + 1.0 - a;
    let (mut c, mut d) = (1.0 / tiny, 1.0 / b);
    let mut fraction = d;
    for step in 1..STEPS {
        let n = step as f64;
        let factor = -n * (n - a);
        b += 2.0;
        d = factor * d + b;
        c = b + factor / c;
        d = 1.0 / if d.abs() < tiny { tiny } else { d };
        c = if c.abs() < tiny { tiny } else { c };
        fraction *= d * c;
        if (d * c - 1.0).abs() < 1e-14 {
            break;
        }
    }
    (front * fraction).clamp(0.0, 1.0)
}

/// ln Γ(a) for halves and wholes from 1/2, by Γ(a + 1) = a Γ(a).
fn ln_gamma(a: f64) -> f64 {
    let (mut at, mut sum) = if a.fract() == 0.0 { (1.0, 0.0) } else { (0.5, std::f64::consts::PI.sqrt().ln()) };
    while at + 0.25 < a {
        sum += f64::ln(at);
        at += 1.0;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(found: f64, expected: f64) {
        assert!((found - expected).abs() < 5e-4, "{found} is not {expected}");
    }

    #[test]
    fn shares_have_wilsons_interval() {
        // Newcombe, "Two-sided confidence intervals for the single proportion" (1998), table I.
        for (hits, trials, low, high) in
            [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)]
        {
            let (_, found_low, found_high) = share(hits, trials).unwrap();
            near(found_low, low);
            near(found_high, high);
        }
        assert_eq!(share(0, 0), None);
    }

    #[test]
    fn deviations_have_the_chance_of_the_table() {
        // Critical values of the χ² distribution: 3.841 (1), 5.991 (2), 16.919 (9) at 5 %; 10.828 (1) at 0.1 %.
        near(upper_gamma(0.5, 3.841 / 2.0), 0.05);
        near(upper_gamma(1.0, 5.991 / 2.0), 0.05);
        near(upper_gamma(4.5, 16.919 / 2.0), 0.05);
        near(upper_gamma(0.5, 10.828 / 2.0), 0.001);
        assert!(chance(&[580, 420], &[50.0, 50.0]).unwrap() < 0.001);
        assert!(chance(&[510, 490], &[50.0, 50.0]).unwrap() > 0.5);
        assert_eq!(chance(&[10], &[100.0]), None);
    }

    #[test]
    fn means_have_an_interval() {
        let values: Vec<f64> = (1..=100).map(f64::from).collect();
        let (mean, low, high) = mean(&values).unwrap();
        near(mean, 50.5);
        near(high - mean, 1.959_964 * 29.011_49 / 10.0);
        near(mean - low, high - mean);
        assert_eq!(super::mean(&[]), None);
    }
}
