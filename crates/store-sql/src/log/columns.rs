//! From a record to the columns that filters and orders read.

use waypost_store::journaled::{MetadataView, RecordView, RouteView};
use waypost_types::{
    Metadata, RequestId, Surface,
    record::{RequestOutcome, RequestRecord},
};

use super::multi::{Multi, Statement};

/// The longest metadata value that filters compare, in bytes; a longer one is compared by its beginning.
const VALUE_BYTES_MAX: usize = 1024;
/// The longest text that a search reads per row, in bytes.
const SEARCH_BYTES_MAX: usize = 4096;
/// Between the steps of a trail, and between a step's element and its output.
pub(super) const STEP: char = '\u{1e}';
pub(super) const OUTPUT: char = '\u{1f}';

const COLUMNS: &str = "gw, created_at, id, request_content_type, response_content_type, operation, success, cached, \
    provider, model, requested_model, cost, tokens_in, tokens_out, tokens, duration, event_id, authenticated, compat, \
    user_agent, status, error_type, outcome, route_id, version, trail, key_id, key_label, surface, stream, custom_cost, \
    no_price, simulated, search_text, block, place, sides";
const COLUMN_COUNT: usize = 37;

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
pub(super) fn bind(statement: Statement, gw: i64, record: &RecordView<'_>, at: Place) -> Statement {
    let route = record.route.as_ref();
    statement
        .bind(gw)
        .bind(record.created_at.0)
        .bind(id_bytes(record.id))
        .bind(record.request_content_type.as_deref())
        .bind(record.response_content_type.as_deref())
        .bind(&*record.operation)
        .bind(i64::from(record.outcome == RequestOutcome::Success))
        .bind(i64::from(record.cached))
        .bind(&*record.provider)
        .bind(&*record.model)
        .bind(&*record.requested_model)
        .bind(record.cost.map(|cost| cost.0))
        .bind(signed(record.usage.input_tokens))
        .bind(signed(record.usage.output_tokens))
        .bind(signed(record.usage.total_tokens()))
        .bind(signed(record.duration_ms))
        .bind(record.event_id.as_deref())
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
        .bind(search_text_of(record))
        .bind(at.block)
        .bind(i64::from(at.place))
        .bind(at.sides)
}

pub(super) fn id_bytes(id: RequestId) -> Vec<u8> {
    id.to_bytes().to_vec()
}

pub(super) fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

fn outcome(outcome: RequestOutcome) -> &'static str {
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

/// Everything that a search looks at.
fn search_text_of(record: &RecordView<'_>) -> String {
    search_text(
        [
            Some(&*record.model),
            Some(&*record.provider),
            Some(&*record.requested_model),
            record.route.as_ref().map(|route| &*route.name),
            record.error_type.as_deref(),
            record.error_message.as_deref(),
            record.key_label.as_deref(),
            record.event_id.as_deref(),
            record.user_agent.as_deref(),
        ],
        entries(&record.metadata),
    )
}

/// The same for a row whose metadata was added to.
pub(super) fn changed_search_text(record: &RequestRecord, metadata: &Metadata) -> String {
    let metadata = metadata_rows(metadata).collect::<Vec<_>>();
    search_text(
        [
            Some(&*record.model),
            Some(&*record.provider),
            Some(&*record.requested_model),
            record.route.as_ref().map(|route| &*route.name),
            record.error_type.as_deref(),
            record.error_message.as_deref(),
            record.key_label.as_deref(),
            record.event_id.as_deref(),
            record.user_agent.as_deref(),
        ],
        metadata.iter().map(|(name, value)| (&**name, &**value)),
    )
}

fn search_text<'a>(fields: [Option<&str>; 9], metadata: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let mut text = String::with_capacity(256);
    for field in fields.into_iter().flatten().filter(|field| !field.is_empty()) {
        text.push_str(field);
        text.push(STEP);
    }
    for (name, value) in metadata {
        text.push_str(name);
        text.push(OUTPUT);
        text.push_str(value);
        text.push(STEP);
    }
    cut(&mut text, SEARCH_BYTES_MAX);
    text
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
