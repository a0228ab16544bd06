//! Accounts and gateways.

use std::fmt;

use serde::{Deserialize, Serialize};
use waypost_types::UnixMs;

use crate::settings::GatewaySettings;

/// An account: the first segment of every URL. A single machine has one, `default`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountRecord {
    /// Name in URLs.
    pub id: String,
    /// When it was created.
    pub created_at: UnixMs,
}

/// Names one gateway of one account. Whatever belongs to a gateway is found only through its `GatewayRef`, so that an
/// id of another gateway is "not found" everywhere (A47).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct GatewayRef {
    /// Account name.
    pub account: String,
    /// Gateway id, unique within the account.
    pub id: String,
}

impl GatewayRef {
    /// The gateway `id` of `account`.
    pub fn new(account: impl Into<String>, id: impl Into<String>) -> Self {
        Self { account: account.into(), id: id.into() }
    }
}

impl fmt::Display for GatewayRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.account, self.id)
    }
}

/// A gateway.
#[derive(Clone, Debug, PartialEq)]
pub struct GatewayRecord {
    /// Account name.
    pub account: String,
    /// Id within the account; never changes.
    pub id: String,
    /// An id that is never used again, also when a gateway of the same name is created later.
    pub internal_id: String,
    /// Everything that PUT replaces.
    pub settings: GatewaySettings,
    /// When it was created.
    pub created_at: UnixMs,
    /// When its settings were last written.
    pub modified_at: UnixMs,
}

impl GatewayRecord {
    /// Its name.
    pub fn name(&self) -> GatewayRef {
        GatewayRef::new(&*self.account, &*self.id)
    }
}
