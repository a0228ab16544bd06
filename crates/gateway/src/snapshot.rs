//! The live configuration, prepared for reading: one [`Snapshot`] per request, from its start to its end (invariant I5).
//! It is built away from the cores and published by one pointer swap.

mod build;

use std::{collections::HashMap, sync::Arc};

use foldhash::fast::RandomState;
use http::{HeaderMap, Method};
use jiff::{Timestamp, tz::TimeZone};
use waypost_graph::{BucketScope, CompiledRoute};
use waypost_money::{Price, PriceTable};
use waypost_store::{
    KeyDigest,
    settings::{GatewaySettings, UnknownPrice},
};
use waypost_types::{Metadata, PicoUsd, UnixMs};
use waypost_upstream::catalogue::{self, Catalogue, Recognised, StoredKey};

use crate::callees::{Callee, Callees};
pub use build::{Builder, Finding};

/// Everything that the data plane reads, at one generation of the configuration.
pub struct Snapshot {
    /// Number of the configuration it was built from.
    pub generation: u64,
    gateways: ByAccount<Gateway>,
    api_keys: Map<KeyDigest, Arc<ApiKey>>,
    catalogue: Arc<Catalogue>,
    builtin: Arc<Map<Box<str>, Arc<Provider>>>,
    custom: ByAccount<Provider>,
    prices: Map<Box<str>, Arc<PriceTable>>,
    callees: Callees,
}

/// Account, then name.
type ByAccount<T> = Map<Box<str>, Map<Box<str>, Arc<T>>>;

/// Callers choose what is looked up here, never what is put in.
type Map<K, V> = HashMap<K, V, RandomState>;

/// A provider whose address is prepared.
pub struct Provider {
    /// Its slug, `custom-` included.
    pub slug: Arc<str>,
    /// Address, formats, quirks.
    pub upstream: Arc<catalogue::Provider>,
    /// Can be called without a key.
    pub is_keyless: bool,
    /// Headers that the account wants sent to a custom provider.
    pub extra_headers: HeaderMap,
}

impl Provider {
    /// What a provider-native path asks.
    pub fn recognise(&self, method: &Method, path: &str) -> Option<Recognised> {
        // Other spellings of a path reach the same place at the provider, and are metered all the same (A16).
        let path = path.split(['?', ';']).next().unwrap_or(path);
        let path = crate::ingress::percent_decode(path).unwrap_or_default();
        if !path.contains("//") {
            return catalogue::recognise(&self.upstream.spec, method, path.trim_matches('/'));
        }
        let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
        catalogue::recognise(&self.upstream.spec, method, &segments.join("/"))
    }

    /// What people call it.
    pub fn name(&self) -> &str {
        &self.upstream.spec.name
    }
}

/// A gateway with everything that belongs to it.
pub struct Gateway {
    /// Account name.
    pub account: Arc<str>,
    /// Gateway id.
    pub id: Arc<str>,
    /// Its settings.
    pub settings: GatewaySettings,
    /// The time zone of calendar windows and of `time.hour`.
    pub zone: TimeZone,
    routes: Map<Box<str>, Arc<LiveRoute>>,
    provider_keys: Map<Box<str>, Vec<ProviderKey>>,
}

/// A route with its live version, where it has one.
pub struct LiveRoute {
    /// Id of the route.
    pub id: Arc<str>,
    /// Its name.
    pub name: Arc<str>,
    /// As callers name it: `dynamic/{name}`.
    pub requested_model: Arc<str>,
    /// Id of the live version.
    pub version_id: Arc<str>,
    /// Its number.
    pub version: u32,
    /// Whose counters its limits ask.
    pub scope: BucketScope,
    /// The checked document; `None` when nothing was ever deployed.
    pub compiled: Option<Arc<CompiledRoute>>,
}

/// A stored provider key, opened. A key that cannot be decrypted keeps its place, so that calls say so (F59, A84).
pub struct ProviderKey {
    /// Its alias.
    pub alias: Box<str>,
    /// Used when nobody names an alias.
    pub is_default: bool,
    /// The key with what its JSON says of region and project; `None` when it cannot be used.
    pub key: Option<StoredKey>,
}

/// A live API key.
#[derive(Clone, Debug)]
pub struct ApiKey {
    /// Its id.
    pub id: Arc<str>,
    /// Its label.
    pub label: Arc<str>,
    /// Its account.
    pub account: Box<str>,
    /// The only gateway it may use; all of the account's when `None`.
    pub gateway: Option<Box<str>>,
    routes: Vec<Box<str>>,
    models: Vec<Box<str>>,
    /// May send `cf-aig-custom-cost`.
    pub may_custom_cost: bool,
    /// May send `cf-aig-cache-key`.
    pub may_cache_key: bool,
    /// May send `cf-aig-skip-cache`.
    pub may_skip_cache: bool,
    /// May send `cf-aig-collect-log: false`.
    pub may_skip_log: bool,
    /// Metadata that wins over the caller's.
    pub pinned_metadata: Metadata,
    expires_at: Option<UnixMs>,
}

impl Snapshot {
    /// A gateway.
    pub fn gateway(&self, account: &str, id: &str) -> Option<&Arc<Gateway>> {
        self.gateways.get(account)?.get(id)
    }

    /// The live key with this text.
    pub fn api_key(&self, token: &str, now: UnixMs) -> Option<Arc<ApiKey>> {
        let key = self.api_keys.get(&KeyDigest::of(token.as_bytes()))?;
        key.expires_at.is_none_or(|expires_at| now < expires_at).then(|| key.clone())
    }

    /// A provider of the catalogue, or a custom one of the account.
    pub fn provider(&self, account: &str, slug: &str) -> Option<&Arc<Provider>> {
        if slug.starts_with(catalogue::CUSTOM_PREFIX) {
            return self.custom.get(account)?.get(slug);
        }
        self.builtin.get(slug).or_else(|| self.builtin.get(self.catalogue.find(slug)?.slug()))
    }

    /// The slug that was probably meant.
    pub fn similar_provider(&self, slug: &str) -> Option<&str> {
        self.catalogue.did_you_mean(slug)
    }

    /// What a call of a model needs.
    pub fn callee(&self, account: &str, provider: &str, model: &str) -> Arc<Callee> {
        self.callees.of(account, provider, model, || {
            let price = self.price(account, provider, model).cloned().map(Arc::new);
            (self.provider(account, provider).cloned(), price)
        })
    }

    /// What a model costs, the account's own prices first.
    fn price(&self, account: &str, provider: &str, model: &str) -> Option<&Price> {
        match self.prices.get(account) {
            Some(table) => table.find(provider, model),
            None => PriceTable::embedded().find(provider, model),
        }
    }
}

impl Gateway {
    /// Callers must send a key.
    pub const fn requires_key(&self) -> bool {
        self.settings.authentication
    }

    /// A route by its name, ignoring case.
    pub fn route(&self, name: &str) -> Option<&Arc<LiveRoute>> {
        match self.routes.get(name) {
            Some(route) => Some(route),
            None => self.routes.get(&*name.to_ascii_lowercase()),
        }
    }

    /// The route that was probably meant.
    pub fn similar_route(&self, name: &str) -> Option<&str> {
        let nearest = catalogue::spelling::nearest(name, self.routes.values().map(|route| &*route.name))?;
        Some(nearest)
    }

    /// The stored key of a provider: the named one, or the default.
    pub fn provider_key(&self, provider: &str, alias: Option<&str>) -> Option<&ProviderKey> {
        let keys = self.provider_keys.get(provider)?;
        match alias {
            Some(alias) => keys.iter().find(|key| &*key.alias == alias),
            None => keys
                .iter()
                .find(|key| key.is_default)
                .or_else(|| keys.iter().find(|key| &*key.alias == "default"))
                .or_else(|| keys.first().filter(|_| keys.len() == 1)),
        }
    }

    /// Aliases of a provider's stored keys.
    pub fn provider_key_aliases(&self, provider: &str) -> Vec<&str> {
        self.provider_keys.get(provider).map_or_else(Vec::new, |keys| keys.iter().map(|key| &*key.alias).collect())
    }

    /// What to book for a model without a price.
    pub fn unknown_price(&self) -> (UnknownPrice, Option<PicoUsd>) {
        (self.settings.waypost.unknown_price, self.settings.waypost.flat_cost_usd)
    }

    /// Hour of the day in the gateway's zone.
    pub fn hour(&self, now: UnixMs) -> u8 {
        if self.zone == TimeZone::UTC {
            return u8::try_from(now.0.div_euclid(3_600_000).rem_euclid(24)).unwrap_or(0);
        }
        Timestamp::from_millisecond(now.0)
            .map_or(0, |at| u8::try_from(at.to_zoned(self.zone.clone()).hour()).unwrap_or(0))
    }
}

impl ApiKey {
    /// The built-in key of the Playground: everything that the preset *Backend* may. It has no text, so that nobody can
    /// call with it.
    pub(crate) fn playground(account: &str) -> Self {
        Self {
            id: "playground".into(),
            label: "Playground".into(),
            account: account.into(),
            gateway: None,
            routes: Vec::new(),
            models: Vec::new(),
            may_custom_cost: true,
            may_cache_key: true,
            may_skip_cache: true,
            may_skip_log: true,
            pinned_metadata: Metadata::default(),
            expires_at: None,
        }
    }

    /// May it use this gateway?
    pub fn allows_gateway(&self, gateway: &str) -> bool {
        self.gateway.as_deref().is_none_or(|only| only == gateway)
    }

    /// May it call this route? Without any scope it may call everything.
    pub fn allows_route(&self, route: &str) -> bool {
        if self.routes.is_empty() && self.models.is_empty() {
            return true;
        }
        self.routes.iter().any(|pattern| matches(pattern, route))
    }

    /// May it call this model directly?
    pub fn allows_model(&self, provider: &str, model: &str) -> bool {
        if self.routes.is_empty() && self.models.is_empty() {
            return true;
        }
        let name = format!("{provider}/{model}");
        self.models.iter().any(|pattern| matches(pattern, &name))
    }

    /// What it may use, for people.
    pub fn allowed_words(&self) -> String {
        let routes = self.routes.iter().map(|route| format!("dynamic/{route}"));
        routes.chain(self.models.iter().map(|model| model.to_string())).collect::<Vec<_>>().join(", ")
    }
}

/// `*` at the end stands for anything.
fn matches(pattern: &str, name: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(prefix) => name.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix)),
        None => pattern.eq_ignore_ascii_case(name),
    }
}

#[cfg(test)]
impl ApiKey {
    /// A key with all permissions, or with none.
    pub(crate) fn for_tests(may: bool) -> Self {
        Self {
            id: "k1".into(),
            label: "test".into(),
            account: "default".into(),
            gateway: None,
            routes: Vec::new(),
            models: Vec::new(),
            may_custom_cost: may,
            may_cache_key: may,
            may_skip_cache: may,
            may_skip_log: may,
            pinned_metadata: Metadata::default(),
            expires_at: None,
        }
    }
}
