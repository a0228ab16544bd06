//! Errors in OpenAI's shape. Source: `platform.openai.com/docs/guides/error-codes` (2026-11).

use crate::formats::tree::{Json, object};

pub(crate) fn encode(kind: &str, message: &str) -> Json {
    let error = object! { "message": message, "type": kind, "param": Json::Null, "code": Json::Null };
    object! { "error": error }
}

pub(crate) fn in_stream(kind: &str, code: u32, message: &str, request_id: &str) -> Json {
    let error = object! {
        "message": message,
        "type": kind,
        "param": Json::Null,
        "code": code,
        "request_id": request_id,
    };
    object! { "error": error }
}

/// `{"error": {"message"}}` or `{"error": "…"}`
pub(crate) fn message(json: &Json) -> Option<&str> {
    let error = json.get("error")?;
    error.as_str().or_else(|| error.get("message")?.as_str())
}
