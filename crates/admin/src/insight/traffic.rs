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
    insight::{Measures, Subject},
};
use waypost_types::UnixMs;

use super::{Dollars, recent, sums::Stretch, window::since};
use crate::{
    Admin,
    envelope::{Answer, Envelope, one},
    ids::rfc3339,
    limits::OVER_ROWS_MAX,
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
    /// Sums are whole from this moment on, because rows before it were removed; null when all is there.
    complete_since: Option<String>,
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
    /// Different key values among them; null when there are too many to tell.
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
    let name = gateway.name();
    let now = admin.clock.now();
    let from = since(&pairs, "5m", now)?;
    let version = admin.version_asked(&name, &route, &pairs).await?;
    let mut parts = vec![route.id.clone()];
    parts.extend(version.map(|version| version.to_string()));
    let stretch = Stretch::since(from, now);
    let sums = async |subject| admin.sums(&name, subject, stretch, parts.clone()).await;
    let all = sums(Subject::Requests).await?;
    let (edges, calls, over) = (sums(Subject::Edges).await?, sums(Subject::Calls).await?, sums(Subject::Over).await?);
    let mut traffic = Traffic::default();
    for piece in edges.pieces {
        let edge = (piece.part(2).to_owned(), piece.part(3).to_owned());
        *traffic.edges.entry(edge).or_default() += piece.sum.requests;
    }
    for piece in calls.pieces {
        traffic.calls.entry(piece.part(2).to_owned()).or_default().merge(&piece.sum, 1);
    }
    for piece in over.pieces {
        let over = traffic.over.entry(piece.part(2).to_owned()).or_default();
        over.requests += piece.sum.requests;
        over.refused += if piece.part(3) == "429" { piece.sum.requests } else { 0 };
    }
    for (node, over) in &mut traffic.over {
        over.users = admin.users_over(&name, &route, node, from, over.requests).await?;
    }
    one(TrafficView {
        as_of: rfc3339(now),
        since: rfc3339(from),
        version,
        requests: all.pieces.iter().map(|piece| piece.sum.requests).sum(),
        complete_since: all.complete_since.map(rfc3339),
        edges: traffic.edges.iter().map(edge).collect(),
        nodes: traffic.nodes(),
    })
}

/// What was found, by element.
#[derive(Default)]
struct Traffic {
    edges: BTreeMap<(String, String), i64>,
    calls: BTreeMap<String, Measures>,
    over: BTreeMap<String, Over>,
}

/// Requests over a limit.
#[derive(Default)]
struct Over {
    requests: i64,
    refused: i64,
    users: Option<usize>,
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

    /// Different key values among the requests over a limit; `None` when they are too many to look at.
    async fn users_over(
        &self,
        gateway: &GatewayRef,
        route: &RouteRecord,
        node: &str,
        from: UnixMs,
        over: i64,
    ) -> Outcome<Option<usize>> {
        if usize::try_from(over).unwrap_or(usize::MAX) > OVER_ROWS_MAX {
            return Ok(None);
        }
        let edges = Filter {
            key: FilterKey::Field(Field::Edge),
            operator: Operator::Eq,
            values: Values::Texts(vec![format!("{node}:fallback"), format!("{node}:")]),
        };
        let filters = vec![recent::of_route(&route.id), recent::since(from), edges];
        let found = self.recent(gateway, filters, OVER_ROWS_MAX).await?;
        let steps = found.rows.iter().filter_map(|row| row.record.route.as_ref()).flat_map(|route| &route.trail);
        let keys = steps.filter(|step| *step.node == *node).filter_map(|step| step.limit.as_ref()?.key.as_deref());
        Ok(Some(keys.collect::<BTreeSet<&str>>().len()))
    }
}

fn edge(((node, output), count): (&(String, String), &i64)) -> EdgeTraffic {
    EdgeTraffic { node: node.clone(), output: output.clone(), count: *count }
}

impl Traffic {
    fn nodes(&self) -> Vec<NodeTraffic> {
        let mut passed: BTreeMap<&str, (i64, i64)> = BTreeMap::new();
        for ((node, output), count) in &self.edges {
            let (requests, unserved) = passed.entry(node).or_default();
            *requests += count;
            if self.calls.contains_key(node) && output != "success" {
                *unserved += count;
            }
        }
        let node = |(node, (requests, unserved)): (&str, (i64, i64))| {
            let (calls, over) = (self.calls.get(node), self.over.get(node));
            NodeTraffic {
                node: node.to_owned(),
                requests,
                errors: unserved + over.map_or(0, |over| over.refused),
                calls: calls.map_or(0, |calls| calls.requests),
                p95_ms: calls.and_then(|calls| calls.duration_ms.quantile(0.95)),
                cost_usd: calls.map(|calls| Dollars::of(calls.cost)),
                over: over.map_or(0, |over| over.requests),
                users_over: over.map_or(Some(0), |over| over.users),
            }
        };
        passed.into_iter().map(node).collect()
    }
}
