//! One upstream connection.

use std::{
    future::Future,
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll, Waker},
};

use bytes::Bytes;
use http_body_util::Full;
use hyper::client::conn::{http1, http2};
use hyper_util::rt::TokioIo;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};
use tokio_rustls::client::TlsStream;

use crate::{limits::H2_STREAMS_MAX, watch::Timer};

/// What a request carries.
pub(crate) type Payload = Full<Bytes>;

/// A connection that can take a request.
pub(crate) enum Link {
    /// HTTP/1.1: held by whoever waits for its answer.
    Http1(Box<Http1>),
    /// HTTP/2: a place on a shared connection.
    Http2(Http2Stream),
}

/// An HTTP/1.1 connection without a task of its own: whoever holds it polls it.
pub(crate) struct Http1 {
    pub(crate) sender: http1::SendRequest<Payload>,
    /// `None` once the connection has ended; dropping it hands an unsent request back.
    pub(crate) driver: Option<http1::Connection<TokioIo<Socket>, Payload>>,
    /// The deadline timer of the exchanges over it. It is moved when it rings, not for each exchange.
    pub(crate) timer: Option<Timer>,
}

/// An HTTP/2 connection; its task runs on the same core and ends with the last clone.
#[derive(Clone)]
pub(crate) struct Http2 {
    pub(crate) sender: http2::SendRequest<Payload>,
    pub(crate) streams: Arc<AtomicUsize>,
}

/// One request's place on an HTTP/2 connection.
pub(crate) struct Http2Stream {
    pub(crate) sender: http2::SendRequest<Payload>,
    streams: Arc<AtomicUsize>,
}

/// TCP, with or without TLS.
pub(crate) enum Socket {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

// === impl Http1 ===

impl Http1 {
    /// Polls the connection, then `then`, in the same task: a frame never crosses from task to task.
    pub(crate) fn drive<T>(&mut self, cx: &mut Context<'_>, then: impl FnOnce(&mut Context<'_>) -> Poll<T>) -> Poll<T> {
        if let Some(driver) = &mut self.driver
            && Pin::new(driver).poll(cx).is_ready()
        {
            self.driver = None;
        }
        then(cx)
    }

    /// Open and without an exchange under way.
    pub(crate) fn is_usable(&mut self, cx: &mut Context<'_>) -> bool {
        let _ = self.drive(cx, |_| Poll::<()>::Pending);
        self.driver.is_some() && self.sender.is_ready()
    }

    /// As [`Http1::is_usable`], for a connection that nobody waits for: one poll sees a peer that closed meanwhile.
    pub(crate) fn is_alive(&mut self) -> bool {
        self.is_usable(&mut Context::from_waker(Waker::noop()))
    }
}

// === impl Http2 ===

impl Http2 {
    pub(crate) fn open_streams(&self) -> usize {
        self.streams.load(Ordering::Relaxed)
    }

    pub(crate) fn has_room(&self) -> bool {
        self.sender.is_ready() && self.open_streams() < H2_STREAMS_MAX
    }

    pub(crate) fn stream(&self) -> Http2Stream {
        self.streams.fetch_add(1, Ordering::Relaxed);
        Http2Stream { sender: self.sender.clone(), streams: self.streams.clone() }
    }
}

impl Drop for Http2Stream {
    fn drop(&mut self) {
        self.streams.fetch_sub(1, Ordering::Relaxed);
    }
}

// === impl Socket ===

impl AsyncRead for Socket {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_read(cx, buffer),
            Self::Tls(stream) => Pin::new(stream).poll_read(cx, buffer),
        }
    }
}

impl AsyncWrite for Socket {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_write(cx, bytes),
            Self::Tls(stream) => Pin::new(stream).poll_write(cx, bytes),
        }
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_write_vectored(cx, slices),
            Self::Tls(stream) => Pin::new(stream).poll_write_vectored(cx, slices),
        }
    }

    fn is_write_vectored(&self) -> bool {
        match self {
            Self::Plain(stream) => stream.is_write_vectored(),
            Self::Tls(stream) => stream.is_write_vectored(),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_flush(cx),
            Self::Tls(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_shutdown(cx),
            Self::Tls(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}
