//! `GET …/logs/{id}`

use std::sync::Arc;

use axum::{
    Extension,
    extract::{Path, State},
};
use waypost_store::{
    AdminRole, GatewayRef, StoreError,
    log::{Payload, Side},
};
use waypost_types::RequestId;

use super::view::{HeadsView, LogDetailView, detail};
use crate::{
    Admin,
    access::Actor,
    envelope::{Answer, Envelope, one},
    limits::HEAD_BYTES,
    refusal::{Noun, Outcome},
};

/// One log row. Editors and administrators also get the beginnings of prompt and answer.
#[utoipa::path(
    get,
    path = "/client/v4/accounts/{account}/ai-gateway/gateways/{gateway}/logs/{id}",
    tag = "Logs",
    params(("account" = String, Path), ("gateway" = String, Path), ("id" = String, Path)),
    responses((status = 200, body = Envelope<LogDetailView>)),
)]
pub(crate) async fn get(
    State(admin): State<Arc<Admin>>,
    Path((account, gateway, id)): Path<(String, String, String)>,
    Extension(actor): Extension<Actor>,
) -> Answer<LogDetailView> {
    let gateway = admin.gateway(&account, &gateway).await?.name();
    let row = admin.log(&gateway, super::id(&id)?).await?;
    if actor.role < AdminRole::Editor {
        return one(detail(row, None));
    }
    let id = row.record.id;
    let request = head(&admin, &gateway, id, Side::Request, row.has_request).await?;
    let response = head(&admin, &gateway, id, Side::Response, row.has_response).await?;
    one(detail(row, Some(HeadsView::of(request.as_ref(), response.as_ref()))))
}

/// The beginning of a payload; `None` when it was not stored, or went between the two reads.
async fn head(
    admin: &Admin,
    gateway: &GatewayRef,
    id: RequestId,
    side: Side,
    is_stored: bool,
) -> Outcome<Option<Payload>> {
    if !is_stored {
        return Ok(None);
    }
    match admin.logs.payload(gateway, id, side, Some(HEAD_BYTES)).await {
        Ok(payload) => Ok(Some(payload)),
        Err(StoreError::NotFound) => Ok(None),
        Err(error) => Err(error).noun(super::NOUN),
    }
}
