//! `POST /api/gateways/{gateway}/configuration/import`

use std::sync::Arc;

use axum::{
    Extension,
    extract::{Path, State},
};
use http::StatusCode;
use serde_json::{Value, json};
use waypost_store::{
    Change, DeploymentRecord, DraftRecord, GatewayRecord, RouteRecord, SavedCaseRecord, VersionRecord,
};

use super::{
    PlanView,
    file::ImportBody,
    plan::Plan,
    routes::{RouteAction, RoutePlan},
};
use crate::{
    Admin,
    access::Actor,
    body::{REQUIRED, Sent},
    change::Noted,
    envelope::{Answer, Envelope, one},
    gateways::view::audited,
    query::Pairs,
    refusal::{Refused, code, place},
};

const NOUN: &str = "Configuration";
const COMMENT: &str = "imported";

/// Imports a file that was checked: everything that is taken, in one step, or nothing. Routes that serve are live when the
/// answer comes; nothing is ever removed.
#[utoipa::path(
    post,
    path = "/api/gateways/{gateway}/configuration/import",
    tag = "Configuration",
    params(
        ("gateway" = String, Path),
        ("account" = Option<String>, Query, description = "`default` where absent."),
    ),
    request_body = ImportBody,
    responses(
        (status = 200, body = Envelope<PlanView>),
        (status = 409, description = "The configuration has changed since the check."),
    ),
)]
pub(crate) async fn import(
    State(admin): State<Arc<Admin>>,
    Path(gateway): Path<String>,
    pairs: Pairs,
    Extension(actor): Extension<Actor>,
    Sent(body): Sent<ImportBody>,
) -> Answer<PlanView> {
    let account = pairs.account();
    let gateway = admin.gateway(account, &gateway).await?;
    let Some(expected) = &body.fingerprint else {
        return Err(Refused::value(place!["body", "fingerprint"], REQUIRED));
    };
    let plan = admin.plan(&gateway, &body).await?;
    let errors = plan.errors();
    if !errors.is_empty() {
        return Err(Refused::invalid(errors));
    }
    if plan.fingerprint() != *expected {
        return Err(stale());
    }
    if plan.changes() > 0 {
        let changes = admin.changes(&actor, &gateway, &plan);
        let noted = Noted {
            account,
            gateway: Some(&gateway.id),
            action: "imported",
            object: "configuration",
            object_id: &gateway.id,
            before: Value::Null,
            after: summary(&plan),
        };
        admin.change(&actor, noted, changes).await.map_err(|error| error.refused_or(NOUN, stale()))?;
    }
    one(plan.into_view())
}

fn stale() -> Refused {
    let message = "The configuration has changed since the file was checked. Check it again.";
    Refused::new(StatusCode::CONFLICT, code::CONFLICT, message)
}

/// For the audit: which settings and which routes. Each of them has an entry of its own beside it.
fn summary(plan: &Plan) -> Value {
    let of = |action| plan.taken().filter(move |plan| plan.view.action == action).map(|plan| &plan.view.name);
    let settings: Vec<&String> = plan.settings.view.changes.iter().map(|change| &change.member).collect();
    json!({
        "settings": settings,
        "created": of(RouteAction::Create).collect::<Vec<_>>(),
        "changed": of(RouteAction::Change).collect::<Vec<_>>(),
    })
}

impl Admin {
    /// Everything that is stored, in its order, with its audit entries.
    fn changes(&self, actor: &Actor, gateway: &GatewayRecord, plan: &Plan) -> Vec<Change> {
        let mut changes = Vec::new();
        if let Some(settings) = &plan.settings.settings {
            let record = GatewayRecord { settings: settings.clone(), modified_at: self.clock.now(), ..gateway.clone() };
            let noted = Noted {
                account: &gateway.account,
                gateway: Some(&gateway.id),
                action: "updated",
                object: "gateway",
                object_id: &gateway.id,
                before: audited(gateway),
                after: audited(&record),
            };
            changes.push(self.audit(actor, noted));
            changes.push(Change::UpdateGateway(record));
        }
        for plan in plan.taken().filter(|plan| plan.view.action.is_change()) {
            self.route_changes(actor, gateway, plan, &mut changes);
        }
        changes
    }

    fn route_changes(&self, actor: &Actor, gateway: &GatewayRecord, plan: &RoutePlan, changes: &mut Vec<Change>) {
        let now = self.clock.now();
        let is_new = plan.route.is_none();
        let route = plan.route.clone().unwrap_or_else(|| RouteRecord {
            id: self.new_id(),
            gateway: gateway.name(),
            name: plan.view.name.clone(),
            created_at: now,
            modified_at: now,
            live_version: None,
            deleted: false,
        });
        let noted = |action, before, after| Noted {
            account: &gateway.account,
            gateway: Some(&gateway.id),
            action,
            object: "route",
            object_id: &route.id,
            before,
            after,
        };
        if is_new {
            let after = json!({"name": route.name, "deployed": plan.view.deploys});
            changes.push(self.audit(actor, noted("created", Value::Null, after)));
            changes.push(Change::InsertRoute(route.clone()));
        }
        if plan.view.deploys {
            let version_id = self.new_id();
            let before = json!({"name": route.name, "live_version": route.live_version});
            let after = json!({"name": route.name, "live_version": version_id, "comment": COMMENT});
            changes.push(self.audit(actor, noted("deployed", before, after)));
            changes.push(Change::InsertVersion(
                gateway.name(),
                VersionRecord {
                    version_id: version_id.clone(),
                    route_id: route.id.clone(),
                    number: 0,
                    document: plan.document.clone(),
                    is_valid: true,
                    comment: Some(COMMENT.to_owned()),
                    created_at: now,
                    created_by: actor.label.clone(),
                },
            ));
            changes.push(Change::Deploy(
                gateway.name(),
                DeploymentRecord {
                    deployment_id: self.new_id(),
                    route_id: route.id.clone(),
                    version_id,
                    created_at: now,
                    by: actor.label.clone(),
                    comment: Some(COMMENT.to_owned()),
                },
            ));
        }
        // Of a route that is here already draft and cases are somebody's work: they stay.
        if is_new {
            let draft = DraftRecord {
                route_id: route.id.clone(),
                document: plan.draft.clone(),
                revision: 1,
                modified_at: now,
                modified_by: actor.label.clone(),
            };
            changes.push(Change::PutDraft(gateway.name(), draft));
            changes.extend(plan.cases.iter().map(|case| {
                let record = SavedCaseRecord {
                    id: self.new_id(),
                    route_id: route.id.clone(),
                    name: case.name.clone(),
                    document: case.document.clone(),
                    modified_at: now,
                };
                Change::PutSavedCase(gateway.name(), record)
            }));
        }
    }
}
