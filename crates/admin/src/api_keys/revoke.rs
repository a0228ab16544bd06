//! `DELETE /api/keys/{id}`

use std::sync::Arc;

use axum::{
    Extension,
    extract::{Path, State},
};
use serde_json::json;
use waypost_store::Change;

use super::{ApiKeyView, view};
use crate::{
    Admin,
    access::Actor,
    change::{ChangeNoun, Noted},
    envelope::{Answer, Envelope, one},
    ids::rfc3339,
    query::Pairs,
};

/// Revokes an API key. It stays in lists, and requests that begin after the answer are refused.
#[utoipa::path(
    delete,
    path = "/api/keys/{id}",
    tag = "API keys",
    params(
        ("id" = String, Path),
        ("account" = Option<String>, Query, description = "`default` where absent."),
    ),
    responses((status = 200, body = Envelope<ApiKeyView>)),
)]
pub(crate) async fn revoke(
    State(admin): State<Arc<Admin>>,
    Path(id): Path<String>,
    pairs: Pairs,
    Extension(actor): Extension<Actor>,
) -> Answer<ApiKeyView> {
    let mut record = admin.api_key(pairs.account(), &id).await?;
    if record.revoked_at.is_some() {
        return one(view(record));
    }
    let at = admin.clock.now();
    let noted = Noted {
        account: &record.account,
        gateway: record.gateway.as_deref(),
        action: "revoked",
        object: "api_key",
        object_id: &id,
        before: json!({"label": record.label, "revoked_at": null}),
        after: json!({"label": record.label, "revoked_at": rfc3339(at)}),
    };
    let change = Change::RevokeApiKey { account: record.account.clone(), id: id.clone(), at };
    admin.change(&actor, noted, vec![change]).await.noun(super::NOUN)?;
    record.revoked_at = Some(at);
    one(view(record))
}
