//! Who is signed in to the dashboard, and with what: the administrator's password, the link that sets it, and sessions.

use waypost_types::UnixMs;

use crate::{AdminRole, KeyDigest};

/// The administrator's password. There is one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PasswordRecord {
    /// Its argon2id hash in PHC form; never returned by the management API (S13).
    pub hash: String,
    /// When it was set.
    pub set_at: UnixMs,
}

/// What a session was opened with. The session ends with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Opener {
    /// The administrator's password.
    Password,
    /// The admin token with this id.
    Token(String),
}

/// Somebody who is signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionRecord {
    /// Digest of what the cookie holds.
    pub sha256: KeyDigest,
    /// Name for people and the audit.
    pub label: String,
    /// What it may do.
    pub role: AdminRole,
    /// What it was opened with.
    pub opener: Opener,
    /// When it was opened.
    pub created_at: UnixMs,
    /// When it was last used, to some minutes.
    pub seen_at: UnixMs,
}
