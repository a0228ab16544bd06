//! From which pages a request may come (S14, S15). A browser says so in `Origin` and `Sec-Fetch-Site`, which scripts cannot
//! change; programs that are no browser say nothing.

use http::{HeaderMap, Method, Uri, header};

use crate::refusal::{Outcome, Refused};

/// Refuses what a page of another site sent.
pub(crate) fn check(method: &Method, uri: &Uri, headers: &HeaderMap) -> Outcome<()> {
    let is_foreign = match headers.get(header::ORIGIN) {
        Some(origin) => !is_same(origin.as_bytes(), uri, headers),
        // Following a link is harmless; a form that sends something is not.
        None => !method.is_safe() && !is_same_site(headers),
    };
    if is_foreign { Err(foreign()) } else { Ok(()) }
}

/// Refuses what a cookie alone must not do: reading for another site's page, and changing anything without an `Origin`.
pub(crate) fn check_with_cookie(method: &Method, headers: &HeaderMap) -> Outcome<()> {
    let is_sure = method.is_safe() || headers.contains_key(header::ORIGIN);
    if is_sure && is_same_site(headers) { Ok(()) } else { Err(foreign()) }
}

fn is_same_site(headers: &HeaderMap) -> bool {
    headers.get("sec-fetch-site").is_none_or(|site| matches!(site.as_bytes(), b"same-origin" | b"none"))
}

/// The origin has the host that the request was sent to. The scheme is not compared: whoever speaks TLS in front of the
/// gateway speaks plain HTTP to it.
fn is_same(origin: &[u8], uri: &Uri, headers: &HeaderMap) -> bool {
    let Ok(origin) = str::from_utf8(origin) else { return false };
    let (authority, default_port) = match origin.split_once("://") {
        Some(("http", authority)) => (authority, ":80"),
        Some(("https", authority)) => (authority, ":443"),
        _ => return false,
    };
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let Some(host) = host.or_else(|| uri.authority().map(http::uri::Authority::as_str)) else { return false };
    let bare = |text: &str| text.strip_suffix(default_port).unwrap_or(text).to_ascii_lowercase();
    bare(authority) == bare(host)
}

fn foreign() -> Refused {
    Refused::forbidden("This request comes from a page of another site.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&str, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse::<http::HeaderName>().unwrap(), value.parse().unwrap())).collect()
    }

    #[test]
    fn a75_pages_of_other_sites_are_refused() {
        let uri = Uri::from_static("/api/session");
        let post = |pairs: &[(&str, &str)]| check(&Method::POST, &uri, &headers(pairs)).is_ok();
        let host = ("host", "gw.example:8787");
        assert!(post(&[host]));
        assert!(post(&[host, ("origin", "http://gw.example:8787")]));
        assert!(post(&[host, ("origin", "https://GW.example:8787"), ("sec-fetch-site", "same-origin")]));
        assert!(post(&[("host", "gw.example"), ("origin", "https://gw.example")]));
        assert!(post(&[("host", "gw.example:443"), ("origin", "https://gw.example")]));
        for origin in
            ["null", "http://evil.example", "http://gw.example", "http://gw.example:8788", "file://gw.example:8787", ""]
        {
            assert!(!post(&[host, ("origin", origin)]), "{origin}");
        }
        assert!(!post(&[("origin", "http://gw.example:8787")]), "no host");
        assert!(!post(&[host, ("sec-fetch-site", "cross-site")]));
        assert!(check(&Method::GET, &uri, &headers(&[host, ("sec-fetch-site", "cross-site")])).is_ok());
        assert!(check(&Method::GET, &uri, &headers(&[host, ("origin", "http://evil.example")])).is_err());
    }

    #[test]
    fn a75_a_cookie_alone_changes_nothing() {
        let same = headers(&[("origin", "http://a"), ("host", "a")]);
        assert!(check_with_cookie(&Method::POST, &same).is_ok());
        assert!(check_with_cookie(&Method::POST, &headers(&[])).is_err());
        assert!(check_with_cookie(&Method::GET, &headers(&[])).is_ok());
        assert!(check_with_cookie(&Method::GET, &headers(&[("sec-fetch-site", "cross-site")])).is_err());
    }
}
