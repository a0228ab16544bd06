//! What the gateway remembers: plain records, the traits through which they are read and written, and the counters.
//!
//! Deliberately not here: SQL, files, clocks and sources of randomness. Times and ids are arguments (invariant I2), so
//! that every implementation can be tested with the same suite and behaves the same.
//!
//! Read in this order: [`config`] (what the data plane loads, and how it is changed), then the records it is made of:
//! [`gateway`], [`settings`], [`route`], [`provider`], [`access`], [`session`], [`audit`], [`note`]; then [`journaled`]
//! (what the journal hands out), [`log`] (rows, payloads, retention), [`filter`] (which rows), [`insight`] (what rows add
//! up to), [`ledger`] (what money events add up to); last [`seal`] (secrets at rest) and [`counters`].
#![forbid(unsafe_code)]
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

use std::{future::Future, pin::Pin};

pub mod access;
pub mod audit;
pub mod config;
pub mod counters;
pub mod error;
pub mod filter;
pub mod gateway;
pub mod insight;
pub mod journaled;
pub mod ledger;
pub mod log;
pub mod note;
pub mod provider;
pub mod publisher;
pub mod route;
pub mod seal;
pub mod session;
pub mod settings;

pub use access::{AdminRole, AdminTokenRecord, ApiKeyRecord, KeyDigest};
pub use audit::AuditRecord;
pub use config::{Change, Config, ConfigStore};
pub use error::StoreError;
pub use gateway::{AccountRecord, GatewayRecord, GatewayRef};
pub use log::LogStore;
pub use note::{NoteKind, NoteRecord};
pub use provider::{CustomProviderRecord, PriceOverrideRecord, ProviderKeyRecord};
pub use publisher::Publisher;
pub use route::{DeploymentRecord, DraftRecord, RouteRecord, SavedCaseRecord, VersionRecord};
pub use session::{Opener, PasswordRecord, SessionRecord};
pub use settings::{GatewaySettings, WaypostSettings};

/// A future behind a pointer, so that the traits work as `Arc<dyn …>`.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// The future of a store operation.
pub type StoreFuture<'a, T> = BoxFuture<'a, Result<T, StoreError>>;
