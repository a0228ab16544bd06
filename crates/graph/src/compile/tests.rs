use std::time::Instant;

use serde_json::{Value, json};
use waypost_types::PicoUsd;

use super::*;
use crate::{
    problem::Severity,
    spec::Element,
    surroundings::{KeyState, PricePair, Unknown},
    testing::{example, route, spec},
};

/// A gateway of which everything is known, most of it good.
struct Gateway;

impl Surroundings for Gateway {
    fn price(&self, _: &str, model: &str) -> Option<PricePair> {
        let per_million = match model {
            "large" => 10,
            "small" => 1,
            _ => return None,
        };
        let price = PicoUsd(per_million * PicoUsd::PER_USD / 1_000_000);
        Some(PricePair { input: price, output: price })
    }

    fn provider_exists(&self, provider: &str) -> bool {
        matches!(provider, "openai" | "acme" | "mock")
    }

    fn did_you_mean(&self, provider: &str) -> Option<String> {
        (provider == "opena").then(|| "openai".to_owned())
    }

    fn provider_name(&self, provider: &str) -> Option<String> {
        (provider == "openai").then(|| "OpenAI".to_owned())
    }

    fn has_key(&self, provider: &str) -> KeyState {
        if provider == "acme" { KeyState::Missing } else { KeyState::Stored }
    }

    fn metadata_is_pinned(&self, key: &str) -> bool {
        key != "plan"
    }

    fn seen_metadata(&self) -> Option<Vec<String>> {
        Some(["user_id", "plan", "team"].map(str::to_owned).to_vec())
    }
}

/// Gateway with an API key that may set its own cost.
struct WithOwnCost;

impl Surroundings for WithOwnCost {
    fn price(&self, provider: &str, model: &str) -> Option<PricePair> {
        Gateway.price(provider, model)
    }

    fn provider_exists(&self, provider: &str) -> bool {
        Gateway.provider_exists(provider)
    }

    fn has_key(&self, _: &str) -> KeyState {
        KeyState::NotNeeded
    }

    fn metadata_is_pinned(&self, _: &str) -> bool {
        true
    }

    fn keys_with_own_cost(&self) -> Vec<String> {
        vec!["ci-key".to_owned()]
    }
}

fn to(id: &str) -> Value {
    json!({ "elementId": id })
}

fn start(next: &str) -> Value {
    json!({"id": "s", "type": "start", "outputs": {"next": to(next)}})
}

fn end() -> Value {
    json!({"id": "e", "type": "end", "outputs": {}})
}

fn model(id: &str, model: &str) -> Value {
    json!({"id": id, "type": "model", "title": id, "outputs": {"success": to("e")},
        "properties": {"provider": "openai", "model": model, "timeout": 60_000, "retries": 0}})
}

fn condition(conditions: Value) -> Value {
    json!({"id": "c", "type": "conditional", "title": "If plan", "outputs": {"true": to("m"), "false": to("n")},
        "properties": {"conditions": conditions}})
}

fn split(outputs: Value, properties: Value) -> Value {
    json!({"id": "p", "type": "percentage", "outputs": outputs, "properties": properties})
}

fn limit(kind: &str) -> Value {
    json!({"id": "l", "type": "rate", "outputs": {"success": to("m"), "fallback": to("n")},
        "properties": {"key": "metadata.user_id", "limit": 10, "limitType": kind, "window": 60}})
}

/// Start to the first element, two models, End.
fn with(element: Value) -> Value {
    let first = element["id"].as_str().unwrap().to_owned();
    json!([start(&first), element, model("m", "large"), model("n", "small"), end()])
}

/// The value with one member set.
fn set(mut value: Value, pointer: &str, member: Value) -> Value {
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    value.pointer_mut(parent).unwrap().as_object_mut().unwrap().insert(name.to_owned(), member);
    value
}

/// The value with one member removed.
fn unset(mut value: Value, pointer: &str) -> Value {
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    value.pointer_mut(parent).unwrap().as_object_mut().unwrap().remove(name);
    value
}

fn problems(elements: Value, around: &dyn Surroundings) -> Vec<String> {
    let read = crate::read_value(&json!({ "elements": elements })).unwrap();
    compile(&read.spec, around).problems.iter().map(ToString::to_string).collect()
}

/// The document has exactly these problems.
#[track_caller]
fn check(elements: Value, expected: &[&str]) {
    assert_eq!(problems(elements, &Gateway), expected);
}

#[test]
fn e01_start_without_an_edge() {
    let start = json!({"id": "s", "type": "start", "outputs": {}});
    check(json!([start, model("m", "large"), end()]), &["E01 Start isn't connected."]);
}

#[test]
fn e02_required_outputs() {
    let plan = condition(json!({"metadata.user_id": "a"}));
    check(
        with(unset(plan.clone(), "/outputs/true")),
        &["E02 *If plan* needs a node on **True**.", "W01 Nothing leads to *m*."],
    );
    check(
        with(unset(plan, "/outputs/false")),
        &["E02 *If plan* needs a node on **False**.", "W01 Nothing leads to *n*."],
    );
    check(
        with(unset(limit("count"), "/outputs/success")),
        &["E02 *Rate limit* needs a node on **Within limit**.", "W01 Nothing leads to *m*."],
    );
    let shares =
        json!({"sticky": "metadata.user_id", "branches": [{"name": "a", "weight": 50}, {"name": "b", "weight": 50}]});
    check(
        with(split(json!({"a": to("m")}), shares)),
        &["E02 *Split* needs a node on **b**.", "W01 Nothing leads to *n*."],
    );
    let open = set(model("m", "large"), "/outputs", json!({}));
    check(json!([start("m"), open, end()]), &["E02 *m* needs a node on **Success**.", "W01 Nothing leads to *End*."]);
}

#[test]
fn e03_loops_are_spelled_out() {
    let a = set(model("A", "large"), "/outputs/fallback", to("B"));
    let b = set(model("B", "small"), "/outputs/fallback", to("A"));
    check(
        json!([start("A"), a, b, end()]),
        &[
            "E03 This flow loops: *A* → *B* → *A*.",
            "W07 All fallbacks use *OpenAI*. An outage there takes the whole route down.",
        ],
    );
    let own = set(model("A", "large"), "/outputs/fallback", to("A"));
    assert!(problems(json!([start("A"), own, end()]), &Gateway)[0].starts_with("E03 This flow loops: *A* → *A*."));
    let back = set(model("A", "large"), "/outputs/fallback", to("s"));
    assert_eq!(
        problems(json!([start("A"), back, end()]), &Unknown)[0],
        "E03 This flow loops: *Start* → *A* → *Start*."
    );
}

#[test]
fn e04_shares() {
    let sticky = json!({"sticky": "metadata.user_id"});
    let spelled = |shares: Value| with(split(shares, sticky.clone()));
    check(spelled(json!({"60%": to("m"), "50%": to("n")})), &["E04 Shares add up to 110 %. Reduce by 10 %."]);
    check(spelled(json!({"60%": to("m"), "30%": to("n")})), &["E04 Shares add up to 90 % and there is no Else."]);
    check(spelled(json!({"most": to("m"), "50%": to("n")})), &["E04 **most** isn't a share. Write it like `25%`."]);
    check(
        spelled(json!({"-5%": to("m"), "NaN%": to("n")})),
        &["E04 **-5%** isn't a share. Write it like `25%`.", "E04 **NaN%** isn't a share. Write it like `25%`."],
    );
    let named = |branches: Value| {
        with(split(json!({"a": to("m"), "b": to("n")}), json!({"sticky": "metadata.user_id", "branches": branches})))
    };
    check(
        named(json!([{"name": "a", "weight": 60}, {"name": "b", "weight": 50}])),
        &["E04 Shares add up to 110 %. Reduce by 10 %."],
    );
    check(
        named(json!([{"name": "a", "weight": 50}, {"name": "a", "weight": 50}])),
        &["E04 Two branches are named *a*."],
    );
    check(named(json!([{"name": "a", "weight": 100}])), &["E04 **b** has no share."]);
    check(
        named(json!([{"name": "a", "weight": "50"}, {"name": "b", "weight": 50}])),
        &["E04 Branch *a* needs a share from 0 to 100."],
    );
    check(named(json!("a")), &["E04 `branches` is a list of names and weights."]);
}

#[test]
fn d08_shares_that_are_fine() {
    let sticky = json!({"sticky": "metadata.user_id"});
    for outputs in [
        json!({"50%": to("m"), "50.0%": to("n")}),
        json!({"10%": to("m"), "else": to("n")}),
        json!({"33.3%": to("m"), "33.30%": to("n"), "33.300%": to("n")}),
        json!({"100%": to("m"), "0%": to("n")}),
        json!({"99.95%": to("m"), "0.05%": to("n")}),
        json!({"100%": to("m"), "else": to("n")}),
    ] {
        check(with(split(outputs, sticky.clone())), &[]);
    }
}

#[test]
fn e05_settings() {
    let cases = [
        ("limit", json!(0), "E05 Enter a limit above 0."),
        ("limit", json!(-1), "E05 Enter a limit above 0."),
        ("limit", json!("10"), "E05 Enter a limit above 0."),
        ("limit", Value::Null, "E05 Enter a limit above 0."),
        ("window", json!(0), "E05 Enter a window of at least 1 second."),
        ("window", json!(0.5), "E05 Enter a window of at least 1 second."),
        ("window", json!(1e300), "E05 Enter a window of at least 1 second."),
        ("limitType", json!("tokens"), "E05 `limitType` is `count` or `cost`."),
        ("technique", json!("rolling"), "E05 `technique` is `sliding` or `fixed`."),
        ("calendar", json!("year"), "E05 `calendar` is `hour` or `day` or `week` or `month`."),
        ("missingKey", json!("ignore"), "E05 `missingKey` is `shared` or `fallback`."),
        ("enforcement", json!(1), "E05 `enforcement` is `soft` or `strict`."),
        ("mode", json!("off"), "E05 `mode` is `enforce` or `watch`."),
        ("onUnavailable", json!("block"), "E05 `onUnavailable` is `fallback` or `allow`."),
    ];
    for (property, value, expected) in cases {
        check(with(set(limit("count"), &format!("/properties/{property}"), value)), &[expected]);
    }
    let sliding =
        set(set(limit("cost"), "/properties/calendar", json!("month")), "/properties/technique", json!("sliding"));
    check(with(sliding), &["E05 A calendar window is `fixed`; it can't slide."]);
    let cases = [
        ("timeout", json!(-1), "E05 `timeout` is a number of milliseconds from 0 to 86400000."),
        ("retries", json!(-1), "E05 `retries` is a whole number from 0 to 5."),
        ("retryDelay", json!(60_001), "E05 `retryDelay` is a number of milliseconds from 0 to 60000."),
        ("backoff", json!("random"), "E05 `backoff` is `exponential` or `constant` or `linear`."),
        ("byokAlias", json!(7), "E05 `byokAlias` is a name in quotes."),
        ("parameters", json!([]), "E05 `parameters` is an object."),
        ("parameters", json!({"messages": []}), "E05 `messages` can't be set in `parameters`."),
        (
            "fallbackOn",
            json!("never"),
            "E05 `fallbackOn` is `default`, `any` or a list of statuses, `timeout` and `connect`.",
        ),
        (
            "fallbackOn",
            json!([99]),
            "E05 `fallbackOn` is `default`, `any` or a list of statuses, `timeout` and `connect`.",
        ),
    ];
    for (property, value, expected) in cases {
        let model = set(model("m", "large"), &format!("/properties/{property}"), value);
        check(json!([start("m"), model, end()]), &[expected]);
    }
}

#[test]
fn e06_what_to_count_per() {
    let keyed = |key: Value| with(set(limit("count"), "/properties/key", key));
    check(keyed(Value::Null), &["E06 Choose what to count per, or *everyone together*."]);
    check(keyed(json!("")), &["E06 Choose what to count per, or *everyone together*."]);
    check(keyed(json!("user_id")), &["E06 `user_id` isn't a field of a request. Did you mean `metadata.user_id`?"]);
    check(keyed(json!("*")), &[]);
}

#[test]
fn e07_conditions() {
    let none = unset(condition(json!({})), "/properties/conditions");
    check(with(none), &["E07 The condition has no value."]);
    check(with(condition(json!({"metadata.user_id": {"$gt": "many"}}))), &["E07 > needs a number."]);
    let pattern = problems(with(condition(json!({"metadata.user_id": {"$regex": "("}}))), &Gateway);
    assert!(pattern[0].starts_with("E07 This pattern isn't valid: "), "{pattern:?}");
    let both = set(condition(json!({"metadata.user_id": "a"})), "/properties/expression", json!("true"));
    check(with(both), &["E07 A condition has either `conditions` or an `expression`, not both."]);
    let broken = set(
        unset(condition(json!({})), "/properties/conditions"),
        "/properties/expression",
        json!("metadata.user_id =="),
    );
    assert!(problems(with(broken), &Gateway)[0].starts_with("E07 "));
}

#[test]
fn e08_models_and_providers() {
    let changed = |pointer: &str, value: Value| json!([start("m"), set(model("m", "large"), pointer, value), end()]);
    check(changed("/properties/model", json!("")), &["E08 Choose a model."]);
    check(changed("/properties/provider", Value::Null), &["E08 Choose a model."]);
    check(changed("/properties/provider", json!("opena")), &["E08 Unknown provider `opena`. Did you mean `openai`?"]);
}

#[test]
fn e10_a_budget_needs_prices() {
    let elements = json!([start("l"), limit("cost"), model("m", "acme-7b"), model("n", "small"), end()]);
    check(
        elements.clone(),
        &["E10 *Budget limit* can't see what *acme-7b* costs: no price. Set a price, or book a fixed amount."],
    );
    // Only what is charged to the budget needs a price, and counts need none.
    check(json!([start("l"), limit("cost"), model("m", "large"), model("n", "acme-7b"), end()]), &[]);
    check(set(elements, "/1/properties/limitType", json!("count")), &[]);
}

#[test]
fn e11_ids_and_types() {
    let twice = json!([start("m"), model("m", "large"), model("m", "small"), end()]);
    assert!(problems(twice, &Gateway).contains(&"E11 Two nodes have the id *m*.".to_owned()));
    let unknown = json!([start("m"), model("m", "large"), {"id": "x", "type": "modle", "outputs": {}}, end()]);
    check(unknown, &["E11 Unknown node type *modle*.", "W01 Nothing leads to *Node*."]);
    let nameless = json!([start("m"), model("m", "large"), end(), {"type": "end", "outputs": {}}]);
    check(nameless, &["E11 Node 4 has no id.", "W01 Nothing leads to *End 2*."]);
}

#[test]
fn e12_no_model_on_any_path() {
    let elements = json!([start("e"), model("m", "large"), end()]);
    check(elements, &["E12 No path reaches a model.", "W01 Nothing leads to *m*."]);
}

#[test]
fn e13_success_leads_to_end() {
    let chain = set(model("Model 1", "large"), "/outputs/success", to("Model 2"));
    let found = problems(json!([start("Model 1"), chain, model("Model 2", "small"), end()]), &Gateway);
    assert_eq!(
        found[0],
        "E13 **Success** of *Model 1* leads to another model. An answer has begun by then; lead it to End."
    );
    let loops_back = set(model("m", "large"), "/outputs/success", to("c"));
    let found = problems(
        json!([start("m"), loops_back, condition(json!({"metadata.user_id": 1})), model("n", "small"), end()]),
        &Unknown,
    );
    assert!(found.iter().any(|problem| problem.starts_with("E13 **Success** of *m* leads to *If plan*.")));
}

#[test]
fn e14_edges_that_lead_nowhere() {
    let lost = set(condition(json!({"metadata.user_id": "a"})), "/outputs/true", to("m9"));
    let elements = with(lost);
    check(
        elements.clone(),
        &["E14 **True** of *If plan* leads to *m9*, which doesn't exist.", "W01 Nothing leads to *m*."],
    );
    let read = crate::read_value(&elements).unwrap();
    let found = compile(&read.spec, &Gateway).problems.remove(0);
    assert_eq!(serde_json::to_value(found.path).unwrap(), json!(["elements", 1, "outputs", "true"]));
    assert_eq!((found.node.as_deref(), found.field.as_deref()), (Some("c"), Some("outputs.true")));
}

#[test]
fn paths_point_at_the_place_also_where_names_hold_dots() {
    let shares = json!({"33.3%": to("m"), "66.x%": to("n")});
    let read = crate::read_value(&with(split(shares, json!({"sticky": "metadata.user_id"})))).unwrap();
    let found = compile(&read.spec, &Gateway).problems.remove(0);
    assert_eq!(serde_json::to_value(&found.path).unwrap(), json!(["elements", 1, "outputs", "66.x%"]));
    assert_eq!(found.field.as_deref(), Some("outputs.66.x%"));
    let condition = condition(json!({"$or": [{"metadata.user_id": "a"}, {"metadata.user_id": {"$gt": "x"}}]}));
    let read = crate::read_value(&with(condition)).unwrap();
    let found = compile(&read.spec, &Gateway).problems.remove(0);
    let path = json!(["elements", 1, "properties", "conditions", "$or", 1, "metadata.user_id", "$gt"]);
    assert_eq!(serde_json::to_value(&found.path).unwrap(), path);
    assert_eq!(
        serde_json::to_value(&found).unwrap(),
        json!({"code": "E07", "severity": "error", "node": "c", "field": "properties.conditions",
            "message": "> needs a number.", "path": path})
    );
}

#[test]
fn e15_one_start() {
    let two =
        json!([start("m"), {"id": "t", "type": "start", "outputs": {"next": to("m")}}, model("m", "large"), end()]);
    check(two, &["E15 A flow has one Start; this one has 2."]);
    check(json!([model("m", "large"), end()]), &["E15 A flow has one Start; this one has none."]);
}

#[test]
fn e16_sizes() {
    let models = (0..137).map(|at| {
        let next = if at == 136 { "e".to_owned() } else { format!("m{}", at + 1) };
        set(model(&format!("m{at}"), "large"), "/outputs/fallback", to(&next))
    });
    let elements: Vec<Value> = [start("m0"), end()].into_iter().chain(models).collect();
    assert_eq!(problems(json!(elements), &Gateway), ["E16 139 nodes; at most 100."]);
    let mut nested = json!({"metadata.user_id": "a"});
    for _ in 0..7 {
        nested = json!({ "$and": [nested] });
    }
    check(with(condition(nested.clone())), &[]);
    check(with(condition(json!({ "$and": [{ "$and": [nested] }] }))), &["E16 This condition is nested deeper than 8."]);
    let outputs: serde_json::Map<String, Value> = (1..=11).map(|at| (format!("{at}%"), to("m"))).collect();
    let found = problems(with(split(json!(outputs), json!({"sticky": "metadata.user_id"}))), &Gateway);
    assert_eq!(found[0], "E16 11 branches; at most 10.");
}

#[test]
fn e17_secrets_and_prompts() {
    let secret = "E17 `headers.authorization` can't be used here: it is a secret.";
    let prompt = "E17 `body.messages` can't be used here: prompts stay out of routing.";
    check(with(condition(json!({"headers.authorization": "x"}))), &[secret]);
    check(with(condition(json!({"body.messages": "x"}))), &[prompt]);
    check(with(set(limit("count"), "/properties/key", json!("headers.authorization"))), &[secret]);
    let shares = json!({"50%": to("m"), "50.0%": to("n")});
    check(with(split(shares, json!({"sticky": "body.messages"}))), &[prompt]);
}

#[test]
fn w02_limits_behind_their_model() {
    let first = set(model("m", "large"), "/outputs/fallback", to("l"));
    let late = json!({"id": "l", "type": "rate", "outputs": {"success": to("e")},
        "properties": {"key": "*", "limit": 1, "limitType": "cost", "window": 60}});
    check(
        json!([start("m"), first.clone(), late, end()]),
        &["W02 *Budget limit* comes after *m*, so it can't stop that call."],
    );
    // A budget behind a failure guards the next model: that is a use.
    let guard = set(set(limit("cost"), "/outputs/success", to("n")), "/outputs/fallback", to("e"));
    let found = problems(json!([start("m"), first, guard, model("n", "small"), end()]), &Gateway);
    assert!(found.iter().all(|problem| !problem.starts_with("W02")), "{found:?}");
}

#[test]
fn w03_w04_metadata() {
    let elements = with(condition(json!({"metadata.userId": "a"})));
    check(
        elements,
        &["W03 `metadata.userId` wasn't in any request of the last 24 hours. Did you mean `metadata.user_id`?"],
    );
    check(
        with(condition(json!({"metadata.plan": "free"}))),
        &["W04 Callers set `metadata.plan` themselves. Pin it on their API key if it decides who pays."],
    );
}

#[test]
fn w05_w06_splits() {
    let shares = json!({"50%": to("m"), "50.0%": to("n")});
    check(with(split(shares, json!({}))), &["W05 Without a sticky key a user can switch models between messages."]);
    let same = set(condition(json!({"metadata.user_id": "a"})), "/outputs/false", to("m"));
    check(with(same), &["W06 Both outputs lead to the same node.", "W01 Nothing leads to *n*."]);
}

#[test]
fn w07_one_provider() {
    let first = set(model("m", "large"), "/outputs/fallback", to("n"));
    let elements = json!([start("m"), first, model("n", "small"), end()]);
    check(elements.clone(), &["W07 All fallbacks use *OpenAI*. An outage there takes the whole route down."]);
    check(set(elements.clone(), "/2/properties/provider", json!("mock")), &[]);
    check(set(set(elements, "/1/properties/provider", json!("mock")), "/2/properties/provider", json!("mock")), &[]);
}

#[test]
fn w08_a_detour_that_costs_more() {
    let elements = json!([start("l"), limit("cost"), model("m", "small"), model("n", "large"), end()]);
    check(elements, &["W08 *Over budget* leads to a model that costs more."]);
}

#[test]
fn w09_patience() {
    let tries = |id: &str, provider: &str| {
        let element = set(model(id, "large"), "/properties/retries", json!(2));
        set(element, "/properties/provider", json!(provider))
    };
    let first = set(tries("m", "openai"), "/outputs/fallback", to("n"));
    check(
        json!([start("m"), first.clone(), tries("n", "mock"), end()]),
        &["W09 60 s × 3 tries × 2 models can take 6 minutes; most clients give up earlier."],
    );
    let other = set(tries("n", "mock"), "/properties/timeout", json!(120_000));
    check(
        json!([start("m"), first, other, end()]),
        &["W09 2 models with all their tries can take 9 minutes; most clients give up earlier."],
    );
    let many = set(set(model("m", "large"), "/properties/retries", json!(9)), "/properties/timeout", json!(1_000));
    check(json!([start("m"), many, end()]), &["W09 9 retries; at most 5 are made."]);
}

#[test]
fn w11_w12_keys() {
    let elements = json!([start("l"), limit("cost"), model("m", "large"), model("n", "small"), end()]);
    assert_eq!(
        problems(elements, &WithOwnCost),
        ["W11 Keys that may set their own cost can pass this budget: *ci-key*.",]
    );
    let keyless = set(model("m", "large"), "/properties/provider", json!("acme"));
    check(
        json!([start("m"), keyless, end()]),
        &["W12 No stored key for *acme*. Calls work only when the caller sends one."],
    );
}

#[test]
fn a27_conditions_that_would_take_long_are_refused_at_once() {
    let began = Instant::now();
    let list: Vec<String> = (0..100_000).map(|at| at.to_string()).collect();
    let terms: Vec<Value> = (0..10_000).map(|at| json!({"metadata.user_id": at})).collect();
    let mut deep = json!({"metadata.user_id": "a"});
    for _ in 0..100 {
        deep = json!({ "$not": deep });
    }
    for conditions in [json!({"metadata.user_id": {"$in": list}}), json!({ "$or": terms }), deep] {
        let found = problems(with(condition(conditions)), &Gateway);
        assert!(found[0].starts_with("E16") || found[0].starts_with("E07"), "{found:?}");
    }
    assert!(began.elapsed().as_secs() < 2);
}

#[test]
fn a28_broken_imports_get_problems_fast() {
    let began = Instant::now();
    let many = vec![json!({"id": "n", "type": "end"}); 100_000];
    let found = crate::read_value(&json!({ "elements": many })).unwrap_err();
    assert_eq!(found.iter().map(ToString::to_string).collect::<Vec<_>>(), ["E16 100000 nodes; at most 100."]);
    assert!(found[0].is_structural());
    // As many as are read at all, every one of them wrong in several ways.
    let hostile: Vec<Value> = (0..1_000)
        .map(|at| json!({"id": format!("n{}", at % 500), "type": (["model", "rate", "modle", "start"][at % 4]),
            "outputs": {"success": to(&format!("n{}", (at + 1) % 500)), "fallback": to(&format!("n{at}")), "next": to("nowhere")}}))
        .collect();
    let read = crate::read_value(&json!({ "elements": hostile })).unwrap();
    let compiled = compile(&read.spec, &Gateway);
    assert!(compiled.route.is_none() && compiled.is_refused());
    for code in [Code::E03, Code::E08, Code::E11, Code::E14, Code::E15, Code::E16] {
        assert!(compiled.problems.iter().any(|problem| problem.code == code), "{code}");
    }
    assert!(began.elapsed().as_secs() < 3, "{:?}", began.elapsed());
}

#[test]
fn every_problem_comes_at_once_errors_first() {
    let elements = json!([
        start("c"),
        unset(condition(json!({"metadata.user_id": {"$gt": "x"}})), "/outputs/false"),
        set(limit("cost"), "/properties/limit", json!(0)),
        model("m", ""),
        model("n", "small"),
        end(),
    ]);
    let read = crate::read_value(&json!({ "elements": elements })).unwrap();
    let found = compile(&read.spec, &Gateway).problems;
    let codes: Vec<&str> = found.iter().map(|problem| problem.code.as_str()).collect();
    assert_eq!(codes, ["E07", "E02", "E05", "E08", "W01", "W01"]);
    assert!(found.is_sorted_by_key(Problem::severity));
}

#[test]
fn i13_the_examples_compile_without_errors() {
    for name in [
        "simple",
        "rate-limited",
        "budget-with-fallback",
        "paid-and-free",
        "ab-test",
        "gradual-rollout",
        "smart-route",
        "saas-plans",
        "provider-failover",
    ] {
        let compiled = compile(&spec(example(name)), &Gateway);
        let errors: Vec<&Problem> =
            compiled.problems.iter().filter(|found| found.severity() == Severity::Error).collect();
        assert!(compiled.route.is_some() && errors.is_empty(), "{name}: {errors:?}");
        assert_eq!(example(name)["name"], name);
    }
}

#[test]
fn d10_what_a_route_reads_is_known() {
    let by_header = set(limit("count"), "/properties/key", json!("headers.X-Team"));
    let condition = condition(json!({"body.max_tokens": {"$gt": 5}, "body.user": "a", "headers.x-tier": "gold"}));
    let route = route(json!([
        start("c"),
        set(condition, "/outputs/true", to("l")),
        by_header,
        model("m", "large"),
        model("n", "small"),
        end(),
    ]));
    let text = |list: &[std::sync::Arc<str>]| list.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(text(route.body_paths()), ["max_tokens", "user"]);
    assert_eq!(text(route.headers()), ["x-team", "x-tier"]);
}

#[test]
fn d05_settings_of_limits_and_models_arrive() {
    use crate::kinds::{model::FallbackOn, rate::Per};
    use waypost_policy::{
        limit::{Enforcement, MissingKey, Mode, OnUnavailable, Technique},
        retry::Backoff,
    };

    let element = Element::new("l", ElementKind::Rate);
    assert_eq!(element.kind_title(), "Rate limit");
    let mut limit = limit("cost");
    for (name, value) in [
        ("key", json!("*")),
        ("limit", json!(0.01)),
        ("calendar", json!("month")),
        ("missingKey", json!("fallback")),
        ("enforcement", json!("strict")),
        ("mode", json!("watch")),
        ("onUnavailable", json!("allow")),
    ] {
        limit = set(limit, &format!("/properties/{name}"), value);
    }
    let mut tuned = model("m", "large");
    for (name, value) in [
        ("timeout", json!(0)),
        ("retries", json!(5)),
        ("retryDelay", json!(100)),
        ("backoff", json!("linear")),
        ("byokAlias", json!("prod")),
        ("parameters", json!({"temperature": 0})),
        ("fallbackOn", json!([429, "503", "timeout"])),
    ] {
        tuned = set(tuned, &format!("/properties/{name}"), value);
    }
    let route = route(json!([start("l"), limit, tuned, model("n", "small"), end()]));
    let rate = route.limit(NodeIx(1)).unwrap();
    assert_eq!((rate.rule.limit, rate.rule.technique), (10_000_000_000, Technique::Fixed));
    assert_eq!((rate.rule.enforcement, rate.rule.mode), (Enforcement::Strict, Mode::Watch));
    assert_eq!((rate.missing_key, rate.on_unavailable), (MissingKey::Fallback, OnUnavailable::Allow));
    assert_eq!(
        (&rate.per, rate.sentence()),
        (&Per::Everyone, "$0.01 per calendar month for everyone together".to_owned())
    );
    let model = route.model(NodeIx(2)).unwrap();
    assert_eq!((model.timeout_ms, model.retries, model.retry_delay_ms), (None, Some(5), Some(100)));
    assert_eq!((model.backoff, model.byok_alias.as_deref()), (Some(Backoff::Linear), Some("prod")));
    assert_eq!(model.parameters.get("temperature"), Some(&json!(0)));
    let only = FallbackOn::Only { statuses: vec![429, 503], timeout: true, connect: false };
    assert_eq!(model.fallback_on, only);
}
