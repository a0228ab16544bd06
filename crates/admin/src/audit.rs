//! The audit: who changed what.

pub(crate) mod list;
