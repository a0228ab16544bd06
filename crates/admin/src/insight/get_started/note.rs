//! `POST /api/gateways/{gateway}/get-started`

use std::sync::Arc;

use axum::extract::{Path, State};
use serde::Deserialize;
use utoipa::ToSchema;
use waypost_store::Change;

use super::{GetStartedView, Step};
use crate::{
    Admin,
    body::{Body, Sent},
    envelope::{Answer, Envelope, one},
    query::Pairs,
    refusal::Noun,
};

/// A step that was done, or the list closed.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Progress {
    /// The step.
    #[serde(default)]
    step: Option<Step>,
    /// Closes the list, or shows it again.
    #[serde(default)]
    dismissed: Option<bool>,
}

impl Body for Progress {}

/// Remembers a step that only the dashboard sees, or that the list was closed.
#[utoipa::path(
    post,
    path = "/api/gateways/{gateway}/get-started",
    tag = "Insight",
    params(
        ("gateway" = String, Path),
        ("account" = Option<String>, Query, description = "`default` where absent."),
    ),
    request_body = Progress,
    responses((status = 200, body = Envelope<GetStartedView>)),
)]
pub(crate) async fn note(
    State(admin): State<Arc<Admin>>,
    Path(gateway): Path<String>,
    pairs: Pairs,
    Sent(Progress { step, dismissed }): Sent<Progress>,
) -> Answer<GetStartedView> {
    let gateway = admin.gateway(pairs.account(), &gateway).await?.name();
    let mut remembered = admin.remembered(&gateway).await?;
    remembered.done.extend(step);
    remembered.done.sort_unstable();
    remembered.done.dedup();
    remembered.dismissed = dismissed.unwrap_or(remembered.dismissed);
    admin.config.apply(vec![Change::PutNote(remembered.note(&gateway))]).await.noun("Gateway")?;
    one(remembered.view())
}
