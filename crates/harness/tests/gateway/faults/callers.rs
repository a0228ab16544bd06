//! Callers that leave (F33).

use std::time::{Duration, Instant};

use serde_json::json;
use waypost_harness::{Gateway, eventually, route};
use waypost_testkit::Script;
use waypost_types::record::RequestOutcome;

use super::CENT;

#[tokio::test]
async fn f33_a_caller_that_leaves_mid_stream_ends_the_upstream_call() {
    let gateway = Gateway::start().await;
    gateway.set_price("openai", "test/long", "0", "0.1").await;
    gateway.provider.install("long", [Script::tokens(1_000).between_ms(50)]);
    let stream = gateway.stream_with_text(gateway.chat_stream("openai/test/long")).await;
    let id = stream.log_id();
    let begun = Instant::now();
    drop(stream);
    let has_left = || gateway.provider.received().iter().any(|one| one.caller_left);
    assert!(eventually(Duration::from_secs(2), has_left).await);
    // Cancelling is a matter of milliseconds, and the provider notices at its second write after it; the bound leaves room
    // for a busy machine.
    assert!(begun.elapsed() < Duration::from_millis(1_500), "{:?}", begun.elapsed());
    let row = gateway.audit.row(&id).await;
    assert_eq!(row.outcome, RequestOutcome::CallerLeft);
    assert!(row.cost.is_some_and(|cost| cost.0 > 0 && cost.0 < 100 * CENT), "{:?}", row.cost);
    gateway.books_balance().await;
}

#[tokio::test]
async fn f33_a_caller_that_leaves_within_its_body_costs_nothing() {
    use tokio::io::AsyncWriteExt;
    let gateway = Gateway::start().await;
    let mut stream = tokio::net::TcpStream::connect(gateway.address).await.expect("the gateway listens");
    let head = format!(
        "POST /v1/default/default/compat/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\ncontent-length: 500\r\n\r\n{{\"model\":",
        gateway.setup.api_key
    );
    stream.write_all(head.as_bytes()).await.expect("it is taken");
    drop(stream);
    let rows = gateway.audit.rows_when(1).await;
    assert_eq!((rows.len(), rows[0].attempts.len(), rows[0].cost.map(|cost| cost.0)), (1, 0, Some(0)));
    assert!(gateway.provider.received().is_empty());
}

#[tokio::test]
async fn f33_a_caller_that_has_the_last_byte_was_served() {
    let gateway = Gateway::start().await;
    for call in [gateway.chat("openai/test/ok"), gateway.chat_stream("openai/test/ok")] {
        let mut open = call.open().await;
        let id = open.log_id();
        let mut seen = Vec::new();
        // Read exactly to what says that the answer is complete, then go without waiting for the end of the body.
        while let Some(piece) = open.piece().await {
            seen.extend_from_slice(&piece);
            if seen.ends_with(b"[DONE]\n\n") || seen.ends_with(b"}") {
                break;
            }
        }
        drop(open);
        assert_eq!(gateway.audit.row(&id).await.outcome, RequestOutcome::Success, "{}", String::from_utf8_lossy(&seen));
    }
}

/// Between two tries nothing is under way: what was reserved is free again at once.
#[tokio::test]
async fn f33_a_caller_that_leaves_between_two_tries_holds_nothing_back() {
    let gateway = Gateway::start().await;
    gateway.set_price("openai", "test/503", "0", "0.1").await;
    let budget = route::rate("budget", "cost", 1.0, &json!({"enforcement": "strict"}), "only", None);
    let only = route::model("only", "openai", "test/503", None);
    let only = route::with(only, &json!({"retries": 1, "retryDelay": 5_000, "backoff": "constant"}));
    gateway.create_route(&route::document("patient", "budget", [budget, only])).await;
    for stream in [false, true] {
        let mut asked = waypost_harness::gateway::body("dynamic/patient", stream);
        // Worth the whole budget, by the worst case.
        asked["max_tokens"] = json!(10);
        let before = gateway.provider.received().len();
        let caller = tokio::spawn(gateway.post("compat/chat/completions").json(&asked).open());
        assert!(eventually(Duration::from_secs(2), || gateway.provider.received().len() > before).await);
        // Until the failure has come back and the wait has begun; a second is far below its five.
        let rows = gateway.audit.rows().await.len();
        tokio::time::sleep(Duration::from_millis(200)).await;
        caller.abort();
        let rows = gateway.audit.rows_when(rows + 1).await;
        let row = rows.last().expect("a row");
        assert_eq!(
            (row.outcome, row.cost.map(|cost| cost.0)),
            (RequestOutcome::CallerLeft, Some(0)),
            "stream={stream}"
        );
        assert_eq!(row.attempts.len(), 1, "nothing more is tried");
    }
    gateway.books_balance().await;
    gateway.provider.install("503", [Script::tokens(10)]);
    let mut asked = waypost_harness::gateway::body("dynamic/patient", false);
    asked["max_tokens"] = json!(10);
    let answer = gateway.post("compat/chat/completions").json(&asked).send().await;
    assert_eq!(answer.status, 200, "the whole budget is there: {}", answer.text());
}
