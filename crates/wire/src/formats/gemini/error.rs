//! Errors in Google's shape. Source: `cloud.google.com/apis/design/errors` (2026-11).

use crate::formats::tree::{Json, object};

/// Google's word for a status.
const fn status_of(status: u16) -> &'static str {
    match status {
        401 => "UNAUTHENTICATED",
        403 => "PERMISSION_DENIED",
        404 => "NOT_FOUND",
        409 => "ABORTED",
        429 => "RESOURCE_EXHAUSTED",
        400..=499 => "INVALID_ARGUMENT",
        501 => "UNIMPLEMENTED",
        503 => "UNAVAILABLE",
        504 => "DEADLINE_EXCEEDED",
        _ => "INTERNAL",
    }
}

pub(crate) fn encode(status: u16, message: &str) -> Json {
    let error = object! { "code": u32::from(status), "message": message, "status": status_of(status) };
    object! { "error": error }
}

pub(crate) fn in_stream(kind: &str, code: u32, message: &str, request_id: &str) -> Json {
    let error = object! { "code": code, "message": message, "status": kind, "request_id": request_id };
    object! { "error": error }
}

/// `{"error": {"message"}}`, also inside an array: streams without `alt=sse` wrap it.
pub(crate) fn message(json: &Json) -> Option<&str> {
    let json = json.as_list().map_or(Some(json), |items| items.first())?;
    json.at(&["error", "message"])?.as_str()
}
