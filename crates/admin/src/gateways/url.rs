//! `GET …/gateways/{gateway}/url/{provider}`

use std::sync::Arc;

use axum::extract::{Path, State};
use waypost_store::config::{CustomProviderQuery, PageQuery};
use waypost_upstream::catalogue::CUSTOM_PREFIX;

use crate::{
    Admin,
    envelope::{Answer, Envelope, one},
    refusal::{Noun, Outcome, Refused, place},
};

/// Where callers reach a provider through this gateway; `universal` names the gateway's root.
#[utoipa::path(
    get,
    path = "/client/v4/accounts/{account}/ai-gateway/gateways/{gateway}/url/{provider}",
    tag = "Gateways",
    params(("account" = String, Path), ("gateway" = String, Path), ("provider" = String, Path)),
    responses((status = 200, body = Envelope<String>)),
)]
pub(crate) async fn url(
    State(admin): State<Arc<Admin>>,
    Path((account, gateway, provider)): Path<(String, String, String)>,
) -> Answer<String> {
    let gateway = admin.gateway(&account, &gateway).await?;
    let root = format!("{}/v1/{account}/{}", admin.base_url.trim_end_matches('/'), gateway.id);
    match &*provider {
        "universal" => one(root),
        "compat" | "dynamic" => one(format!("{root}/{provider}")),
        _ => {
            admin.check_provider(&account, &provider, place!["params", "provider"]).await?;
            one(format!("{root}/{provider}"))
        }
    }
}

impl Admin {
    /// Refuses providers that are neither built in nor added to the account.
    pub(crate) async fn check_provider(
        &self,
        account: &str,
        slug: &str,
        place: Vec<waypost_graph::PathStep>,
    ) -> Outcome<()> {
        if self.catalogue.find(slug).is_some() {
            return Ok(());
        }
        if let Some(custom) = slug.strip_prefix(CUSTOM_PREFIX) {
            let page = PageQuery { search: Some(custom.to_owned()), ..PageQuery::ALL };
            let query = CustomProviderQuery { page, enable: None, beta: None };
            let found = self.config.custom_providers().list(account, &query).await.noun("Provider")?;
            if found.items.iter().any(|provider| provider.slug == custom) {
                return Ok(());
            }
        }
        let guess = self.catalogue.did_you_mean(slug).map(|guess| format!(" Did you mean {guess:?}?"));
        Err(Refused::value(place, format!("Unknown provider {slug:?}.{}", guess.unwrap_or_default())))
    }
}
