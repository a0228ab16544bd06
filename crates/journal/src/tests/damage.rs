//! F53 on whole files: whatever a file contains, the journal opens and gives what is whole.

use std::{collections::BTreeMap, fs, path::PathBuf};

use super::*;
use crate::{
    frame::SegmentId,
    replay::Replay,
    segment::{Found, HEADER_BYTES},
};

/// One segment with ten records; the folder, its file and its content up to the last record.
fn segment() -> (tempfile::TempDir, PathBuf, Vec<u8>) {
    let folder = tempfile::tempdir().unwrap();
    let last = {
        let Opened { journal, mut tail, .. } = open(folder.path(), 1, &[]);
        append(&journal.appender(0), 0..10);
        tail.next_batch(100).positions[0].offset
    };
    let path = fs::read_dir(folder.path()).unwrap().next().unwrap().unwrap().path();
    let mut bytes = fs::read(&path).unwrap();
    assert_eq!(bytes.len(), SEGMENT);
    bytes.truncate(last as usize);
    (folder, path, bytes)
}

/// Reads a file as a start would, without making new segments.
fn replay(path: &std::path::Path) -> (Vec<Event>, crate::ReplayReport) {
    let found = Found { id: SegmentId { number: 1, core: 0 }, path: path.to_owned(), bytes: 0 };
    let mut replay = Replay::new(vec![found], BTreeMap::new());
    let events = replay.by_ref().map(|(_, event)| event).collect();
    (events, replay.report())
}

#[test]
fn f53_a_file_cut_at_every_byte_gives_its_whole_records() {
    let (_folder, path, bytes) = segment();
    for cut in 0..bytes.len() {
        fs::write(&path, &bytes[..cut]).unwrap();
        let (events, report) = replay(&path);
        assert_eq!(events, (0..events.len()).map(record).collect::<Vec<_>>(), "cut at {cut}");
        assert!(report.damaged <= 1, "cut at {cut}");
        assert!(cut + 48 < bytes.len() || events.len() >= 9, "the last record has 48 bytes");
    }
}

#[test]
fn f53_a_flipped_bit_loses_at_most_one_record() {
    let (_folder, path, bytes) = segment();
    for byte in 0..bytes.len() {
        let mut flipped = bytes.clone();
        flipped[byte] ^= 1 << (byte % 8);
        flipped.resize(SEGMENT, 0);
        fs::write(&path, &flipped).unwrap();
        let (events, report) = replay(&path);
        assert!(events.len() >= 9, "byte {byte}");
        assert!(report.damaged <= 1 && (report.damaged == 1 || events.len() == 10), "byte {byte}");
        assert!(byte >= HEADER_BYTES || events.len() == 10, "a damaged header costs no record");
    }
}

#[test]
fn f53_the_journal_opens_over_a_damaged_segment_and_goes_on() {
    let (folder, path, mut bytes) = segment();
    bytes[HEADER_BYTES + 20] ^= 0x10;
    bytes[3] ^= 0x10;
    fs::write(&path, &bytes[..bytes.len() - 1]).unwrap();
    for _ in 0..2 {
        let Opened { journal, mut tail, replay } = open(folder.path(), 1, &[]);
        assert!(replay.count() >= 8);
        let mut positions = BTreeMap::new();
        assert!(drain(&mut tail, &mut positions).len() >= 8);
        assert!(journal.stats().damaged >= 2);
    }
}

#[test]
fn a_segment_of_a_later_version_is_not_read_as_garbage() {
    let (folder, path, mut bytes) = segment();
    bytes[8] = 3;
    let checksum = crate::checksum::xxh64(&bytes[..24], 0);
    bytes[24..32].copy_from_slice(&checksum.to_le_bytes());
    fs::write(&path, &bytes).unwrap();
    let error = Journal::open(folder.path(), options(1), &[]).unwrap_err();
    assert!(error.to_string().contains("has journal format 3"), "{error}");
}

#[test]
fn a_segment_that_cannot_be_read_is_set_aside() {
    let (folder, path, _) = segment();
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    let Opened { journal, mut tail, replay } = open(folder.path(), 1, &[]);
    assert_eq!(replay.count(), 0);
    append(&journal.appender(0), 0..3);
    assert_eq!(drain(&mut tail, &mut BTreeMap::new()).len(), 3);
    assert_eq!(journal.stats().unreadable_segments, 1);
    assert!(path.with_extension("unreadable").exists());
}

/// One segment with the end of an attempt and the record of its request between others.
fn segment_of_ends() -> (tempfile::TempDir, PathBuf, Vec<u8>) {
    let folder = tempfile::tempdir().unwrap();
    let last = {
        let Opened { journal, mut tail, .. } = open(folder.path(), 1, &[]);
        let appender = journal.appender(0);
        append(&appender, 0..1);
        for number in 1..3 {
            let (Event::Money(end), Event::Record(json)) = (model::void(number), record(usize::from(number))) else {
                unreachable!()
            };
            assert_eq!(appender.append_ended(&end, &json), Kept::Durable);
        }
        append(&appender, 3..4);
        tail.next_batch(100).positions[0].offset
    };
    let path = fs::read_dir(folder.path()).unwrap().next().unwrap().unwrap().path();
    let mut bytes = fs::read(&path).unwrap();
    bytes.truncate(last as usize);
    (folder, path, bytes)
}

/// The groups that stand together in a file, in their order.
fn groups() -> [Vec<Event>; 4] {
    [vec![record(0)], vec![model::void(1), record(1)], vec![model::void(2), record(2)], vec![record(3)]]
}

#[test]
fn f53_an_end_and_its_record_are_both_there_or_neither() {
    let (_folder, path, bytes) = segment_of_ends();
    fs::write(&path, &bytes).unwrap();
    assert_eq!(replay(&path).0, groups().concat());
    for cut in 0..bytes.len() {
        fs::write(&path, &bytes[..cut]).unwrap();
        let (events, report) = replay(&path);
        let whole = (0..=4).any(|count| groups()[..count].concat() == events);
        assert!(whole && report.events == events.len() as u64, "cut at {cut}: {events:?}");
        let mut torn = bytes.clone();
        torn[cut..].fill(0);
        fs::write(&path, &torn).unwrap();
        assert_eq!(replay(&path).0, events, "torn at {cut}");
        let mut flipped = bytes.clone();
        flipped[cut] ^= 1 << (cut % 8);
        fs::write(&path, &flipped).unwrap();
        let (events, _) = replay(&path);
        let without = |lost: usize| {
            let kept = groups().into_iter().enumerate().filter(|(index, _)| *index != lost);
            kept.flat_map(|(_, group)| group).collect::<Vec<_>>()
        };
        assert!((0..=4).any(|lost| without(lost) == events), "flipped at {cut}: {events:?}");
    }
}

#[test]
fn a_batch_ends_behind_both_of_two_events() {
    let (folder, path, bytes) = segment_of_ends();
    fs::write(&path, &bytes).unwrap();
    for (max, expected) in [(1, vec![1, 2, 2, 1]), (2, vec![3, 2, 1]), (3, vec![3, 3]), (9, vec![6])] {
        let Opened { mut tail, .. } = open(folder.path(), 1, &[]);
        let mut sizes = Vec::new();
        loop {
            let batch = tail.next_batch(max);
            let Some((last, _)) = batch.events.last() else { break };
            assert!(batch.positions.iter().any(|position| position >= last));
            sizes.push(batch.events.len());
        }
        assert_eq!(sizes, expected, "at most {max}");
    }
}
