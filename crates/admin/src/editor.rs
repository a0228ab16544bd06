//! What an editor asks about documents before anything is saved: nothing here changes anything.

pub(crate) mod changes;
pub(crate) mod diff;
mod estimate;
pub(crate) mod facts;
mod limits;
pub(crate) mod simulate;
pub(crate) mod subject;
pub(crate) mod validate;
