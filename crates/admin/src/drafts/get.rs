//! `GET /api/gateways/{gateway}/routes/{route}/draft`

use std::sync::Arc;

use axum::extract::{Path, State};

use super::{DraftView, view};
use crate::{
    Admin,
    envelope::{Answer, Envelope, one},
    query::Pairs,
    refusal::{Noun, Refused},
};

/// The draft of a route.
#[utoipa::path(
    get,
    path = "/api/gateways/{gateway}/routes/{route}/draft",
    tag = "Drafts",
    params(
        ("gateway" = String, Path),
        ("route" = String, Path),
        ("account" = Option<String>, Query, description = "`default` where absent."),
    ),
    responses((status = 200, body = Envelope<DraftView>)),
)]
pub(crate) async fn get(
    State(admin): State<Arc<Admin>>,
    Path((gateway, route)): Path<(String, String)>,
    pairs: Pairs,
) -> Answer<DraftView> {
    let (gateway, route) = admin.route(pairs.account(), &gateway, &route).await?;
    let draft = admin.config.routes().draft(&gateway.name(), &route.id).await.noun(super::NOUN)?;
    one(view(draft.ok_or_else(|| Refused::not_found(super::NOUN))?))
}
