//! `PATCH …/custom-providers/{id}`

use std::sync::Arc;

use axum::{
    Extension,
    extract::{Path, State},
};
use serde::Deserialize;
use utoipa::ToSchema;
use waypost_store::Change;

use super::{CustomProviderView, audited, check, slug_taken, view};
use crate::{
    Admin,
    access::Actor,
    body::{Body, Sent, present},
    change::Noted,
    envelope::{Answer, Envelope, one},
};

/// What changes; `null` empties a member.
#[derive(Deserialize, ToSchema)]
pub(crate) struct CustomProviderChange {
    /// Name for people.
    #[serde(default)]
    name: Option<String>,
    /// Name in URLs.
    #[serde(default)]
    slug: Option<String>,
    /// Where it is.
    #[serde(default)]
    base_url: Option<String>,
    /// It may be called.
    #[serde(default)]
    enable: Option<bool>,
    /// Shown as beta.
    #[serde(default)]
    beta: Option<bool>,
    /// What it is.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    description: Option<Option<String>>,
    /// Headers that every call gets, a JSON object as text: `{"x-team":"a"}`.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    headers: Option<Option<String>>,
    /// Documentation.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    link: Option<Option<String>>,
    /// An example.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    curl_example: Option<Option<String>>,
    /// An example.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    js_example: Option<Option<String>>,
    /// Place in lists.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<i64>)]
    position: Option<Option<i64>>,
}

impl Body for CustomProviderChange {}

/// Changes a custom provider.
#[utoipa::path(
    patch,
    path = "/client/v4/accounts/{account}/ai-gateway/custom-providers/{id}",
    tag = "Custom providers",
    params(("account" = String, Path), ("id" = String, Path)),
    request_body = CustomProviderChange,
    responses((status = 200, body = Envelope<CustomProviderView>)),
)]
pub(crate) async fn change(
    State(admin): State<Arc<Admin>>,
    Path((account, id)): Path<(String, String)>,
    Extension(actor): Extension<Actor>,
    Sent(body): Sent<CustomProviderChange>,
) -> Answer<CustomProviderView> {
    let before = admin.custom_provider(&account, &id).await?;
    let mut record = before.clone();
    record.name = body.name.unwrap_or(record.name);
    record.slug = body.slug.unwrap_or(record.slug);
    record.base_url = body.base_url.unwrap_or(record.base_url);
    record.enable = body.enable.unwrap_or(record.enable);
    record.beta = body.beta.unwrap_or(record.beta);
    record.description = body.description.unwrap_or(record.description);
    record.headers = body.headers.unwrap_or(record.headers);
    record.link = body.link.unwrap_or(record.link);
    record.curl_example = body.curl_example.unwrap_or(record.curl_example);
    record.js_example = body.js_example.unwrap_or(record.js_example);
    record.position = body.position.unwrap_or(record.position);
    record.modified_at = admin.clock.now();
    check(&admin, &record)?;
    let noted = Noted {
        account: &account,
        gateway: None,
        action: "updated",
        object: "custom_provider",
        object_id: &id,
        before: audited(&before),
        after: audited(&record),
    };
    let changes = vec![Change::UpdateCustomProvider(record.clone())];
    admin
        .change(&actor, noted, changes)
        .await
        .map_err(|error| error.refused_or(super::NOUN, slug_taken(&record.slug)))?;
    one(view(record, actor.role))
}
