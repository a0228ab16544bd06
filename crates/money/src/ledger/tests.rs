use proptest::prelude::*;
use waypost_types::{AttemptId, Booking, BucketId, LimitKind, PicoUsd, RequestId, UnixMs, Usage, record::CostSource};

use super::{Applied, Invariant, Ledger};
use crate::event::{Event, Open, Settle, Void};

const WINDOW: UnixMs = UnixMs(60_000);

fn bucket(number: u8) -> BucketId {
    BucketId([number; 16])
}

fn request(number: u8) -> RequestId {
    RequestId::from_bytes([number; 16])
}

fn attempt(number: u8, index: u16) -> AttemptId {
    AttemptId { request: request(number), index }
}

fn booking(bucket_number: u8, kind: LimitKind, amount: i64) -> Booking {
    let window_end = WINDOW.plus_ms(60_000);
    Booking { bucket: bucket(bucket_number), kind, window_start: WINDOW, window_end, amount }
}

fn open(id: AttemptId, amount: i64) -> Event {
    Open {
        attempt: id,
        at: UnixMs(61_000),
        bookings: vec![booking(1, LimitKind::Cost, amount), booking(2, LimitKind::Cost, amount)],
        estimate: Some(PicoUsd(amount)),
        counts: vec![booking(3, LimitKind::Count, 1)],
        origin: None,
    }
    .into()
}

fn settle(id: AttemptId, cost: i64) -> Event {
    let (source, usage) = (CostSource::Price, Usage::default());
    Settle { attempt: id, at: UnixMs(200_000), cost: PicoUsd(cost), source, usage }.into()
}

fn void(id: AttemptId) -> Event {
    Void { attempt: id, at: UnixMs(200_000) }.into()
}

fn sums(ledger: &Ledger, number: u8) -> (i64, i64) {
    let totals = ledger.totals(bucket(number), WINDOW);
    (totals.settled(), totals.reserved())
}

#[test]
fn m1_m2_an_amount_is_reserved_then_replaced_by_the_cost() {
    let mut ledger = Ledger::fold(&[open(attempt(1, 0), 500)]);
    assert_eq!((sums(&ledger, 1), sums(&ledger, 2), sums(&ledger, 3)), ((0, 500), (0, 500), (1, 0)));
    assert_eq!(ledger.open_attempts().count(), 1);

    // The settlement comes after the window's end and still books into it.
    ledger.apply(&settle(attempt(1, 0), 470));
    assert_eq!((sums(&ledger, 1), sums(&ledger, 2), sums(&ledger, 3)), ((470, 0), (470, 0), (1, 0)));

    ledger.apply(&open(attempt(1, 1), 30));
    ledger.apply(&void(attempt(1, 1)));
    assert_eq!((sums(&ledger, 1), sums(&ledger, 3)), ((470, 0), (2, 0)));
    assert_eq!(ledger.check(), []);
}

#[test]
fn m3_ends_without_an_open_and_double_ends_are_refused() {
    let mut ledger = Ledger::new();
    assert_eq!(ledger.apply(&settle(attempt(1, 0), 5)), Applied::Refused);
    assert_eq!(ledger.apply(&open(attempt(1, 0), 5)), Applied::Fresh);
    assert_eq!(ledger.apply(&open(attempt(1, 0), 9)), Applied::Duplicate);
    assert_eq!(ledger.apply(&settle(attempt(1, 0), 5)), Applied::Fresh);
    assert_eq!(ledger.apply(&settle(attempt(1, 0), 7)), Applied::Duplicate);
    assert_eq!(ledger.apply(&void(attempt(1, 0))), Applied::Refused);
    assert_eq!(sums(&ledger, 1), (5, 0));
    let found: Vec<Invariant> = ledger.check().into_iter().map(|violation| violation.invariant).collect();
    assert_eq!(found, [Invariant::M3, Invariant::M3]);
}

#[test]
fn m4_rows_are_compared_with_the_attempts_of_their_request() {
    let ledger = Ledger::fold(&[
        open(attempt(1, 0), 10),
        settle(attempt(1, 0), 7),
        open(attempt(1, 1), 10),
        settle(attempt(1, 1), 4),
        open(attempt(2, 0), 10),
        void(attempt(2, 0)),
    ]);
    assert_eq!(ledger.cost_of(request(1)), PicoUsd(11));
    assert_eq!(ledger.check_rows([(request(1), PicoUsd(11)), (request(2), PicoUsd::ZERO)]), []);
    let found = ledger.check_rows([(request(1), PicoUsd(12))]);
    assert_eq!(found[0].invariant, Invariant::M4);
}

#[test]
fn m5_a60_absurd_amounts_saturate_and_negative_ones_are_refused() {
    let mut ledger = Ledger::fold(&[open(attempt(1, 0), i64::MAX), open(attempt(2, 0), i64::MAX)]);
    assert_eq!(sums(&ledger, 1), (0, i64::MAX));
    // What saturated comes down again to exactly what is left.
    ledger.apply(&void(attempt(1, 0)));
    ledger.apply(&settle(attempt(2, 0), 3));
    assert_eq!(sums(&ledger, 1), (3, 0));
    assert_eq!(ledger.check(), []);

    ledger.apply(&open(attempt(3, 0), -5));
    ledger.apply(&settle(attempt(3, 0), -5));
    assert_eq!(sums(&ledger, 1), (3, 0));
    assert!(ledger.check().iter().all(|violation| violation.invariant == Invariant::M5));
    assert_eq!(ledger.check().len(), 3);
}

#[test]
fn counters_of_others_are_judged() {
    let ledger = Ledger::fold(&[open(attempt(1, 0), 10), settle(attempt(1, 0), 7), open(attempt(2, 0), 5)]);
    let right = [(bucket(1), WINDOW, 7, 5), (bucket(2), WINDOW, 7, 5), (bucket(3), WINDOW, 2, 0)];
    assert_eq!(ledger.check_counters(right), []);
    let found = ledger.check_counters([(bucket(1), WINDOW, 8, 5), (bucket(2), WINDOW, 7, -1)]);
    let ids: Vec<Invariant> = found.iter().map(|violation| violation.invariant).collect();
    assert_eq!(ids, [Invariant::M1, Invariant::M2, Invariant::M5, Invariant::M1]);
}

#[test]
fn counts_of_a_record_are_taken_once() {
    let mut ledger = Ledger::new();
    let counts = [booking(3, LimitKind::Count, 1)];
    assert_eq!(ledger.count(request(1), &counts), Applied::Fresh);
    assert_eq!(ledger.count(request(1), &counts), Applied::Duplicate);
    assert_eq!(sums(&ledger, 3), (1, 0));
    assert_eq!(ledger.check(), []);
}

#[test]
fn a54_attempts_without_an_end_are_settled_at_their_estimate() {
    let mut ledger = Ledger::fold(&[open(attempt(1, 0), 10), open(attempt(2, 0), 5)]);
    assert_eq!(ledger.recoveries(UnixMs(61_000), UnixMs(90_000)), []);
    for recovery in ledger.recoveries(UnixMs(61_001), UnixMs(90_000)) {
        ledger.apply(&recovery.into());
    }
    assert_eq!(sums(&ledger, 1), (15, 0));
    assert_eq!(ledger.open_attempts().count(), 0);
}

/// The life of each attempt, in order: an open, and perhaps an end.
fn lives() -> impl Strategy<Value = Vec<Vec<Event>>> {
    let life = (0..1_000_i64, 0..3, 0..1_000_i64);
    proptest::collection::vec(life, 1..8).prop_map(|lives| {
        let events = lives.into_iter().enumerate().map(|(number, (estimate, end, cost))| {
            let id = attempt(u8::try_from(number).unwrap(), 0);
            let mut events = vec![open(id, estimate)];
            match end {
                0 => events.push(settle(id, cost)),
                1 => events.push(void(id)),
                _ => {}
            }
            events
        });
        events.collect()
    })
}

/// Plays the lives in the order that `picks` say; a pick that meets an ended life plays one of its events again.
fn interleave(lives: &[Vec<Event>], picks: &[usize]) -> Vec<Event> {
    let mut next = vec![0; lives.len()];
    let mut events = Vec::new();
    for &pick in picks {
        let life = pick % lives.len();
        let position = if next[life] < lives[life].len() { next[life] } else { pick % next[life].max(1) };
        events.push(lives[life][position].clone());
        next[life] = next[life].max(position + 1);
    }
    for (life, from) in lives.iter().zip(next) {
        events.extend_from_slice(&life[from..]);
    }
    events
}

fn all_sums(ledger: &Ledger) -> Vec<(i64, i64)> {
    (1..=3).map(|number| sums(ledger, number)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn any_order_and_any_replay_give_the_same_sums(
        lives in lives(),
        picks in proptest::collection::vec(0..64_usize, 0..40),
        replay_from in 0..40_usize,
    ) {
        let mut events = interleave(&lives, &picks);
        events.extend_from_within(replay_from.min(events.len())..);
        let ledger = Ledger::fold(&events);
        let straight: Vec<Event> = lives.concat();
        prop_assert_eq!(all_sums(&ledger), all_sums(&Ledger::fold(&straight)));
        prop_assert_eq!(ledger.check(), vec![]);
    }

    #[test]
    fn m2_nothing_stays_reserved_when_every_attempt_has_ended(lives in lives()) {
        let mut ledger = Ledger::fold(&lives.concat());
        for recovery in ledger.recoveries(UnixMs(i64::MAX), UnixMs(i64::MAX)) {
            ledger.apply(&recovery.into());
        }
        prop_assert!(ledger.windows().all(|(_, totals)| totals.reserved() == 0));
        let (settled, _) = sums(&ledger, 1);
        let costs: PicoUsd = (0..u8::try_from(lives.len()).unwrap()).map(|number| ledger.cost_of(request(number))).sum();
        prop_assert_eq!(settled, costs.0);
    }
}
