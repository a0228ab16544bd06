//! Talks to a provider: where it is, how the request is signed and addressed, over which connection it goes, and what
//! its failure means.
//!
//! It is deliberately not a general HTTP client: no redirects, no proxies, no cookies, no retries beyond the silent one on
//! a pooled connection that turned out closed. It reads no JSON of a conversation and decides nothing: retry and
//! fallback belong to the walk.
//!
//! Read in this order: [`catalogue`] (providers as data), [`endpoint`] with [`address`] and [`join`] (where a call may
//! go), [`upstream`] (one call), [`link`], [`http1`], [`pool`] and [`connect`] (its connection), [`answer`] and [`watch`] (its body and
//! its deadlines), [`whole`] (an answer read to its end), [`classify`] (what a failure means).
#![forbid(unsafe_code)]
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

pub mod address;
pub mod answer;
pub mod catalogue;
pub mod classify;
mod connect;
pub mod endpoint;
mod http1;
pub mod join;
pub mod limits;
mod link;
mod pool;
mod tls;
pub mod upstream;
mod watch;
pub mod whole;

pub use answer::Answer;
pub use endpoint::{AllowList, Endpoint, EndpointError, Trust};
pub use join::PathError;
pub use upstream::{Counts, Options, Upstream};
pub use watch::Deadlines;
pub use whole::read_whole;
