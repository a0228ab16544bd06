//! `DELETE /api/session`

use std::sync::Arc;

use axum::{Extension, extract::State, response::IntoResponse};
use http::HeaderMap;
use serde_json::Value;
use waypost_store::Change;

use super::{SignedOut, signed_out};
use crate::{
    ACCOUNT, Admin,
    access::{Actor, By},
    change::{ChangeNoun, Noted},
    envelope::Envelope,
    refusal::Outcome,
};

/// Signs out. What the cookie held is not accepted any more.
#[utoipa::path(
    delete,
    path = "/api/session",
    tag = "Session",
    responses((status = 200, body = Envelope<SignedOut>)),
)]
pub(crate) async fn close(
    State(admin): State<Arc<Admin>>,
    Extension(actor): Extension<Actor>,
    headers: HeaderMap,
) -> Outcome<impl IntoResponse> {
    if let By::Session(session) = &actor.by {
        let noted = Noted {
            account: ACCOUNT,
            gateway: None,
            action: "signed_out",
            object: "session",
            object_id: &actor.label,
            before: Value::Null,
            after: Value::Null,
        };
        let changes = vec![Change::DeleteSession { sha256: session.sha256 }];
        admin.change(&actor, noted, changes).await.noun(super::NOUN)?;
    }
    Ok(signed_out(&headers))
}
