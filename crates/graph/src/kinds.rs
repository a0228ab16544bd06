//! One file per element kind, named like its JSON type: how it is checked, and what it decides.

pub mod conditional;
pub(crate) mod end;
pub mod model;
pub mod percentage;
pub mod rate;
pub(crate) mod start;
