//! Models: the call, its retries, and what a failure leads to.

use waypost_types::{Fault, FaultClass, Text, record::TrailStep};

use super::{Effect, Env, Outcome, Phase, Turn, Walk};
use crate::{kinds::model::ModelStep, limits::ATTEMPTS_PER_REQUEST_MAX};

impl Walk {
    /// Arrives at a model: asks every limit on the way here, or calls at once.
    pub(super) fn meet_model(&mut self, step: &ModelStep, env: &mut Env<'_>) -> Option<Turn> {
        if !self.has_calls_left() {
            let reason = format!("not called: {ATTEMPTS_PER_REQUEST_MAX} calls were made for this request");
            self.write("", TrailStep { reason: reason.into(), ..TrailStep::default() });
            return Some(self.end_early());
        }
        match self.asks_for(&step.node, env) {
            Ok(asks) if asks.is_empty() => Some(self.call(0)),
            Ok(asks) => Some(self.admit(self.held.len(), asks)),
            Err(blocked) => self.blocked(blocked, step, env),
        }
    }

    /// Calls the model that the walk stands at.
    pub(super) fn call(&mut self, attempt: u32) -> Turn {
        if attempt == 0 {
            self.models_tried += 1;
        }
        self.calls += 1;
        self.phase = Phase::Calling { attempt };
        Turn::Do(Effect::Call { node: self.at, attempt, is_last: self.is_last(attempt) })
    }

    /// No later call can follow a deadline of this one (D20).
    fn is_last(&self, attempt: u32) -> bool {
        let Some(step) = self.route.model_step(self.at) else { return true };
        let may_follow = attempt + 1 < self.attempts(step)
            || (step.has_next && step.node.fallback_on.accepts(FaultClass::FirstTokenTimeout));
        !(may_follow && self.has_calls_left())
    }

    pub(super) fn served(&mut self, attempt: u32) -> Turn {
        let node = self.at;
        let reason = match attempt {
            0 => Text::fixed("answered"),
            _ => format!("answered at try {}", attempt + 1).into(),
        };
        if let Some(to) = self.route.model_step(node).map(|step| step.success) {
            self.pass(Text::fixed("success"), to, TrailStep { reason, ..TrailStep::default() });
            self.write("", TrailStep { reason: Text::fixed("returns the answer"), ..TrailStep::default() });
        }
        self.done(Outcome::Served { node })
    }

    /// A failed try: again, on to the next model, or the end.
    pub(super) fn failed(&mut self, attempt: u32, fault: Fault, env: &mut Env<'_>) -> Turn {
        if let Some(ms) = self.wait_ms(attempt, &fault, env) {
            self.phase = Phase::Waiting { attempt: attempt + 1 };
            return Turn::Do(Effect::Wait { ms });
        }
        let reason = match attempt {
            0 => fault.to_string(),
            _ => format!("{} tries; last: {fault}", attempt + 1),
        };
        match self.fall(fault, reason) {
            Some(turn) => turn,
            None => self.advance(env),
        }
    }

    /// How long to wait before another try of the same model; `None` when there is none. A provider that asks for more
    /// patience than is ever had is left at once (F02).
    fn wait_ms(&self, attempt: u32, fault: &Fault, env: &mut Env<'_>) -> Option<u64> {
        let step = self.route.model_step(self.at)?;
        let tries = self.policy.tries(&step.node, self.route.steps_beat_headers);
        if !fault.class.is_retryable() || attempt + 1 >= tries.attempts || !self.has_calls_left() {
            return None;
        }
        let random = (env.random)();
        tries.delays.before(attempt + 1, fault.retry_after_ms, random)
    }

    /// Leaves a model that failed by *On failure*, or ends.
    pub(super) fn fall(&mut self, fault: Fault, reason: String) -> Option<Turn> {
        let node = self.at;
        let route = self.route.clone();
        let step = route.model_step(node)?;
        let falls_back = step.node.fallback_on.accepts(fault.class);
        let fallback = step.fallback.filter(|_| falls_back);
        let trail = TrailStep { reason: reason.into(), ..TrailStep::default() };
        let outcome = Outcome::Failed { node, fault, models_tried: self.models_tried, falls_back };
        match fallback {
            Some(to) => {
                self.last = Some(outcome);
                self.pass(Text::fixed("fallback"), to, trail)
            }
            None => {
                self.write("", trail);
                Some(self.done(outcome))
            }
        }
    }

    fn end_early(&mut self) -> Turn {
        let outcome = self.last.take().unwrap_or(Outcome::Refused(super::Refusal::NoModel));
        self.done(outcome)
    }

    fn attempts(&self, step: &ModelStep) -> u32 {
        self.policy.tries(&step.node, self.route.steps_beat_headers).attempts
    }
}
