//! Money events into attempts and counters, each event once.
//!
//! An attempt is read, changed in memory and written back; what the changes book is summed per window and added to the
//! counters in one statement, so that nothing is read from there.

use std::collections::{BTreeMap, hash_map::Entry};

use foldhash::HashMap;
use sqlx::Row as _;
use waypost_money::event::{Event, Open};
use waypost_store::{
    StoreError,
    journaled::RecordView,
    ledger::CounterRow,
    log::{Batch, Written},
};
use waypost_types::{AttemptId, Booking, BucketId, LimitKind, RequestId, UnixMs};

use super::{columns::id_bytes, multi::Multi};
use crate::{
    dialect::Tx,
    error::{corrupt, store_error},
};

/// How long an attempt is kept after its end for the hourly check, where no window needs it longer.
pub(super) const KEPT_MS: i64 = 7 * 24 * 3600 * 1000;
/// In the place of an attempt's number: counts that a request booked outside of attempts.
const COUNTS_INDEX: i64 = -1;

/// Statements of the fold.
#[derive(Debug)]
pub(super) struct Statements {
    read: Multi,
    write: Multi,
    book: Multi,
}

/// How an attempt ended, as the column says it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum End {
    /// It did not.
    #[default]
    Open,
    /// It cost this.
    Settled(i64),
    /// It booked nothing.
    Void,
}

/// One attempt as it is stored.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Attempt {
    pub(super) open: Option<Open>,
    pub(super) end: End,
    last_at: UnixMs,
    is_changed: bool,
}

type Key = (RequestId, i64);

/// What the batch adds to one window.
#[derive(Clone, Copy, Debug)]
struct Delta {
    kind: LimitKind,
    window_end: UnixMs,
    settled: i128,
    reserved: i128,
}

/// Attempts that a batch touches, and what it books.
#[derive(Debug, Default)]
struct Fold {
    attempts: HashMap<Key, Attempt>,
    deltas: BTreeMap<(BucketId, UnixMs), Delta>,
    written: Written,
}

// === impl Statements ===

impl Statements {
    pub(super) fn new() -> Self {
        Self {
            read: Multi::ids("SELECT request, idx, opened, ended, cost FROM attempts WHERE request IN"),
            write: Multi::rows(
                "INSERT INTO attempts (request, idx, opened, ended, cost, needed_until) VALUES",
                6,
                "ON CONFLICT (request, idx) DO UPDATE SET opened = excluded.opened, ended = excluded.ended, \
                 cost = excluded.cost, needed_until = excluded.needed_until",
            ),
            // Sums stop at the end of the range (A60): what is absurd blocks, it never becomes small.
            book: Multi::rows(
                "INSERT INTO counters (bucket, window_start, window_end, is_cost, settled, reserved, needed_until) VALUES",
                7,
                "ON CONFLICT (bucket, window_start) DO UPDATE SET \
                 settled = CASE WHEN excluded.settled > 0 AND counters.settled > 9223372036854775807 - excluded.settled \
                 THEN 9223372036854775807 ELSE counters.settled + excluded.settled END, \
                 reserved = CASE WHEN excluded.reserved > 0 \
                 AND counters.reserved > 9223372036854775807 - excluded.reserved \
                 THEN 9223372036854775807 ELSE counters.reserved + excluded.reserved END",
            ),
        }
    }
}

/// Stores the events of a batch and the counts of its records, and adds what they book to the counters.
pub(super) async fn fold(
    tx: &mut Tx,
    statements: &Statements,
    batch: &Batch<'_>,
    written: Written,
) -> Result<Written, StoreError> {
    let counted = batch.records.iter().map(|entry| &entry.record).filter(|record| !record.counts.is_empty());
    let mut requests: Vec<RequestId> = batch.events.iter().map(|event| event.attempt().request).collect();
    requests.extend(counted.clone().map(|record| record.id));
    requests.sort_unstable();
    requests.dedup();
    if requests.is_empty() {
        return Ok(written);
    }

    // Ids grow with time: a request behind the last that is stored has no attempts there, and needs no search.
    let last: Option<Vec<u8>> =
        sqlx::query_scalar("SELECT MAX(request) FROM attempts").fetch_one(&mut **tx).await.map_err(store_error)?;
    let last = last.unwrap_or_default();
    requests.retain(|id| id.to_bytes().as_slice() <= last.as_slice());
    let stored = statements.read.fetch(tx, &requests, |query, id| query.bind(id_bytes(*id))).await?;
    let mut fold = Fold { written, ..Fold::default() };
    for row in stored {
        let (key, attempt) = read_attempt(&row)?;
        fold.attempts.insert(key, attempt);
    }
    batch.events.iter().for_each(|event| fold.apply(event));
    counted.for_each(|record| fold.count(record));
    fold.store(tx, statements).await
}

// === impl Fold ===

impl Fold {
    fn apply(&mut self, event: &Event) {
        let id = event.attempt();
        let attempt = self.attempts.entry((id.request, i64::from(id.index))).or_default();
        attempt.last_at = attempt.last_at.max(event.at());
        let is_new = match event {
            Event::Open(open) => attempt.begin(open.clone(), &mut self.deltas),
            Event::Settle(settle) => attempt.finish(End::Settled(settle.cost.0.max(0)), &mut self.deltas),
            Event::Void(_) => attempt.finish(End::Void, &mut self.deltas),
        };
        match is_new {
            Applied::Fresh => self.written.events += 1,
            Applied::Repeated => self.written.repeated += 1,
            Applied::SecondEnd => self.written.second_ends += 1,
        }
    }

    fn count(&mut self, record: &RecordView<'_>) {
        let Entry::Vacant(place) = self.attempts.entry((record.id, COUNTS_INDEX)) else {
            self.written.repeated += 1;
            return;
        };
        let attempt = place.insert(Attempt { end: End::Void, last_at: record.created_at, ..Attempt::default() });
        let open = Open {
            attempt: AttemptId { request: record.id, index: 0 },
            at: record.created_at,
            bookings: Vec::new(),
            estimate: None,
            counts: record.counts.clone(),
            origin: None,
        };
        attempt.begin(open, &mut self.deltas);
    }

    async fn store(self, tx: &mut Tx, statements: &Statements) -> Result<Written, StoreError> {
        let mut changed: Vec<_> = self.attempts.into_iter().filter(|(_, attempt)| attempt.is_changed).collect();
        changed.sort_unstable_by_key(|(key, _)| *key);
        statements
            .write
            .execute(tx, &changed, |query, ((request, index), attempt)| {
                query
                    .bind(id_bytes(*request))
                    .bind(*index)
                    .bind(attempt.open.as_ref().map(|open| encode(open, attempt.end)))
                    .bind(attempt.end.tag())
                    .bind(attempt.end.cost())
                    .bind(attempt.needed_until().0)
            })
            .await?;
        let deltas: Vec<_> = self.deltas.into_iter().collect();
        statements
            .book
            .execute(tx, &deltas, |query, ((bucket, window_start), delta)| {
                query
                    .bind(bucket.0.to_vec())
                    .bind(window_start.0)
                    .bind(delta.window_end.0)
                    .bind(i64::from(delta.kind == LimitKind::Cost))
                    .bind(clamp(delta.settled))
                    .bind(clamp(delta.reserved))
                    .bind(needed_until(*window_start, delta.window_end).0)
            })
            .await?;
        Ok(self.written)
    }
}

enum Applied {
    Fresh,
    Repeated,
    SecondEnd,
}

type Deltas = BTreeMap<(BucketId, UnixMs), Delta>;

// === impl Attempt ===

impl Attempt {
    /// An end may be stored already, when the journal's streams came in another order: then the reservation is over.
    fn begin(&mut self, open: Open, deltas: &mut Deltas) -> Applied {
        if self.open.is_some() {
            return Applied::Repeated;
        }
        for count in &open.counts {
            delta(deltas, count).settled += i128::from(count.amount.max(0));
        }
        for booking in &open.bookings {
            let delta = delta(deltas, booking);
            match self.end {
                End::Open => delta.reserved += i128::from(booking.amount.max(0)),
                end => delta.settled += end.books(booking),
            }
        }
        self.open = Some(open);
        self.is_changed = true;
        Applied::Fresh
    }

    fn finish(&mut self, end: End, deltas: &mut Deltas) -> Applied {
        match (self.end, end) {
            (End::Open, _) => {}
            (End::Settled(_), End::Settled(_)) | (End::Void, End::Void) => return Applied::Repeated,
            _ => return Applied::SecondEnd,
        }
        for booking in self.open.iter().flat_map(|open| &open.bookings) {
            let delta = delta(deltas, booking);
            delta.reserved -= i128::from(booking.amount.max(0));
            delta.settled += end.books(booking);
        }
        self.end = end;
        self.is_changed = true;
        Applied::Fresh
    }

    fn needed_until(&self) -> UnixMs {
        let windows = self.open.iter().flat_map(|open| open.bookings.iter().chain(&open.counts));
        let windows = windows.map(|booking| needed_until(booking.window_start, booking.window_end));
        windows.fold(self.last_at.plus_ms(KEPT_MS), UnixMs::max)
    }
}

// === impl End ===

impl End {
    pub(super) fn from_columns(tag: i64, cost: i64) -> Self {
        match tag {
            0 => Self::Open,
            1 => Self::Settled(cost),
            _ => Self::Void,
        }
    }

    fn tag(self) -> i64 {
        match self {
            Self::Open => 0,
            Self::Settled(_) => 1,
            Self::Void => 2,
        }
    }

    pub(super) fn cost(self) -> i64 {
        match self {
            Self::Settled(cost) => cost,
            Self::Open | Self::Void => 0,
        }
    }

    /// What an ended attempt books: its cost into budgets, one request into a count that was reserved.
    pub(super) fn books(self, booking: &Booking) -> i128 {
        match (self, booking.kind) {
            (Self::Open | Self::Void, _) => 0,
            (Self::Settled(cost), LimitKind::Cost) => i128::from(cost),
            (Self::Settled(_), LimitKind::Count) => i128::from(booking.amount.max(0)),
        }
    }
}

fn delta<'a>(deltas: &'a mut Deltas, booking: &Booking) -> &'a mut Delta {
    deltas.entry((booking.bucket, booking.window_start)).or_insert(Delta {
        kind: booking.kind,
        window_end: booking.window_end,
        settled: 0,
        reserved: 0,
    })
}

pub(super) fn needed_until(window_start: UnixMs, window_end: UnixMs) -> UnixMs {
    let row = CounterRow {
        bucket: BucketId([0; 16]),
        kind: LimitKind::Count,
        window_start,
        window_end,
        settled: 0,
        reserved: 0,
    };
    row.is_needed_until()
}

pub(super) fn clamp(sum: i128) -> i64 {
    i64::try_from(sum).unwrap_or(if sum < 0 { i64::MIN } else { i64::MAX })
}

/// Whose an attempt is, is asked when a crash cuts it off: one that has ended need not say it.
fn encode(open: &Open, end: End) -> Vec<u8> {
    let mut open = open.clone();
    if end != End::Open {
        open.origin = None;
    }
    let mut bytes = Vec::with_capacity(256);
    Event::Open(open).encode(&mut bytes);
    bytes
}

/// The event that a column holds.
pub(super) fn decode(bytes: &[u8]) -> Result<Open, StoreError> {
    match Event::decode(bytes) {
        Ok(Event::Open(open)) => Ok(open),
        Ok(_) => Err(corrupt("attempts.opened", "not an open event")),
        Err(error) => Err(corrupt("attempts.opened", error)),
    }
}

fn read_attempt(row: &crate::dialect::Row) -> Result<(Key, Attempt), StoreError> {
    let request = request_id(row, "request")?;
    let index: i64 = row.try_get("idx").map_err(store_error)?;
    let opened: Option<Vec<u8>> = row.try_get("opened").map_err(store_error)?;
    let tag: i64 = row.try_get("ended").map_err(store_error)?;
    let cost: i64 = row.try_get("cost").map_err(store_error)?;
    let open = opened.map(|bytes| decode(&bytes)).transpose()?;
    let last_at = open.as_ref().map_or(UnixMs(0), |open| open.at);
    Ok(((request, index), Attempt { open, end: End::from_columns(tag, cost), last_at, is_changed: false }))
}

/// A request's id from its column.
pub(super) fn request_id(row: &crate::dialect::Row, column: &str) -> Result<RequestId, StoreError> {
    let bytes: Vec<u8> = row.try_get(column).map_err(store_error)?;
    bytes.try_into().map(RequestId::from_bytes).map_err(|_| corrupt(column, "an id has 16 bytes"))
}
