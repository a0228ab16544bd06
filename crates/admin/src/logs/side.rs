//! A stored prompt or answer as it went over the wire, without an envelope.

use axum::response::{IntoResponse, Response};
use http::{HeaderName, HeaderValue, StatusCode, header};
use waypost_store::{
    StoreError,
    log::{Payload, Side},
};

use crate::{
    Admin,
    refusal::{Noun, Outcome, Refused, code},
};

/// Says whether the bytes are all that there were.
const COMPLETE: HeaderName = HeaderName::from_static("waypost-complete");

pub(super) async fn side(admin: &Admin, account: &str, gateway: &str, id: &str, side: Side) -> Outcome<Response> {
    let gateway = admin.gateway(account, gateway).await?.name();
    let row = admin.log(&gateway, super::id(id)?).await?;
    match admin.logs.payload(&gateway, row.record.id, side, None).await {
        Ok(payload) => Ok(raw(payload)),
        Err(StoreError::NotFound) => {
            let noun = match side {
                Side::Request => "The request of this log was not stored",
                Side::Response => "The response of this log was not stored",
            };
            Err(Refused::new(StatusCode::NOT_FOUND, code::NOT_FOUND, noun))
        }
        Err(error) => Err(error).noun(super::NOUN),
    }
}

/// What providers and callers wrote must not run as a page of this origin.
fn raw(payload: Payload) -> Response {
    let is_complete = payload.is_complete();
    let kind = payload.content_type.as_deref().and_then(|kind| HeaderValue::from_str(kind).ok());
    let headers = [
        (header::CONTENT_TYPE, kind.unwrap_or(HeaderValue::from_static("application/octet-stream"))),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; sandbox")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (COMPLETE, HeaderValue::from_static(if is_complete { "true" } else { "false" })),
    ];
    (headers, payload.body).into_response()
}
