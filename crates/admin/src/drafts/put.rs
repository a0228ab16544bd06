//! `PUT /api/gateways/{gateway}/routes/{route}/draft`

use std::sync::Arc;

use axum::{
    Extension,
    extract::{Path, State},
};
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::ToSchema;
use waypost_store::{Change, DraftRecord};

use super::{DraftView, view};
use crate::{
    Admin,
    access::Actor,
    body::{Body, REQUIRED, Sent},
    change::Noted,
    envelope::{Answer, Envelope, one},
    limits::DOCUMENT_BYTES_MAX,
    query::Pairs,
    refusal::{Refused, code, place},
};

/// A changed draft.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DraftChange {
    /// Any JSON.
    document: Value,
    /// The revision that this one was made from; 0 or absent for the first one.
    #[serde(default)]
    revision: u64,
}

impl Body for DraftChange {
    const REQUIRED: &'static [(&'static str, &'static str)] = &[("document", REQUIRED)];
}

/// Stores the draft of a route. When somebody else stored one meanwhile, nothing is overwritten: 409.
#[utoipa::path(
    put,
    path = "/api/gateways/{gateway}/routes/{route}/draft",
    tag = "Drafts",
    params(
        ("gateway" = String, Path),
        ("route" = String, Path),
        ("account" = Option<String>, Query, description = "`default` where absent."),
    ),
    request_body = DraftChange,
    responses((status = 200, body = Envelope<DraftView>), (status = 409, description = "Somebody else changed it.")),
)]
pub(crate) async fn put(
    State(admin): State<Arc<Admin>>,
    Path((gateway, route)): Path<(String, String)>,
    pairs: Pairs,
    Extension(actor): Extension<Actor>,
    Sent(body): Sent<DraftChange>,
) -> Answer<DraftView> {
    let (gateway, route) = admin.route(pairs.account(), &gateway, &route).await?;
    let document = body.document.to_string();
    if document.len() > DOCUMENT_BYTES_MAX {
        let message = format!("A document has at most {DOCUMENT_BYTES_MAX} bytes.");
        return Err(Refused::value(place!["body", "document"], message));
    }
    let draft = DraftRecord {
        route_id: route.id.clone(),
        document,
        revision: body.revision.saturating_add(1),
        modified_at: admin.clock.now(),
        modified_by: actor.label.clone(),
    };
    let noted = Noted {
        account: pairs.account(),
        gateway: Some(&gateway.id),
        action: "updated",
        object: "draft",
        object_id: &route.id,
        before: json!({"revision": body.revision}),
        after: json!({"revision": draft.revision}),
    };
    admin.change(&actor, noted, vec![Change::PutDraft(gateway.name(), draft.clone())]).await.map_err(|error| {
        let message = "Somebody else changed the draft meanwhile. Read it again and apply your change on top.";
        error.refused_or(super::NOUN, Refused::new(StatusCode::CONFLICT, code::CONFLICT, message))
    })?;
    one(view(draft))
}
