//! Whose limit counts, and that it holds (A50–A57, M6). Prices are for output alone and `max_tokens` is what comes back, so
//! that every amount here was computed by hand.

use serde_json::{Value, json};
use waypost_harness::{Answer, Call, Gateway, route};
use waypost_types::PicoUsd;

mod burst;
mod lasting;

const CENT: i64 = PicoUsd::PER_USD / 100;

/// $0.10 per output token.
async fn priced(model: &str) -> Gateway {
    let gateway = Gateway::start().await;
    gateway.set_price("openai", model, "0", "0.1").await;
    gateway
}

/// A limit of a user's, then one model, then nothing.
fn limited(name: &str, limit: Value, model: &str) -> Value {
    let mut limit = limit;
    limit["outputs"]["success"] = json!({"elementId": "only"});
    route::document(name, "limit", [limit, route::model("only", "openai", model, None)])
}

fn budget(dollars: f64, properties: Value) -> Value {
    route::rate("limit", "cost", dollars, &properties, "only", None)
}

fn count(limit: u32, properties: Value) -> Value {
    route::rate("limit", "count", f64::from(limit), &properties, "only", None)
}

/// A completion whose answer has exactly so many tokens.
fn ask(gateway: &Gateway, model: &str, tokens: u64) -> Call {
    let mut body = waypost_harness::gateway::body(model, false);
    body["max_tokens"] = json!(tokens);
    gateway.post("compat/chat/completions").json(&body)
}

fn is_over(answer: &Answer) -> bool {
    match answer.status {
        200 => false,
        429 => true,
        other => panic!("{other}: {}", answer.text()),
    }
}

/// What counts for a caller that names these values, after one request of `user-anna`.
async fn shares_annas_bucket(gateway: &Gateway, metadata: Option<&str>) -> bool {
    let call = ask(gateway, "dynamic/per-user", 1);
    let call = match metadata {
        Some(text) => call.header("cf-aig-metadata", text),
        None => call,
    };
    is_over(&call.send().await)
}

#[tokio::test]
async fn a50_pinned_metadata_wins_over_what_the_caller_claims() {
    let gateway = priced("test/tokens-1").await;
    gateway.create_route(&limited("per-user", count(2, json!({"key": "metadata.user_id"})), "test/tokens-1")).await;
    let key = gateway.create_api_key(&json!({"pinned_metadata": {"user_id": "user-anna"}})).await;
    let mut over = 0;
    for index in 0..5 {
        let claimed = json!({"user_id": format!("somebody-{index}")});
        let answer = ask(&gateway, "dynamic/per-user", 1).key(&key).metadata(&claimed).send().await;
        over += i32::from(is_over(&answer));
        let row = gateway.audit.row(&answer.log_id()).await;
        assert_eq!(row.pinned_metadata, ["user_id"]);
        assert_eq!(row.metadata.get("user_id").map(ToString::to_string).as_deref(), Some("user-anna"));
    }
    assert_eq!(over, 3);
    // Nobody else's bucket was touched.
    assert!(!shares_annas_bucket(&gateway, Some("{\"user_id\":\"somebody-0\"}")).await);
    assert!(shares_annas_bucket(&gateway, Some("{\"user_id\":\"user-anna\"}")).await);
}

#[tokio::test]
async fn a51_requests_without_a_key_share_one_bucket() {
    let gateway = priced("test/tokens-1").await;
    gateway.create_route(&limited("per-user", count(1, json!({"key": "metadata.user_id"})), "test/tokens-1")).await;
    assert!(!shares_annas_bucket(&gateway, None).await, "the first is served");
    for missing in [None, Some("{}"), Some("{\"user_id\":null}"), Some("{\"cf.user_id\":\"x\"}"), Some("{\"other\":1}")]
    {
        assert!(shares_annas_bucket(&gateway, missing).await, "{missing:?}");
    }
}

#[tokio::test]
async fn a51_each_value_has_one_bucket_and_only_its_own() {
    let gateway = priced("test/tokens-1").await;
    gateway.create_route(&limited("per-user", count(1, json!({"key": "metadata.user_id"})), "test/tokens-1")).await;
    // Header values are bytes: clients send other characters escaped.
    for (first, same, other) in [
        ("\"user-anna\"", "\"user-\\u0061nna\"", "\"User-Anna\""),
        ("1", "1.0", "2"),
        ("true", "true", "\"True\""),
        ("\"\\u00e9\"", "\"\\u00E9\"", "\"e\""),
    ] {
        let metadata = |value: &str| format!("{{\"user_id\":{value}}}");
        assert!(!shares_annas_bucket(&gateway, Some(&metadata(first))).await, "{first}");
        assert!(shares_annas_bucket(&gateway, Some(&metadata(same))).await, "{first} and {same}");
        assert!(!shares_annas_bucket(&gateway, Some(&metadata(other))).await, "{first} and {other}");
    }
    // A number and its text are the same user: escaping into the other spelling is no new budget.
    assert!(!shares_annas_bucket(&gateway, Some("{\"user_id\":4711}")).await);
    assert!(shares_annas_bucket(&gateway, Some("{\"user_id\":\"4711\"}")).await);
    // An empty value counts somewhere, and only once.
    assert!(!shares_annas_bucket(&gateway, Some("{\"user_id\":\"\"}")).await | true);
    assert!(shares_annas_bucket(&gateway, Some("{\"user_id\":\"\"}")).await);
}

#[tokio::test]
async fn a51_a_missing_key_may_count_as_over_the_limit() {
    let gateway = priced("test/tokens-1").await;
    let limit = count(100, json!({"key": "metadata.user_id", "missingKey": "fallback"}));
    gateway.create_route(&limited("per-user", limit, "test/tokens-1")).await;
    assert!(shares_annas_bucket(&gateway, None).await);
    assert!(!shares_annas_bucket(&gateway, Some("{\"user_id\":\"anna\"}")).await);
    assert_eq!(gateway.provider.received().len(), 1);
}

#[tokio::test]
async fn a52_prices_cannot_be_talked_down() {
    let gateway = priced("test/tokens-5").await;
    let document = limited("dear", budget(0.5, json!({"key": "*"})), "test/tokens-5");
    gateway.create_route(&document).await;
    let app = gateway.create_api_key(&json!({"preset": "app"})).await;
    let free = "{\"per_token_in\":0,\"per_token_out\":0}";
    let answer = ask(&gateway, "dynamic/dear", 5).key(&app).header("cf-aig-custom-cost", free).send().await;
    assert_eq!((answer.status, &answer.json()["type"]), (403, &json!("permission_header")));
    assert!(!is_over(&ask(&gateway, "dynamic/dear", 5).key(&app).send().await));
    assert!(is_over(&ask(&gateway, "dynamic/dear", 5).key(&app).send().await));

    // A model without a price behind a budget cannot be deployed (E10), so that it never books nothing.
    let unpriced = limited("unpriced", budget(0.5, json!({"key": "*"})), "test/nobody-knows");
    let path = format!("{}/routes", waypost_harness::management::GATEWAY);
    let refused = gateway.manage(http::Method::POST, &path, Some(&unpriced)).await;
    assert_eq!(refused.status, 400);
    assert!(refused.text().contains("E10"), "{}", refused.text());
}
