//! Who is signed in to the dashboard (S13, S14, S16). A session is a random text in a cookie, of which only the digest is
//! stored, so that a restart signs nobody out and a copy of the database signs nobody in. It is opened by the
//! administrator's password or by an admin token, and ends with it.

pub(crate) mod change_password;
pub(crate) mod close;
pub(crate) mod close_all;
mod cookie;
pub(crate) mod get;
pub(crate) mod open;
mod password;
pub(crate) mod setup;
mod throttle;

use std::net::IpAddr;

use axum::{Json, response::IntoResponse};
use http::{HeaderMap, StatusCode, header};
use serde::Serialize;
use utoipa::ToSchema;
use waypost_store::{AdminRole, Change, KeyDigest, Opener, SessionRecord};
use waypost_types::{Secret, UnixMs};

use self::{password::Passwords, throttle::Throttle};
use crate::{
    Admin,
    access::{self, Actor, By},
    envelope::Envelope,
    ids::{base64_url, text_of_256_bits},
    limits::{SESSION_IDLE_MAX, SESSION_LIFE_MAX, SESSION_SEEN_EVERY, SESSIONS_MAX},
    refusal::{Noun, Outcome, Refused, code},
};

pub(crate) use cookie::token_of;

pub(crate) const NOUN: &str = "Session";
/// Label of whoever signed in with the administrator's password.
const ADMINISTRATOR: &str = "admin";
/// The header that proves that a page of ours sent a change: foreign pages can neither read nor set it.
pub(crate) const CSRF_HEADER: &str = "x-waypost-csrf";

/// What signing in needs to remember between requests: failed tries, and how many passwords are being hashed.
#[derive(Default)]
pub struct SignIns {
    throttle: Throttle,
    passwords: Passwords,
}

/// Who is signed in, and what a page has to know before anybody is.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SessionView {
    /// No password is set: the setup link of the terminal sets the first one.
    setup_required: bool,
    /// The request came with a valid session or token.
    signed_in: bool,
    /// Who it is.
    user: Option<UserView>,
    /// Goes into the header `x-waypost-csrf` of every request that changes something; null without a session.
    csrf_token: Option<String>,
    /// Of this gateway.
    version: &'static str,
    /// Where callers reach it.
    listen_url: String,
}

/// Somebody who is signed in.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct UserView {
    /// `admin`, or the label of the token.
    label: String,
    /// `viewer`, `editor` or `admin`.
    role: &'static str,
}

/// An answer that sets the cookie.
pub(crate) type SignedIn = Outcome<([(header::HeaderName, String); 1], Json<Envelope<SessionView>>)>;

/// What proves that a page of ours sent a change. Made from the session's own secret, so that it needs no storage and
/// tells nothing about it.
fn csrf_token(session: &str) -> String {
    base64_url(&KeyDigest::of(format!("waypost csrf\0{session}").as_bytes()).0)
}

/// The header holds the session's own token. Digests are compared, so timing tells nothing (A83).
pub(crate) fn has_csrf_token(headers: &HeaderMap, session: &str) -> bool {
    headers
        .get(CSRF_HEADER)
        .is_some_and(|sent| KeyDigest::of(sent.as_bytes()) == KeyDigest::of(csrf_token(session).as_bytes()))
}

/// Neither idle for too long nor too old.
fn is_live(session: &SessionRecord, now: UnixMs) -> bool {
    let within = |since: UnixMs, most: std::time::Duration| {
        u128::try_from(now.0.saturating_sub(since.0)).unwrap_or(0) < most.as_millis()
    };
    within(session.seen_at, SESSION_IDLE_MAX) && within(session.created_at, SESSION_LIFE_MAX)
}

fn before(now: UnixMs, span: std::time::Duration) -> UnixMs {
    UnixMs(now.0.saturating_sub(i64::try_from(span.as_millis()).unwrap_or(i64::MAX)))
}

/// One text for everything that can be wrong, so that nobody learns what is right.
fn not_signed_in() -> Refused {
    Refused::new(
        StatusCode::UNAUTHORIZED,
        code::AUTHENTICATION,
        "This isn't right. Check what you typed and try again.",
    )
}

impl Admin {
    /// The live session of a cookie; `None` for one that was never given out, has ended or is too old.
    pub(crate) async fn session(&self, token: &str) -> Outcome<Option<SessionRecord>> {
        let found = self.config.sessions().find(&KeyDigest::of(token.as_bytes())).await;
        let session = match found {
            Ok(session) => session,
            Err(waypost_store::StoreError::NotFound) => return Ok(None),
            Err(error) => return Err(Refused::store(error, NOUN)),
        };
        let now = self.clock.now();
        if !is_live(&session, now) {
            return Ok(None);
        }
        if session.seen_at < before(now, SESSION_SEEN_EVERY) {
            let touch = Change::TouchSession { sha256: session.sha256, at: now };
            // The session serves all the same; it only seems idle for longer than it is.
            if let Err(error) = self.config.apply(vec![touch]).await {
                tracing::warn!(%error, "the use of a session could not be noted");
            }
        }
        Ok(Some(session))
    }

    /// S16: whoever can reach an address that is not loopback must not find a gateway that nobody has secured.
    pub(crate) async fn refuse_while_open(&self) -> Outcome<()> {
        if !self.is_exposed || self.has_password().await? {
            return Ok(());
        }
        Err(Refused::forbidden(
            "This gateway listens on an address that is not loopback, and nobody has secured it. Open the setup link that \
             the terminal shows and set a password, or start it with WAYPOST_ADMIN_TOKEN.",
        ))
    }

    async fn has_password(&self) -> Outcome<bool> {
        Ok(self.config.sessions().password().await.noun(NOUN)?.is_some())
    }

    /// A new session and the secret of its cookie. It is always a new one, so that nobody can be given a known one (A78).
    fn new_session(&self, label: String, role: AdminRole, opener: Opener) -> (Secret, SessionRecord) {
        let token = Secret::new(text_of_256_bits(&*self.random));
        let now = self.clock.now();
        // Opened to digest it.
        let sha256 = KeyDigest::of(token.expose().as_bytes());
        (token, SessionRecord { sha256, label, role, opener, created_at: now, seen_at: now })
    }

    /// The changes that replace the session of a request, if it had one, by a new one; old ones go with it.
    fn replacing(&self, headers: &HeaderMap, session: SessionRecord) -> Vec<Change> {
        let now = self.clock.now();
        let former = token_of(headers).map(|token| Change::DeleteSession { sha256: KeyDigest::of(token.as_bytes()) });
        let sweep = Change::SweepSessions {
            created_before: before(now, SESSION_LIFE_MAX),
            seen_before: before(now, SESSION_IDLE_MAX),
            keep: SESSIONS_MAX,
        };
        former.into_iter().chain([Change::InsertSession(session), sweep]).collect()
    }

    /// The answer to somebody who just signed in.
    fn signed_in(&self, headers: &HeaderMap, session: &SessionRecord, token: &Secret) -> SignedIn {
        // Opened for the cookie, the one place where it stands, and for what is made from it.
        let token = token.expose();
        let view = SessionView {
            setup_required: false,
            signed_in: true,
            user: Some(UserView { label: session.label.clone(), role: access::name(session.role) }),
            csrf_token: Some(csrf_token(token)),
            version: env!("CARGO_PKG_VERSION"),
            listen_url: self.base_url.clone(),
        };
        Ok(([(header::SET_COOKIE, cookie::set(headers, token))], Json(Envelope::of(view))))
    }

    /// Counts a try before it is judged, so that many at once are no way around it.
    fn may_try(&self, from: Option<IpAddr>) -> Outcome<()> {
        self.sign_ins.throttle.begin(from, self.clock.now()).map_err(|wait_seconds| {
            let message = format!("Too many failed tries. The next one is possible in {wait_seconds} s.");
            Refused::new(StatusCode::TOO_MANY_REQUESTS, code::AUTHENTICATION, message)
        })
    }

    /// A try succeeded.
    fn succeeded(&self, from: Option<IpAddr>) {
        self.sign_ins.throttle.forget(from);
    }
}

/// The actor that a session makes.
pub(crate) fn actor(session: SessionRecord, from: Option<IpAddr>) -> Actor {
    Actor {
        label: session.label.clone(),
        role: session.role,
        from: from.map(|from| from.to_string()),
        by: By::Session(session),
    }
}

/// An answer that ends the session of the browser.
fn signed_out(headers: &HeaderMap) -> impl IntoResponse + use<> {
    let view = SignedOut { signed_in: false };
    ([(header::SET_COOKIE, cookie::clear(headers))], Json(Envelope::of(view)))
}

/// Nobody is signed in any more.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SignedOut {
    /// False.
    signed_in: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session(created_at: i64, seen_at: i64) -> SessionRecord {
        SessionRecord {
            sha256: KeyDigest([0; 32]),
            label: "admin".to_owned(),
            role: AdminRole::Admin,
            opener: Opener::Password,
            created_at: UnixMs(created_at),
            seen_at: UnixMs(seen_at),
        }
    }

    #[test]
    fn s14_a_session_ends_when_it_is_idle_or_old() {
        const HOUR: i64 = 3_600_000;
        let day = 24 * HOUR;
        assert!(is_live(&session(0, 0), UnixMs(12 * HOUR - 1)));
        assert!(!is_live(&session(0, 0), UnixMs(12 * HOUR)));
        assert!(is_live(&session(0, 30 * day - HOUR), UnixMs(30 * day - 1)));
        assert!(!is_live(&session(0, 30 * day - HOUR), UnixMs(30 * day)));
        // A clock that was put back ends nothing.
        assert!(is_live(&session(5, 5), UnixMs(0)));
    }

    #[test]
    fn the_csrf_token_belongs_to_its_session() {
        let mut headers = HeaderMap::new();
        assert!(!has_csrf_token(&headers, "one"));
        headers.insert(CSRF_HEADER, csrf_token("one").parse().unwrap());
        assert!(has_csrf_token(&headers, "one"));
        assert!(!has_csrf_token(&headers, "two"));
        assert_eq!(csrf_token("one").len(), 43);
    }
}
