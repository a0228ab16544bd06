//! A deploy is live with its answer, and no request sees two versions (G08, I5).

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU64, Ordering},
};

use serde_json::Value;
use tokio::task::JoinSet;
use waypost_harness::{Gateway, Setup, route};

/// Two models in a row that both carry the version's number: the first always fails, so that a request that saw two
/// versions would have the first of one and the second of the other.
fn version(number: usize) -> Value {
    let names = [format!("test/first-{number}"), format!("test/second-{number}")];
    route::document(
        "live",
        "first",
        [route::model("first", "openai", &names[0], Some("second")), route::model("second", "openai", &names[1], None)],
    )
}

const VERSIONS: usize = 6;

#[tokio::test]
async fn every_request_sees_one_version_and_the_next_one_sees_the_deployed() {
    let gateway = Arc::new(Setup { cores: 2, ..Setup::default() }.start().await);
    for number in 1..=VERSIONS {
        let failing = waypost_testkit::Script::status(503).head_after_ms(3);
        gateway.provider.install(&format!("first-{number}"), [failing]);
        gateway.provider.install(&format!("second-{number}"), [waypost_testkit::Script::tokens(2)]);
    }
    let id = gateway.create_route(&version(1)).await;
    let mut ids = Vec::new();
    for number in 2..=VERSIONS {
        ids.push(gateway.create_version(&id, &version(number)).await);
    }

    let is_over = Arc::new(AtomicBool::new(false));
    let deployed = Arc::new(AtomicU64::new(1));
    let mut load = JoinSet::new();
    for _ in 0..6 {
        let (gateway, is_over, deployed) = (gateway.clone(), is_over.clone(), deployed.clone());
        load.spawn(async move {
            let mut seen = Vec::new();
            while !is_over.load(Ordering::Acquire) {
                let at_least = deployed.load(Ordering::Acquire);
                let answer = gateway.chat("dynamic/live").send().await;
                assert_eq!(answer.status, 200, "no request fails because of a switch: {}", answer.text());
                seen.push((at_least, answer.header("waypost-route").to_owned(), answer.log_id()));
            }
            seen
        });
    }
    for (index, version) in ids.iter().enumerate() {
        gateway.deploy(&id, version).await;
        deployed.store(index as u64 + 2, Ordering::Release);
        // The very next request sees it, on whichever core.
        for _ in 0..8 {
            let answer = gateway.chat("dynamic/live").send().await;
            assert_eq!(answer.header("waypost-route"), format!("live@{}", index + 2));
        }
    }
    is_over.store(true, Ordering::Release);
    let seen: Vec<_> = load.join_all().await.into_iter().flatten().collect();
    assert!(seen.len() > 20, "{} requests under way", seen.len());
    for (at_least, route, log_id) in seen {
        let number: u64 = route.strip_prefix("live@").and_then(|number| number.parse().ok()).expect("a version");
        assert!(number >= at_least, "{route} after version {at_least} was live");
        let row = gateway.audit.row(&log_id).await;
        let models: Vec<&str> = row.attempts.iter().map(|attempt| attempt.model.as_str()).collect();
        assert_eq!(models, [format!("test/first-{number}"), format!("test/second-{number}")]);
        assert_eq!(row.route.map(|route| u64::from(route.version)), Some(number));
    }

    // A rollback is a deploy of an old version.
    gateway.deploy(&id, &ids[0]).await;
    assert_eq!(gateway.chat("dynamic/live").send().await.header("waypost-route"), "live@2");
}

/// A stream that runs while its route is replaced or deleted goes on to its end.
#[tokio::test]
async fn a_stream_outlives_the_version_that_began_it() {
    let gateway = Gateway::start().await;
    gateway.provider.install("first-1", [waypost_testkit::Script::tokens(6).between_ms(40)]);
    let id = gateway.create_route(&version(1)).await;
    let second = gateway.create_version(&id, &version(2)).await;
    let stream = gateway.stream_with_text(gateway.chat_stream("dynamic/live")).await;
    gateway.deploy(&id, &second).await;
    let path = format!("{}/routes/{id}", waypost_harness::management::GATEWAY);
    gateway.managed(http::Method::DELETE, &path, None).await;
    assert_eq!(gateway.chat("dynamic/live").send().await.status, 404);
    let rest = stream.rest().await;
    assert_eq!(rest.events().last().map(String::as_str), Some("[DONE]"));
    assert_eq!(rest.header("waypost-route"), "live@1");
}
