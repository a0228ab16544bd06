use serde_json::json;

use super::*;

fn said(path: &str, body: &Value, script: &Script) -> (Said, WireFormat) {
    let received = Received::new("POST", path, Vec::new(), body.to_string().into_bytes());
    (Said::to(&received, script), received.format.unwrap())
}

const OPENAI: &str = "/v1/chat/completions";

fn hi(max_tokens: Option<u64>) -> Value {
    let mut body = json!({"model": "m", "stream": true, "stream_options": {"include_usage": true},
        "messages": [{"role": "user", "content": "one two three"}]});
    if let Some(max_tokens) = max_tokens {
        body["max_tokens"] = json!(max_tokens);
    }
    body
}

#[test]
fn the_echo_follows_the_fixed_rule() {
    let (said, _) = said(OPENAI, &hi(None), &Script::ok());
    assert_eq!(said.text(), "Echo: one two three");
    // 13 bytes ÷ 4 + 3 for one message; four words.
    assert_eq!((said.input_tokens, said.output_tokens), (6, 4));
}

#[test]
fn the_callers_cap_and_the_scripts_count_hold() {
    let (capped, _) = said(OPENAI, &hi(Some(2)), &Script::ok());
    assert_eq!((capped.text().as_str(), capped.is_capped), ("Echo: one ", true));
    let (exact, _) = said(OPENAI, &hi(None), &Script::tokens(9));
    assert_eq!(exact.words.len(), 9);
    let (both, _) = said(OPENAI, &hi(Some(5)), &Script::tokens(9));
    assert_eq!((both.output_tokens, both.is_capped), (5, true));
}

#[test]
fn every_format_streams_the_same_words() {
    let bodies = [
        (OPENAI, hi(None)),
        ("/v1/messages", hi(None)),
        (
            "/v1beta/models/m:streamGenerateContent",
            json!({"contents": [{"role": "user", "parts": [{"text": "one two three"}]}]}),
        ),
        ("/ai/run/@cf/a/b", hi(None)),
    ];
    for (path, body) in bodies {
        let (said, format) = said(path, &body, &Script::ok());
        let pieces = said.pieces(format, &Script::ok(), true);
        assert_eq!(pieces.iter().map(|piece| piece.tokens).sum::<u64>(), 4, "{path}");
        assert_eq!(said.input_tokens, 6, "{path}");
        let stream: String = pieces.iter().map(|piece| piece.text.as_str()).collect();
        assert!(stream.contains("three"), "{stream}");
        let cut = nth_token(&pieces, 2).unwrap();
        assert_eq!(pieces[..cut].iter().map(|piece| piece.tokens).sum::<u64>(), 2);
    }
}

#[test]
fn gemini_without_sse_is_one_json_list() {
    let body = json!({"contents": [{"role": "user", "parts": [{"text": "one two"}]}]});
    let (said, format) = said("/v1beta/models/m:streamGenerateContent", &body, &Script::ok());
    let stream: String = said.pieces(format, &Script::ok(), false).into_iter().map(|piece| piece.text).collect();
    let list: Vec<Value> = serde_json::from_str(&stream).unwrap();
    assert_eq!(list.len(), 3);
    assert_eq!(list[2]["usageMetadata"]["candidatesTokenCount"], 3);
}
