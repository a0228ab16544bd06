//! `GET …/routes`

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, State},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::view::{ListEnvelope, ListOrder, RouteView};
use crate::{
    Admin,
    envelope::ResultInfo,
    limits::PER_PAGE_MAX,
    query::Pairs,
    refusal::{Noun, Outcome},
};

/// `data` of the list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RoutesData {
    #[serde(flatten)]
    order: ListOrder,
    /// The items.
    routes: Vec<RouteView>,
}

/// Lists routes, newest first.
#[utoipa::path(
    get,
    path = "/client/v4/accounts/{account}/ai-gateway/gateways/{gateway}/routes",
    tag = "Routes",
    params(
        ("account" = String, Path),
        ("gateway" = String, Path),
        ("page" = Option<u32>, Query, description = "From 1."),
        ("per_page" = Option<u32>, Query, description = "20, at most 100."),
        ("search" = Option<String>, Query, description = "Text in name or id."),
    ),
    responses((status = 200, body = ListEnvelope<RouteView, RoutesData>)),
)]
pub(crate) async fn list(
    State(admin): State<Arc<Admin>>,
    Path((account, gateway)): Path<(String, String)>,
    pairs: Pairs,
) -> Outcome<Json<ListEnvelope<RouteView, RoutesData>>> {
    let query = pairs.page(PER_PAGE_MAX)?;
    let gateway = admin.gateway(&account, &gateway).await?.name();
    let found = admin.config.routes().list(&gateway, &query).await.noun(super::NOUN)?;
    let mut routes = Vec::with_capacity(found.items.len());
    for route in found.items {
        routes.push(admin.route_view(route).await?);
    }
    let info = ResultInfo::of(&query, routes.len(), found.total);
    let data = RoutesData { order: ListOrder::of(&query), routes: routes.clone() };
    Ok(Json(ListEnvelope::new(routes, info, data)))
}
