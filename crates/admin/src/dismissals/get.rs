//! `GET /api/gateways/{gateway}/routes/{route}/dismissals`

use std::sync::Arc;

use axum::extract::{Path, State};
use waypost_store::NoteKind;

use super::{Dismissal, read};
use crate::{
    Admin,
    envelope::{Answer, Envelope, one},
    query::Pairs,
    refusal::Noun,
};

/// Lists the warnings of a route that were set aside.
#[utoipa::path(
    get,
    path = "/api/gateways/{gateway}/routes/{route}/dismissals",
    tag = "Editor",
    params(
        ("gateway" = String, Path),
        ("route" = String, Path, description = "Id or name."),
        ("account" = Option<String>, Query, description = "`default` where absent."),
    ),
    responses((status = 200, body = Envelope<Vec<Dismissal>>)),
)]
pub(crate) async fn get(
    State(admin): State<Arc<Admin>>,
    Path((gateway, route)): Path<(String, String)>,
    pairs: Pairs,
) -> Answer<Vec<Dismissal>> {
    let (gateway, route) = admin.route(pairs.account(), &gateway, &route).await?;
    let stored = admin.config.notes().find(&gateway.name(), NoteKind::Dismissals, &route.id).await.noun("Note")?;
    one(read(stored.as_deref()))
}
