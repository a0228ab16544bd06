//! `DELETE /api/gateways/{gateway}/demo`

use std::sync::Arc;

use axum::{
    Extension,
    extract::{Path, State},
};
use serde_json::{Value, json};

use super::DemoView;
use crate::{
    Admin,
    access::Actor,
    change::{ChangeNoun, Noted},
    envelope::{Answer, Envelope, one},
    query::Pairs,
};

/// Removes made-up requests, and only those.
#[utoipa::path(
    delete,
    path = "/api/gateways/{gateway}/demo",
    tag = "Insight",
    params(
        ("gateway" = String, Path),
        ("account" = Option<String>, Query, description = "`default` where absent."),
    ),
    responses((status = 200, body = Envelope<DemoView>)),
)]
pub(crate) async fn delete(
    State(admin): State<Arc<Admin>>,
    Path(gateway): Path<String>,
    pairs: Pairs,
    Extension(actor): Extension<Actor>,
) -> Answer<DemoView> {
    let account = pairs.account();
    let gateway = admin.gateway(account, &gateway).await?.name();
    let requests = admin.remove_demo(&gateway).await?;
    let noted = Noted {
        account,
        gateway: Some(&gateway.id),
        action: "deleted",
        object: "demo",
        object_id: &gateway.id,
        before: json!({"requests": requests}),
        after: Value::Null,
    };
    admin.change(&actor, noted, Vec::new()).await.noun("Demo")?;
    one(DemoView { requests })
}
