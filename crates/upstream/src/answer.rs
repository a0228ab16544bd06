//! An answer's body. It polls its own connection, holds the call's deadlines, and gives the connection back when the
//! message is complete. Dropped early (the caller left), it drops the connection with it: cancelling needs no further code.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, Waker},
    time::Duration,
};

use bytes::{Bytes, BytesMut};
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use waypost_types::{Fault, FaultClass};

use crate::{
    limits::{ANSWER_BYTES_MAX, MERGED_BYTES_MAX},
    link::Link,
    upstream::Shared,
    watch::Watch,
};

/// The body of a provider's answer. Frames that are ready leave as one; a lone frame is not copied.
pub struct Answer {
    incoming: Incoming,
    link: Option<Link>,
    shared: Arc<Shared>,
    origin: Arc<str>,
    watch: Watch,
    connect_ms: Option<u64>,
    /// How long the peer keeps the connection when idle.
    kept_for: Duration,
    received_bytes: u64,
    /// What followed the frames merged last: trailers, a fault or the end.
    next: Option<Option<Result<Frame<Bytes>, Fault>>>,
}

impl Answer {
    pub(crate) fn new(
        incoming: Incoming,
        link: Link,
        shared: Arc<Shared>,
        origin: Arc<str>,
        watch: Watch,
        connect_ms: Option<u64>,
        kept_for: Duration,
    ) -> Self {
        let mut answer = Self {
            incoming,
            link: Some(link),
            shared,
            origin,
            watch,
            connect_ms,
            kept_for,
            received_bytes: 0,
            next: None,
        };
        if answer.incoming.is_end_stream() {
            // Nobody polls an empty body.
            answer.release(&mut Context::from_waker(Waker::noop()));
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
    fn release(&mut self, cx: &mut Context<'_>) {
        if let Some(Link::Http1(mut link)) = self.link.take()
            && link.is_usable(cx)
        {
            link.timer = self.watch.timer.take();
            self.shared.pool.give_back(&self.origin, link, self.kept_for);
        }
    }

    fn poll_incoming(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let incoming = Pin::new(&mut self.incoming);
        match &mut self.link {
            Some(Link::Http1(link)) => link.drive(cx, |cx| incoming.poll_frame(cx)),
            Some(Link::Http2(_)) | None => incoming.poll_frame(cx),
        }
    }

    /// One frame of the provider, counted.
    fn poll_received(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Fault>>> {
        let frame = match std::task::ready!(self.poll_incoming(cx)) {
            Some(Ok(frame)) => frame,
            Some(Err(error)) => {
                self.link = None;
                return Poll::Ready(Some(Err(body_fault(&error, self.received_bytes))));
            }
            None => {
                self.release(cx);
                return Poll::Ready(None);
            }
        };
        if let Some(data) = frame.data_ref() {
            self.received_bytes += data.len() as u64;
            if self.received_bytes > ANSWER_BYTES_MAX {
                self.link = None;
                return Poll::Ready(Some(Err(too_large())));
            }
        }
        self.watch.progressed();
        Poll::Ready(Some(Ok(frame)))
    }
}

impl Body for Answer {
    type Data = Bytes;
    type Error = Fault;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Fault>>> {
        let this = &mut *self;
        if let Some(next) = this.next.take() {
            return Poll::Ready(next);
        }
        if let Some(fault) = this.watch.is_over().filter(|_| this.link.is_some()) {
            this.link = None;
            return Poll::Ready(Some(Err(fault)));
        }
        let mut merged = Merged::default();
        loop {
            match this.poll_received(cx) {
                Poll::Ready(Some(Ok(frame))) if frame.is_data() => {
                    merged.push(frame.into_data().unwrap_or_default());
                    if this.incoming.is_end_stream() {
                        this.release(cx);
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
                        this.link = None;
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
            None => self.incoming.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        self.incoming.size_hint()
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

/// What an error after the head means.
fn body_fault(error: &hyper::Error, received_bytes: u64) -> Fault {
    if error.is_parse() || is_malformed_chunk(error) {
        return Fault::new(FaultClass::BadAnswer, format!("the answer's framing is broken: {error}"));
    }
    Fault::new(FaultClass::Interrupted, format!("the provider closed the connection after {received_bytes} bytes"))
}

/// hyper reports a chunk size that is no number as an I/O error of the kind "invalid".
fn is_malformed_chunk(error: &hyper::Error) -> bool {
    std::error::Error::source(error)
        .and_then(|source| source.downcast_ref::<std::io::Error>())
        .is_some_and(|error| matches!(error.kind(), std::io::ErrorKind::InvalidInput | std::io::ErrorKind::InvalidData))
}
