//! The one place where a [`Refusal`] becomes bytes (invariant I11), in Cloudflare's shape plus our word for it.

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use serde::Serialize;
use waypost_types::RequestId;

use crate::{Outgoing, Refusal};

/// Source: `docs/reference/errors.md`; the array is called `error`, singular, on the data plane.
#[derive(Serialize)]
struct ErrorBody<'a> {
    success: bool,
    result: [(); 0],
    messages: [(); 0],
    error: [ErrorItem<'a>; 1],
    name: &'static str,
    #[serde(rename = "httpCode")]
    http_code: u16,
    #[serde(rename = "internalCode")]
    internal_code: u32,
    message: &'a str,
    description: &'a str,
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    param: Option<&'a str>,
    request_id: String,
}

#[derive(Serialize)]
struct ErrorItem<'a> {
    code: u32,
    message: &'a str,
}

/// The answer for a refusal: JSON body, status, `retry-after` where it helps. Headers that every answer carries are the
/// caller's business ([`crate::flight`]).
pub fn respond(refusal: &Refusal, id: RequestId) -> Response<Outgoing> {
    let status = refusal.http_status();
    let body = ErrorBody {
        success: false,
        result: [],
        messages: [],
        error: [ErrorItem { code: refusal.kind.code(), message: &refusal.message }],
        name: "AiGatewayError",
        http_code: status,
        internal_code: refusal.kind.code(),
        message: &refusal.message,
        description: refusal.description.as_deref().unwrap_or(&refusal.message),
        kind: refusal.kind.as_str(),
        param: refusal.param.as_deref(),
        request_id: id.to_string(),
    };
    let mut response = Response::new(Outgoing::full(Bytes::from(serde_json::to_vec(&body).unwrap_or_default())));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if let Some(seconds) = refusal.retry_after_s {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}
