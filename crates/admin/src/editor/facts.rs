//! The request of a simulation: what a caller would have sent, as far as the route reads it.

use std::sync::Arc;

use jiff::{Timestamp, tz::TimeZone};
use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;
use waypost_graph::CompiledRoute;
use waypost_policy::estimate;
use waypost_types::{RequestFacts, Scalar, UnixMs};

use crate::{api_keys, body::Findings};

/// A request that nobody sends.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct FactsBody {
    /// Flat metadata.
    #[schema(value_type = Object)]
    metadata: Map<String, Value>,
    /// Headers by name.
    #[schema(value_type = std::collections::HashMap<String, String>)]
    headers: Map<String, Value>,
    /// The request's body, in OpenAI's format.
    #[schema(value_type = Object)]
    body: Map<String, Value>,
    /// Id of the API key.
    key_id: String,
    /// Label of the API key.
    key_label: String,
    /// Estimated input tokens; counted from the body's messages where absent.
    input_tokens: Option<u64>,
    /// Messages; counted in the body where absent.
    message_count: Option<u64>,
}

impl FactsBody {
    /// The facts as a route would see them.
    pub(crate) fn read(self, route: &CompiledRoute, now: UnixMs, zone: &str, findings: &mut Findings) -> RequestFacts {
        let messages = self.body.get("messages").and_then(Value::as_array);
        let message_count = self.message_count.unwrap_or_else(|| messages.map_or(0, |list| list.len() as u64));
        let text_bytes = messages.map_or(0, |list| list.iter().map(text_bytes).sum());
        let number = |name: &str| self.body.get(name).and_then(Value::as_u64);
        let headers = self.headers.iter().filter_map(|(name, value)| {
            let name = name.to_ascii_lowercase();
            let is_read = route.headers().iter().any(|known| **known == *name);
            Some((Arc::from(name), Arc::from(value.as_str()?))).filter(|_| is_read)
        });
        let body = route.body_paths().iter().filter_map(|path| Some((path.clone(), scalar(&self.body, path)?)));
        RequestFacts {
            headers: headers.collect(),
            body: body.collect(),
            input_tokens: self.input_tokens.unwrap_or_else(|| estimate::input_tokens(text_bytes, message_count)),
            message_count,
            max_output_tokens: number("max_completion_tokens").or(number("max_tokens")),
            answer_count: number("n").unwrap_or(1).max(1),
            stream: self.body.get("stream").and_then(Value::as_bool).unwrap_or(false),
            key_id: self.key_id.as_str().into(),
            key_label: self.key_label.as_str().into(),
            hour: hour(now, zone),
            metadata: api_keys::metadata(self.metadata, &["body", "facts", "metadata"], findings),
        }
    }
}

/// Bytes of all texts of a message.
fn text_bytes(message: &Value) -> u64 {
    match message.get("content") {
        Some(Value::String(text)) => text.len() as u64,
        Some(Value::Array(parts)) => {
            let texts = parts.iter().filter_map(|part| part.get("text").and_then(Value::as_str));
            texts.map(|text| text.len() as u64).sum()
        }
        _ => 0,
    }
}

pub(crate) fn scalar(body: &Map<String, Value>, path: &str) -> Option<Scalar> {
    let mut steps = path.split('.');
    let mut value = body.get(steps.next()?)?;
    for step in steps {
        value = match value {
            Value::Array(list) => list.get(step.parse::<usize>().ok()?)?,
            other => other.get(step)?,
        };
    }
    match value {
        Value::Bool(flag) => Some(Scalar::Bool(*flag)),
        Value::Number(number) => number.as_f64().map(Scalar::Number),
        Value::String(text) => Some(Scalar::text(text.as_str())),
        _ => None,
    }
}

pub(crate) fn hour(now: UnixMs, zone: &str) -> u8 {
    let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
    let at = Timestamp::from_millisecond(now.0).unwrap_or(Timestamp::UNIX_EPOCH);
    u8::try_from(at.to_zoned(zone).hour()).unwrap_or(0)
}
