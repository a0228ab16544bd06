//! `GET /api/gateways/{gateway}/routes/{route}/traffic`

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use axum::extract::{Path, State};
use serde::Serialize;
use utoipa::ToSchema;
use waypost_store::{
    GatewayRef, RouteRecord,
    filter::{Field, Filter, FilterKey, Operator, Values},
    insight::Traffic,
    log::LogRow,
};
use waypost_types::UnixMs;

use super::{Dollars, recent, window::since};
use crate::{
    Admin,
    envelope::{Answer, Envelope, one},
    ids::rfc3339,
    limits::TRAFFIC_ROWS_MAX,
    query::Pairs,
    refusal::{Noun, Outcome, Refused, place},
};

/// What went through a route.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TrafficView {
    /// When this was read.
    as_of: String,
    /// From when on requests are counted, a full minute. A filter `created_at gte` with it finds the same rows.
    since: String,
    /// The version that is counted; null for any.
    version: Option<u32>,
    /// Requests.
    requests: i64,
    /// There were more requests than were looked at: these are the newest.
    is_sample: bool,
    /// Outputs that were taken.
    edges: Vec<EdgeTraffic>,
    /// Elements that were passed.
    nodes: Vec<NodeTraffic>,
}

/// One output.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EdgeTraffic {
    /// Element id.
    node: String,
    /// Name of the output; empty where the walk ended.
    output: String,
    /// Requests that took it.
    count: i64,
}

/// One element.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NodeTraffic {
    /// Element id.
    node: String,
    /// Requests that passed it.
    requests: i64,
    /// Requests that it did not serve: calls that failed for good, or over a limit without another way.
    errors: i64,
    /// Upstream calls, tries included.
    calls: i64,
    /// Milliseconds that 95 % of its calls took at most; null where it calls nothing.
    p95_ms: Option<u64>,
    /// Known cost of its calls; null where it calls nothing.
    cost_usd: Option<Dollars>,
    /// Requests that went over its limit.
    over: i64,
    /// Different key values among them; null when there were too many requests to tell.
    users_over: Option<usize>,
}

/// What went through a route in the last minutes or hours: requests per output, and how its elements did.
#[utoipa::path(
    get,
    path = "/api/gateways/{gateway}/routes/{route}/traffic",
    tag = "Insight",
    params(
        ("gateway" = String, Path),
        ("route" = String, Path, description = "Id or name."),
        ("account" = Option<String>, Query, description = "`default` where absent."),
        ("window" = Option<String>, Query, description = "`5m` where absent; `1h`, `24h` …"),
        ("version" = Option<String>, Query, description = "`live` where absent; `any`, or a number."),
    ),
    responses((status = 200, body = Envelope<TrafficView>)),
)]
pub(crate) async fn traffic(
    State(admin): State<Arc<Admin>>,
    Path((gateway, route)): Path<(String, String)>,
    pairs: Pairs,
) -> Answer<TrafficView> {
    let (gateway, route) = admin.route(pairs.account(), &gateway, &route).await?;
    let now = admin.clock.now();
    let from = since(&pairs, "5m", now)?;
    let version = admin.version_asked(&gateway.name(), &route, &pairs).await?;
    let mut filters = vec![recent::of_route(&route.id), recent::since(from)];
    filters.extend(version.map(of_version));
    let found = admin.recent(&gateway.name(), filters, TRAFFIC_ROWS_MAX).await?;
    let mut traffic = Traffic::default();
    found.rows.iter().for_each(|row| traffic.add(&row.record, 1));
    one(view(&traffic, &found.rows, found.has_more, version, (now, from)))
}

impl Admin {
    /// `version=live|any|<n>`; `None` for any.
    pub(super) async fn version_asked(
        &self,
        gateway: &GatewayRef,
        route: &RouteRecord,
        pairs: &Pairs,
    ) -> Outcome<Option<u32>> {
        match pairs.text("version") {
            Some("any") => Ok(None),
            None | Some("live") => match &route.live_version {
                Some(live) => {
                    let version = self.config.routes().version(gateway, &route.id, live).await.noun("Version")?;
                    Ok(Some(version.number))
                }
                None => Ok(None),
            },
            Some(text) => match text.parse() {
                Ok(number) => Ok(Some(number)),
                Err(_) => Err(Refused::value(place!["query", "version"], "Use live, any or the number of a version.")),
            },
        }
    }
}

/// Rows of one version.
pub(super) fn of_version(number: u32) -> Filter {
    let values = Values::Numbers(vec![i64::from(number)]);
    Filter { key: FilterKey::Field(Field::Version), operator: Operator::Eq, values }
}

fn view(
    traffic: &Traffic,
    rows: &[LogRow],
    is_sample: bool,
    version: Option<u32>,
    (as_of, since): (UnixMs, UnixMs),
) -> TrafficView {
    let edge = |((node, output), sum): (&(String, String), &waypost_store::insight::Measures)| EdgeTraffic {
        node: node.clone(),
        output: output.clone(),
        count: sum.requests,
    };
    TrafficView {
        as_of: rfc3339(as_of),
        since: rfc3339(since),
        version,
        requests: traffic.all.requests,
        is_sample,
        edges: traffic.edges.iter().map(edge).collect(),
        nodes: nodes(traffic, rows),
    }
}

fn nodes(traffic: &Traffic, rows: &[LogRow]) -> Vec<NodeTraffic> {
    let mut users_over: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut ended: BTreeMap<&str, i64> = BTreeMap::new();
    let mut over: BTreeMap<&str, i64> = BTreeMap::new();
    for step in rows.iter().filter_map(|row| row.record.route.as_ref()).flat_map(|route| &route.trail) {
        // A limit that only watches lets through what it would have refused.
        let is_over = step.limit.as_ref().is_some_and(|limit| step.output != "success" || limit.would_refuse);
        if is_over {
            *over.entry(&step.node).or_default() += 1;
            let key = step.limit.as_ref().and_then(|limit| limit.key.as_deref());
            users_over.entry(&step.node).or_default().extend(key);
        }
        if step.output.is_empty() && step.kind == "rate" {
            *ended.entry(&step.node).or_default() += 1;
        }
    }
    let mut passed: BTreeMap<&str, (i64, i64)> = BTreeMap::new();
    for ((node, output), sum) in &traffic.edges {
        let (requests, unserved) = passed.entry(node).or_default();
        *requests += sum.requests;
        if traffic.calls.contains_key(node) && output != "success" {
            *unserved += sum.requests;
        }
    }
    let node = |(node, (requests, unserved)): (&str, (i64, i64))| {
        let calls = traffic.calls.get(node);
        NodeTraffic {
            node: node.to_owned(),
            requests,
            errors: unserved + ended.get(node).copied().unwrap_or_default(),
            calls: calls.map_or(0, |calls| calls.requests),
            p95_ms: calls.and_then(|calls| calls.duration_ms.quantile(0.95)),
            cost_usd: calls.map(|calls| Dollars::of(calls.cost)),
            over: over.get(node).copied().unwrap_or_default(),
            users_over: Some(users_over.get(node).map_or(0, BTreeSet::len)),
        }
    };
    passed.into_iter().map(node).collect()
}
