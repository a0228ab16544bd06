//! What one core has for itself, and what all of them share.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
};

use arc_swap::ArcSwap;
use tokio_util::sync::CancellationToken;
use waypost_journal::{Appender, Kept};
use waypost_money::event::Event;
use waypost_store::counters::Counters;
use waypost_types::{Clock, RequestId, UnixMs, record::RequestRecord};
use waypost_upstream::Upstream;
use waypost_wire::json;

use crate::{
    history::OutputHistory, limits::CONCURRENT_REQUESTS_MAX, metrics::Metrics, payload::Payloads, snapshot::Snapshot,
};

/// What all cores share. Everything in it is read or counted without waiting.
pub struct Shared {
    /// The live configuration.
    pub snapshot: ArcSwap<Snapshot>,
    /// Limits and budgets.
    pub counters: Arc<dyn Counters>,
    /// Bodies on their way to the store.
    pub payloads: Payloads,
    /// What `/metrics` shows.
    pub metrics: Metrics,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Output tokens seen per model, for estimates.
    pub history: OutputHistory,
    /// Calls of `mock/flaky` so far.
    pub flaky_calls: AtomicU64,
    /// No new requests: this instance is about to stop.
    pub is_draining: AtomicBool,
    /// Requests in progress.
    pub in_progress: AtomicUsize,
}

impl Shared {
    /// Takes a place among the requests in progress; `None` when there is none left.
    pub fn enter(self: &Arc<Self>) -> Option<Place> {
        if self.in_progress.fetch_add(1, Ordering::AcqRel) >= CONCURRENT_REQUESTS_MAX {
            self.in_progress.fetch_sub(1, Ordering::AcqRel);
            return None;
        }
        Some(Place(self.clone()))
    }
}

/// A place among the requests in progress; given back when dropped.
pub struct Place(Arc<Shared>);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.in_progress.fetch_sub(1, Ordering::AcqRel);
    }
}

/// What one core has for itself: its journal segment, its upstream connections and its random numbers.
pub struct Core {
    /// What all cores share.
    pub shared: Arc<Shared>,
    /// Connections to providers.
    pub upstream: Upstream,
    /// Cancelled when the grace period of a shutdown is over: streams say so and end.
    pub ending: CancellationToken,
    journal: Appender,
    scratch: Mutex<Vec<u8>>,
    random: AtomicU64,
}

impl Core {
    /// A core; `seed` starts its random numbers (ids, draws and jitter, nothing secret).
    pub fn new(shared: Arc<Shared>, upstream: Upstream, journal: Appender, seed: u64) -> Self {
        Self {
            shared,
            upstream,
            ending: CancellationToken::new(),
            journal,
            scratch: Mutex::default(),
            random: AtomicU64::new(seed),
        }
    }

    /// The next random number (SplitMix64).
    pub fn random(&self) -> u64 {
        let step = self.random.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed).wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (step ^ (step >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A fresh id.
    pub fn request_id(&self, now: UnixMs) -> RequestId {
        RequestId::new(now, u128::from(self.random()) << 64 | u128::from(self.random()))
    }

    /// Appends a money event: neither waits nor enters the kernel.
    pub fn append_money(&self, event: Event) {
        // What could not be kept is counted by the journal and shown in its statistics.
        let _ = self.journal.append_money(&event);
    }

    /// Appends the record of a request, together with the end of its last attempt where that is not in the journal yet: after a
    /// crash both are there, or neither.
    pub fn append_record(&self, end: Option<&Event>, record: &RequestRecord) {
        // One buffer per core; a drop guard on another thread finds it free nearly always.
        let mut out = self.scratch.lock().unwrap_or_else(PoisonError::into_inner);
        out.clear();
        let written = json::write(&mut out, record);
        // What could not be kept is counted by the journal.
        let _ = match (&written, end) {
            (Ok(()), Some(end)) => self.journal.append_ended(end, &out),
            (Ok(()), None) => self.journal.append_record(&out),
            (Err(_), Some(end)) => self.journal.append_money(end),
            (Err(_), None) => Kept::Dropped,
        };
        if let Err(error) = written {
            tracing::error!(%error, "a record could not be written as JSON");
        }
    }
}
