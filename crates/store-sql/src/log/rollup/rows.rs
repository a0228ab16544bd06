//! Answers from rows, where cells cannot tell: the newest ones, as many as can be read in a moment.

use waypost_store::{
    StoreError,
    filter::{Field, Filter, FilterKey, Operator, Values},
    insight::{Adds, Counted, Pieces, Question, Source, Subject, each_cell, each_metadata_cell},
    journaled::RecordView,
    log::{Cursor, Order},
};
use waypost_types::{Metadata, UnixMs};

use super::{
    super::{columns, list::Selection, row::each_record},
    question::Sums,
};
use crate::error::corrupt;

/// Rows read for one answer.
const ROWS_MAX: usize = 50_000;
/// Blocks of records opened for one answer: rows that match may lie far apart.
const BLOCKS_MAX: usize = 2_000;
/// Rows read at a time.
const PART_ROWS: u32 = 1_024;

pub(super) async fn pieces(
    connection: &mut sqlx::SqliteConnection,
    gw: i64,
    question: &Question,
) -> Result<Pieces, StoreError> {
    let mut filters = question.filters.clone();
    let range = [(Operator::Gte, question.borders.first()), (Operator::Lt, question.borders.last())];
    for (operator, border) in range {
        let values = Values::Times(border.copied().into_iter().collect());
        filters.push(Filter { key: FilterKey::Field(Field::CreatedAt), operator, values });
    }
    let selection = Selection::new(connection, gw, &filters, question.search.as_deref(), Order::default()).await?;
    let mut sums = Sums::new(question);
    let mut cursor: Option<Cursor> = None;
    let (mut rows, mut blocks) = (0, 0);
    loop {
        let places = selection.places(connection, cursor, PART_ROWS).await?;
        let ids: Vec<_> = places.iter().map(|place| place.id).collect();
        let mut visit = |_: i64, json: &[u8], extra: Option<&str>| add(&mut sums, question.subject, json, extra);
        blocks += each_record(connection, &ids, &mut visit).await?;
        rows += places.len();
        let Some(last) = places.last().filter(|_| places.len() == PART_ROWS as usize) else {
            return Ok(sums.into_pieces(Source::Rows, None));
        };
        if rows >= ROWS_MAX || blocks >= BLOCKS_MAX {
            return Ok(sums.into_pieces(Source::Rows, Some(last.created_at.plus_ms(1))));
        }
        cursor = Some(*last);
    }
}

fn add(sums: &mut Sums<'_>, subject: Subject, json: &[u8], extra: Option<&str>) -> Result<(), StoreError> {
    let record: RecordView<'_> = serde_json::from_slice(json).map_err(|error| corrupt("record", error))?;
    let counted = Counted::of(&record);
    let mut failed = Ok(());
    let mut visit = |cell: Subject, name: &str, adds: Adds<'_>| {
        if cell == subject && failed.is_ok() {
            let at: UnixMs = record.created_at;
            failed = sums.add(at, name, |sum, by| {
                adds.to(sum, by);
                Ok(())
            });
        }
    };
    match subject {
        Subject::Values | Subject::Keys => {
            let metadata = visible(&record, extra)?;
            let entries = metadata.iter().map(|(key, value)| (&**key, &**value));
            each_metadata_cell(entries, &counted, &mut visit);
        }
        _ => each_cell(&record, &counted, &mut visit),
    }
    failed
}

/// Metadata as filters compare it: what the request carried, overlaid by what was added.
pub(in crate::log) fn visible(
    record: &RecordView<'_>,
    extra: Option<&str>,
) -> Result<Vec<(String, String)>, StoreError> {
    let mut entries: Vec<(String, String)> =
        columns::entries(&record.metadata).map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
    if let Some(extra) = extra {
        let extra: Metadata = serde_json::from_str(extra).map_err(|error| corrupt("extra_metadata", error))?;
        for (key, value) in columns::metadata_rows(&extra) {
            match entries.iter_mut().find(|(known, _)| *known == key) {
                Some(entry) => entry.1 = value,
                None => entries.push((key, value)),
            }
        }
    }
    Ok(entries)
}
