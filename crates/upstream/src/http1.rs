//! An HTTP/1.1 connection without a task of its own: whoever holds it polls it, so that no piece of an answer crosses from
//! task to task. One request at a time; what its bytes mean is [`waypost_http1`]'s.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll, Waker, ready},
};

use bytes::{Buf, Bytes, BytesMut};
use http::{HeaderValue, Method, Request};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use waypost_http1::{AnswerHead, Framing, FramingError, HeadError, head, write};

use crate::{
    limits::{HEAD_BYTES_MAX, MERGED_BYTES_MAX, READ_BYTES},
    link::Socket,
    watch::Timer,
};

/// A request's body up to here is written together with its head: one copy is cheaper than a second piece.
const JOINED_BYTES_MAX: usize = 16 * 1024;

/// Buffers of an idle connection are not kept beyond this.
const KEPT_BYTES_MAX: usize = 64 * 1024;

/// A connection to a provider.
pub(crate) struct Http1 {
    socket: Socket,
    /// Received, and not read yet.
    inbox: BytesMut,
    /// The head that is being written, with a small body behind it.
    outbox: BytesMut,
    /// The body that follows it.
    body: Bytes,
    /// Something of the request has left.
    has_begun: bool,
    /// The request cannot be written any further; an answer may still be on its way.
    is_cut: bool,
    method: Method,
    /// The rest of the answer; `None` before its head.
    framing: Option<Framing>,
    keeps_alive: bool,
    /// The deadline timer of the exchanges over it. It is moved when it rings, not for each exchange.
    pub(crate) timer: Option<Timer>,
}

/// Why an exchange goes no further.
#[derive(Debug)]
pub(crate) enum Broken {
    /// Closed before any of the request was written.
    Unsent,
    /// Closed before the answer's head was whole.
    Closed,
    /// The head is none.
    Head(HeadError),
    /// The head is larger than [`HEAD_BYTES_MAX`].
    HeadTooLarge,
    /// Closed before the body was whole.
    Interrupted,
    /// The body is not framed as it says.
    Framing(FramingError),
}

impl Http1 {
    pub(crate) fn new(socket: Socket) -> Self {
        Self {
            socket,
            inbox: BytesMut::new(),
            outbox: BytesMut::new(),
            body: Bytes::new(),
            has_begun: false,
            is_cut: false,
            method: Method::POST,
            framing: None,
            keeps_alive: true,
            timer: None,
        }
    }

    /// Makes a request ready to be written, for [`Http1::poll_head`].
    pub(crate) fn begin(&mut self, request: &Request<Bytes>, host: &HeaderValue) {
        let target = request.uri().path_and_query().map_or("/", |target| target.as_str());
        let body = request.body();
        self.outbox.clear();
        write::request(&mut self.outbox, request.method(), target, host, request.headers(), body.len());
        if body.len() <= JOINED_BYTES_MAX {
            self.outbox.extend_from_slice(body);
            self.body = Bytes::new();
        } else {
            self.body = body.clone();
        }
        self.method = request.method().clone();
        (self.has_begun, self.is_cut, self.framing) = (false, false, None);
    }

    /// Writes the request and waits for the head of its answer, which may come before all of it is written.
    pub(crate) fn poll_head(&mut self, cx: &mut Context<'_>) -> Poll<Result<AnswerHead, Broken>> {
        let is_written = self.poll_write(cx).is_ready();
        if is_written && self.is_cut && !self.has_begun {
            return Poll::Ready(Err(Broken::Unsent));
        }
        loop {
            let received = match self.poll_receive(cx) {
                Poll::Ready(Ok(received)) => received,
                Poll::Ready(Err(_)) => 0,
                Poll::Pending => return Poll::Pending,
            };
            if received == 0 {
                return Poll::Ready(Err(if self.has_begun { Broken::Closed } else { Broken::Unsent }));
            }
            if let Some(head) = head::take_answer(&mut self.inbox, &self.method).map_err(Broken::Head)? {
                // Half a request is behind it: the next one would be taken for the rest.
                self.keeps_alive = head.keeps_alive && is_written && !self.is_cut;
                self.framing = Some(head.framing);
                return Poll::Ready(Ok(head));
            }
            if self.inbox.len() > HEAD_BYTES_MAX {
                return Poll::Ready(Err(Broken::HeadTooLarge));
            }
        }
    }

    /// What has come of the body, joined; `None` at its end.
    pub(crate) fn poll_body(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Broken>>> {
        loop {
            let Some(framing) = &mut self.framing else { return Poll::Ready(None) };
            let piece = match framing.take(&mut self.inbox) {
                Ok(piece) => piece,
                Err(error) => return Poll::Ready(Some(Err(Broken::Framing(error)))),
            };
            if !piece.is_empty() {
                return Poll::Ready(Some(Ok(piece)));
            }
            if framing.is_over() {
                return Poll::Ready(None);
            }
            let is_until_close = *framing == Framing::UntilClose;
            match ready!(self.poll_receive(cx)) {
                Ok(0) if is_until_close => {
                    self.framing = Some(Framing::Length(0));
                    return Poll::Ready(None);
                }
                Ok(0) | Err(_) => return Poll::Ready(Some(Err(Broken::Interrupted))),
                Ok(_) => {}
            }
        }
    }

    /// The body has ended.
    pub(crate) fn is_over(&self) -> bool {
        self.framing.is_some_and(|framing| framing.is_over())
    }

    /// Bytes of the body that are still to come, where its head said so.
    pub(crate) fn left(&self) -> Option<u64> {
        self.framing?.left()
    }

    /// Another request may follow: the answer is over, nothing came behind it, and its head did not say otherwise.
    pub(crate) fn can_go_on(&mut self) -> bool {
        let goes_on = self.keeps_alive && self.is_over() && self.inbox.is_empty();
        if goes_on && self.inbox.capacity() > KEPT_BYTES_MAX {
            self.inbox = BytesMut::new();
        }
        if goes_on && self.outbox.capacity() > KEPT_BYTES_MAX {
            self.outbox = BytesMut::new();
        }
        goes_on
    }

    /// The peer has not closed it, as far as one look tells; nor said anything that nobody asked for.
    pub(crate) fn is_alive(&mut self) -> bool {
        let mut byte = [0];
        let mut probe = ReadBuf::new(&mut byte);
        Pin::new(&mut self.socket).poll_read(&mut Context::from_waker(Waker::noop()), &mut probe).is_pending()
    }

    /// Ready when there is nothing left to write, or no way to.
    fn poll_write(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        while !self.is_cut && (self.outbox.has_remaining() || self.body.has_remaining()) {
            let socket = Pin::new(&mut self.socket);
            let written = if self.body.is_empty() {
                ready!(socket.poll_write(cx, &self.outbox))
            } else {
                let pieces = [io::IoSlice::new(&self.outbox), io::IoSlice::new(&self.body)];
                ready!(socket.poll_write_vectored(cx, &pieces))
            };
            match written {
                Ok(written) if written > 0 => {
                    self.has_begun = true;
                    let of_head = written.min(self.outbox.len());
                    self.outbox.advance(of_head);
                    self.body.advance((written - of_head).min(self.body.len()));
                }
                Ok(_) | Err(_) => self.is_cut = true,
            }
        }
        // TLS holds back what its socket did not take at once.
        if let Socket::Tls(stream) = &mut self.socket
            && !self.is_cut
        {
            self.is_cut = ready!(Pin::new(stream).poll_flush(cx)).is_err();
        }
        Poll::Ready(())
    }

    /// Receives once; 0 at the end.
    fn poll_receive(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let mut all = 0;
        while all < MERGED_BYTES_MAX {
            if self.inbox.is_empty() {
                // Goes back to the beginning of its memory.
                self.inbox.clear();
            }
            self.inbox.reserve(READ_BYTES);
            let room = self.inbox.capacity() - self.inbox.len();
            match tokio_util::io::poll_read_buf(Pin::new(&mut self.socket), cx, &mut self.inbox) {
                Poll::Ready(Ok(received)) => {
                    all += received;
                    // A buffer that was not filled has emptied the socket.
                    if received < room {
                        break;
                    }
                }
                // What came before the end or the fault is read first; both come again.
                Poll::Ready(Err(_)) | Poll::Pending if all > 0 => break,
                other => return other,
            }
        }
        Poll::Ready(Ok(all))
    }
}
