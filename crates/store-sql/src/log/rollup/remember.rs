//! Cells of the current periods, remembered between batches, and how a change of them is written.

use std::{
    collections::hash_map::Entry,
    sync::{Mutex, PoisonError},
};

use foldhash::HashMap;
use sqlx::Row as _;
use waypost_store::{
    StoreError,
    insight::{Measures, OVERFLOW, PART, Subject, encode},
};

use super::{
    super::multi::{Multi, Statement},
    Deltas, HOUR_MS, MINUTE_MS, cell,
    fold::Cells,
    period,
};
use crate::{dialect::Tx, error::store_error};

const SUBJECTS: [Subject; 7] = [
    Subject::Requests,
    Subject::Edges,
    Subject::Calls,
    Subject::Over,
    Subject::Rescues,
    Subject::Values,
    Subject::Keys,
];
/// Names of one subject that a minute, and an hour, tells apart. Callers choose them: models that do not exist, metadata.
const NAMES_MAX: [usize; 2] = [1_000, 4_000];
/// Values of one metadata key that a minute, and an hour, tells apart.
const VALUES_MAX: [usize; 2] = [64, 512];
/// Periods remembered.
const PERIODS_MAX: usize = 64;

/// What is remembered of cells.
#[derive(Debug)]
pub(in crate::log) struct Rollups {
    kept: Mutex<Kept>,
    put: Multi,
}

#[derive(Debug, Default)]
struct Kept {
    /// Counts the changes; only the last one may leave something behind.
    turn: u64,
    periods: Periods,
}

/// Cells by gateway, width and start.
type Periods = HashMap<(i64, i64, i64), Period>;

#[derive(Debug, Default)]
struct Period {
    cells: Cells,
    /// How many values each metadata key has.
    values: HashMap<Box<str>, usize>,
}

/// A change of cells inside a transaction.
pub(in crate::log) struct Work<'a> {
    rollups: &'a Rollups,
    turn: u64,
    periods: Periods,
}

/// A cell to write: gateway, subject, width, start, name and sum.
type Changed = (i64, i64, i64, i64, Box<str>, Vec<u8>);

impl Rollups {
    pub(in crate::log) fn new() -> Self {
        let put = Multi::rows(
            "INSERT INTO rollups (gw, subject, width, start, name, cell) VALUES",
            6,
            "ON CONFLICT (gw, subject, width, start, name) DO UPDATE SET cell = excluded.cell",
        );
        Self { kept: Mutex::default(), put }
    }

    /// A change begins, inside a transaction that writes. What is remembered goes with it, and is lost with it.
    pub(in crate::log) fn begin(&self) -> Work<'_> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.turn += 1;
        Work { rollups: self, turn: kept.turn, periods: std::mem::take(&mut kept.periods) }
    }
}

impl Work<'_> {
    /// Writes the cells that a change touches. Each call either adds rows or takes them away.
    pub(in crate::log) async fn apply(&mut self, tx: &mut Tx, deltas: Deltas, by: Direction) -> Result<(), StoreError> {
        if deltas.minutes.is_empty() {
            return Ok(());
        }
        let from: i64 = sqlx::query_scalar("SELECT value FROM state WHERE name = 'rollups_from'")
            .fetch_one(&mut **tx)
            .await
            .map_err(store_error)?;
        let from = period(from + HOUR_MS - 1, HOUR_MS);
        let mut changed = Vec::new();
        for ((gw, minute), cells) in &deltas.minutes {
            // Rows of the hour in which summing up began stand in no cell, so that hours are whole or not there.
            if *minute < from {
                continue;
            }
            for (at, width) in [MINUTE_MS, HOUR_MS].into_iter().enumerate() {
                let start = period(*minute, width);
                let key = (*gw, width, start);
                let kept = match self.periods.entry(key) {
                    Entry::Occupied(kept) => kept.into_mut(),
                    Entry::Vacant(place) => place.insert(Period::load(tx, key).await?),
                };
                for subject in SUBJECTS {
                    for (name, delta) in cells.of(subject).into_iter().flatten() {
                        let name = kept.name(subject, name, at, by);
                        kept.merge(subject, &name, delta);
                        changed.push((*gw, subject, width, start, name));
                    }
                }
            }
        }
        changed.sort_unstable();
        changed.dedup();
        self.write(tx, changed).await
    }

    async fn write(&self, tx: &mut Tx, changed: Vec<(i64, Subject, i64, i64, Box<str>)>) -> Result<(), StoreError> {
        let mut cells: Vec<Changed> = Vec::with_capacity(changed.len());
        for (gw, subject, width, start, name) in changed {
            let kept = self.periods.get(&(gw, width, start)).and_then(|period| period.cells.of(subject)?.get(&name));
            match kept.filter(|sum| !sum.is_empty()) {
                Some(sum) => cells.push((gw, subject.number(), width, start, name, encode(sum))),
                None => remove(tx, (gw, subject.number(), width, start), &name).await?,
            }
        }
        let bind = |query: Statement, (gw, subject, width, start, name, cell): &Changed| {
            query.bind(*gw).bind(*subject).bind(*width).bind(*start).bind(&**name).bind(cell.as_slice())
        };
        self.rollups.put.execute(tx, &cells, bind).await.map(|_| ())
    }

    /// The transaction is committed: what is known of the newest periods stays known.
    pub(in crate::log) fn done(mut self) {
        if self.periods.len() > PERIODS_MAX {
            let mut starts: Vec<i64> = self.periods.keys().map(|(_, _, start)| *start).collect();
            starts.sort_unstable_by(|one, other| other.cmp(one));
            let oldest = starts.get(PERIODS_MAX / 2).copied().unwrap_or_default();
            self.periods.retain(|(_, _, start), _| *start > oldest);
        }
        let mut kept = self.rollups.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.turn == self.turn {
            kept.periods = self.periods;
        }
    }
}

/// Whether rows come or go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::log) enum Direction {
    /// They come: names that are too many share one cell.
    Come,
    /// They go: what has no cell of its own stands in the shared one.
    Go,
}

impl Period {
    async fn load(tx: &mut Tx, (gw, width, start): (i64, i64, i64)) -> Result<Self, StoreError> {
        let mut period = Self::default();
        let sql = "SELECT subject, name, cell FROM rollups \
                   WHERE gw = $1 AND subject IN (0, 1, 2, 3, 4, 5, 6) AND width = $2 AND start = $3";
        let found =
            sqlx::query(sql).bind(gw).bind(width).bind(start).fetch_all(&mut **tx).await.map_err(store_error)?;
        for row in &found {
            let number: i64 = row.try_get("subject").map_err(store_error)?;
            let name: &str = row.try_get("name").map_err(store_error)?;
            let Some(subject) = SUBJECTS.into_iter().find(|subject| subject.number() == number) else { continue };
            period.insert(subject, name.into(), cell(row)?);
        }
        Ok(period)
    }

    fn insert(&mut self, subject: Subject, name: Box<str>, sum: Measures) {
        if subject == Subject::Values {
            *self.values.entry(key_of(&name).into()).or_default() += 1;
        }
        if let Some(cells) = self.cells.of_mut(subject) {
            cells.insert(name, sum);
        }
    }

    /// The cell that a name stands in: its own, or the shared one.
    fn name(&self, subject: Subject, name: &str, at: usize, by: Direction) -> Box<str> {
        let known = self.cells.of(subject);
        if !subject.is_open() || known.is_some_and(|cells| cells.contains_key(name)) {
            return name.into();
        }
        let (count, most) = match subject {
            Subject::Values => (self.values.get(key_of(name)).copied(), VALUES_MAX.get(at)),
            _ => (known.map(HashMap::len), NAMES_MAX.get(at)),
        };
        let has_room = by == Direction::Come && count.unwrap_or(0) < most.copied().unwrap_or(0);
        match subject {
            _ if has_room => name.into(),
            Subject::Values => format!("{}{PART}{OVERFLOW}", key_of(name)).into(),
            _ => OVERFLOW.into(),
        }
    }

    fn merge(&mut self, subject: Subject, name: &str, delta: &Measures) {
        let known = self.cells.of_mut(subject).and_then(|cells| cells.get_mut(name));
        match known {
            Some(sum) => sum.merge(delta, 1),
            None => self.insert(subject, name.into(), delta.clone()),
        }
    }
}

/// The metadata key in the name of a value's cell.
fn key_of(name: &str) -> &str {
    name.split(PART).next().unwrap_or_default()
}

async fn remove(tx: &mut Tx, (gw, subject, width, start): (i64, i64, i64, i64), name: &str) -> Result<(), StoreError> {
    let sql = "DELETE FROM rollups WHERE gw = $1 AND subject = $2 AND width = $3 AND start = $4 AND name = $5";
    let query = sqlx::query(sql).bind(gw).bind(subject).bind(width).bind(start).bind(name);
    query.execute(&mut **tx).await.map(|_| ()).map_err(store_error)
}
