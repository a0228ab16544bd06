//! What the trail says about a limit.

use waypost_policy::limit::{Ask, KeyValue, MissingKey, Verdict};
use waypost_types::{
    Text,
    record::{LimitTrail, TrailStep},
};

use crate::kinds::rate::{RateNode, thousands};

pub(super) fn operand(rate: &RateNode) -> String {
    rate.operand().map_or_else(|| "*".to_owned(), ToString::to_string)
}

/// The trail of a limit that was asked.
pub(super) fn seen(rate: &RateNode, key: &KeyValue, ask: &Ask, verdict: Verdict) -> TrailStep {
    let key_text = key.text().map(Text::from);
    let values = key_text.clone().map(|text| (operand(rate).into(), text));
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
    let who = match key {
        KeyValue::Everyone => "everyone".to_owned(),
        KeyValue::Missing => format!("requests without {}", operand(rate)),
        KeyValue::Value(value) => value.to_string(),
    };
    let used = rate.quantity(verdict.used());
    let spent = format!("{used} of {} per {} used by {who}", rate.amount(), rate.window_words());
    let next = match (rate.is_budget(), verdict) {
        (true, _) if !verdict.passes() && verdict.used() >= rate.rule.limit => String::new(),
        (true, Verdict::Refused { .. }) => format!("; an estimate of {} doesn't fit", rate.quantity(ask.amount)),
        (true, _) => format!("; estimate {}", rate.quantity(ask.amount)),
        (false, Verdict::Refused { .. }) => String::new(),
        (false, _) => format!("; this is the {}", ordinal(verdict.used().saturating_add(1))),
    };
    let watched = if would_refuse(rate, key, verdict) { "; only watching, so it went on" } else { "" };
    format!("{spent}{next}{watched}")
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
