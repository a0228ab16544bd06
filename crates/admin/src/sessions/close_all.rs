//! `DELETE /api/session/all`

use std::sync::Arc;

use axum::{Extension, extract::State, response::IntoResponse};
use http::HeaderMap;
use serde_json::{Value, json};
use waypost_store::Change;

use super::{SignedOut, signed_out};
use crate::{
    ACCOUNT, Admin,
    access::Actor,
    change::{ChangeNoun, Noted},
    envelope::Envelope,
    refusal::Outcome,
};

/// Signs out everywhere: every session that was opened with the same password or token ends.
#[utoipa::path(
    delete,
    path = "/api/session/all",
    tag = "Session",
    responses((status = 200, body = Envelope<SignedOut>)),
)]
pub(crate) async fn close_all(
    State(admin): State<Arc<Admin>>,
    Extension(actor): Extension<Actor>,
    headers: HeaderMap,
) -> Outcome<impl IntoResponse> {
    let noted = Noted {
        account: ACCOUNT,
        gateway: None,
        action: "signed_out",
        object: "session",
        object_id: &actor.label,
        before: Value::Null,
        after: json!({"where": "everywhere"}),
    };
    let changes = vec![Change::DeleteSessionsOf(actor.by.opener())];
    admin.change(&actor, noted, changes).await.noun(super::NOUN)?;
    Ok(signed_out(&headers))
}
