//! `PATCH …/logs/{id}`

use std::sync::Arc;

use axum::extract::{Path, State};
use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;
use waypost_store::log::LogPatch;

use crate::{
    Admin, api_keys,
    body::{Body, Findings, Sent, present},
    envelope::{Answer, Envelope, one},
    refusal::{Noun, place},
};

/// What changes; `null` empties a member, an absent one stays.
#[derive(Deserialize, ToSchema)]
pub(crate) struct LogChange {
    /// -1, 0 or 1.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<i8>)]
    feedback: Option<Option<i64>>,
    /// 0 to 100.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<u8>)]
    score: Option<Option<f64>>,
    /// Replaces what was added before. Filters find it; routing never saw it.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<Object>)]
    metadata: Option<Option<Map<String, Value>>>,
}

impl Body for LogChange {}

/// Feedback on a request. It is what applications say of their answers, not a change by an administrator, so the audit
/// does not list it.
#[utoipa::path(
    patch,
    path = "/client/v4/accounts/{account}/ai-gateway/gateways/{gateway}/logs/{id}",
    tag = "Logs",
    params(("account" = String, Path), ("gateway" = String, Path), ("id" = String, Path)),
    request_body = LogChange,
    responses((status = 200, body = Envelope<serde_json::Value>)),
)]
pub(crate) async fn patch(
    State(admin): State<Arc<Admin>>,
    Path((account, gateway, id)): Path<(String, String, String)>,
    Sent(body): Sent<LogChange>,
) -> Answer<Value> {
    let gateway = admin.gateway(&account, &gateway).await?.name();
    let id = super::id(&id)?;
    let mut findings = Findings::default();
    let feedback = body.feedback.map(|feedback| {
        feedback.and_then(|number| match i8::try_from(number) {
            Ok(thumb @ -1..=1) => Some(thumb),
            _ => {
                findings.add(place!["body", "feedback"], "Use -1, 0, 1 or null.");
                None
            }
        })
    });
    let score = body.score.map(|score| {
        score.and_then(|number| {
            if (0.0..=100.0).contains(&number) {
                // In range, so the rounded number fits.
                return Some(number.round() as u8);
            }
            findings.add(place!["body", "score"], "Use 0 to 100, or null.");
            None
        })
    });
    let metadata =
        body.metadata.map(|sent| sent.map(|sent| api_keys::metadata(sent, &["body", "metadata"], &mut findings)));
    findings.done()?;
    admin.logs.patch(&gateway, id, LogPatch { feedback, score, metadata }).await.noun(super::NOUN)?;
    one(Value::Object(Map::new()))
}
