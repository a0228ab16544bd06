//! Under which names the management side answers (S15). A page of a foreign site can make its own name point to this
//! machine and would then be of the same origin; the name in `Host` still is the foreign one.

use std::{net::IpAddr, sync::Arc};

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, Uri, header};

use crate::refusal::Refused;

/// Put into a request's extensions by whoever accepts connections: the address that the caller reached us at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reached(pub IpAddr);

/// Names that the operator gave this gateway, beside loopback and the addresses that it is reached at.
#[derive(Clone, Debug, Default)]
pub struct Hosts(Vec<String>);

impl Hosts {
    /// The names, without ports.
    pub fn new(names: impl IntoIterator<Item = String>) -> Self {
        Self(names.into_iter().map(|name| bare(&name)).collect())
    }

    fn has(&self, host: &str, reached: Option<IpAddr>) -> bool {
        let host = bare(host);
        if let Ok(address) = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>() {
            return address.is_loopback() || reached == Some(address) || self.0.contains(&host);
        }
        host == "localhost" || host.ends_with(".localhost") || self.0.contains(&host)
    }
}

/// The layer around everything that is not the data plane.
pub async fn check_host(State(hosts): State<Arc<Hosts>>, request: Request, next: Next) -> Response {
    let reached = request.extensions().get::<Reached>().map(|reached| reached.0);
    let host = host(request.uri(), request.headers());
    if host.is_some_and(|host| hosts.has(host, reached)) {
        return next.run(request).await;
    }
    let message = format!(
        "This gateway doesn't answer under the name {}. Its operator can add it: WAYPOST_ADMIN_HOSTS, or hosts under [admin] in \
         the configuration file.",
        host.map_or_else(|| "that was sent (none)".to_owned(), |host| format!("{:?}", shown(host)))
    );
    Refused::forbidden(message).into_response()
}

fn host<'a>(uri: &'a Uri, headers: &'a HeaderMap) -> Option<&'a str> {
    // HTTP/2 and proxies put it into the request line, which then counts (RFC 9112 §3.2.2).
    match uri.authority() {
        Some(authority) => Some(authority.as_str()),
        None => headers.get(header::HOST)?.to_str().ok(),
    }
}

/// A name that fits into a sentence.
fn shown(host: &str) -> String {
    host.chars().take(100).collect()
}

/// Without port and final dot, in lower case.
fn bare(host: &str) -> String {
    let without_port = match host.rsplit_once(':') {
        Some((name, port))
            if port.bytes().all(|byte| byte.is_ascii_digit()) && (!name.contains(':') || name.ends_with(']')) =>
        {
            name
        }
        _ => host,
    };
    without_port.strip_suffix('.').unwrap_or(without_port).to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s15_only_known_names_are_answered() {
        let hosts = Hosts::new(["GW.example.com:443".to_owned(), "10.0.0.9".to_owned()]);
        let reached = Some([192, 0, 2, 7].into());
        for known in [
            "localhost",
            "localhost:8787",
            "LOCALHOST:1",
            "a.localhost",
            "127.0.0.1:8787",
            "127.8.8.8",
            "[::1]:8787",
            "[::1]",
            "gw.example.com",
            "gw.example.com.:8443",
            "192.0.2.7:8787",
            "10.0.0.9:1",
        ] {
            assert!(hosts.has(known, reached), "{known}");
        }
        for foreign in [
            "",
            "evil.example",
            "localhost.evil.example",
            "evillocalhost",
            "127.0.0.1.evil.example",
            "192.0.2.8",
            "x.gw.example.com",
            "gw.example.com@evil.example",
            "[::2]:8787",
            "0.0.0.0:8787",
        ] {
            assert!(!hosts.has(foreign, reached), "{foreign}");
        }
    }
}
