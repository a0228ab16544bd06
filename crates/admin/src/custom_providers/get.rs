//! `GET …/custom-providers/{id}`

use std::sync::Arc;

use axum::{
    Extension,
    extract::{Path, State},
};

use super::{CustomProviderView, view};
use crate::{
    Admin,
    access::Actor,
    envelope::{Answer, Envelope, one},
};

/// One custom provider.
#[utoipa::path(
    get,
    path = "/client/v4/accounts/{account}/ai-gateway/custom-providers/{id}",
    tag = "Custom providers",
    params(("account" = String, Path), ("id" = String, Path)),
    responses((status = 200, body = Envelope<CustomProviderView>)),
)]
pub(crate) async fn get(
    State(admin): State<Arc<Admin>>,
    Path((account, id)): Path<(String, String)>,
    Extension(actor): Extension<Actor>,
) -> Answer<CustomProviderView> {
    one(view(admin.custom_provider(&account, &id).await?, actor.role))
}
