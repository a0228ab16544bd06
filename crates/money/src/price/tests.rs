use std::sync::Arc;

use proptest::prelude::*;
use waypost_types::{PicoUsd, Usage};

use super::{Price, Rates, Tier, cost};

fn usd_per_million(text: &str) -> PicoUsd {
    PicoUsd(PicoUsd::parse_decimal(text).unwrap().0 / 1_000_000)
}

fn usage(input: u64, output: u64, read: u64, written: u64) -> Usage {
    Usage {
        input_tokens: input,
        output_tokens: output,
        cache_read_tokens: read,
        cache_write_tokens: written,
        reasoning_tokens: 0,
    }
}

fn price(rates: Rates) -> Price {
    Price::flat_rates(rates, "test", "2026-11-21")
}

#[test]
fn mini_prices_are_exact() {
    // $0.15 and $0.60 per million: 123 × 0.15 + 45 × 0.60 = 45.45 millionths of a dollar.
    let price = price(Rates::new(usd_per_million("0.15"), usd_per_million("0.60")));
    assert_eq!(cost(&price, &usage(123, 45, 0, 0)).to_decimal(), "0.00004545");
    assert_eq!(cost(&price, &usage(0, 0, 0, 0)), PicoUsd::ZERO);
    assert_eq!(usd_per_million("0.0375"), PicoUsd(37_500));
}

#[test]
fn cached_tokens_are_not_charged_twice() {
    // Anthropic's ratios at $3 in, $15 out: read 0.1 ×, write 1.25 ×.
    let rates = Rates {
        cache_read: Some(usd_per_million("0.30")),
        cache_write: Some(usd_per_million("3.75")),
        ..Rates::new(usd_per_million("3"), usd_per_million("15"))
    };
    // 1,000 plain × 3 + 8,000 read × 0.3 + 1,000 written × 3.75 + 500 out × 15 = 16,650 millionths.
    assert_eq!(cost(&price(rates), &usage(10_000, 500, 8_000, 1_000)).to_decimal(), "0.01665");
    // Without cache rates the whole input costs the same.
    let plain = Rates { cache_read: None, cache_write: None, ..rates };
    assert_eq!(cost(&price(plain), &usage(10_000, 500, 8_000, 1_000)).to_decimal(), "0.0375");
    // More cached tokens than input is a provider's mistake, not a discount.
    assert_eq!(cost(&price(rates), &usage(100, 0, 500, 500)).to_decimal(), "0.00003");
}

#[test]
fn a_long_request_pays_the_tier_for_all_its_tokens() {
    let tier = Tier { above_input_tokens: 200_000, rates: Rates::new(PicoUsd(20), PicoUsd(200)) };
    let longer = Tier { above_input_tokens: 500_000, rates: Rates::new(PicoUsd(40), PicoUsd(400)) };
    let price = Price { tiers: Arc::new([tier, longer]), ..price(Rates::new(PicoUsd(10), PicoUsd(100))) };
    assert_eq!(cost(&price, &usage(200_000, 1, 0, 0)), PicoUsd(2_000_100));
    assert_eq!(cost(&price, &usage(200_001, 1, 0, 0)), PicoUsd(4_000_220));
    assert_eq!(cost(&price, &usage(500_001, 1, 0, 0)), PicoUsd(20_000_440));
}

#[test]
fn a_fee_per_request_is_added_once() {
    let sonar =
        Price { per_request: PicoUsd(5_000_000_000), ..price(Rates::new(usd_per_million("1"), usd_per_million("1"))) };
    assert_eq!(cost(&sonar, &usage(100, 200, 0, 0)).to_decimal(), "0.0053");
}

#[test]
fn m5_a60_absurd_amounts_saturate() {
    let dear = price(Rates::new(PicoUsd::MAX, PicoUsd::MAX));
    assert_eq!(cost(&dear, &usage(u64::MAX, u64::MAX, 0, 0)), PicoUsd::MAX);
    let normal = price(Rates::new(usd_per_million("10"), usd_per_million("30")));
    assert_eq!(cost(&normal, &usage(1_000_000_000_000, 1_000_000_000_000, 0, 0)), PicoUsd::MAX);
    let negative = price(Rates::new(PicoUsd(-5), PicoUsd(-5)));
    assert_eq!(cost(&negative, &usage(10, 10, 0, 0)), PicoUsd::ZERO);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// The model: every token is added one product at a time with unbounded digits (schoolbook, base 10⁹).
    #[test]
    fn cost_is_the_exact_sum_of_products(
        rates in [0..i64::MAX, 0..i64::MAX, 0..i64::MAX, 0..i64::MAX],
        tokens in [any::<u64>(), any::<u64>(), any::<u64>(), any::<u64>()],
        shift in 0..64_u32,
    ) {
        let [input, output, read, written] = rates.map(|rate| rate >> (shift / 2));
        let [tokens_in, tokens_out, tokens_read, tokens_written] = tokens.map(|tokens| tokens >> shift);
        let tokens_in = tokens_in.max(tokens_read.saturating_add(tokens_written));
        let rates = Rates {
            input: PicoUsd(input),
            output: PicoUsd(output),
            cache_read: Some(PicoUsd(read)),
            cache_write: Some(PicoUsd(written)),
        };
        let ours = rates.cost(&usage(tokens_in, tokens_out, tokens_read, tokens_written));

        let tokens_read = tokens_read.min(tokens_in);
        let tokens_written = tokens_written.min(tokens_in - tokens_read);
        let mut exact = vec![0_u64; 12];
        let plain = tokens_in - tokens_read - tokens_written;
        for (tokens, rate) in [(plain, input), (tokens_read, read), (tokens_written, written), (tokens_out, output)] {
            add_product(&mut exact, tokens, rate.unsigned_abs());
        }
        let text: String = exact.iter().rev().map(|limb| format!("{limb:09}")).collect();
        let expected = text.trim_start_matches('0');
        let expected = if expected.is_empty() { "0" } else { expected };
        let capped = expected.parse::<i64>().unwrap_or(i64::MAX);
        prop_assert_eq!(ours, PicoUsd(capped));
    }
}

const LIMB: u64 = 1_000_000_000;

fn limbs(mut number: u64) -> [u64; 3] {
    [(); 3].map(|()| {
        let limb = number % LIMB;
        number /= LIMB;
        limb
    })
}

fn add_product(sum: &mut [u64], left: u64, right: u64) {
    for (i, a) in limbs(left).into_iter().enumerate() {
        for (j, b) in limbs(right).into_iter().enumerate() {
            let mut carry = a * b;
            let mut position = i + j;
            while carry > 0 {
                carry += sum[position];
                sum[position] = carry % LIMB;
                carry /= LIMB;
                position += 1;
            }
        }
    }
}
