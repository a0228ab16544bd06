//! Who may: a bearer token, its role, and what the table asks for. Everything passes here, so nothing is served that
//! stands in no line of the table (S02).

use std::sync::Arc;

use axum::{
    extract::{DefaultBodyLimit, MatchedPath, Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, StatusCode, header};
use waypost_store::{AdminRole, AdminTokenRecord, KeyDigest, StoreError};

use crate::{
    Admin, Peer,
    limits::REQUEST_TIME_MAX,
    refusal::{Outcome, Refused, code},
    table::{self, Access},
};

/// Whoever sent the request.
#[derive(Clone, Debug)]
pub(crate) struct Actor {
    /// Label of the token.
    pub(crate) label: String,
    /// Its role.
    pub(crate) role: AdminRole,
    /// Where the request comes from, if known.
    pub(crate) from: Option<String>,
}

/// The layer around every URL.
pub(crate) async fn authorize(State(admin): State<Arc<Admin>>, mut request: Request, next: Next) -> Response {
    let entry = request.extensions().get::<MatchedPath>().and_then(|path| table::find(request.method(), path.as_str()));
    let Some(entry) = entry else {
        // Known URL, other method: the router answers 405.
        return next.run(request).await;
    };
    if let Access::Role(role) = entry.access {
        let digest = token(request.headers()).map(KeyDigest::of);
        let from = request.extensions().get::<Peer>().map(|peer| peer.0.to_string());
        match actor(&admin, digest, from).await.and_then(|actor| permit(actor, role)) {
            Ok(actor) => request.extensions_mut().insert(actor),
            Err(refused) => return refused.into_response(),
        };
    }
    DefaultBodyLimit::max(entry.body_bytes_max).apply(&mut request);
    match tokio::time::timeout(REQUEST_TIME_MAX, next.run(request)).await {
        Ok(response) => response,
        Err(_) => {
            Refused::unavailable("This took too long and was given up. Try again with less at once.").into_response()
        }
    }
}

/// Looking a digest up compares digests, so timing says nothing about the token (A83).
async fn actor(admin: &Admin, digest: Option<KeyDigest>, from: Option<String>) -> Outcome<Actor> {
    let digest = digest.ok_or_else(unauthenticated)?;
    let found = admin.config.admin_tokens().find(&digest).await;
    let AdminTokenRecord { label, role, .. } = match found {
        Ok(record) => record,
        Err(StoreError::NotFound) => return Err(unauthenticated()),
        Err(error) => return Err(Refused::store(error, "Token")),
    };
    Ok(Actor { label, role, from })
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
    Err(Refused::forbidden(format!("This needs the role {}; the token has {}.", name(role), name(actor.role))))
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
