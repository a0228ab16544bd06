//! Server-sent events, however the network cut them.
//!
//! The reader takes chunks as they come and says where an event ends and what its data is. Data that lies in one chunk
//! is not copied. It is our own and not `sseer`'s because a relay must know which bytes belong to an event, so that one
//! can be withheld, and must give up on an event that does not end.
//!
//! Source: HTML Living Standard, section 9.2.6 "Interpreting an event stream" (checked 2026-11-21).

use std::ops::Range;

use waypost_types::FaultClass;

/// Largest event, in bytes on the wire, line ends and comments inside it included.
pub const EVENT_BYTES_MAX: usize = 16 << 20;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
const FIELDS: [&[u8]; 4] = [b"data", b"event", b"id", b"retry"];

/// One event with data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event<'a> {
    /// The `event` field; empty when the event has none.
    pub name: &'a str,
    /// The `data` lines, joined by line feeds.
    pub data: &'a [u8],
}

/// What ended at the reader's place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// An event with data: [`Reader::event`] has it until the reader moves on.
    Event,
    /// A blank line, a comment between events, or an event without data.
    Gap,
}

/// Why a text is not a stream of events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SseError {
    /// An event larger than [`EVENT_BYTES_MAX`].
    #[error("an event of the stream is larger than {} MiB", EVENT_BYTES_MAX >> 20)]
    TooLarge,
    /// The first line is no line of an event stream: an HTML page, or JSON.
    #[error("the answer is not a stream of events")]
    NotAStream,
}

impl SseError {
    /// The failure of the upstream call that this is.
    pub const fn class(self) -> FaultClass {
        match self {
            Self::TooLarge => FaultClass::TooLarge,
            Self::NotAStream => FaultClass::BadAnswer,
        }
    }
}

/// Reads events out of chunks. Memory: the unfinished line and the data of the unfinished event.
#[derive(Debug, Default)]
pub struct Reader {
    /// The beginning of a line that earlier chunks hold.
    line: Vec<u8>,
    name: String,
    data: Place,
    copied: Vec<u8>,
    /// A field line has been seen since the last unit ended.
    has_fields: bool,
    unit_bytes: usize,
    /// The last line ended in CR at the end of a chunk: a line feed that follows belongs to it.
    awaits_line_feed: bool,
    /// The event was handed out; it is forgotten when the reader moves on.
    is_handed_out: bool,
    /// The first line has ended; before it a byte order mark may stand.
    has_begun: bool,
    /// A line of an event stream was seen.
    is_recognised: bool,
}

/// Where the data of the unfinished event is.
#[derive(Debug, Default)]
enum Place {
    #[default]
    Nowhere,
    /// One line, whole in the chunk at hand.
    Here(Range<usize>),
    /// In the reader's own buffer.
    Copied,
}

// === impl Reader ===

impl Reader {
    /// The next event of a chunk, from `at` on; `at` moves behind it. `None` when the chunk is used up: go on with the
    /// next one and `at` 0.
    ///
    /// # Errors
    /// See [`SseError`]; the reader is of no use afterwards.
    pub fn next<'a>(&'a mut self, chunk: &'a [u8], at: &mut usize) -> Result<Option<Event<'a>>, SseError> {
        loop {
            match self.advance(chunk, at)? {
                Some(Unit::Gap) => {}
                Some(Unit::Event) => break,
                None => return Ok(None),
            }
        }
        Ok(Some(self.event(chunk)))
    }

    /// Moves `at` behind the next unit of a chunk, or to the chunk's end.
    ///
    /// # Errors
    /// As [`Reader::next`].
    pub fn advance(&mut self, chunk: &[u8], at: &mut usize) -> Result<Option<Unit>, SseError> {
        self.forget_handed_out();
        *at += usize::from(self.takes_line_feed(chunk.get(*at..).unwrap_or_default()));
        loop {
            let start = *at;
            let rest = chunk.get(start..).unwrap_or_default();
            let Some(length) = memchr::memchr2(b'\n', b'\r', rest) else {
                *at = chunk.len();
                return self.chunk_ended(chunk, rest).map(|()| None);
            };
            let end = start + length;
            *at = end + 1;
            if rest.get(length) == Some(&b'\r') {
                self.awaits_line_feed = true;
                *at += usize::from(self.takes_line_feed(rest.get(length + 1..).unwrap_or_default()));
            }
            self.grow(*at - start)?;
            if let Some(unit) = self.line_ended(chunk, start..end)? {
                return Ok(Some(unit));
            }
        }
    }

    /// The event that [`Reader::advance`] stopped behind, with the same chunk.
    pub fn event<'a>(&'a self, chunk: &'a [u8]) -> Event<'a> {
        let data = match &self.data {
            Place::Nowhere => &[],
            Place::Here(range) => chunk.get(range.clone()).unwrap_or_default(),
            Place::Copied => &self.copied,
        };
        Event { name: &self.name, data }
    }

    /// The stream ended: an event that lacks only its blank line, or its line end, is handed out. Parsers in use differ
    /// here; for what we learn, more is better.
    pub fn finish(&mut self) -> Option<Event<'_>> {
        self.forget_handed_out();
        if !self.line.is_empty() {
            self.line_ended(&[], 0..0).ok()?;
        }
        if matches!(self.data, Place::Nowhere) {
            return None;
        }
        self.is_handed_out = true;
        Some(self.event(&[]))
    }

    /// Nothing of an event has been read that has not ended.
    pub fn is_between(&self) -> bool {
        self.line.is_empty() && (self.is_handed_out || !self.has_fields)
    }

    /// A line feed at the start of the next chunk would belong to what has already ended.
    pub const fn awaits_line_feed(&self) -> bool {
        self.awaits_line_feed
    }

    fn takes_line_feed(&mut self, rest: &[u8]) -> bool {
        let Some(first) = rest.first() else { return false };
        std::mem::take(&mut self.awaits_line_feed) && *first == b'\n'
    }

    fn forget_handed_out(&mut self) {
        if std::mem::take(&mut self.is_handed_out) {
            self.name.clear();
            self.copied.clear();
            self.data = Place::Nowhere;
            self.has_fields = false;
        }
    }

    fn grow(&mut self, bytes: usize) -> Result<(), SseError> {
        self.unit_bytes += bytes;
        if self.unit_bytes > EVENT_BYTES_MAX { Err(SseError::TooLarge) } else { Ok(()) }
    }

    /// Keeps what the next chunk will need.
    fn chunk_ended(&mut self, chunk: &[u8], rest: &[u8]) -> Result<(), SseError> {
        self.grow(rest.len())?;
        self.line.extend_from_slice(rest);
        self.copy_data(chunk);
        if !self.is_recognised && !may_begin_stream(without_mark(&self.line, self.has_begun)) {
            return Err(SseError::NotAStream);
        }
        Ok(())
    }

    fn line_ended(&mut self, chunk: &[u8], range: Range<usize>) -> Result<Option<Unit>, SseError> {
        let mut line = std::mem::take(&mut self.line);
        if line.is_empty() {
            return self.read_line(chunk, chunk.get(range.clone()).unwrap_or_default(), Some(range.start));
        }
        line.extend_from_slice(chunk.get(range).unwrap_or_default());
        let unit = self.read_line(chunk, &line, None);
        line.clear();
        self.line = line;
        unit
    }

    /// Reads one line, which begins at `start` of the chunk or was put together from several.
    fn read_line(&mut self, chunk: &[u8], line: &[u8], start: Option<usize>) -> Result<Option<Unit>, SseError> {
        let content = without_mark(line, self.has_begun);
        let start = start.map(|start| start + line.len() - content.len());
        self.has_begun = true;
        if content.is_empty() {
            return Ok(Some(self.unit_ended()));
        }
        if !self.is_recognised {
            self.is_recognised = begins_stream(content);
            if !self.is_recognised {
                return Err(SseError::NotAStream);
            }
        }
        let (field, value) = split_field(content);
        match field {
            // A comment before an event stands alone; one inside it goes with it.
            b"" if !self.has_fields => return Ok(Some(self.unit_ended())),
            b"" => return Ok(None),
            b"data" => self.add_data(chunk, value, start.map(|start| start + content.len() - value.len())),
            b"event" => self.name = String::from_utf8_lossy(value).into_owned(),
            _ => {}
        }
        self.has_fields = true;
        Ok(None)
    }

    fn unit_ended(&mut self) -> Unit {
        self.unit_bytes = 0;
        self.is_handed_out = true;
        if matches!(self.data, Place::Nowhere) { Unit::Gap } else { Unit::Event }
    }

    fn add_data(&mut self, chunk: &[u8], value: &[u8], start: Option<usize>) {
        match (&self.data, start) {
            (Place::Nowhere, Some(start)) => self.data = Place::Here(start..start + value.len()),
            (Place::Nowhere, None) => {
                self.copied.extend_from_slice(value);
                self.data = Place::Copied;
            }
            _ => {
                self.copy_data(chunk);
                self.copied.push(b'\n');
                self.copied.extend_from_slice(value);
            }
        }
    }

    fn copy_data(&mut self, chunk: &[u8]) {
        if let Place::Here(range) = &self.data {
            self.copied.extend_from_slice(chunk.get(range.clone()).unwrap_or_default());
            self.data = Place::Copied;
        }
    }
}

fn without_mark(line: &[u8], has_begun: bool) -> &[u8] {
    if has_begun { line } else { line.strip_prefix(BYTE_ORDER_MARK).unwrap_or(line) }
}

/// The field's name and value; an empty name is a comment.
fn split_field(line: &[u8]) -> (&[u8], &[u8]) {
    match memchr::memchr(b':', line).and_then(|colon| line.split_at_checked(colon)) {
        None => (line, &[]),
        Some((field, value)) => {
            let value = value.strip_prefix(b":").unwrap_or(value);
            (field, value.strip_prefix(b" ").unwrap_or(value))
        }
    }
}

fn begins_stream(line: &[u8]) -> bool {
    let (field, _) = split_field(line);
    field.is_empty() || FIELDS.contains(&field)
}

/// The beginning of a first line may still become one of an event stream.
fn may_begin_stream(line: &[u8]) -> bool {
    begins_stream(line)
        || BYTE_ORDER_MARK.starts_with(line)
        || (!line.contains(&b':') && FIELDS.iter().any(|field| field.starts_with(line)))
}

#[cfg(test)]
mod tests;
