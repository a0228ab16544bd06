//! `GET /api/tokens`

use std::sync::Arc;

use axum::extract::State;

use super::{AdminTokenView, view};
use crate::{
    Admin,
    envelope::{Answer, Envelope, one},
    refusal::Noun,
};

/// Lists admin tokens, oldest first.
#[utoipa::path(
    get,
    path = "/api/tokens",
    tag = "Admin tokens",
    responses((status = 200, body = Envelope<Vec<AdminTokenView>>)),
)]
pub(crate) async fn list(State(admin): State<Arc<Admin>>) -> Answer<Vec<AdminTokenView>> {
    let tokens = admin.config.admin_tokens().list().await.noun(super::NOUN)?;
    one(tokens.into_iter().map(view).collect())
}
