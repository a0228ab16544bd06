//! What the drainer does when the store refuses: the pieces around what is broken, and the positions last.

use std::{
    path::Path,
    sync::{Mutex, PoisonError},
};

use waypost_gateway::payload::Payloads;
use waypost_journal::{Appender, Journal, Opened};
use waypost_money::event::Void;
use waypost_store::{
    GatewayRef, StoreFuture,
    filter::Filter,
    insight::{LogInsight, Pieces, Question},
    ledger::{Checkpoint, LedgerDifference},
    log::{LogPage, LogPatch, LogQuery, LogRow, LogStats, Order, Payload, Retention, Swept, Written},
};
use waypost_store_sql::{SqlLogStore, Stores};
use waypost_types::{AttemptId, Surface, record::RequestRecord};

use super::*;

const AT: UnixMs = UnixMs(1_795_176_000_000);

struct Now;

impl Clock for Now {
    fn now(&self) -> UnixMs {
        AT
    }
}

type Refuses = Box<dyn FnMut(&Batch<'_>) -> Option<StoreError> + Send>;

/// A log that refuses some batches.
struct Refusing {
    logs: Arc<SqlLogStore>,
    refuses: Mutex<Refuses>,
    /// What was offered: records, events, positions, and whether it was taken.
    offered: Mutex<Vec<(usize, usize, usize, bool)>>,
}

impl Refusing {
    fn offered(&self) -> Vec<(usize, usize, usize, bool)> {
        std::mem::take(&mut *self.offered.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl LogInsight for Refusing {
    fn pieces<'a>(&'a self, gateway: &'a GatewayRef, question: &'a Question) -> StoreFuture<'a, Pieces> {
        self.logs.pieces(gateway, question)
    }
}

impl LogStore for Refusing {
    fn write_batch<'a>(&'a self, batch: &'a Batch<'a>) -> StoreFuture<'a, Written> {
        let refused = (self.refuses.lock().unwrap())(batch);
        let offered = (batch.records.len(), batch.events.len(), batch.positions.len(), refused.is_none());
        self.offered.lock().unwrap().push(offered);
        match refused {
            Some(error) => Box::pin(async move { Err(error) }),
            None => self.logs.write_batch(batch),
        }
    }

    fn set_retention(&self, retention: Retention) {
        self.logs.set_retention(retention);
    }

    fn sweep(&self, now: UnixMs) -> StoreFuture<'_, Swept> {
        self.logs.sweep(now)
    }

    fn list<'a>(&'a self, gateway: &'a GatewayRef, query: &'a LogQuery) -> StoreFuture<'a, LogPage> {
        self.logs.list(gateway, query)
    }

    fn find<'a>(&'a self, gateway: &'a GatewayRef, id: RequestId) -> StoreFuture<'a, LogRow> {
        self.logs.find(gateway, id)
    }

    fn patch<'a>(&'a self, gateway: &'a GatewayRef, id: RequestId, patch: LogPatch) -> StoreFuture<'a, ()> {
        self.logs.patch(gateway, id, patch)
    }

    fn delete<'a>(
        &'a self,
        gateway: &'a GatewayRef,
        filters: &'a [Filter],
        order: Order,
        limit: u32,
    ) -> StoreFuture<'a, u64> {
        self.logs.delete(gateway, filters, order, limit)
    }

    fn payload<'a>(
        &'a self,
        gateway: &'a GatewayRef,
        id: RequestId,
        side: Side,
        bytes_max: Option<usize>,
    ) -> StoreFuture<'a, Payload> {
        self.logs.payload(gateway, id, side, bytes_max)
    }

    fn load_checkpoint(&self, now: UnixMs) -> StoreFuture<'_, Checkpoint> {
        self.logs.load_checkpoint(now)
    }

    fn check_ledger(&self) -> StoreFuture<'_, Vec<LedgerDifference>> {
        self.logs.check_ledger()
    }

    fn stats(&self) -> StoreFuture<'_, LogStats> {
        self.logs.stats()
    }
}

/// A log on which the drainer works, without its thread.
struct Scene {
    runtime: tokio::runtime::Runtime,
    stores: Stores,
    folder: tempfile::TempDir,
}

fn scene() -> Scene {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let stores = runtime.block_on(Stores::in_memory()).unwrap();
    Scene { runtime, stores, folder: tempfile::tempdir().unwrap() }
}

impl Scene {
    fn logs(&self, refuses: impl FnMut(&Batch<'_>) -> Option<StoreError> + Send + 'static) -> Arc<Refusing> {
        let logs = self.stores.logs.clone();
        Arc::new(Refusing { logs, refuses: Mutex::new(Box::new(refuses)), offered: Mutex::default() })
    }

    /// The journal behind what is stored.
    fn journal(&self) -> Opened {
        let stored = self.runtime.block_on(self.stores.logs.load_checkpoint(AT)).unwrap();
        let positions: Vec<_> = stored.positions.iter().filter_map(journal_position).collect();
        let options = journal::Options {
            cores: 1,
            segment_bytes: 4096,
            housekeeping: journal::Run::ByHand,
            ..journal::Options::default()
        };
        Journal::open(Path::new(self.folder.path()), options, &positions).unwrap()
    }

    fn work(&self, tail: Tail, logs: Arc<Refusing>) -> Work {
        let drainer = Drainer {
            tail,
            payloads: Payloads::new().1,
            logs,
            config: self.stores.config.clone(),
            counters: Arc::new(MemoryCounters::default()),
            ledger_differences: Gauge::default(),
            clock: Arc::new(Now),
            runtime: self.runtime.handle().clone(),
            is_stopping: Arc::new(AtomicBool::new(false)),
        };
        Work { drainer, pending: None, waiting: Vec::new(), key_use: BTreeMap::new() }
    }

    /// Numbers of the rows that are stored.
    fn rows(&self) -> Vec<u8> {
        let query = LogQuery::default();
        let page = self.runtime.block_on(self.stores.logs.list(&GatewayRef::new("a", "g"), &query)).unwrap();
        let mut rows: Vec<u8> = page.rows.iter().map(|row| row.record.id.to_bytes()[15]).collect();
        rows.sort_unstable();
        rows
    }
}

fn id(number: u8) -> RequestId {
    RequestId::new(AT, u128::from(number))
}

/// Requests that end: an event and a record each.
fn append(appender: &Appender, numbers: std::ops::RangeInclusive<u8>) {
    for number in numbers {
        let mut record = RequestRecord::arrived(id(number), AT, Surface::Compat);
        record.account = "a".into();
        record.gateway = "g".into();
        let end = Void { attempt: AttemptId { request: id(number), index: 0 }, at: AT }.into();
        let _ = appender.append_ended(&end, &serde_json::to_vec(&record).unwrap());
    }
}

fn holds(batch: &Batch<'_>, number: u8) -> bool {
    batch.records.iter().any(|entry| entry.record.id == id(number))
}

fn broken() -> StoreError {
    StoreError::Corrupt("it does not fit".into())
}

#[test]
fn what_is_broken_is_left_out_and_positions_are_tried_until_they_are_taken() {
    let scene = scene();
    let Opened { journal, tail, .. } = scene.journal();
    append(&journal.appender(0), 1..=3);
    let mut refusals = 0;
    let logs = scene.logs(move |batch| {
        let are_positions = batch.records.is_empty() && batch.events.is_empty() && !batch.positions.is_empty();
        refusals += u32::from(are_positions && refusals < 3);
        (holds(batch, 2) || (are_positions && refusals < 3)).then(broken)
    });
    let mut work = scene.work(tail, logs.clone());
    assert!(matches!(work.round(), Round::Stored));
    let pieces =
        [(1, 0, 0, true), (1, 0, 0, false), (1, 0, 0, true), (0, 1, 0, true), (0, 1, 0, true), (0, 1, 0, true)];
    let positions = [(0, 0, 1, false), (0, 0, 1, false), (0, 0, 1, true)];
    assert_eq!(logs.offered(), [&[(3, 3, 1, false)][..], &pieces, &positions].concat());
    assert_eq!(scene.rows(), [1, 3]);

    // What comes next is stored as a whole again, and nothing comes twice after a restart.
    append(&journal.appender(0), 4..=5);
    assert!(matches!(work.round(), Round::Stored));
    assert_eq!(logs.offered(), [(2, 2, 1, true)]);
    assert!(matches!(work.round(), Round::Nothing));
    drop((work, journal));
    let Opened { tail, .. } = scene.journal();
    let mut work = scene.work(tail, logs.clone());
    assert!(matches!(work.round(), Round::Stored | Round::Nothing));
    assert!(logs.offered().iter().all(|(records, events, ..)| (*records, *events) == (0, 0)));
    assert_eq!(scene.rows(), [1, 3, 4, 5]);
}

#[test]
fn a_stop_while_positions_are_refused_loses_and_doubles_nothing() {
    let scene = scene();
    let Opened { journal, tail, .. } = scene.journal();
    append(&journal.appender(0), 1..=3);
    let is_stopping: Arc<std::sync::OnceLock<Arc<AtomicBool>>> = Arc::default();
    let stops = is_stopping.clone();
    let logs = scene.logs(move |batch| {
        if let Some(stopping) = stops.get().filter(|_| batch.records.is_empty() && batch.events.is_empty()) {
            stopping.store(true, Ordering::Release);
        }
        (batch.records.len() > 1 || batch.records.is_empty() && batch.events.is_empty()).then(broken)
    });
    let mut work = scene.work(tail, logs.clone());
    is_stopping.set(work.drainer.is_stopping.clone()).unwrap();
    assert!(matches!(work.round(), Round::Ended));
    assert_eq!(scene.rows(), [1, 2, 3]);
    drop((work, journal));

    let Opened { tail, replay, .. } = scene.journal();
    assert_eq!(replay.count(), 6, "the journal has kept everything: no position was stored");
    let logs = scene.logs(|_| None);
    let mut work = scene.work(tail, logs.clone());
    assert!(matches!(work.round(), Round::Stored));
    assert_eq!(logs.offered(), [(3, 3, 1, true)]);
    assert_eq!(scene.rows(), [1, 2, 3]);
    assert_eq!(scene.runtime.block_on(scene.stores.logs.stats()).unwrap().rows, 3);
}
