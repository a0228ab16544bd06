//! What rows have in common, stored once (decision 041).

use foldhash::HashMap;
use sqlx::Row as _;
use waypost_store::{
    StoreError,
    insight::{Counted, Measures},
    journaled::RecordView,
};
use waypost_types::{Surface, record::RequestOutcome};

use super::{
    columns::{self, outcome},
    multi::Multi,
    rollup::{Deltas, minute},
};
use crate::{dialect::Tx, error::store_error};

/// Between the parts of a signature, and in place of one that is missing: neither stands in UTF-8.
const END: u8 = 0xff;
const NOTHING: u8 = 0xfe;

/// Statements about kinds.
#[derive(Debug)]
pub(super) struct Statements {
    find: Multi,
    insert: Multi,
    count: Multi,
    remove: Multi,
}

/// The kinds of a batch's rows.
#[derive(Debug, Default)]
pub(super) struct Kinds<'a> {
    places: HashMap<Box<[u8]>, usize>,
    all: Vec<Kind<'a>>,
    signature: Vec<u8>,
    sums: HashMap<(usize, i64, i64), Sum>,
}

/// One kind, and a record of it.
#[derive(Debug)]
struct Kind<'a> {
    record: &'a RecordView<'a>,
    number: i64,
    rows: i64,
}

/// What the rows of one kind, gateway and minute add up to: themselves, and each of their calls.
#[derive(Debug, Default)]
struct Sum {
    requests: Measures,
    calls: Vec<Measures>,
}

impl Statements {
    pub(super) fn new() -> Self {
        Self {
            find: Multi::ids("SELECT kind, signature FROM log_kinds WHERE signature IN"),
            insert: Multi::rows(
                "INSERT INTO log_kinds (kind, signature, row_count, request_content_type, response_content_type, operation, \
                 success, cached, provider, model, requested_model, authenticated, compat, user_agent, status, error_type, \
                 outcome, route_id, version, trail, key_id, key_label, surface, stream, custom_cost, no_price, simulated, \
                 search_text) VALUES",
                28,
                "",
            ),
            count: Multi::rows(
                "UPDATE log_kinds SET row_count = row_count + v.column2 FROM (VALUES",
                2,
                ") v WHERE log_kinds.kind = v.column1",
            ),
            remove: Multi::ids("DELETE FROM log_kinds WHERE row_count <= 0 AND kind IN"),
        }
    }

    /// Rows of these kinds came or went. A kind without rows goes.
    pub(super) async fn count(&self, tx: &mut Tx, changes: &[(i64, i64)]) -> Result<(), StoreError> {
        self.count.execute(tx, changes, |query, (kind, rows)| query.bind(*kind).bind(*rows)).await?;
        let gone: Vec<i64> = changes.iter().filter(|(_, rows)| *rows < 0).map(|(kind, _)| *kind).collect();
        self.remove.execute(tx, &gone, |query, kind| query.bind(*kind)).await.map(|_| ())
    }
}

impl<'a> Kinds<'a> {
    /// A row of a gateway: the place of its kind here.
    pub(super) fn add(&mut self, gw: i64, record: &'a RecordView<'a>) -> usize {
        self.signature.clear();
        sign(&mut self.signature, record);
        let place = match self.places.get(self.signature.as_slice()) {
            Some(place) => *place,
            None => {
                self.places.insert(self.signature.as_slice().into(), self.all.len());
                self.all.push(Kind { record, number: 0, rows: 0 });
                self.all.len() - 1
            }
        };
        if let Some(kind) = self.all.get_mut(place) {
            kind.rows += 1;
        }
        let sum = self.sums.entry((place, gw, minute(record.created_at))).or_default();
        sum.requests.add(&Counted::of(record), 1);
        sum.calls.resize_with(record.attempts.len(), Measures::default);
        for (call, measures) in record.attempts.iter().zip(&mut sum.calls) {
            measures.add_call(call, 1);
        }
        place
    }

    pub(super) fn record(&self, place: usize) -> Option<&'a RecordView<'a>> {
        self.all.get(place).map(|kind| kind.record)
    }

    pub(super) fn number(&self, place: usize) -> i64 {
        self.all.get(place).map_or(0, |kind| kind.number)
    }

    /// One record of each kind, for every gateway that has rows of it.
    pub(super) fn of_gateways(&self) -> impl Iterator<Item = (i64, &'a RecordView<'a>)> {
        self.sums.keys().filter_map(|(place, gw, _)| Some((*gw, self.record(*place)?)))
    }

    /// What the rows add up to, but for their metadata.
    pub(super) fn add_to(&self, deltas: &mut Deltas) {
        for ((place, gw, minute), sum) in &self.sums {
            if let Some(record) = self.record(*place) {
                deltas.add_kind(*gw, *minute, record, &sum.requests, &sum.calls);
            }
        }
    }

    /// Numbers for all of them, new ones for those that no row had before.
    pub(super) async fn store(&mut self, tx: &mut Tx, statements: &Statements) -> Result<(), StoreError> {
        if self.all.is_empty() {
            return Ok(());
        }
        let signatures: Vec<&[u8]> = self.places.keys().map(|signature| &**signature).collect();
        let found = statements.find.fetch(tx, &signatures, |query, signature| query.bind(signature.to_vec())).await?;
        for row in &found {
            let signature: &[u8] = row.try_get("signature").map_err(store_error)?;
            let place = self.places.get(signature).copied();
            if let Some(kind) = place.and_then(|place| self.all.get_mut(place)) {
                kind.number = row.try_get("kind").map_err(store_error)?;
            }
        }
        let last: Option<i64> =
            sqlx::query_scalar("SELECT MAX(kind) FROM log_kinds").fetch_one(&mut **tx).await.map_err(store_error)?;
        let mut last = last.unwrap_or_default();
        let mut new: Vec<(&[u8], usize)> =
            self.places.iter().map(|(signature, place)| (&**signature, *place)).collect();
        new.retain(|(_, place)| self.all.get(*place).is_some_and(|kind| kind.number == 0));
        new.sort_unstable_by_key(|(_, place)| *place);
        let mut numbered = Vec::with_capacity(new.len());
        for (signature, place) in new {
            if let Some(kind) = self.all.get_mut(place) {
                last += 1;
                kind.number = last;
                numbered.push((signature, last, kind.record));
            }
        }
        statements
            .insert
            .execute(tx, &numbered, |query, (signature, number, record)| {
                columns::bind_kind(query.bind(*number).bind(signature.to_vec()).bind(0_i64), record)
            })
            .await?;
        let counts: Vec<_> = self.all.iter().map(|kind| (kind.number, kind.rows)).collect();
        statements.count(tx, &counts).await
    }
}

/// Everything that the columns of a kind and the names of cells are made of.
fn sign(out: &mut Vec<u8>, record: &RecordView<'_>) {
    let mut push = |text: Option<&str>| {
        match text {
            Some(text) => out.extend_from_slice(text.as_bytes()),
            None => out.push(NOTHING),
        }
        out.push(END);
    };
    push(record.request_content_type.as_deref());
    push(record.response_content_type.as_deref());
    push(Some(&record.operation));
    push(Some(&record.provider));
    push(Some(&record.model));
    push(Some(&record.requested_model));
    push(record.user_agent.as_deref());
    push(record.error_type.as_deref());
    push(record.key_id.as_deref());
    push(record.key_label.as_deref());
    push(Some(record.surface.as_str()));
    push(Some(outcome(record.outcome)));
    for call in &record.attempts {
        push(Some(&call.node));
        push(Some(&call.provider));
        push(Some(&call.model));
    }
    let route = record.route.as_ref();
    push(route.map(|route| &*route.id));
    push(route.map(|route| &*route.name));
    for step in route.into_iter().flat_map(|route| &route.trail) {
        push(Some(&step.node));
        push(Some(&step.output));
    }
    for step in route.into_iter().flat_map(|route| &route.trail) {
        out.push(step.limit.as_ref().map_or(0, |limit| 1 + u8::from(limit.would_refuse)));
    }
    let flags = [
        record.cached,
        record.authenticated,
        record.stream,
        record.custom_cost,
        record.has_no_price(),
        record.simulated,
        record.outcome == RequestOutcome::Success,
        record.surface == Surface::Compat,
    ];
    out.extend(flags.map(u8::from));
    out.extend_from_slice(&record.status.to_le_bytes());
    out.extend_from_slice(&route.map_or(0, |route| route.version).to_le_bytes());
    out.extend_from_slice(&(record.attempts.len() as u32).to_le_bytes());
}
