//! `GET /api/gateways/{gateway}/seen`

use std::{collections::BTreeMap, sync::Arc};

use axum::extract::{Path, State};
use serde::Serialize;
use utoipa::ToSchema;
use waypost_store::{ProviderKeyRecord, config::PageQuery, log::LogRow};
use waypost_types::UnixMs;

use super::{recent, window::since};
use crate::{
    Admin,
    envelope::{Answer, Envelope, one},
    ids::rfc3339,
    limits::SEEN_ROWS_MAX,
    provider_configs::{self, state},
    query::Pairs,
    refusal::Noun,
};

/// Values shown of one metadata key.
const VALUES_MAX: usize = 20;
/// Recent users offered.
const USERS_MAX: usize = 20;
/// Metadata keys that name a user, the usual one first.
const USER_KEYS: [&str; 4] = ["user_id", "userId", "user", "email"];

/// What recent requests carried and used.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SeenView {
    /// From when on was looked.
    since: String,
    /// Requests that were looked at.
    requests: u64,
    /// There were more requests than were looked at: these are the newest.
    is_sample: bool,
    /// Metadata keys, the most frequent first.
    metadata: Vec<SeenKey>,
    /// Models that were called, the most frequent first.
    models: Vec<SeenModel>,
    /// Users that were named lately, the last one first.
    users: Vec<String>,
    /// API keys of this gateway that were used at some time.
    keys_used: Vec<UsedKey>,
    /// Stored provider keys.
    provider_keys: Vec<SeenProviderKey>,
}

/// A metadata key.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SeenKey {
    /// The key.
    key: String,
    /// Share of the requests that carried it, 0 to 1.
    share: f64,
    /// Values, the most frequent first.
    values: Vec<SeenValue>,
    /// There are more values.
    has_more: bool,
}

/// A metadata value.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SeenValue {
    /// As filters compare it.
    value: String,
    /// Requests that carried it.
    count: u64,
}

/// A model that was called.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SeenModel {
    /// Provider slug.
    provider: String,
    /// Model name.
    model: String,
    /// Requests that it served or failed.
    requests: u64,
    /// It has a price.
    has_price: bool,
}

/// An API key that was used.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct UsedKey {
    /// Its id.
    key_id: String,
    /// Its label.
    label: String,
    /// When, to the minute.
    last_used: String,
}

/// A stored provider key.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SeenProviderKey {
    /// Its id.
    id: String,
    /// The provider.
    pub(super) provider: String,
    /// Its alias.
    pub(super) alias: String,
    /// When a stored key of this provider was used last, as far as was looked; null when it was not.
    last_used: Option<String>,
    /// `works`, `rejected` or `not_checked`.
    state: &'static str,
    /// Since when; null when it was not checked.
    since: Option<String>,
}

/// What recent requests carried: metadata with values, models, users, keys. Pickers and warnings are made of it.
#[utoipa::path(
    get,
    path = "/api/gateways/{gateway}/seen",
    tag = "Insight",
    params(
        ("gateway" = String, Path),
        ("account" = Option<String>, Query, description = "`default` where absent."),
        ("window" = Option<String>, Query, description = "`24h` where absent; `5m`, `1h`, `7d` …"),
    ),
    responses((status = 200, body = Envelope<SeenView>)),
)]
pub(crate) async fn seen(
    State(admin): State<Arc<Admin>>,
    Path(gateway): Path<String>,
    pairs: Pairs,
) -> Answer<SeenView> {
    let account = pairs.account();
    let gateway = admin.gateway(account, &gateway).await?.name();
    let from = since(&pairs, "24h", admin.clock.now())?;
    let found = admin.recent(&gateway, vec![recent::since(from)], SEEN_ROWS_MAX).await?;
    let prices = admin.prices(account).await?;
    let keys = admin.config.api_keys().list(account, Some(&gateway.id), &PageQuery::ALL).await.noun("API key")?;
    let stored = admin.config.provider_keys().list(&gateway, &PageQuery::ALL).await.noun(provider_configs::NOUN)?.items;

    let mut models: BTreeMap<(&str, &str), u64> = BTreeMap::new();
    for row in found.rows.iter().filter(|row| !row.record.attempts.is_empty()) {
        *models.entry((&*row.record.provider, &*row.record.model)).or_default() += 1;
    }
    let mut models: Vec<SeenModel> = models
        .into_iter()
        .map(|((provider, model), requests)| SeenModel {
            has_price: prices.find(provider, model).is_some(),
            provider: provider.to_owned(),
            model: model.to_owned(),
            requests,
        })
        .collect();
    models.sort_by_key(|seen| std::cmp::Reverse(seen.requests));
    let keys_used = keys
        .items
        .into_iter()
        .filter_map(|key| Some(UsedKey { last_used: rfc3339(key.last_used_at?), key_id: key.id, label: key.label }));
    one(SeenView {
        since: rfc3339(from),
        requests: found.rows.len() as u64,
        is_sample: found.has_more,
        metadata: metadata(&found.rows),
        models,
        users: users(&found.rows),
        keys_used: keys_used.collect(),
        provider_keys: stored.into_iter().map(|key| provider_key(key, &found.rows)).collect(),
    })
}

fn metadata(rows: &[LogRow]) -> Vec<SeenKey> {
    let mut keys: BTreeMap<String, BTreeMap<String, u64>> = BTreeMap::new();
    for row in rows {
        for (key, value) in &row.metadata().0 {
            let values = keys.entry(key.to_string()).or_default();
            *values.entry(value.canonical().to_string()).or_default() += 1;
        }
    }
    let mut seen: Vec<SeenKey> = keys
        .into_iter()
        .map(|(key, values)| {
            let carried: u64 = values.values().sum();
            let mut values: Vec<SeenValue> =
                values.into_iter().map(|(value, count)| SeenValue { value, count }).collect();
            values.sort_by_key(|seen| std::cmp::Reverse(seen.count));
            let has_more = values.len() > VALUES_MAX;
            values.truncate(VALUES_MAX);
            SeenKey { key, share: carried as f64 / rows.len().max(1) as f64, values, has_more }
        })
        .collect();
    seen.sort_by(|one, other| other.share.total_cmp(&one.share));
    seen
}

fn users(rows: &[LogRow]) -> Vec<String> {
    let mut users: Vec<String> = Vec::new();
    for row in rows {
        let user = USER_KEYS.iter().find_map(|key| row.record.metadata.get(key));
        let Some(user) = user.map(|user| user.canonical().to_string()) else { continue };
        if !users.contains(&user) {
            users.push(user);
        }
        if users.len() >= USERS_MAX {
            break;
        }
    }
    users
}

impl SeenProviderKey {
    /// The provider does not take it.
    pub(super) fn is_rejected(&self) -> bool {
        self.state == "rejected"
    }
}

/// What requests say of a stored key is newer than what was stored about it.
pub(super) fn provider_key(key: ProviderKeyRecord, rows: &[LogRow]) -> SeenProviderKey {
    let used =
        |row: &&LogRow| row.record.byok && row.record.attempts.iter().any(|call| call.provider == key.provider_slug);
    let last = rows.iter().find(used);
    let said = rows.iter().filter(used).find_map(|row| {
        let call = row.record.attempts.iter().rev().find(|call| call.provider == key.provider_slug)?;
        match (call.status, &call.fault) {
            (_, None) => Some(("works", row.record.created_at)),
            (Some(401 | 403), _) => Some(("rejected", row.record.created_at)),
            _ => None,
        }
    });
    let stored = match state(key.state) {
        "unchecked" => ("not_checked", None),
        word => (word, Some(key.modified_at)),
    };
    let (state, since): (_, Option<UnixMs>) = match said {
        // Aliases are not told apart in rows: what is said of one is only sure when it is the default one.
        Some((word, at)) if key.default_config && at > key.modified_at => (word, Some(at)),
        _ => stored,
    };
    SeenProviderKey {
        id: key.id,
        last_used: last.map(|row| rfc3339(row.record.created_at)),
        provider: key.provider_slug,
        alias: key.alias,
        state,
        since: since.map(rfc3339),
    }
}
