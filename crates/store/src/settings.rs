//! Settings of a gateway, in Cloudflare's spelling, and Waypost's own in the object `waypost`.
//!
//! Settings of controls that are not enforced yet (cache, spend limits, DLP, guardrails, OpenTelemetry, logpush, Stripe)
//! are stored and returned as given.
//!
//! Source: <https://developers.cloudflare.com/api/resources/ai_gateway/>, 2026-11-20.

#[cfg(test)]
mod tests;
mod waypost;

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use waypost::{
    CacheSharing, GatewayRateLimit, JwtSettings, LimitMode, PayloadSettings, RatePart, UnknownPrice, WaypostSettings,
};

/// How a window moves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Technique {
    /// Aligned to the epoch.
    Fixed,
    /// The last window's length before now, weighted.
    #[default]
    Sliding,
}

/// How the delay between two attempts grows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RetryBackoff {
    /// Always the same.
    Constant,
    /// Once, twice, three times the delay.
    Linear,
    /// Doubling.
    Exponential,
}

/// What happens when a gateway holds as many log rows as it may.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum LogStrategy {
    /// New rows are not stored, and counted.
    StopInserting,
    /// The oldest rows go.
    #[default]
    DeleteOldest,
}

/// Who pays for Workers AI.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum WorkersAiBilling {
    /// The account, later.
    #[default]
    Postpaid,
    /// Unified credits.
    Unified,
}

/// Everything that a PUT replaces. Unknown fields are ignored, as Cloudflare does; those inside `waypost` are refused.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct GatewaySettings {
    /// A change of settings empties the cache.
    pub cache_invalidate_on_update: bool,
    /// Seconds that an answer may be cached; 0 or null switches the cache off.
    pub cache_ttl: Option<u64>,
    /// Log rows are stored.
    pub collect_logs: bool,
    /// Seconds of the gateway-wide rate limit; 0 or null switches it off.
    pub rate_limiting_interval: Option<u64>,
    /// Requests per interval; 0 or null switches it off.
    pub rate_limiting_limit: Option<u64>,
    /// How the interval moves.
    pub rate_limiting_technique: Option<Technique>,
    /// An API key is required.
    pub authentication: bool,
    /// The most log rows kept, 10,000 to 10,000,000.
    pub log_management: Option<u64>,
    /// What happens at that number.
    pub log_management_strategy: Option<LogStrategy>,
    /// Stored as given.
    pub logpush: bool,
    /// PEM of an RSA key. Stored as given.
    pub logpush_public_key: Option<String>,
    /// Stored as given.
    pub log_classification: bool,
    /// Attempts per model, 1 to 5.
    pub retry_max_attempts: Option<u8>,
    /// Milliseconds between attempts, 0 to 60,000.
    pub retry_delay: Option<u64>,
    /// How the delay grows.
    pub retry_backoff: Option<RetryBackoff>,
    /// Stored as given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dlp: Option<Value>,
    /// Stored as given.
    pub guardrails: Option<Value>,
    /// Stored as given.
    pub otel: Option<Value>,
    /// Stored as given.
    pub spend_limits: Option<Value>,
    /// Stored as given.
    pub stripe: Option<Value>,
    /// Name of Cloudflare's secrets store. Stored as given.
    pub store_id: Option<String>,
    /// Stored as given.
    pub workers_ai_billing_mode: Option<WorkersAiBilling>,
    /// Zero data retention. Stored as given.
    pub zdr: bool,
    /// Only stored provider keys, no unified billing; always so here. Stored as given.
    pub byok_only: bool,
    /// Waypost's own settings. A PUT without this member leaves them as they are.
    pub waypost: WaypostSettings,
}

impl GatewaySettings {
    /// Most log rows kept where nothing is set.
    pub const LOG_ROWS_DEFAULT: u64 = 10_000_000;

    /// The most log rows kept.
    pub fn log_rows_max(&self) -> u64 {
        self.log_management.unwrap_or(Self::LOG_ROWS_DEFAULT)
    }
}

impl Default for GatewaySettings {
    /// What the first start gives the gateway `default`: authentication and logs on, every other control off.
    fn default() -> Self {
        Self {
            cache_invalidate_on_update: false,
            cache_ttl: Some(0),
            collect_logs: true,
            rate_limiting_interval: Some(0),
            rate_limiting_limit: Some(0),
            rate_limiting_technique: Some(Technique::Fixed),
            authentication: true,
            log_management: Some(Self::LOG_ROWS_DEFAULT),
            log_management_strategy: Some(LogStrategy::DeleteOldest),
            logpush: false,
            logpush_public_key: None,
            log_classification: false,
            retry_max_attempts: None,
            retry_delay: None,
            retry_backoff: None,
            dlp: None,
            guardrails: None,
            otel: None,
            spend_limits: None,
            stripe: None,
            store_id: None,
            workers_ai_billing_mode: Some(WorkersAiBilling::Postpaid),
            zdr: false,
            byok_only: false,
            waypost: WaypostSettings::default(),
        }
    }
}
