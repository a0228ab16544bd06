use std::io::Write;

use http_body_util::Full;

use super::*;

fn parse(method: Method, uri: &str) -> Result<Address<'static>, RefusalKind> {
    let uri: &'static Uri = Box::leak(Box::new(uri.parse().unwrap()));
    address(&method, uri).map_err(|refusal| refusal.kind)
}

fn call(uri: &str) -> Option<CallForm<'static>> {
    parse(Method::POST, uri).ok().map(|address| address.call)
}

#[test]
fn every_url_form_is_read() {
    assert_eq!(call("/v1/default/prod/compat/chat/completions"), Some(CallForm::Compat));
    assert_eq!(call("/v1/default/prod"), Some(CallForm::Universal));
    assert_eq!(call("/v1/default/prod/"), Some(CallForm::Universal));
    let route = |name: &'static str| Some(CallForm::Dynamic { route: name.into() });
    assert_eq!(call("/v1/default/prod/dynamic/smart-route"), route("smart-route"));
    assert_eq!(call("/v1/default/prod/dynamic/smart-route/chat/completions"), route("smart-route"));
    let native = |provider: &'static str, rest: &'static str| {
        Some(CallForm::Native { provider: provider.into(), rest: rest.into() })
    };
    assert_eq!(call("/v1/default/prod/openai/chat/completions"), native("openai", "chat/completions"));
    assert_eq!(
        call("/v1/a/b/google-ai-studio/v1beta/models/x:y?alt=sse"),
        native("google-ai-studio", "v1beta/models/x:y?alt=sse")
    );
    assert_eq!(call("/client/v4/accounts/default/ai/v1/chat/completions"), Some(CallForm::AccountChat));
    assert_eq!(call("/client/v4/accounts/default/ai/v1/messages"), Some(CallForm::AccountMessages));
}

#[test]
fn what_is_no_form_is_not_found() {
    for uri in [
        "/v1/default",
        "/v1//x/compat/chat/completions",
        "/v1/a/b/compat/embeddings",
        "/v1/a/b/dynamic/",
        "/v1/a/b/dynamic/x/y",
        "/client/v4/accounts/default/ai/v1/responses",
        "/client/v4/accounts/default/ai/run",
        "/v1/a/b//x",
        "/v1/a/%ff/compat/chat/completions",
        "/v1/a/b%0d%0ac/compat/chat/completions",
    ] {
        assert_eq!(parse(Method::POST, uri), Err(RefusalKind::EndpointNotFound), "{uri}");
    }
    assert_eq!(parse(Method::GET, "/v1/a/b/compat/chat/completions"), Err(RefusalKind::MethodNotAllowed));
    assert!(parse(Method::GET, "/v1/a/b/openai/models").is_ok());
    for method in [Method::TRACE, Method::CONNECT, Method::OPTIONS] {
        assert_eq!(parse(method, "/v1/a/b/openai/models"), Err(RefusalKind::MethodNotAllowed));
    }
}

#[test]
fn the_management_api_is_not_the_data_plane() {
    for path in
        ["/client/v4/accounts/default/ai-gateway/gateways", "/api/x", "/", "/healthz", "/client/v4/accounts/default"]
    {
        assert!(!is_data_plane(path), "{path}");
    }
}

fn gzip(plain: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(plain).unwrap();
    encoder.finish().unwrap()
}

async fn read(encoding: Option<&'static str>, body: Vec<u8>) -> Result<Bytes, Refusal> {
    let mut headers = HeaderMap::new();
    if let Some(encoding) = encoding {
        headers.insert(header::CONTENT_ENCODING, encoding.parse().unwrap());
    }
    read_body(&headers, Full::new(Bytes::from(body))).await
}

#[tokio::test]
async fn a20_a_declared_body_over_the_limit_is_refused_before_it_is_read() {
    let refusal = read(None, vec![b' '; BODY_BYTES_MAX + 1]).await.unwrap_err();
    assert_eq!(refusal.kind, RefusalKind::BodyTooLarge);
    assert_eq!(refusal.message, "The body is 33 MB; at most 32 MB is allowed.");
}

#[tokio::test]
async fn a21_bombs_and_foreign_encodings_are_refused() {
    assert_eq!(read(Some("gzip"), gzip(br#"{"a":1}"#)).await.unwrap(), &br#"{"a":1}"#[..]);
    let bomb = gzip(&vec![b'0'; 8 * 1024 * 1024]);
    assert!(bomb.len() < 80_000);
    assert_eq!(read(Some("gzip"), bomb).await.unwrap_err().kind, RefusalKind::BodyTooLarge);
    for encoding in ["br", "deflate", "zstd", "gzip, gzip"] {
        assert_eq!(
            read(Some(encoding), vec![]).await.unwrap_err().kind,
            RefusalKind::UnsupportedEncoding,
            "{encoding}"
        );
    }
    assert_eq!(read(Some("gzip"), b"no gzip".to_vec()).await.unwrap_err().kind, RefusalKind::BodyInvalid);
}
