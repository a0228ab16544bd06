//! Streams in OpenAI's grammar: chunks with deltas, `[DONE]` at the end.

mod read;
mod write;

pub(crate) use read::Decoder;
pub(crate) use write::Encoder;
