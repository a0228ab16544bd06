//! `DELETE /api/gateways/{gateway}/routes/{route}/draft`

use std::sync::Arc;

use axum::{
    Extension,
    extract::{Path, State},
};
use serde_json::{Value, json};
use waypost_store::Change;

use crate::{
    Admin,
    access::Actor,
    change::{ChangeNoun, Noted},
    envelope::{Answer, Envelope, one},
    query::Pairs,
};

/// Throws the draft of a route away.
#[utoipa::path(
    delete,
    path = "/api/gateways/{gateway}/routes/{route}/draft",
    tag = "Drafts",
    params(
        ("gateway" = String, Path),
        ("route" = String, Path),
        ("account" = Option<String>, Query, description = "`default` where absent."),
    ),
    responses((status = 200, body = Envelope<serde_json::Value>)),
)]
pub(crate) async fn delete(
    State(admin): State<Arc<Admin>>,
    Path((gateway, route)): Path<(String, String)>,
    pairs: Pairs,
    Extension(actor): Extension<Actor>,
) -> Answer<Value> {
    let (gateway, route) = admin.route(pairs.account(), &gateway, &route).await?;
    let noted = Noted {
        account: pairs.account(),
        gateway: Some(&gateway.id),
        action: "deleted",
        object: "draft",
        object_id: &route.id,
        before: json!({"route": route.name}),
        after: Value::Null,
    };
    let change = Change::DeleteDraft { gateway: gateway.name(), route_id: route.id.clone() };
    admin.change(&actor, noted, vec![change]).await.noun(super::NOUN)?;
    one(json!({}))
}
