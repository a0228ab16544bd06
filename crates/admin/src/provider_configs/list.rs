//! `GET …/provider_configs`

use std::sync::Arc;

use axum::extract::{Path, State};

use super::{ProviderConfigView, view};
use crate::{
    Admin,
    envelope::{Answer, Envelope, page},
    limits::PER_PAGE_MAX,
    query::Pairs,
    refusal::Noun,
};

/// Lists stored provider keys, by provider and alias. Of a secret only the last four characters are ever shown.
#[utoipa::path(
    get,
    path = "/client/v4/accounts/{account}/ai-gateway/gateways/{gateway}/provider_configs",
    tag = "Provider keys",
    params(
        ("account" = String, Path),
        ("gateway" = String, Path),
        ("page" = Option<u32>, Query, description = "From 1."),
        ("per_page" = Option<u32>, Query, description = "20, at most 100."),
        ("search" = Option<String>, Query, description = "Text in provider, alias or id."),
    ),
    responses((status = 200, body = Envelope<Vec<ProviderConfigView>>)),
)]
pub(crate) async fn list(
    State(admin): State<Arc<Admin>>,
    Path((account, gateway)): Path<(String, String)>,
    pairs: Pairs,
) -> Answer<Vec<ProviderConfigView>> {
    let query = pairs.page(PER_PAGE_MAX)?;
    let gateway = admin.gateway(&account, &gateway).await?.name();
    let found = admin.config.provider_keys().list(&gateway, &query).await.noun(super::NOUN)?;
    page(found, &query, view)
}
