use waypost_types::{PicoUsd, Usage};

use super::{CustomCost, CustomCostReason as Reason};
use crate::price::Rates;

fn parsed(text: &str) -> CustomCost {
    CustomCost::parse_header(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn refusal(text: &str) -> (String, String, Reason) {
    match CustomCost::parse_header(text) {
        Ok(cost) => panic!("{text}: {cost:?}"),
        Err(error) => (error.field, error.got, error.reason),
    }
}

fn rates(text: &str) -> Rates {
    match parsed(text) {
        CustomCost::PerToken(rates) => rates,
        CustomCost::Total(total) => panic!("{total}"),
    }
}

fn usage() -> Usage {
    Usage { input_tokens: 10, output_tokens: 4, cache_read_tokens: 3, cache_write_tokens: 2, reasoning_tokens: 0 }
}

#[test]
fn prices_per_token_are_exact() {
    let rates = rates(r#"{"per_token_in":0.000001,"per_token_out":2e-6}"#);
    assert_eq!(rates, Rates::new(PicoUsd(1_000_000), PicoUsd(2_000_000)));
    // $0.20 per token, ten in and four out.
    let dear = parsed(r#" { "per_token_in": 0.2, "per_token_out" : 0.20 } "#);
    assert_eq!(dear.cost(&usage()).to_decimal(), "2.8");
}

#[test]
fn one_cache_rate_prices_all_cached_tokens_apart() {
    // 5 plain × 1 + 3 read × 0.5 + 2 written × 1 (defaults to per_token_in) + 4 out × 2.
    let read = parsed(r#"{"per_token_in":1,"per_token_out":2,"per_cache_read_token":0.5}"#);
    assert_eq!(read.cost(&usage()).to_decimal(), "16.5");
    let both = parsed(r#"{"per_token_in":1,"per_token_out":2,"per_cache_read_token":0,"per_cache_write_token":3}"#);
    assert_eq!(both.cost(&usage()).to_decimal(), "19");
    // Without cache rates cached tokens are ordinary input: 10 × 1 + 4 × 2.
    assert_eq!(parsed(r#"{"per_token_in":1,"per_token_out":2}"#).cost(&usage()).to_decimal(), "18");
}

#[test]
fn a_total_stands_alone() {
    assert_eq!(parsed(r#"{"total_cost":0.05}"#), CustomCost::Total(PicoUsd(50_000_000_000)));
    assert_eq!(parsed(r#"{"total_cost":0.05}"#).cost(&usage()).to_decimal(), "0.05");
    let (field, _, reason) = refusal(r#"{"total_cost":1,"per_token_in":1,"per_token_out":1}"#);
    assert_eq!((field.as_str(), reason), ("total_cost", Reason::NotAlone));
}

#[test]
fn a26_extreme_numbers_are_exact_after_one_rounding_or_refused() {
    let exact = rates(r#"{"per_token_in":1e-400,"per_token_out":0.0000000000015000000000000000000000000}"#);
    assert_eq!(exact, Rates::new(PicoUsd(0), PicoUsd(2)));
    let forty = rates(r#"{"per_token_in":0.1234567890123456789012345678901234567890,"per_token_out":-0.0}"#);
    assert_eq!(forty, Rates::new(PicoUsd(123_456_789_012), PicoUsd(0)));

    let with = |value: &str| refusal(&format!(r#"{{"per_token_in":{value},"per_token_out":1}}"#));
    for value in ["-1", "-1e-400", "-1e300", "null", "true", "\"0.2\"", "[1]", "{}"] {
        assert_eq!(with(value), ("per_token_in".to_owned(), value.to_owned(), Reason::NotANumber));
    }
    assert_eq!(with("1e300"), ("per_token_in".to_owned(), "1e300".to_owned(), Reason::TooLarge));
    for value in ["NaN", "Infinity", "+1", ".5", "01", "0x1", ""] {
        assert_eq!(with(value).2, Reason::NotAnObject, "{value}");
    }
}

#[test]
fn a26_unknown_missing_and_duplicate_fields_are_refused_by_name() {
    let (field, got, reason) = refusal(r#"{"per_token_in":1,"per_token_out":1,"per_request":2}"#);
    assert_eq!((field.as_str(), got.as_str(), reason), ("per_request", "2", Reason::UnknownField));
    assert_eq!(refusal(r#"{"per_token_in":1}"#), ("per_token_out".to_owned(), String::new(), Reason::Missing));
    assert_eq!(refusal(r#"{"per_cache_read_token":1}"#).0, "per_token_in");
    assert_eq!(refusal("{}").2, Reason::Missing);
    let twice = refusal(r#"{"per_token_in":1,"per_token_out":1,"per_token_\u0069n":0}"#);
    assert_eq!(twice, ("per_token_in".to_owned(), "0".to_owned(), Reason::Duplicate));
    for text in ["", "null", "0.2", "[]", "\"x\"", "{", "{} {}", "{\"per_token_in\":1,}"] {
        assert_eq!(refusal(text).2, Reason::NotAnObject, "{text}");
    }
}

#[test]
fn messages_say_what_to_change() {
    let message = |text: &str| CustomCost::parse_header(text).unwrap_err().to_string();
    let negative = r#"{"per_token_in":-1,"per_token_out":1}"#;
    assert_eq!(message(negative), "per_token_in must be a number of 0 or more. Got \"-1\".");
    let text = r#"{"per_token_in":"abc","per_token_out":1}"#;
    assert_eq!(message(text), "per_token_in must be a number of 0 or more. Got \"abc\".");
    let long = format!("{{\"per_token_in\":\"{}\",\"per_token_out\":1}}", "ü".repeat(5_000));
    assert!(message(&long).len() < 200);
    assert!(message(r#"{"price":1}"#).contains("per_cache_read_token"));
}
