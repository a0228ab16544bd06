use serde_json::{Value, json};
use waypost_policy::{
    limit::{Enforcement, Verdict},
    retry::Backoff,
};
use waypost_types::{Fault, FaultClass, LimitKind, PicoUsd, RequestFacts, UnixMs};

use super::*;
use crate::{
    builtin, compile,
    kinds::model::{FallbackOn, ModelNode},
    surroundings::Unknown,
    testing::{Drive, a_dime, check, example, facts, route, scope, spec, trail},
};

mod properties;

fn to(id: &str) -> Value {
    json!({ "elementId": id })
}

fn start(next: &str) -> Value {
    json!({"id": "s", "type": "start", "outputs": {"next": to(next)}})
}

fn end() -> Value {
    json!({"id": "e", "type": "end", "outputs": {}})
}

/// A model without retries; an empty fallback is open.
fn model(id: &str, fallback: &str) -> Value {
    let mut model = json!({"id": id, "type": "model", "outputs": {"success": to("e")},
        "properties": {"provider": "mock", "model": id, "retries": 0, "retryDelay": 500, "backoff": "exponential"}});
    if !fallback.is_empty() {
        model["outputs"]["fallback"] = to(fallback);
    }
    model
}

fn limit(id: &str, kind: &str, success: &str, fallback: &str) -> Value {
    let mut limit = json!({"id": id, "type": "rate", "outputs": {"success": to(success)},
        "properties": {"key": "metadata.user_id", "limit": 10, "limitType": kind, "window": 86_400}});
    if !fallback.is_empty() {
        limit["outputs"]["fallback"] = to(fallback);
    }
    limit
}

fn set(mut element: Value, property: &str, value: Value) -> Value {
    element["properties"][property] = value;
    element
}

/// Sets a property of every model.
fn models(mut document: Value, property: &str, value: &Value) -> Value {
    for element in document["elements"].as_array_mut().unwrap().iter_mut().filter(|element| element["type"] == "model")
    {
        element["properties"][property] = value.clone();
    }
    document
}

// === the examples of the brief ===

#[test]
fn the_smart_route() {
    let served = "admit budget $0.1; call large try 1; => served by large";
    check(example("smart-route"), "user_id=user-admin", "pass ok", served);
    let over = "admit budget $0.1; call small try 1; => served by small";
    check(example("smart-route"), "user_id=user-admin", "refuse0 ok", over);
    check(example("smart-route"), "user_id=user-anna", "ok", "call small try 1; => served by small");
    // A missing user id equals nothing.
    check(example("smart-route"), "", "ok", "call small try 1; => served by small");
}

#[test]
fn requests_per_hour_with_a_cheaper_model() {
    check(example("rate-limited"), "user_id=a", "pass ok", "admit limit 1; call large try 1; => served by large");
    check(example("rate-limited"), "user_id=a", "refuse0 ok", "admit limit 1; call small try 1; => served by small");
}

#[test]
fn the_saas_plans() {
    let free = "admit free-requests 1, free-budget $0.1; call mini try 1; => served by mini";
    check(example("saas-plans"), "plan=free email=a@b.c", "pass ok", free);
    let over = "admit free-requests 1, free-budget $0.1; => over limit free-requests for a@b.c";
    check(example("saas-plans"), "plan=free email=a@b.c", "refuse0", over);
    let spent = "admit free-requests 1, free-budget $0.1; => over limit free-budget for a@b.c";
    check(example("saas-plans"), "plan=free email=a@b.c", "refuse1", spent);
    let paid = "admit paid-requests 1, paid-budget $0.1; call premium try 1; => served by premium";
    check(example("saas-plans"), "plan=pro email=a@b.c", "pass ok", paid);
    let down = "admit paid-requests 1, paid-budget $0.1; call mini try 1; => served by mini";
    check(example("saas-plans"), "plan=pro email=a@b.c", "refuse1 ok", down);
}

#[test]
fn paid_users_get_the_premium_model() {
    check(example("paid-and-free"), "userPlan=paid", "ok", "call premium try 1; => served by premium");
    check(example("paid-and-free"), "userPlan=free", "ok", "call small try 1; => served by small");
}

#[test]
fn f21_one_model_after_the_other() {
    let all = "call first try 1; call second try 1; call third try 1 (last); => served by third";
    check(example("provider-failover"), "", "500 timeout ok", all);
    let none = "call first try 1; call second try 1; call third try 1 (last); \
        => failed at third: connect, 3 tried, nothing left";
    check(example("provider-failover"), "", "500 429 connect", none);
}

#[test]
fn ten_dollars_per_day_then_a_cheap_model() {
    let within = "admit budget $0.1; call premium try 1; => served by premium";
    check(example("budget-with-fallback"), "user_id=a", "pass ok", within);
    let over = "admit budget $0.1; call cheap try 1; => served by cheap";
    check(example("budget-with-fallback"), "user_id=a", "refuse0 ok", over);
    check(example("simple"), "", "ok", "call model try 1; => served by model");
}

#[test]
fn d08_users_stay_on_their_branch_and_shares_come_out() {
    let served = |route: &Arc<CompiledRoute>, user: usize| {
        let (text, walk) = Drive::new(&format!("user_id=user-{user}")).run(route, "ok");
        assert_eq!(walk.trail()[1].draw, None);
        text.rsplit(' ').next().unwrap().to_owned()
    };
    let (half, rollout) = (route(example("ab-test")), route(example("gradual-rollout")));
    let users = 600;
    let on_a = (0..users).filter(|user| served(&half, *user) == "model-a").count();
    let on_new = (0..users).filter(|user| served(&rollout, *user) == "new-model").count();
    // Four standard deviations: 49 around 300, 29 around 60.
    assert!((251..=349).contains(&on_a), "{on_a}");
    assert!((31..=89).contains(&on_new), "{on_new}");
    assert!((0..20).all(|user| served(&half, user) == served(&half, user)));
}

// === calls ===

#[test]
fn f01_retries_wait_as_they_were_told() {
    let three = models(example("simple"), "retries", &json!(3));
    let three = models(three, "retryDelay", &json!(200));
    let exponential = "call model try 1; wait 200; call model try 2; wait 400; call model try 3; wait 800; \
        call model try 4 (last); => failed at model: status 503, 1 tried, nothing left";
    check(three.clone(), "", "500 502 529 503", exponential);
    let linear = "call model try 1; wait 200; call model try 2; wait 400; call model try 3; => served by model";
    check(models(three, "backoff", &json!("linear")), "", "connect timeout ok", linear);
}

#[test]
fn f01_a_delay_that_nobody_set_is_spread() {
    let (text, _) = Drive::new("").run(&route(example("simple")), "500 ok");
    let wait: u64 = text.split("wait ").nth(1).unwrap().split(';').next().unwrap().parse().unwrap();
    assert!((250..=500).contains(&wait), "{text}");
}

#[test]
fn f02_retry_after_is_honoured_up_to_ten_seconds() {
    let document = json!({"elements": [start("m"), set(model("m", "n"), "retries", json!(2)), model("n", ""), end()]});
    let waits = "call m try 1; wait 2000; call m try 2; wait 10000; call m try 3; => served by m";
    check(document.clone(), "", "429+2000 429+10000 ok", waits);
    // A shorter wish than our own delay is no busy loop; a longer one than ten seconds is the next model's turn.
    let next = "call m try 1; wait 500; call m try 2; call n try 1 (last); => served by n";
    check(document.clone(), "", "429+0 429+10001 ok", next);
    let forever = "call m try 1; call n try 1 (last); => failed at n: status 429, 2 tried, nothing left";
    check(document, "", "503+1000000000 429+18446744073709551615", forever);
}

#[test]
fn f03_what_repeats_itself_is_not_tried_again() {
    let document = json!({"elements": [start("m"), set(model("m", "n"), "retries", json!(2)), model("n", ""), end()]});
    for fault in ["tls", "401", "404"] {
        check(document.clone(), "", &format!("{fault} ok"), "call m try 1; call n try 1 (last); => served by n");
    }
}

#[test]
fn the_callers_own_mistake_passes_through() {
    let document = json!({"elements": [start("m"), set(model("m", "n"), "retries", json!(2)), model("n", ""), end()]});
    check(document.clone(), "", "400", "call m try 1; => failed at m: status 400, 1 tried, passes through");
    let any =
        json!({"elements": [start("m"), set(model("m", "n"), "fallbackOn", json!("any")), model("n", ""), end()]});
    check(any, "", "400 ok", "call m try 1; call n try 1 (last); => served by n");
    let only = set(model("m", "n"), "fallbackOn", json!([422, "connect"]));
    let only = json!({"elements": [start("m"), only, model("n", ""), end()]});
    check(only.clone(), "", "422 ok", "call m try 1 (last); call n try 1 (last); => served by n");
    check(only.clone(), "", "connect ok", "call m try 1 (last); call n try 1 (last); => served by n");
    check(only, "", "500", "call m try 1 (last); => failed at m: status 500, 1 tried, passes through");
}

#[test]
fn a37_calls_of_one_request_are_bounded() {
    let names = ["m0", "m1", "m2", "m3"];
    let chain = names.iter().enumerate().map(|(at, name)| {
        set(set(model(name, names.get(at + 1).unwrap_or(&"e")), "retries", json!(5)), "retryDelay", json!(0))
    });
    let elements: Vec<Value> = [start("m0"), end()].into_iter().chain(chain).collect();
    let (text, walk) = Drive::new("").run(&route(json!({ "elements": elements })), &"500 ".repeat(10));
    assert_eq!(walk.calls(), 10);
    assert!(text.ends_with("call m1 try 4 (last); => failed at m1: status 500, 2 tried, nothing left"), "{text}");
}

#[test]
fn d20_the_last_attempt_knows_that_it_is() {
    // A fallback to End is none; one to a limit that guards a model is one.
    let to_end = json!({"elements": [start("m"), set(model("m", "e"), "retries", json!(1)), end()]});
    let ended =
        "call m try 1; wait 500; call m try 2 (last); => failed at m: first_token_timeout, 1 tried, nothing left";
    check(to_end, "", "timeout timeout", ended);
    let guarded =
        json!({"elements": [start("m"), model("m", "l"), limit("l", "count", "n", ""), model("n", ""), end()]});
    let next = "call m try 1; admit l 1; call n try 1 (last); => served by n";
    check(guarded, "user_id=a", "timeout pass ok", next);
}

#[test]
fn d21_header_before_node_before_gateway() {
    let says = |max_attempts, delay_ms, backoff| TrySettings { max_attempts, delay_ms, backoff };
    let node = models(example("simple"), "retries", &json!(1));
    let node = models(models(node, "retryDelay", &json!(20)), "backoff", &json!("constant"));
    let mut bare = example("simple");
    let properties = bare["elements"][1]["properties"].as_object_mut().unwrap();
    properties.remove("retries");
    let run = |document: Value, header: TrySettings, gateway: TrySettings| {
        let mut drive = Drive::new("");
        drive.policy = CallPolicy { header, gateway };
        let calls = header.max_attempts.or(gateway.max_attempts).unwrap_or(2);
        let route = route(document);
        let policy = drive.policy.tries(route.models().next().unwrap().1, false);
        let replies = "500 ".repeat(policy.attempts.try_into().unwrap());
        (drive.run(&route, &replies).0, calls)
    };
    let nobody = TrySettings::default();
    let gateway = says(Some(3), Some(100), Some(Backoff::Linear));
    let fails = "=> failed at model: status 500, 1 tried, nothing left";
    let (text, _) = run(bare.clone(), nobody, nobody);
    assert_eq!(text, format!("call model try 1 (last); {fails}"));
    let (text, _) = run(bare, nobody, gateway);
    assert_eq!(
        text,
        format!("call model try 1; wait 100; call model try 2; wait 200; call model try 3 (last); {fails}")
    );
    let (text, _) = run(node.clone(), nobody, gateway);
    assert_eq!(text, format!("call model try 1; wait 20; call model try 2 (last); {fails}"));
    let (text, _) = run(node.clone(), says(Some(3), None, Some(Backoff::Exponential)), gateway);
    assert_eq!(text, format!("call model try 1; wait 20; call model try 2; wait 40; call model try 3 (last); {fails}"));
    // Headers are clamped to 1 to 5 tries.
    let (text, _) = run(node.clone(), says(Some(0), None, None), gateway);
    assert_eq!(text, format!("call model try 1 (last); {fails}"));
    let (text, _) = run(node, says(Some(200), None, None), gateway);
    assert_eq!(text.matches("call").count(), 5);
}

// === limits ===

#[test]
fn limits_up_to_the_model_are_asked_together() {
    let document = json!({"elements": [
        start("l"), limit("l", "count", "b", "n"), limit("b", "cost", "m", "l2"), limit("l2", "count", "n", ""),
        model("m", ""), model("n", ""), end(),
    ]});
    let passed = "admit l 1, b $0.1; call m try 1 (last); => served by m";
    check(document.clone(), "user_id=a", "pass ok", passed);
    // The count before the refusal stays; it is not asked again.
    let over = "admit l 1, b $0.1; admit l2 1; call n try 1 (last); => served by n";
    check(document.clone(), "user_id=a", "refuse1 pass ok", over);
    let both = "admit l 1, b $0.1; admit l2 1; => over limit l2 for a";
    check(document, "user_id=a", "refuse1 refuse0", both);
}

#[test]
fn a_budget_that_was_passed_is_charged_for_further_models() {
    let document = json!({"elements": [
        start("b"), limit("b", "cost", "m", "x"), model("m", "l"), limit("l", "count", "n", ""), model("n", "o"),
        model("o", ""), model("x", ""), end(),
    ]});
    let held = "admit b $0.1; call m try 1; admit held b $0.1, l 1; call n try 1; admit held b $0.1; \
        call o try 1 (last); => served by o";
    check(document.clone(), "user_id=a", "pass 500 pass 500 pass ok", held);
    // Used up in the meantime: that model fails without a call, the next one is asked for.
    let used_up = "admit b $0.1; call m try 1; admit held b $0.1, l 1; admit held b $0.1, l 1; => over limit b for a";
    check(document, "user_id=a", "pass 500 refuse0 refuse0", used_up);
}

#[test]
fn a_budget_whose_detour_leads_to_the_model_does_not_stop_it() {
    let none = models(example("smart-route"), "retries", &json!(0));
    let outside =
        "admit budget $0.1; call large try 1; admit held budget $0.1; call small try 1 (last); => served by small";
    check(none, "user_id=user-admin", "pass 500 refuse0 ok", outside);
}

#[test]
fn two_budgets_one_refused() {
    let document = json!({"elements": [
        start("a"), limit("a", "cost", "b", "x"), limit("b", "cost", "m", "n"), model("m", ""), model("n", ""),
        model("x", ""), end(),
    ]});
    // Money is all or nothing, so the first budget is asked again for the model that is called in the end.
    let text = "admit a $0.1, b $0.1; admit held a $0.1; call n try 1 (last); => served by n";
    check(document, "user_id=u", "refuse1 pass ok", text);
}

#[test]
fn d04_a_missing_key_is_one_shared_bucket_or_over_the_limit() {
    let document = |missing: &str| {
        let limit = set(limit("l", "count", "m", "n"), "missingKey", json!(missing));
        json!({"elements": [start("l"), limit, model("m", ""), model("n", ""), end()]})
    };
    let (text, walk) = Drive::new("").run(&route(document("shared")), "pass@7 ok");
    assert_eq!(text, "admit l 1; call m try 1 (last); => served by m");
    let step = &walk.trail()[1];
    assert_eq!(step.reason, "7 of 10 per day used by requests without metadata.user_id; this is the 8th");
    assert_eq!(step.limit.as_ref().unwrap().key, None);
    let (text, walk) = Drive::new("").run(&route(document("fallback")), "ok");
    assert_eq!(text, "call n try 1 (last); => served by n");
    assert_eq!(walk.trail()[1].reason, "metadata.user_id is missing, which counts as over the limit");
    let open = set(limit("l", "count", "m", ""), "missingKey", json!("fallback"));
    let open = json!({"elements": [start("l"), open, model("m", ""), end()]});
    let text = "=> undecidable l: metadata.user_id is missing, which counts as over the limit";
    check(open, "", "", text);
}

#[test]
fn a51_number_and_text_share_a_bucket() {
    let route = route(example("rate-limited"));
    let limit = route.limit(route.find("limit").unwrap()).unwrap();
    let bucket = |facts: &RequestFacts| limit.bucket(&scope(), &limit.key(facts));
    let mut text = facts("");
    text.metadata.set("user_id", waypost_types::Scalar::text("1"));
    assert_eq!(bucket(&facts("user_id=1")), bucket(&text));
    assert_ne!(bucket(&facts("user_id=2")), bucket(&text));
    // Empty is missing.
    text.metadata.set("user_id", waypost_types::Scalar::text(""));
    assert_eq!(bucket(&facts("")), bucket(&text));
}

#[test]
fn counters_that_cannot_be_reached() {
    let document = |on: &str| {
        let budget = set(limit("b", "cost", "m", "n"), "onUnavailable", json!(on));
        json!({"elements": [start("b"), budget, model("m", ""), model("n", ""), end()]})
    };
    let detour = "admit b $0.1; call n try 1 (last); => served by n";
    check(document("fallback"), "user_id=a", "down ok", detour);
    let through = "admit b $0.1; call m try 1 (last); => served by m";
    check(document("allow"), "user_id=a", "down ok", through);
    let open = json!({"elements": [start("b"), limit("b", "cost", "m", ""), model("m", ""), end()]});
    check(open, "user_id=a", "down", "admit b $0.1; => unavailable b");
    let held = json!({"elements": [
        start("b"), limit("b", "cost", "m", ""), model("m", "n"), model("n", ""), end(),
    ]});
    let text = "admit b $0.1; call m try 1; admit held b $0.1; => unavailable b";
    check(held, "user_id=a", "pass 500 down", text);
}

#[test]
fn d14_an_unpriced_model_takes_the_budgets_detour() {
    let blocked = |model: &ModelNode, enforcement: Enforcement| match &*model.model {
        "acme-7b" => Estimate::Blocked,
        _ => a_dime(model, enforcement),
    };
    let mut acme = model("m", "");
    acme["properties"]["model"] = json!("acme-7b");
    let document = json!({"elements": [
        start("l"), limit("l", "count", "b", ""), limit("b", "cost", "m", "n"), acme, model("n", ""), end(),
    ]});
    let mut drive = Drive::new("user_id=a");
    drive.price = blocked;
    let (text, walk) = drive.run(&route(document.clone()), "pass ok");
    assert_eq!(text, "admit l 1; call n try 1 (last); => served by n");
    assert_eq!(walk.trail()[2].reason, "no price for acme-7b");
    let mut open = document.clone();
    open["elements"][2]["outputs"].as_object_mut().unwrap().remove("fallback");
    assert_eq!(drive.run(&route(open), "").0, "=> undecidable b: no price for acme-7b");
    let mut watched = document.clone();
    watched["elements"][2]["properties"]["mode"] = json!("watch");
    assert_eq!(drive.run(&route(watched), "pass ok").0, "admit l 1, b $0; call m try 1 (last); => served by m");
    drive.price = |_, _| Estimate::Flat(PicoUsd::from_usd(2));
    assert_eq!(
        drive.run(&route(document.clone()), "pass ok").0,
        "admit l 1, b $2; call m try 1 (last); => served by m"
    );
    drive.price = |_, _| Estimate::Allow;
    assert_eq!(drive.run(&route(document), "pass ok").0, "admit l 1, b $0; call m try 1 (last); => served by m");
}

#[test]
fn d06_strict_budgets_ask_for_the_worst_case() {
    let mut drive = Drive::new("user_id=a");
    drive.price = |_, enforcement| match enforcement {
        Enforcement::Soft => Estimate::Priced(PicoUsd::from_usd(1)),
        Enforcement::Strict => Estimate::Priced(PicoUsd::from_usd(5)),
    };
    let strict = set(limit("b", "cost", "c", ""), "enforcement", json!("strict"));
    let document = json!({"elements": [start("b"), strict, limit("c", "cost", "m", ""), model("m", ""), end()]});
    assert_eq!(drive.run(&route(document), "pass ok").0, "admit b $5, c $1; call m try 1 (last); => served by m");
}

#[test]
fn a_limit_that_watches_lets_through_and_says_so() {
    let watching = set(limit("l", "count", "m", "n"), "mode", json!("watch"));
    let document = json!({"elements": [start("l"), watching, model("m", ""), model("n", ""), end()]});
    let (text, walk) = Drive::new("user_id=a").run(&route(document), "watch ok");
    assert_eq!(text, "admit l 1; call m try 1 (last); => served by m");
    let step = &walk.trail()[1];
    assert!(step.limit.as_ref().unwrap().would_refuse);
    assert_eq!(step.reason, "1,000 of 10 per day used by a; this is the 1,001st; only watching, so it went on");
}

#[test]
fn a_watching_limit_says_that_a_missing_key_would_count_as_over() {
    let watching = set(set(limit("l", "count", "m", "n"), "mode", json!("watch")), "missingKey", json!("fallback"));
    let document = json!({"elements": [start("l"), watching, model("m", ""), model("n", ""), end()]});
    let (text, walk) = Drive::new("").run(&route(document), "pass@1 ok");
    assert_eq!(text, "admit l 1; call m try 1 (last); => served by m");
    let step = &walk.trail()[1];
    assert!(step.limit.as_ref().unwrap().would_refuse);
    let reason =
        "1 of 10 per day used by requests without metadata.user_id; this is the 2nd; only watching, so it went on";
    assert_eq!(step.reason, reason);
}

#[test]
fn a_limit_before_an_end_is_asked_too() {
    let document = json!({"elements": [start("l"), limit("l", "count", "e", "m"), model("m", ""), end()]});
    check(document.clone(), "user_id=a", "pass", "admit l 1; => no model");
    check(document, "user_id=a", "refuse0 ok", "admit l 1; call m try 1 (last); => served by m");
}

#[test]
fn an_over_limit_edge_to_end_refuses() {
    let document = json!({"elements": [start("l"), limit("l", "count", "m", "e"), model("m", ""), end()]});
    check(document, "user_id=a", "refuse0", "admit l 1; => over limit l for a");
}

// === trail ===

#[test]
fn d17_the_trail_says_why() {
    let (_, walk) = Drive::new("user_id=user-admin").run(&route(example("smart-route")), "refuse0@1200 ok");
    assert_eq!(trail(&walk), "start>next is-admin>true budget>fallback small>success end>");
    let step = &walk.trail()[2];
    assert_eq!((step.kind.as_str(), step.reason.as_str()), ("rate", "$1.20 of $1 per hour used by user-admin"));
    assert_eq!(step.values, [(Text::fixed("metadata.user_id"), Text::fixed("user-admin"))]);
    let limit = step.limit.as_ref().unwrap();
    assert_eq!((limit.kind, limit.limit, limit.used), (LimitKind::Cost, 1_000_000_000_000, 1_200_000_000_000));
    assert_eq!((limit.asked, limit.key.as_deref(), limit.would_refuse), (100_000_000_000, Some("user-admin"), false));
    assert_eq!(walk.trail()[3].reason, "answered");
    let (_, walk) = Drive::new("user_id=user-admin").run(&route(example("smart-route")), "refuse0@950 ok");
    let doubt = "$0.95 of $1 per hour used by user-admin; an estimate of $0.10 doesn't fit";
    assert_eq!(walk.trail()[2].reason, doubt);
}

#[test]
fn d17_the_trail_holds_failures_and_draws() {
    let split = json!({"id": "p", "type": "percentage", "outputs": {"30%": to("m"), "70%": to("n")}});
    let document = json!({"elements": [start("p"), split, model("m", "n"), model("n", ""), end()]});
    let mut drive = Drive::new("");
    drive.random = vec![0];
    let (_, walk) = drive.run(&route(document.clone()), "503 ok");
    assert_eq!(trail(&walk), "s>next p>30% m>fallback n>success e>");
    assert_eq!(walk.trail()[1].draw, Some(0.0));
    assert_eq!(walk.trail()[1].reason, "drew 0, within 0 to 30");
    assert_eq!(walk.trail()[2].reason, "status 503");
    drive.random = vec![u64::MAX / 2];
    let (_, walk) = drive.run(&route(document), "503");
    assert_eq!(trail(&walk), "s>next p>70% n>");
    assert_eq!(walk.trail()[1].reason, "drew 50, within 30 to 100");
}

// === built-in routes ===

#[test]
fn d02_a_plain_call_is_a_route_of_one_model() {
    let route = Arc::new(builtin::plain("openai", "gpt-4o"));
    assert_eq!(Drive::new("").run(&route, "ok").0, "call step-0 try 1 (last); => served by step-0");
    let failed = "call step-0 try 1 (last); => failed at step-0: status 400, 1 tried, passes through";
    assert_eq!(Drive::new("").run(&route, "400").0, failed);
    let mut drive = Drive::new("");
    drive.policy.header = TrySettings { max_attempts: Some(2), delay_ms: Some(7), backoff: None };
    let retried = "call step-0 try 1; wait 7; call step-0 try 2 (last); => served by step-0";
    assert_eq!(drive.run(&route, "500 ok").0, retried);
}

#[test]
fn universal_steps_fall_through_on_every_error() {
    let step = |provider: &str, retries| ModelNode {
        provider: provider.into(),
        model: "m".into(),
        retries,
        ..ModelNode::default()
    };
    let steps = vec![step("openai", Some(1)), step("workers-ai", None), step("mock", None)];
    let route = Arc::new(builtin::chain(steps, &FallbackOn::Any));
    let mut drive = Drive::new("");
    // A step's own settings beat the header (D21).
    drive.policy.header = TrySettings { max_attempts: Some(1), delay_ms: Some(5), backoff: None };
    let (text, walk) = drive.run(&route, "500 400 404 ok");
    let expected = "call step-0 try 1; wait 5; call step-0 try 2; call step-1 try 1; call step-2 try 1 (last); => served by step-2";
    assert_eq!(text, expected);
    assert_eq!(trail(&walk), "start>next step-0>fallback step-1>fallback step-2>success end>");
    assert_eq!(builtin::step_of(route.find("step-2").unwrap()), 2);
}

// === the machine ===

#[test]
fn a_route_is_shared_by_cores_and_a_walk_may_wait_anywhere() {
    const fn shared<T: Send + Sync>() {}
    const fn moved<T: Send>() {}
    shared::<CompiledRoute>();
    moved::<Walk>();
}

#[test]
fn a_reply_that_does_not_fit_ends_the_walk() {
    let route = route(example("smart-route"));
    let facts = facts("user_id=user-admin");
    let mut random = || 0;
    let mut env = Env { facts: &facts, now: UnixMs(0), random: &mut random, estimate: &a_dime };
    let fault = || Reply::Called(Err(Fault::new(FaultClass::Connect, "")));
    for wrong in [Reply::Begin, Reply::Waited, fault(), Reply::Admitted(Vec::new())] {
        let mut walk = Walk::new(Arc::clone(&route), scope(), CallPolicy::default());
        assert!(matches!(walk.step(Reply::Begin, &mut env), Turn::Do(Effect::Admit { .. })));
        for reply in [wrong, Reply::Begin] {
            assert!(matches!(walk.step(reply, &mut env), Turn::Done(Outcome::Refused(Refusal::OutOfStep))));
        }
    }
}
