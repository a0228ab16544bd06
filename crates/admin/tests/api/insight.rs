//! Summaries, live traffic, counters, saved cases and what a change would have done.

use serde_json::{Value, json};
use waypost_graph::{BucketScope, Unknown, compile, read_value};
use waypost_policy::limit::{Ask, KeyValue};
use waypost_store::{AdminRole, counters::Counters};
use waypost_types::{BucketId, LimitKind, PicoUsd};
use waypost_types::{
    Metadata, Scalar, UnixMs,
    record::{AttemptRecord, LimitTrail, RequestOutcome, RouteRecord, TrailStep},
};

use crate::{
    logs::store_row,
    world::{GATEWAYS, Reply, START, World, simple, world},
};

const ROUTES: &str = "/api/gateways/default/routes";

/// If admin → large, else small; both within two requests per hour and user.
fn smart() -> Value {
    json!({"name": "smart-route", "elements": [
        {"id": "s", "type": "start", "outputs": {"next": {"elementId": "if"}}},
        {"id": "if", "type": "conditional", "properties": {"conditions": {"metadata.user_id": "user-admin"}},
         "outputs": {"true": {"elementId": "l"}, "false": {"elementId": "small"}}},
        {"id": "l", "type": "rate", "properties": {"key": "metadata.user_id", "limit": 2, "limitType": "count", "window": 3600, "technique": "fixed"},
         "outputs": {"success": {"elementId": "large"}, "fallback": {"elementId": "small"}}},
        {"id": "large", "type": "model", "properties": {"provider": "mock", "model": "large", "timeout": 0, "retries": 0},
         "outputs": {"success": {"elementId": "e"}, "fallback": {"elementId": "small"}}},
        {"id": "small", "type": "model", "properties": {"provider": "mock", "model": "small", "timeout": 0, "retries": 0},
         "outputs": {"success": {"elementId": "e"}, "fallback": {"elementId": "e"}}},
        {"id": "e", "type": "end", "outputs": {}},
    ]})
}

async fn smart_route(world: &World) -> String {
    let created = world.post(&format!("{GATEWAYS}/default/routes"), smart()).await;
    created.result()["id"].as_str().unwrap().to_owned()
}

fn step(node: &str, kind: &str, output: &str) -> TrailStep {
    TrailStep { node: node.into(), kind: kind.into(), output: output.into(), ..TrailStep::default() }
}

fn limited(output: &str, user: &str) -> TrailStep {
    let limit = LimitTrail {
        bucket: BucketId::of(&[b"any"]),
        kind: LimitKind::Count,
        key: Some(user.into()),
        limit: 2,
        used: 2,
        asked: 1,
        would_refuse: false,
    };
    TrailStep { limit: Some(limit), ..step("l", "rate", output) }
}

/// A request of a user that took this way and was answered by this model.
async fn went(world: &World, number: u8, route: &str, user: &str, trail: Vec<TrailStep>, model: &str) -> String {
    store_row(world, number, |record| {
        record.provider = "mock".into();
        record.model = model.into();
        record.simulated = true;
        record.metadata = Metadata(vec![("user_id".into(), Scalar::text(user))]);
        record.attempts = vec![AttemptRecord {
            node: model.into(),
            provider: "mock".into(),
            model: model.into(),
            duration_ms: 100,
            cost: Some(PicoUsd(1_000_000)),
            ..AttemptRecord::default()
        }];
        record.cost = Some(PicoUsd(1_000_000));
        record.route = Some(RouteRecord {
            id: route.into(),
            name: "smart-route".into(),
            version_id: "v".into(),
            version: 1,
            trail,
        });
    })
    .await
}

/// Three requests of anna, two of the admin within the limit and one over it.
async fn six(world: &World, route: &str) {
    for number in 1..=3 {
        let trail =
            vec![step("s", "start", "next"), step("if", "conditional", "false"), step("small", "model", "success")];
        went(world, number, route, "user-anna", trail, "small").await;
    }
    for number in 4..=6 {
        let (output, model) = if number == 6 { ("fallback", "small") } else { ("success", "large") };
        let trail = vec![
            step("s", "start", "next"),
            step("if", "conditional", "true"),
            limited(output, "user-admin"),
            step(model, "model", "success"),
        ];
        went(world, number, route, "user-admin", trail, model).await;
    }
}

#[tokio::test]
async fn seen_tells_what_requests_carried() {
    let world = world().await;
    let route = smart_route(&world).await;
    six(&world, &route).await;
    let reply = world.call(AdminRole::Viewer, "GET", "/api/gateways/default/seen", None).await;
    let seen = reply.result();
    assert_eq!((&seen["requests"], &seen["is_sample"]), (&json!(6), &json!(false)));
    assert_eq!((&seen["metadata"][0]["key"], &seen["metadata"][0]["share"]), (&json!("user_id"), &json!(1.0)));
    assert_eq!(seen["metadata"][0]["values"][0], json!({"value": "user-admin", "count": 3}));
    assert_eq!(seen["users"], json!(["user-admin", "user-anna"]));
    assert_eq!(seen["models"][0], json!({"provider": "mock", "model": "small", "requests": 4, "has_price": true}));
    assert_eq!(world.get("/api/gateways/default/seen?window=5y").await.error().2, json!(["query", "window"]));
}

#[tokio::test]
async fn ux21_traffic_counts_every_request_once_per_output() {
    let world = world().await;
    let route = smart_route(&world).await;
    six(&world, &route).await;
    for name in [route.as_str(), "smart-route", "SMART-ROUTE"] {
        let reply = world.get(&format!("{ROUTES}/{name}/traffic?window=1h")).await;
        let traffic = reply.result();
        assert_eq!((&traffic["requests"], &traffic["version"]), (&json!(6), &json!(1)));
        let count = |node: &str, output: &str| {
            let edges = traffic["edges"].as_array().unwrap();
            edges.iter().find(|edge| edge["node"] == node && edge["output"] == output).map(|edge| edge["count"].clone())
        };
        assert_eq!(count("s", "next"), Some(json!(6)));
        assert_eq!(count("if", "false"), Some(json!(3)));
        assert_eq!((count("l", "success"), count("l", "fallback")), (Some(json!(2)), Some(json!(1))));
        let nodes = traffic["nodes"].as_array().unwrap();
        let node = |id: &str| nodes.iter().find(|node| node["node"] == id).unwrap().clone();
        assert_eq!((&node("l")["over"], &node("l")["users_over"]), (&json!(1), &json!(1)));
        assert_eq!((&node("small")["calls"], &node("small")["cost_usd"]), (&json!(4), &json!(0.000_004)));
        assert_eq!(node("if")["p95_ms"], Value::Null);
        // The same rows behind a click.
        let since = traffic["since"].as_str().unwrap();
        let filters = json!([{"key": "route", "operator": "eq", "value": route}, {"key": "edge", "operator": "eq", "value": "l:success"},
            {"key": "created_at", "operator": "gte", "value": since}]);
        let filters: String = filters.to_string().bytes().map(|byte| format!("%{byte:02x}")).collect();
        let rows = world.get(&format!("{GATEWAYS}/default/logs?filters={filters}")).await;
        assert_eq!(rows.body["result_info"]["total_count"], 2);
    }
    let other = world.get(&format!("{ROUTES}/{route}/traffic?version=7")).await;
    assert_eq!(other.result()["requests"], 0);
    assert_eq!(world.get(&format!("{ROUTES}/{route}/traffic?version=x")).await.status, 400);
}

#[tokio::test]
async fn the_summary_of_routes_says_how_they_are() {
    let world = world().await;
    let route = smart_route(&world).await;
    six(&world, &route).await;
    let mut draft = smart();
    draft["elements"][2]["properties"]["limit"] = json!(5);
    draft["elements"][3]["outputs"]["success"]["elementId"] = json!("nowhere");
    let body = json!({"document": draft});
    world.call(AdminRole::Editor, "PUT", &format!("{ROUTES}/{route}/draft"), Some(body)).await.result();
    let reply = world.call(AdminRole::Viewer, "GET", "/api/gateways/default/routes-summary", None).await;
    let row = &reply.result()[0];
    assert_eq!(
        (&row["name"], &row["live_version"], &row["draft_changes"]),
        (&json!("smart-route"), &json!(1), &json!(2))
    );
    assert_eq!((&row["requests_24h"], &row["errors_24h"]), (&json!(6), &json!(0)));
    assert_eq!((&row["cost_24h_usd"], &row["simulated_cost_24h_usd"]), (&json!(0.000_006), &json!(0.000_006)));
    let sparkline: Vec<i64> = serde_json::from_value(row["sparkline"].clone()).unwrap();
    assert_eq!((sparkline.len(), sparkline.iter().sum::<i64>()), (24, 6));
    assert_eq!(row["deployed_by"], "the Admin");
    assert!(row["problems"]["errors"].as_u64().unwrap() >= 1);
}

#[tokio::test]
async fn dismissed_warnings_keep_who_and_when_and_are_not_counted() {
    let world = world().await;
    let route = smart_route(&world).await;
    let warnings = async || {
        let reply = world.get("/api/gateways/default/routes-summary").await;
        reply.result()[0]["problems"]["warnings"].as_u64().unwrap()
    };
    let before = warnings().await;
    let found = world.post(&format!("{ROUTES}/validate"), smart()).await;
    let warning = found.result()["problems"][0].clone();
    let path = format!("{ROUTES}/{route}/dismissals");
    let body = json!([{"code": warning["code"], "node": warning["node"], "reason": "our back end sets it"}]);
    let put = world.call(AdminRole::Editor, "PUT", &path, Some(body.clone())).await;
    assert_eq!(put.result()[0]["by"], "the Editor");
    assert_eq!(warnings().await, before - 1);
    let again = world.call(AdminRole::Admin, "PUT", &path, Some(body)).await;
    assert_eq!(again.result(), put.result());
    assert_eq!(world.get(&path).await.result(), put.result());
    let wrong = json!([{"code": "E01", "reason": "no"}]);
    assert_eq!(world.call(AdminRole::Editor, "PUT", &path, Some(wrong)).await.error().2, json!(["body", 0, "code"]));
    assert_eq!(world.call(AdminRole::Viewer, "PUT", &path, Some(json!([]))).await.status, 403);
    assert_eq!(world.call(AdminRole::Editor, "PUT", &path, Some(json!([{"code": "W05"}]))).await.status, 400);
}

#[tokio::test]
async fn buckets_show_what_is_used_and_a_reset_is_audited() {
    let world = world().await;
    let id = smart_route(&world).await;
    six(&world, &id).await;
    let route = compile(&read_value(&smart()).unwrap().spec, &Unknown).route.unwrap();
    let limit = route.limit(route.find("l").unwrap()).unwrap();
    let scope = BucketScope { gateway: "default/default".into(), route_id: id.as_str().into() };
    let bucket = limit.bucket(&scope, &KeyValue::Value("user-admin".into()));
    let ask = Ask { node: 2, bucket, rule: limit.rule.clone(), amount: 1, held: false };
    for _ in 0..2 {
        assert!(world.counters.admit(std::slice::from_ref(&ask), UnixMs(START)).await.unwrap().passed());
    }
    let path = format!("{ROUTES}/{id}/buckets?node=l");
    let reply = world.call(AdminRole::Viewer, "GET", &path, None).await;
    let found = reply.result();
    assert_eq!((&found["kind"], &found["limit"], &found["total"]), (&json!("count"), &json!(2), &json!(1)));
    assert_eq!((&found["buckets"][0]["key"], &found["buckets"][0]["used"]), (&json!("user-admin"), &json!(2)));
    assert!(found["buckets"][0]["resets_at"].is_string());
    assert_eq!(found["buckets"][0]["frees_at"], Value::Null);

    let reset = format!("{ROUTES}/{id}/buckets/reset");
    let body = json!({"node": "l", "key": "user-admin"});
    assert_eq!(world.call(AdminRole::Viewer, "POST", &reset, Some(body.clone())).await.status, 403);
    assert_eq!(world.call(AdminRole::Editor, "POST", &reset, Some(body)).await.result()["taken_out"], 2);
    assert_eq!(world.get(&path).await.result()["buckets"], json!([]));
    let audit = world.get("/api/audit").await;
    assert_eq!((&audit.result()[0]["object"], &audit.result()[0]["before"]["settled"]), (&json!("counter"), &json!(2)));
    assert!(world.counters.admit(std::slice::from_ref(&ask), UnixMs(START)).await.unwrap().passed());

    assert_eq!(world.get(&format!("{ROUTES}/{id}/buckets?node=if")).await.error().2, json!(["query", "node"]));
    assert_eq!(world.get(&format!("{ROUTES}/{id}/buckets")).await.error().2, json!(["query", "node"]));
}

/// Requests that take an output of the document that an effect was asked of.
fn taken(effect: &Reply, node: &str, output: &str) -> u64 {
    let edges = effect.result()["edges"].as_array().unwrap();
    let edge = edges.iter().find(|edge| edge["node"] == node && edge["output"] == output);
    edge.map_or(0, |edge| edge["count"].as_u64().unwrap())
}

#[tokio::test]
async fn ux24_the_effect_of_a_change_on_recent_requests() {
    let world = world().await;
    let route = smart_route(&world).await;
    six(&world, &route).await;
    let path = format!("{ROUTES}/{route}/effect");
    let same = world.call(AdminRole::Viewer, "POST", &path, Some(json!({"document": smart()}))).await;
    assert_eq!((&same.result()["requests"], &same.result()["same"]), (&json!(6), &json!(6)));
    assert_eq!(same.result()["restarts"], json!([]));
    assert_eq!(taken(&same, "if", "true"), 3);
    assert_eq!((taken(&same, "l", "success"), taken(&same, "l", "fallback")), (2, 1));

    // anna becomes the one who gets the large model.
    let mut changed = smart();
    changed["elements"][1]["properties"]["conditions"] = json!({"metadata.user_id": "user-anna"});
    changed["elements"][2]["properties"]["window"] = json!(60);
    let moved = world.post(&path, json!({"document": changed})).await;
    let result = moved.result();
    assert_eq!((&result["judged"], &result["same"], &result["unjudged"]), (&json!(6), &json!(1), &json!(0)));
    assert_eq!(result["moved"][0], json!({"from": "mock/small", "to": "mock/large", "count": 3}));
    assert_eq!(result["moved"][1], json!({"from": "mock/large", "to": "mock/small", "count": 2}));
    assert_eq!(result["restarts"].as_array().unwrap().len(), 1);
    assert_eq!((taken(&moved, "if", "true"), taken(&moved, "if", "false")), (3, 3));
    assert_eq!((taken(&moved, "l", "success"), taken(&moved, "l", "fallback")), (3, 0));

    // What was not stored cannot be judged; what stands in the stored prompt can.
    let mut unknown = smart();
    unknown["elements"][1]["properties"]["conditions"] = json!({"headers.x-team": "a"});
    assert_eq!(world.post(&path, json!({"document": unknown})).await.result()["unjudged"], 6);
    let mut known = smart();
    known["elements"][1]["properties"]["conditions"] = json!({"body.secret": "prompt"});
    assert_eq!(world.post(&path, json!({"document": known})).await.result()["unjudged"], 0);
    let broken = world.post(&path, json!({"document": {"elements": []}})).await;
    assert_eq!(broken.result()["valid"], false);
}

#[tokio::test]
async fn failing_cases_keep_a_version_from_being_deployed() {
    let world = world().await;
    let route = smart_route(&world).await;
    let cases = format!("{ROUTES}/{route}/cases");
    let body = json!([
        {"name": "anna", "facts": {"metadata": {"user_id": "user-anna"}}, "expect": {"model": "mock/small"}},
        {"name": "admin", "facts": {"metadata": {"user_id": "user-admin"}},
         "expect": {"path": ["s.next", "if.true", "l.success", "large.success"]}},
    ]);
    let put = world.call(AdminRole::Editor, "PUT", &cases, Some(body)).await;
    assert_eq!(put.result().as_array().unwrap().len(), 2);
    let run = world.call(AdminRole::Viewer, "POST", &format!("{cases}/run"), Some(json!({}))).await;
    assert!(run.result().as_array().unwrap().iter().all(|case| case["passes"] == true), "{}", run.text);

    let versions = format!("{GATEWAYS}/default/routes/{route}/versions");
    let first = world.get(&versions).await.result()[0]["version_id"].clone();
    let plain = world.post(&versions, simple()).await.result()["version_id"].clone();
    let deployments = format!("{GATEWAYS}/default/routes/{route}/deployments");
    let refused = world.post(&deployments, json!({"version_id": plain})).await;
    assert_eq!(refused.status, 409);
    assert!(refused.error().1.contains("\"admin\" fails"), "{}", refused.text);
    world.post(&deployments, json!({"version_id": plain, "force": true})).await.result();
    // The case now asks for what only the first version does; rolling back to it is never refused, nor is the other way.
    world.post(&deployments, json!({"version_id": first})).await.result();
    world.post(&deployments, json!({"version_id": plain})).await.result();

    let run = world.post(&format!("{cases}/run"), json!({"document": simple()})).await;
    let failed = run.result().as_array().unwrap().iter().find(|case| case["name"] == "admin").unwrap().clone();
    assert_eq!((&failed["passes"], &failed["got"]), (&json!(false), &json!("s.next → m.success")));
    let kept = put.result()[0].clone();
    let fewer = world.call(AdminRole::Editor, "PUT", &cases, Some(json!([kept]))).await;
    assert_eq!(fewer.result(), &json!([kept]));
    let wrong = json!([{"name": "x", "facts": {"metadatas": {}}, "expect": {"model": "a/b"}}]);
    assert_eq!(world.call(AdminRole::Editor, "PUT", &cases, Some(wrong)).await.error().2, json!(["body", 0, "facts"]));
}

#[tokio::test]
async fn ux03_the_first_steps_are_found_out_and_stay_done() {
    let world = world().await;
    let path = "/api/gateways/default/get-started";
    let done = |reply: &crate::world::Reply| -> Vec<String> {
        let steps = reply.result()["steps"].as_array().unwrap();
        let done = steps.iter().filter(|step| step["done"] == true);
        done.map(|step| step["id"].as_str().unwrap().to_owned()).collect()
    };
    assert!(done(&world.get(path).await).is_empty());
    store_row(&world, 1, |record| record.key_label = Some("Playground".into())).await;
    smart_route(&world).await;
    assert_eq!(done(&world.get(path).await), ["answer", "deploy"]);
    store_row(&world, 2, |record| record.outcome = RequestOutcome::Failed).await;
    assert_eq!(done(&world.get(path).await), ["answer", "deploy", "curl"]);
    let reply = world.call(AdminRole::Viewer, "POST", path, Some(json!({"step": "open_log"}))).await;
    assert_eq!(done(&reply), ["answer", "deploy", "open_log", "curl"]);
    let closed = world.post(path, json!({"dismissed": true})).await;
    assert_eq!((&closed.result()["dismissed"], done(&closed).len()), (&json!(true), 4));
    assert_eq!(world.post(path, json!({"step": "fly"})).await.status, 400);
    let logs = format!("{GATEWAYS}/default/logs");
    world.call(AdminRole::Admin, "DELETE", &logs, None).await;
    assert_eq!(done(&world.get(path).await).len(), 4);
}

#[tokio::test]
async fn exports_hold_exactly_the_filtered_rows() {
    let world = world().await;
    for number in 1..=230 {
        store_row(&world, number, |record| {
            record.cost = Some(PicoUsd(51_000_000));
            if number % 2 == 0 {
                record.metadata = Metadata(vec![("user_id".into(), Scalar::text("=cmd()"))]);
                record.key_label = Some("=HYPERLINK(\"x\")".into());
            }
            if number == 1 {
                record.cost = None;
            }
        })
        .await;
    }
    let path = "/api/gateways/default/logs/export";
    let reply = world.call(AdminRole::Viewer, "GET", path, None).await;
    assert_eq!(reply.status, 200);
    assert!(reply.headers["content-type"].to_str().unwrap().starts_with("text/csv"));
    assert_eq!(reply.headers["content-disposition"], "attachment; filename=\"logs-default.csv\"");
    let lines: Vec<&str> = reply.text.lines().collect();
    assert_eq!(lines.len(), 231);
    let cost = lines[0].split(',').position(|name| name == "cost_usd").unwrap();
    let cells = |line: &str| line.split(',').nth(cost).unwrap().to_owned();
    assert_eq!((cells(lines[1]), cells(lines[230])), ("0.000051".to_owned(), String::new()));
    assert!(!reply.text.contains(",=HYPERLINK") && reply.text.contains("\"'=HYPERLINK("));

    let filters = "filters.key=metadata.user_id&filters.operator=eq&filters.value=%3Dcmd()";
    let reply = world.get(&format!("{path}?format=ndjson&{filters}")).await;
    let rows: Vec<Value> = reply.text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(rows.len(), 115);
    assert_eq!(rows[0]["metadata"]["user_id"], "=cmd()");
    assert_eq!(world.get(&format!("{path}?format=xls")).await.status, 400);
}

const ANALYTICS: &str = "/api/gateways/default/analytics";

/// The hour around what is stored.
fn hour(more: &str) -> String {
    let at = |ms: i64| jiff::Timestamp::from_millisecond(ms).unwrap().to_string();
    format!("{ANALYTICS}?start={}&end={}&{more}", at(START - 60_000), at(START + 3_600_000))
}

#[tokio::test]
async fn ux36_charts_count_the_rows_that_logs_shows() {
    let world = world().await;
    let route = smart_route(&world).await;
    six(&world, &route).await;
    store_row(&world, 9, |record| {
        record.outcome = RequestOutcome::Failed;
        record.error_type = Some("provider_error".into());
        record.cost = None;
        record.route = None;
        record.metadata = Metadata::default();
    })
    .await;
    let reply = world.call(AdminRole::Viewer, "GET", &hour("interval=minute&group_by=status&compare=true"), None).await;
    let found = reply.result();
    assert_eq!((&found["total"]["requests"], &found["source"]), (&json!(7), &json!("rollup")));
    assert_eq!((&found["total"]["answered"], &found["total"]["failed"]), (&json!(6), &json!(1)));
    assert_eq!(
        (&found["total"]["cost_usd"], &found["total"]["simulated_cost_usd"]),
        (&json!(0.000_006), &json!(0.000_006))
    );
    assert_eq!((&found["previous"]["requests"], &found["complete_since"]), (&json!(0), &Value::Null));
    let keys: Vec<&str> = found["series"].as_array().unwrap().iter().map(|one| one["key"].as_str().unwrap()).collect();
    assert_eq!(keys, ["answered", "failed"]);
    assert_eq!(found["deployments"][0]["route"], "smart-route");

    let series = async |more: &str| -> Vec<(String, String, i64)> {
        let reply = world.get(&hour(more)).await;
        let list = reply.result()["series"].as_array().unwrap().clone();
        list.iter()
            .map(|one| {
                let text = |member: &str| one[member].as_str().unwrap().to_owned();
                (text("key"), text("label"), one["total"]["requests"].as_i64().unwrap())
            })
            .collect()
    };
    let row = |key: &str, label: &str, requests: i64| (key.to_owned(), label.to_owned(), requests);
    assert_eq!(
        series("group_by=metadata.user_id").await,
        [row("user-admin", "user-admin", 3), row("user-anna", "user-anna", 3), row("__none", "None", 1)]
    );
    assert_eq!(series("group_by=route").await, [row(&route, "smart-route", 6), row("__none", "None", 1)]);
    let version = format!("{route}:1");
    assert_eq!(series("group_by=version").await[0], row(&version, "smart-route v1", 6));
    assert_eq!(series("group_by=error").await, [row("provider_error", "provider_error", 1)]);
    assert_eq!(series("group_by=model&limit=1").await, [row("small", "small", 4), row("__other", "Other", 3)]);
    assert!(series("group_by=edge").await.contains(&row("if:true", "if:true", 3)));
    assert!(series("group_by=node").await.contains(&row("l", "l", 3)));
    assert_eq!(series("group_by=none&interval=none").await, [row("all", "all", 7)]);

    // A filter that only rows can answer gives the same as the list.
    let filters = "filters.key=metadata.user_id&filters.operator=eq&filters.value=user-admin";
    let reply = world.get(&hour(&format!("group_by=model&{filters}"))).await;
    assert_eq!((&reply.result()["source"], &reply.result()["total"]["requests"]), (&json!("rows"), &json!(3)));
    let listed = world.get(&format!("{GATEWAYS}/default/logs?{filters}")).await;
    assert_eq!(listed.body["result_info"]["total_count"], 3);

    // A bulk delete takes its rows out of the chart.
    world.call(AdminRole::Admin, "DELETE", &format!("{GATEWAYS}/default/logs?{filters}"), None).await.result();
    assert_eq!(world.get(&hour("")).await.result()["total"]["requests"], 4);

    for (more, member) in [
        ("group_by=metadata.", "group_by"),
        ("interval=year", "interval"),
        ("limit=51", "limit"),
        ("end=never", "end"),
        ("start=2027-01-01T00:00:00Z", "start"),
    ] {
        let reply = world.get(&format!("{ANALYTICS}?{more}")).await;
        assert_eq!(reply.error().2, json!(["query", member]), "{more}");
    }
    let long = format!("{ANALYTICS}?start=2026-01-01T00:00:00Z&end=2026-03-01T00:00:00Z&interval=minute");
    assert_eq!(world.get(&long).await.error().2, json!(["query", "interval"]));
}

#[tokio::test]
async fn limits_and_rescues_are_told() {
    let world = world().await;
    let route = smart_route(&world).await;
    six(&world, &route).await;
    store_row(&world, 8, |record| {
        let call = |model: &str| AttemptRecord {
            node: model.into(),
            provider: "mock".into(),
            model: model.into(),
            ..AttemptRecord::default()
        };
        record.attempts = vec![call("large"), call("small")];
        record.route = Some(RouteRecord {
            id: route.as_str().into(),
            name: "smart-route".into(),
            version_id: "v".into(),
            version: 1,
            trail: vec![step("s", "start", "next"), limited("", "user-admin")],
        });
    })
    .await;
    let path = hour("").replace("analytics", "limited");
    let reply = world.call(AdminRole::Viewer, "GET", &path, None).await;
    let rows = reply.result()["limited"].as_array().unwrap().clone();
    assert_eq!(rows.len(), 2);
    let of = |outcome: &str| rows.iter().find(|row| row["outcome"] == outcome).unwrap().clone();
    assert_eq!(
        of("redirected"),
        json!({"route": "smart-route", "node": "l", "title": "Rate limit", "outcome": "redirected", "to": "Model 2", "count": 1})
    );
    assert_eq!((&of("429")["to"], &of("429")["count"]), (&Value::Null, &json!(1)));
    let rescued =
        json!({"kind": "fallback", "route": "smart-route", "from": "mock/large", "to": "mock/small", "count": 1});
    assert_eq!(reply.result()["rescued"], json!([rescued]));
}

#[tokio::test]
async fn demo_traffic_fills_charts_and_goes_without_a_trace() {
    let world = world().await;
    let path = "/api/gateways/default/demo";
    assert_eq!(world.call(AdminRole::Viewer, "POST", path, None).await.status, 403);
    for _ in 0..2 {
        assert_eq!(world.call(AdminRole::Editor, "POST", path, None).await.result()["requests"], 300);
    }
    let three_days = "start=2026-04-20T00:00:00Z&end=2026-04-25T00:00:00Z&interval=day";
    let reply = world.get(&format!("{ANALYTICS}?{three_days}&group_by=metadata.user_id")).await;
    let found = reply.result();
    let total = &found["total"];
    assert_eq!((&total["requests"], &total["simulated_requests"]), (&json!(300), &json!(300)));
    assert_eq!(total["cost_usd"], total["simulated_cost_usd"]);
    assert!(
        total["limited"].as_i64() > Some(0)
            && total["failed"].as_i64() > Some(0)
            && total["rescued_retry"].as_i64() > Some(0)
    );
    assert_eq!(found["series"].as_array().unwrap().len(), 6);
    assert!(world.counters.is_empty());
    let ledger = world.get("/api/ledger").await;
    assert_eq!(
        (&ledger.result()["balanced"], &ledger.result()["rows"]),
        (&json!(true), &json!(300)),
        "{}",
        ledger.text
    );
    let row = world.get(&format!("{GATEWAYS}/default/logs")).await.result()[0].clone();
    assert_eq!((&row["waypost"]["notes"], &row["waypost"]["simulated"]), (&json!(["demo"]), &json!(true)));
    // Made-up answers are no first step.
    assert_eq!(world.get("/api/gateways/default/get-started").await.result()["steps"][0]["done"], false);

    store_row(&world, 1, |_| {}).await;
    assert_eq!(world.call(AdminRole::Editor, "DELETE", path, None).await.result()["requests"], 300);
    let reply = world.get(&format!("{ANALYTICS}?{three_days}")).await;
    assert_eq!(reply.result()["total"]["requests"], 1);
}

#[tokio::test]
async fn the_branches_of_a_split_are_compared() {
    let world = world().await;
    let split = json!({"name": "ab", "elements": [
        {"id": "s", "type": "start", "outputs": {"next": {"elementId": "ab"}}},
        {"id": "ab", "type": "percentage", "properties": {"branches": [{"name": "a", "weight": 50}, {"name": "b", "weight": 50}]},
         "outputs": {"a": {"elementId": "m"}, "b": {"elementId": "m"}}},
        {"id": "m", "type": "model", "properties": {"provider": "mock", "model": "small", "timeout": 0, "retries": 0},
         "outputs": {"success": {"elementId": "e"}, "fallback": {"elementId": "e"}}},
        {"id": "e", "type": "end", "outputs": {}},
    ]});
    let created = world.post(&format!("{GATEWAYS}/default/routes"), split).await;
    let route = created.result()["id"].as_str().unwrap().to_owned();
    for number in 1..=200 {
        let output = if number <= 140 { "a" } else { "b" };
        let trail = vec![step("s", "start", "next"), TrailStep { draw: Some(0.5), ..step("ab", "percentage", output) }];
        went(&world, number, &route, "u", trail, "small").await;
    }
    let reply = world.call(AdminRole::Viewer, "GET", &format!("{ROUTES}/ab/splits?node=ab&window=1h"), None).await;
    let found = reply.result();
    let branches = found["branches"].as_array().unwrap();
    assert_eq!((&branches[0]["requests"], &branches[1]["requests"]), (&json!(140), &json!(60)));
    assert_eq!((&branches[0]["simulated_requests"], &branches[1]["simulated_requests"]), (&json!(140), &json!(60)));
    assert_eq!((&found["enough"], &found["skew"]["is_unlikely"]), (&json!(false), &json!(true)));
    assert_eq!((&branches[0]["users"], &branches[0]["thumbs_up"]), (&Value::Null, &Value::Null));
    assert_eq!(branches[0]["cost_per_request"], json!({"mean": 0.000_001, "low": 0.000_001, "high": 0.000_001}));
    assert_eq!(branches[0]["errors"]["share"], 0.0);
    assert_eq!(world.get(&format!("{ROUTES}/ab/splits?node=m")).await.error().2, json!(["query", "node"]));
}

#[tokio::test]
async fn what_needs_attention_is_listed() {
    let world = world().await;
    let path = "/api/gateways/default/attention";
    assert_eq!(world.get(path).await.result(), &json!([]));
    let key = json!({"provider_slug": "openai", "secret": "sk-0123456789ab", "default_config": true});
    world.post(&format!("{GATEWAYS}/default/provider_configs"), key).await.result();
    store_row(&world, 1, |record| {
        record.cost = None;
        record.cost_source = waypost_types::record::CostSource::Unknown;
        record.byok = true;
        record.outcome = RequestOutcome::Failed;
        record.attempts = vec![AttemptRecord {
            provider: "openai".into(),
            status: Some(401),
            fault: Some(waypost_types::FaultClass::Status(401)),
            ..AttemptRecord::default()
        }];
    })
    .await;
    let reply = world.call(AdminRole::Viewer, "GET", path, None).await;
    let kinds: Vec<&str> = reply.result().as_array().unwrap().iter().map(|one| one["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["provider_key", "no_price"], "{}", reply.text);
}

#[tokio::test]
async fn ux09_metadata_that_nobody_sends_is_warned_of() {
    let world = world().await;
    let mut misspelt = smart();
    misspelt["elements"][1]["properties"]["conditions"] = json!({"metadata.userId": "user-admin"});
    let warnings = async |document: Value| -> Vec<String> {
        let reply = world.call(AdminRole::Viewer, "POST", &format!("{ROUTES}/validate"), Some(document)).await;
        let problems = reply.result()["problems"].as_array().unwrap().clone();
        let found = problems.iter().filter(|problem| problem["code"] == "W03");
        found.map(|problem| problem["message"].as_str().unwrap().to_owned()).collect()
    };
    // Without any traffic nobody knows.
    assert!(warnings(misspelt.clone()).await.is_empty());
    store_row(&world, 1, |_| {}).await;
    let expected = "`metadata.userId` wasn't in any request of the last 24 hours. Did you mean `metadata.user_id`?";
    assert_eq!(warnings(misspelt).await, [expected]);
    assert!(warnings(smart()).await.is_empty());
}
