//! Statements with many rows or many ids. They come in few sizes, so that each text is prepared once per connection.

use std::sync::Arc;

use sqlx::{AssertSqlSafe, query::Query, sqlite::SqliteArguments};
use waypost_store::StoreError;

use crate::{
    dialect::{Db, Row, parameter},
    error::store_error,
};

/// A statement whose values are bound.
pub(crate) type Statement = Query<'static, Db, SqliteArguments>;

/// Rows or ids per statement, largest first. 256 rows of the widest table have 7,168 values; SQLite takes 32,766.
const SIZES: [usize; 5] = [256, 64, 16, 4, 1];

/// One statement in every size.
#[derive(Debug)]
pub(crate) struct Multi {
    texts: [(usize, Arc<str>); SIZES.len()],
}

impl Multi {
    /// `INSERT INTO … (…) VALUES` before, something like `ON CONFLICT …` after, and so many columns per row.
    pub(crate) fn rows(before: &str, columns: usize, after: &str) -> Self {
        Self::new(|size| {
            let row = |row: usize| format!("({})", parameters(row * columns, columns));
            format!("{before} {} {after}", (0..size).map(row).collect::<Vec<_>>().join(", "))
        })
    }

    /// A statement that ends in `IN`, followed by the list of ids.
    pub(crate) fn ids(before: &str) -> Self {
        Self::new(|size| format!("{before} ({})", parameters(0, size)))
    }

    fn new(text: impl Fn(usize) -> String) -> Self {
        Self { texts: SIZES.map(|size| (size, text(size).into())) }
    }

    /// Runs the statement for all items, and returns how many rows it touched.
    pub(crate) async fn execute<T>(
        &self,
        connection: &mut sqlx::SqliteConnection,
        items: &[T],
        bind: impl Fn(Statement, &T) -> Statement,
    ) -> Result<u64, StoreError> {
        let mut touched = 0;
        for (statement, chunk) in self.chunks(items) {
            let query = chunk.iter().fold(statement, &bind);
            touched += query.execute(&mut *connection).await.map_err(store_error)?.rows_affected();
        }
        Ok(touched)
    }

    /// Runs the statement for all items, and returns the rows it finds.
    pub(crate) async fn fetch<T>(
        &self,
        connection: &mut sqlx::SqliteConnection,
        items: &[T],
        bind: impl Fn(Statement, &T) -> Statement,
    ) -> Result<Vec<Row>, StoreError> {
        let mut found = Vec::new();
        for (statement, chunk) in self.chunks(items) {
            let query = chunk.iter().fold(statement, &bind);
            found.extend(query.fetch_all(&mut *connection).await.map_err(store_error)?);
        }
        Ok(found)
    }

    fn chunks<'a, T>(&'a self, mut items: &'a [T]) -> impl Iterator<Item = (Statement, &'a [T])> {
        std::iter::from_fn(move || {
            let (size, text) = self.texts.iter().find(|(size, _)| *size <= items.len())?;
            let (chunk, rest) = items.split_at(*size);
            items = rest;
            Some((sqlx::query(AssertSqlSafe(text.clone())), chunk))
        })
    }
}

/// The places of so many values, after so many earlier ones.
fn parameters(earlier: usize, count: usize) -> String {
    (earlier + 1..=earlier + count).map(parameter).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_are_cut_into_known_sizes() {
        let multi = Multi::rows("INSERT INTO t (a, b) VALUES", 2, "");
        let items = [0; 406];
        let sizes: Vec<_> = multi.chunks(&items).map(|(_, chunk)| chunk.len()).collect();
        assert_eq!(sizes, [256, 64, 64, 16, 4, 1, 1]);
        assert_eq!(&*multi.texts[3].1, "INSERT INTO t (a, b) VALUES (?, ?), (?, ?), (?, ?), (?, ?) ");
    }
}
