//! Everything that the gateway refuses, as one table: status, number, type, words; nothing sent, nothing charged, one row.

use http::Method;
use serde_json::{Value, json};
use waypost_harness::{Answer, Call, Gateway, client, management::GATEWAY, route};
use waypost_types::{PicoUsd, record::CostSource};

/// `(type, number, status)`.
type Row = (&'static str, u32, u16);

struct Refused {
    what: &'static str,
    call: Call,
    row: Row,
    /// Messages are compared whole; `…` at the end stands for a rest that depends on the clock or on a parser.
    words: &'static str,
}

fn refused(what: &'static str, call: Call, row: Row, words: &'static str) -> Refused {
    Refused { what, call, row, words }
}

/// The shape of `docs/reference/errors.md`.
fn check_shape(what: &str, answer: &Answer, (kind, code, status): Row, words: &str) {
    let body = answer.json();
    assert_eq!(answer.status, status, "{what}: {body}");
    assert_eq!(answer.header("content-type"), "application/json", "{what}");
    let message = body["message"].as_str().unwrap_or_default().to_owned();
    match words.strip_suffix('…') {
        Some(start) => assert!(message.starts_with(start), "{what}: {message}"),
        None => assert_eq!(message, words, "{what}"),
    }
    let expected = json!({
        "success": false, "result": [], "messages": [], "error": [{"code": code, "message": message}],
        "name": "AiGatewayError", "httpCode": status, "internalCode": code, "message": message, "type": kind,
    });
    for (name, value) in expected.as_object().into_iter().flatten() {
        assert_eq!(&body[name], value, "{what}: {name}");
    }
    assert!(body["description"].is_string(), "{what}: {body}");
    assert_eq!(body["request_id"], answer.log_id(), "{what}");
    assert_eq!(status == 429 || status == 503, answer.headers.contains_key("retry-after"), "{what}");
}

/// Sends each, and looks at the answer, the provider and the log.
async fn check(gateway: &Gateway, cases: Vec<Refused>) {
    let before = gateway.audit.rows().await.len();
    let sent = gateway.provider.received().len();
    let count = cases.len();
    for case in cases {
        let answer = case.call.send().await;
        check_shape(case.what, &answer, case.row, case.words);
        let row = gateway.audit.row(&answer.log_id()).await;
        let (kind, code, status) = case.row;
        assert_eq!(
            (row.error_type.as_deref(), row.error_code, row.status),
            (Some(kind), Some(code), status),
            "{}",
            case.what
        );
        assert_eq!((row.cost, row.cost_source), (Some(PicoUsd::ZERO), CostSource::None), "{}", case.what);
    }
    assert_eq!(gateway.provider.received().len(), sent, "nothing is sent upstream");
    assert_eq!(gateway.audit.rows_when(before + count).await.len(), before + count, "one row each");
    gateway.books_balance().await;
}

fn simple(name: &str) -> Value {
    route::document(name, "only", [route::model("only", "openai", "test/ok", None)])
}

#[tokio::test]
async fn gateways_keys_and_scopes_that_do_not_fit_are_refused() {
    let gateway = Gateway::start().await;
    for name in ["support", "internal"] {
        gateway.create_route(&simple(name)).await;
    }
    gateway.create_gateway("other", &json!({})).await;
    let scoped = gateway.create_api_key(&json!({"routes": ["support"], "preset": "backend"})).await;
    let elsewhere = gateway.create_api_key(&json!({"gateway": "other"})).await;
    let app = gateway.create_api_key(&json!({"preset": "app"})).await;
    let openai_only = gateway.create_api_key(&json!({"models": ["openai/*"]})).await;
    let message = json!([{"role": "user", "content": "hi"}]);
    let step = |provider: &str, endpoint: &str| {
        let query = json!({"model": "test/ok", "max_tokens": 9, "messages": message});
        json!({"provider": provider, "endpoint": endpoint, "headers": {}, "query": query})
    };
    let both = json!([step("openai", "chat/completions"), step("anthropic", "v1/messages")]);
    let account = gateway.call(Method::POST, "/client/v4/accounts/default/ai/v1/messages").key(&openai_only);
    let account = account.json(&json!({"model": "anthropic/test/ok", "max_tokens": 9, "messages": message}));
    let chat = |model: &str| gateway.chat(model);
    let strange = gateway.call(Method::POST, "/v1/default/prod/compat/chat/completions");
    let strange = strange.key(&gateway.setup.api_key).json(&json!({"model": "openai/test/ok", "messages": []}));
    let scope: Row = ("key_scope", 9403, 403);
    let permission: Row = ("permission_header", 9407, 403);
    check(
        &gateway,
        vec![
            refused(
                "unknown gateway",
                strange,
                ("gateway_not_found", 2001, 400),
                "No gateway named \"prod\" in account \"default\". Create it, or check the address: /v1/default/<gateway>/…",
            ),
            refused(
                "no key",
                chat("openai/test/ok").without("authorization"),
                ("missing_api_key", 2009, 401),
                "No API key. Send it as \"Authorization: Bearer <key>\".",
            ),
            refused(
                "wrong key",
                chat("openai/test/ok").key("wp_nobody-knows-this-key-0123456789"),
                ("invalid_api_key", 2009, 401),
                "This API key isn't valid or was revoked.",
            ),
            refused(
                "wrong key in the gateway's own header",
                chat("openai/test/ok").without("authorization").header("cf-aig-authorization", "Bearer wrong"),
                ("invalid_api_key", 2009, 401),
                "This API key isn't valid or was revoked.",
            ),
            refused(
                "a route outside the key's scope",
                chat("dynamic/internal").key(&scoped),
                scope,
                "This key may not use \"dynamic/internal\". Allowed: dynamic/support.",
            ),
            refused("a key of another gateway", chat("openai/test/ok").key(&elsewhere), scope, "This key may not use …"),
            refused(
                "a model outside the key's scope",
                chat("anthropic/test/ok").key(&openai_only),
                scope,
                "This key may not use \"anthropic/test/ok\". Allowed: openai/*.",
            ),
            refused(
                "the same by the provider's own path",
                gateway.post("anthropic/v1/messages").json(&step("", "")["query"]).key(&openai_only),
                scope,
                "This key may not use \"anthropic/test/ok\". Allowed: openai/*.",
            ),
            refused(
                "the same in the second of two steps",
                gateway.post("").json(&both).key(&openai_only),
                scope,
                "This key may not use \"anthropic/test/ok\". Allowed: openai/*.",
            ),
            refused(
                "the same at the account's URL",
                account,
                scope,
                "This key may not use \"anthropic/test/ok\". Allowed: openai/*.",
            ),
            refused(
                "custom cost without permission",
                chat("openai/test/ok").key(&app).header("cf-aig-custom-cost", "{\"per_token_in\":0}"),
                permission,
                "This key may not set a custom cost. Remove the header or use a key with that permission.",
            ),
            refused(
                "cache key without permission",
                chat("openai/test/ok").key(&app).header("cf-aig-cache-key", "mine"),
                permission,
                "This key may not …",
            ),
            refused(
                "no row without permission",
                chat("openai/test/ok").key(&app).header("cf-aig-collect-log", "false"),
                permission,
                "This key may not …",
            ),
        ],
    )
    .await;
}

#[tokio::test]
async fn routes_models_and_providers_that_do_not_exist_are_refused() {
    let gateway = Gateway::start().await;
    gateway.create_route(&simple("smart-route")).await;
    let mut draft = simple("draft");
    draft["deploy"] = json!(false);
    gateway.create_route(&draft).await;
    let chat = |model: &str| gateway.chat(model);
    check(
        &gateway,
        vec![
            refused(
                "unknown route",
                chat("dynamic/smart-rout"),
                ("route_not_found", 9404, 404),
                "No route named \"smart-rout\". Did you mean \"smart-route\"?",
            ),
            refused(
                "unknown route in the URL",
                gateway.post("dynamic/smart-rout").json(&waypost_harness::gateway::body("anything", false)),
                ("route_not_found", 9404, 404),
                "No route named \"smart-rout\". Did you mean \"smart-route\"?",
            ),
            refused(
                "a route that serves nothing",
                chat("dynamic/draft"),
                ("route_not_deployed", 9405, 404),
                "The route \"draft\" exists but has never been deployed. Deploy a version to use it.",
            ),
            refused(
                "a route without its prefix",
                chat("smart-route"),
                ("model_not_found", 2019, 400),
                "Unknown model \"smart-route\". To call a route use \"dynamic/smart-route\".",
            ),
            refused(
                "a model without its prefix",
                chat("gpt-4o"),
                ("model_not_found", 2019, 400),
                "Unknown model \"gpt-4o\". …",
            ),
            refused(
                "unknown provider",
                chat("opena/gpt-4o"),
                ("provider_unknown", 2008, 400),
                "Unknown provider \"opena\". Did you mean \"openai\"?",
            ),
            refused(
                "unknown provider in the URL",
                gateway.post("opena/chat/completions").json(&waypost_harness::gateway::body("gpt-4o", false)),
                ("provider_unknown", 2008, 400),
                "Unknown provider \"opena\". Did you mean \"openai\"?",
            ),
            refused(
                "no stored key",
                chat("groq/llama"),
                ("provider_no_key", 9421, 400),
                "No key is stored for Groq. Add one under Providers.",
            ),
            refused(
                "no key of that name",
                chat("openai/test/ok").header("cf-aig-byok-alias", "team-b"),
                ("byok_alias_unknown", 2040, 400),
                "No key named \"team-b\" is stored for OpenAI. Stored: default.",
            ),
        ],
    )
    .await;
    let nowhere = gateway.post("compat/embeddings").json(&json!({})).send().await;
    assert_eq!((nowhere.status, &nowhere.json()["type"]), (404, &json!("endpoint_not_found")));
}

#[tokio::test]
async fn used_up_limits_say_when_to_come_back() {
    let gateway = Gateway::start().await;
    let per_user = json!({"key": "metadata.user_id", "window": 3600});
    let only = || route::model("only", "openai", "test/tokens-3", None);
    let counted =
        route::document("counted", "limit", [route::rate("limit", "count", 1.0, &per_user, "only", None), only()]);
    let budget = json!({"key": "metadata.team", "technique": "fixed"});
    let charged =
        route::document("charged", "limit", [route::rate("limit", "cost", 3.0, &budget, "only", None), only()]);
    gateway.set_price("openai", "test/tokens-3", "0", "1").await;
    gateway.create_route(&counted).await;
    gateway.create_route(&charged).await;

    let anna = || gateway.chat("dynamic/counted").metadata(&json!({"user_id": "user-anna"}));
    let research = || gateway.chat("dynamic/charged").metadata(&json!({"team": "research"}));
    for served in [anna(), research()] {
        let answer = served.send().await;
        assert_eq!(answer.status, 200);
        gateway.audit.row(&answer.log_id()).await;
    }
    check(
        &gateway,
        vec![
            refused(
                "requests",
                anna(),
                ("rate_limited", 2003, 429),
                "Limit reached: 1 requests per hour for user_id \"user-anna\". Next request possible in …",
            ),
            refused(
                "money",
                research(),
                ("budget_exceeded", 9429, 429),
                "Budget reached: $3.00 of $3.00 per day for team \"research\". …",
            ),
        ],
    )
    .await;
}

#[tokio::test]
async fn bodies_and_headers_that_say_nothing_are_refused() {
    let gateway = Gateway::start().await;
    let to = |body: &str| gateway.post("compat/chat/completions").bytes(body.to_owned());
    let metadata = |text: &str| gateway.chat("openai/test/ok").header("cf-aig-metadata", text);
    let cost = |text: &str| gateway.chat("openai/test/ok").header("cf-aig-custom-cost", text);
    let many: Vec<String> = (0..23).map(|index| format!("\"k{index}\":1")).collect();
    let json: Row = ("body_invalid_json", 9413, 400);
    check(
        &gateway,
        vec![
            refused(
                "broken JSON",
                to("{\n  \"model\": \"openai/x\",\n  \"messages\": }"),
                json,
                "The body isn't valid JSON: unexpected \"}\" at line 3, column 15.",
            ),
            refused("no body", to(""), json, "The body isn't valid JSON: …"),
            refused(
                "a key twice",
                to("{\"model\":\"openai/test/ok\",\"model\":\"openai/test/500\",\"messages\":[]}"),
                ("body_duplicate_key", 9414, 400),
                "\"model\" appears twice in the body.",
            ),
            refused(
                "an encoding",
                to("…").header("content-encoding", "br"),
                ("unsupported_encoding", 9417, 415),
                "Content-Encoding \"br\" isn't supported. Use gzip or none.",
            ),
            refused(
                "nested metadata",
                metadata("{\"user\":{\"id\":1}}"),
                ("metadata_invalid", 9410, 400),
                "Metadata must be a flat JSON object of text, numbers or true/false. \"user\" is an object.",
            ),
            refused(
                "much metadata",
                metadata(&format!("{{{}}}", many.join(","))),
                ("metadata_too_many", 9411, 400),
                "23 metadata entries; at most 16 are allowed.",
            ),
            refused(
                "a negative price",
                cost("{\"per_token_in\":-1,\"per_token_out\":0}"),
                ("custom_cost_invalid", 9412, 400),
                "per_token_in must be a number of 0 or more. Got \"-1\".",
            ),
            refused(
                "a timeout that is none",
                gateway.chat("openai/test/ok").header("cf-aig-request-timeout", "soon"),
                ("header_invalid", 9418, 400),
                "cf-aig-request-timeout must be …",
            ),
        ],
    )
    .await;
}

/// Read from the head alone: nobody waits for 41 MB that will not be taken.
#[tokio::test]
async fn a_body_that_announces_41_mb_is_refused_before_it_comes() {
    let gateway = Gateway::start().await;
    let head = format!(
        "POST /v1/default/default/compat/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n",
        gateway.setup.api_key,
        41 << 20
    );
    let answer = client::raw(gateway.address, head.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    assert!(answer.contains("\"message\":\"The body is 41 MB; at most 32 MB is allowed.\""), "{answer}");
    assert!(answer.contains("\"internalCode\":9416") && answer.contains("\"type\":\"body_too_large\""), "{answer}");
    let rows = gateway.audit.rows_when(1).await;
    assert_eq!((rows.len(), rows[0].status, rows[0].error_code), (1, 413, Some(9416)));
}

#[tokio::test]
async fn a_revoked_key_is_refused_at_once() {
    let gateway = Gateway::start().await;
    let key = gateway.create_api_key(&json!({"preset": "backend"})).await;
    assert_eq!(gateway.chat("openai/test/ok").key(&key).send().await.status, 200);
    let listed = gateway.managed(Method::GET, "/api/keys", None).await;
    let of_test = listed.as_array().and_then(|keys| keys.iter().find(|key| key["label"] == "made by a test"));
    let id = of_test.and_then(|key| key["id"].as_str()).expect("the key is listed").to_owned();
    gateway.managed(Method::DELETE, &format!("/api/keys/{id}"), None).await;
    let answer = gateway.chat("openai/test/ok").key(&key).send().await;
    assert_eq!((answer.status, &answer.json()["type"]), (401, &json!("invalid_api_key")));
    // The management API itself takes administrators only.
    let path = format!("{GATEWAY}/routes");
    assert_eq!(gateway.call(Method::GET, &path).key(&gateway.setup.api_key).send().await.status, 401);
}
