//! Anthropic Messages. Source: `platform.claude.com/docs/en/api/messages` (2026-11).
//!
//! Signatures of other providers travel in `redacted_thinking` and `thinking` blocks, which clients must send back
//! unchanged in a tool loop.

pub(crate) mod error;
pub(crate) mod request;
pub(crate) mod response;
pub(crate) mod stream;
pub(crate) mod types;
