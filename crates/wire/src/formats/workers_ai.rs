//! Workers AI text generation (`/ai/run/@cf/…`).
//! Source: `developers.cloudflare.com/workers-ai/models/` (the models' schemas), `…/workers-ai/features/` (2026-11).
//!
//! The older models answer `{"response": …}`, newer ones answer in OpenAI's shape (`choices`), and some in that of
//! OpenAI's Responses (`output`); all are read, inside Cloudflare's envelope or without it. Thoughts and signatures
//! travel in the members that OpenAI Chat uses here.

pub(crate) mod error;
pub(crate) mod request;
pub(crate) mod response;
pub(crate) mod stream;
pub(crate) mod types;
