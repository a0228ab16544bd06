//! Failures before the first token: tried again, or somewhere else (F01–F07, F10, F21).

use std::time::{Duration, Instant};

use serde_json::json;
use waypost_harness::{Gateway, eventually, route};
use waypost_testkit::{Script, script::Cut};
use waypost_types::{FaultClass, record::RequestOutcome};

use super::{CENT, faults, rescued, with_rescue};

#[tokio::test]
async fn f01_server_errors_are_retried_then_fall_back() {
    let gateway =
        with_rescue(&["500", "502", "503", "529"], json!({"retries": 2, "retryDelay": 20, "backoff": "exponential"}))
            .await;
    for status in [500, 502, 503, 529] {
        for row in rescued(&gateway, &status.to_string()).await {
            let class = Some(FaultClass::Status(status));
            assert_eq!(faults(&row), [class, class, class, None]);
            let starts: Vec<u64> = row.attempts.iter().map(|attempt| attempt.started_ms).collect();
            // Set delays are exact: 20 ms, then 40 ms, then at once.
            assert!(starts[1] >= starts[0] + 20 && starts[2] >= starts[1] + 40, "{starts:?}");
        }
    }
    // The third try may be the good one.
    gateway.provider.install("500", [Script::status(500), Script::status(500), Script::tokens(4)]);
    let answer = gateway.chat("dynamic/500").send().await;
    assert_eq!((answer.status, answer.header("cf-aig-provider")), (200, "openai"));
    let row = gateway.audit.row(&answer.log_id()).await;
    assert_eq!((row.attempts.len(), row.cost.map(|cost| cost.0)), (3, Some(40 * CENT)));
    gateway.books_balance().await;
}

#[tokio::test]
async fn f02_retry_after_is_honoured_up_to_ten_seconds() {
    let gateway = with_rescue(&["busy"], json!({"retries": 1, "retryDelay": 10, "backoff": "constant"})).await;
    // What is asked, and the least that is waited before the second try; `None` where there is no second.
    for (asked, waited_ms) in [
        ("1", Some(1_000)),
        ("0", Some(0)),
        ("-1", Some(10)),
        ("soon", Some(10)),
        ("in 2 s", Some(500)),
        ("1000000000", None),
        ("60", None),
    ] {
        let value = if asked == "in 2 s" { httpdate_in(Duration::from_secs(2)) } else { asked.to_owned() };
        gateway.provider.install("busy", [Script::status(429).header("retry-after", &value), Script::tokens(1)]);
        let begun = Instant::now();
        let answer = gateway.chat("dynamic/busy").send().await;
        let elapsed = begun.elapsed();
        assert_eq!(answer.status, 200, "{asked}: {}", answer.text());
        let row = gateway.audit.row(&answer.log_id()).await;
        let provider = if waited_ms.is_some() { "openai" } else { "anthropic" };
        assert_eq!(answer.header("cf-aig-provider"), provider, "{asked}: {:?}", faults(&row));
        assert_eq!(row.attempts.len(), 2, "{asked}");
        assert!(elapsed.as_millis() >= waited_ms.unwrap_or(0), "{asked}: {elapsed:?}");
        assert!(elapsed < Duration::from_millis(3_500), "{asked}: {elapsed:?}");
    }
}

/// An HTTP date so far from now; only tests ask the system for the time.
fn httpdate_in(after: Duration) -> String {
    let output = std::process::Command::new("date")
        .args(["-u", "-d", &format!("+{} seconds", after.as_secs()), "+%a, %d %b %Y %H:%M:%S GMT"])
        .env("LC_ALL", "C")
        .output()
        .expect("date runs");
    String::from_utf8(output.stdout).expect("text").trim().to_owned()
}

#[tokio::test]
async fn f05_no_answer_falls_back_at_the_first_token_deadline() {
    let gateway = with_rescue(&["hang", "slow-first-event"], json!({"timeout": 300})).await;
    for name in ["hang", "slow-first-event"] {
        let begun = Instant::now();
        for row in rescued(&gateway, name).await {
            // An answer that is not streamed has its head in time and its body late; both are no token.
            if row.stream || name == "hang" {
                assert_eq!(row.attempts[0].fault, Some(FaultClass::FirstTokenTimeout), "{name}");
            }
        }
        assert!(begun.elapsed() < Duration::from_secs(4), "{name}: {:?}", begun.elapsed());
    }
    // The connection that hung is not used again.
    let left = || gateway.provider.received().iter().filter(|one| one.caller_left).count();
    assert!(eventually(Duration::from_secs(1), || left() >= 2).await);
}

#[tokio::test]
async fn f05_a_route_without_another_model_says_so() {
    let gateway = Gateway::start().await;
    let route = route::document(
        "alone",
        "only",
        [route::with(route::model("only", "openai", "test/hang", None), &json!({"timeout": 200}))],
    );
    gateway.create_route(&route).await;
    let answer = gateway.chat("dynamic/alone").send().await;
    assert_eq!((answer.status, &answer.json()["type"]), (502, &json!("no_fallback_left")), "{}", answer.text());
}

#[tokio::test]
async fn f10_a_break_before_the_first_token_falls_back() {
    let gateway = with_rescue(&["reset", "close", "empty"], json!({})).await;
    gateway.provider.install("empty", [Script::tokens(5).cut(Cut { after_pieces: Some(0), ..Cut::default() })]);
    for name in ["reset", "close"] {
        for row in rescued(&gateway, name).await {
            assert_eq!(row.attempts[0].fault, Some(FaultClass::Closed), "{name}");
        }
    }
    let answer = gateway.chat_stream("dynamic/empty").send().await;
    assert_eq!(answer.header("cf-aig-provider"), "anthropic", "{}", answer.text());
    gateway.books_balance().await;
}

#[tokio::test]
async fn f21_when_all_models_fail_the_last_reason_is_said_and_the_first_is_logged() {
    let gateway = Gateway::start().await;
    let route = route::document(
        "doomed",
        "first",
        [
            route::model("first", "openai", "test/500", Some("second")),
            route::model("second", "anthropic", "test/529", Some("third")),
            route::model("third", "google-ai-studio", "test-429", None),
        ],
    );
    gateway.create_route(&route).await;
    for stream in [false, true] {
        let call = if stream { gateway.chat_stream("dynamic/doomed") } else { gateway.chat("dynamic/doomed") };
        let answer = call.send().await;
        let body = answer.json();
        assert_eq!(
            (answer.status, &body["type"], &body["internalCode"]),
            (502, &json!("no_fallback_left"), &json!(2005))
        );
        let words = body["message"].as_str().unwrap_or_default();
        assert!(words.starts_with("All 3 models of \"doomed\" failed. Last: test-429, status 429"), "{words}");
        assert!(
            body["description"].as_str().is_some_and(|words| words.contains("the test provider answers 429")),
            "{body}"
        );
        let row = gateway.audit.row(&answer.log_id()).await;
        let expected = [500, 529, 429].map(|status| Some(FaultClass::Status(status)));
        assert_eq!((faults(&row).as_slice(), row.outcome), (expected.as_slice(), RequestOutcome::Failed));
        assert_eq!(row.cost.map(|cost| cost.0), Some(0));
        assert!(row.attempts[0].detail.contains("the test provider answers 500"), "{}", row.attempts[0].detail);
    }
    gateway.books_balance().await;
}

/// The caller's own mistake is nobody else's to repair: no fallback, the provider's words unchanged.
#[tokio::test]
async fn f21_a_refusal_of_the_request_itself_does_not_fall_back() {
    let gateway = with_rescue(&["400", "422"], json!({"retries": 3})).await;
    for status in [400, 422] {
        let answer = gateway.chat(&format!("dynamic/{status}")).send().await;
        assert_eq!(answer.status, status, "{}", answer.text());
        assert!(answer.json()["error"]["message"].as_str().is_some_and(|words| words.contains("test provider")));
        assert_eq!(gateway.audit.row(&answer.log_id()).await.attempts.len(), 1);
    }
}

/// An error whose head comes and whose words do not is known by its head.
#[tokio::test]
async fn f05_an_error_that_never_finishes_its_words_falls_back_in_time() {
    let gateway = with_rescue(&["mumbles"], json!({"timeout": 500})).await;
    gateway.provider.install("mumbles", [Script::status(500).first_event_after_ms(30_000)]);
    for stream in [false, true] {
        let call = if stream { gateway.chat_stream("dynamic/mumbles") } else { gateway.chat("dynamic/mumbles") };
        let begun = Instant::now();
        let answer = call.send().await;
        assert_eq!((answer.status, answer.header("cf-aig-provider")), (200, "anthropic"), "{}", answer.text());
        assert!(begun.elapsed() < Duration::from_secs(3), "stream={stream}: {:?}", begun.elapsed());
    }
}
