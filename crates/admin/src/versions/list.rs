//! `GET …/routes/{route}/versions`

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, State},
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    Admin,
    envelope::ResultInfo,
    limits::PER_PAGE_MAX,
    query::Pairs,
    refusal::{Noun, Outcome},
    routes::view::{ListEnvelope, ListOrder, VersionView},
};

/// `data` of the list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct VersionsData {
    #[serde(flatten)]
    order: ListOrder,
    /// The items.
    versions: Vec<VersionView>,
}

/// Lists versions, newest first.
#[utoipa::path(
    get,
    path = "/client/v4/accounts/{account}/ai-gateway/gateways/{gateway}/routes/{route}/versions",
    tag = "Versions",
    params(
        ("account" = String, Path),
        ("gateway" = String, Path),
        ("route" = String, Path),
        ("page" = Option<u32>, Query, description = "From 1."),
        ("per_page" = Option<u32>, Query, description = "20, at most 100."),
    ),
    responses((status = 200, body = ListEnvelope<VersionView, VersionsData>)),
)]
pub(crate) async fn list(
    State(admin): State<Arc<Admin>>,
    Path((account, gateway, route)): Path<(String, String, String)>,
    pairs: Pairs,
) -> Outcome<Json<ListEnvelope<VersionView, VersionsData>>> {
    let query = pairs.page(PER_PAGE_MAX)?;
    let (gateway, route) = admin.route(&account, &gateway, &route).await?;
    let found = admin.config.routes().versions(&gateway.name(), &route.id, &query).await.noun(super::NOUN)?;
    let versions: Vec<_> = found.items.into_iter().map(|version| VersionView::of(version, &route)).collect();
    let info = ResultInfo::of(&query, versions.len(), found.total);
    let data = VersionsData { order: ListOrder::of(&query), versions: versions.clone() };
    Ok(Json(ListEnvelope::new(versions, info, data)))
}
