//! Errors in Cloudflare's envelope. Source: `developers.cloudflare.com/workers-ai/platform/errors` (2026-11).

use crate::formats::tree::{Json, object};

fn envelope(code: u32, message: &str) -> Json {
    object! {
        "result": object! {},
        "success": false,
        "errors": vec![object! { "code": code, "message": message }],
        "messages": Vec::new(),
    }
}

pub(crate) fn encode(status: u16, message: &str) -> Json {
    envelope(u32::from(status), message)
}

pub(crate) fn in_stream(kind: &str, code: u32, message: &str, request_id: &str) -> Json {
    let error = object! { "code": code, "message": message, "type": kind, "request_id": request_id };
    object! { "errors": vec![error], "success": false }
}

/// `{"errors": [{"message"}]}`; our own gateway and the newer models say `error`.
pub(crate) fn message(json: &Json) -> Option<&str> {
    let first = |key: &str| json.get(key)?.as_list()?.first()?.get("message")?.as_str();
    let openai = || crate::formats::openai_chat::error::message(json);
    first("errors").or_else(|| first("error")).or_else(openai)
}
