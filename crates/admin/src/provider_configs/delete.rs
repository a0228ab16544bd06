//! `DELETE …/provider_configs/{id}`

use std::sync::Arc;

use axum::{
    Extension,
    extract::{Path, State},
};
use serde_json::Value;
use waypost_store::Change;

use super::{ProviderConfigView, audited, view};
use crate::{
    Admin,
    access::Actor,
    change::{ChangeNoun, Noted},
    envelope::{Answer, Envelope, one},
    refusal::Noun,
};

/// Removes a provider key.
#[utoipa::path(
    delete,
    path = "/client/v4/accounts/{account}/ai-gateway/gateways/{gateway}/provider_configs/{id}",
    tag = "Provider keys",
    params(("account" = String, Path), ("gateway" = String, Path), ("id" = String, Path)),
    responses((status = 200, body = Envelope<ProviderConfigView>)),
)]
pub(crate) async fn delete(
    State(admin): State<Arc<Admin>>,
    Path((account, gateway, id)): Path<(String, String, String)>,
    Extension(actor): Extension<Actor>,
) -> Answer<ProviderConfigView> {
    let gateway = admin.gateway(&account, &gateway).await?;
    let record = admin.config.provider_keys().find(&gateway.name(), &id).await.noun(super::NOUN)?;
    let noted = Noted {
        account: &account,
        gateway: Some(&gateway.id),
        action: "deleted",
        object: "provider_key",
        object_id: &id,
        before: audited(&record),
        after: Value::Null,
    };
    let change = Change::DeleteProviderKey { gateway: gateway.name(), id: id.clone() };
    admin.change(&actor, noted, vec![change]).await.noun(super::NOUN)?;
    one(view(record))
}
