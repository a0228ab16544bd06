use serde_json::{Value, json};
use waypost_types::UnixMs;

use super::*;
use crate::testing::{a_dime, example, facts, route, scope};

fn simulated(document: Value, metadata: &str, assumptions: Value) -> Simulation {
    let assumptions: Assumptions = serde_json::from_value(assumptions).unwrap();
    let mut random = || 0;
    let situation = Situation {
        scope: scope(),
        policy: CallPolicy::default(),
        now: UnixMs(1_000),
        random: &mut random,
        estimate: &a_dime,
        counters: &mut |_| Verdict::Passed { used: 0 },
    };
    simulate(&route(document), &facts(metadata), &assumptions, situation)
}

/// `1 Title → Output: reason`, a line each, and the end.
#[track_caller]
fn check(document: Value, metadata: &str, assumptions: Value, expected: &[&str]) {
    let found = simulated(document, metadata, assumptions);
    let mut lines: Vec<String> = found
        .steps
        .iter()
        .filter(|step| !matches!(step.step.kind.as_str(), "start" | "end"))
        .map(|step| format!("{} → {}: {}", step.title, step.output_title, step.step.reason))
        .collect();
    lines.push(match &found.outcome {
        SimulatedOutcome::Served { provider, model, .. } => format!("served by {provider}/{model}"),
        SimulatedOutcome::Refused { reason, .. } => format!("refused: {reason}"),
        SimulatedOutcome::Failed { reason, .. } => format!("failed: {reason}"),
    });
    lines.extend(found.notes);
    assert_eq!(lines, expected);
}

#[test]
fn two_users_take_two_paths_with_reasons() {
    check(
        example("smart-route"),
        "user_id=user-anna",
        json!({}),
        &[
            "Is it the admin? → False: metadata.user_id is \"user-anna\", not \"user-admin\"",
            "Small → Success: assumed to answer; 60 s to first token, 1 retry",
            "served by mock/small",
        ],
    );
    check(
        example("smart-route"),
        "user_id=user-admin",
        json!({}),
        &[
            "Is it the admin? → True: metadata.user_id is \"user-admin\"",
            "Budget limit → Within budget: $0 of $1 per hour used by user-admin; estimate $0.10",
            "Large → Success: assumed to answer; 60 s to first token, 1 retry",
            "served by mock/large",
        ],
    );
}

#[test]
fn a_budget_pretended_exceeded_takes_its_detour() {
    check(
        example("smart-route"),
        "user_id=user-admin",
        json!({"limits": {"budget": "exceeded"}}),
        &[
            "Is it the admin? → True: metadata.user_id is \"user-admin\"",
            "Budget limit → Over budget: $1 of $1 per hour used by user-admin",
            "Small → Success: assumed to answer; 60 s to first token, 1 retry",
            "served by mock/small",
        ],
    );
}

#[test]
fn models_fail_and_time_out_as_assumed() {
    let assumptions = json!({"models": {"first": "fail", "second": "time_out"}});
    check(
        example("provider-failover"),
        "",
        assumptions,
        &[
            "First → On failure: assumed to fail",
            "Second → On failure: assumed to time out",
            "Third → Success: assumed to answer; 60 s to first token, 0 retries",
            "served by mock/small",
        ],
    );
    let all = json!({"models": {"first": "fail", "second": "time_out", "third": "fail"}});
    assert_eq!(
        simulated(example("provider-failover"), "", all).outcome,
        SimulatedOutcome::Failed { node: "third".to_owned(), reason: "assumed to fail".to_owned() }
    );
    let found = simulated(example("simple"), "", json!({"models": {"model": "fail"}}));
    assert_eq!(found.calls, 2);
    assert_eq!(found.steps[1].step.reason, "2 tries; last: assumed to fail");
}

#[test]
fn splits_are_hashed_or_chosen() {
    check(
        example("ab-test"),
        "user_id=user-anna",
        json!({"splits": {"split": "b"}}),
        &[
            "A or B → b: chosen for this simulation",
            "Model B → Success: assumed to answer; 60 s to first token, 1 retry",
            "served by mock/small",
        ],
    );
    let hashed = simulated(example("ab-test"), "user_id=user-anna", json!({}));
    let reason = &hashed.steps[1].step.reason;
    assert!(reason.ends_with("scores highest for user-anna"), "{reason}");
    let drawn = simulated(example("ab-test"), "", json!({}));
    assert_eq!(drawn.steps[1].step.reason, "metadata.user_id is missing; drew 0, within 0 to 50");
}

#[test]
fn assumptions_about_nothing_are_noted() {
    let assumptions = json!({"limits": {"b9": "exceeded"}, "splits": {"ab": "z"}, "models": {"budget": "fail"}});
    let found = simulated(example("smart-route"), "user_id=user-anna", assumptions);
    let notes = ["There is no split `ab` with a branch `z`.", "There is no limit `b9`.", "There is no model `budget`."];
    assert_eq!(found.notes, notes);
}
