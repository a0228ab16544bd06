//! The data plane: one request from its URL to its record, one module per stage.
//!
//! `ingress → identify → decode → admit → drive ⇄ Walk → relay → settle → journal`; any "no" goes to [`respond`].
//!
//! What this crate is not: it holds no SQL and no file, decides no route (that is `waypost_graph`), converts no format
//! (`waypost_wire`) and opens no connection itself (`waypost_upstream`). It waits for nobody but the caller and the
//! provider.
//!
//! Reading order: [`serve`] shows the journey; then [`ingress`], [`identify`], [`controls`], [`decode`], [`drive`] with
//! [`prepare`], [`arrival`] and [`conclude`], [`relay`] with [`stream`], and [`flight`], which settles, with [`stamp`], what it writes above the answer. [`snapshot`] is the
//! configuration they read, [`core`] what they share, [`mock`] the provider that is always there, [`inside`] what the Playground calls with.
#![forbid(unsafe_code)]
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

pub mod arrival;
pub mod callees;
pub mod conclude;
pub mod controls;
pub mod core;
pub mod decode;
pub mod drive;
pub mod flight;
pub mod history;
pub mod identify;
pub mod ingress;
pub mod inside;
pub mod limits;
pub mod metrics;
pub mod mock;
pub mod outgoing;
pub mod payload;
pub mod prepare;
pub mod pricing;
pub mod refusal;
pub mod relay;
pub mod respond;
pub mod serve;
pub mod snapshot;
pub mod stamp;
pub mod stream;

pub use outgoing::Outgoing;
pub use refusal::{Refusal, RefusalKind};
pub use serve::serve;
pub use stamp::{Answered, HeaderLines};
