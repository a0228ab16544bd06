//! `POST …/provider_configs`

use std::sync::Arc;

use axum::{
    Extension,
    extract::{Path, State},
};
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;
use waypost_store::{Change, ProviderKeyRecord, provider::ProviderKeyState};
use waypost_types::Secret;

use super::{ProviderConfigView, alias_taken, audited, check_alias, check_secret, view};
use crate::{
    Admin,
    access::Actor,
    body::{Body, Findings, REQUIRED, Sent},
    change::Noted,
    envelope::{Answer, Envelope, one},
    refusal::place,
};

/// A provider key to store.
#[derive(Deserialize, ToSchema)]
pub(crate) struct NewProviderConfig {
    /// The provider.
    provider_slug: String,
    /// Names it in `cf-aig-byok-alias`; `default` where absent.
    #[serde(default)]
    alias: Option<String>,
    /// Serves calls that name no alias; yes where absent.
    #[serde(default)]
    default_config: Option<bool>,
    /// The key: text, or JSON with the key and where to call (`project`, `region`, `resource`, `account_id`).
    #[serde(default)]
    secret: Option<String>,
    /// Cloudflare's secrets store; there is none here.
    #[serde(default)]
    secret_id: Option<String>,
    /// Stored as given.
    #[serde(default)]
    rate_limit: Option<u64>,
    /// Seconds. Stored as given.
    #[serde(default)]
    rate_limit_period: Option<u64>,
}

impl Body for NewProviderConfig {
    const REQUIRED: &'static [(&'static str, &'static str)] = &[("provider_slug", REQUIRED)];
}

/// Stores a provider key, encrypted.
#[utoipa::path(
    post,
    path = "/client/v4/accounts/{account}/ai-gateway/gateways/{gateway}/provider_configs",
    tag = "Provider keys",
    params(("account" = String, Path), ("gateway" = String, Path)),
    request_body = NewProviderConfig,
    responses((status = 200, body = Envelope<ProviderConfigView>)),
)]
pub(crate) async fn create(
    State(admin): State<Arc<Admin>>,
    Path((account, gateway)): Path<(String, String)>,
    Extension(actor): Extension<Actor>,
    Sent(body): Sent<NewProviderConfig>,
) -> Answer<ProviderConfigView> {
    let gateway = admin.gateway(&account, &gateway).await?;
    let secret = body.secret.filter(|secret| !secret.is_empty()).map(Secret::new);
    let alias = body.alias.unwrap_or_else(|| "default".to_owned());
    let mut findings = Findings::default();
    check_alias(&alias, &mut findings);
    match (&secret, body.secret_id.as_deref().filter(|id| !id.is_empty())) {
        (Some(secret), None) => check_secret(secret, &mut findings),
        (None, None) => findings.add(place!["body", "secret"], REQUIRED),
        (_, Some(_)) => {
            findings.add(place!["body", "secret_id"], "There is no secrets store here. Send \"secret\" alone.")
        }
    }
    findings.done()?;
    admin.check_provider(&account, &body.provider_slug, place!["body", "provider_slug"]).await?;

    // Aliases of a provider's slug (`perplexity`) are stored as the slug that calls use.
    let slug = admin.catalogue.find(&body.provider_slug).map(|provider| provider.slug().to_owned());
    let now = admin.clock.now();
    let secret = secret.unwrap_or_else(|| Secret::new(String::new()));
    let mut record = ProviderKeyRecord {
        id: admin.new_id(),
        gateway: gateway.name(),
        provider_slug: slug.unwrap_or(body.provider_slug),
        alias,
        default_config: body.default_config.unwrap_or(true),
        secret_ciphertext: Vec::new(),
        secret_preview: secret.preview(),
        rate_limit: body.rate_limit,
        rate_limit_period: body.rate_limit_period.or(body.rate_limit.map(|_| 60)),
        state: ProviderKeyState::Unchecked,
        created_at: now,
        modified_at: now,
    };
    record.secret_ciphertext = admin.seal(&record.place(), &secret)?;
    let noted = Noted {
        account: &account,
        gateway: Some(&gateway.id),
        action: "created",
        object: "provider_key",
        object_id: &record.id,
        before: Value::Null,
        after: audited(&record),
    };
    let changes = vec![Change::InsertProviderKey(record.clone())];
    admin.change(&actor, noted, changes).await.map_err(|error| error.refused_or(super::NOUN, alias_taken(&record)))?;
    one(view(record))
}
