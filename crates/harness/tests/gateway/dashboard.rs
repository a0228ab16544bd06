//! What a browser meets: names, headers, files, previews (S15, S18, A75, A76, A79, A85).

use http::Method;
use serde_json::{Value, json};
use waypost_harness::{Answer, Gateway, management::GATEWAY};
use waypost_testkit::Script;

/// Everything that is not the data plane, one of each kind.
const PATHS: [&str; 12] = [
    "/",
    "/routes/smart-route",
    "/assets/none.js",
    "/openapi.json",
    "/api/session",
    "/api/keys",
    "/api/nothing",
    "/preview/none",
    GATEWAY,
    "/metrics",
    "/healthz",
    "/readyz",
];

async fn get(gateway: &Gateway, path: &str, headers: &[(&str, &str)]) -> Answer {
    let call = gateway.call(Method::GET, path);
    headers.iter().fold(call, |call, (name, value)| call.header(name, value)).send().await
}

#[tokio::test]
async fn a76_every_answer_ties_the_browsers_hands() {
    let gateway = Gateway::start().await;
    let token = format!("Bearer {}", gateway.setup.admin_token);
    for path in PATHS {
        for accept in ["text/html", "*/*"] {
            for set in [&[("accept", accept)][..], &[("accept", accept), ("authorization", &token)][..]] {
                let answer = get(&gateway, path, set).await;
                assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
                assert_eq!(answer.header("referrer-policy"), "same-origin", "{path}");
                assert_eq!(answer.header("cross-origin-opener-policy"), "same-origin", "{path}");
                assert_eq!(answer.header("cache-control"), "no-store", "{path}");
                assert_eq!(answer.header("x-frame-options"), "DENY", "{path}");
                let policy = answer.header("content-security-policy");
                assert!(policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe"), "{path}: {policy}");
                assert_eq!(answer.header("access-control-allow-origin"), "", "{path}");
            }
        }
    }
    let refused = get(&gateway, "/api/keys", &[("host", "evil.example")]).await;
    assert_eq!((refused.status, refused.header("x-content-type-options")), (403, "nosniff"));
}

#[tokio::test]
async fn a75_other_names_are_refused() {
    let gateway = Gateway::start().await;
    let token = format!("Bearer {}", gateway.setup.admin_token);
    for path in PATHS.iter().filter(|path| !matches!(**path, "/healthz" | "/readyz")) {
        for host in ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:8787"] {
            let answer = get(&gateway, path, &[("host", host), ("authorization", &token)]).await;
            assert_eq!(answer.status, 403, "{path} as {host}");
            assert!(!answer.text().contains("internal_id"), "{path}");
        }
        let answer = get(&gateway, path, &[("host", "localhost:1"), ("authorization", &token)]).await;
        assert_ne!(answer.status, 403, "{path}");
    }
    let foreign = [("origin", "http://evil.example"), ("authorization", token.as_str())];
    assert_eq!(get(&gateway, GATEWAY, &foreign).await.status, 403);
    // The data plane is called by any name: it has no session, and its keys travel in headers.
    assert_eq!(gateway.chat("openai/test/ok").header("host", "gw.example").send().await.status, 200);
}

#[tokio::test]
async fn a79_no_file_but_those_of_the_dashboard_is_served() {
    let gateway = Gateway::start().await;
    for path in [
        "/../Cargo.toml",
        "/assets/../../../Cargo.toml",
        "/..%2f..%2f..%2fCargo.toml",
        "/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
        "/assets/..%5c..%5cCargo.toml",
        "/assets/%00",
        "/preview/..%2f..%2fCargo.toml",
        "/api/../Cargo.toml",
    ] {
        let answer = get(&gateway, path, &[("accept", "text/html")]).await;
        assert!(matches!(answer.status, 400 | 404), "{path}: {}", answer.status);
        assert!(!answer.text().contains("[workspace]") && !answer.text().contains("root:"), "{path}");
    }
}

#[tokio::test]
async fn a85_who_is_not_signed_in_learns_nothing() {
    let gateway = Gateway::start().await;
    gateway.create_route(&waypost_harness::route::chain("secret-route", ("mock", "small"), ("mock", "large"))).await;
    gateway.chat("dynamic/secret-route").send().await;
    for path in PATHS {
        let answer = get(&gateway, path, &[("accept", "text/html")]).await;
        for secret in ["secret-route", "sk-stored", &gateway.setup.admin_token, &gateway.setup.api_key, "argon2"] {
            assert!(!answer.text().contains(secret), "{path} holds {secret}");
        }
    }
    let session = get(&gateway, "/api/session", &[]).await.json();
    assert_eq!((&session["result"]["setup_required"], &session["result"]["user"]), (&json!(true), &Value::Null));
}

#[tokio::test]
async fn s18_a_preview_can_do_nothing() {
    let gateway = Gateway::start().await;
    let html = "<script>alert(1)</script><img src=https://evil.example/x><b>hi</b>";
    let created = gateway.managed(Method::POST, "/api/previews", Some(&json!({"html": html}))).await;
    let answer = get(&gateway, &format!("/preview/{}", created["id"].as_str().unwrap_or_default()), &[]).await;
    assert_eq!((answer.status, answer.text().as_str()), (200, html));
    assert_eq!(
        answer.header("content-security-policy"),
        "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'"
    );
    assert_eq!(answer.header("x-frame-options"), "");
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
    assert_eq!(answer.header("cache-control"), "no-store");
}

/// A browser that is led to the data plane shows what a provider wrote as a page without an origin.
#[tokio::test]
async fn a_page_of_a_provider_has_no_origin() {
    let gateway = Gateway::start().await;
    gateway.provider.usually(Script::body("text/html", "<script>fetch('/api/keys')</script>"));
    let call = gateway.call(Method::GET, &format!("/v1/default/default/openai/page?key={}", gateway.setup.api_key));
    let answer = call.header("sec-fetch-mode", "navigate").send().await;
    assert_eq!(answer.header("content-security-policy"), "sandbox; default-src 'none'");
}

#[tokio::test]
async fn a_provider_says_whether_it_takes_a_key() {
    let gateway = Gateway::start().await;
    let path = "/api/gateways/default/provider_configs/test";
    let test = async |body: Value| gateway.managed(Method::POST, path, Some(&body)).await;
    let typed = |slug: &str| json!({"provider_slug": slug, "secret": "sk-typed-0123456789"});

    gateway.provider.usually(Script::ok());
    let works = test(typed("openai")).await;
    assert_eq!((&works["result"], &works["status"]), (&json!("works"), &json!(200)));
    let sent = gateway.provider.last();
    assert_eq!((sent.method.as_str(), sent.path.as_str()), ("GET", "/openai/v1/models"));
    assert_eq!(sent.header("authorization"), Some("Bearer sk-typed-0123456789"));

    let echo = Script { error_message: Some("wrong key sk-typed-0123456789".to_owned()), ..Script::status(401) };
    gateway.provider.usually(echo);
    let rejected = test(typed("anthropic")).await;
    assert_eq!((&rejected["result"], &rejected["status"]), (&json!("rejected"), &json!(401)));
    assert!(!rejected.to_string().contains("sk-typed"));

    assert_eq!(test(typed("azure-openai")).await["result"], "not_checkable");
    assert_eq!(test(typed("mock")).await["result"], "works");
    let unknown = gateway.manage(Method::POST, path, Some(&typed("openia"))).await;
    assert_eq!(unknown.status, 400);

    // What is said of a stored key stands beside it.
    let id = gateway.store_provider_key("openai", "other", "sk-stored-other-0123456789").await;
    assert_eq!(test(json!({"id": id})).await["result"], "rejected");
    assert_eq!(gateway.provider.last().header("authorization"), Some("Bearer sk-stored-other-0123456789"));
    let keys = gateway.managed(Method::GET, &format!("{GATEWAY}/provider_configs"), None).await;
    let stored = keys.as_array().into_iter().flatten().find(|key| key["id"] == json!(id));
    assert_eq!(stored.map(|key| &key["state"]), Some(&json!("rejected")));
}
