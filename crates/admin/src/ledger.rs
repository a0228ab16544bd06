//! `GET /api/ledger`

use std::sync::Arc;

use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    Admin,
    envelope::{Answer, Envelope, one},
    refusal::Noun,
};

/// What the books say of themselves.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LedgerView {
    /// Nothing differs.
    balanced: bool,
    /// What differs, a sentence each, at most 1,000.
    differences: Vec<String>,
    /// Rows that are stored.
    rows: u64,
    /// Attempts without an end.
    open_attempts: u64,
}

/// Recomputes the promises M1 to M4 about money from the stored attempts: what is settled, what is reserved, that every end
/// has an open, and that rows cost what their attempts cost. It reads everything, so it is for administrators.
#[utoipa::path(
    get,
    path = "/api/ledger",
    tag = "Ledger",
    responses((status = 200, body = Envelope<LedgerView>)),
)]
pub(crate) async fn check(State(admin): State<Arc<Admin>>) -> Answer<LedgerView> {
    let differences = admin.logs.check_ledger().await.noun("Ledger")?;
    let stats = admin.logs.stats().await.noun("Ledger")?;
    one(LedgerView {
        balanced: differences.is_empty(),
        differences: differences.iter().map(ToString::to_string).collect(),
        rows: stats.rows,
        open_attempts: stats.open_attempts,
    })
}
