//! Streams through the gateway: byte for byte in the same format, event by event in another (A70, A71, D10, I6).

use serde_json::{Value, json};
use waypost_harness::{Answer, Gateway, gateway::body};
use waypost_testkit::{Script, script::LineEnding};

/// What a client's parser sees: `(event, data)` of each block.
fn blocks(answer: &Answer) -> Vec<(String, String)> {
    let text = answer.text().replace("\r\n", "\n").replace('\r', "\n");
    let field = |block: &str, name: &str| {
        let lines = block.lines().filter_map(|line| Some(line.strip_prefix(name)?.trim_start().to_owned()));
        lines.collect::<Vec<_>>().join("\n")
    };
    let blocks = text.split("\n\n").filter(|block| !block.trim().is_empty());
    blocks.map(|block| (field(block, "event:"), field(block, "data:"))).collect()
}

const HOSTILE: &str =
    "one\n\ndata: [DONE]\n\nevent: error\nid: 7\nretry: 1\r lone\u{2028}line\u{2029} <script> \u{0}end";

#[tokio::test]
async fn a70_text_that_looks_like_events_stays_text_in_the_same_format() {
    let gateway = Gateway::start().await;
    gateway.provider.install("hostile", [Script::text(HOSTILE)]);
    let answer = gateway.chat_stream("openai/test/hostile").send().await;
    assert_eq!(answer.said(), HOSTILE);
    let seen = blocks(&answer);
    assert_eq!(seen.iter().filter(|(_, data)| data == "[DONE]").count(), 1);
    assert!(seen.iter().all(|(event, data)| event.is_empty() && !data.is_empty()), "{seen:?}");
    assert_eq!(seen.last().map(|(_, data)| data.as_str()), Some("[DONE]"));
}

#[tokio::test]
async fn a70_text_that_looks_like_events_stays_text_in_another_format() {
    let gateway = Gateway::start().await;
    gateway.provider.install("hostile", [Script::text(HOSTILE)]);
    for model in ["anthropic/test/hostile", "google-ai-studio/test-hostile"] {
        let answer = gateway.chat_stream(model).send().await;
        assert_eq!(answer.said(), HOSTILE, "{model}");
        let seen = blocks(&answer);
        assert_eq!(seen.iter().filter(|(_, data)| data == "[DONE]").count(), 1, "{model}");
        assert!(seen.iter().all(|(event, _)| event.is_empty()), "{model}: {seen:?}");
        for (_, data) in seen.iter().filter(|(_, data)| data != "[DONE]") {
            serde_json::from_str::<Value>(data).unwrap_or_else(|error| panic!("{model}: {error}: {data}"));
        }
    }
    // And towards Anthropic's clients.
    let path = "/client/v4/accounts/default/ai/v1/messages";
    let mut asked = body("openai/test/hostile", true);
    asked["max_tokens"] = json!(1000);
    let call = gateway.call(http::Method::POST, path).key(&gateway.setup.api_key).json(&asked);
    let seen = blocks(&call.send().await);
    let text: String = seen
        .iter()
        .filter_map(|(_, data)| Some(serde_json::from_str::<Value>(data).ok()?["delta"]["text"].as_str()?.to_owned()))
        .collect();
    assert_eq!(text, HOSTILE);
    assert_eq!(seen.last().map(|(event, _)| event.as_str()), Some("message_stop"));
}

#[tokio::test]
async fn a71_an_event_without_end_is_cut_off_at_the_bound() {
    let gateway = Gateway::start().await;
    // 17 MiB without a line end, behind one good piece of text.
    let good = "data: {\"id\":\"1\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hi\"},\"finish_reason\":null}]}\n\n";
    let endless = format!("{good}data: {{\"x\":\"{}", "y".repeat(17 << 20));
    gateway.provider.install("endless", [Script::body("text/event-stream", &endless)]);
    for model in ["openai/test/endless", "groq/test/endless"] {
        let call = gateway.chat_stream(model).header("x-none", "1");
        let call = if model.starts_with("groq") {
            gateway
                .post("groq/chat/completions")
                .json(&body("test/endless", true))
                .header("cf-aig-authorization", &format!("Bearer {}", gateway.setup.api_key))
                .key("gsk-own-key-0123456789")
        } else {
            call
        };
        let answer = call.send().await;
        assert_eq!(answer.status, 200);
        let text = answer.text();
        assert!(
            text.contains("stream_interrupted") && !text.contains("[DONE]"),
            "{}",
            &text[text.len().saturating_sub(500)..]
        );
        let row = gateway.audit.row(&answer.log_id()).await;
        assert_eq!(row.error_type.as_deref(), Some("stream_interrupted"), "{model}");
    }
}

#[tokio::test]
async fn a71_many_empty_events_and_comments_take_bounded_time() {
    let gateway = Gateway::start().await;
    let flood = format!("{}{}", ":\n\n".repeat(500_000), "\n\n".repeat(500_000));
    gateway.provider.install("flood", [Script::body("text/event-stream", &flood)]);
    let begun = std::time::Instant::now();
    for model in ["openai/test/flood", "anthropic/test/flood"] {
        let answer = gateway.chat_stream(model).send().await;
        let is_told = answer.status == 502 || answer.text().contains("stream_interrupted");
        assert!(is_told, "{model}: {} {}", answer.status, &answer.text()[..answer.text().len().min(300)]);
    }
    assert!(begun.elapsed().as_secs() < 10, "{:?}", begun.elapsed());
}

/// What the provider wrote is what the caller reads, with every line ending.
#[tokio::test]
async fn a_stream_in_the_same_format_passes_byte_for_byte() {
    let gateway = Gateway::start().await;
    for ending in [LineEnding::Lf, LineEnding::CrLf, LineEnding::Cr] {
        gateway.provider.install(
            "bytes",
            [Script { line_ending: ending, comments: true, ..Script::text("Grüße aus 東京, viele 🎉!") }],
        );
        // The caller asks for usage itself, so that nothing is withheld.
        let mut asked = body("openai/test/bytes", true);
        asked["stream_options"] = json!({"include_usage": true});
        let through = gateway.post("compat/chat/completions").json(&asked).send().await;
        asked["model"] = json!("test/bytes");
        let direct =
            waypost_harness::Call::new(gateway.provider.address(), http::Method::POST, "/openai/v1/chat/completions");
        let direct = direct.header("authorization", "Bearer sk-direct").json(&asked).send().await;
        assert_eq!(through.text(), direct.text(), "{ending:?}");
    }
}

#[tokio::test]
async fn usage_is_asked_for_and_exactly_its_event_is_withheld() {
    let gateway = Gateway::start().await;
    gateway.provider.install("five", [Script::tokens(5)]);
    let unasked = gateway.chat_stream("openai/test/five").send().await;
    let sent = gateway.provider.last();
    assert_eq!(sent.json.as_ref().map(|body| body["stream_options"]["include_usage"].clone()), Some(json!(true)));
    // Everything but the model's prefix and the option is as the caller wrote it.
    let original = body("openai/test/five", true).to_string();
    let expected = original.replace("openai/test/five", "test/five");
    let (start, _) = expected.split_at(expected.len() - 1);
    assert!(sent.body.starts_with(start), "{} / {expected}", sent.body);

    let events: Vec<Value> = unasked.events().iter().filter_map(|event| serde_json::from_str(event).ok()).collect();
    assert!(
        events.iter().all(|event| event["choices"].as_array().is_some_and(|choices| !choices.is_empty())),
        "{events:?}"
    );
    assert_eq!(unasked.events().last().map(String::as_str), Some("[DONE]"));
    let row = gateway.audit.row(&unasked.log_id()).await;
    assert_eq!(row.usage.output_tokens, 5);

    let mut asked = body("openai/test/five", true);
    asked["stream_options"] = json!({"include_usage": true});
    let asked = gateway.post("compat/chat/completions").json(&asked).send().await;
    let last_but_one = asked.events().iter().rev().nth(1).and_then(|event| serde_json::from_str::<Value>(event).ok());
    assert_eq!(last_but_one.map(|event| event["usage"]["completion_tokens"].clone()), Some(json!(5)));
}

/// A provider's own API passes as it is, in both directions.
#[tokio::test]
async fn provider_native_calls_pass_byte_for_byte() {
    let gateway = Gateway::start().await;
    let odd = "{ \"max_tokens\":7 ,\n\t\"messages\" : [ {\"role\":\"user\",\"content\":\"h\\u0069\"} ], \"model\":\"test/ok\",\"metadata\":{\"user_id\":\"1e3\"}, \"temperature\":1.0 }";
    let answer = gateway
        .post("anthropic/v1/messages?beta=true")
        .header("anthropic-version", "2023-06-01")
        .header("anthropic-beta", "context-1m-2025-08-07")
        .header("x-custom", "kept")
        .header("cookie", "session=1")
        .header("x-forwarded-for", "10.0.0.1")
        .bytes(odd)
        .send()
        .await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let sent = gateway.provider.last();
    assert_eq!(
        (sent.body.as_str(), sent.path.as_str(), sent.query.as_str()),
        (odd, "/anthropic/v1/messages", "beta=true")
    );
    assert_eq!(sent.header("anthropic-beta"), Some("context-1m-2025-08-07"));
    assert_eq!(sent.header("x-custom"), Some("kept"));
    assert!(sent.problems.is_empty(), "{:?}", sent.problems);
    assert_eq!(answer.json()["type"], "message");

    // What we do not speak goes through unread.
    gateway.provider.next(Script::body("application/octet-stream", "\u{1}raw\u{2}").header("x-from", "provider"));
    let call = gateway.call(http::Method::GET, "/v1/default/default/openai/files/file-1/content?x=1");
    let answer = call.key(&gateway.setup.api_key).send().await;
    assert_eq!((answer.status, answer.text().as_str(), answer.header("x-from")), (200, "\u{1}raw\u{2}", "provider"));
    let sent = gateway.provider.last();
    assert_eq!(
        (sent.method.as_str(), sent.path.as_str(), sent.query.as_str()),
        ("GET", "/openai/v1/files/file-1/content", "x=1")
    );
}
