//! From a record to the columns that filters and orders read.

use std::collections::BTreeMap;

use waypost_store::{
    StoreError,
    journaled::{MetadataView, RecordView, RouteView},
};
use waypost_types::{Metadata, RequestId, Surface, record::RequestOutcome};

use super::multi::{Multi, Statement};
use crate::error::corrupt;

/// The longest metadata value that filters compare, in bytes; a longer one is compared by its beginning.
const VALUE_BYTES_MAX: usize = 1024;
/// The longest text that a search reads per row, in bytes.
const SEARCH_BYTES_MAX: usize = 4096;
/// Between the steps of a trail, and between a step's element and its output.
pub(super) const STEP: char = '\u{1e}';
pub(super) const OUTPUT: char = '\u{1f}';

const COLUMNS: &str = "gw, created_at, id, kind, cost, tokens_in, tokens_out, duration, event_id, search_text, metadata, \
    block, place, sides, first_token, attempts";
const COLUMN_COUNT: usize = 16;

pub(super) fn insertion() -> Multi {
    Multi::rows(&format!("INSERT INTO logs ({COLUMNS}) VALUES"), COLUMN_COUNT, "")
}

/// Where the record, the prompt and the answer of a row lie.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) block: i64,
    pub(super) place: u32,
    /// Which of prompt and answer are in the block of the same number.
    pub(super) sides: i64,
}

/// Binds one row, in the order of [`COLUMNS`].
pub(super) fn bind(statement: Statement, gw: i64, kind: i64, record: &RecordView<'_>, at: Place) -> Statement {
    statement
        .bind(gw)
        .bind(record.created_at.0)
        .bind(id_bytes(record.id))
        .bind(kind)
        .bind(record.cost.map(|cost| cost.0))
        .bind(signed(record.usage.input_tokens))
        .bind(signed(record.usage.output_tokens))
        .bind(signed(record.duration_ms))
        .bind(record.event_id.as_deref())
        .bind(search_text(record.error_message.as_deref(), record.event_id.as_deref()))
        .bind(metadata_text(entries(&record.metadata)))
        .bind(at.block)
        .bind(i64::from(at.place))
        .bind(at.sides)
        .bind(record.first_token_ms.map(signed))
        .bind(signed(record.attempts.len() as u64))
}

/// Binds what rows of a kind have in common, in the order of its table from `request_content_type` on.
pub(super) fn bind_kind(statement: Statement, record: &RecordView<'_>) -> Statement {
    let route = record.route.as_ref();
    statement
        .bind(record.request_content_type.as_deref())
        .bind(record.response_content_type.as_deref())
        .bind(&*record.operation)
        .bind(i64::from(record.outcome == RequestOutcome::Success))
        .bind(i64::from(record.cached))
        .bind(&*record.provider)
        .bind(&*record.model)
        .bind(&*record.requested_model)
        .bind(i64::from(record.authenticated))
        .bind(i64::from(record.surface == Surface::Compat))
        .bind(record.user_agent.as_deref())
        .bind(i64::from(record.status))
        .bind(record.error_type.as_deref())
        .bind(outcome(record.outcome))
        .bind(route.map(|route| &*route.id))
        .bind(route.map(|route| i64::from(route.version)))
        .bind(route.map(trail))
        .bind(record.key_id.as_deref())
        .bind(record.key_label.as_deref())
        .bind(record.surface.as_str())
        .bind(i64::from(record.stream))
        .bind(i64::from(record.custom_cost))
        .bind(i64::from(record.has_no_price()))
        .bind(i64::from(record.simulated))
        .bind(kind_text(record))
}

pub(super) fn id_bytes(id: RequestId) -> Vec<u8> {
    id.to_bytes().to_vec()
}

pub(super) fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

pub(super) fn outcome(outcome: RequestOutcome) -> &'static str {
    match outcome {
        RequestOutcome::Success => "success",
        RequestOutcome::Refused => "refused",
        RequestOutcome::Failed => "failed",
        RequestOutcome::Interrupted => "interrupted",
        RequestOutcome::CallerLeft => "caller_left",
    }
}

/// `␞start␟next␞plan␟true␞`: every element and output once more in a form that a text comparison finds.
fn trail(route: &RouteView<'_>) -> String {
    let mut text = String::from(STEP);
    for step in &route.trail {
        text.extend(step.node.chars().filter(|letter| *letter != STEP && *letter != OUTPUT));
        text.push(OUTPUT);
        text.extend(step.output.chars().filter(|letter| *letter != STEP && *letter != OUTPUT));
        text.push(STEP);
    }
    text
}

/// What a search finds in all rows of a kind.
fn kind_text(record: &RecordView<'_>) -> String {
    joined(&[
        Some(&*record.model),
        Some(&*record.provider),
        Some(&*record.requested_model),
        record.route.as_ref().map(|route| &*route.name),
        record.error_type.as_deref(),
        record.key_label.as_deref(),
        record.user_agent.as_deref(),
    ])
    .unwrap_or_default()
}

/// What it finds in one row alone, beside its metadata; `None` for most rows.
pub(super) fn search_text(error_message: Option<&str>, event_id: Option<&str>) -> Option<String> {
    joined(&[error_message, event_id])
}

fn joined(fields: &[Option<&str>]) -> Option<String> {
    let mut text = String::new();
    for field in fields.iter().flatten().filter(|field| !field.is_empty()) {
        text.push_str(field);
        text.push(STEP);
    }
    cut(&mut text, SEARCH_BYTES_MAX);
    (!text.is_empty()).then_some(text)
}

/// Metadata as an object of texts; `None` without any.
pub(super) fn metadata_text<'a>(entries: impl Iterator<Item = (&'a str, &'a str)>) -> Option<String> {
    let mut text = String::new();
    for (key, value) in entries {
        text.push(if text.is_empty() { '{' } else { ',' });
        push_json(&mut text, key);
        text.push(':');
        push_json(&mut text, value);
    }
    if text.is_empty() {
        return None;
    }
    text.push('}');
    Some(text)
}

/// A text as it stands in JSON, with its quotes.
pub(super) fn push_json(out: &mut String, text: &str) {
    if text.bytes().all(|byte| !matches!(byte, b'"' | b'\\' | 0..0x20)) {
        out.push('"');
        out.push_str(text);
        out.push('"');
    } else {
        out.push_str(&serde_json::Value::from(text).to_string());
    }
}

/// The entries of a row's column.
pub(super) fn read_metadata(text: Option<&str>) -> Result<BTreeMap<String, String>, StoreError> {
    let Some(text) = text else { return Ok(BTreeMap::new()) };
    serde_json::from_str(text).map_err(|error| corrupt("logs.metadata", error))
}

/// Key and value of each entry as filters compare them.
pub(super) fn entries<'a>(metadata: &'a MetadataView<'_>) -> impl Iterator<Item = (&'a str, &'a str)> {
    metadata.0.iter().map(|(key, value)| (start(key, VALUE_BYTES_MAX), start(value, VALUE_BYTES_MAX)))
}

/// The same of metadata that was changed.
pub(super) fn metadata_rows(metadata: &Metadata) -> impl Iterator<Item = (String, String)> + '_ {
    metadata.0.iter().map(|(key, value)| {
        let value = value.canonical();
        (start(key, VALUE_BYTES_MAX).to_owned(), start(&value, VALUE_BYTES_MAX).to_owned())
    })
}

fn start(text: &str, bytes_max: usize) -> &str {
    text.get(..text.floor_char_boundary(bytes_max)).unwrap_or(text)
}

fn cut(text: &mut String, bytes_max: usize) {
    text.truncate(text.floor_char_boundary(bytes_max));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_count_of_columns_is_right() {
        assert_eq!(COLUMNS.split(',').count(), COLUMN_COUNT);
    }
}
