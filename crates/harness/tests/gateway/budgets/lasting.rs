//! What a limit outlives, what borders of windows do, and usage that cannot be true (A55–A57).

use serde_json::json;
use tokio::task::JoinSet;
use waypost_testkit::Script;
use waypost_types::{UsageSource, record::CostSource};

use super::{CENT, ask, budget, is_over, limited, priced};

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
