//! `GET /api/gateways/{gateway}/configuration`

use std::sync::Arc;

use axum::extract::{Path, State};
use serde_json::{Map, Value, json};
use waypost_store::{GatewayRecord, RouteRecord, config::PageQuery};

use super::file::{CREDENTIALS, ConfigurationView, FORMAT, VERSION};
use crate::{
    Admin,
    envelope::{Answer, Envelope, one},
    gateways::settings::SettingsView,
    ids::rfc3339,
    query::Pairs,
    refusal::{Noun, Outcome},
    routes::NOUN,
};

/// The settings of a gateway and its routes, for a file. Nothing in it is secret: no keys, no credentials of third parties.
#[utoipa::path(
    get,
    path = "/api/gateways/{gateway}/configuration",
    tag = "Configuration",
    params(
        ("gateway" = String, Path),
        ("account" = Option<String>, Query, description = "`default` where absent."),
    ),
    responses((status = 200, body = Envelope<ConfigurationView>)),
)]
pub(crate) async fn export(
    State(admin): State<Arc<Admin>>,
    Path(gateway): Path<String>,
    pairs: Pairs,
) -> Answer<ConfigurationView> {
    let gateway = admin.gateway(pairs.account(), &gateway).await?;
    let mut settings = serde_json::to_value(SettingsView::of(&gateway.settings)).unwrap_or_default();
    if let Some(members) = settings.as_object_mut() {
        members.retain(|member, _| !CREDENTIALS.contains(&&**member));
    }
    let mut records = admin.config.routes().list(&gateway.name(), &PageQuery::ALL).await.noun(NOUN)?.items;
    records.sort_by(|one, other| one.name.cmp(&other.name));
    let mut routes = Vec::with_capacity(records.len());
    for route in &records {
        routes.push(admin.exported_route(&gateway, route).await?);
    }
    one(ConfigurationView {
        format: FORMAT,
        version: VERSION,
        gateway: gateway.id,
        exported_at: rfc3339(admin.clock.now()),
        settings,
        routes,
    })
}

impl Admin {
    /// What serves, with the layout of the draft; of a route that never served, the draft or else the newest version.
    async fn exported_route(&self, gateway: &GatewayRecord, route: &RouteRecord) -> Outcome<Value> {
        let (name, routes) = (gateway.name(), self.config.routes());
        let draft = routes.draft(&name, &route.id).await.noun(NOUN)?.map(|draft| parsed(&draft.document));
        let layout = draft.as_ref().and_then(|draft| draft.get("layout").cloned());
        let mut members = match (&route.live_version, draft) {
            (Some(version), _) => parsed(&routes.version(&name, &route.id, version).await.noun("Version")?.document),
            (None, Some(draft)) => draft,
            (None, None) => parsed(&routes.newest_version(&name, &route.id).await.noun("Version")?.document),
        };
        members.insert("name".to_owned(), json!(route.name));
        members.insert("deployed".to_owned(), json!(route.live_version.is_some()));
        members.extend(layout.map(|layout| ("layout".to_owned(), layout)));
        let cases = routes.saved_cases(&name, &route.id).await.noun("Case")?;
        if !cases.is_empty() {
            let told = cases.into_iter().map(|case| {
                let mut members = parsed(&case.document);
                members.insert("name".to_owned(), json!(case.name));
                Value::Object(members)
            });
            members.insert("cases".to_owned(), told.collect());
        }
        Ok(Value::Object(members))
    }
}

/// A stored document; one that is no object has no members.
fn parsed(document: &str) -> Map<String, Value> {
    match serde_json::from_str(document) {
        Ok(Value::Object(members)) => members,
        _ => Map::new(),
    }
}
