//! `GET /api/gateways/{gateway}/get-started`

use std::sync::Arc;

use axum::extract::{Path, State};
use waypost_store::Change;

use super::GetStartedView;
use crate::{
    Admin,
    envelope::{Answer, Envelope, one},
    query::Pairs,
    refusal::Noun,
};

/// The first steps and which of them are done. What log and routes show by themselves is found out and remembered.
#[utoipa::path(
    get,
    path = "/api/gateways/{gateway}/get-started",
    tag = "Insight",
    params(
        ("gateway" = String, Path),
        ("account" = Option<String>, Query, description = "`default` where absent."),
    ),
    responses((status = 200, body = Envelope<GetStartedView>)),
)]
pub(crate) async fn get(
    State(admin): State<Arc<Admin>>,
    Path(gateway): Path<String>,
    pairs: Pairs,
) -> Answer<GetStartedView> {
    let gateway = admin.gateway(pairs.account(), &gateway).await?.name();
    let mut remembered = admin.remembered(&gateway).await?;
    if remembered.done.len() < super::STEPS.len() {
        let before = remembered.clone();
        remembered.done.extend(admin.shown(&gateway).await?);
        remembered.done.sort_unstable();
        remembered.done.dedup();
        if remembered != before {
            // No change that anybody made, so no entry in the audit.
            let note = Change::PutNote(remembered.note(&gateway));
            admin.config.apply(vec![note]).await.noun("Gateway")?;
        }
    }
    one(remembered.view())
}
