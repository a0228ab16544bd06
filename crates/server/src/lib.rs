//! The binary's inside: configuration, wiring, one runtime per core, the management runtime, the drainer, shutdown.
//!
//! What this crate is not: it decides nothing about a request and holds no SQL. It puts together what the other crates
//! are.
//!
//! Reading order: [`config`], [`boot`] (everything is opened and put together), [`listen`] (a core serves), `lane`
//! (simple requests, by themselves), `connection` (what it costs to watch over one), [`handover`] (a management request leaves its core), [`management`] (what answers it,
//! under which [`security`] headers, the [`dashboard`] and the [`playground`] included), [`publisher`] (a change becomes
//! live), [`drainer`] (the journal becomes rows),
//! [`operations`] (health and metrics), [`first_start`], [`check`]; [`serve`](mod@serve) is the verb.
#![forbid(unsafe_code)]

pub mod boot;
pub mod check;
pub mod config;
mod connection;
pub mod dashboard;
mod date;
pub mod drainer;
pub mod first_start;
pub mod handover;
mod lane;
pub mod listen;
pub mod management;
pub mod operations;
pub mod playground;
pub mod publisher;
pub mod security;
pub mod serve;
pub mod signals;
pub mod system;

pub use boot::{Running, start};
pub use config::{Config, Flags};
pub use serve::serve;
