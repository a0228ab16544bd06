//! `POST /api/gateways/{gateway}/routes/simulate`

use std::sync::Arc;

use axum::extract::{Path, State};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use waypost_graph::{
    BucketScope, CallPolicy, Problem, TrySettings,
    simulate::{Assumptions, SimulatedStep, Simulation, Situation, simulate as walk},
};
use waypost_policy::retry::Backoff;
use waypost_store::{GatewayRecord, settings::RetryBackoff};

use super::{estimate::estimate, facts::FactsBody, limits::Copied, subject::Subject};
use crate::{
    Admin,
    body::{Body, Findings, Sent},
    envelope::{Answer, Envelope, one},
    logs,
    query::Pairs,
};

/// What to simulate.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SimulationBody {
    /// A route document in any spelling. Without it: a version of `route_id`, or what serves there.
    #[serde(default)]
    document: Option<Value>,
    /// The route whose counters are read.
    #[serde(default)]
    route_id: Option<String>,
    /// A version of the route.
    #[serde(default)]
    version_id: Option<String>,
    /// The request.
    #[serde(default)]
    facts: FactsBody,
    /// `{limits: {id: as_given|exceeded|unused}, splits: {id: output}, models: {id: succeed|fail|time_out}}`
    #[serde(default)]
    #[schema(value_type = Object)]
    assumptions: Assumptions,
}

impl Body for SimulationBody {}

/// The path that a request would take.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SimulationView {
    /// The document could be walked.
    valid: bool,
    /// What is wrong with the document.
    #[schema(value_type = Vec<Object>)]
    problems: Vec<Problem>,
    /// Elements passed: `{node, kind, title, output, output_title, reason, values, draw, limit}`. Amounts are dollars.
    #[schema(value_type = Vec<Object>)]
    steps: Vec<Value>,
    /// How it would end: `{result: served|refused|failed, …}`; null when the document has errors.
    #[schema(value_type = Option<Object>)]
    outcome: Option<Value>,
    /// Upstream calls that it would take.
    calls: u32,
    /// Assumptions that name nothing in the route.
    notes: Vec<String>,
}

/// Walks a request through a route without calling a provider or counting anything.
#[utoipa::path(
    post,
    path = "/api/gateways/{gateway}/routes/simulate",
    tag = "Editor",
    params(
        ("gateway" = String, Path),
        ("account" = Option<String>, Query, description = "`default` where absent."),
    ),
    request_body = SimulationBody,
    responses((status = 200, body = Envelope<SimulationView>)),
)]
pub(crate) async fn simulate(
    State(admin): State<Arc<Admin>>,
    Path(gateway): Path<String>,
    pairs: Pairs,
    Sent(body): Sent<SimulationBody>,
) -> Answer<SimulationView> {
    let account = pairs.account();
    let gateway = admin.gateway(account, &gateway).await?;
    let stored = match &body.route_id {
        Some(id) => Some(admin.route(account, &gateway.id, id).await?.1),
        None => None,
    };
    let subject = Subject::new(body.document, body.version_id);
    let (_, compiled) = admin.subject(&gateway, stored.as_ref(), &subject).await?;
    let Some(route) = compiled.route.map(Arc::new) else {
        return one(SimulationView::invalid(compiled.problems));
    };

    let now = admin.clock.now();
    let mut findings = Findings::default();
    let settings = &gateway.settings.waypost;
    let facts = body.facts.read(&route, now, &settings.time_zone, &mut findings);
    findings.done()?;
    let prices = admin.prices(account).await?;
    let scope = BucketScope {
        gateway: gateway.name().to_string().into(),
        route_id: stored.map_or_else(|| Arc::from(""), |route| route.id.into()),
    };
    let mut copied = Copied::of(&*admin.counters, &route, &scope, &facts).await?;
    let mut random = || {
        let mut bytes = [0; 8];
        (admin.random)(&mut bytes);
        u64::from_le_bytes(bytes)
    };
    let situation = Situation {
        scope,
        policy: policy(&gateway),
        now,
        random: &mut random,
        estimate: &|model, enforcement| estimate(&prices, &*admin.experience, settings, &facts, model, enforcement),
        counters: &mut |ask| copied.judge(ask, now),
    };
    let simulation = walk(&route, &facts, &body.assumptions, situation);
    one(SimulationView::of(simulation, compiled.problems))
}

/// What the gateway says about tries; the simulated request carries no such headers.
pub(crate) fn policy(gateway: &GatewayRecord) -> CallPolicy {
    let settings = &gateway.settings;
    let backoff = settings.retry_backoff.map(|backoff| match backoff {
        RetryBackoff::Constant => Backoff::Constant,
        RetryBackoff::Linear => Backoff::Linear,
        RetryBackoff::Exponential => Backoff::Exponential,
    });
    let gateway = TrySettings { max_attempts: settings.retry_max_attempts, delay_ms: settings.retry_delay, backoff };
    CallPolicy { header: TrySettings::default(), gateway }
}

impl SimulationView {
    fn of(simulation: Simulation, problems: Vec<Problem>) -> Self {
        Self {
            valid: true,
            problems,
            steps: simulation.steps.iter().map(step).collect(),
            outcome: serde_json::to_value(&simulation.outcome).ok(),
            calls: simulation.calls,
            notes: simulation.notes,
        }
    }

    const fn invalid(problems: Vec<Problem>) -> Self {
        Self { valid: false, problems, steps: Vec::new(), outcome: None, calls: 0, notes: Vec::new() }
    }
}

pub(crate) fn step(simulated: &SimulatedStep) -> Value {
    let mut value = logs::step(&simulated.step);
    if let Some(members) = value.as_object_mut() {
        members.insert("title".to_owned(), simulated.title.clone().into());
        members.insert("output_title".to_owned(), simulated.output_title.clone().into());
    }
    value
}
