//! Bounds of what this crate accepts and does (invariant I9).

/// Logical operators within each other in a condition.
pub const CONDITION_DEPTH_MAX: usize = 8;
/// Comparisons in a condition.
pub const CONDITION_TERMS_MAX: usize = 1_000;
/// Values in one list.
pub const LIST_LENGTH_MAX: usize = 1_000;
/// Values in all lists of a condition together.
pub const LIST_VALUES_MAX: usize = 10_000;
/// Bytes of a pattern.
pub const PATTERN_BYTES_MAX: usize = 512;
/// Patterns in one condition or expression.
pub const PATTERNS_MAX: usize = 20;
/// Bytes that a pattern may take once compiled; larger ones come from repetitions within repetitions.
pub const PATTERN_COMPILED_BYTES_MAX: usize = 2 * 1024 * 1024;
/// Places that the automata of a condition's patterns can be in, all patterns together: a character or class counts
/// once, a repetition as often as it may repeat, and optional rounds twice. Text length times places is what a search costs at worst (A27).
pub const PATTERN_PLACES_MAX: usize = 200;
/// Bytes of a value that a pattern is looked for in.
pub const PATTERN_TEXT_BYTES_MAX: usize = 512;
/// Bytes of a value that is searched for a part or read by an expression; the bound of metadata values.
pub const SEARCHED_BYTES_MAX: usize = 1_024;
/// Bytes of an expression.
pub const EXPRESSION_BYTES_MAX: usize = 1_024;
/// Brackets, signs and choices within each other in an expression, and the height of its tree.
pub const EXPRESSION_DEPTH_MAX: usize = 32;
/// Stack of the thread that an expression is compiled on; its parser recurses.
pub const COMPILE_STACK_BYTES: usize = 32 * 1024 * 1024;
/// Problems reported of one condition; the rest repeats them.
pub const PROBLEMS_MAX: usize = 20;
/// Characters of a value that reasons quote.
pub const QUOTED_CHARS_MAX: usize = 64;
/// Bytes of a value that the trail keeps.
pub const SEEN_BYTES_MAX: usize = 256;
/// Longest `Retry-After` that is waited for, in milliseconds.
pub const RETRY_AFTER_MS_MAX: u64 = 10_000;
/// Longest delay between two attempts, in milliseconds; growing delays stop here.
pub const RETRY_DELAY_MS_MAX: u64 = 300_000;
