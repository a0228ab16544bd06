//! Idle connections of one core, by address.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use foldhash::fast::RandomState;
use tokio::time::Instant;

use crate::{
    http1::Http1,
    limits::{IDLE_MAX, IDLE_PER_ADDRESS_MAX, IDLE_TIME, SWEEP_INTERVAL},
    link::{Http2, Link},
};

/// Tasks of one core take turns, so the lock is never waited for.
pub(crate) struct Pool {
    idle: Mutex<Idle>,
}

struct Idle {
    addresses: HashMap<Arc<str>, Address, RandomState>,
    http1_count: usize,
    swept_at: Instant,
}

#[derive(Default)]
struct Address {
    /// With the time at which each is too old. The last used is at the end and taken first: the others grow old and go.
    http1: Vec<(Box<Http1>, Instant)>,
    /// Shared connections and when they were last used.
    http2: Vec<(Http2, Instant)>,
}

impl Pool {
    pub(crate) fn new() -> Self {
        Self { idle: Mutex::new(Idle { addresses: HashMap::default(), http1_count: 0, swept_at: Instant::now() }) }
    }

    /// A connection that can take a request now.
    pub(crate) fn take(&self, origin: &Arc<str>, now: Instant) -> Option<Link> {
        let mut idle = self.lock();
        let idle = &mut *idle;
        let address = idle.addresses.get_mut(origin)?;
        if !address.http2.is_empty() {
            address.http2.retain(|(link, _)| !link.sender.is_closed());
            if let Some((link, used_at)) = address.http2.iter_mut().find(|(link, _)| link.has_room()) {
                *used_at = now;
                return Some(Link::Http2(link.stream()));
            }
        }
        while let Some((mut link, until)) = address.http1.pop() {
            idle.http1_count -= 1;
            if now < until && link.is_alive() {
                return Some(Link::Http1(link));
            }
        }
        None
    }

    /// Takes a connection back whose exchange is complete, for as long as its peer keeps it; drops it when there are enough.
    pub(crate) fn give_back(&self, origin: &Arc<str>, link: Box<Http1>, kept_for: Duration) {
        let now = Instant::now();
        let mut idle = self.lock();
        if now - idle.swept_at >= SWEEP_INTERVAL {
            idle.sweep(now);
        }
        if idle.http1_count >= IDLE_MAX {
            return;
        }
        let address = idle.address(origin);
        if address.http1.len() < IDLE_PER_ADDRESS_MAX {
            address.http1.push((link, now + kept_for.min(IDLE_TIME)));
            idle.http1_count += 1;
        }
    }

    /// Makes a fresh HTTP/2 connection known to others.
    pub(crate) fn share(&self, origin: &Arc<str>, link: Http2) {
        let now = Instant::now();
        let mut idle = self.lock();
        if now - idle.swept_at >= SWEEP_INTERVAL {
            idle.sweep(now);
        }
        let address = idle.address(origin);
        if address.http2.len() < IDLE_PER_ADDRESS_MAX {
            address.http2.push((link, now));
        }
    }

    /// Drops what closed or idled too long.
    pub(crate) fn sweep(&self) {
        self.lock().sweep(Instant::now());
    }

    /// Idle HTTP/1.1 connections and open HTTP/2 connections.
    pub(crate) fn len(&self) -> usize {
        let idle = self.lock();
        idle.http1_count + idle.addresses.values().map(|address| address.http2.len()).sum::<usize>()
    }

    fn lock(&self) -> MutexGuard<'_, Idle> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Idle {
    fn address(&mut self, origin: &Arc<str>) -> &mut Address {
        self.addresses.entry(origin.clone()).or_default()
    }

    fn sweep(&mut self, now: Instant) {
        self.swept_at = now;
        self.addresses.retain(|_, address| {
            address.http1.retain_mut(|(link, until)| now < *until && link.is_alive());
            address.http2.retain(|(link, used_at)| {
                !link.sender.is_closed() && (link.open_streams() > 0 || now - *used_at < IDLE_TIME)
            });
            !address.http1.is_empty() || !address.http2.is_empty()
        });
        self.http1_count = self.addresses.values().map(|address| address.http1.len()).sum();
    }
}
