//! JSON bodies: read with their places, so that an error says which field it means.

use axum::extract::{FromRequest, Request};
use bytes::Bytes;
use http::StatusCode;
use serde::{Deserialize as _, de::DeserializeOwned};
use serde_json::Value;
use waypost_graph::PathStep;

use crate::refusal::{ApiError, Outcome, Refused, place};

/// What a body has to have.
pub(crate) trait Body: DeserializeOwned {
    /// Members that must be there, and what is said when they are not.
    const REQUIRED: &'static [(&'static str, &'static str)] = &[];
}

/// What is said of a member that is not there.
/// Source: live API (2026); required numbers are coerced first, so a missing one is "nan".
pub(crate) const REQUIRED: &str = "Required";
/// What is said of a number that is not there.
pub(crate) const REQUIRED_NUMBER: &str = "Expected number, received nan";

/// A JSON object as `T`. Unknown members are ignored, unless `T` says otherwise.
pub(crate) struct Sent<T>(pub(crate) T);

/// The bytes of a body.
pub(crate) struct Raw(pub(crate) Bytes);

impl<S: Send + Sync> FromRequest<S> for Raw {
    type Rejection = Refused;

    async fn from_request(request: Request, state: &S) -> Outcome<Self> {
        Bytes::from_request(request, state).await.map(Self).map_err(|rejection| {
            let status = rejection.status();
            let message = match status {
                StatusCode::PAYLOAD_TOO_LARGE => "The body is too large.".to_owned(),
                _ => rejection.body_text(),
            };
            Refused { status, errors: vec![ApiError::invalid(place!["body"], message)] }
        })
    }
}

impl<S: Send + Sync, T: Body> FromRequest<S> for Sent<T> {
    type Rejection = Refused;

    async fn from_request(request: Request, state: &S) -> Outcome<Self> {
        let Raw(bytes) = Raw::from_request(request, state).await?;
        read(object(&bytes)?).map(Self)
    }
}

/// A JSON array of objects as `T`.
pub(crate) struct List<T>(pub(crate) Vec<T>);

impl<S: Send + Sync, T: Body> FromRequest<S> for List<T> {
    type Rejection = Refused;

    async fn from_request(request: Request, state: &S) -> Outcome<Self> {
        let Raw(bytes) = Raw::from_request(request, state).await?;
        let wrong = |message| Refused::value(place!["body"], message);
        let list = match serde_json::from_slice(&bytes) {
            Ok(Value::Array(list)) => list,
            Ok(other) => return Err(wrong(format!("Expected array, received {}", kind(&other)))),
            Err(error) => return Err(wrong(format!("The body isn't valid JSON: {error}."))),
        };
        let mut items = Vec::with_capacity(list.len());
        for (index, value) in list.into_iter().enumerate() {
            items.push(read(value).map_err(|mut refused| {
                for error in &mut refused.errors {
                    error.path.insert(1.min(error.path.len()), PathStep::Index(index));
                }
                refused
            })?);
        }
        Ok(Self(items))
    }
}

/// The body as a JSON object.
pub(crate) fn object(bytes: &[u8]) -> Outcome<Value> {
    let value: Value = serde_json::from_slice(bytes).map_err(|error| {
        let message = format!("The body isn't valid JSON: {error}.");
        Refused::value(place!["body"], message)
    })?;
    match value {
        Value::Object(_) => Ok(value),
        other => Err(Refused::value(place!["body"], format!("Expected object, received {}", kind(&other)))),
    }
}

/// A JSON object as `T`: first everything that is missing, then the first member that is wrong.
pub(crate) fn read<T: Body>(value: Value) -> Outcome<T> {
    let missing = |(name, _): &&(&str, &str)| value.get(*name).is_none();
    let errors: Vec<ApiError> = T::REQUIRED
        .iter()
        .filter(missing)
        .map(|(name, message)| ApiError::invalid(place!["body", name], *message))
        .collect();
    if !errors.is_empty() {
        return Err(Refused::invalid(errors));
    }
    serde_path_to_error::deserialize(value).map_err(|error| {
        let mut place = place!["body"];
        place.extend(error.path().iter().filter_map(|segment| match segment {
            serde_path_to_error::Segment::Seq { index } => Some(PathStep::Index(*index)),
            serde_path_to_error::Segment::Map { key } => Some(PathStep::Key(key.clone())),
            serde_path_to_error::Segment::Enum { variant } => Some(PathStep::Key(variant.clone())),
            serde_path_to_error::Segment::Unknown => None,
        }));
        let (member, message) = words(&error.inner().to_string());
        place.extend(member.map(PathStep::Key));
        Refused::value(place, message)
    })
}

/// The deserializer's sentence in the words that clients of the API know, with the member it names.
fn words(sentence: &str) -> (Option<String>, String) {
    let quoted = |text: &str| text.split('`').nth(1).unwrap_or_default().to_owned();
    if sentence.starts_with("missing field") {
        return (Some(quoted(sentence)), REQUIRED.to_owned());
    }
    if sentence.starts_with("unknown field") {
        let known = sentence.split_once("expected ").map(|(_, known)| known).unwrap_or_default();
        return (None, format!("Unrecognized key(s) in object: '{}'. Known: {known}", quoted(sentence)));
    }
    if sentence.starts_with("unknown variant") {
        let mut names = sentence.split('`').skip(1).step_by(2);
        let received = names.next().unwrap_or_default().to_owned();
        return (None, waypost_store::filter::invalid_enum(names, &received));
    }
    let Some((found, expected)) =
        sentence.strip_prefix("invalid type: ").and_then(|rest| rest.rsplit_once(", expected "))
    else {
        let negative = sentence.starts_with("invalid value: integer `-");
        let message = if negative { "Number must be greater than or equal to 0" } else { sentence };
        return (None, message.to_owned());
    };
    (None, format!("Expected {}, received {}", plain_type(expected), plain_type(found)))
}

fn plain_type(words: &str) -> &'static str {
    let first = words.split([' ', '`']).next().unwrap_or_default();
    match first {
        "string" => "string",
        "boolean" => "boolean",
        "null" | "unit" => "null",
        "integer" | "u8" | "u16" | "u32" | "u64" | "i8" | "i32" | "i64" => "integer",
        "floating" => "float",
        "f64" => "number",
        "sequence" => "array",
        "map" | "struct" => "object",
        _ if words.contains("string") => "string",
        _ if words.contains("boolean") => "boolean",
        _ if words.contains("sequence") => "array",
        _ if words.contains("number") => "number",
        _ => "object",
    }
}

/// What a JSON value is called.
pub(crate) const fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// Collects what is wrong with the values of a body.
#[derive(Default)]
pub(crate) struct Findings(Vec<ApiError>);

impl Findings {
    /// Notes a wrong value.
    pub(crate) fn add(&mut self, path: Vec<PathStep>, message: impl Into<String>) {
        self.0.push(ApiError::invalid(path, message));
    }

    /// Notes a wrong value with a code of its own.
    pub(crate) fn add_coded(&mut self, code: u32, path: Vec<PathStep>, message: impl Into<String>) {
        self.0.push(ApiError { code, ..ApiError::invalid(path, message) });
    }

    /// A member whose text is too short or too long, in characters.
    pub(crate) fn length(&mut self, name: &str, text: &str, min: usize, max: usize) {
        let count = text.chars().count();
        if count < min {
            self.add(place!["body", name], format!("String must contain at least {min} character(s)"));
        } else if count > max {
            self.add(place!["body", name], format!("String must contain at most {max} character(s)"));
        }
    }

    /// A member whose number is out of bounds.
    pub(crate) fn range(&mut self, name: &str, number: Option<u64>, min: u64, max: u64) {
        match number {
            Some(number) if number < min => {
                self.add(place!["body", name], format!("Number must be greater than or equal to {min}"));
            }
            Some(number) if number > max => {
                self.add(place!["body", name], format!("Number must be less than or equal to {max}"));
            }
            _ => {}
        }
    }

    /// Refuses when something was noted.
    pub(crate) fn done(self) -> Outcome<()> {
        if self.0.is_empty() { Ok(()) } else { Err(Refused::invalid(self.0)) }
    }
}

/// Tells `null` from absent: with `#[serde(default, deserialize_with = "present")]`, absent is `None`, `null` is
/// `Some(None)`.
pub(crate) fn present<'de, T, D>(deserializer: D) -> Result<Option<Option<T>>, D::Error>
where
    T: serde::Deserialize<'de>,
    D: serde::Deserializer<'de>,
{
    Option::<T>::deserialize(deserializer).map(Some)
}
