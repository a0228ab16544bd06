//! `GET /api/gateways/{gateway}/routes/{route}/buckets`

use std::sync::Arc;

use axum::extract::{Path, State};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use waypost_policy::limit::KeyValue;
use waypost_types::{LimitKind, PicoUsd};

use crate::{
    Admin,
    body::REQUIRED,
    envelope::{Answer, Envelope, one},
    ids::rfc3339,
    limits::BUCKETS_SHOWN,
    query::Pairs,
    refusal::{Refused, place},
};

/// The counters of a limit.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BucketsView {
    /// Element id of the limit.
    node: String,
    /// `count` or `cost`.
    #[schema(value_type = String)]
    kind: LimitKind,
    /// The limit: requests, or dollars.
    #[schema(value_type = f64)]
    limit: Value,
    /// The setting in words: `100 requests per hour for each metadata.user_id`.
    sentence: String,
    /// When this was read.
    as_of: String,
    /// Counters that hold something, among the keys of recent requests.
    total: usize,
    /// The fullest ones.
    buckets: Vec<BucketView>,
}

/// One counter.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BucketView {
    /// What is counted per; `*` for everyone together, null for requests without the value.
    key: Option<String>,
    /// Used now, reservations included: requests, or dollars.
    #[schema(value_type = f64)]
    used: Value,
    /// The part of it that calls under way have reserved.
    #[schema(value_type = f64)]
    reserved: Value,
    /// When the counter begins again at nothing; null for a sliding window.
    resets_at: Option<String>,
    /// When the next amount falls out of a sliding window; null for a fixed one.
    frees_at: Option<String>,
}

/// The fullest counters of a limit, as they are now.
#[utoipa::path(
    get,
    path = "/api/gateways/{gateway}/routes/{route}/buckets",
    tag = "Insight",
    params(
        ("gateway" = String, Path),
        ("route" = String, Path, description = "Id or name."),
        ("account" = Option<String>, Query, description = "`default` where absent."),
        ("node" = String, Query, description = "Element id of a limit of the version that serves."),
    ),
    responses((status = 200, body = Envelope<BucketsView>)),
)]
pub(crate) async fn get(
    State(admin): State<Arc<Admin>>,
    Path((gateway, route)): Path<(String, String)>,
    pairs: Pairs,
) -> Answer<BucketsView> {
    let (gateway, route) = admin.route(pairs.account(), &gateway, &route).await?;
    let node = pairs.text("node").ok_or_else(|| Refused::value(place!["query", "node"], REQUIRED))?;
    let limit = admin.limit(&gateway, &route, node).await?;
    let rule = &limit.node()?.rule;
    let mut found = admin.buckets(&gateway, &limit).await?;
    let now = admin.clock.now();
    found.retain(|bucket| bucket.state.used(rule, now) > 0);
    found.sort_by_key(|bucket| std::cmp::Reverse(bucket.state.used(rule, now)));
    let amount = |amount: i64| match rule.kind {
        LimitKind::Count => Value::from(amount),
        LimitKind::Cost => PicoUsd(amount).to_json_number(),
    };
    let buckets = found.iter().take(BUCKETS_SHOWN).map(|bucket| BucketView {
        key: match &bucket.key {
            KeyValue::Everyone => Some("*".to_owned()),
            key => key.text().map(|text| text.to_string()),
        },
        used: amount(bucket.state.used(rule, now)),
        reserved: amount(bucket.reserved()),
        resets_at: bucket.resets_at(rule, now).map(rfc3339),
        frees_at: bucket.frees_at(rule, now).map(rfc3339),
    });
    one(BucketsView {
        node: node.to_owned(),
        kind: rule.kind,
        limit: amount(rule.limit),
        sentence: limit.node()?.sentence(),
        as_of: rfc3339(now),
        total: found.len(),
        buckets: buckets.collect(),
    })
}
