//! Who changed what.

use waypost_types::UnixMs;

/// One change, written in the transaction that makes it.
#[derive(Clone, Debug, PartialEq)]
pub struct AuditRecord {
    /// Id.
    pub id: String,
    /// Account name.
    pub account: String,
    /// The gateway it concerns, if one.
    pub gateway: Option<String>,
    /// When.
    pub at: UnixMs,
    /// Label of the admin token.
    pub actor: String,
    /// Address it came from, if known.
    pub from: Option<String>,
    /// What was done: `created`, `updated`, `deleted`, `deployed`, `revoked`.
    pub action: String,
    /// Kind of object: `gateway`, `route`, `provider_key` …
    pub object: String,
    /// Its id.
    pub object_id: String,
    /// Fields that changed, as they were; `null` for a new object. Never a secret.
    pub before: serde_json::Value,
    /// Fields that changed, as they are; `null` for one that is gone. Never a secret.
    pub after: serde_json::Value,
}
