//! Routes, versions and deployments as the API shows them: every member that the SDKs, Terraform and the live API know.

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use waypost_store::{
    DeploymentRecord, GatewayRef, RouteRecord, StoreError, VersionRecord,
    config::{PageQuery, Routes},
};

use crate::{
    Admin,
    envelope::{Message, ResultInfo},
    ids::rfc3339,
    refusal::{Noun, Outcome},
};

/// A route.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct RouteView {
    /// Its id.
    pub(crate) id: String,
    /// Its account.
    pub(crate) account_tag: String,
    /// Its gateway.
    pub(crate) gateway_id: String,
    /// What callers write after `dynamic/`.
    pub(crate) name: String,
    /// When it was created.
    pub(crate) created_at: String,
    /// When it was renamed or deployed last.
    pub(crate) modified_at: String,
    /// Elements of the version that serves; of the newest one before the first deployment.
    #[schema(value_type = Vec<Object>)]
    pub(crate) elements: Value,
    /// The version that serves, or the newest one.
    pub(crate) version: Option<VersionView>,
    /// The last deployment.
    pub(crate) deployment: Option<DeploymentView>,
}

/// A version of a route.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct VersionView {
    /// Its id.
    pub(crate) version_id: String,
    /// From 1 without gaps.
    pub(crate) number: u32,
    /// It serves.
    pub(crate) active: bool,
    /// When it was saved.
    pub(crate) created_at: String,
    /// Who saved it.
    pub(crate) created_by: String,
    /// What the author said about it.
    pub(crate) comment: Option<String>,
    /// It had no errors when it was saved.
    pub(crate) is_valid: bool,
    /// Its elements.
    #[schema(value_type = Vec<Object>)]
    pub(crate) data: Value,
    /// The same.
    #[schema(value_type = Vec<Object>)]
    pub(crate) elements: Value,
    /// The whole document, with what stands beside the elements.
    #[schema(value_type = Object)]
    pub(crate) document: Value,
}

/// A version went live.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct DeploymentView {
    /// Its id.
    pub(crate) deployment_id: String,
    /// The version.
    pub(crate) version_id: String,
    /// When.
    pub(crate) created_at: String,
    /// Who deployed it.
    pub(crate) created_by: String,
    /// Why.
    pub(crate) comment: Option<String>,
}

/// A list in the shape of routes: `result` for those who page, `data` for the SDKs.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ListEnvelope<T, D> {
    /// True.
    success: bool,
    /// Empty.
    #[schema(value_type = Vec<Object>)]
    errors: [u8; 0],
    /// Empty.
    messages: Vec<Message>,
    /// The items.
    result: Vec<T>,
    /// Which part it is.
    result_info: ResultInfo,
    /// The same once more.
    data: D,
}

impl<T, D> ListEnvelope<T, D> {
    pub(crate) fn new(result: Vec<T>, result_info: ResultInfo, data: D) -> Self {
        Self { success: true, errors: [], messages: Vec::new(), result, result_info, data }
    }
}

/// Order and part of a list, as `data` tells it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ListOrder {
    /// Always `created_at`.
    order_by: &'static str,
    /// Always `desc`.
    order_by_direction: &'static str,
    /// From 1.
    page: u32,
    /// Asked for.
    per_page: u32,
}

impl ListOrder {
    pub(crate) fn of(query: &PageQuery) -> Self {
        Self { order_by: "created_at", order_by_direction: "desc", page: query.page, per_page: query.per_page }
    }
}

impl VersionView {
    pub(crate) fn of(record: VersionRecord, route: &RouteRecord) -> Self {
        let document: Value = serde_json::from_str(&record.document).unwrap_or(Value::Null);
        let elements = document.get("elements").cloned().unwrap_or_else(|| Value::Array(Vec::new()));
        Self {
            active: route.live_version.as_deref() == Some(&*record.version_id),
            version_id: record.version_id,
            number: record.number,
            created_at: rfc3339(record.created_at),
            created_by: record.created_by,
            comment: record.comment,
            is_valid: record.is_valid,
            data: elements.clone(),
            elements,
            document,
        }
    }
}

impl From<DeploymentRecord> for DeploymentView {
    fn from(record: DeploymentRecord) -> Self {
        Self {
            deployment_id: record.deployment_id,
            version_id: record.version_id,
            created_at: rfc3339(record.created_at),
            created_by: record.by,
            comment: record.comment,
        }
    }
}

impl RouteView {
    pub(crate) fn of(route: RouteRecord, version: Option<VersionView>, deployment: Option<DeploymentRecord>) -> Self {
        let elements = version.as_ref().map_or_else(|| Value::Array(Vec::new()), |version| version.elements.clone());
        Self {
            id: route.id,
            account_tag: route.gateway.account,
            gateway_id: route.gateway.id,
            name: route.name,
            created_at: rfc3339(route.created_at),
            modified_at: rfc3339(route.modified_at),
            elements,
            version,
            deployment: deployment.map(DeploymentView::from),
        }
    }
}

impl Admin {
    /// A route with the version that serves and its last deployment.
    pub(crate) async fn route_view(&self, route: RouteRecord) -> Outcome<RouteView> {
        let routes = self.config.routes();
        let version = shown_version(routes, &route.gateway, &route).await?;
        let deployment = last_deployment(routes, &route.gateway, &route.id).await?;
        let version = version.map(|version| VersionView::of(version, &route));
        Ok(RouteView::of(route, version, deployment))
    }

    /// As [`Admin::route_view`], read again.
    pub(crate) async fn route_view_by_id(&self, gateway: &GatewayRef, id: &str) -> Outcome<RouteView> {
        self.route_view(self.config.routes().find(gateway, id).await.noun(super::NOUN)?).await
    }
}

async fn shown_version(
    routes: &dyn Routes,
    gateway: &GatewayRef,
    route: &RouteRecord,
) -> Outcome<Option<VersionRecord>> {
    let found = match &route.live_version {
        Some(live) => routes.version(gateway, &route.id, live).await,
        None => routes.newest_version(gateway, &route.id).await,
    };
    match found {
        Ok(version) => Ok(Some(version)),
        Err(StoreError::NotFound) => Ok(None),
        Err(error) => Err(error).noun("Version"),
    }
}

async fn last_deployment(
    routes: &dyn Routes,
    gateway: &GatewayRef,
    route_id: &str,
) -> Outcome<Option<DeploymentRecord>> {
    let newest = PageQuery { page: 1, per_page: 1, search: None };
    Ok(routes.deployments(gateway, route_id, &newest).await.noun("Deployment")?.items.into_iter().next())
}
