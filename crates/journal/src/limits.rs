//! The bounds of this crate (invariant I9).

/// Largest event, in bytes. A record is bounded far below it by what it is made of.
pub const EVENT_BYTES_MAX: usize = 1 << 20;

/// Bytes of one segment.
pub const SEGMENT_BYTES: usize = 8 << 20;

/// Smallest segment that [`crate::Options`] may ask for.
pub const SEGMENT_BYTES_MIN: usize = 4096;

/// Bytes of all segments on disk together.
pub const JOURNAL_BYTES_MAX: u64 = 2 << 30;

/// Bytes of events kept in memory while no segment can be had.
pub const MEMORY_BYTES_MAX: usize = 64 << 20;

/// Of the memory above, the part (in eighths) that records may fill; the rest is kept for money.
pub(crate) const MEMORY_EIGHTHS_FOR_RECORDS: usize = 7;

/// Bytes of one batch of the tail, apart from its last event.
pub(crate) const BATCH_BYTES_MAX: usize = 16 << 20;

/// Bytes moved from memory into a segment while the lane is held, so that an append never waits longer than that copy.
pub(crate) const MOVE_BYTES_MAX: usize = 64 << 10;

/// How often it is looked whether a core needs a segment, in milliseconds.
pub(crate) const ROUND_MS: u64 = 10;

/// How often segments are synced, in milliseconds: what a power loss may cost.
pub(crate) const SYNC_MS: u64 = 1_000;

/// Rounds of housekeeping until a segment that could not be had is tried again.
pub(crate) const ROUNDS_PER_RETRY: u32 = 20;

/// While looking for the next whole record behind a damaged one, at most this many times the segment's length is
/// hashed: a file made to look like a million records must not hold up the start.
pub(crate) const RESYNC_FACTOR: usize = 8;
