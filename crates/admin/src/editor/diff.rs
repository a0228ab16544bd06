//! `POST /api/gateways/{gateway}/routes/diff`

use std::sync::Arc;

use axum::extract::{Path, State};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use waypost_graph::{diff::diff as compare, restarts::restarts};

use super::subject::Subject;
use crate::{
    Admin,
    body::{Body, Sent},
    envelope::{Answer, Envelope, one},
    query::Pairs,
};

/// What to compare.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DiffBody {
    /// The route whose versions are meant.
    #[serde(default)]
    route_id: Option<String>,
    /// The old document; what serves where absent.
    #[serde(default)]
    old: Subject,
    /// The new document; what serves where absent.
    #[serde(default)]
    new: Subject,
}

impl Body for DiffBody {}

/// What differs in content. Layout and order do not count.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DiffView {
    /// Nothing differs.
    same: bool,
    /// Changes.
    count: usize,
    /// One line per change.
    summary: Vec<String>,
    /// Elements that only the new document has.
    #[schema(value_type = Vec<Object>)]
    added: Value,
    /// Elements that only the old document has.
    #[schema(value_type = Vec<Object>)]
    removed: Value,
    /// Elements that both have: `{id, title, type, fields: [{field, old, new}], edges: [{output, old, new}]}`.
    #[schema(value_type = Vec<Object>)]
    changed: Value,
    /// Counters that would start at nothing: `{node, title, message}`.
    #[schema(value_type = Vec<Object>)]
    restarts: Value,
}

/// Compares two documents, and says which counters a deploy of the new one would start afresh.
#[utoipa::path(
    post,
    path = "/api/gateways/{gateway}/routes/diff",
    tag = "Editor",
    params(
        ("gateway" = String, Path),
        ("account" = Option<String>, Query, description = "`default` where absent."),
    ),
    request_body = DiffBody,
    responses((status = 200, body = Envelope<DiffView>)),
)]
pub(crate) async fn diff(
    State(admin): State<Arc<Admin>>,
    Path(gateway): Path<String>,
    pairs: Pairs,
    Sent(body): Sent<DiffBody>,
) -> Answer<DiffView> {
    let account = pairs.account();
    let gateway = admin.gateway(account, &gateway).await?;
    let route = match &body.route_id {
        Some(id) => Some(admin.route(account, &gateway.id, id).await?.1),
        None => None,
    };
    let (old, old_compiled) = admin.subject(&gateway, route.as_ref(), &body.old).await?;
    let (new, new_compiled) = admin.subject(&gateway, route.as_ref(), &body.new).await?;
    let found = compare(&old, &new);
    let restarts = match (&old_compiled.route, &new_compiled.route) {
        (Some(old), Some(new)) => restarts(old, new),
        _ => Vec::new(),
    };
    let json = |value: Result<Value, serde_json::Error>| value.unwrap_or_default();
    one(DiffView {
        same: found.is_empty(),
        count: found.count(),
        added: json(serde_json::to_value(&found.added)),
        removed: json(serde_json::to_value(&found.removed)),
        changed: json(serde_json::to_value(&found.changed)),
        restarts: json(serde_json::to_value(restarts)),
        summary: found.summary,
    })
}
