//! Anthropic messages.

use serde_json::{Value, json};

use super::{Piece, Reported, Said};
use crate::{
    script::{Script, UsageScript},
    sse,
};

/// What a caller must send back unchanged in a tool loop.
const SIGNATURE: &str = "EqQBCgIYAhIM1gbcDa9GJwZA2b3h";

pub(super) fn whole(said: &Said, script: &Script) -> Value {
    let mut content = Vec::new();
    if let Some(reasoning) = &said.reasoning {
        content.push(json!({"type": "thinking", "thinking": reasoning, "signature": SIGNATURE}));
    }
    match &said.tool {
        Some((name, arguments)) => {
            content.push(json!({"type": "tool_use", "id": "toolu_test1", "name": name, "input": arguments}))
        }
        None => content.push(json!({"type": "text", "text": said.text()})),
    }
    let mut message = message(said, Value::Array(content));
    message["stop_reason"] = json!(stop_reason(said, script));
    if let Some(usage) = said.usage {
        message["usage"] = self::usage(usage, usage.output);
    }
    message
}

pub(super) fn pieces(said: &Said, script: &Script) -> Vec<Piece> {
    let other = |value: Value| Piece::other(sse::typed(&value));
    let is_early = script.usage == UsageScript::Early;
    let mut start = message(said, json!([]));
    if let Some(usage) = said.usage {
        start["usage"] = self::usage(usage, if is_early { usage.output } else { usage.output.min(1) });
    }
    let mut pieces = vec![other(json!({"type": "message_start", "message": start})), other(json!({"type": "ping"}))];

    let mut index = 0;
    let mut block = |start: Value, deltas: Vec<(Value, bool)>| {
        pieces.push(other(json!({"type": "content_block_start", "index": index, "content_block": start})));
        for (delta, is_token) in deltas {
            let event = sse::typed(&json!({"type": "content_block_delta", "index": index, "delta": delta}));
            pieces.push(if is_token { Piece::token(event) } else { Piece::other(event) });
        }
        pieces.push(other(json!({"type": "content_block_stop", "index": index})));
        index += 1;
    };
    if let Some(reasoning) = &said.reasoning {
        let deltas = vec![
            (json!({"type": "thinking_delta", "thinking": reasoning}), false),
            (json!({"type": "signature_delta", "signature": SIGNATURE}), false),
        ];
        block(json!({"type": "thinking", "thinking": "", "signature": ""}), deltas);
    }
    match &said.tool {
        Some((name, arguments)) => {
            let deltas = vec![
                (json!({"type": "input_json_delta", "partial_json": ""}), false),
                (json!({"type": "input_json_delta", "partial_json": arguments.to_string()}), false),
            ];
            block(json!({"type": "tool_use", "id": "toolu_test1", "name": name, "input": {}}), deltas);
        }
        None => {
            let deltas = said.words.iter().map(|word| (json!({"type": "text_delta", "text": word}), true)).collect();
            block(json!({"type": "text", "text": ""}), deltas);
        }
    }

    if !script.without_finish {
        let mut delta = json!({"type": "message_delta", "delta": {"stop_reason": stop_reason(said, script), "stop_sequence": null}});
        if let Some(usage) = said.usage.filter(|_| !is_early) {
            delta["usage"] = json!({"output_tokens": usage.output});
        }
        pieces.push(other(delta.clone()));
        if script.usage == UsageScript::Twice {
            pieces.push(other(delta));
        }
    }
    if !script.without_terminal {
        pieces.push(other(json!({"type": "message_stop"})));
    }
    pieces
}

pub(super) fn error(status: u16, message: &str) -> Value {
    let kind = match status {
        401 => "authentication_error",
        403 => "permission_error",
        404 => "not_found_error",
        413 => "request_too_large",
        429 => "rate_limit_error",
        529 => "overloaded_error",
        400..=499 => "invalid_request_error",
        _ => "api_error",
    };
    json!({"type": "error", "error": {"type": kind, "message": message}, "request_id": "req_test1"})
}

fn message(said: &Said, content: Value) -> Value {
    json!({
        "id": "msg_test1", "type": "message", "role": "assistant", "model": said.model, "content": content,
        "stop_reason": null, "stop_sequence": null,
    })
}

fn stop_reason(said: &Said, script: &Script) -> Option<&'static str> {
    let reason = if said.tool.is_some() {
        "tool_use"
    } else if said.is_capped {
        "max_tokens"
    } else {
        "end_turn"
    };
    (!script.without_finish).then_some(reason)
}

/// Anthropic's `input_tokens` leaves out what came from the cache.
fn usage(usage: Reported, output: i64) -> Value {
    json!({
        "input_tokens": usage.input - usage.cached, "cache_creation_input_tokens": 0, "cache_read_input_tokens": usage.cached,
        "output_tokens": output, "service_tier": "standard",
    })
}
