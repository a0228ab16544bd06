//! The OpenAPI document: what the handlers say of themselves, and what the table says of them.

use std::sync::LazyLock;

use http::{Method, header};
use utoipa::openapi::{
    ComponentsBuilder, ContentBuilder, InfoBuilder, OpenApi, OpenApiBuilder, PathItem, Ref, RefOr, ResponseBuilder,
    extensions::ExtensionsBuilder,
    path::Operation,
    security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme},
};
use utoipa::{PartialSchema, ToSchema};

use crate::{
    access,
    refusal::{ApiError, ErrorEnvelope},
    table::{self, Access, Entry},
};

const TOKEN: &str = "token";
const SESSION: &str = "session";

static TEXT: LazyLock<String> = LazyLock::new(|| table::openapi().to_json().unwrap_or_default());

/// This document.
#[utoipa::path(get, path = "/openapi.json", tag = "Document", responses((status = 200, body = serde_json::Value)))]
pub(crate) async fn serve() -> ([(header::HeaderName, &'static str); 1], &'static str) {
    ([(header::CONTENT_TYPE, "application/json")], TEXT.as_str())
}

/// The document before any handler is in it.
pub(crate) fn base() -> OpenApi {
    let scheme = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .description(Some("An admin token. `X-Auth-Key` is read too."))
        .build();
    let cookie = ApiKeyValue::with_description(
        "waypost_session",
        "Set by `POST /api/session`. Every request but GET also needs the header `x-waypost-csrf` with the session's \
         `csrf_token`, and comes from a page of the same origin.",
    );
    let components = ComponentsBuilder::new()
        .security_scheme(TOKEN, SecurityScheme::Http(scheme))
        .security_scheme(SESSION, SecurityScheme::ApiKey(ApiKey::Cookie(cookie)))
        .schema(ApiError::name(), ApiError::schema())
        .schema(ErrorEnvelope::name(), ErrorEnvelope::schema())
        .build();
    let info = InfoBuilder::new()
        .title("Waypost management API")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some("Gateways, routes, logs and keys in Cloudflare's shapes, and Waypost's own under /api."))
        .build();
    OpenApiBuilder::new().info(info).components(Some(components)).build()
}

/// Adds role, limit and refusals of one line of the table.
pub(crate) fn complete(document: &mut OpenApi, entry: &Entry) {
    let Some(operation) = document.paths.paths.get_mut(entry.path).and_then(|item| operation(item, &entry.method))
    else {
        return;
    };
    operation.operation_id = Some(operation_id(entry.handler_path));
    let mut extensions = ExtensionsBuilder::new().add("x-body-bytes-max", entry.body_bytes_max);
    let mut refusals = vec![("400", "Something in the request is wrong; `path` says where.")];
    if let Access::Role(role) = entry.access {
        extensions = extensions.add("x-role", access::name(role));
        operation.security =
            Some([TOKEN, SESSION].map(|name| SecurityRequirement::new(name, Vec::<String>::new())).to_vec());
        refusals.push(("401", "No valid token and no session."));
        refusals.push(("403", "The role does not suffice, or the request comes from another site."));
        refusals.push(("404", "Not there, or of another gateway."));
    }
    operation.extensions.get_or_insert_default().merge(extensions.build());
    for (status, text) in refusals {
        let schema = Ref::from_schema_name(ErrorEnvelope::name());
        let content = ContentBuilder::new().schema(Some(RefOr::Ref(schema))).build();
        let response = ResponseBuilder::new().description(text).content("application/json", content).build();
        operation.responses.responses.entry(status.to_owned()).or_insert(RefOr::T(response));
    }
}

/// `gateways::list::list` is `gateways_list`: handlers are named by their verb alone, and generated clients need each name once.
fn operation_id(handler_path: &str) -> String {
    let mut parts: Vec<&str> = handler_path.split("::").map(str::trim).collect();
    parts.dedup();
    parts.join("_")
}

pub(crate) fn operation<'a>(item: &'a mut PathItem, method: &Method) -> Option<&'a mut Operation> {
    match *method {
        Method::GET => item.get.as_mut(),
        Method::POST => item.post.as_mut(),
        Method::PUT => item.put.as_mut(),
        Method::PATCH => item.patch.as_mut(),
        Method::DELETE => item.delete.as_mut(),
        _ => None,
    }
}
