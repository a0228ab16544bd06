//! What money events add up to, as stored beside the log rows.
//!
//! The store itself folds the events of a batch into the counters, in the transaction that stores them and their journal
//! positions. A checkpoint is therefore exactly the events up to its positions: a restart loads it and replays the
//! journal after them, and an event that comes twice counts once.

use std::fmt;

use waypost_money::event::Open;
use waypost_types::{BucketId, LimitKind, RequestId, UnixMs};

/// How far one stream of the journal is stored. The meaning of the numbers is the journal's; the store keeps the last
/// written ones per stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JournalPosition {
    /// Which stream, for instance the core's number.
    pub stream: u32,
    /// Which segment of it.
    pub segment: u64,
    /// Bytes of the segment that are stored.
    pub offset: u64,
}

/// One window of one bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CounterRow {
    /// The counter.
    pub bucket: BucketId,
    /// What it counts.
    pub kind: LimitKind,
    /// Start of the window, inclusive.
    pub window_start: UnixMs,
    /// End of the window, exclusive.
    pub window_end: UnixMs,
    /// Requests, or 10⁻¹² USD, booked for good.
    pub settled: i64,
    /// Reserved by attempts without an end.
    pub reserved: i64,
}

impl CounterRow {
    /// From then on no limit looks at the window: a sliding one is done with it a whole window after its end.
    pub fn is_needed_until(&self) -> UnixMs {
        self.window_end.plus_ms(self.window_end.since_ms(self.window_start))
    }
}

/// What a restart begins with.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Checkpoint {
    /// Replay the journal after these; a stream without one from its beginning.
    pub positions: Vec<JournalPosition>,
    /// Counters of windows that some limit may still look at, or that hold reservations.
    pub counters: Vec<CounterRow>,
    /// Attempts without an end, oldest first. Those that the journal does not end either were cut off by a crash: settle
    /// them with [`Open::recover`], through the journal.
    pub open_attempts: Vec<Open>,
}

/// Two numbers that should be equal and are not (M1–M5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LedgerDifference {
    /// M1: booked in a window, and the sum over attempts and counts.
    Settled {
        /// The counter.
        bucket: BucketId,
        /// Its window.
        window_start: UnixMs,
        /// What the counter says.
        counter: i64,
        /// What the attempts say.
        attempts: i64,
    },
    /// M2: reserved in a window, and the sum over open attempts.
    Reserved {
        /// The counter.
        bucket: BucketId,
        /// Its window.
        window_start: UnixMs,
        /// What the counter says.
        counter: i64,
        /// What the attempts say.
        attempts: i64,
    },
    /// M3: an end whose `open` never came.
    EndWithoutOpen {
        /// The request.
        request: RequestId,
        /// Which attempt of it.
        index: u16,
    },
    /// M4: cost on the log row, and the sum over its attempts, in 10⁻¹² USD.
    Cost {
        /// The request.
        request: RequestId,
        /// What the row says.
        row: i64,
        /// What the attempts say.
        attempts: i64,
    },
}

impl fmt::Display for LedgerDifference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Settled { bucket, window_start, counter, attempts } => {
                write!(f, "M1: bucket {bucket} from {}: settled {counter}, attempts say {attempts}", window_start.0)
            }
            Self::Reserved { bucket, window_start, counter, attempts } => {
                write!(f, "M2: bucket {bucket} from {}: reserved {counter}, attempts say {attempts}", window_start.0)
            }
            Self::EndWithoutOpen { request, index } => {
                write!(f, "M3: attempt {index} of {request} ended and was never opened")
            }
            Self::Cost { request, row, attempts } => {
                write!(f, "M4: {request} costs {row}, its attempts {attempts}")
            }
        }
    }
}
