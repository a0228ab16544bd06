//! `POST …/custom-providers`

use std::sync::Arc;

use axum::{
    Extension,
    extract::{Path, State},
};
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;
use waypost_store::{Change, CustomProviderRecord};

use super::{CustomProviderView, audited, check, slug_taken, view};
use crate::{
    Admin,
    access::Actor,
    body::{Body, REQUIRED, Sent},
    change::Noted,
    envelope::{Answer, Envelope, one},
};

/// A provider to add.
#[derive(Deserialize, ToSchema)]
pub(crate) struct NewCustomProvider {
    /// Name for people.
    name: String,
    /// `a-z0-9-`, unique in the account; callers write `custom-` in front of it.
    slug: String,
    /// A public https address, or one that the operator allows.
    base_url: String,
    /// What it is.
    #[serde(default)]
    description: Option<String>,
    /// It may be called; no where absent.
    #[serde(default)]
    enable: Option<bool>,
    /// Shown as beta.
    #[serde(default)]
    beta: Option<bool>,
    /// Headers that every call gets, a JSON object as text: `{"x-team":"a"}`.
    #[serde(default)]
    headers: Option<String>,
    /// Documentation.
    #[serde(default)]
    link: Option<String>,
    /// An example.
    #[serde(default)]
    curl_example: Option<String>,
    /// An example.
    #[serde(default)]
    js_example: Option<String>,
    /// Place in lists.
    #[serde(default)]
    position: Option<i64>,
}

impl Body for NewCustomProvider {
    const REQUIRED: &'static [(&'static str, &'static str)] =
        &[("name", REQUIRED), ("slug", REQUIRED), ("base_url", REQUIRED)];
}

/// Adds a provider to an account.
#[utoipa::path(
    post,
    path = "/client/v4/accounts/{account}/ai-gateway/custom-providers",
    tag = "Custom providers",
    params(("account" = String, Path)),
    request_body = NewCustomProvider,
    responses((status = 200, body = Envelope<CustomProviderView>)),
)]
pub(crate) async fn create(
    State(admin): State<Arc<Admin>>,
    Path(account): Path<String>,
    Extension(actor): Extension<Actor>,
    Sent(body): Sent<NewCustomProvider>,
) -> Answer<CustomProviderView> {
    admin.account(&account).await?;
    let now = admin.clock.now();
    let record = CustomProviderRecord {
        id: admin.new_uuid(),
        account: account.clone(),
        name: body.name,
        slug: body.slug,
        base_url: body.base_url,
        description: body.description,
        enable: body.enable.unwrap_or(false),
        beta: body.beta.unwrap_or(false),
        headers: body.headers,
        link: body.link,
        curl_example: body.curl_example,
        js_example: body.js_example,
        logo: None,
        position: body.position,
        waypost: None,
        created_at: now,
        modified_at: now,
    };
    check(&admin, &record)?;
    let noted = Noted {
        account: &account,
        gateway: None,
        action: "created",
        object: "custom_provider",
        object_id: &record.id,
        before: Value::Null,
        after: audited(&record),
    };
    let changes = vec![Change::InsertCustomProvider(record.clone())];
    admin
        .change(&actor, noted, changes)
        .await
        .map_err(|error| error.refused_or(super::NOUN, slug_taken(&record.slug)))?;
    one(view(record, actor.role))
}
