//! Management requests that arrive on a core's listener leave the core: they run on a runtime of their own, so that no
//! query and no long scan can stall traffic.

use std::{sync::Arc, time::Duration};

use axum::Router;
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use tokio::sync::{Semaphore, mpsc, oneshot};
use tower::ServiceExt;

/// Requests waiting for the management runtime.
const QUEUE_MAX: usize = 256;
/// A management request body.
const BODY_BYTES_MAX: usize = 8 * 1024 * 1024;
/// To the end of a body.
const BODY_READ: Duration = Duration::from_secs(30);
/// Bodies read at the same time.
const BODIES_MAX: usize = 64;
/// Requests on the management runtime, the waiting ones included.
const IN_PROGRESS_MAX: usize = 128;

struct HandedOver {
    request: Request<axum::body::Body>,
    answer: oneshot::Sender<Response<axum::body::Body>>,
}

/// The cores' end.
#[derive(Clone)]
pub struct Desk {
    queue: mpsc::Sender<HandedOver>,
    reading: Arc<Semaphore>,
    in_progress: Arc<Semaphore>,
}

/// The management runtime's end.
pub struct Inbox(mpsc::Receiver<HandedOver>);

/// The two ends.
pub fn desk() -> (Desk, Inbox) {
    let (sender, receiver) = mpsc::channel(QUEUE_MAX);
    let places = |count| Arc::new(Semaphore::new(count));
    (Desk { queue: sender, reading: places(BODIES_MAX), in_progress: places(IN_PROGRESS_MAX) }, Inbox(receiver))
}

/// Why a management request was not answered by its handler.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turned {
    /// The body is too large, or broke off.
    Body,
    /// Too many are waiting, or the runtime is gone.
    Busy,
}

impl Desk {
    /// Hands a request over and waits for its answer.
    ///
    /// # Errors
    /// See [`Turned`].
    pub async fn ask(&self, request: Request<Incoming>) -> Result<Response<axum::body::Body>, Turned> {
        let (parts, body) = request.into_parts();
        let _place = self.in_progress.try_acquire().map_err(|_| Turned::Busy)?;
        let reading = self.reading.try_acquire().map_err(|_| Turned::Busy)?;
        let whole = Limited::new(body, BODY_BYTES_MAX).collect();
        let body: Bytes = tokio::time::timeout(BODY_READ, whole)
            .await
            .map_err(|_| Turned::Body)?
            .map_err(|_| Turned::Body)?
            .to_bytes();
        drop(reading);
        let (answer, answered) = oneshot::channel();
        let request = Request::from_parts(parts, axum::body::Body::from(body));
        self.queue.try_send(HandedOver { request, answer }).map_err(|_| Turned::Busy)?;
        answered.await.map_err(|_| Turned::Busy)
    }
}

impl Inbox {
    /// Answers until every core is gone.
    pub async fn serve(mut self, router: Router) {
        while let Some(HandedOver { request, mut answer }) = self.0.recv().await {
            let router = router.clone();
            tokio::spawn(async move {
                let response = tokio::select! {
                    response = router.oneshot(request) => response,
                    // The caller left: nobody would read the answer, and a model need not go on writing it.
                    () = answer.closed() => return,
                };
                let Ok(response) = response;
                drop(answer.send(response));
            });
        }
    }
}
