//! Filters over log rows: key, operator and values, checked once for the API and the databases.
//!
//! Values of one filter are alternatives, filters are joined by *and*. Keys and operators are Cloudflare's, with
//! Waypost's beside them. Source: <https://developers.cloudflare.com/api/resources/ai_gateway/subresources/logs/>,
//! 2026-11-20; the error text as the live API words it.

#[cfg(test)]
mod tests;
mod values;

use std::fmt;

use serde_json::Value;
use waypost_types::{PicoUsd, RequestId, UnixMs};

/// The most filters in one query.
pub const FILTERS_MAX: usize = 32;
/// The most values in one filter.
pub const VALUES_MAX: usize = 100;
/// The longest text value, in bytes.
pub const VALUE_BYTES_MAX: usize = 1024;

/// A checked filter.
#[derive(Clone, Debug, PartialEq)]
pub struct Filter {
    /// What is compared.
    pub key: FilterKey,
    /// How.
    pub operator: Operator,
    /// With what; of the key's kind, at least one.
    pub values: Values,
}

/// What a filter compares.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum FilterKey {
    /// A field of the row.
    Field(Field),
    /// The value of one metadata key: `metadata.user_id`.
    Metadata(String),
}

/// How a filter compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operator {
    /// Equal to one of the values.
    Eq,
    /// Equal to none of the values; rows without the field match.
    Neq,
    /// Contains one of the texts, ignoring ASCII case.
    Contains,
    /// Less than one of the values.
    Lt,
    /// Greater than one of the values.
    Gt,
    /// Less than or equal to one of the values.
    Lte,
    /// Greater than or equal to one of the values.
    Gte,
    /// Is there, or is not, as the value says.
    Exists,
}

/// The values of a filter.
#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    /// Texts.
    Texts(Vec<String>),
    /// Ids of requests. An id that no request can have is left out, so the list may be empty and match nothing.
    Ids(Vec<RequestId>),
    /// Whole numbers: tokens, statuses, milliseconds.
    Numbers(Vec<i64>),
    /// Amounts.
    Money(Vec<PicoUsd>),
    /// Times.
    Times(Vec<UnixMs>),
    /// Yes or no.
    Flags(Vec<bool>),
}

/// What kind of values a field has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FieldKind {
    /// [`Values::Ids`]
    Id,
    /// [`Values::Texts`]
    Text,
    /// [`Values::Numbers`]
    Number,
    /// [`Values::Money`], in dollars.
    Money,
    /// [`Values::Times`], as RFC 3339.
    Time,
    /// [`Values::Flags`]
    Flag,
}

macro_rules! fields {
    ($($(#[$doc:meta])* $name:ident = $text:literal : $kind:ident),* $(,)?) => {
        /// A field of the row that filters can name.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Field {
            $($(#[$doc])* $name),*
        }

        impl Field {
            /// Every field, in the order of the error text.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// Its name in queries.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text),* }
            }

            /// What kind of values it has.
            pub const fn kind(self) -> FieldKind {
                match self { $(Self::$name => FieldKind::$kind),* }
            }
        }
    };
}

fields! {
    /// Id of the request.
    Id = "id": Id,
    /// When the request came.
    CreatedAt = "created_at": Time,
    /// Content type of the request.
    RequestContentType = "request_content_type": Text,
    /// Content type of the answer.
    ResponseContentType = "response_content_type": Text,
    /// What was asked: `chat`, `other`.
    RequestType = "request_type": Text,
    /// The caller has the whole answer.
    Success = "success": Flag,
    /// It came from the cache.
    Cached = "cached": Flag,
    /// Provider that served.
    Provider = "provider": Text,
    /// Model that served.
    Model = "model": Text,
    /// The same as `request_type`.
    ModelType = "model_type": Text,
    /// Cost in dollars.
    Cost = "cost": Money,
    /// Tokens in and out.
    Tokens = "tokens": Number,
    /// Input tokens.
    TokensIn = "tokens_in": Number,
    /// Output tokens.
    TokensOut = "tokens_out": Number,
    /// Milliseconds.
    Duration = "duration": Number,
    /// -1, 0 or 1.
    Feedback = "feedback": Number,
    /// The caller's own id.
    EventId = "event_id": Text,
    /// Some metadata key. Independent of `metadata.value`; use `metadata.<key>` for a pair.
    MetadataKey = "metadata.key": Text,
    /// Some metadata value.
    MetadataValue = "metadata.value": Text,
    /// Authentication was required and passed.
    Authentication = "authentication": Flag,
    /// Paid through the account's credits; never here.
    Wholesale = "wholesale": Flag,
    /// Called through `/compat`.
    CompatibilityMode = "compatibilityMode": Flag,
    /// What DLP did; nothing yet.
    DlpAction = "dlp_action": Text,
    /// User agent of the caller.
    UserAgent = "user_agent": Text,
    /// The same as `id`.
    RequestId = "request_id": Id,
    /// Status that the caller got.
    StatusCode = "status_code": Number,
    /// Our word for the error.
    ErrorType = "error_type": Text,
    /// `success`, `refused`, `failed`, `interrupted`, `caller_left`.
    Outcome = "outcome": Text,
    /// Name or id of the route.
    Route = "route": Text,
    /// Number of the route's version.
    Version = "version": Number,
    /// An element that the walk passed.
    Node = "node": Text,
    /// An output that the walk took: `<element>:<output>`.
    Edge = "edge": Text,
    /// Id of the API key.
    KeyId = "key_id": Text,
    /// Label of the API key.
    KeyLabel = "key_label": Text,
    /// Model that the caller named.
    RequestedModel = "requested_model": Text,
    /// Milliseconds to the first token or byte of the answer; rows without an answer have none.
    FirstToken = "first_token": Number,
    /// Calls of providers that the request took.
    Attempts = "attempts": Number,
    /// URL family: `compat`, `dynamic` …
    Surface = "surface": Text,
    /// The caller asked for a stream.
    Stream = "stream": Flag,
    /// The request carried its own prices.
    CustomCost = "custom_cost": Flag,
    /// A model was called and its cost is not known.
    NoPrice = "no_price": Flag,
    /// Served by the mock provider.
    Simulated = "simulated": Flag,
    /// 0 to 100.
    Score = "score": Number,
}

/// Which part of a filter is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FilterPart {
    /// `key`
    Key,
    /// `operator`
    Operator,
    /// `value`, or the one with this index.
    Value(Option<usize>),
}

/// Why a filter was refused, in the words of Cloudflare's API where it has words for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilterError {
    /// Which part.
    pub part: FilterPart,
    /// What is wrong with it.
    pub message: String,
}

impl Filter {
    /// Checks one filter as it came over the wire. Values may be JSON strings, numbers and booleans; texts stand for
    /// numbers and booleans too, as query strings have nothing else.
    ///
    /// # Errors
    /// An unknown key or operator, an operator that the key's kind does not have, a value of another kind, too many values.
    pub fn parse(key: &str, operator: &str, values: &[Value]) -> Result<Self, FilterError> {
        let key = FilterKey::parse(key)?;
        let operator = Operator::parse(operator)?;
        if !operator.suits(key.kind()) {
            let message = format!("Operator '{operator}' cannot be used with '{key}'");
            return Err(FilterError { part: FilterPart::Operator, message });
        }
        if values.is_empty() {
            return Err(FilterError { part: FilterPart::Value(None), message: "Required".to_owned() });
        }
        if values.len() > VALUES_MAX {
            let message = format!("Array must contain at most {VALUES_MAX} element(s)");
            return Err(FilterError { part: FilterPart::Value(None), message });
        }
        let kind = if operator == Operator::Exists { FieldKind::Flag } else { key.kind() };
        Ok(Self { values: values::read(kind, values)?, key, operator })
    }
}

// === impl FilterKey ===

impl FilterKey {
    /// The key with this name.
    ///
    /// # Errors
    /// No such key; the text lists all.
    pub fn parse(name: &str) -> Result<Self, FilterError> {
        if let Some(field) = Field::ALL.iter().find(|field| field.as_str() == name) {
            return Ok(Self::Field(*field));
        }
        match name.strip_prefix("metadata.") {
            Some(key) if !key.is_empty() && key.len() <= VALUE_BYTES_MAX => Ok(Self::Metadata(key.to_owned())),
            _ => Err(FilterError {
                part: FilterPart::Key,
                message: invalid_enum(Field::ALL.iter().map(|field| field.as_str()).chain(["metadata.<key>"]), name),
            }),
        }
    }

    /// What kind of values it has.
    pub const fn kind(&self) -> FieldKind {
        match self {
            Self::Field(field) => field.kind(),
            Self::Metadata(_) => FieldKind::Text,
        }
    }
}

impl fmt::Display for FilterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Field(field) => f.write_str(field.as_str()),
            Self::Metadata(key) => write!(f, "metadata.{key}"),
        }
    }
}

// === impl Operator ===

impl Operator {
    /// Every operator, Cloudflare's five first.
    pub const ALL: [Self; 8] =
        [Self::Eq, Self::Neq, Self::Contains, Self::Lt, Self::Gt, Self::Lte, Self::Gte, Self::Exists];

    /// Its name in queries.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Eq => "eq",
            Self::Neq => "neq",
            Self::Contains => "contains",
            Self::Lt => "lt",
            Self::Gt => "gt",
            Self::Lte => "lte",
            Self::Gte => "gte",
            Self::Exists => "exists",
        }
    }

    /// The operator with this name.
    ///
    /// # Errors
    /// No such operator; the text lists all.
    pub fn parse(name: &str) -> Result<Self, FilterError> {
        Self::ALL.into_iter().find(|operator| operator.as_str() == name).ok_or_else(|| FilterError {
            part: FilterPart::Operator,
            message: invalid_enum(Self::ALL.into_iter().map(Self::as_str), name),
        })
    }

    const fn suits(self, kind: FieldKind) -> bool {
        match (self, kind) {
            (Self::Eq | Self::Neq | Self::Exists, _) | (Self::Contains, FieldKind::Text) => true,
            (Self::Lt | Self::Gt | Self::Lte | Self::Gte, kind) => {
                matches!(kind, FieldKind::Number | FieldKind::Money | FieldKind::Time)
            }
            (Self::Contains, _) => false,
        }
    }
}

impl fmt::Display for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

// === impl FilterError ===

impl fmt::Display for FilterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for FilterError {}

/// The text of Cloudflare's API for a word that is not in a list.
pub fn invalid_enum<'a>(expected: impl IntoIterator<Item = &'a str>, received: &str) -> String {
    let names: Vec<String> = expected.into_iter().map(|name| format!("'{name}'")).collect();
    let received: String = received.chars().take(100).collect();
    format!("Invalid enum value. Expected {}, received '{received}'", names.join(" | "))
}
