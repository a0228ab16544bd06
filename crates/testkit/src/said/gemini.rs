//! Gemini generateContent.

use serde_json::{Value, json};

use super::{Piece, Reported, Said};
use crate::{
    script::{Script, UsageScript},
    sse,
};

/// What a caller must send back unchanged in a tool loop.
const SIGNATURE: &str = "CiQBVKhc7kX0dGVzdC1zaWduYXR1cmU=";

pub(super) fn whole(said: &Said, script: &Script) -> Value {
    let mut parts: Vec<Value> = thought(said).into_iter().collect();
    match call(said) {
        Some(call) => parts.push(call),
        None => parts.push(json!({"text": said.text()})),
    }
    chunk(said, parts, finish(said, script), said.usage)
}

pub(super) fn pieces(said: &Said, script: &Script, is_sse: bool) -> Vec<Piece> {
    let mut chunks: Vec<(Value, u64)> = Vec::new();
    let early = said.usage.filter(|_| script.usage == UsageScript::Early);
    chunks.extend(thought(said).map(|part| (chunk(said, vec![part], None, early), 0)));
    if let Some(call) = call(said) {
        chunks.push((chunk(said, vec![call], finish(said, script), said.usage), 0));
    } else {
        for (index, word) in said.words.iter().enumerate() {
            let is_last = index + 1 == said.words.len();
            let so_far = said.usage.map(|usage| Reported { output: usage.output.min(index as i64 + 1), ..usage });
            let usage = match script.usage {
                UsageScript::Early => said.usage.filter(|_| index == 0),
                _ if is_last => said.usage,
                _ => so_far,
            };
            chunks.push((chunk(said, vec![json!({"text": word})], finish(said, script).filter(|_| is_last), usage), 1));
        }
        if said.words.is_empty() {
            chunks.push((chunk(said, vec![json!({"text": ""})], finish(said, script), said.usage), 0));
        }
    }
    if script.usage == UsageScript::Twice {
        chunks.push((json!({"usageMetadata": said.usage.map(usage), "modelVersion": said.model}), 0));
    }

    let count = chunks.len();
    let frame = |(index, (chunk, tokens)): (usize, (Value, u64))| {
        let text = if is_sse {
            sse::event(None, &chunk.to_string()).replace('\n', "\r\n")
        } else {
            let (open, close) = (if index == 0 { "[" } else { ",\r\n" }, if index + 1 == count { "]" } else { "" });
            format!("{open}{chunk:#}{close}")
        };
        Piece { text, tokens }
    };
    chunks.into_iter().enumerate().map(frame).collect()
}

pub(super) fn error(status: u16, message: &str) -> Value {
    let kind = match status {
        400 => "INVALID_ARGUMENT",
        401 => "UNAUTHENTICATED",
        403 => "PERMISSION_DENIED",
        404 => "NOT_FOUND",
        429 => "RESOURCE_EXHAUSTED",
        503 => "UNAVAILABLE",
        _ => "INTERNAL",
    };
    json!({"error": {"code": status, "message": message, "status": kind}})
}

fn chunk(said: &Said, parts: Vec<Value>, finish: Option<&str>, usage: Option<Reported>) -> Value {
    let mut candidate = json!({"content": {"parts": parts, "role": "model"}, "index": 0});
    if let Some(finish) = finish {
        candidate["finishReason"] = json!(finish);
    }
    let mut chunk = json!({"candidates": [candidate], "modelVersion": said.model, "responseId": "test1"});
    if let Some(usage) = usage {
        chunk["usageMetadata"] = self::usage(usage);
    }
    chunk
}

fn thought(said: &Said) -> Option<Value> {
    said.reasoning.as_ref().map(|reasoning| json!({"text": reasoning, "thought": true}))
}

fn call(said: &Said) -> Option<Value> {
    let (name, arguments) = said.tool.as_ref()?;
    Some(json!({"functionCall": {"name": name, "args": arguments}, "thoughtSignature": SIGNATURE}))
}

fn finish(said: &Said, script: &Script) -> Option<&'static str> {
    let reason = if said.is_capped { "MAX_TOKENS" } else { "STOP" };
    (!script.without_finish).then_some(reason)
}

fn usage(usage: Reported) -> Value {
    let mut usage_metadata = json!({
        "promptTokenCount": usage.input, "candidatesTokenCount": usage.output,
        "totalTokenCount": usage.input.saturating_add(usage.output),
    });
    if usage.cached > 0 {
        usage_metadata["cachedContentTokenCount"] = json!(usage.cached);
    }
    usage_metadata
}
