use super::*;

fn api(url: &str) -> Result<Endpoint, EndpointError> {
    Endpoint::parse(url, Trust::Api)
}

#[test]
fn a02_addresses_through_the_api_are_public_http() {
    for url in [
        "http://127.0.0.1:9100/v1",
        "http://0",
        "http://0.0.0.0",
        "http://[::1]/",
        "http://[::ffff:10.0.0.1]/",
        "http://2130706433/",
        "http://0x7f.1/",
        "http://0x7f000001/",
        "http://127.1/",
        "http://0177.0.0.1/",
        "http://10.0.0.5:8000",
        "http://172.16.0.1",
        "http://192.168.1.1",
        "http://100.64.0.1",
        "http://169.254.169.254/latest/meta-data",
        "http://[fd00::1]/",
        "http://[fe80::1]/",
        "http://[fe80::1%25eth0]/",
        "http://metadata.google.internal/",
        "http://localhost:8080",
        "http://LOCALHOST",
        "http://a.localhost",
        "http://printer.local",
        "http://redis",
        "https://api.example.com./v1",
        "https://xn--pi-8la.example.com",
        "https://аpi.example.com",
        "https://user@example.com",
        "https://user:pass@example.com/",
        "https://example.com@10.0.0.1/",
        "file:///etc/passwd",
        "file:/etc/passwd",
        "gopher://example.com/",
        "ftp://example.com",
        "https://example.com:22/",
        "https://example.com:25",
        "https://example.com:6667",
        "https://example.com:0",
        "https://example.com:99999",
        "https://example.com:",
        "https://",
        "https:///v1",
        "//example.com",
        "example.com",
        "https://example.com/a/../b",
        "https://example.com/v1?x=1",
        "https://example.com/#x",
        "https://example.com\\@10.0.0.1/",
        "https://exa mple.com",
        "https://example.com/\r\nx",
        "https://%31%30.0.0.1/",
    ] {
        assert!(api(url).is_err(), "{url}");
    }
    for url in
        ["https://api.example.com/v1", "http://api.example.com:8443", "https://8.8.8.8", "HTTPS://API.Example.com/V1/"]
    {
        assert!(api(url).is_ok(), "{url}");
    }
}

#[test]
fn a02_the_refusal_says_how_an_operator_allows_it() {
    let error = api("http://10.0.0.5:8000/v1").unwrap_err();
    assert_eq!(
        error.to_string(),
        "\"10.0.0.5:8000\" is a private address. An operator can allow exactly this one at start: `--allow-upstream 10.0.0.5:8000`."
    );
    let allowed = AllowList::parse(["10.0.0.5:8000", "[::1]:9000", "llm.internal:80"]).unwrap();
    assert!(Endpoint::parse_allowing("http://10.0.0.5:8000/v1", Trust::Api, &allowed).unwrap().may_be_private);
    assert!(Endpoint::parse_allowing("http://[::1]:9000", Trust::Api, &allowed).is_ok());
    assert!(Endpoint::parse_allowing("http://LLM.internal", Trust::Api, &allowed).is_ok());
    assert!(Endpoint::parse_allowing("http://10.0.0.5:8001", Trust::Api, &allowed).is_err());
    assert!(Endpoint::parse_allowing("http://10.0.0.6:8000", Trust::Api, &allowed).is_err());
    assert!(AllowList::parse(["10.0.0.5"]).is_err());
    assert!(AllowList::parse(["127.1:80"]).is_err());
}

#[test]
fn operators_may_name_private_addresses() {
    let endpoint = Endpoint::parse("http://127.0.0.1:9100/v1/", Trust::Operator).unwrap();
    assert_eq!(endpoint.to_string(), "http://127.0.0.1:9100/v1");
    assert_eq!(endpoint.authority, "127.0.0.1:9100");
    assert_eq!(endpoint.path_and_query("chat/completions").unwrap(), "/v1/chat/completions");
    let endpoint = Endpoint::parse("https://Api.OpenAI.com/v1", Trust::Builtin).unwrap();
    assert_eq!(endpoint.authority, "api.openai.com");
    assert!(Endpoint::parse("http://0x7f.1", Trust::Operator).is_err());
}

#[test]
fn a03_pools_are_not_shared_across_trust() {
    let operator = Endpoint::parse("http://llm.example.com", Trust::Operator).unwrap();
    let stranger = api("http://llm.example.com").unwrap();
    assert_ne!(operator.origin, stranger.origin);
}
