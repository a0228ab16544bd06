use std::sync::Arc;

use waypost_types::Scalar;

use super::*;
use crate::json::scan;

fn read(format: WireFormat, body: &str) -> Result<Peek, PeekError> {
    peek(format, &scan(body.as_bytes()).unwrap())
}

fn openai(body: &str) -> Peek {
    read(WireFormat::OpenaiChat, body).unwrap()
}

fn refused(body: &str) -> String {
    read(WireFormat::OpenaiChat, body).unwrap_err().message
}

#[test]
fn openai_body_is_read() {
    let peek = openai(
        r#"{"model":"gpt-4o","stream":true,"stream_options":{"include_usage":true},"max_tokens":100,"n":2,"messages":[
            {"role":"system","content":"Be brief."},
            {"role":"user","content":[{"type":"text","text":"caf\u00e9"},
                {"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}}]},
            {"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function",
                "function":{"name":"f","arguments":"{\"a\":1}"}}]},
            {"role":"tool","tool_call_id":"c1","content":"ok"}]}"#,
    );
    let expected = Peek {
        model: Some("gpt-4o".into()),
        stream: true,
        max_output_tokens: Some(100),
        answer_count: 2,
        message_count: 4,
        text_bytes: 9 + 5 + 7 + 2,
        includes_usage: true,
        has_images: true,
    };
    assert_eq!(peek, expected);
}

#[test]
fn anthropic_body_is_read() {
    let body = r#"{"model":"claude","max_tokens":0,"system":[{"type":"text","text":"abc"}],"messages":[
        {"role":"user","content":"12345"},
        {"role":"assistant","content":[{"type":"thinking","thinking":"hm","signature":"sig"},
            {"type":"tool_use","id":"t","name":"f","input":{"a":1}}]},
        {"role":"user","content":[{"type":"tool_result","tool_use_id":"t","content":[{"type":"text","text":"xy"},
            {"type":"image","source":{"type":"base64","media_type":"image/png","data":"AAAA"}}]}]}]}"#;
    let peek = read(WireFormat::AnthropicMessages, body).unwrap();
    assert_eq!((peek.message_count, peek.text_bytes, peek.has_images), (3, 3 + 5 + 2 + 7 + 2, true));
    assert_eq!((peek.max_output_tokens, peek.answer_count, peek.stream), (Some(0), 1, false));
}

#[test]
fn gemini_body_is_read() {
    let body = r#"{"systemInstruction":{"parts":[{"text":"abc"}]},"contents":[
        {"role":"user","parts":[{"text":"12345"},{"inlineData":{"mimeType":"application/pdf","data":"AA"}}]},
        {"role":"model","parts":[{"functionCall":{"name":"f","args":{"a":1}},"thoughtSignature":"sig"}]}],
        "generationConfig":{"maxOutputTokens":7,"candidateCount":3}}"#;
    let peek = read(WireFormat::GeminiGenerateContent, body).unwrap();
    assert_eq!((peek.message_count, peek.text_bytes, peek.has_images), (2, 3 + 5 + 7, false));
    assert_eq!((peek.max_output_tokens, peek.answer_count, peek.model), (Some(7), 3, None));
    let snake = r#"{"contents":[],"generation_config":{"max_output_tokens":9}}"#;
    assert_eq!(read(WireFormat::GeminiGenerateContent, snake).unwrap().max_output_tokens, Some(9));
}

#[test]
fn workers_ai_body_is_read() {
    let peek = read(WireFormat::WorkersAi, r#"{"prompt":"Hello","max_tokens":12,"stream":true}"#).unwrap();
    assert_eq!((peek.message_count, peek.text_bytes, peek.max_output_tokens, peek.stream), (1, 5, Some(12), true));
}

#[test]
fn a24_token_caps_are_checked() {
    let caps = |cap: &str| format!(r#"{{"max_tokens":{cap}}}"#);
    for wrong in ["-1", "-0", "\"100\"", "1e9", "1e999", "1.5", "100.0", "true", "[1]", "{}", &"9".repeat(400)] {
        let message = refused(&caps(wrong));
        assert!(message.starts_with("\"max_tokens\" must be a whole number of 0 or more. Got "), "{message}");
        assert!(message.len() < 150, "{message}");
    }
    assert_eq!(refused(&caps("\"100\"")), "\"max_tokens\" must be a whole number of 0 or more. Got \"100\".");
    assert_eq!(openai(&caps("null")).max_output_tokens, None);
    assert_eq!(openai(&caps("0")).max_output_tokens, None);
    assert_eq!(openai(&caps("1000000000")).max_output_tokens, Some(100_000_000));
    assert_eq!(openai(r#"{"max_tokens":5,"max_completion_tokens":50}"#).max_output_tokens, Some(50));
    let body = r#"{"generationConfig":{"maxOutputTokens":-5}}"#;
    let error = read(WireFormat::GeminiGenerateContent, body).unwrap_err();
    assert_eq!(error.path, "generationConfig.maxOutputTokens");
}

#[test]
fn a24_answer_count_and_stream_are_checked() {
    for n in ["0", "-1", "1000", "\"2\"", "1.0", "129"] {
        assert!(refused(&format!(r#"{{"n":{n}}}"#)).starts_with("\"n\" must be a whole number from 1 to 128."), "{n}");
    }
    assert_eq!(openai(r#"{"n":128,"stream":null}"#).answer_count, 128);
    assert_eq!(openai(r#"{"n":null}"#).answer_count, 1);
    assert_eq!(refused(r#"{"stream":"true"}"#), "\"stream\" must be true or false. Got \"true\".");
    assert_eq!(refused(r#"{"stream":1}"#), "\"stream\" must be true or false. Got 1.");
    let message = refused(r#"{"stream_options":{"include_usage":"yes"}}"#);
    assert_eq!(message, "\"stream_options.include_usage\" must be true or false. Got \"yes\".");
    assert_eq!(refused(r#"{"stream_options":[]}"#), "\"stream_options\" must be an object. Got a list.");
    assert!(!openai(r#"{"stream_options":null}"#).includes_usage);
    assert_eq!(refused("[]"), "The body must be a JSON object.");
}

#[test]
fn a23_a_second_cap_inside_an_object_is_refused() {
    let body = r#"{"generationConfig":{"maxOutputTokens":1,"maxOutput\u0054okens":100000}}"#;
    let error = read(WireFormat::GeminiGenerateContent, body).unwrap_err();
    assert_eq!(error.message, "\"maxOutputTokens\" appears twice in \"generationConfig\".");
}

#[test]
fn a05_model_with_control_characters_is_refused() {
    for model in ["a\\r\\nx-evil: 1", "a\\u0000", "a\\u0085b", "a\\u007f"] {
        assert!(refused(&format!(r#"{{"model":"{model}"}}"#)).contains("control characters"), "{model}");
    }
    assert!(refused(&format!(r#"{{"model":"{}"}}"#, "m".repeat(513))).contains("513 bytes"));
    assert_eq!(refused(r#"{"model":7}"#), "\"model\" must be text. Got 7.");
    assert_eq!(openai(r#"{"model":""}"#).model, None);
    assert_eq!(openai(r#"{"model":null}"#).model, None);
    // Slashes, dots and the rest are percent-encoded where the URL is built.
    assert_eq!(openai(r#"{"model":"a/../b?c#d%2f"}"#).model.as_deref(), Some("a/../b?c#d%2f"));
}

#[test]
fn scalars_are_flat_short_and_never_prompt_text() {
    let body = format!(
        r#"{{"a":{{"b":"x"}},"n":1.5,"t":true,"l":[1],"z":null,"big":1e999,"long":"{}","messages":"secret"}}"#,
        "y".repeat(1025)
    );
    let paths: Vec<Arc<str>> =
        ["a.b", "n", "t", "l", "l.0", "z", "big", "long", "messages", "none", "a"].map(Arc::from).to_vec();
    let found = scalars(&scan(body.as_bytes()).unwrap(), &paths);
    let expected: Vec<(Arc<str>, Scalar)> = vec![
        ("a.b".into(), Scalar::text("x")),
        ("n".into(), Scalar::Number(1.5)),
        ("t".into(), Scalar::Bool(true)),
        ("l.0".into(), Scalar::Number(1.0)),
    ];
    assert_eq!(found, expected);
}
