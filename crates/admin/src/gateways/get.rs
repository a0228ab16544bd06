//! `GET …/gateways/{gateway}`

use std::sync::Arc;

use axum::{
    Extension,
    extract::{Path, State},
};

use super::view::{GatewayView, view};
use crate::{
    Admin,
    access::Actor,
    envelope::{Answer, Envelope, one},
};

/// One gateway.
#[utoipa::path(
    get,
    path = "/client/v4/accounts/{account}/ai-gateway/gateways/{gateway}",
    tag = "Gateways",
    params(("account" = String, Path), ("gateway" = String, Path)),
    responses((status = 200, body = Envelope<GatewayView>)),
)]
pub(crate) async fn get(
    State(admin): State<Arc<Admin>>,
    Path((account, gateway)): Path<(String, String)>,
    Extension(actor): Extension<Actor>,
) -> Answer<GatewayView> {
    one(view(admin.gateway(&account, &gateway).await?, actor.role))
}
