//! `kill -9` while appending: everything acknowledged is there afterwards.

use std::{
    io::{BufRead, BufReader, Write},
    process::{Command, Stdio},
    time::Duration,
};

use super::*;

const FOLDER: &str = "WAYPOST_TEST_JOURNAL";

/// Not a test of its own: the process that is killed.
#[test]
fn child_appends_until_it_is_killed() {
    let Ok(folder) = std::env::var(FOLDER) else { return };
    let options = Options { segment_bytes: 256 << 10, ..Options::default() };
    let Opened { journal, .. } = Journal::open(Path::new(&folder), options, &[]).unwrap();
    let appender = journal.appender(0);
    let mut out = std::io::stdout();
    for number in 0.. {
        // While the disk is behind, the event is not promised.
        if appender.append(&record(number)) == Kept::Durable {
            writeln!(out, "kept {number}").unwrap();
        } else {
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

#[test]
fn f60_a_killed_process_loses_nothing_it_acknowledged() {
    for round in 0..8_u64 {
        let folder = tempfile::tempdir().unwrap();
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "tests::crash::child_appends_until_it_is_killed", "--nocapture"])
            .env(FOLDER, folder.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let number = |line: String| line.rsplit_once("kept ").map(|(_, number)| number.parse::<usize>().unwrap());
        let first = lines.by_ref().find_map(|line| number(line.unwrap())).unwrap();
        let reader = std::thread::spawn(move || {
            let kept = lines.map_while(Result::ok).filter(|line| line.contains("kept "));
            kept.filter_map(number).last().unwrap_or(first)
        });
        std::thread::sleep(Duration::from_micros(700 + round * 7_919 % 23_000));
        child.kill().unwrap();
        child.wait().unwrap();
        let acknowledged = reader.join().unwrap();

        let Opened { mut replay, .. } = open(folder.path(), 1, &[]);
        let events: Vec<Event> = replay.by_ref().map(|(_, event)| event).collect();
        assert!(events.len() > acknowledged, "round {round}: {} of {acknowledged}", events.len());
        assert_eq!(events, (0..events.len()).map(record).collect::<Vec<_>>());
        assert!(replay.report().damaged <= 1, "at most the one that was being copied");
    }
}
