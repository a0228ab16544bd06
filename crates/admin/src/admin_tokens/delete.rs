//! `DELETE /api/tokens/{id}`

use std::sync::Arc;

use axum::{
    Extension,
    extract::{Path, State},
};
use http::StatusCode;
use serde_json::Value;
use waypost_store::{AdminRole, Change};

use super::{AdminTokenView, audited, view};
use crate::{
    ACCOUNT, Admin,
    access::Actor,
    change::{ChangeNoun, Noted},
    envelope::{Answer, Envelope, one},
    refusal::{Noun, Refused, code},
};

/// Removes an admin token; it is not accepted any more. The last one with the role `admin` stays, or nobody could change
/// anything again.
#[utoipa::path(
    delete,
    path = "/api/tokens/{id}",
    tag = "Admin tokens",
    params(("id" = String, Path)),
    responses((status = 200, body = Envelope<AdminTokenView>)),
)]
pub(crate) async fn delete(
    State(admin): State<Arc<Admin>>,
    Path(id): Path<String>,
    Extension(actor): Extension<Actor>,
) -> Answer<AdminTokenView> {
    let tokens = admin.config.admin_tokens().list().await.noun(super::NOUN)?;
    let Some(record) = tokens.iter().find(|token| token.id == id) else {
        return Err(Refused::not_found(super::NOUN));
    };
    let others = tokens.iter().filter(|token| token.role == AdminRole::Admin && token.id != id).count();
    if record.role == AdminRole::Admin && others == 0 {
        let message = "This is the last token with the role admin. Create another one first.";
        return Err(Refused::new(StatusCode::CONFLICT, code::CONFLICT, message));
    }
    let noted = Noted {
        account: ACCOUNT,
        gateway: None,
        action: "deleted",
        object: "admin_token",
        object_id: &id,
        before: audited(record),
        after: Value::Null,
    };
    admin.change(&actor, noted, vec![Change::DeleteAdminToken { id: id.clone() }]).await.noun(super::NOUN)?;
    one(view(record.clone()))
}
