//! Provider keys that the gateway holds, providers that it was told about, and prices that replace the built-in ones.

use serde::{Deserialize, Serialize};
use waypost_types::{PicoUsd, UnixMs};

use crate::gateway::GatewayRef;

/// A stored key of a provider ("bring your own key").
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderKeyRecord {
    /// Id.
    pub id: String,
    /// The gateway whose calls may use it.
    pub gateway: GatewayRef,
    /// The provider.
    pub provider_slug: String,
    /// Names it in `cf-aig-byok-alias`; unique per gateway and provider.
    pub alias: String,
    /// It serves calls that name no alias. At most one per gateway and provider: writing another one takes it over.
    pub default_config: bool,
    /// The secret, sealed with [`crate::seal`] for this row.
    pub secret_ciphertext: Vec<u8>,
    /// What people may see: `••••1234`.
    pub secret_preview: String,
    /// Requests per `rate_limit_period` that may use it.
    pub rate_limit: Option<u64>,
    /// Seconds.
    pub rate_limit_period: Option<u64>,
    /// What is known about it.
    pub state: ProviderKeyState,
    /// When it was stored.
    pub created_at: UnixMs,
    /// When it was last changed.
    pub modified_at: UnixMs,
}

/// What is known about a stored key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProviderKeyState {
    /// It was not tried yet.
    #[default]
    Unchecked,
    /// The provider accepted it.
    Works,
    /// The provider refused it.
    Rejected,
}

impl ProviderKeyRecord {
    /// Whom its secret is sealed for; see [`crate::seal::Place`].
    pub fn place(&self) -> crate::seal::Place<'_> {
        crate::seal::Place {
            table: "provider_keys",
            row: &self.id,
            gateway: &self.gateway,
            provider: &self.provider_slug,
            field: "secret",
        }
    }
}

/// A provider that somebody added through the API, for every gateway of an account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CustomProviderRecord {
    /// Id.
    pub id: String,
    /// Account name.
    pub account: String,
    /// Name for people.
    pub name: String,
    /// Name in URLs, without the prefix `custom-`; unique in its account.
    pub slug: String,
    /// Where it is.
    pub base_url: String,
    /// What it is.
    pub description: Option<String>,
    /// It may be called.
    pub enable: bool,
    /// Shown as beta.
    pub beta: bool,
    /// Headers that every call gets, as given.
    pub headers: Option<String>,
    /// Documentation.
    pub link: Option<String>,
    /// Example for people.
    pub curl_example: Option<String>,
    /// Example for people.
    pub js_example: Option<String>,
    /// Logo address.
    pub logo: Option<String>,
    /// Place in lists.
    pub position: Option<i64>,
    /// Settings of Waypost alone (wire format, authentication header) as JSON.
    pub waypost: Option<String>,
    /// When it was created.
    pub created_at: UnixMs,
    /// When it was last changed.
    pub modified_at: UnixMs,
}

/// A price of one's own for a model of an account; it hides the built-in one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PriceOverrideRecord {
    /// Account name.
    pub account: String,
    /// Provider slug; with the model it is the key.
    pub provider: String,
    /// Model name.
    pub model: String,
    /// Per input token.
    pub input: PicoUsd,
    /// Per output token.
    pub output: PicoUsd,
    /// Per input token read from the provider's prompt cache; like `input` where absent.
    pub cache_read: Option<PicoUsd>,
    /// Per input token written to it; like `input` where absent.
    pub cache_write: Option<PicoUsd>,
    /// When it was last changed.
    pub modified_at: UnixMs,
    /// Label of the admin token that set it.
    pub modified_by: String,
}
