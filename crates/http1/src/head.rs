//! A head from the bytes at the beginning of a buffer.

use std::{mem::MaybeUninit, ops::Range};

use bytes::{Buf, Bytes, BytesMut};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};

use crate::{HEADERS_MAX, framing::Framing};

/// What a request's head says.
#[derive(Clone, Debug)]
pub struct RequestHead {
    /// Its method.
    pub method: Method,
    /// Its target, as it was written.
    pub uri: Uri,
    /// Its headers.
    pub headers: HeaderMap,
    /// Bytes of its body.
    pub body_bytes: u64,
}

/// What an answer's head says.
#[derive(Clone, Debug)]
pub struct AnswerHead {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// How its body ends.
    pub framing: Framing,
    /// The connection can take another request once the body has ended.
    pub keeps_alive: bool,
}

/// Why a head cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HeadError {
    /// Not in the grammar, or its headers contradict one another.
    #[error("{0}")]
    Malformed(String),
    /// More than [`HEADERS_MAX`] headers.
    #[error("more than {HEADERS_MAX} headers")]
    TooManyHeaders,
}

/// What became of the bytes at the beginning of a connection's buffer.
#[derive(Debug)]
pub enum Incoming {
    /// A head that is read and taken from the buffer.
    Simple(RequestHead),
    /// The head is not complete. The buffer is as it was.
    Partial,
    /// Not HTTP/1.1, not well formed, or with something that only a full implementation deals with: another framing than
    /// one length, an expectation, an upgrade, a connection that is to be closed; or not meant. The buffer is as it was.
    Other,
}

type Headers<'b> = [MaybeUninit<httparse::Header<'b>>; HEADERS_MAX];

/// Takes a simple request's head from the buffer, if `is_meant` says of its method and target that it is meant.
pub fn take_request(buffer: &mut BytesMut, is_meant: impl FnOnce(&str, &str) -> bool) -> Incoming {
    let mut headers: Headers<'_> = [const { MaybeUninit::uninit() }; HEADERS_MAX];
    let mut parsed = httparse::Request::new(&mut []);
    let head_bytes = match parsed.parse_with_uninit_headers(buffer, &mut headers) {
        Ok(httparse::Status::Complete(bytes)) => bytes,
        Ok(httparse::Status::Partial) => return Incoming::Partial,
        Err(_) => return Incoming::Other,
    };
    let (Some(method), Some(path), Some(1)) = (parsed.method, parsed.path, parsed.version) else {
        return Incoming::Other;
    };
    if !is_meant(method, path) {
        return Incoming::Other;
    }
    let Ok(method) = Method::from_bytes(method.as_bytes()) else { return Incoming::Other };
    // Copied, so that what is kept of a head does not keep the connection's buffer.
    let head = Bytes::copy_from_slice(buffer.get(..head_bytes).unwrap_or_default());
    let within = Within::of(buffer);
    let (Some(path), Some(map)) = (within.slice(&head, path.as_bytes()), within.headers(&head, parsed.headers)) else {
        return Incoming::Other;
    };
    let Ok(uri) = Uri::from_maybe_shared(path) else { return Incoming::Other };
    let Some(body_bytes) = simple_body(&map) else { return Incoming::Other };
    buffer.advance(head_bytes);
    Incoming::Simple(RequestHead { method, uri, headers: map, body_bytes })
}

/// The length of a body that is framed in the plainest way; `None` where it is not, or more is asked for than an answer.
fn simple_body(headers: &HeaderMap) -> Option<u64> {
    let mut length = None;
    for (name, value) in headers {
        match *name {
            header::CONTENT_LENGTH => {
                if length.is_some() {
                    return None;
                }
                length = Some(decimal(value.as_bytes())?);
            }
            header::CONNECTION if !value.as_bytes().eq_ignore_ascii_case(b"keep-alive") => return None,
            header::TRANSFER_ENCODING | header::EXPECT | header::UPGRADE => return None,
            _ => {}
        }
    }
    Some(length.unwrap_or(0))
}

/// Takes an answer's head from the buffer; `None` where it is not complete yet. Heads that only announce another (1xx, but
/// for a change of protocol) are left out.
///
/// # Errors
/// A head that cannot be read, or whose framing means two things.
pub fn take_answer(buffer: &mut BytesMut, asked_by: &Method) -> Result<Option<AnswerHead>, HeadError> {
    loop {
        let mut headers: Headers<'_> = [const { MaybeUninit::uninit() }; HEADERS_MAX];
        let mut parsed = httparse::Response::new(&mut []);
        let config = httparse::ParserConfig::default();
        let head_bytes = match config.parse_response_with_uninit_headers(&mut parsed, buffer, &mut headers) {
            Ok(httparse::Status::Complete(bytes)) => bytes,
            Ok(httparse::Status::Partial) => return Ok(None),
            Err(httparse::Error::TooManyHeaders) => return Err(HeadError::TooManyHeaders),
            Err(error) => return Err(HeadError::Malformed(error.to_string())),
        };
        let status = parsed.code.and_then(|code| StatusCode::from_u16(code).ok());
        let (Some(status), Some(version)) = (status, parsed.version) else {
            return Err(HeadError::Malformed("the status line names no status".to_owned()));
        };
        if status.is_informational() && status != StatusCode::SWITCHING_PROTOCOLS {
            buffer.advance(head_bytes);
            continue;
        }
        let head = Bytes::copy_from_slice(buffer.get(..head_bytes).unwrap_or_default());
        let Some(headers) = Within::of(buffer).headers(&head, parsed.headers) else {
            return Err(HeadError::Malformed("a header's name or value cannot be read".to_owned()));
        };
        buffer.advance(head_bytes);
        let (framing, is_clear) = answer_framing(asked_by, status, &headers)?;
        let keeps_alive = is_clear && keeps_alive(version, &headers) && framing != Framing::UntilClose;
        return Ok(Some(AnswerHead { status, headers, framing, keeps_alive }));
    }
}

/// How an answer's body ends, and whether nothing in its head says otherwise. Source: RFC 9112 §6.3.
fn answer_framing(asked_by: &Method, status: StatusCode, headers: &HeaderMap) -> Result<(Framing, bool), HeadError> {
    let (mut length, mut codings) = (None, None);
    for (name, value) in headers {
        match *name {
            header::CONTENT_LENGTH => {
                for part in value.as_bytes().split(|byte| *byte == b',') {
                    let said = decimal(part.trim_ascii());
                    if said.is_none() || length.is_some_and(|length| Some(length) != said) {
                        return Err(HeadError::Malformed("the length of the body is no one number".to_owned()));
                    }
                    length = said;
                }
            }
            // The last coding of the last header is the outermost.
            header::TRANSFER_ENCODING => codings = Some(value.as_bytes()),
            _ => {}
        }
    }
    let has_no_body = *asked_by == Method::HEAD
        || status.is_informational()
        || matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED);
    let framing = match (has_no_body, codings, length) {
        (true, _, _) => Framing::Length(0),
        (false, Some(codings), _) => {
            let outermost = codings.rsplit(|byte| *byte == b',').next().unwrap_or_default().trim_ascii();
            if outermost.eq_ignore_ascii_case(b"chunked") { Framing::chunked() } else { Framing::UntilClose }
        }
        (false, None, Some(length)) => Framing::Length(length),
        (false, None, None) => Framing::UntilClose,
    };
    Ok((framing, codings.is_none() || length.is_none()))
}

fn keeps_alive(version: u8, headers: &HeaderMap) -> bool {
    let mut keeps = version == 1;
    for value in headers.get_all(header::CONNECTION) {
        for word in value.as_bytes().split(|byte| *byte == b',').map(<[u8]>::trim_ascii) {
            if word.eq_ignore_ascii_case(b"close") {
                return false;
            }
            keeps |= word.eq_ignore_ascii_case(b"keep-alive");
        }
    }
    keeps
}

/// A number of digits alone.
fn decimal(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0_u64, |number, byte| {
        let digit = byte.checked_sub(b'0').filter(|digit| *digit < 10)?;
        number.checked_mul(10)?.checked_add(u64::from(digit))
    })
}

/// Where slices lie in the buffer that they were parsed from.
struct Within {
    start: usize,
    len: usize,
}

impl Within {
    fn of(buffer: &[u8]) -> Self {
        Self { start: buffer.as_ptr().addr(), len: buffer.len() }
    }

    fn range(&self, part: &[u8]) -> Option<Range<usize>> {
        let from = part.as_ptr().addr().checked_sub(self.start)?;
        let to = from.checked_add(part.len())?;
        (to <= self.len).then_some(from..to)
    }

    /// The same bytes of a copy of the head.
    fn slice(&self, head: &Bytes, part: &[u8]) -> Option<Bytes> {
        let range = self.range(part)?;
        (range.end <= head.len()).then(|| head.slice(range))
    }

    fn headers(&self, head: &Bytes, parsed: &[httparse::Header<'_>]) -> Option<HeaderMap> {
        // A few more come on the way to the other side.
        let mut map = HeaderMap::with_capacity(parsed.len() + 8);
        for found in parsed {
            let name = HeaderName::from_bytes(found.name.as_bytes()).ok()?;
            let value = match found.value {
                [] => HeaderValue::from_static(""),
                value => HeaderValue::from_maybe_shared(self.slice(head, value)?).ok()?,
            };
            map.try_append(name, value).ok()?;
        }
        Some(map)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(text: &str) -> Incoming {
        take_request(&mut BytesMut::from(text), |_, _| true)
    }

    fn answer(text: &str) -> Result<Option<AnswerHead>, HeadError> {
        take_answer(&mut BytesMut::from(text), &Method::POST)
    }

    fn framing(text: &str) -> (Framing, bool) {
        let head = answer(text).unwrap().unwrap();
        (head.framing, head.keeps_alive)
    }

    #[test]
    fn a_simple_request_is_taken_and_its_body_is_left() {
        let mut buffer = BytesMut::from(
            "POST /v1/a/b/compat/chat/completions?x=1 HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nX-Empty:\r\nX-Two: a\r\nx-two: b\r\n\r\n{}GET",
        );
        let Incoming::Simple(head) = take_request(&mut buffer, |_, _| true) else { panic!("it is simple") };
        assert_eq!((head.method, head.body_bytes), (Method::POST, 2));
        assert_eq!(head.uri, "/v1/a/b/compat/chat/completions?x=1");
        assert_eq!(head.headers.get("host").unwrap(), "h");
        assert_eq!(head.headers.get("x-empty").unwrap(), "");
        assert_eq!(head.headers.get_all("x-two").iter().collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(buffer, "{}GET");
    }

    #[test]
    fn what_is_not_complete_or_not_simple_stays_in_the_buffer() {
        for (text, is_partial) in [
            ("", true),
            ("POST /v1/ HT", true),
            ("POST / HTTP/1.1\r\nHost: h\r\n", true),
            ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", false),
            ("GET / HTTP/1.0\r\n\r\n", false),
            ("POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n", false),
            ("POST / HTTP/1.1\r\nContent-Length: +1\r\n\r\n", false),
            ("POST / HTTP/1.1\r\nContent-Length: 1, 1\r\n\r\n", false),
            ("POST / HTTP/1.1\r\nContent-Length:\r\n\r\n", false),
            ("POST / HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n", false),
            ("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", false),
            ("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n", false),
            ("POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n", false),
            ("GET / HTTP/1.1\r\nUpgrade: h2c\r\n\r\n", false),
            ("GET / HTTP/1.1\r\nConnection: close\r\n\r\n", false),
            ("GET / HTTP/1.1\r\nX : y\r\n\r\n", false),
            ("GET / HTTP/1.1\r\nX: y\r\n z\r\n\r\n", false),
            ("\0\0\0", false),
        ] {
            let mut buffer = BytesMut::from(text);
            match take_request(&mut buffer, |_, _| true) {
                Incoming::Partial => assert!(is_partial, "{text:?}"),
                Incoming::Other => assert!(!is_partial, "{text:?}"),
                Incoming::Simple(head) => panic!("{text:?} was read as {head:?}"),
            }
            assert_eq!(buffer, text);
        }
        let mut other = BytesMut::from("GET /else?x HTTP/1.1\r\n\r\n");
        let is_meant = |method: &str, target: &str| (method, target) != ("GET", "/else?x");
        assert!(matches!(take_request(&mut other, is_meant), Incoming::Other) && !other.is_empty());
        assert!(matches!(request("GET / HTTP/1.1\r\nConnection: Keep-Alive\r\n\r\n"), Incoming::Simple(_)));
        let many = format!("GET / HTTP/1.1\r\n{}\r\n", "x: y\r\n".repeat(HEADERS_MAX + 1));
        assert!(matches!(request(&many), Incoming::Other));
    }

    /// RFC 9112 §6.3, case by case.
    #[test]
    fn f19_an_answers_framing_is_the_standards() {
        let length = |bytes| Framing::Length(bytes);
        for (text, expected) in [
            ("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n", (length(5), true)),
            ("HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-length: 5\r\n\r\n", (length(5), true)),
            ("HTTP/1.1 200\r\ncontent-length: 5, 5\r\n\r\n", (length(5), true)),
            ("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", (Framing::chunked(), true)),
            ("HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, Chunked\r\n\r\n", (Framing::chunked(), true)),
            ("HTTP/1.1 200 OK\r\ntransfer-encoding: gzip\r\n\r\n", (Framing::UntilClose, false)),
            // Two framings: the coding counts, and the connection is not trusted any further.
            ("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ncontent-length: 5\r\n\r\n", (Framing::chunked(), false)),
            ("HTTP/1.1 200 OK\r\n\r\n", (Framing::UntilClose, false)),
            ("HTTP/1.1 204 No Content\r\n\r\n", (length(0), true)),
            ("HTTP/1.1 304 Not Modified\r\ncontent-length: 9\r\n\r\n", (length(0), true)),
            ("HTTP/1.1 200 OK\r\nconnection: Close\r\ncontent-length: 1\r\n\r\n", (length(1), false)),
            ("HTTP/1.0 200 OK\r\ncontent-length: 1\r\n\r\n", (length(1), false)),
            ("HTTP/1.0 200 OK\r\nconnection: keep-alive\r\ncontent-length: 1\r\n\r\n", (length(1), true)),
        ] {
            assert_eq!(framing(text), expected, "{text:?}");
        }
        let mut buffer = BytesMut::from("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n");
        let head = take_answer(&mut buffer, &Method::HEAD).unwrap().unwrap();
        assert_eq!((head.framing, head.keeps_alive), (length(0), true));
    }

    #[test]
    fn f19_announcements_are_left_out_and_nonsense_is_refused() {
        let text = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
        assert_eq!(answer(text).unwrap().unwrap().status, 200);
        assert_eq!(answer("HTTP/1.1 101 Switching Protocols\r\n\r\n").unwrap().unwrap().status, 101);
        assert!(answer("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 2").unwrap().is_none());
        for text in [
            "HTTP/2 200 OK\r\n\r\n",
            "hello\r\n\r\n",
            "HTTP/1.1 99 Low\r\n\r\n",
            "HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\n",
            "HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n",
            "HTTP/1.1 200 OK\r\ncontent-length: 0x5\r\n\r\n",
            "HTTP/1.1 200 OK\r\nna me: x\r\n\r\n",
        ] {
            assert!(matches!(answer(text), Err(HeadError::Malformed(_))), "{text:?}");
        }
        let many = format!("HTTP/1.1 200 OK\r\n{}\r\n", "x: y\r\n".repeat(HEADERS_MAX + 1));
        assert_eq!(answer(&many).unwrap_err(), HeadError::TooManyHeaders);
    }
}
