//! What the journal holds, and where in it something stands.

use serde::{Deserialize, Serialize};
use waypost_money::event;

/// One entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// An attempt's open, settlement or void.
    Money(event::Event),
    /// The record of a request, as JSON; this crate does not look inside.
    Record(Vec<u8>),
}

/// How far the journal of one core has been read: the first byte behind an event, or the start of the next segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Position {
    /// The core that wrote it.
    pub core: u16,
    /// Number of the segment; later segments have higher numbers, over all cores and runs.
    pub segment: u64,
    /// Byte in the segment.
    pub offset: u32,
}

/// What happened to an appended event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "an event that is not durable may be lost, and one that was dropped is"]
pub enum Kept {
    /// In a mapped segment: it survives the process, and after at most a second also a power loss.
    Durable,
    /// In memory, because no segment could be had; it is written out when one can.
    Memory,
    /// Nowhere: memory is full, or the event is larger than any may be. It is counted.
    Dropped,
}

/// An event that no version of this program wrote.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Unreadable;

pub(crate) const MONEY: u8 = 1;
pub(crate) const RECORD: u8 = 2;

impl Event {
    pub(crate) fn decode(kind: u8, payload: &[u8]) -> Result<Self, Unreadable> {
        match kind {
            MONEY => event::Event::decode(payload).map(Self::Money).map_err(|_| Unreadable),
            RECORD => Ok(Self::Record(payload.to_vec())),
            _ => Err(Unreadable),
        }
    }
}

impl<T: Into<event::Event>> From<T> for Event {
    fn from(event: T) -> Self {
        Self::Money(event.into())
    }
}
