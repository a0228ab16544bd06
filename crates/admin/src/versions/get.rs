//! `GET …/routes/{route}/versions/{version}`

use std::sync::Arc;

use axum::extract::{Path, State};

use super::RouteVersionView;
use crate::{
    Admin,
    envelope::{Answer, Envelope, one},
    refusal::Noun,
    routes::view::VersionView,
};

/// One version.
#[utoipa::path(
    get,
    path = "/client/v4/accounts/{account}/ai-gateway/gateways/{gateway}/routes/{route}/versions/{version}",
    tag = "Versions",
    params(
        ("account" = String, Path),
        ("gateway" = String, Path),
        ("route" = String, Path),
        ("version" = String, Path),
    ),
    responses((status = 200, body = Envelope<RouteVersionView>)),
)]
pub(crate) async fn get(
    State(admin): State<Arc<Admin>>,
    Path((account, gateway, route, version)): Path<(String, String, String, String)>,
) -> Answer<RouteVersionView> {
    let (gateway, route) = admin.route(&account, &gateway, &route).await?;
    let version = admin.config.routes().version(&gateway.name(), &route.id, &version).await.noun(super::NOUN)?;
    let version = VersionView::of(version, &route);
    one(RouteVersionView::of(route, version))
}
