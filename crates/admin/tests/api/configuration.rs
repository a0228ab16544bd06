//! The configuration as a file: taken from one gateway, looked at, and imported into another.

use std::sync::atomic::Ordering;

use serde_json::{Value, json};
use waypost_store::AdminRole;

use crate::world::{GATEWAYS, Reply, World, settings, simple, world};

fn url(gateway: &str, verb: &str) -> String {
    format!("/api/gateways/{gateway}/configuration{verb}")
}

async fn exported(world: &World, gateway: &str) -> Value {
    world.get(&url(gateway, "")).await.result().clone()
}

async fn check(world: &World, gateway: &str, body: &Value) -> Value {
    world.post(&url(gateway, "/check"), body.clone()).await.result().clone()
}

/// Imports what was checked just before.
async fn import(world: &World, gateway: &str, body: &Value) -> Reply {
    let mut body = body.clone();
    body["fingerprint"] = check(world, gateway, &body).await["fingerprint"].clone();
    world.post(&url(gateway, "/import"), body).await
}

fn all_of(configuration: &Value) -> Value {
    json!({"configuration": configuration})
}

/// Which gateway it was and when.
fn without_origin(mut configuration: Value) -> Value {
    let members = configuration.as_object_mut().unwrap();
    members.remove("gateway");
    members.remove("exported_at");
    configuration
}

/// The gateway `default` with settings of its own, a route that serves with a layout and a case, and one that has only a draft.
async fn furnished() -> World {
    let world = world().await;
    let mut body = settings();
    body["retry_max_attempts"] = json!(3);
    body["otel"] = json!([{"url": "https://example.com", "authorization": "Bearer canary-otel"}]);
    body["stripe"] = json!({"authorization": "canary-stripe", "usage_events": []});
    body["waypost"] = json!({"time_zone": "Europe/Paris"});
    world.call(AdminRole::Admin, "PUT", &format!("{GATEWAYS}/default"), Some(body)).await.result();
    let route = world.route("smart").await;
    let layout = json!({"direction": "tb", "nodes": {"s": [10, 20]}});
    let mut draft = simple();
    draft["layout"] = layout;
    let put = json!({"revision": 0, "document": draft});
    world
        .call(AdminRole::Admin, "PUT", &format!("/api/gateways/default/routes/{route}/draft"), Some(put))
        .await
        .result();
    let cases = json!([{"name": "anybody", "facts": {}, "assumptions": {}, "expect": {"model": "mock/small"}}]);
    world
        .call(AdminRole::Admin, "PUT", &format!("/api/gateways/default/routes/{route}/cases"), Some(cases))
        .await
        .result();
    let begun = json!({"name": "begun", "document": {"elements": [{"id": "s", "type": "start", "outputs": {}}]}});
    world.post("/api/gateways/default/drafts", begun).await.result();
    world
}

#[tokio::test]
async fn a_file_makes_another_gateway_the_same_without_any_secret() {
    let world = furnished().await;
    let file = exported(&world, "default").await;
    assert_eq!(file["format"], "waypost-configuration");
    assert!(!file.to_string().contains("canary"), "{file}");
    assert_eq!(file["routes"][0]["name"], "begun");
    assert_eq!(file["routes"][0]["deployed"], false);
    assert_eq!(file["routes"][1]["deployed"], true);
    assert_eq!(file["routes"][1]["layout"]["nodes"]["s"], json!([10, 20]));

    let before = exported(&world, "other").await;
    let plan = check(&world, "other", &all_of(&file)).await;
    assert_eq!(plan["blocked"], false);
    let actions: Vec<(&Value, &Value, &Value)> = plan["routes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|route| (&route["name"], &route["action"], &route["deploys"]))
        .collect();
    assert_eq!(
        actions,
        [(&json!("begun"), &json!("create"), &json!(false)), (&json!("smart"), &json!("create"), &json!(true)),]
    );
    let changed: Vec<&Value> =
        plan["settings"]["changes"].as_array().unwrap().iter().map(|change| &change["member"]).collect();
    assert!(
        changed.contains(&&json!("retry_max_attempts")) && changed.contains(&&json!("waypost.time_zone")),
        "{changed:?}"
    );
    assert_eq!(exported(&world, "other").await["settings"], before["settings"], "a check changes nothing");
    assert_eq!(exported(&world, "other").await["routes"], json!([]));

    let published = world.publisher.count.load(Ordering::Relaxed);
    let done = import(&world, "other", &all_of(&file)).await;
    assert_eq!(done.result()["changes"], plan["changes"]);
    assert_eq!(world.publisher.count.load(Ordering::Relaxed), published + 1, "everything goes live at once");
    assert_eq!(without_origin(exported(&world, "other").await), without_origin(file.clone()));

    let again = check(&world, "other", &all_of(&file)).await;
    assert_eq!((&again["changes"], &again["routes"][1]["action"]), (&json!(0), &json!("same")));
    assert_eq!(again["routes"][0]["action"], "keep", "a draft that is here is not overwritten");
}

#[tokio::test]
async fn nothing_is_imported_while_a_part_is_wrong_and_parts_can_be_left_out() {
    let world = furnished().await;
    let mut file = exported(&world, "default").await;
    file["settings"]["retry_max_attempts"] = json!(9);
    file["routes"][1]["elements"][1]["properties"]["provider"] = json!("nobody");
    let before = exported(&world, "other").await;
    let plan = check(&world, "other", &all_of(&file)).await;
    assert_eq!(plan["blocked"], true);
    let wrong = &plan["settings"]["errors"][0];
    assert_eq!(wrong["path"], json!(["body", "configuration", "settings", "retry_max_attempts"]));
    let wrong = &plan["routes"][1]["errors"][0];
    assert_eq!(wrong["node"], "m");
    assert_eq!(
        wrong["path"].as_array().unwrap()[..4],
        json!(["body", "configuration", "routes", 1]).as_array().unwrap()[..]
    );

    let reply = import(&world, "other", &all_of(&file)).await;
    assert_eq!((reply.status.as_u16(), reply.body["errors"].as_array().unwrap().len()), (400, 2));
    assert_eq!(without_origin(exported(&world, "other").await), without_origin(before));

    let some = json!({"configuration": file, "settings": false, "routes": ["begun"]});
    assert_eq!(import(&world, "other", &some).await.result()["changes"], 1);
    let after = exported(&world, "other").await;
    assert_eq!(after["routes"].as_array().unwrap().len(), 1);
    assert_eq!(after["settings"]["retry_max_attempts"], Value::Null);

    let unknown = json!({"configuration": file, "routes": ["nowhere"]});
    assert_eq!(world.post(&url("other", "/check"), unknown).await.error().2, json!(["body", "routes"]));
}

#[tokio::test]
async fn an_import_is_of_what_was_looked_at() {
    let world = furnished().await;
    let file = exported(&world, "default").await;
    let mut body = all_of(&file);
    assert_eq!(world.post(&url("other", "/import"), body.clone()).await.error().2, json!(["body", "fingerprint"]));
    body["fingerprint"] = check(&world, "other", &body).await["fingerprint"].clone();

    // Another choice, another file, and somebody else's change in between.
    let mut other = body.clone();
    other["settings"] = json!(false);
    assert_eq!(world.post(&url("other", "/import"), other).await.status, 409);
    let mut other = body.clone();
    other["configuration"]["routes"][0]["elements"][0]["title"] = json!("Another");
    assert_eq!(world.post(&url("other", "/import"), other).await.status, 409);
    world.call(AdminRole::Admin, "PUT", &format!("{GATEWAYS}/other"), Some(settings())).await.result();
    let reply = world.post(&url("other", "/import"), body.clone()).await;
    assert_eq!((reply.status.as_u16(), reply.error().0), (409, 7409));
    assert_eq!(exported(&world, "other").await["routes"], json!([]));
    assert_eq!(import(&world, "other", &all_of(&file)).await.status, 200);
}

#[tokio::test]
async fn a_route_that_is_here_gets_a_version_and_keeps_its_draft() {
    let world = furnished().await;
    let mut file = exported(&world, "default").await;
    file["routes"][1]["elements"][1]["properties"]["model"] = json!("large");
    file["routes"][1]["name"] = json!("SMART");
    let plan = check(&world, "default", &all_of(&file)).await;
    let route = &plan["routes"][1];
    assert_eq!((&route["action"], &route["deploys"]), (&json!("change"), &json!(true)));
    assert!(route["changes"][0].as_str().unwrap().contains("large"), "{route}");
    // Its saved case expects the model that served before.
    assert_eq!(plan["blocked"], true);
    assert!(route["errors"][0]["message"].as_str().unwrap().contains("\"anybody\" fails"), "{route}");
    assert_eq!(import(&world, "default", &all_of(&file)).await.status, 400);

    world.call(AdminRole::Admin, "PUT", "/api/gateways/default/routes/smart/cases", Some(json!([]))).await.result();
    import(&world, "default", &all_of(&file)).await.result();
    let live = world.get(&format!("{GATEWAYS}/default/routes/smart")).await.result().clone();
    assert_eq!((&live["version"]["number"], &live["name"]), (&json!(2), &json!("smart")));
    assert_eq!(live["elements"][1]["properties"]["model"], "large");
    let draft = world.get("/api/gateways/default/routes/smart/draft").await.result().clone();
    assert_eq!(
        (&draft["revision"], &draft["document"]["elements"][1]["properties"]["model"]),
        (&json!(1), &json!("small"))
    );
}

#[tokio::test]
async fn every_part_has_its_audit_entry() {
    let world = furnished().await;
    let file = exported(&world, "default").await;
    import(&world, "other", &all_of(&file)).await.result();
    let audit = world.get("/api/audit?gateway=other").await.result().clone();
    let entries: Vec<(&str, &str)> = audit
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| (entry["action"].as_str().unwrap(), entry["object"].as_str().unwrap()))
        .collect();
    for wanted in [("imported", "configuration"), ("updated", "gateway"), ("created", "route"), ("deployed", "route")] {
        assert!(entries.contains(&wanted), "{wanted:?} in {entries:?}");
    }
    let whole = audit.as_array().unwrap().iter().find(|entry| entry["action"] == "imported").unwrap();
    assert_eq!(whole["after"]["created"], json!(["begun", "smart"]));
}

#[tokio::test]
async fn other_files_are_refused_and_what_is_not_known_is_said() {
    let world = furnished().await;
    let file = exported(&world, "default").await;
    for (member, value, place) in [
        ("format", json!("terraform"), "format"),
        ("version", json!(2), "version"),
        ("routes", json!(vec![json!({}); 201]), "routes"),
    ] {
        let mut wrong = file.clone();
        wrong[member] = value;
        let reply = world.post(&url("other", "/check"), all_of(&wrong)).await;
        assert_eq!((reply.status.as_u16(), reply.error().2), (400, json!(["body", "configuration", place])));
    }
    let reply = world.post(&url("other", "/check"), json!({"configuration": {"gateway": {}, "routes": []}})).await;
    assert_eq!(reply.status, 400);

    let mut odd = file.clone();
    odd["settings"]["from_the_future"] = json!(true);
    odd["settings"]["stripe"] = json!({"authorization": "canary-new"});
    odd["routes"] = json!([
        {"deployed": true, "elements": []},
        {"name": "two words", "elements": []},
        {"name": "twice", "deployed": false, "elements": []},
        {"name": "TWICE", "deployed": false, "elements": []},
        {"name": "cases", "deployed": false, "cases": [{"name": "x"}, 1, {"name": "", "expect": {"path": []}}]},
    ]);
    let plan = check(&world, "other", &all_of(&odd)).await;
    assert_eq!(plan["settings"]["unknown"], json!(["from_the_future"]));
    assert!(!plan.to_string().contains("canary"), "{plan}");
    let wrong: Vec<usize> =
        plan["routes"].as_array().unwrap().iter().map(|route| route["errors"].as_array().unwrap().len()).collect();
    assert!(wrong[0] > 0 && wrong[1] > 0, "{wrong:?}");
    assert_eq!(wrong[2..], [0, 1, 3]);
    assert_eq!(plan["routes"][3]["errors"][0]["path"], json!(["body", "configuration", "routes", 3, "name"]));
}

#[tokio::test]
async fn a_member_that_the_file_does_not_name_stays() {
    let world = furnished().await;
    let small = json!({
        "format": "waypost-configuration", "version": 1,
        "settings": {"retry_delay": 250, "waypost": {"exhausted_status": 400}},
    });
    let plan = check(&world, "default", &all_of(&small)).await;
    let changes = plan["settings"]["changes"].as_array().unwrap();
    assert_eq!(changes.len(), 2, "{changes:?}");
    assert_eq!(changes[1], json!({"member": "waypost.exhausted_status", "before": 502, "after": 400}));
    assert_eq!(plan["untouched"], json!(["begun", "smart"]));
    import(&world, "default", &all_of(&small)).await.result();
    let after = world.get(&format!("{GATEWAYS}/default")).await.result().clone();
    assert_eq!((&after["retry_delay"], &after["retry_max_attempts"]), (&json!(250), &json!(3)));
    assert_eq!(after["waypost"]["time_zone"], "Europe/Paris");
    assert_eq!(after["otel"][0]["authorization"], "Bearer canary-otel");
}
