//! What requests add up to: the measures behind charts, live traffic and summaries, and the questions that are asked of
//! them.
//!
//! One record is folded by one function, whether it is being written, taken away again or read back, so that a chart
//! and the rows below it cannot disagree (UX-36). Read in this order: [`Measures`], then the cells they are summed up in
//! ([`Subject`], [`each_cell`]), then how cells are asked for ([`LogInsight`]).

mod cells;
mod codec;
mod histogram;
mod measures;
mod question;

pub use cells::{Adds, OVERFLOW, PART, Subject, each_cell, each_metadata_cell, flag};
pub use codec::{decode, encode};
pub use histogram::{Histogram, Quantiles};
pub use measures::{Counted, Ending, Measures, Rescue};
pub use question::{LogInsight, Piece, Pieces, Question, Source};
