//! How sums are asked for.

use waypost_types::UnixMs;

use super::{Measures, Subject};
use crate::{GatewayRef, StoreFuture, filter::Filter};

/// Which sums.
#[derive(Clone, Debug, PartialEq)]
pub struct Question {
    /// What the cells are about.
    pub subject: Subject,
    /// Starts of the buckets at full minutes, in order, and the end of the last one. Requests before the first or from the
    /// last one on are left out.
    pub borders: Vec<UnixMs>,
    /// Which requests. What cells cannot tell is read from rows.
    pub filters: Vec<Filter>,
    /// Text in the rows, as the list of rows has it; only rows can tell.
    pub search: Option<String>,
    /// Only cells whose name begins with these parts.
    pub parts: Vec<String>,
}

/// Where sums come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Source {
    /// Cells that were summed up when rows were written.
    #[default]
    Rollup,
    /// The rows themselves.
    Rows,
}

/// Sums of a question.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pieces {
    /// One per bucket and cell name that counts something.
    pub pieces: Vec<Piece>,
    /// Where they come from.
    pub source: Source,
    /// Sums are whole from this moment on; `None` when all of them are.
    pub complete_since: Option<UnixMs>,
    /// Some names were too many to tell apart; their sums stand under [`super::OVERFLOW`].
    pub has_overflow: bool,
}

/// One sum.
#[derive(Clone, Debug, PartialEq)]
pub struct Piece {
    /// Position of its bucket.
    pub bucket: usize,
    /// The cell's name, as its parts.
    pub parts: Vec<String>,
    /// The sum.
    pub sum: Measures,
}

impl Piece {
    /// A part of the name; empty where there is none.
    pub fn part(&self, index: usize) -> &str {
        self.parts.get(index).map_or("", String::as_str)
    }
}

/// What rows add up to.
pub trait LogInsight: Send + Sync {
    /// The sums of a question. From rows, the newest ones are summed up, as many as can be read in a moment;
    /// [`Pieces::complete_since`] says how far that went.
    fn pieces<'a>(&'a self, gateway: &'a GatewayRef, question: &'a Question) -> StoreFuture<'a, Pieces>;
}
