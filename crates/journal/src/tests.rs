//! The journal as its users see it: events in, positions out, crashes in between.

mod crash;
mod damage;
mod model;
mod space;

use std::{collections::BTreeMap, path::Path};

use crate::{Appender, Event, Journal, Kept, Opened, Options, Position, Run, Tail};

const SEGMENT: usize = 4096;

fn options(cores: u16) -> Options {
    Options { cores, segment_bytes: SEGMENT, housekeeping: Run::ByHand, ..Options::default() }
}

fn open(folder: &Path, cores: u16, from: &[Position]) -> Opened {
    Journal::open(folder, options(cores), from).unwrap()
}

/// A record that is told apart by its number.
fn record(number: usize) -> Event {
    Event::Record(format!("{{\"number\":{number},\"text\":\"{}\"}}", "x".repeat(number % 50)).into_bytes())
}

fn append(appender: &Appender, numbers: std::ops::Range<usize>) {
    for number in numbers {
        assert_eq!(appender.append(&record(number)), Kept::Durable);
    }
}

/// Everything that is there now, and the positions behind it.
fn drain(tail: &mut Tail, positions: &mut BTreeMap<u16, Position>) -> Vec<Event> {
    let mut events = Vec::new();
    loop {
        let batch = tail.next_batch(7);
        if batch.is_empty() {
            return events;
        }
        assert!(batch.events.len() <= 7);
        positions.extend(batch.positions.iter().map(|position| (position.core, *position)));
        events.extend(batch.events.into_iter().map(|(_, event)| event));
    }
}

fn stored(positions: &BTreeMap<u16, Position>) -> Vec<Position> {
    positions.values().copied().collect()
}

#[test]
fn what_is_appended_is_read_in_order_over_segments() {
    let folder = tempfile::tempdir().unwrap();
    let Opened { journal, mut tail, .. } = open(folder.path(), 1, &[]);
    let appender = journal.appender(0);
    let mut positions = BTreeMap::new();
    let mut read = Vec::new();
    for round in 0..20 {
        append(&appender, round * 10..round * 10 + 10);
        journal.housekeep();
        read.extend(drain(&mut tail, &mut positions));
    }
    assert_eq!(read, (0..200).map(record).collect::<Vec<_>>());
    assert!(journal.stats().segments > 3);

    tail.release(&stored(&positions));
    assert!(journal.stats().segments <= 2, "drained segments are deleted");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), journal.stats().segments);
    assert_eq!((journal.stats().appended, journal.stats().drained, tail.lag()), (200, 200, 0));
}

#[test]
fn the_next_run_begins_behind_what_was_stored() {
    let folder = tempfile::tempdir().unwrap();
    let mut positions = BTreeMap::new();
    {
        let Opened { journal, mut tail, .. } = open(folder.path(), 1, &[]);
        append(&journal.appender(0), 0..5);
        drain(&mut tail, &mut positions);
        append(&journal.appender(0), 5..9);
    }
    let Opened { journal, replay, mut tail } = open(folder.path(), 1, &stored(&positions));
    let replayed: Vec<Event> = replay.map(|(_, event)| event).collect();
    assert_eq!(replayed, (5..9).map(record).collect::<Vec<_>>());
    append(&journal.appender(0), 9..12);
    assert_eq!(tail.lag(), 3);
    let read = drain(&mut tail, &mut positions);
    assert_eq!(read, (5..12).map(record).collect::<Vec<_>>(), "the former run's events come first");
    assert_eq!(tail.lag(), 0);
    tail.release(&stored(&positions));
    assert_eq!(journal.stats().segments, 1);
}

#[test]
fn all_cores_of_the_former_run_are_read_also_with_fewer_now() {
    let folder = tempfile::tempdir().unwrap();
    {
        let Opened { journal, .. } = open(folder.path(), 4, &[]);
        for core in 0..4 {
            append(&journal.appender(core), usize::from(core) * 3..usize::from(core) * 3 + 3);
        }
    }
    let Opened { journal, mut tail, .. } = open(folder.path(), 1, &[]);
    append(&journal.appender(3), 12..15);
    let mut positions = BTreeMap::new();
    assert_eq!(drain(&mut tail, &mut positions), (0..15).map(record).collect::<Vec<_>>());
    tail.release(&stored(&positions));
    drop((journal, tail));
    let Opened { replay, .. } = open(folder.path(), 2, &stored(&positions));
    assert_eq!(replay.count(), 0);
}

#[test]
fn numbers_never_come_back_when_the_folder_was_emptied() {
    let folder = tempfile::tempdir().unwrap();
    let stored = [Position { core: 0, segment: 41, offset: 500 }];
    let Opened { journal, mut tail, .. } = open(folder.path(), 1, &stored);
    append(&journal.appender(0), 0..1);
    let batch = tail.next_batch(10);
    assert_eq!(batch.events[0].0.segment, 42);
}

#[test]
fn many_cores_share_the_disk_in_smaller_segments() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options { cores: 16, disk_bytes_max: 16 * 4 * 8192, ..options(16) };
    let options = Options { segment_bytes: 1 << 20, ..options };
    let Opened { journal, .. } = Journal::open(folder.path(), options, &[]).unwrap();
    assert_eq!((journal.stats().segments, journal.stats().disk_bytes), (16, 16 * 8192));
}

#[test]
fn appenders_are_shared_by_guards_on_any_thread() {
    fn shared<T: Send + Sync + Clone + 'static>() {}
    shared::<Appender>();
}

#[test]
fn a_second_process_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let _first = open(folder.path(), 1, &[]);
    let second = Journal::open(folder.path(), options(1), &[]);
    assert!(matches!(second, Err(crate::OpenError::InUse(_))));
}

#[test]
fn a_reader_beside_the_writers_sees_whole_events_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options { cores: 2, segment_bytes: 1 << 20, ..Options::default() };
    let Opened { journal, mut tail, .. } = Journal::open(folder.path(), options, &[]).unwrap();
    let writers: Vec<_> = (0..2)
        .map(|core| {
            let appender = journal.appender(core);
            std::thread::spawn(move || {
                for number in 0..20_000 {
                    assert_ne!(appender.append(&record(number)), Kept::Dropped);
                }
            })
        })
        .collect();
    let mut next = [0, 0];
    while next != [20_000, 20_000] {
        for (position, event) in tail.next_batch(500).events {
            let core = usize::from(position.core);
            assert_eq!(event, record(next[core]));
            next[core] += 1;
        }
    }
    writers.into_iter().for_each(|writer| writer.join().unwrap());
    assert_eq!((journal.stats().damaged, journal.stats().unreadable), (0, 0));
}
