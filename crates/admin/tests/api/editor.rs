//! Validate, simulate, compare, drafts and prices.

use serde_json::{Value, json};
use waypost_graph::{BucketScope, Unknown, compile, read_value};
use waypost_policy::limit::{Ask, KeyValue};
use waypost_store::{AdminRole, counters::Counters};
use waypost_types::UnixMs;

use crate::{
    routes::ROUTES,
    world::{GATEWAYS, START, simple, world},
};

const EDITOR: &str = "/api/gateways/default/routes";

fn limited() -> Value {
    json!({"name": "limited", "elements": [
        {"id": "s", "type": "start", "outputs": {"next": {"elementId": "l"}}},
        {"id": "l", "type": "rate", "properties": {"key": "metadata.user_id", "limit": 2, "limitType": "count", "window": 3600, "technique": "fixed"},
         "outputs": {"success": {"elementId": "big"}, "fallback": {"elementId": "small"}}},
        {"id": "big", "type": "model", "properties": {"provider": "mock", "model": "large", "timeout": 0, "retries": 0},
         "outputs": {"success": {"elementId": "e"}, "fallback": {"elementId": "small"}}},
        {"id": "small", "type": "model", "properties": {"provider": "mock", "model": "small", "timeout": 0, "retries": 0},
         "outputs": {"success": {"elementId": "e"}, "fallback": {"elementId": "e"}}},
        {"id": "e", "type": "end", "outputs": {}},
    ]})
}

#[tokio::test]
async fn validate_says_everything_and_changes_nothing() {
    let world = world().await;
    let path = format!("{EDITOR}/validate");
    let reply = world.call(AdminRole::Viewer, "POST", &path, Some(limited())).await;
    let result = reply.result();
    assert_eq!((&result["valid"], &result["storable"]), (&json!(true), &json!(true)));
    assert_eq!(result["route"]["models"], json!(["mock/large", "mock/small"]));
    assert_eq!(result["route"]["limits"], json!(["l"]));
    assert!(result["route"]["paths"]["paths"].as_array().unwrap().len() >= 3);
    let mut broken = simple();
    broken["elements"][1]["outputs"]["success"]["elementId"] = json!("m9");
    let reply = world.post(&path, broken).await;
    assert_eq!((&reply.result()["valid"], &reply.result()["storable"]), (&json!(false), &json!(false)));
    assert_eq!(reply.result()["problems"][0]["code"], "E14");
    assert_eq!(reply.result()["route"], Value::Null);
    let reply = world.post(&path, json!({"what": 1})).await;
    assert_eq!((&reply.result()["valid"], &reply.result()["document"]), (&json!(false), &Value::Null));
    assert_eq!(world.get(&format!("{GATEWAYS}/default/routes")).await.result(), &json!([]));
}

#[tokio::test]
async fn simulate_reads_counters_and_counts_nothing() {
    let world = world().await;
    let created = world.post(&format!("{GATEWAYS}/default/routes"), limited()).await;
    let id = created.result()["id"].as_str().unwrap().to_owned();
    let path = format!("{EDITOR}/simulate");
    let body = json!({"route_id": id, "facts": {"metadata": {"user_id": "anna"}}});
    let served = async |body: &Value| {
        let reply = world.call(AdminRole::Viewer, "POST", &path, Some(body.clone())).await;
        let result = reply.result().clone();
        (result["outcome"]["model"].as_str().unwrap_or_default().to_owned(), result)
    };
    for _ in 0..3 {
        assert_eq!(served(&body).await.0, "large");
    }

    // Two requests of anna, booked as the data plane books them.
    let route = compile(&read_value(&limited()).unwrap().spec, &Unknown).route.unwrap();
    let limit = route.limit(route.find("l").unwrap()).unwrap();
    let scope = BucketScope { gateway: "default/default".into(), route_id: id.as_str().into() };
    let bucket = limit.bucket(&scope, &KeyValue::Value("anna".into()));
    let ask = Ask { node: 1, bucket, rule: limit.rule.clone(), amount: 1, held: false };
    for _ in 0..2 {
        assert!(world.counters.admit(std::slice::from_ref(&ask), UnixMs(START)).await.unwrap().passed());
    }
    let (model, result) = served(&body).await;
    assert_eq!(model, "small", "{result}");
    let step = &result["steps"][1];
    assert_eq!(
        (&step["node"], &step["output"], &step["output_title"]),
        (&json!("l"), &json!("fallback"), &json!("Over limit"))
    );
    assert_eq!((&step["limit"]["used"], &step["limit"]["limit"]), (&json!(2), &json!(2)));
    let other = json!({"route_id": id, "facts": {"metadata": {"user_id": "bert"}}});
    assert_eq!(served(&other).await.0, "large");
    let unused = json!({"route_id": id, "facts": {"metadata": {"user_id": "anna"}}, "assumptions": {"limits": {"l": "unused"}, "models": {"big": "fail"}}});
    let (model, result) = served(&unused).await;
    assert_eq!((&*model, &result["calls"]), ("small", &json!(2)));

    let sent = json!({"document": simple()});
    assert_eq!(served(&sent).await.0, "small");
    let none = world.post(&path, json!({})).await;
    assert_eq!(none.error(), (7001, "Required".to_owned(), json!(["body", "document"])));
    let wrong = world.post(&path, json!({"document": simple(), "assumptions": {"limits": {"l": "maybe"}}})).await;
    assert_eq!((wrong.error().0, wrong.error().2), (7001, json!(["body", "assumptions", "limits", "l"])));
    let invalid = world.post(&path, json!({"document": {"elements": []}})).await;
    assert_eq!((&invalid.result()["valid"], &invalid.result()["outcome"]), (&json!(false), &Value::Null));
}

#[tokio::test]
async fn diff_tells_content_and_restarts() {
    let world = world().await;
    let created = world.post(&format!("{GATEWAYS}/default/routes"), limited()).await;
    let mut changed = limited();
    changed["elements"][1]["properties"]["window"] = json!(60);
    let body = json!({"route_id": created.result()["id"], "new": {"document": changed}});
    let reply = world.post(&format!("{EDITOR}/diff"), body).await;
    assert_eq!((&reply.result()["same"], &reply.result()["count"]), (&json!(false), &json!(1)));
    assert_eq!(reply.result()["changed"][0]["fields"][0], json!({"field": "window", "old": 3600, "new": 60}));
    assert_eq!(reply.result()["restarts"][0]["node"], "l");
    let body = json!({"old": {"document": limited()}, "new": {"document": limited()}});
    assert_eq!(world.post(&format!("{EDITOR}/diff"), body).await.result()["same"], true);
}

#[tokio::test]
async fn every_version_tells_what_it_changed() {
    let world = world().await;
    let created = world.post(&format!("{GATEWAYS}/default/routes"), limited()).await;
    let route = created.result()["id"].as_str().unwrap();
    let mut changed = limited();
    changed["elements"][1]["properties"]["window"] = json!(60);
    world.post(&format!("{ROUTES}/{route}/versions"), changed).await.result();
    let reply = world.call(AdminRole::Viewer, "GET", &format!("{EDITOR}/{route}/changes"), None).await;
    assert_eq!(
        [&reply.result()[0]["number"], &reply.result()[0]["summary"]],
        [&json!(2), &json!(["*Rate limit*: window 3600 → 60"])]
    );
    assert_eq!([&reply.result()[1]["number"], &reply.result()[1]["summary"]], [&json!(1), &Value::Null]);
}

#[tokio::test]
async fn a_route_may_begin_as_a_draft_alone() {
    let world = world().await;
    let path = "/api/gateways/default/drafts";
    let begun = world.post(path, json!({"name": "begun", "document": {"elements": []}})).await;
    assert_eq!((begun.status.as_u16(), &begun.result()["revision"]), (200, &json!(1)));
    let route = world.get(&format!("{ROUTES}/begun")).await;
    assert_eq!((&route.result()["version"], &route.result()["deployment"]), (&json!(null), &json!(null)));
    assert_eq!(world.get(&format!("{EDITOR}/begun/draft")).await.result()["document"], json!({"elements": []}));

    let first = world.post(&format!("{ROUTES}/begun/versions"), simple()).await;
    assert_eq!(first.result()["number"], 1);
    assert_eq!(world.post(path, json!({"name": "Begun", "document": {}})).await.status, 409);
    assert_eq!(world.post(path, json!({"name": "-", "document": {}})).await.status, 400);
}

#[tokio::test]
async fn drafts_hold_anything_and_are_not_overwritten() {
    let world = world().await;
    let id = world.route("drafted").await;
    let path = format!("{EDITOR}/{id}/draft");
    let put = async |body: Value| world.call(AdminRole::Editor, "PUT", &path, Some(body)).await;
    assert_eq!(world.get(&path).await.status, 404);
    assert_eq!(put(json!({"document": {"half": ["a", "draft"]}})).await.result()["revision"], 1);
    assert_eq!(put(json!({"document": 5, "revision": 1})).await.result()["revision"], 2);
    let late = put(json!({"document": 6, "revision": 1})).await;
    assert_eq!((late.status.as_u16(), late.error().0), (409, 7409));
    assert_eq!(world.get(&path).await.result()["document"], 5);
    world.call(AdminRole::Editor, "DELETE", &path, None).await.result();
    assert_eq!(world.get(&path).await.status, 404);
}

#[tokio::test]
async fn prices_are_found_and_overridden() {
    let world = world().await;
    let found = world.get("/api/prices?provider=openai&search=GPT-4O-MINI&per_page=5").await;
    let row = found.result().as_array().unwrap().iter().find(|row| row["model"] == "gpt-4o-mini").unwrap().clone();
    // openai.com/api/pricing: $0.15 and $0.60 per million tokens.
    assert_eq!((&row["input_per_million"], &row["output_per_million"]), (&json!(0.15), &json!(0.6)));
    assert_eq!(row["overridden"], false);
    let put = async |body: Value| world.call(AdminRole::Admin, "PUT", "/api/prices", Some(body)).await;
    let price =
        json!({"provider": "openai", "model": "gpt-4o-mini", "input_per_million": 1.25, "output_per_million": 10});
    assert_eq!(put(price).await.result()["source"], "yours");
    let found = world.get("/api/prices?overridden=true").await;
    assert_eq!(found.result().as_array().unwrap().len(), 1);
    assert_eq!(
        (&found.result()[0]["input_per_million"], &found.result()[0]["output_per_million"]),
        (&json!(1.25), &json!(10))
    );
    let path = "/api/prices?provider=openai&model=gpt-4o-mini";
    world.call(AdminRole::Admin, "DELETE", path, None).await.result();
    assert_eq!(world.call(AdminRole::Admin, "DELETE", path, None).await.status, 404);
    for (body, member) in [
        (
            json!({"provider": "openai", "model": "x", "input_per_million": -1, "output_per_million": 0}),
            "input_per_million",
        ),
        (
            json!({"provider": "openai", "model": "x", "input_per_million": 1e-7, "output_per_million": 0}),
            "input_per_million",
        ),
        (json!({"provider": "openai", "model": "x", "input_per_million": 1}), "output_per_million"),
        (json!({"provider": "opena", "model": "x", "input_per_million": 1, "output_per_million": 1}), "provider"),
    ] {
        assert_eq!(put(body).await.error().2, json!(["body", member]));
    }
    assert!(world.get("/api/prices?page=100000").await.result().as_array().unwrap().is_empty());
}

#[tokio::test]
async fn providers_tell_their_keys() {
    let world = world().await;
    let config = json!({"provider_slug": "openai", "secret": "sk-0123456789ab"});
    world.post(&format!("{GATEWAYS}/default/provider_configs"), config).await.result();
    let custom = json!({"name": "Acme", "slug": "acme", "base_url": "https://api.acme.example/v1"});
    world.post("/client/v4/accounts/default/ai-gateway/custom-providers", custom).await.result();
    let reply = world.get("/api/providers").await;
    let find = |slug: &str| reply.result().as_array().unwrap().iter().find(|row| row["slug"] == slug).unwrap().clone();
    assert_eq!(
        (&find("openai")["key_state"], &find("openai")["keys"][0]["secret_preview"]),
        (&json!("stored"), &json!("••••89ab"))
    );
    assert_eq!((&find("mock")["key_state"], &find("mock")["mock"]), (&json!("not_needed"), &json!(true)));
    assert_eq!((&find("custom-acme")["enabled"], &find("custom-acme")["custom"]), (&json!(false), &json!(true)));
    assert_eq!(
        world
            .get("/api/providers?gateway=other")
            .await
            .result()
            .as_array()
            .unwrap()
            .iter()
            .filter(|row| row["key_state"] == "stored")
            .count(),
        0
    );
}
