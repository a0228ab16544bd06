//! Which branch of a split a request takes: by chance, or always the same one for a value.
//!
//! Sticky choices are weighted rendezvous hashing: every branch gets a number drawn from the hash of branch and value,
//! stretched by its weight, and the best one wins. Raising a branch's share brings others to it and moves nobody away
//! from it. The hash and the arithmetic are part of what a release promises: changing them would move people.
//!
//! Source: Schindelhauer & Schomaker, "Weighted distributed hash tables" (2005), the logarithmic method.

/// A branch of a split.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Branch<'b> {
    /// What stays when shares change: a name or a target, not the share itself.
    pub name: &'b str,
    /// Its share, in any unit; 0, negative or not a number: never taken.
    pub weight: f64,
}

/// The branch that a value stays on. `split` tells splits apart, so that a value's luck in one says nothing about
/// another. `None` when no branch may be taken.
pub fn choose(split: &str, branches: &[Branch<'_>], value: &str) -> Option<usize> {
    let mut best: Option<(usize, f64)> = None;
    for (index, branch) in branches.iter().enumerate() {
        let Some(weight) = usable(branch.weight) else { continue };
        // −ln u is exponentially distributed; divided by the weight, branch i is the least with probability wᵢ ÷ Σw.
        let distance = -open_unit(hash(&[split, branch.name, value])).ln() / weight;
        if best.is_none_or(|(_, least)| distance < least) {
            best = Some((index, distance));
        }
    }
    best.map(|(index, _)| index)
}

/// The branch at a point of 0..1, when shares are laid end to end in their order. `None` when no branch may be taken.
pub fn at(branches: &[Branch<'_>], point: f64) -> Option<usize> {
    let total: f64 = branches.iter().filter_map(|branch| usable(branch.weight)).sum();
    let mut left = point.clamp(0.0, 1.0) * total;
    let mut last = None;
    for (index, branch) in branches.iter().enumerate() {
        let Some(weight) = usable(branch.weight) else { continue };
        last = Some(index);
        if left < weight {
            break;
        }
        left -= weight;
    }
    last
}

/// A point of 0..1, without 1, from random bits.
pub const fn point(random: u64) -> f64 {
    (random >> 11) as f64 / (1_u64 << 53) as f64
}

fn usable(weight: f64) -> Option<f64> {
    (weight.is_finite() && weight > 0.0).then_some(weight)
}

/// A number strictly between 0 and 1.
fn open_unit(bits: u64) -> f64 {
    ((bits >> 12) as f64 + 0.5) / (1_u64 << 52) as f64
}

fn hash(parts: &[&str]) -> u64 {
    let mut hasher = blake3::Hasher::new();
    for part in parts {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part.as_bytes());
    }
    let mut bytes = [0; 8];
    hasher.finalize_xof().fill(&mut bytes);
    u64::from_le_bytes(bytes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn split(weights: &[f64]) -> Vec<Branch<'static>> {
        let names = ["a", "b", "c", "d", "e"];
        names.iter().zip(weights).map(|(name, weight)| Branch { name, weight: *weight }).collect()
    }

    #[test]
    fn choices_do_not_change_between_releases() {
        let branches = split(&[50.0, 30.0, 20.0]);
        let chosen: String = (0..40)
            .map(|user| choose("smart-route/ab", &branches, &format!("user-{user}")))
            .map(|index| char::from(b"abc"[index.unwrap()]))
            .collect();
        assert_eq!(chosen, "aabbcabaaaaabaaabaabaabaaabbacaaabaaaaab");
    }

    #[test]
    fn shares_come_out_as_written() {
        let branches = split(&[70.0, 20.0, 10.0]);
        let mut counts = [0_i32; 3];
        for user in 0..10_000 {
            counts[choose("r/s", &branches, &format!("user-{user}")).unwrap()] += 1;
        }
        // Three standard deviations are at most 138 of 10,000.
        for (count, expected) in counts.into_iter().zip([7_000, 2_000, 1_000]) {
            assert!((count - expected).abs() < 150, "{counts:?}");
        }
    }

    #[test]
    fn splits_are_independent() {
        let branches = split(&[1.0, 1.0]);
        let same = (0..1_000)
            .map(|user| format!("user-{user}"))
            .filter(|user| choose("r/1", &branches, user) == choose("r/2", &branches, user))
            .count();
        assert!((400..600).contains(&same), "{same}");
    }

    #[test]
    fn a_branch_without_a_share_is_never_taken() {
        for weights in [&[0.0, 5.0][..], &[-1.0, 5.0], &[f64::NAN, 5.0], &[f64::INFINITY, 5.0]] {
            let branches = split(weights);
            assert!((0..50).all(|user| choose("r", &branches, &user.to_string()) == Some(1)));
            assert_eq!((at(&branches, 0.0), at(&branches, 1.0)), (Some(1), Some(1)));
        }
        assert_eq!((choose("r", &[], "x"), at(&split(&[0.0]), 0.5)), (None, None));
    }

    #[test]
    fn points_fall_into_shares() {
        let branches = split(&[10.0, 60.0, 30.0]);
        let taken = [0.0, 0.0999, 0.1, 0.6999, 0.7, 0.9999].map(|point| at(&branches, point).unwrap());
        assert_eq!(taken, [0, 0, 1, 1, 2, 2]);
        assert_eq!((point(0), point(u64::MAX) < 1.0, point(1 << 63)), (0.0, true, 0.5));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]

        #[test]
        fn widening_a_split_moves_nobody_who_has_it(
            weights in proptest::collection::vec(1_u32..100, 2..5), which in 0..5_usize, more in 1_u32..100,
            others in 1_u32..=100, user in "[a-z0-9]{1,12}",
        ) {
            let raised = which % weights.len();
            let before: Vec<f64> = weights.iter().map(|weight| f64::from(*weight)).collect();
            // The raised branch gains, the others keep their shares or shrink together.
            let shrink = f64::from(others) / 100.0;
            let after: Vec<f64> = before.iter().enumerate()
                .map(|(index, weight)| if index == raised { weight + f64::from(more) } else { weight * shrink })
                .collect();
            let (old, new) = (choose("r/s", &split(&before), &user), choose("r/s", &split(&after), &user));
            prop_assert!(new == old || new == Some(raised), "{:?} -> {:?}, raised {}", old, new, raised);
        }
    }
}
