//! Log rows, stored prompts and answers, and the money events below them.

use std::borrow::Cow;

use waypost_money::event::Event;
use waypost_types::{Metadata, PicoUsd, RequestId, UnixMs, record::RequestRecord};

use crate::{
    GatewayRef, StoreFuture,
    filter::Filter,
    insight::LogInsight,
    journaled::Journaled,
    ledger::{Checkpoint, JournalPosition, LedgerDifference},
    settings::LogStrategy,
};

/// The most bytes of one stored prompt or answer before compression, whatever the gateway's setting says.
pub const PAYLOAD_BYTES_MAX: usize = 16 << 20;
/// The most rows on one page of a list.
pub const ROWS_PER_PAGE_MAX: u32 = 200;
/// Beyond this number, rows that match filters are not counted on; see [`LogPage::total_is_capped`].
pub const COUNTED_ROWS_MAX: u64 = 100_000;

/// What the drainer of the journal stores in one transaction. Everything in it may come twice: a row, an event or a
/// payload that is already there changes nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Batch<'a> {
    /// One per finished request. With `keep_row` off only its counts are booked.
    pub records: Vec<Journaled<'a>>,
    /// Money events, in the order of their journal stream. An end may come before its open.
    pub events: Vec<Event>,
    /// Prompts and answers.
    pub payloads: Vec<PayloadRecord<'a>>,
    /// How far the journal is stored with this batch.
    pub positions: Vec<JournalPosition>,
}

/// What became of a batch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// New rows.
    pub rows: u64,
    /// Rows that [`LogStrategy::StopInserting`] kept out.
    pub rows_stopped: u64,
    /// New money events.
    pub events: u64,
    /// New payloads.
    pub payloads: u64,
    /// Rows, events and payloads that were there already.
    pub repeated: u64,
    /// Ends of attempts that had another end before (M3): not booked, to be alerted on.
    pub second_ends: u64,
}

/// Which way a payload went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Side {
    /// From the caller.
    Request,
    /// To the caller.
    Response,
}

/// A prompt or an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PayloadRecord<'a> {
    /// Its request.
    pub request: RequestId,
    /// The account of the request.
    pub account: &'a str,
    /// The gateway of the request.
    pub gateway: &'a str,
    /// When the request came.
    pub created_at: UnixMs,
    /// Which way it went.
    pub side: Side,
    /// Its content type.
    pub content_type: Option<&'a str>,
    /// Its bytes, not compressed, cut to the gateway's bound.
    pub body: Cow<'a, [u8]>,
    /// Bytes that it had before it was cut.
    pub full_bytes: u64,
}

/// A stored prompt or answer, as far as it was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payload {
    /// Its content type.
    pub content_type: Option<String>,
    /// Bytes from its beginning.
    pub body: Vec<u8>,
    /// Bytes that are stored.
    pub stored_bytes: u64,
    /// Bytes that the caller sent or got; more than are stored when it was cut.
    pub full_bytes: u64,
}

impl Payload {
    /// Nothing is missing, neither cut when it was stored nor now.
    pub fn is_complete(&self) -> bool {
        self.body.len() as u64 == self.full_bytes
    }
}

/// One row of the log.
#[derive(Clone, Debug, PartialEq)]
pub struct LogRow {
    /// The record, as the data plane wrote it.
    pub record: RequestRecord,
    /// Thumb: -1, 0 or 1.
    pub feedback: Option<i8>,
    /// 0 to 100.
    pub score: Option<u8>,
    /// Metadata that was added afterwards. It is found by filters; routing never saw it.
    pub extra_metadata: Metadata,
    /// The prompt is stored.
    pub has_request: bool,
    /// The answer is stored.
    pub has_response: bool,
}

impl LogRow {
    /// Metadata as the request carried it, overlaid by what was added afterwards.
    pub fn metadata(&self) -> Metadata {
        let mut metadata = self.record.metadata.clone();
        for (key, value) in &self.extra_metadata.0 {
            metadata.set(key.clone(), value.clone());
        }
        metadata
    }
}

/// Changes to a row. The outer `None` leaves a field as it is, the inner one empties it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LogPatch {
    /// -1, 0 or 1.
    pub feedback: Option<Option<i8>>,
    /// 0 to 100.
    pub score: Option<Option<u8>>,
    /// Replaces what was added before.
    pub metadata: Option<Option<Metadata>>,
}

/// By what rows are ordered; rows that are equal in it by time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum OrderKey {
    /// When the request came.
    #[default]
    CreatedAt,
    /// Provider slug.
    Provider,
    /// Model name.
    Model,
    /// What was asked for.
    ModelType,
    /// Whether it succeeded.
    Success,
    /// Whether it came from the cache.
    Cached,
    /// Cost.
    Cost,
    /// Duration.
    Duration,
    /// Tokens in and out.
    Tokens,
}

impl OrderKey {
    /// Every key with its name in queries.
    pub const ALL: [(&'static str, Self); 9] = [
        ("created_at", Self::CreatedAt),
        ("provider", Self::Provider),
        ("model", Self::Model),
        ("model_type", Self::ModelType),
        ("success", Self::Success),
        ("cached", Self::Cached),
        ("cost", Self::Cost),
        ("duration", Self::Duration),
        ("tokens", Self::Tokens),
    ];

    /// The key with this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(known, _)| *known == name).map(|(_, key)| *key)
    }
}

/// The order of rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Order {
    /// By what.
    pub by: OrderKey,
    /// Largest first.
    pub descending: bool,
}

impl Default for Order {
    /// Newest first.
    fn default() -> Self {
        Self { by: OrderKey::CreatedAt, descending: true }
    }
}

/// Which part of the rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paging {
    /// Numbered pages.
    Page {
        /// From 1.
        page: u32,
        /// Rows per page, at most [`ROWS_PER_PAGE_MAX`].
        per_page: u32,
    },
    /// Rows after a row, in any number of steps without repeats or gaps. Only with an order by time.
    After {
        /// The last row seen; `None` for the first part.
        cursor: Option<Cursor>,
        /// Rows wanted, at most [`ROWS_PER_PAGE_MAX`].
        limit: u32,
    },
}

impl Default for Paging {
    fn default() -> Self {
        Self::Page { page: 1, per_page: 20 }
    }
}

/// A place in the rows by time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// `created_at` of the row.
    pub created_at: UnixMs,
    /// Its id.
    pub id: RequestId,
}

/// Which rows, and how.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LogQuery {
    /// All of them must hold.
    pub filters: Vec<Filter>,
    /// Text that appears in metadata, model, provider, route, error or ids, ignoring ASCII case.
    pub search: Option<String>,
    /// The order.
    pub order: Order,
    /// The part.
    pub paging: Paging,
    /// Count the rows of all pages; a cursor's reader rarely needs it.
    pub with_total: bool,
    /// Also tell the extent of all matching rows.
    pub with_extent: bool,
}

/// A part of the log.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LogPage {
    /// Rows; empty beyond the last page.
    pub rows: Vec<LogRow>,
    /// Matching rows on all pages; 0 when it was not asked for.
    pub total: u64,
    /// There are more than `total`: counting stopped at [`COUNTED_ROWS_MAX`].
    pub total_is_capped: bool,
    /// Where to go on, when there may be more.
    pub next: Option<Cursor>,
    /// Extent of all matching rows, when asked for.
    pub extent: Option<Extent>,
}

/// Smallest and largest values of the matching rows; `None` without rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Extent {
    /// Cost; rows without one are left out.
    pub cost: Option<(PicoUsd, PicoUsd)>,
    /// Milliseconds.
    pub duration_ms: Option<(u64, u64)>,
    /// Input tokens.
    pub tokens_in: Option<(u64, u64)>,
    /// Output tokens.
    pub tokens_out: Option<(u64, u64)>,
    /// Input and output tokens.
    pub total_tokens: Option<(u64, u64)>,
}

/// How much is kept. A gateway without a rule keeps [`crate::GatewaySettings::LOG_ROWS_DEFAULT`] rows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Retention {
    /// One per gateway.
    pub gateways: Vec<RetentionRule>,
    /// Bytes that all stored prompts and answers may have together, compressed; the oldest go first.
    pub payload_bytes_max: Option<u64>,
}

/// How much of one gateway is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RetentionRule {
    /// The gateway.
    pub gateway: GatewayRef,
    /// Rows.
    pub rows_max: u64,
    /// What happens at that number.
    pub strategy: LogStrategy,
    /// Rows older than this go.
    pub row_age_ms_max: Option<i64>,
    /// Prompts and answers older than this go.
    pub payload_age_ms_max: Option<i64>,
}

/// What a sweep removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Rows.
    pub rows: u64,
    /// Prompts and answers, those of the rows included.
    pub payloads: u64,
    /// Windows of counters that no limit looks at any more, with their bookings.
    pub windows: u64,
    /// There is more to remove: a sweep is bounded, call it again soon.
    pub is_partial: bool,
}

/// How much is stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LogStats {
    /// Rows.
    pub rows: u64,
    /// Rows that [`LogStrategy::StopInserting`] has kept out so far.
    pub rows_stopped: u64,
    /// Prompts and answers.
    pub payloads: u64,
    /// Their bytes, compressed.
    pub payload_bytes: u64,
    /// Attempts without an end.
    pub open_attempts: u64,
    /// Bytes of the database on disk.
    pub disk_bytes: u64,
}

/// The log.
pub trait LogStore: LogInsight {
    /// Stores all of the batch in one transaction, or nothing, and folds its events into the counters.
    fn write_batch<'a>(&'a self, batch: &'a Batch<'a>) -> StoreFuture<'a, Written>;
    /// How much is kept from now on. [`LogStrategy::StopInserting`] holds for the next batch, the rest for the next sweep.
    fn set_retention(&self, retention: Retention);
    /// Removes what is older or more than the retention allows. Bounded work per call.
    fn sweep(&self, now: UnixMs) -> StoreFuture<'_, Swept>;
    /// Rows of a gateway.
    fn list<'a>(&'a self, gateway: &'a GatewayRef, query: &'a LogQuery) -> StoreFuture<'a, LogPage>;
    /// One row.
    fn find<'a>(&'a self, gateway: &'a GatewayRef, id: RequestId) -> StoreFuture<'a, LogRow>;
    /// Changes a row.
    fn patch<'a>(&'a self, gateway: &'a GatewayRef, id: RequestId, patch: LogPatch) -> StoreFuture<'a, ()>;
    /// Removes the first `limit` matching rows in this order, with their prompts and answers. Money stays booked. Returns
    /// how many went.
    fn delete<'a>(
        &'a self,
        gateway: &'a GatewayRef,
        filters: &'a [Filter],
        order: Order,
        limit: u32,
    ) -> StoreFuture<'a, u64>;
    /// A stored prompt or answer; of a long one the first `bytes_max` bytes.
    fn payload<'a>(
        &'a self,
        gateway: &'a GatewayRef,
        id: RequestId,
        side: Side,
        bytes_max: Option<usize>,
    ) -> StoreFuture<'a, Payload>;
    /// What a restart begins with. Counters of windows that nobody needs at `now` are left out.
    fn load_checkpoint(&self, now: UnixMs) -> StoreFuture<'_, Checkpoint>;
    /// Recomputes M1–M4 from the stored attempts, in one consistent view, and returns what differs (at most 1,000).
    fn check_ledger(&self) -> StoreFuture<'_, Vec<LedgerDifference>>;
    /// How much is stored.
    fn stats(&self) -> StoreFuture<'_, LogStats>;
}
