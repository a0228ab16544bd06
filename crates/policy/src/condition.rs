//! Conditions: a filter in MongoDB's notation for forms, or a CEL expression (decision D9).
//!
//! Both are checked once, when a route is saved, and then only looked up, compared and searched: no condition takes
//! longer than a millisecond (A27). What a condition saw is part of its answer, for the trail.
//!
//! # How values compare
//!
//! - **Equality** (`$eq $ne $in $nin`, bare values) is kind to spelling, because header values are always text and
//!   metadata often is: a number and a text that reads as a decimal number compare as numbers (`"1.0"` equals 1);
//!   otherwise values of different kinds compare by their canonical text, the one that limit keys have too (`"true"`
//!   equals `true`). Two texts are equal only byte by byte (`"1.0"` is not `"1"`).
//! - **Order** (`$gt $gte $lt $lte`) is asked of numbers. Text that reads as a decimal number is one; other text and
//!   booleans are a mismatch.
//! - **Text** (`$regex $contains`) is searched in the canonical text, patterns in up to 512 bytes of it and parts in
//!   up to 1 KiB; longer text is a mismatch.
//! - **`null`** means "not there": `{"$eq": null}` is `{"$exists": false}`.
//! - A missing value or a mismatch leaves a comparison **undecided**, `$ne` and `$nin` too, and so does `$not` of it.
//!   `$and` and `$or` decide without it where the others suffice; a condition that stays undecided is false. This is
//!   CEL's rule for errors, and differs from MongoDB, where a missing plan would be "not free" and get the large model.
//! - In expressions CEL's own types hold: `headers["x-tier"] > 2` is a mismatch, `int(headers["x-tier"]) > 2` is not.

mod expression;
mod filter;
mod judge;
mod pattern;
mod sentence;

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use waypost_types::{Operand, RequestFacts, Scalar, Text, facts::OperandError};

use self::{expression::Expression, filter::Filter};
use crate::limits::{QUOTED_CHARS_MAX, SEEN_BYTES_MAX};

/// A checked condition. Its `Display` is the sentence that people read: `metadata.user_id equals user-admin`.
#[derive(Clone, Debug)]
pub struct Condition(Kind);

#[derive(Clone, Debug)]
enum Kind {
    Filter(Filter),
    Expression(Expression),
}

/// What a condition says of one request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Evaluated {
    /// It holds. Undecided conditions do not.
    pub matched: bool,
    /// Why, in words: `metadata.user_id is "user-anna", not "user-admin"`.
    pub reason: String,
    /// Operands that the request carries, with their values as text, long ones cut.
    pub seen: Vec<(Text, Text)>,
    /// What was missing or of another kind where it mattered: `metadata.plan is missing`.
    pub notes: Vec<String>,
}

/// Something wrong with a condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConditionProblem {
    /// Which of the dashboard's problems it is.
    pub code: ProblemCode,
    /// Where, from the condition's own top; empty for the whole of it and for expressions.
    pub path: Vec<PathPart>,
    /// In the dashboard's words.
    pub message: String,
}

/// The problems that conditions have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ProblemCode {
    /// It cannot be understood, or lacks a value.
    E07,
    /// It is larger than conditions may be.
    E16,
    /// It reads a secret or a prompt.
    E17,
}

/// One step of a JSON path.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(untagged)]
pub enum PathPart {
    /// Into an array.
    Index(usize),
    /// Into an object.
    Key(String),
}

// === impl Condition ===

impl Condition {
    /// Checks a filter: `{"metadata.user_id": {"$eq": "user-admin"}}`.
    ///
    /// # Errors
    /// Every problem found, up to a bound.
    pub fn filter(document: &Value) -> Result<Self, Vec<ConditionProblem>> {
        Filter::compile(document).map(Kind::Filter).map(Self)
    }

    /// Checks an expression: `metadata.plan == "free" && body.max_tokens > 1000`.
    ///
    /// # Errors
    /// The first problem found.
    pub fn expression(source: &str) -> Result<Self, Vec<ConditionProblem>> {
        Expression::compile(source).map(Kind::Expression).map(Self).map_err(|problem| vec![problem])
    }

    /// What it reads, each once, in the order of mention.
    pub fn operands(&self) -> &[Operand] {
        match &self.0 {
            Kind::Filter(filter) => filter.operands(),
            Kind::Expression(expression) => expression.operands(),
        }
    }

    /// Judges one request.
    pub fn evaluate(&self, facts: &RequestFacts) -> Evaluated {
        let values: Vec<Option<Scalar>> = self.operands().iter().map(|operand| facts.value(operand)).collect();
        let mut evaluated = match &self.0 {
            Kind::Filter(filter) => filter.evaluate(&values),
            Kind::Expression(expression) => expression.evaluate(&values),
        };
        let name = |at: usize, operand: &Operand| match &self.0 {
            Kind::Filter(filter) => filter.names.get(at).cloned().unwrap_or_default(),
            Kind::Expression(_) => operand.to_string().into(),
        };
        let operands = self.operands().iter().zip(&values).enumerate();
        evaluated.seen =
            operands.filter_map(|(at, (operand, value))| Some((name(at, operand), kept(value.as_ref()?)))).collect();
        evaluated
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Filter(filter) => filter.fmt(f),
            Kind::Expression(expression) => f.write_str(expression.source()),
        }
    }
}

// === impl ConditionProblem ===

impl ConditionProblem {
    fn new(code: ProblemCode, message: impl Into<String>) -> Self {
        Self { code, path: Vec::new(), message: message.into() }
    }

    /// An operand that is none, in the words for its reason.
    fn of_operand(text: &str, error: OperandError) -> Self {
        let text = cut(text, QUOTED_CHARS_MAX);
        match error {
            OperandError::Secret => {
                Self::new(ProblemCode::E17, format!("`{text}` can't be used here: it is a secret."))
            }
            OperandError::Prompt => {
                Self::new(ProblemCode::E17, format!("`{text}` can't be used here: prompts stay out of routing."))
            }
            OperandError::Unknown if !text.contains('.') && !matches!(&*text, "metadata" | "headers" | "body") => {
                let hint = if text.is_empty() { String::new() } else { format!(" Did you mean `metadata.{text}`?") };
                Self::new(ProblemCode::E07, format!("A condition can't read `{text}`.{hint}"))
            }
            OperandError::Unknown => Self::new(
                ProblemCode::E07,
                format!(
                    "A condition can't read `{text}`: it reads `metadata.…`, `headers.…`, `body.…`, \
                     `request.input_tokens`, `request.message_count`, `key.id`, `key.label` and `time.hour`."
                ),
            ),
        }
    }
}

impl fmt::Display for ConditionProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code.as_str(), self.message)
    }
}

// === impl ProblemCode ===

impl ProblemCode {
    /// The code as documents and the dashboard write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::E07 => "E07",
            Self::E16 => "E16",
            Self::E17 => "E17",
        }
    }
}

/// A value as reasons quote it: text in quotation marks, numbers and booleans bare.
fn quoted(value: &Scalar) -> String {
    match value {
        Scalar::Text(text) => format!("\"{}\"", cut(text, QUOTED_CHARS_MAX)),
        other => other.to_string(),
    }
}

fn kept(value: &Scalar) -> Text {
    if let Scalar::Text(text) = value
        && text.len() <= SEEN_BYTES_MAX
    {
        return Text::from(text);
    }
    let mut text = value.to_string();
    if text.len() > SEEN_BYTES_MAX {
        text.truncate(text.floor_char_boundary(SEEN_BYTES_MAX));
        text.push('…');
    }
    text.into()
}

fn cut(text: &str, chars: usize) -> String {
    match text.char_indices().nth(chars) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests;
