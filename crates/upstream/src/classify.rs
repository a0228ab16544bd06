//! What an answer that is not a good one means, in one place that retry, fallback, log and caller all read.

use http::{HeaderMap, StatusCode, header};
use serde_json::Value;
use waypost_policy::retry;
use waypost_types::{Fault, FaultClass, Secret, UnixMs};

use crate::{
    catalogue::ErrorOverride,
    limits::{DETAIL_CHARS_MAX, ERROR_HEAD_BYTES},
};

/// Judges an answer's head alone: `None` for one whose body may be passed on. Where the status is no success, read the
/// body's beginning and ask [`refused`], which knows more.
pub fn head(status: StatusCode, headers: &HeaderMap, now: UnixMs) -> Option<Fault> {
    if !status.is_success() {
        return Some(refused(status, headers, &[], &[], now));
    }
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let is_page = ["text/html", "application/xhtml"].iter().any(|page| starts_with_ignoring_case(content_type, page));
    is_page.then(page)
}

/// A page where an answer should be, whatever its content type says (F14).
pub fn is_page(body_head: &[u8]) -> bool {
    let mut text = body_head.get(..256).unwrap_or(body_head);
    while let [b' ' | b'\t' | b'\r' | b'\n', rest @ ..] | [0xef, 0xbb, 0xbf, rest @ ..] = text {
        text = rest;
    }
    let starts_with =
        |start: &&str| text.get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start.as_bytes()));
    ["<!doctype", "<html", "<head", "<?xml"].iter().any(starts_with)
}

/// The fault of an answer that is a page.
pub fn page() -> Fault {
    Fault::new(FaultClass::BadAnswer, "the provider answered with a web page")
}

/// The fault of an answer whose status is no success. `overrides` are the provider's ([`crate::catalogue::ProviderSpec::errors`]); what
/// the caller is shown stays the provider's own status.
pub fn refused(
    status: StatusCode,
    headers: &HeaderMap,
    body_head: &[u8],
    overrides: &[ErrorOverride],
    now: UnixMs,
) -> Fault {
    let head = String::from_utf8_lossy(body_head.get(..ERROR_HEAD_BYTES).unwrap_or(body_head));
    let means = overrides
        .iter()
        .find(|rule| rule.status == status.as_u16() && head.contains(rule.contains))
        .map_or(status.as_u16(), |rule| rule.means);
    Fault { class: FaultClass::Status(means), retry_after_ms: retry_after_ms(headers, now), detail: words(&head) }
}

/// How long the provider asks to wait, in milliseconds, as sent: `retry-after-ms`, or `retry-after` in seconds or as a
/// date. Negative numbers and garbage are no wish.
///
/// Source: RFC 9110 §10.2.3; `retry-after-ms` as the official OpenAI clients read it (2026-11-21).
pub fn retry_after_ms(headers: &HeaderMap, now: UnixMs) -> Option<u64> {
    let text = |name: &str| headers.get(name)?.to_str().ok();
    // A number of milliseconds reads like one of seconds, a thousand times too long.
    let in_ms = text("retry-after-ms").and_then(|text| retry::retry_after_ms(text, now)).map(|ms| ms / 1000);
    in_ms.or_else(|| retry::retry_after_ms(text("retry-after")?, now))
}

/// The provider's words out of an error body of any of the usual shapes, else the beginning of its text.
fn words(body: &str) -> String {
    let found = serde_json::from_str::<Value>(body).ok().and_then(|body| message(&body).map(str::to_owned));
    let text = match found {
        Some(text) => text,
        None if is_page(body.as_bytes()) => "a web page".to_owned(),
        None => body.to_owned(),
    };
    let printable = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(DETAIL_CHARS_MAX);
    printable.collect::<String>().trim().to_owned()
}

fn message(body: &Value) -> Option<&str> {
    let body = body.as_array().and_then(|list| list.first()).unwrap_or(body);
    let places = ["/error/message", "/errors/0/message", "/error/0/message", "/message", "/detail", "/error"];
    places.iter().find_map(|place| body.pointer(place)?.as_str()).filter(|text| !text.is_empty())
}

/// Replaces every occurrence of a secret by dots (A81). Secrets shorter than eight characters are left: they would
/// blot out ordinary words.
pub fn mask(text: &str, secrets: &[&Secret]) -> String {
    let mut masked = text.to_owned();
    for secret in secrets {
        let secret = secret.expose().trim();
        if secret.len() >= 8 {
            masked = masked.replace(secret, "••••");
        }
    }
    masked
}

fn starts_with_ignoring_case(text: &str, start: &str) -> bool {
    text.as_bytes().get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixMs = UnixMs(784_111_777_000); // Sun, 06 Nov 1994 08:49:37 GMT

    fn headers(name: &'static str, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(http::HeaderName::from_static(name), value.parse().unwrap())])
    }

    #[test]
    fn f02_retry_after_in_every_spelling() {
        for (value, expected) in [
            ("0", Some(0)),
            ("2", Some(2_000)),
            ("1.5", Some(1_500)),
            ("1000000000", Some(1_000_000_000_000)),
            ("99999999999999999999999", Some(u64::MAX)),
            ("Sun, 06 Nov 1994 08:49:42 GMT", Some(5_000)),
            ("Sun, 06 Nov 1994 08:49:30 GMT", Some(0)),
            ("-1", None),
            ("soon", None),
            ("", None),
            ("1e3", None),
            ("Sun, 99 Nov 1994 08:49:42 GMT", None),
        ] {
            assert_eq!(retry_after_ms(&headers("retry-after", value), NOW), expected, "{value:?}");
        }
        assert_eq!(retry_after_ms(&headers("retry-after-ms", "250"), NOW), Some(250));
        assert_eq!(retry_after_ms(&HeaderMap::new(), NOW), None);
    }

    #[test]
    fn f14_a_page_with_200_is_no_answer() {
        let html = headers("content-type", "Text/HTML; charset=utf-8");
        assert_eq!(head(StatusCode::OK, &html, NOW).unwrap().class, FaultClass::BadAnswer);
        assert_eq!(head(StatusCode::OK, &headers("content-type", "application/json"), NOW), None);
        assert!(is_page(b"\n  <!DOCTYPE html><html>"));
        assert!(is_page(b"<html lang=en>"));
        assert!(!is_page(b"{\"html\":\"<html>\"}"));
    }

    #[test]
    fn a_status_is_said_in_the_providers_words() {
        for (body, expected) in [
            (r#"{"error":{"message":"Rate limit reached","type":"x"}}"#, "Rate limit reached"),
            (r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#, "Overloaded"),
            (r#"[{"error":{"code":503,"message":"The model is overloaded."}}]"#, "The model is overloaded."),
            (r#"{"success":false,"errors":[{"code":7009,"message":"Upstream unavailable"}]}"#, "Upstream unavailable"),
            (r#"{"object":"error","message":"no such model"}"#, "no such model"),
            ("upstream connect\nerror", "upstream connect error"),
            ("<html><body>502</body></html>", "a web page"),
            ("", ""),
        ] {
            let fault = refused(StatusCode::BAD_GATEWAY, &HeaderMap::new(), body.as_bytes(), &[], NOW);
            assert_eq!((fault.class, fault.detail.as_str()), (FaultClass::Status(502), expected));
        }
    }

    #[test]
    fn a07_a_redirect_is_a_status() {
        let fault = head(StatusCode::FOUND, &headers("location", "http://169.254.169.254/"), NOW).unwrap();
        assert_eq!(fault.class, FaultClass::Status(302));
    }

    #[test]
    fn overrides_change_what_a_status_means() {
        let google = [ErrorOverride { status: 400, contains: "API_KEY_INVALID", means: 401 }];
        let body = br#"{"error":{"code":400,"message":"API key not valid.","details":[{"reason":"API_KEY_INVALID"}]}}"#;
        let fault = refused(StatusCode::BAD_REQUEST, &HeaderMap::new(), body, &google, NOW);
        assert_eq!(fault.class, FaultClass::Status(401));
        let fault = refused(StatusCode::BAD_REQUEST, &HeaderMap::new(), b"{}", &google, NOW);
        assert_eq!(fault.class, FaultClass::Status(400));
    }

    #[test]
    fn a81_secrets_are_masked() {
        let key = Secret::new("sk-canary-0123456789".to_owned());
        let short = Secret::new("key".to_owned());
        let text = "Incorrect API key provided: sk-canary-0123456789. A key begins with sk-.";
        assert_eq!(mask(text, &[&key, &short]), "Incorrect API key provided: ••••. A key begins with sk-.");
    }
}
