use serde_json::{Value, json};

use super::*;
use crate::{surroundings::Unknown, testing::example};

/// Reads and gives the document in the published spelling.
fn published(document: &Value) -> Value {
    read_value(document).unwrap_or_else(|problems| panic!("{problems:?}")).spec.to_json()
}

/// A document of another spelling reads like the published one, and compiles.
#[track_caller]
fn check(document: &Value, expected: &Value) {
    assert_eq!(&published(document), expected);
    let spec = read_value(document).unwrap().spec;
    let compiled = crate::compile(&spec, &Unknown);
    assert!(compiled.is_valid(), "{:#?}", compiled.problems);
}

/// The published form, the lab's route.
fn smart_route() -> Value {
    json!({"name": "smart-route", "elements": [
        {"id": "s", "type": "start", "outputs": {"next": {"elementId": "c1"}}},
        {"id": "c1", "type": "conditional", "properties": {"conditions": {"metadata.user_id": {"$eq": "user-admin"}}},
            "outputs": {"true": {"elementId": "b1"}, "false": {"elementId": "ab"}}},
        {"id": "b1", "type": "rate",
            "properties": {"key": "metadata.user_id", "limit": 1, "limitType": "cost", "window": 3600},
            "outputs": {"success": {"elementId": "big"}, "fallback": {"elementId": "small"}}},
        {"id": "ab", "type": "percentage",
            "outputs": {"50%": {"elementId": "small"}, "50.0%": {"elementId": "alt"}}},
        {"id": "big", "type": "model", "properties": {"provider": "workers-ai",
            "model": "@cf/meta/llama-3.3-70b-instruct-fp8-fast", "timeout": 60000, "retries": 1},
            "outputs": {"success": {"elementId": "e"}, "fallback": {"elementId": "small"}}},
        {"id": "small", "type": "model", "properties": {"provider": "workers-ai",
            "model": "@cf/meta/llama-3.2-1b-instruct", "timeout": 60000, "retries": 0},
            "outputs": {"success": {"elementId": "e"}, "fallback": {"elementId": "e"}}},
        {"id": "alt", "type": "model", "properties": {"provider": "workers-ai",
            "model": "@cf/meta/llama-3.2-3b-instruct", "timeout": 60000, "retries": 0},
            "outputs": {"success": {"elementId": "e"}, "fallback": {"elementId": "small"}}},
        {"id": "e", "type": "end", "outputs": {}},
    ]})
}

#[test]
fn d12_the_published_form_is_read_as_it_is() {
    check(&smart_route(), &smart_route());
    let read = read_value(&smart_route()).unwrap();
    assert_eq!((read.changes, read.unknown), (vec![], vec![]));
}

#[test]
fn d12_answers_of_the_api_are_read() {
    let elements = smart_route()["elements"].clone();
    let list = json!({ "elements": elements });
    check(&elements, &list);
    check(
        &json!({"result": {"id": "r", "name": "x", "elements": elements}}),
        &json!({"name": "x", "elements": elements}),
    );
    check(&json!({"result": {"version": {"version_id": "v", "data": elements}}}), &list);
    check(&json!({"result": {"version": {"version_id": "v", "data": elements.to_string()}}}), &list);
}

#[test]
fn d12_the_old_docs_are_read() {
    let old = json!({"elements": [
        {"id": "s", "type": "start", "outputs": {"next": {"elementId": "c"}}},
        {"id": "c", "type": "conditional", "properties": {"condition": {"metadata.plan": "free"}},
            "outputs": {"true": {"elementId": "r"}, "false": {"elementId": "p"}}},
        {"id": "r", "type": "rate_limit", "properties": {"key": "metadata.user_id", "limit": 100,
            "limitType": "count", "interval": 3600, "technique": "fixed"},
            "outputs": {"success": {"elementId": "m"}, "fallback": {"elementId": "n"}}},
        {"id": "p", "type": "percentage", "outputs": {"10%": {"elementId": "m"}, "else": {"elementId": "n"}}},
        {"id": "m", "type": "model", "properties": {"provider": "openai", "model": "gpt-4o", "timeout": 1000, "retries": 1},
            "outputs": {"success": {"elementId": "e"}, "fallback": {"elementId": "n"}}},
        {"id": "n", "type": "model", "properties": {"provider": "openai", "model": "gpt-4o-mini", "timeout": 1000, "retries": 1},
            "outputs": {"success": {"elementId": "e"}}},
        {"id": "e", "type": "end"},
    ]});
    let mut expected = old.clone();
    expected["elements"][1]["properties"] = json!({"conditions": {"metadata.plan": "free"}});
    expected["elements"][2]["type"] = json!("rate");
    expected["elements"][2]["properties"] =
        json!({"key": "metadata.user_id", "limit": 100, "limitType": "count", "window": 3600, "technique": "fixed"});
    expected["elements"][6]["outputs"] = json!({});
    check(&old, &expected);
    assert_eq!(
        read_value(&old).unwrap().changes,
        [
            "`condition` of `c` is written `conditions`.",
            "`type: rate_limit` is written `rate`.",
            "`interval` of `r` is written `window`.",
        ]
    );
}

#[test]
fn d12_terraform_is_read() {
    // The attributes of a resource: snake case, JSON in a text, null where nothing is set.
    let terraform = json!({"elements": [
        {"id": "s", "type": "start", "outputs": {"next": {"element_id": "c"}, "true": null, "false": null}, "properties": null},
        {"id": "c", "type": "conditional", "outputs": {"next": null, "true": {"element_id": "r"}, "false": {"element_id": "m"}},
            "properties": {"conditions": "{\"metadata.plan\":{\"$eq\":\"paid\"}}", "key": null, "limit": null}},
        {"id": "r", "type": "rate", "outputs": {"success": {"element_id": "m"}, "fallback": {"element_id": "m"}},
            "properties": {"conditions": null, "key": "metadata.org", "limit": 10, "limit_type": "cost", "window": 86400}},
        {"id": "m", "type": "model", "outputs": {"success": {"element_id": "e"}, "fallback": {"element_id": "e"}},
            "properties": {"ai_gateway_dynamic_routing_provider": "openai", "model": "gpt-4o", "retries": 1, "timeout": 1000}},
        {"id": "e", "type": "end", "outputs": {}, "properties": null},
    ]});
    let elements = published(&terraform)["elements"].clone();
    assert_eq!(elements[0], json!({"id": "s", "type": "start", "outputs": {"next": {"elementId": "c"}}}));
    assert_eq!(elements[1]["properties"]["conditions"], json!({"metadata.plan": {"$eq": "paid"}}));
    assert_eq!(elements[2]["properties"]["limitType"], "cost");
    assert_eq!(elements[2]["outputs"]["success"], json!({"elementId": "m"}));
    assert_eq!(
        elements[3]["properties"],
        json!({"provider": "openai", "model": "gpt-4o", "retries": 1, "timeout": 1000})
    );
    assert!(crate::compile(&read_value(&terraform).unwrap().spec, &Unknown).is_valid());
}

#[test]
fn d12_the_briefs_sketch_is_read() {
    let sketch = json!({"name": "smart-route", "nodes": [
        {"id": "check", "type": "conditional", "condition": "metadata.user_id == 'user-admin'",
            "true_branch": "budget", "false_branch": "split"},
        {"id": "budget", "type": "budget", "key": "metadata.user_id", "limit": 1, "window": 3600,
            "next": "big", "fallback": "small"},
        {"id": "split", "type": "percentage", "branches": [{"weight": 50, "next": "small"}, {"weight": 50, "next": "big"}]},
        {"id": "big", "type": "model", "model": "@cf/meta/llama-3.3-70b-instruct-fp8-fast", "fallback": "small"},
        {"id": "small", "type": "model", "model": "@cf/meta/llama-3.2-1b-instruct"},
        {"type": "model", "provider": "openai", "model": "gpt-4o"},
    ]});
    let to = |id: &str| json!({ "elementId": id });
    let expected = json!({"name": "smart-route", "elements": [
        {"id": "start", "type": "start", "outputs": {"next": to("check")}},
        {"id": "check", "type": "conditional", "outputs": {"true": to("budget"), "false": to("split")},
            "properties": {"expression": "metadata.user_id == 'user-admin'"}},
        {"id": "budget", "type": "rate", "outputs": {"success": to("big"), "fallback": to("small")},
            "properties": {"key": "metadata.user_id", "limit": 1, "limitType": "cost", "window": 3600}},
        {"id": "split", "type": "percentage", "outputs": {"a": to("small"), "b": to("big")},
            "properties": {"branches": [{"name": "a", "weight": 50}, {"name": "b", "weight": 50}]}},
        {"id": "big", "type": "model", "outputs": {"success": to("end"), "fallback": to("small")},
            "properties": {"provider": "workers-ai", "model": "@cf/meta/llama-3.3-70b-instruct-fp8-fast"}},
        {"id": "small", "type": "model", "outputs": {"success": to("end")},
            "properties": {"provider": "workers-ai", "model": "@cf/meta/llama-3.2-1b-instruct"}},
        {"id": "model", "type": "model", "outputs": {"success": to("end")},
            "properties": {"provider": "openai", "model": "gpt-4o"}},
        {"id": "end", "type": "end", "outputs": {}},
    ]});
    check(&sketch, &expected);
}

#[test]
fn d12_text_conditions_keep_their_language() {
    let read_back = |properties: Value| {
        let document =
            json!({"elements": [{"id": "c", "type": "conditional", "outputs": {}, "properties": properties}]});
        published(&document)["elements"][0]["properties"].clone()
    };
    assert_eq!(read_back(json!({"condition": "metadata.a == 1"})), json!({"expression": "metadata.a == 1"}));
    assert_eq!(read_back(json!({"conditions": "{\"metadata.a\": 1}"})), json!({"conditions": {"metadata.a": 1}}));
    assert_eq!(read_back(json!({"conditions": "metadata.a == 1"})), json!({"conditions": "metadata.a == 1"}));
    // The published spelling wins; the other is kept and reported.
    let both = json!({"conditions": {"metadata.a": 1}, "condition": {"metadata.a": 2}});
    assert_eq!(read_back(both.clone()), both);
}

#[test]
fn nothing_is_filled_in_where_the_document_is_no_sketch() {
    let document = json!({"elements": [
        {"type": "model", "outputs": {}, "properties": {"provider": "openai", "model": "gpt-4o"}},
        {"id": "e", "type": "end", "outputs": {}},
    ]});
    let spec = read_value(&document).unwrap().spec;
    assert_eq!(spec.to_json(), document);
    let found: Vec<String> = crate::compile(&spec, &Unknown).problems.iter().map(ToString::to_string).collect();
    assert_eq!(
        found,
        [
            "E15 A flow has one Start; this one has none.",
            "E11 Node 1 has no id.",
            "E02 *Model* needs a node on **Success**.",
        ]
    );
}

#[test]
fn unknown_properties_are_kept_and_reported() {
    let mut document = example("smart-route");
    document["owner"] = json!("team-a");
    document["layout"] = json!({"budget": [1, 2]});
    let budget = &mut document["elements"][2];
    budget["properties"]["burst"] = json!({"of": 3});
    budget["colour"] = json!("red");
    budget["outputs"]["success"]["label"] = json!("go");
    budget["outputs"]["later"] = json!({"elementId": "end"});
    let read = read(document.to_string().as_bytes()).unwrap();
    assert_eq!(read.spec.to_json(), document);
    assert_eq!(read.changes, Vec::<String>::new());
    assert_eq!(
        read.unknown,
        [
            "`burst` of `budget` isn't known here; it is kept.",
            "`colour` beside the properties of `budget` isn't known here; it is kept.",
            "Output `later` of `budget` isn't known here; it is kept.",
            "`owner` isn't known here; it is kept.",
        ]
    );
}

#[test]
fn what_is_no_route_document_is_refused() {
    let refused = |text: &str| {
        let problems = read(text.as_bytes()).unwrap_err();
        assert!(problems.iter().all(Problem::is_structural));
        problems.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(refused("{"), ["E00 The document isn't valid JSON: EOF while parsing an object at line 1 column 1."]);
    for text in [
        "{}",
        "3",
        "null",
        "\"[]\"",
        "{\"elements\": {}}",
        "{\"result\": {\"result\": {\"result\": {\"result\": {\"elements\": []}}}}}",
    ] {
        assert_eq!(refused(text), ["E00 A route document needs a list named `elements`."], "{text}");
    }
    assert_eq!(
        refused(
            r#"[3, {"id": "a"}, {"id": [], "type": "end"}, {"id": "b", "type": "end", "outputs": 3},
            {"id": "c", "type": "start", "outputs": {"next": 7}}, {"id": "d", "type": "end", "properties": "x"}]"#
        ),
        [
            "E00 Node 1 isn't an object.",
            "E00 Node 2 has no `type`.",
            "E00 The id of node 3 isn't text.",
            "E00 `outputs` of node 4 isn't an object.",
            "E00 Output `next` doesn't name a node.",
            "E00 `properties` of node 6 isn't an object.",
        ]
    );
}

#[test]
fn d08_a_share_spelled_twice_keeps_both_branches() {
    let text = r#"{"elements": [{"id": "p", "type": "percentage", "outputs": {"50%": {"elementId": "a"}, "50%": {"elementId": "b"}}}]}"#;
    let read = read(text.as_bytes()).unwrap();
    let targets: Vec<&str> = read.spec.elements[0].outputs.iter().map(|output| output.target.as_str()).collect();
    assert_eq!(targets.len(), 2);
    assert_eq!(read.changes, ["`50%` stood twice; both branches are kept, the second one spelled with more digits."]);
}

#[test]
fn titles_are_given_or_numbered() {
    let mut document = smart_route();
    document["elements"][4]["title"] = json!("Premium");
    let titles = read_value(&document).unwrap().spec.titles();
    assert_eq!(titles, ["Start", "Condition", "Budget limit", "Split", "Premium", "Model 2", "Model 3", "End"]);
}

mod properties {
    use proptest::prelude::*;

    use super::*;

    fn scalar() -> impl Strategy<Value = Value> {
        prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            (-1_000_000_i64..1_000_000).prop_map(Value::from),
            "[a-z0-9.%@/ -]{0,8}".prop_map(Value::from),
            "\\PC{0,4}".prop_map(Value::from),
        ]
    }

    fn value() -> impl Strategy<Value = Value> {
        scalar().prop_recursive(2, 8, 3, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
                proptest::collection::btree_map("[a-z_$.]{1,6}", inner, 0..3).prop_map(|map| json!(map)),
            ]
        })
    }

    /// Members that mean something somewhere, and others.
    fn member() -> impl Strategy<Value = String> {
        let known = [
            "condition",
            "conditions",
            "expression",
            "branches",
            "sticky",
            "key",
            "limit",
            "limitType",
            "limit_type",
            "window",
            "interval",
            "provider",
            "model",
            "timeout",
            "next",
            "true_branch",
            "success",
            "fallback",
            "title",
            "ai_gateway_dynamic_routing_provider",
            "x",
        ];
        prop_oneof![proptest::sample::select(known.map(str::to_owned).to_vec()), "[a-z]{1,4}"]
    }

    fn element() -> impl Strategy<Value = Value> {
        let kinds = ["start", "conditional", "percentage", "rate", "model", "end", "rate_limit", "budget", "modle"];
        let output = prop_oneof![
            "[a-d]".prop_map(Value::from),
            "[a-d]".prop_map(|id| json!({"elementId": id, "x": 1})),
            "[a-d]".prop_map(|id| json!({ "element_id": id })),
            Just(Value::Null)
        ];
        let outputs = proptest::collection::btree_map("(next|true|false|success|fallback|else|50%|a)", output, 0..3);
        let properties = proptest::collection::btree_map(member(), value(), 0..4);
        let extra = proptest::collection::btree_map(member(), value(), 0..2);
        (
            proptest::option::of("[a-d]"),
            proptest::sample::select(kinds.to_vec()),
            proptest::option::of(outputs),
            properties,
            extra,
        )
            .prop_map(|(id, kind, outputs, properties, extra)| {
                let mut element = json!(extra);
                element["type"] = json!(kind);
                if let Some(id) = id {
                    element["id"] = json!(id);
                }
                if let Some(outputs) = outputs {
                    element["outputs"] = json!(outputs);
                }
                if !properties.is_empty() {
                    element["properties"] = json!(properties);
                }
                element
            })
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(100) })]

        #[test]
        fn what_was_read_once_reads_the_same_again(
            elements in proptest::collection::vec(element(), 0..6), key in "(elements|nodes)", extra in value(),
        ) {
            let document = json!({key: elements, "kept": extra});
            if let Ok(first) = read_value(&document) {
                let written = first.spec.to_json();
                let second = read(written.to_string().as_bytes()).expect("what was written can be read");
                prop_assert_eq!(&second.spec, &first.spec, "{:?}", second.changes);
                prop_assert_eq!(second.spec.to_json(), written);
                // Whatever it is, it compiles or has problems; it does not panic.
                crate::compile(&first.spec, &Unknown);
            }
        }
    }
}
