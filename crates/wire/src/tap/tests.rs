mod faults;
mod properties;
mod transcripts;

use super::*;

pub(super) const WITHHOLD: TapOptions = TapOptions { withhold_usage_only: true };
pub(super) const PASS: TapOptions = TapOptions { withhold_usage_only: false };

/// Everything that a stream taught, and what went to the caller.
#[derive(Debug, PartialEq)]
pub(super) struct Told {
    forwarded: String,
    text_bytes: u64,
    events: u64,
    usage: Option<Usage>,
    finish: Option<String>,
    model: Option<String>,
    error: Option<String>,
    is_complete: bool,
    terminal: bool,
    is_mid_event: bool,
}

/// Sends a stream through a tap in pieces.
pub(super) fn tell<'a>(
    format: WireFormat,
    options: TapOptions,
    pieces: impl IntoIterator<Item = &'a [u8]>,
) -> Result<Told, TapError> {
    let mut tap = StreamTap::new(format, options);
    let mut out = Vec::new();
    for piece in pieces {
        tap.push(Bytes::copy_from_slice(piece), &mut out)?;
    }
    let end = tap.end();
    out.push(end.rest);
    Ok(Told {
        forwarded: String::from_utf8_lossy(&out.concat()).into_owned(),
        text_bytes: tap.output_text_bytes(),
        events: tap.events(),
        usage: tap.usage(),
        finish: tap.finish().map(str::to_owned),
        model: tap.model().map(str::to_owned),
        error: tap.error().map(str::to_owned),
        is_complete: end.is_complete,
        terminal: tap.terminal_seen(),
        is_mid_event: end.is_mid_event,
    })
}

pub(super) fn whole(format: WireFormat, options: TapOptions, stream: &str) -> Told {
    tell(format, options, [stream.as_bytes()]).unwrap()
}

/// Two events with text, an ending, usage on its own, the end marker.
/// Source: OpenAI, "Chat completion chunk object" and `stream_options.include_usage` (checked 2026-11-21).
pub(super) const OPENAI: &str = concat!(
    r#"data: {"id":"chatcmpl-123","object":"chat.completion.chunk","created":1694268190,"model":"gpt-4o-mini","system_fingerprint":"fp_44709d6fcb","choices":[{"index":0,"delta":{"role":"assistant","content":""},"logprobs":null,"finish_reason":null}],"usage":null}"#,
    "\n\n",
    r#"data: {"id":"chatcmpl-123","object":"chat.completion.chunk","created":1694268190,"model":"gpt-4o-mini","system_fingerprint":"fp_44709d6fcb","choices":[{"index":0,"delta":{"content":"Hello"},"logprobs":null,"finish_reason":null}],"usage":null}"#,
    "\n\n",
    r#"data: {"id":"chatcmpl-123","object":"chat.completion.chunk","created":1694268190,"model":"gpt-4o-mini","system_fingerprint":"fp_44709d6fcb","choices":[{"index":0,"delta":{"content":" w\u00f6rld 😀"},"logprobs":null,"finish_reason":null}],"usage":null}"#,
    "\n\n",
    r#"data: {"id":"chatcmpl-123","object":"chat.completion.chunk","created":1694268190,"model":"gpt-4o-mini","system_fingerprint":"fp_44709d6fcb","choices":[{"index":0,"delta":{},"logprobs":null,"finish_reason":"stop"}],"usage":null}"#,
    "\n\n",
    r#"data: {"id":"chatcmpl-123","object":"chat.completion.chunk","created":1694268190,"model":"gpt-4o-mini","system_fingerprint":"fp_44709d6fcb","choices":[],"usage":{"prompt_tokens":9,"completion_tokens":12,"total_tokens":21,"prompt_tokens_details":{"cached_tokens":3},"completion_tokens_details":{"reasoning_tokens":2}}}"#,
    "\n\n",
    "data: [DONE]\n\n",
);

/// Source: Anthropic, "Streaming Messages", basic request (checked 2026-11-21), with cache counts added.
pub(super) const ANTHROPIC: &str = concat!(
    "event: message_start\n",
    r#"data: {"type":"message_start","message":{"id":"msg_1nZdL29xx5MUA1yADyHTEsnR8uuvGzszyy","type":"message","role":"assistant","content":[],"model":"claude-opus-4-1","stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":25,"cache_creation_input_tokens":100,"cache_read_input_tokens":1000,"output_tokens":1}}}"#,
    "\n\nevent: content_block_start\n",
    r#"data: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#,
    "\n\nevent: ping\ndata: {\"type\": \"ping\"}\n\nevent: content_block_delta\n",
    r#"data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hello"}}"#,
    "\n\nevent: content_block_delta\n",
    r#"data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"!"}}"#,
    "\n\nevent: content_block_stop\n",
    r#"data: {"type":"content_block_stop","index":0}"#,
    "\n\nevent: message_delta\n",
    r#"data: {"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":15}}"#,
    "\n\nevent: message_stop\n",
    "data: {\"type\":\"message_stop\"}\n\n",
);

/// Source: Google, `streamGenerateContent` with `alt=sse` (checked 2026-11-21): CRLF, usage on every event.
pub(super) const GEMINI: &str = concat!(
    r#"data: {"candidates": [{"content": {"parts": [{"text": "Hello"}],"role": "model"},"index": 0}],"usageMetadata": {"promptTokenCount": 11,"totalTokenCount": 31,"thoughtsTokenCount": 20},"modelVersion": "gemini-2.5-flash"}"#,
    "\r\n\r\n",
    r#"data: {"candidates": [{"content": {"parts": [{"text": " there."}],"role": "model"},"finishReason": "STOP","index": 0}],"usageMetadata": {"promptTokenCount": 11,"candidatesTokenCount": 7,"totalTokenCount": 38,"thoughtsTokenCount": 20},"modelVersion": "gemini-2.5-flash"}"#,
    "\r\n\r\n",
);

/// The same without `alt=sse`, printed over several lines.
pub(super) const GEMINI_LIST: &str = concat!(
    "[{\n  \"candidates\": [{\"content\": {\"parts\": [{\"text\": \"He]}l\\\"lo\"}],\"role\": \"model\"},\"index\": 0}],\n",
    "  \"usageMetadata\": {\"promptTokenCount\": 11,\"thoughtsTokenCount\": 20}\n}\n,\r\n{\n",
    "  \"candidates\": [{\"content\": {\"parts\": [{\"text\": \" there.\"}]},\"finishReason\": \"STOP\",\"index\": 0}],\n",
    "  \"usageMetadata\": {\"promptTokenCount\": 11,\"candidatesTokenCount\": 7,\"thoughtsTokenCount\": 20}\n}\n]",
);

/// Source: Cloudflare, Workers AI "Streaming" (checked 2026-11-21).
pub(super) const WORKERS_AI: &str = concat!(
    "data: {\"response\":\"Hel\",\"p\":\"abcd\"}\n\ndata: {\"response\":\"lo\",\"p\":\"ab\"}\n\n",
    "data: {\"response\":\"\",\"usage\":{\"prompt_tokens\":5,\"completion_tokens\":2,\"total_tokens\":7}}\n\n",
    "data: [DONE]\n\n",
);

pub(super) const STREAMS: [(WireFormat, &str); 5] = [
    (WireFormat::OpenaiChat, OPENAI),
    (WireFormat::AnthropicMessages, ANTHROPIC),
    (WireFormat::GeminiGenerateContent, GEMINI),
    (WireFormat::GeminiGenerateContent, GEMINI_LIST),
    (WireFormat::WorkersAi, WORKERS_AI),
];
