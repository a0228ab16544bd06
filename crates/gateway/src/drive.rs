//! Fifth stage: asks the walk what to do, does it, tells the walk how it went. Plain calls, dynamic routes and universal
//! requests all pass through this loop; there is no second path.

use std::{sync::Arc, time::Duration};

use http::{HeaderMap, StatusCode};
use waypost_graph::{
    BucketScope, CallPolicy, Effect, Env, Estimate, ModelNode, NodeIx, Outcome, Reply, TrySettings, Turn, Walk,
};
use waypost_policy::{
    estimate::{self, Experience},
    limit::Enforcement,
    retry::Backoff,
};
use waypost_store::settings::{RetryBackoff, UnknownPrice};
use waypost_types::{Fault, PicoUsd, Text, record::AttemptRecord};

use crate::{
    Refusal,
    arrival::Arrival,
    callees::Callee,
    conclude::{self, Ended},
    core::Core,
    decode::{Asked, Message},
    flight::{Departure, Flight, Metered},
    identify::Caller,
    limits::WALK_STEPS_MAX,
    prepare::Workbench,
    pricing::Pricing,
    snapshot::{Gateway, Provider, Snapshot},
};

/// Members of a body that cap its answer.
const CAPS: [&str; 2] = ["max_completion_tokens", "max_tokens"];

/// One request on its way through its route.
pub struct Trip<'a> {
    /// The core that serves it.
    pub core: &'a Arc<Core>,
    /// The configuration.
    pub snapshot: &'a Snapshot,
    /// The gateway.
    pub gateway: &'a Gateway,
    /// Who calls.
    pub caller: &'a Caller,
    /// What is asked.
    pub asked: &'a Asked,
    /// What the record will say.
    pub flight: &'a mut Flight,
    /// The last answer of a provider that was no good one, for calls that pass it through.
    pub rejection: Option<Rejection>,
    /// What a plain call answers instead of the usual words.
    pub refusal: Option<Refusal>,
    /// What came of a stream that failed before any of it was let go.
    pub partial: Metered,
}

/// A provider's own refusal.
#[derive(Clone, Debug)]
pub struct Rejection {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body, bounded, keys masked.
    pub body: bytes::Bytes,
    /// The format it is written in.
    pub format: Option<waypost_types::WireFormat>,
    /// What people call the provider.
    pub provider: String,
    /// The stored key that was used.
    pub stored_alias: Option<String>,
}

impl Trip<'_> {
    /// Walks the route to its end.
    ///
    /// # Errors
    /// What the caller gets instead of an answer.
    pub async fn drive(mut self) -> Result<Arrival, Ended> {
        let mut walk = Walk::new(self.asked.route.clone(), self.scope(), self.call_policy());
        if self.flight.record.route.is_none() {
            walk = walk.silent();
        }
        let mut arrival = None;
        let mut reply = Reply::Begin;
        for _ in 0..WALK_STEPS_MAX {
            match self.turn(&mut walk, reply) {
                Turn::Do(effect) => reply = self.perform(effect, &mut arrival).await,
                Turn::Done(outcome) => {
                    self.write_trail(walk);
                    self.flight.release();
                    return match (outcome, arrival) {
                        (Outcome::Served { node }, Some(arrival)) => {
                            self.flight.record.step = self.asked.step(node);
                            Ok(arrival)
                        }
                        (outcome, _) => Err(conclude::conclude(&self, &outcome)),
                    };
                }
            }
        }
        self.write_trail(walk);
        tracing::error!(request = %self.flight.record.id, "a walk did not end");
        Err(Ended::Refused(Refusal::internal_error()))
    }

    fn turn(&self, walk: &mut Walk, reply: Reply) -> Turn {
        let mut random = || self.core.random();
        // Only routes have limits, and a route has one message.
        let message = self.asked.first_message();
        let estimate = |node: &ModelNode, enforcement| self.estimate(node, message, enforcement);
        let mut env = Env {
            facts: &self.asked.facts,
            now: match &reply {
                // Nothing is asked any more.
                Reply::Called(Ok(())) => self.flight.record.created_at,
                _ => self.core.shared.clock.now(),
            },
            random: &mut random,
            estimate: &estimate,
        };
        walk.step(reply, &mut env)
    }

    async fn perform(&mut self, effect: Effect, arrival: &mut Option<Arrival>) -> Reply {
        match effect {
            Effect::Admit { asks } => match self.flight.admit(&asks).await {
                Some(verdicts) => Reply::Admitted(verdicts),
                None => Reply::Unavailable,
            },
            Effect::Call { node, is_last, .. } => Reply::Called(self.call(node, is_last).await.map(|arrived| {
                *arrival = Some(arrived);
            })),
            Effect::Wait { ms } => {
                let pause = Duration::from_millis(ms);
                tokio::time::sleep(pause).await;
                self.flight.waited(pause);
                Reply::Waited
            }
        }
    }

    /// One attempt: made ready, booked, made, read up to its first token.
    async fn call(&mut self, node: NodeIx, is_last: bool) -> Result<Arrival, Fault> {
        let (Some(model), Some(message)) = (self.asked.route.model(node), self.asked.message(node)) else {
            return Err(Fault::new(waypost_types::FaultClass::Inexpressible, "the element is no model"));
        };
        if self.flight.caller_has_left() {
            return Err(Fault::new(waypost_types::FaultClass::Interrupted, "the caller left"));
        }
        self.rejection = None;
        self.refusal = None;
        let callee = self.snapshot.callee(&self.gateway.account, &model.provider, &model.model);
        let Some(provider) = &callee.provider else {
            let refusal = Refusal::provider_unknown(&model.provider, self.snapshot.similar_provider(&model.provider));
            let fault = Fault::new(waypost_types::FaultClass::Connect, refusal.message.clone());
            self.refusal = Some(refusal);
            self.ground(node, model, &fault);
            return Err(fault);
        };
        let bench = Workbench { caller: self.caller, gateway: self.gateway, asked: self.asked, message, node: model };
        let mut prepared = match bench.prepare(provider) {
            Ok(prepared) => prepared,
            Err(unready) => {
                self.refusal = unready.refusal.map(|refusal| *refusal);
                self.ground(node, model, &unready.fault);
                return Err(unready.fault);
            }
        };
        self.depart(node, model, message, provider, &callee);
        self.flight.keep_secret(prepared.secrets.clone());
        self.flight.record.byok |= prepared.stored_alias.is_some();
        for loss in &prepared.losses.0 {
            self.flight.note(format!("request: {loss}"));
        }
        self.make(&mut prepared, model, message, is_last).await.map_err(|mut fault| {
            fault.detail = self.flight.mask(&fault.detail);
            // Nothing is under way any more that would be worth reading on for.
            self.flight.reads_on(false);
            let partial = std::mem::take(&mut self.partial);
            self.flight.failed(&fault, partial);
            fault
        })
    }

    /// An attempt that never left: on the record, not in the journal.
    fn ground(&mut self, node: NodeIx, model: &ModelNode, fault: &Fault) {
        let attempts = &self.flight.record.attempts;
        let attempt = AttemptRecord {
            index: u16::try_from(attempts.len()).unwrap_or(u16::MAX),
            node: self.asked.route.node_text(node),
            provider: Text::from(&model.provider),
            model: Text::from(&model.model),
            started_ms: self.flight.elapsed_ms(),
            fault: Some(fault.class),
            detail: fault.detail.clone(),
            cost: Some(PicoUsd::ZERO),
            cost_source: waypost_types::record::CostSource::None,
            ..AttemptRecord::default()
        };
        self.flight.record.attempts.push(attempt);
    }

    fn depart(&mut self, node: NodeIx, model: &ModelNode, message: &Message, provider: &Provider, callee: &Callee) {
        let pricing = self.pricing(callee, Some(message));
        let estimate = match self.estimate_at(&pricing, callee, model, Enforcement::Soft) {
            Estimate::Priced(amount) | Estimate::Flat(amount) => Some(amount),
            Estimate::Allow | Estimate::Blocked => None,
        };
        let record = &mut self.flight.record;
        record.provider = Text::from(&provider.slug);
        record.model = Text::from(&model.model);
        record.simulated = provider.upstream.is_mock();
        record.custom_cost = matches!(pricing, Pricing::Custom(_));
        record.custom_prices = match &pricing {
            Pricing::Custom(custom) => custom.prices(),
            Pricing::Table(_) | Pricing::Flat(_) | Pricing::Unknown => None,
        };
        self.flight.depart(Departure {
            node: self.asked.route.node_text(node),
            provider: Text::from(&provider.slug),
            model: Text::from(&model.model),
            pricing,
            estimate,
            input_tokens: message.input_tokens(),
        });
    }

    /// How a model is priced for this message.
    fn pricing(&self, callee: &Callee, message: Option<&Message>) -> Pricing {
        match (message.and_then(|message| message.controls.custom_cost.as_ref()), &callee.price) {
            (Some(custom), _) => Pricing::Custom(*custom),
            (None, Some(price)) => Pricing::Table(price.clone()),
            (None, None) => match self.gateway.unknown_price() {
                (UnknownPrice::Flat, Some(amount)) => Pricing::Flat(amount),
                _ => Pricing::Unknown,
            },
        }
    }

    /// What a call will probably cost (D6). Strict budgets ask for the worst case.
    fn estimate(&self, model: &ModelNode, message: Option<&Message>, enforcement: Enforcement) -> Estimate {
        let callee = self.snapshot.callee(&self.gateway.account, &model.provider, &model.model);
        let pricing = self.pricing(&callee, message);
        self.estimate_at(&pricing, &callee, model, enforcement)
    }

    fn estimate_at(&self, pricing: &Pricing, callee: &Callee, model: &ModelNode, enforcement: Enforcement) -> Estimate {
        let max_output_tokens = callee.price.as_ref().and_then(|price| price.output_tokens_max);
        let p95_output_tokens = self.core.shared.history.p95(&model.provider, &model.model);
        let experience = Experience { p95_output_tokens, max_output_tokens };
        let set_by_node =
            CAPS.iter().filter(|_| !model.parameters.is_empty()).find_map(|name| model.parameters.get(*name)?.as_u64());
        let cap = set_by_node.or(self.asked.facts.max_output_tokens);
        let usage = estimate::usage(enforcement, &self.asked.facts, cap, experience);
        match pricing {
            Pricing::Flat(amount) => Estimate::Flat(*amount),
            Pricing::Unknown if self.gateway.unknown_price().0 == UnknownPrice::Allow => Estimate::Allow,
            Pricing::Unknown => Estimate::Blocked,
            known => known.cost(&usage).0.map_or(Estimate::Blocked, Estimate::Priced),
        }
    }

    fn scope(&self) -> BucketScope {
        self.asked.live.as_ref().map_or_else(BucketScope::default, |live| live.scope.clone())
    }

    fn call_policy(&self) -> CallPolicy {
        let settings = &self.gateway.settings;
        let gateway = TrySettings {
            max_attempts: settings.retry_max_attempts,
            delay_ms: settings.retry_delay,
            backoff: settings.retry_backoff.map(|backoff| match backoff {
                RetryBackoff::Constant => Backoff::Constant,
                RetryBackoff::Linear => Backoff::Linear,
                RetryBackoff::Exponential => Backoff::Exponential,
            }),
        };
        CallPolicy { header: self.asked.tries, gateway }
    }

    fn write_trail(&mut self, walk: Walk) {
        if let Some(route) = &mut self.flight.record.route {
            route.trail = walk.into_trail();
        }
    }
}
