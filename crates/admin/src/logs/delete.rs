//! `DELETE …/logs`

use std::sync::Arc;

use axum::{
    Extension,
    extract::{Path, State},
};
use serde_json::{Value, json};

use super::filters::{filters, order};
use crate::{
    Admin,
    access::Actor,
    change::{ChangeNoun, Noted},
    envelope::{Answer, Envelope, one},
    limits::LOGS_DELETED_MAX,
    query::Pairs,
    refusal::Noun,
};

/// Removes log rows that match filters, with their prompts and answers. Money stays booked.
#[utoipa::path(
    delete,
    path = "/client/v4/accounts/{account}/ai-gateway/gateways/{gateway}/logs",
    tag = "Logs",
    params(
        ("account" = String, Path),
        ("gateway" = String, Path),
        ("filters" = Option<String>, Query, description = "As in the list."),
        ("limit" = Option<u32>, Query, description = "1 to 10,000, which is also the default."),
        ("order_by" = Option<String>, Query, description = "As in the list."),
        ("order_by_direction" = Option<String>, Query, description = "As in the list."),
    ),
    responses((status = 200, body = Envelope<serde_json::Value>)),
)]
pub(crate) async fn delete(
    State(admin): State<Arc<Admin>>,
    Path((account, gateway)): Path<(String, String)>,
    Extension(actor): Extension<Actor>,
    pairs: Pairs,
) -> Answer<Value> {
    let (filters, order) = (filters(&pairs)?, order(&pairs)?);
    let limit = pairs.number("limit", 1, LOGS_DELETED_MAX)?.unwrap_or(LOGS_DELETED_MAX);
    let gateway = admin.gateway(&account, &gateway).await?.name();
    let count = admin.logs.delete(&gateway, &filters, order, limit).await.noun(super::NOUN)?;
    let noted = Noted {
        account: &account,
        gateway: Some(&gateway.id),
        action: "deleted",
        object: "logs",
        object_id: &gateway.id,
        before: Value::Null,
        after: json!({"count": count, "filters": filters.len()}),
    };
    admin.change(&actor, noted, Vec::new()).await.noun(super::NOUN)?;
    one(json!({"count": count}))
}
