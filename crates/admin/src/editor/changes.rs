//! `GET /api/gateways/{gateway}/routes/{route}/changes`

use std::sync::Arc;

use axum::extract::{Path, State};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use waypost_graph::{RouteSpec, diff::diff, read_value};
use waypost_store::config::PageQuery;

use crate::{
    Admin,
    envelope::{Answer, Envelope, one},
    limits::PER_PAGE_MAX,
    query::Pairs,
    refusal::Noun,
    versions::NOUN,
};

/// What one version changed.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct VersionChangesView {
    /// The version.
    version_id: String,
    /// Its number.
    number: u32,
    /// One line per change since the version before, as in a comparison; null for the first one.
    summary: Option<Vec<String>>,
}

/// What each of the newest hundred versions changed against the one before, newest first.
#[utoipa::path(
    get,
    path = "/api/gateways/{gateway}/routes/{route}/changes",
    tag = "Editor",
    params(
        ("gateway" = String, Path),
        ("route" = String, Path, description = "Id or name."),
        ("account" = Option<String>, Query, description = "`default` where absent."),
    ),
    responses((status = 200, body = Envelope<Vec<VersionChangesView>>)),
)]
pub(crate) async fn changes(
    State(admin): State<Arc<Admin>>,
    Path((gateway, route)): Path<(String, String)>,
    pairs: Pairs,
) -> Answer<Vec<VersionChangesView>> {
    let (gateway, route) = admin.route(pairs.account(), &gateway, &route).await?;
    // One more, which the last one is compared with.
    let query = PageQuery { page: 1, per_page: PER_PAGE_MAX + 1, search: None };
    let found = admin.config.routes().versions(&gateway.name(), &route.id, &query).await.noun(NOUN)?;
    let specs: Vec<RouteSpec> = found.items.iter().map(|version| spec(&version.document)).collect();
    let befores = specs.iter().skip(1).map(Some).chain([None]);
    let views = found.items.iter().zip(specs.iter().zip(befores)).take(PER_PAGE_MAX as usize);
    one(views
        .map(|(version, (spec, before))| VersionChangesView {
            version_id: version.version_id.clone(),
            number: version.number,
            summary: before.map(|before| diff(before, spec).summary),
        })
        .collect())
}

fn spec(document: &str) -> RouteSpec {
    let document: Value = serde_json::from_str(document).unwrap_or_default();
    read_value(&document).map(|read| read.spec).unwrap_or_default()
}
