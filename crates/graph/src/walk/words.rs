//! What the trail says about a limit.

use waypost_policy::limit::{Ask, KeyValue, MissingKey, Verdict};
use waypost_types::{
    Text,
    record::{LimitTrail, TrailStep},
};

use crate::kinds::rate::{RateNode, thousands};

pub(super) fn operand(rate: &RateNode) -> &Text {
    rate.operand_words()
}

/// The trail of a limit that was asked.
pub(super) fn seen(rate: &RateNode, key: &KeyValue, ask: &Ask, verdict: Verdict) -> TrailStep {
    let key_text = key.text().map(Text::from);
    let values = key_text.clone().map(|text| (operand(rate).clone(), text));
    TrailStep {
        reason: words(rate, key, ask, verdict).into(),
        values: values.into_iter().collect(),
        limit: Some(LimitTrail {
            bucket: ask.bucket,
            kind: rate.rule.kind,
            key: key_text,
            limit: rate.rule.limit,
            used: verdict.used(),
            asked: ask.amount,
            would_refuse: would_refuse(rate, key, verdict),
        }),
        ..TrailStep::default()
    }
}

/// `5 of 10 per day used by user-anna; this is the 6th`, `$0.0035 of $10 per day used by user-anna; estimate $0.00055`
pub(super) fn words(rate: &RateNode, key: &KeyValue, ask: &Ask, verdict: Verdict) -> String {
    // Put together by hand: every request that meets a limit has such a sentence.
    let mut words = String::with_capacity(128);
    let mut say = |parts: &[&str]| parts.iter().for_each(|part| words.push_str(part));
    say(&[&rate.quantity(verdict.used()), " of ", rate.amount(), " per ", rate.window_words(), " used by "]);
    match key {
        KeyValue::Everyone => say(&["everyone"]),
        KeyValue::Missing => say(&["requests without ", operand(rate)]),
        KeyValue::Value(value) => say(&[value]),
    }
    match (rate.is_budget(), verdict) {
        (true, _) if !verdict.passes() && verdict.used() >= rate.rule.limit => {}
        (true, Verdict::Refused { .. }) => say(&["; an estimate of ", &rate.quantity(ask.amount), " doesn't fit"]),
        (true, _) => say(&["; estimate ", &rate.quantity(ask.amount)]),
        (false, Verdict::Refused { .. }) => {}
        (false, _) => say(&["; this is the ", &ordinal(verdict.used().saturating_add(1))]),
    }
    if would_refuse(rate, key, verdict) {
        say(&["; only watching, so it went on"]);
    }
    words
}

/// A limit that only watches would have redirected this request: it is reached, or the key is missing.
fn would_refuse(rate: &RateNode, key: &KeyValue, verdict: Verdict) -> bool {
    let is_missing = *key == KeyValue::Missing && rate.missing_key == MissingKey::Fallback;
    matches!(verdict, Verdict::WouldRefuse { .. }) || (is_missing && rate.watches())
}

fn ordinal(number: i64) -> String {
    let ending = match (number % 100, number % 10) {
        (11..=13, _) => "th",
        (_, 1) => "st",
        (_, 2) => "nd",
        (_, 3) => "rd",
        _ => "th",
    };
    format!("{}{ending}", thousands(number))
}
