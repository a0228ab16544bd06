//! Providers that fail (F01–F17, F21, F33): what the caller gets, what the log says, what is booked.

use serde_json::Value;
use waypost_harness::{Gateway, route};
use waypost_types::{
    FaultClass,
    record::{RequestOutcome, RequestRecord},
};

mod attempts;
mod callers;
mod connections;
mod contents;
mod streams;

const CENT: i64 = waypost_types::PicoUsd::PER_USD / 100;

/// One route for each fault: `test/<name>` at OpenAI first, then `test/rescue` at Anthropic, each $0.10 per output token.
async fn with_rescue(names: &[&str], properties: Value) -> Gateway {
    let gateway = Gateway::start().await;
    for name in names {
        gateway.set_price("openai", &format!("test/{name}"), "0", "0.1").await;
        let first = route::model("first", "openai", &format!("test/{name}"), Some("second"));
        let second = route::model("second", "anthropic", "test/tokens-2", None);
        gateway.create_route(&route::document(name, "first", [route::with(first, &properties), second])).await;
    }
    gateway.set_price("anthropic", "test/tokens-2", "0", "0.1").await;
    gateway
}

/// Asks for an answer and for a stream; both must come from the rescue. The rows, for what they say of the first.
async fn rescued(gateway: &Gateway, name: &str) -> Vec<RequestRecord> {
    let mut rows = Vec::new();
    for stream in [false, true] {
        let model = format!("dynamic/{name}");
        let call = if stream { gateway.chat_stream(&model) } else { gateway.chat(&model) };
        let answer = call.send().await;
        assert_eq!(answer.status, 200, "{name} stream={stream}: {}", answer.text());
        assert_eq!(answer.said().split_whitespace().count(), 2, "{name}: {}", answer.text());
        assert_eq!(answer.header("cf-aig-provider"), "anthropic", "{name}");
        let row = gateway.audit.row(&answer.log_id()).await;
        assert_eq!((row.status, row.outcome), (200, RequestOutcome::Success), "{name}");
        assert_eq!(row.cost.map(|cost| cost.0), Some(20 * CENT), "{name}: failed attempts cost nothing");
        assert_eq!(row.attempts.last().map(|attempt| attempt.fault), Some(None), "{name}");
        rows.push(row);
    }
    rows
}

fn faults(row: &RequestRecord) -> Vec<Option<FaultClass>> {
    row.attempts.iter().map(|attempt| attempt.fault).collect()
}
