//! A log row as the API shows it: Cloudflare's members, and Waypost's in the object `waypost`.

use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;
use waypost_store::log::{LogRow, Payload};
use waypost_types::{
    LimitKind, Metadata, PicoUsd,
    record::{AttemptRecord, CustomPrices, LimitTrail, RequestOutcome, RouteRecord, TrailStep},
};

use crate::{ids::rfc3339, limits::HEAD_BYTES};

/// A log row.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LogView {
    /// Id of the request.
    id: String,
    /// When it came.
    created_at: String,
    /// Provider that served.
    provider: String,
    /// Model that served.
    model: String,
    /// What was asked.
    model_type: String,
    /// The same.
    request_type: String,
    /// Path as called.
    path: String,
    /// Milliseconds.
    duration: u64,
    /// Of the request.
    request_content_type: Option<String>,
    /// Of the answer.
    response_content_type: Option<String>,
    /// Status that the caller got.
    status_code: u16,
    /// The caller has the whole answer.
    success: bool,
    /// Answered from the cache.
    cached: bool,
    /// Input tokens; null when no model was called.
    tokens_in: Option<u64>,
    /// Output tokens; null when no model was called.
    tokens_out: Option<u64>,
    /// Dollars; null when it is not known.
    #[schema(value_type = Option<f64>)]
    cost: Option<Value>,
    /// The request carried its own prices.
    custom_cost: bool,
    /// What the request carried and what was added; null when there is none.
    #[schema(value_type = Option<Object>)]
    metadata: Option<Metadata>,
    /// Index of the step that answered.
    step: u32,
    /// The caller's own id.
    event_id: Option<String>,
    /// -1, 0 or 1.
    feedback: Option<i8>,
    /// 0 to 100.
    score: Option<u8>,
    /// Tokens by kind.
    #[schema(value_type = Object)]
    usage_metadata: Value,
    /// Milliseconds: `total` and `latency`, to the first token.
    #[schema(value_type = Object)]
    timings: Value,
    /// Authentication was required and passed.
    authentication: bool,
    /// Paid through credits of the vendor; never here.
    wholesale: bool,
    /// A stored provider key was used.
    byok: bool,
    /// Of the caller.
    user_agent: Option<String>,
    /// Empty in lists; `/request` has it.
    request: &'static str,
    /// Empty in lists; `/response` has it.
    response: &'static str,
    /// Outcome, route with trail, attempts, and how tokens and cost are known. Amounts are dollars.
    #[schema(value_type = Object)]
    waypost: Value,
}

/// A log row with the beginnings of prompt and answer.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LogDetailView {
    #[serde(flatten)]
    row: LogView,
    /// Bytes of the prompt.
    request_size: u64,
    /// Bytes of the answer.
    response_size: u64,
    #[serde(flatten)]
    heads: Option<HeadsView>,
}

/// The beginnings of prompt and answer, for roles that may read them.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(crate) struct HeadsView {
    /// The prompt's beginning; empty when it was not stored.
    request_head: String,
    /// Nothing is missing.
    request_head_complete: bool,
    /// The answer's beginning; empty when it was not stored.
    response_head: String,
    /// Nothing is missing.
    response_head_complete: bool,
}

pub(super) fn view(row: LogRow) -> LogView {
    let metadata = Some(row.metadata()).filter(|metadata| !metadata.0.is_empty());
    let waypost = waypost(&row);
    let record = row.record;
    let was_called = record.usage_source.is_some() || record.cached;
    LogView {
        id: record.id.to_string(),
        created_at: rfc3339(record.created_at),
        model_type: record.operation.to_string(),
        request_type: record.operation.into(),
        path: record.path,
        duration: record.duration_ms,
        request_content_type: record.request_content_type.map(Into::into),
        response_content_type: record.response_content_type.map(Into::into),
        status_code: record.status,
        success: record.outcome == RequestOutcome::Success,
        cached: record.cached,
        tokens_in: was_called.then_some(record.usage.input_tokens),
        tokens_out: was_called.then_some(record.usage.output_tokens),
        cost: dollars(record.cost),
        custom_cost: record.custom_cost,
        metadata,
        step: record.step,
        event_id: record.event_id,
        feedback: row.feedback,
        score: row.score,
        usage_metadata: json!({
            "input_tokens": record.usage.input_tokens,
            "output_tokens": record.usage.output_tokens,
            "total_tokens": record.usage.total_tokens(),
            "output_reasoning_tokens": record.usage.reasoning_tokens,
            "input_cached_tokens": record.usage.cache_read_tokens,
            "input_cache_write_tokens": record.usage.cache_write_tokens,
        }),
        timings: json!({"total": record.duration_ms, "latency": record.first_token_ms}),
        authentication: record.authenticated,
        wholesale: false,
        byok: record.byok,
        user_agent: record.user_agent,
        request: "",
        response: "",
        waypost,
        provider: record.provider.into(),
        model: record.model.into(),
    }
}

pub(super) fn detail(row: LogRow, heads: Option<HeadsView>) -> LogDetailView {
    LogDetailView {
        request_size: row.record.request_bytes,
        response_size: row.record.response_bytes,
        row: view(row),
        heads,
    }
}

impl HeadsView {
    pub(super) fn of(request: Option<&Payload>, response: Option<&Payload>) -> Self {
        let text = |payload: Option<&Payload>| {
            let bytes = payload.map(|payload| payload.body.get(..HEAD_BYTES).unwrap_or(&payload.body));
            String::from_utf8_lossy(bytes.unwrap_or_default()).into_owned()
        };
        let is_complete = |payload: Option<&Payload>| payload.is_some_and(Payload::is_complete);
        Self {
            request_head: text(request),
            request_head_complete: is_complete(request),
            response_head: text(response),
            response_head_complete: is_complete(response),
        }
    }
}

fn dollars(amount: Option<PicoUsd>) -> Option<Value> {
    amount.map(PicoUsd::to_json_number)
}

fn waypost(row: &LogRow) -> Value {
    let record = &row.record;
    json!({
        "outcome": record.outcome,
        "error": record.error_type.as_ref().map(|kind| json!({
            "type": kind, "code": record.error_code, "message": record.error_message,
        })),
        "surface": record.surface.as_str(),
        "format": record.format,
        "requested_model": record.requested_model,
        "stream": record.stream,
        "simulated": record.simulated,
        "usage_source": record.usage_source,
        "cost_source": record.cost_source,
        "cost_estimate": dollars(record.cost_estimate),
        "custom_prices": record.custom_prices.as_ref().map(custom_prices),
        "first_token_ms": record.first_token_ms,
        "overhead_us": record.overhead_us,
        "key": record.key_id.as_ref().map(|id| json!({"id": id, "label": record.key_label})),
        "pinned_metadata": record.pinned_metadata,
        "added_metadata": row.extra_metadata,
        "route": record.route.as_ref().map(route),
        "attempts": record.attempts.iter().map(attempt).collect::<Vec<_>>(),
        "notes": record.notes,
        "has_request": row.has_request,
        "has_response": row.has_response,
    })
}

/// In dollars, by the names of the header; a price that was not sent is not there.
fn custom_prices(prices: &CustomPrices) -> Value {
    let named = [
        ("per_token_in", Some(prices.input)),
        ("per_token_out", Some(prices.output)),
        ("per_cache_read_token", prices.cache_read),
        ("per_cache_write_token", prices.cache_write),
    ];
    named
        .into_iter()
        .filter_map(|(name, price)| Some((name.to_owned(), dollars(price)?)))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

fn route(route: &RouteRecord) -> Value {
    json!({
        "id": route.id,
        "name": route.name,
        "version_id": route.version_id,
        "version": route.version,
        "trail": route.trail.iter().map(step).collect::<Vec<_>>(),
    })
}

/// One step of a trail with amounts in dollars.
pub(crate) fn step(step: &TrailStep) -> Value {
    let mut value = serde_json::to_value(step).unwrap_or_default();
    if let (Some(members), Some(limit)) = (value.as_object_mut(), &step.limit) {
        members.insert("limit".to_owned(), limit_view(limit));
    }
    value
}

fn limit_view(limit: &LimitTrail) -> Value {
    let amount = |amount: i64| match limit.kind {
        LimitKind::Count => Value::from(amount),
        LimitKind::Cost => PicoUsd(amount).to_json_number(),
    };
    json!({
        "bucket": limit.bucket,
        "kind": limit.kind,
        "key": limit.key,
        "limit": amount(limit.limit),
        "used": amount(limit.used),
        "asked": amount(limit.asked),
        "would_refuse": limit.would_refuse,
    })
}

fn attempt(attempt: &AttemptRecord) -> Value {
    let mut value = serde_json::to_value(attempt).unwrap_or_default();
    if let Some(members) = value.as_object_mut() {
        members.insert("cost".to_owned(), dollars(attempt.cost).unwrap_or_default());
        if let Some(estimate) = dollars(attempt.estimate) {
            members.insert("estimate".to_owned(), estimate);
        }
    }
    value
}
