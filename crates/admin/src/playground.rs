//! `POST /api/gateways/{gateway}/playground/chat/completions`

use std::sync::Arc;

use axum::{
    Extension,
    extract::{Path, State},
    response::Response,
};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, header};
use serde_json::Value;
use waypost_graph::CompiledRoute;
use waypost_store::{BoxFuture, GatewayRecord, GatewayRef};
use waypost_types::facts::is_secret_header;

use crate::{
    Admin,
    access::Actor,
    body::{Raw, object},
    query::Pairs,
    refusal::{Noun, Outcome, Refused, place},
};

/// Header by which a request asks for the draft of its route, or for a version by its number.
const VERSION_HEADER: &str = "waypost-version";
/// What the header says for the draft.
const DRAFT: &str = "draft";

/// The data plane, for requests that come from inside.
pub trait DataPlane: Send + Sync {
    /// Serves one as if it had come over a socket.
    fn call(&self, call: Call) -> BoxFuture<'static, Response>;
}

/// A chat completion that the Playground asks for.
pub struct Call {
    /// The gateway.
    pub gateway: GatewayRef,
    /// Headers that may travel.
    pub headers: HeaderMap,
    /// The request, as an application would send it.
    pub body: Bytes,
    /// Who is signed in.
    pub user: String,
    /// Walked in place of the live version of its route.
    pub pinned: Option<Pinned>,
}

/// A version of a route.
pub struct Pinned {
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

/// Sends a chat completion through the gateway, under the built-in key *Playground*. What comes back is the data plane's own
/// answer, its refusals and headers included; `cf-aig-*` headers work as they do there.
#[utoipa::path(
    post,
    path = "/api/gateways/{gateway}/playground/chat/completions",
    tag = "Playground",
    params(
        ("gateway" = String, Path),
        ("account" = Option<String>, Query, description = "`default` where absent."),
        ("waypost-version" = Option<String>, Header, description = "`draft`, or the number of a version of the route."),
    ),
    request_body = Value,
    responses((status = 200, description = "A chat completion, or its events.", body = Value)),
)]
pub(crate) async fn chat(
    State(admin): State<Arc<Admin>>,
    Path(gateway): Path<String>,
    pairs: Pairs,
    Extension(actor): Extension<Actor>,
    headers: HeaderMap,
    Raw(body): Raw,
) -> Outcome<Response> {
    let gateway = admin.gateway(pairs.account(), &gateway).await?;
    let pinned = match headers.get(VERSION_HEADER) {
        Some(version) => Some(admin.pinned(&gateway, version.as_bytes(), &body).await?),
        None => None,
    };
    let call = Call { gateway: gateway.name(), headers: travelling(&headers), body, user: actor.label, pinned };
    Ok(admin.playground.call(call).await)
}

/// Headers that an application could send: the gateway's controls, and others that a condition may read. What belongs to
/// the browser and its session stays here.
fn travelling(headers: &HeaderMap) -> HeaderMap {
    let may_travel = |name: &HeaderName| match name.as_str() {
        "cf-aig-authorization" | "cf-aig-gateway-id" | "x-auth-key" | "x-waypost-csrf" | "x-real-ip" => false,
        name if is_secret_header(name) || name.starts_with("x-forwarded-") => false,
        name => name.starts_with("cf-") || name.starts_with("x-"),
    };
    let is_plain = |name: &HeaderName| [header::CONTENT_TYPE, header::ACCEPT, header::USER_AGENT].contains(name);
    let chosen = headers.iter().filter(|(name, _)| is_plain(name) || may_travel(name));
    chosen.map(|(name, value)| (name.clone(), value.clone())).collect()
}

impl Admin {
    /// The version that a request asks for, of the route that its body names.
    async fn pinned(&self, gateway: &GatewayRecord, version: &[u8], body: &Bytes) -> Outcome<Pinned> {
        let body = object(body)?;
        let name = body.get("model").and_then(Value::as_str).and_then(|model| model.strip_prefix("dynamic/"));
        let Some(name) = name else {
            let message = "A version can be chosen for a route only: \"dynamic/<route>\".";
            return Err(Refused::value(place!["body", "model"], message));
        };
        let routes = self.config.routes();
        let at = gateway.name();
        let route = routes.find_by_name(&at, name).await.noun(crate::routes::NOUN)?;
        let (version_id, number, document) = if version == DRAFT.as_bytes() {
            let draft = routes.draft(&at, &route.id).await.noun(crate::drafts::NOUN)?;
            let draft = draft.ok_or_else(|| Refused::not_found(crate::drafts::NOUN))?;
            (DRAFT.to_owned(), 0, draft.document)
        } else {
            let number = str::from_utf8(version).ok().and_then(|text| text.parse::<u32>().ok());
            let Some(number) = number.filter(|number| *number > 0) else {
                let message = "Send \"draft\" or the number of a version.";
                return Err(Refused::value(place!["header", VERSION_HEADER], message));
            };
            let version = routes.version_by_number(&at, &route.id, number).await.noun("Version")?;
            (version.version_id, version.number, version.document)
        };
        let checked = self.check(gateway, document.as_bytes()).await?;
        checked.serve()?;
        let Some(compiled) = checked.compiled.route else { return Err(Refused::internal()) };
        Ok(Pinned { route_id: route.id, name: route.name, version_id, version: number, compiled })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a82_what_belongs_to_the_browser_stays_here() {
        let sent = [
            "cf-aig-metadata",
            "cf-aig-custom-cost",
            "cf-skip-cache",
            "x-plan",
            "content-type",
            "cookie",
            "authorization",
            "x-api-key",
            "x-auth-key",
            "x-goog-api-key",
            "cf-aig-authorization",
            "cf-aig-gateway-id",
            "x-waypost-csrf",
            "waypost-version",
            "origin",
            "referer",
            "host",
            "x-forwarded-for",
            "sec-fetch-site",
            "accept-encoding",
            "content-length",
        ];
        let headers = sent.iter().map(|name| (HeaderName::from_static(name), "1".parse().unwrap())).collect();
        let mut travel: Vec<String> = travelling(&headers).keys().map(ToString::to_string).collect();
        travel.sort_unstable();
        assert_eq!(travel, ["cf-aig-custom-cost", "cf-aig-metadata", "cf-skip-cache", "content-type", "x-plan"]);
    }
}
