//! Payload grammars, URL families and what is asked.

use serde::{Deserialize, Serialize};

/// The grammar of a request and its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WireFormat {
    /// OpenAI Chat Completions.
    OpenaiChat,
    /// Anthropic Messages.
    AnthropicMessages,
    /// Gemini `generateContent`, on AI Studio and on Vertex AI.
    GeminiGenerateContent,
    /// Workers AI text generation (`{"messages":[…]}` in, `{"result":{"response":…}}` out).
    WorkersAi,
}

impl WireFormat {
    /// Every format, for tables and tests.
    pub const ALL: [Self; 4] =
        [Self::OpenaiChat, Self::AnthropicMessages, Self::GeminiGenerateContent, Self::WorkersAi];

    /// The name used in configuration, logs and metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OpenaiChat => "openai_chat",
            Self::AnthropicMessages => "anthropic_messages",
            Self::GeminiGenerateContent => "gemini_generate_content",
            Self::WorkersAi => "workers_ai",
        }
    }
}

/// A family of URLs with its own way to name the model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Surface {
    /// `/v1/{account}/{gateway}/{provider}/…`
    ProviderNative,
    /// `/v1/{account}/{gateway}/compat/chat/completions`
    Compat,
    /// `/v1/{account}/{gateway}` with an array of steps.
    Universal,
    /// `/v1/{account}/{gateway}/dynamic/{route}`
    Dynamic,
    /// `/client/v4/accounts/{account}/ai/v1/chat/completions`
    AccountChat,
    /// `/client/v4/accounts/{account}/ai/v1/messages`
    AccountMessages,
}

impl Surface {
    /// The name used in logs and metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ProviderNative => "provider_native",
            Self::Compat => "compat",
            Self::Universal => "universal",
            Self::Dynamic => "dynamic",
            Self::AccountChat => "account_chat",
            Self::AccountMessages => "account_messages",
        }
    }
}

/// What is asked of a model (`gen_ai.operation.name` of OpenTelemetry's GenAI conventions).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operation {
    /// A conversation turn in a format we speak.
    Chat,
    /// Anything else: embeddings, images, files. Passed through as it is.
    Other,
}

impl Operation {
    /// The name used in logs and metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Chat => "chat",
            Self::Other => "other",
        }
    }
}
