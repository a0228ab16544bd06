//! Provider keys that the gateway holds ("bring your own key"). Secrets go in and never come out.

pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod list;
pub(crate) mod rotate;
pub(crate) mod test;

use std::sync::Arc;

use http::StatusCode;
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;
use waypost_store::{
    ProviderKeyRecord,
    provider::ProviderKeyState,
    seal::{MasterKey, Place},
};
use waypost_types::Secret;
use waypost_upstream::catalogue::StoredKey;

use crate::{
    Admin,
    body::Findings,
    ids::rfc3339,
    limits::SECRET_BYTES_MAX,
    refusal::{ApiError, Outcome, Refused, place},
};

pub(crate) const NOUN: &str = "Provider config";

/// A stored provider key.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProviderConfigView {
    /// Its id.
    id: String,
    /// Its gateway.
    gateway_id: String,
    /// The provider.
    provider_slug: String,
    /// Names it in `cf-aig-byok-alias`.
    alias: String,
    /// Serves calls that name no alias.
    default_config: bool,
    /// The same as `id`: there is no other place for secrets.
    secret_id: String,
    /// Its last four characters.
    secret_preview: String,
    /// Stored as given.
    rate_limit: Option<u64>,
    /// Seconds. Stored as given.
    rate_limit_period: Option<u64>,
    /// `unchecked`, `works` or `rejected`.
    state: &'static str,
    /// When it was stored.
    created_at: String,
    /// When it was changed last.
    modified_at: String,
}

fn view(record: ProviderKeyRecord) -> ProviderConfigView {
    ProviderConfigView {
        secret_id: record.id.clone(),
        id: record.id,
        gateway_id: record.gateway.id,
        provider_slug: record.provider_slug,
        alias: record.alias,
        default_config: record.default_config,
        secret_preview: record.secret_preview,
        rate_limit: record.rate_limit,
        rate_limit_period: record.rate_limit_period,
        state: state(record.state),
        created_at: rfc3339(record.created_at),
        modified_at: rfc3339(record.modified_at),
    }
}

/// The word for what is known about a key.
pub(crate) const fn state(state: ProviderKeyState) -> &'static str {
    match state {
        ProviderKeyState::Unchecked => "unchecked",
        ProviderKeyState::Works => "works",
        ProviderKeyState::Rejected => "rejected",
    }
}

fn audited(record: &ProviderKeyRecord) -> Value {
    json!({
        "provider_slug": record.provider_slug,
        "alias": record.alias,
        "default_config": record.default_config,
        "secret": record.secret_preview,
    })
}

/// Refuses texts that cannot sign a call.
fn check_secret(secret: &Secret<String>, findings: &mut Findings) {
    // Opened to see whether it is usable at all; nothing of it leaves this function.
    if secret.expose().trim().is_empty() {
        findings.add(place!["body", "secret"], "Required");
    } else if secret.expose().len() > SECRET_BYTES_MAX {
        findings.add(place!["body", "secret"], format!("String must contain at most {SECRET_BYTES_MAX} byte(s)"));
    } else if let Err(fault) = StoredKey::parse(secret) {
        findings.add(place!["body", "secret"], fault.detail);
    }
}

fn check_alias(alias: &str, findings: &mut Findings) {
    findings.length("alias", alias, 1, 64);
    if !alias.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.')) {
        findings.add(place!["body", "alias"], "Use letters, digits, \"-\", \"_\" and \".\".");
    }
}

fn alias_taken(record: &ProviderKeyRecord) -> Refused {
    let message = format!("A key named {:?} already exists for {}", record.alias, record.provider_slug);
    Refused { status: StatusCode::CONFLICT, errors: vec![ApiError::invalid(place!["body", "alias"], message)] }
}

impl Admin {
    fn master_key(&self) -> Outcome<&Arc<MasterKey>> {
        self.master_key.as_ref().ok_or_else(|| {
            Refused::unavailable(
                "No master key is configured, so provider keys can't be stored. Set WAYPOST_MASTER_KEY.",
            )
        })
    }

    fn seal(&self, place: &Place<'_>, secret: &Secret<String>) -> Outcome<Vec<u8>> {
        self.master_key()?.seal(place, secret).map_err(|error| {
            tracing::error!(%error, "a provider key could not be sealed");
            Refused::internal()
        })
    }
}
