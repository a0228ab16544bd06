//! Streams that are slow, quiet, broken off, or end oddly (F08, F09, F11–F13).

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use waypost_harness::{Answer, Gateway, route};
use waypost_testkit::{Script, script::Drip};
use waypost_types::{FaultClass, UsageSource, record::RequestOutcome};

use super::{CENT, faults, with_rescue};

#[tokio::test]
async fn f08_a_slow_drip_that_lives_is_no_failure() {
    let gateway = with_rescue(&["dripping"], json!({"timeout": 800})).await;
    // The whole takes far longer than the deadline to the first token.
    gateway
        .provider
        .install("dripping", [Script { drip: Some(Drip { bytes: 40, every_ms: 25 }), ..Script::tokens(6) }]);
    let begun = Instant::now();
    let answer = gateway.chat_stream("dynamic/dripping").send().await;
    assert!(begun.elapsed() > Duration::from_millis(800), "{:?}", begun.elapsed());
    assert_eq!(answer.header("cf-aig-provider"), "openai", "{}", answer.text());
    assert_eq!(answer.said().split_whitespace().count(), 6);
    let row = gateway.audit.row(&answer.log_id()).await;
    assert_eq!((row.outcome, row.cost.map(|cost| cost.0)), (RequestOutcome::Success, Some(60 * CENT)));
}

/// Quiet for longer than the first comment's time, so that the caller sees one and the answer goes on.
#[tokio::test]
async fn f09_a_quiet_stream_gets_comments_and_goes_on() {
    let gateway = Gateway::start().await;
    gateway.provider.install("thinking", [Script::text("One two").between_ms(15_600)]);
    let mut stream = gateway.chat_stream("openai/test/thinking").open().await;
    let mut events = Vec::new();
    while events.len() < 4 {
        let Some(event) = stream.event().await else { break };
        events.push(event);
    }
    let comment = events.iter().position(|event| event.starts_with(':')).expect("a comment");
    assert!(events[comment + 1..].iter().any(|event| event.contains("two")), "{events:?}");
    assert!(comment > 0, "never before the first event");
}

#[tokio::test]
async fn f11_an_end_without_done_is_complete_only_with_a_finish_reason() {
    let gateway = Gateway::start().await;
    let answer = gateway.chat_stream("openai/test/no-done").send().await;
    assert!(!answer.text().contains("stream_interrupted"), "{}", answer.text());
    assert_eq!(gateway.audit.row(&answer.log_id()).await.outcome, RequestOutcome::Success);

    for model in ["openai/test/no-finish", "anthropic/test/no-finish", "google-ai-studio/test-no-finish"] {
        let answer = gateway.chat_stream(model).send().await;
        assert_interrupted(&answer, model);
        let row = gateway.audit.row(&answer.log_id()).await;
        assert_eq!((row.outcome, row.status), (RequestOutcome::Interrupted, 200), "{model}");
    }
}

/// One error event with our word, and nothing that says "complete".
fn assert_interrupted(answer: &Answer, what: &str) {
    let text = answer.text();
    assert_eq!(answer.status, 200, "{what}: {text}");
    assert_eq!(text.matches("stream_interrupted").count(), 1, "{what}: {text}");
    assert!(!text.contains("[DONE]") && !text.contains("message_stop"), "{what}: {text}");
    let event = answer.events().pop().unwrap_or_default();
    let event: Value = serde_json::from_str(&event).unwrap_or_else(|error| panic!("{what}: {error}: {event}"));
    assert!(event["error"]["message"].as_str().is_some_and(|words| !words.is_empty()), "{what}: {event}");
}

#[tokio::test]
async fn f12_a_break_mid_stream_is_said_in_the_stream_and_booked_in_part() {
    let gateway = Gateway::start().await;
    for name in ["reset-mid-stream", "close-mid-stream"] {
        gateway.set_price("openai", &format!("test/{name}"), "0", "0.1").await;
        let first = route::model("first", "openai", &format!("test/{name}"), Some("second"));
        let second = route::model("second", "anthropic", "test/ok", None);
        gateway.create_route(&route::document(name, "first", [first, second])).await;
        let answer = gateway.chat_stream(&format!("dynamic/{name}")).send().await;
        assert_interrupted(&answer, name);
        let row = gateway.audit.row(&answer.log_id()).await;
        assert_eq!((row.outcome, row.status), (RequestOutcome::Interrupted, 200), "{name}");
        assert_eq!(row.error_type.as_deref(), Some("stream_interrupted"));
        assert_eq!(row.error_code, Some(9505));
        assert_eq!(row.attempts.len(), 1, "nothing is rerouted after the first byte");
        assert_eq!(row.usage_source, Some(UsageSource::Counted));
        // Three words, "Echo: Say something", are 20 bytes: five tokens by our own count.
        assert_eq!((row.usage.output_tokens, row.cost.map(|cost| cost.0)), (5, Some(50 * CENT)), "{name}");
        assert!(
            row.error_message.as_deref().is_some_and(|words| words.contains("5 tokens")),
            "{:?}",
            row.error_message
        );
    }
    for model in ["anthropic/test/reset-mid-stream", "google-ai-studio/test-reset-mid-stream"] {
        let answer = gateway.chat_stream(model).send().await;
        assert_interrupted(&answer, model);
    }
    let native = json!({"model": "test/reset-mid-stream", "max_tokens": 99, "stream": true, "messages": [{"role": "user", "content": "Say something about rivers"}]});
    let native =
        gateway.post("anthropic/v1/messages").header("anthropic-version", "2023-06-01").json(&native).send().await;
    assert_interrupted(&native, "in Anthropic's format");
    assert!(native.text().contains("event: error\n"), "{}", native.text());
    gateway.books_balance().await;
}

#[tokio::test]
async fn f13_an_error_event_inside_the_stream_is_passed_on_and_booked() {
    let gateway = Gateway::start().await;
    // Apart in time, so that the first text is with the caller before the error comes.
    gateway.provider.install("breaks", [Script { error_event_after: Some(2), ..Script::ok().between_ms(20) }]);
    for model in ["openai/test/breaks", "anthropic/test/breaks", "google-ai-studio/test-breaks"] {
        let answer = gateway.chat_stream(model).send().await;
        let text = answer.text();
        assert!(text.contains("the test provider fails in its stream"), "{model}: {text}");
        assert!(!text.contains("[DONE]"), "{model}: {text}");
        let row = gateway.audit.row(&answer.log_id()).await;
        assert_eq!(row.outcome, RequestOutcome::Interrupted, "{model}");
        assert_eq!(row.attempts[0].fault, Some(FaultClass::StreamError), "{model}");
        assert!(row.usage.output_tokens > 0, "{model}");
    }
    gateway.books_balance().await;
}

/// Nothing has reached the caller when text and error come in one piece: another model may serve, and what came is booked.
#[tokio::test]
async fn f13_an_error_that_comes_with_the_first_text_falls_back_and_is_booked() {
    let gateway = with_rescue(&["error-event"], json!({})).await;
    let answer = gateway.chat_stream("dynamic/error-event").send().await;
    assert_eq!((answer.status, answer.header("cf-aig-provider")), (200, "anthropic"), "{}", answer.text());
    let row = gateway.audit.row(&answer.log_id()).await;
    assert_eq!(faults(&row), [Some(FaultClass::StreamError), None]);
    // "Echo: Say " is ten bytes: three tokens by our own count; then the two of the rescue.
    let costs: Vec<_> = row.attempts.iter().map(|attempt| attempt.cost.map(|cost| cost.0)).collect();
    assert_eq!(costs, [Some(30 * CENT), Some(20 * CENT)]);
    assert_eq!(row.cost.map(|cost| cost.0), Some(50 * CENT));
    gateway.books_balance().await;
}
