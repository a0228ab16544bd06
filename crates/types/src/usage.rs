//! Token counts, in one convention for every provider.

use serde::{Deserialize, Serialize};

/// Tokens of one answer.
///
/// `input_tokens` is the whole input, tokens read from or written to a prompt cache included (OpenAI's convention;
/// Anthropic's three counts are added up). `output_tokens` includes reasoning.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Usage {
    /// All input tokens.
    #[serde(skip_serializing_if = "is_zero")]
    pub input_tokens: u64,
    /// All output tokens.
    #[serde(skip_serializing_if = "is_zero")]
    pub output_tokens: u64,
    /// Input tokens that came from the provider's prompt cache.
    #[serde(skip_serializing_if = "is_zero")]
    pub cache_read_tokens: u64,
    /// Input tokens written to the provider's prompt cache.
    #[serde(skip_serializing_if = "is_zero")]
    pub cache_write_tokens: u64,
    /// Output tokens spent on reasoning.
    #[serde(skip_serializing_if = "is_zero")]
    pub reasoning_tokens: u64,
}

const fn is_zero(count: &u64) -> bool {
    *count == 0
}

impl Usage {
    /// More tokens than any answer can have; counts above it are a provider's mistake (A55).
    pub const PLAUSIBLE_TOKENS_MAX: u64 = 100_000_000;

    /// Input and output together.
    pub const fn total_tokens(&self) -> u64 {
        self.input_tokens.saturating_add(self.output_tokens)
    }

    /// Input tokens that are neither read from nor written to a cache.
    pub const fn plain_input_tokens(&self) -> u64 {
        self.input_tokens.saturating_sub(self.cache_read_tokens).saturating_sub(self.cache_write_tokens)
    }

    /// The same counts with implausible ones capped, and whether one was.
    #[must_use]
    pub fn capped(self) -> (Self, bool) {
        let cap = |tokens: u64| tokens.min(Self::PLAUSIBLE_TOKENS_MAX);
        let capped = Self {
            input_tokens: cap(self.input_tokens),
            output_tokens: cap(self.output_tokens),
            cache_read_tokens: cap(self.cache_read_tokens),
            cache_write_tokens: cap(self.cache_write_tokens),
            reasoning_tokens: cap(self.reasoning_tokens),
        };
        (capped, capped != self)
    }
}

/// Where a token count comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UsageSource {
    /// The provider reported it.
    Provider,
    /// The gateway counted the text it passed on.
    Counted,
    /// The estimate made before the call stands, since nothing else was learned.
    #[default]
    Estimated,
}
