//! Tokens for the management API itself.

pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod list;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;
use waypost_store::{AdminRole, AdminTokenRecord};

use crate::{access, ids::rfc3339};

pub(crate) const NOUN: &str = "Token";

/// What every token that is issued here begins with.
pub(crate) const PREFIX: &str = "wpa_";

/// A token, without its secret.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AdminTokenView {
    /// Its id.
    id: String,
    /// Name for people and the audit.
    label: String,
    /// `viewer`, `editor` or `admin`.
    role: &'static str,
    /// When it was created.
    created_at: String,
}

/// What a token may do.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum RoleName {
    /// Read, except prompts and answers.
    Viewer,
    /// Read, and change routes.
    Editor,
    /// Everything.
    Admin,
}

impl From<RoleName> for AdminRole {
    fn from(name: RoleName) -> Self {
        match name {
            RoleName::Viewer => Self::Viewer,
            RoleName::Editor => Self::Editor,
            RoleName::Admin => Self::Admin,
        }
    }
}

fn view(record: AdminTokenRecord) -> AdminTokenView {
    AdminTokenView {
        id: record.id,
        label: record.label,
        role: access::name(record.role),
        created_at: rfc3339(record.created_at),
    }
}

fn audited(record: &AdminTokenRecord) -> Value {
    json!({"label": record.label, "role": record.role})
}
