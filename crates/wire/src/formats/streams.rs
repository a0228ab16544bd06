//! Reading and writing streams: what all formats share.

use std::{borrow::Cow, collections::BTreeSet};

use waypost_types::{Usage, WireFormat};

use super::{DecodeError, Losses, anthropic, gemini, openai_chat, tree::Json, workers_ai};
use crate::{event::ReplyEvent, reply::ReplyIdentity, sse};

/// How a stream of one format is read: one call per event.
pub(crate) trait ReadStream: Send {
    /// An event's data.
    fn event(&mut self, name: &str, data: Json, out: &mut Vec<ReplyEvent>) -> Result<(), DecodeError>;

    /// The terminal marker `[DONE]`.
    fn done(&mut self, _out: &mut Vec<ReplyEvent>) {}

    /// What could not be carried so far.
    fn losses(&mut self) -> &mut Losses;
}

/// How a stream of one format is written.
pub(crate) trait WriteStream: Send {
    /// One thing that happens.
    fn event(&mut self, event: &ReplyEvent, out: &mut Vec<u8>);

    /// The end of a complete answer.
    fn finish(&mut self, out: &mut Vec<u8>);

    /// What could not be carried so far.
    fn losses(&self) -> &Losses;
}

/// Reads a stream. Bytes may be split anywhere.
pub struct StreamDecoder {
    reader: sse::Reader,
    inner: Box<dyn ReadStream>,
    progress: Progress,
}

/// What a stream has told so far.
#[derive(Debug, Default)]
struct Progress {
    usage: Option<Usage>,
    seen: BTreeSet<u32>,
    finished: BTreeSet<u32>,
    error: Option<String>,
    is_terminated: bool,
    replaced_bytes: bool,
}

/// Writes a stream. After a failure nothing more is pushed: [`super::stream_error`] ends the stream instead of
/// [`Self::finish`].
pub struct StreamEncoder {
    inner: Box<dyn WriteStream>,
}

/// The terminal marker of OpenAI and Workers AI.
const DONE: &[u8] = b"[DONE]";

pub(super) const REPLACED_BYTES: &str = "bytes that are not UTF-8 were replaced";

// === impl StreamDecoder ===

impl StreamDecoder {
    /// A reader for a provider's stream.
    pub fn new(format: WireFormat) -> Self {
        let inner: Box<dyn ReadStream> = match format {
            WireFormat::OpenaiChat => Box::new(openai_chat::stream::Decoder::default()),
            WireFormat::AnthropicMessages => Box::new(anthropic::stream::Decoder::default()),
            WireFormat::GeminiGenerateContent => Box::new(gemini::stream::Decoder::default()),
            WireFormat::WorkersAi => Box::new(workers_ai::stream::Decoder::default()),
        };
        Self { reader: sse::Reader::default(), inner, progress: Progress::default() }
    }

    /// Takes bytes in; what happened is added to `out`.
    ///
    /// # Errors
    /// An event above 16 MiB, data that is not JSON of the format's shape, or bytes that are no event stream at all
    /// (F14). The stream cannot be read further then.
    pub fn push(&mut self, bytes: &[u8], out: &mut Vec<ReplyEvent>) -> Result<(), DecodeError> {
        let Self { reader, inner, progress } = self;
        let mut at = 0;
        while let Some(event) = reader.next(bytes, &mut at)? {
            read_event(inner.as_mut(), progress, event, out)?;
        }
        Ok(())
    }

    /// The provider closed the stream. Ask [`Self::is_complete`] whether the answer is whole.
    ///
    /// # Errors
    /// As for [`Self::push`].
    pub fn finish(&mut self, out: &mut Vec<ReplyEvent>) -> Result<(), DecodeError> {
        let Self { reader, inner, progress } = self;
        match reader.finish() {
            Some(event) if is_whole(event.data) => read_event(inner.as_mut(), progress, event, out),
            // Torn: nothing of it is known for sure.
            _ => Ok(()),
        }
    }

    /// Every answer that began has said why it stopped (F11).
    pub fn is_complete(&self) -> bool {
        let Progress { seen, finished, .. } = &self.progress;
        !finished.is_empty() && seen.is_subset(finished)
    }

    /// The terminal marker of the format came.
    pub fn is_terminated(&self) -> bool {
        self.progress.is_terminated
    }

    /// The last usage that the provider reported.
    pub fn usage(&self) -> Option<Usage> {
        self.progress.usage
    }

    /// The provider's words of an error inside the stream (F13).
    pub fn error(&self) -> Option<&str> {
        self.progress.error.as_deref()
    }

    /// Some bytes were not UTF-8 and were replaced (F16).
    pub fn has_replaced_bytes(&self) -> bool {
        self.progress.replaced_bytes
    }

    /// What reading lost so far.
    pub fn losses(&mut self) -> &Losses {
        self.inner.losses()
    }
}

/// An event without its closing blank line counts when its data is whole: providers forget the last newline.
fn is_whole(data: &[u8]) -> bool {
    data == DONE || serde_json::from_slice::<serde::de::IgnoredAny>(data).is_ok()
}

fn read_event(
    inner: &mut dyn ReadStream,
    progress: &mut Progress,
    event: sse::Event<'_>,
    out: &mut Vec<ReplyEvent>,
) -> Result<(), DecodeError> {
    let first_new = out.len();
    if event.data == DONE {
        progress.is_terminated = true;
        inner.done(out);
    } else {
        let text = String::from_utf8_lossy(event.data);
        if matches!(text, Cow::Owned(_)) {
            progress.replaced_bytes = true;
            inner.losses().add(REPLACED_BYTES);
        }
        let json = Json::parse(text.as_bytes()).map_err(DecodeError::syntax)?;
        progress.is_terminated |= event.name == "message_stop";
        inner.event(event.name, json, out)?;
    }
    out.iter().skip(first_new).for_each(|event| progress.note(event));
    Ok(())
}

// === impl Progress ===

impl Progress {
    fn note(&mut self, event: &ReplyEvent) {
        match event {
            ReplyEvent::Finish { choice, .. } => {
                self.finished.insert(*choice);
            }
            ReplyEvent::Usage(usage) => self.usage = Some(*usage),
            ReplyEvent::Error { message, .. } => self.error = Some(message.clone()),
            event => self.seen.extend(event.choice()),
        }
    }
}

// === impl StreamEncoder ===

impl StreamEncoder {
    /// A writer for a caller. `include_usage` is the caller's `stream_options.include_usage`; the other formats always
    /// carry usage.
    pub fn new(format: WireFormat, identity: ReplyIdentity, include_usage: bool) -> Self {
        let inner: Box<dyn WriteStream> = match format {
            WireFormat::OpenaiChat => Box::new(openai_chat::stream::Encoder::new(identity, include_usage)),
            WireFormat::AnthropicMessages => Box::new(anthropic::stream::Encoder::new(identity)),
            WireFormat::GeminiGenerateContent => Box::new(gemini::stream::Encoder::new(identity)),
            WireFormat::WorkersAi => Box::new(workers_ai::stream::Encoder::new(identity)),
        };
        Self { inner }
    }

    /// Writes one thing that happens; some things wait until more is known (usage, arguments of calls).
    pub fn push(&mut self, event: &ReplyEvent, out: &mut Vec<u8>) {
        self.inner.event(event, out);
    }

    /// Ends a complete answer: what waited, usage and the terminal marker.
    pub fn finish(&mut self, out: &mut Vec<u8>) {
        self.inner.finish(out);
    }

    /// What writing could not carry so far.
    pub fn losses(&self) -> &Losses {
        self.inner.losses()
    }
}
