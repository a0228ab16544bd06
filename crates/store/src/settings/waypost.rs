//! The object `waypost` of a gateway. Unknown fields are refused: a misspelt limit must not be silently off.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use waypost_types::PicoUsd;

use super::Technique;

/// What Waypost adds to a gateway's settings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WaypostSettings {
    /// IANA name; calendar windows and `time.hour` follow it.
    pub time_zone: String,
    /// Status of the answer when no fallback is left: 502, or Cloudflare's 400.
    pub exhausted_status: u16,
    /// What a budgeted model without a price does.
    pub unknown_price: UnknownPrice,
    /// The amount booked per attempt with `unknown_price: "flat"`.
    #[serde(with = "usd", skip_serializing_if = "Option::is_none")]
    pub flat_cost_usd: Option<PicoUsd>,
    /// Milliseconds for one model call, where neither header nor node says otherwise.
    pub request_timeout_ms: Option<u64>,
    /// Who shares cached answers.
    pub cache_sharing: CacheSharing,
    /// Seconds after expiry that a cached answer may replace a provider's error.
    pub stale_if_error_s: u64,
    /// Rate limits of the gateway beyond Cloudflare's single one.
    pub rate_limits: Vec<GatewayRateLimit>,
    /// Callers may bring a JWT.
    pub jwt: Option<JwtSettings>,
    /// Whether and how long prompts and answers are stored.
    pub payloads: PayloadSettings,
}

impl Default for WaypostSettings {
    fn default() -> Self {
        Self {
            time_zone: "UTC".to_owned(),
            exhausted_status: 502,
            unknown_price: UnknownPrice::Block,
            flat_cost_usd: None,
            request_timeout_ms: None,
            cache_sharing: CacheSharing::Key,
            stale_if_error_s: 0,
            rate_limits: Vec::new(),
            jwt: None,
            payloads: PayloadSettings::default(),
        }
    }
}

/// What happens behind a budget when the model has no price (D14).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum UnknownPrice {
    /// The model is not called.
    #[default]
    Block,
    /// A flat amount is booked.
    Flat,
    /// It is called and nothing is booked.
    Allow,
}

/// Who shares cached answers: `"key"`, `"gateway"` or `"metadata.<key>"`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum CacheSharing {
    /// One API key alone.
    #[default]
    Key,
    /// Everyone who calls the gateway.
    Gateway,
    /// Everyone with the same value of a metadata key.
    Metadata(String),
}

/// A rate limit of the whole gateway.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GatewayRateLimit {
    /// Names its counters; a new id starts at nothing.
    pub id: String,
    /// Requests per window.
    pub limit: u64,
    /// Seconds.
    pub window: u64,
    /// How the window moves.
    #[serde(default)]
    pub technique: Technique,
    /// Refuse, or only count what would have been refused.
    #[serde(default)]
    pub mode: LimitMode,
    /// What has a counter of its own; empty counts everyone together.
    #[serde(default)]
    pub per: Vec<RatePart>,
}

/// Whether a limit refuses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LimitMode {
    /// Refuses.
    #[default]
    Enforce,
    /// Lets through and counts what it would have refused.
    Watch,
}

/// A part of a request that gets a counter of its own: `"metadata.<key>"`, `"key.id"`, `"endpoint"` or `"model"`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum RatePart {
    /// Each value of a metadata key.
    Metadata(String),
    /// Each API key.
    KeyId,
    /// Each URL family.
    Endpoint,
    /// Each requested model.
    Model,
}

/// Which JWTs count as credentials.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JwtSettings {
    /// Where the public keys are.
    pub jwks_url: String,
    /// Expected `iss`.
    pub issuer: String,
    /// Expected `aud`.
    pub audience: String,
}

/// Storage of prompts and answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PayloadSettings {
    /// Prompts and answers are stored.
    pub store: bool,
    /// Bytes kept of each side, before compression; the rest is cut off and said to be.
    pub max_bytes: u64,
    /// Days that they are kept; 0 keeps them as long as their row.
    pub retention_days: u32,
}

impl Default for PayloadSettings {
    fn default() -> Self {
        Self { store: true, max_bytes: 1 << 20, retention_days: 30 }
    }
}

// === impl CacheSharing ===

impl fmt::Display for CacheSharing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key => f.write_str("key"),
            Self::Gateway => f.write_str("gateway"),
            Self::Metadata(key) => write!(f, "metadata.{key}"),
        }
    }
}

impl FromStr for CacheSharing {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "key" => Ok(Self::Key),
            "gateway" => Ok(Self::Gateway),
            other => metadata_key(other).map(Self::Metadata).ok_or_else(|| {
                format!("Invalid enum value. Expected 'key' | 'gateway' | 'metadata.<key>', received '{other}'")
            }),
        }
    }
}

// === impl RatePart ===

impl fmt::Display for RatePart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Metadata(key) => write!(f, "metadata.{key}"),
            Self::KeyId => f.write_str("key.id"),
            Self::Endpoint => f.write_str("endpoint"),
            Self::Model => f.write_str("model"),
        }
    }
}

impl FromStr for RatePart {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "key.id" => Ok(Self::KeyId),
            "endpoint" => Ok(Self::Endpoint),
            "model" => Ok(Self::Model),
            other => metadata_key(other).map(Self::Metadata).ok_or_else(|| {
                format!(
                    "Invalid enum value. Expected 'metadata.<key>' | 'key.id' | 'endpoint' | 'model', received '{other}'"
                )
            }),
        }
    }
}

fn metadata_key(text: &str) -> Option<String> {
    text.strip_prefix("metadata.").filter(|key| !key.is_empty()).map(str::to_owned)
}

/// Serialises through the one text form.
macro_rules! as_text {
    ($type:ty) => {
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
            }
        }
    };
}

as_text!(CacheSharing);
as_text!(RatePart);

/// Dollars as a JSON number, read from its decimal text.
mod usd {
    use super::{Deserialize, Deserializer, PicoUsd, Serialize, Serializer};
    use serde::de::Error as _;

    #[expect(clippy::ref_option, reason = "the signature that serde's `with` calls")]
    pub(super) fn serialize<S: Serializer>(amount: &Option<PicoUsd>, serializer: S) -> Result<S::Ok, S::Error> {
        amount.map(PicoUsd::to_json_number).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<PicoUsd>, D::Error> {
        let Some(number) = Option::<serde_json::Number>::deserialize(deserializer)? else { return Ok(None) };
        match PicoUsd::parse_decimal(&number.to_string()) {
            Ok(amount) if amount >= PicoUsd::ZERO => Ok(Some(amount)),
            Ok(_) => Err(D::Error::custom("Number must be greater than or equal to 0")),
            Err(error) => Err(D::Error::custom(error)),
        }
    }
}
