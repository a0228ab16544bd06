//! `POST /api/gateways/{gateway}/routes/{route}/buckets/reset`

use std::sync::Arc;

use axum::{
    Extension,
    extract::{Path, State},
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;
use waypost_store::{Change, GatewayRef, NoteKind, NoteRecord};
use waypost_types::{Booking, LimitKind, PicoUsd, UnixMs};

use super::Bucket;
use crate::{
    Admin,
    access::Actor,
    body::{Body, REQUIRED, Sent},
    change::{ChangeNoun, Noted},
    envelope::{Answer, Envelope, one},
    query::Pairs,
    refusal::{Noun, Outcome},
};

/// Which counter.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct BucketReset {
    /// Element id of a limit of the version that serves.
    node: String,
    /// What is counted per; `*` for everyone together, null for requests without the value.
    #[serde(default)]
    key: Option<String>,
}

impl Body for BucketReset {
    const REQUIRED: &'static [(&'static str, &'static str)] = &[("node", REQUIRED)];
}

/// What was taken out.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ResetView {
    /// Requests, or dollars, that the counter had settled.
    #[schema(value_type = f64)]
    taken_out: Value,
}

/// Takes what is settled out of a counter. Reservations stay, since their calls are under way. Log rows keep their cost.
#[utoipa::path(
    post,
    path = "/api/gateways/{gateway}/routes/{route}/buckets/reset",
    tag = "Insight",
    params(
        ("gateway" = String, Path),
        ("route" = String, Path, description = "Id or name."),
        ("account" = Option<String>, Query, description = "`default` where absent."),
    ),
    request_body = BucketReset,
    responses((status = 200, body = Envelope<ResetView>)),
)]
pub(crate) async fn reset(
    State(admin): State<Arc<Admin>>,
    Path((gateway, route)): Path<(String, String)>,
    pairs: Pairs,
    Extension(actor): Extension<Actor>,
    Sent(BucketReset { node, key }): Sent<BucketReset>,
) -> Answer<ResetView> {
    let account = pairs.account();
    let (gateway, route) = admin.route(account, &gateway, &route).await?;
    let limit = admin.limit(&gateway, &route, &node).await?;
    let kind = limit.node()?.rule.kind;
    let found = admin.buckets_of(&limit, vec![limit.key(key.as_deref())?]).await?;
    let taken: Vec<Booking> = found.iter().flat_map(settled).collect();
    let sum = taken.iter().map(|booking| booking.amount).fold(0, i64::saturating_add);
    let amount = match kind {
        LimitKind::Count => Value::from(sum),
        LimitKind::Cost => PicoUsd(sum).to_json_number(),
    };
    let note = admin.resets_with(&gateway.name(), &taken).await?;
    let noted = Noted {
        account,
        gateway: Some(&gateway.id),
        action: "updated",
        object: "counter",
        object_id: &format!("{}/{node}", route.id),
        before: json!({"key": key, "settled": amount}),
        after: json!({"key": key, "settled": 0}),
    };
    admin.change(&actor, noted, vec![Change::PutNote(note)]).await.noun("Counter")?;
    admin.counters.refund(&taken);
    one(ResetView { taken_out: amount })
}

/// What is settled in the windows of a counter.
fn settled(bucket: &Bucket) -> impl Iterator<Item = Booking> + '_ {
    bucket.rows.iter().filter(|row| row.settled > 0).map(|row| Booking {
        bucket: row.bucket,
        kind: row.kind,
        window_start: row.window_start,
        window_end: row.window_end,
        amount: row.settled,
    })
}

impl Admin {
    /// What resets took out so far and now. A restart rebuilds counters from the attempts, and takes it out again; windows
    /// that no limit looks at any more are forgotten.
    async fn resets_with(&self, gateway: &GatewayRef, taken: &[Booking]) -> Outcome<NoteRecord> {
        let stored = self.config.notes().find(gateway, NoteKind::Resets, "").await.noun("Note")?;
        let mut resets: Vec<Booking> = stored.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
        resets.retain(|booking| is_needed(booking, self.clock.now()));
        resets.extend_from_slice(taken);
        Ok(NoteRecord {
            gateway: gateway.clone(),
            kind: NoteKind::Resets,
            subject: String::new(),
            document: json!(resets).to_string(),
        })
    }
}

/// A sliding window looks at the one before it, too.
fn is_needed(booking: &Booking, now: UnixMs) -> bool {
    now < booking.window_end.plus_ms(booking.window_end.since_ms(booking.window_start))
}
