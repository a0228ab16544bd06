//! What the gateway says when it does not serve a request: one closed list with types, numbers and statuses.
//!
//! The words follow one form: what happened, why, what to do. [`crate::respond`] is the only place that turns a refusal
//! into bytes (invariant I11).

use std::fmt::Write as _;

/// Why a request was not served.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RefusalKind {
    /// No such gateway.
    GatewayNotFound,
    /// No API key where one is needed.
    MissingApiKey,
    /// An API key that is not valid.
    InvalidApiKey,
    /// No such provider.
    ProviderUnknown,
    /// No stored key, and the caller sent none.
    ProviderNoKey,
    /// No stored key of that name.
    ByokAliasUnknown,
    /// A model name that names nothing.
    ModelNotFound,
    /// A request limit is used up.
    RateLimited,
    /// A budget is used up.
    BudgetExceeded,
    /// The provider failed.
    ProviderError,
    /// The provider rejected the stored key.
    ProviderAuth,
    /// The provider did not answer in time.
    ProviderTimeout,
    /// Every model of a route failed.
    NoFallbackLeft,
    /// No such route.
    RouteNotFound,
    /// The route has no live version.
    RouteNotDeployed,
    /// The key may not use this.
    KeyScope,
    /// The key may not send this header.
    PermissionHeader,
    /// Metadata that is not a flat object.
    MetadataInvalid,
    /// Too many metadata entries.
    MetadataTooMany,
    /// A custom cost that is none.
    CustomCostInvalid,
    /// A control header with a value outside its range.
    HeaderInvalid,
    /// A body that is not JSON.
    BodyInvalidJson,
    /// A top-level key twice.
    BodyDuplicateKey,
    /// A member of the wrong type or outside its range.
    BodyInvalid,
    /// A body over the limit.
    BodyTooLarge,
    /// A content encoding we do not read.
    UnsupportedEncoding,
    /// A URL that names nothing.
    EndpointNotFound,
    /// A method that the URL does not take.
    MethodNotAllowed,
    /// A budget that cannot be checked.
    BudgetUnavailable,
    /// Too many requests in progress.
    Overloaded,
    /// This instance is about to stop.
    ShuttingDown,
    /// A mistake of ours.
    InternalError,
}

impl RefusalKind {
    /// Our word, the number and the HTTP status (`docs/reference/errors.md`). Numbers below 9400 are Cloudflare's.
    pub const fn row(self) -> (&'static str, u32, u16) {
        match self {
            Self::GatewayNotFound => ("gateway_not_found", 2001, 400),
            Self::MissingApiKey => ("missing_api_key", 2009, 401),
            Self::InvalidApiKey => ("invalid_api_key", 2009, 401),
            Self::ProviderUnknown => ("provider_unknown", 2008, 400),
            Self::ProviderNoKey => ("provider_no_key", 9421, 400),
            Self::ByokAliasUnknown => ("byok_alias_unknown", 2040, 400),
            Self::ModelNotFound => ("model_not_found", 2019, 400),
            Self::RateLimited => ("rate_limited", 2003, 429),
            Self::BudgetExceeded => ("budget_exceeded", 9429, 429),
            Self::ProviderError => ("provider_error", 2005, 502),
            Self::ProviderAuth => ("provider_auth", 2005, 502),
            Self::ProviderTimeout => ("provider_timeout", 2005, 504),
            Self::NoFallbackLeft => ("no_fallback_left", 2005, 502),
            Self::RouteNotFound => ("route_not_found", 9404, 404),
            Self::RouteNotDeployed => ("route_not_deployed", 9405, 404),
            Self::KeyScope => ("key_scope", 9403, 403),
            Self::PermissionHeader => ("permission_header", 9407, 403),
            Self::MetadataInvalid => ("metadata_invalid", 9410, 400),
            Self::MetadataTooMany => ("metadata_too_many", 9411, 400),
            Self::CustomCostInvalid => ("custom_cost_invalid", 9412, 400),
            Self::HeaderInvalid => ("header_invalid", 9418, 400),
            Self::BodyInvalidJson => ("body_invalid_json", 9413, 400),
            Self::BodyDuplicateKey => ("body_duplicate_key", 9414, 400),
            Self::BodyInvalid => ("body_invalid", 9415, 400),
            Self::BodyTooLarge => ("body_too_large", 9416, 413),
            Self::UnsupportedEncoding => ("unsupported_encoding", 9417, 415),
            Self::EndpointNotFound => ("endpoint_not_found", 9400, 404),
            Self::MethodNotAllowed => ("method_not_allowed", 9401, 405),
            Self::BudgetUnavailable => ("budget_unavailable", 9501, 503),
            Self::Overloaded => ("overloaded", 9503, 503),
            Self::ShuttingDown => ("shutting_down", 9504, 503),
            Self::InternalError => ("internal_error", 9500, 500),
        }
    }

    /// Our word for it.
    pub const fn as_str(self) -> &'static str {
        self.row().0
    }

    /// The number.
    pub const fn code(self) -> u32 {
        self.row().1
    }
}

/// A request that is not served, with the words for the caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Which one.
    pub kind: RefusalKind,
    /// What happened, why, what to do.
    pub message: String,
    /// The provider's own words, where there are some.
    pub description: Option<String>,
    /// The part of the request at fault.
    pub param: Option<String>,
    /// When to come back.
    pub retry_after_s: Option<u64>,
    /// The status, where a setting replaces the usual one.
    pub status: Option<u16>,
}

impl Refusal {
    /// A refusal with its words.
    pub fn new(kind: RefusalKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), description: None, param: None, retry_after_s: None, status: None }
    }

    /// Names the part of the request at fault.
    #[must_use]
    pub fn param(mut self, param: impl Into<String>) -> Self {
        self.param = Some(param.into());
        self
    }

    /// Adds the provider's words.
    #[must_use]
    pub fn description(mut self, words: impl Into<String>) -> Self {
        self.description = Some(words.into());
        self
    }

    /// Says when to come back.
    #[must_use]
    pub fn retry_after_s(mut self, seconds: u64) -> Self {
        self.retry_after_s = Some(seconds.max(1));
        self
    }

    /// The HTTP status.
    pub fn http_status(&self) -> u16 {
        self.status.unwrap_or(self.kind.row().2)
    }

    /// No gateway of that name.
    pub fn gateway_not_found(account: &str, gateway: &str) -> Self {
        Self::new(
            RefusalKind::GatewayNotFound,
            format!(
                "No gateway named \"{gateway}\" in account \"{account}\". Create it, or check the address: \
                 /v1/{account}/<gateway>/…"
            ),
        )
    }

    /// No key at all.
    pub fn missing_api_key() -> Self {
        Self::new(RefusalKind::MissingApiKey, "No API key. Send it as \"Authorization: Bearer <key>\".")
    }

    /// A key we do not know.
    pub fn invalid_api_key() -> Self {
        Self::new(RefusalKind::InvalidApiKey, "This API key isn't valid or was revoked.")
    }

    /// A model name without a provider.
    pub fn model_without_prefix(model: &str, is_route: bool) -> Self {
        let advice = if is_route {
            format!("To call a route use \"dynamic/{model}\".")
        } else {
            "Name the provider too, as in \"openai/gpt-4o-mini\", or a route, as in \"dynamic/<route>\".".to_owned()
        };
        Self::new(RefusalKind::ModelNotFound, format!("Unknown model \"{model}\". {advice}")).param("model")
    }

    /// No route of that name.
    pub fn route_not_found(name: &str, meant: Option<&str>) -> Self {
        let mut message = format!("No route named \"{name}\".");
        match meant {
            Some(meant) => _ = write!(message, " Did you mean \"{meant}\"?"),
            None => message.push_str(" Create it under Dynamic routes, or check the name."),
        }
        Self::new(RefusalKind::RouteNotFound, message).param("model")
    }

    /// A route without a live version.
    pub fn route_not_deployed(name: &str) -> Self {
        Self::new(
            RefusalKind::RouteNotDeployed,
            format!("The route \"{name}\" exists but has never been deployed. Deploy a version to use it."),
        )
        .param("model")
    }

    /// No provider of that slug.
    pub fn provider_unknown(slug: &str, meant: Option<&str>) -> Self {
        let mut message = format!("Unknown provider \"{slug}\".");
        match meant {
            Some(meant) => _ = write!(message, " Did you mean \"{meant}\"?"),
            None => message.push_str(" Providers that you add yourself are called \"custom-<slug>\"."),
        }
        Self::new(RefusalKind::ProviderUnknown, message)
    }

    /// A member of the body that is not what it should be.
    pub fn body_invalid(path: &str, words: &str) -> Self {
        Self::new(RefusalKind::BodyInvalid, words.to_owned()).param(path.trim_start_matches('/').to_owned())
    }

    /// A mistake of ours; the words tell the caller nothing about the inside.
    pub fn internal_error() -> Self {
        Self::new(
            RefusalKind::InternalError,
            "Something failed inside the gateway. It was recorded under this request id.",
        )
    }
}
