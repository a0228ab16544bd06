//! Gateways in Cloudflare's shapes.

use serde_json::{Value, json};
use waypost_store::AdminRole;

use crate::world::{GATEWAYS, settings, world};

#[tokio::test]
async fn a_gateway_lives_and_dies() {
    let world = world().await;
    let mut body = settings();
    body["id"] = json!("prod");
    let created = world.post(GATEWAYS, body.clone()).await;
    let gateway = created.result();
    // Members of `GatewayCreateResponse` in cloudflare-typescript 7.1.0.
    for member in [
        "id",
        "cache_invalidate_on_update",
        "cache_ttl",
        "collect_logs",
        "created_at",
        "modified_at",
        "rate_limiting_interval",
        "rate_limiting_limit",
        "rate_limiting_technique",
        "authentication",
        "is_default",
        "log_management",
        "log_management_strategy",
        "logpush",
        "logpush_public_key",
        "retry_backoff",
        "retry_delay",
        "retry_max_attempts",
        "store_id",
        "stripe",
        "workers_ai_billing_mode",
        "zdr",
        "otel",
    ] {
        assert!(gateway.get(member).is_some(), "{member}");
    }
    assert_eq!(gateway["cache_ttl"], 60);
    assert_eq!(gateway["is_default"], false);
    assert_eq!(gateway["created_at"], "2026-04-24T03:06:40.000Z");
    let uuid = gateway["internal_id"].as_str().unwrap();
    assert_eq!((uuid.len(), &uuid[14..15]), (36, "4"));

    let again = world.post(GATEWAYS, body).await;
    assert_eq!(again.status, 400);
    let (code, message, path) = again.error();
    assert_eq!((code, path), (7001, json!(["body", "id"])));
    assert!(message.contains("already exists"));

    let deleted = world.call(AdminRole::Admin, "DELETE", &format!("{GATEWAYS}/prod"), None).await;
    assert_eq!(deleted.result()["id"], "prod");
    let gone = world.get(&format!("{GATEWAYS}/prod")).await;
    assert_eq!((gone.status.as_u16(), gone.error().0), (404, 7002));
}

#[tokio::test]
async fn missing_and_wrong_members_are_all_named() {
    let world = world().await;
    let reply = world.post(GATEWAYS, json!({"cache_ttl": 0})).await;
    assert_eq!(reply.status, 400);
    let errors: Vec<(Value, Value)> = reply.body["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| (error["path"][1].clone(), error["message"].clone()))
        .collect();
    let expected = [
        ("id", "Required"),
        ("cache_invalidate_on_update", "Required"),
        ("collect_logs", "Required"),
        ("rate_limiting_interval", "Expected number, received nan"),
        ("rate_limiting_limit", "Expected number, received nan"),
    ];
    assert_eq!(errors, expected.map(|(member, message)| (json!(member), json!(message))));

    for (member, value, message) in [
        ("cache_ttl", json!("60"), "Expected integer, received string"),
        ("cache_ttl", json!(-1), "Number must be greater than or equal to 0"),
        ("collect_logs", json!(1), "Expected boolean, received integer"),
        ("log_management", json!(5), "Number must be greater than or equal to 10000"),
        ("retry_max_attempts", json!(6), "Number must be less than or equal to 5"),
        (
            "retry_backoff",
            json!("cubic"),
            "Invalid enum value. Expected 'constant' | 'linear' | 'exponential', received 'cubic'",
        ),
    ] {
        let mut body = settings();
        body["id"] = json!("new");
        body[member] = value;
        let reply = world.post(GATEWAYS, body).await;
        assert_eq!(reply.error(), (7001, message.to_owned(), json!(["body", member])));
    }
    for body in ["", "[]", "{", "\u{feff}{}"] {
        let request = http::Request::post(GATEWAYS)
            .header("authorization", format!("Bearer {}", crate::world::token(AdminRole::Admin)))
            .body(axum::body::Body::from(body))
            .unwrap();
        let reply = world.send(request).await;
        assert_eq!((reply.status.as_u16(), reply.error().2), (400, json!(["body"])), "{body:?}");
    }
    let mut body = settings();
    body["id"] = json!("Über uns");
    assert_eq!(world.post(GATEWAYS, body).await.error().2, json!(["body", "id"]));
}

#[tokio::test]
async fn put_replaces_and_keeps_waypost_when_it_is_absent() {
    let world = world().await;
    let path = format!("{GATEWAYS}/default");
    let put = async |body: Value| world.call(AdminRole::Admin, "PUT", &path, Some(body)).await;
    let mut body = settings();
    body["retry_max_attempts"] = json!(3);
    body["waypost"] = json!({"time_zone": "Europe/Paris", "exhausted_status": 400});
    let reply = put(body).await;
    assert_eq!(reply.result()["waypost"]["time_zone"], "Europe/Paris");
    assert_eq!(reply.result()["retry_max_attempts"], 3);

    // Clients of Cloudflare's API do not know `waypost`; everything else is replaced.
    let reply = put(settings()).await;
    assert_eq!(reply.result()["waypost"]["time_zone"], "Europe/Paris");
    assert_eq!(reply.result()["waypost"]["exhausted_status"], 400);
    assert_eq!(reply.result()["retry_max_attempts"], Value::Null);

    // GET, strip, PUT: nothing but `modified_at` changes.
    let before = world.get(&path).await.result().clone();
    let mut after = put(before.clone()).await.result().clone();
    assert_ne!(after["modified_at"], before["modified_at"]);
    after["modified_at"] = before["modified_at"].clone();
    assert_eq!(after, before);

    let mut body = settings();
    body["waypost"] = json!({"time_zon": "UTC"});
    let (code, message, at) = put(body).await.error();
    assert_eq!((code, at), (7001, json!(["body", "waypost", "time_zon"])));
    assert!(message.contains("time_zon"), "{message}");
    let mut body = settings();
    body["waypost"] = json!({"time_zone": "Mars/Olympus"});
    assert_eq!(put(body).await.error().2, json!(["body", "waypost", "time_zone"]));

    // A77: read-only members are ignored.
    let mut body = settings();
    body["id"] = json!("other");
    body["internal_id"] = json!("x");
    let reply = put(body).await;
    assert_eq!(
        (&reply.result()["id"], &reply.result()["internal_id"]),
        (&json!("default"), &json!("internal-default"))
    );
}

#[tokio::test]
async fn lists_have_pages_and_end() {
    let world = world().await;
    let reply = world.get(&format!("{GATEWAYS}?per_page=1")).await;
    assert_eq!(reply.result().as_array().unwrap().len(), 1);
    assert_eq!(reply.body["result_info"], json!({"page": 1, "per_page": 1, "count": 1, "total_count": 2}));
    let reply = world.get(&format!("{GATEWAYS}?page=99")).await;
    assert_eq!(reply.result(), &json!([]));
    let reply = world.get(&format!("{GATEWAYS}?search=OTH")).await;
    assert_eq!(reply.result()[0]["id"], "other");
    for (query, member) in [("per_page=101", "per_page"), ("per_page=0", "per_page"), ("page=x", "page")] {
        let reply = world.get(&format!("{GATEWAYS}?{query}")).await;
        assert_eq!((reply.status.as_u16(), reply.error().2), (400, json!(["query", member])));
    }
}

#[tokio::test]
async fn urls_name_providers() {
    let world = world().await;
    let base = "http://127.0.0.1:8787/v1/default/default";
    for (provider, url) in [("universal", base.to_owned()), ("openai", format!("{base}/openai"))] {
        assert_eq!(world.get(&format!("{GATEWAYS}/default/url/{provider}")).await.result(), &json!(url));
    }
    let (code, message, path) = world.get(&format!("{GATEWAYS}/default/url/opena")).await.error();
    assert_eq!((code, path), (7001, json!(["params", "provider"])));
    assert_eq!(message, "Unknown provider \"opena\". Did you mean \"openai\"?");
}

#[tokio::test]
async fn credentials_of_third_parties_are_for_administrators() {
    let world = world().await;
    let path = format!("{GATEWAYS}/default");
    let mut body = settings();
    body["otel"] = json!([{"url": "https://otel.example", "headers": {}, "authorization": "canary"}]);
    world.call(AdminRole::Admin, "PUT", &path, Some(body)).await.result();
    assert!(world.get(&path).await.text.contains("canary"));
    for role in [AdminRole::Viewer, AdminRole::Editor] {
        assert!(!world.call(role, "GET", &path, None).await.text.contains("canary"));
        assert!(!world.call(role, "GET", "/api/audit", None).await.text.contains("canary"));
    }
}
