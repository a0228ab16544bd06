//! The route engine: a document is read, checked and walked.
//!
//! What this crate is not: it does no IO and has no clock, no counters and no randomness; all are arguments. It sees
//! facts about a request, never its text (invariant I3), and knows neither wire formats nor prices.
//!
//! Reading order: [`spec`] (the document), [`read`](mod@read) (its spellings), [`problem`], [`compile`](mod@compile)
//! and [`kinds`] (what is checked), [`route`] (what comes out), [`walk`] (one request); then what stands on these: [`builtin`],
//! [`simulate`](mod@simulate), [`paths`], [`diff`](mod@diff), [`restarts`](mod@restarts), [`export`]. Beside them [`surroundings`]
//! and [`limits`].
#![forbid(unsafe_code)]
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

pub mod builtin;
pub mod compile;
pub mod diff;
pub mod export;
pub mod kinds;
pub mod limits;
pub mod paths;
pub mod problem;
pub mod read;
pub mod restarts;
pub mod route;
pub mod simulate;
pub mod spec;
pub mod surroundings;
pub mod walk;

pub use compile::{Compiled, compile};
pub use diff::{Diff, diff};
pub use export::export_problems;
pub use kinds::{
    model::{FallbackOn, ModelNode},
    rate::{Per, RateNode},
};
pub use paths::{Paths, all_paths};
pub use problem::{Code, PathStep, Problem, Severity};
pub use read::{Read, read, read_value};
pub use restarts::{Restart, restarts};
pub use route::{CompiledRoute, NodeIx};
pub use simulate::{Assumptions, Simulation, Situation, simulate};
pub use spec::{Element, ElementKind, Output, RouteSpec};
pub use surroundings::{KeyState, PricePair, Surroundings, Unknown};
pub use walk::{BucketScope, CallPolicy, Effect, Env, Estimate, Outcome, Refusal, Reply, TrySettings, Turn, Walk};

#[cfg(test)]
mod testing;
