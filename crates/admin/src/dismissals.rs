//! Warnings of a route that somebody looked at and set aside, with a reason.

pub(crate) mod get;
pub(crate) mod put;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use waypost_graph::Problem;

/// A warning that was set aside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct Dismissal {
    /// Code of the warning: `W04`.
    pub(crate) code: String,
    /// Element that it is about; null for the whole route.
    pub(crate) node: Option<String>,
    /// Why it may stay.
    pub(crate) reason: String,
    /// Who said so.
    pub(crate) by: String,
    /// When.
    pub(crate) at: String,
}

impl Dismissal {
    /// It is about this problem.
    pub(crate) fn covers(&self, problem: &Problem) -> bool {
        self.code == problem.code.as_str() && self.node == problem.node
    }
}

/// What was stored.
pub(crate) fn read(stored: Option<&str>) -> Vec<Dismissal> {
    stored.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
}
