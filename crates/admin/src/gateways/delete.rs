//! `DELETE …/gateways/{gateway}`

use std::sync::Arc;

use axum::{
    Extension,
    extract::{Path, State},
};
use serde_json::Value;
use waypost_store::Change;

use super::view::{GatewayView, audited, view};
use crate::{
    Admin,
    access::Actor,
    change::{ChangeNoun, Noted},
    envelope::{Answer, Envelope, one},
};

/// Removes a gateway with everything that belongs to it. Logs and audit stay.
#[utoipa::path(
    delete,
    path = "/client/v4/accounts/{account}/ai-gateway/gateways/{gateway}",
    tag = "Gateways",
    params(("account" = String, Path), ("gateway" = String, Path)),
    responses((status = 200, body = Envelope<GatewayView>)),
)]
pub(crate) async fn delete(
    State(admin): State<Arc<Admin>>,
    Path((account, gateway)): Path<(String, String)>,
    Extension(actor): Extension<Actor>,
) -> Answer<GatewayView> {
    let record = admin.gateway(&account, &gateway).await?;
    let noted = Noted {
        account: &account,
        gateway: Some(&gateway),
        action: "deleted",
        object: "gateway",
        object_id: &gateway,
        before: audited(&record),
        after: Value::Null,
    };
    admin.change(&actor, noted, vec![Change::DeleteGateway(record.name())]).await.noun(super::NOUN)?;
    one(view(record, actor.role))
}
