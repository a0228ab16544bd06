//! Answers from cells: which of them a question needs, and what their names must say.

use std::collections::BTreeMap;

use sqlx::{QueryBuilder, Row as _};
use waypost_store::{
    GatewayRef, StoreError,
    filter::{Field, Filter, FilterKey, Operator, Values},
    insight::{Measures, OVERFLOW, PART, Piece, Pieces, Question, Source, Subject, flag},
};
use waypost_types::UnixMs;

use super::{super::list, HOUR_MS, MINUTE_MS, cell, period, rows};
use crate::error::store_error;

type Connection = sqlx::SqliteConnection;

/// The sums of a question, from cells where they can tell, else from rows.
pub(in crate::log) async fn pieces(
    connection: &mut Connection,
    gateway: &GatewayRef,
    question: &Question,
) -> Result<Pieces, StoreError> {
    let Some(gw) = list::gateway_number(connection, gateway).await? else { return Ok(Pieces::default()) };
    let (Some(from), Some(until)) = (question.borders.first(), question.borders.last()) else {
        return Ok(Pieces::default());
    };
    let swept: i64 = sqlx::query_scalar("SELECT swept_until FROM log_gateways WHERE gw = $1")
        .bind(gw)
        .fetch_one(&mut *connection)
        .await
        .map_err(store_error)?;
    let rollups_from: i64 = sqlx::query_scalar("SELECT value FROM state WHERE name = 'rollups_from'")
        .fetch_one(&mut *connection)
        .await
        .map_err(store_error)?;
    let is_full = |at: &UnixMs| at.0 % MINUTE_MS == 0;
    let can_tell = question.search.is_none()
        && question.borders.iter().all(is_full)
        && (rollups_from == 0 || from.0 >= period(rollups_from + HOUR_MS - 1, HOUR_MS));
    let tests = if can_tell { tests(connection, gw, question).await? } else { None };
    let mut found = match tests {
        Some(tests) => {
            let found = from_cells(connection, gw, question, &tests).await?;
            // Names that share a cell cannot be tested one by one.
            match found.has_overflow && !tests.is_empty() {
                true => rows::pieces(connection, gw, question).await?,
                false => found,
            }
        }
        None => rows::pieces(connection, gw, question).await?,
    };
    if swept > from.0 {
        found.complete_since = Some(found.complete_since.map_or(UnixMs(swept), |since| since.max(UnixMs(swept))));
    }
    found.complete_since = found.complete_since.filter(|since| since > from && since < until);
    Ok(found)
}

/// What a part of a cell's name must say.
struct Test {
    part: usize,
    says: Says,
}

enum Says {
    OneOf(Vec<String>),
    NoneOf(Vec<String>),
    Something(bool),
    Flag(u8, bool),
}

/// The filters as tests of names; `None` when names cannot tell.
async fn tests(connection: &mut Connection, gw: i64, question: &Question) -> Result<Option<Vec<Test>>, StoreError> {
    let mut tests = Vec::with_capacity(question.filters.len());
    for filter in &question.filters {
        let mut filter = filter.clone();
        if filter.key == FilterKey::Field(Field::Route) && filter.operator != Operator::Exists {
            list::name_to_ids(connection, gw, &mut filter).await?;
        }
        match test(question.subject, &filter) {
            Some(test) => tests.push(test),
            None => return Ok(None),
        }
    }
    Ok(Some(tests))
}

fn test(subject: Subject, filter: &Filter) -> Option<Test> {
    let FilterKey::Field(field) = &filter.key else { return None };
    let has_version = matches!(subject, Subject::Requests | Subject::Edges | Subject::Calls | Subject::Over);
    let is_of_requests = subject == Subject::Requests;
    let flag = |bit: u8| match &filter.values {
        Values::Flags(flags) if is_of_requests && filter.operator == Operator::Eq => match flags.as_slice() {
            [wanted] => Some(Test { part: 7, says: Says::Flag(bit, *wanted) }),
            _ => None,
        },
        _ => None,
    };
    let part = match field {
        Field::Route if has_version || subject == Subject::Rescues => 0,
        Field::Version if has_version => 1,
        Field::Provider if is_of_requests => 2,
        Field::Model if is_of_requests => 3,
        Field::KeyId if is_of_requests => 4,
        Field::Success if is_of_requests => return success(filter),
        Field::ErrorType if is_of_requests => 6,
        Field::Cached => return flag(flag::CACHED),
        Field::Simulated => return flag(flag::SIMULATED),
        Field::CustomCost => return flag(flag::CUSTOM_COST),
        Field::NoPrice => return flag(flag::NO_PRICE),
        _ => return None,
    };
    let texts = match &filter.values {
        Values::Texts(texts) => texts.clone(),
        Values::Numbers(numbers) => numbers.iter().map(i64::to_string).collect(),
        Values::Flags(flags) if filter.operator == Operator::Exists => {
            return Some(Test { part, says: Says::Something(flags.contains(&true)) });
        }
        _ => return None,
    };
    let says = match filter.operator {
        Operator::Eq => Says::OneOf(texts),
        Operator::Neq => Says::NoneOf(texts),
        _ => return None,
    };
    Some(Test { part, says })
}

fn success(filter: &Filter) -> Option<Test> {
    let answered = vec!["answered".to_owned()];
    match (&filter.values, filter.operator) {
        (Values::Flags(flags), Operator::Eq) if flags.as_slice() == [true] => {
            Some(Test { part: 5, says: Says::OneOf(answered) })
        }
        (Values::Flags(flags), Operator::Eq) if flags.as_slice() == [false] => {
            Some(Test { part: 5, says: Says::NoneOf(answered) })
        }
        _ => None,
    }
}

impl Test {
    fn holds(&self, name: &str) -> bool {
        let part = name.split(PART).nth(self.part).unwrap_or_default();
        match &self.says {
            Says::OneOf(texts) => texts.iter().any(|text| text == part),
            Says::NoneOf(texts) => !texts.iter().any(|text| text == part),
            Says::Something(wanted) => part.is_empty() != *wanted,
            Says::Flag(bit, wanted) => (part.parse::<u8>().unwrap_or(0) & bit != 0) == *wanted,
        }
    }
}

async fn from_cells(
    connection: &mut Connection,
    gw: i64,
    question: &Question,
    tests: &[Test],
) -> Result<Pieces, StoreError> {
    let mut sums = Sums::new(question);
    let prefix = sums.prefix.clone();
    for (width, from, until) in cover(&question.borders) {
        let mut sql = QueryBuilder::new("SELECT start, name, cell FROM rollups WHERE gw = ");
        sql.push_bind(gw).push(" AND subject = ").push_bind(question.subject.number());
        sql.push(" AND width = ").push_bind(width);
        sql.push(" AND start >= ").push_bind(from).push(" AND start < ").push_bind(until);
        if !prefix.is_empty() {
            sql.push(" AND name >= ").push_bind(prefix.clone());
            sql.push(" AND name < ").push_bind(format!("{prefix}\u{10ffff}"));
        }
        for row in &sql.build().fetch_all(&mut *connection).await.map_err(store_error)? {
            let name: &str = row.try_get("name").map_err(store_error)?;
            if name.contains(OVERFLOW) {
                sums.has_overflow = true;
            }
            if tests.iter().all(|test| test.holds(name)) {
                let start: i64 = row.try_get("start").map_err(store_error)?;
                sums.add(UnixMs(start), name, |sum, by| cell(row).map(|cell| sum.merge(&cell, by)))?;
            }
        }
    }
    Ok(sums.into_pieces(Source::Rollup, None))
}

/// Whole hours where no border cuts them, minutes elsewhere: width, start and end of each stretch.
fn cover(borders: &[UnixMs]) -> Vec<(i64, i64, i64)> {
    let (Some(from), Some(until)) = (borders.first(), borders.last()) else { return Vec::new() };
    let mut stretches: Vec<(i64, i64, i64)> = Vec::new();
    let mut at = from.0;
    let mut next_border = borders.iter().map(|border| border.0).peekable();
    while at < until.0 {
        while next_border.next_if(|border| *border <= at).is_some() {}
        let hour_end = period(at, HOUR_MS) + HOUR_MS;
        let is_whole =
            at % HOUR_MS == 0 && hour_end <= until.0 && next_border.peek().is_none_or(|border| *border >= hour_end);
        let (width, end) = if is_whole { (HOUR_MS, hour_end) } else { (MINUTE_MS, hour_end.min(until.0)) };
        match stretches.last_mut().filter(|last| last.0 == width && last.2 == at) {
            Some(last) => last.2 = end,
            None => stretches.push((width, at, end)),
        }
        at = end;
    }
    stretches
}

/// Sums of a question as they come together.
pub(super) struct Sums<'a> {
    borders: &'a [UnixMs],
    /// What a name must begin with.
    pub(super) prefix: String,
    sums: BTreeMap<(usize, Box<str>), Measures>,
    pub(super) has_overflow: bool,
}

impl<'a> Sums<'a> {
    pub(super) fn new(question: &'a Question) -> Self {
        let prefix = question.parts.iter().map(|part| format!("{part}{PART}")).collect();
        Self { borders: &question.borders, prefix, sums: BTreeMap::new(), has_overflow: false }
    }

    /// Adds to the sum of a name, in the bucket that a moment lies in.
    pub(super) fn add(
        &mut self,
        at: UnixMs,
        name: &str,
        add: impl FnOnce(&mut Measures, i64) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let bucket = self.borders.partition_point(|border| *border <= at);
        if bucket == 0 || bucket >= self.borders.len() || !name.starts_with(&self.prefix) {
            return Ok(());
        }
        add(self.sums.entry((bucket - 1, name.into())).or_default(), 1)
    }

    pub(super) fn into_pieces(self, source: Source, complete_since: Option<UnixMs>) -> Pieces {
        let piece = |((bucket, name), sum): ((usize, Box<str>), Measures)| Piece {
            bucket,
            parts: name.split(PART).map(str::to_owned).collect(),
            sum,
        };
        let pieces = self.sums.into_iter().filter(|(_, sum)| !sum.is_empty()).map(piece).collect();
        Pieces { pieces, source, complete_since, has_overflow: self.has_overflow }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hours(list: &[f64]) -> Vec<UnixMs> {
        list.iter().map(|hours| UnixMs((hours * 3_600_000.0) as i64)).collect()
    }

    #[test]
    fn whole_hours_are_read_as_hours() {
        assert_eq!(cover(&hours(&[1.0, 3.0])), [(HOUR_MS, HOUR_MS, 3 * HOUR_MS)]);
        let half = HOUR_MS / 2;
        let expected =
            [(MINUTE_MS, half, HOUR_MS), (HOUR_MS, HOUR_MS, 2 * HOUR_MS), (MINUTE_MS, 2 * HOUR_MS, 2 * HOUR_MS + half)];
        assert_eq!(cover(&hours(&[0.5, 2.5])), expected);
        // Days of a zone that is half an hour off.
        assert_eq!(
            cover(&hours(&[0.0, 1.5, 3.0])),
            [(HOUR_MS, 0, HOUR_MS), (MINUTE_MS, HOUR_MS, 2 * HOUR_MS), (HOUR_MS, 2 * HOUR_MS, 3 * HOUR_MS)]
        );
        assert_eq!(cover(&hours(&[1.0, 1.25, 1.5, 2.0])), [(MINUTE_MS, HOUR_MS, 2 * HOUR_MS)]);
        assert_eq!(cover(&[]), []);
    }
}
