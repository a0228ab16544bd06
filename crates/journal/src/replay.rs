//! What former runs left behind the stored positions, to rebuild counters from at the start.

use std::collections::{BTreeMap, VecDeque};

use crate::{
    event::{Event, Held, Position},
    frame::{Found, Scan},
    segment::{self, HEADER_BYTES, Header},
};

/// The events of former runs, in the order in which their segments were begun: an attempt's events are in order, since a
/// core writes one segment after the other, and a later run's come after an earlier one's.
#[derive(Debug)]
pub struct Replay {
    reader: OldReader,
    /// The second event of a frame.
    second: Option<(Position, Event)>,
    report: ReplayReport,
}

/// What a replay has seen so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReplayReport {
    /// Events read.
    pub events: u64,
    /// Bytes of the segments read.
    pub bytes: u64,
    /// Places that were no whole record.
    pub damaged: u64,
    /// Bytes skipped there.
    pub damaged_bytes: u64,
    /// Whole records that this version cannot read.
    pub unreadable: u64,
    /// Files that could not be read.
    pub unreadable_segments: u64,
}

/// Reads segments of former runs one after the other.
#[derive(Debug)]
pub(crate) struct OldReader {
    segments: VecDeque<segment::Found>,
    from: BTreeMap<u16, Position>,
    current: Option<Scan>,
    /// Content of the current one; the memory is used again.
    bytes: Vec<u8>,
}

/// What stands next in old segments.
pub(crate) enum Old {
    Events(Position, usize, Held),
    Damage(usize),
    Unreadable,
    /// A segment ends; the position is the start of whatever its core wrote next.
    End(Position, usize),
    /// A file could not be read.
    Lost(segment::Found),
}

// === impl Replay ===

impl Replay {
    pub(crate) fn new(segments: Vec<segment::Found>, from: BTreeMap<u16, Position>) -> Self {
        Self { reader: OldReader::new(segments, from), second: None, report: ReplayReport::default() }
    }

    /// What has been read so far; complete once the iteration has ended.
    pub const fn report(&self) -> ReplayReport {
        self.report
    }
}

impl Iterator for Replay {
    type Item = (Position, Event);

    fn next(&mut self) -> Option<Self::Item> {
        let report = &mut self.report;
        if let Some(second) = self.second.take() {
            report.events += 1;
            return Some(second);
        }
        loop {
            match self.reader.next()? {
                Old::Events(position, _, held) => {
                    report.events += 1;
                    self.second = held.second.map(|event| (position, event));
                    return Some((position, held.first));
                }
                Old::Damage(bytes) => {
                    report.damaged += 1;
                    report.damaged_bytes += bytes as u64;
                }
                Old::Unreadable => report.unreadable += 1,
                Old::End(_, bytes) => report.bytes += bytes as u64,
                Old::Lost(_) => report.unreadable_segments += 1,
            }
        }
    }
}

// === impl OldReader ===

impl OldReader {
    pub(crate) fn new(segments: Vec<segment::Found>, from: BTreeMap<u16, Position>) -> Self {
        Self { segments: segments.into(), from, current: None, bytes: Vec::new() }
    }

    pub(crate) fn next(&mut self) -> Option<Old> {
        let Some(scan) = &mut self.current else { return self.open() };
        let core = scan.id().core;
        match scan.next(&self.bytes) {
            Some(Found::Frame(frame)) => match Event::decode(frame.kind, frame.payload) {
                Ok(held) => {
                    let offset = u32::try_from(frame.end).unwrap_or(u32::MAX);
                    let position = Position { core, segment: scan.id().number, offset };
                    Some(Old::Events(position, frame.payload.len(), held))
                }
                Err(_) => Some(Old::Unreadable),
            },
            Some(Found::Damage { bytes }) => Some(Old::Damage(bytes)),
            None => {
                let position = Position { core, segment: scan.id().number + 1, offset: 0 };
                self.current = None;
                let bytes = self.bytes.len();
                if self.segments.is_empty() {
                    self.bytes = Vec::new();
                }
                Some(Old::End(position, bytes))
            }
        }
    }

    fn open(&mut self) -> Option<Old> {
        let found = self.segments.pop_front()?;
        if segment::read(&found.path, &mut self.bytes).is_err() {
            return Some(Old::Lost(found));
        }
        let mut from = HEADER_BYTES;
        if let Some(position) = self.from.get(&found.id.core).filter(|position| position.segment == found.id.number) {
            from = from.max(usize::try_from(position.offset).unwrap_or(usize::MAX / 2));
        }
        self.current = Some(Scan::new(found.id, from, self.bytes.len()));
        // A damaged header costs nothing: number and core are in the name, and every frame proves its place. A file
        // without a byte was being made when its process ended.
        if segment::judge(&self.bytes) == Header::Damaged && !self.bytes.is_empty() {
            return Some(Old::Damage(self.bytes.len().min(HEADER_BYTES)));
        }
        self.next()
    }
}
