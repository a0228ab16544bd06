//! Routes, versions and deployments: D13 and reference §2.8–2.9.

use std::{sync::atomic::Ordering, time::Duration};

use serde_json::{Value, json};
use waypost_store::AdminRole;

use crate::world::{GATEWAYS, simple, world};

pub(crate) const ROUTES: &str = "/client/v4/accounts/default/ai-gateway/gateways/default/routes";

fn named(name: &str, mut document: Value) -> Value {
    document["name"] = json!(name);
    document
}

#[tokio::test]
async fn creating_deploys_version_1() {
    let world = world().await;
    let reply = world.post(ROUTES, named("smart-route", simple())).await;
    let route = reply.result();
    assert_eq!(
        (&route["name"], &route["gateway_id"], &route["account_tag"]),
        (&json!("smart-route"), &json!("default"), &json!("default"))
    );
    assert_eq!(route["version"]["active"], true);
    assert_eq!(route["version"]["number"], 1);
    assert_eq!(route["version"]["is_valid"], true);
    assert_eq!(route["deployment"]["version_id"], route["version"]["version_id"]);
    assert_eq!(route["elements"], route["version"]["data"]);
    assert_eq!(route["elements"], simple()["elements"]);
    assert_eq!(world.publisher.count.load(Ordering::Relaxed), 1);
    let same = world.get(&format!("{ROUTES}/{}", route["id"].as_str().unwrap())).await;
    assert_eq!(same.result(), route);

    // `data` for the SDKs, `result` for those who page.
    let list = world.get(ROUTES).await;
    assert_eq!(list.body["data"]["routes"], list.body["result"]);
    assert_eq!(list.result()[0], *route);
    let data = &list.body["data"];
    let order = [&data["order_by"], &data["order_by_direction"], &data["page"], &data["per_page"]];
    assert_eq!(order, [&json!("created_at"), &json!("desc"), &json!(1), &json!(20)]);
    let end = world.get(&format!("{ROUTES}?page=2")).await;
    assert_eq!((&end.body["result"], &end.body["data"]["routes"]), (&json!([]), &json!([])));
}

#[tokio::test]
async fn deploy_false_serves_nothing_and_may_be_unfinished() {
    let world = world().await;
    let mut document = named(
        "draft",
        json!({"elements": [
            {"id": "s", "type": "start", "outputs": {"next": {"elementId": "e"}}},
            {"id": "e", "type": "end", "outputs": {}},
        ]}),
    );
    let refused = world.post(ROUTES, document.clone()).await;
    assert_eq!((refused.status.as_u16(), refused.error().0), (400, 7001));
    assert_eq!(refused.body["errors"][0]["problem"], "E12");
    document["deploy"] = json!(false);
    let reply = world.post(ROUTES, document).await;
    assert_eq!(reply.result()["deployment"], Value::Null);
    assert_eq!(
        (&reply.result()["version"]["active"], &reply.result()["version"]["is_valid"]),
        (&json!(false), &json!(false))
    );
    assert_eq!(reply.result()["version"]["document"].get("deploy"), None);
    assert_eq!(reply.body["messages"][0]["problem"], "E12");
}

#[tokio::test]
async fn versions_serve_when_deployed_and_old_ones_roll_back() {
    let world = world().await;
    let id = world.route("smart-route").await;
    let mut second = simple();
    second["elements"][1]["properties"]["model"] = json!("large");
    second["comment"] = json!("larger");
    let version = world.post(&format!("{ROUTES}/{id}/versions"), second.clone()).await;
    let version = version.result();
    assert_eq!((&version["id"], &version["number"], &version["active"]), (&json!(id), &json!(2), &json!(false)));
    assert_eq!((&version["comment"], &version["created_by"]), (&json!("larger"), &json!("the Admin")));
    assert_eq!(version["elements"], second["elements"]);
    let route = world.get(&format!("{ROUTES}/{id}")).await;
    assert_eq!(route.result()["version"]["number"], 1);

    let deploy = async |version_id: &Value| {
        world.post(&format!("{ROUTES}/{id}/deployments"), json!({"version_id": version_id})).await
    };
    let first_id = route.result()["version"]["version_id"].clone();
    let published = world.publisher.count.load(Ordering::Relaxed);
    let live = deploy(&version["version_id"]).await;
    assert_eq!(live.result()["version"]["number"], 2);
    assert_eq!(world.publisher.count.load(Ordering::Relaxed), published + 1);
    assert_eq!(live.result()["elements"], second["elements"]);
    assert_eq!(deploy(&first_id).await.result()["version"]["number"], 1);

    let list = world.get(&format!("{ROUTES}/{id}/versions")).await;
    let numbers: Vec<&Value> = list.result().as_array().unwrap().iter().map(|version| &version["number"]).collect();
    assert_eq!(numbers, [&json!(2), &json!(1)]);
    assert_eq!(list.body["data"]["versions"], list.body["result"]);
    let one = world.get(&format!("{ROUTES}/{id}/versions/{}", first_id.as_str().unwrap())).await;
    assert_eq!((&one.result()["active"], &one.result()["data"]), (&json!(true), &simple()["elements"]));
    let list = world.get(&format!("{ROUTES}/{id}/deployments")).await;
    assert_eq!(list.result().as_array().unwrap().len(), 3);
    assert_eq!(list.body["data"]["deployments"][0]["version_id"], first_id);

    let missing = deploy(&json!("nothing")).await;
    assert_eq!((missing.status.as_u16(), missing.error().0), (404, 7002));
    let none = world.post(&format!("{ROUTES}/{id}/deployments"), json!({})).await;
    assert_eq!(none.error(), (7001, "Required".to_owned(), json!(["body", "version_id"])));
}

#[tokio::test]
async fn versions_with_errors_are_kept_and_not_deployed() {
    let world = world().await;
    let id = world.route("smart-route").await;
    let mut document = simple();
    document["elements"][1]["properties"].as_object_mut().unwrap().remove("provider");
    let version = world.post(&format!("{ROUTES}/{id}/versions"), document).await;
    assert_eq!(version.result()["is_valid"], false);
    assert_eq!(version.body["messages"][0]["problem"], "E08");
    let body = json!({"version_id": version.result()["version_id"]});
    let refused = world.post(&format!("{ROUTES}/{id}/deployments"), body).await;
    assert_eq!(refused.status, 400);
    let (code, _, path) = refused.error();
    assert_eq!(code, 7001);
    assert_eq!((&path[0], &path[1], &path[2]), (&json!("body"), &json!("elements"), &json!(1)));
    assert_eq!(world.get(&format!("{ROUTES}/{id}")).await.result()["version"]["number"], 1);
}

#[tokio::test]
async fn a28_structural_errors_are_refused_at_once() {
    let world = world().await;
    let id = world.route("smart-route").await;
    let base = simple();
    let with = |change: &dyn Fn(&mut Value)| {
        let mut document = base.clone();
        change(&mut document);
        document
    };
    let cycle = json!({"elements": [
        {"id": "s", "type": "start", "outputs": {"next": {"elementId": "a"}}},
        {"id": "a", "type": "model", "properties": {"provider": "mock", "model": "small", "timeout": 0, "retries": 0},
         "outputs": {"success": {"elementId": "e"}, "fallback": {"elementId": "b"}}},
        {"id": "b", "type": "model", "properties": {"provider": "mock", "model": "small", "timeout": 0, "retries": 0},
         "outputs": {"success": {"elementId": "e"}, "fallback": {"elementId": "a"}}},
        {"id": "e", "type": "end", "outputs": {}},
    ]});
    let many: Vec<Value> = (0..100_000).map(|n| json!({"id": format!("e{n}"), "type": "end", "outputs": {}})).collect();
    let cases = [
        ("cycle", "E03", cycle),
        ("self edge", "E03", with(&|d| d["elements"][1]["outputs"]["fallback"]["elementId"] = json!("m"))),
        ("missing id", "E14", with(&|d| d["elements"][1]["outputs"]["success"]["elementId"] = json!("nothing"))),
        ("100k nodes", "E16", json!({"elements": many})),
        ("duplicate ids", "E11", with(&|d| d["elements"][2]["id"] = json!("m"))),
        ("unknown type", "E11", with(&|d| d["elements"][1]["type"] = json!("modle"))),
        ("two starts", "E15", with(&|d| d["elements"][2]["type"] = json!("start"))),
    ];
    for (case, problem, document) in cases {
        for (path, body) in
            [(format!("{ROUTES}/{id}/versions"), document.clone()), (ROUTES.to_owned(), named("new", document.clone()))]
        {
            let reply = world.post(&path, body).await;
            assert_eq!((reply.status.as_u16(), reply.error().0), (400, 7001), "{case}: {}", reply.text);
            let errors = reply.body["errors"].as_array().unwrap();
            assert!(errors.iter().any(|error| error["problem"] == problem), "{case}: {}", reply.text);
            assert!(errors.iter().all(|error| error["path"][0] == "body"), "{case}");
        }
    }
    let reply = world.post(ROUTES, json!({"name": "x"})).await;
    assert_eq!(reply.error(), (7001, "Required".to_owned(), json!(["body", "elements"])));
    let reply = world.post(ROUTES, simple()).await;
    assert_eq!(reply.error(), (7001, "Required".to_owned(), json!(["body", "name"])));
    assert_eq!(world.get(ROUTES).await.result().as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_route_answers_to_its_name_as_to_its_id() {
    let world = world().await;
    let id = world.route("smart-route").await;
    let by_name = world.get(&format!("{ROUTES}/Smart-Route")).await;
    assert_eq!(by_name.status, 200);
    assert_eq!(by_name.result()["id"], json!(id));
    assert_eq!(world.get(&format!("{ROUTES}/smart")).await.status, 404);
}

#[tokio::test]
async fn names_are_plain_and_unique_ignoring_case() {
    let world = world().await;
    let id = world.route("Smart-Route").await;
    let taken = world.post(ROUTES, named("smart-route", simple())).await;
    assert_eq!((taken.status.as_u16(), taken.error().0), (409, 7005));
    for name in ["", "-a", "a b", "a/b", "ü", &"a".repeat(65)] {
        let reply = world.post(ROUTES, named(name, simple())).await;
        assert_eq!((reply.status.as_u16(), reply.error().2), (400, json!(["body", "name"])), "{name:?}");
    }
    let other = world.route("b").await;
    let patch = async |id: &str, body: Value| {
        world.call(AdminRole::Editor, "PATCH", &format!("{ROUTES}/{id}"), Some(body)).await
    };
    assert_eq!(patch(&other, json!({"name": "SMART-ROUTE"})).await.error().0, 7005);
    // A77: a rename changes nothing but the name.
    let renamed =
        patch(&other, json!({"name": "c", "gateway_id": "other", "live_version": null, "elements": []})).await;
    assert_eq!(renamed.body["route"]["name"], "c");
    assert_eq!(renamed.body["route"], renamed.body["result"]);
    assert_eq!(renamed.body["route"]["version"]["active"], true);
    assert_eq!(renamed.body["route"]["gateway_id"], "default");
    let deleted = world.call(AdminRole::Editor, "DELETE", &format!("{ROUTES}/{id}"), None).await;
    assert_eq!(deleted.result()["name"], "Smart-Route");
    assert_eq!(world.get(&format!("{ROUTES}/{id}")).await.status, 404);
    world.route("smart-route").await;
}

#[tokio::test]
async fn old_spellings_are_read_and_said() {
    let world = world().await;
    let sketch = json!({"name": "sketch", "nodes": [
        {"id": "c", "type": "conditional", "condition": "metadata.plan == 'paid'", "true_branch": "m1", "false_branch": "m2"},
        {"id": "m1", "type": "model", "provider": "mock", "model": "large"},
        {"id": "m2", "type": "model", "provider": "mock", "model": "small"},
    ]});
    let reply = world.post(ROUTES, sketch).await;
    assert_eq!(reply.result()["name"], "sketch");
    assert!(reply.result()["elements"].as_array().unwrap().len() >= 4);
    let messages = reply.body["messages"].as_array().unwrap();
    assert!(messages.iter().any(|message| message["code"] == 7102), "{messages:?}");
}

#[tokio::test]
async fn a_change_that_is_not_live_is_no_success() {
    let world = world().await;
    world.publisher.fails.store(true, Ordering::Relaxed);
    let reply = world.post(ROUTES, named("late", simple())).await;
    assert_eq!((reply.status.as_u16(), reply.error().0), (503, 7503));
    let reply = world.get(&format!("{GATEWAYS}/nowhere/routes")).await;
    assert_eq!((reply.status.as_u16(), reply.error().0), (404, 7002));
}

#[tokio::test]
async fn a_panic_is_an_envelope_without_its_words() {
    let world = world().await;
    world.publisher.panics.store(true, Ordering::Relaxed);
    let reply = world.post(ROUTES, named("late", simple())).await;
    assert_eq!((reply.status.as_u16(), reply.error().0), (500, 7500));
    assert!(!reply.text.contains("canary"));
}

#[tokio::test]
async fn a_change_goes_live_also_when_the_caller_hangs_up() {
    let world = world().await;
    let publisher = world.publisher.clone();
    publisher.slow.store(true, Ordering::Relaxed);
    let begun = async {
        while publisher.count.load(Ordering::Relaxed) == 0 {
            tokio::time::sleep(Duration::from_micros(50)).await;
        }
    };
    tokio::select! {
        biased;
        () = begun => {}
        _ = world.post(ROUTES, named("left", simple())) => panic!("it should still wait"),
    }
    assert_eq!(publisher.done.load(Ordering::Relaxed), 0);
    for _ in 0..100 {
        if publisher.done.load(Ordering::Relaxed) == 1 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    panic!("stored and never live");
}
