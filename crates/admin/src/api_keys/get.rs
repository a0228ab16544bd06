//! `GET /api/keys/{id}`

use std::sync::Arc;

use axum::extract::{Path, State};

use super::{ApiKeyView, view};
use crate::{
    Admin,
    envelope::{Answer, Envelope, one},
    query::Pairs,
};

/// One API key, revoked or not.
#[utoipa::path(
    get,
    path = "/api/keys/{id}",
    tag = "API keys",
    params(
        ("id" = String, Path),
        ("account" = Option<String>, Query, description = "`default` where absent."),
    ),
    responses((status = 200, body = Envelope<ApiKeyView>)),
)]
pub(crate) async fn get(State(admin): State<Arc<Admin>>, Path(id): Path<String>, pairs: Pairs) -> Answer<ApiKeyView> {
    one(view(admin.api_key(pairs.account(), &id).await?))
}
