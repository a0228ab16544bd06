//! The deadlines of one call (`docs/reference/limits.md`), with one timer that is made when something is waited for.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use tokio::time::{Instant, Sleep, sleep_until};
use waypost_types::{Fault, FaultClass};

/// How long each part of a call may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadlines {
    /// Name, TCP and TLS of a fresh connection.
    pub connect: Duration,
    /// From the call to the answer's first body byte (or its head, where it has no body); `None` waits as long as `total`.
    pub first_byte: Option<Duration>,
    /// Between two pieces of the answer, counted only while the gateway itself is waiting.
    pub between: Duration,
    /// From the call to the end of the answer.
    pub total: Duration,
}

impl Default for Deadlines {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            first_byte: Some(Duration::from_secs(60)),
            between: Duration::from_secs(120),
            total: Duration::from_secs(30 * 60),
        }
    }
}

/// Watches over one call. Costs nothing while data is there: a look at the clock per wait, and the timer is moved only when
/// it rings.
pub(crate) struct Watch {
    pub(crate) started: Instant,
    first_by: Option<Instant>,
    total_by: Instant,
    between: Duration,
    phase: Phase,
    /// Made when something is waited for; over HTTP/1.1 it comes from the connection and goes back there.
    pub(crate) timer: Option<Timer>,
}

/// A timer that is set to a deadline or to an earlier one.
pub(crate) type Timer = Pin<Box<Sleep>>;

#[derive(Clone, Copy)]
enum Phase {
    /// Nothing has come yet, or not what the caller calls the first token.
    First,
    /// Something came since the last wait.
    Flowing,
    /// Waiting for the next piece since then.
    WaitingSince(Instant),
}

impl Watch {
    pub(crate) fn new(deadlines: &Deadlines) -> Self {
        let started = Instant::now();
        Self {
            started,
            first_by: deadlines.first_byte.map(|first| started + first),
            total_by: started + deadlines.total,
            between: deadlines.between,
            phase: Phase::First,
            timer: None,
        }
    }

    /// Something came: the first-byte deadline is over.
    pub(crate) const fn progressed(&mut self) {
        self.phase = Phase::Flowing;
    }

    /// Called when there is nothing to do but wait; wakes the task when a deadline passes.
    pub(crate) fn poll_expired(&mut self, cx: &mut Context<'_>) -> Poll<Fault> {
        let (by, class) = self.next_deadline();
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep_until(by)));
        if timer.deadline() > by {
            timer.as_mut().reset(by);
        }
        while timer.as_mut().poll(cx).is_ready() {
            // It may have been set for a piece that has come since.
            if timer.deadline() >= by {
                return Poll::Ready(self.fault(class));
            }
            timer.as_mut().reset(by);
        }
        Poll::Pending
    }

    /// The call as a whole took too long, whether anybody waited or not.
    pub(crate) fn is_over(&self) -> Option<Fault> {
        (Instant::now() >= self.total_by).then(|| self.fault(FaultClass::TotalTimeout))
    }

    /// Bounds connecting: its own deadline, the first byte's and the total.
    pub(crate) async fn bound_connect<T>(
        &self,
        limit: Duration,
        connecting: impl Future<Output = Result<T, Fault>>,
    ) -> Result<T, Fault> {
        let own = Instant::now() + limit;
        let (by, class) = [
            Some((own, FaultClass::ConnectTimeout)),
            self.first_by.map(|first| (first, FaultClass::FirstTokenTimeout)),
            Some((self.total_by, FaultClass::TotalTimeout)),
        ]
        .into_iter()
        .flatten()
        .min_by_key(|(by, _)| *by)
        .unwrap_or((own, FaultClass::ConnectTimeout));
        match tokio::time::timeout_at(by, connecting).await {
            Ok(result) => result,
            Err(_) => Err(self.fault(class)),
        }
    }

    fn next_deadline(&mut self) -> (Instant, FaultClass) {
        let total = (self.total_by, FaultClass::TotalTimeout);
        let next = match self.phase {
            Phase::First => self.first_by.map(|by| (by, FaultClass::FirstTokenTimeout)),
            Phase::Flowing => {
                let now = Instant::now();
                self.phase = Phase::WaitingSince(now);
                Some((now + self.between, FaultClass::IdleTimeout))
            }
            Phase::WaitingSince(since) => Some((since + self.between, FaultClass::IdleTimeout)),
        };
        next.filter(|(by, _)| *by < self.total_by).unwrap_or(total)
    }

    fn fault(&self, class: FaultClass) -> Fault {
        let waited = self.started.elapsed().as_millis();
        let detail = match class {
            FaultClass::ConnectTimeout => format!("no connection after {waited} ms"),
            FaultClass::FirstTokenTimeout => format!("nothing came within {waited} ms"),
            FaultClass::IdleTimeout => format!("nothing more came for {} ms", self.between.as_millis()),
            _ => format!("not finished after {waited} ms"),
        };
        Fault::new(class, detail)
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use super::*;

    fn deadlines() -> Deadlines {
        Deadlines {
            connect: Duration::from_secs(5),
            first_byte: Some(Duration::from_secs(10)),
            between: Duration::from_secs(3),
            total: Duration::from_secs(20),
        }
    }

    async fn expires(watch: &mut Watch) -> (FaultClass, u64) {
        let fault = poll_fn(|cx| watch.poll_expired(cx)).await;
        (fault.class, watch.started.elapsed().as_secs())
    }

    #[tokio::test(start_paused = true)]
    async fn f05_the_first_byte_has_a_deadline() {
        assert_eq!(expires(&mut Watch::new(&deadlines())).await, (FaultClass::FirstTokenTimeout, 10));
        let patient = Deadlines { first_byte: None, ..deadlines() };
        assert_eq!(expires(&mut Watch::new(&patient)).await, (FaultClass::TotalTimeout, 20));
    }

    #[tokio::test(start_paused = true)]
    async fn f08_a_slow_drip_lives_until_the_total() {
        let mut watch = Watch::new(&deadlines());
        for second in 1..20 {
            let waited = tokio::time::timeout(Duration::from_secs(1), poll_fn(|cx| watch.poll_expired(cx))).await;
            assert!(waited.is_err(), "alive at {second}");
            watch.progressed();
        }
        assert_eq!(expires(&mut watch).await, (FaultClass::TotalTimeout, 20));
    }

    #[tokio::test(start_paused = true)]
    async fn f09_silence_after_the_first_piece_ends_at_the_idle_deadline() {
        let mut watch = Watch::new(&deadlines());
        let waited = tokio::time::timeout(Duration::from_secs(2), poll_fn(|cx| watch.poll_expired(cx))).await;
        assert!(waited.is_err());
        watch.progressed();
        assert_eq!(expires(&mut watch).await, (FaultClass::IdleTimeout, 5));
    }
}
