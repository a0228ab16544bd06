//! `POST /api/gateways/{gateway}/configuration/check`

use std::sync::Arc;

use axum::extract::{Path, State};

use super::{PlanView, file::ImportBody};
use crate::{
    Admin,
    body::Sent,
    envelope::{Answer, Envelope, one},
    query::Pairs,
};

/// Says what the import of a file would change, and what is wrong with it. Nothing is changed.
#[utoipa::path(
    post,
    path = "/api/gateways/{gateway}/configuration/check",
    tag = "Configuration",
    params(
        ("gateway" = String, Path),
        ("account" = Option<String>, Query, description = "`default` where absent."),
    ),
    request_body = ImportBody,
    responses((status = 200, body = Envelope<PlanView>)),
)]
pub(crate) async fn check(
    State(admin): State<Arc<Admin>>,
    Path(gateway): Path<String>,
    pairs: Pairs,
    Sent(body): Sent<ImportBody>,
) -> Answer<PlanView> {
    let gateway = admin.gateway(pairs.account(), &gateway).await?;
    let plan = admin.plan(&gateway, &body).await?;
    one(plan.into_view())
}
