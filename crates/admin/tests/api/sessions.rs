//! Signing in and out: S13 to S16 and the attacks on them.

use std::net::IpAddr;

use axum::body::Body;
use http::{HeaderMap, Request};
use serde_json::{Value, json};
use waypost_admin::table::{Access, ENTRIES};
use waypost_store::{AdminRole, Change, ConfigStore, KeyDigest};
use waypost_types::UnixMs;

use crate::world::{GATEWAYS, Reply, World, token, world, world_with};

const HOST: &str = "127.0.0.1:8787";
const ORIGIN: &str = "http://127.0.0.1:8787";
const PASSWORD: &str = "correct horse battery";
const LINK: &str = "wps_link";

/// Method, path, and headers that are set or, when empty, left out.
type Attack<'a> = (&'a str, &'a str, &'a [(&'static str, &'a str)]);

/// A browser: it keeps the cookie and sends what browsers send.
#[derive(Clone, Default)]
struct Browser {
    cookie: Option<String>,
    csrf: Option<String>,
}

impl Browser {
    fn request(&self, method: &str, path: &str, body: Option<&Value>) -> Request<Body> {
        let mut request = Request::builder().method(method).uri(path).header("host", HOST);
        if method != "GET" {
            request = request.header("origin", ORIGIN);
        }
        if let Some(cookie) = &self.cookie {
            request = request.header("cookie", format!("theme=dark; waypost_session={cookie}"));
        }
        if let Some(csrf) = &self.csrf {
            request = request.header("x-waypost-csrf", csrf);
        }
        request.body(body.map_or_else(Body::empty, |body| Body::from(body.to_string()))).unwrap()
    }

    async fn send(&self, world: &World, method: &str, path: &str, body: Value) -> Reply {
        world.send(self.request(method, path, (!body.is_null()).then_some(&body))).await
    }

    /// Sends, and keeps the cookie that comes back.
    async fn sign_in(&mut self, world: &World, path: &str, body: Value) -> Reply {
        let reply = self.send(world, "POST", path, body).await;
        if let Some(cookie) = cookie(&reply.headers) {
            self.cookie = Some(cookie);
            self.csrf = reply.body["result"]["csrf_token"].as_str().map(str::to_owned);
        }
        reply
    }

    async fn is_in(&self, world: &World) -> bool {
        let session = self.send(world, "GET", "/api/session", Value::Null).await.result()["signed_in"] == json!(true);
        let reads = self.send(world, "GET", GATEWAYS, Value::Null).await.status == 200;
        assert_eq!(session, reads);
        session
    }
}

fn cookie(headers: &HeaderMap) -> Option<String> {
    let line = headers.get("set-cookie")?.to_str().unwrap();
    Some(line.strip_prefix("waypost_session=")?.split(';').next()?.to_owned())
}

async fn with_link() -> World {
    let world = world().await;
    let sha256 = KeyDigest::of(LINK.as_bytes());
    world.stores.config.apply(vec![Change::PutSetupLink { sha256, at: UnixMs(1) }]).await.unwrap();
    world
}

/// A world whose password is set, and a browser that is signed in.
async fn set_up() -> (World, Browser) {
    let world = with_link().await;
    let mut browser = Browser::default();
    browser.sign_in(&world, "/api/session/setup", json!({"token": LINK, "password": PASSWORD})).await.result();
    (world, browser)
}

#[tokio::test]
async fn s16_only_the_setup_link_works_before_a_password_is_set() {
    let world = with_link().await;
    let mut browser = Browser::default();
    let reply = browser.send(&world, "GET", "/api/session", Value::Null).await;
    let expected = json!({"setup_required": true, "signed_in": false, "user": null, "csrf_token": null,
        "version": env!("CARGO_PKG_VERSION"), "listen_url": "http://127.0.0.1:8787"});
    assert_eq!(*reply.result(), expected);
    for password in ["", "admin", "password", PASSWORD] {
        let reply = browser.sign_in(&world, "/api/session", json!({"password": password})).await;
        assert_eq!(reply.status, 401, "{}", reply.text);
    }
    let short = browser.sign_in(&world, "/api/session/setup", json!({"token": LINK, "password": "short"})).await;
    assert_eq!((short.status.as_u16(), short.error().2), (400, json!(["body", "password"])));
    let wrong = browser.sign_in(&world, "/api/session/setup", json!({"token": "wps_x", "password": PASSWORD})).await;
    assert_eq!(wrong.status, 401);
    assert!(!browser.is_in(&world).await);

    let reply = browser.sign_in(&world, "/api/session/setup", json!({"token": LINK, "password": PASSWORD})).await;
    let view = reply.result();
    assert_eq!((&view["setup_required"], &view["signed_in"]), (&json!(false), &json!(true)));
    assert_eq!(view["user"], json!({"label": "admin", "role": "admin"}));
    let line = reply.headers["set-cookie"].to_str().unwrap();
    assert!(line.ends_with("; Path=/; HttpOnly; SameSite=Strict"), "{line}");
    assert!(browser.is_in(&world).await);
    // The page that is loaded anew learns the same token.
    let again = browser.send(&world, "GET", "/api/session", Value::Null).await;
    assert_eq!(again.result()["csrf_token"].as_str(), browser.csrf.as_deref());
    let audit = browser.send(&world, "GET", "/api/audit", Value::Null).await;
    assert_eq!((&audit.result()[0]["actor"], &audit.result()[0]["object"]), (&json!("admin"), &json!("password")));
    assert!(!audit.text.contains("argon2") && !audit.text.contains(PASSWORD));
}

#[tokio::test]
async fn a78_a_setup_link_works_once() {
    let (world, _) = set_up().await;
    let mut thief = Browser::default();
    let reply =
        thief.sign_in(&world, "/api/session/setup", json!({"token": LINK, "password": "another password"})).await;
    assert_eq!(reply.status, 401);
    assert_eq!(reply.headers.get("set-cookie"), None);
    assert_eq!(thief.sign_in(&world, "/api/session", json!({"password": "another password"})).await.status, 401);
    assert_eq!(thief.sign_in(&world, "/api/session", json!({"password": PASSWORD})).await.status, 200);
}

#[tokio::test]
async fn a78_of_two_who_use_a_setup_link_at_once_one_is_refused() {
    let world = with_link().await;
    let (one, two) = (Browser::default(), Browser::default());
    let body = |n| json!({"token": LINK, "password": format!("password number {n}")});
    let (one, two) = tokio::join!(
        one.send(&world, "POST", "/api/session/setup", body(1)),
        two.send(&world, "POST", "/api/session/setup", body(2)),
    );
    let mut statuses = [one.status.as_u16(), two.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 401]);
}

#[tokio::test]
async fn a78_a_session_is_always_a_new_one() {
    let (world, first) = set_up().await;
    // Fixation: the victim's browser was given a cookie by somebody else, live or made up.
    for planted in [first.cookie.clone().unwrap(), "A".repeat(43)] {
        let mut victim = Browser { cookie: Some(planted.clone()), csrf: None };
        victim.sign_in(&world, "/api/session", json!({"password": PASSWORD})).await.result();
        assert_ne!(victim.cookie.as_deref(), Some(&*planted));
        assert!(victim.is_in(&world).await);
        assert!(!Browser { cookie: Some(planted), csrf: None }.is_in(&world).await);
    }
}

#[tokio::test]
async fn a78_nothing_is_left_after_signing_out() {
    let (world, browser) = set_up().await;
    let copy = browser.clone();
    let reply = browser.send(&world, "DELETE", "/api/session", Value::Null).await;
    assert!(reply.headers["set-cookie"].to_str().unwrap().starts_with("waypost_session=; Max-Age=0; "));
    assert!(!copy.is_in(&world).await);

    let (mut one, mut two) = (Browser::default(), Browser::default());
    for browser in [&mut one, &mut two] {
        browser.sign_in(&world, "/api/session", json!({"password": PASSWORD})).await.result();
    }
    let mut other = Browser::default();
    other.sign_in(&world, "/api/session", json!({"token": token(AdminRole::Editor)})).await.result();
    one.send(&world, "DELETE", "/api/session/all", Value::Null).await.result();
    assert!(!one.is_in(&world).await && !two.is_in(&world).await);
    assert!(other.is_in(&world).await, "somebody else's");
}

#[tokio::test]
async fn a78_a_changed_password_ends_what_the_old_one_opened() {
    let (world, mut browser) = set_up().await;
    let mut elsewhere = Browser::default();
    elsewhere.sign_in(&world, "/api/session", json!({"password": PASSWORD})).await.result();
    let before = browser.clone();
    let change = |current: &str| json!({"current": current, "new": "a better password"});
    assert_eq!(browser.send(&world, "PUT", "/api/session/password", change("wrong")).await.status, 401);
    assert_eq!(
        browser.send(&world, "PUT", "/api/session/password", json!({"new": "a better password"})).await.status,
        400
    );
    let reply = browser.send(&world, "PUT", "/api/session/password", change(PASSWORD)).await;
    reply.result();
    browser.cookie = cookie(&reply.headers);
    browser.csrf = reply.body["result"]["csrf_token"].as_str().map(str::to_owned);
    assert!(browser.is_in(&world).await);
    assert!(!before.is_in(&world).await && !elsewhere.is_in(&world).await);
    assert_eq!(elsewhere.sign_in(&world, "/api/session", json!({"password": PASSWORD})).await.status, 401);
    assert_eq!(elsewhere.sign_in(&world, "/api/session", json!({"password": "a better password"})).await.status, 200);
    // Forgotten: an admin token replaces it.
    let forgotten = json!({"new": "a third password"});
    world.call(AdminRole::Admin, "PUT", "/api/session/password", Some(forgotten)).await.result();
    assert!(!browser.is_in(&world).await);
    assert_eq!(browser.sign_in(&world, "/api/session", json!({"password": "a third password"})).await.status, 200);
}

#[tokio::test]
async fn a78_a_session_ends_with_the_token_that_opened_it() {
    let (world, admin) = set_up().await;
    let mut browser = Browser::default();
    let reply = browser.sign_in(&world, "/api/session", json!({"token": token(AdminRole::Viewer)})).await;
    assert_eq!(reply.result()["user"], json!({"label": "the Viewer", "role": "viewer"}));
    assert!(browser.is_in(&world).await);
    admin.send(&world, "DELETE", "/api/tokens/Viewer", Value::Null).await.result();
    assert!(!browser.is_in(&world).await);
}

#[tokio::test]
async fn s14_sessions_end_by_themselves() {
    let (world, browser) = set_up().await;
    const HOUR: i64 = 3_600_000;
    for _ in 0..59 {
        world.clock.advance(12 * HOUR - 60_000);
        assert!(browser.is_in(&world).await);
    }
    world.clock.advance(12 * HOUR);
    assert!(!browser.is_in(&world).await);
}

#[tokio::test]
async fn failed_tries_are_throttled_and_say_nothing() {
    let (world, _) = set_up().await;
    let from = |address: [u8; 4], body: Value| {
        let mut request = Browser::default().request("POST", "/api/session", Some(&body));
        request.extensions_mut().insert(waypost_admin::Peer(IpAddr::from(address)));
        request
    };
    let mut texts = Vec::new();
    for n in 0..10 {
        let body = if n % 2 == 0 { json!({"password": "wrong password"}) } else { json!({"token": "wpa_wrong"}) };
        let reply = world.send(from([192, 0, 2, 1], body)).await;
        assert_eq!(reply.status, 401);
        texts.push(reply.text);
    }
    texts.dedup();
    assert_eq!(texts.len(), 1);
    let reply = world.send(from([192, 0, 2, 1], json!({"password": PASSWORD}))).await;
    assert_eq!(reply.status, 429, "even the right one");
    assert!(reply.error().1.starts_with("Too many failed tries."));
    assert_eq!(world.send(from([192, 0, 2, 2], json!({"password": PASSWORD}))).await.status, 200);
    world.clock.advance(300_000);
    assert_eq!(world.send(from([192, 0, 2, 1], json!({"password": PASSWORD}))).await.status, 200);
    let both = json!({"password": PASSWORD, "token": "x"});
    assert_eq!(world.send(from([192, 0, 2, 3], both)).await.status, 400);
}

#[tokio::test]
async fn a75_other_sites_cannot_use_a_session() {
    let (world, browser) = set_up().await;
    let key = json!({"label": "k"});
    let send = |method: &str, path: &str, set: &[(&'static str, &str)]| {
        let mut request = browser.request(method, path, (method != "GET").then_some(&key));
        for (name, value) in set {
            match *value {
                "" => request.headers_mut().remove(*name),
                value => request.headers_mut().insert(*name, value.parse().unwrap()),
            };
        }
        world.send(request)
    };
    assert_eq!(send("POST", "/api/keys", &[]).await.status, 200);
    let attacks: &[Attack] = &[
        // A form, with and without the pretence of JSON.
        ("POST", "/api/keys", &[("origin", "http://evil.example"), ("content-type", "text/plain")]),
        ("POST", "/api/keys", &[("origin", "null"), ("content-type", "application/x-www-form-urlencoded")]),
        ("POST", "/api/keys", &[("origin", "http://evil.example"), ("x-waypost-csrf", "")]),
        // A browser that hides the origin.
        ("POST", "/api/keys", &[("origin", "")]),
        ("POST", "/api/keys", &[("origin", ""), ("sec-fetch-site", "cross-site")]),
        // The same machine, another port.
        ("POST", "/api/keys", &[("origin", "http://127.0.0.1:3000"), ("sec-fetch-site", "same-site")]),
        // A page of ours that was made to send something without knowing the token.
        ("POST", "/api/keys", &[("x-waypost-csrf", "")]),
        ("POST", "/api/keys", &[("x-waypost-csrf", "AAAA")]),
        ("DELETE", "/api/session", &[("x-waypost-csrf", "")]),
        // fetch, image, event stream.
        ("GET", "/api/keys", &[("origin", "http://evil.example"), ("sec-fetch-site", "cross-site")]),
        ("GET", "/api/keys", &[("sec-fetch-site", "cross-site"), ("sec-fetch-dest", "image")]),
        ("GET", "/api/keys", &[("sec-fetch-site", "same-site"), ("accept", "text/event-stream")]),
        // Signing a victim in as somebody else.
        ("POST", "/api/session", &[("origin", "http://evil.example"), ("cookie", "")]),
        ("POST", "/api/session", &[("origin", ""), ("sec-fetch-site", "cross-site"), ("cookie", "")]),
        ("POST", "/api/session/setup", &[("origin", "http://evil.example"), ("cookie", "")]),
    ];
    for (method, path, headers) in attacks {
        let reply = send(method, path, headers).await;
        assert_eq!(reply.status, 403, "{method} {path} {headers:?}: {}", reply.text);
        assert_eq!(reply.error().0, 10_000);
    }
    let keys = send("GET", "/api/keys", &[]).await;
    assert_eq!(keys.result().as_array().unwrap().len(), 1);
    assert_eq!(send("GET", "/api/keys", &[]).await.headers.get("access-control-allow-origin"), None);
}

#[tokio::test]
async fn a77_sessions_have_the_role_of_their_token() {
    let world = world().await;
    for role in [AdminRole::Viewer, AdminRole::Editor, AdminRole::Admin] {
        for entry in ENTRIES {
            let Access::Role(needed) = entry.access else { continue };
            let path = entry.path.replace("{account}", "default").replace("{gateway}", "nowhere");
            let parts = path.split('/').map(|part| if part.starts_with('{') { "nothing" } else { part });
            let path = parts.collect::<Vec<_>>().join("/");
            if path.starts_with("/api/session") && entry.method == "DELETE" {
                continue;
            }
            let mut browser = Browser::default();
            browser.sign_in(&world, "/api/session", json!({"token": token(role)})).await.result();
            let reply = browser.send(&world, entry.method.as_str(), &path, Value::Null).await;
            let context = format!("{} {path} as {role:?}: {}", entry.method, reply.text);
            assert_eq!(reply.status == 403, role < needed, "{context}");
            assert_ne!(reply.status, 401, "{context}");
        }
    }
}

#[tokio::test]
async fn a77_nobody_gives_themselves_a_role() {
    let world = with_link().await;
    let mut browser = Browser::default();
    for extra in ["role", "label", "user", "is_admin"] {
        let mut body = json!({"token": token(AdminRole::Viewer)});
        body[extra] = json!("admin");
        assert_eq!(browser.sign_in(&world, "/api/session", body).await.status, 400);
    }
    browser.sign_in(&world, "/api/session", json!({"token": token(AdminRole::Viewer)})).await.result();
    let change = json!({"current": PASSWORD, "new": PASSWORD});
    assert_eq!(browser.send(&world, "PUT", "/api/session/password", change).await.status, 403);
    let token = json!({"label": "mine", "role": "admin"});
    assert_eq!(browser.send(&world, "POST", "/api/tokens", token).await.status, 403);
}

#[tokio::test]
async fn s13_hashes_and_digests_are_no_credentials() {
    let (world, browser) = set_up().await;
    let hash = world.stores.config.sessions().password().await.unwrap().unwrap().hash;
    let digest: String =
        KeyDigest::of(browser.cookie.clone().unwrap().as_bytes()).0.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(Browser::default().sign_in(&world, "/api/session", json!({"password": hash})).await.status, 401);
    assert!(!Browser { cookie: Some(digest), csrf: None }.is_in(&world).await);
    // A session's secret is no bearer token, and a token no cookie.
    let bearer = format!("Bearer {}", browser.cookie.unwrap());
    let request = Request::get(GATEWAYS).header("authorization", bearer).body(Body::empty()).unwrap();
    assert_eq!(world.send(request).await.status, 401);
    assert!(!Browser { cookie: Some(token(AdminRole::Admin).to_owned()), csrf: None }.is_in(&world).await);
}

#[tokio::test]
async fn s16_an_exposed_gateway_that_nobody_secured_refuses() {
    let world = world_with(|admin| admin.is_exposed = true).await;
    let sha256 = KeyDigest::of(LINK.as_bytes());
    world.stores.config.apply(vec![Change::PutSetupLink { sha256, at: UnixMs(1) }]).await.unwrap();
    let reply = world.get(GATEWAYS).await;
    assert_eq!(reply.status, 403);
    assert!(reply.error().1.contains("setup link"), "{}", reply.text);
    let mut browser = Browser::default();
    let by_token = json!({"token": token(AdminRole::Admin)});
    assert_eq!(browser.sign_in(&world, "/api/session", by_token).await.status, 403);
    browser.sign_in(&world, "/api/session/setup", json!({"token": LINK, "password": PASSWORD})).await.result();
    assert!(browser.is_in(&world).await);
    assert_eq!(world.get(GATEWAYS).await.status, 200);
}

#[tokio::test]
async fn a85_who_is_not_signed_in_learns_nothing() {
    let (world, _) = set_up().await;
    let open = ENTRIES.iter().filter(|entry| entry.access == Access::Public && entry.method == "GET");
    for entry in open.filter(|entry| !entry.path.contains('{')) {
        let reply = world.send(Request::get(entry.path).body(Body::empty()).unwrap()).await;
        assert_eq!(reply.status, 200);
        for secret in ["internal-default", "the Viewer", "argon2", token(AdminRole::Admin), PASSWORD, LINK] {
            assert!(!reply.text.contains(secret), "{}: {secret}", entry.path);
        }
    }
}
