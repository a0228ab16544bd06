//! The provider's own count, by key: what gateways are compared with.

use std::collections::BTreeMap;

use serde::Serialize;

/// What was asked and answered with one key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Account {
    /// Requests that arrived.
    pub requests: u64,
    /// Answers of 2xx written to their end.
    pub completed: u64,
    /// Input tokens of those, and of streams that broke off after text.
    pub input_tokens: u64,
    /// Output tokens of those, as far as they were sent.
    pub output_tokens: u64,
}

/// Accounts by the value of the credential, without `Bearer `.
pub type Ledger = BTreeMap<String, Account>;
