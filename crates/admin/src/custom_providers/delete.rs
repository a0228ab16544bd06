//! `DELETE …/custom-providers/{id}`

use std::sync::Arc;

use axum::{
    Extension,
    extract::{Path, State},
};
use serde_json::Value;
use waypost_store::Change;

use super::{CustomProviderView, audited, view};
use crate::{
    Admin,
    access::Actor,
    change::{ChangeNoun, Noted},
    envelope::{Answer, Envelope, one},
};

/// Removes a custom provider.
#[utoipa::path(
    delete,
    path = "/client/v4/accounts/{account}/ai-gateway/custom-providers/{id}",
    tag = "Custom providers",
    params(("account" = String, Path), ("id" = String, Path)),
    responses((status = 200, body = Envelope<CustomProviderView>)),
)]
pub(crate) async fn delete(
    State(admin): State<Arc<Admin>>,
    Path((account, id)): Path<(String, String)>,
    Extension(actor): Extension<Actor>,
) -> Answer<CustomProviderView> {
    let record = admin.custom_provider(&account, &id).await?;
    let noted = Noted {
        account: &account,
        gateway: None,
        action: "deleted",
        object: "custom_provider",
        object_id: &id,
        before: audited(&record),
        after: Value::Null,
    };
    let change = Change::DeleteCustomProvider { account: account.clone(), id: id.clone() };
    admin.change(&actor, noted, vec![change]).await.noun(super::NOUN)?;
    one(view(record, actor.role))
}
