//! The store in SQL: SQLite now, one text that PostgreSQL understands too.
//!
//! Two files in the data directory, `config.db` and `logs.db`, so that a busy log never holds the configuration up. What
//! differs between databases stands in `dialect`. Deliberately not here: what the records mean, and any decision about them.
//!
//! Read in this order: `config` (with `config/changes` and `config/rows`), then `log` with `log/write` (one batch, one
//! transaction), `log/kinds` (what rows have in common), `log/slots` (where rows with a value are), `log/blocks` (records and payloads of
//! neighbouring rows), `log/fold` (events into counters), `log/filter` (filters into SQL), `log/list`, `log/sweep` and
//! `log/ledger`; last [`check`].
#![forbid(unsafe_code)]

mod check;
mod config;
mod dialect;
mod error;
mod log;

use std::{path::Path, sync::Arc};

use waypost_store::StoreError;

pub use check::{CheckReport, check};
pub use config::SqlConfigStore;
pub use log::SqlLogStore;

/// Name of the configuration's file in the data directory.
pub const CONFIG_FILE: &str = "config.db";
/// Name of the log's file in the data directory.
pub const LOGS_FILE: &str = "logs.db";

/// Both stores of one data directory.
#[derive(Clone, Debug)]
pub struct Stores {
    /// The configuration.
    pub config: Arc<SqlConfigStore>,
    /// The log.
    pub logs: Arc<SqlLogStore>,
}

impl Stores {
    /// Opens or creates both files in an existing directory and brings their schemas up to date.
    ///
    /// # Errors
    /// `Corrupt` for a damaged file, or one that a newer release has written: nothing is changed then. `Unavailable` when a
    /// file cannot be created or is locked for longer than five seconds.
    pub async fn open(data_dir: &Path) -> Result<Self, StoreError> {
        Ok(Self {
            config: Arc::new(SqlConfigStore::open(&data_dir.join(CONFIG_FILE)).await?),
            logs: Arc::new(SqlLogStore::open(&data_dir.join(LOGS_FILE)).await?),
        })
    }

    /// Both stores in memory, for tests. They are gone when the last clone is dropped.
    ///
    /// # Errors
    /// None in practice.
    pub async fn in_memory() -> Result<Self, StoreError> {
        Ok(Self {
            config: Arc::new(SqlConfigStore::in_memory().await?),
            logs: Arc::new(SqlLogStore::in_memory().await?),
        })
    }

    /// Writes everything back and closes both files.
    pub async fn close(&self) {
        self.config.close().await;
        self.logs.close().await;
    }
}
