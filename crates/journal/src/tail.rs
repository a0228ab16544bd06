//! The reading end: what was appended, in batches, for the drainer that stores it.

use std::{
    collections::BTreeMap,
    fs,
    sync::{Arc, atomic::Ordering::Relaxed},
};

use crate::{
    event::{Event, Held, Position},
    frame::{Found, Scan, SegmentId},
    journal::Shared,
    limits::BATCH_BYTES_MAX,
    mapping::Mapping,
    replay::{Old, OldReader},
    segment::{self, HEADER_BYTES},
    stats::add,
};

/// Reads the journal in batches: first what former runs left, then what is appended, core by core.
///
/// The drainer stores a batch and its positions in one transaction, and calls [`Tail::release`] when that is durable.
#[derive(Debug)]
pub struct Tail {
    shared: Arc<Shared>,
    old: OldReader,
    is_live: bool,
    /// Events of this run handed out.
    live_events: u64,
    cursors: Vec<Cursor>,
    /// The core that the next batch begins with, so that a busy one does not starve the others.
    first: usize,
}

/// A piece of the journal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    /// Events, each with the position behind it. One core's are in order.
    pub events: Vec<(Position, Event)>,
    /// How far each core that moved has now been read: at least behind its last event here. This is what to store.
    pub positions: Vec<Position>,
}

/// Where one core is being read.
#[derive(Debug)]
struct Cursor {
    core: u16,
    /// Segments below this number are done.
    segment: u64,
    reading: Option<(Arc<Mapping>, Scan)>,
}

/// A batch in the making.
struct Filling<'a> {
    shared: &'a Shared,
    events: Vec<(Position, Event)>,
    moved: BTreeMap<u16, Position>,
    max: usize,
    bytes: usize,
}

// === impl Batch ===

impl Batch {
    /// Nothing new: neither an event nor the end of a segment.
    pub fn is_empty(&self) -> bool {
        self.positions.is_empty()
    }
}

// === impl Tail ===

impl Tail {
    pub(crate) fn new(shared: Arc<Shared>, old: Vec<segment::Found>, from: BTreeMap<u16, Position>) -> Self {
        let cursors = shared.lanes.iter().map(|lane| Cursor { core: lane.core(), segment: 0, reading: None }).collect();
        Self { shared, old: OldReader::new(old, from), is_live: false, live_events: 0, cursors, first: 0 }
    }

    /// The next events, at most `max` (at least 1, and one more where two are kept together) and about 16 MiB. Never waits:
    /// a batch without events means that the journal has been read to its end.
    pub fn next_batch(&mut self, max: usize) -> Batch {
        let shared = Arc::clone(&self.shared);
        let mut filling =
            Filling { shared: &shared, events: Vec::new(), moved: BTreeMap::new(), max: max.max(1), bytes: 0 };
        while !self.is_live && !filling.is_full() {
            match self.old.next() {
                Some(old) => filling.take_old(old),
                None => self.is_live = true,
            }
        }
        let old_events = filling.events.len();
        if self.is_live {
            self.first = (self.first + 1) % self.cursors.len().max(1);
            let (behind, ahead) = self.cursors.split_at_mut(self.first);
            for cursor in ahead.iter_mut().chain(behind) {
                cursor.read(&mut filling);
            }
        }
        self.live_events += (filling.events.len() - old_events) as u64;
        add(&shared.counts.drained, filling.events.len() as u64);
        Batch { events: filling.events, positions: filling.moved.into_values().collect() }
    }

    /// Deletes the segments that lie wholly before the positions. Call it when what was read from them is durable
    /// elsewhere: with SQLite in WAL mode and `synchronous=NORMAL` that is after a checkpoint, not after the commit.
    pub fn release(&mut self, positions: &[Position]) {
        let done: Vec<_> = {
            let mut segments = self.shared.segments();
            let is_done = |number: u64, core: u16| {
                positions.iter().any(|position| position.core == core && number < position.segment)
            };
            // A segment that is being written is never done, whatever the caller says.
            segments
                .extract_if(.., |number, entry| {
                    is_done(*number, entry.core) && entry.map.as_ref().is_none_or(|map| map.read().0)
                })
                .collect()
        };
        for (_, entry) in done {
            let _ = fs::remove_file(entry.path);
        }
    }

    /// Events of this run that are appended and not yet handed out.
    pub fn lag(&self) -> u64 {
        let counts = &self.shared.counts;
        counts.appended.load(Relaxed).saturating_sub(self.live_events + counts.dropped.load(Relaxed))
    }
}

// === impl Cursor ===

impl Cursor {
    fn read(&mut self, filling: &mut Filling<'_>) {
        while !filling.is_full() {
            if self.reading.is_none() {
                self.reading = self.next_segment(filling.shared);
            }
            let Some((map, scan)) = &mut self.reading else { return };
            let (closed, bytes) = map.read();
            let id = scan.id();
            let mut moved = false;
            while !filling.is_full() {
                let Some(found) = scan.next(bytes) else { break };
                moved = true;
                filling.take(id, scan.at(), found);
            }
            if moved {
                filling.moved_to(Position { core: id.core, segment: id.number, offset: offset(scan.at()) });
            }
            if filling.is_full() || !closed {
                return;
            }
            self.segment = id.number + 1;
            self.reading = None;
            filling.moved_to(Position { core: id.core, segment: self.segment, offset: 0 });
        }
    }

    fn next_segment(&self, shared: &Shared) -> Option<(Arc<Mapping>, Scan)> {
        let segments = shared.segments();
        let mut behind = segments.range(self.segment..);
        behind.find_map(|(number, entry)| {
            let map = entry.map.as_ref().filter(|_| entry.core == self.core)?;
            let id = SegmentId { number: *number, core: self.core };
            Some((Arc::clone(map), Scan::new(id, HEADER_BYTES, shared.options.segment_bytes)))
        })
    }
}

// === impl Filling ===

impl Filling<'_> {
    fn is_full(&self) -> bool {
        self.events.len() >= self.max || self.bytes >= BATCH_BYTES_MAX
    }

    fn take(&mut self, id: SegmentId, end: usize, found: Found<'_>) {
        match found {
            Found::Frame(frame) => match Event::decode(frame.kind, frame.payload) {
                Ok(held) => {
                    let position = Position { core: id.core, segment: id.number, offset: offset(end) };
                    self.hold(position, frame.payload.len(), held);
                }
                Err(_) => add(&self.shared.counts.unreadable, 1),
            },
            Found::Damage { bytes } => self.damage(bytes),
        }
    }

    fn take_old(&mut self, old: Old) {
        match old {
            Old::Events(position, bytes, held) => {
                self.moved_to(position);
                self.hold(position, bytes, held);
            }
            Old::Damage(bytes) => self.damage(bytes),
            Old::Unreadable => add(&self.shared.counts.unreadable, 1),
            Old::End(position, _) => self.moved_to(position),
            Old::Lost(found) => {
                add(&self.shared.counts.unreadable_segments, 1);
                segment::set_aside(&found.path);
                self.moved_to(Position { core: found.id.core, segment: found.id.number + 1, offset: 0 });
            }
        }
    }

    fn hold(&mut self, position: Position, bytes: usize, held: Held) {
        self.bytes += bytes;
        self.events.push((position, held.first));
        self.events.extend(held.second.map(|event| (position, event)));
    }

    fn damage(&self, bytes: usize) {
        add(&self.shared.counts.damaged, 1);
        add(&self.shared.counts.damaged_bytes, bytes as u64);
    }

    fn moved_to(&mut self, position: Position) {
        self.moved.insert(position.core, position);
    }
}

fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}
