//! `DELETE …/routes/{route}`

use std::sync::Arc;

use axum::{
    Extension,
    extract::{Path, State},
};
use serde_json::{Value, json};
use waypost_store::Change;

use super::view::RouteView;
use crate::{
    Admin,
    access::Actor,
    change::{ChangeNoun, Noted},
    envelope::{Answer, Envelope, one},
};

/// Removes a route. Its name is free again; logs keep naming it.
#[utoipa::path(
    delete,
    path = "/client/v4/accounts/{account}/ai-gateway/gateways/{gateway}/routes/{route}",
    tag = "Routes",
    params(("account" = String, Path), ("gateway" = String, Path), ("route" = String, Path)),
    responses((status = 200, body = Envelope<RouteView>)),
)]
pub(crate) async fn delete(
    State(admin): State<Arc<Admin>>,
    Path((account, gateway, route)): Path<(String, String, String)>,
    Extension(actor): Extension<Actor>,
) -> Answer<RouteView> {
    let (gateway, route) = admin.route(&account, &gateway, &route).await?;
    let view = admin.route_view(route.clone()).await?;
    let noted = Noted {
        account: &account,
        gateway: Some(&gateway.id),
        action: "deleted",
        object: "route",
        object_id: &route.id,
        before: json!({"name": route.name, "live_version": route.live_version}),
        after: Value::Null,
    };
    let change = Change::DeleteRoute { gateway: gateway.name(), id: route.id.clone(), at: admin.clock.now() };
    admin.change(&actor, noted, vec![change]).await.noun(super::NOUN)?;
    one(view)
}
