//! Rate limit and budget limit: a counter per key and window.

use std::sync::Arc;

use serde_json::Value;
use waypost_policy::limit::{
    Ask, Calendar, Enforcement, KeyValue, MissingKey, Mode, OnUnavailable, Rule, Span, Technique,
};
use waypost_types::{BucketId, LimitKind, Operand, PicoUsd, RequestFacts, Text};

use crate::{compile::Check, problem::Code, route::NodeIx, walk::BucketScope};

/// A checked limit.
#[derive(Debug)]
pub struct RateNode {
    /// What is allowed.
    pub rule: Arc<Rule>,
    /// What it counts per.
    pub per: Per,
    /// What a request without that value means (D4).
    pub missing_key: MissingKey,
    /// What an unreachable counter store means.
    pub on_unavailable: OnUnavailable,
    pub(crate) id: Arc<str>,
    pub(crate) success: NodeIx,
    pub(crate) fallback: Option<NodeIx>,
    /// What every request that asks it needs in words.
    words: Words,
}

/// Texts that are the same for every request.
#[derive(Debug)]
struct Words {
    /// `metadata.user_id`, or `*`.
    operand: Text,
    /// As a bucket's identity has it: `3600s`, `day`.
    span: String,
    /// `$10`, `1,000`.
    amount: String,
    /// `hour`, `10 minutes`, `calendar month`.
    window: String,
}

impl Words {
    fn of(rule: &Rule, per: &Per) -> Self {
        let operand = match per {
            Per::Everyone => Text::fixed("*"),
            Per::Each(operand) => operand.to_string().into(),
        };
        let window = match &rule.span {
            Span::Calendar(..) => format!("calendar {}", rule.span),
            Span::Seconds(seconds) => window_words(*seconds),
        };
        Self { operand, span: rule.span.to_string(), amount: quantity(rule.kind, rule.limit), window }
    }
}

/// What a limit counts per.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Per {
    /// Everyone together, `"*"`.
    Everyone,
    /// Each value of an operand.
    Each(Operand),
}

pub(crate) fn check(check: &mut Check<'_>) -> Option<RateNode> {
    let kind = kind(check);
    let limit = kind.and_then(|kind| limit(check, kind));
    let span = span(check);
    let technique = technique(check, span.as_ref());
    let per = per(check);
    let missing_key = check.word("missingKey", &[("shared", MissingKey::Shared), ("fallback", MissingKey::Fallback)]);
    let enforcement = check.word("enforcement", &[("soft", Enforcement::Soft), ("strict", Enforcement::Strict)]);
    let mode = check.word("mode", &[("enforce", Mode::Enforce), ("watch", Mode::Watch)]);
    let on_unavailable =
        check.word("onUnavailable", &[("fallback", OnUnavailable::Fallback), ("allow", OnUnavailable::Allow)]);
    let success = check.required("success");
    let fallback = check.optional("fallback");
    let rule =
        Rule { kind: kind?, limit: limit?, span: span?, technique: technique?, enforcement: enforcement?, mode: mode? };
    let per = per?;
    let words = Words::of(&rule, &per);
    Some(RateNode {
        rule: Arc::new(rule),
        per,
        words,
        missing_key: missing_key?,
        on_unavailable: on_unavailable?,
        id: check.element()?.id.as_str().into(),
        success: success?,
        fallback,
    })
}

fn kind(check: &mut Check<'_>) -> Option<LimitKind> {
    match check.property("limitType").and_then(Value::as_str) {
        Some("count") => Some(LimitKind::Count),
        Some("cost") => Some(LimitKind::Cost),
        _ => {
            check.report(Code::E05, "properties.limitType", "`limitType` is `count` or `cost`.");
            None
        }
    }
}

/// Whole requests, or dollars with up to twelve decimals.
fn limit(check: &mut Check<'_>, kind: LimitKind) -> Option<i64> {
    let amount = match check.property("limit") {
        Some(Value::Number(number)) if kind == LimitKind::Cost => {
            PicoUsd::parse_decimal(&number.to_string()).ok().map(|amount| amount.0)
        }
        Some(Value::Number(number)) => whole(number),
        _ => None,
    };
    let amount = amount.filter(|amount| *amount > 0);
    if amount.is_none() {
        check.report(Code::E05, "properties.limit", "Enter a limit above 0.");
    }
    amount
}

fn whole(number: &serde_json::Number) -> Option<i64> {
    number.as_i64().or_else(|| number.as_f64().filter(|value| (0.0..9e15).contains(value)).map(|value| value as i64))
}

fn span(check: &mut Check<'_>) -> Option<Span> {
    if check.property("calendar").is_some() {
        let words =
            [("hour", Calendar::Hour), ("day", Calendar::Day), ("week", Calendar::Week), ("month", Calendar::Month)];
        let calendar = check.word("calendar", &words)?;
        return Some(Span::Calendar(calendar, check.around.zone()));
    }
    let seconds = match check.property("window") {
        Some(Value::Number(number)) => whole(number).and_then(|seconds| u32::try_from(seconds).ok()),
        _ => None,
    };
    let seconds = seconds.filter(|seconds| *seconds > 0);
    if seconds.is_none() {
        check.report(Code::E05, "properties.window", "Enter a window of at least 1 second.");
    }
    seconds.map(Span::Seconds)
}

/// A calendar window is fixed; saying that it slides is a contradiction.
fn technique(check: &mut Check<'_>, span: Option<&Span>) -> Option<Technique> {
    let is_calendar = matches!(span, Some(Span::Calendar(..)));
    if is_calendar && check.property("technique").is_none() {
        return Some(Technique::Fixed);
    }
    let technique = check.word("technique", &[("sliding", Technique::Sliding), ("fixed", Technique::Fixed)])?;
    if is_calendar && technique == Technique::Sliding {
        check.report(Code::E05, "properties.technique", "A calendar window is `fixed`; it can't slide.");
        return None;
    }
    Some(technique)
}

fn per(check: &mut Check<'_>) -> Option<Per> {
    match check.property("key").and_then(Value::as_str) {
        Some("*") => Some(Per::Everyone),
        Some(text) if !text.is_empty() => check.operand("properties.key", text).map(Per::Each),
        _ => {
            check.report(Code::E06, "properties.key", "Choose what to count per, or *everyone together*.");
            None
        }
    }
}

// === impl RateNode ===

impl RateNode {
    /// The operand it counts per; `None` for everyone together.
    pub const fn operand(&self) -> Option<&Operand> {
        match &self.per {
            Per::Everyone => None,
            Per::Each(operand) => Some(operand),
        }
    }

    /// What a request counts under.
    pub fn key(&self, facts: &RequestFacts) -> KeyValue {
        match &self.per {
            Per::Everyone => KeyValue::Everyone,
            Per::Each(operand) => KeyValue::of(facts.value(operand).as_ref()),
        }
    }

    /// The counter of a key. It is the same in every version of the route that leaves element id, kind, key and window
    /// alone (D7, A56).
    pub fn bucket(&self, scope: &BucketScope, key: &KeyValue) -> BucketId {
        let Words { operand, span, .. } = &self.words;
        let identity = [&*scope.gateway, &*scope.route_id, &*self.id, self.kind_word(), operand, span];
        let [gateway, route, id, kind, operand, span] = identity.map(str::as_bytes);
        match key {
            KeyValue::Everyone => BucketId::of(&[gateway, route, id, kind, operand, span]),
            KeyValue::Missing => BucketId::of(&[gateway, route, id, kind, operand, span, b"missing"]),
            KeyValue::Value(text) => {
                BucketId::of(&[gateway, route, id, kind, operand, span, b"value", text.as_bytes()])
            }
        }
    }

    /// What this limit is asked for one request.
    pub(crate) fn ask(&self, at: NodeIx, scope: &BucketScope, key: &KeyValue, amount: i64, held: bool) -> Ask {
        Ask { node: at.0, bucket: self.bucket(scope, key), rule: Arc::clone(&self.rule), amount, held }
    }

    pub(crate) fn is_budget(&self) -> bool {
        self.rule.kind == LimitKind::Cost
    }

    pub(crate) fn watches(&self) -> bool {
        self.rule.mode == Mode::Watch
    }

    fn kind_word(&self) -> &'static str {
        if self.is_budget() { "cost" } else { "count" }
    }

    /// The setting as a sentence: `100 requests per hour for each metadata.user_id`.
    pub fn sentence(&self) -> String {
        let per = match &self.per {
            Per::Everyone => "everyone together".to_owned(),
            Per::Each(operand) => format!("each {operand}"),
        };
        let requests = if self.rule.limit == 1 { "request" } else { "requests" };
        let amount = if self.is_budget() { self.amount().to_owned() } else { format!("{} {requests}", self.amount()) };
        format!("{amount} per {} for {per}", self.window_words())
    }

    /// The limit in its unit: `$10`, `1,000`.
    pub(crate) fn amount(&self) -> &str {
        &self.words.amount
    }

    pub(crate) fn quantity(&self, amount: i64) -> String {
        quantity(self.rule.kind, amount)
    }

    /// `hour`, `10 minutes`, `calendar month`.
    pub(crate) fn window_words(&self) -> &str {
        &self.words.window
    }

    /// The operand it counts per, `*` for everyone together.
    pub(crate) fn operand_words(&self) -> &Text {
        &self.words.operand
    }
}

fn quantity(kind: LimitKind, amount: i64) -> String {
    if kind == LimitKind::Cost { dollars(amount) } else { thousands(amount) }
}

fn window_words(seconds: u32) -> String {
    let units = [(604_800, "week"), (86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second")];
    let found = units.iter().find(|(length, _)| seconds >= *length && seconds.is_multiple_of(*length));
    match found {
        Some((length, unit)) if seconds == *length => (*unit).to_owned(),
        Some((length, unit)) => format!("{} {unit}s", seconds / length),
        None => format!("{seconds} seconds"),
    }
}

fn dollars(amount: i64) -> String {
    let mut text = PicoUsd(amount).to_decimal();
    text.insert(0, '$');
    // Cents are written in full: $0.20, not $0.2.
    if text.bytes().rev().position(|byte| byte == b'.') == Some(1) {
        text.push('0');
    }
    text
}

pub(crate) fn thousands(number: i64) -> String {
    if (0..1_000).contains(&number) {
        return number.to_string();
    }
    let digits = number.unsigned_abs().to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3 + 1);
    if number < 0 {
        text.push('-');
    }
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
