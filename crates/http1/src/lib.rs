//! HTTP/1.1 as bytes: heads are read and written, bodies are framed.
//!
//! Both sides of the hot path speak it: the lane on which simple requests come in, and the connections to providers. The
//! grammar of a head is httparse's; what is here is what RFC 9112 says about framing, and nothing that a gateway does not
//! need.
//!
//! It is deliberately not an HTTP implementation: it reads and writes no socket, knows no deadline, no upgrade, no trailer
//! that anybody reads, and refuses whatever two readers could take in two ways.
//!
//! Read in this order: [`head`] (a head from bytes), [`framing`] (where its body ends), [`write`] (a head into bytes).
#![forbid(unsafe_code)]
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

pub mod framing;
pub mod head;
pub mod write;

pub use framing::{Framing, FramingError};
pub use head::{AnswerHead, HeadError, RequestHead};

/// Headers of one head.
pub const HEADERS_MAX: usize = 100;

/// Pieces up to here are copied out of a connection's buffer, so that the buffer stays its own; larger ones are split off.
pub const COPIED_BYTES_MAX: usize = 16 * 1024;
