//! Every URL of the management API with who may use it and how much it may send (I14, S02). The router and the document at
//! `/openapi.json` are built from this table, and the layer in front of them looks a request up in it.

use std::{
    sync::{Arc, LazyLock},
    time::Duration,
};

use axum::{
    middleware::from_fn_with_state,
    response::{IntoResponse, Response},
};
use http::{Method, StatusCode, Uri};
use tower_http::catch_panic::CatchPanicLayer;
use utoipa::openapi::OpenApi;
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouter};
use waypost_store::AdminRole;

use crate::{
    Admin,
    access::authorize,
    document,
    limits::{BODY_BYTES_MAX, PLAYGROUND_TIME_MAX, REQUEST_TIME_MAX, SMALL_BODY_BYTES_MAX},
    refusal::{Refused, code},
};

/// One URL with one method.
pub struct Entry {
    /// The method.
    pub method: Method,
    /// The path, with its parameters in braces.
    pub path: &'static str,
    /// Who may.
    pub access: Access,
    /// The most bytes of a body.
    pub body_bytes_max: usize,
    /// The handler as a path, `gateways :: list :: list`: the document's name for the operation comes from it.
    pub(crate) handler_path: &'static str,
    /// The longest that it may take to the head of the answer.
    pub time_max: Duration,
    handler: fn() -> UtoipaMethodRouter<Arc<Admin>>,
}

/// Who may use a URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Everybody.
    Public,
    /// Tokens and sessions with this role or a higher one.
    Role(AdminRole),
}

const OPEN: Access = Access::Public;
const VIEWER: Access = Access::Role(AdminRole::Viewer);
const EDITOR: Access = Access::Role(AdminRole::Editor);
const ADMIN: Access = Access::Role(AdminRole::Admin);

/// `method path, access, bytes => handler`, with a time behind the bytes where it is not the usual one.
macro_rules! entries {
    ($($method:ident $path:literal, $access:ident, $bytes:ident $(, $time:ident)? => $($handler:ident)::+;)*) => {
        /// The table.
        pub static ENTRIES: &[Entry] = &[$(Entry {
            method: Method::$method,
            path: $path,
            access: $access,
            body_bytes_max: $bytes,
            time_max: time!($($time)?),
            handler_path: stringify!($($handler)::+),
            handler: || utoipa_axum::routes!(crate::$($handler)::+),
        }),*];
    };
}

macro_rules! time {
    () => {
        REQUEST_TIME_MAX
    };
    ($time:ident) => {
        $time
    };
}

const NONE: usize = 0;
const SMALL: usize = SMALL_BODY_BYTES_MAX;
const LARGE: usize = BODY_BYTES_MAX;

entries! {
    GET "/openapi.json", OPEN, NONE => document::serve;

    GET "/api/session", OPEN, NONE => sessions::get::get;
    POST "/api/session", OPEN, SMALL => sessions::open::open;
    DELETE "/api/session", VIEWER, NONE => sessions::close::close;
    POST "/api/session/setup", OPEN, SMALL => sessions::setup::setup;
    DELETE "/api/session/all", VIEWER, NONE => sessions::close_all::close_all;
    PUT "/api/session/password", ADMIN, SMALL => sessions::change_password::change_password;

    GET "/client/v4/accounts/{account}/ai-gateway/gateways", VIEWER, NONE => gateways::list::list;
    POST "/client/v4/accounts/{account}/ai-gateway/gateways", ADMIN, SMALL => gateways::create::create;
    GET "/client/v4/accounts/{account}/ai-gateway/gateways/{gateway}", VIEWER, NONE => gateways::get::get;
    PUT "/client/v4/accounts/{account}/ai-gateway/gateways/{gateway}", ADMIN, SMALL => gateways::replace::replace;
    DELETE "/client/v4/accounts/{account}/ai-gateway/gateways/{gateway}", ADMIN, NONE => gateways::delete::delete;
    GET "/client/v4/accounts/{account}/ai-gateway/gateways/{gateway}/url/{provider}", VIEWER, NONE => gateways::url::url;

    GET "/client/v4/accounts/{account}/ai-gateway/gateways/{gateway}/routes", VIEWER, NONE => routes::list::list;
    POST "/client/v4/accounts/{account}/ai-gateway/gateways/{gateway}/routes", EDITOR, LARGE => routes::create::create;
    GET "/client/v4/accounts/{account}/ai-gateway/gateways/{gateway}/routes/{route}", VIEWER, NONE => routes::get::get;
    PATCH "/client/v4/accounts/{account}/ai-gateway/gateways/{gateway}/routes/{route}", EDITOR, SMALL => routes::rename::rename;
    DELETE "/client/v4/accounts/{account}/ai-gateway/gateways/{gateway}/routes/{route}", EDITOR, NONE => routes::delete::delete;
    GET "/client/v4/accounts/{account}/ai-gateway/gateways/{gateway}/routes/{route}/versions", VIEWER, NONE => versions::list::list;
    POST "/client/v4/accounts/{account}/ai-gateway/gateways/{gateway}/routes/{route}/versions", EDITOR, LARGE => versions::create::create;
    GET "/client/v4/accounts/{account}/ai-gateway/gateways/{gateway}/routes/{route}/versions/{version}", VIEWER, NONE => versions::get::get;
    GET "/client/v4/accounts/{account}/ai-gateway/gateways/{gateway}/routes/{route}/deployments", VIEWER, NONE => deployments::list::list;
    POST "/client/v4/accounts/{account}/ai-gateway/gateways/{gateway}/routes/{route}/deployments", EDITOR, SMALL => deployments::create::create;

    GET "/client/v4/accounts/{account}/ai-gateway/gateways/{gateway}/logs", VIEWER, NONE => logs::list::list;
    DELETE "/client/v4/accounts/{account}/ai-gateway/gateways/{gateway}/logs", ADMIN, NONE => logs::delete::delete;
    GET "/client/v4/accounts/{account}/ai-gateway/gateways/{gateway}/logs/{id}", VIEWER, NONE => logs::get::get;
    PATCH "/client/v4/accounts/{account}/ai-gateway/gateways/{gateway}/logs/{id}", EDITOR, SMALL => logs::patch::patch;
    GET "/client/v4/accounts/{account}/ai-gateway/gateways/{gateway}/logs/{id}/request", EDITOR, NONE => logs::request::request;
    GET "/client/v4/accounts/{account}/ai-gateway/gateways/{gateway}/logs/{id}/response", EDITOR, NONE => logs::response::response;

    GET "/client/v4/accounts/{account}/ai-gateway/gateways/{gateway}/provider_configs", VIEWER, NONE => provider_configs::list::list;
    POST "/client/v4/accounts/{account}/ai-gateway/gateways/{gateway}/provider_configs", ADMIN, SMALL => provider_configs::create::create;
    PUT "/client/v4/accounts/{account}/ai-gateway/gateways/{gateway}/provider_configs/{id}", ADMIN, SMALL => provider_configs::rotate::rotate;
    DELETE "/client/v4/accounts/{account}/ai-gateway/gateways/{gateway}/provider_configs/{id}", ADMIN, NONE => provider_configs::delete::delete;

    GET "/client/v4/accounts/{account}/ai-gateway/custom-providers", VIEWER, NONE => custom_providers::list::list;
    POST "/client/v4/accounts/{account}/ai-gateway/custom-providers", ADMIN, SMALL => custom_providers::create::create;
    GET "/client/v4/accounts/{account}/ai-gateway/custom-providers/{id}", VIEWER, NONE => custom_providers::get::get;
    PATCH "/client/v4/accounts/{account}/ai-gateway/custom-providers/{id}", ADMIN, SMALL => custom_providers::change::change;
    DELETE "/client/v4/accounts/{account}/ai-gateway/custom-providers/{id}", ADMIN, NONE => custom_providers::delete::delete;

    GET "/api/keys", VIEWER, NONE => api_keys::list::list;
    POST "/api/keys", ADMIN, SMALL => api_keys::create::create;
    GET "/api/keys/{id}", VIEWER, NONE => api_keys::get::get;
    PATCH "/api/keys/{id}", ADMIN, SMALL => api_keys::change::change;
    DELETE "/api/keys/{id}", ADMIN, NONE => api_keys::revoke::revoke;

    GET "/api/tokens", ADMIN, NONE => admin_tokens::list::list;
    POST "/api/tokens", ADMIN, SMALL => admin_tokens::create::create;
    DELETE "/api/tokens/{id}", ADMIN, NONE => admin_tokens::delete::delete;

    GET "/api/providers", VIEWER, NONE => providers::list;
    GET "/api/prices", VIEWER, NONE => prices::list::list;
    PUT "/api/prices", ADMIN, SMALL => prices::put::put;
    DELETE "/api/prices", ADMIN, NONE => prices::delete::delete;

    POST "/api/gateways/{gateway}/routes/validate", VIEWER, LARGE => editor::validate::validate;
    POST "/api/gateways/{gateway}/routes/simulate", VIEWER, LARGE => editor::simulate::simulate;
    POST "/api/gateways/{gateway}/routes/diff", VIEWER, LARGE => editor::diff::diff;
    POST "/api/gateways/{gateway}/drafts", EDITOR, LARGE => drafts::create::create;
    GET "/api/gateways/{gateway}/routes/{route}/draft", VIEWER, NONE => drafts::get::get;
    PUT "/api/gateways/{gateway}/routes/{route}/draft", EDITOR, LARGE => drafts::put::put;
    DELETE "/api/gateways/{gateway}/routes/{route}/draft", EDITOR, NONE => drafts::delete::delete;

    GET "/api/gateways/{gateway}/routes/{route}/changes", VIEWER, NONE => editor::changes::changes;
    POST "/api/gateways/{gateway}/routes/{route}/effect", VIEWER, LARGE => insight::effect::effect;
    GET "/api/gateways/{gateway}/routes/{route}/cases", VIEWER, NONE => cases::list::list;
    PUT "/api/gateways/{gateway}/routes/{route}/cases", EDITOR, LARGE => cases::put::put;
    POST "/api/gateways/{gateway}/routes/{route}/cases/run", VIEWER, LARGE => cases::run::run;
    GET "/api/gateways/{gateway}/routes/{route}/dismissals", VIEWER, NONE => dismissals::get::get;
    PUT "/api/gateways/{gateway}/routes/{route}/dismissals", EDITOR, LARGE => dismissals::put::put;

    GET "/api/gateways/{gateway}/seen", VIEWER, NONE => insight::seen::seen;
    GET "/api/gateways/{gateway}/routes-summary", VIEWER, NONE => insight::summary::summary;
    GET "/api/gateways/{gateway}/routes/{route}/traffic", VIEWER, NONE => insight::traffic::traffic;
    GET "/api/gateways/{gateway}/routes/{route}/buckets", VIEWER, NONE => insight::buckets::get::get;
    POST "/api/gateways/{gateway}/routes/{route}/buckets/reset", EDITOR, SMALL => insight::buckets::reset::reset;
    GET "/api/gateways/{gateway}/routes/{route}/splits", VIEWER, NONE => insight::splits::splits;
    GET "/api/gateways/{gateway}/analytics", VIEWER, NONE => insight::analytics::analytics;
    GET "/api/gateways/{gateway}/limited", VIEWER, NONE => insight::limited::limited;
    GET "/api/gateways/{gateway}/attention", VIEWER, NONE => insight::attention::attention;
    POST "/api/gateways/{gateway}/demo", EDITOR, NONE => insight::demo::create::create;
    DELETE "/api/gateways/{gateway}/demo", EDITOR, NONE => insight::demo::delete::delete;
    GET "/api/gateways/{gateway}/get-started", VIEWER, NONE => insight::get_started::get::get;
    POST "/api/gateways/{gateway}/get-started", VIEWER, SMALL => insight::get_started::note::note;
    GET "/api/gateways/{gateway}/configuration", VIEWER, NONE => configuration::export::export;
    POST "/api/gateways/{gateway}/configuration/check", ADMIN, LARGE => configuration::check::check;
    POST "/api/gateways/{gateway}/configuration/import", ADMIN, LARGE => configuration::import::import;
    GET "/api/gateways/{gateway}/logs/export", VIEWER, NONE => logs::export::export;

    POST "/api/gateways/{gateway}/playground/chat/completions", EDITOR, LARGE, PLAYGROUND_TIME_MAX => playground::chat;
    POST "/api/gateways/{gateway}/provider_configs/test", ADMIN, SMALL => provider_configs::test::test;
    POST "/api/previews", VIEWER, LARGE => previews::create::create;
    GET "/preview/{id}", OPEN, NONE => previews::get::get;

    GET "/api/audit", VIEWER, NONE => audit::list::list;
    GET "/api/ledger", ADMIN, NONE => ledger::check;
}

static DOCUMENT: LazyLock<OpenApi> = LazyLock::new(|| built().1);

/// The document at `/openapi.json`.
pub fn openapi() -> OpenApi {
    DOCUMENT.clone()
}

/// The line of the table for a method and a path with its parameters in braces.
pub(crate) fn find(method: &Method, path: &str) -> Option<&'static Entry> {
    // axum answers HEAD with the handler for GET.
    let method = if *method == Method::HEAD { &Method::GET } else { method };
    ENTRIES.iter().find(|entry| entry.path == path && entry.method == *method)
}

/// The router, from the outside in: panics, access, handler.
pub(crate) fn router(admin: Arc<Admin>) -> axum::Router {
    built()
        .0
        .method_not_allowed_fallback(wrong_method)
        .layer(from_fn_with_state(admin.clone(), authorize))
        .fallback(unknown_url)
        .layer(CatchPanicLayer::custom(panicked))
        .with_state(admin)
}

fn built() -> (axum::Router<Arc<Admin>>, OpenApi) {
    let mut router = OpenApiRouter::with_openapi(document::base());
    for entry in ENTRIES {
        router = router.routes((entry.handler)());
    }
    let (router, mut document) = router.split_for_parts();
    for entry in ENTRIES {
        document::complete(&mut document, entry);
    }
    (router, document)
}

async fn unknown_url(method: Method, uri: Uri) -> Refused {
    let message = format!("No route for {method} {}", uri.path());
    Refused::new(StatusCode::NOT_FOUND, code::NO_SUCH_URL, message)
}

async fn wrong_method(method: Method, uri: Uri) -> Response {
    let message = format!("{} does not take {method}", uri.path());
    Refused::new(StatusCode::METHOD_NOT_ALLOWED, code::NO_SUCH_URL, message).into_response()
}

/// What the panic said is for the operator; the caller learns that it was ours.
fn panicked(panic: Box<dyn std::any::Any + Send>) -> Response {
    let said = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    tracing::error!(panic = said.unwrap_or("not a text"), "a handler of the management API panicked");
    Refused::internal().into_response()
}
