//! API keys and admin tokens.

use axum::body::Body;
use http::Request;
use serde_json::{Value, json};
use waypost_store::{AdminRole, ConfigStore, KeyDigest};

use crate::world::{GATEWAYS, world};

#[tokio::test]
async fn a_key_is_shown_once_and_its_digest_never() {
    let world = world().await;
    let body = json!({"label": "ci", "routes": ["smart-route"], "models": ["openai/*", "mock/small"],
        "gateway": "default", "pinned_metadata": {"plan": "free", "seats": 3}, "expires_at": "2027-01-01T00:00:00Z"});
    let reply = world.post("/api/keys", body).await;
    let created = reply.result();
    let key = created["key"].as_str().unwrap();
    assert!(key.starts_with("wp_") && key.len() == 46, "{key}");
    assert_eq!((&created["preset"], &created["permissions"]["custom_cost"]), (&json!("app"), &json!(false)));
    assert_eq!(created["pinned_metadata"], json!({"plan": "free", "seats": 3.0}));
    assert_eq!(created["prefix"], key[..9]);

    let config = world.stores.config.load().await.unwrap();
    assert_eq!(config.api_keys[0].sha256, KeyDigest::of(key.as_bytes()));
    let digest: String = KeyDigest::of(key.as_bytes()).0.iter().map(|byte| format!("{byte:02x}")).collect();
    let id = created["id"].as_str().unwrap();
    let others = ["/api/keys".to_owned(), format!("/api/keys/{id}"), "/api/audit".to_owned()];
    for path in others {
        let text = world.get(&path).await.text;
        assert!(!text.contains(key) && !text.contains(&digest) && !text.contains("sha256"), "{text}");
    }
    // A hash is no credential, and neither is an API key here.
    for wrong in [key, &*digest] {
        let request = Request::get("/api/keys").header("authorization", format!("Bearer {wrong}"));
        assert_eq!(world.send(request.body(Body::empty()).unwrap()).await.status, 401);
    }

    let path = format!("/api/keys/{id}");
    let change = json!({"label": "CI", "preset": "backend", "expires_at": null});
    let changed = world.call(AdminRole::Admin, "PATCH", &path, Some(change)).await;
    assert_eq!(
        (&changed.result()["label"], &changed.result()["permissions"]["skip_log"], &changed.result()["expires_at"]),
        (&json!("CI"), &json!(true), &Value::Null)
    );
    assert_eq!(changed.result()["routes"], json!(["smart-route"]));
    let revoked = world.call(AdminRole::Admin, "DELETE", &path, None).await;
    assert!(revoked.result()["revoked_at"].is_string());
    assert!(world.get(&path).await.result()["revoked_at"].is_string());
    assert!(world.stores.config.load().await.unwrap().api_keys.is_empty());
}

#[tokio::test]
async fn wrong_keys_are_refused() {
    let world = world().await;
    let cases = [
        (json!({}), "label"),
        (json!({"label": ""}), "label"),
        (json!({"label": "x", "preset": "app", "permissions": {"custom_cost": true}}), "permissions"),
        (json!({"label": "x", "routes": ["a/b"]}), "routes"),
        (json!({"label": "x", "models": ["gpt-4"]}), "models"),
        (json!({"label": "x", "pinned_metadata": {"a": {"b": 1}}}), "pinned_metadata"),
        (json!({"label": "x", "expires_at": "2020-01-01T00:00:00Z"}), "expires_at"),
        (json!({"label": "x", "rutes": []}), "rutes"),
        (json!({"label": "x", "permissions": {"custom_costs": true}}), "permissions"),
    ];
    for (body, member) in cases {
        let reply = world.post("/api/keys", body).await;
        assert_eq!(reply.status, 400, "{member}");
        assert_eq!(reply.error().2[1], json!(member), "{}", reply.text);
    }
    let reply = world.post("/api/keys", json!({"label": "x", "gateway": "nowhere"})).await;
    assert_eq!((reply.status.as_u16(), reply.error().0), (404, 7002));
    let reply = world.post("/api/keys", json!({"label": "x", "permissions": {"skip_cache": true}})).await;
    assert_eq!(reply.result()["preset"], "custom");
}

#[tokio::test]
async fn tokens_have_roles_and_the_last_administrator_stays() {
    let world = world().await;
    let reply = world.post("/api/tokens", json!({"label": "ops", "role": "viewer"})).await;
    let token = reply.result()["token"].as_str().unwrap().to_owned();
    let id = reply.result()["id"].as_str().unwrap().to_owned();
    let with = |method: &str, path: &str| {
        let request = Request::builder().method(method).uri(path).header("authorization", format!("Bearer {token}"));
        request.body(Body::empty()).unwrap()
    };
    assert_eq!(world.send(with("GET", GATEWAYS)).await.status, 200);
    assert_eq!(world.send(with("GET", "/api/tokens")).await.status, 403);
    assert!(!world.get("/api/tokens").await.text.contains(&token));
    world.call(AdminRole::Admin, "DELETE", &format!("/api/tokens/{id}"), None).await.result();
    assert_eq!(world.send(with("GET", GATEWAYS)).await.status, 401);
    let last = world.call(AdminRole::Admin, "DELETE", "/api/tokens/Admin", None).await;
    assert_eq!(last.status, 409);
    assert_eq!(world.post("/api/tokens", json!({"label": "x", "role": "owner"})).await.status, 400);
}

#[tokio::test]
async fn every_change_is_in_the_audit() {
    let world = world().await;
    let id = world.route("audited").await;
    world
        .call(AdminRole::Editor, "PATCH", &format!("{GATEWAYS}/default/routes/{id}"), Some(json!({"name": "renamed"})))
        .await;
    world.post("/api/keys", json!({"label": "k"})).await;
    let audit = world.get("/api/audit").await;
    let lines: Vec<String> = audit
        .result()
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| {
            format!(
                "{} {} {}",
                entry["actor"].as_str().unwrap(),
                entry["action"].as_str().unwrap(),
                entry["object"].as_str().unwrap()
            )
        })
        .collect();
    assert_eq!(lines, ["the Admin created api_key", "the Editor updated route", "the Admin created route"]);
    assert_eq!(
        (&audit.result()[1]["before"], &audit.result()[1]["after"]),
        (&json!({"name": "audited"}), &json!({"name": "renamed"}))
    );
    let of_gateway = world.get("/api/audit?gateway=other").await;
    assert_eq!(of_gateway.result(), &json!([]));
}
