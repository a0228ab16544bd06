//! Bounds of the management API (invariant I9).

use std::time::Duration;

/// The largest body of a request.
pub(crate) const BODY_BYTES_MAX: usize = 8 << 20;
/// The largest body where only a few short fields are expected.
pub(crate) const SMALL_BODY_BYTES_MAX: usize = 64 << 10;
/// The longest that a request may take. Longer ones are given up; what was stored stays stored.
pub(crate) const REQUEST_TIME_MAX: Duration = Duration::from_secs(60);
/// The longest that the Playground waits for the head of an answer; the data plane has bounds of its own for each call.
pub(crate) const PLAYGROUND_TIME_MAX: Duration = Duration::from_secs(900);
/// How long a preview is kept, in milliseconds.
pub(crate) const PREVIEW_LIFE_MS: i64 = 600_000;
/// Bytes of all previews together; beyond it the oldest go.
pub(crate) const PREVIEWS_BYTES_MAX: usize = 32 << 20;
/// Items per page where Cloudflare's documents say nothing else.
pub(crate) const PER_PAGE_MAX: u32 = 100;
/// Items per page where nothing is asked for.
pub(crate) const PER_PAGE_DEFAULT: u32 = 20;
/// Log rows per page.
/// Source: live API, `per_page=100` is refused with 7001 (2026).
pub(crate) const LOGS_PER_PAGE_MAX: u32 = 50;
/// Log rows that one request may remove.
/// Source: <https://developers.cloudflare.com/api/resources/ai_gateway/subresources/logs/>, 2026-11-20.
pub(crate) const LOGS_DELETED_MAX: u32 = 10_000;
/// Bytes of a stored prompt or answer that a log entry shows.
pub(crate) const HEAD_BYTES: usize = 4 << 10;
/// Bytes of a route document, a saved case or a draft.
pub(crate) const DOCUMENT_BYTES_MAX: usize = 1 << 20;
/// Characters of a label or name for people.
pub(crate) const LABEL_CHARS_MAX: usize = 100;
/// Bytes of a text that people write: comments, descriptions.
pub(crate) const TEXT_BYTES_MAX: usize = 4 << 10;
/// Bytes of a provider's key. Service-account JSON has about 2.4 KB.
pub(crate) const SECRET_BYTES_MAX: usize = 16 << 10;
/// Entries in a list of scopes, pinned metadata or limits of one API key.
pub(crate) const KEY_ENTRIES_MAX: usize = 100;
/// Pinned metadata entries; requests may carry as many (D3).
pub(crate) const METADATA_ENTRIES_MAX: usize = 16;
/// Bytes of one metadata value (D3).
pub(crate) const METADATA_VALUE_BYTES_MAX: usize = 1 << 10;
/// Rate limits in a gateway's `waypost` object.
pub(crate) const RATE_LIMITS_MAX: usize = 32;
/// A session that nobody used for so long has ended.
pub(crate) const SESSION_IDLE_MAX: Duration = Duration::from_secs(12 * 3_600);
/// A session has ended so long after it was opened, used or not.
pub(crate) const SESSION_LIFE_MAX: Duration = Duration::from_secs(30 * 86_400);
/// The use of a session is noted this often.
pub(crate) const SESSION_SEEN_EVERY: Duration = Duration::from_secs(300);
/// Sessions at the same time; beyond, the longest unused ones end.
pub(crate) const SESSIONS_MAX: u32 = 1_000;
/// Characters of a password.
pub(crate) const PASSWORD_CHARS_MIN: usize = 10;
/// Bytes of a password.
pub(crate) const PASSWORD_BYTES_MAX: usize = 1 << 10;
/// Passwords that are hashed at the same time, 19 MiB each.
pub(crate) const PASSWORDS_AT_ONCE_MAX: usize = 2;
/// The longest that a password waits for its turn.
pub(crate) const PASSWORD_WAIT_MAX: Duration = Duration::from_secs(5);
/// Tries to sign in from one address (IPv6: one network) within [`TRIES_WINDOW`] before one succeeds.
pub(crate) const TRIES_MAX: u32 = 10;
/// See [`TRIES_MAX`].
pub(crate) const TRIES_WINDOW: Duration = Duration::from_secs(300);
/// Addresses whose tries are counted one by one; further ones share a count.
pub(crate) const TRIED_ADDRESSES_MAX: usize = 4_096;
/// Newest rows that are looked at for what requests carry.
pub(crate) const SEEN_ROWS_MAX: usize = 5_000;
/// Requests that a change is tried on.
pub(crate) const REPLAYED_ROWS_MAX: usize = 1_000;
/// Saved cases of one route.
pub(crate) const CASES_MAX: usize = 100;
/// Routes of an imported configuration.
pub(crate) const IMPORTED_ROUTES_MAX: usize = 200;
/// Dismissed warnings of one route.
pub(crate) const DISMISSALS_MAX: usize = 200;
/// Buckets shown of one limit.
pub(crate) const BUCKETS_SHOWN: usize = 10;
/// Different key values whose buckets are looked at.
pub(crate) const BUCKET_KEYS_MAX: usize = 2_000;
/// Requests over a limit whose users are told apart.
pub(crate) const OVER_ROWS_MAX: usize = 2_000;
/// Rows that the comparison of a split's branches looks at.
pub(crate) const SPLIT_ROWS_MAX: usize = 20_000;
/// Bytes of a stored prompt that are read to find what a route would read of it.
pub(crate) const REPLAYED_BODY_BYTES_MAX: usize = 256 << 10;
/// Things that need attention in one answer.
pub(crate) const ATTENTION_MAX: usize = 50;
