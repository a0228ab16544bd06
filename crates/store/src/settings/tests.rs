use serde_json::json;
use waypost_types::PicoUsd;

use super::*;

#[test]
fn settings_are_spelt_as_cloudflare_spells_them() {
    let sent = json!({
        "cache_invalidate_on_update": true, "cache_ttl": 300, "collect_logs": false, "rate_limiting_interval": 60,
        "rate_limiting_limit": 100, "rate_limiting_technique": "sliding", "authentication": true,
        "log_management": 10_000, "log_management_strategy": "STOP_INSERTING", "logpush": true,
        "logpush_public_key": "xxxxxxxxxxxxxxxx", "log_classification": true, "retry_max_attempts": 5, "retry_delay": 500,
        "retry_backoff": "linear", "dlp": {"enabled": true, "action": "FLAG", "profiles": []},
        "guardrails": {"prompt": {"S1": "BLOCK"}, "response": {}},
        "otel": [{"url": "https://example.com", "headers": {}}], "spend_limits": {"enabled": true, "rules": []},
        "stripe": {"authorization": "x", "usage_events": [{"payload": "{}"}]}, "store_id": "s",
        "workers_ai_billing_mode": "unified", "zdr": true, "byok_only": true,
    });
    let settings: GatewaySettings = serde_json::from_value(sent.clone()).unwrap();
    let mut stored = serde_json::to_value(&settings).unwrap();
    stored.as_object_mut().unwrap().remove("waypost");
    assert_eq!(stored, sent);
}

#[test]
fn the_defaults_are_those_of_the_contract() {
    let expected = json!({
        "time_zone": "UTC", "exhausted_status": 502, "unknown_price": "block", "request_timeout_ms": null,
        "cache_sharing": "key", "stale_if_error_s": 0, "rate_limits": [], "jwt": null,
        "payloads": {"store": true, "max_bytes": 1_048_576, "retention_days": 30},
    });
    assert_eq!(serde_json::to_value(WaypostSettings::default()).unwrap(), expected);
}

#[test]
fn unknown_fields_of_waypost_are_refused() {
    for refused in [
        json!({"timezone": "UTC"}),
        json!({"payloads": {"storage": true}}),
        json!({"rate_limits": [{"id": "a", "limit": 1, "window": 60, "per": ["ip"]}]}),
        json!({"rate_limits": [{"id": "a", "limit": 1, "window": 60, "burst": 2}]}),
        json!({"cache_sharing": "metadata."}),
        json!({"unknown_price": "free"}),
        json!({"flat_cost_usd": -1}),
    ] {
        assert!(serde_json::from_value::<WaypostSettings>(refused.clone()).is_err(), "{refused}");
    }
}

#[test]
fn values_of_waypost_survive_a_round_trip() {
    let sent = json!({
        "time_zone": "Europe/Berlin", "exhausted_status": 400, "unknown_price": "flat", "flat_cost_usd": 0.2,
        "request_timeout_ms": 30_000, "cache_sharing": "metadata.team", "stale_if_error_s": 60,
        "rate_limits": [{"id": "a", "limit": 10, "window": 60, "technique": "fixed", "mode": "watch",
                         "per": ["metadata.user_id", "key.id", "endpoint", "model"]}],
        "jwt": {"jwks_url": "https://example.com/jwks", "issuer": "i", "audience": "a"},
        "payloads": {"store": false, "max_bytes": 10, "retention_days": 1},
    });
    let settings: WaypostSettings = serde_json::from_value(sent.clone()).unwrap();
    assert_eq!(settings.flat_cost_usd, Some(PicoUsd(200_000_000_000)));
    assert_eq!(serde_json::to_value(&settings).unwrap(), sent);
}
