//! What is charged and what is not: edges of limits, settings of the gateway, several cores.

use serde_json::{Value, json};
use tokio::task::JoinSet;
use waypost_harness::{Gateway, Setup, management::ACCOUNT, route};
use waypost_types::{LimitKind, PicoUsd, record::CostSource};

const CENT: i64 = PicoUsd::PER_USD / 100;

async fn settings(gateway: &Gateway, waypost: &Value) {
    let path = format!("{ACCOUNT}/gateways/default");
    let mut body = gateway.managed(http::Method::GET, &path, None).await;
    for (name, value) in waypost.as_object().into_iter().flatten() {
        body["waypost"][name] = value.clone();
    }
    gateway.managed(http::Method::PUT, &path, Some(&body)).await;
}

/// Shared by the cores: exactly the limit passes, whoever takes it.
#[tokio::test]
async fn a_burst_over_two_cores_counts_once() {
    let gateway = Setup { cores: 2, ..Setup::default() }.start().await;
    let limit = route::rate("limit", "count", 37.0, &json!({}), "only", None);
    gateway
        .create_route(&route::document("counted", "limit", [limit, route::model("only", "openai", "test/ok", None)]))
        .await;
    let mut calls = JoinSet::new();
    for _ in 0..120 {
        calls.spawn(gateway.chat("dynamic/counted").send());
    }
    let served = calls.join_all().await.iter().filter(|answer| answer.status == 200).count();
    assert_eq!((served, gateway.provider.received().len()), (37, 37));
    gateway.audit.rows_when(120).await;
    gateway.books_balance().await;
}

/// A budget is charged for attempts reached through its *Within budget* output, and for nothing else.
#[tokio::test]
async fn the_way_around_a_budget_is_not_charged_to_it() {
    let gateway = Gateway::start().await;
    gateway.set_price("openai", "test/tokens-10", "0", "0.1").await;
    gateway.set_price("anthropic", "test/tokens-3", "0", "0.1").await;
    let budget = route::rate("budget", "cost", 1.0, &json!({}), "dear", Some("cheap"));
    let models = [
        route::model("dear", "openai", "test/tokens-10", Some("cheap")),
        route::model("cheap", "anthropic", "test/tokens-3", None),
    ];
    gateway.create_route(&route::document("around", "budget", std::iter::once(budget).chain(models))).await;
    let mut providers = Vec::new();
    for _ in 0..4 {
        let answer = gateway.chat("dynamic/around").send().await;
        providers.push(answer.header("cf-aig-provider").to_owned());
        gateway.audit.row(&answer.log_id()).await;
    }
    assert_eq!(providers, ["openai", "anthropic", "anthropic", "anthropic"]);
    let counters = gateway.audit.counters().await;
    let settled: Vec<i64> = counters.iter().filter(|row| row.kind == LimitKind::Cost).map(|row| row.settled).collect();
    assert_eq!(settled, [100 * CENT]);
    gateway.books_balance().await;
}

/// What a fallback of a charged model costs is charged too: it was reached within the budget.
#[tokio::test]
async fn a_fallback_inside_a_budget_is_charged_once() {
    let gateway = Gateway::start().await;
    gateway.set_price("openai", "test/500", "0", "0.1").await;
    gateway.set_price("anthropic", "test/tokens-3", "0", "0.1").await;
    let budget = route::rate("budget", "cost", 1.0, &json!({"enforcement": "strict"}), "dear", None);
    let models = [
        route::model("dear", "openai", "test/500", Some("cheap")),
        route::model("cheap", "anthropic", "test/tokens-3", None),
    ];
    gateway.create_route(&route::document("inside", "budget", std::iter::once(budget).chain(models))).await;
    let mut body = waypost_harness::gateway::body("dynamic/inside", false);
    body["max_tokens"] = json!(3);
    let mut statuses = Vec::new();
    for _ in 0..5 {
        let answer = gateway.post("compat/chat/completions").json(&body).send().await;
        statuses.push(answer.status);
        gateway.audit.row(&answer.log_id()).await;
    }
    // $0.30 each: three fit.
    assert_eq!(statuses, [200, 200, 200, 429, 429]);
    let counters = gateway.audit.counters().await;
    assert_eq!((counters[0].settled, counters[0].reserved), (90 * CENT, 0));
    gateway.books_balance().await;
}

/// Two budgets on one way: both are asked at once, and one that refuses takes nothing from the other.
#[tokio::test]
async fn two_budgets_are_reserved_together_or_not_at_all() {
    let gateway = Gateway::start().await;
    gateway.set_price("openai", "test/tokens-10", "0", "0.1").await;
    let team = route::rate("team", "cost", 2.5, &json!({"key": "metadata.team"}), "user", None);
    let user = route::rate("user", "cost", 1.0, &json!({"key": "metadata.user_id"}), "only", None);
    let only = route::model("only", "openai", "test/tokens-10", None);
    gateway.create_route(&route::document("two", "team", [team, user, only])).await;
    let mut statuses = Vec::new();
    // Anna's second is refused by her own budget and must not count against the team.
    for user in ["anna", "anna", "anna", "ben", "carl", "dora"] {
        let call = gateway.chat("dynamic/two").metadata(&json!({"team": "t", "user_id": user}));
        statuses.push(call.send().await.status);
    }
    assert_eq!(statuses, [200, 429, 429, 200, 200, 429], "soft: the third served crosses the team's line");
    gateway.audit.rows_when(6).await;
    gateway.books_balance().await;
}

#[tokio::test]
async fn a_watching_limit_counts_what_it_would_have_redirected() {
    let gateway = Gateway::start().await;
    let limit = route::rate("limit", "count", 2.0, &json!({"mode": "watch"}), "only", Some("other"));
    let models = [route::model("only", "openai", "test/ok", None), route::model("other", "anthropic", "test/ok", None)];
    gateway.create_route(&route::document("watched", "limit", std::iter::once(limit).chain(models))).await;
    let mut would_refuse = Vec::new();
    for _ in 0..4 {
        let answer = gateway.chat("dynamic/watched").send().await;
        assert_eq!(answer.header("cf-aig-provider"), "openai");
        let row = gateway.audit.row(&answer.log_id()).await;
        let limit =
            row.route.iter().flat_map(|route| &route.trail).find_map(|step| step.limit.clone()).expect("a limit");
        would_refuse.push(limit.would_refuse);
    }
    assert_eq!(would_refuse, [false, false, true, true]);
}

#[tokio::test]
async fn models_without_a_price_follow_the_gateways_setting() {
    let gateway = Gateway::start().await;
    let plain = gateway.chat("openai/test/ok").send().await;
    assert_eq!(plain.status, 200);
    let row = gateway.audit.row(&plain.log_id()).await;
    assert_eq!((row.cost, row.cost_source), (None, CostSource::Unknown), "unknown is never zero");
    assert_eq!(plain.header("waypost-cost-usd"), "");

    settings(&gateway, &json!({"unknown_price": "flat", "flat_cost_usd": 0.25})).await;
    let budget = route::rate("budget", "cost", 0.5, &json!({}), "only", None);
    gateway
        .create_route(&route::document("flat", "budget", [budget, route::model("only", "openai", "test/ok", None)]))
        .await;
    let mut statuses = Vec::new();
    for _ in 0..3 {
        statuses.push(gateway.chat("dynamic/flat").send().await.status);
    }
    assert_eq!(statuses, [200, 200, 429]);
    gateway.audit.rows_when(4).await;
    gateway.books_balance().await;
}

#[tokio::test]
async fn exhausted_status_is_what_the_gateway_says() {
    let gateway = Gateway::start().await;
    gateway.create_route(&route::chain("doomed", ("openai", "test/500"), ("anthropic", "test/500"))).await;
    assert_eq!(gateway.chat("dynamic/doomed").send().await.status, 502);
    settings(&gateway, &json!({"exhausted_status": 400})).await;
    let answer = gateway.chat("dynamic/doomed").send().await;
    let body = answer.json();
    assert_eq!((answer.status, &body["httpCode"], &body["internalCode"]), (400, &json!(400), &json!(2005)));
}

/// A month in Auckland begins before a month in UTC; the window is the gateway's.
#[tokio::test]
async fn a57_calendar_windows_begin_in_the_gateways_time_zone() {
    let gateway = Gateway::start().await;
    settings(&gateway, &json!({"time_zone": "Pacific/Auckland"})).await;
    let limit = route::rate("limit", "count", 1.0, &json!({"technique": "fixed", "calendar": "month"}), "only", None);
    gateway
        .create_route(&route::document("monthly", "limit", [limit, route::model("only", "openai", "test/ok", None)]))
        .await;
    assert_eq!(gateway.chat("dynamic/monthly").send().await.status, 200);
    assert_eq!(gateway.chat("dynamic/monthly").send().await.status, 429);
    gateway.audit.rows_when(2).await;
    let counters = gateway.audit.counters().await;
    let [counter] = counters.as_slice() else { panic!("{counters:?}") };
    let days = counter.window_end.since_ms(counter.window_start) as f64 / 86_400_000.0;
    assert!((27.9..=31.1).contains(&days), "{days} days");
    // Midnight in Auckland is 11:00 or 12:00 in UTC.
    let hour = counter.window_start.0.rem_euclid(86_400_000) / 3_600_000;
    assert!(matches!(hour, 11 | 12), "{hour}:00 UTC");
}

/// A retry keeps its reservation, a fallback makes its own, and the end leaves none.
#[tokio::test]
async fn retries_and_fallbacks_inside_a_strict_budget_reserve_once() {
    let gateway = Gateway::start().await;
    for model in ["test/shaky", "test/hang"] {
        gateway.set_price("openai", model, "0", "0.1").await;
    }
    gateway.set_price("anthropic", "test/tokens-10", "0", "0.1").await;
    let shaky =
        [503, 503].map(waypost_testkit::Script::status).into_iter().chain([waypost_testkit::Script::tokens(10)]);
    gateway.provider.install("shaky", shaky);
    let budget = |first| route::rate("budget", "cost", 1.0, &json!({"enforcement": "strict"}), first, None);
    let retried = route::model("retried", "openai", "test/shaky", None);
    let retried = route::with(retried, &json!({"retries": 2, "retryDelay": 5, "backoff": "constant"}));
    gateway.create_route(&route::document("retried", "budget", [budget("retried"), retried])).await;
    let hangs = route::with(route::model("hangs", "openai", "test/hang", Some("next")), &json!({"timeout": 200}));
    let next = route::model("next", "anthropic", "test/tokens-10", None);
    gateway.create_route(&route::document("replaced", "budget", [budget("hangs"), hangs, next])).await;
    for (name, attempts) in [("retried", 3), ("replaced", 2)] {
        let mut body = waypost_harness::gateway::body(&format!("dynamic/{name}"), false);
        body["max_tokens"] = json!(10);
        let call = gateway.post("compat/chat/completions").json(&body);
        let answer = call.clone().send().await;
        assert_eq!(answer.status, 200, "{name}: it needs the whole budget: {}", answer.text());
        let row = gateway.audit.row(&answer.log_id()).await;
        assert_eq!((row.attempts.len(), row.cost.map(|cost| cost.0)), (attempts, Some(100 * CENT)), "{name}");
        assert_eq!(call.send().await.status, 429, "{name}: and used it up");
    }
    gateway.audit.rows_when(4).await;
    gateway.books_balance().await;
    let counters = gateway.audit.counters().await;
    assert!(counters.iter().all(|counter| (counter.settled, counter.reserved) == (100 * CENT, 0)), "{counters:?}");
}

/// A restart counts what is in the journal and the store, and what an operator took out of a counter stays out.
#[tokio::test]
async fn a_counter_that_was_reset_stays_reset_after_a_restart() {
    let gateway = Gateway::start().await;
    let limit = route::rate("limit", "count", 3.0, &json!({}), "only", None);
    let document = route::document("counted", "limit", [limit, route::model("only", "openai", "test/ok", None)]);
    let id = gateway.create_route(&document).await;
    let statuses = async |gateway: &Gateway, calls: usize| {
        let mut statuses = Vec::new();
        for _ in 0..calls {
            statuses.push(gateway.chat("dynamic/counted").send().await.status);
        }
        statuses
    };
    assert_eq!(statuses(&gateway, 4).await, [200, 200, 200, 429]);
    let reset = format!("/api/gateways/default/routes/{id}/buckets/reset");
    let taken = gateway.managed(http::Method::POST, &reset, Some(&json!({"node": "limit"}))).await;
    assert_eq!(taken["taken_out"], 3);
    assert_eq!(statuses(&gateway, 1).await, [200]);

    let gateway = gateway.restart().await;
    assert_eq!(statuses(&gateway, 3).await, [200, 200, 429], "one was counted after the reset");
    // Another reset, and a restart that finds both.
    assert_eq!(gateway.managed(http::Method::POST, &reset, Some(&json!({"node": "limit"}))).await["taken_out"], 3);
    let gateway = gateway.restart().await;
    assert_eq!(statuses(&gateway, 4).await, [200, 200, 200, 429]);
    gateway.audit.rows_when(12).await;
    gateway.books_balance().await;
}
