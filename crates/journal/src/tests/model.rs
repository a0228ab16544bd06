//! Random lives of attempts, drains, crashes and cuts, against a list of what was appended.

use std::{fs, path::PathBuf};

use proptest::prelude::*;
use waypost_money::{
    Ledger,
    event::{self, Open, Settle, Void},
};
use waypost_types::{AttemptId, Booking, BucketId, LimitKind, PicoUsd, RequestId, UnixMs, Usage, record::CostSource};

use super::*;

const AT: UnixMs = UnixMs(60_000);

fn attempt(number: u16) -> AttemptId {
    AttemptId { request: RequestId::from_bytes([1; 16]), index: number }
}

fn opening(number: u16) -> Event {
    let bucket = BucketId([u8::try_from(number % 3).unwrap(); 16]);
    let window_end = AT.plus_ms(60_000);
    let booking = Booking { bucket, kind: LimitKind::Cost, window_start: AT, window_end, amount: 100 };
    let estimate = Some(PicoUsd(100));
    Open { attempt: attempt(number), at: AT, bookings: vec![booking], estimate, counts: Vec::new(), origin: None }
        .into()
}

fn settling(number: u16) -> Event {
    let cost = PicoUsd(i64::from(number));
    Settle { attempt: attempt(number), at: AT, cost, source: CostSource::Price, usage: Usage::default() }.into()
}

pub(super) fn void(number: u16) -> Event {
    Void { attempt: attempt(number), at: AT }.into()
}

#[derive(Clone, Debug)]
enum Step {
    /// An attempt begins, on a core.
    Open(u16),
    /// The oldest attempt under way ends.
    Settle,
    Void,
    /// The drainer stores a batch of so many.
    Store(usize),
    /// The process ends, its newest segment loses so many bytes at its end, and it starts again with so many cores.
    Crash(usize, u16),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (0..3_u16).prop_map(Step::Open),
        4 => Just(Step::Settle),
        2 => Just(Step::Void),
        3 => (1..20_usize).prop_map(Step::Store),
        1 => (0..300_usize, 1..4_u16).prop_map(|(cut, cores)| Step::Crash(cut, cores)),
    ]
}

/// The journal, and what has to come out of it.
struct World {
    folder: tempfile::TempDir,
    opened: Option<Opened>,
    cores: u16,
    /// What each core appended in this run: event, segment, end. A cut removes from the end.
    appended: Vec<(u16, Event)>,
    open: Vec<(u16, u16)>,
    next: u16,
    /// What the store holds: events and positions, written together.
    events: Vec<Event>,
    positions: BTreeMap<u16, Position>,
}

impl World {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let opened = Some(open(folder.path(), 2, &[]));
        let (appended, open) = (Vec::new(), Vec::new());
        Self { folder, opened, cores: 2, appended, open, next: 0, events: Vec::new(), positions: BTreeMap::new() }
    }

    fn append(&mut self, core: u16, event: Event) {
        let journal = &self.opened.as_ref().unwrap().journal;
        assert_eq!(journal.appender(core).append(&event), Kept::Durable);
        journal.housekeep();
        self.appended.push((core, event));
    }

    fn step(&mut self, step: Step) {
        match step {
            Step::Open(core) => {
                let (core, number) = (core % self.cores, self.next);
                self.next += 1;
                self.open.push((core, number));
                self.append(core, opening(number));
            }
            Step::Settle | Step::Void if self.open.is_empty() => {}
            Step::Settle => {
                let (core, number) = self.open.remove(0);
                self.append(core, settling(number));
            }
            Step::Void => {
                let (core, number) = self.open.remove(0);
                self.append(core, void(number));
            }
            Step::Store(max) => {
                self.store(max);
            }
            Step::Crash(cut, cores) => self.crash(cut, cores),
        }
    }

    fn store(&mut self, max: usize) -> bool {
        let tail = &mut self.opened.as_mut().unwrap().tail;
        let batch = tail.next_batch(max);
        self.events.extend(batch.events.into_iter().map(|(_, event)| event));
        self.positions.extend(batch.positions.iter().map(|position| (position.core, *position)));
        tail.release(&stored(&self.positions));
        !batch.positions.is_empty()
    }

    fn crash(&mut self, cut: usize, cores: u16) {
        drop(self.opened.take());
        self.cut(cut);
        let mut opened = open(self.folder.path(), cores, &stored(&self.positions));

        // Replay and store together are what was appended, but for what the cut took.
        let replayed: Vec<Event> = opened.replay.by_ref().map(|(_, event)| event).collect();
        let known = Ledger::fold(money(self.events.iter().chain(&replayed)));
        let missing: Vec<_> = self
            .appended
            .iter()
            .filter(|(_, event)| !self.events.contains(event) && !replayed.contains(event))
            .cloned()
            .collect();
        assert!(cut > 0 || missing.is_empty(), "nothing is lost without a cut");
        self.appended.retain(|entry| !missing.contains(entry));
        let expected = Ledger::fold(money(self.appended.iter().map(|(_, event)| event)));
        assert_eq!(known.windows().collect::<Vec<_>>(), expected.windows().collect::<Vec<_>>());
        assert_eq!(known.check(), [], "M1, M2, M3 and M5 hold after a crash");

        // As after any crash, attempts without an end are settled at their estimate.
        self.opened = Some(opened);
        self.cores = cores;
        self.open.clear();
        for settle in known.recoveries(UnixMs(i64::MAX), AT) {
            self.append(0, settle.into());
        }
    }

    /// Takes bytes off the end of the newest segment, but none that the store has.
    fn cut(&mut self, bytes: usize) {
        let mut files: Vec<PathBuf> =
            fs::read_dir(self.folder.path()).unwrap().map(|file| file.unwrap().path()).collect();
        files.sort();
        let newest = files.iter().rev().find_map(|path| {
            let content = fs::read(path).unwrap();
            let end = content.iter().rposition(|&byte| byte != 0)? + 1;
            (end > 32).then(|| (path.clone(), content, end))
        });
        let Some((path, mut content, end)) = newest else { return };
        let name = path.file_stem().unwrap().to_str().unwrap();
        let (number, core) = name.split_once('-').unwrap();
        let core: u16 = core.parse().unwrap();
        let stored = self.positions.get(&core).filter(|position| position.segment == number.parse::<u64>().unwrap());
        let floor = stored.map_or(32, |position| position.offset as usize);
        let to = end.saturating_sub(bytes).max(floor).min(end);
        content[to..].fill(0);
        fs::write(path, content).unwrap();
    }
}

fn money<'a>(events: impl IntoIterator<Item = &'a Event>) -> Vec<&'a event::Event> {
    let money = events.into_iter().map(|event| match event {
        Event::Money(event) => event,
        Event::Record(_) => unreachable!("this test appends money only"),
    });
    money.collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, max_shrink_iters: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn m1_m2_m3_hold_over_any_crashes_and_each_event_is_stored_once(
        steps in prop::collection::vec(step(), 1..60),
    ) {
        let mut world = World::new();
        for step in steps {
            world.step(step);
        }
        world.crash(0, 2);
        while world.store(50) {}
        prop_assert_eq!(world.events.len(), world.appended.len(), "each once");
        for (_, event) in &world.appended {
            prop_assert!(world.events.contains(event));
        }
        let ledger = Ledger::fold(money(&world.events));
        prop_assert_eq!(ledger.check(), vec![]);
        prop_assert!(ledger.windows().all(|(_, totals)| totals.reserved() == 0), "nothing stays reserved");
    }
}
