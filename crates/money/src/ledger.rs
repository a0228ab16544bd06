//! The fold of money events into what is settled and reserved per bucket and window.
//!
//! This is the reference by which counters are judged: plain maps, sums of 128 bits, nothing clever. The counters of
//! `store` are tested against it, and the hourly check rebuilds it from the journal and compares.

#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use waypost_types::{AttemptId, Booking, BucketId, LimitKind, PicoUsd, RequestId, UnixMs};

use crate::event::{Event, Open, Settle};

/// One window of one bucket.
pub type WindowKey = (BucketId, UnixMs);

/// Settled and reserved amounts of one window, in requests or 10⁻¹² USD.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    settled: i128,
    reserved: i128,
}

/// What became of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Applied {
    /// Booked.
    Fresh,
    /// Seen before: nothing changes.
    Duplicate,
    /// An end without an `open`, or a second end of the other kind: refused and reported by [`Ledger::check`].
    Refused,
}

/// The money invariants (`docs/reference/ids.md`) that a ledger can judge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Invariant {
    /// Settled is the sum of the settle events.
    M1,
    /// Reserved is the sum of the open attempts.
    M2,
    /// One open, then one settle or one void.
    M3,
    /// The attempts of a request add up to its row's cost.
    M4,
    /// Never negative, never wraps.
    M5,
}

/// An invariant that does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Which one.
    pub invariant: Invariant,
    /// Where, with both numbers.
    pub detail: String,
}

/// Events folded so far. Applying is idempotent by attempt and kind of event, so that a journal may be replayed from any
/// earlier point.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    totals: BTreeMap<WindowKey, Totals>,
    attempts: BTreeMap<AttemptId, Attempt>,
    counted: BTreeMap<RequestId, Vec<Booking>>,
    violations: Vec<Violation>,
}

#[derive(Clone, Debug)]
struct Attempt {
    open: Open,
    end: Option<End>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Settled(PicoUsd),
    Void,
}

// === impl Totals ===

impl Totals {
    /// Booked for good. Saturates at the ends of the range.
    pub fn settled(&self) -> i64 {
        saturate(self.settled)
    }

    /// Held by open attempts. Saturates at the ends of the range.
    pub fn reserved(&self) -> i64 {
        saturate(self.reserved)
    }
}

fn saturate(sum: i128) -> i64 {
    i64::try_from(sum).unwrap_or(if sum < 0 { i64::MIN } else { i64::MAX })
}

// === impl Ledger ===

impl Ledger {
    /// Nothing booked.
    pub fn new() -> Self {
        Self::default()
    }

    /// The ledger of a journal.
    pub fn fold<'a>(events: impl IntoIterator<Item = &'a Event>) -> Self {
        let mut ledger = Self::new();
        for event in events {
            ledger.apply(event);
        }
        ledger
    }

    /// Books one event, once.
    pub fn apply(&mut self, event: &Event) -> Applied {
        match event {
            Event::Open(open) => self.open(open),
            Event::Settle(settle) => {
                self.reject_negative(settle.attempt, settle.cost.0);
                self.end(settle.attempt, End::Settled(settle.cost.max(PicoUsd::ZERO)))
            }
            Event::Void(void) => self.end(void.attempt, End::Void),
        }
    }

    /// Books the request counts of a record, which no `open` carries: refusals and cache hits.
    pub fn count(&mut self, request: RequestId, counts: &[Booking]) -> Applied {
        if self.counted.contains_key(&request) {
            return Applied::Duplicate;
        }
        add_counts(&mut self.totals, counts);
        self.counted.insert(request, counts.to_vec());
        Applied::Fresh
    }

    /// What is booked in the window of a bucket that starts there.
    pub fn totals(&self, bucket: BucketId, window_start: UnixMs) -> Totals {
        self.totals.get(&(bucket, window_start)).copied().unwrap_or_default()
    }

    /// Every window that was ever booked into, in order.
    pub fn windows(&self) -> impl Iterator<Item = (WindowKey, Totals)> + '_ {
        self.totals.iter().map(|(key, totals)| (*key, *totals))
    }

    /// Attempts without an end, in order.
    pub fn open_attempts(&self) -> impl Iterator<Item = &Open> + '_ {
        self.attempts.values().filter(|attempt| attempt.end.is_none()).map(|attempt| &attempt.open)
    }

    /// Settlements for attempts that began before `before` and never ended, each at its estimate. Not applied yet.
    pub fn recoveries(&self, before: UnixMs, now: UnixMs) -> Vec<Settle> {
        self.open_attempts().filter(|open| open.at < before).map(|open| open.recover(now)).collect()
    }

    /// Sum of the settled attempts of a request.
    pub fn cost_of(&self, request: RequestId) -> PicoUsd {
        let first = AttemptId { request, index: 0 };
        let last = AttemptId { request, index: u16::MAX };
        let ends = self.attempts.range(first..=last).filter_map(|(_, attempt)| attempt.end);
        ends.map(|end| match end {
            End::Settled(cost) => cost,
            End::Void => PicoUsd::ZERO,
        })
        .sum()
    }

    /// What does not hold within the ledger itself (M1, M2, M3, M5). Empty on a healthy journal.
    pub fn check(&self) -> Vec<Violation> {
        let mut found = self.violations.clone();
        let expected = self.recount();
        for key in self.totals.keys().chain(expected.keys()).collect::<BTreeSet<_>>() {
            let ours = self.totals.get(key).copied().unwrap_or_default();
            let theirs = expected.get(key).copied().unwrap_or_default();
            compare(&mut found, key, ours, theirs);
            if ours.settled < 0 || ours.reserved < 0 {
                found.push(violation(Invariant::M5, format!("{} holds a negative amount", place(key))));
            }
        }
        found
    }

    /// M1, M2 and M5 of somebody else's counters: bucket, window start, settled, reserved. Windows that are missing here or
    /// there count as zero.
    pub fn check_counters(&self, counters: impl IntoIterator<Item = (BucketId, UnixMs, i64, i64)>) -> Vec<Violation> {
        let mut found = Vec::new();
        let mut seen = BTreeSet::new();
        for (bucket, window_start, settled, reserved) in counters {
            let key = (bucket, window_start);
            seen.insert(key);
            let ours = Totals { settled: settled.into(), reserved: reserved.into() };
            let expected = self.totals(bucket, window_start);
            compare(
                &mut found,
                &key,
                ours,
                Totals { settled: expected.settled().into(), reserved: expected.reserved().into() },
            );
            if settled < 0 || reserved < 0 {
                found.push(violation(Invariant::M5, format!("{} holds a negative amount", place(&key))));
            }
        }
        for (key, totals) in self.totals.iter().filter(|(key, _)| !seen.contains(*key)) {
            compare(&mut found, key, Totals::default(), *totals);
        }
        found
    }

    /// M4: the rows' costs against the attempts of their requests. Rows whose cost is unknown are left out by the caller.
    pub fn check_rows(&self, rows: impl IntoIterator<Item = (RequestId, PicoUsd)>) -> Vec<Violation> {
        let wrong = rows.into_iter().filter_map(|(request, on_row)| {
            let cost = self.cost_of(request);
            (cost != on_row).then(|| violation(Invariant::M4, format!("{request}: row {on_row}, attempts {cost}")))
        });
        wrong.collect()
    }

    fn open(&mut self, open: &Open) -> Applied {
        if self.attempts.contains_key(&open.attempt) {
            return Applied::Duplicate;
        }
        let mut open = open.clone();
        for booking in open.bookings.iter_mut().chain(&mut open.counts) {
            self.reject_negative(open.attempt, booking.amount);
            booking.amount = booking.amount.max(0);
        }
        for booking in &open.bookings {
            self.totals.entry(key_of(booking)).or_default().reserved += i128::from(booking.amount);
        }
        add_counts(&mut self.totals, &open.counts);
        self.attempts.insert(open.attempt, Attempt { open, end: None });
        Applied::Fresh
    }

    fn end(&mut self, id: AttemptId, end: End) -> Applied {
        let Some(attempt) = self.attempts.get_mut(&id) else {
            self.violations.push(violation(Invariant::M3, format!("{} ends without an open", name(id))));
            return Applied::Refused;
        };
        match (attempt.end, end) {
            (None, _) => attempt.end = Some(end),
            (Some(End::Settled(_)), End::Settled(_)) | (Some(End::Void), End::Void) => return Applied::Duplicate,
            _ => {
                self.violations.push(violation(Invariant::M3, format!("{} is settled and void", name(id))));
                return Applied::Refused;
            }
        }
        for booking in &attempt.open.bookings {
            let totals = self.totals.entry(key_of(booking)).or_default();
            totals.reserved -= i128::from(booking.amount);
            totals.settled += actual(booking, end);
        }
        Applied::Fresh
    }

    /// The sums once more, from the attempts instead of event by event.
    fn recount(&self) -> BTreeMap<WindowKey, Totals> {
        let mut totals = BTreeMap::<WindowKey, Totals>::new();
        for attempt in self.attempts.values() {
            add_counts(&mut totals, &attempt.open.counts);
            for booking in &attempt.open.bookings {
                let window = totals.entry(key_of(booking)).or_default();
                match attempt.end {
                    None => window.reserved += i128::from(booking.amount),
                    Some(end) => window.settled += actual(booking, end),
                }
            }
        }
        self.counted.values().for_each(|counts| add_counts(&mut totals, counts));
        totals
    }

    /// A negative amount is refused: it counts as nothing and is reported.
    fn reject_negative(&mut self, id: AttemptId, amount: i64) {
        if amount < 0 {
            self.violations.push(violation(Invariant::M5, format!("{} carries {amount}", name(id))));
        }
    }
}

fn add_counts(totals: &mut BTreeMap<WindowKey, Totals>, counts: &[Booking]) {
    for count in counts {
        totals.entry(key_of(count)).or_default().settled += i128::from(count.amount.max(0));
    }
}

/// What an ended attempt books: its cost into budgets, one request into a count that was reserved.
fn actual(booking: &Booking, end: End) -> i128 {
    match (end, booking.kind) {
        (End::Void, _) => 0,
        (End::Settled(cost), LimitKind::Cost) => i128::from(cost.0),
        (End::Settled(_), LimitKind::Count) => i128::from(booking.amount),
    }
}

fn compare(found: &mut Vec<Violation>, key: &WindowKey, ours: Totals, expected: Totals) {
    let pairs = [
        (Invariant::M1, "settled", ours.settled, expected.settled),
        (Invariant::M2, "reserved", ours.reserved, expected.reserved),
    ];
    for (invariant, word, ours, expected) in pairs {
        if ours != expected {
            found.push(violation(invariant, format!("{}: {word} {ours}, events say {expected}", place(key))));
        }
    }
}

fn key_of(booking: &Booking) -> WindowKey {
    (booking.bucket, booking.window_start)
}

fn violation(invariant: Invariant, detail: String) -> Violation {
    Violation { invariant, detail }
}

fn place(key: &WindowKey) -> String {
    format!("bucket {} from {}", key.0, key.1.0)
}

fn name(attempt: AttemptId) -> String {
    format!("attempt {}#{}", attempt.request, attempt.index)
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}", self.invariant, self.detail)
    }
}
