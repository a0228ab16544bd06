//! Whose key goes where, and keys that cannot be opened (A82, A84, F59).

use std::{fs, sync::Arc};

use http::Method;
use serde_json::{Value, json};
use tempfile::TempDir;
use waypost_harness::{Answer, Gateway, Setup, route};
use waypost_store::{Change, ConfigStore, ProviderKeyRecord, config::PageQuery};
use waypost_testkit::TestProvider;

#[tokio::test]
async fn a82_the_gateway_key_never_leaves_whichever_header_carries_it() {
    let gateway = Gateway::start().await;
    let key = gateway.setup.api_key.clone();
    let body = waypost_harness::gateway::body("test/ok", false);
    let bare = |path: &str| gateway.call(Method::POST, &format!("/v1/default/default/{path}")).json(&body);
    let gemini = json!({"contents": [{"role": "user", "parts": [{"text": "hi"}]}]});
    let calls = [
        bare("openai/chat/completions").header("authorization", &format!("Bearer {key}")),
        bare("openai/chat/completions").header("cf-aig-authorization", &format!("Bearer {key}")),
        bare("openai/chat/completions").header("api-key", &key),
        bare("openai/chat/completions").header("x-api-key", &key),
        bare("openai/chat/completions")
            .header("authorization", &format!("Bearer {key}"))
            .header("x-my-own", &format!("<{key}>")),
        bare("openai/chat/completions").header("authorization", &format!("Bearer {key}")).header("x-api-key", &key),
        gateway
            .call(
                Method::POST,
                &format!("/v1/default/default/google-ai-studio/v1beta/models/test-ok:generateContent?key={key}"),
            )
            .json(&gemini),
        gateway
            .call(Method::POST, "/v1/default/default/google-ai-studio/v1beta/models/test-ok:generateContent")
            .header("x-goog-api-key", &key)
            .json(&gemini),
    ];
    for call in calls {
        let answer = call.clone().send().await;
        assert_eq!(answer.status, 200, "{call:?}: {}", answer.text());
        let sent = gateway.provider.last();
        let all = format!("{:?} {} {} {}", sent.headers, sent.path, sent.query, sent.body);
        assert!(!all.contains(&key), "{call:?}: {all}");
        let [(_, credential)] = sent.credentials.as_slice() else { panic!("{:?}", sent.credentials) };
        assert!(credential.contains("sk-stored-"), "{credential}");
        let row = gateway.audit.row(&answer.log_id()).await;
        assert!(!serde_json::to_string(&row).expect("JSON").contains(&key));
    }
    assert!(gateway.provider.problems().is_empty(), "{:?}", gateway.provider.problems());
}

#[tokio::test]
async fn a82_the_callers_own_key_goes_to_that_provider_alone() {
    let gateway = Gateway::start().await;
    let gateway_key = format!("Bearer {}", gateway.setup.api_key);
    let own = "sk-mine-0123456789abcdef";
    let body = waypost_harness::gateway::body("test/ok", false);
    let native = gateway.call(Method::POST, "/v1/default/default/openai/chat/completions").json(&body);
    let native = native.header("authorization", &format!("Bearer {own}")).header("cf-aig-authorization", &gateway_key);
    let answer = native.send().await;
    assert_eq!(answer.status, 200);
    assert_eq!(gateway.provider.last().credentials, [("authorization".to_owned(), format!("Bearer {own}"))]);
    let row = gateway.audit.row(&answer.log_id()).await;
    assert!(!row.byok && !serde_json::to_string(&row).expect("JSON").contains(own));

    // A route calls several providers; nothing says whose key it is, so that each gets its stored one.
    gateway.create_route(&route::chain("two", ("openai", "test/500"), ("anthropic", "test/ok"))).await;
    let call = gateway.chat("dynamic/two").without("authorization").header("authorization", &format!("Bearer {own}"));
    assert_eq!(call.header("cf-aig-authorization", &gateway_key).send().await.status, 200);
    for received in gateway.provider.received().iter().skip(1) {
        assert!(!format!("{:?}", received.headers).contains(own), "{}", received.path);
    }
    assert!(gateway.provider.problems().is_empty(), "{:?}", gateway.provider.problems());
}

async fn provider_keys(gateway: &Gateway) -> Vec<ProviderKeyRecord> {
    let name = waypost_store::GatewayRef::new("default", "default");
    gateway.audit.stores().config.provider_keys().list(&name, &PageQuery::ALL).await.expect("the keys are listed").items
}

/// Puts a record in the place of another, as somebody with access to the file could.
async fn replace(gateway: &Gateway, record: ProviderKeyRecord) {
    gateway.audit.stores().config.apply(vec![Change::UpdateProviderKey(record)]).await.expect("it is stored");
    // The next change of the configuration makes it live.
    gateway.create_api_key(&json!({})).await;
}

fn refusal(answer: &Answer) -> (u16, Value, Value) {
    let body = answer.json();
    (answer.status, body["type"].clone(), body["message"].clone())
}

#[tokio::test]
async fn a84_a_moved_or_changed_row_disables_its_key_and_no_other() {
    let gateway = Gateway::start().await;
    let keys = provider_keys(&gateway).await;
    let of = |slug: &str| keys.iter().find(|key| key.provider_slug == slug).expect("it is stored").clone();
    let moved = ProviderKeyRecord { secret_ciphertext: of("anthropic").secret_ciphertext, ..of("openai") };
    let mut flipped = of("mistral");
    if let Some(byte) = flipped.secret_ciphertext.last_mut() {
        *byte ^= 1;
    }
    replace(&gateway, moved).await;
    replace(&gateway, flipped).await;
    let before = gateway.provider.received().len();
    for model in ["openai/test/ok", "mistral/test/ok"] {
        let answer = gateway.chat(model).send().await;
        let (status, kind, words) = refusal(&answer);
        assert_eq!((status, kind), (502, json!("provider_auth")), "{model}: {words}");
        assert!(words.as_str().is_some_and(|words| words.contains("can't be decrypted")), "{words}");
    }
    assert_eq!(gateway.provider.received().len(), before, "nothing is sent upstream");
    assert_eq!(gateway.chat("anthropic/test/ok").send().await.status, 200, "others work");
    // In a route the next model serves.
    gateway.create_route(&route::chain("moved", ("openai", "test/ok"), ("anthropic", "test/ok"))).await;
    assert_eq!(gateway.chat("dynamic/moved").send().await.header("cf-aig-provider"), "anthropic");
}

#[tokio::test]
async fn f59_without_the_master_key_keyless_routes_serve_and_keys_say_so() {
    let gateway = Gateway::start().await;
    gateway.create_route(&route::document("mock", "only", [route::model("only", "mock", "small", None)])).await;
    gateway.create_route(&route::chain("both", ("openai", "test/ok"), ("mock", "small"))).await;
    let (setup, dir, provider) = gateway.stop().await;
    let key_file = dir.path().join("master.key");
    let original = fs::read(&key_file).expect("the key's file");
    for broken in [None, Some("f".repeat(64)), Some("no key at all".to_owned())] {
        match &broken {
            None => fs::remove_file(&key_file).expect("it goes"),
            Some(text) => fs::write(&key_file, text).expect("it is written"),
        }
        let gateway = started(&setup, &dir, &provider).await;
        assert_eq!(gateway.chat("mock/small").send().await.status, 200, "{broken:?}");
        assert_eq!(gateway.chat("dynamic/mock").send().await.status, 200, "{broken:?}");
        assert_eq!(gateway.chat("dynamic/both").send().await.header("cf-aig-provider"), "mock", "{broken:?}");
        let (status, kind, words) = refusal(&gateway.chat("openai/test/ok").send().await);
        assert_eq!((status, kind), (502, json!("provider_auth")), "{broken:?}: {words}");
        gateway.stop().await;
    }
    fs::write(&key_file, original).expect("it is written");
    let gateway = started(&setup, &dir, &provider).await;
    assert_eq!(gateway.chat("openai/test/ok").send().await.status, 200, "the right key opens them again");
    assert_eq!(provider.received().len(), 1);
}

async fn started(setup: &Setup, dir: &Arc<TempDir>, provider: &Arc<TestProvider>) -> Gateway {
    setup.clone().start_in(dir.clone(), provider.clone()).await
}
