//! The store in SQL: SQLite now, one text that PostgreSQL understands too.
#![forbid(unsafe_code)]

mod config;
mod dialect;
mod error;

use std::sync::Arc;

use waypost_store::StoreError;

pub use config::SqlConfigStore;

/// Both stores of one data directory.
#[derive(Clone, Debug)]
pub struct Stores {
    /// The configuration.
    pub config: Arc<SqlConfigStore>,
}

impl Stores {
    /// Both stores in memory, for tests.
    ///
    /// # Errors
    /// None in practice.
    pub async fn in_memory() -> Result<Self, StoreError> {
        Ok(Self { config: Arc::new(SqlConfigStore::in_memory().await?) })
    }
}
