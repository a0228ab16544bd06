//! The table: every URL, role and limit, against the router and the document.

use std::collections::BTreeSet;

use axum::body::Body;
use http::Request;
use serde_json::{Value, json};
use waypost_admin::table::{Access, ENTRIES};
use waypost_store::AdminRole;

use crate::world::{GATEWAYS, token, world};

const ROLES: [AdminRole; 3] = [AdminRole::Viewer, AdminRole::Editor, AdminRole::Admin];

#[tokio::test]
async fn a77_every_url_asks_for_its_role() {
    let world = world().await;
    for entry in ENTRIES {
        let path = entry.path.replace("{account}", "default").replace("{gateway}", "nowhere");
        let path: String = path
            .split('/')
            .map(|part| if part.starts_with('{') { "/nothing".into() } else { format!("/{part}") })
            .collect();
        let path = path.trim_start_matches('/');
        let path = format!("/{path}");
        let request = || Request::builder().method(&entry.method).uri(&path);
        let reply = world.send(request().body(Body::empty()).unwrap()).await;
        let Access::Role(needed) = entry.access else {
            // What it needs stands in its body.
            let expected = if entry.method != "GET" {
                400
            } else if path.ends_with("/nothing") {
                404
            } else {
                200
            };
            assert_eq!(reply.status, expected, "{path}");
            continue;
        };
        assert_eq!(reply.status, 401, "{} {path}", entry.method);
        assert_eq!(reply.error().0, 10_000);
        for role in ROLES {
            let bearer = format!("Bearer {}", token(role));
            let reply = world.send(request().header("authorization", bearer).body(Body::empty()).unwrap()).await;
            let context = format!("{} {path} as {role:?}: {}", entry.method, reply.text);
            assert_eq!(reply.status == 403, role < needed, "{context}");
            assert_ne!(reply.status, 401, "{context}");
            assert!(!reply.status.is_server_error(), "{context}");
            if reply.status == 403 {
                assert_eq!(reply.error().0, 10_000);
            }
        }
    }
}

#[tokio::test]
async fn the_document_describes_exactly_the_table() {
    let world = world().await;
    let reply = world.send(Request::get("/openapi.json").body(Body::empty()).unwrap()).await;
    assert_eq!(reply.headers["content-type"], "application/json");
    let mut described = BTreeSet::new();
    for (path, item) in reply.body["paths"].as_object().unwrap() {
        for (method, operation) in
            item.as_object().unwrap().iter().filter(|(_, value)| value.get("responses").is_some())
        {
            let role = operation.get("x-role").and_then(Value::as_str).unwrap_or("public").to_owned();
            let bytes = operation["x-body-bytes-max"].as_u64().unwrap();
            described.insert((method.to_uppercase(), path.clone(), role, bytes));
        }
    }
    let name = |access| match access {
        Access::Public => "public".to_owned(),
        Access::Role(role) => format!("{role:?}").to_lowercase(),
    };
    let table: BTreeSet<_> = ENTRIES
        .iter()
        .map(|entry| (entry.method.to_string(), entry.path.to_owned(), name(entry.access), entry.body_bytes_max as u64))
        .collect();
    assert_eq!(described, table);
    let operations: BTreeSet<_> = operation_ids(&reply.body).collect();
    assert_eq!(operations.len(), table.len(), "each operation has a name of its own");
    assert_eq!(table.len(), ENTRIES.len());
    assert!(reply.text.contains("#/components/schemas/ErrorEnvelope"));
    assert!(!reply.text.contains("\"contact\""));
    let schemas = &reply.body["components"]["schemas"];
    for reference in reply.text.split("\"#/components/schemas/").skip(1) {
        let name = reference.split('"').next().unwrap();
        assert!(schemas.get(name).is_some(), "{name} is referred to and not described");
    }
}

fn operation_ids(document: &Value) -> impl Iterator<Item = &str> {
    let items = document["paths"].as_object().unwrap().values();
    items.flat_map(|item| item.as_object().unwrap().values()).filter_map(|operation| operation["operationId"].as_str())
}

#[tokio::test]
async fn other_urls_and_methods_are_refused_in_the_envelope() {
    let world = world().await;
    for path in ["/client/v4/accounts/default/ai-gateway/nothing", "/api", "/api/keys/x/y", "/"] {
        let reply = world.get(path).await;
        assert_eq!(reply.status, 404, "{path}");
        assert_eq!(reply.error().0, 7000);
    }
    let reply = world.call(AdminRole::Admin, "PATCH", GATEWAYS, None).await;
    assert_eq!(reply.status, 405);
    assert_eq!(reply.error().0, 7000);
    let reply = world.get("/client/v4/accounts/nobody/ai-gateway/gateways").await;
    assert_eq!((reply.status.as_u16(), reply.error().0), (404, 7003));
}

#[tokio::test]
async fn tokens_come_in_two_headers() {
    let world = world().await;
    let with =
        |name: &'static str, value: String| Request::get(GATEWAYS).header(name, value).body(Body::empty()).unwrap();
    let admin = token(AdminRole::Admin);
    assert_eq!(world.send(with("x-auth-key", admin.to_owned())).await.status, 200);
    assert_eq!(world.send(with("authorization", format!("bearer {admin}"))).await.status, 200);
    for (name, value) in [
        ("authorization", admin.to_owned()),
        ("authorization", format!("Bearer {admin}x")),
        ("authorization", "Bearer ".to_owned()),
        ("authorization", format!("Bearer {}", admin.to_uppercase())),
        ("x-auth-key", "wrong".to_owned()),
        ("cookie", format!("token={admin}")),
    ] {
        let reply = world.send(with(name, value)).await;
        assert_eq!((reply.status.as_u16(), reply.error().0), (401, 10_000), "{name}");
    }
}

#[tokio::test]
async fn a20_bodies_over_the_limit_are_refused() {
    let world = world().await;
    let large = json!({"name": "x".repeat(9 << 20)});
    let reply = world.post(&format!("{GATEWAYS}/default/routes"), large).await;
    assert_eq!(reply.status, 413);
    assert_eq!(reply.error().0, 7001);
    let reply = world.post("/api/keys", json!({"label": "x".repeat(100 << 10)})).await;
    assert_eq!(reply.status, 413);
}

#[tokio::test]
async fn the_audit_says_where_a_change_came_from() {
    let world = world().await;
    let mut request = Request::post("/api/keys")
        .header("authorization", format!("Bearer {}", token(AdminRole::Admin)))
        .body(Body::from(json!({"label": "k"}).to_string()))
        .unwrap();
    request.extensions_mut().insert(waypost_admin::Peer([192, 0, 2, 7].into()));
    world.send(request).await.result();
    assert_eq!(world.get("/api/audit").await.result()[0]["from"], "192.0.2.7");
}
