//! `GET /api/session`

use std::sync::Arc;

use axum::extract::State;
use http::HeaderMap;

use super::{SessionView, UserView, csrf_token, token_of};
use crate::{
    Admin, access,
    access::By,
    envelope::{Answer, Envelope, one},
};

/// Who is signed in. Anybody may ask: a page has to know whether to show itself, a sign-in or the setup.
#[utoipa::path(
    get,
    path = "/api/session",
    tag = "Session",
    responses((status = 200, body = Envelope<SessionView>)),
)]
pub(crate) async fn get(State(admin): State<Arc<Admin>>, headers: HeaderMap) -> Answer<SessionView> {
    let actor = admin.actor(&headers, None).await?;
    let is_session = actor.as_ref().is_some_and(|actor| matches!(actor.by, By::Session(_)));
    let csrf_token = token_of(&headers).filter(|_| is_session).map(csrf_token);
    one(SessionView {
        setup_required: !admin.has_password().await?,
        signed_in: actor.is_some(),
        user: actor.map(|actor| UserView { label: actor.label, role: access::name(actor.role) }),
        csrf_token,
        version: env!("CARGO_PKG_VERSION"),
        listen_url: admin.base_url.clone(),
    })
}
