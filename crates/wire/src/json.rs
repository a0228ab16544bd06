//! JSON without a parse: one linear scan that checks a body and notes where its values stand, a view of those values,
//! edits of the original bytes, and a quick writer for what every request writes.
//!
//! `serde_json` stays the tool for bodies that change their format. This scanner exists because raw values let pass what
//! a gateway must refuse (duplicate keys, lone surrogates, depth) and because a body that keeps its format must reach the
//! provider byte for byte (rule S11, invariant I6).

mod document;
mod error;
mod scan;
mod splice;
mod strings;
mod value;
mod write;

pub use document::{Document, Tape};
pub use error::{Found, JsonError, JsonErrorKind};
pub use scan::{ANSWER_VALUES_MAX, DEPTH_MAX, VALUES_MAX, scan, scan_answer, scan_answer_in};
pub use splice::Splice;
pub use strings::plain_prefix;
pub(crate) use strings::string_bytes;
pub use value::{Elements, Kind, Member, Members, Value};
pub use write::{WriteError, write};

#[cfg(test)]
mod tests;
