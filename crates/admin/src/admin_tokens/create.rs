//! `POST /api/tokens`

use std::sync::Arc;

use axum::{Extension, extract::State};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use waypost_store::{AdminTokenRecord, Change, KeyDigest};
use waypost_types::Secret;

use super::{AdminTokenView, PREFIX, RoleName, audited, view};
use crate::{
    ACCOUNT, Admin,
    access::Actor,
    body::{Body, Findings, REQUIRED, Sent},
    change::{ChangeNoun, Noted},
    envelope::{Answer, Envelope, one},
    ids::text_of_256_bits,
    limits::LABEL_CHARS_MAX,
};

/// A token to issue.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewAdminToken {
    /// Name for people and the audit.
    label: String,
    /// What it may do.
    role: RoleName,
}

impl Body for NewAdminToken {
    const REQUIRED: &'static [(&'static str, &'static str)] = &[("label", REQUIRED), ("role", REQUIRED)];
}

/// A new token, with its secret: it is shown this once.
#[derive(Serialize, ToSchema)]
pub(crate) struct CreatedAdminToken {
    /// `wpa_` and 43 characters.
    token: String,
    #[serde(flatten)]
    view: AdminTokenView,
}

/// Issues an admin token. The answer is the only place where it ever stands.
#[utoipa::path(
    post,
    path = "/api/tokens",
    tag = "Admin tokens",
    request_body = NewAdminToken,
    responses((status = 200, body = Envelope<CreatedAdminToken>)),
)]
pub(crate) async fn create(
    State(admin): State<Arc<Admin>>,
    Extension(actor): Extension<Actor>,
    Sent(body): Sent<NewAdminToken>,
) -> Answer<CreatedAdminToken> {
    let mut findings = Findings::default();
    findings.length("label", &body.label, 1, LABEL_CHARS_MAX);
    findings.done()?;
    let token = Secret::new(format!("{PREFIX}{}", text_of_256_bits(&*admin.random)));
    let record = AdminTokenRecord {
        id: admin.new_id(),
        label: body.label,
        // Opened to digest it.
        sha256: KeyDigest::of(token.expose().as_bytes()),
        role: body.role.into(),
        created_at: admin.clock.now(),
    };
    let noted = Noted {
        account: ACCOUNT,
        gateway: None,
        action: "created",
        object: "admin_token",
        object_id: &record.id,
        before: Value::Null,
        after: audited(&record),
    };
    admin.change(&actor, noted, vec![Change::InsertAdminToken(record.clone())]).await.noun(super::NOUN)?;
    // Opened for the one answer that shows it.
    one(CreatedAdminToken { token: token.expose().clone(), view: view(record) })
}
