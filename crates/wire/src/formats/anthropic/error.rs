//! Errors in Anthropic's shape. Source: `platform.claude.com/docs/en/api/errors` (2026-11).

use crate::formats::tree::{Json, object};

/// Anthropic's word for a status; the list is closed.
const fn kind_of(status: u16) -> &'static str {
    match status {
        401 => "authentication_error",
        402 => "billing_error",
        403 => "permission_error",
        404 => "not_found_error",
        413 => "request_too_large",
        429 => "rate_limit_error",
        504 => "timeout_error",
        529 => "overloaded_error",
        400..=499 => "invalid_request_error",
        _ => "api_error",
    }
}

pub(crate) fn encode(status: u16, message: &str) -> Json {
    object! { "type": "error", "error": object! { "type": kind_of(status), "message": message } }
}

pub(crate) fn in_stream(kind: &str, code: u32, message: &str, request_id: &str) -> Json {
    let error = object! { "type": kind, "message": message, "code": code };
    object! { "type": "error", "error": error, "request_id": request_id }
}

/// `{"type": "error", "error": {"message"}}`
pub(crate) fn message(json: &Json) -> Option<&str> {
    json.at(&["error", "message"])?.as_str()
}
