//! `POST /api/gateways/{gateway}/routes/{route}/effect`

use std::{collections::BTreeMap, sync::Arc};

use axum::extract::{Path, State};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use waypost_graph::{
    Assumptions, BucketScope, CompiledRoute, RouteSpec,
    restarts::restarts,
    simulate::{AssumedLimit, AssumedModel, Simulation},
};
use waypost_store::{
    GatewayRef,
    log::{LogRow, Side},
};
use waypost_types::{RequestFacts, Scalar};

use super::{
    recent,
    replay::{Stage, destination, walk},
};
use crate::{
    Admin,
    body::{Body, Sent},
    editor::{self, facts, subject::Subject},
    envelope::{Answer, Envelope, one},
    limits::{REPLAYED_BODY_BYTES_MAX, REPLAYED_ROWS_MAX},
    query::Pairs,
    refusal::Outcome,
};

/// What would be deployed.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EffectBody {
    /// A route document in any spelling.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    document: Option<Value>,
    /// A version of the route, in place of a document.
    #[serde(default)]
    version_id: Option<String>,
}

impl Body for EffectBody {}

/// What a deploy would have done to the newest requests.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(crate) struct EffectView {
    /// The document can be deployed; nothing is judged otherwise.
    valid: bool,
    /// Requests that were looked at, at most 1,000.
    requests: usize,
    /// Those whose way is known in both.
    judged: usize,
    /// Those that end at the same model.
    same: usize,
    /// Those that read something which was not stored.
    unjudged: usize,
    /// Those that end elsewhere, the most frequent first.
    moved: Vec<Moved>,
    /// Which outputs of the new document the judged requests take, by element and output.
    edges: Vec<EdgeTaken>,
    /// Counters that would start at nothing, a sentence each.
    restarts: Vec<String>,
}

/// Requests that end elsewhere.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Moved {
    /// `provider/model`, or what the client gets.
    from: String,
    /// The same of the new document.
    to: String,
    /// How many.
    count: usize,
}

/// An output of the new document, and how many requests take it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EdgeTaken {
    /// Element id.
    node: String,
    /// Name of the output; empty where the walk ends.
    output: String,
    /// Requests.
    count: usize,
}

/// Runs the newest requests of a route through what serves and through another document, without calling any model or
/// counting anything. Limits and models are taken to behave as they did.
#[utoipa::path(
    post,
    path = "/api/gateways/{gateway}/routes/{route}/effect",
    tag = "Editor",
    params(
        ("gateway" = String, Path),
        ("route" = String, Path, description = "Id or name."),
        ("account" = Option<String>, Query, description = "`default` where absent."),
    ),
    request_body = EffectBody,
    responses((status = 200, body = Envelope<EffectView>)),
)]
pub(crate) async fn effect(
    State(admin): State<Arc<Admin>>,
    Path((gateway, route)): Path<(String, String)>,
    pairs: Pairs,
    Sent(body): Sent<EffectBody>,
) -> Answer<EffectView> {
    let (gateway, route) = admin.route(pairs.account(), &gateway, &route).await?;
    let wanted = Subject::new(body.document, body.version_id);
    let (new_spec, new) = admin.subject(&gateway, Some(&route), &wanted).await?;
    let Some(new) = new.route.map(Arc::new) else { return one(EffectView::default()) };
    let mut effect = EffectView { valid: true, ..EffectView::default() };
    if route.live_version.is_none() {
        return one(effect);
    }
    let (old_spec, old) = admin.subject(&gateway, Some(&route), &Subject::default()).await?;
    let Some(old) = old.route.map(Arc::new) else { return one(effect) };
    effect.restarts = restarts(&old, &new).into_iter().map(|restart| restart.message).collect();

    let found = admin.recent(&gateway.name(), vec![recent::of_route(&route.id)], REPLAYED_ROWS_MAX).await?;
    effect.requests = found.rows.len();
    let scope = BucketScope { gateway: gateway.name().to_string().into(), route_id: route.id.as_str().into() };
    let zone = &gateway.settings.waypost.time_zone;
    let mut moved: BTreeMap<(String, String), usize> = BTreeMap::new();
    let mut edges: BTreeMap<(String, String), usize> = BTreeMap::new();
    for row in &found.rows {
        let stage = Stage {
            scope: scope.clone(),
            policy: editor::simulate::policy(&gateway),
            now: row.record.created_at,
            luck: luck(row),
        };
        let known = admin.known(&gateway.name(), row, zone, [&old, &new]).await?;
        let (was, will_be) = (known.walk(&old, &old_spec, &stage), known.walk(&new, &new_spec, &stage));
        let (Some(was), Some(will_be)) = (was, will_be) else {
            effect.unjudged += 1;
            continue;
        };
        effect.judged += 1;
        for step in &will_be.steps {
            *edges.entry((step.step.node.to_string(), step.step.output.to_string())).or_default() += 1;
        }
        let (from, to) = (destination(&was.outcome), destination(&will_be.outcome));
        if from == to {
            effect.same += 1;
        } else {
            *moved.entry((from, to)).or_default() += 1;
        }
    }
    effect.moved = moved.into_iter().map(|((from, to), count)| Moved { from, to, count }).collect();
    effect.edges = edges.into_iter().map(|((node, output), count)| EdgeTaken { node, output, count }).collect();
    effect.moved.sort_by_key(|moved| std::cmp::Reverse(moved.count));
    one(effect)
}

/// What is known of a request that was.
struct Known<'a> {
    row: &'a LogRow,
    facts: RequestFacts,
    /// Operands that a route reads and nobody knows: `headers.x-team`.
    unknown: Vec<String>,
}

impl Admin {
    /// Metadata, key and tokens stand in the row; headers and members of the body where the walk read them, or in the
    /// stored prompt.
    async fn known<'a>(
        &self,
        gateway: &GatewayRef,
        row: &'a LogRow,
        zone: &str,
        routes: [&CompiledRoute; 2],
    ) -> Outcome<Known<'a>> {
        let record = &row.record;
        let mut facts = RequestFacts {
            input_tokens: record.usage.input_tokens,
            answer_count: 1,
            stream: record.stream,
            key_id: record.key_id.as_deref().unwrap_or_default().into(),
            key_label: record.key_label.as_deref().unwrap_or_default().into(),
            hour: facts::hour(record.created_at, zone),
            metadata: record.metadata.clone(),
            ..RequestFacts::default()
        };
        let seen = |operand: &str| {
            let mut values = record.route.iter().flat_map(|route| &route.trail).flat_map(|step| &step.values);
            values.find(|(name, _)| name == operand).map(|(_, text)| text.as_str())
        };
        let mut unknown = Vec::new();
        for name in routes.iter().flat_map(|route| route.headers()) {
            let operand = format!("headers.{name}");
            match seen(&operand) {
                Some(value) => facts.headers.push((name.clone(), value.into())),
                None => unknown.push(operand),
            }
        }
        let mut missing = Vec::new();
        for path in routes.iter().flat_map(|route| route.body_paths()) {
            let operand = format!("body.{path}");
            match (&**path, seen(&operand)) {
                ("stream", _) => facts.body.push((path.clone(), Scalar::Bool(record.stream))),
                ("model", _) => facts.body.push((path.clone(), Scalar::text(&*record.requested_model))),
                (_, Some(value)) => facts.body.push((path.clone(), scalar(value))),
                (_, None) => missing.push(path.clone()),
            }
        }
        if !missing.is_empty() {
            match self.prompt(gateway, row).await {
                Some(body) => {
                    let found =
                        missing.into_iter().filter_map(|path| Some((path.clone(), facts::scalar(&body, &path)?)));
                    facts.body.extend(found);
                }
                None => unknown.extend(missing.iter().map(|path| format!("body.{path}"))),
            }
        }
        Ok(Known { row, facts, unknown })
    }

    /// The stored prompt, where all of it is stored and it is not long.
    async fn prompt(&self, gateway: &GatewayRef, row: &LogRow) -> Option<Map<String, Value>> {
        if !row.has_request {
            return None;
        }
        let stored =
            self.logs.payload(gateway, row.record.id, Side::Request, Some(REPLAYED_BODY_BYTES_MAX)).await.ok()?;
        if !stored.is_complete() {
            return None;
        }
        serde_json::from_slice(&stored.body).ok()
    }
}

impl Known<'_> {
    /// The way through a route; `None` when an element on it reads what nobody knows.
    fn walk(&self, route: &Arc<CompiledRoute>, spec: &RouteSpec, stage: &Stage) -> Option<Simulation> {
        let found = walk(route, &self.facts, &self.behaviour(route), stage);
        let reads_unknown = found.steps.iter().filter_map(|step| spec.element(&step.step.node)).any(|element| {
            let settings = Value::Object(element.properties.clone()).to_string();
            self.unknown.iter().any(|operand| settings.contains(operand.as_str()))
        });
        (!reads_unknown).then_some(found)
    }

    /// Limits, splits by chance and models do what they did then.
    fn behaviour(&self, route: &CompiledRoute) -> Assumptions {
        let mut assumed = Assumptions::default();
        let steps = self.row.record.route.iter().flat_map(|route| &route.trail);
        for step in steps.filter(|step| route.find(&step.node).is_some()) {
            let (node, output) = (step.node.to_string(), step.output.as_str());
            match (&*step.kind, output) {
                ("rate", "success") => drop(assumed.limits.insert(node, AssumedLimit::Unused)),
                ("rate", _) => drop(assumed.limits.insert(node, AssumedLimit::Exceeded)),
                ("model", "success") => {}
                ("model", _) => drop(assumed.models.insert(node, AssumedModel::Fail)),
                ("percentage", output) if step.draw.is_some() => {
                    assumed.splits.insert(node, output.to_owned());
                }
                _ => {}
            }
        }
        assumed
    }
}

/// The same for the same request, each time.
fn luck(row: &LogRow) -> u64 {
    let [.., a, b, c, d, e, f, g, h] = row.record.id.to_bytes();
    u64::from_be_bytes([a, b, c, d, e, f, g, h])
}

/// A value of a trail, which is text there.
fn scalar(text: &str) -> Scalar {
    match text {
        "true" => Scalar::Bool(true),
        "false" => Scalar::Bool(false),
        text => text.parse().map_or_else(|_| Scalar::text(text), Scalar::Number),
    }
}
