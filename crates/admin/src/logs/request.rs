//! `GET …/logs/{id}/request`

use std::sync::Arc;

use axum::{
    extract::{Path, State},
    response::Response,
};
use waypost_store::log::Side;

use super::side::side;
use crate::{Admin, refusal::Outcome};

/// The stored prompt, as it went over the wire.
#[utoipa::path(
    get,
    path = "/client/v4/accounts/{account}/ai-gateway/gateways/{gateway}/logs/{id}/request",
    tag = "Logs",
    params(("account" = String, Path), ("gateway" = String, Path), ("id" = String, Path)),
    responses((status = 200, description = "The bytes, with their own content type.", body = serde_json::Value)),
)]
pub(crate) async fn request(
    State(admin): State<Arc<Admin>>,
    Path((account, gateway, id)): Path<(String, String, String)>,
) -> Outcome<Response> {
    side(&admin, &account, &gateway, &id, Side::Request).await
}
