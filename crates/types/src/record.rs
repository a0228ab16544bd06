//! The record of one client request: what the log row, the counters and the analytics are derived from.
//!
//! It is written once, as JSON, into the journal with the request's last settlement or refusal. Every field has a
//! default, so that records of older releases still load (invariant I16); a field that has it is not written.

use serde::{Deserialize, Serialize};

use crate::{
    Booking, FaultClass, LimitKind, Metadata, PicoUsd, RequestId, Surface, Text, UnixMs, Usage, UsageSource, WireFormat,
};

/// How a request ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RequestOutcome {
    /// The caller has the whole answer.
    #[default]
    Success,
    /// The gateway refused: nothing was sent upstream.
    Refused,
    /// The last provider's error went to the caller, or nothing answered.
    Failed,
    /// The answer broke off after it had begun.
    Interrupted,
    /// The caller left before the end.
    CallerLeft,
}

/// How the cost is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CostSource {
    /// Tokens times the price table.
    Price,
    /// Tokens times the caller's custom cost, or its flat total.
    Custom,
    /// The flat amount that the gateway books for models without a price.
    Flat,
    /// No price: unknown, never shown as zero.
    #[default]
    Unknown,
    /// Settled at its estimate after a crash.
    Recovered,
    /// Nothing was asked of a provider.
    None,
}

/// One row of the log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RequestRecord {
    /// Id of the request and of its row.
    pub id: RequestId,
    /// Account name.
    pub account: Text,
    /// Gateway id.
    pub gateway: Text,
    /// When the request came.
    pub created_at: UnixMs,
    /// URL family.
    pub surface: Surface,
    /// Path as called, without query.
    #[serde(default, skip_serializing_if = "is_default")]
    pub path: String,
    /// `chat` or `other`.
    #[serde(default, skip_serializing_if = "is_default")]
    pub operation: Text,
    /// The caller's format, where it is one we speak.
    #[serde(default, skip_serializing_if = "is_default")]
    pub format: Option<WireFormat>,
    /// The `model` that the caller named.
    #[serde(default, skip_serializing_if = "is_default")]
    pub requested_model: Text,
    /// Provider that served, `unknown` when none did.
    #[serde(default, skip_serializing_if = "is_default")]
    pub provider: Text,
    /// Model that served, or the requested one when none did.
    #[serde(default, skip_serializing_if = "is_default")]
    pub model: Text,
    /// HTTP status the caller got.
    #[serde(default, skip_serializing_if = "is_default")]
    pub status: u16,
    /// How it ended.
    #[serde(default, skip_serializing_if = "is_default")]
    pub outcome: RequestOutcome,
    /// Our word for the error (`rate_limited` …).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_type: Option<Text>,
    /// Its number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_code: Option<u32>,
    /// Its words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_message: Option<String>,
    /// The caller asked for a stream.
    #[serde(default, skip_serializing_if = "is_default")]
    pub stream: bool,
    /// Answered from the cache.
    #[serde(default, skip_serializing_if = "is_default")]
    pub cached: bool,
    /// Served by the mock provider: simulated money, kept out of real totals.
    #[serde(default, skip_serializing_if = "is_default")]
    pub simulated: bool,
    /// Tokens of the answer that was served, and of attempts that broke off.
    #[serde(default, skip_serializing_if = "is_default")]
    pub usage: Usage,
    /// Where the tokens come from; `None` when no model was called.
    #[serde(default, skip_serializing_if = "is_default")]
    pub usage_source: Option<UsageSource>,
    /// Cost of all attempts; `None` when unknown.
    #[serde(default, skip_serializing_if = "is_default")]
    pub cost: Option<PicoUsd>,
    /// How the cost is known.
    #[serde(default, skip_serializing_if = "is_default")]
    pub cost_source: CostSource,
    /// The request carried its own prices.
    #[serde(default, skip_serializing_if = "is_default")]
    pub custom_cost: bool,
    /// Those prices, where they were per token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub custom_prices: Option<CustomPrices>,
    /// The estimate that the last attempt reserved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost_estimate: Option<PicoUsd>,
    /// Milliseconds from the request's arrival to the end of the answer.
    #[serde(default, skip_serializing_if = "is_default")]
    pub duration_ms: u64,
    /// Milliseconds to the first token or first byte of the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_token_ms: Option<u64>,
    /// Microseconds of our own up to the headers.
    #[serde(default, skip_serializing_if = "is_default")]
    pub overhead_us: u64,
    /// Metadata as routing saw it.
    #[serde(default, skip_serializing_if = "is_default")]
    pub metadata: Metadata,
    /// Keys of the metadata that the API key set.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pinned_metadata: Vec<Text>,
    /// Id of the API key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_id: Option<Text>,
    /// Label of the API key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_label: Option<Text>,
    /// Authentication was required and passed.
    #[serde(default, skip_serializing_if = "is_default")]
    pub authenticated: bool,
    /// A stored provider key was used.
    #[serde(default, skip_serializing_if = "is_default")]
    pub byok: bool,
    /// Route, version and what the walk passed; absent for plain calls.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub route: Option<RouteRecord>,
    /// Every upstream call, in order.
    #[serde(default, skip_serializing_if = "is_default")]
    pub attempts: Vec<AttemptRecord>,
    /// Request counts booked by limits, that no `open` event carries.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub counts: Vec<Booking>,
    /// What a conversion between formats could not carry (invariant I12), and other remarks: dropped metadata, capped
    /// usage, replaced bytes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// Index of the universal step that answered.
    #[serde(default, skip_serializing_if = "is_default")]
    pub step: u32,
    /// The caller's own id for the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_id: Option<String>,
    /// User agent of the caller.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_agent: Option<String>,
    /// Content type of the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_content_type: Option<Text>,
    /// Content type of the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response_content_type: Option<Text>,
    /// Bytes of the request body.
    #[serde(default, skip_serializing_if = "is_default")]
    pub request_bytes: u64,
    /// Bytes of the answer's body as the caller got them.
    #[serde(default, skip_serializing_if = "is_default")]
    pub response_bytes: u64,
    /// False when the caller or the gateway switched the log row off: money is booked, the row is not kept.
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub keep_row: bool,
}

impl RequestRecord {
    /// A request of which only its arrival is known.
    pub fn arrived(id: RequestId, created_at: UnixMs, surface: Surface) -> Self {
        Self {
            id,
            account: Text::default(),
            gateway: Text::default(),
            created_at,
            surface,
            path: String::new(),
            operation: Text::default(),
            format: None,
            requested_model: Text::default(),
            provider: Text::default(),
            model: Text::default(),
            status: 0,
            outcome: RequestOutcome::default(),
            error_type: None,
            error_code: None,
            error_message: None,
            stream: false,
            cached: false,
            simulated: false,
            usage: Usage::default(),
            usage_source: None,
            cost: None,
            cost_source: CostSource::None,
            custom_cost: false,
            custom_prices: None,
            cost_estimate: None,
            duration_ms: 0,
            first_token_ms: None,
            overhead_us: 0,
            metadata: Metadata::default(),
            pinned_metadata: Vec::new(),
            key_id: None,
            key_label: None,
            authenticated: false,
            byok: false,
            route: None,
            attempts: Vec::new(),
            counts: Vec::new(),
            notes: Vec::new(),
            step: 0,
            event_id: None,
            user_agent: None,
            request_content_type: None,
            response_content_type: None,
            request_bytes: 0,
            response_bytes: 0,
            keep_row: true,
        }
    }
}

fn yes() -> bool {
    true
}

fn is_yes(yes: &bool) -> bool {
    *yes
}

/// What is read as the same when it is missing need not be written: most fields of most records.
fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// Prices per token that a request carried itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomPrices {
    /// Per input token.
    pub input: PicoUsd,
    /// Per output token.
    pub output: PicoUsd,
    /// Per token read from a prompt cache, where it has its own price.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache_read: Option<PicoUsd>,
    /// Per token written to a prompt cache, where it has its own price.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache_write: Option<PicoUsd>,
}

/// The dynamic route of a request.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct RouteRecord {
    /// Id of the route.
    pub id: Text,
    /// Its name at that time.
    pub name: Text,
    /// Id of the version.
    pub version_id: Text,
    /// Number of the version, from 1; 0 when the Playground walked the draft.
    pub version: u32,
    /// What the walk passed, in order.
    pub trail: Vec<TrailStep>,
}

/// One element that the walk passed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct TrailStep {
    /// Element id.
    pub node: Text,
    /// Its JSON type: `start`, `conditional`, `percentage`, `rate`, `model`, `end`.
    pub kind: Text,
    /// The output taken; empty where the walk ended.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub output: Text,
    /// Why, in words: `metadata.user_id is "user-anna", not "user-admin"`.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub reason: Text,
    /// Values it saw: operand and text.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<(Text, Text)>,
    /// The number drawn in 0..1, for a split.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub draw: Option<f64>,
    /// The bucket asked, for a limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<LimitTrail>,
}

/// What a limit node saw.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LimitTrail {
    /// The counter.
    pub bucket: crate::BucketId,
    /// Requests or money.
    pub kind: LimitKind,
    /// Canonical key value; `None` for everyone together or a missing key.
    pub key: Option<Text>,
    /// The limit, in requests or 10⁻¹² USD.
    pub limit: i64,
    /// Used before this request, reserved amounts included.
    pub used: i64,
    /// Reserved or counted for this request.
    pub asked: i64,
    /// Only watching: it would have been refused, and went on.
    #[serde(default, skip_serializing_if = "is_default")]
    pub would_refuse: bool,
}

/// One upstream call.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct AttemptRecord {
    /// 0 for the first call of the request.
    #[serde(skip_serializing_if = "is_default")]
    pub index: u16,
    /// Element id of the model node.
    pub node: Text,
    /// Provider slug.
    pub provider: Text,
    /// Model name as sent.
    pub model: Text,
    /// Milliseconds after the request's arrival.
    #[serde(skip_serializing_if = "is_default")]
    pub started_ms: u64,
    /// Milliseconds until the connection was up; 0 for a pooled one.
    #[serde(skip_serializing_if = "is_default")]
    pub connect_ms: u64,
    /// Milliseconds from its start to the first token or byte.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_token_ms: Option<u64>,
    /// Milliseconds from its start to its end.
    #[serde(skip_serializing_if = "is_default")]
    pub duration_ms: u64,
    /// Status the provider answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// What failed; `None` for the one that served.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fault: Option<FaultClass>,
    /// In words.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub detail: String,
    /// Tokens.
    #[serde(skip_serializing_if = "is_default")]
    pub usage: Usage,
    /// Where the tokens come from.
    #[serde(skip_serializing_if = "is_default")]
    pub usage_source: UsageSource,
    /// Cost; `None` when unknown.
    #[serde(skip_serializing_if = "is_default")]
    pub cost: Option<PicoUsd>,
    /// How the cost is known.
    #[serde(skip_serializing_if = "is_default")]
    pub cost_source: CostSource,
    /// The estimate reserved.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub estimate: Option<PicoUsd>,
}
