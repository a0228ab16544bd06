//! What would happen to a request, under assumptions: the same walk, with answers made up. It calls no provider and
//! counts nothing.

use std::{collections::BTreeMap, sync::Arc};

use serde::{Deserialize, Serialize};
use waypost_policy::limit::{Ask, Enforcement, Mode, Verdict};
use waypost_types::{Fault, FaultClass, RequestFacts, UnixMs, record::TrailStep};

use crate::{
    kinds::model::ModelNode,
    route::{CompiledRoute, Kind, NodeIx},
    walk::{BucketScope, CallPolicy, Effect, Env, Estimate, Outcome, Refusal, Reply, Turn, Walk},
};

/// What is taken for granted, by element id. What is not named is as it is: limits as they are now, splits as hashed or
/// drawn, models answer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Assumptions {
    /// Limits.
    pub limits: BTreeMap<String, AssumedLimit>,
    /// Splits: the output to take.
    pub splits: BTreeMap<String, String>,
    /// Models.
    pub models: BTreeMap<String, AssumedModel>,
}

/// What a limit is taken to say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AssumedLimit {
    /// What its counter says now.
    #[default]
    AsGiven,
    /// It is reached.
    Exceeded,
    /// Nothing is used.
    Unused,
}

/// What a model is taken to do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AssumedModel {
    /// It answers.
    #[default]
    Succeed,
    /// Every try answers 500.
    Fail,
    /// No try sends a first token in time.
    TimeOut,
}

/// Where a simulation takes place.
pub struct Situation<'a> {
    /// Whose counters are read.
    pub scope: BucketScope,
    /// Tries that headers and the gateway ask for.
    pub policy: CallPolicy,
    /// Now.
    pub now: UnixMs,
    /// For splits without a sticky value.
    pub random: &'a mut dyn FnMut() -> u64,
    /// What a call will probably cost.
    pub estimate: &'a dyn Fn(&ModelNode, Enforcement) -> Estimate,
    /// What a counter would say, without booking anything.
    pub counters: &'a mut dyn FnMut(&Ask) -> Verdict,
}

/// The path that a request would take.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Simulation {
    /// The elements passed, with reasons.
    pub steps: Vec<SimulatedStep>,
    /// How it would end.
    pub outcome: SimulatedOutcome,
    /// Upstream calls it would take.
    pub calls: u32,
    /// Assumptions that name nothing in this route.
    pub notes: Vec<String>,
}

/// One element passed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SimulatedStep {
    /// What the element is called.
    pub title: String,
    /// What the output taken is called; empty where the walk ends.
    pub output_title: String,
    /// The step as the log would hold it.
    #[serde(flatten)]
    pub step: TrailStep,
}

/// How it would end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "result", rename_all = "snake_case")]
pub enum SimulatedOutcome {
    /// A model answers.
    Served {
        /// Element id.
        node: String,
        /// Provider slug.
        provider: String,
        /// Model name.
        model: String,
    },
    /// The gateway says no.
    Refused {
        /// Element id of the limit; `None` where the path has no model.
        node: Option<String>,
        /// Why.
        reason: String,
    },
    /// Every model on the path fails.
    Failed {
        /// Element id of the last one.
        node: String,
        /// How.
        reason: String,
    },
}

/// Walks a request through a route under assumptions.
pub fn simulate(
    route: &Arc<CompiledRoute>,
    facts: &RequestFacts,
    assumptions: &Assumptions,
    situation: Situation<'_>,
) -> Simulation {
    let Situation { scope, policy, now, random, estimate, counters } = situation;
    let mut notes = Vec::new();
    let choices = choices(route, assumptions, &mut notes);
    for id in assumptions.limits.keys().filter(|id| route.find(id).and_then(|at| route.limit(at)).is_none()) {
        notes.push(format!("There is no limit `{id}`."));
    }
    for id in assumptions.models.keys().filter(|id| route.find(id).and_then(|at| route.model(at)).is_none()) {
        notes.push(format!("There is no model `{id}`."));
    }
    let mut walk = Walk::new(Arc::clone(route), scope, policy).with_choices(choices);
    let mut env = Env { facts, now, random, estimate };
    let mut turn = walk.step(Reply::Begin, &mut env);
    let outcome = loop {
        let reply = match turn {
            Turn::Done(outcome) => break outcome,
            Turn::Do(Effect::Wait { .. }) => Reply::Waited,
            Turn::Do(Effect::Admit { asks }) => Reply::Admitted(judge(route, &asks, assumptions, now, counters)),
            Turn::Do(Effect::Call { node, .. }) => Reply::Called(call(route, node, assumptions)),
        };
        turn = walk.step(reply, &mut env);
    };
    let steps = walk.trail().iter().map(|step| explain(route, step)).collect();
    Simulation { steps, outcome: describe(route, outcome), calls: walk.calls(), notes }
}

fn choices(route: &CompiledRoute, assumptions: &Assumptions, notes: &mut Vec<String>) -> Vec<(NodeIx, usize)> {
    let mut chosen = Vec::new();
    for (id, output) in &assumptions.splits {
        let at = route.find(id);
        let branch = match at.and_then(|at| route.node(at)).map(|node| &node.kind) {
            Some(Kind::Percentage(split)) => split.branches.iter().position(|branch| *branch.name == **output),
            _ => None,
        };
        match (at, branch) {
            (Some(at), Some(branch)) => chosen.push((at, branch)),
            _ => notes.push(format!("There is no split `{id}` with a branch `{output}`.")),
        }
    }
    chosen
}

/// Verdicts up to the first refusal.
fn judge(
    route: &CompiledRoute,
    asks: &[Ask],
    assumptions: &Assumptions,
    now: UnixMs,
    counters: &mut dyn FnMut(&Ask) -> Verdict,
) -> Vec<Verdict> {
    let mut verdicts = Vec::with_capacity(asks.len());
    for ask in asks {
        let assumed = assumptions.limits.get(route.node_id(NodeIx(ask.node))).copied().unwrap_or_default();
        let verdict = match assumed {
            AssumedLimit::AsGiven => counters(ask),
            AssumedLimit::Unused => Verdict::Passed { used: 0 },
            AssumedLimit::Exceeded => {
                let (used, retry_at) = (ask.rule.limit, ask.rule.span.window_at(now).end);
                match ask.rule.mode {
                    Mode::Enforce => Verdict::Refused { used, retry_at },
                    Mode::Watch => Verdict::WouldRefuse { used, retry_at },
                }
            }
        };
        verdicts.push(verdict);
        if !verdict.passes() {
            break;
        }
    }
    verdicts
}

fn call(route: &CompiledRoute, node: NodeIx, assumptions: &Assumptions) -> Result<(), Fault> {
    match assumptions.models.get(route.node_id(node)).copied().unwrap_or_default() {
        AssumedModel::Succeed => Ok(()),
        AssumedModel::Fail => Err(Fault::new(FaultClass::Status(500), "assumed to fail")),
        AssumedModel::TimeOut => Err(Fault::new(FaultClass::FirstTokenTimeout, "assumed to time out")),
    }
}

fn explain(route: &CompiledRoute, step: &TrailStep) -> SimulatedStep {
    let node = route.find(&step.node).and_then(|at| route.node(at));
    let mut step = step.clone();
    if let Some(Kind::Model(model)) = node.map(|node| &node.kind) {
        if step.output == "success" {
            step.reason = format!("assumed to answer; {}", settings(&model.node)).into();
        } else if step.reason.contains("assumed to") {
            step.reason = step.reason.replace("status 500: ", "").replace("first_token_timeout: ", "").into();
        }
    }
    SimulatedStep {
        title: node.map(|node| node.title.to_string()).unwrap_or_default(),
        output_title: node.map(|node| node.output_title(&step.output)).unwrap_or_default(),
        step,
    }
}

/// `20 s to first token, 1 retry`
fn settings(model: &ModelNode) -> String {
    let timeout = match model.timeout_ms {
        Some(ms) => format!("{} s to first token", ms as f64 / 1_000.0),
        None => "no timeout of its own".to_owned(),
    };
    match model.retries {
        None => timeout,
        Some(1) => format!("{timeout}, 1 retry"),
        Some(retries) => format!("{timeout}, {retries} retries"),
    }
}

fn describe(route: &CompiledRoute, outcome: Outcome) -> SimulatedOutcome {
    let id = |node: NodeIx| route.node_id(node).to_owned();
    match outcome {
        Outcome::Served { node } => {
            let (provider, model) = route
                .model(node)
                .map(|model| (model.provider.to_string(), model.model.to_string()))
                .unwrap_or_default();
            SimulatedOutcome::Served { node: id(node), provider, model }
        }
        Outcome::Failed { node, fault, .. } => SimulatedOutcome::Failed { node: id(node), reason: fault.detail },
        Outcome::Refused(refusal) => {
            let (node, reason) = match refusal {
                Refusal::OverLimit { node, .. } => (Some(node), "over the limit: 429 to the client".to_owned()),
                Refusal::Undecidable { node, reason } => (Some(node), reason),
                Refusal::Unavailable { node } => (Some(node), "the counter can't be reached".to_owned()),
                Refusal::NoModel => (None, "no model on this path".to_owned()),
                Refusal::OutOfStep => (None, "out of step".to_owned()),
            };
            SimulatedOutcome::Refused { node: node.map(id), reason }
        }
    }
}

#[cfg(test)]
mod tests;
