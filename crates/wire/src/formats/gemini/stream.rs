//! Streams in Gemini's grammar: every event is a small answer, calls come whole, and there is no terminal marker.

mod read;
mod write;

pub(crate) use read::Decoder;
pub(crate) use write::Encoder;
