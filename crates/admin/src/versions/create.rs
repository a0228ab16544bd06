//! `POST …/routes/{route}/versions`

use std::sync::Arc;

use axum::{
    Extension, Json,
    extract::{Path, State},
};
use serde_json::{Value, json};
use utoipa::ToSchema;
use waypost_store::{Change, VersionRecord};

use super::RouteVersionView;
use crate::{
    Admin,
    access::Actor,
    body::{Raw, kind},
    change::{ChangeNoun, Noted},
    check::Checked,
    envelope::{Answer, Envelope},
    limits::TEXT_BYTES_MAX,
    refusal::{Noun, Outcome, Refused, place},
    routes::view::VersionView,
};

/// A route document.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body; `waypost_graph::read` reads it")]
pub(crate) struct NewVersion {
    /// The elements, in any spelling that is known.
    #[schema(value_type = Vec<Object>)]
    elements: Value,
    /// What is new.
    comment: Option<String>,
}

/// Saves a version. It serves nothing until it is deployed, and may have errors other than structural ones.
#[utoipa::path(
    post,
    path = "/client/v4/accounts/{account}/ai-gateway/gateways/{gateway}/routes/{route}/versions",
    tag = "Versions",
    params(("account" = String, Path), ("gateway" = String, Path), ("route" = String, Path)),
    request_body = NewVersion,
    responses((status = 200, body = Envelope<RouteVersionView>)),
)]
pub(crate) async fn create(
    State(admin): State<Arc<Admin>>,
    Path((account, gateway, route)): Path<(String, String, String)>,
    Extension(actor): Extension<Actor>,
    Raw(bytes): Raw,
) -> Answer<RouteVersionView> {
    let (gateway, route) = admin.route(&account, &gateway, &route).await?;
    let mut checked = admin.check(&gateway, &bytes).await?;
    checked.keep()?;
    let comment = comment(&mut checked)?;
    let version = VersionRecord {
        version_id: admin.new_id(),
        route_id: route.id.clone(),
        number: 0,
        document: checked.document(),
        is_valid: checked.is_valid(),
        comment: comment.clone(),
        created_at: admin.clock.now(),
        created_by: actor.label.clone(),
    };
    let version_id = version.version_id.clone();
    let noted = Noted {
        account: &account,
        gateway: Some(&gateway.id),
        action: "created",
        object: "version",
        object_id: &version_id,
        before: Value::Null,
        after: json!({"route": route.name, "route_id": route.id, "is_valid": version.is_valid, "comment": comment}),
    };
    let changes = vec![Change::InsertVersion(gateway.name(), version)];
    admin.change(&actor, noted, changes).await.noun(super::NOUN)?;
    let stored = admin.config.routes().version(&gateway.name(), &route.id, &version_id).await.noun(super::NOUN)?;
    let version = VersionView::of(stored, &route);
    Ok(Json(Envelope::of(RouteVersionView::of(route, version)).with_messages(checked.messages())))
}

/// Takes the comment about a version out of the document that it came with.
pub(crate) fn comment(checked: &mut Checked) -> Outcome<Option<String>> {
    match checked.take("comment") {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) if text.len() <= TEXT_BYTES_MAX => Ok(Some(text)),
        Some(Value::String(_)) => {
            let message = format!("String must contain at most {TEXT_BYTES_MAX} byte(s)");
            Err(Refused::value(place!["body", "comment"], message))
        }
        Some(other) => {
            Err(Refused::value(place!["body", "comment"], format!("Expected string, received {}", kind(&other))))
        }
    }
}
