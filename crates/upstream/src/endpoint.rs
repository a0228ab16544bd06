//! Where a provider is: an address that was checked when it was configured (A02), prepared so that a call copies
//! nothing but its path.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    sync::Arc,
};

use http::{HeaderValue, uri::PathAndQuery};

use crate::{
    address,
    join::{JoinRule, PathError, clean_path},
    limits::URL_BYTES_MAX,
};

/// Who named the address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Trust {
    /// The built-in catalogue: a public name that must resolve to public addresses.
    Builtin,
    /// The operator, in the configuration file or environment: may be private.
    Operator,
    /// Somebody through the management API: public, unless the operator allows exactly this host and port.
    Api,
}

/// Hosts with ports that the operator allows although they are private: `--allow-upstream 10.0.0.5:8000`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AllowList(Vec<(Host, u16)>);

/// A prepared address. Cheap to share; equal addresses share pooled connections only under equal trust.
#[derive(Clone, Debug)]
pub struct Endpoint {
    pub(crate) is_https: bool,
    pub(crate) host: Host,
    pub(crate) port: u16,
    /// The `Host` header: without the port where it is the scheme's own.
    pub(crate) authority: HeaderValue,
    /// Without a slash at its end; empty for the root.
    base_path: String,
    pub(crate) trust: Trust,
    pub(crate) may_be_private: bool,
    /// Key of the connection pool.
    pub(crate) origin: Arc<str>,
    join_rule: JoinRule,
    pub(crate) http1_only: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Host {
    Name(String),
    Ip(IpAddr),
}

/// Why a text is not an address that a provider may have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EndpointError {
    /// Not `https://host/path`.
    #[error("{0:?} is not an address. Write it as https://host/path.")]
    Syntax(String),
    /// A scheme other than http and https.
    #[error("addresses begin with https:// or http://, not {0:?}")]
    Scheme(String),
    /// `user@host`.
    #[error("an address cannot contain a user name or password")]
    UserInfo,
    /// `?…` or `#…`.
    #[error("a base address cannot contain \"?\" or \"#\"")]
    QueryOrFragment,
    /// A host that some resolvers read as an IP address: `0`, `2130706433`, `0x7f.1`, `127.1`.
    #[error("{0:?} is a number. Write the host as a name or as four decimal numbers.")]
    NumericHost(String),
    /// A name in characters that are not plain ASCII, or in their encoded form (`xn--…`), which can look like another name.
    #[error("{0:?} is an internationalised name, which can look like another. Use the provider's plain name.")]
    LookAlike(String),
    /// `host.`
    #[error("remove the dot at the end of {0:?}")]
    TrailingDot(String),
    /// A private address or a name of a private network; host and port.
    #[error("\"{0}\" is a private address. An operator can allow exactly this one at start: `--allow-upstream {0}`.")]
    Private(String),
    /// A port on which no provider listens.
    #[error("port {0} is not one that providers use. Use 443, 80 or one above 1023.")]
    Port(u16),
    /// The path cannot be used.
    #[error(transparent)]
    Path(#[from] PathError),
    /// More than [`URL_BYTES_MAX`].
    #[error("the address is longer than {URL_BYTES_MAX} bytes")]
    TooLong,
}

/// Names that never belong to the public internet.
const PRIVATE_SUFFIXES: &[&str] = &[
    "localhost",
    "localdomain",
    "local",
    "internal",
    "intranet",
    "private",
    "corp",
    "home",
    "lan",
    "home.arpa",
    "in-addr.arpa",
    "ip6.arpa",
];

/// Ports above 1023 on which something else than HTTP listens.
///
/// Source: WHATWG Fetch, "port blocking" (checked 2026-11-21).
const BLOCKED_PORTS: &[u16] = &[
    1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080,
];

// === impl Endpoint ===

impl Endpoint {
    /// Reads a base address. [`Trust::Api`] is held to the list of attack A02.
    ///
    /// # Errors
    /// In words for the person who typed it.
    pub fn parse(url: &str, trust: Trust) -> Result<Self, EndpointError> {
        Self::parse_allowing(url, trust, &AllowList::default())
    }

    /// As [`Endpoint::parse`], with what the operator allows besides.
    ///
    /// # Errors
    /// In words for the person who typed it.
    pub fn parse_allowing(url: &str, trust: Trust, allowed: &AllowList) -> Result<Self, EndpointError> {
        if url.len() > URL_BYTES_MAX {
            return Err(EndpointError::TooLong);
        }
        let url = url.trim();
        let (scheme, rest) = url.split_once("://").ok_or_else(|| match url.split_once(':') {
            Some((scheme, _)) if scheme.bytes().all(|byte| byte.is_ascii_alphabetic()) => {
                EndpointError::Scheme(scheme.to_owned())
            }
            _ => EndpointError::Syntax(url.to_owned()),
        })?;
        let is_https = match scheme.to_ascii_lowercase().as_str() {
            "https" => true,
            "http" => false,
            _ => return Err(EndpointError::Scheme(scheme.to_owned())),
        };
        if rest.contains(['?', '#']) {
            return Err(EndpointError::QueryOrFragment);
        }
        let (authority, path) = rest.find('/').map_or((rest, ""), |slash| rest.split_at(slash));
        if authority.contains('@') {
            return Err(EndpointError::UserInfo);
        }

        let (host, port) = split_host(authority).ok_or_else(|| EndpointError::Syntax(url.to_owned()))?;
        let host = Host::parse(host)?;
        let default_port = if is_https { 443 } else { 80 };
        let port = port.unwrap_or(default_port);
        let is_allowed = allowed.contains(&host, port);
        if trust == Trust::Api && !is_allowed {
            host.check_public(port)?;
        }
        if port == 0 {
            return Err(EndpointError::Port(port));
        }

        let base_path = clean_path(path.trim_matches('/'))?;
        let authority = if port == default_port { host.to_string() } else { format!("{host}:{port}") };
        Ok(Self {
            origin: format!(
                "{}://{host}:{port} {trust:?}{}",
                if is_https { "https" } else { "http" },
                u8::from(is_allowed)
            )
            .into(),
            authority: HeaderValue::from_str(&authority).map_err(|_| EndpointError::Syntax(url.to_owned()))?,
            base_path: if base_path.is_empty() { String::new() } else { format!("/{base_path}") },
            may_be_private: trust == Trust::Operator || is_allowed,
            join_rule: JoinRule::Append,
            http1_only: false,
            is_https,
            host,
            port,
            trust,
        })
    }

    /// The same address with a provider's own rule for joining paths.
    #[must_use]
    pub fn with_join_rule(mut self, rule: JoinRule) -> Self {
        self.join_rule = rule;
        self
    }

    /// The same address, spoken to over HTTP/1.1 also where the server offers HTTP/2.
    #[must_use]
    pub fn http1_only(mut self) -> Self {
        self.http1_only = true;
        self.origin = format!("{} h1", self.origin).into();
        self
    }

    /// Base path plus `rest` (path with an optional query, with or without a slash in front). A version segment that
    /// both name appears once; what may not stand in a URL is percent-encoded.
    ///
    /// # Errors
    /// [`PathError`]: `..`, control characters and fragments are refused (A05).
    pub fn path_and_query(&self, rest: &str) -> Result<PathAndQuery, PathError> {
        self.join_rule.join(&self.base_path, rest)
    }

    /// Host name or address, without the port.
    pub fn host(&self) -> String {
        self.host.to_string()
    }

    /// The port.
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// Over TLS.
    pub const fn is_https(&self) -> bool {
        self.is_https
    }

    /// Who named it.
    pub const fn trust(&self) -> Trust {
        self.trust
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.is_https { "https" } else { "http" };
        write!(f, "{scheme}://{}{}", self.authority.to_str().unwrap_or_default(), self.base_path)
    }
}

// === impl Host ===

impl Host {
    fn parse(text: &str) -> Result<Self, EndpointError> {
        if let Some(address) = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')) {
            let address = address.parse::<Ipv6Addr>().map_err(|_| EndpointError::Syntax(text.to_owned()))?;
            return Ok(Self::Ip(address.into()));
        }
        if let Ok(address) = text.parse::<Ipv4Addr>() {
            return Ok(Self::Ip(address.into()));
        }
        if !text.is_ascii() {
            return Err(EndpointError::LookAlike(text.to_owned()));
        }
        let name = text.to_ascii_lowercase();
        if let Some(name) = name.strip_suffix('.') {
            return Err(EndpointError::TrailingDot(name.to_owned()));
        }
        let is_label = |label: &str| {
            (1..=63).contains(&label.len())
                && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
        };
        if name.len() > 253 || !name.split('.').all(is_label) {
            return Err(EndpointError::Syntax(text.to_owned()));
        }
        // Resolvers read a host whose last label is a number as an IPv4 address in one of many spellings.
        let last = name.rsplit('.').next().unwrap_or_default();
        let is_hex = last.strip_prefix("0x").is_some_and(|hex| hex.bytes().all(|byte| byte.is_ascii_hexdigit()));
        if is_hex || last.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(EndpointError::NumericHost(text.to_owned()));
        }
        Ok(Self::Name(name))
    }

    /// The rules for addresses that come through the management API.
    fn check_public(&self, port: u16) -> Result<(), EndpointError> {
        let private = || EndpointError::Private(format!("{self}:{port}"));
        match self {
            Self::Ip(address) if !address::is_public(*address) => return Err(private()),
            Self::Ip(_) => {}
            Self::Name(name) => {
                let is_below =
                    |suffix: &str| name.strip_suffix(suffix).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
                if !name.contains('.') || PRIVATE_SUFFIXES.iter().any(|suffix| is_below(suffix)) {
                    return Err(private());
                }
                if name.split('.').any(|label| label.starts_with("xn--")) {
                    return Err(EndpointError::LookAlike(name.clone()));
                }
            }
        }
        if (port < 1024 && port != 80 && port != 443) || BLOCKED_PORTS.contains(&port) {
            return Err(EndpointError::Port(port));
        }
        Ok(())
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => f.write_str(name),
            Self::Ip(IpAddr::V4(address)) => address.fmt(f),
            Self::Ip(IpAddr::V6(address)) => write!(f, "[{address}]"),
        }
    }
}

// === impl AllowList ===

impl AllowList {
    /// Reads `HOST:PORT` texts; IPv6 addresses stand in brackets.
    ///
    /// # Errors
    /// The first text that is not `HOST:PORT`.
    pub fn parse<'a>(texts: impl IntoIterator<Item = &'a str>) -> Result<Self, EndpointError> {
        let entry = |text: &str| {
            let (host, port) = split_host(text.trim()).ok_or_else(|| EndpointError::Syntax(text.to_owned()))?;
            Ok((Host::parse(host)?, port.ok_or_else(|| EndpointError::Syntax(text.to_owned()))?))
        };
        texts.into_iter().map(entry).collect::<Result<_, _>>().map(Self)
    }

    fn contains(&self, host: &Host, port: u16) -> bool {
        self.0.iter().any(|(allowed, allowed_port)| allowed == host && *allowed_port == port)
    }

    /// The operator allows this resolved address.
    pub(crate) fn contains_address(&self, address: IpAddr, port: u16) -> bool {
        self.contains(&Host::Ip(address), port)
    }
}

/// `host`, `host:port`, `[v6]`, `[v6]:port`.
fn split_host(authority: &str) -> Option<(&str, Option<u16>)> {
    let end = if authority.starts_with('[') {
        authority.find(']')? + 1
    } else {
        authority.find(':').unwrap_or(authority.len())
    };
    let (host, port) = authority.split_at(end);
    if host.is_empty() {
        return None;
    }
    match port.strip_prefix(':') {
        None if port.is_empty() => Some((host, None)),
        Some(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => Some((host, Some(digits.parse().ok()?))),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
