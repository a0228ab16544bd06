//! `POST /api/gateways/{gateway}/routes/{route}/cases/run`

use std::sync::Arc;

use axum::extract::{Path, State};
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::CaseResult;
use crate::{
    Admin,
    body::{Body, Sent},
    editor::subject::Subject,
    envelope::{Answer, Envelope, one},
    query::Pairs,
    refusal::{ApiError, Refused},
};

/// What to run the cases through.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RunBody {
    /// A route document in any spelling. Without it: a version, or what serves.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    document: Option<Value>,
    /// A version of the route.
    #[serde(default)]
    version_id: Option<String>,
}

impl Body for RunBody {}

/// Walks every saved case of a route through a document, without calling a provider or counting anything.
#[utoipa::path(
    post,
    path = "/api/gateways/{gateway}/routes/{route}/cases/run",
    tag = "Cases",
    params(
        ("gateway" = String, Path),
        ("route" = String, Path, description = "Id or name."),
        ("account" = Option<String>, Query, description = "`default` where absent."),
    ),
    request_body = RunBody,
    responses((status = 200, body = Envelope<Vec<CaseResult>>)),
)]
pub(crate) async fn run(
    State(admin): State<Arc<Admin>>,
    Path((gateway, route)): Path<(String, String)>,
    pairs: Pairs,
    Sent(body): Sent<RunBody>,
) -> Answer<Vec<CaseResult>> {
    let (gateway, route) = admin.route(pairs.account(), &gateway, &route).await?;
    let subject = Subject::new(body.document, body.version_id);
    let (_, compiled) = admin.subject(&gateway, Some(&route), &subject).await?;
    let Some(walked) = compiled.route.map(Arc::new) else {
        let errors = compiled.problems.iter().filter(|problem| problem.is_error());
        return Err(Refused::invalid(errors.map(ApiError::problem).collect()));
    };
    one(admin.run_cases(&gateway, &route, &walked).await?)
}
