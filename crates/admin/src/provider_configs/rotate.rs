//! `PUT …/provider_configs/{id}`

use std::sync::Arc;

use axum::{
    Extension,
    extract::{Path, State},
};
use serde::Deserialize;
use utoipa::ToSchema;
use waypost_store::{Change, provider::ProviderKeyState};
use waypost_types::Secret;

use super::{ProviderConfigView, alias_taken, audited, check_alias, check_secret, view};
use crate::{
    Admin,
    access::Actor,
    body::{Body, Findings, Sent},
    change::Noted,
    envelope::{Answer, Envelope, one},
    refusal::Noun,
};

/// What changes; the provider never does.
#[derive(Deserialize, ToSchema)]
pub(crate) struct ProviderConfigChange {
    /// The new key.
    #[serde(default)]
    secret: Option<String>,
    /// A new name.
    #[serde(default)]
    alias: Option<String>,
    /// Serves calls that name no alias.
    #[serde(default)]
    default_config: Option<bool>,
    /// Stored as given.
    #[serde(default)]
    rate_limit: Option<u64>,
    /// Seconds. Stored as given.
    #[serde(default)]
    rate_limit_period: Option<u64>,
}

impl Body for ProviderConfigChange {}

/// Puts a new secret in the place of the old one, or changes what stands beside it. Calls that begin after the answer use it.
#[utoipa::path(
    put,
    path = "/client/v4/accounts/{account}/ai-gateway/gateways/{gateway}/provider_configs/{id}",
    tag = "Provider keys",
    params(("account" = String, Path), ("gateway" = String, Path), ("id" = String, Path)),
    request_body = ProviderConfigChange,
    responses((status = 200, body = Envelope<ProviderConfigView>)),
)]
pub(crate) async fn rotate(
    State(admin): State<Arc<Admin>>,
    Path((account, gateway, id)): Path<(String, String, String)>,
    Extension(actor): Extension<Actor>,
    Sent(body): Sent<ProviderConfigChange>,
) -> Answer<ProviderConfigView> {
    let gateway = admin.gateway(&account, &gateway).await?;
    let before = admin.config.provider_keys().find(&gateway.name(), &id).await.noun(super::NOUN)?;
    let secret = body.secret.filter(|secret| !secret.is_empty()).map(Secret::new);
    let mut record = before.clone();
    let mut findings = Findings::default();
    if let Some(secret) = &secret {
        check_secret(secret, &mut findings);
    }
    if let Some(alias) = body.alias {
        check_alias(&alias, &mut findings);
        record.alias = alias;
    }
    findings.done()?;
    if let Some(secret) = &secret {
        record.secret_ciphertext = admin.seal(&record.place(), secret)?;
        record.secret_preview = secret.preview();
        record.state = ProviderKeyState::Unchecked;
    }
    record.default_config = body.default_config.unwrap_or(record.default_config);
    record.rate_limit = body.rate_limit.or(record.rate_limit);
    record.rate_limit_period = body.rate_limit_period.or(record.rate_limit_period);
    record.modified_at = admin.clock.now();
    let noted = Noted {
        account: &account,
        gateway: Some(&gateway.id),
        action: "updated",
        object: "provider_key",
        object_id: &record.id,
        before: audited(&before),
        after: audited(&record),
    };
    let changes = vec![Change::UpdateProviderKey(record.clone())];
    admin.change(&actor, noted, changes).await.map_err(|error| error.refused_or(super::NOUN, alias_taken(&record)))?;
    one(view(record))
}
