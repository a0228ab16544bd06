//! Each example route, created through the management API as it stands in the repository, and exercised.

use std::{collections::BTreeMap, fs, path::Path};

use serde_json::{Value, json};
use tokio::task::JoinSet;
use waypost_harness::{Answer, Call, Gateway};

fn example(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/routes").join(name).with_extension("json");
    serde_json::from_slice(&fs::read(&path).expect("the example is there")).expect("it is JSON")
}

/// A gateway with an example and with mock models that answer at once.
async fn with(name: &str) -> Gateway {
    let gateway = Gateway::start().await;
    gateway.create_route(&example(name)).await;
    gateway
}

fn ask(gateway: &Gateway, name: &str, metadata: &Value) -> Call {
    let mut body = waypost_harness::gateway::body(&format!("dynamic/{name}"), false);
    // The mock's large model takes its time for each word.
    body["max_tokens"] = json!(8);
    gateway.post("compat/chat/completions").json(&body).metadata(metadata)
}

fn model(answer: &Answer) -> String {
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.header("cf-aig-model").to_owned()
}

/// Which models served so many calls at once.
async fn served(calls: Vec<Call>) -> BTreeMap<String, usize> {
    let mut all = JoinSet::new();
    for call in calls {
        all.spawn(call.send());
    }
    let mut counts = BTreeMap::new();
    for answer in all.join_all().await {
        *counts.entry(model(&answer)).or_default() += 1;
    }
    counts
}

fn counts<const N: usize>(pairs: [(&str, usize); N]) -> BTreeMap<String, usize> {
    pairs.into_iter().map(|(name, count)| (name.to_owned(), count)).collect()
}

#[tokio::test]
async fn every_example_is_accepted_and_serves() {
    let gateway = Gateway::start().await;
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/routes");
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).expect("the folder is there") {
        let path = entry.expect("an entry").path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let document = example(path.file_stem().and_then(|stem| stem.to_str()).expect("a name"));
        let name = document["name"].as_str().expect("a name").to_owned();
        gateway.create_route(&document).await;
        let metadata = json!({"user_id": "user-admin", "email": "a@example.org", "plan": "free", "userPlan": "free"});
        model(&ask(&gateway, &name, &metadata).send().await);
        names.push(name);
    }
    assert!(names.len() >= 8, "{names:?}");
    gateway.books_balance().await;
}

#[tokio::test]
async fn simple_calls_its_model() {
    let gateway = with("simple").await;
    assert_eq!(model(&ask(&gateway, "simple", &json!({})).send().await), "large");
}

#[tokio::test]
async fn rate_limited_serves_a_hundred_per_hour_and_falls_back() {
    let gateway = with("rate-limited").await;
    let calls = |user: &str, count: usize| {
        (0..count).map(|_| ask(&gateway, "rate-limited", &json!({"user_id": user}))).collect::<Vec<_>>()
    };
    assert_eq!(served(calls("anna", 110)).await, counts([("large", 100), ("small", 10)]));
    assert_eq!(served(calls("ben", 3)).await, counts([("large", 3)]));
}

#[tokio::test]
async fn budget_with_fallback_serves_ten_dollars_a_day() {
    let gateway = with("budget-with-fallback").await;
    // $1.25 per answer of five tokens: eight fit into ten dollars.
    let call = |user: &str| {
        let call = ask(&gateway, "budget-with-fallback", &json!({"user_id": user}));
        call.header("cf-aig-custom-cost", "{\"total_cost\":1.25}")
    };
    let mut seen = Vec::new();
    for _ in 0..10 {
        seen.push(model(&call("anna").send().await));
    }
    assert_eq!(seen, [vec!["large"; 8], vec!["small"; 2]].concat());
    assert_eq!(model(&call("ben").send().await), "large");
    gateway.books_balance().await;
}

#[tokio::test]
async fn paid_and_free_look_at_the_plan() {
    let gateway = with("paid-and-free").await;
    for (metadata, expected) in [
        (json!({"userPlan": "paid"}), "large"),
        (json!({"userPlan": "free"}), "small"),
        (json!({}), "small"),
        (json!({"userPlan": "Paid"}), "small"),
    ] {
        assert_eq!(model(&ask(&gateway, "paid-and-free", &metadata).send().await), expected, "{metadata}");
    }
}

#[tokio::test]
async fn ab_test_splits_in_halves_and_keeps_its_users() {
    let gateway = with("ab-test").await;
    let calls = || (0..200).map(|user| ask(&gateway, "ab-test", &json!({"user_id": format!("user-{user}")})));
    let counts = served(calls().collect()).await;
    // Of 200 fair draws fewer than 60 or more than 140 on a side is one in 10⁸; here they are hashes, always the same.
    assert!(counts.values().all(|count| (60..=140).contains(count)) && counts.len() == 2, "{counts:?}");
    for user in 0..5 {
        let metadata = json!({"user_id": format!("user-{user}")});
        let first = model(&ask(&gateway, "ab-test", &metadata).send().await);
        assert_eq!(model(&ask(&gateway, "ab-test", &metadata).send().await), first, "user-{user}");
    }
}

#[tokio::test]
async fn gradual_rollout_gives_a_tenth_the_new_model() {
    let gateway = with("gradual-rollout").await;
    let calls = (0..200).map(|user| ask(&gateway, "gradual-rollout", &json!({"user_id": format!("user-{user}")})));
    let counts = served(calls.collect()).await;
    let new = counts.get("large").copied().unwrap_or_default();
    assert!((5..=40).contains(&new), "{counts:?}");
}

#[tokio::test]
async fn provider_failover_serves_although_the_first_flaps() {
    let gateway = with("provider-failover").await;
    let mut models = BTreeMap::<String, usize>::new();
    for _ in 0..8 {
        *models.entry(model(&ask(&gateway, "provider-failover", &json!({})).send().await)).or_default() += 1;
    }
    // The mock's pattern fails four calls of eight.
    assert_eq!(models, counts([("flaky", 4), ("large", 4)]));
}

/// $1 per hour and user, $0.20 per token: large until the budget is used up, then small; all are served.
#[tokio::test]
async fn smart_route_serves_large_then_small() {
    let gateway = with("smart-route").await;
    let call = |user: &str| {
        let call = ask(&gateway, "smart-route", &json!({"user_id": user}));
        call.header("cf-aig-custom-cost", "{\"per_token_in\":0.2,\"per_token_out\":0.2}")
    };
    let mut seen = Vec::new();
    for _ in 0..5 {
        let answer = call("user-admin").send().await;
        seen.push(model(&answer));
        assert!(answer.header("waypost-trail").starts_with("start.next > is-admin.true > budget."), "{answer:?}");
    }
    assert_eq!(seen, ["large", "small", "small", "small", "small"], "the first request costs more than a dollar");
    let other = call("user-anna").send().await;
    assert_eq!(model(&other), "small");
    assert_eq!(other.header("waypost-trail"), "start.next > is-admin.false > small.success > end");
    let row = gateway.audit.row(&other.log_id()).await;
    assert!(row.simulated && row.custom_cost);
    gateway.books_balance().await;
}

#[tokio::test]
async fn saas_plans_count_and_charge_by_e_mail() {
    let gateway = with("saas-plans").await;
    let call = |plan: &str, email: &str| ask(&gateway, "saas-plans", &json!({"plan": plan, "email": email}));
    let mut statuses = Vec::new();
    for _ in 0..12 {
        statuses.push(call("free", "a@example.org").send().await.status);
    }
    assert_eq!(statuses, [vec![200; 10], vec![429; 2]].concat(), "ten a day");
    assert_eq!(model(&call("free", "b@example.org").send().await), "small");

    let dear = |plan: &str, email: &str, dollars: &str| {
        call(plan, email).header("cf-aig-custom-cost", &format!("{{\"total_cost\":{dollars}}}"))
    };
    assert_eq!(dear("free", "c@example.org", "10").send().await.status, 200);
    let over = dear("free", "c@example.org", "10").send().await;
    assert_eq!((over.status, &over.json()["type"]), (429, &json!("budget_exceeded")));
    // The paid plan goes on with the small model.
    assert_eq!(model(&dear("paid", "d@example.org", "100").send().await), "large");
    assert_eq!(model(&dear("paid", "d@example.org", "100").send().await), "small");
    gateway.books_balance().await;
}
