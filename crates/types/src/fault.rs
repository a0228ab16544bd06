//! How an upstream call can fail, in one closed list that retry, fallback, log, metric and answer all read.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What went wrong. One list for the whole gateway; every reader matches it without a wildcard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultClass {
    /// The name did not resolve, or the connection was refused or unreachable.
    Connect,
    /// The connection was not up within the connect deadline.
    ConnectTimeout,
    /// TLS failed: certificate expired, wrong name, protocol error. Never retried insecurely.
    Tls,
    /// The address is not one that the configuration allows (S01, A02–A04).
    AddressRefused,
    /// No stored key, and the caller sent none.
    NoKey,
    /// The stored key cannot be decrypted.
    KeyUnusable,
    /// The connection closed or reset before the answer's first byte.
    Closed,
    /// No first byte, or no first token, within its deadline.
    FirstTokenTimeout,
    /// Too long between two events of a stream.
    IdleTimeout,
    /// The whole call took too long.
    TotalTimeout,
    /// The provider answered with this status.
    Status(u16),
    /// The answer is not what the format allows: an HTML page, broken JSON, a wrong length, an unknown encoding.
    BadAnswer,
    /// The answer or one of its events is larger than its bound.
    TooLarge,
    /// The connection closed or reset after the answer had begun.
    Interrupted,
    /// The provider reported an error inside its stream.
    StreamError,
    /// The request cannot be said in the provider's format.
    Inexpressible,
    /// A budget that this call would be charged to is used up.
    OverBudget,
}

/// Who has to change something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// The request is at fault; another provider would say the same.
    Caller,
    /// The provider or the network to it.
    Provider,
    /// The gateway's configuration.
    Gateway,
}

/// A failed upstream call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What went wrong.
    pub class: FaultClass,
    /// How long the provider asked us to wait, in milliseconds, unbounded as sent.
    pub retry_after_ms: Option<u64>,
    /// What happened, in words for the log; secrets are masked by whoever fills it in.
    pub detail: String,
}

impl FaultClass {
    /// The label in logs and metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Connect => "connect",
            Self::ConnectTimeout => "connect_timeout",
            Self::Tls => "tls",
            Self::AddressRefused => "address_refused",
            Self::NoKey => "no_key",
            Self::KeyUnusable => "key_unusable",
            Self::Closed => "closed",
            Self::FirstTokenTimeout => "first_token_timeout",
            Self::IdleTimeout => "idle_timeout",
            Self::TotalTimeout => "total_timeout",
            Self::Status(_) => "status",
            Self::BadAnswer => "bad_answer",
            Self::TooLarge => "too_large",
            Self::Interrupted => "interrupted",
            Self::StreamError => "stream_error",
            Self::Inexpressible => "inexpressible",
            Self::OverBudget => "over_budget",
        }
    }

    /// Who has to change something.
    pub const fn side(self) -> Side {
        match self {
            Self::NoKey | Self::KeyUnusable | Self::AddressRefused | Self::OverBudget => Side::Gateway,
            Self::Inexpressible => Side::Caller,
            Self::Status(401 | 403 | 404 | 408 | 409 | 429) => Side::Provider,
            Self::Status(400..=499) => Side::Caller,
            Self::Status(_)
            | Self::Connect
            | Self::ConnectTimeout
            | Self::Tls
            | Self::Closed
            | Self::FirstTokenTimeout
            | Self::IdleTimeout
            | Self::TotalTimeout
            | Self::BadAnswer
            | Self::TooLarge
            | Self::Interrupted
            | Self::StreamError => Side::Provider,
        }
    }

    /// The same call may succeed when it is tried again.
    pub const fn is_retryable(self) -> bool {
        match self {
            Self::Connect
            | Self::ConnectTimeout
            | Self::Closed
            | Self::FirstTokenTimeout
            | Self::IdleTimeout
            | Self::BadAnswer
            | Self::Interrupted
            | Self::StreamError
            | Self::Status(408 | 409 | 429 | 500..=599) => true,
            Self::Tls
            | Self::AddressRefused
            | Self::NoKey
            | Self::KeyUnusable
            | Self::TotalTimeout
            | Self::TooLarge
            | Self::Inexpressible
            | Self::OverBudget
            | Self::Status(_) => false,
        }
    }

    /// Another model may succeed: the default rule for the *On failure* edge (`docs/reference/route-documents.md`). The caller's own
    /// 4xx passes through instead.
    pub const fn falls_back(self) -> bool {
        match self {
            Self::Status(401 | 403 | 404 | 408 | 409 | 429 | 500..=599) => true,
            // Redirects are not followed and say nothing that the caller could use.
            Self::Status(status) => status < 400,
            Self::Connect
            | Self::ConnectTimeout
            | Self::Tls
            | Self::AddressRefused
            | Self::NoKey
            | Self::KeyUnusable
            | Self::Closed
            | Self::FirstTokenTimeout
            | Self::IdleTimeout
            | Self::TotalTimeout
            | Self::BadAnswer
            | Self::TooLarge
            | Self::Interrupted
            | Self::StreamError
            | Self::Inexpressible
            | Self::OverBudget => true,
        }
    }

    /// A deadline passed.
    pub const fn is_timeout(self) -> bool {
        matches!(self, Self::ConnectTimeout | Self::FirstTokenTimeout | Self::IdleTimeout | Self::TotalTimeout)
    }

    /// No connection came about.
    pub const fn is_connect(self) -> bool {
        matches!(self, Self::Connect | Self::ConnectTimeout | Self::Tls | Self::AddressRefused)
    }
}

impl Fault {
    /// A fault without a wish of the provider.
    pub fn new(class: FaultClass, detail: impl Into<String>) -> Self {
        Self { class, retry_after_ms: None, detail: detail.into() }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.class {
            FaultClass::Status(status) => write!(f, "status {status}")?,
            other => f.write_str(other.as_str())?,
        }
        if self.detail.is_empty() { Ok(()) } else { write!(f, ": {}", self.detail) }
    }
}

impl std::error::Error for Fault {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_callers_own_mistakes_do_not_fall_back() {
        for status in [400, 402, 405, 413, 415, 422] {
            assert!(!FaultClass::Status(status).falls_back(), "{status}");
            assert_eq!(FaultClass::Status(status).side(), Side::Caller);
        }
        for status in [302, 401, 403, 404, 408, 409, 429, 500, 503, 529] {
            assert!(FaultClass::Status(status).falls_back(), "{status}");
        }
    }

    #[test]
    fn what_repeats_itself_is_not_retried() {
        for class in [
            FaultClass::Tls,
            FaultClass::NoKey,
            FaultClass::Status(401),
            FaultClass::Status(404),
            FaultClass::Inexpressible,
        ] {
            assert!(!class.is_retryable());
        }
    }
}
