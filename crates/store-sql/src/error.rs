//! Database errors in the store's words.

use waypost_store::StoreError;

/// SQLite's `SQLITE_CORRUPT` and `SQLITE_NOTADB`.
const DAMAGED: [&str; 2] = ["11", "26"];

/// Any error of the database, where no constraint is expected to fail.
pub(crate) fn store_error(error: sqlx::Error) -> StoreError {
    match &error {
        sqlx::Error::RowNotFound => StoreError::NotFound,
        sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => StoreError::Corrupt(error.to_string()),
        sqlx::Error::Database(database) => {
            let code = database.code().unwrap_or_default();
            // Extended codes carry the primary code in their last eight bits.
            let primary = code.parse::<u32>().map(|code| (code & 0xff).to_string()).unwrap_or_default();
            if DAMAGED.contains(&primary.as_str()) {
                return StoreError::Corrupt(error.to_string());
            }
            match primary.as_str() {
                "5" | "6" => unavailable("locked by another process"),
                "9" => unavailable("the statement took too long"),
                "13" => unavailable("the disk is full"),
                _ => StoreError::Unavailable(error.to_string()),
            }
        }
        sqlx::Error::PoolTimedOut => unavailable("all connections are busy"),
        _ => StoreError::Unavailable(error.to_string()),
    }
}

/// The error of a write whose uniqueness has a noun.
pub(crate) fn conflict_or(what: &'static str) -> impl FnOnce(sqlx::Error) -> StoreError {
    move |error| match &error {
        sqlx::Error::Database(database) if database.is_unique_violation() => StoreError::Conflict { what },
        sqlx::Error::Database(database) if database.is_foreign_key_violation() => StoreError::NotFound,
        _ => store_error(error),
    }
}

pub(crate) fn unavailable(text: &str) -> StoreError {
    StoreError::Unavailable(text.to_owned())
}

/// What is stored is not what any release writes.
pub(crate) fn corrupt(what: &str, error: impl std::fmt::Display) -> StoreError {
    StoreError::Corrupt(format!("{what}: {error}"))
}
