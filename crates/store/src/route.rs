//! Routes, their versions and deployments; drafts and saved cases.

use waypost_types::UnixMs;

use crate::gateway::GatewayRef;

/// A route: a name under which versions go live.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RouteRecord {
    /// Id.
    pub id: String,
    /// The gateway it belongs to.
    pub gateway: GatewayRef,
    /// What callers write after `dynamic/`; unique in its gateway, ignoring ASCII case.
    pub name: String,
    /// When it was created.
    pub created_at: UnixMs,
    /// When it was renamed or deployed last.
    pub modified_at: UnixMs,
    /// Id of the version that serves; set by [`crate::Change::Deploy`] alone.
    pub live_version: Option<String>,
    /// It is gone for callers; its rows stay for the logs that name it.
    pub deleted: bool,
}

/// A version of a route. It never changes; a changed graph is a new version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionRecord {
    /// Id.
    pub version_id: String,
    /// Its route.
    pub route_id: String,
    /// From 1 without gaps. With 0 in [`crate::Change::InsertVersion`] the store gives the next one.
    pub number: u32,
    /// The route document as JSON.
    pub document: String,
    /// `compile` found no error.
    pub is_valid: bool,
    /// What the author said about it.
    pub comment: Option<String>,
    /// When it was saved.
    pub created_at: UnixMs,
    /// Label of the admin token that saved it.
    pub created_by: String,
}

/// A version went live.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeploymentRecord {
    /// Id.
    pub deployment_id: String,
    /// Its route.
    pub route_id: String,
    /// The version.
    pub version_id: String,
    /// When.
    pub created_at: UnixMs,
    /// Label of the admin token that deployed it.
    pub by: String,
    /// Why.
    pub comment: Option<String>,
}

/// The editable working copy of a route; one per route. It may hold anything (invariant I13).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DraftRecord {
    /// Its route.
    pub route_id: String,
    /// The document as JSON, as far as it has got.
    pub document: String,
    /// Counts its changes from 1. A write must carry the stored revision plus 1, or it is a conflict.
    pub revision: u64,
    /// When it was changed last.
    pub modified_at: UnixMs,
    /// Label of the admin token that changed it last.
    pub modified_by: String,
}

/// A request with the path that it is expected to take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SavedCaseRecord {
    /// Id.
    pub id: String,
    /// Its route.
    pub route_id: String,
    /// Its name, unique in its route.
    pub name: String,
    /// Facts, assumptions and expectation as JSON.
    pub document: String,
    /// When it was changed last.
    pub modified_at: UnixMs,
}
