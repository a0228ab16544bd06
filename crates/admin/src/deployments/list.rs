//! `GET …/routes/{route}/deployments`

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
    routes::view::{DeploymentView, ListEnvelope, ListOrder},
};

/// `data` of the list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DeploymentsData {
    #[serde(flatten)]
    order: ListOrder,
    /// The items.
    deployments: Vec<DeploymentView>,
}

/// Lists deployments, newest first.
#[utoipa::path(
    get,
    path = "/client/v4/accounts/{account}/ai-gateway/gateways/{gateway}/routes/{route}/deployments",
    tag = "Deployments",
    params(
        ("account" = String, Path),
        ("gateway" = String, Path),
        ("route" = String, Path),
        ("page" = Option<u32>, Query, description = "From 1."),
        ("per_page" = Option<u32>, Query, description = "20, at most 100."),
    ),
    responses((status = 200, body = ListEnvelope<DeploymentView, DeploymentsData>)),
)]
pub(crate) async fn list(
    State(admin): State<Arc<Admin>>,
    Path((account, gateway, route)): Path<(String, String, String)>,
    pairs: Pairs,
) -> Outcome<Json<ListEnvelope<DeploymentView, DeploymentsData>>> {
    let query = pairs.page(PER_PAGE_MAX)?;
    let (gateway, route) = admin.route(&account, &gateway, &route).await?;
    let found = admin.config.routes().deployments(&gateway.name(), &route.id, &query).await.noun(super::NOUN)?;
    let info = ResultInfo::of(&query, found.items.len(), found.total);
    let views: Vec<DeploymentView> = found.items.into_iter().map(DeploymentView::from).collect();
    let data = DeploymentsData { order: ListOrder::of(&query), deployments: views.clone() };
    Ok(Json(ListEnvelope::new(views, info, data)))
}
