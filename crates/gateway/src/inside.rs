//! Calls that come from inside this program: the Playground of the dashboard. They travel like any other; only who calls is
//! known already, and a version of a route that is not live may be asked for.

use std::sync::Arc;

use waypost_graph::{BucketScope, CompiledRoute};
use waypost_store::GatewayRef;

use crate::snapshot::LiveRoute;

/// Who calls. It stands in a request's extensions, where nobody who calls over a socket can put anything.
#[derive(Clone)]
pub struct Inside {
    /// The signed-in user, for the log.
    pub user: String,
    /// Walked in place of the live version of its route.
    pub pinned: Option<Arc<LiveRoute>>,
}

/// A version of a route, live or not.
pub struct Pinned {
    /// The gateway it belongs to.
    pub gateway: GatewayRef,
    /// Id of the route.
    pub route_id: String,
    /// Its name.
    pub name: String,
    /// Id of the version, or `draft`.
    pub version_id: String,
    /// Its number; 0 for the draft.
    pub version: u32,
    /// The checked document.
    pub compiled: CompiledRoute,
}

impl From<Pinned> for LiveRoute {
    /// Limits count where those of the live version count: a budget is the route's, whichever version spends it.
    fn from(pinned: Pinned) -> Self {
        Self {
            scope: BucketScope {
                gateway: pinned.gateway.to_string().into(),
                route_id: pinned.route_id.as_str().into(),
            },
            id: pinned.route_id.into(),
            requested_model: format!("dynamic/{}", pinned.name).into(),
            name: pinned.name.into(),
            version_id: pinned.version_id.into(),
            version: pinned.version,
            compiled: Some(Arc::new(pinned.compiled)),
        }
    }
}
