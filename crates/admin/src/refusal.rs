//! Every "no" of the management API, in Cloudflare's envelope.

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;
use waypost_graph::{PathStep, Problem};
use waypost_store::StoreError;

/// Cloudflare's numbers.
/// Source: developers.cloudflare.com/api and live answers, 2026.
pub(crate) mod code {
    /// No such URL.
    pub(crate) const NO_SUCH_URL: u32 = 7000;
    /// Something in the request is wrong; `path` says where.
    pub(crate) const VALIDATION: u32 = 7001;
    /// Gateway, log body or anything without a code of its own.
    pub(crate) const NOT_FOUND: u32 = 7002;
    /// The URL names an account that does not exist.
    pub(crate) const NO_SUCH_ACCOUNT: u32 = 7003;
    /// The route's name is taken.
    pub(crate) const NAME_EXISTS: u32 = 7005;
    /// The base address of a custom provider.
    pub(crate) const BASE_URL: u32 = 1002;
    /// The slug of a custom provider is taken.
    pub(crate) const SLUG_EXISTS: u32 = 1003;
    /// No such custom provider.
    pub(crate) const NO_SUCH_CUSTOM_PROVIDER: u32 = 1004;
    /// No valid token, or not enough rights.
    pub(crate) const AUTHENTICATION: u32 = 10_000;
    /// Somebody else changed it meanwhile. Ours.
    pub(crate) const CONFLICT: u32 = 7409;
    /// Ours failed. Ours.
    pub(crate) const INTERNAL: u32 = 7500;
    /// The store does not answer. Ours.
    pub(crate) const UNAVAILABLE: u32 = 7503;
}

/// One entry of `errors`.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub(crate) struct ApiError {
    /// The number.
    pub(crate) code: u32,
    /// What is wrong, for people.
    pub(crate) message: String,
    /// Where: begins with `body`, `query` or `params`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<serde_json::Value>)]
    pub(crate) path: Vec<PathStep>,
    /// Code of the problem, for a route document.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) problem: Option<&'static str>,
    /// Element of the route document.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) node: Option<String>,
}

/// The body of every refusal.
#[derive(Serialize, ToSchema)]
pub(crate) struct ErrorEnvelope {
    /// Always false.
    success: bool,
    /// At least one.
    errors: Vec<ApiError>,
    /// Empty.
    #[schema(value_type = Vec<serde_json::Value>)]
    messages: [u8; 0],
    /// Always null.
    #[schema(value_type = Option<serde_json::Value>)]
    result: (),
}

/// A request that is not done.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Refused {
    pub(crate) status: StatusCode,
    pub(crate) errors: Vec<ApiError>,
}

/// The result of a handler.
pub(crate) type Outcome<T> = Result<T, Refused>;

/// A path of names: `place!["body", "id"]`.
macro_rules! place {
    ($($step:expr),* $(,)?) => { vec![$(waypost_graph::PathStep::Key($step.to_string())),*] };
}
pub(crate) use place;

impl ApiError {
    pub(crate) fn new(code: u32, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), path: Vec::new(), problem: None, node: None }
    }

    /// A wrong value and its place.
    pub(crate) fn invalid(path: Vec<PathStep>, message: impl Into<String>) -> Self {
        Self { path, ..Self::new(code::VALIDATION, message) }
    }

    /// A problem of a route document that was sent as the body.
    pub(crate) fn problem(problem: &Problem) -> Self {
        let mut path = place!["body"];
        path.extend(problem.path.iter().cloned());
        Self {
            problem: Some(problem.code.as_str()),
            node: problem.node.clone(),
            ..Self::invalid(path, problem.message.clone())
        }
    }
}

impl Refused {
    pub(crate) fn new(status: StatusCode, code: u32, message: impl Into<String>) -> Self {
        Self { status, errors: vec![ApiError::new(code, message)] }
    }

    /// 400 with everything that is wrong.
    pub(crate) fn invalid(errors: Vec<ApiError>) -> Self {
        Self { status: StatusCode::BAD_REQUEST, errors }
    }

    /// 400 for one value.
    pub(crate) fn value(path: Vec<PathStep>, message: impl Into<String>) -> Self {
        Self::invalid(vec![ApiError::invalid(path, message)])
    }

    /// 404 for a noun: `Gateway not found`.
    pub(crate) fn not_found(noun: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, code::NOT_FOUND, format!("{noun} not found"))
    }

    pub(crate) fn forbidden(message: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, code::AUTHENTICATION, message)
    }

    pub(crate) fn unavailable(message: impl Into<String>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, code::UNAVAILABLE, message)
    }

    pub(crate) fn internal() -> Self {
        let message = "Something failed inside the gateway. It was recorded.";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, code::INTERNAL, message)
    }

    /// Why the store did not do it. Details are for the operator's log alone.
    pub(crate) fn store(error: StoreError, noun: &str) -> Self {
        match error {
            StoreError::NotFound => Self::not_found(noun),
            StoreError::Conflict { what } => Self::new(
                StatusCode::CONFLICT,
                code::CONFLICT,
                format!("{what} already exists or has changed in the meantime"),
            ),
            StoreError::Unavailable(detail) => {
                tracing::error!(%detail, "the store is unavailable");
                Self::unavailable("The store can't be reached right now. Try again shortly.")
            }
            StoreError::Corrupt(detail) => {
                tracing::error!(%detail, "stored data cannot be used");
                Self::internal()
            }
        }
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let body = ErrorEnvelope { success: false, errors: self.errors, messages: [], result: () };
        (self.status, Json(body)).into_response()
    }
}

/// Gives a store's error its noun.
pub(crate) trait Noun<T> {
    /// `StoreError::NotFound` becomes 404 `<noun> not found`.
    fn noun(self, noun: &str) -> Outcome<T>;
}

impl<T> Noun<T> for Result<T, StoreError> {
    fn noun(self, noun: &str) -> Outcome<T> {
        self.map_err(|error| Refused::store(error, noun))
    }
}
