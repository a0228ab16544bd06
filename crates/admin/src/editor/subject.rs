//! Which document is meant: one that was sent, a version of a route, or what serves.

use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;
use waypost_graph::{Compiled, RouteSpec, read_value};
use waypost_store::{GatewayRecord, RouteRecord};

use crate::{
    Admin,
    body::REQUIRED,
    refusal::{ApiError, Noun, Outcome, Refused, place},
};

/// A document: sent, or named. Without both it is the version that serves, or the newest one.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Subject {
    /// A route document in any spelling.
    document: Option<Value>,
    /// A version of the route.
    version_id: Option<String>,
}

impl Subject {
    pub(crate) const fn new(document: Option<Value>, version_id: Option<String>) -> Self {
        Self { document, version_id }
    }
}

impl Admin {
    /// Reads and compiles what is meant.
    pub(crate) async fn subject(
        &self,
        gateway: &GatewayRecord,
        route: Option<&RouteRecord>,
        subject: &Subject,
    ) -> Outcome<(RouteSpec, Compiled)> {
        let document = match (&subject.document, route) {
            (Some(document), _) => document.clone(),
            (None, Some(route)) => self.stored_document(gateway, route, subject.version_id.as_deref()).await?,
            (None, None) => return Err(Refused::value(place!["body", "document"], REQUIRED)),
        };
        let read = read_value(&document)
            .map_err(|problems| Refused::invalid(problems.iter().map(ApiError::problem).collect()))?;
        let compiled = self.compile(gateway, &read.spec).await?;
        Ok((read.spec, compiled))
    }

    async fn stored_document(
        &self,
        gateway: &GatewayRecord,
        route: &RouteRecord,
        version_id: Option<&str>,
    ) -> Outcome<Value> {
        let routes = self.config.routes();
        let version = match version_id.or(route.live_version.as_deref()) {
            Some(version_id) => routes.version(&gateway.name(), &route.id, version_id).await,
            None => routes.newest_version(&gateway.name(), &route.id).await,
        };
        Ok(serde_json::from_str(&version.noun("Version")?.document).unwrap_or(Value::Null))
    }
}
