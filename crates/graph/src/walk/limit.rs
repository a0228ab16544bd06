//! Limits: asked together before a call, refused one by one.

use waypost_policy::limit::{Ask, KeyValue, MissingKey, OnUnavailable, Verdict};
use waypost_types::{
    Fault, FaultClass,
    record::{LimitTrail, TrailStep},
};

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
            return self.detour(rate, refusal, TrailStep { reason, ..TrailStep::default() });
        }
        self.pending.push(Pending { node: self.at, key, trail_at: self.trail.len() });
        self.pass("success", rate.success, TrailStep { reason: "not asked".to_owned(), ..TrailStep::default() })
    }

    /// Leaves a limit by its detour, or ends.
    fn detour(&mut self, rate: &RateNode, refusal: Refusal, step: TrailStep) -> Option<Turn> {
        let outcome = Outcome::Refused(refusal);
        match rate.fallback {
            Some(to) => {
                self.last = Some(outcome);
                self.pass("fallback", to, step)
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
    pub(super) fn blocked(&mut self, blocked: Blocked, step: &ModelStep) -> Option<Turn> {
        let reason = format!("no price for {}", step.node.model);
        match blocked {
            Blocked::Pending(at) => {
                let pending = self.pending.drain(at..).next()?;
                self.go_back(&pending);
                let route = self.route.clone();
                let refusal = Refusal::Undecidable { node: pending.node, reason: reason.clone() };
                self.detour(route.limit(pending.node)?, refusal, TrailStep { reason, ..TrailStep::default() })
            }
            Blocked::Held(at) => {
                let node = self.held.get(at)?.node;
                self.over_budget(Refusal::Undecidable { node, reason: reason.clone() }, reason)
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
                    self.over_budget(refusal, format!("{} {reason}", route.title(NodeIx(ask.node))))
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
                    self.over_budget(Refusal::Unavailable { node }, format!("{}: {}", route.title(node), reason("")))
                }
                Some(at) => {
                    let Some(pending) = self.pending.get(at).cloned() else { continue };
                    if lets_through {
                        let step = TrailStep { reason: reason("; let through"), ..TrailStep::default() };
                        self.fill_in(&pending, step);
                        continue;
                    }
                    self.keep_until(at);
                    self.go_back(&pending);
                    let step = TrailStep { reason: reason(""), ..TrailStep::default() };
                    self.detour(rate, Refusal::Unavailable { node }, step)
                }
            };
            return turn.unwrap_or_else(|| self.advance(env));
        }
        self.admitted_all()
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
    fn over_budget(&mut self, refusal: Refusal, reason: String) -> Option<Turn> {
        let fault = Fault::new(FaultClass::OverBudget, reason.clone());
        let has_fallback = self.route.model_step(self.at).is_some_and(|step| step.fallback.is_some());
        let turn = self.fall(fault, reason);
        // What the caller has to hear is the budget, not a failed provider.
        self.last = Some(Outcome::Refused(refusal.clone()));
        if has_fallback { turn } else { Some(self.done(Outcome::Refused(refusal))) }
    }
}

fn over_limit(ask: &Ask, verdict: Verdict, key: &KeyValue) -> Refusal {
    Refusal::OverLimit { node: NodeIx(ask.node), verdict, key: key.text().map(str::to_owned) }
}

fn operand(rate: &RateNode) -> String {
    rate.operand().map_or_else(|| "*".to_owned(), ToString::to_string)
}

/// The trail of a limit that was asked.
fn seen(rate: &RateNode, key: &KeyValue, ask: &Ask, verdict: Verdict) -> TrailStep {
    let missing = *key == KeyValue::Missing && rate.missing_key == MissingKey::Fallback;
    let would_refuse = matches!(verdict, Verdict::WouldRefuse { .. }) || (missing && rate.watches());
    let values = key.text().map(|text| (operand(rate), text.to_owned()));
    TrailStep {
        reason: words(rate, key, ask, verdict),
        values: values.into_iter().collect(),
        limit: Some(LimitTrail {
            bucket: ask.bucket,
            kind: rate.rule.kind,
            key: key.text().map(str::to_owned),
            limit: rate.rule.limit,
            used: verdict.used(),
            asked: ask.amount,
            would_refuse,
        }),
        ..TrailStep::default()
    }
}

/// `5 of 10 per day used by user-anna; this is the 6th`, `$0.0035 of $10 per day used by user-anna; estimate $0.00055`
fn words(rate: &RateNode, key: &KeyValue, ask: &Ask, verdict: Verdict) -> String {
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
    let watched = if matches!(verdict, Verdict::WouldRefuse { .. }) { "; only watching, so it went on" } else { "" };
    format!("{spent}{next}{watched}")
}

fn ordinal(number: i64) -> String {
    let ending = match (number % 100, number % 10) {
        (11..=13, _) => "th",
        (_, 1) => "st",
        (_, 2) => "nd",
        (_, 3) => "rd",
        _ => "th",
    };
    format!("{}{ending}", crate::kinds::rate::thousands(number))
}
