//! What a document is checked against: prices, keys, providers. Whoever has them implements the trait; nothing here does IO.

use jiff::tz::TimeZone;
use waypost_types::PicoUsd;

/// Price of one model, per token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PricePair {
    /// Per input token.
    pub input: PicoUsd,
    /// Per output token.
    pub output: PicoUsd,
}

/// Whether a provider can be called without a key of the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyState {
    /// A key is stored.
    Stored,
    /// None is stored; callers have to send one (W12).
    Missing,
    /// The provider needs none.
    NotNeeded,
}

/// The gateway that a document would run in.
pub trait Surroundings {
    /// What a model costs; `None` when nobody knows (E10, W08).
    fn price(&self, provider: &str, model: &str) -> Option<PricePair>;

    /// The gateway's `unknown_price` is `block`: an unpriced model behind a budget is an error (E10).
    fn unknown_price_blocks(&self) -> bool {
        true
    }

    /// Whether a provider exists (E08).
    fn provider_exists(&self, provider: &str) -> bool;

    /// An existing provider that was probably meant.
    fn did_you_mean(&self, _provider: &str) -> Option<String> {
        None
    }

    /// What people call a provider; `None` for its slug.
    fn provider_name(&self, _provider: &str) -> Option<String> {
        None
    }

    /// Whether a key is stored for a provider (W12).
    fn has_key(&self, provider: &str) -> KeyState;

    /// Some API key pins this metadata key, or an administrator has said that a back end sets it (W04).
    fn metadata_is_pinned(&self, _key: &str) -> bool {
        false
    }

    /// Metadata keys that recent requests carried; `None` when nobody looked (W03).
    fn seen_metadata(&self) -> Option<Vec<String>> {
        None
    }

    /// Labels of API keys, other than those of the preset *Backend*, that may set their own cost (W11).
    fn keys_with_own_cost(&self) -> Vec<String> {
        Vec::new()
    }

    /// The gateway's time zone, for calendar windows.
    fn zone(&self) -> TimeZone {
        TimeZone::UTC
    }
}

/// Surroundings of which nothing is known: only what stands in the document itself is judged.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unknown;

impl Surroundings for Unknown {
    fn price(&self, _provider: &str, _model: &str) -> Option<PricePair> {
        None
    }

    fn unknown_price_blocks(&self) -> bool {
        false
    }

    fn provider_exists(&self, _provider: &str) -> bool {
        true
    }

    fn has_key(&self, _provider: &str) -> KeyState {
        KeyState::NotNeeded
    }

    fn metadata_is_pinned(&self, _key: &str) -> bool {
        true
    }
}
