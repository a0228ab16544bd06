//! Where requests go is what an administrator configured, whatever a caller writes (A01, A05, A07).

use serde_json::{Value, json};
use waypost_harness::{Call, Gateway, client, gateway::provider_key, route};
use waypost_testkit::{Script, TestProvider};

fn openai() -> Value {
    json!({
        "model": "openai/test/ok", "messages": [{"role": "user", "content": "hi"}],
        "api_base": "http://169.254.169.254/v1", "base_url": "http://169.254.169.254", "api_url": "http://evil.example",
        "custom_host": "evil.example",
    })
}

/// Every surface with a body of its own format, all members that name hosts included.
fn surfaces(gateway: &Gateway) -> Vec<(&'static str, Call)> {
    let hosts = |mut body: Value| {
        for (name, value) in openai().as_object().into_iter().flatten().filter(|(name, _)| name.contains('_')) {
            body[name] = value.clone();
        }
        body
    };
    let anthropic =
        |model: &str| hosts(json!({"model": model, "max_tokens": 9, "messages": [{"role": "user", "content": "hi"}]}));
    let contents = json!({"contents": [{"role": "user", "parts": [{"text": "hi"}]}]});
    let step = |provider: &str, endpoint: &str, query: Value| json!([{"provider": provider, "endpoint": endpoint, "headers": {}, "query": query}]);
    let native = |body: Value| hosts(body);
    let named = |model: &str| {
        let mut body = openai();
        body["model"] = json!(model);
        body
    };
    let account = |path: &str| {
        gateway
            .call(http::Method::POST, &format!("/client/v4/accounts/default/ai/v1/{path}"))
            .key(&gateway.setup.api_key)
    };
    vec![
        ("compat", gateway.post("compat/chat/completions").json(&openai())),
        ("dynamic in the body", gateway.post("compat/chat/completions").json(&named("dynamic/only"))),
        ("dynamic in the URL", gateway.post("dynamic/only").json(&named("x"))),
        ("dynamic with an SDK's path", gateway.post("dynamic/only/chat/completions").json(&named("x"))),
        ("native OpenAI", gateway.post("openai/chat/completions").json(&named("test/ok"))),
        ("native OpenAI with its version", gateway.post("openai/v1/chat/completions").json(&named("test/ok"))),
        ("native Anthropic", gateway.post("anthropic/v1/messages").json(&anthropic("test/ok"))),
        (
            "native Gemini",
            gateway.post("google-ai-studio/v1beta/models/test-ok:generateContent").json(&native(contents.clone())),
        ),
        ("universal", gateway.post("").json(&step("openai", "chat/completions", named("test/ok")))),
        ("universal compat", gateway.post("").json(&step("compat", "chat/completions", openai()))),
        ("account chat", account("chat/completions").json(&openai())),
        ("account messages", account("messages").json(&anthropic("anthropic/test/ok"))),
    ]
}

#[tokio::test]
async fn a01_nothing_in_a_request_selects_the_host() {
    let gateway = Gateway::start().await;
    let elsewhere = TestProvider::start();
    let only = route::model("only", "openai", "test/ok", None);
    gateway.create_route(&route::document("only", "only", [only])).await;
    let evil = elsewhere.address().to_string();
    for (what, call) in surfaces(&gateway) {
        let before = gateway.provider.received().len();
        let call = call
            .header("host", &evil)
            .header("x-forwarded-host", &evil)
            .header("x-openai-custom-host", &elsewhere.url())
            .header("x-portkey-custom-host", &elsewhere.url())
            .header("forwarded", &format!("host={evil}"))
            .header("cf-aig-custom-host", &elsewhere.url());
        let answer = call.send().await;
        assert!(matches!(answer.status, 200 | 400), "{what}: {} {}", answer.status, answer.text());
        let received = gateway.provider.received();
        if answer.status == 200 {
            assert_eq!(received.len(), before + 1, "{what}: the configured host is contacted");
            let host = received[before].header("host").map(str::to_owned);
            assert_eq!(host, Some(gateway.provider.address().to_string()), "{what}");
        }
    }
    assert!(gateway.provider.received().len() >= 10);
    assert!(elsewhere.received().is_empty(), "{:?}", elsewhere.received());
    assert_eq!(elsewhere.connections(), 0);
}

#[tokio::test]
async fn a01_an_absolute_request_line_changes_nothing() {
    let gateway = Gateway::start().await;
    let elsewhere = TestProvider::start();
    let body = waypost_harness::gateway::body("openai/test/ok", false).to_string();
    let request = format!(
        "POST {}/v1/default/default/compat/chat/completions HTTP/1.1\r\nhost: {}\r\nauthorization: Bearer {}\r\n\
         content-type: application/json\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
        elsewhere.url(),
        elsewhere.address(),
        gateway.setup.api_key,
        body.len()
    );
    let answer = client::raw(gateway.address, request.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 200 ") || answer.starts_with("HTTP/1.1 400 "), "{answer}");
    assert_eq!(elsewhere.connections(), 0);
    assert!(gateway.provider.problems().is_empty(), "{:?}", gateway.provider.problems());
}

#[tokio::test]
async fn a05_a_model_stays_one_segment_of_a_path() {
    let gateway = Gateway::start().await;
    // The model stands in the URL of Gemini and Workers AI.
    gateway.store_provider_key("workers-ai", "default", &provider_key("workers-ai")).await;
    let hostile = [
        "x/../../admin",
        "x#fragment",
        "x?key=stolen",
        "x@evil.example",
        "x%2fy",
        "x%2e%2e%2f",
        "../../x",
        "x\r\ny: z",
        "x\\y",
        "x;y",
        "x y",
    ];
    for model in hostile {
        for provider in ["google-ai-studio", "openai", "anthropic"] {
            let before = gateway.provider.received().len();
            let answer = gateway.chat(&format!("{provider}/{model}")).send().await;
            let received = gateway.provider.received();
            let Some(arrived) = received.get(before) else {
                assert!((400..500).contains(&answer.status), "{provider}/{model:?}: {}", answer.text());
                continue;
            };
            let slug = format!("/{provider}/");
            assert!(arrived.path.starts_with(&slug), "{provider}/{model:?}: {}", arrived.path);
            let is_decent = !arrived.path.contains("..") && !arrived.query.contains("stolen");
            assert!(is_decent, "{provider}/{model:?}: {}?{}", arrived.path, arrived.query);
            if provider == "google-ai-studio" {
                let segments = arrived.path.matches('/').count();
                assert_eq!(segments, 4, "one segment below /v1beta/models/: {}", arrived.path);
            }
            assert_eq!(arrived.header("y"), None);
        }
        let workers = gateway.chat(&format!("workers-ai/@cf/{model}")).send().await;
        let last = gateway.provider.received().pop();
        if let Some(arrived) = last.filter(|arrived| arrived.path.starts_with("/workers-ai")) {
            assert!(
                arrived.path.starts_with("/workers-ai/ai/run/@cf/") && !arrived.path.contains(".."),
                "{}",
                arrived.path
            );
        } else {
            assert!((400..500).contains(&workers.status), "{model:?}: {}", workers.text());
        }
    }
}

#[tokio::test]
async fn a05_a_provider_path_that_climbs_is_refused() {
    let gateway = Gateway::start().await;
    for rest in
        ["../admin", "x/../../../admin", "%2e%2e/admin", "..%2fadmin", "chat/completions/..%2f..%2fadmin", ".%2e/x"]
    {
        let head = format!(
            "POST /v1/default/default/openai/{rest} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\n\
             content-type: application/json\r\nconnection: close\r\ncontent-length: 2\r\n\r\n{{}}",
            gateway.setup.api_key
        );
        let answer = client::raw(gateway.address, head.as_bytes()).await;
        for arrived in gateway.provider.received() {
            let path = arrived.path.to_lowercase();
            assert!(path.starts_with("/openai/v1/"), "{rest}: {path}");
            assert!(!path.contains("..") && !path.contains("%2e") && !path.contains("%2f"), "{rest}: {path} {answer}");
        }
    }
}

#[tokio::test]
async fn a07_redirects_are_not_followed_and_the_key_stays() {
    let gateway = Gateway::start().await;
    let elsewhere = TestProvider::start();
    for (status, target) in [
        (301, elsewhere.url()),
        (302, "http://169.254.169.254/latest/meta-data/".to_owned()),
        (303, elsewhere.url()),
        (307, elsewhere.url()),
        (308, elsewhere.url()),
    ] {
        gateway.provider.install("moved", [Script::status(status).header("location", &target)]);
        for (what, call) in [
            ("compat", gateway.chat("openai/test/moved")),
            (
                "native",
                gateway.post("openai/chat/completions").json(&waypost_harness::gateway::body("test/moved", false)),
            ),
        ] {
            let answer = call.send().await;
            assert_eq!(answer.status, 502, "{status} {what}: {}", answer.text());
            assert_eq!(answer.json()["type"], "provider_error", "{status} {what}");
            assert_eq!(answer.header("location"), "", "{status} {what}");
            assert!(!answer.text().contains(&provider_key("openai")));
        }
    }
    assert_eq!(elsewhere.connections(), 0);

    // A route goes on with its next model.
    gateway.create_route(&route::chain("moved", ("openai", "test/moved"), ("anthropic", "test/ok"))).await;
    let answer = gateway.chat("dynamic/moved").send().await;
    assert_eq!((answer.status, answer.header("cf-aig-provider")), (200, "anthropic"));
}
