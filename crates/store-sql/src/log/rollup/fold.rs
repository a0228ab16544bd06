//! What a batch adds, or a removal takes away, per minute.

use foldhash::HashMap;
use waypost_store::{
    insight::{Adds, Counted, Measures, Subject, each_cell, each_metadata_cell},
    journaled::RecordView,
};

use super::{MINUTE_MS, period};

/// Sums by name, per subject.
#[derive(Debug, Default)]
pub(super) struct Cells([HashMap<Box<str>, Measures>; 7]);

/// Changes of cells, by gateway and minute.
#[derive(Debug, Default)]
pub(in crate::log) struct Deltas {
    pub(super) minutes: HashMap<(i64, i64), Cells>,
}

impl Cells {
    pub(super) fn of(&self, subject: Subject) -> Option<&HashMap<Box<str>, Measures>> {
        self.0.get(usize::try_from(subject.number()).unwrap_or(usize::MAX))
    }

    pub(super) fn of_mut(&mut self, subject: Subject) -> Option<&mut HashMap<Box<str>, Measures>> {
        self.0.get_mut(usize::try_from(subject.number()).unwrap_or(usize::MAX))
    }

    /// The sum with this name, made where it is missing.
    fn sum(&mut self, subject: Subject, name: &str) -> Option<&mut Measures> {
        let cells = self.of_mut(subject)?;
        if !cells.contains_key(name) {
            cells.insert(name.into(), Measures::default());
        }
        cells.get_mut(name)
    }
}

impl Deltas {
    /// A row comes or goes (`by` is 1 or -1), with its metadata as filters compare it.
    pub(in crate::log) fn add<'a>(
        &mut self,
        gw: i64,
        record: &RecordView<'_>,
        metadata: impl Iterator<Item = (&'a str, &'a str)>,
        by: i64,
    ) {
        let counted = Counted::of(record);
        let cells = self.minutes.entry((gw, period(record.created_at.0, MINUTE_MS))).or_default();
        let mut visit = |subject: Subject, name: &str, adds: Adds<'_>| {
            if let Some(sum) = cells.sum(subject, name) {
                adds.to(sum, by);
            }
        };
        each_cell(record, &counted, &mut visit);
        each_metadata_cell(metadata, &counted, &mut visit);
    }

    /// Rows of one kind come in one minute: what they add up to, and what each of their calls does.
    pub(in crate::log) fn add_kind(
        &mut self,
        gw: i64,
        minute: i64,
        record: &RecordView<'_>,
        requests: &Measures,
        calls: &[Measures],
    ) {
        let counted = Counted::of(record);
        let cells = self.minutes.entry((gw, minute)).or_default();
        let named = record.attempts.iter().zip(calls).filter(|(call, _)| !call.node.is_empty());
        let mut calls = named.map(|(_, sum)| sum);
        each_cell(record, &counted, &mut |subject, name, adds| {
            let added = match adds {
                Adds::Request(_) => Some(requests),
                // Visited in their order.
                Adds::Call(_) => calls.next(),
            };
            if let (Some(sum), Some(added)) = (cells.sum(subject, name), added) {
                sum.merge(added, 1);
            }
        });
    }

    /// Metadata of a row comes or goes; the rest of it stays.
    pub(in crate::log) fn add_metadata<'a>(
        &mut self,
        gw: i64,
        record: &RecordView<'_>,
        metadata: impl Iterator<Item = (&'a str, &'a str)>,
        by: i64,
    ) {
        let counted = Counted::of(record);
        let cells = self.minutes.entry((gw, period(record.created_at.0, MINUTE_MS))).or_default();
        each_metadata_cell(metadata, &counted, &mut |subject, name, adds| {
            if let Some(sum) = cells.sum(subject, name) {
                adds.to(sum, by);
            }
        });
    }
}
