//! One core's way into the journal.

use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed},
    },
};

use crate::{
    event::{ENDED, Event, Kept, MONEY, RECORD, encode_ended},
    frame::{self, SegmentId},
    limits::{EVENT_BYTES_MAX, MEMORY_EIGHTHS_FOR_RECORDS, MOVE_BYTES_MAX},
    mapping::Pen,
    segment::HEADER_BYTES,
    stats::{Counts, add},
};

/// Appends events. One per core; clones share the core's segments.
///
/// Appending copies into memory that is mapped already: it does not wait and does not enter the kernel, so a drop guard
/// can do it. The lock inside is there for guards that are dropped on another thread; from one thread nobody contends.
#[derive(Clone, Debug)]
pub struct Appender {
    lane: Arc<Lane>,
}

#[derive(Debug)]
pub(crate) struct Lane {
    core: u16,
    event_bytes_max: usize,
    memory_bytes_max: usize,
    counts: Arc<Counts>,
    writer: Mutex<Writer>,
    /// Set by the writer, taken by housekeeping.
    wants_segment: AtomicBool,
    /// Events in memory, for housekeeping to see without the lock.
    parked: AtomicUsize,
}

#[derive(Debug, Default)]
struct Writer {
    current: Option<(SegmentId, Pen)>,
    next: Option<(SegmentId, Pen)>,
    /// The frame being built, kept for its memory.
    frame: Vec<u8>,
    /// Frames without a place, oldest first. While there are any, everything goes behind them: order is kept.
    parked: VecDeque<Vec<u8>>,
}

// === impl Appender ===

impl Appender {
    pub(crate) const fn new(lane: Arc<Lane>) -> Self {
        Self { lane }
    }

    /// Appends an event.
    pub fn append(&self, event: &Event) -> Kept {
        match event {
            Event::Money(event) => self.append_money(event),
            Event::Record(json) => self.append_record(json),
        }
    }

    /// Appends a money event.
    pub fn append_money(&self, event: &waypost_money::Event) -> Kept {
        self.lane.append(MONEY, |frame| event.encode(frame))
    }

    /// Appends the record of a request, as JSON.
    pub fn append_record(&self, json: &[u8]) -> Kept {
        self.lane.append(RECORD, |frame| frame.extend_from_slice(json))
    }

    /// Appends the end of a request's last attempt and its record as one: after a crash both are there, or neither. Where
    /// there is no room for both, or the record is too large, the money is kept and the record is dropped.
    pub fn append_ended(&self, end: &waypost_money::Event, json: &[u8]) -> Kept {
        match self.lane.append(ENDED, |frame| encode_ended(frame, end, json)) {
            Kept::Dropped => {
                let _ = self.append_money(end);
                Kept::Dropped
            }
            kept => kept,
        }
    }
}

// === impl Lane ===

impl Lane {
    pub(crate) fn new(core: u16, segment_bytes: usize, memory_bytes_max: usize, counts: Arc<Counts>) -> Self {
        Self {
            core,
            event_bytes_max: EVENT_BYTES_MAX.min(segment_bytes - HEADER_BYTES - frame::HEAD_BYTES - 8),
            memory_bytes_max,
            counts,
            writer: Mutex::default(),
            wants_segment: AtomicBool::new(true),
            parked: AtomicUsize::new(0),
        }
    }

    pub(crate) const fn core(&self) -> u16 {
        self.core
    }

    pub(crate) fn wants_segment(&self) -> bool {
        self.wants_segment.load(Relaxed)
    }

    pub(crate) fn has_parked(&self) -> bool {
        self.parked.load(Relaxed) > 0
    }

    /// Hands the writer its next segment.
    pub(crate) fn give(&self, id: SegmentId, pen: Pen) {
        let mut writer = self.writer();
        if writer.current.is_none() {
            writer.current = Some((id, pen));
        } else {
            writer.next = Some((id, pen));
        }
        self.wants_segment.store(false, Relaxed);
    }

    /// Writes out some of what waits in memory; true while there is more that can be.
    pub(crate) fn write_out(&self) -> bool {
        let mut writer = self.writer();
        self.move_parked(&mut writer)
    }

    fn append(&self, kind: u8, payload: impl FnOnce(&mut Vec<u8>)) -> Kept {
        let mut guard = self.writer();
        let writer = &mut *guard;
        frame::begin(&mut writer.frame, kind);
        payload(&mut writer.frame);
        if writer.frame.len() - frame::HEAD_BYTES > self.event_bytes_max {
            writer.frame = Vec::new();
            add(&self.counts.too_large, 1);
            return Kept::Dropped;
        }
        frame::end(&mut writer.frame);
        add(&self.counts.appended, events(kind));
        if writer.parked.is_empty() {
            let mut frame = std::mem::take(&mut writer.frame);
            let is_placed = self.place(writer, &mut frame);
            writer.frame = frame;
            if is_placed {
                return Kept::Durable;
            }
        }
        self.park(writer, kind)
    }

    fn park(&self, writer: &mut Writer, kind: u8) -> Kept {
        let frame = writer.frame.clone();
        // Room is left for money: a record is a row, an event is an amount.
        let bound = match kind {
            RECORD | ENDED => self.memory_bytes_max / 8 * MEMORY_EIGHTHS_FOR_RECORDS,
            _ => self.memory_bytes_max,
        };
        let before = self.counts.memory_bytes.fetch_add(frame.len(), Relaxed);
        if before + frame.len() > bound {
            self.counts.memory_bytes.fetch_sub(frame.len(), Relaxed);
            // Of two events the record is lost: the money is appended again, alone.
            self.counts.appended.fetch_sub(events(kind) - 1, Relaxed);
            add(&self.counts.dropped, 1);
            return Kept::Dropped;
        }
        add(&self.counts.parked, events(kind));
        writer.parked.push_back(frame);
        self.parked.store(writer.parked.len(), Relaxed);
        self.move_parked(writer);
        if writer.parked.is_empty() { Kept::Durable } else { Kept::Memory }
    }

    fn move_parked(&self, writer: &mut Writer) -> bool {
        let mut moved = 0;
        while moved < MOVE_BYTES_MAX {
            let Some(mut frame) = writer.parked.pop_front() else { break };
            if !self.place(writer, &mut frame) {
                writer.parked.push_front(frame);
                break;
            }
            moved += frame.len();
            self.counts.memory_bytes.fetch_sub(frame.len(), Relaxed);
        }
        self.parked.store(writer.parked.len(), Relaxed);
        moved >= MOVE_BYTES_MAX && !writer.parked.is_empty()
    }

    /// Copies a frame into the current segment, or into the next when that is full.
    fn place(&self, writer: &mut Writer, frame: &mut [u8]) -> bool {
        loop {
            if let Some((id, pen)) = &mut writer.current
                && pen.room() >= frame.len()
            {
                frame::seal(frame, id.seed(pen.at()));
                let is_written = pen.push(frame);
                // Asked for at a quarter, so that it is there before half.
                if writer.next.is_none() && pen.at() > pen.room() / 3 {
                    self.wants_segment.store(true, Relaxed);
                }
                return is_written;
            }
            match writer.next.take() {
                // Dropping the full one's pen tells readers that it is complete.
                Some(next) => writer.current = Some(next),
                None => {
                    self.wants_segment.store(true, Relaxed);
                    return false;
                }
            }
        }
    }

    fn writer(&self) -> MutexGuard<'_, Writer> {
        // A panic while the lock is held leaves at worst an unfinished frame that was not published.
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How many events a frame of this kind holds.
const fn events(kind: u8) -> u64 {
    if kind == ENDED { 2 } else { 1 }
}
