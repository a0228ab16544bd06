//! Random admissions, ends, pauses and restarts, judged by the fold of their events.

use proptest::prelude::*;
use waypost_money::{
    Ledger,
    event::{Event, Open, Settle, Void},
};
use waypost_types::{AttemptId, PicoUsd, RequestId, Usage, record::CostSource};

use super::*;
use crate::ledger::Checkpoint;

#[derive(Clone, Debug)]
enum Step {
    /// A request asks the limits whose bits are set, with an estimate.
    Admit(u8, i64),
    /// The attempt at this place among those under way ends with a cost, or without one.
    Settle(usize, i64),
    Void(usize),
    /// Time passes.
    Wait(i64),
    /// The process ends and starts from a checkpoint that is so many events old.
    Restart(usize),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => (1..32_u8, 0..40_i64).prop_map(|(limits, estimate)| Step::Admit(limits, estimate)),
        5 => (0..8_usize, 0..60_i64).prop_map(|(index, cost)| Step::Settle(index, cost)),
        2 => (0..8_usize).prop_map(Step::Void),
        3 => (0..25_000_i64).prop_map(Step::Wait),
        1 => (0..30_usize).prop_map(Step::Restart),
    ]
}

/// Five limits of every make, with short windows.
fn limits() -> [Rule; 5] {
    use {Enforcement::*, LimitKind::*, Technique::*};
    let rule = |kind, limit, seconds, technique, enforcement| Rule {
        kind,
        limit,
        span: Span::Seconds(seconds),
        technique,
        enforcement,
        mode: Mode::Enforce,
    };
    [
        rule(Count, 4, 10, Sliding, Soft),
        rule(Cost, 100, 60, Fixed, Soft),
        rule(Count, 6, 30, Fixed, Soft),
        rule(Cost, 100, 30, Sliding, Strict),
        rule(Cost, 150, 10, Sliding, Soft),
    ]
}

struct World {
    counters: MemoryCounters,
    now: UnixMs,
    /// What the journal holds: money events, and counts of requests that were refused.
    events: Vec<Journalled>,
    under_way: Vec<(AttemptId, Vec<Booking>)>,
    next: u16,
}

#[derive(Clone)]
enum Journalled {
    Money(Event),
    Counts(Vec<Booking>),
}

impl World {
    fn step(&mut self, step: &Step) {
        match *step {
            Step::Admit(set, estimate) => self.admit(set, estimate),
            Step::Wait(ms) => self.now = self.now.plus_ms(ms),
            Step::Restart(age) => self.restart(self.events.len().saturating_sub(age)),
            Step::Settle(..) | Step::Void(_) if self.under_way.is_empty() => {}
            Step::Settle(index, cost) => {
                let (attempt, reserved) = self.under_way.remove(index % self.under_way.len());
                self.counters.settle(&reserved, cost);
                let (cost, source, usage) = (PicoUsd(cost), CostSource::Price, Usage::default());
                self.journal(Settle { attempt, at: self.now, cost, source, usage });
            }
            Step::Void(index) => {
                let (attempt, reserved) = self.under_way.remove(index % self.under_way.len());
                self.counters.void(&reserved);
                self.journal(Void { attempt, at: self.now });
            }
        }
    }

    fn admit(&mut self, set: u8, estimate: i64) {
        let limits = limits();
        let chosen = (0..5_u8).filter(|number| set & (1 << number) != 0);
        let asks: Vec<Ask> = chosen
            .map(|number| {
                let rule = &limits[usize::from(number)];
                ask(number, rule, if rule.kind == LimitKind::Count { 1 } else { estimate })
            })
            .collect();
        let ledger = self.ledger(self.events.len());
        let admission = admit(&self.counters, &asks, self.now);
        for (ask, verdict) in asks.iter().zip(&admission.verdicts) {
            let used = used(&ledger, ask, self.now);
            assert_eq!(verdict.used(), used, "what a limit sees is what the events add up to");
            let fits = match (ask.rule.kind, ask.rule.enforcement) {
                (LimitKind::Cost, Enforcement::Soft) => used < ask.rule.limit,
                _ => used + ask.amount <= ask.rule.limit,
            };
            assert_eq!(verdict.passes(), fits, "M6");
        }

        let request = RequestId::from_bytes([u8::try_from(self.next % 256).unwrap(); 16]);
        let attempt = AttemptId { request, index: self.next };
        self.next += 1;
        if admission.passed() {
            self.under_way.push((attempt, admission.reserved.clone()));
            let (bookings, counts) = (admission.reserved, admission.counted);
            self.journal(Open {
                attempt,
                at: self.now,
                bookings,
                estimate: Some(PicoUsd(estimate)),
                counts,
                origin: None,
            });
        } else {
            self.events.push(Journalled::Counts(admission.counted));
        }
    }

    fn restart(&mut self, checkpoint_at: usize) {
        let stored = self.ledger(checkpoint_at);
        let rows = stored.windows().map(|((bucket_id, window_start), totals)| {
            let limit = (0..5).find(|&number| bucket(number) == bucket_id).unwrap();
            let rule = &limits()[usize::from(limit)];
            let window_end = rule.span.window_at(window_start).end;
            let (settled, reserved) = (totals.settled(), totals.reserved());
            CounterRow { bucket: bucket_id, kind: rule.kind, window_start, window_end, settled, reserved }
        });
        let open_attempts = stored.open_attempts().cloned().collect();
        let checkpoint = Checkpoint { positions: vec![], counters: rows.collect(), open_attempts };

        self.counters = MemoryCounters::default();
        let mut recovery = Recovery::begin(&self.counters, &checkpoint);
        for event in &self.events[checkpoint_at..] {
            match event {
                Journalled::Money(event) => recovery.apply(event),
                Journalled::Counts(counts) => {
                    recovery.apply_record(serde_json::json!({ "counts": counts }).to_string().as_bytes());
                }
            }
        }
        assert_eq!(recovery.unmatched(), 0);
        let settlements = recovery.finish(self.now).settlements;
        assert_eq!(settlements.len(), self.under_way.len(), "exactly those that were under way");
        self.under_way.clear();
        self.events.extend(settlements.into_iter().map(|settle| Journalled::Money(settle.into())));
    }

    fn journal(&mut self, event: impl Into<Event>) {
        self.events.push(Journalled::Money(event.into()));
    }

    fn ledger(&self, until: usize) -> Ledger {
        let mut ledger = Ledger::new();
        for (index, event) in self.events[..until].iter().enumerate() {
            let _ = match event {
                Journalled::Money(event) => ledger.apply(event),
                // Each refused request is one of its own.
                Journalled::Counts(counts) => {
                    ledger.count(RequestId::from_bytes((index as u128).to_le_bytes()), counts)
                }
            };
        }
        ledger
    }

    /// M1, M2 and M5: each window that is kept is what the events say, and no reservation is forgotten.
    fn check(&self) {
        let ledger = self.ledger(self.events.len());
        assert_eq!(ledger.check(), []);
        let rows = outcome(self.counters.snapshot(None)).unwrap();
        for row in &rows {
            let totals = ledger.totals(row.bucket, row.window_start);
            assert_eq!((row.settled, row.reserved), (totals.settled(), totals.reserved()), "{row:?}");
        }
        for ((bucket_id, window_start), totals) in ledger.windows() {
            let is_kept = rows.iter().any(|row| (row.bucket, row.window_start) == (bucket_id, window_start));
            assert!(is_kept || totals.reserved() == 0);
        }
    }
}

/// D5 by its words: ⌊previous × overlap⌋ + current settled + current reserved.
fn used(ledger: &Ledger, ask: &Ask, now: UnixMs) -> i64 {
    let total = |window_start| {
        let totals = ledger.totals(ask.bucket, window_start);
        totals.settled() + totals.reserved()
    };
    let window = ask.rule.span.window_at(now);
    let length = window.length_ms();
    let previous = match ask.rule.technique {
        Technique::Sliding => total(window.start.plus_ms(-length)) * (length - now.since_ms(window.start)) / length,
        Technique::Fixed => 0,
    };
    previous + total(window.start)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn m1_m2_m5_m6_counters_are_the_fold_of_their_events(steps in prop::collection::vec(step(), 1..80)) {
        let counters = MemoryCounters::default();
        let mut world = World { counters, now: NOW, events: Vec::new(), under_way: Vec::new(), next: 0 };
        for step in &steps {
            world.step(step);
            world.check();
        }
        while !world.under_way.is_empty() {
            world.step(&Step::Settle(0, 1));
        }
        let rows = outcome(world.counters.snapshot(None)).unwrap();
        prop_assert!(rows.iter().all(|row| row.reserved == 0), "M2: nothing is reserved when idle");
    }
}
