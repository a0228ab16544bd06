//! The fast lane: simple requests of the data plane over HTTP/1.1, in the task of their connection.
//!
//! A simple request is one whose head comes whole, with a body of a known length or none, on a connection that stays open:
//! what SDKs send. Whatever else comes (HTTP/2, chunked bodies, an expectation, another path, half a head, nonsense) turns
//! the connection over to hyper as it is, with the bytes that were read, and hyper has it until it ends.

use std::{
    future::{Future, poll_fn},
    io::{self, IoSlice},
    pin::{Pin, pin},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, ready},
    time::{Duration, Instant},
};

use bytes::{Buf, Bytes, BytesMut};
use http::{Request, Response, StatusCode};
use http_body::{Body, Frame, SizeHint};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf},
    net::TcpStream,
};
use waypost_gateway::{HeaderLines, ingress};
use waypost_http1::{RequestHead, framing, head, write};
use waypost_types::Clock;

use crate::{connection::Lookout, date};

/// Room for what one read brings, at least.
const READ_BYTES: usize = 8 * 1024;
/// The same while a large body is coming.
const READ_BODY_BYTES: usize = 64 * 1024;
/// Bytes of a body that its reader has not taken yet.
const MAILBOX_BYTES_MAX: usize = 256 * 1024;
/// What comes behind a request that is being answered is read up to here.
const AHEAD_BYTES_MAX: usize = 64 * 1024;
/// A piece of an answer up to here is written together with what stands around it: one copy is cheaper than more pieces.
const JOINED_BYTES_MAX: usize = 16 * 1024;
/// Buffers of a connection between two requests are not kept beyond this.
const KEPT_BYTES_MAX: usize = 64 * 1024;
/// Of a body that nobody reads, so much is thrown away before its connection closes: a peer that is still sending would lose
/// the answer otherwise.
const LINGER_BYTES_MAX: usize = 1024 * 1024;
/// For so long.
const LINGER: Duration = Duration::from_secs(2);

/// How a connection left the lane.
pub(crate) enum Left {
    /// It is over.
    Closed,
    /// It goes on elsewhere, with what was read of it.
    Turned(Prefixed, Lookout),
}

/// Serves the simple requests of a connection, one after the other.
pub(crate) async fn serve<S, F, B>(
    stream: TcpStream,
    lookout: Lookout,
    clock: Arc<dyn Clock>,
    idle: Duration,
    answer: S,
) -> Left
where
    S: Fn(Request<Inbound>) -> F,
    F: Future<Output = (Response<B>, HeaderLines)>,
    B: Body<Data = Bytes>,
{
    let (inbox, outbox) = (BytesMut::new(), BytesMut::new());
    let mut lane = Lane { stream, inbox, outbox, lookout, is_leaving: false, idle, clock };
    loop {
        let head = match lane.next_head().await {
            Next::Head(head) => head,
            Next::Other => {
                return Left::Turned(Prefixed { read: lane.inbox.freeze(), stream: lane.stream }, lane.lookout);
            }
            Next::Closed => return Left::Closed,
        };
        let (request, mailbox) = lane.with_body(head);
        let Some((response, lines)) = lane.answered(pin!(answer(request)), mailbox.as_deref()).await else {
            return Left::Closed;
        };
        let is_read = mailbox.is_none_or(|mailbox| lock(&mailbox).left == 0);
        let keeps_alive = is_read && !lane.is_leaving;
        if lane.write(response, &lines, keeps_alive).await.is_err() {
            return Left::Closed;
        }
        if !is_read {
            lane.linger().await;
        }
        if !keeps_alive {
            return Left::Closed;
        }
    }
}

struct Lane {
    stream: TcpStream,
    /// Received, and not read yet.
    inbox: BytesMut,
    /// Being written.
    outbox: BytesMut,
    lookout: Lookout,
    /// The instance stops.
    is_leaving: bool,
    /// How long a connection may be silent between two requests.
    idle: Duration,
    clock: Arc<dyn Clock>,
}

enum Next {
    Head(RequestHead),
    Other,
    Closed,
}

// === impl Lane ===

impl Lane {
    /// Waits for a request and takes its head.
    async fn next_head(&mut self) -> Next {
        let since = Instant::now();
        if self.inbox.is_empty() && self.inbox.capacity() > KEPT_BYTES_MAX {
            self.inbox = BytesMut::new();
        }
        if self.outbox.capacity() > KEPT_BYTES_MAX {
            self.outbox = BytesMut::new();
        }
        poll_fn(|cx| {
            loop {
                if !self.inbox.is_empty() {
                    // An answer to HEAD has a length and no body: hyper knows how.
                    let is_meant = |method: &str, target: &str| method != "HEAD" && ingress::is_data_plane(target);
                    return Poll::Ready(match head::take_request(&mut self.inbox, is_meant) {
                        head::Incoming::Simple(head) => Next::Head(head),
                        // Heads that come in pieces have deadlines of their own, there as well.
                        head::Incoming::Partial | head::Incoming::Other => Next::Other,
                    });
                }
                match self.poll_receive(cx, READ_BYTES) {
                    Poll::Ready(Ok(received)) if received > 0 => {}
                    Poll::Ready(_) => return Poll::Ready(Next::Closed),
                    Poll::Pending => {
                        let is_over = self.looks_over(cx) || since.elapsed() >= self.idle;
                        return if is_over { Poll::Ready(Next::Closed) } else { Poll::Pending };
                    }
                }
            }
        })
        .await
    }

    /// The request, with its body as far as it is here.
    fn with_body(&mut self, head: RequestHead) -> (Request<Inbound>, Option<Arc<Mutex<Mailbox>>>) {
        let here = usize::try_from(head.body_bytes).ok().filter(|bytes| *bytes <= self.inbox.len());
        let (body, mailbox) = match here {
            Some(0) => (Inbound::Whole(None), None),
            Some(bytes) => (Inbound::Whole(Some(framing::take(&mut self.inbox, bytes))), None),
            None => {
                let bytes = std::mem::take(&mut self.inbox);
                let left = head.body_bytes - bytes.len() as u64;
                let mailbox = Arc::new(Mutex::new(Mailbox { bytes, left, is_broken: false }));
                (Inbound::Coming(mailbox.clone()), Some(mailbox))
            }
        };
        let mut request = Request::new(body);
        *request.method_mut() = head.method;
        *request.uri_mut() = head.uri;
        *request.headers_mut() = head.headers;
        (request, mailbox)
    }

    /// Waits for the answer's head, and hands the body on meanwhile. `None` when the caller leaves.
    async fn answered<F>(&mut self, mut answer: Pin<&mut F>, mailbox: Option<&Mutex<Mailbox>>) -> Option<F::Output>
    where
        F: Future,
    {
        poll_fn(|cx| {
            loop {
                let is_full = mailbox.is_some_and(|mailbox| self.fill(cx, mailbox));
                if let Poll::Ready(response) = answer.as_mut().poll(cx) {
                    return Poll::Ready(Some(response));
                }
                if !(is_full && mailbox.is_some_and(|mailbox| !lock(mailbox).is_full())) {
                    break;
                }
                // Its reader has made room.
            }
            let is_here = mailbox.is_none_or(|mailbox| lock(mailbox).left == 0);
            if is_here && self.has_left(cx) {
                return Poll::Ready(None);
            }
            self.looks_over(cx);
            Poll::Pending
        })
        .await
    }

    /// Receives what there is of a body. True when there was no room for more.
    fn fill(&mut self, cx: &mut Context<'_>, mailbox: &Mutex<Mailbox>) -> bool {
        let mut mailbox = lock(mailbox);
        while mailbox.left > 0 && !mailbox.is_broken {
            if mailbox.is_full() {
                return true;
            }
            let room = usize::try_from(mailbox.left).unwrap_or(usize::MAX).clamp(READ_BYTES, READ_BODY_BYTES);
            match self.poll_receive(cx, room) {
                Poll::Ready(Ok(received)) if received > 0 => {
                    let ours = self.inbox.len().min(usize::try_from(mailbox.left).unwrap_or(usize::MAX));
                    mailbox.left -= ours as u64;
                    let piece = self.inbox.split_to(ours);
                    mailbox.bytes.unsplit(piece);
                }
                Poll::Ready(_) => mailbox.is_broken = true,
                Poll::Pending => break,
            }
        }
        false
    }

    /// The caller has closed its connection. What it sends ahead is kept.
    fn has_left(&mut self, cx: &mut Context<'_>) -> bool {
        while self.inbox.len() < AHEAD_BYTES_MAX {
            match self.poll_receive(cx, READ_BYTES) {
                Poll::Ready(Ok(received)) if received > 0 => {}
                Poll::Ready(_) => return true,
                Poll::Pending => return false,
            }
        }
        false
    }

    /// Writes an answer to its end.
    async fn write<B>(&mut self, response: Response<B>, lines: &HeaderLines, keeps_alive: bool) -> io::Result<()>
    where
        B: Body<Data = Bytes>,
    {
        let (parts, body) = response.into_parts();
        let mut body = pin!(body);
        let has_body = !matches!(parts.status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED);
        let framing = match body.size_hint().exact() {
            _ if !has_body => write::AnswerBody::None,
            Some(bytes) => write::AnswerBody::Length(bytes),
            None => write::AnswerBody::Chunked,
        };
        let is_chunked = framing == write::AnswerBody::Chunked;
        self.outbox.clear();
        date::with(self.clock.now(), |date| {
            let lines = lines.as_bytes();
            write::answer(&mut self.outbox, parts.status, &parts.headers, lines, date, framing, keeps_alive);
        });
        drop(parts);
        let mut is_over = !has_body;
        while !is_over {
            let piece = poll_fn(|cx| self.poll_piece(cx, body.as_mut())).await?;
            is_over = piece.is_none() || body.is_end_stream();
            let mut piece = piece.unwrap_or_default();
            let mut end: &[u8] = b"";
            if is_chunked {
                if !piece.is_empty() {
                    write::chunk_size(&mut self.outbox, piece.len());
                }
                end = match (piece.is_empty(), is_over) {
                    (false, true) => write::CHUNK_END_AND_LAST,
                    (false, false) => write::CHUNK_END,
                    (true, _) => write::LAST_CHUNK,
                };
            }
            if piece.len() <= JOINED_BYTES_MAX {
                self.outbox.extend_from_slice(&piece);
                self.outbox.extend_from_slice(end);
                (piece, end) = (Bytes::new(), b"");
            }
            poll_fn(|cx| self.poll_write(cx, &mut piece, &mut end)).await?;
        }
        poll_fn(|cx| self.poll_write(cx, &mut Bytes::new(), &mut &b""[..])).await
    }

    /// The next bytes of a body; `None` at its end. While there are none, what is written goes out.
    fn poll_piece<B>(&mut self, cx: &mut Context<'_>, mut body: Pin<&mut B>) -> Poll<io::Result<Option<Bytes>>>
    where
        B: Body<Data = Bytes>,
    {
        loop {
            match body.as_mut().poll_frame(cx) {
                Poll::Ready(Some(Ok(frame))) => {
                    if let Ok(data) = frame.into_data()
                        && !data.is_empty()
                    {
                        return Poll::Ready(Ok(Some(data)));
                    }
                }
                Poll::Ready(None) => return Poll::Ready(Ok(None)),
                // All that can tell the caller is the end of the connection.
                Poll::Ready(Some(Err(_))) => return Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into())),
                Poll::Pending => {
                    if let Poll::Ready(Err(error)) = self.poll_write(cx, &mut Bytes::new(), &mut &b""[..]) {
                        return Poll::Ready(Err(error));
                    }
                    if self.has_left(cx) {
                        return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
                    }
                    self.looks_over(cx);
                    return Poll::Pending;
                }
            }
        }
    }

    /// Writes what is ready, then `piece`, then `end`.
    fn poll_write(&mut self, cx: &mut Context<'_>, piece: &mut Bytes, end: &mut &[u8]) -> Poll<io::Result<()>> {
        while self.outbox.has_remaining() || piece.has_remaining() || end.has_remaining() {
            let stream = Pin::new(&mut self.stream);
            let written = if piece.is_empty() && end.is_empty() {
                ready!(stream.poll_write(cx, &self.outbox))?
            } else {
                let slices = [IoSlice::new(&self.outbox), IoSlice::new(piece), IoSlice::new(end)];
                ready!(stream.poll_write_vectored(cx, &slices))?
            };
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            let of_outbox = written.min(self.outbox.len());
            self.outbox.advance(of_outbox);
            let of_piece = (written - of_outbox).min(piece.len());
            piece.advance(of_piece);
            end.advance((written - of_outbox - of_piece).min(end.len()));
        }
        // Goes back to the beginning of its memory.
        self.outbox.clear();
        Poll::Ready(Ok(()))
    }

    /// Lets a peer that is still sending read its answer.
    async fn linger(&mut self) {
        if self.stream.shutdown().await.is_err() {
            return;
        }
        let drain = async {
            let (mut waste, mut all) = (vec![0; READ_BYTES], 0);
            while all < LINGER_BYTES_MAX {
                match self.stream.read(&mut waste).await {
                    Ok(received) if received > 0 => all += received,
                    _ => break,
                }
            }
        };
        // Whoever sends for longer has been told.
        let _ = tokio::time::timeout(LINGER, drain).await;
    }

    fn looks_over(&mut self, cx: &mut Context<'_>) -> bool {
        self.is_leaving = self.lookout.look(cx);
        self.is_leaving
    }

    /// Receives once; 0 at the end.
    fn poll_receive(&mut self, cx: &mut Context<'_>, room: usize) -> Poll<io::Result<usize>> {
        if self.inbox.is_empty() {
            // Goes back to the beginning of its memory.
            self.inbox.clear();
        }
        self.inbox.reserve(room);
        tokio_util::io::poll_read_buf(Pin::new(&mut self.stream), cx, &mut self.inbox)
    }
}

/// The body of a request on the lane.
pub(crate) enum Inbound {
    /// It came with its head.
    Whole(Option<Bytes>),
    /// It is still coming.
    Coming(Arc<Mutex<Mailbox>>),
}

/// What has come of a body and is not taken yet. The connection puts it in before it asks whoever reads it, in the same
/// task, so that nobody has to be woken.
pub(crate) struct Mailbox {
    bytes: BytesMut,
    left: u64,
    is_broken: bool,
}

/// The caller closed its connection before its body was whole.
#[derive(Debug)]
pub(crate) struct BrokenOff;

impl Mailbox {
    fn is_full(&self) -> bool {
        self.bytes.len() >= MAILBOX_BYTES_MAX
    }
}

/// Never waited for: both ends are in one task.
fn lock(mailbox: &Mutex<Mailbox>) -> MutexGuard<'_, Mailbox> {
    mailbox.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Body for Inbound {
    type Data = Bytes;
    type Error = BrokenOff;

    fn poll_frame(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BrokenOff>>> {
        match self.get_mut() {
            Self::Whole(bytes) => Poll::Ready(bytes.take().map(|bytes| Ok(Frame::data(bytes)))),
            Self::Coming(mailbox) => {
                let mut mailbox = lock(mailbox);
                match (mailbox.bytes.is_empty(), mailbox.left, mailbox.is_broken) {
                    (false, _, _) => Poll::Ready(Some(Ok(Frame::data(mailbox.bytes.split().freeze())))),
                    (true, 0, _) => Poll::Ready(None),
                    (true, _, true) => Poll::Ready(Some(Err(BrokenOff))),
                    (true, _, false) => Poll::Pending,
                }
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Whole(bytes) => bytes.is_none(),
            Self::Coming(mailbox) => {
                let mailbox = lock(mailbox);
                mailbox.bytes.is_empty() && mailbox.left == 0
            }
        }
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(match self {
            Self::Whole(bytes) => bytes.as_ref().map_or(0, |bytes| bytes.len() as u64),
            Self::Coming(mailbox) => {
                let mailbox = lock(mailbox);
                mailbox.left + mailbox.bytes.len() as u64
            }
        })
    }
}

/// A connection whose first bytes have been read already.
pub(crate) struct Prefixed {
    read: Bytes,
    stream: TcpStream,
}

impl AsyncRead for Prefixed {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.read.is_empty() {
            return Pin::new(&mut this.stream).poll_read(cx, buffer);
        }
        let bytes = this.read.len().min(buffer.remaining());
        buffer.put_slice(&this.read.split_to(bytes));
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Prefixed {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().stream).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().stream).poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests;
