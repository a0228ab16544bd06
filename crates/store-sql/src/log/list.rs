//! Lists of rows: first the ids of one part, then those rows.
//!
//! Where a value is asked for that slots are kept of, the walk goes over its slots, which stand in the order of time, and the
//! rows in each; everything else walks over the rows.

use sqlx::{QueryBuilder, Row as _};
use waypost_store::{
    GatewayRef, StoreError,
    filter::{Field, Filter, FilterKey, Operator, Values},
    log::{COUNTED_ROWS_MAX, Cursor, Extent, LogPage, LogQuery, Order, OrderKey, Paging, ROWS_PER_PAGE_MAX},
};
use waypost_types::{PicoUsd, RequestId, UnixMs};

use super::{
    columns::{id_bytes, signed},
    filter, fold, row,
    slots::{SLOT_MS, metadata_name, slot},
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
    driver: Driver,
    /// The order looks at what stands in the kind.
    reads_kind: bool,
}

/// What is walked.
#[derive(Clone, Debug, PartialEq)]
enum Driver {
    /// The rows, in the order of time.
    Rows,
    /// The slots of one value, in the order of time.
    Value(String, String),
    /// The slots of several values.
    Values(String, Vec<String>),
    /// All slots of a name, by value: the kind's column of the same name.
    Name(&'static str, &'static str),
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
        let by_value = match order.by {
            OrderKey::Model => Some(Driver::Name("model", "k.model")),
            OrderKey::Provider => Some(Driver::Name("provider", "k.provider")),
            _ => None,
        };
        let driver = match shortest(connection, gw, &filters, by_value.is_some()).await? {
            Some((slots, _)) if by_value.is_some() && slots > FEW_SLOTS => by_value,
            Some((_, driver)) => Some(driver),
            None => by_value,
        };
        let driver = driver.unwrap_or(Driver::Rows);
        let reads_kind = matches!(
            order.by,
            OrderKey::Provider | OrderKey::Model | OrderKey::ModelType | OrderKey::Success | OrderKey::Cached
        );
        Ok(Self { gw, filters, search, driver, reads_kind })
    }

    /// Adds ` FROM … WHERE …`; the row is `l`, its kind `k` where the order reads it.
    fn push_from(&self, sql: &mut Sql) {
        let kind = if self.reads_kind { "CROSS JOIN log_kinds k WHERE k.kind = l.kind" } else { "WHERE 1 = 1" };
        match &self.driver {
            Driver::Rows => {
                sql.push(" FROM logs l ").push(kind);
                sql.push(" AND l.gw = ").push_bind(self.gw);
            }
            Driver::Value(..) => {
                sql.push(" FROM log_slots e CROSS JOIN logs l ").push(kind);
                push_slots(sql, self.gw, &self.driver);
                push_bounds(sql, &self.filters);
                sql.push(WITHIN);
            }
            Driver::Values(..) => {
                sql.push(" FROM (SELECT DISTINCT e.gw, e.slot FROM log_slots e WHERE 1 = 1");
                push_slots(sql, self.gw, &self.driver);
                push_bounds(sql, &self.filters);
                sql.push(") e CROSS JOIN logs l ").push(kind).push(WITHIN);
            }
            Driver::Name(_, column) => {
                sql.push(" FROM log_slots e CROSS JOIN logs l ").push(kind);
                push_slots(sql, self.gw, &self.driver);
                push_bounds(sql, &self.filters);
                sql.push(WITHIN).push(" AND ").push(column).push(" = e.value");
            }
        }
        for filter in &self.filters {
            filter::push(sql, filter);
        }
        if let Some(text) = self.search {
            filter::push_search(sql, text);
        }
    }

    /// What the order compares: slots first where they are walked, so that their order is used.
    fn push_order(&self, sql: &mut Sql, order: Order) {
        let direction = if order.descending { " DESC" } else { " ASC" };
        let by = match order.by {
            OrderKey::CreatedAt => None,
            OrderKey::Provider => Some("k.provider"),
            OrderKey::Model => Some("k.model"),
            OrderKey::ModelType => Some("k.operation"),
            OrderKey::Success => Some("k.success"),
            OrderKey::Cached => Some("k.cached"),
            OrderKey::Cost => Some("l.cost"),
            OrderKey::Duration => Some("l.duration"),
            OrderKey::Tokens => Some("l.tokens_in + l.tokens_out"),
        };
        sql.push(" ORDER BY ");
        match (by, &self.driver) {
            (Some(_), Driver::Name(..)) => {
                sql.push("e.value").push(direction).push(", e.slot").push(direction).push(", ");
            }
            (Some(by), _) => {
                sql.push(by).push(direction).push(", ");
            }
            (None, Driver::Rows) => {}
            (None, _) => {
                sql.push("e.slot").push(direction).push(", ");
            }
        }
        sql.push("l.created_at").push(direction).push(", l.id").push(direction);
    }

    /// Rows after a place, in the order of time.
    fn push_after(&self, sql: &mut Sql, order: Order, cursor: Cursor) {
        push_after(sql, order, cursor);
        if self.driver != Driver::Rows {
            let word = if order.descending { " <= " } else { " >= " };
            sql.push(" AND e.slot").push(word).push_bind(slot(cursor.created_at));
        }
    }

    /// Ids of one part, and where the next one begins.
    async fn part(
        &self,
        connection: &mut Connection,
        order: Order,
        paging: Paging,
    ) -> Result<(Vec<RequestId>, Option<Cursor>), StoreError> {
        let mut sql = QueryBuilder::new("SELECT l.id, l.created_at");
        self.push_from(&mut sql);
        let (limit, offset) = match paging {
            Paging::Page { page, per_page } => {
                let limit = per_page.min(ROWS_PER_PAGE_MAX);
                (limit, u64::from(page.saturating_sub(1)).saturating_mul(limit.into()))
            }
            Paging::After { cursor, limit } => {
                if let Some(cursor) = cursor {
                    self.push_after(&mut sql, order, cursor);
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
        self.push_from(&mut sql);
        if let Some(cursor) = after {
            self.push_after(&mut sql, order, cursor);
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
        self.push_from(&mut sql);
        self.push_order(&mut sql, order);
        sql.push(" LIMIT ").push_bind(i64::from(limit));
        let found = sql.build().fetch_all(connection).await.map_err(store_error)?;
        found.iter().map(|row| fold::request_id(row, "id")).collect()
    }

    /// How many rows match, and whether counting stopped early. Without any condition the number is kept anyway.
    async fn count(&self, connection: &mut Connection) -> Result<(u64, bool), StoreError> {
        if self.filters.is_empty() && self.search.is_none() {
            let kept: i64 = sqlx::query_scalar("SELECT row_count FROM log_gateways WHERE gw = $1")
                .bind(self.gw)
                .fetch_one(connection)
                .await
                .map_err(store_error)?;
            return Ok((kept.unsigned_abs(), false));
        }
        let counted = match self.count_slots(connection).await? {
            Some(counted) => counted,
            None => {
                let mut sql = QueryBuilder::new("SELECT COUNT(*) FROM (SELECT 1 AS one");
                self.push_from(&mut sql);
                sql.push(" LIMIT ").push_bind(signed(COUNTED_ROWS_MAX + 1)).push(") counted");
                sql.build_query_scalar().fetch_one(connection).await.map_err(store_error)?
            }
        };
        let counted: u64 = i64::unsigned_abs(counted);
        Ok((counted.min(COUNTED_ROWS_MAX), counted > COUNTED_ROWS_MAX))
    }

    /// The number of rows where slots know it: one filter that they are kept for, and times. Only in the first and the last
    /// slot rows have to be looked at. Counting stops where it may.
    async fn count_slots(&self, connection: &mut Connection) -> Result<Option<i64>, StoreError> {
        let is_time = |filter: &&Filter| filter.key == FilterKey::Field(Field::CreatedAt);
        let mut others = self.filters.iter().filter(|filter| !is_time(filter));
        let (Some(driver), None, None) = (others.next().and_then(slots_of), others.next(), self.search) else {
            return Ok(None);
        };
        let Some((first, last)) = times(&self.filters) else { return Ok(None) };
        if first > last {
            return Ok(Some(0));
        }
        let mut sql =
            QueryBuilder::new("SELECT CAST(COALESCE(SUM(c.row_count), 0) AS BIGINT) FROM (SELECT e.row_count");
        sql.push(" FROM log_slots e WHERE 1 = 1");
        push_slots(&mut sql, self.gw, &driver);
        // Those that lie in the range from their beginning to their end.
        sql.push(" AND e.slot >= ").push_bind(slot(first.plus_ms(SLOT_MS - 1)));
        sql.push(" AND e.slot < ").push_bind(slot(last.plus_ms(1)));
        sql.push(" LIMIT ").push_bind(signed(COUNTED_ROWS_MAX + 1)).push(") c");
        let mut counted: i64 = sql.build_query_scalar().fetch_one(&mut *connection).await.map_err(store_error)?;
        let mut edges = vec![slot(first), slot(last)];
        edges.dedup();
        let is_whole = |edge: i64| edge * SLOT_MS >= first.0 && edge * SLOT_MS + SLOT_MS - 1 <= last.0;
        for edge in edges.into_iter().filter(|edge| !is_whole(*edge)) {
            let mut sql = QueryBuilder::new("SELECT COUNT(*) FROM logs l WHERE l.gw = ");
            sql.push_bind(self.gw).push(" AND l.created_at >= ").push_bind(edge * SLOT_MS);
            sql.push(" AND l.created_at < ").push_bind(edge * SLOT_MS + SLOT_MS);
            self.filters.iter().for_each(|filter| filter::push(&mut sql, filter));
            let rows: i64 = sql.build_query_scalar().fetch_one(&mut *connection).await.map_err(store_error)?;
            counted += rows;
        }
        Ok(Some(counted))
    }

    async fn extent(&self, connection: &mut Connection) -> Result<Extent, StoreError> {
        let columns = ["l.cost", "l.duration", "l.tokens_in", "l.tokens_out", "l.tokens_in + l.tokens_out"];
        let mut sql = QueryBuilder::new("SELECT ");
        let mut list = sql.separated(", ");
        for column in columns {
            list.push(format_args!("MIN({column})"));
            list.push(format_args!("MAX({column})"));
        }
        self.push_from(&mut sql);
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
    Ok(Cursor { created_at: UnixMs(created_at), id: fold::request_id(row, "id")? })
}

fn push_entry(sql: &mut Sql, gw: i64, name: &str) {
    sql.push(" AND e.gw = ").push_bind(gw).push(" AND e.name = ").push_bind(name.to_owned());
}

fn push_slots(sql: &mut Sql, gw: i64, driver: &Driver) {
    match driver {
        Driver::Value(name, value) => {
            push_entry(sql, gw, name);
            sql.push(" AND e.value = ").push_bind(value.clone());
        }
        Driver::Values(name, values) => {
            push_entry(sql, gw, name);
            push_values(sql, values);
        }
        Driver::Name(name, _) => push_entry(sql, gw, name),
        Driver::Rows => {}
    }
}

/// The first and the last moment that filters by time leave; `None` where they leave no range.
fn times(filters: &[Filter]) -> Option<(UnixMs, UnixMs)> {
    let (mut first, mut last) = (UnixMs(0), UnixMs(i64::MAX / 2));
    for filter in filters.iter().filter(|filter| filter.key == FilterKey::Field(Field::CreatedAt)) {
        let Values::Times(times) = &filter.values else { return None };
        let (least, most) = (*times.iter().min()?, *times.iter().max()?);
        match filter.operator {
            Operator::Gt => first = first.max(least.plus_ms(1)),
            Operator::Gte => first = first.max(least),
            Operator::Lt => last = last.min(most.plus_ms(-1)),
            Operator::Lte => last = last.min(most),
            _ => return None,
        }
    }
    Some((first, last))
}

fn push_values(sql: &mut Sql, values: &[String]) {
    sql.push(" AND e.value IN (");
    let mut list = sql.separated(", ");
    for value in values {
        list.push_bind(value.clone());
    }
    sql.push(")");
}

/// Which slots a filter by time leaves.
fn push_bounds(sql: &mut Sql, filters: &[Filter]) {
    for filter in filters.iter().filter(|filter| filter.key == FilterKey::Field(Field::CreatedAt)) {
        let Values::Times(times) = &filter.values else { continue };
        let (least, most) = (times.iter().min(), times.iter().max());
        let (from, until) = match filter.operator {
            Operator::Gt | Operator::Gte => (least, None),
            Operator::Lt | Operator::Lte => (None, most),
            Operator::Eq => (least, most),
            _ => (None, None),
        };
        if let Some(from) = from {
            sql.push(" AND e.slot >= ").push_bind(slot(*from));
        }
        if let Some(until) = until {
            sql.push(" AND e.slot <= ").push_bind(slot(*until));
        }
    }
}

/// The filter with the fewest slots, as far as they are counted. One alone is counted only when somebody has to know.
async fn shortest(
    connection: &mut Connection,
    gw: i64,
    filters: &[Filter],
    has_to_count: bool,
) -> Result<Option<(i64, Driver)>, StoreError> {
    let mut drivers: Vec<_> = filters.iter().filter_map(|filter| Some((rank(filter), slots_of(filter)?))).collect();
    drivers.sort_by_key(|(rank, _)| *rank);
    if drivers.len() == 1 && !has_to_count {
        return Ok(drivers.pop().map(|(_, driver)| (0, driver)));
    }
    let mut best: Option<(i64, Driver)> = None;
    for (_, driver) in drivers {
        let mut sql = QueryBuilder::new("SELECT COUNT(*) FROM (SELECT 1 AS one FROM log_slots e WHERE 1 = 1");
        push_slots(&mut sql, gw, &driver);
        push_bounds(&mut sql, filters);
        let most = best.as_ref().map_or(SLOTS_COUNTED_MAX, |(least, _)| *least);
        sql.push(" LIMIT ").push_bind(most).push(") counted");
        let slots: i64 = sql.build_query_scalar().fetch_one(&mut *connection).await.map_err(store_error)?;
        if best.is_none() || slots < most {
            best = Some((slots, driver));
        }
    }
    Ok(best)
}

/// The rows of a slot.
const WITHIN: &str = " AND l.gw = e.gw AND l.created_at >= e.slot * 16 AND l.created_at < e.slot * 16 + 16";
const _: () = assert!(SLOT_MS == 16);

/// Slots counted to find the filter that has the fewest.
const SLOTS_COUNTED_MAX: i64 = 100_000;
/// So many slots are walked and their rows sorted, rather than all rows in the order that is asked for.
const FEW_SLOTS: i64 = 10_000;

/// Which filter usually leaves fewer rows.
fn rank(filter: &Filter) -> u8 {
    match &filter.key {
        FilterKey::Field(Field::Success | Field::Cached | Field::NoPrice | Field::ErrorType | Field::StatusCode) => 0,
        FilterKey::Field(Field::KeyId) => 1,
        FilterKey::Field(Field::Model) => 2,
        FilterKey::Field(Field::Route) => 3,
        FilterKey::Field(_) => 4,
        FilterKey::Metadata(_) => 5,
    }
}

/// The slots that hold all rows that a filter lets through.
fn slots_of(filter: &Filter) -> Option<Driver> {
    if filter.operator != Operator::Eq {
        return None;
    }
    let (name, values) = match (&filter.key, &filter.values) {
        (FilterKey::Metadata(key), Values::Texts(texts)) => (metadata_name(key), texts.clone()),
        (
            FilterKey::Field(field @ (Field::Model | Field::Provider | Field::Route | Field::KeyId | Field::ErrorType)),
            Values::Texts(texts),
        ) => (field.as_str().to_owned(), texts.clone()),
        (FilterKey::Field(field @ Field::StatusCode), Values::Numbers(numbers)) if !numbers.contains(&200) => {
            (field.as_str().to_owned(), numbers.iter().map(i64::to_string).collect())
        }
        (FilterKey::Field(field @ Field::Success), Values::Flags(flags)) if !flags.contains(&true) => {
            (field.as_str().to_owned(), vec!["false".to_owned()])
        }
        (FilterKey::Field(field @ (Field::Cached | Field::NoPrice)), Values::Flags(flags))
            if !flags.contains(&false) =>
        {
            (field.as_str().to_owned(), vec!["true".to_owned()])
        }
        _ => return None,
    };
    Some(match values.as_slice() {
        [] => return None,
        [value] => Driver::Value(name, value.clone()),
        _ => Driver::Values(name, values),
    })
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
    use super::*;
    use crate::SqlLogStore;
    use waypost_store::{LogStore as _, journaled::Journaled, log::Batch};

    /// What usual lists look for, and the index that finds it in the order of the list. `None` walks the rows themselves, which
    /// stand in the order of time.
    const USUAL: &[(&str, &str, &str, Option<&str>)] = &[
        ("model", "eq", "\"m\"", Some("SEARCH e USING PRIMARY KEY (gw=? AND name=? AND value=?)")),
        ("provider", "eq", "\"p\"", Some("SEARCH e USING PRIMARY KEY (gw=? AND name=? AND value=?)")),
        ("route", "eq", "\"r\"", Some("SEARCH e USING PRIMARY KEY (gw=? AND name=? AND value=?)")),
        ("key_id", "eq", "\"k\"", Some("SEARCH e USING PRIMARY KEY (gw=? AND name=? AND value=?)")),
        ("success", "eq", "false", Some("SEARCH e USING PRIMARY KEY (gw=? AND name=? AND value=?)")),
        ("error_type", "eq", "\"provider_error\"", Some("SEARCH e USING PRIMARY KEY (gw=? AND name=? AND value=?)")),
        ("status_code", "eq", "429", Some("SEARCH e USING PRIMARY KEY (gw=? AND name=? AND value=?)")),
        ("cached", "eq", "true", Some("SEARCH e USING PRIMARY KEY (gw=? AND name=? AND value=?)")),
        ("no_price", "eq", "true", Some("SEARCH e USING PRIMARY KEY (gw=? AND name=? AND value=?)")),
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
            selection.push_from(&mut sql);
            selection.push_order(&mut sql, Order::default());
            sql.push(" LIMIT 50");
            let plan = sql.build().fetch_all(&mut *reader).await.unwrap();
            let plan: Vec<String> = plan.iter().map(|row| row.get("detail")).collect();
            // Kinds are looked through once, objects of metadata for the rows that are looked at.
            let plan = plan.join("; ").replace("SCAN m ", "").replace("SCAN k", "");
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
