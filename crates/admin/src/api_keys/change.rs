//! `PATCH /api/keys/{id}`

use std::sync::Arc;

use axum::{
    Extension,
    extract::{Path, State},
};
use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;
use waypost_store::Change;

use super::{ApiKeyView, PermissionsView, PresetName, audited, check, expiry, metadata, permissions, view};
use crate::{
    Admin,
    access::Actor,
    body::{Body, Findings, Sent, present},
    change::{ChangeNoun, Noted},
    envelope::{Answer, Envelope, one},
    query::Pairs,
};

/// What changes. Account, gateway and the key itself never do.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ApiKeyChange {
    /// Name for people.
    #[serde(default)]
    label: Option<String>,
    /// Routes that it may call.
    #[serde(default)]
    routes: Option<Vec<String>>,
    /// Models that it may call.
    #[serde(default)]
    models: Option<Vec<String>>,
    /// `app`, `backend` or `custom`.
    #[serde(default)]
    preset: Option<PresetName>,
    /// Single permissions, all four at once.
    #[serde(default)]
    permissions: Option<PermissionsView>,
    /// Replaces what was pinned.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    pinned_metadata: Option<Map<String, Value>>,
    /// RFC 3339; `null` for no end.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    expires_at: Option<Option<String>>,
}

impl Body for ApiKeyChange {}

/// Changes an API key.
#[utoipa::path(
    patch,
    path = "/api/keys/{id}",
    tag = "API keys",
    params(
        ("id" = String, Path),
        ("account" = Option<String>, Query, description = "`default` where absent."),
    ),
    request_body = ApiKeyChange,
    responses((status = 200, body = Envelope<ApiKeyView>)),
)]
pub(crate) async fn change(
    State(admin): State<Arc<Admin>>,
    Path(id): Path<String>,
    pairs: Pairs,
    Extension(actor): Extension<Actor>,
    Sent(body): Sent<ApiKeyChange>,
) -> Answer<ApiKeyView> {
    let before = admin.api_key(pairs.account(), &id).await?;
    let mut record = before.clone();
    let mut findings = Findings::default();
    record.label = body.label.unwrap_or(record.label);
    record.routes = body.routes.unwrap_or(record.routes);
    record.models = body.models.unwrap_or(record.models);
    if body.preset.is_some() || body.permissions.is_some() {
        (record.preset, record.permissions) = permissions(body.preset, body.permissions, &mut findings);
    }
    if let Some(pinned) = body.pinned_metadata {
        record.pinned_metadata = metadata(pinned, &["body", "pinned_metadata"], &mut findings);
    }
    if let Some(expires_at) = body.expires_at {
        record.expires_at = expires_at.and_then(|text| expiry(&text, admin.clock.now(), &mut findings));
    }
    check(&record, &mut findings);
    findings.done()?;
    let noted = Noted {
        account: &record.account,
        gateway: record.gateway.as_deref(),
        action: "updated",
        object: "api_key",
        object_id: &id,
        before: audited(&before),
        after: audited(&record),
    };
    admin.change(&actor, noted, vec![Change::UpdateApiKey(record.clone())]).await.noun(super::NOUN)?;
    one(view(record))
}
