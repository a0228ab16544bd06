//! API keys that callers hold, and tokens of administrators. Only digests are stored (S13).

use std::fmt;

use aws_lc_rs::digest;
use serde::{Deserialize, Serialize};
use waypost_types::{LimitKind, Metadata, UnixMs};

use crate::settings::Technique;

/// SHA-256 of a key or token. Finding a row by it compares digests, not secrets, so timing tells nothing (A83).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyDigest(pub [u8; 32]);

impl KeyDigest {
    /// The digest of a key as the caller sends it.
    pub fn of(key: &[u8]) -> Self {
        let mut bytes = [0; 32];
        for (to, from) in bytes.iter_mut().zip(digest::digest(&digest::SHA256, key).as_ref()) {
            *to = *from;
        }
        Self(bytes)
    }
}

impl fmt::Debug for KeyDigest {
    /// Digests are not secrets, but nobody needs them in a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyDigest(…)")
    }
}

/// A key that an application calls with.
#[derive(Clone, Debug, PartialEq)]
pub struct ApiKeyRecord {
    /// Id.
    pub id: String,
    /// Account name.
    pub account: String,
    /// The one gateway it opens; `None` opens all of the account.
    pub gateway: Option<String>,
    /// Name for people.
    pub label: String,
    /// First characters of the key, for people to tell keys apart.
    pub prefix: String,
    /// Digest of the key.
    pub sha256: KeyDigest,
    /// Names of the routes that it may call; empty allows every route.
    pub routes: Vec<String>,
    /// `provider/model` names that it may call, `*` at the end stands for the rest; empty allows every model.
    pub models: Vec<String>,
    /// Headers that it may use.
    pub permissions: Permissions,
    /// Which permissions people chose.
    pub preset: Preset,
    /// Metadata that replaces what the caller sends.
    pub pinned_metadata: Metadata,
    /// Limits of this key alone.
    pub limits: Vec<KeyLimit>,
    /// When it was created.
    pub created_at: UnixMs,
    /// From then on it is not accepted.
    pub expires_at: Option<UnixMs>,
    /// When it was revoked.
    pub revoked_at: Option<UnixMs>,
    /// When it was last seen, to the minute.
    pub last_used_at: Option<UnixMs>,
}

impl ApiKeyRecord {
    /// Neither revoked nor expired.
    pub fn is_live(&self, now: UnixMs) -> bool {
        self.revoked_at.is_none() && self.expires_at.is_none_or(|expires_at| now < expires_at)
    }
}

/// Headers that weaken controls, and whether a key may use them (D15, S07).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Permissions {
    /// `cf-aig-custom-cost`.
    pub custom_cost: bool,
    /// `cf-aig-cache-key`.
    pub cache_key: bool,
    /// `cf-aig-skip-cache`.
    pub skip_cache: bool,
    /// `cf-aig-collect-log` and `cf-aig-collect-log-payload`.
    pub skip_log: bool,
}

impl Permissions {
    /// All of them: preset *Backend*.
    pub const ALL: Self = Self { custom_cost: true, cache_key: true, skip_cache: true, skip_log: true };
    /// None of them: preset *App*.
    pub const NONE: Self = Self { custom_cost: false, cache_key: false, skip_cache: false, skip_log: false };
}

/// A choice of permissions that has a name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Preset {
    /// A program that users can read or change: no permissions.
    #[default]
    App,
    /// A server that is trusted: all permissions.
    Backend,
    /// Chosen one by one.
    Custom,
}

/// A limit of one API key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyLimit {
    /// Requests or money.
    pub kind: LimitKind,
    /// Requests, or 10⁻¹² USD.
    pub limit: i64,
    /// Seconds.
    pub window: u64,
    /// How the window moves.
    #[serde(default)]
    pub technique: Technique,
}

/// What an administrator may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AdminRole {
    /// Read.
    Viewer,
    /// Read, and change routes.
    Editor,
    /// Everything.
    Admin,
}

/// A token for the management API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdminTokenRecord {
    /// Id.
    pub id: String,
    /// Name for people and the audit.
    pub label: String,
    /// Digest of the token.
    pub sha256: KeyDigest,
    /// What it may do.
    pub role: AdminRole,
    /// When it was created.
    pub created_at: UnixMs,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_is_sha_256() {
        // FIPS 180-2, appendix B.1.
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        let digest = KeyDigest::of(b"abc");
        let text: String = digest.0.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(text, expected);
        assert_eq!(format!("{digest:?}"), "KeyDigest(…)");
    }

    #[test]
    fn roles_are_ordered() {
        assert!(AdminRole::Viewer < AdminRole::Editor && AdminRole::Editor < AdminRole::Admin);
    }
}
