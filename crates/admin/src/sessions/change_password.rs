//! `PUT /api/session/password`

use std::sync::Arc;

use axum::{Extension, extract::State, response::IntoResponse};
use http::HeaderMap;
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::ToSchema;
use waypost_store::{Change, Opener, PasswordRecord};
use waypost_types::Secret;

use super::{ADMINISTRATOR, SessionView, not_signed_in, password};
use crate::{
    ACCOUNT, Admin, Peer,
    access::{Actor, By},
    body::{Body, REQUIRED, Sent},
    change::{ChangeNoun, Noted},
    envelope::Envelope,
    refusal::{Noun, Outcome, Refused, place},
};

/// Another password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PasswordChange {
    /// The one until now. An admin token in `Authorization` needs none: this is how a forgotten password is replaced.
    current: Option<String>,
    /// The new one.
    new: String,
}

impl Body for PasswordChange {
    const REQUIRED: &'static [(&'static str, &'static str)] = &[("new", REQUIRED)];
}

/// Changes the administrator's password. Every session that the old one opened ends; the one that asks goes on under a new
/// cookie.
#[utoipa::path(
    put,
    path = "/api/session/password",
    tag = "Session",
    request_body = PasswordChange,
    responses(
        (status = 200, body = Envelope<SessionView>),
        (status = 429, description = "Too many failed tries."),
    ),
)]
pub(crate) async fn change_password(
    State(admin): State<Arc<Admin>>,
    peer: Option<Extension<Peer>>,
    Extension(actor): Extension<Actor>,
    headers: HeaderMap,
    Sent(body): Sent<PasswordChange>,
) -> Outcome<impl IntoResponse> {
    let from = peer.map(|peer| peer.0.0);
    let new = Secret::new(body.new);
    password::check("new", &new)?;
    let stored = admin.config.sessions().password().await.noun(super::NOUN)?;
    if let (By::Session(_), Some(stored)) = (&actor.by, &stored) {
        // Whoever finds an unlocked computer must not take the gateway over.
        let Some(current) = body.current.map(Secret::new) else {
            return Err(Refused::value(place!["body", "current"], REQUIRED));
        };
        admin.may_try(from)?;
        if !admin.sign_ins.passwords.verify(current, stored.hash.clone()).await? {
            return Err(not_signed_in());
        }
        admin.succeeded(from);
    }
    let hash = admin.sign_ins.passwords.hash(new, &*admin.random).await?;
    let noted = Noted {
        account: ACCOUNT,
        gateway: None,
        action: if stored.is_some() { "updated" } else { "created" },
        object: "password",
        object_id: ADMINISTRATOR,
        before: Value::Null,
        after: json!({"sessions": "signed out"}),
    };
    let mut changes = vec![
        Change::SetPassword(PasswordRecord { hash, set_at: admin.clock.now() }),
        Change::DeleteSessionsOf(Opener::Password),
    ];
    let renewed = match &actor.by {
        By::Session(session) => {
            let (token, session) = admin.new_session(session.label.clone(), session.role, session.opener.clone());
            changes.extend(admin.replacing(&headers, session.clone()));
            Some((token, session))
        }
        By::Token(_) => None,
    };
    admin.change(&actor, noted, changes).await.noun(super::NOUN)?;
    match renewed {
        Some((token, session)) => Ok(admin.signed_in(&headers, &session, &token)?.into_response()),
        None => Ok(super::get::get(axum::extract::State(admin), headers).await?.into_response()),
    }
}
