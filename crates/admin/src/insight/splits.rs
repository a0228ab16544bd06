//! `GET /api/gateways/{gateway}/routes/{route}/splits`

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use axum::extract::{Path, State};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use waypost_graph::{Element, ElementKind, read_value};
use waypost_store::{
    GatewayRecord, RouteRecord,
    filter::{Field, Filter, FilterKey, Operator, Values},
    insight::Histogram,
    log::LogRow,
};
use waypost_types::{PicoUsd, record::RequestOutcome};

use super::{recent, statistics, window::since};
use crate::{
    Admin,
    body::REQUIRED,
    envelope::{Answer, Envelope, one},
    ids::rfc3339,
    limits::SPLIT_ROWS_MAX,
    query::Pairs,
    refusal::{Noun, Outcome, Refused, place},
};

/// Requests of each branch below which nothing can be told.
const ENOUGH: u64 = 100;
/// A deviation that is less likely by chance is worth a warning.
const UNLIKELY: f64 = 0.001;

/// How the branches of a split did.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SplitsView {
    /// Element id of the split.
    node: String,
    /// From when on requests are counted.
    since: String,
    /// There were more requests than were looked at: these are the newest.
    is_sample: bool,
    /// In the order of the document.
    branches: Vec<BranchView>,
    /// Every branch has at least 100 requests; below, it is too early to tell.
    enough: bool,
    /// How far the shares are from what is set; null where that cannot be told.
    skew: Option<SkewView>,
}

/// One branch.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BranchView {
    /// Name of the output.
    output: String,
    /// Its share in percent, as set in the version that serves.
    weight: f64,
    /// Requests that took it.
    requests: u64,
    /// Different sticky values among them; null for a split by chance.
    users: Option<usize>,
    /// Requests that mock models served: their cost is simulated.
    simulated_requests: u64,
    /// Dollars per request with a known cost.
    cost_per_request: Option<IntervalView>,
    /// Milliseconds to the first token.
    first_token_ms: Option<IntervalView>,
    /// Milliseconds that 95 % of its answers took at most.
    p95_ms: Option<u64>,
    /// Share of requests that the gateway or the providers could not answer.
    errors: Option<ShareView>,
    /// Share of thumbs up among rated answers.
    thumbs_up: Option<ShareView>,
}

/// A mean with an interval that holds the truth in 95 of 100 cases.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub(crate) struct IntervalView {
    /// The mean.
    mean: f64,
    /// Low end.
    low: f64,
    /// High end.
    high: f64,
}

/// A share, 0 to 1, with an interval that holds the truth in 95 of 100 cases.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub(crate) struct ShareView {
    /// The share.
    share: f64,
    /// Low end.
    low: f64,
    /// High end.
    high: f64,
}

/// How far shares are from what is set.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub(crate) struct SkewView {
    /// How likely a deviation at least as large is by chance. Sticky splits are judged by users, others by requests.
    p_value: f64,
    /// It is below 0.001.
    is_unlikely: bool,
}

/// Compares the branches of a split: requests, users, cost, first token, errors and thumbs, each with its interval.
#[utoipa::path(
    get,
    path = "/api/gateways/{gateway}/routes/{route}/splits",
    tag = "Insight",
    params(
        ("gateway" = String, Path),
        ("route" = String, Path, description = "Id or name."),
        ("account" = Option<String>, Query, description = "`default` where absent."),
        ("node" = String, Query, description = "Element id of a split of the version that serves."),
        ("window" = Option<String>, Query, description = "`24h` where absent; `1h`, `7d` …"),
    ),
    responses((status = 200, body = Envelope<SplitsView>)),
)]
pub(crate) async fn splits(
    State(admin): State<Arc<Admin>>,
    Path((gateway, route)): Path<(String, String)>,
    pairs: Pairs,
) -> Answer<SplitsView> {
    let (gateway, route) = admin.route(pairs.account(), &gateway, &route).await?;
    let node = pairs.text("node").ok_or_else(|| Refused::value(place!["query", "node"], REQUIRED))?;
    let split = admin.split(&gateway, &route, node).await?;
    let from = since(&pairs, "24h", admin.clock.now())?;
    let passed = Filter {
        key: FilterKey::Field(Field::Node),
        operator: Operator::Eq,
        values: Values::Texts(vec![node.to_owned()]),
    };
    let filters = vec![recent::of_route(&route.id), recent::since(from), passed];
    let found = admin.recent(&gateway.name(), filters, SPLIT_ROWS_MAX).await?;

    let mut branches: BTreeMap<&str, Branch> = BTreeMap::new();
    for row in &found.rows {
        let mut steps = row.record.route.iter().flat_map(|route| &route.trail);
        let Some(step) = steps.find(|step| *step.node == *node) else { continue };
        let user = step.values.first().filter(|_| step.draw.is_none()).map(|(_, value)| value.to_string());
        branches.entry(&step.output).or_default().add(row, user);
    }
    let views: Vec<BranchView> = split
        .branches
        .iter()
        .map(|(output, weight)| branches.remove(&**output).unwrap_or_default().view(output, *weight, split.is_sticky))
        .collect();
    let counted = |view: &BranchView| view.users.map_or(view.requests, |users| users as u64);
    let counts: Vec<u64> = views.iter().map(counted).collect();
    let weights: Vec<f64> = views.iter().map(|view| view.weight).collect();
    let p_value = statistics::chance(&counts, &weights);
    one(SplitsView {
        node: node.to_owned(),
        since: rfc3339(from),
        is_sample: found.has_more,
        enough: !views.is_empty() && views.iter().all(|view| view.requests >= ENOUGH || view.weight <= 0.0),
        skew: p_value.map(|p_value| SkewView { p_value, is_unlikely: p_value < UNLIKELY }),
        branches: views,
    })
}

/// A split of the version that serves.
struct Split {
    /// Outputs and their shares in percent.
    branches: Vec<(String, f64)>,
    is_sticky: bool,
}

impl Admin {
    async fn split(&self, gateway: &GatewayRecord, route: &RouteRecord, node: &str) -> Outcome<Split> {
        let missing = || Refused::value(place!["query", "node"], format!("{node:?} is no split of what serves."));
        let live = route.live_version.as_deref().ok_or_else(missing)?;
        let version = self.config.routes().version(&gateway.name(), &route.id, live).await.noun("Version")?;
        let document: Value = serde_json::from_str(&version.document).unwrap_or_default();
        let spec = read_value(&document).map_err(|_| missing())?.spec;
        let element = spec.element(node).filter(|element| element.kind == ElementKind::Percentage);
        let element = element.ok_or_else(missing)?;
        Ok(Split {
            branches: shares(element),
            is_sticky: element.properties.get("sticky").is_some_and(Value::is_string),
        })
    }
}

/// Shares as written; *Else* gets the rest.
fn shares(element: &Element) -> Vec<(String, f64)> {
    let named = element.properties.get("branches").and_then(Value::as_array);
    let mut shares: Vec<(String, f64)> = match named {
        Some(list) => list
            .iter()
            .filter_map(|branch| Some((branch.get("name")?.as_str()?.to_owned(), branch.get("weight")?.as_f64()?)))
            .collect(),
        None => {
            let spelled = element.outputs.iter().filter_map(|output| {
                let percent = output.name.trim().strip_suffix('%')?.trim().parse().ok()?;
                Some((output.name.clone(), percent))
            });
            spelled.collect()
        }
    };
    let sum: f64 = shares.iter().map(|(_, weight)| weight).sum();
    if element.target("else").is_some() && !shares.iter().any(|(name, _)| name == "else") {
        shares.push(("else".to_owned(), (100.0 - sum).max(0.0)));
    }
    shares
}

/// Dollars to the last digit that amounts have, without what binary fractions leave behind it.
fn exact(dollars: f64) -> f64 {
    (dollars * PicoUsd::PER_USD as f64).round() / PicoUsd::PER_USD as f64
}

/// What went through a branch.
#[derive(Default)]
struct Branch {
    requests: u64,
    simulated: u64,
    failed: u64,
    users: BTreeSet<String>,
    costs: Vec<f64>,
    first_tokens_ms: Vec<f64>,
    durations_ms: Histogram,
    rated: u64,
    thumbs_up: u64,
}

impl Branch {
    fn add(&mut self, row: &LogRow, user: Option<String>) {
        let record = &row.record;
        self.requests += 1;
        self.simulated += u64::from(record.simulated);
        self.users.extend(user);
        match record.outcome {
            RequestOutcome::Success => self.durations_ms.add(record.duration_ms, 1),
            RequestOutcome::Failed => self.failed += 1,
            _ => {}
        }
        self.costs.extend(record.cost.map(|cost| cost.0 as f64 / PicoUsd::PER_USD as f64));
        self.first_tokens_ms.extend(record.first_token_ms.map(|ms| ms as f64));
        self.rated += u64::from(row.feedback.is_some_and(|thumb| thumb != 0));
        self.thumbs_up += u64::from(row.feedback == Some(1));
    }

    fn view(self, output: &str, weight: f64, is_sticky: bool) -> BranchView {
        let interval = |found: Option<(f64, f64, f64)>| found.map(|(mean, low, high)| IntervalView { mean, low, high });
        let share = |found: Option<(f64, f64, f64)>| found.map(|(share, low, high)| ShareView { share, low, high });
        BranchView {
            output: output.to_owned(),
            weight,
            requests: self.requests,
            users: is_sticky.then_some(self.users.len()),
            simulated_requests: self.simulated,
            cost_per_request: interval(
                statistics::mean(&self.costs).map(|(mean, low, high)| (exact(mean), exact(low), exact(high))),
            ),
            first_token_ms: interval(statistics::mean(&self.first_tokens_ms)),
            p95_ms: self.durations_ms.quantile(0.95),
            errors: share(statistics::share(self.failed, self.requests)),
            thumbs_up: share(statistics::share(self.thumbs_up, self.rated)),
        }
    }
}
