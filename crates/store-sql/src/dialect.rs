//! Where SQLite and PostgreSQL differ: types, connections, spellings. Everything else is one SQL text.

use std::{
    path::Path,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use sqlx::{
    AssertSqlSafe, ConnectOptions, SqlSafeStr, SqliteConnection, Transaction,
    migrate::{Migrate, Migration, MigrationType, Migrator},
    pool::{PoolConnection, PoolOptions},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqliteSynchronous},
};
use waypost_store::StoreError;

use crate::error::{store_error, unavailable};

/// The database.
pub(crate) type Db = sqlx::Sqlite;
/// One row of an answer.
pub(crate) type Row = sqlx::sqlite::SqliteRow;
/// A transaction that writes.
pub(crate) type Tx = Transaction<'static, Db>;

/// How long a lock of another process, and before it a free connection, is waited for: five seconds together (F50).
const LOCK_WAIT: Duration = Duration::from_secs(3);
const CONNECTION_WAIT: Duration = Duration::from_secs(2);
/// How long one statement of a list may take (A34).
const STATEMENT_TIME: Duration = Duration::from_secs(5);
/// Connections that read at the same time.
const READERS: u32 = 4;
/// Steps of SQLite's machine between two looks at the clock: some hundred microseconds.
const STEPS_PER_LOOK: i32 = 20_000;

/// A migration: number, name, SQL.
pub(crate) type MigrationText = (i64, &'static str, &'static str);

/// One connection that writes and some that read.
#[derive(Clone, Debug)]
pub(crate) struct Pools {
    write: SqlitePool,
    read: SqlitePool,
    _keeper: Option<Arc<Mutex<SqliteConnection>>>,
}

impl Pools {
    /// Opens or creates a database file and brings its schema up to date.
    pub(crate) async fn open(path: &Path, migrations: &[MigrationText]) -> Result<Self, StoreError> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .foreign_keys(true)
            .busy_timeout(LOCK_WAIT)
            .page_size(8192)
            .journal_mode(SqliteJournalMode::Wal)
            // A committed transaction survives the loss of power: the journal lets its segments go once their rows are stored.
            .synchronous(SqliteSynchronous::Full)
            .pragma("journal_size_limit", "67108864")
            // Writing back less often writes a page less often: 32 MiB instead of 8.
            .pragma("wal_autocheckpoint", "4000")
            // A statement of many rows keeps what it would undo; in a file that is a third of the work.
            .pragma("temp_store", "memory")
            .pragma("cache_size", "-16384");
        let name = path.display().to_string();
        let write = pool(1).connect_with(options.clone()).await.map_err(|error| opening(&name, error))?;
        migrate(&write, &name, migrations).await?;
        let read = pool(READERS).connect_lazy_with(options.create_if_missing(false).pragma("query_only", "on"));
        Ok(Self { write, read, _keeper: None })
    }

    /// A database in memory, for tests: one connection for everything, and one that keeps it when an operation is given
    /// up half-way and takes its connection along.
    pub(crate) async fn in_memory(migrations: &[MigrationText]) -> Result<Self, StoreError> {
        // This spelling, unlike the builder's, names a database that several connections share.
        let options = "sqlite::memory:".parse::<SqliteConnectOptions>().map_err(store_error)?.foreign_keys(true);
        let keeper = options.connect().await.map_err(|error| opening("memory", error))?;
        let write = pool(1).connect_with(options).await.map_err(|error| opening("memory", error))?;
        migrate(&write, "memory", migrations).await?;
        Ok(Self { read: write.clone(), write, _keeper: Some(Arc::new(Mutex::new(keeper))) })
    }

    /// A transaction that writes. There is one at a time.
    pub(crate) async fn begin(&self) -> Result<Tx, StoreError> {
        let mut tx = self.write.begin_with("BEGIN IMMEDIATE").await.map_err(store_error)?;
        tx.lock_handle().await.map_err(store_error)?.remove_progress_handler();
        Ok(tx)
    }

    /// The same, for what people ask for: its statements are given up after five seconds from now.
    pub(crate) async fn begin_bounded(&self) -> Result<Tx, StoreError> {
        let mut tx = self.write.begin_with("BEGIN IMMEDIATE").await.map_err(store_error)?;
        bound(&mut tx).await?;
        Ok(tx)
    }

    /// A connection that reads. Its statements are given up after five seconds from now.
    pub(crate) async fn reader(&self) -> Result<PoolConnection<Db>, StoreError> {
        let mut connection = self.read.acquire().await.map_err(store_error)?;
        bound(&mut connection).await?;
        Ok(connection)
    }

    /// One consistent view for several statements, without a time limit: for the ledger's check and the loading of
    /// everything.
    pub(crate) async fn snapshot(&self) -> Result<Tx, StoreError> {
        let mut connection = self.read.acquire().await.map_err(store_error)?;
        connection.lock_handle().await.map_err(store_error)?.remove_progress_handler();
        drop(connection);
        let mut view = self.read.begin().await.map_err(store_error)?;
        view.lock_handle().await.map_err(store_error)?.remove_progress_handler();
        Ok(view)
    }

    /// Writes everything back into the main file and closes it.
    pub(crate) async fn close(&self) {
        self.read.close().await;
        self.write.close().await;
    }
}

fn pool(connections: u32) -> PoolOptions<Db> {
    PoolOptions::new().max_connections(connections).acquire_timeout(CONNECTION_WAIT)
}

async fn bound(connection: &mut SqliteConnection) -> Result<(), StoreError> {
    let mut handle = connection.lock_handle().await.map_err(store_error)?;
    let deadline = now() + STATEMENT_TIME;
    handle.set_progress_handler(STEPS_PER_LOOK, move || now() < deadline);
    Ok(())
}

/// The monotonic clock: only deadlines of statements read it.
fn now() -> Instant {
    Instant::now()
}

fn opening(name: &str, error: sqlx::Error) -> StoreError {
    match store_error(error) {
        StoreError::Corrupt(text) => StoreError::Corrupt(format!(
            "{name} cannot be read as a database ({text}). Restore it from a backup, or move it away to start anew."
        )),
        StoreError::Unavailable(text) => StoreError::Unavailable(format!("{name}: {text}")),
        other => other,
    }
}

/// Runs what is missing. A schema that is newer than this binary is refused before anything is touched (F57).
async fn migrate(pool: &SqlitePool, name: &str, migrations: &[MigrationText]) -> Result<(), StoreError> {
    let known = migrations.iter().map(|(version, ..)| *version).max().unwrap_or(0);
    let mut connection = pool.acquire().await.map_err(store_error)?;
    let found = schema_version(&mut connection).await.map_err(|error| opening(name, error))?;
    drop(connection);
    if found > known {
        return Err(StoreError::Corrupt(format!(
            "{name} was written by a newer release of Waypost (schema {found}, this one knows {known}). Start that \
             release, or restore a backup of this one."
        )));
    }
    let migrations = migrations.iter().map(|(version, title, text)| {
        let text = render(text);
        Migration::new(*version, (*title).into(), MigrationType::Simple, AssertSqlSafe(text).into_sql_str(), false)
    });
    let migrator = Migrator::with_migrations(migrations.collect());
    migrator.run(pool).await.map_err(|error| StoreError::Corrupt(format!("{name}: {error}")))
}

/// The number of the last migration that ran; 0 in an empty database.
pub(crate) async fn schema_version(connection: &mut SqliteConnection) -> sqlx::Result<i64> {
    let tables: i64 =
        sqlx::query_scalar("SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = '_sqlx_migrations'")
            .fetch_one(&mut *connection)
            .await?;
    if tables == 0 {
        return Ok(0);
    }
    let applied = connection.list_applied_migrations("_sqlx_migrations").await.map_err(sqlx::Error::from)?;
    Ok(applied.iter().map(|migration| migration.version).max().unwrap_or(0))
}

/// Spells a migration: byte strings, tables that are stored in the order of their primary key, and numbers that are the
/// place of their row, and an object of the names and values of `m`.
fn render(text: &str) -> Arc<str> {
    text.replace("{serial}", "INTEGER")
        .replace("{bytes}", "BLOB")
        .replace("{clustered}", "WITHOUT ROWID")
        .replace("{object_of}", "json_group_object(m.name, m.value)")
        .into()
}

/// The place of the value with this number, from 1, in a statement with many. SQLite looks a numbered place up by going
/// through all of them, each time: half of the cost of a batch. Nameless places are simply counted; PostgreSQL wants
/// `$number`.
pub(crate) fn parameter(_number: usize) -> &'static str {
    "?"
}

/// Adds an expression that is true where `column` contains the text, letter by letter.
pub(crate) fn push_contains_exactly(sql: &mut sqlx::QueryBuilder<Db>, column: &'static str, text: String) {
    sql.push("INSTR(").push(column).push(", ").push_bind(text).push(") > 0");
}

/// The metadata of the row `l` as a table of `key` and `value`.
pub(crate) const fn metadata_entries() -> &'static str {
    "json_each(l.metadata)"
}

/// A pattern for `LIKE … ESCAPE '\'` that matches what contains the text. `LIKE` ignores ASCII case here; elsewhere the
/// word is `ILIKE`.
pub(crate) fn like_pattern(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len() + 2);
    pattern.push('%');
    for letter in text.chars() {
        if matches!(letter, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(letter);
    }
    pattern.push('%');
    pattern
}

/// Bytes of the database on disk.
pub(crate) async fn disk_bytes(connection: &mut SqliteConnection) -> Result<u64, StoreError> {
    let pages: i64 = sqlx::query_scalar("PRAGMA page_count").fetch_one(&mut *connection).await.map_err(store_error)?;
    let size: i64 = sqlx::query_scalar("PRAGMA page_size").fetch_one(&mut *connection).await.map_err(store_error)?;
    u64::try_from(pages.saturating_mul(size)).map_err(|_| unavailable("page count is negative"))
}

/// What the database itself finds wrong with its file; empty when nothing.
pub(crate) async fn integrity_problems(path: &Path) -> Result<Vec<String>, StoreError> {
    let options = SqliteConnectOptions::new().filename(path).read_only(true).busy_timeout(LOCK_WAIT);
    let name = path.display().to_string();
    let pool = pool(1).connect_with(options).await.map_err(|error| opening(&name, error))?;
    let found: Result<Vec<String>, _> = sqlx::query_scalar("PRAGMA integrity_check(20)").fetch_all(&pool).await;
    pool.close().await;
    let lines = found.map_err(|error| opening(&name, error))?;
    Ok(lines.into_iter().filter(|line| line != "ok").collect())
}
