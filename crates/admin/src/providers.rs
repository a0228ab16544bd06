//! `GET /api/providers`

use std::sync::Arc;

use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use waypost_store::{
    CustomProviderRecord, ProviderKeyRecord,
    config::{CustomProviderQuery, PageQuery},
};
use waypost_upstream::catalogue::{CUSTOM_PREFIX, Provider};

use crate::{
    ACCOUNT, Admin,
    envelope::{Answer, Envelope, one},
    provider_configs::state,
    query::Pairs,
    refusal::Noun,
};

/// A provider that may be called.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProviderView {
    /// The name in URLs and model strings.
    slug: String,
    /// The name for people.
    name: String,
    /// Where it is; null where that depends on the key or the call.
    base_url: Option<String>,
    /// Conversations that it speaks, the preferred one first.
    formats: Vec<&'static str>,
    /// May be named in `/compat` and in routes.
    compat: bool,
    /// Served inside the gateway, with simulated money.
    mock: bool,
    /// Somebody added it to the account.
    custom: bool,
    /// It may be called.
    enabled: bool,
    /// `stored`, `missing` or `not_needed`, for the gateway.
    key_state: &'static str,
    /// Keys that are stored for the gateway.
    keys: Vec<StoredKeyView>,
}

/// A stored key.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StoredKeyView {
    /// Its id.
    id: String,
    /// Its alias.
    alias: String,
    /// Serves calls that name no alias.
    default_config: bool,
    /// Its last four characters.
    secret_preview: String,
    /// `unchecked`, `works` or `rejected`.
    state: &'static str,
}

/// Lists every provider, built in and added, with the keys that a gateway has stored for it.
#[utoipa::path(
    get,
    path = "/api/providers",
    tag = "Providers",
    params(
        ("account" = Option<String>, Query, description = "`default` where absent."),
        ("gateway" = Option<String>, Query, description = "`default` where absent."),
    ),
    responses((status = 200, body = Envelope<Vec<ProviderView>>)),
)]
pub(crate) async fn list(State(admin): State<Arc<Admin>>, pairs: Pairs) -> Answer<Vec<ProviderView>> {
    let account = pairs.account();
    let gateway = admin.gateway(account, pairs.text("gateway").unwrap_or(ACCOUNT)).await?.name();
    let keys = admin.config.provider_keys().list(&gateway, &PageQuery::ALL).await.noun("Provider config")?.items;
    let query = CustomProviderQuery { page: PageQuery::ALL, enable: None, beta: None };
    let custom = admin.config.custom_providers().list(account, &query).await.noun("Provider")?.items;

    let mut providers: Vec<ProviderView> = admin.catalogue.all().map(|provider| built_in(provider, &keys)).collect();
    providers.sort_by(|one, other| one.slug.cmp(&other.slug));
    providers.extend(custom.into_iter().map(|record| added(record, &keys)));
    one(providers)
}

fn built_in(provider: &Provider, keys: &[ProviderKeyRecord]) -> ProviderView {
    let keys = stored(provider.slug(), keys);
    ProviderView {
        slug: provider.slug().to_owned(),
        name: provider.spec.name.clone().into_owned(),
        base_url: provider.spec.base_url.as_ref().map(|url| url.clone().into_owned()),
        formats: provider.spec.chat.iter().map(|api| api.format.as_str()).collect(),
        compat: provider.is_compat(),
        mock: provider.is_mock(),
        custom: false,
        enabled: true,
        key_state: if provider.is_mock() { "not_needed" } else { key_state(&keys) },
        keys,
    }
}

fn added(record: CustomProviderRecord, keys: &[ProviderKeyRecord]) -> ProviderView {
    let slug = format!("{CUSTOM_PREFIX}{}", record.slug);
    let keys = stored(&slug, keys);
    ProviderView {
        slug,
        name: record.name,
        base_url: Some(record.base_url),
        formats: vec![waypost_types::WireFormat::OpenaiChat.as_str()],
        compat: true,
        mock: false,
        custom: true,
        enabled: record.enable,
        key_state: key_state(&keys),
        keys,
    }
}

const fn key_state(keys: &[StoredKeyView]) -> &'static str {
    if keys.is_empty() { "missing" } else { "stored" }
}

fn stored(slug: &str, keys: &[ProviderKeyRecord]) -> Vec<StoredKeyView> {
    let of_provider = keys.iter().filter(|key| key.provider_slug == slug);
    of_provider
        .map(|key| StoredKeyView {
            id: key.id.clone(),
            alias: key.alias.clone(),
            default_config: key.default_config,
            secret_preview: key.secret_preview.clone(),
            state: state(key.state),
        })
        .collect()
}
