//! Limits: how much of what in which window, and whether one more fits (decisions D4 to D7).
//!
//! A [`Rule`] says what is allowed, a [`BucketState`] what has been used, an [`Ask`] what one request wants. [`admit`]
//! judges all asks of a request together, as one step; whoever holds the counters makes that step atomic.

mod admit;
mod bucket;
mod span;

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use waypost_types::{Booking, BucketId, LimitKind, Scalar, UnixMs};

pub use self::{
    admit::{Admission, Buckets, admit},
    bucket::{BucketState, Decision, Slot},
    span::{Calendar, Span, WindowAt},
};

/// How use of the window before counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Technique {
    /// The window before counts by the share of it that still lies within one window length of now.
    #[default]
    Sliding,
    /// Only the current window counts; it is aligned to the epoch in UTC, or to the calendar.
    Fixed,
}

/// Which request is the last one that a budget admits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Enforcement {
    /// The one that crosses the line: what is used is still below the limit when it comes.
    #[default]
    Soft,
    /// The last one that still fits by its worst case.
    Strict,
}

/// What a limit does once it is reached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Refuses.
    #[default]
    Enforce,
    /// Lets everything through and reports what it would have refused.
    Watch,
}

/// What happens to a request that does not carry the value a limit counts per (D4).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MissingKey {
    /// All such requests share one bucket: leaving the key out is no way around the limit.
    #[default]
    Shared,
    /// It counts as over the limit.
    Fallback,
}

/// What happens when the counters cannot be reached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnUnavailable {
    /// Like over the limit.
    #[default]
    Fallback,
    /// Let through uncounted.
    Allow,
}

/// One limit.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// Requests or money.
    pub kind: LimitKind,
    /// Requests, or 10⁻¹² USD, per window.
    pub limit: i64,
    /// The window.
    pub span: Span,
    /// Whether the window before counts too. A calendar window is always fixed.
    pub technique: Technique,
    /// Only asked of money: a request counts 1, so that both enforcements say the same of it.
    pub enforcement: Enforcement,
    /// Refuse, or only watch.
    pub mode: Mode,
}

impl Rule {
    /// The most that may be used already for `amount` to be admitted; below 0 when it never is.
    pub(crate) const fn room(&self, amount: i64) -> i64 {
        match (self.kind, self.enforcement) {
            (LimitKind::Cost, Enforcement::Soft) => self.limit.saturating_sub(1),
            (LimitKind::Cost, Enforcement::Strict) | (LimitKind::Count, _) => {
                self.limit.saturating_sub(if amount > 0 { amount } else { 0 })
            }
        }
    }

    pub(crate) const fn slides(&self) -> bool {
        matches!((self.technique, &self.span), (Technique::Sliding, Span::Seconds(_)))
    }
}

/// What a limit counts per, for one request.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum KeyValue {
    /// Everyone together (`key: "*"`).
    Everyone,
    /// The request does not carry the value, or carries an empty one.
    Missing,
    /// Its canonical text (A51).
    Value(Arc<str>),
}

impl KeyValue {
    /// The key of a request whose operand has this value.
    pub fn of(value: Option<&Scalar>) -> Self {
        match value.map(Scalar::canonical) {
            Some(text) if !text.is_empty() => Self::Value(text),
            _ => Self::Missing,
        }
    }

    /// The text for the trail; `None` for everyone together and for a missing key.
    pub fn text(&self) -> Option<&Arc<str>> {
        match self {
            Self::Value(text) => Some(text),
            Self::Everyone | Self::Missing => None,
        }
    }
}

/// What one request wants of one limit.
#[derive(Clone, Debug)]
pub struct Ask {
    /// Index of the limit's element in its route, for whoever asked.
    pub node: u16,
    /// The counter.
    pub bucket: BucketId,
    /// The limit.
    pub rule: Arc<Rule>,
    /// 1, or the estimated cost in 10⁻¹² USD.
    pub amount: i64,
    /// The limit was passed earlier in this walk and is asked again for a further model: money is reserved anew, a
    /// request is not counted twice.
    pub held: bool,
}

impl Ask {
    /// The ask's amount in a window of its bucket.
    pub fn booking(&self, window: WindowAt) -> Booking {
        Booking {
            bucket: self.bucket,
            kind: self.rule.kind,
            window_start: window.start,
            window_end: window.end,
            amount: self.amount.max(0),
        }
    }
}

/// What a limit says to an ask. `used` is what stood in the bucket before the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It fits.
    Passed {
        /// Used before.
        used: i64,
    },
    /// It does not.
    Refused {
        /// Used before.
        used: i64,
        /// When the same ask would fit, if nothing else came in between (see [`BucketState::free_at`]).
        retry_at: UnixMs,
    },
    /// It does not, and is let through because the limit only watches.
    WouldRefuse {
        /// Used before.
        used: i64,
        /// As for a refusal.
        retry_at: UnixMs,
    },
}

impl Verdict {
    /// The request goes on.
    pub const fn passes(&self) -> bool {
        !matches!(self, Self::Refused { .. })
    }

    /// Used before the request.
    pub const fn used(&self) -> i64 {
        match self {
            Self::Passed { used } | Self::Refused { used, .. } | Self::WouldRefuse { used, .. } => *used,
        }
    }
}

#[cfg(test)]
mod tests;
