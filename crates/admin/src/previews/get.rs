//! `GET /preview/{id}`

use std::sync::Arc;

use axum::{
    extract::{Path, State},
    response::IntoResponse,
};
use http::header;

use crate::{
    Admin,
    refusal::{Outcome, Refused},
};

/// Nothing runs, nothing is loaded, and the page belongs to no origin; only our own pages may frame it.
const POLICY: &str = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'";

/// HTML that `POST /api/previews` took. The id is all that is asked for: a frame without an origin has no session.
#[utoipa::path(
    get,
    path = "/preview/{id}",
    tag = "Previews",
    params(("id" = String, Path)),
    responses((status = 200, content_type = "text/html", body = String)),
)]
pub(crate) async fn get(State(admin): State<Arc<Admin>>, Path(id): Path<String>) -> Outcome<impl IntoResponse> {
    let html = admin.previews.get(&id, admin.clock.now()).ok_or_else(|| Refused::not_found("Preview"))?;
    let headers = [(header::CONTENT_TYPE, "text/html; charset=utf-8"), (header::CONTENT_SECURITY_POLICY, POLICY)];
    Ok((headers, html))
}
