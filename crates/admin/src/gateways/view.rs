//! A gateway as the API shows it.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use waypost_store::{AdminRole, GatewayRecord};

use super::settings::SettingsView;
use crate::{ACCOUNT, ids::rfc3339};

/// A gateway.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct GatewayView {
    /// Its name in URLs.
    id: String,
    /// Name of its account.
    account_id: String,
    /// The same.
    account_tag: String,
    /// Never used again, also when a gateway of the same name is created later.
    internal_id: String,
    /// The gateway that the first start creates.
    is_default: bool,
    /// Paid through credits of the vendor; never here.
    wholesale: bool,
    /// When it was created.
    created_at: String,
    /// When its settings were written last.
    modified_at: String,
    /// Everything that PUT replaces.
    #[serde(flatten)]
    settings: SettingsView,
}

/// A gateway as a role may see it: credentials of third parties are for administrators, who need them for the next PUT.
pub(super) fn view(mut record: GatewayRecord, role: AdminRole) -> GatewayView {
    if role < AdminRole::Admin {
        for credential in [&mut record.settings.otel, &mut record.settings.stripe] {
            *credential = None;
        }
    }
    GatewayView {
        is_default: record.id == ACCOUNT,
        id: record.id,
        account_tag: record.account.clone(),
        account_id: record.account,
        internal_id: record.internal_id,
        wholesale: false,
        created_at: rfc3339(record.created_at),
        modified_at: rfc3339(record.modified_at),
        settings: SettingsView::of(&record.settings),
    }
}

/// What the audit keeps of a gateway: everything but credentials of third parties.
pub(crate) fn audited(record: &GatewayRecord) -> Value {
    let mut value = serde_json::to_value(&record.settings).unwrap_or(Value::Null);
    for member in ["otel", "stripe"] {
        if let Some(stored) = value.get_mut(member).filter(|stored| !stored.is_null()) {
            *stored = Value::String("••••".to_owned());
        }
    }
    value
}
