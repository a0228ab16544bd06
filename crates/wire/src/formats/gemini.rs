//! Gemini `generateContent`, on AI Studio and on Vertex AI.
//! Source: `ai.google.dev/api/generate-content`, `ai.google.dev/gemini-api/docs/thought-signatures` (2026-11).
//!
//! The model and the wish for a stream stand in the URL, not in the body. Signatures of other providers travel in
//! `thoughtSignature`, marked and in base64, since clients decode that field.

pub(crate) mod error;
pub(crate) mod request;
pub(crate) mod response;
pub(crate) mod stream;
pub(crate) mod types;
