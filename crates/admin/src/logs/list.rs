//! `GET …/logs`

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, State},
};
use waypost_store::log::{Extent, LogQuery, Paging};
use waypost_types::PicoUsd;

use super::{
    filters::{filters, order},
    view::{LogView, view},
};
use crate::{
    Admin,
    envelope::{Answer, Envelope, ExtentView, ResultInfo},
    limits::LOGS_PER_PAGE_MAX,
    query::Pairs,
    refusal::Noun,
};

/// Lists log rows, newest first. Filters are joined by *and*, values of one filter are alternatives.
#[utoipa::path(
    get,
    path = "/client/v4/accounts/{account}/ai-gateway/gateways/{gateway}/logs",
    tag = "Logs",
    params(
        ("account" = String, Path),
        ("gateway" = String, Path),
        ("page" = Option<u32>, Query, description = "From 1."),
        ("per_page" = Option<u32>, Query, description = "20, at most 50."),
        ("search" = Option<String>, Query, description = "Text in metadata, model, provider, route, error or ids."),
        ("order_by" = Option<String>, Query, description = "`created_at` where absent."),
        ("order_by_direction" = Option<String>, Query, description = "`asc` or `desc`."),
        ("filters" = Option<String>, Query, description = "JSON array of `{key, operator, value}`; brackets and dots too."),
        ("meta_info" = Option<bool>, Query, description = "Adds smallest and largest values to `result_info`."),
    ),
    responses((status = 200, body = Envelope<Vec<LogView>>)),
)]
pub(crate) async fn list(
    State(admin): State<Arc<Admin>>,
    Path((account, gateway)): Path<(String, String)>,
    pairs: Pairs,
) -> Answer<Vec<LogView>> {
    let page = pairs.page(LOGS_PER_PAGE_MAX)?;
    let with_extent = pairs.flag("meta_info")?.unwrap_or(false);
    let query = LogQuery {
        filters: filters(&pairs)?,
        search: page.search.clone(),
        order: order(&pairs)?,
        paging: Paging::Page { page: page.page, per_page: page.per_page },
        with_total: true,
        with_extent,
    };
    let gateway = admin.gateway(&account, &gateway).await?.name();
    let found = admin.logs.list(&gateway, &query).await.noun(super::NOUN)?;
    let mut info = ResultInfo::of(&page, found.rows.len(), found.total);
    info.extent = with_extent.then(|| found.extent.map(extent).unwrap_or_default());
    let rows = found.rows.into_iter().map(view).collect();
    Ok(Json(Envelope::of(rows).with_info(info)))
}

fn extent(extent: Extent) -> ExtentView {
    let low = |pair: Option<(u64, u64)>| pair.map(|(low, _)| low);
    let high = |pair: Option<(u64, u64)>| pair.map(|(_, high)| high);
    ExtentView {
        min_cost: extent.cost.map(|(low, _)| PicoUsd::to_json_number(low)),
        max_cost: extent.cost.map(|(_, high)| PicoUsd::to_json_number(high)),
        min_duration: low(extent.duration_ms),
        max_duration: high(extent.duration_ms),
        min_tokens_in: low(extent.tokens_in),
        max_tokens_in: high(extent.tokens_in),
        min_tokens_out: low(extent.tokens_out),
        max_tokens_out: high(extent.tokens_out),
        min_total_tokens: low(extent.total_tokens),
        max_total_tokens: high(extent.total_tokens),
    }
}
