//! End: returns the last successful answer, or the error.

use crate::route::Kind;

/// There is nothing to check: it has neither settings nor outputs.
pub(crate) const fn check() -> Kind {
    Kind::End
}
