//! An answer while it comes: where it comes from, and how it passes. The same format goes through byte for byte and is
//! only listened to; another format is read event by event and written anew; what we do not speak goes through unread.

use std::{
    collections::VecDeque,
    future::poll_fn,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use bytes::Bytes;
use http_body::{Body, Frame};
use waypost_types::{Fault, FaultClass, Secret, Usage, WireFormat};
use waypost_upstream::{Answer, classify};
use waypost_wire::{
    event::ReplyEvent,
    formats::{DecodeError, DecodeErrorKind, StreamDecoder, StreamEncoder},
    reply::ReplyIdentity,
    tap::{StreamTap, TapOptions},
};

use crate::{flight::Metered, limits::FIRST_TOKEN_BYTES_MAX, mock::MockAnswer};

/// Where an answer comes from.
pub enum Source {
    /// A provider.
    Upstream(Answer),
    /// The built-in provider.
    Mock(MockAnswer),
}

impl Source {
    /// The next piece.
    pub fn poll_data(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Fault>>> {
        loop {
            let frame: Poll<Option<Result<Frame<Bytes>, Fault>>> = match self {
                Self::Upstream(answer) => Pin::new(answer).poll_frame(cx),
                Self::Mock(answer) => Pin::new(answer).poll_frame(cx),
            };
            return match frame {
                Poll::Pending => Poll::Pending,
                Poll::Ready(None) => Poll::Ready(None),
                Poll::Ready(Some(Err(fault))) => Poll::Ready(Some(Err(fault))),
                Poll::Ready(Some(Ok(frame))) => match frame.into_data() {
                    Ok(data) => Poll::Ready(Some(Ok(data))),
                    // Trailers carry nothing that a caller of these APIs reads.
                    Err(_) => continue,
                },
            };
        }
    }
}

/// How an answer passes.
pub enum Passage {
    /// Same format in and out.
    Same(Box<StreamTap>),
    /// Another format.
    Translated(Box<Translation>),
    /// Nothing that we read.
    Opaque,
}

/// A stream that is written anew.
pub struct Translation {
    decoder: StreamDecoder,
    encoder: StreamEncoder,
    events: Vec<ReplyEvent>,
    text_bytes: u64,
    has_token: bool,
}

impl Passage {
    /// Listens to a stream of the caller's own format.
    pub fn same(format: WireFormat, withhold_usage_only: bool) -> Self {
        Self::Same(Box::new(StreamTap::new(format, TapOptions { withhold_usage_only })))
    }

    /// Writes a stream anew in the caller's format.
    pub fn translated(from: WireFormat, to: WireFormat, identity: ReplyIdentity, include_usage: bool) -> Self {
        Self::Translated(Box::new(Translation {
            decoder: StreamDecoder::new(from),
            encoder: StreamEncoder::new(to, identity, include_usage),
            events: Vec::new(),
            text_bytes: 0,
            has_token: false,
        }))
    }
}

/// A streamed answer on its way: its source, its passage and what is ready to leave.
pub struct Stream {
    source: Source,
    passage: Passage,
    ready: VecDeque<Bytes>,
    /// Keys that no error event may repeat (A81).
    secrets: Arc<[Secret]>,
    has_ended: bool,
    /// It ended within an event.
    is_mid_event: bool,
}

impl Stream {
    /// An answer whose head has come; `secrets` are the keys that it was asked with.
    pub fn new(source: Source, passage: Passage, secrets: Arc<[Secret]>) -> Self {
        Self { source, passage, ready: VecDeque::new(), secrets, has_ended: false, is_mid_event: false }
    }

    /// The next piece that is ready to leave.
    pub fn pop(&mut self) -> Option<Bytes> {
        self.ready.pop_front()
    }

    /// Puts a piece of our own behind what is ready.
    pub fn push(&mut self, bytes: Bytes) {
        self.ready.push_back(bytes);
    }

    /// The pieces that are ready, in order.
    pub fn ready(&self) -> impl Iterator<Item = &Bytes> {
        self.ready.iter()
    }

    /// Takes one step: `Ready(Ok(true))` when something was read, `Ready(Ok(false))` at the end of the answer.
    pub fn poll_step(&mut self, cx: &mut Context<'_>) -> Poll<Result<bool, Fault>> {
        if self.has_ended {
            return Poll::Ready(Ok(false));
        }
        match self.source.poll_data(cx) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(None) => {
                self.has_ended = true;
                Poll::Ready(self.finish().map(|()| false))
            }
            Poll::Ready(Some(Err(fault))) => {
                self.has_ended = true;
                Poll::Ready(Err(fault))
            }
            Poll::Ready(Some(Ok(data))) => Poll::Ready(self.pass(data).map(|()| true)),
        }
    }

    fn pass(&mut self, data: Bytes) -> Result<(), Fault> {
        match &mut self.passage {
            Passage::Opaque => self.ready.push_back(data),
            Passage::Same(tap) => {
                let mut out = Vec::new();
                let pushed = tap.push(data, &mut out);
                if tap.error().is_some() {
                    for piece in &mut out {
                        *piece = masked(piece, &self.secrets);
                    }
                }
                self.ready.extend(out);
                pushed.map_err(|error| Fault::new(error.class(), error.to_string()))?;
            }
            Passage::Translated(translation) => {
                let bytes = translation.pass(&data)?;
                if !bytes.is_empty() {
                    self.ready.push_back(bytes);
                }
            }
        }
        Ok(())
    }

    /// The source has ended: what the passage still holds comes out.
    fn finish(&mut self) -> Result<(), Fault> {
        match &mut self.passage {
            Passage::Opaque => {}
            Passage::Same(tap) => {
                let end = tap.end();
                // What was held of an event that never ended is no use to anybody.
                if end.is_complete && !end.rest.is_empty() {
                    self.ready.push_back(end.rest);
                }
                self.is_mid_event = end.is_mid_event;
            }
            Passage::Translated(translation) => {
                let bytes = translation.finish()?;
                if !bytes.is_empty() {
                    self.ready.push_back(bytes);
                }
            }
        }
        Ok(())
    }

    /// Reads until the first token is here, so that a provider that fails before it can still be replaced.
    ///
    /// # Errors
    /// What broke the answer before its first token.
    pub async fn first_token(&mut self) -> Result<(), Fault> {
        loop {
            if let Some(words) = self.error() {
                return Err(Fault::new(FaultClass::StreamError, words));
            }
            if self.has_token() || self.is_complete() || self.ready_bytes() > FIRST_TOKEN_BYTES_MAX {
                return Ok(());
            }
            if !poll_fn(|cx| self.poll_step(cx)).await? {
                // An answer may be empty; one that just stops is none.
                let words = "the stream ended before its first token";
                return match self.error() {
                    Some(words) => Err(Fault::new(FaultClass::StreamError, words)),
                    None if self.is_complete() => Ok(()),
                    None => Err(Fault::new(FaultClass::Closed, words)),
                };
            }
        }
    }

    fn ready_bytes(&self) -> usize {
        self.ready.iter().map(Bytes::len).sum()
    }

    fn has_token(&self) -> bool {
        match &self.passage {
            Passage::Opaque => true,
            Passage::Same(tap) => tap.first_token_seen(),
            Passage::Translated(translation) => translation.has_token,
        }
    }

    /// A finish reason or the terminal marker was seen.
    pub fn is_complete(&self) -> bool {
        match &self.passage {
            Passage::Opaque => self.has_ended,
            Passage::Same(tap) => tap.is_complete(),
            Passage::Translated(translation) => translation.decoder.is_complete(),
        }
    }

    /// What tells the caller that the answer is complete stands among the ready pieces.
    pub fn has_terminal(&self) -> bool {
        match &self.passage {
            Passage::Same(tap) => tap.terminal_seen() || self.has_ended,
            Passage::Opaque | Passage::Translated(_) => self.has_ended,
        }
    }

    /// The provider reported an error inside the stream.
    pub fn error(&self) -> Option<String> {
        match &self.passage {
            Passage::Opaque => None,
            Passage::Same(tap) => tap.error().map(str::to_owned),
            Passage::Translated(translation) => translation.decoder.error().map(str::to_owned),
        }
    }

    /// The provider's own words of an error have gone to the caller as they came.
    pub const fn passes_errors(&self) -> bool {
        matches!(self.passage, Passage::Same(_))
    }

    /// A comment may be put in here without cutting an event in two.
    pub fn at_boundary(&self) -> bool {
        match &self.passage {
            Passage::Opaque => false,
            Passage::Same(tap) => tap.at_boundary() && !self.is_mid_event,
            Passage::Translated(_) => true,
        }
    }

    /// What it has used so far. An answer that broke off has at least the tokens whose text came.
    pub fn metered(&self) -> Metered {
        let (usage, output_text_bytes) = match &self.passage {
            Passage::Opaque => (None, 0),
            Passage::Same(tap) => (tap.usage(), tap.output_text_bytes()),
            Passage::Translated(translation) => (translation.decoder.usage(), translation.text_bytes),
        };
        let counted = output_text_bytes.div_ceil(4);
        let usage = usage.map(|usage| {
            let output_tokens = if self.is_complete() { usage.output_tokens } else { usage.output_tokens.max(counted) };
            Usage { output_tokens, ..usage }
        });
        Metered { usage, output_text_bytes }
    }

    /// What the translation could not carry.
    pub fn losses(&mut self) -> Vec<String> {
        match &mut self.passage {
            Passage::Translated(translation) => {
                let read = translation.decoder.losses().0.clone();
                read.into_iter().chain(translation.encoder.losses().0.clone()).collect()
            }
            Passage::Same(tap) if tap.has_invalid_utf8() => vec!["the answer held bytes that are not UTF-8".to_owned()],
            Passage::Opaque | Passage::Same(_) => Vec::new(),
        }
    }
}

/// Bytes with every occurrence of a secret replaced.
fn masked(bytes: &Bytes, secrets: &[Secret]) -> Bytes {
    // Exposed to compare only.
    let repeats = |secret: &Secret| memchr::memmem::find(bytes, secret.expose().as_bytes()).is_some();
    if !secrets.iter().any(repeats) {
        return bytes.clone();
    }
    classify::mask(&String::from_utf8_lossy(bytes), &secrets.iter().collect::<Vec<_>>()).into()
}

impl Translation {
    fn pass(&mut self, data: &[u8]) -> Result<Bytes, Fault> {
        self.decoder.push(data, &mut self.events).map_err(|error| bad_answer(&error))?;
        Ok(self.encode())
    }

    fn finish(&mut self) -> Result<Bytes, Fault> {
        self.decoder.finish(&mut self.events).map_err(|error| bad_answer(&error))?;
        let mut out = self.encode().to_vec();
        // Without a finish the caller must not be told that the answer is complete; the relay says so instead.
        if self.decoder.is_complete() && self.decoder.error().is_none() {
            self.encoder.finish(&mut out);
        }
        Ok(out.into())
    }

    fn encode(&mut self) -> Bytes {
        let mut out = Vec::new();
        for event in self.events.drain(..) {
            let text_bytes = text_bytes(&event);
            self.text_bytes += text_bytes;
            self.has_token |=
                text_bytes > 0 || matches!(event, ReplyEvent::ToolCallStart { .. } | ReplyEvent::Redacted { .. });
            // What the provider says of its failure, the relay says in one place for every format.
            if !matches!(event, ReplyEvent::Error { .. }) {
                self.encoder.push(&event, &mut out);
            }
        }
        out.into()
    }
}

/// Bytes of text that the model wrote.
fn text_bytes(event: &ReplyEvent) -> u64 {
    let text = match event {
        ReplyEvent::Text { text, .. } | ReplyEvent::Refusal { text, .. } | ReplyEvent::Reasoning { text, .. } => text,
        ReplyEvent::ToolCallArguments { json, .. } => json,
        ReplyEvent::ToolCallStart { name, .. } => name,
        ReplyEvent::Start { .. }
        | ReplyEvent::TextSignature { .. }
        | ReplyEvent::ReasoningSignature { .. }
        | ReplyEvent::Redacted { .. }
        | ReplyEvent::Finish { .. }
        | ReplyEvent::Usage(_)
        | ReplyEvent::Error { .. } => return 0,
    };
    text.len() as u64
}

/// What bytes that are not what their format says mean for the call.
pub(crate) fn bad_answer(error: &DecodeError) -> Fault {
    let class = match error.kind {
        DecodeErrorKind::TooLarge => FaultClass::TooLarge,
        DecodeErrorKind::Syntax | DecodeErrorKind::Shape | DecodeErrorKind::Failed => FaultClass::BadAnswer,
    };
    Fault::new(class, error.to_string())
}
