//! Streams of Workers AI: `{"response": "…"}` events and `[DONE]`, or OpenAI's chunks from newer models.

mod read;
mod write;

pub(crate) use read::Decoder;
pub(crate) use write::Encoder;
