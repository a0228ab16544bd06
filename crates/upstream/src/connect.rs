//! Brings a connection up: name, address, TCP, TLS, protocol.

use std::{
    collections::HashMap,
    future::{Future, poll_fn},
    io,
    net::{IpAddr, SocketAddr},
    pin::Pin,
    sync::{Arc, Mutex, PoisonError, atomic::AtomicUsize},
    task::Poll,
    time::Duration,
};

use hyper::client::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::{
    net::TcpStream,
    time::{Instant, timeout},
};
use waypost_types::{Fault, FaultClass};

use crate::{
    address,
    endpoint::{AllowList, Endpoint, Host},
    http1::Http1,
    limits::{
        ADDRESSES_MAX, H2_CONNECTION_WINDOW, H2_HEADER_BYTES_MAX, H2_STREAM_WINDOW, LAST_GOOD_ADDRESSES, NAMES_MAX,
        NEXT_ADDRESS_AFTER, RESOLVE_WITH_LAST_GOOD,
    },
    link::{Http2, Socket},
    tls::{Tls, server_name},
};

/// What connecting needs; one per core.
pub(crate) struct Connector {
    pub(crate) tls: Tls,
    pub(crate) allow: AllowList,
    /// Addresses that names had when they last resolved.
    last_good: Mutex<HashMap<String, (Vec<IpAddr>, Instant)>>,
}

/// A fresh connection.
pub(crate) enum Connected {
    /// Boxed once, so that pool, call and answer hand on a pointer.
    Http1(Box<Http1>),
    Http2(Http2),
}

impl Connector {
    pub(crate) fn new(tls: Tls, allow: AllowList) -> Self {
        Self { tls, allow, last_good: Mutex::default() }
    }

    /// Connects. The caller bounds the time.
    pub(crate) async fn connect(&self, endpoint: &Endpoint) -> Result<Connected, Fault> {
        let addresses = self.addresses(endpoint).await?;
        let stream = dial(&addresses).await.map_err(|error| {
            Fault::new(FaultClass::Connect, format!("{} ({}:{})", in_words(&error), endpoint.host, endpoint.port))
        })?;
        // Without it small frames wait for acknowledgements; a socket that refuses the option still works.
        let _ = stream.set_nodelay(true);
        if !endpoint.is_https {
            return Ok(http1(Socket::Plain(stream)));
        }

        let name = server_name(endpoint).ok_or_else(|| Fault::new(FaultClass::Tls, "the host is not a TLS name"))?;
        let stream = self.tls.connector(endpoint).connect(name, stream).await.map_err(|error| tls_fault(&error))?;
        let is_h2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
        let socket = Socket::Tls(Box::new(stream));
        if is_h2 { http2(socket).await } else { Ok(http1(socket)) }
    }

    /// The addresses that may be connected to, in the resolver's order. The rule is applied to these very addresses, so
    /// a name that resolves otherwise the next time gains nothing (A03); of a name with public and private addresses only
    /// the public ones are tried (A04).
    async fn addresses(&self, endpoint: &Endpoint) -> Result<Vec<SocketAddr>, Fault> {
        let all = match &endpoint.host {
            Host::Ip(address) => vec![*address],
            Host::Name(name) => self.resolve(name, endpoint.port).await?,
        };
        allowed(&all, endpoint, &self.allow)
    }

    async fn resolve(&self, name: &str, port: u16) -> Result<Vec<IpAddr>, Fault> {
        let known = self.last_good(name);
        let patience = if known.is_some() { RESOLVE_WITH_LAST_GOOD } else { Duration::MAX };
        let failure = match timeout(patience, tokio::net::lookup_host((name, port))).await {
            Ok(Ok(found)) => {
                let addresses: Vec<_> = found.map(|address| address.ip()).collect();
                if !addresses.is_empty() {
                    self.remember(name, &addresses);
                    return Ok(addresses);
                }
                "has no address".to_owned()
            }
            Ok(Err(error)) => format!("did not resolve: {error}"),
            Err(_) => "did not resolve in time".to_owned(),
        };
        known.ok_or_else(|| Fault::new(FaultClass::Connect, format!("{name} {failure}")))
    }

    fn last_good(&self, name: &str) -> Option<Vec<IpAddr>> {
        let names = self.last_good.lock().unwrap_or_else(PoisonError::into_inner);
        names.get(name).filter(|(_, at)| at.elapsed() < LAST_GOOD_ADDRESSES).map(|(addresses, _)| addresses.clone())
    }

    fn remember(&self, name: &str, addresses: &[IpAddr]) {
        let mut names = self.last_good.lock().unwrap_or_else(PoisonError::into_inner);
        if names.len() >= NAMES_MAX {
            names.retain(|_, (_, at)| at.elapsed() < LAST_GOOD_ADDRESSES);
        }
        if names.len() < NAMES_MAX || names.contains_key(name) {
            names.insert(name.to_owned(), (addresses.to_vec(), Instant::now()));
        }
    }
}

fn allowed(all: &[IpAddr], endpoint: &Endpoint, allow: &AllowList) -> Result<Vec<SocketAddr>, Fault> {
    let port = endpoint.port;
    let may_be_called = |address: &&IpAddr| {
        endpoint.may_be_private || address::is_public(**address) || allow.contains_address(**address, port)
    };
    let allowed: Vec<_> =
        all.iter().filter(may_be_called).take(ADDRESSES_MAX).map(|&address| SocketAddr::new(address, port)).collect();
    match all.first() {
        Some(&address) if allowed.is_empty() => Err(Fault::new(
            FaultClass::AddressRefused,
            format!("{} leads to {address}, which is a private address", endpoint.host),
        )),
        _ => Ok(allowed),
    }
}

/// Connects to the first address that answers; the next one is begun when those before failed or are slow (F31).
async fn dial(addresses: &[SocketAddr]) -> io::Result<TcpStream> {
    let mut under_way: Vec<Pin<Box<dyn Future<Output = io::Result<TcpStream>> + Send>>> = Vec::new();
    let mut rest = addresses.iter();
    let mut failure = io::Error::from(io::ErrorKind::AddrNotAvailable);
    loop {
        match rest.next() {
            Some(&address) => under_way.push(Box::pin(TcpStream::connect(address))),
            None if under_way.is_empty() => return Err(failure),
            None => {}
        }
        let settled = poll_fn(|cx| {
            let ready =
                under_way.iter_mut().enumerate().find_map(|(index, dialling)| match dialling.as_mut().poll(cx) {
                    Poll::Ready(result) => Some((index, result)),
                    Poll::Pending => None,
                });
            ready.map_or(Poll::Pending, Poll::Ready)
        });
        let patience = if rest.as_slice().is_empty() { Duration::MAX } else { NEXT_ADDRESS_AFTER };
        match timeout(patience, settled).await {
            Ok((_, Ok(stream))) => return Ok(stream),
            Ok((index, Err(error))) => {
                drop(under_way.swap_remove(index));
                failure = error;
            }
            Err(_) => {}
        }
    }
}

fn http1(socket: Socket) -> Connected {
    Connected::Http1(Box::new(Http1::new(socket)))
}

async fn http2(socket: Socket) -> Result<Connected, Fault> {
    let (sender, connection) = http2::Builder::new(TokioExecutor::new())
        .timer(TokioTimer::new())
        .initial_stream_window_size(H2_STREAM_WINDOW)
        .initial_connection_window_size(H2_CONNECTION_WINDOW)
        .max_header_list_size(H2_HEADER_BYTES_MAX)
        .keep_alive_interval(Duration::from_secs(20))
        .keep_alive_timeout(Duration::from_secs(10))
        .handshake(TokioIo::new(socket))
        .await
        .map_err(|error| Fault::new(FaultClass::Connect, format!("HTTP/2: {error}")))?;
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(%error, "HTTP/2 connection to a provider ended");
        }
    });
    Ok(Connected::Http2(Http2 { sender, streams: Arc::new(AtomicUsize::new(0)) }))
}

/// A certificate that does not hold is a fault of its own; a connection that breaks during the handshake is not.
fn tls_fault(error: &io::Error) -> Fault {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
        Some(error) => Fault::new(FaultClass::Tls, error.to_string()),
        None => Fault::new(FaultClass::Connect, format!("during the TLS handshake: {}", in_words(error))),
    }
}

fn in_words(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => "connection refused".to_owned(),
        io::ErrorKind::ConnectionReset => "connection reset".to_owned(),
        io::ErrorKind::UnexpectedEof => "connection closed".to_owned(),
        io::ErrorKind::HostUnreachable => "host unreachable".to_owned(),
        io::ErrorKind::NetworkUnreachable => "network unreachable".to_owned(),
        io::ErrorKind::TimedOut => "no answer from the network".to_owned(),
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::endpoint::Trust;

    fn endpoint(trust: Trust) -> Endpoint {
        Endpoint::parse("https://llm.example.com:8443", trust).unwrap()
    }

    fn addresses(texts: &[&str]) -> Vec<IpAddr> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    #[test]
    fn a04_of_a_mixed_name_only_public_addresses_are_tried() {
        let all = addresses(&["10.0.0.1", "8.8.8.8", "::1", "2606:4700::1111", "::ffff:169.254.169.254"]);
        for trust in [Trust::Api, Trust::Builtin] {
            let tried = allowed(&all, &endpoint(trust), &AllowList::default()).unwrap();
            assert_eq!(
                tried.iter().map(SocketAddr::ip).collect::<Vec<_>>(),
                addresses(&["8.8.8.8", "2606:4700::1111"])
            );
        }
        let allow = AllowList::parse(["10.0.0.1:8443", "[::1]:9"]).unwrap();
        let tried = allowed(&all, &endpoint(Trust::Api), &allow).unwrap();
        assert_eq!(tried.len(), 3);
        assert_eq!(allowed(&all, &endpoint(Trust::Operator), &AllowList::default()).unwrap().len(), 5);
    }

    #[test]
    fn a03_a_name_that_became_private_is_refused() {
        for address in ["127.0.0.1", "169.254.169.254", "::ffff:10.0.0.1", "fd00::1"] {
            let fault = allowed(&addresses(&[address]), &endpoint(Trust::Api), &AllowList::default()).unwrap_err();
            assert_eq!(fault.class, FaultClass::AddressRefused, "{address}");
        }
    }

    #[tokio::test]
    async fn f31_the_next_address_is_tried_when_one_refuses() {
        let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let closed_address = closed.local_addr().unwrap();
        drop(closed);
        let open = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let stream = dial(&[closed_address, open.local_addr().unwrap()]).await.unwrap();
        assert_eq!(stream.peer_addr().unwrap(), open.local_addr().unwrap());
        assert_eq!(dial(&[closed_address]).await.unwrap_err().kind(), io::ErrorKind::ConnectionRefused);
    }

    #[tokio::test]
    async fn f30_the_last_good_addresses_serve_when_a_name_stops_resolving() {
        let connector = Connector::new(Tls::new(&[]).unwrap(), AllowList::default());
        let name = "gone.invalid";
        assert_eq!(connector.resolve(name, 443).await.unwrap_err().class, FaultClass::Connect);
        connector.remember(name, &addresses(&["8.8.8.8"]));
        assert_eq!(connector.resolve(name, 443).await.unwrap(), addresses(&["8.8.8.8"]));
    }
}
