//! What a decision needs to know about a request body, read from the scanned document without a parse.
//!
//! Only members that carry meaning for routing or money are checked here, and strictly: a value that one reader takes
//! for a number and another for a text is how limits are walked around (A24). All else is the provider's business.

mod fields;
mod scalars;
mod text;

use std::{fmt, sync::Arc};

use waypost_types::WireFormat;

use crate::json::Document;
use fields::Fields;
pub use scalars::{SCALAR_TEXT_BYTES_MAX, scalars};

/// Longest model name, in bytes. The longest known ones are resource paths of about 200.
pub const MODEL_BYTES_MAX: usize = 512;

/// Most answers that one request may ask for. Source: OpenAI's API description, `n`: 1 to 128.
pub const ANSWER_COUNT_MAX: u64 = 128;

/// Members of a body that are read, in any format.
const BODY_KEYS: [&str; 8] = [
    "model",
    "stream",
    "max_tokens",
    "max_completion_tokens",
    "n",
    "stream_options",
    "generationConfig",
    "generation_config",
];

/// Members of Gemini's settings that are read.
const CONFIG_KEYS: [&str; 4] = ["maxOutputTokens", "max_output_tokens", "candidateCount", "candidate_count"];

/// The facts of one request body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peek {
    /// The model named in the body; `None` when it is missing, `null` or empty. Never holds control characters.
    pub model: Option<Arc<str>>,
    /// The body asks for a stream. Gemini asks in the URL instead.
    pub stream: bool,
    /// The cap on output tokens of one answer, at most [`waypost_types::Usage::PLAUSIBLE_TOKENS_MAX`]. Where a body
    /// names two caps, the larger. A cap of 0 is a cap for Anthropic alone (it warms a cache); elsewhere servers take it
    /// for "no cap" or refuse it, so that it reads as `None`.
    pub max_output_tokens: Option<u64>,
    /// Answers asked for, 1 to [`ANSWER_COUNT_MAX`].
    pub answer_count: u64,
    /// Messages in the conversation, the system prompt not counted where it stands apart.
    pub message_count: u64,
    /// Bytes of text in the conversation, in UTF-8 after unescaping: messages, system prompt, tool calls and results,
    /// reasoning. Images and files are not text.
    pub text_bytes: u64,
    /// `stream_options.include_usage` is `true`; OpenAI's alone.
    pub includes_usage: bool,
    /// The conversation holds an image.
    pub has_images: bool,
}

/// A member that has the wrong type or a value out of bounds (`body_invalid`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeekError {
    /// Where, as a dotted path.
    pub path: String,
    /// What, why and what to do, as the caller reads it.
    pub message: String,
}

impl fmt::Display for PeekError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for PeekError {}

/// Reads a request body of a format.
///
/// # Errors
/// A member that is read here and has another type than the format gives it, or a value that no provider accepts.
/// `null` is the same as a missing member everywhere.
pub fn peek(format: WireFormat, document: &Document<'_>) -> Result<Peek, PeekError> {
    let body = Fields::of(document.root(), String::new(), &BODY_KEYS);
    if !document.root().is_object() {
        return Err(PeekError { path: String::new(), message: "The body must be a JSON object.".to_owned() });
    }
    let conversation = text::conversation(format, document);
    let limits = limits(format, &body)?;
    let stream = match format {
        WireFormat::GeminiGenerateContent => None,
        WireFormat::OpenaiChat | WireFormat::AnthropicMessages | WireFormat::WorkersAi => body.boolean("stream")?,
    };
    Ok(Peek {
        model: body.model()?,
        stream: stream.unwrap_or(false),
        max_output_tokens: limits.max_output_tokens,
        answer_count: limits.answer_count,
        message_count: conversation.messages,
        text_bytes: conversation.text_bytes,
        includes_usage: format == WireFormat::OpenaiChat && includes_usage(&body)?,
        has_images: conversation.has_images,
    })
}

fn includes_usage(body: &Fields<'_>) -> Result<bool, PeekError> {
    let Some(options) = body.object(&["stream_options"], &["include_usage"])? else { return Ok(false) };
    Ok(options.boolean("include_usage")?.unwrap_or(false))
}

struct Limits {
    max_output_tokens: Option<u64>,
    answer_count: u64,
}

fn limits(format: WireFormat, body: &Fields<'_>) -> Result<Limits, PeekError> {
    let gemini;
    let (place, caps, count): (_, &[&str], &[&str]) = match format {
        WireFormat::OpenaiChat => (body, &["max_completion_tokens", "max_tokens"], &["n"]),
        WireFormat::AnthropicMessages => (body, &["max_tokens"], &[]),
        WireFormat::WorkersAi => (body, &["max_tokens", "max_completion_tokens"], &["n"]),
        WireFormat::GeminiGenerateContent => {
            match body.object(&["generationConfig", "generation_config"], &CONFIG_KEYS)? {
                Some(config) => {
                    gemini = config;
                    (&gemini, &["maxOutputTokens", "max_output_tokens"], &["candidateCount", "candidate_count"])
                }
                None => return Ok(Limits { max_output_tokens: None, answer_count: 1 }),
            }
        }
    };
    let cap = place.tokens(caps)?;
    let zero_is_a_cap = format == WireFormat::AnthropicMessages;
    Ok(Limits { max_output_tokens: cap.filter(|&cap| cap > 0 || zero_is_a_cap), answer_count: place.answers(count)? })
}

#[cfg(test)]
mod tests;
