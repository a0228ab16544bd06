//! Limits: asked together before a call, refused one by one.

use waypost_policy::limit::{Ask, KeyValue, MissingKey, OnUnavailable, Verdict};
use waypost_types::{Fault, FaultClass, Text, record::TrailStep};

use super::words::{operand, seen, words};
use super::{BucketScope, Effect, Env, Estimate, Outcome, Phase, Refusal, Turn, Walk};
use crate::{
    kinds::{
        model::{ModelNode, ModelStep},
        rate::RateNode,
    },
    route::{CompiledRoute, Kind, NodeIx},
};

/// A limit on the way to the next model, not asked yet. The walk goes on as if it let the request through.
#[derive(Clone, Debug)]
pub(super) struct Pending {
    node: NodeIx,
    key: KeyValue,
    /// Its step on the trail.
    trail_at: usize,
}

/// A budget whose *Within budget* output was taken: further models are charged to it too.
#[derive(Clone, Debug)]
pub(super) struct Held {
    node: NodeIx,
    key: KeyValue,
}

/// What an unpriced model is behind.
pub(super) enum Blocked {
    Pending(usize),
    Held(usize),
}

impl Pending {
    pub(super) fn ask(&self, route: &CompiledRoute, scope: &BucketScope, cost: i64) -> Option<Ask> {
        let rate = route.limit(self.node)?;
        let amount = if rate.is_budget() { cost } else { 1 };
        Some(rate.ask(self.node, scope, &self.key, amount, false))
    }
}

impl Walk {
    /// Arrives at a limit: goes on as if it passed, and remembers to ask.
    pub(super) fn meet_limit(&mut self, rate: &RateNode, env: &Env<'_>) -> Option<Turn> {
        let key = rate.key(env.facts);
        if key == KeyValue::Missing && rate.missing_key == MissingKey::Fallback && !rate.watches() {
            let reason = format!("{} is missing, which counts as over the limit", operand(rate));
            let refusal = Refusal::Undecidable { node: self.at, reason: reason.clone() };
            return self.detour(rate, refusal, TrailStep { reason: reason.into(), ..TrailStep::default() });
        }
        self.pending.push(Pending { node: self.at, key, trail_at: self.trail.len() });
        self.pass(
            Text::fixed("success"),
            rate.success,
            TrailStep { reason: Text::fixed("not asked"), ..TrailStep::default() },
        )
    }

    /// Leaves a limit by its detour, or ends.
    fn detour(&mut self, rate: &RateNode, refusal: Refusal, step: TrailStep) -> Option<Turn> {
        let outcome = Outcome::Refused(refusal);
        match rate.fallback {
            Some(to) => {
                self.last = Some(outcome);
                self.pass(Text::fixed("fallback"), to, step)
            }
            None => {
                self.write("", step);
                Some(self.done(outcome))
            }
        }
    }

    /// All asks before a model: held budgets first, then the limits on the way here.
    pub(super) fn asks_for(&self, model: &ModelNode, env: &Env<'_>) -> Result<Vec<Ask>, Blocked> {
        let amount = |rate: &RateNode| {
            if !rate.is_budget() {
                return Some(1);
            }
            match (env.estimate)(model, rate.rule.enforcement) {
                Estimate::Priced(cost) | Estimate::Flat(cost) => Some(cost.0.max(0)),
                Estimate::Allow => Some(0),
                Estimate::Blocked => rate.watches().then_some(0),
            }
        };
        let mut fresh = Vec::with_capacity(self.pending.len());
        for (at, pending) in self.pending.iter().enumerate() {
            let Some(rate) = self.route.limit(pending.node) else { continue };
            let amount = amount(rate).ok_or(Blocked::Pending(at))?;
            fresh.push(rate.ask(pending.node, &self.scope, &pending.key, amount, false));
        }
        let mut asks = Vec::with_capacity(self.held.len() + fresh.len());
        for (at, held) in self.held.iter().enumerate() {
            let Some(rate) = self.route.limit(held.node) else { continue };
            let amount = amount(rate).ok_or(Blocked::Held(at))?;
            asks.push(rate.ask(held.node, &self.scope, &held.key, amount, true));
        }
        asks.append(&mut fresh);
        Ok(asks)
    }

    pub(super) fn admit(&mut self, held: usize, asks: Vec<Ask>) -> Turn {
        self.phase = Phase::Admitting { held, asks: asks.clone() };
        Turn::Do(Effect::Admit { asks })
    }

    /// A model without a price behind a budget: the budget cannot vouch for it, so it takes its detour (D14). Limits
    /// before that budget stay to be asked.
    pub(super) fn blocked(&mut self, blocked: Blocked, step: &ModelStep, env: &mut Env<'_>) -> Option<Turn> {
        let reason = format!("no price for {}", step.node.model);
        match blocked {
            Blocked::Pending(at) => {
                let pending = self.pending.drain(at..).next()?;
                self.go_back(&pending);
                let route = self.route.clone();
                let refusal = Refusal::Undecidable { node: pending.node, reason: reason.clone() };
                self.detour(
                    route.limit(pending.node)?,
                    refusal,
                    TrailStep { reason: reason.into(), ..TrailStep::default() },
                )
            }
            Blocked::Held(at) => {
                let node = self.held.get(at)?.node;
                self.over_budget(at, Refusal::Undecidable { node, reason: reason.clone() }, reason, env)
            }
        }
    }

    pub(super) fn admitted(&mut self, held: usize, asks: &[Ask], verdicts: &[Verdict], env: &mut Env<'_>) -> Turn {
        let route = self.route.clone();
        for (at, ask) in asks.iter().enumerate() {
            let (Some(verdict), Some(rate)) = (verdicts.get(at), route.limit(NodeIx(ask.node))) else {
                return self.done(Outcome::Refused(Refusal::OutOfStep));
            };
            let turn = match at.checked_sub(held) {
                None if verdict.passes() => continue,
                None => {
                    let key = self.held.get(at).map(|held| held.key.clone()).unwrap_or(KeyValue::Everyone);
                    let reason = words(rate, &key, ask, *verdict);
                    let refusal = over_limit(ask, *verdict, &key);
                    let reason = format!("{}: {reason}", route.title(NodeIx(ask.node)));
                    self.over_budget(at, refusal, reason, env)
                }
                Some(at) => {
                    let Some(pending) = self.pending.get(at).cloned() else { continue };
                    let step = seen(rate, &pending.key, ask, *verdict);
                    if verdict.passes() {
                        self.fill_in(&pending, step);
                        continue;
                    }
                    self.keep_until(at);
                    self.go_back(&pending);
                    self.detour(rate, over_limit(ask, *verdict, &pending.key), step)
                }
            };
            return turn.unwrap_or_else(|| self.advance(env));
        }
        self.admitted_all()
    }

    /// The counters cannot be reached: each limit says itself what that means.
    pub(super) fn unavailable(&mut self, held: usize, asks: &[Ask], env: &mut Env<'_>) -> Turn {
        let route = self.route.clone();
        for (at, ask) in asks.iter().enumerate() {
            let node = NodeIx(ask.node);
            let Some(rate) = route.limit(node) else { continue };
            let lets_through = rate.on_unavailable == OnUnavailable::Allow || rate.watches();
            let reason = |end: &str| format!("its counter can't be reached{end}");
            let turn = match at.checked_sub(held) {
                None if lets_through => continue,
                None => {
                    let reason = format!("{}: {}", route.title(node), reason(""));
                    self.over_budget(at, Refusal::Unavailable { node }, reason, env)
                }
                Some(at) => {
                    let Some(pending) = self.pending.get(at).cloned() else { continue };
                    if lets_through {
                        let step = TrailStep { reason: reason("; let through").into(), ..TrailStep::default() };
                        self.fill_in(&pending, step);
                        continue;
                    }
                    self.keep_until(at);
                    self.go_back(&pending);
                    let step = TrailStep { reason: reason("").into(), ..TrailStep::default() };
                    self.detour(rate, Refusal::Unavailable { node }, step)
                }
            };
            return turn.unwrap_or_else(|| self.advance(env));
        }
        self.admitted_all()
    }

    fn detour_leads_here(&self, held: usize) -> bool {
        let limit = self.held.get(held).and_then(|held| self.route.limit(held.node));
        limit.and_then(|limit| limit.fallback).is_some_and(|detour| leads(&self.route, detour, self.at))
    }

    fn admitted_all(&mut self) -> Turn {
        self.keep_until(self.pending.len());
        match self.route.node(self.at).map(|node| &node.kind) {
            Some(Kind::Model(_)) => self.call(0),
            _ => self.end(),
        }
    }

    /// Limits before a position have let the request through: counts are done with, budgets are held.
    fn keep_until(&mut self, at: usize) {
        let mut pending = std::mem::take(&mut self.pending);
        pending.truncate(at);
        let route = self.route.clone();
        let budgets = pending.into_iter().filter(|pending| route.limit(pending.node).is_some_and(RateNode::is_budget));
        self.held.extend(budgets.map(|pending| Held { node: pending.node, key: pending.key }));
    }

    /// Back to a limit that does not let the request through after all.
    fn go_back(&mut self, pending: &Pending) {
        self.trail.truncate(pending.trail_at);
        self.at = pending.node;
    }

    /// Completes the step of a limit that was passed.
    fn fill_in(&mut self, pending: &Pending, step: TrailStep) {
        if let Some(written) = self.trail.get_mut(pending.trail_at) {
            *written = TrailStep {
                node: std::mem::take(&mut written.node),
                kind: std::mem::take(&mut written.kind),
                output: std::mem::take(&mut written.output),
                ..step
            };
        }
    }

    /// A budget passed earlier does not bear this model: the model fails without being called.
    ///
    /// Where the budget's own detour leads to this very model, it is called outside of the budget instead: being over
    /// budget would have led here at once.
    fn over_budget(&mut self, held: usize, refusal: Refusal, reason: String, env: &mut Env<'_>) -> Option<Turn> {
        let route = self.route.clone();
        if self.detour_leads_here(held) {
            self.held.remove(held);
            return self.meet_model(route.model_step(self.at)?, env);
        }
        let fault = Fault::new(FaultClass::OverBudget, reason.clone());
        let has_fallback = route.model_step(self.at).is_some_and(|step| step.fallback.is_some());
        let turn = self.fall(fault, reason);
        // What the caller has to hear is the budget, not a failed provider.
        self.last = Some(Outcome::Refused(refusal.clone()));
        if has_fallback { turn } else { Some(self.done(Outcome::Refused(refusal))) }
    }
}

/// From a node to another, with only conditions and splits between.
fn leads(route: &CompiledRoute, from: NodeIx, to: NodeIx) -> bool {
    let mut open = vec![from];
    let mut seen = vec![false; route.nodes.len()];
    while let Some(at) = open.pop() {
        if at == to {
            return true;
        }
        match seen.get_mut(at.index()) {
            Some(seen) if !*seen => *seen = true,
            _ => continue,
        }
        if let Some(kind @ (Kind::Conditional(_) | Kind::Percentage(_))) = route.node(at).map(|node| &node.kind) {
            open.extend(kind.targets().into_iter().map(|(_, to)| to));
        }
    }
    false
}

fn over_limit(ask: &Ask, verdict: Verdict, key: &KeyValue) -> Refusal {
    Refusal::OverLimit { node: NodeIx(ask.node), verdict, key: key.text().map(|text| text.to_string()) }
}
