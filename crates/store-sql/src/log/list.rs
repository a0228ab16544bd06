//! Lists of rows: first the ids of one part, then those rows.
//!
//! Where one metadata value is asked for and rows are ordered by time, the walk goes over that value's entries, which
//! stand in the order of time; everything else walks over the rows.

use sqlx::{QueryBuilder, Row as _};
use waypost_store::{
    GatewayRef, StoreError,
    filter::{Field, Filter, FilterKey, Operator, Values},
    log::{COUNTED_ROWS_MAX, Cursor, Extent, LogPage, LogQuery, Order, OrderKey, Paging, ROWS_PER_PAGE_MAX},
};
use waypost_types::{PicoUsd, RequestId};

use super::{
    columns::{id_bytes, signed},
    filter, fold, row,
};
use crate::{
    dialect::{Db, Row},
    error::store_error,
};

type Sql = QueryBuilder<Db>;
type Connection = sqlx::SqliteConnection;

/// Rows of one gateway that match.
pub(super) struct Selection<'a> {
    gw: i64,
    filters: Vec<Filter>,
    search: Option<&'a str>,
    /// The metadata key and value whose entries are walked.
    driver: Option<(String, String)>,
}

/// What a statement reads of the matching rows.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reads {
    /// Id and time.
    Places,
    /// Other columns.
    Rows,
}

/// The number of a gateway in the log; `None` when it never had a row.
pub(super) async fn gateway_number(
    connection: &mut Connection,
    gateway: &GatewayRef,
) -> Result<Option<i64>, StoreError> {
    sqlx::query_scalar("SELECT gw FROM log_gateways WHERE account = $1 AND gateway = $2")
        .bind(&*gateway.account)
        .bind(&*gateway.id)
        .fetch_optional(connection)
        .await
        .map_err(store_error)
}

pub(super) async fn list(
    connection: &mut Connection,
    gateway: &GatewayRef,
    query: &LogQuery,
) -> Result<LogPage, StoreError> {
    let Some(gw) = gateway_number(connection, gateway).await? else { return Ok(LogPage::default()) };
    let search = query.search.as_deref().filter(|text| !text.is_empty());
    let selection = Selection::new(connection, gw, &query.filters, search, query.order).await?;
    let (places, next) = selection.part(connection, query.order, query.paging).await?;
    let mut page = LogPage { rows: row::in_order(connection, &places).await?, next, ..LogPage::default() };
    if query.with_total {
        (page.total, page.total_is_capped) = selection.count(connection).await?;
    }
    if query.with_extent {
        page.extent = Some(selection.extent(connection).await?);
    }
    Ok(page)
}

// === impl Selection ===

impl<'a> Selection<'a> {
    pub(super) async fn new(
        connection: &mut Connection,
        gw: i64,
        filters: &[Filter],
        search: Option<&'a str>,
        order: Order,
    ) -> Result<Self, StoreError> {
        let mut filters = filters.to_vec();
        for filter in &mut filters {
            if filter.key == FilterKey::Field(Field::Route) {
                name_to_ids(connection, gw, filter).await?;
            }
        }
        let mut driver = None;
        if order.by == OrderKey::CreatedAt
            && let Some(index) = filters.iter().position(|filter| pair(filter).is_some())
        {
            driver = pair(&filters.remove(index));
        }
        Ok(Self { gw, filters, search, driver })
    }

    /// The driver's entries alone tell everything that is asked: id and time.
    fn is_in_entries(&self) -> bool {
        let in_entries =
            |filter: &Filter| matches!(filter.key, FilterKey::Field(Field::Id | Field::RequestId | Field::CreatedAt));
        self.driver.is_some() && self.search.is_none() && self.filters.iter().all(in_entries)
    }

    /// Adds ` FROM … WHERE …`; the row is `l`.
    fn push_from(&self, sql: &mut Sql, reads: Reads) {
        match &self.driver {
            None => {
                sql.push(" FROM logs l WHERE l.gw = ").push_bind(self.gw);
            }
            Some((name, value)) => {
                let (source, entry) = if reads == Reads::Places && self.is_in_entries() {
                    ("log_metadata l", "l")
                } else {
                    ("log_metadata e CROSS JOIN logs l", "e")
                };
                sql.push(" FROM ").push(source).push(" WHERE ");
                sql.push(entry).push(".gw = ").push_bind(self.gw);
                sql.push(" AND ").push(entry).push(".name = ").push_bind(name.clone());
                sql.push(" AND ").push(entry).push(".value = ").push_bind(value.clone());
                if entry == "e" {
                    sql.push(" AND l.gw = e.gw AND l.created_at = e.created_at AND l.id = e.id");
                }
            }
        }
        for filter in &self.filters {
            filter::push(sql, filter);
        }
        if let Some(text) = self.search {
            filter::push_search(sql, text);
        }
    }

    /// What the order compares: the driver's entries where there is one, so that their order is used.
    fn push_order(&self, sql: &mut Sql, order: Order) {
        let direction = if order.descending { " DESC" } else { " ASC" };
        let by = match order.by {
            OrderKey::CreatedAt => None,
            OrderKey::Provider => Some("l.provider"),
            OrderKey::Model => Some("l.model"),
            OrderKey::ModelType => Some("l.operation"),
            OrderKey::Success => Some("l.success"),
            OrderKey::Cached => Some("l.cached"),
            OrderKey::Cost => Some("l.cost"),
            OrderKey::Duration => Some("l.duration"),
            OrderKey::Tokens => Some("l.tokens"),
        };
        sql.push(" ORDER BY ");
        if let Some(by) = by {
            sql.push(by).push(direction).push(", ");
        }
        let row = if self.driver.is_some() && !self.is_in_entries() { "e" } else { "l" };
        sql.push(row).push(".created_at").push(direction).push(", ");
        sql.push(row).push(".id").push(direction);
    }

    /// Ids of one part, and where the next one begins.
    async fn part(
        &self,
        connection: &mut Connection,
        order: Order,
        paging: Paging,
    ) -> Result<(Vec<RequestId>, Option<Cursor>), StoreError> {
        let mut sql = QueryBuilder::new("SELECT l.id, l.created_at");
        self.push_from(&mut sql, Reads::Places);
        let (limit, offset) = match paging {
            Paging::Page { page, per_page } => {
                let limit = per_page.min(ROWS_PER_PAGE_MAX);
                (limit, u64::from(page.saturating_sub(1)).saturating_mul(limit.into()))
            }
            Paging::After { cursor, limit } => {
                if let Some(cursor) = cursor {
                    push_after(&mut sql, order, cursor);
                }
                (limit.min(ROWS_PER_PAGE_MAX), 0)
            }
        };
        self.push_order(&mut sql, order);
        sql.push(" LIMIT ").push_bind(i64::from(limit)).push(" OFFSET ").push_bind(signed(offset));
        let found = sql.build().fetch_all(connection).await.map_err(store_error)?;
        let places: Vec<Cursor> = found.iter().map(place).collect::<Result<_, _>>()?;
        let is_full = limit > 0 && places.len() == limit as usize && order.by == OrderKey::CreatedAt;
        Ok((places.iter().map(|place| place.id).collect(), places.last().copied().filter(|_| is_full)))
    }

    /// The next places, newest first, for whoever goes through all of them.
    pub(super) async fn places(
        &self,
        connection: &mut Connection,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Vec<Cursor>, StoreError> {
        let order = Order::default();
        let mut sql = QueryBuilder::new("SELECT l.id, l.created_at");
        self.push_from(&mut sql, Reads::Places);
        if let Some(cursor) = after {
            push_after(&mut sql, order, cursor);
        }
        self.push_order(&mut sql, order);
        sql.push(" LIMIT ").push_bind(i64::from(limit));
        let found = sql.build().fetch_all(connection).await.map_err(store_error)?;
        found.iter().map(place).collect()
    }

    /// The first ids in an order, for removal.
    pub(super) async fn first(
        &self,
        connection: &mut Connection,
        order: Order,
        limit: u32,
    ) -> Result<Vec<RequestId>, StoreError> {
        let mut sql = QueryBuilder::new("SELECT l.id, l.created_at");
        self.push_from(&mut sql, Reads::Places);
        self.push_order(&mut sql, order);
        sql.push(" LIMIT ").push_bind(i64::from(limit));
        let found = sql.build().fetch_all(connection).await.map_err(store_error)?;
        found.iter().map(|row| fold::request_id(row, "id")).collect()
    }

    /// How many rows match, and whether counting stopped early. Without any condition the number is kept anyway.
    async fn count(&self, connection: &mut Connection) -> Result<(u64, bool), StoreError> {
        if self.filters.is_empty() && self.search.is_none() && self.driver.is_none() {
            let kept: i64 = sqlx::query_scalar("SELECT row_count FROM log_gateways WHERE gw = $1")
                .bind(self.gw)
                .fetch_one(connection)
                .await
                .map_err(store_error)?;
            return Ok((kept.unsigned_abs(), false));
        }
        let mut sql = QueryBuilder::new("SELECT COUNT(*) FROM (SELECT 1 AS one");
        self.push_from(&mut sql, Reads::Places);
        sql.push(" LIMIT ").push_bind(signed(COUNTED_ROWS_MAX + 1)).push(") counted");
        let counted: i64 = sql.build_query_scalar().fetch_one(connection).await.map_err(store_error)?;
        let counted = counted.unsigned_abs();
        Ok((counted.min(COUNTED_ROWS_MAX), counted > COUNTED_ROWS_MAX))
    }

    async fn extent(&self, connection: &mut Connection) -> Result<Extent, StoreError> {
        let columns = ["cost", "duration", "tokens_in", "tokens_out", "tokens"];
        let mut sql = QueryBuilder::new("SELECT ");
        let mut list = sql.separated(", ");
        for column in columns {
            list.push(format_args!("MIN(l.{column})"));
            list.push(format_args!("MAX(l.{column})"));
        }
        self.push_from(&mut sql, Reads::Rows);
        read_extent(&sql.build().fetch_one(connection).await.map_err(store_error)?)
    }
}

/// Rows after a place, in the order of time.
fn push_after(sql: &mut Sql, order: Order, cursor: Cursor) {
    let word = if order.descending { " < " } else { " > " };
    sql.push(" AND (l.created_at").push(word).push_bind(cursor.created_at.0);
    sql.push(" OR (l.created_at = ").push_bind(cursor.created_at.0);
    sql.push(" AND l.id").push(word).push_bind(id_bytes(cursor.id)).push("))");
    // The same bound once more, alone, so that the index of times is entered there.
    let word = if order.descending { " <= " } else { " >= " };
    sql.push(" AND l.created_at").push(word).push_bind(cursor.created_at.0);
}

fn place(row: &Row) -> Result<Cursor, StoreError> {
    let created_at: i64 = row.try_get("created_at").map_err(store_error)?;
    Ok(Cursor { created_at: waypost_types::UnixMs(created_at), id: fold::request_id(row, "id")? })
}

/// One metadata value of one key.
fn pair(filter: &Filter) -> Option<(String, String)> {
    match (&filter.key, filter.operator, &filter.values) {
        (FilterKey::Metadata(name), Operator::Eq, Values::Texts(values)) => match values.as_slice() {
            [value] => Some((name.clone(), value.clone())),
            _ => None,
        },
        _ => None,
    }
}

/// Routes are found by name or id; rows hold ids. Names that no row has ever had match nothing.
pub(super) async fn name_to_ids(connection: &mut Connection, gw: i64, filter: &mut Filter) -> Result<(), StoreError> {
    let Values::Texts(texts) = &mut filter.values else { return Ok(()) };
    let rows = sqlx::query("SELECT route_id, name FROM log_routes WHERE gw = $1")
        .bind(gw)
        .fetch_all(connection)
        .await
        .map_err(store_error)?;
    let is_wanted = |name: &str| match filter.operator {
        Operator::Contains => {
            let name = name.to_ascii_lowercase();
            texts.iter().any(|text| name.contains(&text.to_ascii_lowercase()))
        }
        _ => texts.iter().any(|text| text.eq_ignore_ascii_case(name)),
    };
    let mut ids = Vec::new();
    for row in &rows {
        let id: String = row.try_get("route_id").map_err(store_error)?;
        let name: String = row.try_get("name").map_err(store_error)?;
        if is_wanted(&name) || is_wanted(&id) {
            ids.push(id);
        }
    }
    ids.sort_unstable();
    ids.dedup();
    if filter.operator == Operator::Contains {
        filter.operator = Operator::Eq;
    }
    *texts = ids;
    Ok(())
}

fn read_extent(row: &Row) -> Result<Extent, StoreError> {
    let pair = |index: usize| -> Result<Option<(i64, i64)>, StoreError> {
        let least: Option<i64> = row.try_get(index).map_err(store_error)?;
        let most: Option<i64> = row.try_get(index + 1).map_err(store_error)?;
        Ok(least.zip(most))
    };
    let unsigned = |pair: Option<(i64, i64)>| pair.map(|(least, most)| (least.unsigned_abs(), most.unsigned_abs()));
    Ok(Extent {
        cost: pair(0)?.map(|(least, most)| (PicoUsd(least), PicoUsd(most))),
        duration_ms: unsigned(pair(2)?),
        tokens_in: unsigned(pair(4)?),
        tokens_out: unsigned(pair(6)?),
        total_tokens: unsigned(pair(8)?),
    })
}

#[cfg(test)]
mod tests {
    use waypost_store::{LogStore as _, journaled::Journaled, log::Batch};
    use waypost_types::UnixMs;

    use super::*;
    use crate::SqlLogStore;

    /// What usual lists look for, and the index that finds it in the order of the list. `None` walks the rows themselves, which
    /// stand in the order of time.
    const USUAL: &[(&str, &str, &str, Option<&str>)] = &[
        ("model", "eq", "\"m\"", Some("logs_by_model")),
        ("provider", "eq", "\"p\"", Some("logs_by_provider")),
        ("route", "eq", "\"r\"", Some("logs_by_route")),
        ("key_id", "eq", "\"k\"", Some("logs_by_key")),
        ("success", "eq", "false", Some("logs_failed")),
        ("error_type", "eq", "\"provider_error\"", Some("logs_by_error")),
        ("status_code", "eq", "429", Some("logs_by_status")),
        ("cached", "eq", "true", Some("logs_cached")),
        ("no_price", "eq", "true", Some("logs_no_price")),
        ("metadata.user_id", "eq", "\"anna\"", Some("PRIMARY KEY")),
        ("created_at", "gte", "1795176000000", Some("PRIMARY KEY")),
        ("success", "eq", "true", Some("PRIMARY KEY")),
        ("cost", "gt", "0.5", Some("PRIMARY KEY")),
    ];

    /// A page stays quick at any number of rows as long as no list sorts and each walks an index: the plan is the same for a
    /// thousand rows and for a million.
    #[tokio::test]
    async fn usual_lists_walk_an_index_and_never_sort() {
        let store = SqlLogStore::in_memory().await.unwrap();
        let texts: Vec<String> = (0..1_000).map(record).collect();
        let records = texts.iter().map(|text| Journaled::read(text.as_bytes()).unwrap()).collect();
        store.write_batch(&Batch { records, ..Batch::default() }).await.unwrap();
        let mut reader = store.pools.reader().await.unwrap();
        for (key, operator, value, index) in USUAL {
            let value = serde_json::from_str(value).unwrap();
            let filters = [Filter::parse(key, operator, &[value]).unwrap()];
            let selection = Selection::new(&mut reader, 1, &filters, None, Order::default()).await.unwrap();
            let mut sql = QueryBuilder::new("EXPLAIN QUERY PLAN SELECT l.id, l.created_at");
            selection.push_from(&mut sql, Reads::Places);
            selection.push_order(&mut sql, Order::default());
            sql.push(" LIMIT 50");
            let plan = sql.build().fetch_all(&mut *reader).await.unwrap();
            let plan: Vec<String> = plan.iter().map(|row| row.get("detail")).collect();
            let plan = plan.join("; ");
            assert!(!plan.contains("TEMP B-TREE") && !plan.contains("SCAN"), "{key}: {plan}");
            assert!(index.is_none_or(|index| plan.contains(index)), "{key}: {plan}");
        }
    }

    fn record(number: u64) -> String {
        let at = UnixMs(1_795_176_000_000 + number as i64);
        serde_json::json!({"id": RequestId::new(at, u128::from(number)), "account": "a", "gateway": "g", "created_at": at,
            "surface": "compat", "route": {"id": "r", "name": "r", "version": 1, "trail": []}, "status": 200, "provider": "p", "model": format!("m{}", number % 7),
            "metadata": {"user_id": format!("user-{}", number % 50)}})
        .to_string()
    }
}
