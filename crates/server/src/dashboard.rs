//! The dashboard: files that were built before this program and stand inside it. `/assets/*` never changes under its name;
//! every other address that is no API is a place in the dashboard and gets its page.

use axum::{
    body::Body,
    http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, header},
};
use rust_embed::{Embed, EmbeddedFile};

use crate::{security, system};

/// What `npm run build` left; empty where nobody ran it. A debug build reads the folder itself.
#[derive(Embed)]
#[folder = "../../dashboard/dist"]
#[allow_missing = true]
struct Files;

const PAGE: &str = "index.html";
const ASSETS: &str = "assets/";
/// What the built page holds in place of a nonce.
const NONCE_PLACE: &str = "__CSP_NONCE__";
const UNCHANGING: &str = "public, max-age=31536000, immutable";
/// Ways of compression that the build makes, best first: name in HTTP, ending of the file.
const COMPRESSED: [(&str, &str); 2] = [("br", ".br"), ("gzip", ".gz")];

/// First segments of paths that are never a place in the dashboard.
const NOT_PLACES: [&str; 8] = ["api", "client", "v1", "openapi.json", "preview", "metrics", "healthz", "readyz"];

/// This path may be a place in the dashboard or one of its files.
pub fn may_have(path: &str) -> bool {
    let first = path.trim_start_matches('/').split('/').next().unwrap_or_default();
    !NOT_PLACES.contains(&first)
}

/// Answers a request for a path that [`may_have`].
pub fn answer(request: &Request<Body>) -> Response<Body> {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return text(StatusCode::METHOD_NOT_ALLOWED, "Nothing here takes this method.");
    }
    let path = request.uri().path().trim_start_matches('/');
    if !is_plain(path) {
        return text(StatusCode::NOT_FOUND, "There is no such file.");
    }
    let is_compressed = COMPRESSED.iter().any(|(_, ending)| path.ends_with(ending));
    if path != PAGE
        && !is_compressed
        && let Some(found) = Files::get(path)
    {
        return file(path, found, request.headers());
    }
    if !path.starts_with(ASSETS) && (path.is_empty() || wants_page(request.headers())) {
        return page(path.is_empty());
    }
    text(StatusCode::NOT_FOUND, "There is no such file.")
}

/// Nothing that a file system could read as a way out of the folder, in whatever spelling (A79).
fn is_plain(path: &str) -> bool {
    let decoded = decode(path);
    let mut segments = decoded.split(|byte| matches!(byte, b'/' | b'\\'));
    !decoded.contains(&0) && !decoded.starts_with(b"/") && !segments.any(|segment| matches!(segment, b"." | b".."))
}

fn decode(path: &str) -> Vec<u8> {
    let mut rest = path.as_bytes();
    let mut decoded = Vec::with_capacity(rest.len());
    while let [byte, behind @ ..] = rest {
        let pair = behind.get(..2).filter(|_| *byte == b'%').and_then(|pair| str::from_utf8(pair).ok());
        let hidden = pair.and_then(|pair| u8::from_str_radix(pair, 16).ok());
        decoded.push(hidden.unwrap_or(*byte));
        rest = if hidden.is_some() { &behind[2..] } else { behind };
    }
    decoded
}

fn wants_page(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
    accept.split(',').any(|kind| kind.split(';').next().is_some_and(|kind| kind.trim() == "text/html"))
}

fn file(path: &str, found: EmbeddedFile, headers: &HeaderMap) -> Response<Body> {
    let kind = HeaderValue::from_str(found.metadata.mimetype());
    let kind = kind.unwrap_or(HeaderValue::from_static("application/octet-stream"));
    let compressed = COMPRESSED
        .iter()
        .filter(|(name, _)| accepts(headers, name))
        .find_map(|(name, ending)| Some((*name, Files::get(&format!("{path}{ending}"))?)));
    let (encoding, found) = match compressed {
        Some((name, found)) => (Some(name), found),
        None => (None, found),
    };
    let is_asset = path.starts_with(ASSETS);
    let tag: String = found.metadata.sha256_hash().iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    let tag = format!("\"{tag}\"");
    let is_known = headers.get(header::IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == tag.as_bytes());
    let mut response = Response::new(if is_known { Body::empty() } else { Body::from(found.data) });
    if is_known {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    }
    let cached = if is_asset { UNCHANGING } else { "no-cache" };
    let answered = response.headers_mut();
    answered.insert(header::CONTENT_TYPE, kind);
    answered.insert(header::CACHE_CONTROL, HeaderValue::from_static(cached));
    answered.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    answered.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(security::NOTHING));
    if let Some(encoding) = encoding {
        answered.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        answered.insert(header::ETAG, tag);
    }
    response
}

/// The caller reads this encoding: it is named, and not with weight 0.
fn accepts(headers: &HeaderMap, encoding: &str) -> bool {
    let lines = headers.get_all(header::ACCEPT_ENCODING).into_iter().filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(',')).any(|item| {
        let mut parts = item.split(';').map(str::trim);
        parts.next().is_some_and(|name| name.eq_ignore_ascii_case(encoding))
            && !parts.any(|weight| {
                weight.strip_prefix("q=").is_some_and(|weight| weight.parse().is_ok_and(|weight: f32| weight <= 0.0))
            })
    })
}

fn page(is_root: bool) -> Response<Body> {
    let Some(found) = Files::get(PAGE) else {
        let status = if is_root { StatusCode::OK } else { StatusCode::NOT_FOUND };
        return html(status, NOT_BUILT.to_owned(), security::NOTHING);
    };
    let nonce = format!("{:032x}", system::random_u128());
    let page = String::from_utf8_lossy(&found.data).replace(NONCE_PLACE, &nonce);
    html(StatusCode::OK, page, &security::page_policy(&nonce))
}

const NOT_BUILT: &str = "<!doctype html><html lang=en><meta charset=utf-8><title>Waypost</title><h1>Waypost is serving</h1>\
    <p>The dashboard isn't part of this build. Build it with <code>make run</code>, or with \
    <code>cd dashboard &amp;&amp; npm ci --ignore-scripts &amp;&amp; npm run build</code> and then <code>cargo build</code>.</p>\
    <p>The management API is described at <a href=/openapi.json>/openapi.json</a>, metrics are at \
    <a href=/metrics>/metrics</a>.</p></html>";

fn html(status: StatusCode, page: String, policy: &str) -> Response<Body> {
    let mut response = Response::new(Body::from(page));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    if let Ok(policy) = HeaderValue::from_str(policy) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}

fn text(status: StatusCode, words: &'static str) -> Response<Body> {
    let mut response = Response::new(Body::from(words));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn get(path: &str, accept: &str) -> Response<Body> {
        let request = Request::get(path).header("accept", accept).body(Body::empty());
        answer(&request.unwrap())
    }

    #[test]
    fn a79_no_path_leaves_the_folder() {
        for path in [
            "/../Cargo.toml",
            "/../../Cargo.toml",
            "/assets/../../package.json",
            "/..%2f..%2fCargo.toml",
            "/%2e%2e/%2e%2e/Cargo.toml",
            "/%2E%2E%2FCargo.toml",
            "/assets/..%5c..%5cCargo.toml",
            "/assets/%00",
            "/%2fetc/passwd",
            "/a/..",
            "/./Cargo.toml",
        ] {
            for accept in ["*/*", "text/html"] {
                let response = get(path, accept);
                // `//…` is read as `/…`, a place like any other.
                let is_page =
                    response.headers()["content-type"] == "text/html; charset=utf-8" && path == "//etc/passwd";
                assert!(response.status() == StatusCode::NOT_FOUND || is_page, "{path}");
            }
        }
    }

    #[test]
    fn only_pages_fall_back() {
        assert!(may_have("/") && may_have("/routes/smart-route") && may_have("/apiary"));
        for path in NOT_PLACES {
            assert!(
                !may_have(&format!("/{path}")) && !may_have(&format!("/{path}/x")) && !may_have(&format!("//{path}/x"))
            );
        }
        let html =
            |response: &Response<Body>| response.headers()["content-type"].to_str().unwrap().starts_with("text/html");
        assert!(html(&get("/", "*/*")));
        assert!(html(&get("/routes/a%20b", "text/html,application/xhtml+xml;q=0.9")));
        for (path, accept) in
            [("/routes/x", "*/*"), ("/routes/x", "application/json"), ("/assets/gone.js", "text/html")]
        {
            let response = get(path, accept);
            assert_eq!(response.status(), StatusCode::NOT_FOUND, "{path}");
            assert!(!html(&response), "{path}");
        }
        let post = Request::post("/routes/x").header("accept", "text/html").body(Body::empty()).unwrap();
        assert_eq!(answer(&post).status(), StatusCode::METHOD_NOT_ALLOWED);
    }

    #[test]
    fn an_encoding_with_weight_0_is_not_accepted() {
        let headers =
            |value: &'static str| HeaderMap::from_iter([(header::ACCEPT_ENCODING, HeaderValue::from_static(value))]);
        assert!(accepts(&headers("gzip, deflate, br;q=0.9"), "br"));
        assert!(!accepts(&headers("gzip, br;q=0"), "br"));
        assert!(!accepts(&headers("gzip;q=0.0"), "gzip"));
        assert!(!accepts(&HeaderMap::new(), "br"));
    }
}
