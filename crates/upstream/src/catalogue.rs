//! Providers as data: address, key, chat format, quirks. A provider that speaks a known format needs no code (D16).
//!
//! [`builtin`] is the table; a [`Provider`] is one of its rows (or a custom provider) with its address prepared;
//! [`Provider::target`] says where a path goes, [`ChatApi::rest`] which path a conversation takes, [`recognise`]
//! what a provider-native path asks, [`check`] which request shows whether a key works.

use std::{borrow::Cow, collections::HashMap, sync::Arc};

use http::uri::PathAndQuery;
use waypost_types::{Fault, FaultClass};

pub mod auth;
pub mod builtin;
pub mod chat;
pub mod check;
pub mod place;
pub mod recognise;
pub mod spelling;

pub use auth::AuthScheme;
pub use chat::{ChatApi, ChatPath};
pub use place::{Place, StoredKey};
pub use recognise::{Recognised, recognise};

use crate::{
    endpoint::{AllowList, Endpoint, EndpointError, Trust},
    join::{JoinRule, PathError},
};

/// The mock provider's slug. It is served inside the gateway: no address, no key.
pub const MOCK: &str = "mock";

/// What every custom provider's slug begins with.
pub const CUSTOM_PREFIX: &str = "custom-";

/// One provider, as data.
#[derive(Clone, Debug)]
pub struct ProviderSpec {
    /// The name in URLs and model strings.
    pub slug: Cow<'static, str>,
    /// The name for people.
    pub name: Cow<'static, str>,
    /// The address, with `{region}`, `{resource}` or `{account}` where it depends on the key or the call. `None`: nothing can
    /// be called (mock; providers that exist only in unified billing).
    pub base_url: Option<Cow<'static, str>>,
    /// How the key travels.
    pub auth: AuthScheme,
    /// The conversations it speaks, the preferred one first; empty where only native calls pass.
    pub chat: Cow<'static, [ChatApi]>,
    /// How the native path names what the address depends on.
    pub native: NativePath,
    /// Deviations from its format.
    pub quirks: Quirks,
    /// Headers sent unless the caller set them.
    pub headers: &'static [(&'static str, &'static str)],
    /// Statuses that do not mean what they say.
    pub errors: &'static [ErrorOverride],
}

/// Deviations from a format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quirks {
    /// Takes `stream_options.include_usage`; where not, it is not spliced in (D10).
    pub stream_options: bool,
}

/// A status that means another one when the body contains a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ErrorOverride {
    /// As answered.
    pub status: u16,
    /// Found in the body.
    pub contains: &'static str,
    /// As it is classified; the caller still sees the provider's own.
    pub means: u16,
}

/// How a provider-native path names parts of the address.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NativePath {
    /// Not at all.
    #[default]
    Plain,
    /// `{resource}/{deployment}/…`
    Azure,
    /// `…/locations/{region}/…`
    Vertex,
    /// `bedrock-runtime/{region}/…`
    Bedrock,
    /// `@cf/…`, `run/@cf/…`, `v1/…`
    WorkersAi,
}

/// A provider whose address is prepared; made when a snapshot is built.
#[derive(Clone, Debug)]
pub struct Provider {
    /// The row of the table.
    pub spec: ProviderSpec,
    trust: Trust,
    /// `None` when the address has parts that only a call knows.
    endpoint: Option<Arc<Endpoint>>,
    /// Paths of conversations that are the same for every model, joined with the address.
    fixed: Vec<(&'static str, PathAndQuery)>,
}

/// Where a call goes.
#[derive(Clone, Debug)]
pub struct Target {
    /// The address.
    pub endpoint: Arc<Endpoint>,
    /// Path and query.
    pub path: PathAndQuery,
}

/// Why a call has no target.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// The address or path needs a part that neither the key nor the settings nor the call names.
    #[error(
        "{provider} needs a {part}: put it into the stored key's JSON ({{\"{part}\": …}}) or the provider's settings"
    )]
    Missing {
        /// Display name.
        provider: String,
        /// `project`, `region`, `resource`, `account_id`, `deployment`.
        part: &'static str,
    },
    /// A part of the address is not a plain name (A05).
    #[error("{part} {value:?} is not a name of letters, digits and hyphens")]
    NotAName {
        /// Which.
        part: &'static str,
        /// As given.
        value: String,
    },
    /// The path cannot be used.
    #[error(transparent)]
    Path(#[from] PathError),
    /// The address cannot be used.
    #[error(transparent)]
    Endpoint(#[from] EndpointError),
    /// The provider cannot be called, or not like this.
    #[error("{0}")]
    Unsupported(String),
}

impl From<TargetError> for Fault {
    fn from(error: TargetError) -> Self {
        let class = match error {
            TargetError::Missing { .. } => FaultClass::NoKey,
            TargetError::NotAName { .. } | TargetError::Path(_) | TargetError::Unsupported(_) => {
                FaultClass::Inexpressible
            }
            TargetError::Endpoint(_) => FaultClass::AddressRefused,
        };
        Self::new(class, error.to_string())
    }
}

/// The built-in providers with the operator's addresses in place.
#[derive(Clone, Debug)]
pub struct Catalogue(HashMap<String, Arc<Provider>>);

// === impl Provider ===

impl Provider {
    /// A built-in provider, with the operator's address in place of its own where there is one.
    ///
    /// # Errors
    /// The operator's address cannot be used.
    pub fn new(mut spec: ProviderSpec, base_url: Option<&str>) -> Result<Self, EndpointError> {
        let trust = if base_url.is_some() { Trust::Operator } else { Trust::Builtin };
        if let Some(url) = base_url {
            spec.base_url = Some(Cow::Owned(url.to_owned()));
        }
        Self::prepare(spec, trust, &AllowList::default())
    }

    /// A custom provider: OpenAI-compatible, with a bearer key. `slug` comes without `custom-`.
    ///
    /// # Errors
    /// The address is not one that may be configured through the API (A02).
    pub fn custom(slug: &str, name: &str, base_url: &str, allowed: &AllowList) -> Result<Self, EndpointError> {
        let spec = ProviderSpec {
            slug: Cow::Owned(format!("{CUSTOM_PREFIX}{slug}")),
            name: Cow::Owned(name.to_owned()),
            base_url: Some(Cow::Owned(base_url.to_owned())),
            ..builtin::custom()
        };
        Self::prepare(spec, Trust::Api, allowed)
    }

    fn prepare(spec: ProviderSpec, trust: Trust, allowed: &AllowList) -> Result<Self, EndpointError> {
        let endpoint = match &spec.base_url {
            Some(url) if trust == Trust::Api || !url.contains('{') => {
                Some(Arc::new(endpoint(&spec, url, trust, allowed)?))
            }
            Some(_) | None => None,
        };
        let mut fixed = Vec::new();
        if let Some(endpoint) = &endpoint {
            let paths = spec.chat.iter().filter_map(|api| match api.path {
                ChatPath::Fixed(path) => Some(path),
                ChatPath::Gemini | ChatPath::Vertex | ChatPath::Azure | ChatPath::WorkersAi => None,
            });
            fixed.extend(paths.filter_map(|path| Some((path, endpoint.path_and_query(path).ok()?))));
        }
        Ok(Self { spec, trust, endpoint, fixed })
    }

    /// The slug.
    pub fn slug(&self) -> &str {
        &self.spec.slug
    }

    /// May be named in `/compat` and in routes: it speaks a conversation that we do.
    pub fn is_compat(&self) -> bool {
        !self.spec.chat.is_empty()
    }

    /// Served inside the gateway.
    pub fn is_mock(&self) -> bool {
        self.spec.slug == MOCK
    }

    /// The way it speaks a format.
    pub fn chat(&self, format: waypost_types::WireFormat) -> Option<&ChatApi> {
        self.spec.chat.iter().find(|api| api.format == format)
    }

    /// The way it speaks the caller's format, else the one it prefers.
    pub fn chat_for(&self, format: waypost_types::WireFormat) -> Option<&ChatApi> {
        self.chat(format).or_else(|| self.spec.chat.first())
    }

    /// Where `rest` (what follows the slug in a native call, or [`ChatApi::rest`]) goes.
    ///
    /// # Errors
    /// [`TargetError`]; nothing of `rest` can change the host, other than by a checked region or resource name.
    pub fn target(&self, rest: &str, place: &Place) -> Result<Target, TargetError> {
        if let Some(endpoint) = &self.endpoint {
            if let Some((_, path)) = self.fixed.iter().find(|(fixed, _)| *fixed == rest) {
                return Ok(Target { path: path.clone(), endpoint: endpoint.clone() });
            }
            return Ok(Target { path: endpoint.path_and_query(rest)?, endpoint: endpoint.clone() });
        }
        let spec = &self.spec;
        let template = spec
            .base_url
            .as_deref()
            .ok_or_else(|| TargetError::Unsupported(format!("{} has no address that could be called", spec.name)))?;
        let (place, rest) = place.found_in(spec.native, rest);
        let url = place.fill(template, &spec.name)?;
        let endpoint = Arc::new(endpoint(spec, &url, self.trust, &AllowList::default())?);
        Ok(Target { path: endpoint.path_and_query(rest)?, endpoint })
    }
}

fn endpoint(spec: &ProviderSpec, url: &str, trust: Trust, allowed: &AllowList) -> Result<Endpoint, EndpointError> {
    let rule = match spec.native {
        NativePath::WorkersAi => JoinRule::WorkersAi,
        NativePath::Plain | NativePath::Azure | NativePath::Vertex | NativePath::Bedrock => JoinRule::Append,
    };
    Ok(Endpoint::parse_allowing(url, trust, allowed)?.with_join_rule(rule))
}

// === impl Catalogue ===

impl Catalogue {
    /// The built-in table with the operator's addresses: pairs of slug and base URL.
    ///
    /// # Errors
    /// The slug (an unknown one too) and what is wrong with its address.
    pub fn new<'a>(overrides: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self, (String, EndpointError)> {
        let mut addresses: HashMap<_, _> = overrides.into_iter().collect();
        let mut providers = HashMap::new();
        for spec in builtin::all() {
            let slug = spec.slug.clone().into_owned();
            let address = addresses.remove(&*slug);
            let provider = Provider::new(spec, address).map_err(|error| (slug.clone(), error))?;
            providers.insert(slug, Arc::new(provider));
        }
        match addresses.into_iter().next() {
            Some((slug, _)) => {
                let error = format!("there is no built-in provider {slug:?}");
                Err((slug.to_owned(), EndpointError::Syntax(error)))
            }
            None => Ok(Self(providers)),
        }
    }

    /// A built-in provider by its slug, or by a spelling that model strings use (`perplexity`).
    pub fn find(&self, slug: &str) -> Option<&Arc<Provider>> {
        self.0.get(slug).or_else(|| self.0.get(spelling::alias(slug)?))
    }

    /// Every provider, in no order.
    pub fn all(&self) -> impl Iterator<Item = &Arc<Provider>> {
        self.0.values()
    }

    /// The slug that somebody may have meant.
    pub fn did_you_mean(&self, slug: &str) -> Option<&str> {
        spelling::nearest(slug, self.0.keys().map(String::as_str))
    }
}

#[cfg(test)]
mod tests;
