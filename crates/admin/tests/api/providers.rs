//! Provider keys and custom providers.

use serde_json::{Value, json};
use waypost_store::{AdminRole, ConfigStore, GatewayRef};
use waypost_types::Secret;

use crate::world::{GATEWAYS, world};

const CUSTOM: &str = "/client/v4/accounts/default/ai-gateway/custom-providers";

#[tokio::test]
async fn provider_keys_go_in_and_never_come_out() {
    let world = world().await;
    let path = format!("{GATEWAYS}/default/provider_configs");
    let body = json!({"provider_slug": "openai", "alias": "prod", "default_config": true,
        "secret": "sk-canary-000000001234", "secret_id": "", "rate_limit": 10});
    let reply = world.post(&path, body.clone()).await;
    let key = reply.result();
    for member in
        ["id", "alias", "default_config", "gateway_id", "modified_at", "provider_slug", "secret_id", "secret_preview"]
    {
        assert!(key.get(member).is_some(), "{member}");
    }
    assert_eq!((&key["secret_preview"], &key["rate_limit_period"]), (&json!("••••1234"), &json!(60)));
    let id = key["id"].as_str().unwrap().to_owned();

    let stored = world.stores.config.provider_keys().find(&GatewayRef::new("default", "default"), &id).await.unwrap();
    assert_eq!(
        world.master.open(&stored.place(), &stored.secret_ciphertext).unwrap(),
        Secret::new("sk-canary-000000001234".to_owned())
    );
    let again = world.post(&path, body).await;
    assert_eq!((again.status.as_u16(), again.error().2), (409, json!(["body", "alias"])));

    let put = json!({"secret": "sk-canary-999999995678"});
    let rotated = world.call(AdminRole::Admin, "PUT", &format!("{path}/{id}"), Some(put)).await;
    assert_eq!((&rotated.result()["secret_preview"], &rotated.result()["alias"]), (&json!("••••5678"), &json!("prod")));
    let stored = world.stores.config.provider_keys().find(&GatewayRef::new("default", "default"), &id).await.unwrap();
    assert_eq!(
        world.master.open(&stored.place(), &stored.secret_ciphertext).unwrap(),
        Secret::new("sk-canary-999999995678".to_owned())
    );
    for text in [reply.text, rotated.text, world.get(&path).await.text, world.get("/api/audit").await.text] {
        assert!(!text.contains("canary"), "{text}");
    }
    world.call(AdminRole::Admin, "DELETE", &format!("{path}/{id}"), None).await.result();
    assert_eq!(world.get(&path).await.result(), &json!([]));
}

#[tokio::test]
async fn provider_keys_need_one_secret_and_a_known_provider() {
    let world = world().await;
    let path = format!("{GATEWAYS}/default/provider_configs");
    let cases = [
        (json!({"provider_slug": "openai"}), "secret"),
        (json!({"provider_slug": "openai", "secret": ""}), "secret"),
        (json!({"provider_slug": "openai", "secret": "sk-x", "secret_id": "abc"}), "secret_id"),
        (json!({"provider_slug": "google-vertex-ai", "secret": "{\"private_key\":\"x\"}"}), "secret"),
        (json!({"provider_slug": "opena", "secret": "sk-x"}), "provider_slug"),
        (json!({"secret": "sk-x"}), "provider_slug"),
        (json!({"provider_slug": "openai", "secret": "sk-x", "alias": "a b"}), "alias"),
    ];
    for (body, member) in cases {
        let reply = world.post(&path, body).await;
        assert_eq!((reply.status.as_u16(), reply.error().2), (400, json!(["body", member])));
    }
}

#[tokio::test]
async fn custom_providers_have_their_codes() {
    let world = world().await;
    let body = json!({"name": "Acme", "slug": "acme", "base_url": "https://api.acme.example/v1", "headers": "{\"x-a\":\"canary\"}"});
    let created = world.post(CUSTOM, body.clone()).await;
    assert_eq!((&created.result()["slug"], &created.result()["enable"]), (&json!("acme"), &json!(false)));
    let id = created.result()["id"].as_str().unwrap().to_owned();
    let again = world.post(CUSTOM, body).await;
    assert_eq!((again.status.as_u16(), again.error().0, again.error().2), (409, 1003, json!(["body", "slug"])));
    let path = format!("{CUSTOM}/{id}");
    for role in [AdminRole::Viewer, AdminRole::Editor] {
        assert_eq!(world.call(role, "GET", &path, None).await.result()["headers"], Value::Null);
    }
    for headers in
        ["x-a: b", "{\"host\":\"a\"}", "{\"Authorization\":\"a\"}", "{\"a b\":\"c\"}", "{\"a\":\"b\\n\"}", "{\"a\":1}"]
    {
        let reply = world.call(AdminRole::Admin, "PATCH", &path, Some(json!({"headers": headers}))).await;
        assert_eq!(reply.error().2, json!(["body", "headers"]), "{headers}");
    }
    let changed = world.call(AdminRole::Admin, "PATCH", &path, Some(json!({"enable": true, "headers": null}))).await;
    assert_eq!(
        (&changed.result()["enable"], &changed.result()["headers"], &changed.result()["name"]),
        (&json!(true), &Value::Null, &json!("Acme"))
    );
    assert_eq!(world.get(&format!("{CUSTOM}?enable=false")).await.result(), &json!([]));
    assert_eq!(world.get(&format!("{CUSTOM}?enable=true")).await.result()[0]["id"], json!(id));
    let gone = world.get(&format!("{CUSTOM}/nothing")).await;
    assert_eq!((gone.status.as_u16(), gone.error().0, gone.error().1), (404, 1004, "Custom Provider not found".into()));
    world.get(&format!("{GATEWAYS}/default/url/custom-acme")).await.result();
    world.call(AdminRole::Admin, "DELETE", &path, None).await.result();
    assert_eq!(world.get(&path).await.error().0, 1004);
}

#[tokio::test]
async fn a02_private_addresses_are_refused_at_save() {
    let world = world().await;
    for url in [
        "http://127.0.0.1",
        "https://127.0.0.1/v1",
        "https://0",
        "https://[::1]",
        "https://[::ffff:10.0.0.1]",
        "https://2130706433",
        "https://0x7f.1",
        "https://10.0.0.1",
        "https://172.16.0.1",
        "https://192.168.1.1",
        "https://100.64.0.1",
        "https://169.254.169.254",
        "https://[fd00::1]",
        "https://[fe80::1]",
        "https://db.internal",
        "https://example.com.",
        "https://xn--pple-43d.com",
        "https://user@example.com",
        "file:///etc/passwd",
        "gopher://example.com",
        "https://example.com:22",
        "http://api.example.com",
        "https://10.0.0.5:8001",
        "not a url",
        "",
    ] {
        let body = json!({"name": "x", "slug": "x", "base_url": url});
        let reply = world.post(CUSTOM, body).await;
        assert_eq!(reply.status, 400, "{url}");
        let (code, _, path) = reply.error();
        assert_eq!((code, path), (1002, json!(["body", "base_url"])), "{url}");
    }
    // The operator allows exactly this one, also without TLS.
    let body = json!({"name": "x", "slug": "x", "base_url": "http://10.0.0.5:8000/v1"});
    let id = world.post(CUSTOM, body).await.result()["id"].as_str().unwrap().to_owned();
    let change = json!({"base_url": "https://10.0.0.6:8000"});
    let reply = world.call(AdminRole::Admin, "PATCH", &format!("{CUSTOM}/{id}"), Some(change)).await;
    assert_eq!(reply.error().0, 1002);
}
