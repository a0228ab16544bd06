//! `GET /api/gateways/{gateway}/attention`

use std::sync::Arc;

use axum::extract::{Path, State};
use serde::Serialize;
use utoipa::ToSchema;
use waypost_graph::CompiledRoute;
use waypost_store::{
    GatewayRecord,
    config::PageQuery,
    insight::Subject,
    log::{LogQuery, Paging},
};
use waypost_types::LimitKind;

use super::{
    recent, seen,
    sums::{Stretch, total},
    window::full_minute,
};
use crate::{
    Admin,
    envelope::{Answer, Envelope, one},
    limits::{ATTENTION_MAX, SEEN_ROWS_MAX},
    logs, provider_configs,
    query::Pairs,
    refusal::{Noun, Outcome},
    routes,
};

const DAY_MS: i64 = 86_400_000;
/// Of a budget, and of the room for log rows.
const NEARLY_FULL_PERCENT: i128 = 80;

/// Something that somebody should look at.
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct AttentionView {
    /// `budget`, `route`, `no_price`, `provider_key` or `storage`.
    kind: &'static str,
    /// What it is, in a few words.
    title: String,
    /// What is the matter, as a sentence.
    detail: String,
    /// Where to go, below the gateway: `routes/smart-route?node=budget`.
    link: String,
}

/// What needs attention: budgets over 80 %, routes with errors, requests without a price, rejected provider keys, and a log
/// that is nearly full.
#[utoipa::path(
    get,
    path = "/api/gateways/{gateway}/attention",
    tag = "Insight",
    params(
        ("gateway" = String, Path),
        ("account" = Option<String>, Query, description = "`default` where absent."),
    ),
    responses((status = 200, body = Envelope<Vec<AttentionView>>)),
)]
pub(crate) async fn attention(
    State(admin): State<Arc<Admin>>,
    Path(gateway): Path<String>,
    pairs: Pairs,
) -> Answer<Vec<AttentionView>> {
    let gateway = admin.gateway(pairs.account(), &gateway).await?;
    let mut found = admin.rejected_keys(&gateway).await?;
    found.extend(admin.routes_and_budgets(&gateway).await?);
    found.extend(admin.without_price(&gateway).await?);
    found.extend(admin.nearly_full(&gateway).await?);
    found.truncate(ATTENTION_MAX);
    one(found)
}

impl Admin {
    async fn rejected_keys(&self, gateway: &GatewayRecord) -> Outcome<Vec<AttentionView>> {
        let name = gateway.name();
        let stored = self.config.provider_keys().list(&name, &PageQuery::ALL).await.noun(provider_configs::NOUN)?.items;
        if stored.is_empty() {
            return Ok(Vec::new());
        }
        let from = full_minute(self.clock.now().plus_ms(-DAY_MS));
        let rows = self.recent(&name, vec![recent::since(from)], SEEN_ROWS_MAX).await?.rows;
        let rejected =
            stored.into_iter().map(|key| seen::provider_key(key, &rows)).filter(seen::SeenProviderKey::is_rejected);
        Ok(rejected
            .map(|key| AttentionView {
                kind: "provider_key",
                title: format!("Key {:?} of {}", key.alias, key.provider),
                detail: format!("{} rejects this key. Replace it.", key.provider),
                link: "providers".to_owned(),
            })
            .collect())
    }

    async fn routes_and_budgets(&self, gateway: &GatewayRecord) -> Outcome<Vec<AttentionView>> {
        let name = gateway.name();
        let mut found = Vec::new();
        for route in self.config.routes().list(&name, &PageQuery::ALL).await.noun(routes::NOUN)?.items {
            let Some(live) = &route.live_version else { continue };
            let version = self.config.routes().version(&name, &route.id, live).await.noun("Version")?;
            let checked = self.check_version(gateway, &version).await?;
            let errors = checked.compiled.problems.iter().filter(|problem| problem.is_error()).count();
            if let Some(first) = checked.compiled.problems.iter().find(|problem| problem.is_error()) {
                found.push(AttentionView {
                    kind: "route",
                    title: route.name.clone(),
                    detail: format!("The version that serves has {errors} errors now. {}", first.message),
                    link: format!("routes/{}", route.name),
                });
            }
            let Some(compiled) = checked.compiled.route.map(Arc::new) else { continue };
            for node in budgets(&compiled) {
                let limit = self.limit(gateway, &route, &node).await?;
                let rule = &limit.node()?.rule;
                let now = self.clock.now();
                let buckets = self.buckets(gateway, &limit).await?;
                let used = buckets.iter().map(|bucket| bucket.state.used(rule, now));
                let full = used.filter(|used| is_nearly_full(*used, rule.limit)).count();
                if full > 0 {
                    found.push(AttentionView {
                        kind: "budget",
                        title: format!("{} of {}", limit.title(), route.name),
                        detail: format!(
                            "{full} of {} counters are over {NEARLY_FULL_PERCENT} % of {}.",
                            buckets.len(),
                            limit.node()?.sentence()
                        ),
                        link: format!("routes/{}?node={node}", route.name),
                    });
                }
            }
        }
        Ok(found)
    }

    async fn without_price(&self, gateway: &GatewayRecord) -> Outcome<Option<AttentionView>> {
        let now = self.clock.now();
        let stretch = Stretch::since(full_minute(now.plus_ms(-DAY_MS)), now);
        let found = self.sums(&gateway.name(), Subject::Requests, stretch, Vec::new()).await?;
        let count = total(found.pieces.iter().map(|piece| &piece.sum)).no_price;
        Ok((count > 0).then(|| AttentionView {
            kind: "no_price",
            title: "Requests without a price".to_owned(),
            detail: format!("{count} requests of the last 24 hours had no price and are in no total. Set prices."),
            link: "providers?prices=without".to_owned(),
        }))
    }

    async fn nearly_full(&self, gateway: &GatewayRecord) -> Outcome<Option<AttentionView>> {
        let paging = Paging::After { cursor: None, limit: 1 };
        let query = LogQuery { paging, with_total: true, ..LogQuery::default() };
        let rows = self.logs.list(&gateway.name(), &query).await.noun(logs::NOUN)?.total;
        let rows_max = gateway.settings.log_rows_max();
        let is_full =
            is_nearly_full(i64::try_from(rows).unwrap_or(i64::MAX), i64::try_from(rows_max).unwrap_or(i64::MAX));
        Ok(is_full.then(|| AttentionView {
            kind: "storage",
            title: "Log storage".to_owned(),
            detail: format!("{rows} of at most {rows_max} log rows are stored."),
            link: "settings".to_owned(),
        }))
    }
}

fn budgets(route: &CompiledRoute) -> Vec<String> {
    let budgets = route.limits().filter(|(_, limit)| limit.rule.kind == LimitKind::Cost);
    budgets.map(|(at, _)| route.node_id(at).to_owned()).collect()
}

const fn is_nearly_full(used: i64, limit: i64) -> bool {
    used as i128 * 100 >= limit as i128 * NEARLY_FULL_PERCENT
}
