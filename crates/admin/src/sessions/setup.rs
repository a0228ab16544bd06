//! `POST /api/session/setup`

use std::sync::Arc;

use axum::{Extension, extract::State};
use http::{HeaderMap, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::ToSchema;
use waypost_store::{AdminRole, Change, KeyDigest, Opener, PasswordRecord, StoreError};
use waypost_types::Secret;

use super::{ADMINISTRATOR, SessionView, SignedIn, actor, password};
use crate::{
    ACCOUNT, Admin, Peer,
    body::{Body, REQUIRED, Sent},
    change::{NotChanged, Noted},
    envelope::Envelope,
    refusal::{Noun, Refused, code},
};

/// The first password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Setup {
    /// What the setup link ends with: `wps_` and 43 characters.
    token: String,
    /// The password.
    password: String,
}

impl Body for Setup {
    const REQUIRED: &'static [(&'static str, &'static str)] = &[("token", REQUIRED), ("password", REQUIRED)];
}

/// Sets the first password and signs in. The link works once; a start without a password prints a new one.
#[utoipa::path(
    post,
    path = "/api/session/setup",
    tag = "Session",
    request_body = Setup,
    responses(
        (status = 200, body = Envelope<SessionView>),
        (status = 401, description = "The link was used, or replaced by a newer one."),
        (status = 429, description = "Too many failed tries."),
    ),
)]
pub(crate) async fn setup(
    State(admin): State<Arc<Admin>>,
    peer: Option<Extension<Peer>>,
    headers: HeaderMap,
    Sent(body): Sent<Setup>,
) -> SignedIn {
    let from = peer.map(|peer| peer.0.0);
    let (link, password) = (Secret::new(body.token), Secret::new(body.password));
    password::check("password", &password)?;
    admin.may_try(from)?;
    // Opened to digest it.
    let sha256 = KeyDigest::of(link.expose().trim().as_bytes());
    if !admin.config.sessions().is_setup_link(&sha256).await.noun(super::NOUN)? {
        return Err(used_up());
    }
    let hash = admin.sign_ins.passwords.hash(password, &*admin.random).await?;
    let (token, session) = admin.new_session(ADMINISTRATOR.to_owned(), AdminRole::Admin, Opener::Password);
    let noted = Noted {
        account: ACCOUNT,
        gateway: None,
        action: "created",
        object: "password",
        object_id: ADMINISTRATOR,
        before: Value::Null,
        after: json!({"by": "setup link"}),
    };
    // The link first: of two who use it at the same time, one changes nothing.
    let mut changes = vec![
        Change::UseSetupLink { sha256 },
        Change::SetPassword(PasswordRecord { hash, set_at: admin.clock.now() }),
        Change::DeleteSessionsOf(Opener::Password),
    ];
    changes.extend(admin.replacing(&headers, session.clone()));
    match admin.change(&actor(session.clone(), from), noted, changes).await {
        Ok(()) => {}
        Err(NotChanged::Store(StoreError::NotFound)) => return Err(used_up()),
        Err(error) => return Err(error.refused(super::NOUN)),
    }
    admin.succeeded(from);
    admin.signed_in(&headers, &session, &token)
}

fn used_up() -> Refused {
    let message = "This setup link was used already, or a newer one exists. Without a password, each start of the gateway \
                   prints a new one.";
    Refused::new(StatusCode::UNAUTHORIZED, code::AUTHENTICATION, message)
}
