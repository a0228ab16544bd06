//! OpenAI Chat Completions, also as Azure and the compatible providers speak it.
//! Source: `platform.openai.com/docs/api-reference/chat` (2026-11).
//!
//! Thoughts have no place in OpenAI's own grammar. They travel as `reasoning_content` (DeepSeek) and `reasoning_details`
//! (OpenRouter) on the assistant message, and Gemini's signatures as `extra_content.google.thought_signature`
//! (Google's OpenAI compatibility); the official SDKs keep all three and send them back.

pub(crate) mod error;
pub(crate) mod request;
pub(crate) mod response;
pub(crate) mod stream;
pub(crate) mod thoughts;
pub(crate) mod types;
