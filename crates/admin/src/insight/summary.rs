//! `GET /api/gateways/{gateway}/routes-summary`

use std::{collections::HashMap, sync::Arc};

use axum::extract::{Path, State};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use waypost_graph::{Problem, RouteSpec, diff::diff, read_value};
use waypost_store::{
    GatewayRecord, NoteKind, RouteRecord,
    config::PageQuery,
    insight::{Measures, Pieces, Question, Subject},
};

use super::{Dollars, sums::Stretch, window::full_minute};
use crate::{
    Admin, dismissals,
    envelope::{Answer, Envelope, one},
    ids::rfc3339,
    query::Pairs,
    refusal::{Noun, Outcome},
    routes,
};

const HOUR_MS: i64 = 3_600_000;
/// Points of the line, an hour each.
const POINTS: usize = 24;

/// One route in the list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RouteSummary {
    /// Its id.
    id: String,
    /// What callers write after `dynamic/`.
    name: String,
    /// Number of the version that serves; null when none does.
    live_version: Option<u32>,
    /// Id of the version that serves.
    live_version_id: Option<String>,
    /// When it was deployed last.
    deployed_at: Option<String>,
    /// Who deployed it.
    deployed_by: Option<String>,
    /// Changes of the draft against what serves; null without a draft.
    draft_changes: Option<usize>,
    /// Requests of the last 24 hours.
    requests_24h: i64,
    /// Those that failed; limited ones are none.
    errors_24h: i64,
    /// Known cost of the last 24 hours, simulated cost included.
    cost_24h_usd: Dollars,
    /// The part of it that mock models simulate.
    simulated_cost_24h_usd: Dollars,
    /// Requests per hour, the last number is the hour that ends now.
    sparkline: Vec<i64>,
    /// What is wrong with the draft, or without one with what serves.
    problems: ProblemCounts,
}

/// How much is wrong.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(crate) struct ProblemCounts {
    /// They block deploying.
    errors: usize,
    /// Dismissed ones are not counted.
    warnings: usize,
}

/// Lists routes with what serves, what the draft changes, what is wrong and how the last 24 hours went.
#[utoipa::path(
    get,
    path = "/api/gateways/{gateway}/routes-summary",
    tag = "Insight",
    params(
        ("gateway" = String, Path),
        ("account" = Option<String>, Query, description = "`default` where absent."),
    ),
    responses((status = 200, body = Envelope<Vec<RouteSummary>>)),
)]
pub(crate) async fn summary(
    State(admin): State<Arc<Admin>>,
    Path(gateway): Path<String>,
    pairs: Pairs,
) -> Answer<Vec<RouteSummary>> {
    let gateway = admin.gateway(pairs.account(), &gateway).await?;
    let now = admin.clock.now();
    let until = Stretch::since(now, now).until;
    // Twenty-four hours that end with the minute that runs.
    let borders: Vec<_> = (0..=POINTS as i64).rev().map(|hours| full_minute(until.plus_ms(-hours * HOUR_MS))).collect();
    let question =
        Question { subject: Subject::Requests, borders, filters: Vec::new(), search: None, parts: Vec::new() };
    let found = admin.pieces(&gateway.name(), question).await?;
    let mut days = days(&found);
    let routes = admin.config.routes().list(&gateway.name(), &PageQuery::ALL).await.noun(routes::NOUN)?.items;
    let mut list = Vec::with_capacity(routes.len());
    for route in routes {
        let day = days.remove(&*route.id).unwrap_or_default();
        list.push(admin.summarise(&gateway, route, day).await?);
    }
    one(list)
}

/// What a route did in a day.
#[derive(Default)]
struct Day {
    sum: Measures,
    points: [i64; POINTS],
}

fn days(found: &Pieces) -> HashMap<&str, Day> {
    let mut days: HashMap<&str, Day> = HashMap::new();
    for piece in &found.pieces {
        let day = days.entry(piece.part(0)).or_default();
        day.sum.merge(&piece.sum, 1);
        if let Some(point) = day.points.get_mut(piece.bucket) {
            *point += piece.sum.requests;
        }
    }
    days
}

impl Admin {
    async fn summarise(&self, gateway: &GatewayRecord, route: RouteRecord, day: Day) -> Outcome<RouteSummary> {
        let name = gateway.name();
        let routes = self.config.routes();
        let newest = PageQuery { page: 1, per_page: 1, search: None };
        let deployment = routes.deployments(&name, &route.id, &newest).await.noun("Deployment")?.items.pop();
        let live = match &route.live_version {
            Some(live) => Some(routes.version(&name, &route.id, live).await.noun("Version")?),
            None => None,
        };
        let draft = routes.draft(&name, &route.id).await.noun("Draft")?;
        let spec = |text: &str| document(serde_json::from_str(text).unwrap_or(Value::Null));
        let live_spec = live.as_ref().and_then(|version| spec(&version.document));
        let draft_spec = draft.as_ref().and_then(|draft| spec(&draft.document));
        let shown = if draft.is_some() { &draft_spec } else { &live_spec };
        let problems = match shown {
            Some(spec) => {
                let dismissed = self.config.notes().find(&name, NoteKind::Dismissals, &route.id).await.noun("Note")?;
                let compiled = self.compile(gateway, spec).await?;
                counts(&compiled.problems, &dismissals::read(dismissed.as_deref()))
            }
            None => ProblemCounts::default(),
        };
        Ok(RouteSummary {
            draft_changes: draft_spec.map(|draft| diff(&live_spec.unwrap_or_default(), &draft).count()),
            live_version: live.as_ref().map(|version| version.number),
            live_version_id: route.live_version,
            deployed_at: deployment.as_ref().map(|deployment| rfc3339(deployment.created_at)),
            deployed_by: deployment.map(|deployment| deployment.by),
            requests_24h: day.sum.requests,
            errors_24h: day.sum.failed,
            cost_24h_usd: Dollars::of(day.sum.cost),
            simulated_cost_24h_usd: Dollars::of(day.sum.cost_simulated),
            sparkline: day.points.to_vec(),
            problems,
            id: route.id,
            name: route.name,
        })
    }
}

/// A route document, as a version or a draft holds it.
fn document(value: Value) -> Option<RouteSpec> {
    read_value(&value).ok().map(|read| read.spec)
}

fn counts(problems: &[Problem], dismissed: &[dismissals::Dismissal]) -> ProblemCounts {
    let errors = problems.iter().filter(|problem| problem.is_error()).count();
    let is_open = |problem: &&Problem| !problem.is_error() && !dismissed.iter().any(|one| one.covers(problem));
    ProblemCounts { errors, warnings: problems.iter().filter(is_open).count() }
}
