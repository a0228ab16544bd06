//! Making a stored change live.

use crate::StoreFuture;

/// Makes what is stored what serves.
pub trait Publisher: Send + Sync {
    /// Loads the configuration, compiles it and switches to it. When the future is ready, the next request sees it; the
    /// generation is that of [`crate::Config::generation`].
    ///
    /// # Errors
    /// The store's, when it cannot be read; `Corrupt` when what is stored must not serve. The old one then stays live.
    fn publish(&self) -> StoreFuture<'_, u64>;
}
