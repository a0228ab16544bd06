//! A driver for transcripts: what happens is scripted, what was asked becomes text.

use std::{fmt::Write as _, sync::Arc};

use waypost_policy::limit::{Ask, Enforcement, Verdict};
use waypost_types::{Fault, FaultClass, LimitKind, PicoUsd, RequestFacts, Scalar, UnixMs};

use crate::{
    BucketScope, CallPolicy, CompiledRoute, Effect, Env, Estimate, ModelNode, Outcome, Refusal, Reply, RouteSpec, Turn,
    Unknown, Walk, compile, read_value,
};

/// Reads and compiles a document that has no errors.
pub(crate) fn route(document: serde_json::Value) -> Arc<CompiledRoute> {
    let spec = spec(document);
    let compiled = compile(&spec, &Unknown);
    Arc::new(compiled.route.unwrap_or_else(|| panic!("{:#?}", compiled.problems)))
}

pub(crate) fn spec(document: serde_json::Value) -> RouteSpec {
    read_value(&document).expect("a document").spec
}

/// One of the repository's examples.
pub(crate) fn example(name: &str) -> serde_json::Value {
    let path = format!("{}/../../examples/routes/{name}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_slice(&std::fs::read(&path).expect(&path)).expect(&path)
}

/// Facts from `plan=free user_id=user-anna`.
pub(crate) fn facts(metadata: &str) -> RequestFacts {
    let mut facts = RequestFacts { answer_count: 1, ..RequestFacts::default() };
    for (key, value) in metadata.split_whitespace().filter_map(|entry| entry.split_once('=')) {
        facts.metadata.set(key, value.parse::<f64>().map_or_else(|_| Scalar::text(value), Scalar::Number));
    }
    facts
}

pub(crate) fn scope() -> BucketScope {
    BucketScope { gateway: "default".into(), route_id: "r1".into() }
}

/// One scripted answer.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    /// All asks pass, each with so much used.
    Pass(i64),
    /// Asks up to a position pass; that one is refused with so much used.
    Refuse(usize, i64),
    WouldRefuse(i64),
    Down,
    Ok,
    Fail(FaultClass, Option<u64>),
}

/// Words for answers: `pass`, `refuse0`, `watch`, `down`, `ok`, `500`, `429+2000` (Retry-After in ms), `timeout`, `connect`.
pub(crate) fn script(words: &str) -> Vec<Answer> {
    words.split_whitespace().map(answer).collect()
}

fn answer(word: &str) -> Answer {
    let (word, wish) = word.split_once('+').map_or((word, None), |(word, wish)| (word, wish.parse().ok()));
    match word {
        "pass" => Answer::Pass(0),
        "watch" => Answer::WouldRefuse(1_000),
        "down" => Answer::Down,
        "ok" => Answer::Ok,
        "timeout" => Answer::Fail(FaultClass::FirstTokenTimeout, wish),
        "connect" => Answer::Fail(FaultClass::Connect, wish),
        "tls" => Answer::Fail(FaultClass::Tls, wish),
        _ => match (word.strip_prefix("refuse"), word.strip_prefix("pass")) {
            (Some(at), _) => {
                let (at, used) = at.split_once('@').unwrap_or((at, "1000"));
                Answer::Refuse(at.parse().unwrap_or(0), used.parse().unwrap())
            }
            (_, Some(used)) => Answer::Pass(used.trim_start_matches('@').parse().unwrap()),
            _ => Answer::Fail(FaultClass::Status(word.parse().unwrap()), wish),
        },
    }
}

/// A walk under scripted replies.
pub(crate) struct Drive {
    pub(crate) facts: RequestFacts,
    pub(crate) policy: CallPolicy,
    pub(crate) random: Vec<u64>,
    pub(crate) price: fn(&ModelNode, Enforcement) -> Estimate,
}

impl Drive {
    pub(crate) fn new(metadata: &str) -> Self {
        Self { facts: facts(metadata), policy: CallPolicy::default(), random: Vec::new(), price: a_dime }
    }

    /// Walks and writes down what was asked and how it ended.
    pub(crate) fn run(&self, route: &Arc<CompiledRoute>, replies: &str) -> (String, Walk) {
        let mut walk = Walk::new(Arc::clone(route), scope(), self.policy);
        let mut answers = script(replies).into_iter();
        let mut draws = self.random.iter().copied();
        let mut random = move || draws.next().unwrap_or(1 << 63);
        let price = self.price;
        let mut env = Env {
            facts: &self.facts,
            now: UnixMs(1_000_000),
            random: &mut random,
            estimate: &move |model, enforcement| price(model, enforcement),
        };
        let mut text = String::new();
        let mut turn = walk.step(Reply::Begin, &mut env);
        loop {
            let reply = match &turn {
                Turn::Do(effect) => {
                    write!(text, "{}; ", effect_words(route, effect)).unwrap();
                    match effect {
                        Effect::Wait { .. } => Reply::Waited,
                        Effect::Admit { asks } => verdicts(asks, answers.next()),
                        Effect::Call { .. } => called(answers.next()),
                    }
                }
                Turn::Done(outcome) => {
                    write!(text, "=> {}", outcome_words(route, outcome)).unwrap();
                    break;
                }
            };
            turn = walk.step(reply, &mut env);
        }
        assert!(answers.next().is_none(), "replies left over after: {text}");
        (text, walk)
    }
}

/// Every call costs ten cents.
pub(crate) fn a_dime(_: &ModelNode, _: Enforcement) -> Estimate {
    Estimate::Priced(PicoUsd(100_000_000_000))
}

/// The main helper: a document, metadata, replies, and what should happen.
#[track_caller]
pub(crate) fn check(document: serde_json::Value, metadata: &str, replies: &str, expected: &str) {
    let (text, _) = Drive::new(metadata).run(&route(document), replies);
    assert_eq!(text, expected);
}

/// The trail as `node>output`, with reasons where asked for.
pub(crate) fn trail(walk: &Walk) -> String {
    let steps = walk.trail().iter().map(|step| format!("{}>{}", step.node, step.output));
    steps.collect::<Vec<_>>().join(" ")
}

fn verdicts(asks: &[Ask], answer: Option<Answer>) -> Reply {
    let used = |ask: &Ask, used: i64| if ask.rule.kind == LimitKind::Cost { used * 1_000_000_000 } else { used };
    let retry_at = UnixMs(1_060_000);
    match answer.expect("a reply to Admit") {
        Answer::Pass(amount) => {
            Reply::Admitted(asks.iter().map(|ask| Verdict::Passed { used: used(ask, amount) }).collect())
        }
        Answer::WouldRefuse(amount) => {
            Reply::Admitted(asks.iter().map(|ask| Verdict::WouldRefuse { used: used(ask, amount), retry_at }).collect())
        }
        Answer::Refuse(at, amount) => {
            let mut list: Vec<Verdict> = asks.iter().take(at).map(|_| Verdict::Passed { used: 0 }).collect();
            list.push(Verdict::Refused { used: used(&asks[at], amount), retry_at });
            Reply::Admitted(list)
        }
        Answer::Down => Reply::Unavailable,
        other => panic!("{other:?} is no reply to Admit"),
    }
}

fn called(answer: Option<Answer>) -> Reply {
    match answer.expect("a reply to Call") {
        Answer::Ok => Reply::Called(Ok(())),
        Answer::Fail(class, retry_after_ms) => {
            Reply::Called(Err(Fault { class, retry_after_ms, detail: String::new() }))
        }
        other => panic!("{other:?} is no reply to Call"),
    }
}

fn effect_words(route: &CompiledRoute, effect: &Effect) -> String {
    match effect {
        Effect::Admit { asks } => {
            let asks: Vec<String> = asks
                .iter()
                .map(|ask| {
                    let held = if ask.held { "held " } else { "" };
                    let amount = match ask.rule.kind {
                        LimitKind::Count => ask.amount.to_string(),
                        LimitKind::Cost => format!("${}", PicoUsd(ask.amount)),
                    };
                    format!("{held}{} {amount}", route.node_id(crate::NodeIx(ask.node)))
                })
                .collect();
            format!("admit {}", asks.join(", "))
        }
        Effect::Call { node, attempt, is_last } => {
            format!("call {} try {}{}", route.node_id(*node), attempt + 1, if *is_last { " (last)" } else { "" })
        }
        Effect::Wait { ms } => format!("wait {ms}"),
    }
}

pub(crate) fn outcome_words(route: &CompiledRoute, outcome: &Outcome) -> String {
    match outcome {
        Outcome::Served { node } => format!("served by {}", route.node_id(*node)),
        Outcome::Failed { node, fault, models_tried, falls_back } => {
            let how = if *falls_back { "nothing left" } else { "passes through" };
            format!("failed at {}: {fault}, {models_tried} tried, {how}", route.node_id(*node))
        }
        Outcome::Refused(refusal) => match refusal {
            Refusal::OverLimit { node, key, .. } => {
                format!("over limit {} for {}", route.node_id(*node), key.as_deref().unwrap_or("all"))
            }
            Refusal::Undecidable { node, reason } => format!("undecidable {}: {reason}", route.node_id(*node)),
            Refusal::Unavailable { node } => format!("unavailable {}", route.node_id(*node)),
            Refusal::NoModel => "no model".to_owned(),
            Refusal::OutOfStep => "out of step".to_owned(),
        },
    }
}
