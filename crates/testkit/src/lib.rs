//! What tests need and releases never carry: a scripted provider that judges what it is sent, a clock moved by hand,
//! event-stream builders and canary secrets.
//!
//! The provider deliberately shares no code with the gateway's own formats: it is written from the vendors' documents, so
//! that both sides cannot be wrong together. It speaks HTTP/1.1 byte by byte, since no server library can be made to misbehave
//! enough.
//!
//! Read in this order: [`script`] (what is played), [`provider`] (start it, ask what arrived), [`request`] and [`judge`]
//! (what arrived and whether it was right), [`said`] (the answers in each format), [`play`] and [`serve`] (how they go out).

pub mod canary;
pub mod clock;
pub mod control;
pub mod judge;
pub mod ledger;
pub mod play;
pub mod provider;
pub mod request;
pub mod said;
pub mod script;
pub mod serve;
pub mod sse;
pub mod tls;

pub use clock::ManualClock;
pub use provider::{Options, TestProvider};
pub use request::Received;
pub use script::Script;
