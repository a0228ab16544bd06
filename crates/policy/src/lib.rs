//! Pure decisions: whether a limit admits, when to try again, which branch a user stays on, whether a condition matches,
//! what a call will probably cost.
//!
//! What this crate is not: it holds no counters, reads no clock, draws no randomness, and knows neither routes nor
//! providers. Time, random numbers and state are arguments, so that traffic, simulations and tests share every decision.
//!
//! Reading order: [`limit`] (windows, buckets, admission), [`condition`], [`retry`], [`sticky`], [`estimate`]. Bounds stand in
//! [`limits`].
#![forbid(unsafe_code)]
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

pub mod condition;
pub mod estimate;
pub mod limit;
pub mod limits;
pub mod retry;
pub mod sticky;
