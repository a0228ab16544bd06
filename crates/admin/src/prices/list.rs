//! `GET /api/prices`

use std::sync::Arc;

use axum::extract::State;

use super::PriceView;
use crate::{
    Admin,
    envelope::{Answer, Envelope, ResultInfo, part},
    limits::PER_PAGE_MAX,
    query::Pairs,
};

/// Searches prices by provider and text; the account's own stand in the place of built-in ones.
#[utoipa::path(
    get,
    path = "/api/prices",
    tag = "Prices",
    params(
        ("account" = Option<String>, Query, description = "`default` where absent."),
        ("provider" = Option<String>, Query, description = "Only this provider."),
        ("search" = Option<String>, Query, description = "Text in provider/model, ignoring case."),
        ("overridden" = Option<bool>, Query, description = "Only the account's own, or only others."),
        ("page" = Option<u32>, Query, description = "From 1."),
        ("per_page" = Option<u32>, Query, description = "20, at most 100."),
    ),
    responses((status = 200, body = Envelope<Vec<PriceView>>)),
)]
pub(crate) async fn list(State(admin): State<Arc<Admin>>, pairs: Pairs) -> Answer<Vec<PriceView>> {
    let query = pairs.page(PER_PAGE_MAX)?;
    let overridden = pairs.flag("overridden")?;
    let wanted = query.search.as_deref().unwrap_or_default().to_lowercase();
    let provider = pairs.text("provider");
    let prices = admin.prices(pairs.account()).await?;

    let mut found = Vec::new();
    for slug in prices.providers().into_iter().filter(|slug| provider.is_none_or(|provider| provider == *slug)) {
        for (model, price) in prices.models(slug) {
            let is_wanted = wanted.is_empty() || format!("{slug}/{model}").to_lowercase().contains(&wanted);
            if is_wanted && overridden.is_none_or(|overridden| overridden == (&*price.source == super::YOURS)) {
                found.push((slug, model, price));
            }
        }
    }
    let total = found.len() as u64;
    let offset = usize::try_from(query.offset()).unwrap_or(usize::MAX);
    let per_page = usize::try_from(query.per_page).unwrap_or(usize::MAX);
    let views: Vec<PriceView> = found
        .into_iter()
        .skip(offset)
        .take(per_page)
        .map(|(provider, model, price)| PriceView::of(provider, model, price))
        .collect();
    let info = ResultInfo::of(&query, views.len(), total);
    part(views, info)
}
