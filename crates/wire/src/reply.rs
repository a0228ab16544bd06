//! The neutral answer that is not a stream.

use waypost_types::{Usage, WireFormat};

use crate::{
    formats::Losses,
    prompt::{Extras, Part, PartBody},
};

/// One answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Reply {
    /// The format it was read from; extras belong to it.
    pub origin: WireFormat,
    /// The model as the provider names it.
    pub model: Option<String>,
    /// The answers, usually one.
    pub choices: Vec<Choice>,
    /// Tokens, where the provider reports them.
    pub usage: Option<Usage>,
    /// Members that only the origin knows.
    pub extras: Extras,
    /// What reading it already lost: parts nobody else knows, replaced bytes.
    pub losses: Losses,
}

/// One of the answers to a request.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    /// Its number, from 0.
    pub index: u32,
    /// What the model said, in order.
    pub parts: Vec<Part>,
    /// Why it stopped; `None` where the provider does not say.
    pub finish: Option<Finish>,
    /// The stop sequence it met, where the provider says which.
    pub stop_sequence: Option<String>,
    /// Members that only the origin knows (`logprobs`, `safetyRatings`).
    pub extras: Extras,
}

/// Why the model stopped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finish {
    /// It was done.
    Stop,
    /// It met one of the caller's stop sequences.
    StopSequence,
    /// It reached the most tokens allowed, or the end of its context.
    Length,
    /// It waits for tools.
    ToolCalls,
    /// A filter stopped it.
    ContentFilter,
    /// It declined.
    Refusal,
    /// The provider's own word.
    Other(String),
}

/// What an encoder puts on an answer of its own: the provider's ids are not passed on, because the caller looks the
/// answer up by ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplyIdentity {
    /// The request's id, without a format's prefix (`chatcmpl-` and `msg_` are added).
    pub id: String,
    /// Seconds since 1970.
    pub created_s: i64,
    /// The model to name.
    pub model: String,
}

impl Reply {
    /// An answer without content.
    pub fn new(origin: WireFormat) -> Self {
        Self { origin, model: None, choices: Vec::new(), usage: None, extras: Vec::new(), losses: Losses::default() }
    }

    /// All text the model wrote, in order: what a guard reads.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.choices.iter().flat_map(|choice| &choice.parts).flat_map(Part::texts)
    }
}

impl Choice {
    /// An answer without content.
    pub fn new(index: u32) -> Self {
        Self { index, parts: Vec::new(), finish: None, stop_sequence: None, extras: Vec::new() }
    }

    /// Why it stopped, also where the provider does not say.
    pub fn finish(&self) -> Finish {
        let implied = if self.has_tool_calls() { Finish::ToolCalls } else { Finish::Stop };
        self.finish.clone().unwrap_or(implied)
    }

    /// The same in formats that have no part of its own for a refusal, and say it by the stop reason.
    pub(crate) fn finish_with_refusal(&self) -> Finish {
        let has_refusal = self.parts.iter().any(|part| matches!(part.body, PartBody::Refusal(_)));
        match self.finish() {
            Finish::Stop if has_refusal => Finish::Refusal,
            finish => finish,
        }
    }

    /// Some part asks for a function.
    pub fn has_tool_calls(&self) -> bool {
        self.parts.iter().any(|part| part.as_tool_call().is_some())
    }
}

impl ReplyIdentity {
    /// The id of a call that the provider left without one: the same for the same answer, another in every answer.
    pub(crate) fn call_id(&self, choice: u32, call: u32) -> String {
        let id: String = self.id.chars().filter(char::is_ascii_alphanumeric).collect();
        if choice == 0 { format!("call_{id}_{call}") } else { format!("call_{id}_{choice}_{call}") }
    }
}
