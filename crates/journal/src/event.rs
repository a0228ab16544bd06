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
/// The end of an attempt and the record of its request, since format 2: `length u32 | event | record`.
pub(crate) const ENDED: u8 = 3;

/// What a frame holds: one event, or two that are kept together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Held {
    pub(crate) first: Event,
    pub(crate) second: Option<Event>,
}

impl Event {
    pub(crate) fn decode(kind: u8, payload: &[u8]) -> Result<Held, Unreadable> {
        let money = |bytes: &[u8]| event::Event::decode(bytes).map(Self::Money).map_err(|_| Unreadable);
        let record = |bytes: &[u8]| Self::Record(bytes.to_vec());
        let (first, second) = match kind {
            MONEY => (money(payload)?, None),
            RECORD => (record(payload), None),
            ENDED => {
                let (length, rest) = payload.split_first_chunk().ok_or(Unreadable)?;
                let length = usize::try_from(u32::from_le_bytes(*length)).map_err(|_| Unreadable)?;
                let (end, rest) = rest.split_at_checked(length).ok_or(Unreadable)?;
                (money(end)?, Some(record(rest)))
            }
            _ => return Err(Unreadable),
        };
        Ok(Held { first, second })
    }
}

/// Writes the payload of an [`ENDED`] frame.
pub(crate) fn encode_ended(out: &mut Vec<u8>, end: &event::Event, record: &[u8]) {
    let at = out.len();
    out.extend_from_slice(&[0; 4]);
    end.encode(out);
    let length = u32::try_from(out.len() - at - 4).unwrap_or(u32::MAX);
    if let Some(field) = out.get_mut(at..at + 4) {
        field.copy_from_slice(&length.to_le_bytes());
    }
    out.extend_from_slice(record);
}

impl<T: Into<event::Event>> From<T> for Event {
    fn from(event: T) -> Self {
        Self::Money(event.into())
    }
}
