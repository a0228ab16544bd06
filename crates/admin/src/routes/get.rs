//! `GET …/routes/{route}`

use std::sync::Arc;

use axum::extract::{Path, State};

use super::view::RouteView;
use crate::{
    Admin,
    envelope::{Answer, Envelope, one},
};

/// One route. Its elements stand at the top too: Terraform would want to replace it otherwise.
#[utoipa::path(
    get,
    path = "/client/v4/accounts/{account}/ai-gateway/gateways/{gateway}/routes/{route}",
    tag = "Routes",
    params(("account" = String, Path), ("gateway" = String, Path), ("route" = String, Path)),
    responses((status = 200, body = Envelope<RouteView>)),
)]
pub(crate) async fn get(
    State(admin): State<Arc<Admin>>,
    Path((account, gateway, route)): Path<(String, String, String)>,
) -> Answer<RouteView> {
    let (_, route) = admin.route(&account, &gateway, &route).await?;
    one(admin.route_view(route).await?)
}
