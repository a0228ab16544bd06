//! OpenAI chat completions.

use serde_json::{Value, json};

use super::{Piece, Reported, Said};
use crate::{
    script::{Script, UsageScript},
    sse,
};

const CREATED: u64 = 1_767_225_600;

pub(super) fn whole(said: &Said, script: &Script) -> Value {
    let mut message = json!({"role": "assistant", "content": said.text(), "refusal": null, "annotations": []});
    if let Some(reasoning) = &said.reasoning {
        message["reasoning_content"] = json!(reasoning);
    }
    if let Some((name, arguments)) = &said.tool {
        message["content"] = Value::Null;
        message["tool_calls"] = json!([{"id": "call_test1", "type": "function", "function": {"name": name, "arguments": arguments.to_string()}}]);
    }
    let mut answer = json!({
        "id": "chatcmpl-test1", "object": "chat.completion", "created": CREATED, "model": said.model,
        "choices": [{"index": 0, "message": message, "logprobs": null, "finish_reason": finish(said, script)}],
        "system_fingerprint": "fp_test", "service_tier": "default",
    });
    if let Some(usage) = said.usage {
        answer["usage"] = self::usage(usage);
    }
    answer
}

pub(super) fn pieces(said: &Said, script: &Script) -> Vec<Piece> {
    let asked_usage = said.usage.filter(|_| said.include_usage);
    let chunk = |choices: Value| {
        let mut chunk = json!({
            "id": "chatcmpl-test1", "object": "chat.completion.chunk", "created": CREATED, "model": said.model,
            "system_fingerprint": "fp_test", "choices": choices,
        });
        if said.include_usage {
            chunk["usage"] = Value::Null;
        }
        chunk
    };
    let delta = |delta: Value| chunk(json!([{"index": 0, "delta": delta, "logprobs": null, "finish_reason": null}]));
    let usage_only = |usage: Reported| {
        let mut chunk = chunk(json!([]));
        chunk["usage"] = self::usage(usage);
        Piece::other(sse::data(&chunk))
    };

    let mut pieces =
        vec![Piece::other(sse::data(&delta(json!({"role": "assistant", "content": "", "refusal": null}))))];
    if script.usage == UsageScript::Early {
        pieces.extend(asked_usage.map(usage_only));
    }
    if let Some(reasoning) = &said.reasoning {
        pieces.push(Piece::other(sse::data(&delta(json!({"reasoning_content": reasoning})))));
    }
    if let Some((name, arguments)) = &said.tool {
        let call = |function: Value| json!({"tool_calls": [{"index": 0, "function": function}]});
        let mut first = call(json!({"name": name, "arguments": ""}));
        first["tool_calls"][0]["id"] = json!("call_test1");
        first["tool_calls"][0]["type"] = json!("function");
        pieces.push(Piece::other(sse::data(&delta(first))));
        let arguments = arguments.to_string();
        let (one, two) =
            arguments.split_at(arguments.char_indices().nth(arguments.chars().count() / 2).map_or(0, |(at, _)| at));
        for part in [one, two] {
            pieces.push(Piece::other(sse::data(&delta(call(json!({"arguments": part}))))));
        }
    }
    pieces.extend(said.words.iter().map(|word| Piece::token(sse::data(&delta(json!({"content": word}))))));
    if !script.without_finish {
        let mut last =
            chunk(json!([{"index": 0, "delta": {}, "logprobs": null, "finish_reason": finish(said, script)}]));
        if let Some(usage) = asked_usage.filter(|_| script.usage == UsageScript::Twice) {
            last["usage"] = self::usage(usage);
        }
        pieces.push(Piece::other(sse::data(&last)));
    }
    if script.usage != UsageScript::Early {
        pieces.extend(asked_usage.map(usage_only));
    }
    if !script.without_terminal {
        pieces.push(Piece::other(sse::DONE.to_owned()));
    }
    pieces
}

pub(super) fn error(status: u16, message: &str) -> Value {
    let kind = match status {
        401 | 403 => "authentication_error",
        429 => "rate_limit_error",
        400..=499 => "invalid_request_error",
        _ => "server_error",
    };
    json!({"error": {"message": message, "type": kind, "param": null, "code": null}})
}

fn finish(said: &Said, script: &Script) -> Option<&'static str> {
    let reason = if said.tool.is_some() {
        "tool_calls"
    } else if said.is_capped {
        "length"
    } else {
        "stop"
    };
    (!script.without_finish).then_some(reason)
}

fn usage(usage: Reported) -> Value {
    json!({
        "prompt_tokens": usage.input, "completion_tokens": usage.output, "total_tokens": usage.input.saturating_add(usage.output),
        "prompt_tokens_details": {"cached_tokens": usage.cached, "audio_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": 0, "audio_tokens": 0, "accepted_prediction_tokens": 0, "rejected_prediction_tokens": 0},
    })
}
