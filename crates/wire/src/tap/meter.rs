//! Understands the events of one stream, one after the other.

use waypost_types::WireFormat;

use super::{TapError, pattern::Pattern};
use crate::{
    answer::{Brought, Facts},
    json::{Document, JsonErrorKind, Tape, scan_answer_in},
    sse::Event,
};

/// The end marker of OpenAI and of everyone who copied it.
const DONE: &[u8] = b"[DONE]";

/// What one event was.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Seen {
    /// It carries usage and has an empty list of choices.
    pub(super) is_usage_only: bool,
}

#[derive(Debug)]
pub(super) struct Meter {
    format: WireFormat,
    pub(super) facts: Facts,
    pub(super) events: u64,
    pub(super) garbage_events: u64,
    pub(super) has_invalid_utf8: bool,
    pattern: Pattern,
    /// Memory of the last scan.
    tape: Tape,
}

impl Meter {
    pub(super) fn new(format: WireFormat) -> Self {
        Self {
            format,
            facts: Facts::default(),
            events: 0,
            garbage_events: 0,
            has_invalid_utf8: false,
            pattern: Pattern::default(),
            tape: Tape::default(),
        }
    }

    pub(super) fn see(&mut self, event: Event<'_>) -> Result<Seen, TapError> {
        if event.data.is_empty() {
            return Ok(Seen::default());
        }
        self.events += 1;
        // Most events differ from the one before in one text alone.
        if event.name != "error"
            && let Some(bytes) = self.pattern.text_bytes(event.data)
        {
            self.facts.output_text_bytes += bytes;
            self.facts.has_output |= bytes > 0;
            return Ok(Seen::default());
        }
        if let Some(seen) = self.understand(event) {
            return Ok(seen);
        }
        if event.name == "error" {
            self.facts.learn_error_text(&String::from_utf8_lossy(event.data));
            return Ok(Seen::default());
        }
        self.garbage_events += 1;
        if self.events == 1 { Err(TapError::NotJson) } else { Ok(Seen::default()) }
    }

    /// An event that the stream's end cut off, perhaps in the middle. `None` when it says nothing.
    pub(super) fn see_last(&mut self, event: Event<'_>) -> Option<Seen> {
        if event.data.is_empty() {
            return None;
        }
        let seen = self.understand(event)?;
        self.events += 1;
        Some(seen)
    }

    fn understand(&mut self, event: Event<'_>) -> Option<Seen> {
        if event.data.trim_ascii() == DONE {
            self.facts.is_terminated = true;
            return Some(Seen::default());
        }
        let tape = std::mem::take(&mut self.tape);
        match scan_answer_in(tape, event.data) {
            Ok(document) => Some(self.read(event.name, event.data, document)),
            Err(error) if error.kind == JsonErrorKind::InvalidUtf8 => {
                self.has_invalid_utf8 = true;
                let text = String::from_utf8_lossy(event.data);
                let document = scan_answer_in(Tape::default(), text.as_bytes()).ok()?;
                Some(self.read(event.name, text.as_bytes(), document))
            }
            Err(_) => None,
        }
    }

    fn read(&mut self, name: &str, data: &[u8], document: Document<'_>) -> Seen {
        let mut brought = self.facts.read(self.format, document.root());
        if name == "error" {
            self.facts.learn_error(document.root(), &mut brought);
        }
        self.tape = document.into_tape();
        match brought {
            Brought { usage: false, ending: false, texts: 1, ref text, .. } => self.pattern.learn(data, text),
            _ => self.pattern.forget(),
        }
        Seen { is_usage_only: brought.usage && brought.no_answers && !brought.ending }
    }
}
