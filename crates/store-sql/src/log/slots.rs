//! Where rows with a value are to be found: slots of time, walked in their order (decision 041).

use std::collections::BTreeMap;

use foldhash::HashMap;
use sqlx::Row as _;
use waypost_store::{StoreError, journaled::RecordView};
use waypost_types::{RequestId, UnixMs, record::RequestOutcome};

use super::{
    columns::{self, id_bytes},
    kinds::Kinds,
    multi::{Multi, Statement},
};
use crate::{dialect::Tx, error::store_error};

/// How long a slot is. The migration knows it too.
pub(super) const SLOT_MS: i64 = 16;
/// Before the key of a metadata entry.
pub(super) const METADATA: &str = "metadata.";

/// Gateway, name, value and slot, and how many rows.
pub(super) type Entry = ((i64, String, String, i64), i64);

/// Statements about slots.
#[derive(Debug)]
pub(super) struct Statements {
    insert: Multi,
    count: Multi,
    remove: Multi,
}

/// Slots of the rows of a batch, which come in the order of time.
#[derive(Debug, Default)]
pub(super) struct Slots<'a> {
    at: (i64, i64),
    kinds: Vec<(usize, i64)>,
    seen: HashMap<(Name<'a>, &'a str), i64>,
    entries: Vec<Entry>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Name<'a> {
    Field(&'static str),
    Metadata(&'a str),
}

pub(super) const fn slot(at: UnixMs) -> i64 {
    at.0.div_euclid(SLOT_MS)
}

impl Statements {
    pub(super) fn new() -> Self {
        Self {
            insert: Multi::rows(
                "INSERT INTO log_slots (gw, name, value, slot, row_count) VALUES",
                5,
                "ON CONFLICT (gw, name, value, slot) DO UPDATE SET row_count = log_slots.row_count + excluded.row_count",
            ),
            count: Multi::rows(
                "UPDATE log_slots SET row_count = row_count - v.column5 FROM (VALUES",
                5,
                ") v WHERE log_slots.gw = v.column1 AND log_slots.name = v.column2 AND log_slots.value = v.column3 \
                 AND log_slots.slot = v.column4",
            ),
            remove: Multi::rows(
                "DELETE FROM log_slots WHERE row_count <= 0 AND (gw, name, value, slot) IN (VALUES",
                4,
                ")",
            ),
        }
    }

    /// Rows came.
    pub(super) async fn add(&self, tx: &mut Tx, entries: &[Entry]) -> Result<(), StoreError> {
        self.insert.execute(tx, entries, |query, (entry, rows)| bind(query, entry).bind(*rows)).await.map(|_| ())
    }

    /// Rows are gone or changed. An entry without rows goes.
    pub(super) async fn take(&self, tx: &mut Tx, entries: &[Entry]) -> Result<(), StoreError> {
        self.count.execute(tx, entries, |query, (entry, rows)| bind(query, entry).bind(*rows)).await?;
        self.remove.execute(tx, entries, |query, (entry, _)| bind(query, entry)).await.map(|_| ())
    }
}

fn bind(query: Statement, (gw, name, value, slot): &(i64, String, String, i64)) -> Statement {
    query.bind(*gw).bind(name.clone()).bind(value.clone()).bind(*slot)
}

impl<'a> Slots<'a> {
    /// The next row, by gateway and time.
    pub(super) fn add(&mut self, gw: i64, record: &'a RecordView<'a>, kind: usize, kinds: &Kinds<'a>) {
        let at = (gw, slot(record.created_at));
        if self.at != at {
            self.end_slot(kinds);
            self.at = at;
        }
        match self.kinds.iter_mut().find(|(known, _)| *known == kind) {
            Some((_, rows)) => *rows += 1,
            None => self.kinds.push((kind, 1)),
        }
        for (key, value) in columns::entries(&record.metadata) {
            *self.seen.entry((Name::Metadata(key), value)).or_default() += 1;
        }
    }

    fn end_slot(&mut self, kinds: &Kinds<'a>) {
        let (gw, slot) = self.at;
        let mut statuses = BTreeMap::new();
        for (kind, rows) in self.kinds.drain(..) {
            let Some(common) = kinds.record(kind) else { continue };
            fields(common, &mut |name, value| *self.seen.entry((Name::Field(name), value)).or_default() += rows);
            if common.status != 200 {
                *statuses.entry(common.status).or_default() += rows;
            }
        }
        for ((name, value), rows) in self.seen.drain() {
            let name = match name {
                Name::Field(name) => name.to_owned(),
                Name::Metadata(key) => metadata_name(key),
            };
            self.entries.push(((gw, name, value.to_owned(), slot), rows));
        }
        let of_status = |(status, rows): (u16, i64)| ((gw, "status_code".to_owned(), status.to_string(), slot), rows);
        self.entries.extend(statuses.into_iter().map(of_status));
    }

    /// All of them, in the order of the table.
    pub(super) fn into_entries(mut self, kinds: &Kinds<'a>) -> Vec<Entry> {
        self.end_slot(kinds);
        self.entries.sort_unstable();
        self.entries
    }
}

pub(super) fn metadata_name(key: &str) -> String {
    [METADATA, key].concat()
}

/// What rows of a kind are looked for by.
fn fields<'a>(record: &'a RecordView<'a>, see: &mut dyn FnMut(&'static str, &'a str)) {
    see("model", &record.model);
    see("provider", &record.provider);
    if let Some(route) = &record.route {
        see("route", &route.id);
    }
    if let Some(key_id) = &record.key_id {
        see("key_id", key_id);
    }
    if let Some(error_type) = &record.error_type {
        see("error_type", error_type);
    }
    if record.outcome != RequestOutcome::Success {
        see("success", "false");
    }
    if record.cached {
        see("cached", "true");
    }
    if record.has_no_price() {
        see("no_price", "true");
    }
}

/// The entries of stored rows.
pub(super) async fn of_rows(tx: &mut Tx, ids: &[RequestId]) -> Result<Vec<Entry>, StoreError> {
    let sql = "SELECT l.gw, l.created_at, l.metadata, k.model, k.provider, k.route_id, k.key_id, k.error_type, k.status, \
               k.success, k.cached, k.no_price FROM logs l JOIN log_kinds k ON k.kind = l.kind WHERE l.id IN";
    let mut entries = BTreeMap::new();
    for row in &Multi::ids(sql).fetch(tx, ids, |query, id| query.bind(id_bytes(*id))).await? {
        let gw: i64 = row.try_get("gw").map_err(store_error)?;
        let slot = slot(UnixMs(row.try_get("created_at").map_err(store_error)?));
        let mut see = |name: String, value: String| *entries.entry((gw, name, value, slot)).or_default() += 1;
        for (column, name) in [
            ("model", "model"),
            ("provider", "provider"),
            ("route_id", "route"),
            ("key_id", "key_id"),
            ("error_type", "error_type"),
        ] {
            if let Some(value) = row.try_get::<Option<String>, _>(column).map_err(store_error)? {
                see(name.to_owned(), value);
            }
        }
        let flag = |column: &str| row.try_get::<i64, _>(column).map_err(store_error);
        if flag("status")? != 200 {
            see("status_code".to_owned(), flag("status")?.to_string());
        }
        for (column, set, value) in [("success", 0, "false"), ("cached", 1, "true"), ("no_price", 1, "true")] {
            if flag(column)? == set {
                see(column.to_owned(), value.to_owned());
            }
        }
        let metadata: Option<String> = row.try_get("metadata").map_err(store_error)?;
        for (key, value) in columns::read_metadata(metadata.as_deref())? {
            see(metadata_name(&key), value);
        }
    }
    Ok(entries.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;
    use waypost_store::{
        GatewayRef, LogStore as _,
        filter::Filter,
        journaled::Journaled,
        log::{Batch, LogPatch, LogQuery, Order},
    };
    use waypost_types::{Metadata, Scalar};

    use super::*;
    use crate::SqlLogStore;

    const START: UnixMs = UnixMs(1_795_176_000_000);

    /// What is done to a log.
    #[derive(Clone, Debug)]
    enum Step {
        /// So many more rows, so many milliseconds apart.
        Write(u64, u64),
        /// The first rows with this user go.
        Delete(u64, u32),
        /// A row gets another plan, or none.
        Patch(u64, Option<u64>),
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            3 => (1..12_u64, 0..30_u64).prop_map(|(rows, apart)| Step::Write(rows, apart)),
            1 => (0..4_u64, 1..6_u32).prop_map(|(user, limit)| Step::Delete(user, limit)),
            1 => (0..40_u64, proptest::option::of(0..3_u64)).prop_map(|(row, plan)| Step::Patch(row, plan)),
        ]
    }

    fn record(number: u64, at: UnixMs) -> String {
        let is_failed = number.is_multiple_of(5);
        json!({"id": RequestId::new(at, u128::from(number)), "account": "a", "gateway": "g", "created_at": at,
            "surface": "compat", "provider": "p", "model": format!("m{}", number % 3), "key_id": format!("k{}", number % 2),
            "status": if is_failed { 500 } else { 200 }, "outcome": if is_failed { "failed" } else { "success" },
            "route": {"id": "r", "name": "r", "version": number % 2, "trail": []},
            "metadata": {"user": format!("user \"{}\"", number % 4)}})
        .to_string()
    }

    /// Everything that slots and kinds say, made from the rows anew.
    async fn is_whole(store: &SqlLogStore) {
        let mut tx = store.pools.begin().await.unwrap();
        let ids = sqlx::query("SELECT id FROM logs").fetch_all(&mut *tx).await.unwrap();
        let ids: Vec<RequestId> =
            ids.iter().map(|row| RequestId::from_bytes(row.get::<Vec<u8>, _>("id").try_into().unwrap())).collect();
        let of_rows = of_rows(&mut tx, &ids).await.unwrap();
        let stored =
            sqlx::query("SELECT * FROM log_slots ORDER BY gw, name, value, slot").fetch_all(&mut *tx).await.unwrap();
        let stored: Vec<Entry> = stored
            .iter()
            .map(|row| ((row.get("gw"), row.get("name"), row.get("value"), row.get("slot")), row.get("row_count")))
            .collect();
        assert_eq!(stored, of_rows);
        let sql = "SELECT COUNT(*) FROM log_kinds k WHERE row_count <> (SELECT COUNT(*) FROM logs l WHERE l.kind = k.kind) \
                   OR row_count = 0";
        let wrong: i64 = sqlx::query_scalar(sql).fetch_one(&mut *tx).await.unwrap();
        assert_eq!(wrong, 0, "kinds are counted, and go with their last row");
        tx.commit().await.unwrap();
    }

    fn filter(key: &str, operator: &str, value: serde_json::Value) -> Filter {
        Filter::parse(key, operator, &[value]).unwrap()
    }

    /// Pages, totals and the order of several filters, against all rows.
    async fn lists_agree(store: &SqlLogStore, times: &[UnixMs]) {
        let gateway = GatewayRef::new("a", "g");
        let all = store.list(&gateway, &LogQuery { paging: page(), ..LogQuery::default() }).await.unwrap().rows;
        let user = |row: &waypost_store::log::LogRow| row.record.metadata.get("user").map(|user| user.canonical());
        type Test = Box<dyn Fn(&waypost_store::log::LogRow) -> bool>;
        let tests: [(Filter, Test); 6] = [
            (filter("model", "eq", json!("m1")), Box::new(|row| *row.record.model == *"m1")),
            (filter("success", "eq", json!(false)), Box::new(|row| row.record.status == 500)),
            (filter("status_code", "eq", json!(500)), Box::new(|row| row.record.status == 500)),
            (filter("key_id", "neq", json!("k0")), Box::new(|row| row.record.key_id.as_deref() != Some("k0"))),
            (
                filter("metadata.user", "eq", json!("user \"2\"")),
                Box::new(move |row| user(row).as_deref() == Some("user \"2\"")),
            ),
            (
                filter("metadata.plan", "eq", json!("1")),
                Box::new(|row| row.metadata().get("plan").is_some_and(|plan| *plan.canonical() == *"1")),
            ),
        ];
        let bounds = [times.get(times.len() / 4), times.get(times.len() / 2)].map(|at| at.map_or(START, |at| *at));
        for (one, is_one) in &tests {
            for (other, is_other) in &tests {
                for is_bounded in [false, true] {
                    let mut filters = vec![one.clone()];
                    if one != other {
                        filters.push(other.clone());
                    }
                    if is_bounded {
                        let times = |operator, at| Filter {
                            key: waypost_store::filter::FilterKey::Field(waypost_store::filter::Field::CreatedAt),
                            operator,
                            values: waypost_store::filter::Values::Times(vec![at]),
                        };
                        filters.push(times(waypost_store::filter::Operator::Gt, bounds[0]));
                        filters.push(times(waypost_store::filter::Operator::Lte, bounds[1]));
                    }
                    let is_within = |at: UnixMs| !is_bounded || (at > bounds[0] && at <= bounds[1]);
                    let expected: Vec<_> = all
                        .iter()
                        .filter(|row| is_one(row) && is_other(row) && is_within(row.record.created_at))
                        .map(|row| row.record.id)
                        .collect();
                    let query = LogQuery { filters, paging: page(), with_total: true, ..LogQuery::default() };
                    let found = store.list(&gateway, &query).await.unwrap();
                    let ids: Vec<_> = found.rows.iter().map(|row| row.record.id).collect();
                    assert_eq!((ids, found.total), (expected.clone(), expected.len() as u64), "{:?}", query.filters);
                }
            }
        }
    }

    fn page() -> waypost_store::log::Paging {
        waypost_store::log::Paging::Page { page: 1, per_page: 1_000 }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        #[test]
        fn slots_and_kinds_follow_their_rows(steps in proptest::collection::vec(step(), 1..14)) {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let store = SqlLogStore::in_memory().await.unwrap();
                let gateway = GatewayRef::new("a", "g");
                let (mut number, mut at) = (0, START);
                let mut written = Vec::new();
                for step in steps {
                    match step {
                        Step::Write(rows, apart) => {
                            let mut texts = Vec::new();
                            for _ in 0..rows {
                                (number, at) = (number + 1, at.plus_ms(apart as i64));
                                written.push((RequestId::new(at, u128::from(number)), at));
                                texts.push(record(number, at));
                            }
                            let records = texts.iter().map(|text| Journaled::read(text.as_bytes()).unwrap()).collect();
                            store.write_batch(&Batch { records, ..Batch::default() }).await.unwrap();
                        }
                        Step::Delete(user, limit) => {
                            let filters = [filter("metadata.user", "eq", json!(format!("user \"{user}\"")))];
                            store.delete(&gateway, &filters, Order::default(), limit).await.unwrap();
                        }
                        Step::Patch(row, plan) => {
                            let Some((id, _)) = written.get(row as usize) else { continue };
                            let plan = plan.map(|plan| Metadata(vec![("plan".into(), Scalar::text(plan.to_string()))]));
                            let patch = LogPatch { metadata: Some(plan), ..LogPatch::default() };
                            // It may be gone.
                            let _ = store.patch(&gateway, *id, patch).await;
                        }
                    }
                    is_whole(&store).await;
                }
                let times: Vec<UnixMs> = written.iter().map(|(_, at)| *at).collect();
                lists_agree(&store, &times).await;
            });
        }
    }
}
