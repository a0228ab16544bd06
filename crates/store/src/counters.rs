//! The counters behind limits and budgets: check and book in one atomic step, settle afterwards.
//!
//! Deciding is `waypost_policy::limit`'s; here is the place where the amounts stand, and what makes the step atomic. The
//! counters of one process live in [`MemoryCounters`]; a fleet shares them behind the same trait. What they hold is
//! derived: after a restart [`Recovery`] rebuilds it from the last checkpoint and the journal behind it.

mod memory;
mod recovery;
#[cfg(test)]
mod tests;

use std::{
    future::{Future, Ready, ready},
    pin::Pin,
    task::{Context, Poll},
};

use waypost_policy::limit::{Admission, Ask, Rule};
use waypost_types::{Booking, BucketId, UnixMs};

use crate::{BoxFuture, StoreFuture, ledger::CounterRow};

pub use memory::{BUCKETS_MAX, MemoryCounters};
pub use recovery::{Recovered, Recovery};

/// Why counters cannot judge. Never read as "no limit" (S09): what happens then is the limit's `onUnavailable`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unavailable {
    /// No room for another bucket, and none is idle.
    #[error("there are more limit keys in use than the counters have room for")]
    Full,
    /// Counters elsewhere do not answer.
    #[error("the counters cannot be reached: {0}")]
    Unreachable(String),
}

/// Where amounts are reserved and booked. `now` is an argument everywhere; a booking carries the window of its open, so
/// settling needs none.
pub trait Counters: Send + Sync {
    /// Judges the asks in their order and books them, in one step that nobody else can come between.
    ///
    /// The first refusal ends it: requests counted before stay counted, money is all or nothing. An ask that is `held`
    /// was passed earlier in the same walk: a soft budget lets it through again, a strict one has to have room for the
    /// further model's estimate, a count is not taken twice.
    fn admit<'a>(&'a self, asks: &'a [Ask], now: UnixMs) -> AdmitFuture<'a>;

    /// Ends reservations with what the call really cost, in 10⁻¹² USD, in each of the buckets. Does not wait: a drop guard
    /// calls it.
    fn settle(&self, reserved: &[Booking], actual: i64);

    /// Ends reservations of a call that came to nothing.
    fn void(&self, reserved: &[Booking]);

    /// Takes counts back, as when the cache answered.
    fn refund(&self, counted: &[Booking]);

    /// What is left of a limit; `None` when that is not known without waiting.
    fn remaining(&self, bucket: BucketId, rule: &Rule, now: UnixMs) -> Option<i64>;

    /// Windows and amounts of some buckets, or of all.
    fn snapshot<'a>(&'a self, buckets: Option<&'a [BucketId]>) -> StoreFuture<'a, Vec<CounterRow>>;

    /// Forgets what is settled in a bucket. Reservations stay, since their calls are under way.
    fn reset(&self, bucket: BucketId) -> StoreFuture<'_, ()>;
}

/// The outcome of [`Counters::admit`]. Counters in this process answer at once, without an allocation and without
/// yielding.
#[must_use = "futures do nothing unless awaited"]
pub enum AdmitFuture<'a> {
    /// Known already.
    Ready(Ready<Result<Admission, Unavailable>>),
    /// Asked elsewhere.
    Boxed(BoxFuture<'a, Result<Admission, Unavailable>>),
}

// === impl AdmitFuture ===

impl AdmitFuture<'_> {
    /// An outcome that is known.
    pub fn ready(outcome: Result<Admission, Unavailable>) -> Self {
        Self::Ready(ready(outcome))
    }
}

impl Future for AdmitFuture<'_> {
    type Output = Result<Admission, Unavailable>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match self.get_mut() {
            Self::Ready(outcome) => Pin::new(outcome).poll(context),
            Self::Boxed(outcome) => outcome.as_mut().poll(context),
        }
    }
}
