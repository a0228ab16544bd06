//! The log in SQL.

mod blocks;
mod columns;
mod filter;
mod fold;
mod kinds;
mod ledger;
mod list;
mod multi;
mod payload;
mod remove;
mod rollup;
mod row;
mod slots;
mod sweep;
mod write;

use std::{
    path::Path,
    sync::{Arc, PoisonError, RwLock},
};

use waypost_store::{
    GatewayRef, LogStore, StoreError, StoreFuture,
    filter::Filter,
    insight::{LogInsight, Pieces, Question},
    ledger::{Checkpoint, LedgerDifference},
    log::{Batch, LogPage, LogPatch, LogQuery, LogRow, LogStats, Order, Payload, Retention, Side, Swept, Written},
};
use waypost_types::{RequestId, UnixMs};

use crate::{
    dialect::{MigrationText, Pools},
    error::store_error,
};

const MIGRATIONS: &[MigrationText] = &[
    (1, "start", include_str!("../migrations/logs/0001_start.sql")),
    (2, "blocks", include_str!("../migrations/logs/0002_blocks.sql")),
    (3, "rollups", include_str!("../migrations/logs/0003_rollups.sql")),
    (4, "kinds", include_str!("../migrations/logs/0004_kinds.sql")),
    (5, "first_token_and_attempts", include_str!("../migrations/logs/0005_first_token_and_attempts.sql")),
];

/// The log in one SQLite file.
#[derive(Debug)]
pub struct SqlLogStore {
    pools: Pools,
    statements: write::Statements,
    rollups: rollup::Rollups,
    retention: RwLock<Arc<Retention>>,
}

impl SqlLogStore {
    /// Opens or creates the file.
    ///
    /// # Errors
    /// Those of [`crate::Stores::open`].
    pub async fn open(path: &Path) -> Result<Self, StoreError> {
        Ok(Self::on(Pools::open(path, MIGRATIONS).await?))
    }

    /// A log in memory, for tests.
    ///
    /// # Errors
    /// None in practice.
    pub async fn in_memory() -> Result<Self, StoreError> {
        Ok(Self::on(Pools::in_memory(MIGRATIONS).await?))
    }

    fn on(pools: Pools) -> Self {
        Self {
            pools,
            statements: write::Statements::new(),
            rollups: rollup::Rollups::new(),
            retention: RwLock::default(),
        }
    }

    /// Writes everything back and closes the file.
    pub async fn close(&self) {
        self.pools.close().await;
    }

    fn retention(&self) -> Arc<Retention> {
        self.retention.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl LogInsight for SqlLogStore {
    fn pieces<'a>(&'a self, gateway: &'a GatewayRef, question: &'a Question) -> StoreFuture<'a, Pieces> {
        Box::pin(async move {
            let mut reader = self.pools.reader().await?;
            rollup::pieces(&mut reader, gateway, question).await
        })
    }
}

impl LogStore for SqlLogStore {
    fn write_batch<'a>(&'a self, batch: &'a Batch<'a>) -> StoreFuture<'a, Written> {
        Box::pin(async move {
            let retention = self.retention();
            let mut tx = self.pools.begin().await?;
            let mut sums = self.rollups.begin();
            let written = write::write(&mut tx, &self.statements, &mut sums, batch, &retention).await?;
            tx.commit().await.map_err(store_error)?;
            sums.done();
            Ok(written)
        })
    }

    fn set_retention(&self, retention: Retention) {
        *self.retention.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(retention);
    }

    fn sweep(&self, now: UnixMs) -> StoreFuture<'_, Swept> {
        Box::pin(
            async move { sweep::sweep(&self.pools, &self.statements, &self.rollups, &self.retention(), now).await },
        )
    }

    fn list<'a>(&'a self, gateway: &'a GatewayRef, query: &'a LogQuery) -> StoreFuture<'a, LogPage> {
        Box::pin(async move {
            let mut reader = self.pools.reader().await?;
            list::list(&mut reader, gateway, query).await
        })
    }

    fn find<'a>(&'a self, gateway: &'a GatewayRef, id: RequestId) -> StoreFuture<'a, LogRow> {
        Box::pin(async move {
            let mut reader = self.pools.reader().await?;
            row::find(&mut reader, gateway, id).await
        })
    }

    fn patch<'a>(&'a self, gateway: &'a GatewayRef, id: RequestId, patch: LogPatch) -> StoreFuture<'a, ()> {
        Box::pin(async move {
            let mut tx = self.pools.begin_bounded().await?;
            let mut sums = self.rollups.begin();
            row::patch(&mut tx, &self.statements, &mut sums, gateway, id, patch).await?;
            tx.commit().await.map_err(store_error)?;
            sums.done();
            Ok(())
        })
    }

    fn delete<'a>(
        &'a self,
        gateway: &'a GatewayRef,
        filters: &'a [Filter],
        order: Order,
        limit: u32,
    ) -> StoreFuture<'a, u64> {
        Box::pin(async move {
            let mut tx = self.pools.begin_bounded().await?;
            let mut sums = self.rollups.begin();
            let removed =
                remove::matching(&mut tx, &self.statements, &mut sums, gateway, filters, order, limit).await?;
            tx.commit().await.map_err(store_error)?;
            sums.done();
            Ok(removed)
        })
    }

    fn payload<'a>(
        &'a self,
        gateway: &'a GatewayRef,
        id: RequestId,
        side: Side,
        bytes_max: Option<usize>,
    ) -> StoreFuture<'a, Payload> {
        Box::pin(async move {
            let mut reader = self.pools.reader().await?;
            payload::find(&mut reader, gateway, id, side, bytes_max).await
        })
    }

    fn load_checkpoint(&self, now: UnixMs) -> StoreFuture<'_, Checkpoint> {
        Box::pin(async move {
            let mut view = self.pools.snapshot().await?;
            ledger::load_checkpoint(&mut view, now).await
        })
    }

    fn check_ledger(&self) -> StoreFuture<'_, Vec<LedgerDifference>> {
        Box::pin(async move {
            let mut view = self.pools.snapshot().await?;
            ledger::check(&mut view).await
        })
    }

    fn stats(&self) -> StoreFuture<'_, LogStats> {
        Box::pin(async move {
            let mut reader = self.pools.reader().await?;
            ledger::stats(&mut reader).await
        })
    }
}
