//! An answer's body. It polls its own connection, holds the call's deadlines, and gives the connection back when the
//! message is complete. Dropped early (the caller left), it drops the connection with it: cancelling needs no further code.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use bytes::{Bytes, BytesMut};
use http_body::{Frame, SizeHint};
use hyper::body::Incoming;
use waypost_types::{Fault, FaultClass};

use crate::{
    http1::{Broken, Http1},
    limits::{ANSWER_BYTES_MAX, MERGED_BYTES_MAX},
    link::Http2Stream,
    upstream::Shared,
    watch::Watch,
};

/// The body of a provider's answer. What is ready leaves as one frame.
pub struct Answer {
    body: Body,
    origin: Origin,
    watch: Watch,
    connect_ms: Option<u64>,
    received_bytes: u64,
    /// What followed the frames merged last: trailers, a fault or the end.
    next: Option<Option<Result<Frame<Bytes>, Fault>>>,
}

/// What still comes, and over what.
pub(crate) enum Body {
    /// The connection itself.
    Http1(Box<Http1>),
    /// A stream of a shared connection, with its place there.
    Http2 { incoming: Incoming, _place: Http2Stream },
    /// The end, or a fault: the connection is back in the pool, or gone.
    Over,
}

/// Where a connection goes back to.
pub(crate) struct Origin {
    pub(crate) shared: Arc<Shared>,
    pub(crate) name: Arc<str>,
    /// How long the peer keeps it when idle.
    pub(crate) kept_for: Duration,
}

impl Body {
    /// Bytes still to come, at least.
    pub(crate) fn left(&self) -> u64 {
        match self {
            Self::Http1(link) => link.left().unwrap_or(0),
            Self::Http2 { incoming, .. } => http_body::Body::size_hint(incoming).lower(),
            Self::Over => 0,
        }
    }

    fn is_over(&self) -> bool {
        match self {
            Self::Http1(link) => link.is_over(),
            Self::Http2 { incoming, .. } => http_body::Body::is_end_stream(incoming),
            Self::Over => true,
        }
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Fault>>> {
        match self {
            Self::Http1(link) => {
                link.poll_body(cx).map(|piece| piece.map(|piece| piece.map(Frame::data).map_err(|why| broken(&why))))
            }
            Self::Http2 { incoming, .. } => http_body::Body::poll_frame(Pin::new(incoming), cx)
                .map(|frame| frame.map(|frame| frame.map_err(|error| body_fault(&error)))),
            Self::Over => Poll::Ready(None),
        }
    }
}

impl Answer {
    pub(crate) fn new(body: Body, origin: Origin, watch: Watch, connect_ms: Option<u64>) -> Self {
        let mut answer = Self { body, origin, watch, connect_ms, received_bytes: 0, next: None };
        if answer.body.is_over() {
            // Nobody polls an empty body.
            answer.release();
        }
        answer
    }

    /// Milliseconds until a fresh connection was up; 0 on a pooled one.
    pub fn connect_ms(&self) -> u64 {
        self.connect_ms.unwrap_or(0)
    }

    /// The connection came from the pool.
    pub const fn is_reused(&self) -> bool {
        self.connect_ms.is_none()
    }

    /// Bytes of the body so far, as received.
    pub const fn received_bytes(&self) -> u64 {
        self.received_bytes
    }

    /// Gives the connection back, or lets it go when the peer wants to close it or has more to say than it announced.
    fn release(&mut self) {
        if let Body::Http1(mut link) = std::mem::replace(&mut self.body, Body::Over)
            && link.can_go_on()
        {
            link.timer = self.watch.timer.take();
            self.origin.shared.pool.give_back(&self.origin.name, link, self.origin.kept_for);
        }
    }

    /// One frame of the provider, counted.
    fn poll_received(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Fault>>> {
        let frame = match std::task::ready!(self.body.poll(cx)) {
            Some(Ok(frame)) => frame,
            Some(Err(mut fault)) => {
                self.body = Body::Over;
                if fault.class == FaultClass::Interrupted {
                    fault.detail = format!("the provider closed the connection after {} bytes", self.received_bytes);
                }
                return Poll::Ready(Some(Err(fault)));
            }
            None => {
                self.release();
                return Poll::Ready(None);
            }
        };
        if let Some(data) = frame.data_ref() {
            self.received_bytes += data.len() as u64;
            if self.received_bytes > ANSWER_BYTES_MAX {
                self.body = Body::Over;
                return Poll::Ready(Some(Err(too_large())));
            }
        }
        self.watch.progressed();
        Poll::Ready(Some(Ok(frame)))
    }
}

impl http_body::Body for Answer {
    type Data = Bytes;
    type Error = Fault;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Fault>>> {
        let this = &mut *self;
        if let Some(next) = this.next.take() {
            return Poll::Ready(next);
        }
        if !matches!(this.body, Body::Over)
            && let Some(fault) = this.watch.is_over()
        {
            this.body = Body::Over;
            return Poll::Ready(Some(Err(fault)));
        }
        let mut merged = Merged::default();
        loop {
            match this.poll_received(cx) {
                Poll::Ready(Some(Ok(frame))) if frame.is_data() => {
                    merged.push(frame.into_data().unwrap_or_default());
                    if this.body.is_over() {
                        this.release();
                        break;
                    }
                    if merged.len() >= MERGED_BYTES_MAX {
                        break;
                    }
                }
                Poll::Ready(other) if merged.is_empty() => return Poll::Ready(other),
                Poll::Ready(other) => {
                    this.next = Some(other);
                    break;
                }
                Poll::Pending if merged.is_empty() => {
                    return this.watch.poll_expired(cx).map(|fault| {
                        this.body = Body::Over;
                        Some(Err(fault))
                    });
                }
                Poll::Pending => break,
            }
        }
        Poll::Ready(Some(Ok(Frame::data(merged.into_bytes()))))
    }

    fn is_end_stream(&self) -> bool {
        match &self.next {
            Some(next) => next.is_none(),
            None => self.body.is_over(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.body {
            Body::Http1(link) => link.left().map_or_else(SizeHint::new, SizeHint::with_exact),
            Body::Http2 { incoming, .. } => incoming.size_hint(),
            Body::Over => SizeHint::with_exact(0),
        }
    }
}

/// Frames that came together.
#[derive(Default)]
struct Merged {
    lone: Option<Bytes>,
    many: BytesMut,
}

impl Merged {
    fn push(&mut self, data: Bytes) {
        if self.is_empty() {
            self.lone = Some(data);
            return;
        }
        if let Some(first) = self.lone.take() {
            self.many.reserve((16 * 1024).max(first.len() + data.len()));
            self.many.extend_from_slice(&first);
        }
        self.many.extend_from_slice(&data);
    }

    fn is_empty(&self) -> bool {
        self.lone.is_none() && self.many.is_empty()
    }

    fn len(&self) -> usize {
        self.lone.as_ref().map_or(self.many.len(), Bytes::len)
    }

    fn into_bytes(self) -> Bytes {
        self.lone.unwrap_or_else(|| self.many.freeze())
    }
}

pub(crate) fn too_large() -> Fault {
    Fault::new(FaultClass::TooLarge, format!("the answer is larger than {} MiB", ANSWER_BYTES_MAX / (1024 * 1024)))
}

/// What a connection that broke after the head means.
fn broken(why: &Broken) -> Fault {
    match why {
        Broken::Framing(error) => Fault::new(FaultClass::BadAnswer, format!("the answer's framing is broken: {error}")),
        _ => Fault::new(FaultClass::Interrupted, ""),
    }
}

/// The same of a stream of HTTP/2.
fn body_fault(error: &hyper::Error) -> Fault {
    if error.is_parse() {
        return Fault::new(FaultClass::BadAnswer, format!("the answer's framing is broken: {error}"));
    }
    Fault::new(FaultClass::Interrupted, "")
}
