//! `POST /api/previews`

use std::sync::Arc;

use axum::extract::State;
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    Admin,
    body::{Body, REQUIRED, Sent},
    envelope::{Answer, Envelope, one},
    ids::text_of_256_bits,
};

/// HTML to look at.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewPreview {
    /// As the model wrote it.
    html: String,
}

impl Body for NewPreview {
    const REQUIRED: &'static [(&'static str, &'static str)] = &[("html", REQUIRED)];
}

/// Where to look at it.
#[derive(Serialize, ToSchema)]
pub(crate) struct CreatedPreview {
    /// It is at `/preview/{id}` for ten minutes.
    id: String,
}

/// Keeps HTML for a few minutes, so that a frame can show it without being part of the page around it.
#[utoipa::path(
    post,
    path = "/api/previews",
    tag = "Previews",
    request_body = NewPreview,
    responses((status = 200, body = Envelope<CreatedPreview>)),
)]
pub(crate) async fn create(State(admin): State<Arc<Admin>>, Sent(body): Sent<NewPreview>) -> Answer<CreatedPreview> {
    let id = text_of_256_bits(&*admin.random);
    admin.previews.put(id.clone(), Bytes::from(body.html), admin.clock.now());
    one(CreatedPreview { id })
}
