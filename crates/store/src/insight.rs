//! What requests add up to: the measures behind charts, live traffic and summaries, and the questions that are asked of
//! them.
//!
//! One record is folded by one function, whether it is being written, taken away again or read back, so that a chart
//! and the rows below it cannot disagree (UX-36).

mod histogram;
mod measures;
mod traffic;

pub use histogram::{Histogram, Quantiles};
pub use measures::{Ending, Measures, Rescue, has_no_price};
pub use traffic::Traffic;
