//! What answers consist of: pages, pieces, bytes, usage (F14–F17).

use std::net::TcpListener;

use serde_json::json;
use waypost_harness::{Answer, Gateway, Setup};
use waypost_testkit::{
    Script,
    script::{Drip, Encoding, Framing, LineEnding},
};
use waypost_types::{FaultClass, UsageSource, record::RequestOutcome};

use super::{CENT, with_rescue};

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
