//! `POST …/routes/{route}/deployments`

use std::sync::Arc;

use axum::{
    Extension, Json,
    extract::{Path, State},
};
use http::StatusCode;
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;
use waypost_store::{Change, DeploymentRecord, GatewayRecord, RouteRecord, config::PageQuery};

use crate::{
    Admin,
    access::Actor,
    body::{Body, Findings, REQUIRED, Sent},
    change::{ChangeNoun, Noted},
    check::Checked,
    envelope::{Answer, Envelope},
    limits::TEXT_BYTES_MAX,
    refusal::{ApiError, Noun, Outcome, Refused, code, place},
    routes::view::RouteView,
};

/// Which version goes live.
#[derive(Deserialize, ToSchema)]
pub(crate) struct NewDeployment {
    /// A version of this route.
    version_id: String,
    /// Why.
    #[serde(default)]
    comment: Option<String>,
    /// Deploys also when saved cases fail.
    #[serde(default)]
    force: bool,
}

impl Body for NewDeployment {
    const REQUIRED: &'static [(&'static str, &'static str)] = &[("version_id", REQUIRED)];
}

/// Makes a version live. The answer comes after the switch: the next request sees it. An old version rolls back.
///
/// Saved cases that fail refuse it with 409, unless it is forced or the version served before (D13).
#[utoipa::path(
    post,
    path = "/client/v4/accounts/{account}/ai-gateway/gateways/{gateway}/routes/{route}/deployments",
    tag = "Deployments",
    params(("account" = String, Path), ("gateway" = String, Path), ("route" = String, Path)),
    request_body = NewDeployment,
    responses((status = 200, body = Envelope<RouteView>), (status = 409, description = "Saved cases fail.")),
)]
pub(crate) async fn create(
    State(admin): State<Arc<Admin>>,
    Path((account, gateway, route)): Path<(String, String, String)>,
    Extension(actor): Extension<Actor>,
    Sent(NewDeployment { version_id, comment, force }): Sent<NewDeployment>,
) -> Answer<RouteView> {
    let (gateway, route) = admin.route(&account, &gateway, &route).await?;
    let mut findings = Findings::default();
    if comment.as_ref().is_some_and(|text| text.len() > TEXT_BYTES_MAX) {
        findings.add(place!["body", "comment"], format!("String must contain at most {TEXT_BYTES_MAX} byte(s)"));
    }
    findings.done()?;
    let version = admin.config.routes().version(&gateway.name(), &route.id, &version_id).await.noun("Version")?;
    let checked = admin.check_version(&gateway, &version).await?;
    checked.serve()?;
    let messages = checked.messages();
    if !force && !admin.has_served(&gateway, &route, &version_id).await? {
        admin.cases_pass(&gateway, &route, checked).await?;
    }
    let deployment = DeploymentRecord {
        deployment_id: admin.new_id(),
        route_id: route.id.clone(),
        version_id: version_id.clone(),
        created_at: admin.clock.now(),
        by: actor.label.clone(),
        comment: comment.clone(),
    };
    let noted = Noted {
        account: &account,
        gateway: Some(&gateway.id),
        action: "deployed",
        object: "route",
        object_id: &route.id,
        before: json!({"live_version": route.live_version}),
        after: json!({"live_version": version_id, "number": version.number, "comment": comment}),
    };
    admin.change(&actor, noted, vec![Change::Deploy(gateway.name(), deployment)]).await.noun(super::NOUN)?;
    let view = admin.route_view_by_id(&gateway.name(), &route.id).await?;
    Ok(Json(Envelope::of(view).with_messages(messages)))
}

impl Admin {
    /// Going back to what served before is never kept up by a case.
    async fn has_served(&self, gateway: &GatewayRecord, route: &RouteRecord, version_id: &str) -> Outcome<bool> {
        let routes = self.config.routes();
        let past = routes.deployments(&gateway.name(), &route.id, &PageQuery::ALL).await.noun(super::NOUN)?;
        Ok(past.items.iter().any(|deployment| deployment.version_id == version_id))
    }

    /// Refuses a version that fails saved cases, naming each.
    async fn cases_pass(&self, gateway: &GatewayRecord, route: &RouteRecord, checked: Checked) -> Outcome<()> {
        let Some(compiled) = checked.compiled.route.map(Arc::new) else { return Ok(()) };
        let results = self.run_cases(gateway, route, &compiled).await?;
        let failed = results.iter().filter(|result| !result.passes);
        let errors: Vec<ApiError> = failed
            .map(|result| {
                let words = format!("The case {:?} fails: it went {}, not {}.", result.name, result.got, result.want);
                ApiError::new(code::CONFLICT, words)
            })
            .collect();
        if errors.is_empty() { Ok(()) } else { Err(Refused { status: StatusCode::CONFLICT, errors }) }
    }
}
