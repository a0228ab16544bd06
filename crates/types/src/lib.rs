//! The words every other crate shares: amounts, usage, ids, formats, facts, faults, bookings and the record of a request.
//!
//! What this crate is not: it decides nothing, does no IO and knows no wire format by content. It has no clock and no
//! source of randomness; both are arguments wherever they are needed.
//!
//! Reading order: [`amount`], [`usage`], [`format`], [`facts`], [`fault`], [`booking`], [`record`]; then [`ids`],
//! [`clock`], [`secret`] and [`text`].
#![forbid(unsafe_code)]
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

pub mod amount;
pub mod booking;
pub mod clock;
pub mod facts;
pub mod fault;
pub mod format;
pub mod ids;
pub mod record;
pub mod secret;
pub mod text;
pub mod usage;

pub use amount::PicoUsd;
pub use booking::{Booking, BucketId, LimitKind};
pub use clock::{Clock, UnixMs};
pub use facts::{Metadata, Operand, RequestFacts, Scalar};
pub use fault::{Fault, FaultClass};
pub use format::{Operation, Surface, WireFormat};
pub use ids::{AttemptId, RequestId};
pub use secret::Secret;
pub use text::Text;
pub use usage::{Usage, UsageSource};
