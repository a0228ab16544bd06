//! Start: where every request enters.

use crate::{compile::Check, route::NodeIx};

/// A checked Start.
#[derive(Debug)]
pub(crate) struct StartNode {
    pub(crate) next: NodeIx,
}

pub(crate) fn check(check: &mut Check<'_>) -> Option<StartNode> {
    Some(StartNode { next: check.required("next")? })
}
