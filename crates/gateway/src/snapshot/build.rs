//! Stored records → [`Snapshot`]. A record that cannot be used is left out and reported; it never takes the others down.

use std::{collections::HashMap, sync::Arc};

use http::{HeaderMap, HeaderName, HeaderValue};
use jiff::tz::TimeZone;
use waypost_graph::{self as graph, KeyState, PricePair, Surroundings};
use waypost_money::{Price, PriceTable, Rates};
use waypost_store::{
    ApiKeyRecord, Config, GatewayRecord, PriceOverrideRecord, ProviderKeyRecord, access::Preset,
    config::LiveRoute as StoredRoute, publisher::RouteSurroundings, seal::MasterKey, settings::UnknownPrice,
};
use waypost_types::UnixMs;
use waypost_upstream::{
    AllowList,
    catalogue::{self, Catalogue, StoredKey},
};

use crate::callees::Callees;

use super::{ApiKey, ByAccount, Gateway, LiveRoute, Map, Provider, ProviderKey, Snapshot};

/// What stays the same from one snapshot to the next.
pub struct Builder {
    catalogue: Arc<Catalogue>,
    allowed: AllowList,
    master_key: Option<Arc<MasterKey>>,
    builtin: Arc<Map<Box<str>, Arc<Provider>>>,
}

/// Something stored that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What: `provider key 01J… (openai/default)`.
    pub what: String,
    /// Why.
    pub why: String,
}

impl Builder {
    /// A builder from the built-in providers with the operator's addresses, the private addresses that the operator allows
    /// and what opens provider keys; without a master key they stay locked (F59).
    pub fn new(catalogue: Arc<Catalogue>, allowed: AllowList, master_key: Option<Arc<MasterKey>>) -> Self {
        let provider = |found: &Arc<catalogue::Provider>| {
            let provider = Provider {
                slug: found.slug().into(),
                upstream: found.clone(),
                is_keyless: found.is_mock(),
                extra_headers: HeaderMap::new(),
            };
            (Box::from(&*provider.slug), Arc::new(provider))
        };
        let builtin = Arc::new(catalogue.all().map(provider).collect());
        Self { catalogue, allowed, master_key, builtin }
    }

    /// Prepares a configuration for reading.
    pub fn build(&self, config: &Config, now: UnixMs) -> (Snapshot, Vec<Finding>) {
        let mut findings = Vec::new();
        // Read here, so that the first request does not wait for it.
        PriceTable::embedded();
        let custom = self.custom_providers(config, &mut findings);
        let prices = prices(&config.price_overrides);
        let mut gateways = ByAccount::<Gateway>::default();
        for record in &config.gateways {
            let gateway = Arc::new(self.gateway(record, config, &mut findings));
            gateways.entry(Box::from(&*gateway.account)).or_default().insert(Box::from(&*gateway.id), gateway);
        }
        let snapshot = Snapshot {
            generation: config.generation,
            gateways,
            api_keys: config
                .api_keys
                .iter()
                .filter(|key| key.is_live(now))
                .map(|key| (key.sha256, Arc::new(api_key(key))))
                .collect(),
            catalogue: self.catalogue.clone(),
            builtin: self.builtin.clone(),
            custom,
            prices,
            callees: Callees::default(),
        };
        (snapshot, findings)
    }

    fn custom_providers(&self, config: &Config, findings: &mut Vec<Finding>) -> ByAccount<Provider> {
        let mut providers = ByAccount::<Provider>::default();
        for record in config.custom_providers.iter().filter(|record| record.enable) {
            match catalogue::Provider::custom(&record.slug, &record.name, &record.base_url, &self.allowed) {
                Ok(upstream) => {
                    let slug: Arc<str> = upstream.slug().into();
                    let extra_headers = extra_headers(record.headers.as_deref()).unwrap_or_else(|why| {
                        findings.push(Finding { what: format!("headers of custom provider {}", record.slug), why });
                        HeaderMap::new()
                    });
                    let upstream = Arc::new(upstream);
                    let provider = Provider { slug: slug.clone(), upstream, is_keyless: true, extra_headers };
                    providers
                        .entry(record.account.as_str().into())
                        .or_default()
                        .insert(Box::from(&*slug), Arc::new(provider));
                }
                Err(error) => {
                    findings.push(Finding { what: format!("custom provider {}", record.slug), why: error.to_string() })
                }
            }
        }
        providers
    }

    fn gateway(&self, record: &GatewayRecord, config: &Config, findings: &mut Vec<Finding>) -> Gateway {
        let name = record.name();
        let zone = TimeZone::get(&record.settings.waypost.time_zone).unwrap_or_else(|error| {
            findings.push(Finding { what: format!("time zone of gateway {name}"), why: error.to_string() });
            TimeZone::UTC
        });
        let mut provider_keys: Map<Box<str>, Vec<ProviderKey>> = Map::default();
        for key in config.provider_keys.iter().filter(|key| key.gateway == name) {
            provider_keys.entry(key.provider_slug.as_str().into()).or_default().push(self.provider_key(key, findings));
        }
        let around = around(config, record, &self.catalogue);
        let routes = config.routes.iter().filter(|stored| stored.route.gateway == name);
        let routes = routes.map(|stored| {
            let live = live_route(stored, &around, findings);
            (stored.route.name.to_ascii_lowercase().into(), Arc::new(live))
        });
        Gateway {
            account: record.account.as_str().into(),
            id: record.id.as_str().into(),
            settings: record.settings.clone(),
            routes: routes.collect(),
            zone,
            provider_keys,
        }
    }

    fn provider_key(&self, record: &ProviderKeyRecord, findings: &mut Vec<Finding>) -> ProviderKey {
        let opened = match &self.master_key {
            Some(master) => master.open(&record.place(), &record.secret_ciphertext).map_err(|error| error.to_string()),
            None => Err("there is no master key".to_owned()),
        };
        let key = opened.and_then(|secret| StoredKey::parse(&secret).map_err(|fault| fault.detail));
        let key = key.map_err(|why| {
            let what = format!("provider key {} ({}/{})", record.id, record.provider_slug, record.alias);
            findings.push(Finding { what, why });
        });
        ProviderKey { alias: record.alias.as_str().into(), is_default: record.default_config, key: key.ok() }
    }
}

/// A JSON object of header names and values, as text.
fn extra_headers(text: Option<&str>) -> Result<HeaderMap, String> {
    let text = text.map(str::trim).filter(|text| !text.is_empty()).unwrap_or("{}");
    let members: HashMap<String, String> = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let mut headers = HeaderMap::new();
    for (name, value) in members {
        let name = HeaderName::try_from(&name).map_err(|_| format!("{name:?} is no header name"))?;
        let mut value = HeaderValue::from_str(&value).map_err(|_| format!("the value of {name} is no header value"))?;
        value.set_sensitive(true);
        headers.insert(name, value);
    }
    Ok(headers)
}

fn live_route(stored: &StoredRoute, around: &Around<'_>, findings: &mut Vec<Finding>) -> LiveRoute {
    let mut live = LiveRoute {
        id: stored.route.id.as_str().into(),
        name: stored.route.name.as_str().into(),
        requested_model: format!("dynamic/{}", stored.route.name).into(),
        version_id: "".into(),
        version: 0,
        scope: graph::BucketScope {
            gateway: stored.route.gateway.to_string().into(),
            route_id: stored.route.id.as_str().into(),
        },
        compiled: None,
    };
    let Some(version) = &stored.version else { return live };
    live.version_id = version.version_id.as_str().into();
    live.version = version.number;
    match compile(&version.document, around) {
        Ok(compiled) => live.compiled = Some(Arc::new(compiled)),
        Err(why) => {
            findings.push(Finding { what: format!("route {} version {}", stored.route.name, version.number), why })
        }
    }
    live
}

/// A document that was deployable once stays live when only its surroundings changed since (a price that went missing,
/// a provider that was removed): what does not compile strictly is compiled without them.
fn compile(document: &str, around: &Around<'_>) -> Result<graph::CompiledRoute, String> {
    let words = |problems: &[graph::Problem]| {
        problems.iter().map(|problem| format!("{} {}", problem.code, problem.message)).collect::<Vec<_>>().join("; ")
    };
    let read = graph::read(document.as_bytes()).map_err(|problems| words(&problems))?;
    let strict = graph::compile(&read.spec, around);
    if let Some(route) = strict.route {
        return Ok(route);
    }
    let zoned = Zoned(around.zone());
    graph::compile(&read.spec, &zoned).route.ok_or_else(|| words(&strict.problems))
}

/// Nothing is known but the time zone.
struct Zoned(TimeZone);

impl Surroundings for Zoned {
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

    fn zone(&self) -> TimeZone {
        self.0.clone()
    }
}

/// What a route document is checked against: prices, keys and providers of one gateway.
struct Around<'a> {
    config: &'a Config,
    gateway: &'a GatewayRecord,
    catalogue: &'a Catalogue,
    prices: Option<Arc<PriceTable>>,
}

impl RouteSurroundings for Builder {
    fn around<'a>(&'a self, config: &'a Config, gateway: &'a GatewayRecord) -> Box<dyn Surroundings + Send + 'a> {
        Box::new(around(config, gateway, &self.catalogue))
    }
}

fn around<'a>(config: &'a Config, gateway: &'a GatewayRecord, catalogue: &'a Catalogue) -> Around<'a> {
    let prices = prices(&config.price_overrides).remove(gateway.account.as_str());
    Around { config, gateway, catalogue, prices }
}

impl Around<'_> {
    fn is_custom(&self, provider: &str) -> bool {
        let slug = provider.strip_prefix(catalogue::CUSTOM_PREFIX);
        slug.is_some_and(|slug| {
            self.config
                .custom_providers
                .iter()
                .any(|record| record.account == self.gateway.account && record.slug == slug)
        })
    }

    fn keys(&self) -> impl Iterator<Item = &ApiKeyRecord> {
        self.config.api_keys.iter().filter(|key| {
            key.account == self.gateway.account
                && key.revoked_at.is_none()
                && key.gateway.as_ref().is_none_or(|gateway| *gateway == self.gateway.id)
        })
    }
}

impl Surroundings for Around<'_> {
    fn price(&self, provider: &str, model: &str) -> Option<PricePair> {
        let table = self.prices.as_deref().unwrap_or_else(|| PriceTable::embedded());
        let rates = table.find(provider, model)?.rates_for(0);
        Some(PricePair { input: rates.input, output: rates.output })
    }

    fn unknown_price_blocks(&self) -> bool {
        self.gateway.settings.waypost.unknown_price == UnknownPrice::Block
    }

    fn provider_exists(&self, provider: &str) -> bool {
        self.catalogue.find(provider).is_some() || self.is_custom(provider)
    }

    fn did_you_mean(&self, provider: &str) -> Option<String> {
        self.catalogue.did_you_mean(provider).map(str::to_owned)
    }

    fn provider_name(&self, provider: &str) -> Option<String> {
        self.catalogue.find(provider).map(|found| found.spec.name.clone().into_owned())
    }

    fn has_key(&self, provider: &str) -> KeyState {
        let name = self.gateway.name();
        if self.catalogue.find(provider).is_some_and(|found| found.is_mock()) || self.is_custom(provider) {
            KeyState::NotNeeded
        } else if self.config.provider_keys.iter().any(|key| key.gateway == name && key.provider_slug == provider) {
            KeyState::Stored
        } else {
            KeyState::Missing
        }
    }

    fn metadata_is_pinned(&self, key: &str) -> bool {
        self.keys().any(|api_key| api_key.preset == Preset::Backend || api_key.pinned_metadata.get(key).is_some())
    }

    fn keys_with_own_cost(&self) -> Vec<String> {
        self.keys()
            .filter(|key| key.permissions.custom_cost && key.preset != Preset::Backend)
            .map(|key| key.label.clone())
            .collect()
    }

    fn zone(&self) -> TimeZone {
        TimeZone::get(&self.gateway.settings.waypost.time_zone).unwrap_or(TimeZone::UTC)
    }
}

fn prices(overrides: &[PriceOverrideRecord]) -> Map<Box<str>, Arc<PriceTable>> {
    let mut by_account: HashMap<Box<str>, Vec<(String, String, Price)>> = HashMap::new();
    for record in overrides {
        let rates = Rates {
            input: record.input,
            output: record.output,
            cache_read: record.cache_read,
            cache_write: record.cache_write,
        };
        let price = Price::flat_rates(rates, "yours", format!("set by {}", record.modified_by));
        by_account.entry(record.account.as_str().into()).or_default().push((
            record.provider.clone(),
            record.model.clone(),
            price,
        ));
    }
    by_account.into_iter().map(|(account, list)| (account, Arc::new(PriceTable::with_overrides(list)))).collect()
}

fn api_key(record: &ApiKeyRecord) -> ApiKey {
    let boxed = |list: &[String]| list.iter().map(|item| item.as_str().into()).collect();
    ApiKey {
        id: record.id.as_str().into(),
        label: record.label.as_str().into(),
        account: record.account.as_str().into(),
        gateway: record.gateway.as_deref().map(Into::into),
        routes: boxed(&record.routes),
        models: boxed(&record.models),
        may_custom_cost: record.permissions.custom_cost,
        may_cache_key: record.permissions.cache_key,
        may_skip_cache: record.permissions.skip_cache,
        may_skip_log: record.permissions.skip_log,
        pinned_metadata: record.pinned_metadata.clone(),
        expires_at: record.expires_at,
    }
}
