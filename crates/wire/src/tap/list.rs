//! Elements of a JSON list that arrives in pieces (Gemini's `streamGenerateContent` without `alt=sse`).

use super::TapError;
use crate::sse::EVENT_BYTES_MAX;

/// Finds where elements begin and end. A text that is one object instead (an error body) is its only element.
#[derive(Debug, Default)]
pub(super) struct ListReader {
    /// Objects and lists open at the place.
    depth: u64,
    /// Depth at which elements stand; known from the first byte on.
    element_depth: Option<u64>,
    is_in_string: bool,
    is_escaped: bool,
    /// The beginning of an element that earlier chunks hold.
    element: Vec<u8>,
    /// The element was handed out; it is forgotten when the reader moves on.
    is_handed_out: bool,
    is_closed: bool,
}

impl ListReader {
    /// The outermost bracket is closed.
    pub(super) const fn is_closed(&self) -> bool {
        self.is_closed
    }

    /// The next element that ends in the chunk, from `at` on; `at` moves behind it.
    pub(super) fn next<'a>(&'a mut self, chunk: &'a [u8], at: &mut usize) -> Result<Option<&'a [u8]>, TapError> {
        if std::mem::take(&mut self.is_handed_out) {
            self.element.clear();
        }
        let mut start = self.is_inside().then_some(*at);
        while let Some(byte) = chunk.get(*at) {
            if self.is_in_string {
                *at = self.skip_string(chunk, *at);
                continue;
            }
            let was_inside = self.is_inside();
            self.step(*byte);
            *at += 1;
            match (was_inside, self.is_inside()) {
                (false, true) => start = Some(*at - 1),
                (true, false) => {
                    return self.hand_out(chunk.get(start.unwrap_or(0)..*at).unwrap_or_default()).map(Some);
                }
                _ => {}
            }
        }
        if let Some(start) = start.filter(|_| self.is_inside()) {
            self.keep(chunk.get(start..).unwrap_or_default())?;
        }
        Ok(None)
    }

    fn is_inside(&self) -> bool {
        self.element_depth.is_some_and(|depth| self.depth > depth)
    }

    fn step(&mut self, byte: u8) {
        match byte {
            b'"' => self.is_in_string = true,
            b'{' | b'[' => {
                self.element_depth.get_or_insert(u64::from(byte == b'['));
                self.depth = self.depth.saturating_add(1);
            }
            b'}' | b']' => {
                self.depth = self.depth.saturating_sub(1);
                self.is_closed |= self.depth == 0;
            }
            _ => {}
        }
    }

    /// Goes on to the end of a string, or of the chunk.
    fn skip_string(&mut self, chunk: &[u8], at: usize) -> usize {
        if std::mem::take(&mut self.is_escaped) {
            return at + 1;
        }
        let rest = chunk.get(at..).unwrap_or_default();
        let Some(length) = memchr::memchr2(b'"', b'\\', rest) else { return chunk.len() };
        match rest.get(length) {
            Some(b'"') => self.is_in_string = false,
            _ => self.is_escaped = true,
        }
        at + length + 1
    }

    fn keep(&mut self, bytes: &[u8]) -> Result<(), TapError> {
        if self.element.len() + bytes.len() > EVENT_BYTES_MAX {
            return Err(TapError::TooLarge);
        }
        self.element.extend_from_slice(bytes);
        Ok(())
    }

    fn hand_out<'a>(&'a mut self, bytes: &'a [u8]) -> Result<&'a [u8], TapError> {
        if self.element.is_empty() {
            return if bytes.len() > EVENT_BYTES_MAX { Err(TapError::TooLarge) } else { Ok(bytes) };
        }
        self.keep(bytes)?;
        self.is_handed_out = true;
        Ok(&self.element)
    }
}
