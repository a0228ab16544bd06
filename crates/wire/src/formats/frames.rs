//! Cutting a byte stream into server-sent events.
//! Source: WHATWG HTML, 9.2.6 "Interpreting an event stream" (2026-11).

use crate::formats::DecodeError;

/// The largest event, in bytes of its lines (A71).
pub(crate) const EVENT_BYTES_MAX: usize = 16 * 1024 * 1024;

/// One event.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Frame {
    /// The `event:` field; empty where there is none.
    pub(crate) name: String,
    /// The `data:` lines, joined with LF.
    pub(crate) data: Vec<u8>,
}

/// Collects bytes until an event is whole. Lines end with LF, CR or CRLF; a split may fall anywhere.
#[derive(Debug, Default)]
pub(crate) struct Framer {
    line: Vec<u8>,
    frame: Frame,
    has_data: bool,
    /// The last byte was CR: an LF right after it belongs to the same line end.
    after_cr: bool,
    /// Some line had a field of the grammar or was a comment.
    is_event_stream: bool,
    saw_line: bool,
}

impl Framer {
    /// Takes bytes in and hands every event that became whole to `each`.
    pub(crate) fn push(
        &mut self,
        mut bytes: &[u8],
        each: &mut dyn FnMut(Frame) -> Result<(), DecodeError>,
    ) -> Result<(), DecodeError> {
        if self.after_cr && !bytes.is_empty() {
            self.after_cr = false;
            bytes = bytes.strip_prefix(b"\n").unwrap_or(bytes);
        }
        while let Some(end) = memchr::memchr2(b'\n', b'\r', bytes) {
            let (head, tail) = bytes.split_at(end);
            self.extend_line(head)?;
            bytes = match tail {
                [b'\r'] => {
                    self.after_cr = true;
                    &[]
                }
                [b'\r', b'\n', rest @ ..] | [_, rest @ ..] => rest,
                [] => &[],
            };
            self.end_line(each)?;
        }
        self.extend_line(bytes)
    }

    /// Ends the stream. An event without its closing blank line still counts when `accepts` says that its data is whole:
    /// providers forget the last newline, and a torn event must not be taken for one.
    pub(crate) fn finish(
        &mut self,
        accepts: impl Fn(&[u8]) -> bool,
        each: &mut dyn FnMut(Frame) -> Result<(), DecodeError>,
    ) -> Result<(), DecodeError> {
        if !self.line.is_empty() {
            self.end_line(each)?;
        }
        if self.has_data && accepts(&self.frame.data) {
            self.dispatch(each)?;
        }
        Ok(())
    }

    /// Something arrived, and none of it was a server-sent event.
    pub(crate) fn is_something_else(&self) -> bool {
        self.saw_line && !self.is_event_stream
    }

    fn extend_line(&mut self, bytes: &[u8]) -> Result<(), DecodeError> {
        if self.line.len() + self.frame.data.len() + bytes.len() > EVENT_BYTES_MAX {
            return Err(DecodeError::too_large());
        }
        self.line.extend_from_slice(bytes);
        Ok(())
    }

    fn end_line(&mut self, each: &mut dyn FnMut(Frame) -> Result<(), DecodeError>) -> Result<(), DecodeError> {
        let line = std::mem::take(&mut self.line);
        // The first line may begin with a byte order mark.
        let line = if self.saw_line { &line[..] } else { line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&line) };
        if line.is_empty() {
            return self.dispatch(each);
        }
        self.saw_line = true;
        let colon = memchr::memchr(b':', line).unwrap_or(line.len());
        let (field, value) = line.split_at(colon);
        let value = value.strip_prefix(b":").unwrap_or(value);
        let value = value.strip_prefix(b" ").unwrap_or(value);
        match field {
            b"data" => {
                if self.has_data {
                    self.frame.data.push(b'\n');
                }
                self.frame.data.extend_from_slice(value);
                self.has_data = true;
            }
            b"event" => self.frame.name = String::from_utf8_lossy(value).into_owned(),
            b"" | b"id" | b"retry" => {}
            _ => return Ok(()),
        }
        self.is_event_stream = true;
        Ok(())
    }

    fn dispatch(&mut self, each: &mut dyn FnMut(Frame) -> Result<(), DecodeError>) -> Result<(), DecodeError> {
        let frame = std::mem::take(&mut self.frame);
        if std::mem::take(&mut self.has_data) { each(frame) } else { Ok(()) }
    }
}

/// Writes one event. The data is one line: JSON escapes LF and CR, and the other line ends that some clients split at
/// (U+0085, U+2028, U+2029) are escaped here.
pub(crate) fn write_event(out: &mut Vec<u8>, name: Option<&str>, data: &super::tree::Json) {
    if let Some(name) = name {
        out.extend_from_slice(b"event: ");
        out.extend_from_slice(name.as_bytes());
        out.push(b'\n');
    }
    out.extend_from_slice(b"data: ");
    let text = data.to_text();
    if text.contains(['\u{85}', '\u{2028}', '\u{2029}']) {
        let text = text.replace('\u{85}', "\\u0085").replace('\u{2028}', "\\u2028").replace('\u{2029}', "\\u2029");
        out.extend_from_slice(text.as_bytes());
    } else {
        out.extend_from_slice(text.as_bytes());
    }
    out.extend_from_slice(b"\n\n");
}
