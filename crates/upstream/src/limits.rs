//! Every bound of this crate (invariant I9; `docs/reference/limits.md`).

use std::time::Duration;

/// Bytes of one answer, as received and as decompressed.
pub const ANSWER_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// Ready frames are merged up to this size; nothing ever waits for it to fill.
pub const MERGED_BYTES_MAX: usize = 32 * 1024;

/// Decompressed bytes per compressed byte.
pub const INFLATE_RATIO_MAX: u64 = 100;

/// Answers that inflate to no more than this are not held to the ratio: small repetitive JSON exceeds it honestly.
pub const INFLATE_FREE_BYTES: u64 = 1024 * 1024;

/// Idle connections kept for one address.
pub const IDLE_PER_ADDRESS_MAX: usize = 128;

/// Idle connections kept in all, per core.
pub const IDLE_MAX: usize = 1024;

/// An idle connection is dropped after this; below the keep-alive time of the providers' edges.
pub const IDLE_TIME: Duration = Duration::from_secs(55);

/// A connection is left alone this long before its peer closes it by its own announcement.
pub const CLOSE_MARGIN: Duration = Duration::from_secs(1);

/// Idle connections are looked through this often when traffic gives the occasion.
pub const SWEEP_INTERVAL: Duration = Duration::from_secs(5);

/// Requests at once on one HTTP/2 connection before another is opened.
pub const H2_STREAMS_MAX: usize = 100;

/// HTTP/2 flow control: what one stream and one connection may send ahead of its reader.
pub const H2_STREAM_WINDOW: u32 = 1024 * 1024;
/// See [`H2_STREAM_WINDOW`].
pub const H2_CONNECTION_WINDOW: u32 = 4 * 1024 * 1024;

/// Bytes of an answer's head (F19).
pub const HEAD_BYTES_MAX: usize = 256 * 1024;

/// The same over HTTP/2, as its settings say it.
pub const H2_HEADER_BYTES_MAX: u32 = HEAD_BYTES_MAX as u32;

/// Room for what one read of a connection brings, at least.
pub const READ_BYTES: usize = 16 * 1024;

/// Addresses of one name that are tried.
pub const ADDRESSES_MAX: usize = 8;

/// The next address is tried beside the first when it has not answered for this long (F31).
pub const NEXT_ADDRESS_AFTER: Duration = Duration::from_millis(250);

/// Addresses that a name had are used this long when resolving it fails (F30).
pub const LAST_GOOD_ADDRESSES: Duration = Duration::from_secs(300);

/// Resolving may take this long where addresses of before are at hand.
pub const RESOLVE_WITH_LAST_GOOD: Duration = Duration::from_secs(1);

/// Names whose addresses are remembered.
pub const NAMES_MAX: usize = 256;

/// Bytes of a path with its query, as sent.
pub const PATH_BYTES_MAX: usize = 8 * 1024;

/// Bytes of an endpoint's URL.
pub const URL_BYTES_MAX: usize = 2 * 1024;

/// Bytes of an error body that are looked at for words.
pub const ERROR_HEAD_BYTES: usize = 64 * 1024;

/// Characters of a provider's words that go into a fault's detail.
pub const DETAIL_CHARS_MAX: usize = 400;
