//! The configuration in SQL.

mod changes;
mod lists;
mod rows;

use std::path::Path;

use waypost_store::{
    Change, Config, ConfigStore, StoreError, StoreFuture,
    config::{
        AdminTokens, ApiKeys, Audit, CustomProviders, Gateways, LiveRoute, Notes, PriceOverrides, ProviderKeys, Routes,
        Sessions,
    },
};

use crate::{
    dialect::{MigrationText, Pools, Tx},
    error::store_error,
};

const MIGRATIONS: &[MigrationText] = &[
    (1, "start", include_str!("../migrations/config/0001_start.sql")),
    (2, "sessions", include_str!("../migrations/config/0002_sessions.sql")),
    (3, "notes", include_str!("../migrations/config/0003_notes.sql")),
];

/// The configuration in one SQLite file.
#[derive(Debug)]
pub struct SqlConfigStore {
    pools: Pools,
}

impl SqlConfigStore {
    /// Opens or creates the file.
    ///
    /// # Errors
    /// Those of [`crate::Stores::open`].
    pub async fn open(path: &Path) -> Result<Self, StoreError> {
        Ok(Self { pools: Pools::open(path, MIGRATIONS).await? })
    }

    /// A configuration in memory, for tests.
    ///
    /// # Errors
    /// None in practice.
    pub async fn in_memory() -> Result<Self, StoreError> {
        Ok(Self { pools: Pools::in_memory(MIGRATIONS).await? })
    }

    /// Writes everything back and closes the file.
    pub async fn close(&self) {
        self.pools.close().await;
    }
}

impl ConfigStore for SqlConfigStore {
    fn load(&self) -> StoreFuture<'_, Config> {
        Box::pin(async move {
            let mut view = self.pools.snapshot().await?;
            load(&mut view).await
        })
    }

    fn generation(&self) -> StoreFuture<'_, u64> {
        Box::pin(async move {
            let mut reader = self.pools.reader().await?;
            generation(&mut reader).await
        })
    }

    fn apply(&self, changes: Vec<Change>) -> StoreFuture<'_, u64> {
        Box::pin(async move {
            let mut tx = self.pools.begin().await?;
            if changes.iter().any(Change::is_live) {
                sqlx::query("UPDATE state SET value = value + 1 WHERE name = 'generation'")
                    .execute(&mut *tx)
                    .await
                    .map_err(store_error)?;
            }
            for change in changes {
                changes::apply(&mut tx, change).await?;
            }
            let generation = generation(&mut tx).await?;
            tx.commit().await.map_err(store_error)?;
            Ok(generation)
        })
    }

    fn gateways(&self) -> &dyn Gateways {
        self
    }

    fn routes(&self) -> &dyn Routes {
        self
    }

    fn provider_keys(&self) -> &dyn ProviderKeys {
        self
    }

    fn custom_providers(&self) -> &dyn CustomProviders {
        self
    }

    fn api_keys(&self) -> &dyn ApiKeys {
        self
    }

    fn admin_tokens(&self) -> &dyn AdminTokens {
        self
    }

    fn sessions(&self) -> &dyn Sessions {
        self
    }

    fn price_overrides(&self) -> &dyn PriceOverrides {
        self
    }

    fn notes(&self) -> &dyn Notes {
        self
    }

    fn audit(&self) -> &dyn Audit {
        self
    }
}

async fn generation(connection: &mut sqlx::SqliteConnection) -> Result<u64, StoreError> {
    let value: i64 = sqlx::query_scalar("SELECT value FROM state WHERE name = 'generation'")
        .fetch_one(connection)
        .await
        .map_err(store_error)?;
    Ok(value.unsigned_abs())
}

async fn load(view: &mut Tx) -> Result<Config, StoreError> {
    let mut config = Config { generation: generation(view).await?, ..Config::default() };
    config.accounts = rows::all(view, "SELECT * FROM accounts ORDER BY id", rows::account).await?;
    config.gateways = rows::all(view, "SELECT * FROM gateways ORDER BY account, id", rows::gateway).await?;
    config.provider_keys = rows::all(view, "SELECT * FROM provider_keys ORDER BY id", rows::provider_key).await?;
    config.api_keys =
        rows::all(view, "SELECT * FROM api_keys WHERE revoked_at IS NULL ORDER BY id", rows::api_key).await?;
    config.custom_providers =
        rows::all(view, "SELECT * FROM custom_providers ORDER BY account, slug", rows::custom_provider).await?;
    config.price_overrides =
        rows::all(view, "SELECT * FROM price_overrides ORDER BY account, provider, model", rows::price).await?;
    let live = "SELECT v.* FROM versions v JOIN routes r ON r.live_version = v.version_id WHERE r.deleted = 0";
    let versions = rows::all(view, live, rows::version).await?;
    let mut versions: std::collections::HashMap<_, _> =
        versions.into_iter().map(|version| (version.version_id.clone(), version)).collect();
    let routes = rows::all(view, "SELECT * FROM routes WHERE deleted = 0 ORDER BY id", rows::route).await?;
    config.routes = routes
        .into_iter()
        .map(|route| LiveRoute {
            version: route.live_version.as_ref().and_then(|version_id| versions.remove(version_id)),
            route,
        })
        .collect();
    Ok(config)
}
