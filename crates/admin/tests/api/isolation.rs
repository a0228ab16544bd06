//! Objects of another gateway are not there (A47).

use serde_json::{Value, json};
use waypost_admin::table::ENTRIES;
use waypost_store::AdminRole;

use crate::{
    logs::store_row,
    world::{GATEWAYS, settings, simple, world},
};

#[tokio::test]
async fn a47_ids_of_another_gateway_are_not_found_anywhere() {
    let world = world().await;
    let route = world.route("mine").await;
    let version =
        world.get(&format!("{GATEWAYS}/default/routes/{route}")).await.result()["version"]["version_id"].clone();
    let version = version.as_str().unwrap().to_owned();
    let config = json!({"provider_slug": "openai", "secret": "sk-0123456789ab"});
    let config = world.post(&format!("{GATEWAYS}/default/provider_configs"), config).await.result()["id"].clone();
    let config = config.as_str().unwrap().to_owned();
    let log = store_row(&world, 1, |_| {}).await;
    let draft = json!({"document": {}});
    world
        .call(AdminRole::Admin, "PUT", &format!("/api/gateways/default/routes/{route}/draft"), Some(draft))
        .await
        .result();

    let mut walked = 0;
    for entry in ENTRIES.iter().filter(|entry| entry.path.contains("{gateway}/")) {
        let id = match entry.path {
            path if path.contains("/logs/{id}") => &log,
            path if path.contains("/provider_configs/{id}") => &config,
            path if path.contains("{route}") => &route,
            _ => continue,
        };
        let path = entry.path.replace("{account}", "default").replace("{gateway}", "other");
        let path = path.replace("{route}", id).replace("{id}", id).replace("{version}", &version);
        let body = match entry.path {
            path if path.ends_with("/deployments") => json!({"version_id": version}),
            path if path.ends_with("/versions") => simple(),
            path if path.ends_with("/draft") => json!({"document": {}}),
            path if path.ends_with("{route}") => json!({"name": "theirs"}),
            path if path.ends_with("/cases") || path.ends_with("/dismissals") => json!([]),
            path if path.ends_with("/effect") || path.ends_with("/cases/run") => json!({}),
            path if path.ends_with("/buckets/reset") => json!({"node": "m"}),
            path if path.contains("logs") => json!({"feedback": 1}),
            _ => settings(),
        };
        let reply = world.call(AdminRole::Admin, entry.method.as_str(), &path, Some(body)).await;
        assert_eq!((reply.status.as_u16(), reply.error().0), (404, 7002), "{} {path}", entry.method);
        walked += 1;
    }
    assert!(walked >= 17, "{walked}");

    for path in ["logs", "routes", "provider_configs"] {
        assert_eq!(world.get(&format!("{GATEWAYS}/other/{path}")).await.result(), &json!([]));
    }
    for editor in ["simulate", "diff"] {
        let body = json!({"route_id": route});
        let reply = world.post(&format!("/api/gateways/other/routes/{editor}"), body).await;
        assert_eq!(reply.status, 404, "{editor}");
    }
    // Nothing was changed on the way.
    let mine = world.get(&format!("{GATEWAYS}/default/routes/{route}")).await;
    assert_eq!((&mine.result()["name"], &mine.result()["version"]["number"]), (&json!("mine"), &json!(1)));
    assert_eq!(world.get(&format!("{GATEWAYS}/default/logs/{log}")).await.result()["feedback"], Value::Null);
}

#[tokio::test]
async fn a47_ids_that_do_not_belong_together_are_not_found() {
    let world = world().await;
    let (one, two) = (world.route("one").await, world.route("two").await);
    let version =
        world.get(&format!("{GATEWAYS}/default/routes/{one}")).await.result()["version"]["version_id"].clone();
    let deploy =
        world.post(&format!("{GATEWAYS}/default/routes/{two}/deployments"), json!({"version_id": version})).await;
    assert_eq!((deploy.status.as_u16(), deploy.error().0), (404, 7002));
    let path = format!("{GATEWAYS}/default/routes/{two}/versions/{}", version.as_str().unwrap());
    assert_eq!(world.get(&path).await.status, 404);
    let body = json!({"route_id": two, "version_id": version});
    assert_eq!(world.post("/api/gateways/default/routes/simulate", body).await.status, 404);
    for path in ["/api/keys?account=nobody", "/api/keys/x?account=nobody", "/api/providers?account=nobody"] {
        let reply = world.get(path).await;
        assert!(reply.status == 404 || *reply.result() == json!([]), "{path}");
    }
}
