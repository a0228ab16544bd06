//! Log rows, their prompts and answers.
//!
//! Source: <https://developers.cloudflare.com/api/resources/ai_gateway/subresources/logs/>, 2026-11-20, and live answers.

pub(crate) mod delete;
pub(crate) mod export;
mod filters;
pub(crate) mod get;
pub(crate) mod list;
pub(crate) mod patch;
pub(crate) mod request;
pub(crate) mod response;
mod side;
mod view;

use waypost_store::{GatewayRef, log::LogRow};
use waypost_types::RequestId;

use crate::{
    Admin,
    refusal::{Noun, Outcome, Refused},
};

pub(crate) use filters::filters;
pub(crate) use view::step;

pub(crate) const NOUN: &str = "Log";

/// The id of a row. What cannot be one is not found, like any other id that is not there.
fn id(text: &str) -> Outcome<RequestId> {
    text.parse().map_err(|_| Refused::not_found(NOUN))
}

impl Admin {
    async fn log(&self, gateway: &GatewayRef, id: RequestId) -> Outcome<LogRow> {
        self.logs.find(gateway, id).await.noun(NOUN)
    }
}
