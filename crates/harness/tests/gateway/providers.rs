//! Every kind of provider behind the unified API: the scripted provider judges what reaches it.

use serde_json::{Value, json};
use waypost_harness::{Gateway, Setup, gateway::provider_key, management::ACCOUNT, route};
use waypost_testkit::TestProvider;

/// Slug, what is stored as its key, the model as callers write it, and where the call arrives.
fn kinds() -> Vec<(&'static str, String, &'static str, &'static str)> {
    let place = |slug: &str, members: Value| {
        let mut key = json!({"key": provider_key(slug), "api_key": provider_key(slug), "token": provider_key(slug)});
        for (name, value) in members.as_object().into_iter().flatten() {
            key[name] = value.clone();
        }
        key.to_string()
    };
    vec![
        ("openai", provider_key("openai"), "test/ok", "/openai/v1/chat/completions"),
        ("anthropic", provider_key("anthropic"), "test/ok", "/anthropic/v1/messages"),
        ("google-ai-studio", provider_key("google-ai-studio"), "test-ok", "/google-ai-studio/v1beta/models/test-ok:"),
        (
            "google-vertex-ai",
            place("google-vertex-ai", json!({"project": "p1", "region": "europe-west1"})),
            "google/test-ok",
            "/google-vertex-ai/v1/projects/p1/locations/europe-west1/publishers/google/models/test-ok:",
        ),
        (
            "workers-ai",
            place("workers-ai", json!({"account_id": "acc1"})),
            "@cf/test/ok",
            "/workers-ai/ai/run/@cf/test/ok",
        ),
        (
            "azure-openai",
            place("azure-openai", json!({"resource": "r1"})),
            "test-ok",
            // An operator's own address says nothing of the resource: it is told in the path, as callers write it.
            "/azure-openai/openai/deployments/r1/test-ok/chat/completions",
        ),
        ("groq", provider_key("groq"), "test/ok", "/groq/openai/v1/chat/completions"),
        ("deepseek", provider_key("deepseek"), "test/ok", "/deepseek/"),
    ]
}

#[tokio::test]
async fn each_provider_gets_requests_that_it_would_take() {
    let gateway = Setup { stored_keys: Vec::new(), ..Setup::default() }.start().await;
    for (slug, key, model, path) in kinds() {
        gateway.store_provider_key(slug, "default", &key).await;
        let name = format!("{slug}/{model}");
        for stream in [false, true] {
            let call = if stream { gateway.chat_stream(&name) } else { gateway.chat(&name) };
            let answer = call.send().await;
            assert_eq!(answer.status, 200, "{name} stream={stream}: {}", answer.text());
            assert_eq!(answer.said(), "Echo: Say something about rivers", "{name} stream={stream}: {}", answer.text());
            let sent = gateway.provider.last();
            assert!(sent.path.starts_with(path), "{name}: {}", sent.path);
            assert!(sent.problems.is_empty(), "{name} stream={stream}: {:?}\n{}", sent.problems, sent.body);
            assert_eq!(sent.stream, stream, "{name}: {}", sent.body);
            let [(_, credential)] = sent.credentials.as_slice() else { panic!("{name}: {:?}", sent.credentials) };
            assert!(credential.ends_with(&provider_key(slug)), "{name}: {credential}");
            let row = gateway.audit.row(&answer.log_id()).await;
            assert_eq!(row.usage.output_tokens, 5, "{name} stream={stream}: {:?}", row.usage);
        }
    }
    gateway.books_balance().await;
}

/// Tools and their results survive a loop through each format.
#[tokio::test]
async fn a_tool_loop_passes_every_provider() {
    let gateway = Setup { stored_keys: Vec::new(), ..Setup::default() }.start().await;
    gateway.provider.usually(waypost_testkit::Script::ok());
    let tools = json!([{"type": "function", "function": {"name": "weather", "description": "Weather of a city",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}}}]);
    for (slug, key, model, _) in kinds().into_iter().filter(|(slug, ..)| *slug != "workers-ai") {
        gateway.store_provider_key(slug, "default", &key).await;
        for stream in [false, true] {
            let mut body =
                waypost_harness::gateway::body(&format!("{slug}/{model}").replace("ok", "tool-call"), stream);
            body["tools"] = tools.clone();
            let answer = gateway.post("compat/chat/completions").json(&body).send().await;
            assert_eq!(answer.status, 200, "{slug}: {}", answer.text());
            let call = tool_call(&answer.text(), stream);
            let arguments: Value =
                serde_json::from_str(&call.2).unwrap_or_else(|error| panic!("{slug}: {error}: {}", call.2));
            assert_eq!((call.1.as_str(), &arguments), ("weather", &json!({"city": "Paris"})), "{slug} stream={stream}");

            let asked = json!({"role": "assistant", "content": null, "tool_calls": [
                {"id": call.0, "type": "function", "function": {"name": call.1, "arguments": call.2}}]});
            let result = json!({"role": "tool", "tool_call_id": call.0, "content": "{\"degrees\":21}"});
            let messages = body["messages"].as_array_mut().expect("messages");
            messages.extend([asked, result]);
            body["model"] = json!(format!("{slug}/{model}"));
            let answer = gateway.post("compat/chat/completions").json(&body).send().await;
            assert_eq!(answer.status, 200, "{slug}: {}", answer.text());
            let sent = gateway.provider.last();
            assert!(sent.problems.is_empty(), "{slug} stream={stream}: {:?}\n{}", sent.problems, sent.body);
        }
    }
}

/// `(id, name, arguments)` of the only tool call of an answer.
fn tool_call(text: &str, stream: bool) -> (String, String, String) {
    let (mut id, mut name, mut arguments) = (String::new(), String::new(), String::new());
    let mut take = |call: &Value| {
        id.push_str(call["id"].as_str().unwrap_or_default());
        name.push_str(call["function"]["name"].as_str().unwrap_or_default());
        arguments.push_str(call["function"]["arguments"].as_str().unwrap_or_default());
    };
    if stream {
        for event in text.lines().filter_map(|line| serde_json::from_str::<Value>(line.strip_prefix("data: ")?).ok()) {
            event["choices"][0]["delta"]["tool_calls"].as_array().into_iter().flatten().for_each(&mut take);
        }
    } else {
        let body: Value = serde_json::from_str(text).expect("JSON");
        body["choices"][0]["message"]["tool_calls"].as_array().into_iter().flatten().for_each(&mut take);
    }
    (id, name, arguments)
}

#[tokio::test]
async fn a02_a_custom_provider_at_a_private_address_needs_the_operators_word() {
    let elsewhere = TestProvider::start();
    let custom = |base_url: String| json!({"name": "Mine", "slug": "mine", "base_url": base_url, "enable": true});
    let path = format!("{ACCOUNT}/custom-providers");
    let gateway = Gateway::start().await;
    for base_url in [
        elsewhere.url(),
        "http://169.254.169.254".to_owned(),
        "https://10.0.0.7/v1".to_owned(),
        "https://[::1]/".to_owned(),
        "https://2130706433".to_owned(),
        "file:///etc/passwd".to_owned(),
    ] {
        let refused = gateway.manage(http::Method::POST, &path, Some(&custom(base_url.clone()))).await;
        assert_eq!(refused.status, 400, "{base_url}: {}", refused.text());
    }

    let setup = Setup { allow_upstream: vec![elsewhere.address().to_string()], ..Setup::default() };
    let gateway = setup.start().await;
    gateway.managed(http::Method::POST, &path, Some(&custom(elsewhere.url()))).await;
    let call = gateway.chat("custom-mine/test/ok");
    let without = call.clone().send().await;
    if without.status != 200 {
        assert_eq!(without.json()["type"], "provider_no_key", "{}", without.text());
        gateway.store_provider_key("custom-mine", "default", "sk-custom-0123456789").await;
    }
    let answer = call.send().await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(elsewhere.last().path, "/v1/chat/completions");
    assert!(gateway.provider.received().is_empty());
}

/// A route whose models speak different formats answers in the caller's, whichever of them serves.
#[tokio::test]
async fn anthropic_clients_call_routes_too() {
    let gateway = Gateway::start().await;
    gateway.create_route(&route::chain("any", ("openai", "test/500"), ("google-ai-studio", "test-ok"))).await;
    let body = json!({"model": "dynamic/any", "max_tokens": 50, "system": "Be brief.", "messages": [{"role": "user", "content": "Say hi"}]});
    let path = "/client/v4/accounts/default/ai/v1/messages";
    let answer =
        gateway.call(http::Method::POST, path).header("x-api-key", &gateway.setup.api_key).json(&body).send().await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let reply = answer.json();
    assert_eq!((&reply["type"], &reply["content"][0]["text"]), (&json!("message"), &json!("Echo: Say hi")), "{reply}");
    assert!(gateway.provider.problems().is_empty(), "{:?}", gateway.provider.problems());
}
