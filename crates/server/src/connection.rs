//! One connection of a caller, with what it costs to watch over it kept out of its requests: a timer that rings seldom, and
//! a look at a flag, in place of a timer set for each request and a channel asked at each step.

use std::{
    future::{Future, poll_fn},
    pin::{Pin, pin},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
    time::{Duration, Instant},
};

use hyper::rt::{Sleep, Timer};
use hyper_util::server::graceful::GracefulConnection;
use tokio::sync::watch;

/// Deadlines of heads are looked at this often, so that a connection closes so much later than its deadline at most.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// Tells connections that the instance stops, and waits for them.
pub(crate) struct Farewell {
    tell: watch::Sender<()>,
    is_said: Arc<AtomicBool>,
}

/// A connection's end of a [`Farewell`]; it is waited for until this is dropped.
pub(crate) struct Listening {
    told: watch::Receiver<()>,
    is_said: Arc<AtomicBool>,
}

impl Farewell {
    pub(crate) fn new() -> Self {
        Self { tell: watch::channel(()).0, is_said: Arc::default() }
    }

    pub(crate) fn listen(&self) -> Listening {
        Listening { told: self.tell.subscribe(), is_said: self.is_said.clone() }
    }

    /// Lets every connection finish what it is at, and waits until all are closed.
    pub(crate) async fn say(self) {
        self.is_said.store(true, Ordering::Release);
        // Without receivers there is nobody to tell.
        let _ = self.tell.send(());
        self.tell.closed().await;
    }
}

/// What the task of a connection looks at beside its socket. To be polled in one task only: its wakers stay good, so that
/// each is left but once.
pub(crate) struct Lookout {
    is_said: Arc<AtomicBool>,
    leaving: Pin<Box<dyn Future<Output = watch::Receiver<()>> + Send>>,
    /// Kept to the end of the connection, which is waited for.
    told: Option<watch::Receiver<()>>,
    look: Pin<Box<tokio::time::Sleep>>,
    is_first: bool,
}

impl Lookout {
    pub(crate) fn new(listening: Listening) -> Self {
        let Listening { mut told, is_said } = listening;
        let leaving = Box::pin(async move {
            // An error says that nobody can tell any more, which is the same.
            let _ = told.changed().await;
            told
        });
        Self { is_said, leaving, told: None, look: Box::pin(tokio::time::sleep(LOOK_EVERY)), is_first: true }
    }

    /// Looks, and sees to it that the task is woken now and then and when the instance stops. True once it does.
    pub(crate) fn look(&mut self, cx: &mut Context<'_>) -> bool {
        if self.is_first || self.look.is_elapsed() {
            while self.look.as_mut().poll(cx).is_ready() {
                self.look.as_mut().reset(tokio::time::Instant::now() + LOOK_EVERY);
            }
        }
        if self.told.is_none()
            && (self.is_first || self.is_said.load(Ordering::Acquire))
            && let Poll::Ready(told) = self.leaving.as_mut().poll(cx)
        {
            self.told = Some(told);
        }
        self.is_first = false;
        self.told.is_some()
    }
}

/// Serves a connection to its end.
pub(crate) async fn serve<C: GracefulConnection>(connection: C, mut lookout: Lookout) -> C::Output {
    let mut connection = pin!(connection);
    let mut is_leaving = false;
    poll_fn(|cx| {
        if lookout.look(cx) && !is_leaving {
            is_leaving = true;
            connection.as_mut().graceful_shutdown();
        }
        connection.as_mut().poll(cx)
    })
    .await
}

/// The timer for heads: its sleeps wake nobody. Whoever polls them now and then sees when they are over, and [`Lookout`]
/// does.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SeldomTimer;

struct Until(Instant);

impl Timer for SeldomTimer {
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Sleep>> {
        self.sleep_until(self.now() + duration)
    }

    fn sleep_until(&self, deadline: Instant) -> Pin<Box<dyn Sleep>> {
        Box::pin(Until(deadline))
    }

    fn now(&self) -> Instant {
        tokio::time::Instant::now().into_std()
    }
}

impl Future for Until {
    type Output = ();

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        if SeldomTimer.now() < self.0 { Poll::Pending } else { Poll::Ready(()) }
    }
}

impl Sleep for Until {}
