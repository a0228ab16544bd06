//! `GET /api/keys`

use std::sync::Arc;

use axum::extract::State;

use super::{ApiKeyView, view};
use crate::{
    Admin,
    envelope::{Answer, Envelope, page},
    limits::PER_PAGE_MAX,
    query::Pairs,
    refusal::Noun,
};

/// Lists API keys, newest first.
#[utoipa::path(
    get,
    path = "/api/keys",
    tag = "API keys",
    params(
        ("account" = Option<String>, Query, description = "`default` where absent."),
        ("gateway" = Option<String>, Query, description = "Only keys that open it."),
        ("page" = Option<u32>, Query, description = "From 1."),
        ("per_page" = Option<u32>, Query, description = "20, at most 100."),
        ("search" = Option<String>, Query, description = "Text in label or id."),
    ),
    responses((status = 200, body = Envelope<Vec<ApiKeyView>>)),
)]
pub(crate) async fn list(State(admin): State<Arc<Admin>>, pairs: Pairs) -> Answer<Vec<ApiKeyView>> {
    let query = pairs.page(PER_PAGE_MAX)?;
    let found = admin.config.api_keys().list(pairs.account(), pairs.text("gateway"), &query).await.noun(super::NOUN)?;
    page(found, &query, view)
}
