//! `GET /api/gateways/{gateway}/routes/{route}/cases`

use std::sync::Arc;

use axum::extract::{Path, State};

use super::CaseView;
use crate::{
    Admin,
    envelope::{Answer, Envelope, one},
    query::Pairs,
};

/// Lists the saved cases of a route, by name.
#[utoipa::path(
    get,
    path = "/api/gateways/{gateway}/routes/{route}/cases",
    tag = "Cases",
    params(
        ("gateway" = String, Path),
        ("route" = String, Path, description = "Id or name."),
        ("account" = Option<String>, Query, description = "`default` where absent."),
    ),
    responses((status = 200, body = Envelope<Vec<CaseView>>)),
)]
pub(crate) async fn list(
    State(admin): State<Arc<Admin>>,
    Path((gateway, route)): Path<(String, String)>,
    pairs: Pairs,
) -> Answer<Vec<CaseView>> {
    let (gateway, route) = admin.route(pairs.account(), &gateway, &route).await?;
    one(admin.cases(&gateway, &route).await?)
}
