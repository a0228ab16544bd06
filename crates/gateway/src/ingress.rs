//! First stage: URL form → surface, bounded body. Nothing in a URL selects a host (rule S01): it names a gateway, a
//! provider of the configuration and a path below that provider's address.

use std::{borrow::Cow, future::poll_fn, io::Read, pin::Pin, task::Poll, time::Duration};

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, Method, Uri, header};
use http_body::Body;
use http_body_util::BodyExt;
use waypost_types::Surface;

use crate::{
    Refusal,
    limits::{BODY_BYTES_MAX, BODY_IDLE, DECOMPRESSION_RATIO_MAX, INLINE_GUNZIP_BYTES_MAX},
    refusal::RefusalKind,
};

/// What a data-plane URL names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address<'a> {
    /// Account name.
    pub account: Cow<'a, str>,
    /// Gateway id; `None` when a header picks it.
    pub gateway: Option<Cow<'a, str>>,
    /// What is called there.
    pub call: CallForm<'a>,
}

/// The part of a data-plane URL behind the gateway.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallForm<'a> {
    /// `compat/chat/completions`
    Compat,
    /// `dynamic/{route}`
    Dynamic {
        /// Name of the route.
        route: Cow<'a, str>,
    },
    /// The gateway's root, with an array of steps.
    Universal,
    /// `{provider}/{rest}`
    Native {
        /// Provider slug.
        provider: Cow<'a, str>,
        /// What follows it, with its query, as the caller wrote it.
        rest: Cow<'a, str>,
    },
    /// `ai/v1/chat/completions` of the account.
    AccountChat,
    /// `ai/v1/messages` of the account.
    AccountMessages,
}

impl CallForm<'_> {
    /// The surface it belongs to.
    pub const fn surface(&self) -> Surface {
        match self {
            Self::Compat => Surface::Compat,
            Self::Dynamic { .. } => Surface::Dynamic,
            Self::Universal => Surface::Universal,
            Self::Native { .. } => Surface::ProviderNative,
            Self::AccountChat => Surface::AccountChat,
            Self::AccountMessages => Surface::AccountMessages,
        }
    }
}

/// Is this path the data plane's? Everything else belongs to the management API.
pub fn is_data_plane(path: &str) -> bool {
    path.starts_with("/v1/") || account_call(path).is_some()
}

/// `/client/v4/accounts/{account}/ai/{rest}`
fn account_call(path: &str) -> Option<(&str, &str)> {
    let (account, rest) = path.strip_prefix("/client/v4/accounts/")?.split_once('/')?;
    Some((account, rest.strip_prefix("ai/")?))
}

/// Reads a URL of the data plane.
///
/// # Errors
/// `endpoint_not_found` for forms that do not exist, `method_not_allowed` where a form takes only POST.
pub fn address<'a>(method: &Method, uri: &'a Uri) -> Result<Address<'a>, Refusal> {
    let path = uri.path();
    let not_found = || {
        Refusal::new(
            RefusalKind::EndpointNotFound,
            format!(
                "Nothing answers at \"{path}\". Call /v1/<account>/<gateway>/compat/chat/completions, …/dynamic/<route> or \
                 …/<provider>/<path of the provider>."
            ),
        )
    };
    let address = if let Some((account, rest)) = account_call(path) {
        let call = match rest.trim_end_matches('/') {
            "v1/chat/completions" => CallForm::AccountChat,
            "v1/messages" => CallForm::AccountMessages,
            _ => return Err(not_found()),
        };
        Address { account: segment(account).ok_or_else(not_found)?, gateway: None, call }
    } else {
        let mut parts = path.strip_prefix("/v1/").ok_or_else(not_found)?.splitn(3, '/');
        let mut named = || parts.next().filter(|part| !part.is_empty()).and_then(segment);
        let (account, gateway) = (named().ok_or_else(not_found)?, named().ok_or_else(not_found)?);
        let call = call_form(parts.next().unwrap_or_default(), uri).ok_or_else(not_found)?;
        Address { account, gateway: Some(gateway), call }
    };
    // TRACE and CONNECT would hand our own headers back, or a tunnel out.
    let is_native_method =
        [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE, Method::HEAD].contains(method);
    if *method != Method::POST && !(is_native_method && matches!(address.call, CallForm::Native { .. })) {
        return Err(Refusal::new(RefusalKind::MethodNotAllowed, format!("{method} isn't possible here. Use POST.")));
    }
    Ok(address)
}

fn call_form<'a>(rest: &'a str, uri: &'a Uri) -> Option<CallForm<'a>> {
    let (first, below) = rest.split_once('/').unwrap_or((rest, ""));
    match (first, below.trim_end_matches('/')) {
        ("", "") => Some(CallForm::Universal),
        ("compat", "chat/completions" | "v1/chat/completions" | "chat/completion") => Some(CallForm::Compat),
        ("compat" | "", _) => None,
        // An SDK whose base URL is the route appends its own path.
        ("dynamic", below) => {
            let name = below.strip_suffix("/chat/completions").unwrap_or(below);
            let name = segment(name).filter(|name| !name.is_empty() && !name.contains('/'))?;
            Some(CallForm::Dynamic { route: name })
        }
        (provider, _) => {
            let rest = match uri.query() {
                Some(query) => Cow::Owned(format!("{below}?{query}")),
                None => Cow::Borrowed(below),
            };
            Some(CallForm::Native { provider: segment(provider)?, rest })
        }
    }
}

/// One path segment with `%xx` undone; `None` when that is not UTF-8 or hides a control character.
fn segment(text: &str) -> Option<Cow<'_, str>> {
    let decoded = percent_decode(text)?;
    let is_plain = decoded.bytes().all(|byte| byte.is_ascii_graphic());
    let is_clean = is_plain || !decoded.chars().any(char::is_control);
    is_clean.then_some(decoded)
}

pub(crate) fn percent_decode(text: &str) -> Option<Cow<'_, str>> {
    if !text.bytes().any(|byte| byte == b'%') {
        return Some(Cow::Borrowed(text));
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digits = [rest.next()?, rest.next()?];
            bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok().map(Cow::Owned)
}

/// Reads a request body into memory: at most [`BODY_BYTES_MAX`], never idle for longer than [`BODY_IDLE`], gzip undone.
///
/// # Errors
/// `body_too_large`, `unsupported_encoding`, `body_invalid` when it stalls or breaks off.
pub async fn read_body<B>(headers: &HeaderMap, mut body: B) -> Result<Bytes, Refusal>
where
    B: Body<Data = Bytes> + Unpin,
{
    let encoding = headers.get(header::CONTENT_ENCODING).map(|value| value.to_str().unwrap_or("?").trim());
    let is_gzip = match encoding {
        None | Some("" | "identity") => false,
        Some("gzip" | "x-gzip") => true,
        Some(other) => {
            let message = format!("Content-Encoding \"{other}\" isn't supported. Use gzip or none.");
            return Err(Refusal::new(RefusalKind::UnsupportedEncoding, message));
        }
    };
    if let Some(declared) = body.size_hint().exact()
        && declared > BODY_BYTES_MAX as u64
    {
        return Err(too_large(declared));
    }
    let raw = collect(&mut body, BODY_IDLE).await?;
    match (is_gzip, raw.len() > INLINE_GUNZIP_BYTES_MAX) {
        (false, _) => Ok(raw),
        (true, false) => gunzip(&raw),
        // Elsewhere, so that this core's other requests do not stand still.
        (true, true) => {
            tokio::task::spawn_blocking(move || gunzip(&raw)).await.unwrap_or_else(|_| Err(Refusal::internal_error()))
        }
    }
}

async fn collect<B>(body: &mut B, idle: Duration) -> Result<Bytes, Refusal>
where
    B: Body<Data = Bytes> + Unpin,
{
    let mut first: Option<Bytes> = None;
    let mut joined = BytesMut::new();
    while !body.is_end_stream() {
        // Most bodies came with their head: no timer is made for what is there.
        let at_hand = poll_fn(|cx| match Pin::new(&mut *body).poll_frame(cx) {
            Poll::Ready(frame) => Poll::Ready(Some(frame.map(Result::ok))),
            Poll::Pending => Poll::Ready(None),
        });
        let frame = match at_hand.await {
            Some(frame) => frame,
            None => {
                let coming = tokio::time::timeout(idle, body.frame()).await.map_err(|_| stalled(idle))?;
                coming.map(Result::ok)
            }
        };
        let Some(frame) = frame else { break };
        let Some(frame) = frame else {
            return Err(Refusal::new(RefusalKind::BodyInvalid, "The body broke off before its end. Send it again."));
        };
        let Ok(data) = frame.into_data() else { continue };
        let total = first.as_ref().map_or(joined.len(), Bytes::len) + data.len();
        if total > BODY_BYTES_MAX {
            return Err(too_large(total as u64));
        }
        match first.take() {
            None if joined.is_empty() => first = Some(data),
            None => joined.extend_from_slice(&data),
            Some(lone) => {
                joined.reserve(total.max(16 * 1024));
                joined.extend_from_slice(&lone);
                joined.extend_from_slice(&data);
            }
        }
    }
    Ok(first.unwrap_or_else(|| joined.freeze()))
}

fn stalled(idle: Duration) -> Refusal {
    let message = format!("The body stopped coming for {} s. Send it without pauses.", idle.as_secs());
    Refusal::new(RefusalKind::BodyInvalid, message)
}

/// Never produces more than the cap, whatever the input claims (A21).
fn gunzip(raw: &[u8]) -> Result<Bytes, Refusal> {
    let cap = BODY_BYTES_MAX.min(raw.len().saturating_mul(DECOMPRESSION_RATIO_MAX));
    let mut plain = Vec::with_capacity(cap.min(raw.len().saturating_mul(4)));
    let mut reader = flate2::read::GzDecoder::new(raw).take(cap as u64 + 1);
    if reader.read_to_end(&mut plain).is_err() {
        return Err(Refusal::new(
            RefusalKind::BodyInvalid,
            "The body isn't valid gzip. Send it again, or without gzip.",
        ));
    }
    if plain.len() > cap {
        return Err(too_large(plain.len() as u64));
    }
    Ok(plain.into())
}

fn too_large(bytes: u64) -> Refusal {
    let mb = bytes.div_ceil(1024 * 1024).max(BODY_BYTES_MAX as u64 / 1024 / 1024 + 1);
    let message = format!("The body is {mb} MB; at most {} MB is allowed.", BODY_BYTES_MAX / 1024 / 1024);
    Refusal::new(RefusalKind::BodyTooLarge, message)
}

#[cfg(test)]
mod tests;
