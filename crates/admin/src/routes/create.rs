//! `POST …/routes`

use std::sync::Arc;

use axum::{
    Extension, Json,
    extract::{Path, State},
};
use serde_json::{Value, json};
use utoipa::ToSchema;
use waypost_store::{Change, DeploymentRecord, RouteRecord, VersionRecord};

use super::{check_name, name_taken, view::RouteView};
use crate::{
    Admin,
    access::Actor,
    body::{REQUIRED, Raw, kind},
    change::Noted,
    check::Checked,
    envelope::{Answer, Envelope},
    refusal::{Outcome, Refused, place},
    versions::create::comment,
};

/// A route document with its name.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body; `waypost_graph::read` reads it")]
pub(crate) struct NewRoute {
    /// `[A-Za-z0-9][A-Za-z0-9_-]{0,63}`, unique in the gateway ignoring case.
    name: String,
    /// The elements, in any spelling that is known.
    #[schema(value_type = Vec<Object>)]
    elements: Value,
    /// `false` leaves it without a version that serves.
    #[schema(default = true)]
    deploy: Option<bool>,
    /// About the version.
    comment: Option<String>,
}

/// Creates a route with version 1 and makes it live. With `"deploy": false` nothing serves yet, and the document may have
/// errors other than structural ones.
#[utoipa::path(
    post,
    path = "/client/v4/accounts/{account}/ai-gateway/gateways/{gateway}/routes",
    tag = "Routes",
    params(("account" = String, Path), ("gateway" = String, Path)),
    request_body = NewRoute,
    responses((status = 200, body = Envelope<RouteView>)),
)]
pub(crate) async fn create(
    State(admin): State<Arc<Admin>>,
    Path((account, gateway)): Path<(String, String)>,
    Extension(actor): Extension<Actor>,
    Raw(bytes): Raw,
) -> Answer<RouteView> {
    let gateway = admin.gateway(&account, &gateway).await?;
    let mut checked = admin.check(&gateway, &bytes).await?;
    let name = name(&mut checked)?;
    let deploys = deploys(&mut checked)?;
    let comment = comment(&mut checked)?;
    if deploys {
        checked.serve()?
    } else {
        checked.keep()?
    }

    let now = admin.clock.now();
    let route = RouteRecord {
        id: admin.new_id(),
        gateway: gateway.name(),
        name: name.clone(),
        created_at: now,
        modified_at: now,
        live_version: None,
        deleted: false,
    };
    let version = VersionRecord {
        version_id: admin.new_id(),
        route_id: route.id.clone(),
        number: 0,
        document: checked.document(),
        is_valid: checked.is_valid(),
        comment,
        created_at: now,
        created_by: actor.label.clone(),
    };
    let noted = Noted {
        account: &account,
        gateway: Some(&gateway.id),
        action: "created",
        object: "route",
        object_id: &route.id,
        before: Value::Null,
        after: json!({"name": name, "version_id": version.version_id, "deployed": deploys}),
    };
    let mut changes = vec![Change::InsertRoute(route.clone())];
    let deployment = DeploymentRecord {
        deployment_id: admin.new_id(),
        route_id: route.id.clone(),
        version_id: version.version_id.clone(),
        created_at: now,
        by: actor.label.clone(),
        comment: None,
    };
    changes.push(Change::InsertVersion(gateway.name(), version));
    if deploys {
        changes.push(Change::Deploy(gateway.name(), deployment));
    }
    admin.change(&actor, noted, changes).await.map_err(|error| error.refused_or(super::NOUN, name_taken(&name)))?;
    let view = admin.route_view_by_id(&gateway.name(), &route.id).await?;
    Ok(Json(Envelope::of(view).with_messages(checked.messages())))
}

fn name(checked: &mut Checked) -> Outcome<String> {
    let Some(name) = checked.spec.name.clone() else {
        let message = match checked.take("name") {
            Some(other) => format!("Expected string, received {}", kind(&other)),
            None => REQUIRED.to_owned(),
        };
        return Err(Refused::value(place!["body", "name"], message));
    };
    check_name(&name)?;
    Ok(name)
}

fn deploys(checked: &mut Checked) -> Outcome<bool> {
    match checked.take("deploy") {
        None | Some(Value::Null) => Ok(true),
        Some(Value::Bool(deploys)) => Ok(deploys),
        Some(other) => {
            Err(Refused::value(place!["body", "deploy"], format!("Expected boolean, received {}", kind(&other))))
        }
    }
}
