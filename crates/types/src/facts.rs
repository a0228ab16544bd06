//! What routing may know about a request: facts, never message text (invariant I3).

use std::{fmt, sync::Arc};

use serde::{Deserialize, Serialize};

/// One flat value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Scalar {
    /// `true` or `false`.
    Bool(bool),
    /// A finite number.
    Number(f64),
    /// Text.
    Text(Arc<str>),
}

impl Scalar {
    /// Text from anything that is text.
    pub fn text(text: impl Into<Arc<str>>) -> Self {
        Self::Text(text.into())
    }

    /// The one text that this value has as a limit key or sticky value (A51): text as it is, numbers in shortest form
    /// without a trailing `.0`, booleans as words. `1` and `"1"` therefore share a bucket.
    pub fn canonical(&self) -> Arc<str> {
        match self {
            Self::Text(text) => text.clone(),
            other => other.to_string().into(),
        }
    }
}

impl fmt::Display for Scalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool(value) => value.fmt(f),
            Self::Number(value) => value.fmt(f),
            Self::Text(text) => f.write_str(text),
        }
    }
}

/// Arbitrary context from the application: flat, at most 16 entries, in the order sent. Values pinned on the API key
/// have replaced the caller's by the time routing sees it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Metadata(pub Vec<(Arc<str>, Scalar)>);

impl Metadata {
    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&Scalar> {
        self.0.iter().find(|(name, _)| &**name == key).map(|(_, value)| value)
    }

    /// Sets a key, replacing what was there.
    pub fn set(&mut self, key: impl Into<Arc<str>>, value: Scalar) {
        let key = key.into();
        match self.0.iter_mut().find(|(name, _)| *name == key) {
            Some(entry) => entry.1 = value,
            None => self.0.push((key, value)),
        }
    }
}

impl Serialize for Metadata {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(key, value)| (key, value)))
    }
}

impl<'de> Deserialize<'de> for Metadata {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries;
        impl<'de> serde::de::Visitor<'de> for Entries {
            type Value = Metadata;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a flat object")
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Metadata, A::Error> {
                let mut metadata = Metadata::default();
                while let Some((key, value)) = map.next_entry::<Arc<str>, Scalar>()? {
                    metadata.set(key, value);
                }
                Ok(metadata)
            }
        }
        deserializer.deserialize_map(Entries)
    }
}

/// Where a condition, limit key or sticky value reads (D9).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Operand {
    /// `metadata.<key>`
    Metadata(Arc<str>),
    /// `headers.<name>`, lower case.
    Header(Arc<str>),
    /// `body.<path>`, a dotted path to a scalar.
    Body(Arc<str>),
    /// `request.input_tokens`: estimated tokens of the input.
    InputTokens,
    /// `request.message_count`: messages in the conversation.
    MessageCount,
    /// `key.id`: id of the API key.
    KeyId,
    /// `key.label`: label of the API key.
    KeyLabel,
    /// `time.hour`: hour of the day, 0 to 23, in the gateway's time zone.
    Hour,
}

/// Why a text is not an operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OperandError {
    /// No such operand.
    Unknown,
    /// The place holds a secret (E17).
    Secret,
    /// The place holds prompt text (E17).
    Prompt,
}

impl Operand {
    /// Top-level members of a body that hold prompt text; nothing below them is an operand.
    pub const PROMPT_MEMBERS: [&'static str; 7] =
        ["messages", "input", "contents", "prompt", "system", "systemInstruction", "system_instruction"];

    /// Reads the dotted spelling, `metadata.user_id`.
    ///
    /// # Errors
    /// Unknown prefixes and facts; secret headers; prompt text.
    pub fn parse(text: &str) -> Result<Self, OperandError> {
        let (prefix, rest) = text.split_once('.').ok_or(OperandError::Unknown)?;
        match (prefix, rest) {
            (_, "") => Err(OperandError::Unknown),
            ("metadata", key) => Ok(Self::Metadata(key.into())),
            ("headers", name) => {
                let name = name.to_ascii_lowercase();
                if is_secret_header(&name) { Err(OperandError::Secret) } else { Ok(Self::Header(name.into())) }
            }
            ("body", path) => {
                let member = path.split('.').next().unwrap_or(path);
                if path.split('.').any(str::is_empty) {
                    Err(OperandError::Unknown)
                } else if Self::PROMPT_MEMBERS.contains(&member) {
                    Err(OperandError::Prompt)
                } else {
                    Ok(Self::Body(path.into()))
                }
            }
            ("request", "input_tokens") => Ok(Self::InputTokens),
            ("request", "message_count") => Ok(Self::MessageCount),
            ("key", "id") => Ok(Self::KeyId),
            ("key", "label") => Ok(Self::KeyLabel),
            ("time", "hour") => Ok(Self::Hour),
            _ => Err(OperandError::Unknown),
        }
    }
}

impl fmt::Display for Operand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Metadata(key) => write!(f, "metadata.{key}"),
            Self::Header(name) => write!(f, "headers.{name}"),
            Self::Body(path) => write!(f, "body.{path}"),
            Self::InputTokens => f.write_str("request.input_tokens"),
            Self::MessageCount => f.write_str("request.message_count"),
            Self::KeyId => f.write_str("key.id"),
            Self::KeyLabel => f.write_str("key.label"),
            Self::Hour => f.write_str("time.hour"),
        }
    }
}

/// Headers that carry credentials. They are never operands, never logged in clear text and, where they are the
/// gateway's own, never sent to a provider.
pub fn is_secret_header(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    matches!(name.as_str(), "authorization" | "proxy-authorization" | "cookie" | "set-cookie" | "cf-aig-authorization")
        || name.ends_with("api-key")
        || name.ends_with("apikey")
        || name.ends_with("-token")
        || name.starts_with("cf-access-")
}

/// Everything a route may read about one request. Only the headers and body scalars that some compiled route names are
/// present.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RequestFacts {
    /// The caller's metadata, pinned values applied.
    pub metadata: Metadata,
    /// Header name (lower case) and value.
    pub headers: Vec<(Arc<str>, Arc<str>)>,
    /// Dotted path without `body.` and value.
    pub body: Vec<(Arc<str>, Scalar)>,
    /// Estimated input tokens: text bytes ÷ 4, plus 3 per message.
    pub input_tokens: u64,
    /// Messages in the conversation.
    pub message_count: u64,
    /// The cap on output tokens that the caller set.
    pub max_output_tokens: Option<u64>,
    /// Answers asked for (`n`), at least 1.
    pub answer_count: u64,
    /// The caller wants a stream.
    pub stream: bool,
    /// Id of the API key; empty without one.
    pub key_id: Arc<str>,
    /// Label of the API key; empty without one.
    pub key_label: Arc<str>,
    /// Hour of the day in the gateway's time zone.
    pub hour: u8,
}

impl RequestFacts {
    /// The value at an operand; `None` when the request does not carry it.
    pub fn value(&self, operand: &Operand) -> Option<Scalar> {
        let find = |entries: &[(Arc<str>, Arc<str>)], key: &str| {
            entries.iter().find(|(name, _)| &**name == key).map(|(_, value)| Scalar::Text(value.clone()))
        };
        match operand {
            Operand::Metadata(key) => self.metadata.get(key).cloned(),
            Operand::Header(name) => find(&self.headers, name),
            Operand::Body(path) => self.body.iter().find(|(name, _)| name == path).map(|(_, value)| value.clone()),
            Operand::InputTokens => Some(Scalar::Number(self.input_tokens as f64)),
            Operand::MessageCount => Some(Scalar::Number(self.message_count as f64)),
            Operand::KeyId => (!self.key_id.is_empty()).then(|| Scalar::Text(self.key_id.clone())),
            Operand::KeyLabel => (!self.key_label.is_empty()).then(|| Scalar::Text(self.key_label.clone())),
            Operand::Hour => Some(Scalar::Number(f64::from(self.hour))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_and_prompts_are_no_operands() {
        for name in [
            "authorization",
            "Cookie",
            "x-api-key",
            "x-goog-api-key",
            "cf-aig-authorization",
            "cf-access-jwt-assertion",
        ] {
            assert_eq!(Operand::parse(&format!("headers.{name}")), Err(OperandError::Secret), "{name}");
        }
        for path in ["messages", "messages.0.content", "system", "contents.0", "input"] {
            assert_eq!(Operand::parse(&format!("body.{path}")), Err(OperandError::Prompt), "{path}");
        }
        assert_eq!(Operand::parse("user_id"), Err(OperandError::Unknown));
        assert_eq!(Operand::parse("metadata."), Err(OperandError::Unknown));
        assert_eq!(Operand::parse("body.a..b"), Err(OperandError::Unknown));
    }

    #[test]
    fn spelling_survives_a_round_trip() {
        for text in [
            "metadata.a.b",
            "headers.x-team",
            "body.response_format.type",
            "request.input_tokens",
            "key.label",
            "time.hour",
        ] {
            assert_eq!(Operand::parse(text).map(|operand| operand.to_string()), Ok(text.to_owned()));
        }
    }

    #[test]
    fn a51_number_and_text_share_one_canonical_value() {
        assert_eq!(Scalar::Number(1.0).canonical(), Scalar::text("1").canonical());
        assert_eq!(&*Scalar::Bool(true).canonical(), "true");
        assert_eq!(&*Scalar::Number(1.5).canonical(), "1.5");
    }
}
