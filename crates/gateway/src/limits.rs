//! Every bound of the data plane, named once (invariant I9). Source of the numbers: `docs/reference/limits.md`.

use std::time::Duration;

/// A request body, as sent and after decompression.
pub const BODY_BYTES_MAX: usize = 32 * 1024 * 1024;
/// A compressed body may grow by at most this factor.
pub const DECOMPRESSION_RATIO_MAX: usize = 100;
/// A compressed body above this is inflated away from the core.
pub const INLINE_GUNZIP_BYTES_MAX: usize = 64 * 1024;
/// No byte of a request body for so long ends the request.
pub const BODY_IDLE: Duration = Duration::from_secs(30);
/// Metadata entries.
pub const METADATA_ENTRIES_MAX: usize = 16;
/// Bytes of a metadata key.
pub const METADATA_KEY_BYTES_MAX: usize = 64;
/// Bytes of a metadata value.
pub const METADATA_VALUE_BYTES_MAX: usize = 1024;
/// Requests in progress; one more is told to come back.
pub const CONCURRENT_REQUESTS_MAX: usize = 16_384;
/// Attempts of one request over all of its models.
pub const ATTEMPTS_MAX: u16 = 10;
/// Steps of a universal request: as many as attempts, or the last could never be reached.
pub const UNIVERSAL_STEPS_MAX: usize = 10;
/// Connecting to a provider, TLS included.
pub const CONNECT: Duration = Duration::from_secs(5);
/// To the first token when nobody said otherwise.
pub const FIRST_TOKEN: Duration = Duration::from_secs(60);
/// Between two events of a stream.
pub const BETWEEN_EVENTS: Duration = Duration::from_secs(120);
/// One upstream call from start to end.
pub const CALL_TOTAL: Duration = Duration::from_secs(30 * 60);
/// A quiet stream gets a comment line this often, so that intermediaries keep it open.
pub const QUIET_COMMENT: Duration = Duration::from_secs(15);
/// After the caller of a non-streaming request left, the answer is read on for so long to learn its usage.
pub const READ_ON: Duration = Duration::from_secs(30);
/// Bytes of a provider's error body that are kept for the caller and the log.
pub const ERROR_BODY_BYTES_MAX: usize = 64 * 1024;
/// Reading a provider's error body.
pub const ERROR_BODY_READ: Duration = Duration::from_secs(5);
/// A whole answer that is held in memory: not streamed, or translated.
pub const ANSWER_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Bytes of a stream held back while waiting for its first token.
pub const FIRST_TOKEN_BYTES_MAX: usize = 1024 * 1024;
/// Characters of a provider's words that go into a message or the log.
pub const DETAIL_CHARS_MAX: usize = 500;
/// Steps of one walk: far above what 100 nodes with their retries can need.
pub const WALK_STEPS_MAX: u32 = 4_096;
/// Payloads waiting to be written; a full queue drops them and counts.
pub const PAYLOAD_QUEUE_MAX: usize = 4_096;
/// Their bytes.
pub const PAYLOAD_QUEUE_BYTES_MAX: usize = 256 * 1024 * 1024;
