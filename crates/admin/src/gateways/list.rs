//! `GET …/gateways`

use std::sync::Arc;

use axum::{
    Extension,
    extract::{Path, State},
};

use super::view::{GatewayView, view};
use crate::{
    Admin,
    access::Actor,
    envelope::{Answer, Envelope, page},
    limits::PER_PAGE_MAX,
    query::Pairs,
    refusal::Noun,
};

/// Lists gateways, by id.
#[utoipa::path(
    get,
    path = "/client/v4/accounts/{account}/ai-gateway/gateways",
    tag = "Gateways",
    params(
        ("account" = String, Path),
        ("page" = Option<u32>, Query, description = "From 1."),
        ("per_page" = Option<u32>, Query, description = "20, at most 100."),
        ("search" = Option<String>, Query, description = "Text in the id."),
    ),
    responses((status = 200, body = Envelope<Vec<GatewayView>>)),
)]
pub(crate) async fn list(
    State(admin): State<Arc<Admin>>,
    Path(account): Path<String>,
    Extension(actor): Extension<Actor>,
    pairs: Pairs,
) -> Answer<Vec<GatewayView>> {
    let query = pairs.page(PER_PAGE_MAX)?;
    admin.account(&account).await?;
    let found = admin.config.gateways().list(&account, &query).await.noun(super::NOUN)?;
    page(found, &query, |record| view(record, actor.role))
}
