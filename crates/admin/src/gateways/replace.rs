//! `PUT …/gateways/{gateway}`

use std::sync::Arc;

use axum::{
    Extension,
    extract::{Path, State},
};
use serde::Deserialize;
use waypost_store::{Change, GatewayRecord, GatewaySettings};

use super::{
    settings::{NEEDED, SettingsView, check, normal},
    view::{GatewayView, audited, view},
};
use crate::{
    Admin,
    access::Actor,
    body::{Body, Findings, Raw, object, read},
    change::{ChangeNoun, Noted},
    envelope::{Answer, Envelope, one},
};

/// All settings. `id` and other read-only members are ignored (A77).
#[derive(Deserialize)]
#[serde(transparent)]
struct Replacement(GatewaySettings);

impl Body for Replacement {
    const REQUIRED: &'static [(&'static str, &'static str)] = &NEEDED;
}

/// Replaces the settings of a gateway: what the body leaves out gets its default. Only `waypost` stays as it is when the
/// body does not have it, since clients of Cloudflare's API do not know it.
#[utoipa::path(
    put,
    path = "/client/v4/accounts/{account}/ai-gateway/gateways/{gateway}",
    tag = "Gateways",
    params(("account" = String, Path), ("gateway" = String, Path)),
    request_body = SettingsView,
    responses((status = 200, body = Envelope<GatewayView>)),
)]
pub(crate) async fn replace(
    State(admin): State<Arc<Admin>>,
    Path((account, gateway)): Path<(String, String)>,
    Extension(actor): Extension<Actor>,
    Raw(bytes): Raw,
) -> Answer<GatewayView> {
    let before = admin.gateway(&account, &gateway).await?;
    let body = object(&bytes)?;
    let keeps_waypost = body.get("waypost").is_none();
    let Replacement(settings) = read(body)?;
    let mut settings = normal(settings);
    if keeps_waypost {
        settings.waypost = before.settings.waypost.clone();
    }
    let mut findings = Findings::default();
    check(&admin, &settings, &mut findings);
    findings.done()?;
    let record = GatewayRecord { settings, modified_at: admin.clock.now(), ..before.clone() };
    let noted = Noted {
        account: &account,
        gateway: Some(&gateway),
        action: "updated",
        object: "gateway",
        object_id: &gateway,
        before: audited(&before),
        after: audited(&record),
    };
    admin.change(&actor, noted, vec![Change::UpdateGateway(record.clone())]).await.noun(super::NOUN)?;
    one(view(record, actor.role))
}
