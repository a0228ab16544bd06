//! Counters in memory, shared by the cores of one process.
//!
//! Buckets lie in shards, each behind a lock that is held for some hundred nanoseconds and never across an await. A step
//! over several buckets takes the locks of their shards in order, so that two steps cannot wait for each other.

use std::{
    collections::{BTreeMap, HashMap},
    future::ready,
    hash::{BuildHasherDefault, Hasher},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};

use waypost_policy::limit::{
    Admission, Ask, BucketState, Buckets, Enforcement, Mode, Rule, Slot, Verdict, WindowAt, admit,
};
use waypost_types::{Booking, BucketId, LimitKind, UnixMs};

use super::{AdmitFuture, Counters, Unavailable};
use crate::{StoreFuture, ledger::CounterRow};

/// Buckets kept unless told otherwise: about 150 MB.
pub const BUCKETS_MAX: usize = 1 << 20;

/// As many as a set of them fits one word.
const SHARDS: usize = 64;

/// After a sweep that found little, a full shard is not swept again for so many milliseconds.
const SWEEP_PAUSE_MS: i64 = 1_000;

/// Counters of one process. See [`Counters`].
#[derive(Debug)]
pub struct MemoryCounters {
    shards: Box<[Mutex<Shard>; SHARDS]>,
    buckets_per_shard: usize,
    refused_full: AtomicU64,
}

#[derive(Debug, Default)]
struct Shard {
    buckets: HashMap<BucketId, Counter, BuildHasherDefault<IdHasher>>,
    next_sweep: UnixMs,
}

#[derive(Clone, Debug)]
struct Counter {
    kind: LimitKind,
    state: BucketState,
}

/// The shards of one step, locked.
struct Locked<'a> {
    guards: Vec<(usize, MutexGuard<'a, Shard>)>,
    /// Stands in for a bucket that was not prepared, which does not happen.
    spare: BucketState,
}

/// A bucket's id is a hash already.
#[derive(Clone, Copy, Debug, Default)]
struct IdHasher(u64);

// === impl MemoryCounters ===

impl Default for MemoryCounters {
    fn default() -> Self {
        Self::new(BUCKETS_MAX)
    }
}

impl MemoryCounters {
    /// Counters with room for about so many buckets.
    pub fn new(buckets_max: usize) -> Self {
        Self {
            shards: Box::new(std::array::from_fn(|_| Mutex::default())),
            buckets_per_shard: buckets_max.div_ceil(SHARDS),
            refused_full: AtomicU64::new(0),
        }
    }

    /// Puts back what a checkpoint holds, in place of what stood in those buckets.
    pub fn restore(&self, rows: impl IntoIterator<Item = CounterRow>) {
        let mut buckets = BTreeMap::<BucketId, (LimitKind, Vec<Slot>)>::new();
        for row in rows {
            let window = WindowAt { start: row.window_start, end: row.window_end };
            let slot = Slot { window, settled: row.settled, reserved: row.reserved };
            buckets.entry(row.bucket).or_insert_with(|| (row.kind, Vec::new())).1.push(slot);
        }
        for (bucket, (kind, slots)) in buckets {
            let state = BucketState::from_slots(slots);
            self.shard(shard_of(bucket)).buckets.insert(bucket, Counter { kind, state });
        }
    }

    /// Reserves and counts without judging: for events that were admitted before a restart.
    pub(super) fn book(&self, reserved: &[Booking], counted: &[Booking]) {
        reserved.iter().for_each(|booking| self.with(booking, |state| state.reserve(booking)));
        counted.iter().for_each(|booking| self.with(booking, |state| state.count(booking)));
    }

    /// Drops buckets that cannot influence a decision any more; returns how many. To be called now and then.
    pub fn evict_idle(&self, now: UnixMs) -> usize {
        (0..SHARDS).map(|index| self.shard(index).evict_idle(now)).sum()
    }

    /// Buckets there are.
    pub fn len(&self) -> usize {
        (0..SHARDS).map(|index| self.shard(index).buckets.len()).sum()
    }

    /// There are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Admissions refused because there was no room for another bucket.
    pub fn refused_full(&self) -> u64 {
        self.refused_full.load(Relaxed)
    }

    fn admit_now(&self, asks: &[Ask], now: UnixMs) -> Result<Admission, Unavailable> {
        let mut locked = self.lock(asks);
        for ask in asks {
            if !locked.prepare(ask, self.buckets_per_shard, now) {
                self.refused_full.fetch_add(1, Relaxed);
                return Err(Unavailable::Full);
            }
        }
        if !asks.iter().any(stays_admitted) {
            return Ok(admit(asks, &mut locked, now));
        }
        let watched: Vec<Ask> =
            asks.iter().map(|ask| if stays_admitted(ask) { watching(ask) } else { ask.clone() }).collect();
        let mut admission = admit(&watched, &mut locked, now);
        for (ask, verdict) in asks.iter().zip(&mut admission.verdicts) {
            if stays_admitted(ask) {
                *verdict = Verdict::Passed { used: verdict.used() };
            }
        }
        Ok(admission)
    }

    /// Locks the shards of the asks, lowest first.
    fn lock(&self, asks: &[Ask]) -> Locked<'_> {
        let mut set = asks.iter().fold(0_u64, |set, ask| set | 1 << shard_of(ask.bucket));
        let mut guards = Vec::with_capacity(set.count_ones() as usize);
        while set != 0 {
            let index = set.trailing_zeros() as usize;
            guards.push((index, self.shard(index)));
            set &= set - 1;
        }
        Locked { guards, spare: BucketState::default() }
    }

    fn shard(&self, index: usize) -> MutexGuard<'_, Shard> {
        let [first, ..] = &*self.shards;
        let shard = self.shards.get(index).unwrap_or(first);
        // What a panic could leave behind is one amount not booked; the hourly check finds it.
        shard.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn with(&self, booking: &Booking, change: impl FnOnce(&mut BucketState)) {
        let mut shard = self.shard(shard_of(booking.bucket));
        let counter = shard.buckets.entry(booking.bucket);
        change(&mut counter.or_insert_with(|| Counter::new(booking.kind)).state);
    }
}

impl Counters for MemoryCounters {
    fn admit<'a>(&'a self, asks: &'a [Ask], now: UnixMs) -> AdmitFuture<'a> {
        AdmitFuture::ready(self.admit_now(asks, now))
    }

    fn settle(&self, reserved: &[Booking], actual: i64) {
        for booking in reserved {
            let actual = match booking.kind {
                LimitKind::Cost => actual,
                LimitKind::Count => booking.amount,
            };
            self.with(booking, |state| state.settle(booking, actual));
        }
    }

    fn void(&self, reserved: &[Booking]) {
        reserved.iter().for_each(|booking| self.with(booking, |state| state.void(booking)));
    }

    fn refund(&self, counted: &[Booking]) {
        counted.iter().for_each(|booking| self.with(booking, |state| state.refund(booking)));
    }

    fn remaining(&self, bucket: BucketId, rule: &Rule, now: UnixMs) -> Option<i64> {
        let shard = self.shard(shard_of(bucket));
        let counter = shard.buckets.get(&bucket);
        Some(counter.map_or(rule.limit.max(0), |counter| counter.state.remaining(rule, now)))
    }

    fn snapshot<'a>(&'a self, buckets: Option<&'a [BucketId]>) -> StoreFuture<'a, Vec<CounterRow>> {
        let mut rows = Vec::new();
        match buckets {
            Some(buckets) => {
                for bucket in buckets {
                    let shard = self.shard(shard_of(*bucket));
                    rows.extend(shard.buckets.get(bucket).into_iter().flat_map(|counter| counter.rows(*bucket)));
                }
            }
            None => {
                for index in 0..SHARDS {
                    let shard = self.shard(index);
                    rows.extend(shard.buckets.iter().flat_map(|(bucket, counter)| counter.rows(*bucket)));
                }
            }
        }
        Box::pin(ready(Ok(rows)))
    }

    fn reset(&self, bucket: BucketId) -> StoreFuture<'_, ()> {
        if let Some(counter) = self.shard(shard_of(bucket)).buckets.get_mut(&bucket) {
            let slots: Vec<Slot> = counter.state.slots().map(|slot| Slot { settled: 0, ..*slot }).collect();
            counter.state = BucketState::from_slots(slots);
        }
        Box::pin(ready(Ok(())))
    }
}

// === impl Shard ===

impl Shard {
    fn evict_idle(&mut self, now: UnixMs) -> usize {
        let before = self.buckets.len();
        self.buckets.retain(|_, counter| !counter.state.is_idle(now));
        let evicted = before - self.buckets.len();
        if evicted > before / 2 {
            self.buckets.shrink_to_fit();
        }
        evicted
    }

    /// Room for one more, perhaps after a sweep.
    fn has_room(&mut self, buckets_max: usize, now: UnixMs) -> bool {
        if self.buckets.len() >= buckets_max && now >= self.next_sweep && self.evict_idle(now) < buckets_max / 8 {
            self.next_sweep = now.plus_ms(SWEEP_PAUSE_MS);
        }
        self.buckets.len() < buckets_max
    }
}

// === impl Counter ===

impl Counter {
    fn new(kind: LimitKind) -> Self {
        Self { kind, state: BucketState::default() }
    }

    fn rows(&self, bucket: BucketId) -> impl Iterator<Item = CounterRow> + '_ {
        self.state.slots().map(move |slot| CounterRow {
            bucket,
            kind: self.kind,
            window_start: slot.window.start,
            window_end: slot.window.end,
            settled: slot.settled,
            reserved: slot.reserved,
        })
    }
}

// === impl Locked ===

impl Locked<'_> {
    /// Makes the ask's bucket where it is missing; false when there is no room for it.
    fn prepare(&mut self, ask: &Ask, buckets_per_shard: usize, now: UnixMs) -> bool {
        let Some(shard) = self.shard(ask.bucket) else { return false };
        if !shard.buckets.contains_key(&ask.bucket) {
            if !shard.has_room(buckets_per_shard, now) {
                return false;
            }
            shard.buckets.insert(ask.bucket, Counter::new(ask.rule.kind));
        }
        true
    }

    fn shard(&mut self, bucket: BucketId) -> Option<&mut Shard> {
        let index = shard_of(bucket);
        self.guards.iter_mut().find(|(at, _)| *at == index).map(|(_, shard)| &mut **shard)
    }
}

impl Buckets for Locked<'_> {
    fn bucket(&mut self, id: BucketId) -> &mut BucketState {
        let index = shard_of(id);
        let shard = self.guards.iter_mut().find(|(at, _)| *at == index);
        shard.and_then(|(_, shard)| shard.buckets.get_mut(&id)).map_or(&mut self.spare, |counter| &mut counter.state)
    }
}

impl Hasher for IdHasher {
    fn write(&mut self, bytes: &[u8]) {
        let word = bytes.first_chunk().map_or(0, |word| u64::from_le_bytes(*word));
        self.0 = self.0.rotate_left(29) ^ word;
    }

    /// The length prefix, the same for all ids.
    fn write_usize(&mut self, _: usize) {}

    fn finish(&self) -> u64 {
        self.0
    }
}

/// By the last byte: the map inside the shard goes by the first ones.
fn shard_of(bucket: BucketId) -> usize {
    let [.., last] = bucket.0;
    usize::from(last) % SHARDS
}

/// A soft budget that this walk has passed already: the request was the last one that it lets through, and stays so when
/// another model has to answer.
fn stays_admitted(ask: &Ask) -> bool {
    let rule = &ask.rule;
    ask.held && rule.kind == LimitKind::Cost && rule.enforcement == Enforcement::Soft && rule.mode == Mode::Enforce
}

/// The same ask of a limit that refuses nothing.
fn watching(ask: &Ask) -> Ask {
    let rule = Rule { mode: Mode::Watch, ..Rule::clone(&ask.rule) };
    Ask { rule: Arc::new(rule), ..ask.clone() }
}
