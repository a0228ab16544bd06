//! The management API: Cloudflare's AI Gateway paths and shapes under `/client/v4`, and what they have no word for under
//! `/api`.
//!
//! Deliberately not here: SQL (traits of `waypost-store`), the data plane (it is told through
//! [`waypost_store::Publisher`]). Time and randomness are handed in.
//!
//! Read in this order: [`table`] (every URL with its role and limits; the router is built from it), `access` (who may),
//! `origin` (from which pages), [`hosts`] (under which names), `sessions` (who is signed in), `envelope`, `refusal`, `body` and `query` (what goes over the wire), `change` (one transaction with its audit
//! entry, then live), `check` (route documents); then one folder per noun and one file per verb.
#![forbid(unsafe_code)]
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

use std::{net::IpAddr, sync::Arc};

use waypost_store::{
    ConfigStore, LogStore, Publisher, counters::Counters, publisher::RouteSurroundings, seal::MasterKey,
};
use waypost_types::Clock;
use waypost_upstream::{AllowList, Upstream, catalogue::Catalogue};

mod access;
mod body;
mod change;
mod check;
mod document;
mod envelope;
pub mod hosts;
mod ids;
mod limits;
mod origin;
pub mod playground;
mod query;
mod refusal;
pub mod table;

mod admin_tokens;
mod api_keys;
mod audit;
mod cases;
mod configuration;
mod custom_providers;
mod deployments;
mod dismissals;
mod drafts;
mod editor;
mod gateways;
mod insight;
mod ledger;
mod logs;
mod previews;
mod prices;
mod provider_configs;
mod providers;
mod routes;
mod sessions;
mod versions;

pub use ids::{API_KEY_PREFIX, new_api_key};
pub use previews::Previews;
pub use sessions::SignIns;
pub use table::openapi;

/// The account that `/api` speaks of when a request names none.
pub const ACCOUNT: &str = "default";

/// What the management API works with.
pub struct Admin {
    /// The configuration.
    pub config: Arc<dyn ConfigStore>,
    /// The log.
    pub logs: Arc<dyn LogStore>,
    /// Makes a change live.
    pub publisher: Arc<dyn Publisher>,
    /// What route documents are checked against.
    pub checks: Arc<dyn RouteSurroundings>,
    /// Limits as they are now.
    pub counters: Arc<dyn Counters>,
    /// Output tokens that 95 % of the lately seen answers of a provider's model had at most.
    pub experience: Arc<Experience>,
    /// Built-in providers.
    pub catalogue: Arc<Catalogue>,
    /// Private addresses that custom providers may have.
    pub allowed: AllowList,
    /// Seals provider keys. Without one none can be stored.
    pub master_key: Option<Arc<MasterKey>>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Fills a buffer with random bytes fit for keys.
    pub random: Arc<Random>,
    /// Where callers reach this gateway, without a slash at its end: `http://127.0.0.1:8787`.
    pub base_url: String,
    /// Others than this machine can reach it, and the operator fixed no admin token (S16).
    pub is_exposed: bool,
    /// Sends a request of the Playground through the data plane.
    pub playground: Arc<dyn playground::DataPlane>,
    /// Asks providers whether they take a key.
    pub upstream: Upstream,
    /// HTML that is being looked at.
    pub previews: Previews,
    /// Tries to sign in.
    pub sign_ins: SignIns,
}

/// From provider and model to a number of tokens; `None` where too few answers were seen.
pub type Experience = dyn Fn(&str, &str) -> Option<u64> + Send + Sync;

/// Fills a buffer with random bytes.
pub type Random = dyn Fn(&mut [u8]) + Send + Sync;

/// Put into a request's extensions by whoever accepts connections: where it comes from, for the audit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer(pub IpAddr);

/// The management API as a service. It serves exactly the URLs of [`table::ENTRIES`]; any other URL gets 404 with code
/// 7000.
pub fn router(admin: Admin) -> axum::Router {
    table::router(Arc::new(admin))
}
