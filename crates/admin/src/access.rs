//! Who may: a bearer token or a session, its role, and what the table asks for. Everything passes here, so nothing is
//! served that stands in no line of the table (S02).

use std::{net::IpAddr, sync::Arc};

use axum::{
    extract::{DefaultBodyLimit, MatchedPath, Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, StatusCode, header, request::Parts};
use waypost_store::{AdminRole, AdminTokenRecord, KeyDigest, Opener, SessionRecord, StoreError};

use crate::{
    Admin, Peer, origin,
    refusal::{Outcome, Refused, code},
    sessions,
    table::{self, Access},
};

/// Whoever sent the request.
#[derive(Clone, Debug)]
pub(crate) struct Actor {
    /// Label of the token or session.
    pub(crate) label: String,
    /// Its role.
    pub(crate) role: AdminRole,
    /// Where the request comes from, if known.
    pub(crate) from: Option<String>,
    /// How the request shows who sent it.
    pub(crate) by: By,
}

/// How a request shows who sent it.
#[derive(Clone, Debug)]
pub(crate) enum By {
    /// The admin token with this id, in a header.
    Token(String),
    /// A session's cookie.
    Session(SessionRecord),
}

impl By {
    /// What the sessions of the same person were opened with.
    pub(crate) fn opener(&self) -> Opener {
        match self {
            Self::Token(id) => Opener::Token(id.clone()),
            Self::Session(session) => session.opener.clone(),
        }
    }
}

/// The layer around every URL.
pub(crate) async fn authorize(State(admin): State<Arc<Admin>>, request: Request, next: Next) -> Response {
    let entry = request.extensions().get::<MatchedPath>().and_then(|path| table::find(request.method(), path.as_str()));
    let Some(entry) = entry else {
        // Known URL, other method: the router answers 405.
        return next.run(request).await;
    };
    let (mut parts, body) = request.into_parts();
    if let Err(refused) = origin::check(&parts.method, &parts.uri, &parts.headers) {
        return refused.into_response();
    }
    if let Access::Role(role) = entry.access {
        match admin.permitted(&parts, role).await {
            Ok(actor) => parts.extensions.insert(actor),
            Err(refused) => return refused.into_response(),
        };
    }
    let mut request = Request::from_parts(parts, body);
    DefaultBodyLimit::max(entry.body_bytes_max).apply(&mut request);
    match tokio::time::timeout(entry.time_max, next.run(request)).await {
        Ok(response) => response,
        Err(_) => {
            Refused::unavailable("This took too long and was given up. Try again with less at once.").into_response()
        }
    }
}

impl Admin {
    /// Whoever sent a request that needs a role.
    async fn permitted(&self, parts: &Parts, role: AdminRole) -> Outcome<Actor> {
        let from = parts.extensions.get::<Peer>().map(|peer| peer.0);
        let actor = self.actor(&parts.headers, from).await?.ok_or_else(unauthenticated)?;
        if matches!(actor.by, By::Session(_)) {
            // A browser adds the cookie by itself, whoever made it send the request.
            origin::check_with_cookie(&parts.method, &parts.headers)?;
            let session = sessions::token_of(&parts.headers).unwrap_or_default();
            if !parts.method.is_safe() && !sessions::has_csrf_token(&parts.headers, session) {
                let message = format!("Send the session's csrf_token in the header {}.", sessions::CSRF_HEADER);
                return Err(Refused::forbidden(message));
            }
        }
        self.refuse_while_open().await?;
        permit(actor, role)
    }

    /// Whoever sent a request with these headers. A token counts, where there is one: the cookie is not looked at then.
    /// Looking a digest up compares digests, so timing says nothing about the token (A83).
    pub(crate) async fn actor(&self, headers: &HeaderMap, from: Option<IpAddr>) -> Outcome<Option<Actor>> {
        let Some(digest) = token(headers).map(KeyDigest::of) else {
            let Some(token) = sessions::token_of(headers) else { return Ok(None) };
            return Ok(self.session(token).await?.map(|session| sessions::actor(session, from)));
        };
        match self.config.admin_tokens().find(&digest).await {
            Ok(AdminTokenRecord { id, label, role, .. }) => {
                Ok(Some(Actor { label, role, from: from.map(|from| from.to_string()), by: By::Token(id) }))
            }
            Err(StoreError::NotFound) => Ok(None),
            Err(error) => Err(Refused::store(error, "Token")),
        }
    }
}

/// `Authorization: Bearer …`, or the header that SDKs send for Cloudflare's older keys.
fn token(headers: &HeaderMap) -> Option<&[u8]> {
    let bearer = headers.get(header::AUTHORIZATION).and_then(|value| {
        let (scheme, token) = value.as_bytes().split_at_checked(7)?;
        scheme.eq_ignore_ascii_case(b"bearer ").then(|| token.trim_ascii())
    });
    let legacy = || headers.get("x-auth-key").map(|value| value.as_bytes().trim_ascii());
    bearer.or_else(legacy).filter(|token| !token.is_empty())
}

fn permit(actor: Actor, role: AdminRole) -> Outcome<Actor> {
    if actor.role >= role {
        return Ok(actor);
    }
    Err(Refused::forbidden(format!("This needs the role {}; yours is {}.", name(role), name(actor.role))))
}

fn unauthenticated() -> Refused {
    Refused::new(StatusCode::UNAUTHORIZED, code::AUTHENTICATION, "Authentication error")
}

/// The role as it is written.
pub(crate) const fn name(role: AdminRole) -> &'static str {
    match role {
        AdminRole::Viewer => "viewer",
        AdminRole::Editor => "editor",
        AdminRole::Admin => "admin",
    }
}
