//! `POST /api/gateways/{gateway}/routes/validate`

use std::sync::Arc;

use axum::extract::{Path, State};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use waypost_graph::{CompiledRoute, Problem, paths::all_paths, read};

use crate::{
    Admin,
    body::Raw,
    envelope::{Answer, Envelope, one},
    query::Pairs,
};

/// What was found in a document.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ValidationView {
    /// It may be deployed.
    valid: bool,
    /// It may be saved as a version.
    storable: bool,
    /// Everything that is wrong or worth a thought, errors first: `{code, severity, node, field, message, path}`.
    #[schema(value_type = Vec<Object>)]
    problems: Vec<Problem>,
    /// What was spelled differently.
    changes: Vec<String>,
    /// Properties that are not known; they are kept.
    unknown: Vec<String>,
    /// The document in the published spelling; null when it could not be read.
    #[schema(value_type = Option<Object>)]
    document: Option<Value>,
    /// What the compiled route reads and does; null when there are errors.
    route: Option<RouteFacts>,
}

/// What a compiled route reads and does.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RouteFacts {
    /// Headers that it reads.
    headers: Vec<String>,
    /// Scalars of the body that it reads, without `body.`.
    body: Vec<String>,
    /// Models that it may call, as `provider/model`.
    models: Vec<String>,
    /// Ids of its limits.
    limits: Vec<String>,
    /// Every way through it: `{conditions, steps, model, end}`.
    #[schema(value_type = Object)]
    paths: Value,
}

/// Checks a route document, in any spelling, with the same eyes that guard deploying.
#[utoipa::path(
    post,
    path = "/api/gateways/{gateway}/routes/validate",
    tag = "Editor",
    params(
        ("gateway" = String, Path),
        ("account" = Option<String>, Query, description = "`default` where absent."),
    ),
    request_body = serde_json::Value,
    responses((status = 200, body = Envelope<ValidationView>)),
)]
pub(crate) async fn validate(
    State(admin): State<Arc<Admin>>,
    Path(gateway): Path<String>,
    pairs: Pairs,
    Raw(bytes): Raw,
) -> Answer<ValidationView> {
    let gateway = admin.gateway(pairs.account(), &gateway).await?;
    let read = match read(&bytes) {
        Ok(read) => read,
        Err(problems) => {
            return one(ValidationView {
                valid: false,
                storable: false,
                problems,
                changes: Vec::new(),
                unknown: Vec::new(),
                document: None,
                route: None,
            });
        }
    };
    let compiled = admin.compile(&gateway, &read.spec).await?;
    one(ValidationView {
        valid: compiled.is_valid(),
        storable: !compiled.is_refused(),
        changes: read.changes,
        unknown: read.unknown,
        document: Some(read.spec.to_json()),
        route: compiled.route.as_ref().map(facts),
        problems: compiled.problems,
    })
}

fn facts(route: &CompiledRoute) -> RouteFacts {
    RouteFacts {
        headers: route.headers().iter().map(ToString::to_string).collect(),
        body: route.body_paths().iter().map(ToString::to_string).collect(),
        models: route.models().map(|(_, model)| format!("{}/{}", model.provider, model.model)).collect(),
        limits: route.limits().map(|(at, _)| route.node_id(at).to_owned()).collect(),
        paths: serde_json::to_value(all_paths(route)).unwrap_or_default(),
    }
}
