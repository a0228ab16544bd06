//! `GET /api/gateways/{gateway}/limited`

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use axum::extract::{Path, State};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use waypost_graph::read_value;
use waypost_store::{GatewayRef, config::PageQuery, insight::Subject};

use super::{analytics::time, sums::Stretch};
use crate::{
    Admin,
    envelope::{Answer, Envelope, one},
    ids::rfc3339,
    query::Pairs,
    refusal::{Noun, Outcome, Refused, place},
    routes,
};

const DAY_MS: i64 = 86_400_000;

/// Which limits stepped in, and what saved requests.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LimitedView {
    /// From a full minute.
    start: String,
    /// To a full minute, not included.
    end: String,
    /// Limits that said no or sent requests elsewhere, the busiest first.
    limited: Vec<LimitedRow>,
    /// Retries and fallbacks that saved an answer, the most frequent first.
    rescued: Vec<RescuedRow>,
}

/// What one limit did.
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct LimitedRow {
    /// Name of the route.
    route: String,
    /// Element id.
    node: String,
    /// What the element is called now.
    title: String,
    /// `429`, `redirected`, or `watched` for a limit that only watches.
    outcome: String,
    /// What the element is called that requests were sent to.
    to: Option<String>,
    /// Requests.
    count: i64,
}

/// What saved answers.
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct RescuedRow {
    /// `retry` or `fallback`.
    kind: String,
    /// Name of the route; null for plain calls.
    route: Option<String>,
    /// `provider/model` that failed first.
    from: String,
    /// `provider/model` that answered.
    to: String,
    /// Requests.
    count: i64,
}

/// Which limits answered 429 or sent requests elsewhere, and which retries and fallbacks saved a request.
#[utoipa::path(
    get,
    path = "/api/gateways/{gateway}/limited",
    tag = "Insight",
    params(
        ("gateway" = String, Path),
        ("account" = Option<String>, Query, description = "`default` where absent."),
        ("start" = Option<String>, Query, description = "RFC 3339; 24 hours before the end where absent."),
        ("end" = Option<String>, Query, description = "RFC 3339; now where absent."),
    ),
    responses((status = 200, body = Envelope<LimitedView>)),
)]
pub(crate) async fn limited(
    State(admin): State<Arc<Admin>>,
    Path(gateway): Path<String>,
    pairs: Pairs,
) -> Answer<LimitedView> {
    let gateway = admin.gateway(pairs.account(), &gateway).await?.name();
    let end = time(&pairs, "end")?.unwrap_or(admin.clock.now().plus_ms(1));
    let start = time(&pairs, "start")?.unwrap_or(end.plus_ms(-DAY_MS));
    if start >= end {
        return Err(Refused::value(place!["query", "start"], "Start before the end."));
    }
    let stretch = Stretch::around(start, end);
    let names = admin.element_names(&gateway).await?;
    let over = admin.sums(&gateway, Subject::Over, stretch, Vec::new()).await?;
    let mut limited: BTreeMap<(String, String, String, String), i64> = BTreeMap::new();
    for piece in &over.pieces {
        let [route, _, node, outcome, to] = [0, 1, 2, 3, 4].map(|part| piece.part(part).to_owned());
        *limited.entry((route, node, outcome, to)).or_default() += piece.sum.requests;
    }
    let mut limited: Vec<LimitedRow> = limited
        .into_iter()
        .map(|((route, node, outcome, to), count)| LimitedRow {
            title: names.title(&route, &node),
            to: (outcome != "429" && !to.is_empty()).then(|| names.title(&route, &to)),
            route: names.route(&route),
            node,
            outcome,
            count,
        })
        .collect();
    limited.sort_by_key(|row| std::cmp::Reverse(row.count));

    let saved = admin.sums(&gateway, Subject::Rescues, stretch, Vec::new()).await?;
    let rescue = |piece: &waypost_store::insight::Piece| RescuedRow {
        kind: piece.part(1).to_owned(),
        route: Some(piece.part(0)).filter(|route| !route.is_empty()).map(|route| names.route(route)),
        from: piece.part(2).to_owned(),
        to: piece.part(3).to_owned(),
        count: piece.sum.requests,
    };
    let mut rescued: Vec<RescuedRow> = saved.pieces.iter().filter(|piece| piece.parts.len() == 4).map(rescue).collect();
    rescued.sort_by_key(|row| std::cmp::Reverse(row.count));
    one(LimitedView { start: rfc3339(stretch.from), end: rfc3339(stretch.until), limited, rescued })
}

/// What routes and their elements are called now.
#[derive(Default)]
pub(crate) struct Names {
    routes: HashMap<String, String>,
    elements: HashMap<(String, String), String>,
}

impl Names {
    /// A route's name; its id once it is gone.
    pub(crate) fn route(&self, id: &str) -> String {
        self.routes.get(id).cloned().unwrap_or_else(|| id.to_owned())
    }

    /// An element's title; its id where the version that serves has no such element.
    pub(crate) fn title(&self, route: &str, node: &str) -> String {
        let key = (route.to_owned(), node.to_owned());
        self.elements.get(&key).cloned().unwrap_or_else(|| node.to_owned())
    }
}

impl Admin {
    /// Names of the routes of a gateway, and of the elements of the versions that serve.
    pub(crate) async fn element_names(&self, gateway: &GatewayRef) -> Outcome<Names> {
        let mut names = Names::default();
        let routes = self.config.routes();
        for route in routes.list(gateway, &PageQuery::ALL).await.noun(routes::NOUN)?.items {
            if let Some(live) = &route.live_version {
                let version = routes.version(gateway, &route.id, live).await.noun("Version")?;
                let document: Value = serde_json::from_str(&version.document).unwrap_or_default();
                let spec = read_value(&document).map(|read| read.spec).unwrap_or_default();
                let titles = spec.titles();
                let titled = spec.elements.into_iter().zip(titles);
                names.elements.extend(titled.map(|(element, title)| ((route.id.clone(), element.id), title)));
            }
            names.routes.insert(route.id, route.name);
        }
        Ok(names)
    }
}
