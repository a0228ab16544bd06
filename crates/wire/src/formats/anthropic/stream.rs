//! Streams in Anthropic's grammar: blocks that open, grow and close between `message_start` and `message_stop`.

mod read;
mod write;

pub(crate) use read::Decoder;
pub(crate) use write::Encoder;
