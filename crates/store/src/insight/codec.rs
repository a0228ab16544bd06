//! Sums as bytes: small numbers are short, and a release that knows more counts reads what one that knew fewer wrote
//! (I16).

use super::{Histogram, Measures};

const VERSION: u8 = 1;

/// The bytes of a sum.
pub fn encode(sum: &Measures) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(64);
    bytes.push(VERSION);
    let counts = sum.counts();
    push(&mut bytes, counts.len() as u128);
    counts.iter().for_each(|count| push_signed(&mut bytes, i128::from(*count)));
    for amount in [sum.cost, sum.cost_custom, sum.cost_simulated] {
        push_signed(&mut bytes, amount);
    }
    for histogram in [&sum.duration_ms, &sum.first_token_ms] {
        push(&mut bytes, histogram.steps().len() as u128);
        let mut last = 0;
        for (step, count) in histogram.steps() {
            push(&mut bytes, u128::from(step - last));
            push_signed(&mut bytes, i128::from(*count));
            last = *step;
        }
    }
    bytes
}

/// The sum in these bytes; `None` when they hold none.
pub fn decode(bytes: &[u8]) -> Option<Measures> {
    let (version, mut rest) = bytes.split_first()?;
    if *version != VERSION {
        return None;
    }
    let mut sum = Measures::default();
    let stored = usize::try_from(pull(&mut rest)?).ok()?;
    let mut known = sum.counts_mut().into_iter();
    for _ in 0..stored {
        let count = i64::try_from(pull_signed(&mut rest)?).ok()?;
        if let Some(place) = known.next() {
            *place = count;
        }
    }
    drop(known);
    sum.cost = pull_signed(&mut rest)?;
    sum.cost_custom = pull_signed(&mut rest)?;
    sum.cost_simulated = pull_signed(&mut rest)?;
    sum.duration_ms = histogram(&mut rest)?;
    sum.first_token_ms = histogram(&mut rest)?;
    Some(sum)
}

fn histogram(bytes: &mut &[u8]) -> Option<Histogram> {
    let mut histogram = Histogram::default();
    let mut step = 0_u16;
    for _ in 0..pull(bytes)? {
        step = step.checked_add(u16::try_from(pull(bytes)?).ok()?)?;
        histogram.add_step(step, i64::try_from(pull_signed(bytes)?).ok()?);
    }
    Some(histogram)
}

/// Seven bits per byte, the lowest first; the highest bit says that there are more (LEB128).
fn push(bytes: &mut Vec<u8>, mut number: u128) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

/// Small negative numbers are short, too.
fn push_signed(bytes: &mut Vec<u8>, number: i128) {
    push(bytes, ((number << 1) ^ (number >> 127)) as u128);
}

fn pull(bytes: &mut &[u8]) -> Option<u128> {
    let mut number = 0_u128;
    for shift in (0..128).step_by(7) {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= u128::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

fn pull_signed(bytes: &mut &[u8]) -> Option<i128> {
    let number = pull(bytes)?;
    Some((number >> 1) as i128 ^ -((number & 1) as i128))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn sums_survive_a_round_trip(
            counts in prop::collection::vec(any::<i64>(), 15),
            amounts in prop::array::uniform3(any::<i64>()),
            durations in prop::collection::vec((0_u64..9_999_999, -5_i64..500), 0..40),
        ) {
            let mut sum = Measures::default();
            for (place, count) in sum.counts_mut().into_iter().zip(counts) {
                *place = count;
            }
            [sum.cost, sum.cost_custom, sum.cost_simulated] = amounts.map(|amount| i128::from(amount) * 1_000_003);
            for (value, by) in durations {
                sum.duration_ms.add(value, by);
                sum.first_token_ms.add(value / 3, by);
            }
            prop_assert_eq!(decode(&encode(&sum)), Some(sum));
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
            let _ = decode(&bytes);
        }
    }

    #[test]
    fn one_request_takes_few_bytes() {
        let sum = Measures { requests: 1, answered: 1, attempts: 1, cost: 1_000_000, ..Measures::default() };
        assert!(encode(&sum).len() < 32, "{}", encode(&sum).len());
    }
}
