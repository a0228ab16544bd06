//! The counters of one limit, as they are now.

pub(crate) mod get;
pub(crate) mod reset;

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use waypost_graph::{BucketScope, CompiledRoute, NodeIx, RateNode};
use waypost_policy::limit::{BucketState, KeyValue, Rule, Slot, WindowAt};
use waypost_store::{GatewayRecord, RouteRecord, ledger::CounterRow};
use waypost_types::{BucketId, LimitKind, UnixMs};

use super::recent;
use crate::{
    Admin,
    limits::{BUCKET_KEYS_MAX, SEEN_ROWS_MAX},
    refusal::{Noun, Outcome, Refused, place},
};

/// A limit of the version that serves.
pub(super) struct Limit {
    route: Arc<CompiledRoute>,
    at: NodeIx,
    scope: BucketScope,
}

/// One counter of it.
pub(super) struct Bucket {
    pub(super) key: KeyValue,
    pub(super) rows: Vec<CounterRow>,
    pub(super) state: BucketState,
}

impl Admin {
    /// The limit with this element id in the version that serves.
    pub(super) async fn limit(&self, gateway: &GatewayRecord, route: &RouteRecord, node: &str) -> Outcome<Limit> {
        let missing = |message: String| Refused::value(place!["query", "node"], message);
        let live = route.live_version.as_deref();
        let live =
            live.ok_or_else(|| missing(format!("{:?} was never deployed, so nothing is counted.", route.name)))?;
        let version = self.config.routes().version(&gateway.name(), &route.id, live).await.noun("Version")?;
        let checked = self.check_version(gateway, &version).await?;
        let compiled = checked.compiled.route.map(Arc::new);
        let compiled = compiled.ok_or_else(|| missing("The version that serves has errors now.".to_owned()))?;
        let at = compiled.find(node).filter(|at| compiled.limit(*at).is_some());
        let at = at.ok_or_else(|| missing(format!("{node:?} is no limit of the version that serves.")))?;
        let scope = BucketScope { gateway: gateway.name().to_string().into(), route_id: route.id.as_str().into() };
        Ok(Limit { route: compiled, at, scope })
    }

    /// Counters of the limit under keys that recent requests carried. A counter's name is a hash, so that keys cannot be read
    /// from it.
    pub(super) async fn buckets(&self, gateway: &GatewayRecord, limit: &Limit) -> Outcome<Vec<Bucket>> {
        let mut keys = vec![KeyValue::Everyone];
        if limit.node()?.operand().is_some() {
            let filters = vec![recent::of_route(&limit.scope.route_id)];
            let found = self.recent(&gateway.name(), filters, SEEN_ROWS_MAX).await?;
            let steps = found.rows.iter().filter_map(|row| row.record.route.as_ref()).flat_map(|route| &route.trail);
            let of_limit = steps.filter(|step| step.node == limit.route.node_id(limit.at));
            let seen: BTreeSet<&str> =
                of_limit.filter_map(|step| step.limit.as_ref()?.key.as_deref()).take(BUCKET_KEYS_MAX).collect();
            keys = vec![KeyValue::Missing];
            keys.extend(seen.into_iter().map(|key| KeyValue::Value(key.into())));
        }
        self.buckets_of(limit, keys).await
    }

    /// Counters under these keys; those that hold nothing are left out.
    pub(super) async fn buckets_of(&self, limit: &Limit, keys: Vec<KeyValue>) -> Outcome<Vec<Bucket>> {
        let node = limit.node()?;
        let ids: Vec<BucketId> = keys.iter().map(|key| node.bucket(&limit.scope, key)).collect();
        let mut rows: HashMap<BucketId, Vec<CounterRow>> = HashMap::new();
        for row in self.counters.snapshot(Some(&ids)).await.noun("Counter")? {
            rows.entry(row.bucket).or_default().push(row);
        }
        let bucket = |(key, id): (KeyValue, BucketId)| {
            let rows = rows.remove(&id)?;
            Some(Bucket { key, state: BucketState::from_slots(rows.iter().map(slot)), rows })
        };
        Ok(keys.into_iter().zip(ids).filter_map(bucket).collect())
    }
}

impl Limit {
    pub(super) fn node(&self) -> Outcome<&RateNode> {
        self.route.limit(self.at).ok_or_else(Refused::internal)
    }

    /// What the limit is called.
    pub(super) fn title(&self) -> &str {
        self.route.title(self.at)
    }

    /// The key as people write it: `*` for everyone together; null for requests without the value.
    pub(super) fn key(&self, written: Option<&str>) -> Outcome<KeyValue> {
        Ok(match (self.node()?.operand(), written) {
            (None, _) => KeyValue::Everyone,
            (Some(_), None) => KeyValue::Missing,
            (Some(_), Some(text)) => KeyValue::Value(text.into()),
        })
    }
}

impl Bucket {
    /// Settled and reserved in the windows that count now.
    pub(super) fn reserved(&self) -> i64 {
        self.rows.iter().map(|row| row.reserved).fold(0, i64::saturating_add)
    }

    /// When the bucket begins again at nothing, for a fixed window.
    pub(super) fn resets_at(&self, rule: &Rule, now: UnixMs) -> Option<UnixMs> {
        (!slides(rule)).then(|| self.state.window_at(rule, now).end)
    }

    /// When the next amount falls out of a sliding window; `None` where nothing is used.
    pub(super) fn frees_at(&self, rule: &Rule, now: UnixMs) -> Option<UnixMs> {
        let used = self.state.used(rule, now);
        if !slides(rule) || used <= 0 {
            return None;
        }
        let part = match rule.kind {
            LimitKind::Count => 1,
            LimitKind::Cost => (rule.limit / 100).max(1),
        };
        // The same counter under a limit that it just fills: the next part fits when that much has fallen out.
        let full = Rule { limit: used.min(rule.limit), ..rule.clone() };
        Some(self.state.free_at(&full, part, now))
    }
}

fn slides(rule: &Rule) -> bool {
    use waypost_policy::limit::{Span, Technique};
    rule.technique == Technique::Sliding && matches!(rule.span, Span::Seconds(_))
}

fn slot(row: &CounterRow) -> Slot {
    let window = WindowAt { start: row.window_start, end: row.window_end };
    Slot { window, settled: row.settled, reserved: row.reserved }
}
