//! The Playground: the data plane's own answers through the management API.

use std::time::{Duration, Instant};

use http::Method;
use serde_json::{Value, json};
use waypost_harness::{
    Call, Gateway, eventually,
    gateway::body,
    management::GATEWAY,
    route::{document, model, rate},
};
use waypost_testkit::Script;
use waypost_types::record::RequestOutcome;

impl Ask for Gateway {
    fn ask(&self, model: &str, stream: bool) -> Call {
        let call = self.call(Method::POST, "/api/gateways/default/playground/chat/completions");
        call.header("authorization", &format!("Bearer {}", self.setup.admin_token)).json(&body(model, stream))
    }
}

trait Ask {
    /// A call of the Playground.
    fn ask(&self, model: &str, stream: bool) -> Call;
}

#[tokio::test]
async fn an_answer_is_the_data_planes_own_and_its_row_says_who_asked() {
    let gateway = Gateway::start().await;
    gateway.provider.install("five", [Script::tokens(5)]);
    let asked = gateway
        .ask("openai/test/five", false)
        .header("cf-aig-metadata", r#"{"user_id":"user-anna"}"#)
        .header("cf-aig-custom-cost", r#"{"per_token_in":0.2,"per_token_out":0.2}"#)
        .header("x-plan", "free")
        .header("cookie", "waypost_session=none")
        .send()
        .await;
    assert_eq!(asked.status, 200, "{}", asked.text());
    for name in ["cf-aig-log-id", "cf-aig-provider", "cf-aig-model", "waypost-cost-usd", "waypost-overhead-us"] {
        assert!(!asked.header(name).is_empty(), "{name}");
    }
    let row = gateway.audit.row(&asked.log_id()).await;
    assert_eq!((row.key_label.as_deref(), row.key_id.as_deref()), (Some("Playground"), Some("playground")));
    assert_eq!(row.notes, ["sent from the Playground by environment"]);
    assert_eq!(row.metadata.0.len(), 1);
    assert!(row.custom_cost && row.authenticated && row.byok);
    let sent = gateway.provider.last();
    for name in ["cookie", "x-waypost-csrf", "origin", "cf-aig-metadata"] {
        assert_eq!(sent.header(name), None, "{name}");
    }
    assert!(!format!("{sent:?}").contains(&gateway.setup.admin_token));

    let refused = gateway.ask("openia/test/five", false).send().await;
    assert_eq!(refused.status, 400);
    assert!(refused.text().contains("Unknown provider"), "{}", refused.text());
    let keys = gateway.managed(Method::GET, "/api/keys", None).await;
    assert!(!keys.to_string().contains("Playground"));
}

#[tokio::test]
async fn a_stream_flows_frame_by_frame() {
    let gateway = Gateway::start().await;
    gateway.provider.install("slow", [Script::tokens(8).between_ms(150)]);
    let begun = Instant::now();
    let mut stream = gateway.ask("openai/test/slow", true).open().await;
    assert_eq!(stream.status, 200);
    let mut times = Vec::new();
    while let Some(event) = stream.event().await {
        if event.contains("\"content\":\"") {
            times.push(begun.elapsed());
        }
    }
    let (first, last) = (times[0], times[times.len() - 1]);
    assert!(times.len() >= 5 && last - first > Duration::from_millis(500), "{times:?}");
}

#[tokio::test]
async fn whoever_stops_a_stream_ends_the_upstream_call() {
    let gateway = Gateway::start().await;
    gateway.provider.install("long", [Script::tokens(2_000).between_ms(20)]);
    let stream = gateway.stream_with_text(gateway.ask("openai/test/long", true)).await;
    let id = stream.log_id();
    drop(stream);
    let has_left = || gateway.provider.received().iter().any(|one| one.caller_left);
    assert!(eventually(Duration::from_secs(2), has_left).await);
    let row = gateway.audit.row(&id).await;
    assert_eq!(row.outcome, RequestOutcome::CallerLeft);
    assert!(row.usage.output_tokens > 0 && row.usage.output_tokens < 2_000);
}

#[tokio::test]
async fn a_draft_and_a_version_can_be_walked_before_they_are_live() {
    let gateway = Gateway::start().await;
    for name in ["one", "two", "three"] {
        gateway.provider.install(name, [Script::text(name)]);
    }
    let with = |name: &str| document("smart", "m", [model("m", "openai", &format!("test/{name}"), None)]);
    let route = gateway.create_route(&with("one")).await;
    gateway.create_version(&route, &with("two")).await;
    let mut draft = with("three");
    draft["layout"] = json!({"direction": "tb"});
    let path = format!("/api/gateways/default/routes/{route}/draft");
    gateway.managed(Method::PUT, &path, Some(&json!({"document": draft}))).await;

    let live = gateway.ask("dynamic/smart", false).send().await;
    assert_eq!((live.said(), live.header("waypost-route")), ("one".to_owned(), "smart@1"));
    let pinned = |version: &str| gateway.ask("dynamic/Smart", false).header("waypost-version", version).send();
    let second = pinned("2").await;
    assert_eq!((second.said(), second.header("waypost-route")), ("two".to_owned(), "smart@2"));
    let third = pinned("draft").await;
    assert_eq!((third.said(), third.header("waypost-route")), ("three".to_owned(), "smart@draft"));
    assert_eq!(pinned("9").await.status, 404);
    assert_eq!(pinned("x").await.status, 400);
    let model = gateway.ask("mock/small", false).header("waypost-version", "draft").send().await;
    assert_eq!(model.status, 400);
    // The same header means nothing to callers of the data plane.
    let outside = gateway.chat("dynamic/smart").header("waypost-version", "2").send().await;
    assert_eq!(outside.said(), "one");

    gateway.managed(Method::PUT, &path, Some(&json!({"document": {"elements": []}, "revision": 1}))).await;
    let broken = pinned("draft").await;
    assert_eq!(broken.status, 400);
    assert_eq!(broken.json()["success"], json!(false));
}

#[tokio::test]
async fn limits_count_the_playground_too() {
    let gateway = Gateway::start().await;
    gateway.provider.usually(Script::ok());
    let elements = [rate("limit", "count", 2.0, &json!({}), "m", None), model("m", "openai", "test/ok", None)];
    gateway.create_route(&document("tight", "limit", elements)).await;
    assert_eq!(gateway.ask("dynamic/tight", false).send().await.status, 200);
    assert_eq!(gateway.chat("dynamic/tight").send().await.status, 200);
    assert_eq!(gateway.ask("dynamic/tight", false).send().await.status, 429);
}

#[tokio::test]
async fn stored_keys_serve_it_on_a_gateway_without_authentication() {
    let gateway = Gateway::start().await;
    gateway.provider.usually(Script::ok());
    let mut settings: Value = gateway.managed(Method::GET, GATEWAY, None).await;
    settings["authentication"] = json!(false);
    gateway.managed(Method::PUT, GATEWAY, Some(&settings)).await;
    let call = gateway.call(Method::POST, "/v1/default/default/compat/chat/completions");
    assert_eq!(call.json(&body("openai/test/ok", false)).send().await.status, 400, "callers bring their own");
    let asked = gateway.ask("openai/test/ok", false).send().await;
    assert_eq!(asked.status, 200, "{}", asked.text());
}
