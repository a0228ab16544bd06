//! `PATCH …/routes/{route}`

use std::sync::Arc;

use axum::{
    Extension, Json,
    extract::{Path, State},
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use waypost_store::Change;

use super::{check_name, name_taken, view::RouteView};
use crate::{
    Admin,
    access::Actor,
    body::{Body, REQUIRED, Sent},
    change::Noted,
    refusal::Outcome,
};

/// The new name. Anything else in the body is ignored: graphs change by versions (A77).
#[derive(Deserialize, ToSchema)]
pub(crate) struct Rename {
    /// `[A-Za-z0-9][A-Za-z0-9_-]{0,63}`, unique in the gateway ignoring case.
    name: String,
}

impl Body for Rename {
    const REQUIRED: &'static [(&'static str, &'static str)] = &[("name", REQUIRED)];
}

/// The answer: `route` for the SDKs, `result` for everybody else.
#[derive(Serialize, ToSchema)]
pub(crate) struct RenameEnvelope {
    /// True.
    success: bool,
    /// Empty.
    #[schema(value_type = Vec<Object>)]
    errors: [u8; 0],
    /// Empty.
    #[schema(value_type = Vec<Object>)]
    messages: [u8; 0],
    /// The route.
    result: RouteView,
    /// The same.
    route: RouteView,
}

/// Renames a route. Callers of the old name get `route_not_found` from then on.
#[utoipa::path(
    patch,
    path = "/client/v4/accounts/{account}/ai-gateway/gateways/{gateway}/routes/{route}",
    tag = "Routes",
    params(("account" = String, Path), ("gateway" = String, Path), ("route" = String, Path)),
    request_body = Rename,
    responses((status = 200, body = RenameEnvelope)),
)]
pub(crate) async fn rename(
    State(admin): State<Arc<Admin>>,
    Path((account, gateway, route)): Path<(String, String, String)>,
    Extension(actor): Extension<Actor>,
    Sent(Rename { name }): Sent<Rename>,
) -> Outcome<Json<RenameEnvelope>> {
    let (gateway, route) = admin.route(&account, &gateway, &route).await?;
    check_name(&name)?;
    let noted = Noted {
        account: &account,
        gateway: Some(&gateway.id),
        action: "updated",
        object: "route",
        object_id: &route.id,
        before: json!({"name": route.name}),
        after: json!({"name": name}),
    };
    let change = Change::RenameRoute {
        gateway: gateway.name(),
        id: route.id.clone(),
        name: name.clone(),
        at: admin.clock.now(),
    };
    admin
        .change(&actor, noted, vec![change])
        .await
        .map_err(|error| error.refused_or(super::NOUN, name_taken(&name)))?;
    let result = admin.route_view_by_id(&gateway.name(), &route.id).await?;
    Ok(Json(RenameEnvelope { success: true, errors: [], messages: [], route: result.clone(), result }))
}
