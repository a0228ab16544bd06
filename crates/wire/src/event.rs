//! The neutral stream: what happens in an answer while it is being written.

use waypost_types::Usage;

use crate::{prompt::Signature, reply::Finish};

/// One thing that happens. `choice` is the number of the answer, 0 for the first; `call` counts the calls of an answer.
#[derive(Clone, Debug, PartialEq)]
pub enum ReplyEvent {
    /// The answer begins.
    Start {
        /// The model as the provider names it.
        model: Option<String>,
    },
    /// More text.
    Text {
        /// Of which answer.
        choice: u32,
        /// The text.
        text: String,
    },
    /// The provider signs the text so far (Gemini).
    TextSignature {
        /// Of which answer.
        choice: u32,
        /// The signature.
        signature: Signature,
    },
    /// More of the model declining.
    Refusal {
        /// Of which answer.
        choice: u32,
        /// The text.
        text: String,
    },
    /// More thought.
    Reasoning {
        /// Of which answer.
        choice: u32,
        /// The text.
        text: String,
    },
    /// The thought so far is complete and signed.
    ReasoningSignature {
        /// Of which answer.
        choice: u32,
        /// The signature.
        signature: Signature,
    },
    /// A thought that is shown to nobody.
    Redacted {
        /// Of which answer.
        choice: u32,
        /// What must come back.
        signature: Signature,
    },
    /// The model begins to ask for a function.
    ToolCallStart {
        /// Of which answer.
        choice: u32,
        /// Number of the call.
        call: u32,
        /// Its id; empty where the provider gives none.
        id: String,
        /// The function.
        name: String,
        /// The provider's signature on the call (Gemini).
        signature: Option<Signature>,
    },
    /// More of the arguments' JSON text.
    ToolCallArguments {
        /// Of which answer.
        choice: u32,
        /// Number of the call.
        call: u32,
        /// A piece of JSON text.
        json: String,
    },
    /// The model stopped.
    Finish {
        /// Of which answer.
        choice: u32,
        /// Why.
        reason: Finish,
        /// The stop sequence it met, where the provider says which.
        stop_sequence: Option<String>,
    },
    /// Tokens so far. A later one replaces an earlier one (F17).
    Usage(Usage),
    /// The provider reports an error inside its stream (F13).
    Error {
        /// The provider's word for it; empty where it has none.
        kind: String,
        /// Its words.
        message: String,
    },
}

impl ReplyEvent {
    /// The answer that it belongs to; `None` for what concerns them all.
    pub fn choice(&self) -> Option<u32> {
        match self {
            Self::Text { choice, .. }
            | Self::TextSignature { choice, .. }
            | Self::Refusal { choice, .. }
            | Self::Reasoning { choice, .. }
            | Self::ReasoningSignature { choice, .. }
            | Self::Redacted { choice, .. }
            | Self::ToolCallStart { choice, .. }
            | Self::ToolCallArguments { choice, .. }
            | Self::Finish { choice, .. } => Some(*choice),
            Self::Start { .. } | Self::Usage(_) | Self::Error { .. } => None,
        }
    }
}
