//! The journal is the queue: what the gateway has decided about money and done for a request is appended here first, and
//! everything else (counters, log rows, analytics) is derived from it, once.
//!
//! Each core appends to a mapped, preallocated segment of its own: one copy, no waiting, no kernel call, and the event
//! survives the process. A thread syncs each second, so that a power loss costs at most that second. One [`Tail`] reads
//! all cores in batches; what it has not read yet is not lost, only late.
//!
//! What this crate is not: it knows no database, folds no money (`waypost-money` does) and looks into no record. It has
//! no clock.
//!
//! Reading order: [`event`](Event) (what is kept), `frame` (how it lies in a file), `segment` and `mapping` (the files,
//! and the only `unsafe`), `lane` ([`Appender`]), `journal` ([`Journal`]), `housekeeping`, `replay` ([`Replay`]), `tail`
//! ([`Tail`]).
#![deny(unsafe_code)]
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

mod checksum;
mod event;
mod frame;
mod housekeeping;
mod journal;
mod lane;
pub mod limits;
mod mapping;
mod replay;
mod segment;
mod stats;
mod tail;

pub use event::{Event, Kept, Position};
pub use journal::{Journal, OpenError, Opened, Options, Run};
pub use lane::Appender;
pub use replay::{Replay, ReplayReport};
pub use stats::Stats;
pub use tail::{Batch, Tail};

#[cfg(test)]
mod tests;
