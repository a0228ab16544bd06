use serde_json::{Value, json};
use waypost_policy::{limit::Enforcement, retry::Backoff};

use super::*;
use crate::{
    builtin,
    testing::{Drive, check, example, facts, route, scope, spec, trail},
};

#[test]
fn the_admin_gets_the_large_model_within_the_budget() {
    let served = "admit budget $0.1; call large try 1; => served by large";
    check(example("smart-route"), "user_id=user-admin", "pass ok", served);
}

#[test]
fn the_admin_gets_the_small_model_over_budget() {
    let over = "admit budget $0.1; call small try 1 (last); => served by small";
    check(retries(example("smart-route"), 0), "user_id=user-admin", "refuse0 ok", over);
}

#[test]
fn everybody_else_gets_the_small_model_and_no_budget_is_asked() {
    let (text, walk) = Drive::new("user_id=user-anna").run(&route(example("smart-route")), "ok");
    assert_eq!(text, "call small try 1; => served by small");
    assert_eq!(trail(&walk), "start>next is-admin>false small>success end>");
    assert_eq!(walk.trail()[1].reason, "metadata.user_id is \"user-anna\", not \"user-admin\"");
}

/// Sets the retries of every model.
fn retries(mut document: Value, count: u64) -> Value {
    for element in document["elements"].as_array_mut().unwrap() {
        if element["type"] == "model" {
            element["properties"]["retries"] = count.into();
        }
    }
    document
}
