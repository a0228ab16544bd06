//! What an import would do, before it does anything.

use serde::Serialize;
use utoipa::ToSchema;
use waypost_store::{GatewayRecord, KeyDigest, config::PageQuery};

use super::{
    file::ImportBody,
    routes::{RoutePlan, RoutePlanView, place_of},
    settings::{SettingsPlan, SettingsPlanView, plan as settings_plan},
};
use crate::{
    Admin,
    body::Findings,
    ids::base64_url,
    refusal::{ApiError, Noun, Outcome, place},
    routes::NOUN,
};

/// What an import would do.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PlanView {
    /// Send it with the import: it is of this file, this choice and the configuration as it is now.
    pub(super) fingerprint: String,
    /// Something that is taken is wrong: an import of the same choice is refused.
    blocked: bool,
    /// Settings and routes that would change.
    changes: usize,
    /// The settings.
    pub(super) settings: SettingsPlanView,
    /// Each route of the file.
    pub(super) routes: Vec<RoutePlanView>,
    /// Routes of this gateway that the file does not name: they stay as they are.
    untouched: Vec<String>,
}

/// The same with what it needs to be done.
pub(super) struct Plan {
    pub(super) settings: SettingsPlan,
    pub(super) routes: Vec<RoutePlan>,
    untouched: Vec<String>,
    /// Of the configuration that it was made from.
    base: String,
}

impl Admin {
    /// Looks at a file and changes nothing.
    pub(super) async fn plan(&self, gateway: &GatewayRecord, body: &ImportBody) -> Outcome<Plan> {
        body.configuration.check()?;
        named(body)?;
        let mut settings = if body.settings {
            settings_plan(self, gateway, &body.configuration.settings)
        } else {
            SettingsPlan { settings: None, view: SettingsPlanView::default() }
        };
        // Routes are judged by the settings that they would run under.
        let imported = GatewayRecord {
            settings: settings.settings.clone().unwrap_or_else(|| gateway.settings.clone()),
            ..gateway.clone()
        };
        if settings.view.changes.is_empty() {
            settings.settings = None;
        }
        let mut routes: Vec<RoutePlan> = Vec::with_capacity(body.configuration.routes.len());
        for (index, file) in body.configuration.routes.iter().enumerate() {
            let mut plan = self.route_plan(&imported, index, file).await?;
            if routes.iter().any(|other| other.view.name.eq_ignore_ascii_case(&plan.view.name)) {
                plan.view
                    .errors
                    .push(ApiError::invalid(place_of(index, &["name"]), "Another route of the file has this name."));
            }
            plan.view.taken = takes(body, &plan.view.name);
            routes.push(plan);
        }
        let stored = self.config.routes().list(&gateway.name(), &PageQuery::ALL).await.noun(NOUN)?.items;
        let is_named = |name: &str| routes.iter().any(|plan| plan.view.name.eq_ignore_ascii_case(name));
        let mut untouched: Vec<String> =
            stored.iter().filter(|route| !is_named(&route.name)).map(|route| route.name.clone()).collect();
        untouched.sort();
        let mut base = format!("{} {}", gateway.internal_id, gateway.modified_at.0);
        for route in stored.iter().filter(|route| is_named(&route.name)) {
            base.push_str(&format!(" {} {:?}", route.id, route.live_version));
        }
        Ok(Plan { settings, routes, untouched, base })
    }
}

impl Plan {
    /// Everything that keeps this choice from being imported.
    pub(super) fn errors(&self) -> Vec<ApiError> {
        let settings = self.settings.view.errors.iter().filter(|_| self.settings.view.taken);
        let routes = self.taken().flat_map(|plan| &plan.view.errors);
        settings.chain(routes).cloned().collect()
    }

    /// Routes that are taken.
    pub(super) fn taken(&self) -> impl Iterator<Item = &RoutePlan> {
        self.routes.iter().filter(|plan| plan.view.taken)
    }

    /// Settings and routes that would change.
    pub(super) fn changes(&self) -> usize {
        let settings = if self.settings.view.taken { self.settings.view.changes.len() } else { 0 };
        settings + self.taken().filter(|plan| plan.view.action.is_change()).count()
    }

    pub(super) fn into_view(self) -> PlanView {
        let fingerprint = self.fingerprint();
        PlanView {
            fingerprint,
            blocked: !self.errors().is_empty(),
            changes: self.changes(),
            settings: self.settings.view,
            routes: self.routes.into_iter().map(|plan| plan.view).collect(),
            untouched: self.untouched,
        }
    }

    /// Of what would be stored, and of what is there.
    pub(super) fn fingerprint(&self) -> String {
        let mut text = self.base.clone();
        let settings = self.settings.settings.as_ref();
        text.push_str(&settings.and_then(|settings| serde_json::to_string(settings).ok()).unwrap_or_default());
        for plan in &self.routes {
            let view = &plan.view;
            text.push_str(&format!("\n{} {} {:?} {} ", view.name, view.taken, view.action, view.errors.len()));
            text.push_str(&plan.document);
            text.push_str(&plan.draft);
        }
        base64_url(&KeyDigest::of(text.as_bytes()).0)
    }
}

fn takes(body: &ImportBody, name: &str) -> bool {
    body.routes.as_ref().is_none_or(|names| names.iter().any(|taken| taken.eq_ignore_ascii_case(name)))
}

/// Refuses a choice of routes that the file does not have.
fn named(body: &ImportBody) -> Outcome<()> {
    let mut findings = Findings::default();
    let in_file = |wanted: &str| {
        body.configuration.routes.iter().any(|route| {
            route.get("name").and_then(serde_json::Value::as_str).is_some_and(|name| name.eq_ignore_ascii_case(wanted))
        })
    };
    for name in body.routes.iter().flatten().filter(|name| !in_file(name)) {
        findings.add(place!["body", "routes"], format!("The file has no route named {name:?}."));
    }
    findings.done()
}
