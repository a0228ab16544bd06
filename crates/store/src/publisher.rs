//! Making a stored change live, and checking it first.

use waypost_graph::Surroundings;

use crate::{Config, GatewayRecord, StoreFuture};

/// Makes what is stored what serves.
pub trait Publisher: Send + Sync {
    /// Loads the configuration, compiles it and switches to it. When the future is ready, the next request sees it; the
    /// generation is that of [`crate::Config::generation`].
    ///
    /// # Errors
    /// The store's, when it cannot be read; `Corrupt` when what is stored must not serve. The old one then stays live.
    fn publish(&self) -> StoreFuture<'_, u64>;
}

/// What route documents are checked against. The data plane implements it and the management API asks it, so that both
/// compile with the same eyes (invariant I13).
pub trait RouteSurroundings: Send + Sync {
    /// Prices, providers and keys as they are for the routes of one gateway.
    fn around<'a>(&'a self, config: &'a Config, gateway: &'a GatewayRecord) -> Box<dyn Surroundings + Send + 'a>;
}
