//! One request in a route: a machine without IO.
//!
//! [`Walk::step`] says what to do next; whoever drives it does that and says how it went. Conditions and splits are
//! decided on the way; limits are asked together, up to the next model, since everything between is pure.
//!
//! Every walk ends: the route has no loops, a node is left at most once, and calls are bounded by
//! [`ATTEMPTS_PER_REQUEST_MAX`]. It takes at most [`WALK_STEPS_MAX`](crate::limits::WALK_STEPS_MAX) steps.

mod call;
mod effect;
mod limit;
mod policy;
mod words;

use std::sync::Arc;

use waypost_policy::limit::Ask;
use waypost_types::{Text, record::TrailStep};

use crate::{
    limits::ATTEMPTS_PER_REQUEST_MAX,
    route::{CompiledRoute, Kind, NodeIx},
};
pub use effect::{BucketScope, Effect, Env, Estimate, Outcome, Refusal, Reply, Turn};
use limit::{Held, Pending};
pub use policy::{CallPolicy, TrySettings};

/// One request on its way.
#[derive(Clone, Debug)]
pub struct Walk {
    route: Arc<CompiledRoute>,
    scope: BucketScope,
    policy: CallPolicy,
    at: NodeIx,
    phase: Phase,
    trail: Vec<TrailStep>,
    /// Nobody will read the trail.
    is_silent: bool,
    pending: Vec<Pending>,
    held: Vec<Held>,
    calls: u32,
    models_tried: u32,
    last: Option<Outcome>,
    /// Branches that a simulation chose.
    choices: Vec<(NodeIx, usize)>,
}

#[derive(Clone, Debug)]
enum Phase {
    Fresh,
    Admitting { held: usize, asks: Vec<Ask> },
    Calling { attempt: u32 },
    Waiting { attempt: u32 },
    Done(Outcome),
}

impl Walk {
    /// A walk that has not begun.
    pub fn new(route: Arc<CompiledRoute>, scope: BucketScope, policy: CallPolicy) -> Self {
        let at = route.start;
        Self {
            route,
            scope,
            policy,
            at,
            phase: Phase::Fresh,
            trail: Vec::new(),
            is_silent: false,
            pending: Vec::new(),
            held: Vec::new(),
            calls: 0,
            models_tried: 0,
            last: None,
            choices: Vec::new(),
        }
    }

    /// The same walk without a trail: nobody reads that of a call of one model.
    #[must_use]
    pub fn silent(mut self) -> Self {
        self.is_silent = true;
        self
    }

    /// The same walk with branches chosen by hand: split and position of the branch.
    pub(crate) fn with_choices(mut self, choices: Vec<(NodeIx, usize)>) -> Self {
        self.choices = choices;
        self
    }

    /// The elements passed so far, with reasons.
    pub fn trail(&self) -> &[TrailStep] {
        &self.trail
    }

    /// The elements passed, for whoever keeps them.
    pub fn into_trail(self) -> Vec<TrailStep> {
        self.trail
    }

    /// The route it walks.
    pub const fn route(&self) -> &Arc<CompiledRoute> {
        &self.route
    }

    /// Upstream calls so far.
    pub const fn calls(&self) -> u32 {
        self.calls
    }

    /// Takes how the last effect went and says what comes next.
    pub fn step(&mut self, reply: Reply, env: &mut Env<'_>) -> Turn {
        let phase = std::mem::replace(&mut self.phase, Phase::Fresh);
        match (phase, reply) {
            (Phase::Fresh, Reply::Begin) => self.advance(env),
            (Phase::Admitting { held, asks }, Reply::Admitted(verdicts)) => self.admitted(held, &asks, &verdicts, env),
            (Phase::Admitting { held, asks }, Reply::Unavailable) => self.unavailable(held, &asks, env),
            (Phase::Calling { attempt }, Reply::Called(Ok(()))) => self.served(attempt),
            (Phase::Calling { attempt }, Reply::Called(Err(fault))) => self.failed(attempt, fault, env),
            (Phase::Waiting { attempt }, Reply::Waited) => self.call(attempt),
            (Phase::Done(outcome), _) => self.done(outcome),
            (Phase::Fresh | Phase::Admitting { .. } | Phase::Calling { .. } | Phase::Waiting { .. }, _) => {
                self.done(Outcome::Refused(Refusal::OutOfStep))
            }
        }
    }

    /// Goes on until something has to be done.
    fn advance(&mut self, env: &mut Env<'_>) -> Turn {
        let route = Arc::clone(&self.route);
        loop {
            let turn = match route.node(self.at).map(|node| &node.kind) {
                Some(Kind::Start(start)) => self.pass(Text::fixed("next"), start.next, TrailStep::default()),
                Some(Kind::Conditional(node)) => {
                    let found = node.condition.evaluate(env.facts);
                    let (output, to) = if found.matched { ("true", node.yes) } else { ("false", node.no) };
                    self.pass(
                        Text::fixed(output),
                        to,
                        TrailStep { reason: found.reason.into(), values: found.seen, ..TrailStep::default() },
                    )
                }
                Some(Kind::Percentage(node)) => {
                    let choice = match self.choices.iter().find(|(at, _)| *at == self.at) {
                        Some((_, branch)) => node.chosen(*branch),
                        None => node.choose(&self.scope.route_id, env.facts, env.random),
                    };
                    let (name, to) = node
                        .branch(choice.branch)
                        .map_or((Text::default(), self.at), |branch| (Text::from(&branch.name), branch.to));
                    let step = TrailStep {
                        reason: choice.reason.into(),
                        values: choice.values,
                        draw: choice.draw,
                        ..TrailStep::default()
                    };
                    self.pass(name, to, step)
                }
                Some(Kind::Rate(rate)) => self.meet_limit(rate, env),
                Some(Kind::Model(step)) => self.meet_model(step, env),
                Some(Kind::End) | None => Some(self.end()),
            };
            if let Some(turn) = turn {
                return turn;
            }
        }
    }

    /// Writes a step and moves on.
    fn pass(&mut self, output: impl Into<Text>, to: NodeIx, step: TrailStep) -> Option<Turn> {
        self.write(output, step);
        self.at = to;
        None
    }

    fn write(&mut self, output: impl Into<Text>, step: TrailStep) {
        if self.is_silent {
            return;
        }
        let Some(node) = self.route.node(self.at) else { return };
        let kind = Text::fixed(node.kind.as_str());
        self.trail.push(TrailStep { node: Text::from(&node.id), kind, output: output.into(), ..step });
    }

    /// The path ends: with what was left open, once limits on the way here have been asked.
    fn end(&mut self) -> Turn {
        if !self.pending.is_empty() {
            let pending = self.pending.iter();
            let asks = pending.filter_map(|pending| pending.ask(&self.route, &self.scope, 0)).collect();
            return self.admit(0, asks);
        }
        let outcome = self.last.take().unwrap_or(Outcome::Refused(Refusal::NoModel));
        let reason = match &outcome {
            Outcome::Failed { .. } => "returns the last error",
            Outcome::Refused(Refusal::NoModel) => "no model was called",
            Outcome::Refused(_) | Outcome::Served { .. } => "returns the refusal",
        };
        self.write("", TrailStep { reason: Text::fixed(reason), ..TrailStep::default() });
        self.done(outcome)
    }

    fn done(&mut self, outcome: Outcome) -> Turn {
        self.phase = Phase::Done(outcome.clone());
        Turn::Done(outcome)
    }

    const fn has_calls_left(&self) -> bool {
        self.calls < ATTEMPTS_PER_REQUEST_MAX
    }
}

#[cfg(test)]
mod tests;
