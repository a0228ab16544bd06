//! Many at once, and callers that leave (A53, A54, M6).

use std::time::Duration;

use serde_json::json;
use tokio::task::JoinSet;
use waypost_harness::{Gateway, eventually};
use waypost_testkit::Script;
use waypost_types::LimitKind;

use super::{CENT, ask, budget, is_over, limited, priced};

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
    let mut streamed = waypost_harness::gateway::body("dynamic/waited", true);
    streamed["max_tokens"] = json!(3);
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
