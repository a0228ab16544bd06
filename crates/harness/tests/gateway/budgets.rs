//! Whose limit counts, and that it holds (A50–A57, M6). Prices are for output alone and `max_tokens` is what comes back, so
//! that every amount here was computed by hand.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::task::JoinSet;
use waypost_harness::{Answer, Call, Gateway, eventually, route};
use waypost_testkit::Script;
use waypost_types::{LimitKind, PicoUsd, UsageSource, record::CostSource};

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

/// 500 at once against a budget that is worth 9.5 of them.
async fn burst(enforcement: &str) -> (usize, Gateway) {
    let gateway = priced("test/tokens-10").await;
    let document = limited("burst", budget(9.5, json!({"key": "*", "enforcement": enforcement})), "test/tokens-10");
    gateway.create_route(&document).await;
    // They are all under way before the first is answered.
    gateway.provider.install("tokens-10", [Script::tokens(10).head_after_ms(1_000)]);
    let mut calls = JoinSet::new();
    for _ in 0..500 {
        calls.spawn(ask(&gateway, "dynamic/burst", 10).send());
    }
    let answers = calls.join_all().await;
    let served = answers.iter().filter(|answer| !is_over(answer)).count();
    assert_eq!(gateway.provider.received().len(), served);
    gateway.audit.rows_when(500).await;
    gateway.books_balance().await;
    let counters = gateway.audit.counters().await;
    let counter = counters.iter().find(|row| row.kind == LimitKind::Cost).expect("the budget's counter");
    assert_eq!((counter.settled, counter.reserved), (served as i64 * 100 * CENT, 0));
    (served, gateway)
}

#[tokio::test]
async fn a53_a_burst_crosses_a_soft_budget_by_at_most_one() {
    let (served, gateway) = burst("soft").await;
    assert_eq!(served, 10);
    assert!(is_over(&ask(&gateway, "dynamic/burst", 1).send().await));
}

#[tokio::test]
async fn a53_a_burst_never_crosses_a_strict_budget() {
    let (served, gateway) = burst("strict").await;
    assert_eq!(served, 9);
    // What still fits is still served: 0.5 of one is left.
    gateway.provider.install("tokens-10", [Script::tokens(5)]);
    assert!(is_over(&ask(&gateway, "dynamic/burst", 10).send().await));
    assert!(!is_over(&ask(&gateway, "dynamic/burst", 5).send().await));
    assert!(is_over(&ask(&gateway, "dynamic/burst", 1).send().await));
}

/// The stream's 50 tokens would take a minute; each caller leaves once it has seen the first.
#[tokio::test]
async fn a54_200_streams_left_after_their_first_token_hold_nothing_back() {
    let gateway = priced("test/left").await;
    gateway.provider.install("left", [Script::tokens(50).between_ms(1_000)]);
    let strict = json!({"key": "*", "enforcement": "strict"});
    // Worth 1,000 answers of five dollars by the worst case.
    gateway.create_route(&limited("left", budget(5_000.0, strict), "test/left")).await;
    let mut body = waypost_harness::gateway::body("dynamic/left", true);
    body["max_tokens"] = json!(50);
    let call = gateway.post("compat/chat/completions").json(&body);
    let mut callers = JoinSet::new();
    for _ in 0..200 {
        let call = call.clone();
        callers.spawn(async move {
            let mut stream = call.open().await;
            assert_eq!(stream.status, 200);
            while let Some(event) = stream.event().await {
                if event.contains("\"content\":\"E") || event.contains("\"content\":\"w") {
                    return stream.log_id();
                }
            }
            panic!("no text came");
        });
    }
    let ids = callers.join_all().await;
    gateway.audit.rows_when(200).await;
    gateway.books_balance().await;
    let mut booked = 0;
    for id in &ids {
        let row = gateway.audit.row(id).await;
        assert_eq!(row.outcome, waypost_types::record::RequestOutcome::CallerLeft);
        let cost = row.cost.expect("the tokens received have a price");
        // One word of at most 8 bytes is one or two tokens by our own count.
        assert!(cost.0 >= 10 * CENT && cost.0 <= 30 * CENT, "{cost}");
        booked += cost.0;
    }
    let counters = gateway.audit.counters().await;
    assert_eq!((counters[0].settled, counters[0].reserved), (booked, 0));
    // The counters in memory say the same: the next call sees what is left of the budget.
    gateway.provider.install("left", [Script::tokens(1)]);
    let next = ask(&gateway, "dynamic/left", 1).send().await;
    let row = gateway.audit.row(&next.log_id()).await;
    let limit = row.route.iter().flat_map(|route| &route.trail).find_map(|step| step.limit.as_ref());
    assert_eq!(limit.map(|limit| limit.used), Some(booked), "settled alone: nothing is reserved any more");
    let left = || gateway.provider.received().iter().filter(|one| one.caller_left).count();
    assert!(eventually(Duration::from_secs(3), || left() >= 200).await, "{} upstream calls were ended", left());
}

#[tokio::test]
async fn a54_callers_that_leave_before_the_headers_are_charged_for_what_was_answered() {
    let gateway = priced("test/waited").await;
    gateway.provider.install("waited", [Script::tokens(3).head_after_ms(900)]);
    gateway.create_route(&limited("waited", budget(50.0, json!({"key": "*"})), "test/waited")).await;
    let streamed = waypost_harness::gateway::body("dynamic/waited", true);
    for round in 0..5 {
        // Not streamed: the answer is read on, and its usage is booked.
        for (index, call) in
            [ask(&gateway, "dynamic/waited", 3), gateway.post("compat/chat/completions").json(&streamed)]
                .into_iter()
                .enumerate()
        {
            let caller = tokio::spawn(call.open());
            let arrived = || gateway.provider.received().len() > round * 2 + index;
            assert!(eventually(Duration::from_secs(2), arrived).await);
            caller.abort();
        }
    }
    let rows = gateway.audit.rows_when(10).await;
    gateway.books_balance().await;
    let costs = |stream: bool| {
        rows.iter().filter(|row| row.stream == stream).map(|row| row.cost.map(|cost| cost.0)).collect::<Vec<_>>()
    };
    assert_eq!(costs(false), vec![Some(30 * CENT); 5]);
    assert_eq!(costs(true), vec![Some(0); 5]);
    assert_eq!(gateway.audit.counters().await[0].settled, 150 * CENT);
}

#[tokio::test]
async fn a55_usage_that_is_missing_or_absurd_is_counted_or_capped() {
    let gateway = priced("test/no-usage").await;
    for name in ["usage-zero", "usage-huge", "usage-twice", "usage-early"] {
        gateway.set_price("openai", &format!("test/{name}"), "0", "0.1").await;
    }
    gateway.provider.install(
        "negative",
        [Script { usage: waypost_testkit::script::UsageScript::Negative, ..Script::text("Four words of text") }],
    );
    gateway.set_price("openai", "test/negative", "0", "0.1").await;
    for model in ["no-usage", "usage-zero", "usage-huge", "usage-twice", "usage-early", "negative"] {
        for stream in [false, true] {
            let model = format!("openai/test/{model}");
            let call = if stream { gateway.chat_stream(&model) } else { gateway.chat(&model) };
            let answer = call.send().await;
            assert_eq!(answer.status, 200, "{model}: {}", answer.text());
            let row = gateway.audit.row(&answer.log_id()).await;
            let what = format!("{model} stream={stream}: {:?}", row.usage);
            let cost = row.cost.unwrap_or_else(|| panic!("{what}"));
            assert_eq!(row.cost_source, CostSource::Price, "{what}");
            match model.as_str() {
                "openai/test/usage-huge" => {
                    assert!(row.usage.total_tokens() <= 2 * waypost_types::Usage::PLAUSIBLE_TOKENS_MAX, "{what}");
                    assert!(row.notes.iter().any(|note| note.contains("implausible")), "{what}");
                }
                "openai/test/usage-twice" | "openai/test/usage-early" => {
                    assert_eq!(row.usage_source, Some(UsageSource::Provider), "{what}");
                    // "Echo: Say something about rivers" is five words.
                    assert_eq!((row.usage.output_tokens, cost.0), (5, 50 * CENT), "{what}");
                }
                _ => {
                    assert_eq!(row.usage_source, Some(UsageSource::Counted), "{what}");
                    assert!(cost.0 > 0 && row.usage.output_tokens > 0, "{what}");
                }
            }
        }
    }
    gateway.books_balance().await;
}

#[tokio::test]
async fn a56_no_change_of_a_route_gives_its_budget_back() {
    let gateway = priced("test/tokens-10").await;
    let document = |title: &str| {
        let mut document = limited("kept", budget(1.0, json!({"key": "metadata.user_id"})), "test/tokens-10");
        document["elements"][2]["title"] = json!(title);
        document
    };
    let route = gateway.create_route(&document("first")).await;
    let anna = |name: &str| ask(&gateway, &format!("dynamic/{name}"), 10).metadata(&json!({"user_id": "anna"}));
    assert!(!is_over(&anna("kept").send().await));
    assert!(is_over(&anna("kept").send().await));

    let versions = format!("{}/routes/{route}/versions", waypost_harness::management::GATEWAY);
    let first = gateway.managed(http::Method::GET, &versions, None).await;
    let first = first
        .as_array()
        .and_then(|list| list.first())
        .or_else(|| first["versions"].as_array()?.first())
        .expect("a version");
    let first = first["version_id"].as_str().expect("an id").to_owned();
    let second = gateway.create_version(&route, &document("second")).await;
    gateway.deploy(&route, &second).await;
    assert!(is_over(&anna("kept").send().await), "a redeploy");
    let path = format!("{}/routes/{route}", waypost_harness::management::GATEWAY);
    gateway.managed(http::Method::PATCH, &path, Some(&json!({"name": "renamed"}))).await;
    assert!(is_over(&anna("renamed").send().await), "a rename");
    gateway.deploy(&route, &first).await;
    assert!(is_over(&anna("renamed").send().await), "a rollback");
    // Another model in between moves the limit, and changes nothing of it.
    let mut moved = document("moved");
    moved["name"] = json!("renamed");
    moved["elements"][0]["outputs"]["next"]["elementId"] = json!("gate");
    let gate = json!({"id": "gate", "type": "conditional", "properties": {"conditions": {"metadata.user_id": {"$exists": true}}},
        "outputs": {"true": {"elementId": "limit"}, "false": {"elementId": "only"}}});
    moved["elements"].as_array_mut().expect("a list").push(gate);
    let third = gateway.create_version(&route, &moved).await;
    gateway.deploy(&route, &third).await;
    assert!(is_over(&anna("renamed").send().await), "a move");
    let gateway = gateway.restart().await;
    let anna = ask(&gateway, "dynamic/renamed", 10).metadata(&json!({"user_id": "anna"}));
    assert!(is_over(&anna.send().await), "a restart");
    assert_eq!(gateway.provider.received().len(), 1);
}

/// The window is that of the `open`, in whatever window the settlement falls; windows of a calendar begin where the
/// gateway's time zone says.
#[tokio::test]
async fn a57_a_request_across_a_border_is_booked_once_into_the_window_of_its_open() {
    let gateway = priced("test/tokens-10").await;
    let fixed = json!({"key": "*", "window": 1, "technique": "fixed"});
    gateway.create_route(&limited("second", budget(100.0, fixed), "test/tokens-10")).await;
    // Longer than a window, so that every answer settles in a later one than it opened in.
    gateway.provider.install("tokens-10", [Script::tokens(10).head_after_ms(1_100)]);
    let mut calls = JoinSet::new();
    for _ in 0..10 {
        calls.spawn(ask(&gateway, "dynamic/second", 10).send());
    }
    for answer in calls.join_all().await {
        assert!(!is_over(&answer));
    }
    let rows = gateway.audit.rows_when(10).await;
    gateway.books_balance().await;
    let counters = gateway.audit.counters().await;
    let booked: i64 = counters.iter().map(|counter| counter.settled).sum();
    assert_eq!(booked, 1_000 * CENT, "each once: {counters:?}");
    for counter in &counters {
        let opened = rows.iter().filter(|row| {
            let at = row.created_at.0 + i64::try_from(row.attempts[0].started_ms).unwrap_or(0);
            (counter.window_start.0..counter.window_end.0).contains(&at)
        });
        let difference = (counter.settled - opened.count() as i64 * 100 * CENT).abs();
        // An attempt that began within a millisecond of the border may be on either side of it.
        assert!(difference <= 100 * CENT, "{counter:?}");
    }
}
