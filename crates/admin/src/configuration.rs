//! The configuration of a gateway as a file: its settings and its routes, without any secret. An import is looked at first,
//! and is done as a whole or not at all.

pub(crate) mod check;
pub(crate) mod export;
mod file;
pub(crate) mod import;
mod plan;
mod routes;
mod settings;

pub(crate) use plan::PlanView;
