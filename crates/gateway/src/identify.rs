//! Second stage: who calls. A header that holds a valid gateway key **is** the gateway credential and goes no further;
//! any other credential is the caller's own provider key and goes only to that provider (D15).

use std::sync::Arc;

use http::{HeaderMap, HeaderName, HeaderValue, header};
use waypost_types::UnixMs;

use crate::{
    Refusal,
    refusal::RefusalKind,
    snapshot::{ApiKey, Gateway, Snapshot},
};

/// Who calls, and what of the request's headers is a credential.
#[derive(Clone, Default)]
pub struct Caller {
    /// The API key, where one was sent.
    pub key: Option<Arc<ApiKey>>,
    /// Headers that hold the caller's own provider key.
    pub provider_credentials: Vec<(HeaderName, HeaderValue)>,
    /// Headers that hold gateway keys: never forwarded, never logged.
    pub gateway_credentials: Vec<HeaderName>,
    /// The gateway keys themselves, to keep them out of every other header and URL that they may have been put into (A82).
    pub(crate) tokens: Vec<waypost_types::Secret>,
    /// The Playground, which somebody who is signed in uses: no header shows it.
    pub is_inside: bool,
}

impl Caller {
    /// The Playground, with its built-in key.
    pub(crate) fn inside(gateway: &Gateway) -> Self {
        Self { key: Some(Arc::new(ApiKey::playground(&gateway.account))), is_inside: true, ..Self::default() }
    }

    /// Whoever calls a gateway without authentication is nobody in particular and brings keys along (D15).
    pub(crate) fn may_use_stored_keys(&self, gateway: &Gateway) -> bool {
        self.key.is_some() && (gateway.requires_key() || self.is_inside)
    }

    /// May the caller send headers that weaken controls?
    pub fn may(&self, permission: Permission) -> bool {
        self.key.as_ref().is_some_and(|key| match permission {
            Permission::CustomCost => key.may_custom_cost,
            Permission::CacheKey => key.may_cache_key,
            Permission::SkipCache => key.may_skip_cache,
            Permission::SkipLog => key.may_skip_log,
        })
    }
}

/// What a key may allow (rule S07).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permission {
    /// `cf-aig-custom-cost`
    CustomCost,
    /// `cf-aig-cache-key`
    CacheKey,
    /// `cf-aig-skip-cache`
    SkipCache,
    /// `cf-aig-collect-log: false`
    SkipLog,
}

impl Permission {
    /// How a refusal names it.
    pub const fn words(self) -> &'static str {
        match self {
            Self::CustomCost => "set a custom cost",
            Self::CacheKey => "choose a cache key",
            Self::SkipCache => "skip the cache",
            Self::SkipLog => "skip logging",
        }
    }
}

/// Headers in which a gateway key is looked for, the gateway's own first. Others that hold a secret are the provider's
/// business unless they repeat the gateway key.
static CREDENTIAL_HEADERS: [HeaderName; 6] = [
    HeaderName::from_static("cf-aig-authorization"),
    header::AUTHORIZATION,
    HeaderName::from_static("x-api-key"),
    HeaderName::from_static("x-goog-api-key"),
    HeaderName::from_static("api-key"),
    HeaderName::from_static("xi-api-key"),
];

/// Where a name stands in [`CREDENTIAL_HEADERS`], as a bit.
fn credential_bit(name: &HeaderName) -> u8 {
    match name.as_str() {
        "cf-aig-authorization" => 1,
        "authorization" => 1 << 1,
        "x-api-key" => 1 << 2,
        "x-goog-api-key" => 1 << 3,
        "api-key" => 1 << 4,
        "xi-api-key" => 1 << 5,
        _ => 0,
    }
}

/// Finds the caller's key.
///
/// # Errors
/// `missing_api_key` and `invalid_api_key` where the gateway requires one, `key_scope` when the key belongs to other
/// gateways, `invalid_api_key` for a wrong `cf-aig-authorization` on such gateways.
pub fn identify(
    headers: &HeaderMap,
    query: Option<&str>,
    gateway: &Gateway,
    snapshot: &Snapshot,
    now: UnixMs,
) -> Result<Caller, Refusal> {
    let mut caller = Caller::default();
    let mut saw_credential = false;
    // A look over the names is cheaper than a search for each of the six.
    let sent = headers.keys().fold(0_u8, |sent, name| sent | credential_bit(name));
    for (at, name) in CREDENTIAL_HEADERS.iter().enumerate() {
        if sent & 1 << at == 0 {
            continue;
        }
        for value in headers.get_all(name) {
            saw_credential = true;
            let token = token_of(value);
            match token.and_then(|token| snapshot.api_key(token, now)) {
                Some(key) => caller.accept(key, token.unwrap_or_default(), Some(name)),
                None if at == 0 => {}
                None => caller.provider_credentials.push((name.clone(), value.clone())),
            }
        }
    }
    if caller.key.is_none()
        && let Some(token) = query.and_then(key_parameter)
        && let Some(key) = snapshot.api_key(token, now)
    {
        caller.accept(key, token, None);
    }

    let Some(key) = &caller.key else {
        return match (gateway.requires_key(), saw_credential) {
            (false, _) => Ok(caller),
            (true, true) => Err(Refusal::invalid_api_key()),
            (true, false) => Err(Refusal::missing_api_key()),
        };
    };
    if *key.account != *gateway.account || !key.allows_gateway(&gateway.id) {
        let message = format!("This key may not use the gateway \"{}\". Use a key of that gateway.", gateway.id);
        return Err(Refusal::new(RefusalKind::KeyScope, message));
    }
    Ok(caller)
}

impl Caller {
    fn accept(&mut self, key: Arc<ApiKey>, token: &str, name: Option<&HeaderName>) {
        if self.key.is_none() {
            self.key = Some(key);
        }
        self.tokens.push(waypost_types::Secret::new(token.to_owned()));
        self.gateway_credentials.extend(name.cloned());
    }

    /// Must this header stay here? The gateway's credentials must, and whatever repeats the gateway key.
    pub fn keeps(&self, name: &HeaderName, value: &HeaderValue) -> bool {
        // Exposed to compare only.
        let repeats = |secret: &waypost_types::Secret| contains(value.as_bytes(), secret.expose().as_bytes());
        self.gateway_credentials.contains(name) && !self.provider_credentials.iter().any(|(held, _)| held == name)
            || self.tokens.iter().any(repeats)
    }

    /// The provider key that the caller sent in one of a provider's header.
    pub fn provider_credential(&self, name: &HeaderName) -> Option<&HeaderValue> {
        self.provider_credentials.iter().find(|(held, _)| held == name).map(|(_, value)| value)
    }
}

/// Most values are shorter than any key: nothing has to be searched then.
pub(crate) fn contains(value: &[u8], secret: &[u8]) -> bool {
    value.len() >= secret.len() && memchr::memmem::find(value, secret).is_some()
}

/// `Bearer <token>`, another scheme of one word, or the bare token.
fn token_of(value: &HeaderValue) -> Option<&str> {
    let text = value.to_str().ok()?.trim();
    let token = text.split_once(' ').map_or(text, |(_, token)| token.trim());
    (!token.is_empty()).then_some(token)
}

/// The `key=` parameter that Google's clients use.
fn key_parameter(query: &str) -> Option<&str> {
    query.split('&').find_map(|pair| pair.strip_prefix("key=")).filter(|value| !value.is_empty())
}

/// A path without the query parameters that hold a gateway key.
pub fn without_gateway_keys(path_and_query: &str, caller: &Caller) -> String {
    let Some((path, query)) = path_and_query.split_once('?') else { return path_and_query.to_owned() };
    // Exposed to compare only.
    let holds_key = |pair: &str| caller.tokens.iter().any(|token| pair.contains(token.expose().as_str()));
    let kept: Vec<&str> = query.split('&').filter(|pair| !holds_key(pair)).collect();
    if kept.is_empty() { path.to_owned() } else { format!("{path}?{}", kept.join("&")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_credential_header_has_its_bit() {
        for (at, name) in CREDENTIAL_HEADERS.iter().enumerate() {
            assert_eq!(credential_bit(name), 1 << at, "{name}");
        }
        assert_eq!(credential_bit(&header::ACCEPT), 0);
    }
}
