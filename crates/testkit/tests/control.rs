//! The provider as other languages see it: bytes on a socket.

use std::{
    io::{Read, Write},
    net::TcpStream,
    time::Duration,
};

use serde_json::{Value, json};
use waypost_testkit::{Script, TestProvider, script::Cut, sse};

/// One request on a connection of its own: status and body.
fn ask(provider: &TestProvider, method: &str, path: &str, body: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(provider.address()).unwrap();
    stream.set_read_timeout(Some(Duration::from_millis(500))).unwrap();
    let port = provider.address().port();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\nauthorization: Bearer sk-1\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(format!("{head}{body}").as_bytes()).unwrap();
    stream.shutdown(std::net::Shutdown::Write).unwrap();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    let answer = String::from_utf8(answer).unwrap();
    let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
    (status, answer.split_once("\r\n\r\n").map(|(_, body)| body.to_owned()).unwrap_or_default())
}

fn chat(model: &str, stream: bool) -> String {
    json!({"model": model, "stream": stream, "max_tokens": 9, "messages": [{"role": "user", "content": "one two three"}]}).to_string()
}

#[test]
fn scripts_are_installed_played_and_recorded() {
    let provider = TestProvider::start();
    let path = "/v1/chat/completions";
    let installed = json!([{"status": 503}, {"text": "back again"}]).to_string();
    assert_eq!(ask(&provider, "PUT", "/__control/scripts/flaky", &installed).0, 200);
    assert_eq!(ask(&provider, "PUT", "/__control/scripts/x", r#"{"stauts":1}"#).0, 400);
    assert_eq!(ask(&provider, "POST", path, &chat("test/flaky", false)).0, 503);
    for _ in 0..2 {
        let (status, body) = ask(&provider, "POST", path, &chat("test/flaky", false));
        let body: Value = serde_json::from_str(&body).unwrap();
        assert_eq!((status, &body["choices"][0]["message"]["content"]), (200, &json!("back again")));
    }
    assert_eq!(ask(&provider, "POST", path, &chat("test/no-such", false)).0, 404);

    let received: Vec<Value> = serde_json::from_str(&ask(&provider, "GET", "/__control/received", "").1).unwrap();
    assert_eq!(received.len(), 4);
    assert_eq!((&received[1]["script"], &received[1]["problems"]), (&json!("flaky"), &json!([])));
    let ledger: Value = serde_json::from_str(&ask(&provider, "GET", "/__control/ledger", "").1).unwrap();
    // 13 bytes ÷ 4 + 3, twice; two words, twice.
    assert_eq!(ledger["sk-1"], json!({"requests": 4, "completed": 2, "input_tokens": 12, "output_tokens": 4}));
    assert_eq!(ask(&provider, "POST", "/__control/reset", "").0, 200);
    assert!(provider.received().is_empty());
}

#[test]
fn a_stream_that_breaks_off_is_counted_as_far_as_it_went() {
    let provider = TestProvider::start();
    provider.next(Script::tokens(8).cut(Cut { after_pieces: Some(3), ..Cut::default() }));
    let (_, body) = ask(&provider, "POST", "/v1/messages", &chat("m", true));
    let deltas = body.matches("text_delta").count();
    assert!(provider.wait_until(|all| all[0].output_tokens == 3));
    assert_eq!((deltas, provider.ledger()["sk-1"].completed), (3, 0));
    assert!(!provider.last().finished);
}

#[test]
fn a_whole_stream_ends_with_done() {
    let provider = TestProvider::start();
    let (status, body) = ask(&provider, "POST", "/v1/chat/completions", &chat("m", true));
    let lines: String = body.split("\r\n").filter(|line| line.starts_with("data") || line.is_empty()).collect();
    assert_eq!(status, 200);
    assert_eq!(sse::payloads(&lines).last().map(String::as_str), Some("[DONE]"));
    assert_eq!(provider.problems(), [""; 0]);
}

#[test]
fn the_ledger_agrees_with_the_reported_usage_of_a_tool_call() {
    let provider = TestProvider::start();
    for stream in [false, true] {
        let body = json!({"model": "test/tool-call", "stream": stream, "messages": [{"role": "user", "content": "hi"}],
            "tools": [{"type": "function", "function": {"name": "weather", "parameters": {"type": "object"}}}]});
        assert_eq!(ask(&provider, "POST", "/v1/chat/completions", &body.to_string()).0, 200);
        assert_eq!(provider.last().output_tokens, 5, "stream: {stream}");
    }
    assert_eq!(provider.ledger()["sk-1"].output_tokens, 10);
    assert_eq!(provider.problems(), [""; 0]);
}
