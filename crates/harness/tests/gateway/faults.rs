//! Providers that fail (F01–F17, F21, F33): what the caller gets, what the log says, what is booked.

use std::{
    net::TcpListener,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use waypost_harness::{Answer, Gateway, Setup, eventually, route};
use waypost_testkit::{
    Script,
    script::{Cut, Drip, Early, Encoding, Framing, LineEnding},
};
use waypost_types::{
    FaultClass, UsageSource,
    record::{RequestOutcome, RequestRecord},
};

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
async fn f03_refused_connections_and_bad_certificates_fall_back_at_once() {
    let closed = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port");
    for kind in [None, Some(waypost_testkit::tls::TlsKind::SelfSigned), Some(waypost_testkit::tls::TlsKind::Expired)] {
        let options = waypost_testkit::Options { tls: kind, ..waypost_testkit::Options::default() };
        let secure = waypost_testkit::TestProvider::start_with(options).expect("a provider");
        let url = if kind.is_some() { secure.url() } else { format!("http://{closed}") };
        let gateway = Setup::default().address("openai", &url).start().await;
        gateway.create_route(&route::chain("down", ("openai", "test/ok"), ("anthropic", "test/tokens-2"))).await;
        let begun = Instant::now();
        let answer = gateway.chat("dynamic/down").send().await;
        assert_eq!((answer.status, answer.header("cf-aig-provider")), (200, "anthropic"), "{kind:?}");
        assert!(begun.elapsed() < Duration::from_secs(2), "{kind:?}");
        let row = gateway.audit.row(&answer.log_id()).await;
        let class = if kind.is_some() { FaultClass::Tls } else { FaultClass::Connect };
        assert_eq!(row.attempts[0].fault, Some(class), "{}", row.attempts[0].detail);
        assert!(secure.received().is_empty(), "never sent insecurely");

        let alone = gateway.chat("openai/test/ok").send().await;
        assert_eq!((alone.status, &alone.json()["type"]), (502, &json!("provider_error")), "{}", alone.text());
    }
}

/// A listener whose queue is full drops what knocks: the connection neither opens nor fails.
#[tokio::test]
async fn f04_a_connection_that_hangs_is_given_up_after_five_seconds() {
    let listener = socket_with_full_queue();
    let url = format!("http://{}", listener.0.local_addr().expect("an address"));
    let gateway = Setup::default().address("openai", &url).start().await;
    gateway.create_route(&route::chain("hanging", ("openai", "test/ok"), ("anthropic", "test/tokens-2"))).await;
    let begun = Instant::now();
    let answer = gateway.chat("dynamic/hanging").send().await;
    assert_eq!((answer.status, answer.header("cf-aig-provider")), (200, "anthropic"));
    let elapsed = begun.elapsed();
    assert!(elapsed > Duration::from_millis(4_500) && elapsed < Duration::from_millis(7_500), "{elapsed:?}");
    let row = gateway.audit.row(&answer.log_id()).await;
    assert_eq!(row.attempts[0].fault, Some(FaultClass::ConnectTimeout), "{}", row.attempts[0].detail);
}

/// Nobody accepts, and the queue of one is taken.
fn socket_with_full_queue() -> (TcpListener, Vec<std::net::TcpStream>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    rustix_listen(&listener);
    let address = listener.local_addr().expect("an address");
    let mut taken = Vec::new();
    while let Ok(stream) = std::net::TcpStream::connect_timeout(&address, Duration::from_millis(300)) {
        taken.push(stream);
    }
    (listener, taken)
}

fn rustix_listen(listener: &TcpListener) {
    socket2::SockRef::from(listener).listen(1).expect("a shorter queue");
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
async fn f05_a_plain_call_without_answer_is_a_504() {
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
async fn f06_a_pooled_connection_that_was_closed_costs_one_silent_retry() {
    let gateway = Gateway::start().await;
    gateway.provider.install("closing", [Script { close_after: true, ..Script::ok() }, Script::ok()]);
    for _ in 0..3 {
        let answer = gateway.chat("openai/test/closing").send().await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        let row = gateway.audit.row(&answer.log_id()).await;
        assert_eq!(faults(&row), [None], "silent: {row:?}");
    }
    assert_eq!(gateway.provider.received().len(), 3, "answered once each");
}

#[tokio::test]
async fn f07_an_answer_before_the_body_was_read_is_used() {
    let gateway = Gateway::start().await;
    for early in [Early::Drain, Early::Close] {
        gateway.provider.next(Script { early: Some(early), ..Script::status(400) });
        let mut body = waypost_harness::gateway::body("openai/test/ok", false);
        body["messages"][0]["content"] = json!("x".repeat(4 << 20));
        let begun = Instant::now();
        let answer = gateway.post("compat/chat/completions").json(&body).send().await;
        assert!(matches!(answer.status, 400 | 502), "{early:?}: {} {}", answer.status, answer.text());
        assert!(begun.elapsed() < Duration::from_secs(5), "{early:?}");
        gateway.audit.row(&answer.log_id()).await;
    }
    gateway.books_balance().await;
}

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

#[tokio::test]
async fn f14_pages_and_garbage_are_no_answers() {
    let gateway = with_rescue(&["html", "garbage", "page"], json!({})).await;
    gateway.provider.install("page", [Script::body("application/json", "<html><body>Sign in</body></html>")]);
    for name in ["html", "garbage", "page"] {
        let model = format!("dynamic/{name}");
        let answer = gateway.chat(&model).send().await;
        assert_eq!((answer.status, answer.header("cf-aig-provider")), (200, "anthropic"), "{name}: {}", answer.text());
        let row = gateway.audit.row(&answer.log_id()).await;
        assert_eq!(row.attempts[0].fault, Some(FaultClass::BadAnswer), "{name}");
        for call in [gateway.chat(&format!("openai/test/{name}")), gateway.chat_stream(&format!("openai/test/{name}"))]
        {
            let answer = call.send().await;
            assert_eq!((answer.status, &answer.json()["type"]), (502, &json!("provider_error")), "{name}");
            assert!(!answer.text().to_lowercase().contains("<html"), "{name}: {}", answer.text());
            assert_eq!(gateway.audit.row(&answer.log_id()).await.cost.map(|cost| cost.0), Some(0), "{name}");
        }
    }
    // A framing that lies, and a body that ends in its middle.
    for script in [
        Script { framing: Framing::WrongLength(50), ..Script::ok() },
        Script { encoding: Encoding::BrokenGzip, ..Script::ok() },
        Script::raw("no HTTP at all\r\n\r\n"),
    ] {
        gateway.provider.next(script.clone());
        let answer = gateway.chat("openai/test/ok").send().await;
        assert_eq!(answer.status, 502, "{script:?}: {}", answer.text());
    }
    gateway.books_balance().await;
}

/// A multilingual stream, written a byte at a time and with every line ending; same format and translated.
#[tokio::test]
async fn f15_events_split_at_every_byte_arrive_whole() {
    let gateway = Gateway::start().await;
    let text = "Zürich 東京 🎉 e\u{301} Ω — ok";
    for ending in [LineEnding::Lf, LineEnding::CrLf, LineEnding::Cr] {
        let drip = Script { drip: Some(Drip { bytes: 1, every_ms: 0 }), line_ending: ending, ..Script::text(text) };
        gateway.provider.install("split", [drip]);
        for model in ["openai/test/split", "anthropic/test/split", "google-ai-studio/test-split"] {
            let answer = gateway.chat_stream(model).send().await;
            assert_eq!(normalised(&answer), text, "{model} {ending:?}: {}", answer.text());
            assert!(!answer.text().contains('\u{fffd}'));
        }
    }
}

fn normalised(answer: &Answer) -> String {
    let text = answer.text().replace("\r\n", "\n").replace('\r', "\n");
    Answer { body: text.into(), ..answer.clone() }.said()
}

#[tokio::test]
async fn f16_bytes_that_are_no_utf8_are_noted_and_the_stream_goes_on() {
    let gateway = Gateway::start().await;
    let chunk = |text: &[u8], finish: &str| {
        let start = b"data: {\"id\":\"1\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"";
        let end = format!("\"}},\"finish_reason\":{finish}}}]}}\n\n");
        [start.as_slice(), text, end.as_bytes()].concat()
    };
    let body = [chunk(b"a\xffb", "null"), chunk(b"c", "\"stop\""), b"data: [DONE]\n\n".to_vec()].concat();
    let head = format!("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: {}\r\n\r\n", body.len());
    let server = OneAnswer::start([head.into_bytes(), body.clone()].concat());
    let gateway_to = Setup::default().address("groq", &server.url()).start().await;
    drop(gateway);
    gateway_to.store_provider_key("groq", "default", "gsk-0123456789abcdef").await;
    let answer = gateway_to.chat_stream("groq/m").send().await;
    assert_eq!(answer.body.as_ref(), body.as_slice(), "passed as it came");
    let row = gateway_to.audit.row(&answer.log_id()).await;
    assert_eq!(row.outcome, RequestOutcome::Success);
    assert!(row.notes.iter().any(|note| note.contains("UTF-8")), "{:?}", row.notes);
}

/// Answers every connection with the same bytes.
struct OneAnswer(std::net::SocketAddr);

impl OneAnswer {
    fn start(answer: Vec<u8>) -> Self {
        use std::io::{Read, Write};
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        std::thread::spawn(move || {
            for stream in listener.incoming().take(1) {
                let mut stream = stream.expect("a caller");
                let mut seen = Vec::new();
                let mut buffer = [0; 4096];
                while !seen.ends_with(b"}") {
                    let count = stream.read(&mut buffer).expect("a request");
                    seen.extend_from_slice(&buffer[..count]);
                }
                stream.write_all(&answer).expect("the answer leaves");
            }
        });
        Self(address)
    }

    fn url(&self) -> String {
        format!("http://{}", self.0)
    }
}

#[tokio::test]
async fn f17_usage_is_booked_once_wherever_it_stands() {
    let gateway = Gateway::start().await;
    for name in ["ok", "usage-twice", "usage-early", "no-usage"] {
        for provider in ["openai", "anthropic", "google-ai-studio"] {
            let model = if provider == "google-ai-studio" { format!("test-{name}") } else { format!("test/{name}") };
            gateway.set_price(provider, &model, "0", "0.1").await;
            let answer = gateway.chat_stream(&format!("{provider}/{model}")).send().await;
            let row = gateway.audit.row(&answer.log_id()).await;
            let what = format!("{provider} {name}: {:?}", row.usage);
            // Five words, 32 bytes: eight tokens by our own count where the provider says nothing.
            let (tokens, source) =
                if name == "no-usage" { (8, UsageSource::Counted) } else { (5, UsageSource::Provider) };
            assert_eq!((row.usage.output_tokens, row.usage_source), (tokens, Some(source)), "{what}");
            assert_eq!(row.cost.map(|cost| cost.0), Some(tokens as i64 * 10 * CENT), "{what}");
        }
    }
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
