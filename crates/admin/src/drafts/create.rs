//! `POST /api/gateways/{gateway}/drafts`

use std::sync::Arc;

use axum::{
    Extension,
    extract::{Path, State},
};
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::ToSchema;
use waypost_store::{Change, DraftRecord, RouteRecord};

use super::{DraftView, view};
use crate::{
    Admin,
    access::Actor,
    body::{Body, REQUIRED, Sent},
    change::Noted,
    envelope::{Answer, Envelope, one},
    limits::DOCUMENT_BYTES_MAX,
    query::Pairs,
    refusal::{Refused, place},
    routes::{NOUN, check_name, name_taken},
};

/// A route that has only a draft yet.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewDraft {
    /// `[A-Za-z0-9][A-Za-z0-9_-]{0,63}`, unique in the gateway ignoring case.
    name: String,
    /// Any JSON.
    document: Value,
}

impl Body for NewDraft {
    const REQUIRED: &'static [(&'static str, &'static str)] = &[("name", REQUIRED), ("document", REQUIRED)];
}

/// Creates a route without a version, and its draft: what somebody begins to draw may have errors, and the first version that
/// is saved is version 1. Nothing serves until a version is deployed.
#[utoipa::path(
    post,
    path = "/api/gateways/{gateway}/drafts",
    tag = "Drafts",
    params(
        ("gateway" = String, Path),
        ("account" = Option<String>, Query, description = "`default` where absent."),
    ),
    request_body = NewDraft,
    responses((status = 200, body = Envelope<DraftView>), (status = 409, description = "The name is another route's.")),
)]
pub(crate) async fn create(
    State(admin): State<Arc<Admin>>,
    Path(gateway): Path<String>,
    pairs: Pairs,
    Extension(actor): Extension<Actor>,
    Sent(body): Sent<NewDraft>,
) -> Answer<DraftView> {
    let gateway = admin.gateway(pairs.account(), &gateway).await?;
    check_name(&body.name)?;
    let document = body.document.to_string();
    if document.len() > DOCUMENT_BYTES_MAX {
        let message = format!("A document has at most {DOCUMENT_BYTES_MAX} bytes.");
        return Err(Refused::value(place!["body", "document"], message));
    }
    let now = admin.clock.now();
    let route = RouteRecord {
        id: admin.new_id(),
        gateway: gateway.name(),
        name: body.name.clone(),
        created_at: now,
        modified_at: now,
        live_version: None,
        deleted: false,
    };
    let draft = DraftRecord {
        route_id: route.id.clone(),
        document,
        revision: 1,
        modified_at: now,
        modified_by: actor.label.clone(),
    };
    let noted = Noted {
        account: pairs.account(),
        gateway: Some(&gateway.id),
        action: "created",
        object: "route",
        object_id: &route.id,
        before: Value::Null,
        after: json!({"name": body.name, "deployed": false}),
    };
    let changes = vec![Change::InsertRoute(route.clone()), Change::PutDraft(gateway.name(), draft.clone())];
    admin.change(&actor, noted, changes).await.map_err(|error| error.refused_or(NOUN, name_taken(&body.name)))?;
    one(view(draft))
}
