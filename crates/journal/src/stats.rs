//! What the journal counts: for metrics, alerts and tests.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};

/// Counts since the journal was opened, and what there is now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Events appended, those in memory included.
    pub appended: u64,
    /// Events that the tail has handed out, those of former runs included.
    pub drained: u64,
    /// Events lost because memory was full.
    pub dropped: u64,
    /// Events refused because they are larger than any may be.
    pub too_large: u64,
    /// Events that had to wait in memory.
    pub parked: u64,
    /// Bytes waiting in memory now: not durable while they do.
    pub memory_bytes: usize,
    /// Segments on disk now.
    pub segments: usize,
    /// Their bytes.
    pub disk_bytes: u64,
    /// Segments that could not be had: disk full, cap reached, or the disk failed.
    pub segment_failures: u64,
    /// Syncs that failed; each gave up its segment.
    pub sync_failures: u64,
    /// Places in segments that were no whole record and were skipped.
    pub damaged: u64,
    /// Bytes skipped there.
    pub damaged_bytes: u64,
    /// Whole records that this version cannot read.
    pub unreadable: u64,
    /// Segment files that could not be read at all; they are kept under another name.
    pub unreadable_segments: u64,
}

#[derive(Debug, Default)]
pub(crate) struct Counts {
    pub(crate) appended: AtomicU64,
    pub(crate) drained: AtomicU64,
    pub(crate) dropped: AtomicU64,
    pub(crate) too_large: AtomicU64,
    pub(crate) parked: AtomicU64,
    pub(crate) memory_bytes: AtomicUsize,
    pub(crate) segment_failures: AtomicU64,
    pub(crate) sync_failures: AtomicU64,
    pub(crate) damaged: AtomicU64,
    pub(crate) damaged_bytes: AtomicU64,
    pub(crate) unreadable: AtomicU64,
    pub(crate) unreadable_segments: AtomicU64,
}

impl Counts {
    pub(crate) fn stats(&self, segments: usize, disk_bytes: u64) -> Stats {
        Stats {
            appended: self.appended.load(Relaxed),
            drained: self.drained.load(Relaxed),
            dropped: self.dropped.load(Relaxed),
            too_large: self.too_large.load(Relaxed),
            parked: self.parked.load(Relaxed),
            memory_bytes: self.memory_bytes.load(Relaxed),
            segments,
            disk_bytes,
            segment_failures: self.segment_failures.load(Relaxed),
            sync_failures: self.sync_failures.load(Relaxed),
            damaged: self.damaged.load(Relaxed),
            damaged_bytes: self.damaged_bytes.load(Relaxed),
            unreadable: self.unreadable.load(Relaxed),
            unreadable_segments: self.unreadable_segments.load(Relaxed),
        }
    }
}

pub(crate) fn add(count: &AtomicU64, amount: u64) {
    count.fetch_add(amount, Relaxed);
}
