//! Requests in Gemini's grammar.

mod read;
mod write;

pub(crate) use read::decode;
pub(crate) use write::encode;
