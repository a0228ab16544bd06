use super::*;

fn read(format: WireFormat, body: &str) -> AnswerFacts {
    answer_facts(format, body.as_bytes()).unwrap()
}

fn usage(input: u64, output: u64, cache_read: u64, cache_write: u64, reasoning: u64) -> Option<Usage> {
    Some(Usage {
        input_tokens: input,
        output_tokens: output,
        cache_read_tokens: cache_read,
        cache_write_tokens: cache_write,
        reasoning_tokens: reasoning,
    })
}

#[test]
fn openai_answer_is_read() {
    let facts = read(
        WireFormat::OpenaiChat,
        r#"{"id":"chatcmpl-1","object":"chat.completion","created":1,"model":"gpt-4o-2024-08-06","choices":[{"index":0,
        "message":{"role":"assistant","content":"Hi \u00e9!","refusal":null,"annotations":[]},"logprobs":null,
        "finish_reason":"stop"}],"usage":{"prompt_tokens":19,"completion_tokens":10,"total_tokens":29,
        "prompt_tokens_details":{"cached_tokens":8,"audio_tokens":0},
        "completion_tokens_details":{"reasoning_tokens":4,"audio_tokens":0}}}"#,
    );
    let expected = AnswerFacts {
        usage: usage(19, 10, 8, 0, 4),
        finish: Some("stop".to_owned()),
        model: Some("gpt-4o-2024-08-06".to_owned()),
        error_message: None,
        output_text_bytes: 6,
        has_invalid_utf8: false,
    };
    assert_eq!(facts, expected);
}

#[test]
fn tool_calls_are_output() {
    let body = r#"{"choices":[{"message":{"content":null,"tool_calls":[{"id":"c","type":"function",
        "function":{"name":"f","arguments":"{\"a\":1}"}}]},"finish_reason":"tool_calls"}]}"#;
    let facts = read(WireFormat::OpenaiChat, body);
    assert_eq!((facts.output_text_bytes, facts.finish.as_deref()), (7, Some("tool_calls")));
}

/// Source of the counts: xAI's own example, 32 + 9 + 94 = 135.
#[test]
fn reasoning_beside_the_completion_is_added() {
    let body = r#"{"choices":[],"usage":{"prompt_tokens":32,"completion_tokens":9,"total_tokens":135,
        "completion_tokens_details":{"reasoning_tokens":94}}}"#;
    assert_eq!(read(WireFormat::OpenaiChat, body).usage, usage(32, 103, 0, 0, 94));
}

/// Anthropic leaves cached tokens out of `input_tokens`.
#[test]
fn anthropic_answer_is_read() {
    let facts = read(
        WireFormat::AnthropicMessages,
        r#"{"id":"msg_1","type":"message","role":"assistant","model":"claude-sonnet-4-5","content":[
        {"type":"thinking","thinking":"hm","signature":"sig"},{"type":"text","text":"Hello"},
        {"type":"tool_use","id":"t","name":"f","input":{"a":1}}],"stop_reason":"tool_use","stop_sequence":null,
        "usage":{"input_tokens":10,"cache_creation_input_tokens":200,"cache_read_input_tokens":3000,"output_tokens":50}}"#,
    );
    assert_eq!(facts.usage, usage(3210, 50, 3000, 200, 0));
    assert_eq!((facts.output_text_bytes, facts.finish.as_deref()), (2 + 5 + 7, Some("tool_use")));
    assert_eq!(facts.model.as_deref(), Some("claude-sonnet-4-5"));
}

#[test]
fn gemini_answer_is_read() {
    let facts = read(
        WireFormat::GeminiGenerateContent,
        r#"{"candidates":[{"content":{"parts":[{"text":"Hel"},{"text":"lo","thought":true}],"role":"model"},
        "finishReason":"STOP","index":0}],"usageMetadata":{"promptTokenCount":7,"candidatesTokenCount":20,
        "totalTokenCount":62,"thoughtsTokenCount":30,"toolUsePromptTokenCount":5,"cachedContentTokenCount":4},
        "modelVersion":"gemini-2.5-flash"}"#,
    );
    assert_eq!(facts.usage, usage(12, 50, 4, 0, 30));
    assert_eq!((facts.output_text_bytes, facts.finish.as_deref()), (5, Some("STOP")));
    let blocked = r#"{"promptFeedback":{"blockReason":"SAFETY"},"usageMetadata":{"promptTokenCount":7}}"#;
    let facts = read(WireFormat::GeminiGenerateContent, blocked);
    assert_eq!((facts.usage, facts.finish.as_deref()), (usage(7, 0, 0, 0, 0), Some("SAFETY")));
}

#[test]
fn workers_ai_answers_are_read() {
    let envelope = r#"{"result":{"response":"Hello","usage":{"prompt_tokens":5,"completion_tokens":2,"total_tokens":7}},
        "success":true,"errors":[],"messages":[]}"#;
    let facts = read(WireFormat::WorkersAi, envelope);
    assert_eq!((facts.usage, facts.output_text_bytes, facts.error_message), (usage(5, 2, 0, 0, 0), 5, None));
    let failed = r#"{"result":null,"success":false,"errors":[{"code":7003,"message":"No such model"}],"messages":[]}"#;
    assert_eq!(read(WireFormat::WorkersAi, failed).error_message.as_deref(), Some("No such model"));
    let chat = r#"{"result":{"choices":[{"message":{"content":"Hi"},"finish_reason":"stop"}]},"success":true}"#;
    assert_eq!(read(WireFormat::WorkersAi, chat).output_text_bytes, 2);
}

#[test]
fn errors_are_read_in_the_providers_words() {
    let openai = r#"{"error":{"message":"Incorrect API key","type":"invalid_request_error","code":"invalid_api_key"}}"#;
    let anthropic = r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#;
    let gemini = r#"{"error":{"code":429,"message":"Quota","status":"RESOURCE_EXHAUSTED"}}"#;
    for (format, body, words) in [
        (WireFormat::OpenaiChat, openai, "Incorrect API key"),
        (WireFormat::OpenaiChat, r#"{"error":"plain"}"#, "plain"),
        (WireFormat::AnthropicMessages, anthropic, "Overloaded"),
        (WireFormat::GeminiGenerateContent, gemini, "Quota"),
    ] {
        assert_eq!(read(format, body).error_message.as_deref(), Some(words));
    }
    assert_eq!(read(WireFormat::OpenaiChat, r#"{"error":null,"choices":[]}"#).error_message, None);
}

#[test]
fn a55_usage_that_cannot_be_believed_is_no_usage() {
    let of = |usage: &str| read(WireFormat::OpenaiChat, &format!(r#"{{"choices":[],"usage":{usage}}}"#)).usage;
    for usage in [
        "null",
        "{}",
        "[]",
        "7",
        r#"{"prompt_tokens":0,"completion_tokens":0}"#,
        r#"{"prompt_tokens":-5,"completion_tokens":10}"#,
        r#"{"prompt_tokens":5,"completion_tokens":-1}"#,
        r#"{"prompt_tokens":5,"completion_tokens":"10"}"#,
    ] {
        assert_eq!(of(usage), None, "{usage}");
    }
    assert_eq!(of(r#"{"prompt_tokens":5,"completion_tokens":null}"#), usage(5, 0, 0, 0, 0));
    assert_eq!(of(r#"{"prompt_tokens":5.0,"completion_tokens":1e1}"#), usage(5, 10, 0, 0, 0));
    let absurd = of(r#"{"prompt_tokens":1000000000000,"completion_tokens":1e999}"#).unwrap();
    assert_eq!((absurd.input_tokens, absurd.output_tokens), (1_000_000_000_000, u64::MAX));
    let (capped, was_capped) = absurd.capped();
    assert!(was_capped && capped.input_tokens == Usage::PLAUSIBLE_TOKENS_MAX);
}

#[test]
fn a22_numbers_beyond_64_bits_saturate() {
    let huge = format!(r#"{{"usage":{{"prompt_tokens":1,"completion_tokens":{}}}}}"#, "9".repeat(400));
    assert_eq!(read(WireFormat::OpenaiChat, &huge).usage.unwrap().output_tokens, u64::MAX);
}

#[test]
fn f14_what_is_not_json_is_refused() {
    for body in ["", "<html>502 Bad Gateway</html>", "{\"choices\":[", "null null"] {
        assert!(answer_facts(WireFormat::OpenaiChat, body.as_bytes()).is_err(), "{body}");
    }
}

#[test]
fn f16_invalid_utf8_is_replaced_and_flagged() {
    let body = b"{\"choices\":[{\"message\":{\"content\":\"a\xffb\"},\"finish_reason\":\"stop\"}]}";
    let facts = answer_facts(WireFormat::OpenaiChat, body).unwrap();
    assert!(facts.has_invalid_utf8);
    assert_eq!(facts.output_text_bytes, 5);
}

#[test]
fn bulky_numbers_are_not_noted_down() {
    let logprobs = vec![r#"{"token":"a","logprob":-0.1,"bytes":[97],"top_logprobs":[]}"#; 100_000].join(",");
    let body = format!(
        r#"{{"choices":[{{"logprobs":{{"content":[{logprobs}]}},"message":{{"content":"x"}},"finish_reason":"stop"}}],
        "usage":{{"prompt_tokens":1,"completion_tokens":2}}}}"#
    );
    let facts = read(WireFormat::OpenaiChat, &body);
    assert_eq!((facts.usage, facts.output_text_bytes), (usage(1, 2, 0, 0, 0), 1));
    assert!(crate::json::scan(body.as_bytes()).is_err(), "as a request it would have too many values");
}
