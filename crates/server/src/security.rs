//! Headers that tell a browser what it must not do with an answer (S18, A76). They stand on everything that is not the data
//! plane; an answer that sets one itself keeps its own.

use axum::{
    extract::Request,
    http::{HeaderMap, HeaderName, HeaderValue, header},
    middleware::Next,
    response::Response,
};

/// The policy of what is no page: nothing may be loaded or run, and nobody may frame it.
pub const NOTHING: &str = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// What every answer carries, unless it says something else.
const ALWAYS: [(HeaderName, &str); 6] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    // Never to other sites; to our own pages, because a browser that says nothing of where it comes from says no origin either.
    (header::REFERRER_POLICY, "same-origin"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (header::CACHE_CONTROL, "no-store"),
    (header::CONTENT_SECURITY_POLICY, NOTHING),
];

/// The policy of the dashboard's page. Scripts are files of ours and nothing else. Styles are files, and those of the
/// component library, which carry the page's own nonce. No text becomes markup but through the one policy that the
/// dashboard defines; it is the default one, since the component library asks for none by name.
pub fn page_policy(nonce: &str) -> String {
    format!(
        "default-src 'self'; script-src 'self'; style-src 'self' 'nonce-{nonce}'; img-src 'self' data:; object-src 'none'; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; \
         trusted-types default"
    )
}

/// The layer around everything that is not the data plane.
pub async fn harden(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    write(response.headers_mut());
    response
}

/// Adds what is missing.
pub fn write(headers: &mut HeaderMap) {
    for (name, value) in ALWAYS {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    let policy = headers.get(header::CONTENT_SECURITY_POLICY).and_then(|policy| policy.to_str().ok());
    if policy.is_some_and(|policy| policy.contains("frame-ancestors 'none'")) {
        headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    }
}

/// What a provider sent is shown to a browser that was led here as if it came from nowhere: the dashboard has the same
/// origin, and a page of that origin could use its session.
pub fn write_for_navigation(headers: &mut HeaderMap) {
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("sandbox; default-src 'none'"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a76_answers_keep_their_own_policy() {
        let mut headers = HeaderMap::new();
        write(&mut headers);
        assert_eq!(headers["x-frame-options"], "DENY");
        assert_eq!(headers["cache-control"], "no-store");
        let own = HeaderValue::from_static("sandbox; frame-ancestors 'self'");
        let mut headers = HeaderMap::from_iter([(header::CONTENT_SECURITY_POLICY, own.clone())]);
        write(&mut headers);
        assert_eq!(headers[header::CONTENT_SECURITY_POLICY], own);
        assert!(!headers.contains_key("x-frame-options"));
        assert_eq!(headers.len(), ALWAYS.len());
    }

    #[test]
    fn s18_the_policy_of_the_page() {
        let policy = page_policy("abc");
        for part in [
            "default-src 'self';",
            "script-src 'self';",
            "style-src 'self' 'nonce-abc';",
            "object-src 'none';",
            "base-uri 'none';",
            "frame-ancestors 'none';",
            "require-trusted-types-for 'script';",
        ] {
            assert!(policy.contains(part), "{part}");
        }
        assert!(!policy.contains("unsafe"));
    }
}
