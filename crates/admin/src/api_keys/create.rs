//! `POST /api/keys`

use std::sync::Arc;

use axum::{Extension, extract::State};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use waypost_store::{ApiKeyRecord, Change, KeyDigest};

use super::{ApiKeyView, PermissionsView, PresetName, audited, check, expiry, metadata, permissions, view};
use crate::{
    Admin,
    access::Actor,
    body::{Body, Findings, REQUIRED, Sent},
    change::{ChangeNoun, Noted},
    envelope::{Answer, Envelope, one},
    ids::new_api_key,
    query::Pairs,
};

/// Characters of a key that are kept for people.
const PREFIX_CHARS: usize = 9;

/// An API key to issue. Unknown members are refused: a misspelt scope must not open everything.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewApiKey {
    /// Name for people.
    label: String,
    /// The one gateway that it opens; all of the account where absent.
    #[serde(default)]
    gateway: Option<String>,
    /// Routes that it may call; empty allows every route.
    #[serde(default)]
    routes: Vec<String>,
    /// `provider/model` names that it may call, `*` at the end stands for the rest; empty allows every model.
    #[serde(default)]
    models: Vec<String>,
    /// `app` where absent.
    #[serde(default)]
    preset: Option<PresetName>,
    /// Single permissions, for the preset `custom`.
    #[serde(default)]
    permissions: Option<PermissionsView>,
    /// Metadata that replaces what the caller sends.
    #[serde(default)]
    #[schema(value_type = Object)]
    pinned_metadata: Map<String, Value>,
    /// RFC 3339; from then on it is not accepted.
    #[serde(default)]
    expires_at: Option<String>,
}

impl Body for NewApiKey {
    const REQUIRED: &'static [(&'static str, &'static str)] = &[("label", REQUIRED)];
}

/// A new API key, with the key itself: it is shown this once.
#[derive(Serialize, ToSchema)]
pub(crate) struct CreatedApiKey {
    /// `wp_` and 43 characters.
    key: String,
    #[serde(flatten)]
    view: ApiKeyView,
}

/// Issues an API key. The answer is the only place where it ever stands.
#[utoipa::path(
    post,
    path = "/api/keys",
    tag = "API keys",
    params(("account" = Option<String>, Query, description = "`default` where absent.")),
    request_body = NewApiKey,
    responses((status = 200, body = Envelope<CreatedApiKey>)),
)]
pub(crate) async fn create(
    State(admin): State<Arc<Admin>>,
    pairs: Pairs,
    Extension(actor): Extension<Actor>,
    Sent(body): Sent<NewApiKey>,
) -> Answer<CreatedApiKey> {
    let account = pairs.account();
    admin.account(account).await?;
    if let Some(gateway) = &body.gateway {
        admin.gateway(account, gateway).await?;
    }
    let now = admin.clock.now();
    let mut findings = Findings::default();
    let (preset, permissions) = permissions(body.preset, body.permissions, &mut findings);
    let key = new_api_key(&*admin.random);
    let record = ApiKeyRecord {
        id: admin.new_id(),
        account: account.to_owned(),
        gateway: body.gateway,
        label: body.label,
        // Opened to show its beginning and to digest it.
        prefix: key.expose().chars().take(PREFIX_CHARS).collect(),
        sha256: KeyDigest::of(key.expose().as_bytes()),
        routes: body.routes,
        models: body.models,
        permissions,
        preset,
        pinned_metadata: metadata(body.pinned_metadata, &["body", "pinned_metadata"], &mut findings),
        limits: Vec::new(),
        created_at: now,
        expires_at: body.expires_at.and_then(|text| expiry(&text, now, &mut findings)),
        revoked_at: None,
        last_used_at: None,
    };
    check(&record, &mut findings);
    findings.done()?;
    let noted = Noted {
        account,
        gateway: record.gateway.as_deref(),
        action: "created",
        object: "api_key",
        object_id: &record.id,
        before: Value::Null,
        after: audited(&record),
    };
    admin.change(&actor, noted, vec![Change::InsertApiKey(record.clone())]).await.noun(super::NOUN)?;
    // Opened for the one answer that shows it.
    one(CreatedApiKey { key: key.expose().clone(), view: view(record) })
}
