//! `GET …/custom-providers`

use std::sync::Arc;

use axum::{
    Extension,
    extract::{Path, State},
};
use waypost_store::config::CustomProviderQuery;

use super::{CustomProviderView, view};
use crate::{
    Admin,
    access::Actor,
    envelope::{Answer, Envelope, page},
    limits::PER_PAGE_MAX,
    query::Pairs,
    refusal::Noun,
};

/// Lists custom providers of an account, by position and name.
#[utoipa::path(
    get,
    path = "/client/v4/accounts/{account}/ai-gateway/custom-providers",
    tag = "Custom providers",
    params(
        ("account" = String, Path),
        ("page" = Option<u32>, Query, description = "From 1."),
        ("per_page" = Option<u32>, Query, description = "20, at most 100."),
        ("enable" = Option<bool>, Query, description = "Only enabled ones, or only others."),
        ("beta" = Option<bool>, Query, description = "Only beta ones, or only others."),
        ("search" = Option<String>, Query, description = "Text in name, slug or id."),
    ),
    responses((status = 200, body = Envelope<Vec<CustomProviderView>>)),
)]
pub(crate) async fn list(
    State(admin): State<Arc<Admin>>,
    Path(account): Path<String>,
    Extension(actor): Extension<Actor>,
    pairs: Pairs,
) -> Answer<Vec<CustomProviderView>> {
    let query = CustomProviderQuery {
        page: pairs.page(PER_PAGE_MAX)?,
        enable: pairs.flag("enable")?,
        beta: pairs.flag("beta")?,
    };
    admin.account(&account).await?;
    let found = admin.config.custom_providers().list(&account, &query).await.noun(super::NOUN)?;
    page(found, &query.page, |record| view(record, actor.role))
}
