//! Requests in Anthropic's grammar.

mod plan;
mod read;
mod write;

pub(crate) use read::decode;
pub(crate) use write::encode;
