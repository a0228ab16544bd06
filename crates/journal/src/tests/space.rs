//! What happens when there is no room, and when the disk fails.

use super::*;

/// Four segments of disk, and so many bytes of memory.
fn tight(folder: &Path, memory_bytes_max: usize) -> Opened {
    let options = Options { disk_bytes_max: 4 * SEGMENT as u64, memory_bytes_max, ..options(1) };
    Journal::open(folder, options, &[]).unwrap()
}

#[test]
fn f51_without_a_segment_events_wait_in_memory_and_are_written_out_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let Opened { journal, mut tail, .. } = tight(folder.path(), 1 << 20);
    let appender = journal.appender(0);
    let kept: Vec<Kept> = (0..400)
        .map(|number| {
            journal.housekeep();
            appender.append(&record(number))
        })
        .collect();
    let durable = kept.iter().filter(|&&kept| kept == Kept::Durable).count();
    assert!(durable > 50 && kept[durable..].iter().all(|&kept| kept == Kept::Memory));
    let stats = journal.stats();
    assert_eq!((stats.segments, stats.parked, stats.dropped), (4, 400 - durable as u64, 0));
    assert!(stats.memory_bytes > 0 && stats.segment_failures > 0);

    // Once the drainer has stored something there is room again; nobody appends.
    let mut read = Vec::new();
    let mut positions = BTreeMap::new();
    for _ in 0..200 {
        read.extend(drain(&mut tail, &mut positions));
        tail.release(&stored(&positions));
        journal.housekeep();
    }
    assert_eq!(read, (0..400).map(record).collect::<Vec<_>>());
    assert_eq!(journal.stats().memory_bytes, 0);
    assert_eq!(appender.append(&record(400)), Kept::Durable);
}

#[test]
fn f51_full_memory_drops_records_before_money_and_counts_them() {
    let folder = tempfile::tempdir().unwrap();
    let Opened { journal, mut tail, .. } = tight(folder.path(), 4096);
    let appender = journal.appender(0);
    let mut dropped = 0;
    for number in 0..400 {
        dropped += u64::from(appender.append(&record(number)) == Kept::Dropped);
    }
    assert!(dropped > 100);
    assert_eq!(journal.stats().dropped, dropped);
    assert_eq!(appender.append(&model::void(1)), Kept::Memory, "a part of the memory is kept for money");
    assert!(journal.stats().memory_bytes <= 4096);
    assert_eq!(tail.lag(), 401 - dropped);
    drain(&mut tail, &mut BTreeMap::new());
}

#[test]
fn f51_recovers_without_a_restart_when_segments_can_be_made_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal");
    let Opened { journal, mut tail, .. } = open(&path, 1, &[]);
    let appender = journal.appender(0);
    std::fs::remove_dir_all(&path).unwrap();
    for number in 0..100 {
        journal.housekeep();
        assert_ne!(appender.append(&record(number)), Kept::Dropped);
    }
    assert!(journal.stats().memory_bytes > 0 && journal.stats().segment_failures > 0);
    std::fs::create_dir(&path).unwrap();
    for _ in 0..100 {
        journal.housekeep();
    }
    assert_eq!(journal.stats().memory_bytes, 0);
    assert_eq!(drain(&mut tail, &mut BTreeMap::new()), (0..100).map(record).collect::<Vec<_>>());
}

#[test]
fn an_event_larger_than_any_may_be_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let Opened { journal, .. } = open(folder.path(), 1, &[]);
    let appender = journal.appender(0);
    assert_eq!(appender.append_record(&vec![b'x'; SEGMENT]), Kept::Dropped);
    assert_eq!(journal.stats().too_large, 1);
    assert_eq!(appender.append(&record(1)), Kept::Durable);
}

#[test]
fn f52_a_segment_under_which_the_disk_failed_is_given_up_and_still_read() {
    let folder = tempfile::tempdir().unwrap();
    let Opened { journal, mut tail, .. } = open(folder.path(), 1, &[]);
    let appender = journal.appender(0);
    append(&appender, 0..3);
    journal.give_up_segments();
    assert_eq!(appender.append(&record(3)), Kept::Memory);
    journal.housekeep();
    append(&appender, 4..6);
    let mut positions = BTreeMap::new();
    assert_eq!(drain(&mut tail, &mut positions), (0..6).map(record).collect::<Vec<_>>());
    assert_eq!(positions[&0].segment, 2);
}

#[test]
fn an_appender_outlives_the_journal_and_works_while_unwinding() {
    struct Guard(Appender);
    impl Drop for Guard {
        fn drop(&mut self) {
            assert_eq!(self.0.append(&record(1)), Kept::Durable);
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let Opened { journal, tail, .. } = open(folder.path(), 1, &[]);
    let guard = Guard(journal.appender(0));
    append(&guard.0, 0..1);
    drop((journal, tail));
    let thread = std::thread::spawn(move || {
        let _guard = guard;
        panic!("a request failed");
    });
    thread.join().unwrap_err();
    let Opened { replay, .. } = open(folder.path(), 1, &[]);
    assert_eq!(replay.map(|(_, event)| event).collect::<Vec<_>>(), [record(0), record(1)]);
}

#[test]
fn f51_of_an_end_and_its_record_the_end_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let Opened { journal, mut tail, .. } = tight(folder.path(), 4096);
    let appender = journal.appender(0);
    while appender.append(&record(0)) != Kept::Dropped {}
    let before = journal.stats();
    let Event::Money(end) = model::void(1) else { unreachable!() };
    assert_eq!(appender.append_ended(&end, &[b'x'; 600]), Kept::Dropped);
    let stats = journal.stats();
    assert_eq!((stats.appended, stats.dropped), (before.appended + 2, before.dropped + 1));
    assert_eq!(tail.lag(), stats.appended - stats.dropped);
    let too_large = vec![b'x'; SEGMENT];
    assert_eq!(appender.append_ended(&end, &too_large), Kept::Dropped);
    assert_eq!((journal.stats().too_large, journal.stats().appended), (1, stats.appended + 1));
    let mut positions = BTreeMap::new();
    let mut read = Vec::new();
    for _ in 0..50 {
        read.extend(drain(&mut tail, &mut positions));
        tail.release(&stored(&positions));
        journal.housekeep();
    }
    assert_eq!(read.iter().filter(|event| matches!(event, Event::Money(_))).count(), 2);
    assert_eq!(tail.lag(), 0);
}
