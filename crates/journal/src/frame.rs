//! How a record lies in a segment, and how whole ones are told from torn or flipped ones.
//!
//! A frame starts at a multiple of 8: `checksum u64 | length u32 | kind u8 | mark [3] | payload | padding`, little
//! endian. The checksum covers all behind it up to the padding, and is seeded with the frame's place: bytes left over
//! from elsewhere, or a frame that a payload happens to contain, are no frames here.

use crate::{checksum::xxh64, limits::RESYNC_FACTOR};

/// Bytes before the payload.
pub(crate) const HEAD_BYTES: usize = 16;

/// 0xFF never stands in UTF-8, so no text that a caller chose can look like the start of a frame.
const MARK: [u8; 3] = [0xFF, b'W', 0xFF];

/// Which segment: its number, and the core that wrote it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SegmentId {
    pub(crate) number: u64,
    pub(crate) core: u16,
}

impl SegmentId {
    /// The checksum's seed at an offset.
    pub(crate) fn seed(self, offset: usize) -> u64 {
        self.number.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ (u64::from(self.core) << 48) ^ offset as u64
    }
}

/// Starts a frame in `frame`; the payload is appended to it next.
pub(crate) fn begin(frame: &mut Vec<u8>, kind: u8) {
    let [a, b, c] = MARK;
    frame.clear();
    frame.extend_from_slice(&[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, kind, a, b, c]);
}

/// Writes the length and pads. What remains is the checksum, which needs a place.
pub(crate) fn end(frame: &mut Vec<u8>) {
    let length = u32::try_from(frame.len().saturating_sub(HEAD_BYTES)).unwrap_or(u32::MAX);
    if let Some(field) = frame.get_mut(8..12) {
        field.copy_from_slice(&length.to_le_bytes());
    }
    frame.resize(frame.len().next_multiple_of(8), 0);
}

/// Writes the checksum for a place.
pub(crate) fn seal(frame: &mut [u8], seed: u64) {
    let Some((checksum, rest)) = frame.split_first_chunk_mut::<8>() else { return };
    let Some(covered) = covered(rest) else { return };
    *checksum = xxh64(covered, seed).to_le_bytes();
}

/// What the checksum of a frame covers, given the bytes behind its checksum field.
fn covered(rest: &[u8]) -> Option<&[u8]> {
    let length = u32::from_le_bytes(*rest.first_chunk()?);
    rest.get(..(HEAD_BYTES - 8).checked_add(usize::try_from(length).ok()?)?)
}

/// A whole frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Frame<'a> {
    pub(crate) kind: u8,
    pub(crate) payload: &'a [u8],
    /// Where the next frame starts.
    pub(crate) end: usize,
}

/// What stands next in a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Found<'a> {
    Frame(Frame<'a>),
    /// So many bytes are no frame; whatever stood there is lost.
    Damage {
        bytes: usize,
    },
}

/// Reads the frames of a segment one after the other, skipping what is damaged. The bytes are handed in with each step,
/// since a segment that is being written grows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scan {
    id: SegmentId,
    at: usize,
    /// Bytes that may still be hashed in vain.
    budget: usize,
}

impl Scan {
    /// A scan from an offset on, of a segment of at most so many bytes.
    pub(crate) const fn new(id: SegmentId, from: usize, segment_bytes: usize) -> Self {
        Self { id, at: from.next_multiple_of(8), budget: segment_bytes.saturating_mul(RESYNC_FACTOR) }
    }

    pub(crate) const fn id(&self) -> SegmentId {
        self.id
    }

    /// Where the next frame is looked for.
    pub(crate) const fn at(&self) -> usize {
        self.at
    }

    /// What stands next; `None` at the end.
    pub(crate) fn next<'a>(&mut self, bytes: &'a [u8]) -> Option<Found<'a>> {
        let rest = bytes.get(self.at..).filter(|rest| !rest.is_empty())?;
        if let Some(frame) = self.read(bytes, self.at) {
            self.at = frame.end;
            return Some(Found::Frame(frame));
        }
        // Nothing but zeros is where writing ended. After a power loss a page in the middle can be missing, so zeros
        // with something behind them are damage.
        if is_zero(rest) {
            self.at = bytes.len();
            return None;
        }
        let next = self.resync(bytes).unwrap_or(bytes.len());
        let skipped = next - self.at;
        self.at = next;
        Some(Found::Damage { bytes: skipped })
    }

    fn read<'a>(&mut self, bytes: &'a [u8], at: usize) -> Option<Frame<'a>> {
        let (checksum, rest) = bytes.get(at..)?.split_first_chunk::<8>()?;
        let covered = covered(rest)?;
        let (head, payload) = covered.split_first_chunk::<8>()?;
        let [_, _, _, _, kind, mark @ ..] = *head;
        if mark != MARK {
            return None;
        }
        if xxh64(covered, self.id.seed(at)) != u64::from_le_bytes(*checksum) {
            self.budget = self.budget.saturating_sub(covered.len());
            return None;
        }
        Some(Frame { kind, payload, end: (at + HEAD_BYTES + payload.len()).next_multiple_of(8) })
    }

    /// The first whole frame behind a damaged place.
    fn resync(&mut self, bytes: &[u8]) -> Option<usize> {
        let mut at = self.at + 8;
        while at + HEAD_BYTES <= bytes.len() && self.budget > 0 {
            if bytes.get(at + 13..at + 16) == Some(&MARK) && self.read(bytes, at).is_some() {
                return Some(at);
            }
            at += 8;
        }
        None
    }
}

fn is_zero(bytes: &[u8]) -> bool {
    let (blocks, rest) = bytes.as_chunks::<64>();
    blocks.iter().all(|block| block == &[0; 64]) && rest.iter().all(|&byte| byte == 0)
}

#[cfg(test)]
mod tests;
