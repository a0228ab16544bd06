//! The neutral request: what every format can say about a conversation turn, in one shape.
//!
//! Text stays text and nothing is interpreted here. What only one vendor knows is kept beside the part it belongs to
//! (`extras`) and written back for that vendor, or named in [`crate::formats::Losses`] for another.

use std::collections::HashMap;

use waypost_types::WireFormat;

mod part;

pub use crate::formats::tree::Json;
pub use part::{Image, ImageSource, Part, PartBody, Signature, ToolCall, ToolResult};

/// Members that a format has and the neutral form has not, in the order sent.
pub type Extras = Vec<(String, Json)>;

/// One request for a conversation turn.
#[derive(Clone, Debug, PartialEq)]
pub struct Prompt {
    /// The format it was read from; extras belong to it.
    pub origin: WireFormat,
    /// The model as the body names it; empty where the format keeps it in the URL.
    pub model: String,
    /// The body asks for a stream (Gemini asks in the URL, so it is false there).
    pub stream: bool,
    /// The conversation, system prompts included, in the order sent.
    pub messages: Vec<Message>,
    /// Functions the model may call.
    pub tools: Vec<Tool>,
    /// Which of them it should call.
    pub tool_choice: Option<ToolChoice>,
    /// `false` asks for at most one call in an answer.
    pub parallel_tool_calls: Option<bool>,
    /// Numbers that steer generation.
    pub sampling: Sampling,
    /// The form the answer must have.
    pub output: OutputForm,
    /// How much to think.
    pub reasoning: Reasoning,
    /// The end user, as the application names them.
    pub user: Option<String>,
    /// Everything else; members of nested objects have dotted names (`generationConfig.speechConfig`).
    pub extras: Extras,
}

/// Who says a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The application's instructions.
    System,
    /// The same in OpenAI's newer word.
    Developer,
    /// The user, and what tools answered.
    User,
    /// The model.
    Assistant,
}

/// One message.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    /// Who says it.
    pub role: Role,
    /// What is said.
    pub parts: Vec<Part>,
    /// Members that only the origin knows.
    pub extras: Extras,
}

/// A function the model may call, or a tool of the vendor's own.
#[derive(Clone, Debug, PartialEq)]
pub enum Tool {
    /// A function of the application.
    Function(Function),
    /// A tool that the vendor runs, as it was sent.
    Foreign {
        /// Its name in the origin's words, for reports.
        kind: String,
        /// The whole entry.
        json: Json,
    },
}

/// A function of the application.
#[derive(Clone, Debug, PartialEq)]
pub struct Function {
    /// Its name.
    pub name: String,
    /// What it does.
    pub description: Option<String>,
    /// JSON schema of its arguments.
    pub parameters: Option<Json>,
    /// Arguments must follow the schema exactly.
    pub strict: Option<bool>,
    /// Members that only the origin knows.
    pub extras: Extras,
}

/// Which functions to call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ToolChoice {
    /// None.
    None,
    /// The model decides.
    Auto,
    /// At least one.
    Required,
    /// This one.
    Function(String),
    /// Only these.
    OneOf {
        /// Their names.
        names: Vec<String>,
        /// At least one of them.
        is_required: bool,
    },
}

/// Numbers that steer generation; `None` leaves the provider's default.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sampling {
    /// Most output tokens, reasoning included.
    pub max_output_tokens: Option<u64>,
    /// Randomness.
    pub temperature: Option<f64>,
    /// Nucleus sampling.
    pub top_p: Option<f64>,
    /// Only the k likeliest tokens.
    pub top_k: Option<u64>,
    /// Against repeated tokens, by count.
    pub frequency_penalty: Option<f64>,
    /// Against repeated tokens, once.
    pub presence_penalty: Option<f64>,
    /// Against repeated tokens, as a factor (Workers AI).
    pub repetition_penalty: Option<f64>,
    /// For repeatable answers.
    pub seed: Option<i64>,
    /// Texts that end the answer.
    pub stop: Vec<String>,
    /// Number of answers.
    pub answer_count: Option<u64>,
}

/// The form an answer must have.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum OutputForm {
    /// Free text.
    #[default]
    Text,
    /// Some JSON.
    Json,
    /// JSON that follows a schema.
    Schema(OutputSchema),
}

/// A schema for the answer.
#[derive(Clone, Debug, PartialEq)]
pub struct OutputSchema {
    /// OpenAI's name for it.
    pub name: Option<String>,
    /// What it is for.
    pub description: Option<String>,
    /// The JSON schema.
    pub schema: Json,
    /// The answer must follow it exactly.
    pub strict: Option<bool>,
}

/// How much to think.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reasoning {
    /// In words.
    pub effort: Option<Effort>,
    /// In tokens; 0 switches it off.
    pub budget_tokens: Option<u64>,
    /// The model decides how much (Anthropic's `adaptive`, Gemini's budget −1).
    pub is_adaptive: bool,
    /// Show the thoughts.
    pub shows_thoughts: Option<bool>,
}

/// How much to think, in words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effort {
    /// Not at all.
    None,
    /// As little as possible.
    Minimal,
    /// A little.
    Low,
    /// Some.
    Medium,
    /// Much.
    High,
    /// Very much.
    ExtraHigh,
    /// All it can.
    Max,
}

// === impl Prompt ===

impl Prompt {
    /// A request without messages.
    pub fn new(origin: WireFormat) -> Self {
        Self {
            origin,
            model: String::new(),
            stream: false,
            messages: Vec::new(),
            tools: Vec::new(),
            tool_choice: None,
            parallel_tool_calls: None,
            sampling: Sampling::default(),
            output: OutputForm::Text,
            reasoning: Reasoning::default(),
            user: None,
            extras: Vec::new(),
        }
    }

    /// All text that people or programs wrote into the request, in order: what a guard reads.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.messages.iter().flat_map(|message| &message.parts).flat_map(Part::texts)
    }

    /// Gives results that carry no function name the name of the call before them with the same id.
    pub(crate) fn name_results(&mut self) {
        let mut calls: HashMap<String, String> = HashMap::new();
        for part in self.messages.iter_mut().flat_map(|message| &mut message.parts) {
            match &mut part.body {
                PartBody::ToolCall(call) => {
                    calls.insert(call.id.clone(), call.name.clone());
                }
                PartBody::ToolResult(result) if result.name.is_empty() => {
                    result.name = calls.get(&result.call_id).cloned().unwrap_or_default();
                }
                _ => {}
            }
        }
    }
}

// === impl Reasoning ===

impl Reasoning {
    /// Nothing was said about it.
    pub fn is_unset(&self) -> bool {
        *self == Self::default()
    }

    /// It was switched off.
    pub fn is_off(&self) -> bool {
        self.effort == Some(Effort::None) || self.budget_tokens == Some(0)
    }
}

// === impl Effort ===

impl Effort {
    /// OpenAI's word, and with `max` Anthropic's.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Minimal => "minimal",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::ExtraHigh => "xhigh",
            Self::Max => "max",
        }
    }

    /// Reads a word.
    pub fn parse(word: &str) -> Option<Self> {
        let all = [Self::None, Self::Minimal, Self::Low, Self::Medium, Self::High, Self::ExtraHigh, Self::Max];
        all.into_iter().find(|effort| effort.as_str() == word)
    }

    /// Tokens of thought for models that count them instead. Source: the table of Gemini's OpenAI compatibility
    /// (`ai.google.dev/gemini-api/docs/openai`, 2026-11): low 1,024, medium 8,192, high 24,576.
    pub const fn budget_tokens(self) -> u64 {
        match self {
            Self::None => 0,
            Self::Minimal | Self::Low => 1_024,
            Self::Medium => 8_192,
            Self::High | Self::ExtraHigh | Self::Max => 24_576,
        }
    }

    /// The word nearest to a budget: the inverse of [`Self::budget_tokens`].
    pub const fn of_budget(tokens: u64) -> Self {
        match tokens {
            0 => Self::None,
            1..=1_024 => Self::Low,
            1_025..=8_192 => Self::Medium,
            _ => Self::High,
        }
    }
}

// === impl Message ===

impl Message {
    /// A message without extras.
    pub fn new(role: Role, parts: Vec<Part>) -> Self {
        Self { role, parts, extras: Vec::new() }
    }

    /// Instructions, of whichever word.
    pub fn is_instruction(&self) -> bool {
        matches!(self.role, Role::System | Role::Developer)
    }
}
