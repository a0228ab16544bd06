//! Which request shows whether a provider takes a key: the cheapest GET that it answers only to a valid one.
//!
//! Source: each vendor's API reference (checked 2026-11-21). OpenRouter lists its models to everybody, so its own page about
//! the key is asked.

use super::{CUSTOM_PREFIX, ProviderSpec};

/// The path below the provider's address; `None` where none is known.
pub fn path(spec: &ProviderSpec) -> Option<&'static str> {
    Some(match &*spec.slug {
        "openai" | "groq" | "grok" | "mistral" | "deepseek" | "cerebras" | "fireworks" => "models",
        "anthropic" => "v1/models?limit=1",
        "google-ai-studio" => "v1beta/models?pageSize=1",
        "cohere" => "v1/models?page_size=1",
        "openrouter" => "key",
        "replicate" => "account",
        "elevenlabs" => "v1/user",
        "deepgram" => "v1/projects",
        slug if slug.starts_with(CUSTOM_PREFIX) => "v1/models",
        _ => return None,
    })
}
