//! `POST …/gateways`

use std::sync::Arc;

use axum::{
    Extension,
    extract::{Path, State},
};
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;
use waypost_store::{Change, GatewayRecord, GatewaySettings};

use super::{
    settings::{NEEDED, SettingsView, check, check_id, normal},
    view::{GatewayView, audited, view},
};
use crate::{
    Admin,
    access::Actor,
    body::{Body, Findings, REQUIRED, Raw, object, read},
    change::Noted,
    envelope::{Answer, Envelope, one},
    refusal::{Refused, place},
};

/// A gateway's id.
#[derive(Deserialize)]
struct Id {
    id: String,
}

impl Body for Id {}

/// Its settings. Read on their own, not flattened beside the id: flattening loses the places of errors.
#[derive(Deserialize)]
#[serde(transparent)]
struct Settings(GatewaySettings);

impl Body for Settings {
    const REQUIRED: &'static [(&'static str, &'static str)] =
        &[("id", REQUIRED), NEEDED[0], NEEDED[1], NEEDED[2], NEEDED[3], NEEDED[4]];
}

/// The body, for the document.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body; `NewGateway` reads it")]
pub(crate) struct NewGatewayBody {
    /// 1 to 64 characters of `a-z0-9_-`.
    id: String,
    #[schema(inline)]
    #[serde(flatten)]
    settings: SettingsView,
}

/// Creates a gateway.
#[utoipa::path(
    post,
    path = "/client/v4/accounts/{account}/ai-gateway/gateways",
    tag = "Gateways",
    params(("account" = String, Path)),
    request_body = NewGatewayBody,
    responses((status = 200, body = Envelope<GatewayView>)),
)]
pub(crate) async fn create(
    State(admin): State<Arc<Admin>>,
    Path(account): Path<String>,
    Extension(actor): Extension<Actor>,
    Raw(bytes): Raw,
) -> Answer<GatewayView> {
    admin.account(&account).await?;
    let body = object(&bytes)?;
    let Settings(settings) = read(body.clone())?;
    let Id { id } = read(body)?;
    check_id(&id)?;
    let settings = normal(settings);
    let mut findings = Findings::default();
    check(&admin, &settings, &mut findings);
    findings.done()?;
    let now = admin.clock.now();
    let record =
        GatewayRecord { account, id, internal_id: admin.new_uuid(), settings, created_at: now, modified_at: now };
    let noted = Noted {
        account: &record.account,
        gateway: Some(&record.id),
        action: "created",
        object: "gateway",
        object_id: &record.id,
        before: Value::Null,
        after: audited(&record),
    };
    let changes = vec![Change::InsertGateway(record.clone())];
    admin.change(&actor, noted, changes).await.map_err(|error| {
        let taken =
            Refused::value(place!["body", "id"], format!("A gateway with the id {:?} already exists", record.id));
        error.refused_or(super::NOUN, taken)
    })?;
    one(view(record, actor.role))
}
