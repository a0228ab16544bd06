//! The formats: each folder reads and writes one vendor's requests, answers, streams and errors.
//!
//! Every folder has the same files: `types` (the vendor's words and the shapes that the others share), `request`,
//! `response`, `stream`, `error`. Reading keeps what it does not know as extras; writing names in [`Losses`] what it
//! cannot carry, so that no conversion loses anything silently.
//!
//! Opaque signatures of thoughts survive a tool loop through every other format: see `signature`.

use std::{borrow::Cow, sync::LazyLock};

use memchr::memmem;
use waypost_types::WireFormat;

use crate::{
    prompt::{Extras, Prompt, Signature},
    reply::{Reply, ReplyIdentity},
    sse::SseError,
};

pub mod anthropic;
pub mod gemini;
pub mod openai_chat;
pub mod workers_ai;

pub(crate) mod event_writer;
pub(crate) mod fields;
pub(crate) mod signature;
pub(crate) mod streams;
pub(crate) mod tree;

use event_writer::write_event;
pub use streams::{StreamDecoder, StreamEncoder};
use tree::Json;

/// What a conversion could not carry, in words for the log, each said once (invariant I12).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Losses(pub Vec<String>);

/// Why bytes are not what the format says.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{path}{}{message}", if path.is_empty() { "" } else { ": " })]
pub struct DecodeError {
    /// What kind of mistake it is.
    pub kind: DecodeErrorKind,
    /// Where, as a JSON pointer; empty for the whole document.
    pub path: String,
    /// What was expected.
    pub message: String,
}

/// What kind of mistake stands in the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DecodeErrorKind {
    /// Not JSON, or not an event stream.
    Syntax,
    /// JSON of another shape.
    Shape,
    /// Larger than its bound.
    TooLarge,
    /// The provider says that it failed, in an answer with a good status.
    Failed,
}

/// Reads a request.
///
/// # Errors
/// Syntax, or a known member of the wrong shape. Unknown members are no errors: they are kept.
pub fn decode_request(format: WireFormat, body: &[u8]) -> Result<Prompt, DecodeError> {
    let json = Json::parse(body).map_err(DecodeError::syntax)?;
    match format {
        WireFormat::OpenaiChat => openai_chat::request::decode(json),
        WireFormat::AnthropicMessages => anthropic::request::decode(json),
        WireFormat::GeminiGenerateContent => gemini::request::decode(json),
        WireFormat::WorkersAi => workers_ai::request::decode(json),
    }
}

/// Writes a request for a model. `stream` asks for a stream where the body says so (and for usage at its end); Gemini
/// asks in the URL.
pub fn encode_request(format: WireFormat, prompt: &Prompt, model: &str, stream: bool) -> (Vec<u8>, Losses) {
    let mut losses = Losses::default();
    let json = match format {
        WireFormat::OpenaiChat => openai_chat::request::encode(prompt, model, stream, &mut losses),
        WireFormat::AnthropicMessages => anthropic::request::encode(prompt, model, stream, &mut losses),
        WireFormat::GeminiGenerateContent => gemini::request::encode(prompt, model, &mut losses),
        WireFormat::WorkersAi => workers_ai::request::encode(prompt, model, stream, &mut losses),
    };
    (json.into_bytes(), losses)
}

/// Marks of thoughts in OpenAI's format. What finds them is made once.
static THOUGHTS: LazyLock<[memmem::Finder<'static>; 4]> = LazyLock::new(|| {
    ["\"reasoning_content\"", "\"reasoning_details\"", "\"anthropic-claude-v1\"", "\"thought_signature\""]
        .map(memmem::Finder::new)
});

/// Whether a body carries thoughts or signatures of a provider other than the one that `model` belongs to. A caller sends
/// back what it was given; when another provider serves its next turn in the caller's own format, such a body must not be
/// passed on as it is (the provider would refuse it) but read and written again, which leaves them out and says so.
/// Costs a few substring searches.
pub fn carries_foreign_thoughts(format: WireFormat, body: &[u8], model: &str) -> bool {
    let takes = |origin: WireFormat| {
        let signature = Signature { origin, data: String::new() };
        openai_chat::thoughts::takes_back(model, Some(&signature), true)
    };
    match format {
        WireFormat::AnthropicMessages => memmem::find(body, signature::MARK.as_bytes()).is_some(),
        WireFormat::GeminiGenerateContent => memmem::find(body, signature::MARK_BASE64.as_bytes()).is_some(),
        WireFormat::OpenaiChat | WireFormat::WorkersAi => {
            let [content, details, claude, signed] = THOUGHTS.each_ref().map(|mark| mark.find(body).is_some());
            (content && !openai_chat::thoughts::takes_back(model, None, true))
                || (details && !takes(WireFormat::OpenaiChat))
                || (claude && !takes(WireFormat::AnthropicMessages))
                || (signed && !takes(WireFormat::GeminiGenerateContent))
        }
    }
}

/// Reads an answer that is not a stream. Invalid UTF-8 is replaced and named in the reply's losses (F16).
///
/// # Errors
/// Syntax (an HTML page, broken JSON), a known member of the wrong shape, or a failure said with a good status.
pub fn decode_reply(format: WireFormat, body: &[u8]) -> Result<Reply, DecodeError> {
    let text = String::from_utf8_lossy(body);
    let json = Json::parse(text.as_bytes()).map_err(DecodeError::syntax)?;
    let mut reply = match format {
        WireFormat::OpenaiChat => openai_chat::response::decode(json),
        WireFormat::AnthropicMessages => anthropic::response::decode(json),
        WireFormat::GeminiGenerateContent => gemini::response::decode(json),
        WireFormat::WorkersAi => workers_ai::response::decode(json),
    }?;
    if matches!(text, Cow::Owned(_)) {
        reply.losses.add(streams::REPLACED_BYTES);
    }
    Ok(reply)
}

/// Writes an answer that is not a stream. The losses include those of reading it.
pub fn encode_reply(format: WireFormat, reply: &Reply, identity: &ReplyIdentity) -> (Vec<u8>, Losses) {
    let mut losses = reply.losses.clone();
    let json = match format {
        WireFormat::OpenaiChat => openai_chat::response::encode(reply, identity, &mut losses),
        WireFormat::AnthropicMessages => anthropic::response::encode(reply, identity, &mut losses),
        WireFormat::GeminiGenerateContent => gemini::response::encode(reply, identity, &mut losses),
        WireFormat::WorkersAi => workers_ai::response::encode(reply, identity, &mut losses),
    };
    (json.into_bytes(), losses)
}

/// Writes an error in the shape that the format's own provider would use. `kind` is a word for programs
/// (`rate_limited`); formats with a closed list of words derive theirs from the status.
pub fn encode_error(format: WireFormat, status: u16, kind: &str, message: &str) -> Vec<u8> {
    let json = match format {
        WireFormat::OpenaiChat => openai_chat::error::encode(kind, message),
        WireFormat::AnthropicMessages => anthropic::error::encode(status, message),
        WireFormat::GeminiGenerateContent => gemini::error::encode(status, message),
        WireFormat::WorkersAi => workers_ai::error::encode(status, message),
    };
    json.into_bytes()
}

/// Writes the one event that ends a broken stream. No terminal marker (`[DONE]`, `message_stop`) follows it.
pub fn stream_error(format: WireFormat, kind: &str, code: u32, message: &str, request_id: &str) -> Vec<u8> {
    let mut out = Vec::new();
    match format {
        WireFormat::OpenaiChat => {
            write_event(&mut out, None, &openai_chat::error::in_stream(kind, code, message, request_id));
        }
        WireFormat::AnthropicMessages => {
            write_event(&mut out, Some("error"), &anthropic::error::in_stream(kind, code, message, request_id));
        }
        WireFormat::GeminiGenerateContent => {
            write_event(&mut out, None, &gemini::error::in_stream(kind, code, message, request_id));
        }
        WireFormat::WorkersAi => {
            write_event(&mut out, None, &workers_ai::error::in_stream(kind, code, message, request_id));
        }
    }
    out
}

/// The provider's words out of its error body; providers use each other's shapes, so every known shape is tried, the
/// format's own first.
pub fn error_message(format: WireFormat, body: &[u8]) -> Option<String> {
    let json = Json::parse(String::from_utf8_lossy(body).as_bytes()).ok()?;
    let own = match format {
        WireFormat::OpenaiChat => openai_chat::error::message(&json),
        WireFormat::AnthropicMessages => anthropic::error::message(&json),
        WireFormat::GeminiGenerateContent => gemini::error::message(&json),
        WireFormat::WorkersAi => workers_ai::error::message(&json),
    };
    let any = own
        .or_else(|| openai_chat::error::message(&json))
        .or_else(|| gemini::error::message(&json))
        .or_else(|| workers_ai::error::message(&json))
        .or_else(|| ["message", "detail", "error"].into_iter().find_map(|key| json.get(key)?.as_str()));
    any.filter(|message| !message.is_empty()).map(str::to_owned)
}

/// What an encoder writes for, and from what: extras and foreign parts go back to their own format and are lost for
/// every other.
pub(crate) struct Scope<'a> {
    pub(crate) target: WireFormat,
    pub(crate) origin: WireFormat,
    pub(crate) losses: &'a mut Losses,
}

// === impl Losses ===

impl Losses {
    /// As many are named; a body may hold any number of members that nobody knows.
    const MAX: usize = 64;

    /// Says something once.
    pub fn add(&mut self, what: impl Into<String>) {
        let what = what.into();
        if self.0.len() < Self::MAX && !self.0.contains(&what) {
            self.0.push(what);
        } else if self.0.len() == Self::MAX {
            self.0.push("and more".to_owned());
        }
    }

    /// Says what another list says.
    pub fn extend(&mut self, other: &Self) {
        other.0.iter().for_each(|what| self.add(what.clone()));
    }

    /// Nothing was lost.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// A member has no counterpart.
    pub(crate) fn left_out(&mut self, name: &str) {
        self.add(format!("`{name}` was left out"));
    }

    /// A member has no counterpart, if it was there.
    pub(crate) fn left_out_if<T>(&mut self, name: &str, value: Option<T>) {
        if value.is_some() {
            self.left_out(name);
        }
    }
}

// === impl Scope ===

impl Scope<'_> {
    pub(crate) fn is_home(&self) -> bool {
        self.target == self.origin
    }

    /// The extras to write.
    pub(crate) fn extras(&mut self, extras: &Extras) -> Extras {
        if self.is_home() {
            return extras.clone();
        }
        extras.iter().for_each(|(name, _)| self.losses.left_out(name));
        Vec::new()
    }

    /// A part or tool that only its origin knows, where it may be written.
    pub(crate) fn foreign(&mut self, kind: &str, json: &Json) -> Option<Json> {
        if self.is_home() {
            return Some(json.clone());
        }
        self.losses.left_out(kind);
        None
    }
}

// === impl DecodeError ===

impl DecodeError {
    pub(crate) fn shape(path: impl Into<String>, message: &str) -> Self {
        Self { kind: DecodeErrorKind::Shape, path: path.into(), message: message.to_owned() }
    }

    pub(crate) fn failed(message: impl Into<String>) -> Self {
        Self { kind: DecodeErrorKind::Failed, path: String::new(), message: message.into() }
    }

    fn syntax(error: serde_json::Error) -> Self {
        Self { kind: DecodeErrorKind::Syntax, path: String::new(), message: format!("not valid JSON: {error}") }
    }
}

impl From<SseError> for DecodeError {
    fn from(error: SseError) -> Self {
        let kind = match error {
            SseError::TooLarge => DecodeErrorKind::TooLarge,
            SseError::NotAStream => DecodeErrorKind::Syntax,
        };
        Self { kind, path: String::new(), message: error.to_string() }
    }
}
