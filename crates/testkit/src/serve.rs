//! Plays performances onto sockets: HTTP/1.1 by hand, HTTP/2 with hyper.

use std::{
    convert::Infallible,
    fmt::Write as _,
    io,
    net::TcpListener,
    pin::Pin,
    sync::{Arc, atomic::Ordering},
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http_body_util::{BodyExt, Full, combinators::BoxBody};
use hyper::{Request, Response, StatusCode, body::Frame, body::Incoming, service::service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf},
    net::TcpStream,
    sync::mpsc,
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};

use crate::{
    control,
    play::{Performance, play},
    provider::Shared,
    request::Received,
    script::{Early, Framing, Script},
};

/// Largest request head and body.
const HEAD_BYTES_MAX: usize = 1 << 20;
const BODY_BYTES_MAX: usize = 64 << 20;

/// Accepts connections until dropped.
pub(crate) async fn listen(
    listener: TcpListener,
    acceptor: Option<TlsAcceptor>,
    shared: Arc<Shared>,
) -> io::Result<()> {
    let listener = tokio::net::TcpListener::from_std(listener)?;
    loop {
        let (stream, _) = listener.accept().await?;
        let number = shared.connections.fetch_add(1, Ordering::SeqCst);
        let (acceptor, shared) = (acceptor.clone(), shared.clone());
        tokio::spawn(async move {
            let _ = stream.set_nodelay(true);
            // A caller that breaks off or distrusts the certificate is part of the tests.
            let _ = connection(stream, acceptor, shared, number).await;
        });
    }
}

async fn connection(
    stream: TcpStream,
    acceptor: Option<TlsAcceptor>,
    shared: Arc<Shared>,
    number: u64,
) -> io::Result<()> {
    let socket = match acceptor {
        None => Socket::Plain(stream),
        Some(acceptor) => Socket::Tls(Box::new(acceptor.accept(stream).await?)),
    };
    if let Socket::Tls(stream) = &socket
        && stream.get_ref().1.alpn_protocol() == Some(b"h2")
    {
        return http2(socket, shared, number).await;
    }
    let mut talk = Talk { socket, buffer: Vec::new(), shared, number };
    while talk.exchange().await? {}
    Ok(())
}

// === HTTP/1.1 ===

struct Talk {
    socket: Socket,
    /// Read and not used yet.
    buffer: Vec<u8>,
    shared: Arc<Shared>,
    number: u64,
}

struct Head {
    method: String,
    target: String,
    headers: Vec<(String, String)>,
}

impl Talk {
    /// One request and its answer; false when the connection is done.
    async fn exchange(&mut self) -> io::Result<bool> {
        let Some(head) = self.read_head().await? else { return Ok(false) };
        if let Some(path) = head.target.strip_prefix(control::PREFIX) {
            let body = self.read_body(&head).await?;
            let (status, value) = control::answer(&self.shared, &head.method, path, &body);
            let body = value.to_string();
            let head = format!(
                "HTTP/1.1 {status} -\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
                body.len()
            );
            self.socket.write_all(format!("{head}{body}").as_bytes()).await?;
            return Ok(true);
        }
        let is_early = self.shared.early();
        let body = if is_early { Vec::new() } else { self.read_body(&head).await? };
        let mut received = Received::new(&head.method, &head.target, head.headers.clone(), body);
        received.connection = self.number;
        let (received, script) = self.shared.take(received);
        let goes_on = self.answer(&received, &script).await?;
        if is_early && script.early == Some(Early::Drain) {
            self.read_body(&head).await?;
        }
        Ok(goes_on && script.early != Some(Early::Close))
    }

    async fn answer(&mut self, received: &Received, script: &Script) -> io::Result<bool> {
        if let Some(raw) = &script.raw {
            self.socket.write_all(raw.as_bytes()).await?;
            return Ok(false);
        }
        if script.never_answer {
            self.wait_for_close().await?;
            self.shared.settle(received, 0, 0, false, true);
            return Ok(false);
        }
        if let Some(cut) = script.cut.filter(|cut| cut.after_bytes.is_none() && cut.after_pieces.is_none()) {
            return self.break_off(cut.reset).await;
        }
        let performance = play(script, received);
        let (sent, outcome) = self.perform(&performance, script, received).await;
        if outcome.is_err() || performance.cut.is_some() {
            self.shared.settle(received, performance.input_tokens, sent, false, outcome.is_err());
        }
        outcome?;
        match performance.cut {
            Some(cut) => self.break_off(cut.reset).await,
            None => Ok(!script.close_after && matches!(script.framing, Framing::Usual | Framing::WrongLength(..=0))),
        }
    }

    /// Writes everything; output tokens sent, and whether the caller stayed.
    async fn perform(
        &mut self,
        performance: &Performance,
        script: &Script,
        received: &Received,
    ) -> (u64, io::Result<()>) {
        let mut sent = 0;
        let outcome = self.write_parts(performance, script, received, &mut sent).await;
        (sent, outcome)
    }

    async fn write_parts(
        &mut self,
        performance: &Performance,
        script: &Script,
        received: &Received,
        sent: &mut u64,
    ) -> io::Result<()> {
        self.pause(script.delay_ms.head).await?;
        let is_chunked = !performance.has_length && script.framing != Framing::UntilClose;
        let has_body = received.method != "HEAD" && !matches!(performance.status, 204 | 304);
        let mut out = head_bytes(performance, script, is_chunked).into_bytes();
        let parts = if has_body { performance.parts.as_slice() } else { &[] };
        for (index, part) in parts.iter().enumerate() {
            if part.pause_ms > 0 {
                self.socket.write_all(&out).await?;
                self.socket.flush().await?;
                out.clear();
                self.pause(part.pause_ms).await?;
            }
            if is_chunked && script.framing == Framing::BrokenChunk && index == 1 {
                out.extend_from_slice(b"zz\r\n");
            } else if is_chunked {
                out.extend_from_slice(format!("{:x}\r\n", part.bytes.len()).as_bytes());
            }
            out.extend_from_slice(&part.bytes);
            if is_chunked {
                out.extend_from_slice(b"\r\n");
            }
            *sent += part.tokens;
        }
        if performance.cut.is_none() {
            if is_chunked && has_body {
                let end: &[u8] = if script.framing == Framing::BrokenChunk { b"zz\r\n" } else { b"0\r\n\r\n" };
                out.extend_from_slice(end);
            }
            out.extend_from_slice(script.trailing.as_deref().unwrap_or_default().as_bytes());
            self.shared.settle(received, performance.input_tokens, *sent, true, false);
        }
        self.socket.write_all(&out).await?;
        self.socket.flush().await
    }

    /// Waits, but not for a caller who has left.
    async fn pause(&mut self, ms: u64) -> io::Result<()> {
        if ms == 0 {
            return Ok(());
        }
        let sleep = tokio::time::sleep(Duration::from_millis(ms));
        tokio::select! {
            () = sleep => Ok(()),
            left = self.wait_for_close() => left.and(Err(io::ErrorKind::ConnectionAborted.into())),
        }
    }

    async fn wait_for_close(&mut self) -> io::Result<()> {
        while self.read_more().await? > 0 {}
        Ok(())
    }

    async fn break_off(&mut self, reset: bool) -> io::Result<bool> {
        // What was sent should be read before the connection goes: with RST it could be lost on the way.
        tokio::time::sleep(Duration::from_millis(20)).await;
        if reset {
            socket2::SockRef::from(self.socket.tcp()).set_linger(Some(Duration::ZERO))?;
        }
        Ok(false)
    }

    async fn read_more(&mut self) -> io::Result<usize> {
        let mut piece = [0; 16 * 1024];
        let count = self.socket.read(&mut piece).await?;
        self.buffer.extend_from_slice(&piece[..count]);
        Ok(count)
    }

    async fn read_head(&mut self) -> io::Result<Option<Head>> {
        let end = loop {
            if let Some(at) = self.buffer.windows(4).position(|window| window == b"\r\n\r\n") {
                break at;
            }
            if self.buffer.len() > HEAD_BYTES_MAX {
                return Err(io::ErrorKind::InvalidData.into());
            }
            if self.read_more().await? == 0 {
                return Ok(None);
            }
        };
        let text = String::from_utf8_lossy(&self.buffer[..end]).into_owned();
        self.buffer.drain(..end + 4);
        let mut lines = text.split("\r\n");
        let mut words = lines.next().unwrap_or_default().split(' ').map(str::to_owned);
        let (Some(method), Some(target)) = (words.next(), words.next()) else {
            return Err(io::ErrorKind::InvalidData.into());
        };
        let header =
            |line: &str| line.split_once(':').map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()));
        Ok(Some(Head { method, target, headers: lines.filter_map(header).collect() }))
    }

    async fn read_body(&mut self, head: &Head) -> io::Result<Vec<u8>> {
        let find = |name: &str| head.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
        if find("transfer-encoding").is_some() {
            return self.read_chunks().await;
        }
        let length: usize = find("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
        self.read_exactly(length).await
    }

    async fn read_chunks(&mut self) -> io::Result<Vec<u8>> {
        let mut body = Vec::new();
        loop {
            let end = loop {
                if let Some(at) = self.buffer.windows(2).position(|window| window == b"\r\n") {
                    break at;
                }
                if self.read_more().await? == 0 {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
            };
            let size = String::from_utf8_lossy(&self.buffer[..end]).into_owned();
            let size = usize::from_str_radix(size.trim(), 16).map_err(io::Error::other)?;
            self.buffer.drain(..end + 2);
            let chunk = self.read_exactly(size + 2).await?;
            if size == 0 {
                return Ok(body);
            }
            body.extend_from_slice(&chunk[..size]);
        }
    }

    async fn read_exactly(&mut self, length: usize) -> io::Result<Vec<u8>> {
        if length > BODY_BYTES_MAX {
            return Err(io::ErrorKind::InvalidData.into());
        }
        while self.buffer.len() < length {
            if self.read_more().await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        Ok(self.buffer.drain(..length).collect())
    }
}

fn head_bytes(performance: &Performance, script: &Script, is_chunked: bool) -> String {
    let mut head = String::new();
    for status in &script.informational {
        let _ = write!(head, "HTTP/1.1 {status} {}\r\nlink: </x>; rel=preload\r\n\r\n", reason(*status));
    }
    let _ = write!(head, "HTTP/1.1 {} {}\r\n", performance.status, reason(performance.status));
    for (name, value) in &performance.headers {
        let _ = write!(head, "{name}: {value}\r\n");
    }
    let length: usize = performance.parts.iter().map(|part| part.bytes.len()).sum();
    let length = i64::try_from(length).unwrap_or(i64::MAX);
    let framing = match script.framing {
        Framing::UntilClose => "connection: close".to_owned(),
        Framing::WrongLength(difference) => format!("content-length: {}", length + difference),
        Framing::Usual | Framing::BrokenChunk if is_chunked => "transfer-encoding: chunked".to_owned(),
        // The announced length is that of a whole answer.
        Framing::Usual | Framing::BrokenChunk if performance.cut.is_some() => {
            format!("content-length: {}", length + 1000)
        }
        Framing::Usual | Framing::BrokenChunk => format!("content-length: {length}"),
    };
    head.push_str(&framing);
    head.push_str("\r\n");
    head.push_str("\r\n");
    head
}

fn reason(status: u16) -> &'static str {
    StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason()).unwrap_or("Test")
}

// === HTTP/2 ===

async fn http2(socket: Socket, shared: Arc<Shared>, number: u64) -> io::Result<()> {
    let service = service_fn(move |request| answer_http2(request, shared.clone(), number));
    hyper::server::conn::http2::Builder::new(TokioExecutor::new())
        .serve_connection(TokioIo::new(socket), service)
        .await
        .map_err(io::Error::other)
}

type Http2Body = BoxBody<Bytes, io::Error>;

async fn answer_http2(
    request: Request<Incoming>,
    shared: Arc<Shared>,
    number: u64,
) -> Result<Response<Http2Body>, Infallible> {
    let (parts, body) = request.into_parts();
    let text = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let mut headers: Vec<_> =
        parts.headers.iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect();
    if let Some(authority) = parts.uri.authority() {
        headers.insert(0, ("host".to_owned(), authority.to_string()));
    }
    let body = body.collect().await.map(|body| body.to_bytes()).unwrap_or_default();
    let target = parts.uri.path_and_query().map_or("/", |path| path.as_str());
    let mut received = Received::new(parts.method.as_str(), target, headers, body.to_vec());
    (received.connection, received.http2) = (number, true);
    let (received, script) = shared.take(received);
    if script.never_answer {
        std::future::pending::<()>().await;
    }
    let performance = play(&script, &received);
    tokio::time::sleep(Duration::from_millis(script.delay_ms.head)).await;

    let mut response = Response::builder().status(performance.status);
    for (name, value) in &performance.headers {
        response = response.header(name, value);
    }
    let (sender, pieces) = mpsc::channel(1);
    tokio::spawn(async move {
        let mut sent = 0;
        for part in performance.parts {
            tokio::time::sleep(Duration::from_millis(part.pause_ms)).await;
            sent += part.tokens;
            if sender.send(Ok(part.bytes.into())).await.is_err() {
                shared.settle(&received, performance.input_tokens, sent, false, true);
                return;
            }
        }
        shared.settle(&received, performance.input_tokens, sent, performance.cut.is_none(), false);
        if performance.cut.is_some() {
            let _ = sender.send(Err(io::ErrorKind::ConnectionReset.into())).await;
        }
    });
    let response = response.body(Pieces(pieces).boxed());
    Ok(response.unwrap_or_else(|_| Response::new(Full::default().map_err(|never: Infallible| match never {}).boxed())))
}

/// A body fed by a task.
struct Pieces(mpsc::Receiver<io::Result<Bytes>>);

impl http_body::Body for Pieces {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        self.0.poll_recv(cx).map(|piece| piece.map(|piece| piece.map(Frame::data)))
    }
}

// === sockets ===

/// TCP, with or without TLS.
enum Socket {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

impl Socket {
    fn tcp(&self) -> &TcpStream {
        match self {
            Self::Plain(stream) => stream,
            Self::Tls(stream) => stream.get_ref().0,
        }
    }
}

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
