//! Settings of a gateway as they go over the wire, and the bounds of their values.
//!
//! Source: <https://developers.cloudflare.com/api/resources/ai_gateway/methods/create/>, 2026-11-20.

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use waypost_store::{
    GatewaySettings,
    log::PAYLOAD_BYTES_MAX,
    settings::{UnknownPrice, WaypostSettings},
};
use waypost_upstream::{Endpoint, Trust};

use crate::{
    Admin,
    body::{Findings, REQUIRED, REQUIRED_NUMBER},
    limits::RATE_LIMITS_MAX,
    refusal::{Outcome, place},
};

/// Members that creating and replacing need.
pub(super) const NEEDED: [(&str, &str); 5] = [
    ("cache_invalidate_on_update", REQUIRED),
    ("cache_ttl", REQUIRED_NUMBER),
    ("collect_logs", REQUIRED),
    ("rate_limiting_interval", REQUIRED_NUMBER),
    ("rate_limiting_limit", REQUIRED_NUMBER),
];

/// A gateway's settings. [`GatewaySettings`] with a schema; a test keeps their members the same.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
pub(crate) struct SettingsView {
    /// A change of settings empties the cache.
    cache_invalidate_on_update: bool,
    /// Seconds; 0 or null switches the cache off.
    cache_ttl: Option<u64>,
    /// Log rows are stored.
    collect_logs: bool,
    /// Seconds of the gateway-wide rate limit; 0 or null switches it off.
    rate_limiting_interval: Option<u64>,
    /// Requests per interval; 0 or null switches it off.
    rate_limiting_limit: Option<u64>,
    /// `fixed` or `sliding`.
    rate_limiting_technique: Option<String>,
    /// An API key is required.
    authentication: bool,
    /// The most log rows kept, 10,000 to 10,000,000.
    log_management: Option<u64>,
    /// `STOP_INSERTING` or `DELETE_OLDEST`.
    log_management_strategy: Option<String>,
    /// Stored as given.
    logpush: bool,
    /// Stored as given.
    logpush_public_key: Option<String>,
    /// Stored as given.
    log_classification: bool,
    /// 1 to 5.
    retry_max_attempts: Option<u8>,
    /// Milliseconds, 0 to 60,000.
    retry_delay: Option<u64>,
    /// `constant`, `linear` or `exponential`.
    retry_backoff: Option<String>,
    /// Stored as given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    dlp: Option<Value>,
    /// Stored as given.
    #[schema(value_type = Option<Object>)]
    guardrails: Option<Value>,
    /// Stored as given.
    #[schema(value_type = Option<Vec<Object>>)]
    otel: Option<Value>,
    /// Stored as given.
    #[schema(value_type = Option<Object>)]
    spend_limits: Option<Value>,
    /// Stored as given.
    #[schema(value_type = Option<Object>)]
    stripe: Option<Value>,
    /// Stored as given.
    store_id: Option<String>,
    /// `postpaid` or `unified`.
    workers_ai_billing_mode: Option<String>,
    /// Stored as given.
    zdr: bool,
    /// Stored as given.
    byok_only: bool,
    /// Waypost's own. A PUT without it leaves it as it is; unknown members are refused.
    waypost: WaypostView,
}

/// What Waypost adds to a gateway.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
pub(crate) struct WaypostView {
    /// IANA name.
    time_zone: String,
    /// Status when no fallback is left: 502, or Cloudflare's 400.
    exhausted_status: u16,
    /// `block`, `flat` or `allow`.
    unknown_price: String,
    /// Dollars booked per attempt with `flat`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<f64>)]
    flat_cost_usd: Option<Value>,
    /// Milliseconds for one model call.
    request_timeout_ms: Option<u64>,
    /// `key`, `gateway` or `metadata.<key>`.
    cache_sharing: String,
    /// Seconds.
    stale_if_error_s: u64,
    /// Further rate limits: `{id, limit, window, technique, mode, per}`.
    #[schema(value_type = Vec<Object>)]
    rate_limits: Vec<Value>,
    /// `{jwks_url, issuer, audience}`.
    #[schema(value_type = Option<Object>)]
    jwt: Option<Value>,
    /// `{store, max_bytes, retention_days}`.
    #[schema(value_type = Object)]
    payloads: Value,
}

impl SettingsView {
    /// The settings with a schema. Both types have the same members, which a test checks.
    pub(crate) fn of(settings: &GatewaySettings) -> Self {
        let shown = serde_json::to_value(settings).and_then(serde_json::from_value);
        shown.unwrap_or_else(|error| {
            tracing::error!(%error, "a gateway's settings cannot be shown");
            Self::default()
        })
    }
}

/// Everything that is wrong with settings whose types are right.
pub(crate) fn check(admin: &Admin, settings: &GatewaySettings, findings: &mut Findings) {
    findings.range("log_management", settings.log_management, 10_000, GatewaySettings::LOG_ROWS_DEFAULT);
    findings.range("retry_max_attempts", settings.retry_max_attempts.map(u64::from), 1, 5);
    findings.range("retry_delay", settings.retry_delay, 0, 60_000);
    if let Some(key) = &settings.logpush_public_key {
        findings.length("logpush_public_key", key, 16, 1024);
    }
    check_waypost(admin, &settings.waypost, findings);
}

fn check_waypost(admin: &Admin, settings: &WaypostSettings, findings: &mut Findings) {
    let at = |member: &str| place!["body", "waypost", member];
    if TimeZone::get(&settings.time_zone).is_err() {
        let message = format!("{:?} is not a time zone. Use an IANA name such as Europe/Paris.", settings.time_zone);
        findings.add(at("time_zone"), message);
    }
    if !(400..=599).contains(&settings.exhausted_status) {
        findings.add(at("exhausted_status"), "Use a status from 400 to 599: 502, or Cloudflare's 400.");
    }
    if settings.unknown_price == UnknownPrice::Flat && settings.flat_cost_usd.is_none() {
        findings.add(at("flat_cost_usd"), "Required when unknown_price is 'flat'");
    }
    if settings.request_timeout_ms.is_some_and(|ms| ms == 0 || ms > 1_800_000) {
        findings.add(at("request_timeout_ms"), "Use 1 to 1800000 milliseconds, or null.");
    }
    if settings.payloads.max_bytes > PAYLOAD_BYTES_MAX as u64 {
        findings.add(
            place!["body", "waypost", "payloads", "max_bytes"],
            format!("Number must be less than or equal to {PAYLOAD_BYTES_MAX}"),
        );
    }
    if let Some(jwt) = &settings.jwt
        && let Err(error) = Endpoint::parse_allowing(&jwt.jwks_url, Trust::Api, &admin.allowed)
    {
        findings.add(place!["body", "waypost", "jwt", "jwks_url"], error.to_string());
    }
    check_rate_limits(settings, findings);
}

fn check_rate_limits(settings: &WaypostSettings, findings: &mut Findings) {
    let limits = &settings.rate_limits;
    if limits.len() > RATE_LIMITS_MAX {
        let message = format!("Array must contain at most {RATE_LIMITS_MAX} element(s)");
        findings.add(place!["body", "waypost", "rate_limits"], message);
    }
    for (index, limit) in limits.iter().enumerate() {
        let mut wrong = |member: &str, message: &str| {
            let mut place = place!["body", "waypost", "rate_limits"];
            place.push(waypost_graph::PathStep::Index(index));
            place.extend(place![member]);
            findings.add(place, message);
        };
        if limit.id.is_empty() || limit.id.len() > 64 {
            wrong("id", "Use 1 to 64 characters.");
        }
        if limits.iter().take(index).any(|other| other.id == limit.id) {
            wrong("id", "Another limit has this id.");
        }
        if limit.limit == 0 {
            wrong("limit", "Enter a limit above 0.");
        }
        if limit.window == 0 {
            wrong("window", "Enter a window of at least 1 second.");
        }
    }
}

/// Normalises what the live API normalises: no cache lifetime is 0.
pub(crate) fn normal(mut settings: GatewaySettings) -> GatewaySettings {
    settings.cache_ttl = settings.cache_ttl.or(Some(0));
    settings
}

/// The id of a new gateway.
pub(super) fn check_id(id: &str) -> Outcome<()> {
    let mut findings = Findings::default();
    findings.length("id", id, 1, 64);
    let is_safe = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_');
    if !id.bytes().all(is_safe) || id.starts_with(['-', '_']) {
        findings.add(
            place!["body", "id"],
            "Use lower case letters, digits, \"-\" and \"_\"; begin with a letter or digit.",
        );
    }
    findings.done()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn members(value: &Value) -> Vec<String> {
        value.as_object().unwrap().keys().cloned().collect()
    }

    #[test]
    fn the_view_has_the_members_of_the_settings() {
        let settings: GatewaySettings = serde_json::from_str(
            r#"{"dlp":{"enabled":true},"otel":[],"waypost":{"flat_cost_usd":0.25,"time_zone":"Europe/Paris"}}"#,
        )
        .unwrap();
        let stored = serde_json::to_value(&settings).unwrap();
        let shown = serde_json::to_value(SettingsView::of(&settings)).unwrap();
        assert_eq!(members(&shown), members(&stored));
        assert_eq!(shown, stored);
    }
}
