//! What each surface answers with: headers, steps, and the row in the log.

use std::time::Duration;

use http::Method;
use serde_json::{Value, json};
use waypost_harness::{Gateway, gateway::body, management::GATEWAY, route};
use waypost_testkit::Script;
use waypost_types::{FaultClass, Surface, UsageSource, record::CostSource};

#[tokio::test]
async fn a_universal_request_tries_its_steps_in_order() {
    let gateway = Gateway::start().await;
    let message = json!([{"role": "user", "content": "hi"}]);
    let steps = |first: &str, timeout: u64| {
        json!([
            {"provider": "openai", "endpoint": "chat/completions", "headers": {"content-type": "application/json"},
             "config": {"requestTimeout": timeout, "maxAttempts": 1},
             "query": {"model": first, "messages": message}},
            {"provider": "anthropic", "endpoint": "v1/messages", "headers": {"anthropic-version": "2023-06-01"},
             "query": {"model": "test/500", "max_tokens": 9, "messages": message}},
            {"provider": "compat", "endpoint": "chat/completions", "headers": {},
             "query": {"model": "mistral/test/tokens-3", "messages": message}},
        ])
    };
    for (first, timeout, step, provider) in [
        ("test/ok", 5_000, "0", "openai"),
        ("test/500", 5_000, "2", "mistral"),
        ("test/hang", 150, "2", "mistral"),
        ("test/400", 5_000, "2", "mistral"),
    ] {
        let answer = gateway.post("").json(&steps(first, timeout)).send().await;
        assert_eq!(answer.status, 200, "{first}: {}", answer.text());
        assert_eq!((answer.header("cf-aig-step"), answer.header("cf-aig-provider")), (step, provider), "{first}");
        let row = gateway.audit.row(&answer.log_id()).await;
        assert_eq!((row.surface, row.step.to_string().as_str()), (Surface::Universal, step));
        assert_eq!(row.attempts.len(), if step == "0" { 1 } else { 3 }, "{first}");
    }
    let failing = json!([
        {"provider": "openai", "endpoint": "chat/completions", "headers": {}, "query": {"model": "test/500", "messages": message}},
        {"provider": "openai", "endpoint": "chat/completions", "headers": {}, "query": {"model": "test/503", "messages": message}},
    ]);
    let answer = gateway.post("").json(&failing).send().await;
    assert_eq!((answer.status, &answer.json()["type"]), (502, &json!("no_fallback_left")), "{}", answer.text());
    // A native step's answer is in its provider's own format.
    let native = json!([{"provider": "anthropic", "endpoint": "v1/messages", "headers": {}, "query": {"model": "test/ok", "max_tokens": 9, "messages": message}}]);
    assert_eq!(gateway.post("").json(&native).send().await.json()["type"], "message");
    assert!(gateway.provider.problems().is_empty(), "{:?}", gateway.provider.problems());
}

#[tokio::test]
async fn answers_carry_the_headers_that_clients_and_people_read() {
    let gateway = Gateway::start().await;
    gateway.set_price("openai", "test/tokens-2", "0", "0.25").await;
    let budget = route::rate("budget", "cost", 10.0, &json!({"key": "metadata.user_id"}), "only", None);
    let route = route::document("headed", "budget", [budget, route::model("only", "openai", "test/tokens-2", None)]);
    gateway.create_route(&route).await;
    for (stream, left) in [(false, "10"), (true, "9.5")] {
        let call = if stream { gateway.chat_stream("dynamic/headed") } else { gateway.chat("dynamic/headed") };
        let call = call.metadata(&json!({"user_id": "anna"})).header("cf-aig-event-id", "my-event-1");
        let answer = call.send().await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        let expected = [
            ("cf-aig-event-id", "my-event-1"),
            ("cf-aig-step", "0"),
            ("cf-aig-cache-status", "MISS"),
            ("cf-aig-model", "test/tokens-2"),
            ("cf-aig-provider", "openai"),
            ("waypost-route", "headed@1"),
            ("waypost-trail", "start.next > budget.success > only.success > end"),
        ];
        for (name, value) in expected {
            assert_eq!(answer.header(name), value, "{name} stream={stream}");
        }
        // On streams what was left before this call; otherwise after it.
        let remaining = answer.header("waypost-budget-remaining-usd");
        assert!(remaining == left || (!stream && remaining == "9.5"), "stream={stream}: {remaining}");
        assert_eq!(answer.header("waypost-cost-usd"), if stream { "" } else { "0.5" }, "stream={stream}");
        let overhead: u64 = answer.header("waypost-overhead-us").parse().expect("microseconds");
        assert!(overhead < 1_000_000, "{overhead}");
        assert!(!answer.headers.contains_key("x-debug"));
    }
}

#[tokio::test]
async fn a_row_tells_the_whole_story_within_two_seconds() {
    let gateway = Gateway::start().await;
    gateway.set_price("openai", "test/tokens-4", "0.001", "0.25").await;
    let gate = json!({"id": "gate", "type": "conditional", "properties": {"conditions": {"metadata.plan": {"$eq": "paid"}, "body.temperature": {"$lt": 1}}},
        "outputs": {"true": {"elementId": "split"}, "false": {"elementId": "good"}}});
    let split = json!({"id": "split", "type": "percentage", "properties": {"branches": [{"name": "all", "weight": 100}]},
        "outputs": {"all": {"elementId": "limit"}}});
    let limit = route::rate("limit", "count", 5.0, &json!({"key": "metadata.user_id"}), "bad", None);
    let route = route::document(
        "story",
        "gate",
        [
            gate,
            split,
            limit,
            route::model("bad", "anthropic", "test/503", Some("good")),
            route::model("good", "openai", "test/tokens-4", None),
        ],
    );
    gateway.create_route(&route).await;
    let mut asked = body("dynamic/story", false);
    asked["temperature"] = json!(0.5);
    let call =
        gateway.post("compat/chat/completions").json(&asked).metadata(&json!({"plan": "paid", "user_id": "anna"}));
    let answer = call.header("user-agent", "harness/1").send().await;
    assert_eq!(answer.status, 200, "{}", answer.text());

    let row = gateway.audit.row(&answer.log_id()).await;
    assert_eq!((row.surface, row.requested_model.as_str()), (Surface::Compat, "dynamic/story"));
    assert_eq!((row.provider.as_str(), row.model.as_str()), ("openai", "test/tokens-4"));
    assert_eq!((row.usage.output_tokens, row.usage_source), (4, Some(UsageSource::Provider)));
    assert_eq!((row.cost_source, row.byok, row.authenticated, row.simulated), (CostSource::Price, true, true, false));
    let input = i64::try_from(row.usage.input_tokens).expect("few");
    assert_eq!(
        row.cost.map(|cost| cost.0),
        Some(1_000_000_000_000 + input * 1_000_000_000),
        "four of $0.25 and the input"
    );
    assert_eq!(row.user_agent.as_deref(), Some("harness/1"));
    assert!(row.first_token_ms.is_some() && row.duration_ms >= row.first_token_ms.unwrap_or(0));
    let attempts: Vec<_> =
        row.attempts.iter().map(|attempt| (attempt.node.as_str(), attempt.status, attempt.fault)).collect();
    assert_eq!(attempts, [("bad", Some(503), Some(FaultClass::Status(503))), ("good", Some(200), None)]);

    let route = row.route.expect("it was a route");
    assert_eq!((route.name.as_str(), route.version), ("story", 1));
    let trail: Vec<_> = route.trail.iter().map(|step| (step.node.as_str(), step.output.as_str())).collect();
    assert_eq!(
        trail,
        [
            ("start", "next"),
            ("gate", "true"),
            ("split", "all"),
            ("limit", "success"),
            ("bad", "fallback"),
            ("good", "success"),
            ("end", "")
        ]
    );
    let values = &route.trail[1].values;
    assert!(values.contains(&("metadata.plan".into(), "paid".into())), "{values:?}");
    assert!(values.contains(&("body.temperature".into(), "0.5".into())), "{values:?}");
    assert!(route.trail[2].draw.is_some_and(|draw| (0.0..1.0).contains(&draw)));
    let counted = route.trail[3].limit.as_ref().expect("the limit's bucket");
    assert_eq!((counted.key.as_deref(), counted.limit, counted.used, counted.asked), (Some("anna"), 5, 0, 1));
    gateway.books_balance().await;

    // The management API shows the same row.
    let shown = gateway.manage(Method::GET, &format!("{GATEWAY}/logs/{}", answer.log_id()), None).await;
    assert_eq!(shown.status, 200, "{}", shown.text());
    let shown = shown.json();
    assert_eq!((&shown["result"]["provider"], &shown["result"]["model"]), (&json!("openai"), &json!("test/tokens-4")));
    let listed = gateway.manage(Method::GET, &format!("{GATEWAY}/logs?search=test/tokens-4"), None).await.json();
    assert_eq!(listed["result"][0]["id"], answer.log_id());
}

/// Prompts and answers are kept as they went over the wire, unless somebody said no.
#[tokio::test]
async fn payloads_are_kept_apart_as_they_were_sent() {
    let gateway = Gateway::start().await;
    let asked = body("openai/test/ok", true);
    let answer = gateway.post("compat/chat/completions").json(&asked).send().await;
    gateway.audit.row(&answer.log_id()).await;
    let side = |side: &str| format!("{GATEWAY}/logs/{}/{side}", answer.log_id());
    let deadline = tokio::time::Instant::now() + Duration::from_secs(2);
    let request = loop {
        let shown = gateway.manage(Method::GET, &side("request"), None).await;
        if shown.status == 200 || tokio::time::Instant::now() > deadline {
            break shown;
        }
    };
    assert_eq!(request.status, 200, "{}", request.text());
    assert_eq!(request.json(), asked);
    let response = gateway.manage(Method::GET, &side("response"), None).await;
    assert!(response.text().contains("[DONE]") || response.text().contains("Echo: "), "{}", response.text());

    let quiet = gateway.chat("openai/test/ok").header("cf-aig-collect-log-payload", "false").send().await;
    gateway.audit.row(&quiet.log_id()).await;
    let later = gateway.chat("openai/test/ok").send().await;
    gateway.audit.row(&later.log_id()).await;
    let shown = gateway.manage(Method::GET, &format!("{GATEWAY}/logs/{}/response", quiet.log_id()), None).await;
    assert!(!shown.text().contains("Echo: "), "{}", shown.text());
}

#[tokio::test]
async fn controls_of_the_caller_change_attempts_and_rows() {
    let gateway = Gateway::start().await;
    gateway.provider.install("third", [Script::status(500), Script::status(500), Script::ok()]);
    let call = gateway.chat("openai/test/third").header("cf-aig-max-attempts", "3").header("cf-aig-retry-delay", "5");
    let answer = call.header("cf-aig-backoff", "constant").send().await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(gateway.audit.row(&answer.log_id()).await.attempts.len(), 3);

    // Without a fallback the last attempt waits (D20).
    gateway.provider.install("late", [Script::ok().head_after_ms(400)]);
    let answer = gateway.chat("openai/test/late").header("cf-aig-request-timeout", "100").send().await;
    assert_eq!(answer.status, 200, "{}", answer.text());

    let quiet = gateway.chat("openai/test/ok").header("cf-aig-collect-log", "false").send().await;
    assert_eq!(quiet.status, 200);
    let last = gateway.chat("openai/test/ok").send().await;
    gateway.audit.row(&last.log_id()).await;
    let rows = gateway.audit.rows().await;
    assert!(!rows.iter().any(|row| row.id.to_string() == quiet.log_id()), "no row was wanted");
}

#[tokio::test]
async fn a_gateway_without_authentication_uses_no_stored_key() {
    let gateway = Gateway::start().await;
    gateway.create_gateway("open", &json!({"authentication": false})).await;
    let call =
        |model: &str| gateway.call(Method::POST, "/v1/default/open/compat/chat/completions").json(&body(model, false));
    let refused = call("openai/test/ok").send().await;
    assert_eq!((refused.status, &refused.json()["type"]), (400, &json!("provider_no_key")), "{}", refused.text());
    assert_eq!(call("mock/small").send().await.status, 200);
    let own = call("openai/test/ok").header("authorization", "Bearer sk-mine-0123456789").send().await;
    assert_eq!(own.status, 200, "{}", own.text());
    assert_eq!(
        gateway.provider.last().credentials,
        [("authorization".to_owned(), "Bearer sk-mine-0123456789".to_owned())]
    );
    let row = gateway.audit.row_of("open", &own.log_id()).await;
    assert!(!row.byok && !row.authenticated);
}

#[tokio::test]
async fn health_readiness_and_metrics_are_there_without_a_token() {
    let gateway = Gateway::start().await;
    for _ in 0..3 {
        gateway.chat("openai/test/ok").send().await;
    }
    gateway.chat("openai/test/500").send().await;
    gateway.audit.rows_when(4).await;
    assert_eq!(gateway.call(Method::GET, "/healthz").send().await.status, 200);
    assert_eq!(gateway.call(Method::GET, "/readyz").send().await.status, 200);
    let metrics = gateway.call(Method::GET, "/metrics").send().await.text();
    let value = |start: &str, contains: &str| -> f64 {
        let line = metrics.lines().find(|line| line.starts_with(start) && line.contains(contains));
        line.and_then(|line| line.rsplit(' ').next()?.parse().ok())
            .unwrap_or_else(|| panic!("{start} {contains}: {metrics}"))
    };
    assert_eq!(value("waypost_requests_total", "outcome=\"success\"") as u64, 3);
    assert_eq!(value("waypost_requests_total", "outcome=\"failed\"") as u64, 1);
    assert!(value("waypost_tokens_total", "output") >= 15.0);
    assert_eq!(value("waypost_requests_in_flight", "") as u64, 0);
    let _: Value = gateway.call(Method::GET, "/openapi.json").send().await.json();
    tokio::time::timeout(Duration::from_secs(1), gateway.books_balance()).await.expect("at once");
}
