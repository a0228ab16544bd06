//! API keys that applications call with. A key is shown once, when it is created; only its digest is stored (S13).

pub(crate) mod change;
pub(crate) mod create;
pub(crate) mod get;
pub(crate) mod list;
pub(crate) mod revoke;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use utoipa::ToSchema;
use waypost_graph::PathStep;
use waypost_store::{
    ApiKeyRecord,
    access::{Permissions, Preset},
};
use waypost_types::{Metadata, Scalar, UnixMs};

use crate::{
    Admin,
    body::{Findings, kind},
    ids::rfc3339,
    limits::{KEY_ENTRIES_MAX, LABEL_CHARS_MAX, METADATA_ENTRIES_MAX, METADATA_VALUE_BYTES_MAX},
    refusal::{Noun, Outcome, place},
};

pub(crate) const NOUN: &str = "API key";

/// An API key. Neither the key nor its digest is ever in here.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ApiKeyView {
    /// Its id.
    id: String,
    /// Its account.
    account_id: String,
    /// The one gateway that it opens; null opens all of the account.
    gateway: Option<String>,
    /// Name for people.
    label: String,
    /// Its first characters.
    prefix: String,
    /// Routes that it may call; empty allows every route.
    routes: Vec<String>,
    /// `provider/model` names that it may call, `*` at the end stands for the rest; empty allows every model.
    models: Vec<String>,
    /// `app`, `backend` or `custom`.
    preset: String,
    /// Headers that it may use.
    permissions: PermissionsView,
    /// Metadata that replaces what the caller sends.
    #[schema(value_type = Object)]
    pinned_metadata: Metadata,
    /// When it was created.
    created_at: String,
    /// From then on it is not accepted.
    expires_at: Option<String>,
    /// When it was revoked.
    revoked_at: Option<String>,
    /// When it was last seen, to the minute.
    last_used_at: Option<String>,
}

/// Headers that weaken controls, and whether a key may use them.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct PermissionsView {
    /// `cf-aig-custom-cost`.
    custom_cost: bool,
    /// `cf-aig-cache-key`.
    cache_key: bool,
    /// `cf-aig-skip-cache`.
    skip_cache: bool,
    /// `cf-aig-collect-log` and `cf-aig-collect-log-payload`.
    skip_log: bool,
}

/// A named choice of permissions.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum PresetName {
    /// None of them: a program that users can read or change.
    App,
    /// All of them: a server that is trusted.
    Backend,
    /// One by one.
    Custom,
}

fn view(record: ApiKeyRecord) -> ApiKeyView {
    let preset = match record.preset {
        Preset::App => "app",
        Preset::Backend => "backend",
        Preset::Custom => "custom",
    };
    let Permissions { custom_cost, cache_key, skip_cache, skip_log } = record.permissions;
    ApiKeyView {
        id: record.id,
        account_id: record.account,
        gateway: record.gateway,
        label: record.label,
        prefix: record.prefix,
        routes: record.routes,
        models: record.models,
        preset: preset.to_owned(),
        permissions: PermissionsView { custom_cost, cache_key, skip_cache, skip_log },
        pinned_metadata: record.pinned_metadata,
        created_at: rfc3339(record.created_at),
        expires_at: record.expires_at.map(rfc3339),
        revoked_at: record.revoked_at.map(rfc3339),
        last_used_at: record.last_used_at.map(rfc3339),
    }
}

fn audited(record: &ApiKeyRecord) -> Value {
    json!({
        "label": record.label,
        "prefix": record.prefix,
        "gateway": record.gateway,
        "routes": record.routes,
        "models": record.models,
        "permissions": record.permissions,
        "pinned_metadata": record.pinned_metadata,
        "expires_at": record.expires_at.map(rfc3339),
    })
}

/// What a preset and single permissions mean together. `app` is the default: nothing is allowed that nobody asked for (S07).
fn permissions(
    preset: Option<PresetName>,
    single: Option<PermissionsView>,
    findings: &mut Findings,
) -> (Preset, Permissions) {
    let single = single.map(|view| Permissions {
        custom_cost: view.custom_cost,
        cache_key: view.cache_key,
        skip_cache: view.skip_cache,
        skip_log: view.skip_log,
    });
    let (preset, named) = match preset {
        Some(PresetName::Backend) => (Preset::Backend, Permissions::ALL),
        Some(PresetName::App) => (Preset::App, Permissions::NONE),
        Some(PresetName::Custom) => return (Preset::Custom, single.unwrap_or_default()),
        None if single.is_some() => return (Preset::Custom, single.unwrap_or_default()),
        None => (Preset::App, Permissions::NONE),
    };
    if single.is_some_and(|single| single != named) {
        findings.add(place!["body", "permissions"], "The preset says otherwise. Use the preset \"custom\".");
    }
    (preset, named)
}

/// Everything that is wrong with the texts of a key.
fn check(record: &ApiKeyRecord, findings: &mut Findings) {
    findings.length("label", &record.label, 1, LABEL_CHARS_MAX);
    for (member, list) in [("routes", &record.routes), ("models", &record.models)] {
        if list.len() > KEY_ENTRIES_MAX {
            let message = format!("Array must contain at most {KEY_ENTRIES_MAX} element(s)");
            findings.add(place!["body", member], message);
        }
        for (index, entry) in list.iter().enumerate() {
            let is_wrong = match member {
                "models" => entry.len() > 256 || !(entry.contains('/') || entry.ends_with('*')),
                _ => crate::routes::check_name(entry).is_err(),
            };
            if is_wrong {
                let mut place = place!["body", member];
                place.push(PathStep::Index(index));
                let hint = if member == "models" { "Write provider/model or provider/*." } else { "Not a route name." };
                findings.add(place, hint);
            }
        }
    }
}

/// Flat metadata, as requests carry it (D3); `at` is its place in the body.
pub(crate) fn metadata(sent: Map<String, Value>, at: &[&str], findings: &mut Findings) -> Metadata {
    let at: Vec<PathStep> = at.iter().map(|step| PathStep::Key((*step).to_owned())).collect();
    let mut metadata = Metadata::default();
    if sent.len() > METADATA_ENTRIES_MAX {
        let message = format!("{} metadata entries; at most {METADATA_ENTRIES_MAX} are allowed.", sent.len());
        findings.add(at, message);
        return metadata;
    }
    for (key, value) in sent {
        let place = || at.iter().cloned().chain([PathStep::Key(key.clone())]).collect();
        let scalar = match value {
            Value::String(text) if text.len() <= METADATA_VALUE_BYTES_MAX => Scalar::text(text),
            Value::Bool(flag) => Scalar::Bool(flag),
            Value::Number(number) => Scalar::Number(number.as_f64().unwrap_or_default()),
            Value::String(_) => {
                findings.add(place(), format!("String must contain at most {METADATA_VALUE_BYTES_MAX} byte(s)"));
                continue;
            }
            other => {
                findings.add(place(), format!("Expected text, number or true/false, received {}", kind(&other)));
                continue;
            }
        };
        if key.is_empty() || key.starts_with("cf.") {
            findings.add(place(), "Keys that begin with \"cf.\" are reserved.");
        }
        metadata.set(key, scalar);
    }
    metadata
}

/// An end in the future.
fn expiry(text: &str, now: UnixMs, findings: &mut Findings) -> Option<UnixMs> {
    let place = || place!["body", "expires_at"];
    match text.parse::<Timestamp>() {
        Err(_) => {
            findings.add(place(), "Invalid datetime");
            None
        }
        Ok(at) if at.as_millisecond() <= now.0 => {
            findings.add(place(), "Use a time in the future.");
            None
        }
        Ok(at) => Some(UnixMs(at.as_millisecond())),
    }
}

impl Admin {
    async fn api_key(&self, account: &str, id: &str) -> Outcome<ApiKeyRecord> {
        self.config.api_keys().find(account, id).await.noun(NOUN)
    }
}
