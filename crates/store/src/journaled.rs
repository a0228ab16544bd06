//! A record as the journal hands it out: its text, which is stored as it is, and what is read of it on the way.
//!
//! Reading borrows from the text, and what nobody asks for is skipped: a record is read once for each request that the
//! gateway serves, beside the traffic. The whole record is [`waypost_types::record::RequestRecord`].

mod compact;

use std::{borrow::Cow, fmt, ops::Deref};

use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, MapAccess, Visitor},
};
use waypost_types::{
    Booking, PicoUsd, RequestId, Scalar, Surface, UnixMs, Usage,
    record::{CostSource, RequestOutcome},
};

/// A record with its text.
#[derive(Clone, Debug, PartialEq)]
pub struct Journaled<'a> {
    /// JSON on one line, as the data plane wrote it.
    pub json: &'a str,
    /// What is read of it.
    pub record: RecordView<'a>,
}

impl<'a> Journaled<'a> {
    /// Reads the record of a request.
    ///
    /// # Errors
    /// The text is no record.
    pub fn read(json: &'a [u8]) -> Result<Self, serde_json::Error> {
        let json = std::str::from_utf8(json).map_err(serde::de::Error::custom)?;
        Ok(Self { json, record: RecordView::read(json)? })
    }
}

/// What rows, counters and figures are made of. Fields mean what they mean in the record.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[expect(missing_docs, reason = "the record documents them")]
pub struct RecordView<'a> {
    pub id: RequestId,
    #[serde(borrow)]
    pub account: Quote<'a>,
    #[serde(borrow)]
    pub gateway: Quote<'a>,
    pub created_at: UnixMs,
    pub surface: Surface,
    #[serde(borrow, default)]
    pub operation: Quote<'a>,
    #[serde(borrow, default)]
    pub requested_model: Quote<'a>,
    #[serde(borrow, default)]
    pub provider: Quote<'a>,
    #[serde(borrow, default)]
    pub model: Quote<'a>,
    #[serde(default)]
    pub status: u16,
    #[serde(default)]
    pub outcome: RequestOutcome,
    #[serde(borrow, default)]
    pub error_type: Option<Quote<'a>>,
    #[serde(borrow, default)]
    pub error_message: Option<Quote<'a>>,
    #[serde(default)]
    pub stream: bool,
    #[serde(default)]
    pub cached: bool,
    #[serde(default)]
    pub simulated: bool,
    #[serde(default)]
    pub usage: Usage,
    #[serde(default)]
    pub cost: Option<PicoUsd>,
    #[serde(default)]
    pub cost_source: CostSource,
    #[serde(default)]
    pub custom_cost: bool,
    #[serde(default)]
    pub duration_ms: u64,
    #[serde(default)]
    pub first_token_ms: Option<u64>,
    #[serde(borrow, default)]
    pub metadata: MetadataView<'a>,
    #[serde(borrow, default)]
    pub key_id: Option<Quote<'a>>,
    #[serde(borrow, default)]
    pub key_label: Option<Quote<'a>>,
    #[serde(default)]
    pub authenticated: bool,
    #[serde(borrow, default)]
    pub route: Option<RouteView<'a>>,
    #[serde(borrow, default)]
    pub attempts: Vec<AttemptView<'a>>,
    #[serde(default)]
    pub counts: Vec<Booking>,
    #[serde(borrow, default)]
    pub event_id: Option<Quote<'a>>,
    #[serde(borrow, default)]
    pub user_agent: Option<Quote<'a>>,
    #[serde(borrow, default)]
    pub request_content_type: Option<Quote<'a>>,
    #[serde(borrow, default)]
    pub response_content_type: Option<Quote<'a>>,
    #[serde(default = "yes")]
    pub keep_row: bool,
}

fn yes() -> bool {
    true
}

/// The route of a request.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the record documents them")]
pub struct RouteView<'a> {
    #[serde(borrow)]
    pub id: Quote<'a>,
    #[serde(borrow)]
    pub name: Quote<'a>,
    pub version: u32,
    #[serde(borrow)]
    pub trail: Vec<StepView<'a>>,
}

/// One element that the walk passed.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the record documents them")]
pub struct StepView<'a> {
    #[serde(borrow)]
    pub node: Quote<'a>,
    #[serde(borrow)]
    pub output: Quote<'a>,
    pub limit: Option<LimitView>,
}

/// What a limit said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the record documents them")]
pub struct LimitView {
    pub would_refuse: bool,
}

/// One upstream call.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the record documents them")]
pub struct AttemptView<'a> {
    #[serde(borrow)]
    pub node: Quote<'a>,
    #[serde(borrow)]
    pub provider: Quote<'a>,
    #[serde(borrow)]
    pub model: Quote<'a>,
    pub status: Option<u16>,
    pub first_token_ms: Option<u64>,
    pub duration_ms: u64,
    pub cost: Option<PicoUsd>,
    #[serde(rename = "fault", deserialize_with = "is_there")]
    pub failed: bool,
}

/// Something stands there, whatever it is.
fn is_there<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    Option::<IgnoredAny>::deserialize(deserializer).map(|found| found.is_some())
}

/// Text that points into the record where it stands there without escapes, which is nearly always.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Quote<'a>(pub Cow<'a, str>);

/// Keys and values in the one text that each value has ([`Scalar::canonical`]).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MetadataView<'a>(pub Vec<(Quote<'a>, Quote<'a>)>);

// === impl RecordView ===

impl<'a> RecordView<'a> {
    /// Reads the record of a request.
    ///
    /// # Errors
    /// The text is no record.
    pub fn read(json: &'a str) -> Result<Self, serde_json::Error> {
        compact::read(json).or_else(|_| serde_json::from_str(json))
    }
}

impl RecordView<'_> {
    /// A model was asked and nobody knows what it cost.
    pub fn has_no_price(&self) -> bool {
        self.cost.is_none() && self.cost_source == CostSource::Unknown && !self.attempts.is_empty()
    }
}

// === impl Quote ===

impl Deref for Quote<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Quote<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Borrowing;
        impl<'de> Visitor<'de> for Borrowing {
            type Value = Quote<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Quote(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Quote(Cow::Owned(text.to_owned())))
            }
        }
        deserializer.deserialize_str(Borrowing)
    }
}

// === impl MetadataView ===

impl<'de: 'a, 'a> Deserialize<'de> for MetadataView<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries;
        impl<'de> Visitor<'de> for Entries {
            type Value = MetadataView<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a flat object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut entries = Vec::new();
                while let Some((key, Value(value))) = map.next_entry::<Quote<'de>, Value<'de>>()? {
                    // Of a key that stands twice the last one counts.
                    match entries.iter_mut().find(|(known, _): &&mut (Quote<'de>, _)| *known == key) {
                        Some(entry) => entry.1 = value,
                        None => entries.push((key, value)),
                    }
                }
                Ok(MetadataView(entries))
            }
        }
        deserializer.deserialize_map(Entries)
    }
}

/// A flat value as its one text.
struct Value<'a>(Quote<'a>);

impl<'de: 'a, 'a> Deserialize<'de> for Value<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Canonical;
        impl Canonical {
            fn of<'de>(scalar: &Scalar) -> Value<'de> {
                Value(Quote(Cow::Owned(scalar.to_string())))
            }
        }
        impl<'de> Visitor<'de> for Canonical {
            type Value = Value<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text, a number or a boolean")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Value(Quote(Cow::Borrowed(text))))
            }

            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Value(Quote(Cow::Owned(text.to_owned()))))
            }

            fn visit_bool<E>(self, value: bool) -> Result<Self::Value, E> {
                Ok(Self::of(&Scalar::Bool(value)))
            }

            fn visit_i64<E>(self, value: i64) -> Result<Self::Value, E> {
                Ok(Self::of(&Scalar::Number(value as f64)))
            }

            fn visit_u64<E>(self, value: u64) -> Result<Self::Value, E> {
                Ok(Self::of(&Scalar::Number(value as f64)))
            }

            fn visit_f64<E>(self, value: f64) -> Result<Self::Value, E> {
                Ok(Self::of(&Scalar::Number(value)))
            }
        }
        deserializer.deserialize_any(Canonical)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use waypost_types::record::RequestRecord;

    use super::*;

    #[test]
    fn what_is_read_is_what_the_record_says() {
        let json = json!({
            "id": RequestId::new(UnixMs(1_795_176_000_000), 7), "account": "default", "gateway": "g\"1",
            "created_at": 1_795_176_000_000_i64, "surface": "compat", "operation": "chat", "status": 429,
            "outcome": "refused", "usage": {"input_tokens": 3, "output_tokens": 4}, "cost": 12, "unheard_of": {"a": [1]},
            "metadata": {"user": "an\u{e9}", "n": 1.50, "whole": 3, "yes": true, "tab": "a\tb"},
            "route": {"id": "r", "name": "smart", "version": 3, "trail": [{"node": "start", "output": "next", "draw": 0.5}]},
            "attempts": [{"provider": "openai", "model": "m", "status": 200, "cost": null}],
        })
        .to_string();
        let whole: RequestRecord = serde_json::from_str(&json).unwrap();
        let Journaled { record, json: text } = Journaled::read(json.as_bytes()).unwrap();
        assert_eq!(text, json);
        assert_eq!((record.id, &*record.gateway, record.status), (whole.id, "g\"1", 429));
        assert_eq!((record.outcome, record.usage, record.cost), (whole.outcome, whole.usage, whole.cost));
        let read: Vec<_> = record.metadata.0.iter().map(|(key, value)| (&**key, value.to_string())).collect();
        let canonical: Vec<_> =
            whole.metadata.0.iter().map(|(key, value)| (&**key, value.canonical().to_string())).collect();
        assert_eq!(read, canonical);
        assert_eq!(record.route.as_ref().map(|route| (&*route.name, route.trail.len())), Some(("smart", 1)));
        assert!(record.keep_row && !record.has_no_price());
        assert_eq!(record.attempts.len(), 1);
    }

    #[test]
    fn text_that_is_not_utf_8_is_no_record() {
        let mut json = json!({"id": RequestId::new(UnixMs(1), 7), "account": "a", "gateway": "g", "created_at": 1,
            "surface": "compat", "later": "x"})
        .to_string()
        .into_bytes();
        assert!(Journaled::read(&json).is_ok());
        let at = json.iter().rposition(|byte| *byte == b'x').unwrap();
        json[at] = 0xff;
        assert!(Journaled::read(&json).is_err());
    }
}
