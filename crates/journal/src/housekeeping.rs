//! What must not happen on the path of a request: making segments, syncing, writing out what waited in memory.

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
    limits::{ROUND_MS, ROUNDS_PER_RETRY, ROUNDS_PER_SYNC},
    stats::add,
};

#[derive(Debug)]
pub(crate) struct Housekeeping {
    keeper: Arc<Mutex<Keeper>>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Keeper {
    shared: Arc<Shared>,
    rounds_to_sync: u32,
    /// After a failure, making segments rests for so many rounds.
    rounds_to_retry: u32,
}

impl Housekeeping {
    /// Does a first round, so that every core has a segment, and starts the thread.
    pub(crate) fn start(shared: Arc<Shared>) -> io::Result<Self> {
        let run = shared.options.housekeeping;
        let keeper = Keeper { shared, rounds_to_sync: ROUNDS_PER_SYNC, rounds_to_retry: 0 };
        let mut this = Self { keeper: Arc::new(Mutex::new(keeper)), stop: Arc::default(), thread: None };
        this.round();
        if run == Run::Thread {
            let (keeper, stop) = (Arc::clone(&this.keeper), Arc::clone(&this.stop));
            let body = move || {
                while !stop.load(Relaxed) {
                    round(&keeper);
                    thread::park_timeout(Duration::from_millis(ROUND_MS));
                }
            };
            this.thread = Some(thread::Builder::new().name("journal".to_owned()).spawn(body)?);
        }
        Ok(this)
    }

    pub(crate) fn round(&self) {
        round(&self.keeper);
    }

    /// Ends the thread, after a last attempt to write out what waits in memory.
    pub(crate) fn stop(&mut self) {
        self.stop.store(true, Relaxed);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            let _ = thread.join();
        }
        self.round();
    }
}

fn round(keeper: &Mutex<Keeper>) {
    keeper.lock().unwrap_or_else(PoisonError::into_inner).round();
}

impl Keeper {
    fn round(&mut self) {
        self.rounds_to_retry = self.rounds_to_retry.saturating_sub(1);
        if self.rounds_to_retry == 0 {
            self.add_segments();
        }
        for lane in self.shared.lanes.iter().filter(|lane| lane.has_parked()) {
            while lane.write_out() {}
        }
        self.rounds_to_sync = self.rounds_to_sync.saturating_sub(1);
        if self.rounds_to_sync == 0 {
            self.rounds_to_sync = ROUNDS_PER_SYNC;
            self.shared.sync();
        }
    }

    fn add_segments(&mut self) {
        for lane in self.shared.lanes.iter().filter(|lane| lane.wants_segment()) {
            if self.shared.add_segment(lane).is_err() {
                add(&self.shared.counts.segment_failures, 1);
                self.rounds_to_retry = ROUNDS_PER_RETRY;
                return;
            }
        }
    }
}
