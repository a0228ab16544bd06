//! A head into bytes.

use bytes::{BufMut, BytesMut};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};

/// How an answer's body is framed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnswerBody {
    /// Of a known length.
    Length(u64),
    /// In chunks.
    Chunked,
    /// There is none, and its status says so.
    None,
}

/// Writes a request's head: the target, `host`, the headers without those that frame a body, its length.
pub fn request(
    out: &mut BytesMut,
    method: &Method,
    target: &str,
    host: &HeaderValue,
    headers: &HeaderMap,
    body_bytes: usize,
) {
    out.reserve(head_bytes(headers) + target.len() + host.len() + 96);
    out.put_slice(method.as_str().as_bytes());
    out.put_u8(b' ');
    out.put_slice(target.as_bytes());
    out.put_slice(b" HTTP/1.1\r\nhost: ");
    out.put_slice(host.as_bytes());
    out.put_slice(b"\r\n");
    for (name, value) in headers {
        if *name != header::HOST && !is_framing(name) {
            line(out, name, value);
        }
    }
    // A method that has no meaning for a body says nothing about one.
    if body_bytes > 0 || matches!(*method, Method::POST | Method::PUT | Method::PATCH) {
        length(out, body_bytes as u64);
    }
    out.put_slice(b"\r\n");
}

/// Writes an answer's head: the status, the headers without those that frame a body, further `lines` that are whole already,
/// the framing, the date.
pub fn answer(
    out: &mut BytesMut,
    status: StatusCode,
    headers: &HeaderMap,
    lines: &[u8],
    date: &[u8],
    body: AnswerBody,
    keeps_alive: bool,
) {
    out.reserve(head_bytes(headers) + lines.len() + date.len() + 160);
    out.put_slice(b"HTTP/1.1 ");
    out.put_slice(status.as_str().as_bytes());
    out.put_u8(b' ');
    out.put_slice(status.canonical_reason().unwrap_or_default().as_bytes());
    out.put_slice(b"\r\n");
    let mut has_date = false;
    for (name, value) in headers {
        if !is_framing(name) {
            has_date |= *name == header::DATE;
            line(out, name, value);
        }
    }
    out.put_slice(lines);
    match body {
        AnswerBody::Length(bytes) => length(out, bytes),
        AnswerBody::Chunked => out.put_slice(b"transfer-encoding: chunked\r\n"),
        AnswerBody::None => {}
    }
    if !has_date {
        out.put_slice(b"date: ");
        out.put_slice(date);
        out.put_slice(b"\r\n");
    }
    out.put_slice(if keeps_alive { b"\r\n" } else { b"connection: close\r\n\r\n" });
}

/// What stands before a chunk's data; [`CHUNK_END`] stands behind it.
pub fn chunk_size(out: &mut BytesMut, bytes: usize) {
    let digits = (usize::BITS - bytes.leading_zeros()).div_ceil(4).max(1);
    for place in (0..digits).rev() {
        let digit = (bytes >> (place * 4) & 15) as u8;
        out.put_u8(if digit < 10 { b'0' + digit } else { b'a' + digit - 10 });
    }
    out.put_slice(b"\r\n");
}

/// What stands behind a chunk's data.
pub const CHUNK_END: &[u8] = b"\r\n";

/// The chunk that ends a body.
pub const LAST_CHUNK: &[u8] = b"0\r\n\r\n";

/// [`CHUNK_END`] and [`LAST_CHUNK`].
pub const CHUNK_END_AND_LAST: &[u8] = b"\r\n0\r\n\r\n";

fn line(out: &mut BytesMut, name: &HeaderName, value: &HeaderValue) {
    out.put_slice(name.as_str().as_bytes());
    out.put_slice(b": ");
    out.put_slice(value.as_bytes());
    out.put_slice(b"\r\n");
}

fn length(out: &mut BytesMut, bytes: u64) {
    out.put_slice(b"content-length: ");
    out.put_slice(itoa::Buffer::new().format(bytes).as_bytes());
    out.put_slice(b"\r\n");
}

/// A header that frames a message: each side frames its own.
pub fn is_framing(name: &HeaderName) -> bool {
    matches!(
        *name,
        header::CONTENT_LENGTH
            | header::TRANSFER_ENCODING
            | header::CONNECTION
            | header::UPGRADE
            | header::TE
            | header::EXPECT
    )
}

fn head_bytes(headers: &HeaderMap) -> usize {
    headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut map = HeaderMap::new();
        for (name, value) in pairs {
            map.append(*name, HeaderValue::from_static(value));
        }
        map
    }

    #[test]
    fn a_request_is_framed_by_its_length_alone() {
        let map = headers(&[
            ("accept", "*/*"),
            ("content-length", "99"),
            ("transfer-encoding", "chunked"),
            ("expect", "100-continue"),
            ("host", "elsewhere"),
            ("x-two", "a"),
            ("x-two", "b"),
        ]);
        let mut out = BytesMut::new();
        request(&mut out, &Method::POST, "/v1?x=1", &HeaderValue::from_static("h:1"), &map, 0);
        assert_eq!(
            out,
            "POST /v1?x=1 HTTP/1.1\r\nhost: h:1\r\naccept: */*\r\nx-two: a\r\nx-two: b\r\ncontent-length: 0\r\n\r\n"
        );
        out.clear();
        request(&mut out, &Method::GET, "/", &HeaderValue::from_static("h"), &HeaderMap::new(), 0);
        assert_eq!(out, "GET / HTTP/1.1\r\nhost: h\r\n\r\n");
    }

    #[test]
    fn an_answer_says_how_it_ends() {
        let date = b"Sun, 22 Nov 2026 00:00:00 GMT";
        let mut out = BytesMut::new();
        let map = headers(&[("x-a", "1"), ("content-length", "99")]);
        answer(&mut out, StatusCode::OK, &map, b"x-b: 2\r\n", date, AnswerBody::Length(1_234), true);
        let expected = "HTTP/1.1 200 OK\r\nx-a: 1\r\nx-b: 2\r\ncontent-length: 1234\r\ndate: Sun, 22 Nov 2026 00:00:00 GMT\r\n\r\n";
        assert_eq!(out, expected);
        out.clear();
        let map = headers(&[("date", "then")]);
        answer(&mut out, StatusCode::from_u16(529).unwrap(), &map, b"", date, AnswerBody::Chunked, false);
        assert_eq!(out, "HTTP/1.1 529 \r\ndate: then\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n");
        out.clear();
        answer(&mut out, StatusCode::NO_CONTENT, &map, b"", date, AnswerBody::None, true);
        assert_eq!(out, "HTTP/1.1 204 No Content\r\ndate: then\r\n\r\n");
    }

    #[test]
    fn sizes_are_written_as_they_are_read() {
        for bytes in [0, 1, 9, 10, 15, 16, 255, 256, 0xabcdef, usize::MAX] {
            let mut out = BytesMut::new();
            chunk_size(&mut out, bytes);
            assert_eq!(out, format!("{bytes:x}\r\n"));
        }
    }
}
