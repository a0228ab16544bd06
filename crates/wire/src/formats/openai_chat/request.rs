//! Requests in OpenAI's grammar.

mod read;
mod write;

pub(crate) use read::{decode, decode_common};
pub(crate) use write::{Style, effort_to, encode, messages_to, tool_choice_to, tools_to};
