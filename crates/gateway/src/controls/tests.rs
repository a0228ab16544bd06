use std::sync::Arc;

use http::HeaderMap;
use waypost_types::Scalar;

use super::*;
use crate::snapshot::ApiKey;

fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in pairs {
        headers.append(*name, http::HeaderValue::from_bytes(value.as_bytes()).unwrap());
    }
    headers
}

fn backend() -> Caller {
    Caller { key: Some(Arc::new(ApiKey::for_tests(true))), ..Caller::default() }
}

fn app() -> Caller {
    Caller { key: Some(Arc::new(ApiKey::for_tests(false))), ..Caller::default() }
}

fn read(pairs: &[(&'static str, &str)]) -> Result<Controls, RefusalKind> {
    Controls::read(&headers(pairs), &backend()).map_err(|refusal| refusal.kind)
}

fn metadata(text: &str) -> Result<Controls, RefusalKind> {
    read(&[("cf-aig-metadata", text)])
}

#[test]
fn metadata_is_read_from_both_names() {
    for name in ["cf-aig-metadata", "cf-ai-gateway-metadata"] {
        let controls = read(&[(name, r#"{"user_id":"anna","seats":3,"beta":true}"#)]).unwrap();
        assert_eq!(controls.metadata.get("user_id"), Some(&Scalar::text("anna")));
        assert_eq!(controls.metadata.get("seats"), Some(&Scalar::Number(3.0)));
        assert_eq!(controls.metadata.get("beta"), Some(&Scalar::Bool(true)));
    }
}

#[test]
fn a25_metadata_that_is_not_flat_is_refused_and_null_is_noted() {
    for text in [
        r#"{"user":{"id":1}}"#,
        r#"{"tags":["a"]}"#,
        "[1]",
        "\"text\"",
        "{",
        r#"{"a":1,"a":2}"#,
        r#"{"a":"x\u0000y"}"#,
        r#"{"":1}"#,
        &format!(r#"{{"{}":1}}"#, "k".repeat(65)),
        &format!(r#"{{"a":"{}"}}"#, "v".repeat(1025)),
    ] {
        assert_eq!(metadata(text).err(), Some(RefusalKind::MetadataInvalid), "{text}");
    }
    let many: Vec<String> = (0..1_000).map(|index| format!("\"k{index}\":1")).collect();
    assert_eq!(metadata(&format!("{{{}}}", many.join(","))).err(), Some(RefusalKind::MetadataTooMany));
    let twice = [("cf-aig-metadata", r#"{"a":1}"#), ("cf-aig-metadata", r#"{"a":2}"#)];
    assert_eq!(read(&twice).err(), Some(RefusalKind::MetadataInvalid));

    let controls = metadata(r#"{"a":null,"cf.user_id":"x","__proto__":"y","b":1}"#).unwrap();
    assert_eq!(controls.notes.len(), 2);
    assert_eq!(controls.metadata.get("cf.user_id"), None);
    assert_eq!(controls.metadata.get("__proto__"), Some(&Scalar::text("y")));
    assert_eq!(controls.metadata.0.len(), 2);
}

#[test]
fn a50_pinned_values_win_over_what_the_caller_claims() {
    let mut key = ApiKey::for_tests(false);
    key.pinned_metadata.set("plan", Scalar::text("free"));
    let caller = Caller { key: Some(Arc::new(key)), ..Caller::default() };
    let controls = Controls::read(&headers(&[("cf-aig-metadata", r#"{"plan":"paid"}"#)]), &caller).unwrap();
    assert_eq!(controls.metadata.get("plan"), Some(&Scalar::text("free")));
    assert_eq!(controls.pinned_metadata, ["plan"]);
}

#[test]
fn a26_custom_costs_outside_their_range_are_refused() {
    for text in [
        r#"{"per_token_in":-1,"per_token_out":0}"#,
        r#"{"per_token_in":NaN}"#,
        r#"{"per_token_in":1e300,"per_token_out":0}"#,
        "{}",
        "7",
    ] {
        assert_eq!(read(&[("cf-aig-custom-cost", text)]).err(), Some(RefusalKind::CustomCostInvalid), "{text}");
    }
    assert!(read(&[("cf-aig-custom-cost", r#"{"per_token_in":1e-400,"per_token_out":0.2}"#)]).is_ok());
}

#[test]
fn a52_headers_that_weaken_controls_need_their_permission() {
    for pair in [
        ("cf-aig-custom-cost", r#"{"per_token_in":0,"per_token_out":0}"#),
        ("cf-aig-cache-key", "x"),
        ("cf-aig-skip-cache", "true"),
        ("cf-skip-cache", "true"),
        ("cf-aig-collect-log", "false"),
    ] {
        let refusal = Controls::read(&headers(&[pair]), &app()).unwrap_err();
        assert_eq!(refusal.kind, RefusalKind::PermissionHeader, "{pair:?}");
        let anonymous = Controls::read(&headers(&[pair]), &Caller::default()).unwrap_err();
        assert_eq!(anonymous.kind, RefusalKind::PermissionHeader, "{pair:?}");
        assert!(read(&[pair]).is_ok(), "{pair:?}");
    }
    let words = Controls::read(&headers(&[("cf-aig-custom-cost", "{}")]), &app()).unwrap_err().message;
    assert_eq!(words, "This key may not set a custom cost. Remove the header or use a key with that permission.");
}

#[test]
fn numbers_and_words_outside_their_range_are_refused_or_clamped() {
    let controls =
        read(&[("cf-aig-max-attempts", "9"), ("cf-aig-retry-delay", "99999999"), ("cf-aig-backoff", "linear")])
            .unwrap();
    assert_eq!(
        (controls.max_attempts, controls.retry_delay_ms, controls.backoff),
        (Some(5), Some(60_000), Some(Backoff::Linear))
    );
    for pair in [
        ("cf-aig-max-attempts", "0"),
        ("cf-aig-max-attempts", "two"),
        ("cf-aig-request-timeout", "-1"),
        ("cf-aig-request-timeout", "1800001"),
        ("cf-aig-backoff", "random"),
        ("cf-aig-collect-log", "maybe"),
    ] {
        assert_eq!(read(&[pair]).err(), Some(RefusalKind::HeaderInvalid), "{pair:?}");
    }
}

#[test]
fn a_steps_headers_win_over_the_requests() {
    let request = read(&[("cf-aig-max-attempts", "2"), ("cf-aig-request-timeout", "1000")]).unwrap();
    let step = request.for_step(&headers(&[("cf-aig-max-attempts", "4")]), &backend()).unwrap();
    assert_eq!((step.max_attempts, step.request_timeout_ms), (Some(4), Some(1_000)));
}
