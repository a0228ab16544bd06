//! `GET /api/audit`

use std::sync::Arc;

use axum::extract::State;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use waypost_store::AuditRecord;

use crate::{
    Admin,
    envelope::{Answer, Envelope, page},
    ids::rfc3339,
    limits::PER_PAGE_MAX,
    query::Pairs,
    refusal::Noun,
};

/// One change.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AuditView {
    /// Its id.
    id: String,
    /// The gateway it concerns, if one.
    gateway: Option<String>,
    /// When.
    at: String,
    /// Label of the admin token.
    actor: String,
    /// Address it came from, if known.
    from: Option<String>,
    /// `created`, `updated`, `deleted`, `deployed`, `revoked`.
    action: String,
    /// Kind of object.
    object: String,
    /// Its id.
    object_id: String,
    /// Members that changed, as they were; null for a new object.
    #[schema(value_type = Option<Object>)]
    before: Value,
    /// Members that changed, as they are; null for one that is gone.
    #[schema(value_type = Option<Object>)]
    after: Value,
}

impl From<AuditRecord> for AuditView {
    fn from(record: AuditRecord) -> Self {
        Self {
            id: record.id,
            gateway: record.gateway,
            at: rfc3339(record.at),
            actor: record.actor,
            from: record.from,
            action: record.action,
            object: record.object,
            object_id: record.object_id,
            before: record.before,
            after: record.after,
        }
    }
}

/// Lists changes, newest first.
#[utoipa::path(
    get,
    path = "/api/audit",
    tag = "Audit",
    params(
        ("account" = Option<String>, Query, description = "`default` where absent."),
        ("gateway" = Option<String>, Query, description = "Only changes that concern it."),
        ("page" = Option<u32>, Query, description = "From 1."),
        ("per_page" = Option<u32>, Query, description = "20, at most 100."),
        ("search" = Option<String>, Query, description = "Text in actor, object or id."),
    ),
    responses((status = 200, body = Envelope<Vec<AuditView>>)),
)]
pub(crate) async fn list(State(admin): State<Arc<Admin>>, pairs: Pairs) -> Answer<Vec<AuditView>> {
    let query = pairs.page(PER_PAGE_MAX)?;
    let found = admin.config.audit().list(pairs.account(), pairs.text("gateway"), &query).await.noun("Audit")?;
    page(found, &query, AuditView::from)
}
