//! One core: a single-threaded runtime with its own listener (SO_REUSEPORT), its own connections to providers and its own
//! journal segment. A request stays on its core.

use std::{
    convert::Infallible,
    io,
    net::{IpAddr, SocketAddr},
    pin::{Pin, pin},
    sync::{Arc, atomic::Ordering},
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Request, Response, StatusCode, header};
use http_body::{Body, Frame, SizeHint};
use hyper::{body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto,
};
use socket2::{Domain, Protocol, Socket, Type};
use tokio::{net::TcpListener, sync::watch};
use tokio_util::sync::CancellationToken;
use waypost_gateway::{Answered, Outgoing, core::Core, ingress, serve};

use crate::{
    connection::{self, Farewell, Listening, Lookout, SeldomTimer},
    handover::{Desk, Turned},
    lane::{self, Left},
    operations, security,
};

/// Connections waiting to be accepted.
const BACKLOG: i32 = 1_024;
/// A request's head, and the pause between two requests of a connection.
const HEAD_READ: Duration = Duration::from_secs(75);
/// Bytes of a request's head.
const HEAD_BYTES_MAX: usize = 32 * 1024;
/// Concurrent streams of one HTTP/2 connection.
const H2_STREAMS_MAX: u32 = 100;
/// The usual [`crate::Config::grace`].
pub const GRACE: Duration = Duration::from_secs(30);
/// So long a stopping instance still accepts connections, to say that it stops.
const ANNOUNCE: Duration = Duration::from_millis(500);
/// After it, streams say that they were interrupted.
const LAST_WORDS: Duration = Duration::from_secs(2);
/// Idle connections to providers are looked through this often.
pub(crate) const POOL_SWEEP_EVERY: Duration = Duration::from_secs(10);

/// How far a shutdown is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// Serving.
    Serving,
    /// No new connections; running requests finish.
    Draining,
    /// Now.
    Ended,
}

/// What a core serves with.
pub struct CoreServer {
    /// The data plane.
    pub core: Arc<Core>,
    /// Where management requests go.
    pub desk: Desk,
    /// Cancelled with this core's own streams: ends those of the Playground.
    pub inside: CancellationToken,
    /// How far a shutdown is.
    pub stage: watch::Receiver<Stage>,
    /// How long running requests may take once it has begun.
    pub grace: Duration,
}

/// A listener that shares its address with those of the other cores.
///
/// # Errors
/// The address is in use by another process, or not ours.
pub fn bind(address: SocketAddr) -> io::Result<std::net::TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_reuse_address(true)?;
    socket.set_reuse_port(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

impl CoreServer {
    /// Serves until the shutdown is complete. Runs on the core's own runtime.
    ///
    /// # Errors
    /// The listener cannot be registered.
    pub async fn run(self, listener: std::net::TcpListener) -> io::Result<()> {
        let listener = TcpListener::from_std(listener)?;
        let farewell = Farewell::new();
        let service = Arc::new(Service { core: self.core.clone(), desk: self.desk.clone() });
        let mut stage = self.stage.clone();
        let mut sweep = tokio::time::interval(POOL_SWEEP_EVERY);
        loop {
            tokio::select! {
                accepted = listener.accept() => match accepted {
                    Ok((stream, peer)) => accept(&service, stream, peer, farewell.listen()),
                    // Out of descriptors, most likely: existing connections go on, and some will end.
                    Err(error) => {
                        tracing::warn!(%error, "a connection can't be accepted");
                        tokio::time::sleep(Duration::from_millis(100)).await;
                    }
                },
                _ = sweep.tick() => self.core.upstream.sweep(),
                _ = stage.changed() => break,
            }
        }
        self.announce(&listener, &service, &farewell, &mut stage).await;
        drop(listener);
        self.drain(farewell, stage).await;
        Ok(())
    }

    /// For a moment new connections still come: whoever balances the load has to be told (503) before it is refused.
    async fn announce(
        &self,
        listener: &TcpListener,
        service: &Arc<Service>,
        farewell: &Farewell,
        stage: &mut watch::Receiver<Stage>,
    ) {
        let accepting = async {
            loop {
                if let Ok((stream, peer)) = listener.accept().await {
                    accept(service, stream, peer, farewell.listen());
                }
            }
        };
        let ended = async {
            // The sender lives as long as the process.
            let _ = stage.wait_for(|stage| *stage == Stage::Ended).await;
        };
        tokio::select! {
            () = accepting => {}
            () = ended => {}
            () = tokio::time::sleep(ANNOUNCE.min(self.grace)) => {}
        }
    }

    async fn drain(&self, farewell: Farewell, mut stage: watch::Receiver<Stage>) {
        let mut finished = pin!(farewell.say());
        let ended = async {
            // The sender lives as long as the process.
            let _ = stage.wait_for(|stage| *stage == Stage::Ended).await;
        };
        tokio::select! {
            () = &mut finished => return,
            () = ended => {}
            () = tokio::time::sleep(self.grace) => {}
        }
        self.core.ending.cancel();
        self.inside.cancel();
        let _ = tokio::time::timeout(LAST_WORDS, finished).await;
    }
}

/// What a request of a connection needs.
struct Service {
    core: Arc<Core>,
    desk: Desk,
}

fn accept(service: &Arc<Service>, stream: tokio::net::TcpStream, peer: SocketAddr, listening: Listening) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "a connection closed at once");
        return;
    }
    let reached = stream.local_addr().map_or(peer.ip(), |address| address.ip());
    let caller = Caller { peer, reached };
    let (service, lookout) = (service.clone(), Lookout::new(listening));
    tokio::spawn(async move {
        let on_lane = |request| {
            let answered = data_plane(service.clone(), request);
            async move { answered.await.into_parts() }
        };
        let clock = service.core.shared.clock.clone();
        match lane::serve(stream, lookout, clock, HEAD_READ, on_lane).await {
            Left::Closed => {}
            // Boxed: most connections never leave the lane.
            Left::Turned(stream, lookout) => Box::pin(by_hyper(service, stream, caller, lookout)).await,
        }
    });
}

/// Serves a connection that has left the lane: every kind of HTTP/1, and HTTP/2.
async fn by_hyper(service: Arc<Service>, stream: lane::Prefixed, caller: Caller, lookout: Lookout) {
    let service = service_fn(move |request| {
        let answered = answer(service.clone(), caller, request);
        async move { Ok::<_, Infallible>(answered.await) }
    });
    let mut builder = auto::Builder::new(TokioExecutor::new());
    // hyper takes at most 100 headers, and more quickly when it is not told so.
    builder.http1().timer(SeldomTimer).header_read_timeout(HEAD_READ).max_buf_size(HEAD_BYTES_MAX);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(H2_STREAMS_MAX)
        .max_header_list_size(HEAD_BYTES_MAX as u32);
    let connection = builder.serve_connection(TokioIo::new(stream), service).into_owned();
    // Errors here are the peer's: it left, or what it sent was no HTTP.
    if let Err(error) = connection::serve(connection, lookout).await {
        tracing::trace!(%error, "a connection ended");
    }
}

/// The two ends of a connection.
#[derive(Clone, Copy)]
struct Caller {
    peer: SocketAddr,
    reached: IpAddr,
}

/// How a browser says that somebody opens a page.
const SEC_FETCH_MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");

async fn answer(service: Arc<Service>, caller: Caller, request: Request<Incoming>) -> Response<CoreBody> {
    if ingress::is_data_plane(request.uri().path()) {
        return data_plane(service, request).await.into_response().map(CoreBody::Data);
    }
    // Boxed: it would make the future of every request as large as its own.
    Box::pin(besides(service, caller, request)).await
}

async fn data_plane<B>(service: Arc<Service>, request: Request<B>) -> Answered
where
    B: Body<Data = Bytes> + Send + Unpin + 'static,
{
    let is_navigation = request.headers().get(SEC_FETCH_MODE).is_some_and(|mode| mode.as_bytes() == b"navigate");
    let mut answered = serve(service.core.clone(), request).await;
    if is_navigation {
        security::write_for_navigation(answered.headers_mut());
    }
    answered
}

/// Everything that is not the data plane's.
async fn besides(service: Arc<Service>, caller: Caller, mut request: Request<Incoming>) -> Response<CoreBody> {
    let Service { core, desk } = &*service;
    match request.uri().path() {
        "/healthz" => plain(StatusCode::OK, "ok"),
        "/readyz" if core.shared.is_draining.load(Ordering::Relaxed) => {
            plain(StatusCode::SERVICE_UNAVAILABLE, "shutting down")
        }
        "/readyz" => plain(StatusCode::OK, "ready"),
        _ => {
            request.extensions_mut().insert(operations::Peer(caller.peer));
            request.extensions_mut().insert(waypost_admin::Peer(caller.peer.ip()));
            request.extensions_mut().insert(waypost_admin::hosts::Reached(caller.reached));
            match desk.ask(request).await {
                Ok(response) => response.map(CoreBody::Management),
                Err(Turned::Body) => plain(StatusCode::PAYLOAD_TOO_LARGE, "The body is too large, or broke off."),
                Err(Turned::Busy) => {
                    let mut response =
                        plain(StatusCode::SERVICE_UNAVAILABLE, "The management API is busy. Try again in 1 s.");
                    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
                    response
                }
            }
        }
    }
}

fn plain(status: StatusCode, text: &'static str) -> Response<CoreBody> {
    let mut response = Response::new(CoreBody::Data(Outgoing::full(Bytes::from_static(text.as_bytes()))));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    security::write(response.headers_mut());
    response
}

/// A body of either plane.
pub enum CoreBody {
    /// The data plane's.
    Data(Outgoing),
    /// The management API's.
    Management(axum::body::Body),
}

impl Body for CoreBody {
    type Data = Bytes;
    type Error = Box<dyn std::error::Error + Send + Sync>;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        match self.get_mut() {
            Self::Data(body) => Pin::new(body).poll_frame(cx).map_err(Into::into),
            Self::Management(body) => Pin::new(body).poll_frame(cx).map_err(Into::into),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Data(body) => body.is_end_stream(),
            Self::Management(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Data(body) => body.size_hint(),
            Self::Management(body) => body.size_hint(),
        }
    }
}
