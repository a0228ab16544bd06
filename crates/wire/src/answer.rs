//! What a whole answer says that the gateway must know: usage, ending, model, error.

mod facts;
mod usage;

use waypost_types::{Usage, WireFormat};

use crate::json::{JsonError, JsonErrorKind, scan_answer};
pub(crate) use facts::{Brought, Facts};

/// Bytes of text that our own count takes for one token.
const BYTES_PER_TOKEN: u64 = 4;

/// The facts of one answer that was not streamed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AnswerFacts {
    /// Tokens as reported, not capped ([`Usage::capped`] does that). `None` when the provider reported none, only zeros,
    /// or a negative count: then our own count serves.
    pub usage: Option<Usage>,
    /// The reason why the model stopped, in the format's own word; `None` when the answer gives none.
    pub finish: Option<String>,
    /// The model that answered, as the provider names it.
    pub model: Option<String>,
    /// The provider's words, when the body is an error.
    pub error_message: Option<String>,
    /// Bytes of text that the model wrote: content, reasoning, tool calls.
    pub output_text_bytes: u64,
    /// The body was not UTF-8: each bad byte was read as U+FFFD.
    pub has_invalid_utf8: bool,
}

/// Reads an answer, or the body of an error, in the provider's format.
///
/// # Errors
/// The body is not JSON (an HTML page, a cut answer): the provider's failure, whatever its status.
pub fn answer_facts(format: WireFormat, body: &[u8]) -> Result<AnswerFacts, JsonError> {
    let mut facts = Facts::default();
    let has_invalid_utf8 = match scan_answer(body) {
        Ok(document) => {
            facts.read(format, document.root());
            false
        }
        Err(error) if error.kind == JsonErrorKind::InvalidUtf8 => {
            facts.read(format, scan_answer(String::from_utf8_lossy(body).as_bytes())?.root());
            true
        }
        Err(error) => return Err(error),
    };
    Ok(AnswerFacts {
        usage: facts.usage(),
        finish: facts.finish,
        model: facts.model,
        error_message: facts.error,
        output_text_bytes: facts.output_text_bytes,
        has_invalid_utf8,
    })
}

/// Our own count where a provider reports none: a token for every four bytes of text begun.
pub const fn tokens_of_text(text_bytes: u64) -> u64 {
    text_bytes.div_ceil(BYTES_PER_TOKEN)
}

#[cfg(test)]
mod tests;
