//! The journal as a whole: what is opened, shared and closed.

use std::{
    collections::BTreeMap,
    fs::{self, File, TryLockError},
    io,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};

use crate::{
    event::Position,
    frame::SegmentId,
    housekeeping::Housekeeping,
    lane::{Appender, Lane},
    limits,
    mapping::Mapping,
    replay::Replay,
    segment::{self, Header},
    stats::{Counts, Stats},
    tail::Tail,
};

/// How a journal is run.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Cores that append, each with segments of its own. At least 1.
    pub cores: u16,
    /// Bytes of one segment: a multiple of 4,096, and at most a quarter of a core's share of the disk.
    pub segment_bytes: usize,
    /// Bytes of all segments together; beyond it, events stay in memory.
    pub disk_bytes_max: u64,
    /// Bytes of events in memory; beyond it, events are dropped and counted.
    pub memory_bytes_max: usize,
    /// Who makes new segments and syncs.
    pub housekeeping: Run,
}

/// Who does the housekeeping.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Run {
    /// Two threads: one looks every 10 ms whether a core needs a segment, one syncs each second.
    Thread,
    /// The owner, by [`Journal::housekeep`] and [`Journal::sync`].
    ByHand,
}

/// Why a journal cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process has it open.
    #[error("the journal in {0} is in use by another process")]
    InUse(PathBuf),
    /// A later version of this program wrote to it.
    #[error("{path} has journal format {version}, which this version cannot read; start the newer version")]
    Newer {
        /// The segment.
        path: PathBuf,
        /// Its format.
        version: u32,
    },
    /// The folder cannot be made, read or locked.
    #[error("the journal in {folder} cannot be opened: {source}")]
    Io {
        /// The folder.
        folder: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

/// An open journal. Dropping it syncs what was appended; appenders that are still around go on into the segments they
/// have.
#[derive(Debug)]
pub struct Journal {
    shared: Arc<Shared>,
    housekeeping: Housekeeping,
}

/// What [`Journal::open`] gives.
#[derive(Debug)]
pub struct Opened {
    /// Gives out appenders, and keeps house.
    pub journal: Journal,
    /// What former runs left, to rebuild counters from. Reading it stores nothing: the tail hands the same events out.
    /// Read it before the tail releases anything.
    pub replay: Replay,
    /// The one reading end.
    pub tail: Tail,
}

#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) folder: PathBuf,
    pub(crate) options: Options,
    pub(crate) counts: Arc<Counts>,
    pub(crate) lanes: Vec<Arc<Lane>>,
    segments: Mutex<BTreeMap<u64, Entry>>,
    next_number: AtomicU64,
    /// Locked as long as the journal is open.
    folder_lock: File,
}

/// A segment on disk, by its number.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) core: u16,
    pub(crate) path: PathBuf,
    pub(crate) bytes: u64,
    /// `None` for segments of former runs.
    pub(crate) map: Option<Arc<Mapping>>,
    /// Bytes that are on the disk for sure, or were given up.
    pub(crate) synced: usize,
}

// === impl Options ===

impl Default for Options {
    fn default() -> Self {
        Self {
            cores: 1,
            segment_bytes: limits::SEGMENT_BYTES,
            disk_bytes_max: limits::JOURNAL_BYTES_MAX,
            memory_bytes_max: limits::MEMORY_BYTES_MAX,
            housekeeping: Run::Thread,
        }
    }
}

// === impl Journal ===

impl Journal {
    /// Opens the journal of a folder, made where it is missing. `from` says, per core, how far its content has been
    /// stored: segments wholly before are deleted, what lies behind is in the replay and is what the tail hands out first.
    /// Cores of former runs count too, also when there are fewer now.
    ///
    /// A disk that is full is no error: events then stay in memory until segments can be had.
    ///
    /// # Errors
    /// [`OpenError`]. Damaged content is none: it is skipped and counted.
    pub fn open(folder: &Path, options: Options, from: &[Position]) -> Result<Opened, OpenError> {
        let failed = |source| OpenError::Io { folder: folder.to_owned(), source };
        segment::make_folder(folder).map_err(failed)?;
        let lock = lock(folder)?;
        let from: BTreeMap<u16, Position> = from.iter().map(|position| (position.core, *position)).collect();

        let mut old = segment::list(folder).map_err(failed)?;
        let highest_found = old.iter().map(|segment| segment.id.number).max();
        let highest_stored = from.values().map(|position| position.segment).max();
        let is_stored = |id: SegmentId| from.get(&id.core).is_some_and(|position| id.number < position.segment);
        for segment in old.extract_if(.., |segment| is_stored(segment.id)) {
            let _ = fs::remove_file(segment.path);
        }
        for segment in &old {
            if let Ok(Header::Newer(version)) = segment::header_of(&segment.path) {
                return Err(OpenError::Newer { path: segment.path.clone(), version });
            }
        }

        // Numbers never come back, also when the database knows more than the folder holds.
        let next_number = highest_found.max(highest_stored).map_or(1, |number| number + 1);
        let shared = Arc::new(Shared::new(folder, options, lock, &old, next_number));
        let housekeeping = Housekeeping::start(Arc::clone(&shared)).map_err(failed)?;
        let replay = Replay::new(old.clone(), from.clone());
        let tail = Tail::new(Arc::clone(&shared), old, from);
        Ok(Opened { journal: Self { shared, housekeeping }, replay, tail })
    }

    /// The appender of a core; cores beyond the number in [`Options`] share.
    pub fn appender(&self, core: u16) -> Appender {
        let lanes = &self.shared.lanes;
        #[expect(clippy::expect_used, reason = "`Shared::new` makes at least one lane, and nothing removes one")]
        let lane = lanes.get(usize::from(core) % lanes.len()).expect("there are lanes");
        Appender::new(Arc::clone(lane))
    }

    /// One round of housekeeping: makes segments where they will be needed and writes out what waits in memory.
    pub fn housekeep(&self) {
        self.housekeeping.round();
    }

    /// Writes everything appended so far to the disk and waits for it. Failures are counted; their segments are given up.
    pub fn sync(&self) {
        self.shared.sync();
    }

    /// What it counts.
    pub fn stats(&self) -> Stats {
        self.shared.stats()
    }
}

// === impl Shared ===

impl Shared {
    fn new(folder: &Path, options: Options, lock: File, old: &[segment::Found], next_number: u64) -> Self {
        let cores = options.cores.max(1);
        // On a machine with very many cores segments are smaller, so that each core can have some under the cap.
        let share = usize::try_from(options.disk_bytes_max / (4 * u64::from(cores))).unwrap_or(usize::MAX);
        let segment_bytes = (options.segment_bytes.min(share) & !4095).max(limits::SEGMENT_BYTES_MIN);
        let options = Options { cores, segment_bytes, ..options };
        let counts = Arc::new(Counts::default());
        let entry = |segment: &segment::Found| Entry {
            core: segment.id.core,
            path: segment.path.clone(),
            bytes: segment.bytes,
            map: None,
            synced: 0,
        };
        let segments = old.iter().map(|segment| (segment.id.number, entry(segment))).collect();
        let lane = |core| Lane::new(core, options.segment_bytes, options.memory_bytes_max, Arc::clone(&counts));
        Self {
            folder: folder.to_owned(),
            options,
            lanes: (0..options.cores).map(|core| Arc::new(lane(core))).collect(),
            counts,
            segments: Mutex::new(segments),
            next_number: AtomicU64::new(next_number),
            folder_lock: lock,
        }
    }

    pub(crate) fn segments(&self) -> MutexGuard<'_, BTreeMap<u64, Entry>> {
        self.segments.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn stats(&self) -> Stats {
        let segments = self.segments();
        self.counts.stats(segments.len(), segments.values().map(|entry| entry.bytes).sum())
    }

    /// Makes the next segment of a lane and hands it over.
    ///
    /// # Errors
    /// The cap is reached, or what the system says.
    pub(crate) fn add_segment(&self, lane: &Lane) -> io::Result<()> {
        let bytes = self.options.segment_bytes;
        let disk_bytes: u64 = self.segments().values().map(|entry| entry.bytes).sum();
        if disk_bytes + bytes as u64 > self.options.disk_bytes_max {
            return Err(io::Error::new(io::ErrorKind::QuotaExceeded, "the journal has reached its cap"));
        }
        let id = SegmentId { number: self.next_number.fetch_add(1, Relaxed), core: lane.core() };
        let (path, pen) = segment::create(&self.folder, id, bytes)?;
        let entry = Entry { core: id.core, path, bytes: bytes as u64, map: Some(pen.map()), synced: 0 };
        self.segments().insert(id.number, entry);
        lane.give(id, pen);
        Ok(())
    }

    /// Syncs what was appended since the last time. A sync that failed is not tried again: the kernel may have dropped the
    /// pages and would then report success (F52). The segment is given up instead; its content is still read from memory.
    pub(crate) fn sync(&self) {
        let live: Vec<_> = {
            let segments = self.segments();
            let live = segments.iter().filter_map(|(number, entry)| Some((*number, entry.map.clone()?, entry.synced)));
            live.collect()
        };
        for (number, map, synced) in live {
            let end = map.read().1.len();
            if end == synced {
                continue;
            }
            // A new file also has to have its name on the disk.
            let named = if synced == 0 { self.folder_lock.sync_all() } else { Ok(()) };
            if named.and_then(|()| map.sync(synced, end)).is_err() {
                crate::stats::add(&self.counts.sync_failures, 1);
                map.abandon();
            }
            if let Some(entry) = self.segments().get_mut(&number) {
                entry.synced = end;
            }
        }
    }
}

/// Locks the folder, so that two processes never append to the same journal.
fn lock(folder: &Path) -> Result<File, OpenError> {
    let failed = |source| OpenError::Io { folder: folder.to_owned(), source };
    let file = File::open(folder).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(OpenError::InUse(folder.to_owned())),
        Err(TryLockError::Error(source)) => Err(failed(source)),
    }
}

#[cfg(test)]
impl Journal {
    /// What a failed sync does to every segment.
    pub(crate) fn give_up_segments(&self) {
        self.shared.segments().values().filter_map(|entry| entry.map.as_ref()).for_each(|map| map.abandon());
    }
}
