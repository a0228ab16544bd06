//! What must not happen on the path of a request: making segments, syncing, writing out what waited in memory.
//!
//! Two threads, so that a slow disk that holds up a sync does not hold up the next segment.

use std::{
    io,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use crate::{
    journal::{Run, Shared},
    limits::{ROUND_MS, ROUNDS_PER_RETRY, SYNC_MS},
    stats::add,
};

#[derive(Debug)]
pub(crate) struct Housekeeping {
    keeper: Arc<Keeper>,
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
}

#[derive(Debug)]
struct Keeper {
    shared: Arc<Shared>,
    /// After a failure, making segments rests for so many rounds.
    rounds_to_retry: Mutex<u32>,
}

impl Housekeeping {
    /// Does a first round, so that every core has a segment, and starts the threads.
    pub(crate) fn start(shared: Arc<Shared>) -> io::Result<Self> {
        let run = shared.options.housekeeping;
        let keeper = Arc::new(Keeper { shared, rounds_to_retry: Mutex::default() });
        let mut this = Self { keeper, stop: Arc::default(), threads: Vec::new() };
        this.round();
        if run == Run::Thread {
            this.spawn("journal-segment", ROUND_MS, Keeper::round)?;
            this.spawn("journal-sync", SYNC_MS, |keeper| keeper.shared.sync())?;
        }
        Ok(this)
    }

    fn spawn(&mut self, name: &str, every_ms: u64, work: fn(&Keeper)) -> io::Result<()> {
        let (keeper, stop) = (Arc::clone(&self.keeper), Arc::clone(&self.stop));
        let body = move || {
            while !stop.load(Relaxed) {
                work(&keeper);
                thread::park_timeout(Duration::from_millis(every_ms));
            }
        };
        self.threads.push(thread::Builder::new().name(name.to_owned()).spawn(body)?);
        Ok(())
    }

    pub(crate) fn round(&self) {
        self.keeper.round();
    }
}

/// Ends the threads, with a last attempt to write out what waits in memory.
impl Drop for Housekeeping {
    fn drop(&mut self) {
        self.stop.store(true, Relaxed);
        for thread in self.threads.drain(..) {
            thread.thread().unpark();
            let _ = thread.join();
        }
        self.round();
        self.keeper.shared.sync();
    }
}

impl Keeper {
    fn round(&self) {
        let mut rest = self.rounds_to_retry.lock().unwrap_or_else(PoisonError::into_inner);
        *rest = rest.saturating_sub(1);
        if *rest == 0 && self.add_segments().is_err() {
            add(&self.shared.counts.segment_failures, 1);
            *rest = ROUNDS_PER_RETRY;
        }
        for lane in self.shared.lanes.iter().filter(|lane| lane.has_parked()) {
            while lane.write_out() {}
        }
    }

    fn add_segments(&self) -> io::Result<()> {
        let mut lanes = self.shared.lanes.iter().filter(|lane| lane.wants_segment());
        lanes.try_for_each(|lane| self.shared.add_segment(lane))
    }
}
