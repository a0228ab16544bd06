//! The pieces that messages and answers are made of.

use waypost_types::WireFormat;

use super::{Extras, Json};

/// One piece of a message or an answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// The piece.
    pub body: PartBody,
    /// A provider's opaque proof that it wrote this part; it must come back unchanged.
    pub signature: Option<Signature>,
    /// Members that only the origin knows (`cache_control`, `citations`).
    pub extras: Extras,
}

/// What a part is.
#[derive(Clone, Debug, PartialEq)]
pub enum PartBody {
    /// Text.
    Text(String),
    /// A picture.
    Image(Image),
    /// The model asks for a function.
    ToolCall(ToolCall),
    /// What the function answered.
    ToolResult(ToolResult),
    /// What the model thought. The text is empty where the provider shows none.
    Reasoning(String),
    /// Thoughts that the provider shows to nobody; the signature holds them.
    Redacted,
    /// The model declines (OpenAI's `refusal`).
    Refusal(String),
    /// Something that only the origin knows, as it was sent.
    Foreign {
        /// Its name in the origin's words, for reports.
        kind: String,
        /// The whole part.
        json: Json,
    },
}

/// An opaque token of a provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// The format of the provider that issued it.
    pub origin: WireFormat,
    /// The token, unchanged.
    pub data: String,
}

/// A picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// Where it is.
    pub source: ImageSource,
    /// OpenAI's `detail`: `low`, `high`, `auto`.
    pub detail: Option<String>,
}

/// Where a picture is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ImageSource {
    /// In the request.
    Inline {
        /// `image/png` …
        media_type: String,
        /// Base64 as sent.
        base64: String,
    },
    /// At an address that the provider fetches.
    Url {
        /// The address.
        url: String,
        /// Its type, where it was said.
        media_type: Option<String>,
    },
}

/// The model asks for a function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToolCall {
    /// The call's id; empty where the provider gives none.
    pub id: String,
    /// The function.
    pub name: String,
    /// Its arguments as JSON text, as the model wrote them: possibly broken.
    pub arguments: String,
}

/// What a function answered.
#[derive(Clone, Debug, PartialEq)]
pub struct ToolResult {
    /// Id of the call.
    pub call_id: String,
    /// Name of the function; empty where the format does not say and no call has this id.
    pub name: String,
    /// Text and images.
    pub content: Vec<Part>,
    /// The function failed.
    pub is_error: bool,
}

// === impl Part ===

impl Part {
    /// A part without signature and extras.
    pub fn new(body: PartBody) -> Self {
        Self { body, signature: None, extras: Vec::new() }
    }

    /// Text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::new(PartBody::Text(text.into()))
    }

    /// The same part with a signature.
    #[must_use]
    pub fn signed(mut self, signature: Option<Signature>) -> Self {
        self.signature = signature;
        self
    }

    /// The text, where it is one.
    pub fn as_text(&self) -> Option<&str> {
        match &self.body {
            PartBody::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The call, where it is one.
    pub fn as_tool_call(&self) -> Option<&ToolCall> {
        match &self.body {
            PartBody::ToolCall(call) => Some(call),
            _ => None,
        }
    }

    /// The result, where it is one.
    pub fn as_tool_result(&self) -> Option<&ToolResult> {
        match &self.body {
            PartBody::ToolResult(result) => Some(result),
            _ => None,
        }
    }

    /// A thought, shown or not.
    pub fn is_reasoning(&self) -> bool {
        matches!(self.body, PartBody::Reasoning(_) | PartBody::Redacted)
    }

    /// All text in it; arguments of calls are text too.
    pub fn texts(&self) -> Vec<&str> {
        match &self.body {
            PartBody::Text(text) | PartBody::Reasoning(text) | PartBody::Refusal(text) => vec![text],
            PartBody::ToolCall(call) => vec![&call.arguments],
            PartBody::ToolResult(result) => result.content.iter().flat_map(Part::texts).collect(),
            PartBody::Image(_) | PartBody::Redacted | PartBody::Foreign { .. } => Vec::new(),
        }
    }
}

// === impl ImageSource ===

impl ImageSource {
    /// Reads an address or a `data:` URL.
    pub fn parse(url: &str) -> Self {
        let inline = url.strip_prefix("data:").and_then(|rest| rest.split_once(','));
        match inline {
            Some((head, base64)) if head.ends_with(";base64") => Self::Inline {
                media_type: head.split(';').next().unwrap_or_default().to_owned(),
                base64: base64.to_owned(),
            },
            _ => Self::Url { url: url.to_owned(), media_type: None },
        }
    }

    /// An address or a `data:` URL.
    pub fn to_url(&self) -> String {
        match self {
            Self::Inline { media_type, base64 } => format!("data:{media_type};base64,{base64}"),
            Self::Url { url, .. } => url.clone(),
        }
    }
}
