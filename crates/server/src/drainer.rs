//! The journal becomes rows: one thread tails the segments in batches into the log store, together with payloads, and lets
//! segments go once their rows are stored. What is not drained yet is not lost, only late.

use std::{
    borrow::Cow,
    collections::{BTreeMap, HashSet},
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use prometheus_client::metrics::gauge::Gauge;
use tokio::runtime::Handle;
use waypost_gateway::payload::{PayloadItem, PayloadReader};
use waypost_journal::{self as journal, Event, Position, Tail};
use waypost_store::{
    Change, ConfigStore, LogStore, StoreError,
    counters::MemoryCounters,
    journaled::Journaled,
    ledger::JournalPosition,
    log::{Batch, PayloadRecord, Side},
};
use waypost_types::{Clock, RequestId, UnixMs};

use crate::system;

/// Events of one transaction.
const BATCH_EVENTS_MAX: usize = 6_000;
/// Payloads of one transaction.
const BATCH_PAYLOADS_MAX: usize = 2_000;
/// Between two batches that were not full: a transaction costs as much as some hundred rows, and a row is visible soon
/// enough.
const PAUSE: Duration = Duration::from_millis(400);
/// Bodies wait for their record so often while the journal is read to its end; then they are stored alone.
const WAITS_MAX: u8 = 2;
/// Bodies that wait for their record. Beyond it, more of them wait in their queue, which is bounded and drops what is new.
const WAITING_MAX: usize = 4_000;
/// The same while the process ends.
const PAUSE_ENDING: Duration = Duration::from_millis(5);
/// Between two attempts at a store that does not answer.
const RETRY_MAX: Duration = if cfg!(test) { Duration::from_millis(5) } else { Duration::from_secs(5) };
const SWEEP_EVERY: Duration = Duration::from_secs(60);
/// Counters, attempts and rows are compared this often.
const CHECK_EVERY: Duration = Duration::from_secs(3_600);

/// What the drainer works with.
pub struct Drainer {
    /// The reading end of the journal.
    pub tail: Tail,
    /// Bodies on their way.
    pub payloads: PayloadReader,
    /// Where rows go.
    pub logs: Arc<dyn LogStore>,
    /// Where the last use of keys goes.
    pub config: Arc<dyn ConfigStore>,
    /// Idle buckets are let go now and then.
    pub counters: Arc<MemoryCounters>,
    /// Where the hourly check of the ledger reports.
    pub ledger_differences: Gauge,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// The runtime that the stores live on.
    pub runtime: Handle,
    /// Set when the process ends: drain what there is, then stop.
    pub is_stopping: Arc<AtomicBool>,
}

impl Drainer {
    /// Starts the thread.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(self) -> std::io::Result<thread::JoinHandle<()>> {
        let mut work = Work { drainer: self, pending: None, waiting: Vec::new(), key_use: BTreeMap::new() };
        thread::Builder::new().name("drainer".to_owned()).spawn(move || {
            system::yield_to_traffic();
            // A panic must not end draining: what was being stored is stored again.
            while catch_unwind(AssertUnwindSafe(|| work.run())).is_err() {
                tracing::error!("the drainer panicked and starts again");
                thread::sleep(RETRY_MAX);
            }
        })
    }

    /// Money adds up: counters, attempts and rows come from the same events and must agree (M1–M4).
    fn check_ledger(&self) {
        match self.runtime.block_on(self.logs.check_ledger()) {
            Ok(differences) => {
                self.ledger_differences.set(i64::try_from(differences.len()).unwrap_or(i64::MAX));
                for difference in differences.iter().take(20) {
                    tracing::error!(%difference, "the ledger does not add up");
                }
            }
            Err(error) => tracing::warn!(%error, "the ledger can't be checked"),
        }
    }

    fn sweep(&self, key_use: &mut BTreeMap<String, UnixMs>) {
        self.counters.evict_idle(self.clock.now());
        if let Err(error) = self.runtime.block_on(self.logs.sweep(self.clock.now())) {
            tracing::warn!(%error, "old log rows can't be removed");
        }
        if !key_use.is_empty() {
            let touched = std::mem::take(key_use).into_iter().collect();
            if let Err(error) = self.runtime.block_on(self.config.apply(vec![Change::TouchApiKeys(touched)])) {
                tracing::warn!(%error, "the last use of API keys can't be stored");
            }
        }
    }

    /// Stores what one broken piece would keep from being stored: everything else. The positions go last: without them
    /// nothing is released. False when the process ends first.
    fn store_piecemeal(&self, batch: Batch<'_>) -> bool {
        let Batch { records, events, payloads, positions } = batch;
        let pieces = records
            .into_iter()
            .map(|record| Batch { records: vec![record], ..Batch::default() })
            .chain(events.into_iter().map(|event| Batch { events: vec![event], ..Batch::default() }))
            .chain(payloads.into_iter().map(|payload| Batch { payloads: vec![payload], ..Batch::default() }));
        for piece in pieces {
            match self.write(&piece) {
                Stored::Yes => {}
                Stored::Never(error) => {
                    tracing::error!(%error, "one piece of the journal can't be stored and is left out")
                }
                Stored::NotBeforeTheEnd => return false,
            }
        }
        self.store_positions(&Batch { positions, ..Batch::default() })
    }

    /// A store that does not even take positions takes nothing: it is damaged, and what it refused before is not to
    /// blame. The journal keeps everything until it is repaired.
    fn store_positions(&self, positions: &Batch<'_>) -> bool {
        loop {
            match self.write(positions) {
                Stored::Yes => return true,
                Stored::NotBeforeTheEnd => return false,
                Stored::Never(error) => {
                    tracing::error!(%error, "the log takes nothing; the journal keeps it");
                    if self.is_stopping.load(Ordering::Acquire) {
                        return false;
                    }
                    thread::sleep(RETRY_MAX);
                }
            }
        }
    }

    /// Tries until the store takes it or says that it never will; at the end of the process, once.
    fn write(&self, batch: &Batch<'_>) -> Stored {
        let mut pause = Duration::from_millis(50);
        loop {
            match self.runtime.block_on(self.logs.write_batch(batch)) {
                Ok(_) => return Stored::Yes,
                Err(StoreError::Unavailable(why)) => {
                    tracing::error!(%why, "log rows can't be stored now; the journal keeps them");
                    if self.is_stopping.load(Ordering::Acquire) {
                        return Stored::NotBeforeTheEnd;
                    }
                    thread::sleep(pause);
                    pause = (pause * 2).min(RETRY_MAX);
                }
                Err(error) => return Stored::Never(error),
            }
        }
    }
}

/// What became of a batch.
enum Stored {
    Yes,
    Never(StoreError),
    NotBeforeTheEnd,
}

/// The drainer with what it has in hand.
struct Work {
    drainer: Drainer,
    /// Read from the journal and the queue, and not stored yet.
    pending: Option<Pending>,
    /// Bodies that came before their record: they go into a block with their row.
    waiting: Vec<Waiting>,
    /// Last use of API keys since the last sweep.
    key_use: BTreeMap<String, UnixMs>,
}

/// What was taken and is not stored yet.
struct Pending {
    read: journal::Batch,
    payloads: Vec<Waiting>,
}

/// Bodies, and how often they have waited in vain.
struct Waiting {
    item: PayloadItem,
    waits: u8,
}

/// How a round ended.
enum Round {
    Full,
    Stored,
    Nothing,
    Ended,
}

impl Work {
    fn run(&mut self) {
        let (mut swept, mut checked) = (Instant::now(), Instant::now());
        loop {
            // Asked before looking: what is appended before the stop is still drained.
            let is_stopping = self.drainer.is_stopping.load(Ordering::Acquire);
            match (self.round(), is_stopping) {
                (Round::Full, _) => {}
                (Round::Ended, _) | (Round::Nothing, true) => break,
                (Round::Stored, true) => thread::sleep(PAUSE_ENDING),
                (Round::Stored | Round::Nothing, false) => self.pause(),
            }
            if swept.elapsed() >= SWEEP_EVERY {
                swept = Instant::now();
                self.drainer.sweep(&mut self.key_use);
            }
            if checked.elapsed() >= CHECK_EVERY {
                checked = Instant::now();
                self.drainer.check_ledger();
            }
        }
        self.drainer.sweep(&mut self.key_use);
    }

    /// Waits, but not for long once the process ends.
    fn pause(&self) {
        let until = Instant::now() + PAUSE;
        while Instant::now() < until && !self.drainer.is_stopping.load(Ordering::Acquire) {
            thread::sleep(PAUSE / 10);
        }
    }

    /// Reads one batch and stores it. Its segments go only once it is stored.
    fn round(&mut self) -> Round {
        if self.pending.is_none() {
            self.pending = self.take();
        }
        let Some(pending) = &self.pending else { return Round::Nothing };
        let is_ending = self.drainer.is_stopping.load(Ordering::Acquire);
        let (batch, early) = pending.batch(is_ending, &mut self.key_use);
        let is_nothing = batch == Batch::default();
        let is_stored = is_nothing
            || match self.drainer.write(&batch) {
                Stored::Yes => true,
                Stored::Never(error) => {
                    tracing::error!(%error, "a batch can't be stored as a whole; its pieces are stored one by one");
                    self.drainer.store_piecemeal(batch)
                }
                Stored::NotBeforeTheEnd => false,
            };
        if !is_stored {
            return Round::Ended;
        }
        self.drainer.tail.release(&pending.read.positions);
        let is_full = pending.read.events.len() >= BATCH_EVENTS_MAX;
        let payloads = self.pending.take().map(|pending| pending.payloads).unwrap_or_default();
        let still_early = payloads.into_iter().filter(|waiting| early.contains(&waiting.item.id));
        self.waiting = still_early
            .map(|waiting| Waiting { waits: waiting.waits.saturating_add(u8::from(!is_full)), ..waiting })
            .collect();
        match (is_full, is_nothing) {
            (true, _) => Round::Full,
            (false, true) => Round::Nothing,
            (false, false) => Round::Stored,
        }
    }

    fn take(&mut self) -> Option<Pending> {
        let read = self.drainer.tail.next_batch(BATCH_EVENTS_MAX);
        let mut payloads = std::mem::take(&mut self.waiting);
        let room = WAITING_MAX.saturating_sub(payloads.len()).min(BATCH_PAYLOADS_MAX);
        payloads.extend(self.drainer.payloads.take(room).into_iter().map(|item| Waiting { item, waits: 0 }));
        if read.is_empty() && payloads.is_empty() { None } else { Some(Pending { read, payloads }) }
    }
}

impl Pending {
    /// What the store is given, and the requests whose bodies wait for their record. Each record is read here, once; what
    /// it says goes on from here.
    fn batch(&self, is_ending: bool, key_use: &mut BTreeMap<String, UnixMs>) -> (Batch<'_>, HashSet<RequestId>) {
        let positions = self.read.positions.iter().map(stored_position).collect();
        let mut batch = Batch { positions, ..Batch::default() };
        for (_, event) in &self.read.events {
            match event {
                Event::Money(event) => batch.events.push(event.clone()),
                Event::Record(json) => match Journaled::read(json) {
                    Ok(entry) => {
                        saw(&entry, key_use);
                        batch.records.push(entry);
                    }
                    Err(error) => tracing::error!(%error, "a record in the journal can't be read and is left out"),
                },
            }
        }
        let mut early = HashSet::new();
        if !self.payloads.is_empty() {
            let here: HashSet<RequestId> = batch.records.iter().map(|entry| entry.record.id).collect();
            for Waiting { item, waits } in &self.payloads {
                if is_ending || *waits >= WAITS_MAX || here.contains(&item.id) {
                    batch.payloads.extend(payload_records(item));
                } else {
                    early.insert(item.id);
                }
            }
        }
        (batch, early)
    }
}

/// Sees each record once, before it is stored.
fn saw(entry: &Journaled<'_>, key_use: &mut BTreeMap<String, UnixMs>) {
    let Some(key) = &entry.record.key_id else { return };
    match key_use.get_mut(&**key) {
        Some(used_at) => *used_at = entry.record.created_at,
        None => {
            key_use.insert(key.to_string(), entry.record.created_at);
        }
    }
}

fn stored_position(position: &Position) -> JournalPosition {
    JournalPosition { stream: u32::from(position.core), segment: position.segment, offset: u64::from(position.offset) }
}

/// Where the journal goes on after what the store has.
pub fn journal_position(stored: &JournalPosition) -> Option<Position> {
    Some(Position {
        core: u16::try_from(stored.stream).ok()?,
        segment: stored.segment,
        offset: u32::try_from(stored.offset).ok()?,
    })
}

fn payload_records(item: &PayloadItem) -> [PayloadRecord<'_>; 2] {
    let PayloadItem { id, account, gateway, request_content_type, response_content_type, payload, .. } = item;
    let response = match payload.response.as_slice() {
        [whole] => Cow::Borrowed(&**whole),
        pieces => Cow::Owned(pieces.concat()),
    };
    let record = |side, content_type, body, full_bytes: usize| PayloadRecord {
        request: *id,
        account,
        gateway,
        created_at: id.at(),
        side,
        content_type,
        body,
        full_bytes: full_bytes as u64,
    };
    [
        record(Side::Request, request_content_type.as_deref(), Cow::Borrowed(&*payload.request), payload.request_bytes),
        record(Side::Response, response_content_type.as_deref(), response, payload.response_bytes),
    ]
}

#[cfg(test)]
mod tests;
