//! The working copy of a route. It may hold anything (I13), also what no version could.

pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod get;
pub(crate) mod put;

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use waypost_store::DraftRecord;

use crate::ids::rfc3339;

pub(crate) const NOUN: &str = "Draft";

/// A draft.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DraftView {
    /// Its route.
    route_id: String,
    /// Counts its changes from 1; send it with the next one.
    revision: u64,
    /// The document, as far as it has got.
    document: Value,
    /// When it was changed last.
    modified_at: String,
    /// Who changed it last.
    modified_by: String,
}

fn view(record: DraftRecord) -> DraftView {
    DraftView {
        route_id: record.route_id,
        revision: record.revision,
        document: serde_json::from_str(&record.document).unwrap_or(Value::Null),
        modified_at: rfc3339(record.modified_at),
        modified_by: record.modified_by,
    }
}
