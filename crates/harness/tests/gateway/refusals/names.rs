//! Gateways, keys, scopes, routes, models and providers that do not exist or do not fit.

use http::Method;
use serde_json::{Value, json};
use waypost_harness::{Gateway, management::GATEWAY, route};

use super::{Row, check, refused};

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

fn simple(name: &str) -> Value {
    route::document(name, "only", [route::model("only", "openai", "test/ok", None)])
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
