//! Routes: names under which versions go live.

pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod get;
pub(crate) mod list;
pub(crate) mod rename;
pub(crate) mod view;

use http::StatusCode;
use waypost_store::{GatewayRecord, RouteRecord, StoreError};

use crate::{
    Admin,
    body::Findings,
    refusal::{ApiError, Noun, Outcome, Refused, code, place},
};

pub(crate) const NOUN: &str = "Route";

impl Admin {
    /// A route with its gateway, or 404. People write the name of a route where scripts write its id; an id is looked for first.
    pub(crate) async fn route(&self, account: &str, gateway: &str, id: &str) -> Outcome<(GatewayRecord, RouteRecord)> {
        let gateway = self.gateway(account, gateway).await?;
        let name = gateway.name();
        let route = match self.config.routes().find(&name, id).await {
            Err(StoreError::NotFound) => self.config.routes().find_by_name(&name, id).await,
            found => found,
        };
        Ok((gateway, route.noun(NOUN)?))
    }
}

/// Route names are `[A-Za-z0-9][A-Za-z0-9_-]{0,63}` (D13).
pub(crate) fn check_name(name: &str) -> Outcome<()> {
    let mut findings = Findings::default();
    findings.length("name", name, 1, 64);
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    if !name.bytes().all(is_plain) || name.starts_with(['-', '_']) {
        findings.add(place!["body", "name"], "Use letters, digits, \"-\" and \"_\"; begin with a letter or digit.");
    }
    findings.done()
}

/// The name is another route's, ignoring case.
pub(crate) fn name_taken(name: &str) -> Refused {
    let error = ApiError {
        code: code::NAME_EXISTS,
        ..ApiError::invalid(place!["body", "name"], format!("A route named {name:?} already exists"))
    };
    Refused { status: StatusCode::CONFLICT, errors: vec![error] }
}
