//! Versions of routes. They never change; a changed graph is a new one.

pub(crate) mod create;
pub(crate) mod get;
pub(crate) mod list;

use serde::Serialize;
use utoipa::ToSchema;
use waypost_store::RouteRecord;

use crate::{ids::rfc3339, routes::view::VersionView};

pub(crate) const NOUN: &str = "Version";

/// A version with its route, as the SDKs want it: the route's members at the top, the version's beside them.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RouteVersionView {
    /// Id of the route.
    id: String,
    /// Its account.
    account_tag: String,
    /// Its gateway.
    gateway_id: String,
    /// Its name.
    name: String,
    /// When it was renamed or deployed last.
    modified_at: String,
    /// The version; `created_at` is its own.
    #[serde(flatten)]
    version: VersionView,
    /// The version once more, as routes carry it.
    #[serde(rename = "version")]
    nested: VersionView,
}

impl RouteVersionView {
    fn of(route: RouteRecord, version: VersionView) -> Self {
        Self {
            id: route.id,
            account_tag: route.gateway.account,
            gateway_id: route.gateway.id,
            name: route.name,
            modified_at: rfc3339(route.modified_at),
            nested: version.clone(),
            version,
        }
    }
}
