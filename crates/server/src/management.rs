//! Everything that is not the data plane, as one service: metrics, the management API, and the dashboard for every other
//! address. Around it stand the check of the name that it is called by and the headers for browsers.

use std::sync::Arc;

use axum::{
    Router,
    extract::{Request, State},
    middleware::{from_fn, from_fn_with_state},
    response::{IntoResponse, Response},
};
use tower::ServiceExt;
use waypost_admin::hosts::{Hosts, check_host};

use crate::{
    dashboard,
    operations::{self, Operations},
    security,
};

/// The service.
pub fn router(operations: Operations, api: Router, hosts: Hosts) -> Router {
    operations::router(Arc::new(operations))
        .fallback_service(Router::new().fallback(elsewhere).with_state(api))
        .layer(from_fn_with_state(Arc::new(hosts), check_host))
        .layer(from_fn(security::harden))
}

/// What the API does not own is the dashboard's.
async fn elsewhere(State(api): State<Router>, request: Request) -> Response {
    if dashboard::may_have(request.uri().path()) {
        return dashboard::answer(&request);
    }
    match api.oneshot(request).await {
        Ok(response) => response.into_response(),
        Err(never) => match never {},
    }
}
