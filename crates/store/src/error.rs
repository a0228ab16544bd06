//! How a store operation can fail.

/// Why a store could not do what it was asked. The text inside is for operators; callers see what `admin` makes of it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// Something with this name is already there, or has changed in the meantime.
    #[error("{what} is already there or has changed in the meantime")]
    Conflict {
        /// What collided, as a noun: `route name`, `gateway id`, `provider key alias`.
        what: &'static str,
    },
    /// No such thing, or it belongs to another account or gateway (A47).
    #[error("not found")]
    NotFound,
    /// The store does not answer, is locked, is full or took too long. Trying again may help.
    #[error("the store is unavailable: {0}")]
    Unavailable(String),
    /// What is stored cannot be understood: a damaged file, a record that no release has written, a schema newer than
    /// this binary. Trying again does not help.
    #[error("stored data cannot be used: {0}")]
    Corrupt(String),
}
