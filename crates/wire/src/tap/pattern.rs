//! Recognises the next event by the last one.
//!
//! A provider writes the deltas of one stream by one template: they differ in the text alone. An event that equals the
//! last understood one before and behind its text, with a whole JSON string between, means the same with another text.
//! That is a comparison and a search instead of a parse, and it cannot mistake text for structure.

use std::ops::Range;

use crate::json::string_bytes;

/// Larger frames are not worth keeping.
const FRAME_BYTES_MAX: usize = 4_096;

/// What stood around the text of the last event. Empty when that event is no template.
#[derive(Debug, Default)]
pub(super) struct Pattern {
    before: Vec<u8>,
    behind: Vec<u8>,
}

impl Pattern {
    /// The bytes of the event's text; `None` when the event is not by the template.
    pub(super) fn text_bytes(&self, data: &[u8]) -> Option<u64> {
        if self.before.is_empty() {
            return None;
        }
        string_bytes(data.strip_prefix(&self.before[..])?.strip_suffix(&self.behind[..])?)
    }

    /// Takes an event as the template. `text` is the range of its only text, quotes included.
    pub(super) fn learn(&mut self, data: &[u8], text: &Range<usize>) {
        self.forget();
        let (Some(before), Some(behind)) = (data.get(..text.start + 1), data.get(text.end.saturating_sub(1)..)) else {
            return;
        };
        if before.len() + behind.len() <= FRAME_BYTES_MAX {
            self.before.extend_from_slice(before);
            self.behind.extend_from_slice(behind);
        }
    }

    pub(super) fn forget(&mut self) {
        self.before.clear();
        self.behind.clear();
    }
}
