//! One call: a connection, a request, an answer.

use std::{
    future::{Future, poll_fn},
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    task::Poll,
    time::Duration,
};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, Request, Response, Uri, Version, header, uri::Scheme};
use http_body_util::Full;
use hyper::client::conn::TrySendError;
use rustls::pki_types::CertificateDer;
use waypost_http1::{HeadError, write::is_framing};
use waypost_types::{Fault, FaultClass};

use crate::{
    answer::{Answer, Body as AnswerBody, Origin, too_large},
    connect::{Connected, Connector},
    endpoint::{AllowList, Endpoint},
    http1::{Broken, Http1},
    limits::{ANSWER_BYTES_MAX, CLOSE_MARGIN, IDLE_TIME},
    link::{Http2Stream, Link, Payload},
    pool::Pool,
    tls::Tls,
    watch::{Deadlines, Watch},
};

/// Calls providers. One per core and not shared between cores, so that a request stays on its core; clones are the same
/// one. It reads no proxy variables, no `.netrc` and no header that names a host.
#[derive(Clone)]
pub struct Upstream(Arc<Shared>);

/// What every core's [`Upstream`] is made from.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Private addresses that the operator allows.
    pub allow: AllowList,
    /// Certificates trusted besides Mozilla's, in DER.
    pub extra_roots: Vec<CertificateDer<'static>>,
}

/// Numbers since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Connections waiting for a request (HTTP/1.1) or open (HTTP/2), now.
    pub idle: u64,
    /// Connections opened.
    pub opened: u64,
    /// Calls that found a connection in the pool.
    pub reused: u64,
    /// Calls sent again because a pooled connection turned out closed (F06).
    pub resent: u64,
}

/// What a core's calls share.
pub(crate) struct Shared {
    pub(crate) pool: Pool,
    connector: Connector,
    opened: AtomicU64,
    reused: AtomicU64,
    resent: AtomicU64,
}

/// Why an exchange has no answer.
enum Failed {
    /// Not a byte was written.
    Unsent,
    /// Anything else is for the walk's retry rule.
    Fault(Fault),
}

impl Upstream {
    /// A client with an empty pool.
    ///
    /// # Errors
    /// When one of [`Options::extra_roots`] is not a certificate.
    pub fn new(options: &Options) -> Result<Self, rustls::Error> {
        let tls = Tls::new(&options.extra_roots)?;
        Ok(Self(Arc::new(Shared {
            pool: Pool::new(),
            connector: Connector::new(tls, options.allow.clone()),
            opened: AtomicU64::new(0),
            reused: AtomicU64::new(0),
            resent: AtomicU64::new(0),
        })))
    }

    /// Sends a request to an endpoint and returns when the answer's head is there, whatever its status: redirects are
    /// answers like others. Of the request's URI only path and query count (see [`Endpoint::path_and_query`]); `host` and
    /// framing headers are set here, all others leave as they are.
    ///
    /// # Errors
    /// A [`Fault`] when there is no answer. A pooled connection that is seen to have closed is replaced by a fresh one
    /// silently, once (F06), as long as nothing was written. A close that crosses the request on the way is
    /// [`FaultClass::Closed`], which the walk's retry rule may try again: the provider may have begun, and a prompt that
    /// runs twice is paid twice.
    pub async fn call(
        &self,
        endpoint: &Arc<Endpoint>,
        request: Request<Bytes>,
        deadlines: &Deadlines,
    ) -> Result<Response<Answer>, Fault> {
        let shared = &self.0;
        let mut watch = Watch::new(deadlines);
        if let Some(link) = shared.pool.take(&endpoint.origin, watch.started) {
            shared.reused.fetch_add(1, Ordering::Relaxed);
            match exchange(endpoint, link, &request, &mut watch).await {
                Ok(response) => return self.answer(endpoint, response, watch, None),
                Err(Failed::Fault(fault)) => return Err(fault),
                Err(Failed::Unsent) => {}
            }
            shared.resent.fetch_add(1, Ordering::Relaxed);
        }

        let begun = tokio::time::Instant::now();
        // Boxed: a handshake's state would make every call's future several times as large.
        let link = watch.bound_connect(deadlines.connect, Box::pin(shared.connector.connect(endpoint))).await?;
        shared.opened.fetch_add(1, Ordering::Relaxed);
        let connect_ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        let link = match link {
            Connected::Http1(link) => Link::Http1(link),
            Connected::Http2(link) => {
                let stream = link.stream();
                shared.pool.share(&endpoint.origin, link);
                Link::Http2(stream)
            }
        };
        match Box::pin(exchange(endpoint, link, &request, &mut watch)).await {
            Ok(response) => self.answer(endpoint, response, watch, Some(connect_ms)),
            Err(Failed::Fault(fault)) => Err(fault),
            Err(Failed::Unsent) => {
                Err(Fault::new(FaultClass::Closed, "the provider closed the connection before the request was sent"))
            }
        }
    }

    /// Drops idle connections that closed or are too old. Traffic does this by the way; call it every few seconds so that
    /// a quiet core lets go as well.
    pub fn sweep(&self) {
        self.0.pool.sweep();
    }

    /// Numbers for the metrics.
    pub fn counts(&self) -> Counts {
        Counts {
            idle: self.0.pool.len() as u64,
            opened: self.0.opened.load(Ordering::Relaxed),
            reused: self.0.reused.load(Ordering::Relaxed),
            resent: self.0.resent.load(Ordering::Relaxed),
        }
    }

    fn answer(
        &self,
        endpoint: &Endpoint,
        response: Response<AnswerBody>,
        watch: Watch,
        connect_ms: Option<u64>,
    ) -> Result<Response<Answer>, Fault> {
        if response.status().is_informational() {
            return Err(Fault::new(FaultClass::BadAnswer, format!("unexpected status {}", response.status())));
        }
        if response.body().left() > ANSWER_BYTES_MAX {
            return Err(too_large());
        }
        let kept_for = kept_for(response.headers());
        let origin = Origin { shared: self.0.clone(), name: endpoint.origin.clone(), kept_for };
        Ok(response.map(|body| Answer::new(body, origin, watch, connect_ms)))
    }
}

/// Writes the request and waits for the head.
async fn exchange(
    endpoint: &Endpoint,
    link: Link,
    request: &Request<Bytes>,
    watch: &mut Watch,
) -> Result<Response<AnswerBody>, Failed> {
    match link {
        Link::Http1(link) => exchange_http1(endpoint, link, request, watch).await,
        // Boxed: it would make every call's future as large as its own.
        Link::Http2(stream) => Box::pin(exchange_http2(endpoint, stream, request, watch)).await,
    }
}

/// Polls the connection in this task.
async fn exchange_http1(
    endpoint: &Endpoint,
    mut link: Box<Http1>,
    request: &Request<Bytes>,
    watch: &mut Watch,
) -> Result<Response<AnswerBody>, Failed> {
    link.begin(request, &endpoint.authority);
    watch.timer = link.timer.take();
    let head = poll_fn(|cx| match link.poll_head(cx) {
        Poll::Ready(outcome) => Poll::Ready(outcome.map_err(|broken| unanswered(&broken))),
        Poll::Pending => watch.poll_expired(cx).map(|fault| Err(Failed::Fault(fault))),
    })
    .await?;
    let mut response = Response::new(AnswerBody::Http1(link));
    *response.status_mut() = head.status;
    *response.headers_mut() = head.headers;
    Ok(response)
}

async fn exchange_http2(
    endpoint: &Endpoint,
    mut stream: Http2Stream,
    request: &Request<Bytes>,
    watch: &mut Watch,
) -> Result<Response<AnswerBody>, Failed> {
    let mut sent = pin!(stream.sender.try_send_request(for_http2(request, endpoint)));
    let outcome = poll_fn(|cx| match sent.as_mut().poll(cx) {
        Poll::Ready(outcome) => Poll::Ready(Ok(outcome)),
        Poll::Pending => watch.poll_expired(cx).map(Err),
    })
    .await;
    match outcome {
        Ok(Ok(response)) => Ok(response.map(|incoming| AnswerBody::Http2 { incoming, _place: stream })),
        Ok(Err(error)) => Err(failed(error)),
        Err(fault) => Err(Failed::Fault(fault)),
    }
}

const KEEP_ALIVE: HeaderName = HeaderName::from_static("keep-alive");

/// How long a peer keeps an idle connection, as far as it says so, less what a request may be under way. A connection is not
/// used when its peer is about to close it, since a close that crosses a request costs an attempt.
///
/// Source: RFC 2068 §19.7.1.1 (`Keep-Alive: timeout=5`, in seconds), as Node's server sends it.
fn kept_for(headers: &HeaderMap) -> Duration {
    let said = headers.get(KEEP_ALIVE).and_then(|value| value.to_str().ok());
    let timeout =
        said.into_iter().flat_map(|value| value.split(',')).find_map(|part| part.trim().strip_prefix("timeout="));
    let seconds = timeout.and_then(|text| text.parse::<u32>().ok()).map(|seconds| Duration::from_secs(seconds.into()));
    seconds.map_or(IDLE_TIME, |kept| kept.saturating_sub(CLOSE_MARGIN))
}

/// The same request with the address where HTTP/2 has it. hyper frames the body by its length; nothing that came from
/// elsewhere may say otherwise.
fn for_http2(request: &Request<Bytes>, endpoint: &Endpoint) -> Request<Payload> {
    let mut copy = Request::new(Full::new(request.body().clone()));
    *copy.method_mut() = request.method().clone();
    let mut parts = http::uri::Parts::default();
    parts.scheme = Some(if endpoint.is_https { Scheme::HTTPS } else { Scheme::HTTP });
    parts.authority = endpoint.authority.to_str().ok().and_then(|authority| authority.parse().ok());
    parts.path_and_query = request.uri().path_and_query().cloned();
    if let Ok(uri) = Uri::from_parts(parts) {
        *copy.uri_mut() = uri;
    }
    *copy.version_mut() = Version::HTTP_2;
    for (name, value) in request.headers().iter().filter(|(name, _)| **name != header::HOST && !is_framing(name)) {
        copy.headers_mut().append(name.clone(), value.clone());
    }
    copy
}

/// What a connection that broke before the head means.
fn unanswered(broken: &Broken) -> Failed {
    Failed::Fault(match broken {
        Broken::Unsent => return Failed::Unsent,
        Broken::HeadTooLarge | Broken::Head(HeadError::TooManyHeaders) => {
            Fault::new(FaultClass::TooLarge, "the answer's headers are too large")
        }
        Broken::Head(error) => Fault::new(FaultClass::BadAnswer, format!("not an HTTP answer: {error}")),
        Broken::Closed | Broken::Interrupted | Broken::Framing(_) => {
            Fault::new(FaultClass::Closed, "the provider closed the connection before it answered")
        }
    })
}

/// What an error before the head means.
fn failed(mut error: TrySendError<Request<Payload>>) -> Failed {
    if error.take_message().is_some() {
        return Failed::Unsent;
    }
    let error = error.into_error();
    Failed::Fault(if error.is_parse_too_large() {
        Fault::new(FaultClass::TooLarge, "the answer's headers are too large")
    } else if error.is_parse() {
        Fault::new(FaultClass::BadAnswer, format!("not an HTTP answer: {error}"))
    } else if error.is_user() {
        Fault::new(FaultClass::Inexpressible, error.to_string())
    } else {
        Fault::new(FaultClass::Closed, "the provider closed the connection before it answered")
    })
}
