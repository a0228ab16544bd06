//! `POST /api/session`

use std::sync::Arc;

use axum::{Extension, extract::State};
use http::HeaderMap;
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::ToSchema;
use waypost_store::{AdminRole, KeyDigest, Opener, StoreError};
use waypost_types::Secret;

use super::{ADMINISTRATOR, SessionView, SignedIn, actor, not_signed_in};
use crate::{
    ACCOUNT, Admin, Peer,
    access::name,
    body::{Body, Sent},
    change::{ChangeNoun, Noted},
    envelope::Envelope,
    refusal::{Noun, Outcome, Refused, place},
};

/// What somebody signs in with: one of the two.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Credentials {
    /// The administrator's password.
    password: Option<String>,
    /// An admin token: the session has its label and its role.
    token: Option<String>,
}

impl Body for Credentials {}

/// Signs in. The answer sets the cookie `waypost_session`; whoever was signed in with this browser before is signed out.
#[utoipa::path(
    post,
    path = "/api/session",
    tag = "Session",
    request_body = Credentials,
    responses(
        (status = 200, body = Envelope<SessionView>),
        (status = 401, description = "Wrong, whatever it is that is wrong."),
        (status = 429, description = "Too many failed tries."),
    ),
)]
pub(crate) async fn open(
    State(admin): State<Arc<Admin>>,
    peer: Option<Extension<Peer>>,
    headers: HeaderMap,
    Sent(body): Sent<Credentials>,
) -> SignedIn {
    let from = peer.map(|peer| peer.0.0);
    admin.refuse_while_open().await?;
    admin.may_try(from)?;
    let Some((label, role, opener)) = (match (body.password, body.token) {
        (Some(password), None) => admin.by_password(Secret::new(password)).await?,
        (None, Some(token)) => admin.by_token(&Secret::new(token)).await?,
        _ => return Err(Refused::value(place!["body"], "Send either password or token.")),
    }) else {
        tracing::warn!(from = ?from, "somebody failed to sign in");
        return Err(not_signed_in());
    };
    admin.succeeded(from);
    let (token, session) = admin.new_session(label, role, opener);
    let noted = Noted {
        account: ACCOUNT,
        gateway: None,
        action: "signed_in",
        object: "session",
        object_id: &session.label,
        before: Value::Null,
        after: json!({"role": name(role)}),
    };
    let changes = admin.replacing(&headers, session.clone());
    admin.change(&actor(session.clone(), from), noted, changes).await.noun(super::NOUN)?;
    admin.signed_in(&headers, &session, &token)
}

type Found = Option<(String, AdminRole, Opener)>;

impl Admin {
    async fn by_password(&self, password: Secret) -> Outcome<Found> {
        let Some(stored) = self.config.sessions().password().await.noun(super::NOUN)? else { return Ok(None) };
        let is_right = self.sign_ins.passwords.verify(password, stored.hash).await?;
        Ok(is_right.then(|| (ADMINISTRATOR.to_owned(), AdminRole::Admin, Opener::Password)))
    }

    async fn by_token(&self, token: &Secret) -> Outcome<Found> {
        // Opened to digest it.
        match self.config.admin_tokens().find(&KeyDigest::of(token.expose().trim().as_bytes())).await {
            Ok(record) => Ok(Some((record.label, record.role, Opener::Token(record.id)))),
            Err(StoreError::NotFound) => Ok(None),
            Err(error) => Err(Refused::store(error, super::NOUN)),
        }
    }
}
