//! Providers of one's own. They speak OpenAI's format with a bearer key.

pub(crate) mod change;
pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod get;
pub(crate) mod list;

use std::collections::BTreeMap;

use http::{HeaderName, HeaderValue, StatusCode};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;
use waypost_store::{AdminRole, CustomProviderRecord, StoreError};
use waypost_upstream::{AllowList, Endpoint, EndpointError, Trust};

use crate::{
    Admin,
    body::Findings,
    ids::rfc3339,
    limits::{LABEL_CHARS_MAX, TEXT_BYTES_MAX},
    refusal::{ApiError, Noun, Outcome, Refused, code, place},
};

pub(crate) const NOUN: &str = "Custom Provider";

const NOT_OURS_TO_SET: [&str; 8] =
    ["authorization", "connection", "content-encoding", "content-length", "host", "te", "transfer-encoding", "upgrade"];

/// A provider of one's own.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CustomProviderView {
    /// Its id.
    id: String,
    /// Its account.
    account_id: String,
    /// The same.
    account_tag: String,
    /// Name for people.
    name: String,
    /// Callers write `custom-` in front of it.
    slug: String,
    /// Where it is.
    base_url: String,
    /// What it is.
    description: Option<String>,
    /// It may be called.
    enable: bool,
    /// Shown as beta.
    beta: bool,
    /// As given; shown to administrators alone.
    headers: Option<String>,
    /// Documentation.
    link: Option<String>,
    /// An example.
    curl_example: Option<String>,
    /// An example.
    js_example: Option<String>,
    /// Logo address.
    logo: Option<String>,
    /// Place in lists.
    position: Option<i64>,
    /// When it was created.
    created_at: String,
    /// When it was changed last.
    modified_at: String,
}

fn view(record: CustomProviderRecord, role: AdminRole) -> CustomProviderView {
    CustomProviderView {
        id: record.id,
        account_tag: record.account.clone(),
        account_id: record.account,
        name: record.name,
        slug: record.slug,
        base_url: record.base_url,
        description: record.description,
        enable: record.enable,
        beta: record.beta,
        headers: record.headers.filter(|_| role == AdminRole::Admin),
        link: record.link,
        curl_example: record.curl_example,
        js_example: record.js_example,
        logo: record.logo,
        position: record.position,
        created_at: rfc3339(record.created_at),
        modified_at: rfc3339(record.modified_at),
    }
}

/// Headers may hold a credential, so the audit has none of them.
fn audited(record: &CustomProviderRecord) -> Value {
    json!({
        "name": record.name,
        "slug": record.slug,
        "base_url": record.base_url,
        "description": record.description,
        "enable": record.enable,
        "beta": record.beta,
        "link": record.link,
        "position": record.position,
    })
}

/// Everything that is wrong with a provider.
fn check(admin: &Admin, record: &CustomProviderRecord) -> Outcome<()> {
    let mut findings = Findings::default();
    findings.length("name", &record.name, 1, LABEL_CHARS_MAX);
    findings.length("slug", &record.slug, 1, 64);
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if !record.slug.bytes().all(is_plain) || record.slug.starts_with('-') {
        findings.add(place!["body", "slug"], "Use lower case letters, digits and \"-\"; begin with a letter or digit.");
    }
    if let Err(error) = address(&record.base_url, &admin.allowed) {
        findings.add_coded(code::BASE_URL, place!["body", "base_url"], error);
    }
    if let Err(error) = headers(record.headers.as_deref()) {
        findings.add(place!["body", "headers"], error);
    }
    let texts = [
        ("description", &record.description),
        ("headers", &record.headers),
        ("link", &record.link),
        ("curl_example", &record.curl_example),
        ("js_example", &record.js_example),
    ];
    for (member, text) in texts {
        findings.length(member, text.as_deref().unwrap_or_default(), 0, TEXT_BYTES_MAX);
    }
    findings.done()
}

/// Headers that every call gets: a JSON object of texts, as text. Those that frame a message are the connection's, and the
/// one that authorises is the stored key's.
fn headers(text: Option<&str>) -> Result<(), String> {
    let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) else { return Ok(()) };
    let members: BTreeMap<String, String> = serde_json::from_str(text)
        .map_err(|error| format!("Write headers as a JSON object of texts, {{\"x-team\": \"a\"}}: {error}."))?;
    for (name, value) in members {
        let Ok(header) = HeaderName::try_from(&name) else { return Err(format!("{name:?} is no header name.")) };
        if HeaderValue::from_str(&value).is_err() {
            return Err(format!("The value of {header} cannot stand in a header."));
        }
        if NOT_OURS_TO_SET.contains(&header.as_str()) {
            return Err(format!("{header} cannot be set here. Keys are stored as provider keys."));
        }
    }
    Ok(())
}

/// A public address over TLS, or one that the operator allows (A02).
fn address(url: &str, allowed: &AllowList) -> Result<(), String> {
    let endpoint = Endpoint::parse_allowing(url, Trust::Api, allowed).map_err(|error| error.to_string())?;
    let is_allowed_private = || matches!(Endpoint::parse(url, Trust::Api), Err(EndpointError::Private(_)));
    if endpoint.is_https() || is_allowed_private() {
        return Ok(());
    }
    Err("The address must begin with https://".to_owned())
}

fn slug_taken(slug: &str) -> Refused {
    let message = format!("A custom provider with the slug {slug:?} already exists");
    let error = ApiError { code: code::SLUG_EXISTS, ..ApiError::invalid(place!["body", "slug"], message) };
    Refused { status: StatusCode::CONFLICT, errors: vec![error] }
}

impl Admin {
    async fn custom_provider(&self, account: &str, id: &str) -> Outcome<CustomProviderRecord> {
        match self.config.custom_providers().find(account, id).await {
            Err(StoreError::NotFound) => {
                Err(Refused::new(StatusCode::NOT_FOUND, code::NO_SUCH_CUSTOM_PROVIDER, "Custom Provider not found"))
            }
            found => found.noun(NOUN),
        }
    }
}
