//! `POST /api/gateways/{gateway}/provider_configs/test`

use std::{sync::Arc, time::Duration};

use axum::{
    Extension,
    extract::{Path, State},
};
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Request, StatusCode, header};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use waypost_store::{
    Change, GatewayRecord, ProviderKeyRecord, StoreError,
    config::{CustomProviderQuery, PageQuery},
    provider::ProviderKeyState,
};
use waypost_types::{Fault, FaultClass, Secret};
use waypost_upstream::{
    Deadlines,
    catalogue::{CUSTOM_PREFIX, Provider, StoredKey, check},
    classify, read_whole,
};

use super::{check_secret, state};
use crate::{
    Admin,
    access::Actor,
    body::{Body, Findings, REQUIRED, Sent},
    change::{ChangeNoun, Noted},
    envelope::{Answer, Envelope, one},
    query::Pairs,
    refusal::{Noun, Outcome, Refused, place},
};

/// People wait for it.
const DEADLINES: Deadlines = Deadlines {
    connect: Duration::from_secs(5),
    first_byte: Some(Duration::from_secs(10)),
    between: Duration::from_secs(5),
    total: Duration::from_secs(15),
};

/// A key to try: one that is typed, or one that is stored.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct KeyToTest {
    /// The provider, with `secret`.
    #[serde(default)]
    provider_slug: Option<String>,
    /// The key. It is not stored.
    #[serde(default)]
    secret: Option<String>,
    /// A stored key, in place of the other two. What the provider says of it is remembered.
    #[serde(default)]
    id: Option<String>,
}

impl Body for KeyToTest {}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum KeyTestResult {
    /// The provider takes the key.
    Works,
    /// The provider refuses the key.
    Rejected,
    /// The provider could not be asked.
    Unreachable,
    /// The provider has no request that would show it.
    NotCheckable,
}

/// What a provider says of a key.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct KeyTestView {
    /// What came of it.
    result: KeyTestResult,
    /// What the provider answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    /// In words.
    message: String,
}

/// Asks a provider whether it takes a key, by its cheapest request that needs one. It goes to the provider's own address and
/// nowhere else.
#[utoipa::path(
    post,
    path = "/api/gateways/{gateway}/provider_configs/test",
    tag = "Provider keys",
    params(
        ("gateway" = String, Path),
        ("account" = Option<String>, Query, description = "`default` where absent."),
    ),
    request_body = KeyToTest,
    responses((status = 200, body = Envelope<KeyTestView>)),
)]
pub(crate) async fn test(
    State(admin): State<Arc<Admin>>,
    Path(gateway): Path<String>,
    pairs: Pairs,
    Extension(actor): Extension<Actor>,
    Sent(body): Sent<KeyToTest>,
) -> Answer<KeyTestView> {
    let gateway = admin.gateway(pairs.account(), &gateway).await?;
    let (slug, secret, stored) = match (body.id, body.provider_slug, body.secret.map(Secret::new)) {
        (Some(id), None, None) => {
            let record = admin.config.provider_keys().find(&gateway.name(), &id).await.noun(super::NOUN)?;
            let secret = admin.opened(&record)?;
            (record.provider_slug.clone(), secret, Some(record))
        }
        (None, Some(slug), Some(secret)) => {
            let mut findings = Findings::default();
            check_secret(&secret, &mut findings);
            findings.done()?;
            (slug, secret, None)
        }
        (None, slug, _) => {
            let missing = if slug.is_none() { "provider_slug" } else { "secret" };
            return Err(Refused::value(place!["body", missing], REQUIRED));
        }
        (Some(_), ..) => {
            return Err(Refused::value(place!["body", "id"], "Send id alone, or a provider and a secret."));
        }
    };
    let (provider, headers) = admin.provider_to_ask(&gateway, &slug).await?;
    let view = admin.ask(&provider, headers, &secret).await;
    if let Some(record) = stored {
        admin.remember(&actor, &gateway, record, view.result).await?;
    }
    one(view)
}

type ExtraHeaders = Vec<(HeaderName, HeaderValue)>;

impl Admin {
    fn opened(&self, record: &ProviderKeyRecord) -> Outcome<Secret> {
        // Opened to sign one request to its own provider.
        self.master_key()?.open(&record.place(), &record.secret_ciphertext).map_err(|error| {
            tracing::error!(%error, key = %record.id, "a stored provider key can't be opened");
            Refused::unavailable("This key can't be decrypted with the master key of this gateway. Store it again.")
        })
    }

    /// A provider of the catalogue or one that was added, with the headers that its owner wants sent. Nothing of a request
    /// selects an address (S01).
    async fn provider_to_ask(&self, gateway: &GatewayRecord, slug: &str) -> Outcome<(Arc<Provider>, ExtraHeaders)> {
        let at = || place!["body", "provider_slug"];
        self.check_provider(&gateway.account, slug, at()).await?;
        let Some(custom) = slug.strip_prefix(CUSTOM_PREFIX) else {
            let found = self.catalogue.find(slug).cloned();
            return found.map(|found| (found, Vec::new())).ok_or_else(|| Refused::not_found("Provider"));
        };
        let page = PageQuery { search: Some(custom.to_owned()), ..PageQuery::ALL };
        let query = CustomProviderQuery { page, enable: None, beta: None };
        let found = self.config.custom_providers().list(&gateway.account, &query).await.noun("Provider")?;
        let record = found.items.into_iter().find(|record| record.slug == custom);
        let record = record.ok_or_else(|| Refused::store(StoreError::NotFound, "Provider"))?;
        let provider = Provider::custom(&record.slug, &record.name, &record.base_url, &self.allowed)
            .map_err(|error| Refused::value(at(), error.to_string()))?;
        let headers: std::collections::BTreeMap<String, String> =
            record.headers.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
        let headers = headers
            .into_iter()
            .filter_map(|(name, value)| Some((HeaderName::try_from(name).ok()?, HeaderValue::try_from(value).ok()?)));
        Ok((Arc::new(provider), headers.collect()))
    }

    async fn ask(&self, provider: &Provider, headers: ExtraHeaders, secret: &Secret) -> KeyTestView {
        let name = &provider.spec.name;
        if provider.is_mock() {
            let message = format!("{name} is part of the gateway and needs no key.");
            return KeyTestView { result: KeyTestResult::Works, status: None, message };
        }
        let Some(path) = check::path(&provider.spec) else {
            let message = format!("{name} has no request that would show it. The first call will.");
            return KeyTestView { result: KeyTestResult::NotCheckable, status: None, message };
        };
        match self.answer_of(provider, path, headers, secret).await {
            Ok(status) => judged(name, status),
            Err(fault) => {
                let result = match fault.class {
                    FaultClass::KeyUnusable => KeyTestResult::Rejected,
                    FaultClass::NoKey | FaultClass::Inexpressible => KeyTestResult::NotCheckable,
                    _ => KeyTestResult::Unreachable,
                };
                let message = format!("{name} could not be asked: {}.", classify::mask(&fault.detail, &[secret]));
                KeyTestView { result, status: None, message }
            }
        }
    }

    /// The status that a provider answers with, and what it means by it.
    async fn answer_of(
        &self,
        provider: &Provider,
        path: &str,
        headers: ExtraHeaders,
        secret: &Secret,
    ) -> Result<Answered, Fault> {
        let key = StoredKey::parse(secret)?;
        let target = provider.target(path, &key.place)?;
        let mut request = Request::new(Bytes::new());
        *request.uri_mut() = target.path.into();
        let sent = request.headers_mut();
        sent.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
        for (name, value) in provider.spec.headers {
            sent.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        sent.extend(headers);
        provider.spec.auth.sign(sent, &key.secret)?;
        let response = self.upstream.call(&target.endpoint, request, &DEADLINES).await?;
        let status = response.status();
        if status.is_success() {
            return Ok(Answered { status, means: status.as_u16() });
        }
        let response = read_whole(response).await?;
        let overrides = provider.spec.errors;
        let fault = classify::refused(status, response.headers(), response.body(), overrides, self.clock.now());
        let means = if let FaultClass::Status(means) = fault.class { means } else { status.as_u16() };
        Ok(Answered { status, means })
    }

    /// What a provider said of a stored key stands beside it from now on.
    async fn remember(
        &self,
        actor: &Actor,
        gateway: &GatewayRecord,
        record: ProviderKeyRecord,
        result: KeyTestResult,
    ) -> Outcome<()> {
        let now = match result {
            KeyTestResult::Works => ProviderKeyState::Works,
            KeyTestResult::Rejected => ProviderKeyState::Rejected,
            KeyTestResult::Unreachable | KeyTestResult::NotCheckable => return Ok(()),
        };
        if record.state == now {
            return Ok(());
        }
        let shown = |state_of| json!({"secret": record.secret_preview, "state": state(state_of)});
        let noted = Noted {
            account: &gateway.account,
            gateway: Some(&gateway.id),
            action: "tested",
            object: "provider_key",
            object_id: &record.id,
            before: shown(record.state),
            after: shown(now),
        };
        let change = Change::SetProviderKeyState { gateway: gateway.name(), id: record.id.clone(), state: now };
        self.change(actor, noted, vec![change]).await.noun(super::NOUN)
    }
}

struct Answered {
    status: StatusCode,
    /// The status that the provider would have answered with if it kept to the usual ones.
    means: u16,
}

fn judged(name: &str, answered: Answered) -> KeyTestView {
    let status = answered.status.as_u16();
    let (result, message) = match (status, answered.means) {
        (200..=299, _) => (KeyTestResult::Works, format!("{name} takes this key.")),
        (402, _) => (KeyTestResult::Works, format!("{name} takes this key, but its account has no credit (402).")),
        (429, _) => (KeyTestResult::Works, format!("{name} takes this key, but answers too many requests (429).")),
        (_, 401 | 403) => (KeyTestResult::Rejected, format!("{name} rejected this key ({status}).")),
        (500..=599, _) => (KeyTestResult::Unreachable, format!("{name} answered {status}. Try again later.")),
        _ => (KeyTestResult::NotCheckable, format!("{name} answered {status}, which says nothing about the key.")),
    };
    KeyTestView { result, status: Some(status), message }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_are_judged() {
        let judge = |status: u16, means: u16| {
            judged("X", Answered { status: StatusCode::from_u16(status).unwrap(), means }).result
        };
        assert_eq!(judge(200, 200), KeyTestResult::Works);
        assert_eq!(judge(401, 401), KeyTestResult::Rejected);
        // Google and xAI answer 400 to a wrong key.
        assert_eq!(judge(400, 401), KeyTestResult::Rejected);
        assert_eq!(judge(402, 403), KeyTestResult::Works);
        assert_eq!(judge(503, 503), KeyTestResult::Unreachable);
        assert_eq!(judge(404, 404), KeyTestResult::NotCheckable);
        assert_eq!(judge(302, 302), KeyTestResult::NotCheckable);
    }
}
