//! Secrets stay where they belong (A80–A82, A84, F59).

use std::{fs, path::Path};

use http::Method;
use serde_json::json;
use waypost_harness::{Answer, Gateway, Setup, management::GATEWAY, route};
use waypost_testkit::{Script, canary};

mod keys;

const SLOTS: [&str; 5] = ["openai", "anthropic", "admin-token", "api-key", "own-key"];
const MASTER_KEY: &str = "c0ffee00c0ffee01c0ffee02c0ffee03c0ffee04c0ffee05c0ffee06c0ffee07";

/// Every secret slot holds its canary.
async fn planted() -> Gateway {
    let setup = Setup {
        stored_keys: Vec::new(),
        admin_token: canary::secret("admin-token"),
        api_key: canary::secret("api-key"),
        master_key: Some(MASTER_KEY.to_owned()),
        ..Setup::default()
    };
    let gateway = setup.start().await;
    for slug in ["openai", "anthropic"] {
        gateway.store_provider_key(slug, "default", &canary::secret(slug)).await;
    }
    gateway
}

/// A provider that repeats the key it was sent, in its words and in a header.
fn echoing(status: u16, slug: &str) -> Script {
    let key = canary::secret(slug);
    Script {
        error_message: Some(format!("Incorrect API key provided: {key}. You sent Bearer {key}.")),
        ..Script::status(status)
    }
    .header("x-debug-authorization", &format!("Bearer {key}"))
    .header("authorization", &format!("Bearer {key}"))
    .header("set-cookie", &format!("key={key}"))
}

fn everything(answer: &Answer) -> String {
    format!("{} {:?} {}", answer.status, answer.headers, answer.text())
}

fn assert_clean(what: &str, text: &str) {
    let found = canary::found_in(text, &SLOTS);
    assert!(found.is_empty(), "{what} holds the secrets of {found:?}: {text}");
    assert!(!text.contains(canary::MARK), "{what} holds part of a secret: {text}");
    assert!(!text.contains(MASTER_KEY), "{what} holds the master key: {text}");
}

/// Files of the data directory, but not the one whose purpose it is.
fn files(dir: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).expect("the directory can be read") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.file_name().is_some_and(|name| name != "master.key") {
            found.push((path.display().to_string(), fs::read(&path).expect("the file can be read")));
        }
    }
    found
}

/// Good calls, refusals, failures and the management API, with canaries wherever a secret can stand.
async fn exercise(gateway: &Gateway) -> Vec<(String, String)> {
    let mut seen = Vec::new();
    let own = canary::secret("own-key");
    gateway.provider.install("echo-key", [echoing(401, "openai")]);
    gateway.provider.install("echo-500", [echoing(500, "openai")]);
    gateway.provider.install("echo-own", [echoing(401, "own-key")]);
    gateway.provider.install(
        "echo-event",
        [Script {
            error_event_after: Some(2),
            error_message: Some(format!("key {} is over its quota", canary::secret("openai"))),
            ..Script::ok().between_ms(15)
        }],
    );
    gateway.create_route(&route::chain("echoes", ("openai", "test/echo-500"), ("openai", "test/echo-key"))).await;
    let key = gateway.setup.api_key.clone();
    let native = |model: &str, stream| {
        let body = waypost_harness::gateway::body(model, stream);
        gateway.post("openai/chat/completions").json(&body)
    };
    let as_own = |model: &str| {
        native(model, false)
            .without("authorization")
            .header("authorization", &format!("Bearer {own}"))
            .header("cf-aig-authorization", &format!("Bearer {key}"))
    };
    let calls = [
        ("good", gateway.chat("openai/test/ok")),
        ("good stream", gateway.chat_stream("openai/test/ok")),
        ("translated", gateway.chat_stream("anthropic/test/ok")),
        ("stored key echoed", gateway.chat("openai/test/echo-key")),
        ("stored key echoed by a failure", gateway.chat("openai/test/echo-500")),
        ("stored key echoed to a native call", native("test/echo-500", false)),
        ("stored key echoed inside a stream", gateway.chat_stream("openai/test/echo-event")),
        ("stored key echoed inside a native stream", native("test/echo-event", true)),
        ("route", gateway.chat("dynamic/echoes")),
        ("route, streamed", gateway.chat_stream("dynamic/echoes")),
        ("own key", as_own("test/ok")),
        ("own key echoed", as_own("test/echo-own")),
        ("wrong gateway key", gateway.chat("openai/test/ok").key(&own)),
        ("unknown model", gateway.chat("test")),
        ("broken body", gateway.post("compat/chat/completions").bytes("{\"model\":")),
        ("reset", gateway.chat_stream("openai/test/reset-mid-stream")),
    ];
    for (what, call) in calls {
        let answer = call.send().await;
        seen.push((what.to_owned(), everything(&answer)));
    }
    for path in ["/routes", "/provider_configs", ""] {
        let answer = gateway.manage(Method::GET, &format!("{GATEWAY}{path}"), None).await;
        seen.push((format!("GET {path}"), everything(&answer)));
    }
    for path in [
        "/api/keys",
        "/api/tokens",
        "/api/audit",
        "/api/ledger",
        "/api/providers",
        "/metrics",
        "/openapi.json",
        "/healthz",
        "/readyz",
        "/",
    ] {
        let answer = gateway.manage(Method::GET, path, None).await;
        seen.push((format!("GET {path}"), everything(&answer)));
    }
    let bad = json!({"provider_slug": "nobody", "secret": own});
    let refused = gateway.manage(Method::POST, &format!("{GATEWAY}/provider_configs"), Some(&bad)).await;
    seen.push(("a key that is not stored".to_owned(), everything(&refused)));
    seen
}

#[tokio::test]
async fn a80_canaries_are_found_only_in_the_request_to_their_provider() {
    let gateway = planted().await;
    for (what, text) in exercise(&gateway).await {
        assert_clean(&what, &text);
    }
    for row in gateway.audit.rows_when(16).await {
        assert_clean("a log row", &serde_json::to_string(&row).expect("a row is JSON"));
        for side in ["", "/request", "/response"] {
            let shown = gateway.manage(Method::GET, &format!("{GATEWAY}/logs/{}{side}", row.id), None).await;
            assert_clean(&format!("log {side}"), &everything(&shown));
        }
    }
    let rows = gateway.manage(Method::GET, &format!("{GATEWAY}/logs?per_page=50"), None).await;
    assert_clean("the list of logs", &everything(&rows));

    for received in gateway.provider.received() {
        let sent = format!("{:?} {} {}", received.headers, received.query, received.body);
        let slots = canary::found_in(&sent, &SLOTS);
        let expected = match received.path.split('/').nth(1) {
            Some("anthropic") => ["anthropic"].as_slice(),
            _ => ["openai", "own-key"].as_slice(),
        };
        assert!(slots.len() == 1 && slots.iter().all(|slot| expected.contains(slot)), "{}: {slots:?}", received.path);
        assert!(received.problems.is_empty(), "{:?}", received.problems);
    }

    // Everything on disk, while it runs and after it has stopped.
    for is_stopped in [false, true] {
        for (name, bytes) in files(gateway.dir.path()) {
            let text = String::from_utf8_lossy(&bytes);
            let found = canary::found_in(&text, &SLOTS);
            assert!(found.is_empty() && !text.contains(MASTER_KEY), "{name} holds {found:?} (stopped: {is_stopped})");
        }
        if !is_stopped {
            gateway.books_balance().await;
        }
    }
}

#[tokio::test]
async fn a81_a_key_that_the_provider_repeats_is_masked_for_caller_and_log() {
    let gateway = planted().await;
    gateway.provider.install("echo-400", [echoing(400, "openai")]);
    let answer = gateway.chat("openai/test/echo-400").send().await;
    assert_eq!(answer.status, 400, "the provider's own status");
    let text = everything(&answer);
    assert_clean("the answer", &text);
    assert!(answer.text().contains("Incorrect API key provided: "), "{text}");
    assert_eq!((answer.header("authorization"), answer.header("set-cookie")), ("", ""));
    let row = gateway.audit.row(&answer.log_id()).await;
    assert_clean("the row", &serde_json::to_string(&row).expect("a row is JSON"));
    assert!(row.attempts[0].detail.contains("Incorrect API key provided"), "{}", row.attempts[0].detail);

    gateway.provider.install("echo-401", [echoing(401, "openai")]);
    let answer = gateway.chat("openai/test/echo-401").send().await;
    assert_eq!((answer.status, &answer.json()["type"]), (502, &json!("provider_auth")));
    assert!(answer.text().contains("rejected the stored key \\\"default\\\""), "{}", answer.text());
    assert_clean("the answer", &everything(&answer));
}
