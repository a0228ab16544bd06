//! Rides along a stream that keeps its format: every byte passes as it came, and what passes is understood.
//!
//! The tap learns usage, ending, errors and the amount of text, knows where a comment or an event of our own may be put,
//! and can withhold one thing: OpenAI's usage-only event, when the gateway asked for it and the caller did not.

mod list;
mod meter;
mod pattern;

use bytes::Bytes;
use waypost_types::{FaultClass, Usage, UsageSource, WireFormat};

use crate::{
    answer::tokens_of_text,
    sse::{self, Unit},
};
use list::ListReader;
use meter::Meter;

/// How a tap treats the stream.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TapOptions {
    /// Keep OpenAI's usage-only event (`"choices":[]` with a usage object) from the caller. Unfinished events are then
    /// held until they are known not to be it. Ignored in other formats.
    pub withhold_usage_only: bool,
}

/// Why a stream cannot go on. What had passed before is the caller's; nothing of what broke the rule is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TapError {
    /// An event larger than [`sse::EVENT_BYTES_MAX`].
    #[error("an event of the stream is larger than {} MiB", sse::EVENT_BYTES_MAX >> 20)]
    TooLarge,
    /// The bytes are no stream: an HTML page, or a body in another form.
    #[error("the answer is not a stream of events")]
    NotAStream,
    /// The first event is not JSON.
    #[error("the first event of the stream is not JSON")]
    NotJson,
}

impl TapError {
    /// The failure of the upstream call that this is.
    pub const fn class(self) -> FaultClass {
        match self {
            Self::TooLarge => FaultClass::TooLarge,
            Self::NotAStream | Self::NotJson => FaultClass::BadAnswer,
        }
    }
}

impl From<sse::SseError> for TapError {
    fn from(error: sse::SseError) -> Self {
        match error {
            sse::SseError::TooLarge => Self::TooLarge,
            sse::SseError::NotAStream => Self::NotAStream,
        }
    }
}

/// How a stream ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamEnd {
    /// What was still held and belongs to the caller; empty unless events are withheld. Where something else is to be
    /// written instead of an unfinished event, this may be dropped.
    pub rest: Bytes,
    /// The answer is whole: see [`StreamTap::is_complete`].
    pub is_complete: bool,
    /// The last event had not ended. What is written behind [`StreamEnd::rest`] has to end it first, by a blank line.
    pub is_mid_event: bool,
}

/// Rides along one stream.
///
/// Memory: the unfinished event, once or, when events are withheld, twice; at most [`sse::EVENT_BYTES_MAX`] each, plus
/// one chunk.
#[derive(Debug)]
pub struct StreamTap {
    framing: Framing,
    meter: Meter,
    withholds: bool,
    /// The bytes of an unfinished event, while events are withheld.
    held: Vec<u8>,
    /// The last unit was withheld: a line feed that still belongs to it goes with it.
    withheld_last: bool,
}

#[derive(Debug)]
enum Framing {
    /// Gemini without `alt=sse` sends one JSON list; the first byte tells.
    Open,
    Sse(sse::Reader),
    List(ListReader),
}

// === impl StreamTap ===

impl StreamTap {
    /// A tap at the beginning of a stream.
    pub fn new(format: WireFormat, options: TapOptions) -> Self {
        let framing = match format {
            WireFormat::GeminiGenerateContent => Framing::Open,
            _ => Framing::Sse(sse::Reader::default()),
        };
        let withholds = options.withhold_usage_only && format == WireFormat::OpenaiChat;
        Self { framing, meter: Meter::new(format), withholds, held: Vec::new(), withheld_last: false }
    }

    /// Takes a chunk from the provider and puts out what goes to the caller: the same chunk, not copied, unless an event
    /// in it is withheld or it ends inside an event while events are withheld.
    ///
    /// # Errors
    /// The stream cannot go on; the tap is of no use afterwards. Events of this chunk that came before are put out.
    pub fn push(&mut self, chunk: Bytes, out: &mut Vec<Bytes>) -> Result<(), TapError> {
        if chunk.is_empty() {
            return Ok(());
        }
        if self.withholds {
            return self.push_withholding(&chunk, out);
        }
        let mut ended = 0;
        let read = self.read(&chunk, |_, at| ended = at);
        match read {
            Ok(()) => out.push(chunk),
            Err(_) => put(&chunk, 0..ended, out),
        }
        read
    }

    /// The stream ended, cleanly or not. An event that lacks only its blank line still counts.
    pub fn end(&mut self) -> StreamEnd {
        let mut is_mid_event = !self.is_between();
        let last = match &mut self.framing {
            Framing::Sse(reader) => reader.finish(),
            Framing::Open | Framing::List(_) => None,
        };
        let seen = last.and_then(|event| self.meter.see_last(event));
        let mut rest = std::mem::take(&mut self.held);
        if seen.is_some_and(|seen| seen.is_usage_only) {
            rest.clear();
            is_mid_event = false;
        }
        StreamEnd { rest: rest.into(), is_complete: self.is_complete(), is_mid_event }
    }

    /// The model has begun: text, a tool call or an ending was seen.
    pub fn first_token_seen(&self) -> bool {
        self.meter.facts.has_output || self.terminal_seen() || self.meter.facts.finish.is_some()
    }

    /// The answer is whole: the end marker was seen, or every answer in it has a reason why it ended, and no error was
    /// reported (F11).
    pub fn is_complete(&self) -> bool {
        self.error().is_none() && (self.terminal_seen() || self.meter.facts.is_finished())
    }

    /// The format's end marker was seen: `[DONE]`, `message_stop`, the end of a JSON list.
    pub fn terminal_seen(&self) -> bool {
        self.meter.facts.is_terminated || matches!(&self.framing, Framing::List(list) if list.is_closed())
    }

    /// What the provider said in an error event (F13).
    pub fn error(&self) -> Option<&str> {
        self.meter.facts.error.as_deref()
    }

    /// The tokens to book for what was received up to here, and where they come from. Counts that the provider reported
    /// stand when the answer is complete. Before that they lag behind the text (Anthropic begins with one output token),
    /// so that our own count of it is the least. Without a report the input is the estimate.
    pub fn tokens(&self, input_tokens_estimate: u64) -> (Usage, UsageSource) {
        let counted = tokens_of_text(self.output_text_bytes());
        match self.usage() {
            Some(usage) if self.is_complete() || usage.output_tokens >= counted => (usage, UsageSource::Provider),
            Some(usage) => (Usage { output_tokens: counted, ..usage }, UsageSource::Counted),
            None => {
                let usage = Usage { input_tokens: input_tokens_estimate, output_tokens: counted, ..Usage::default() };
                (usage, UsageSource::Counted)
            }
        }
    }

    /// Tokens as reported up to here, not capped. `None` when none were, or none that can be believed.
    pub fn usage(&self) -> Option<Usage> {
        self.meter.facts.usage()
    }

    /// Why the model stopped, in the format's own word.
    pub fn finish(&self) -> Option<&str> {
        self.meter.facts.finish.as_deref()
    }

    /// The model that answers, as the provider names it.
    pub fn model(&self) -> Option<&str> {
        self.meter.facts.model.as_deref()
    }

    /// Bytes of text that the model wrote up to here: content, reasoning, tool calls. For a count of our own where the
    /// provider reports none.
    pub fn output_text_bytes(&self) -> u64 {
        self.meter.facts.output_text_bytes
    }

    /// Events with data up to here, the end marker included.
    pub fn events(&self) -> u64 {
        self.meter.events
    }

    /// Events that were not JSON. They passed.
    pub fn garbage_events(&self) -> u64 {
        self.meter.garbage_events
    }

    /// An event was not UTF-8; it passed, and was understood with U+FFFD in place of each bad byte (F16).
    pub fn has_invalid_utf8(&self) -> bool {
        self.meter.has_invalid_utf8
    }

    /// What the caller has got ends between two events, so that a comment or an event may follow. Never in a JSON list,
    /// which has no room for comments, and not before it is known whether the stream is one.
    pub fn at_boundary(&self) -> bool {
        match &self.framing {
            Framing::Open => false,
            Framing::Sse(reader) => (self.withholds || reader.is_between()) && !reader.awaits_line_feed(),
            Framing::List(_) => false,
        }
    }

    /// The stream is one JSON list (Gemini without `alt=sse`).
    pub fn is_json_list(&self) -> bool {
        matches!(self.framing, Framing::List(_))
    }

    fn is_between(&self) -> bool {
        match &self.framing {
            Framing::Open => true,
            Framing::Sse(reader) => reader.is_between(),
            Framing::List(list) => list.is_closed(),
        }
    }

    /// Reads a chunk and reports each unit that ends in it: what it was, and the place behind it.
    fn read(&mut self, chunk: &[u8], mut ended: impl FnMut(meter::Seen, usize)) -> Result<(), TapError> {
        let mut at = 0;
        if matches!(self.framing, Framing::Open) {
            let begun = chunk.trim_ascii_start();
            at = chunk.len() - begun.len();
            self.framing = match begun.first() {
                None => return Ok(()),
                Some(b'[' | b'{') => Framing::List(ListReader::default()),
                Some(_) => Framing::Sse(sse::Reader::default()),
            };
        }
        match &mut self.framing {
            Framing::Open => {}
            Framing::Sse(reader) => {
                while let Some(unit) = reader.advance(chunk, &mut at)? {
                    let seen = match unit {
                        Unit::Event => self.meter.see(reader.event(chunk))?,
                        Unit::Gap => meter::Seen::default(),
                    };
                    ended(seen, at);
                }
            }
            Framing::List(list) => {
                while let Some(element) = list.next(chunk, &mut at)? {
                    let seen = self.meter.see(sse::Event { name: "", data: element })?;
                    ended(seen, at);
                }
            }
        }
        Ok(())
    }

    fn push_withholding(&mut self, chunk: &Bytes, out: &mut Vec<Bytes>) -> Result<(), TapError> {
        let late_line_feed = self.late_line_feed(chunk);
        let mut held = std::mem::take(&mut self.held);
        let mut withheld_last = self.withheld_last;
        let (mut kept_from, mut unit_start) = (0, 0);
        if late_line_feed {
            unit_start = 1;
            kept_from = usize::from(withheld_last);
        }
        let read = self.read(chunk, |seen, at| {
            withheld_last = seen.is_usage_only;
            if seen.is_usage_only {
                put(chunk, kept_from..unit_start, out);
                held.clear();
                kept_from = at;
            } else if !held.is_empty() {
                // The unit began in an earlier chunk: nothing of this one is out yet.
                out.push(std::mem::take(&mut held).into());
            }
            unit_start = at;
        });
        put(chunk, kept_from..unit_start, out);
        held.extend_from_slice(chunk.get(unit_start..).unwrap_or_default());
        self.held = held;
        self.withheld_last = withheld_last;
        read
    }

    /// The chunk begins with the second half of the line end behind the last unit.
    fn late_line_feed(&self, chunk: &[u8]) -> bool {
        let is_late = matches!(&self.framing, Framing::Sse(it) if it.awaits_line_feed() && it.is_between());
        is_late && chunk.first() == Some(&b'\n')
    }
}

fn put(chunk: &Bytes, range: std::ops::Range<usize>, out: &mut Vec<Bytes>) {
    if range == (0..chunk.len()) {
        out.push(chunk.clone());
    } else if !range.is_empty() {
        out.push(chunk.slice(range));
    }
}

#[cfg(test)]
mod tests;
