//! From a checkpoint and the journal behind it to counters that are as if nothing had happened.

use std::collections::BTreeMap;

use serde::Deserialize;
use waypost_money::event::{Event, Open, Settle};
use waypost_types::{AttemptId, Booking, RequestId, UnixMs, record::RequestRecord};

use super::{Counters, MemoryCounters};
use crate::ledger::Checkpoint;

/// Rebuilds [`MemoryCounters`] at the start: begin with the checkpoint, apply what the journal holds behind its
/// positions, finish.
#[derive(Debug)]
pub struct Recovery<'a> {
    counters: &'a MemoryCounters,
    open: BTreeMap<AttemptId, Open>,
    unmatched: u64,
}

/// What a crash cut off, brought to an end. Both belong into the journal; the counters have the settlements already.
#[derive(Debug, Default, PartialEq)]
#[must_use = "what was recovered has to be appended to the journal"]
pub struct Recovered {
    /// One for each attempt.
    pub settlements: Vec<Settle>,
    /// One for each request, from its last attempt.
    pub records: Vec<RequestRecord>,
}

impl<'a> Recovery<'a> {
    /// Restores the checkpoint's amounts and remembers its open attempts, whose reservations are in those amounts.
    pub fn begin(counters: &'a MemoryCounters, checkpoint: &Checkpoint) -> Self {
        counters.restore(checkpoint.counters.iter().copied());
        let open = checkpoint.open_attempts.iter().map(|open| (open.attempt, open.clone())).collect();
        Self { counters, open, unmatched: 0 }
    }

    /// Applies a money event.
    pub fn apply(&mut self, event: &Event) {
        match event {
            Event::Open(open) => {
                if self.open.insert(open.attempt, open.clone()).is_none() {
                    self.counters.book(&open.bookings, &open.counts);
                } else {
                    self.unmatched += 1;
                }
            }
            Event::Settle(settle) => self.settle(settle),
            Event::Void(void) => match self.open.remove(&void.attempt) {
                Some(open) => self.counters.void(&open.bookings),
                None => self.unmatched += 1,
            },
        }
    }

    /// Applies the counts that a record carries for requests without an attempt. `json` is a
    /// [`waypost_types::record::RequestRecord`]; most carry none, and are not parsed.
    pub fn apply_record(&mut self, json: &[u8]) {
        #[derive(Deserialize)]
        struct Counted {
            #[serde(default)]
            counts: Vec<Booking>,
        }
        if !std::str::from_utf8(json).is_ok_and(|text| text.contains("\"counts\":[")) {
            return;
        }
        match serde_json::from_slice::<Counted>(json) {
            Ok(record) => self.counters.book(&[], &record.counts),
            Err(_) => self.unmatched += 1,
        }
    }

    /// Ends of attempts that were not open, second opens, and records that cannot be read: zero on a healthy journal.
    pub fn unmatched(&self) -> u64 {
        self.unmatched
    }

    /// Settles, at its estimate, every attempt that a crash cut off, and says so in the log.
    pub fn finish(mut self, now: UnixMs) -> Recovered {
        let settlements: Vec<Settle> = self.open.values().map(|open| open.recover(now)).collect();
        let records: BTreeMap<RequestId, RequestRecord> =
            self.open.values().filter_map(|open| Some((open.attempt.request, open.recovered_record()?))).collect();
        settlements.iter().for_each(|settle| self.settle(settle));
        Recovered { settlements, records: records.into_values().collect() }
    }

    fn settle(&mut self, settle: &Settle) {
        match self.open.remove(&settle.attempt) {
            Some(open) => self.counters.settle(&open.bookings, settle.cost.0),
            None => self.unmatched += 1,
        }
    }
}
