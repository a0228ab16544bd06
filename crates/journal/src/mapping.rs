//! The one module with `unsafe`: a file mapped into memory, with one writer and any number of readers.
//!
//! What keeps it sound: a [`Pen`] is the only writer of its map and writes behind `published` only; readers see what
//! lies before `published` only, and `published` never goes back. So no byte is ever read while it is written.
#![expect(unsafe_code, reason = "a mapped file is reached through a raw pointer")]

use std::{
    fs::File,
    io, ptr, slice,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use memmap2::{Advice, MmapOptions, MmapRaw};

/// A mapped segment, as readers see it.
#[derive(Debug)]
pub(crate) struct Mapping {
    raw: MmapRaw,
    published: AtomicUsize,
    closed: AtomicBool,
    abandoned: AtomicBool,
}

/// The writing end of a mapping. Dropping it closes the segment.
#[derive(Debug)]
pub(crate) struct Pen {
    map: Arc<Mapping>,
    at: usize,
}

/// Maps a file whose blocks are allocated already: a write to a mapped hole on a full disk would end the process.
///
/// # Errors
/// What the kernel says.
pub(crate) fn map(file: &File) -> io::Result<Pen> {
    let raw = MmapOptions::new().map_raw(file)?;
    // Pages are made writable here, so that the first append to each does not enter the kernel. Older kernels do not
    // know the advice; the append then takes the fault.
    let _ = raw.advise(Advice::PopulateWrite);
    let map = Mapping {
        raw,
        published: AtomicUsize::new(0),
        closed: AtomicBool::new(false),
        abandoned: AtomicBool::new(false),
    };
    Ok(Pen { map: Arc::new(map), at: 0 })
}

// === impl Mapping ===

impl Mapping {
    /// Whether nothing will be written any more, and everything written so far, in this order: a closed segment's bytes
    /// are all of it.
    pub(crate) fn read(&self) -> (bool, &[u8]) {
        let closed = self.closed.load(Ordering::Acquire);
        let published = self.published.load(Ordering::Acquire);
        // SAFETY: `published` is at most the map's length, and `Acquire` pairs with the `Release` of `Pen::push`: the
        // bytes before it are written and are never written again while the map lives.
        let bytes = unsafe { slice::from_raw_parts(self.raw.as_ptr(), published) };
        (closed, bytes)
    }

    /// Writes the range to the disk and waits for it.
    ///
    /// # Errors
    /// What the kernel says; the caller must not try again (F52).
    pub(crate) fn sync(&self, from: usize, to: usize) -> io::Result<()> {
        self.raw.flush_range(from, to.saturating_sub(from))
    }

    /// Tells the writer to go on elsewhere, because the disk failed under this segment.
    pub(crate) fn abandon(&self) {
        self.abandoned.store(true, Ordering::Relaxed);
    }
}

// === impl Pen ===

impl Pen {
    /// The readers' side.
    pub(crate) fn map(&self) -> Arc<Mapping> {
        Arc::clone(&self.map)
    }

    /// Where the next bytes go.
    pub(crate) const fn at(&self) -> usize {
        self.at
    }

    /// How many bytes still fit; none in an abandoned segment.
    pub(crate) fn room(&self) -> usize {
        if self.map.abandoned.load(Ordering::Relaxed) { 0 } else { self.map.raw.len() - self.at }
    }

    /// Copies the bytes behind what is there and shows them to readers. False when they do not fit.
    pub(crate) fn push(&mut self, bytes: &[u8]) -> bool {
        if bytes.len() > self.room() {
            return false;
        }
        // SAFETY: `at + bytes.len()` lies within the map (just checked). `&mut self` of the only `Pen` of this map means
        // that nobody else writes, and readers keep below `published`, which is `at`. The source is an ordinary slice
        // that cannot overlap the unpublished part of the map.
        unsafe { ptr::copy_nonoverlapping(bytes.as_ptr(), self.map.raw.as_mut_ptr().add(self.at), bytes.len()) };
        self.at += bytes.len();
        self.map.published.store(self.at, Ordering::Release);
        true
    }
}

impl Drop for Pen {
    fn drop(&mut self) {
        self.map.closed.store(true, Ordering::Release);
    }
}
