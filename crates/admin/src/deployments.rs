//! Deployments: which version of a route served from when. Rolling back is deploying an old version.

pub(crate) mod create;
pub(crate) mod list;

pub(crate) const NOUN: &str = "Deployment";
