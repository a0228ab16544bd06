//! Bounds of what this crate accepts and does (invariant I9).

/// More elements than this are not even read.
pub const ELEMENTS_READ_MAX: usize = 1_000;
/// Elements of a route (E16).
pub const ELEMENTS_MAX: usize = 100;
/// Branches of one split (E16).
pub const BRANCHES_MAX: usize = 10;
/// Retries of one model node.
pub const RETRIES_MAX: u8 = 5;
/// Attempts at one model when the request's header asks for them.
pub const ATTEMPTS_PER_MODEL_MAX: u32 = 5;
/// Upstream calls of one request, over all its models (A37).
pub const ATTEMPTS_PER_REQUEST_MAX: u32 = 10;
/// Steps of one walk: each call and each wait, and for each limit at most two admissions that lead to no call.
pub const WALK_STEPS_MAX: usize = 2 * ATTEMPTS_PER_REQUEST_MAX as usize + 2 * ELEMENTS_MAX;
/// Milliseconds of `retryDelay` of a model node; the header of the same purpose has this bound too.
pub const RETRY_DELAY_MS_MAX: u64 = 60_000;
/// Milliseconds of `timeout` of a model node: one day; the transport's own deadlines end sooner.
pub const TIMEOUT_MS_MAX: u64 = 86_400_000;
/// Notes about one document; the rest repeats them.
pub const NOTES_MAX: usize = 200;
/// Loops of one document that are spelled out.
pub const LOOPS_MAX: usize = 10;
/// Paths that are listed of one route.
pub const PATHS_MAX: usize = 1_000;
/// Milliseconds without a first token that are worth a warning (W09): most callers give up earlier.
pub const PATIENCE_MS: u64 = 300_000;
