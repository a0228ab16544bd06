//! The counters beside the fold of money events, by hand, at random, and from many threads.

mod model;

use std::{
    sync::{Arc, Barrier},
    task::{Context, Poll, Waker},
    thread,
};

use waypost_policy::limit::{Enforcement, Mode, Span, Technique, Verdict};
use waypost_types::LimitKind;

use super::*;

const NOW: UnixMs = UnixMs(3_600_000 * 500_000 + 1_000);

fn bucket(number: u8) -> BucketId {
    BucketId::of(&[&[number]])
}

fn rule(kind: LimitKind, limit: i64, enforcement: Enforcement) -> Rule {
    let (span, technique) = (Span::Seconds(3_600), Technique::Fixed);
    Rule { kind, limit, span, technique, enforcement, mode: Mode::Enforce }
}

fn ask(number: u8, rule: &Rule, amount: i64) -> Ask {
    Ask { node: 0, bucket: bucket(number), rule: Arc::new(rule.clone()), amount, held: false }
}

fn held(ask: Ask) -> Ask {
    Ask { held: true, ..ask }
}

/// The outcome, which in memory is there at once.
fn outcome<T>(future: impl Future<Output = T>) -> T {
    let mut context = Context::from_waker(Waker::noop());
    match std::pin::pin!(future).poll(&mut context) {
        Poll::Ready(outcome) => outcome,
        Poll::Pending => panic!("counters in memory do not wait"),
    }
}

fn admit(counters: &MemoryCounters, asks: &[Ask], now: UnixMs) -> Admission {
    outcome(counters.admit(asks, now)).unwrap()
}

/// Settled and reserved of a bucket, over all its windows.
fn sums(counters: &MemoryCounters, number: u8) -> (i64, i64) {
    let rows = outcome(counters.snapshot(Some(&[bucket(number)]))).unwrap();
    rows.iter().fold((0, 0), |sums, row| (sums.0 + row.settled, sums.1 + row.reserved))
}

#[test]
fn an_admission_reserves_money_and_counts_requests() {
    let counters = MemoryCounters::default();
    let budget = rule(LimitKind::Cost, 100, Enforcement::Soft);
    let rate = rule(LimitKind::Count, 5, Enforcement::Soft);
    let admission = admit(&counters, &[ask(1, &rate, 1), ask(2, &budget, 30)], NOW);
    assert_eq!(admission.verdicts, [Verdict::Passed { used: 0 }; 2]);
    assert_eq!((sums(&counters, 1), sums(&counters, 2)), ((1, 0), (0, 30)));
    assert_eq!(counters.remaining(bucket(2), &budget, NOW), Some(70));

    counters.settle(&admission.reserved, 25);
    counters.refund(&admission.counted);
    assert_eq!((sums(&counters, 1), sums(&counters, 2)), ((0, 0), (25, 0)));
    assert_eq!(counters.remaining(bucket(2), &budget, NOW), Some(75));
    assert_eq!(counters.remaining(bucket(9), &budget, NOW), Some(100));
}

#[test]
fn a_refusal_keeps_counts_before_it_and_reserves_no_money() {
    let counters = MemoryCounters::default();
    let (rate, budget) =
        (rule(LimitKind::Count, 5, Enforcement::Soft), rule(LimitKind::Cost, 100, Enforcement::Strict));
    let asks = [ask(1, &rate, 1), ask(2, &budget, 60), ask(3, &budget, 101), ask(4, &rate, 1)];
    let admission = admit(&counters, &asks, NOW);
    assert!(matches!(
        admission.verdicts[..],
        [Verdict::Passed { .. }, Verdict::Passed { .. }, Verdict::Refused { .. }]
    ));
    assert_eq!((admission.reserved.len(), admission.counted.len()), (0, 1));
    assert_eq!([1, 2, 3, 4].map(|number| sums(&counters, number)), [(1, 0), (0, 0), (0, 0), (0, 0)]);
}

#[test]
fn held_asks_pass_a_soft_budget_need_room_in_a_strict_one_and_count_once() {
    let counters = MemoryCounters::default();
    let soft = rule(LimitKind::Cost, 100, Enforcement::Soft);
    let strict = rule(LimitKind::Cost, 100, Enforcement::Strict);
    let rate = rule(LimitKind::Count, 1, Enforcement::Soft);
    admit(&counters, &[ask(1, &soft, 120), ask(2, &strict, 90), ask(3, &rate, 1)], NOW);

    assert!(!admit(&counters, &[ask(1, &soft, 5)], NOW).passed());
    let again = admit(&counters, &[held(ask(3, &rate, 1)), held(ask(1, &soft, 5)), held(ask(2, &strict, 10))], NOW);
    assert_eq!(again.verdicts, [1, 120, 90].map(|used| Verdict::Passed { used }));
    assert_eq!((sums(&counters, 1), sums(&counters, 2), sums(&counters, 3)), ((0, 125), (0, 100), (1, 0)));

    let further = admit(&counters, &[held(ask(1, &soft, 5)), held(ask(2, &strict, 1))], NOW);
    assert!(matches!(further.verdicts[..], [Verdict::Passed { .. }, Verdict::Refused { used: 100, .. }]));
    assert_eq!(sums(&counters, 1), (0, 125), "all or nothing");
}

#[test]
fn a57_a_settlement_after_the_windows_end_books_into_the_window_of_its_open() {
    let counters = MemoryCounters::default();
    let budget = rule(LimitKind::Cost, 100, Enforcement::Soft);
    let (last, first) = (UnixMs(3_600_000 * 500_001 - 1), UnixMs(3_600_000 * 500_001));
    let before = admit(&counters, &[ask(1, &budget, 100)], last);
    let after = admit(&counters, &[ask(1, &budget, 40)], first);
    assert_eq!(after.verdicts, [Verdict::Passed { used: 0 }]);
    counters.settle(&before.reserved, 90);
    counters.settle(&after.reserved, 35);
    let rows = outcome(counters.snapshot(None)).unwrap();
    let windows: Vec<_> = rows.iter().map(|row| (row.window_end, row.settled, row.reserved)).collect();
    assert_eq!(windows, [(first, 90, 0), (first.plus_ms(3_600_000), 35, 0)]);
}

#[test]
fn a60_absurd_amounts_saturate_and_block() {
    let counters = MemoryCounters::default();
    let budget = rule(LimitKind::Cost, 100, Enforcement::Soft);
    let first = admit(&counters, &[ask(1, &budget, i64::MAX)], NOW);
    counters.settle(&first.reserved, i64::MAX);
    counters.settle(&first.reserved, i64::MAX);
    assert_eq!(sums(&counters, 1), (i64::MAX, 0));
    assert!(!admit(&counters, &[ask(1, &budget, 1)], NOW).passed());
}

#[test]
fn a35_buckets_are_bounded_and_idle_ones_make_room() {
    let counters = MemoryCounters::new(256);
    let rate = rule(LimitKind::Count, 5, Enforcement::Soft);
    let flood = |now: UnixMs| {
        (0..2_000_u32)
            .filter(|number| {
                let ask = Ask { bucket: BucketId::of(&[&number.to_le_bytes()]), ..ask(0, &rate, 1) };
                outcome(counters.admit(&[ask], now)).is_ok()
            })
            .count()
    };
    assert_eq!(flood(NOW), 256);
    assert_eq!((counters.len(), counters.refused_full()), (256, 1_744), "a full house is no way around a limit (S09)");
    assert_eq!(flood(NOW), 256, "those that are there go on");
    assert_eq!(flood(NOW.plus_ms(3 * 3_600_000)), 256, "once their windows are over, others may come");
    assert_eq!(counters.evict_idle(NOW.plus_ms(6 * 3_600_000)), 256);
    assert!(counters.is_empty());
}

#[test]
fn a_reset_forgets_what_is_settled_and_keeps_what_is_under_way() {
    let counters = MemoryCounters::default();
    let budget = rule(LimitKind::Cost, 100, Enforcement::Soft);
    let first = admit(&counters, &[ask(1, &budget, 60)], NOW);
    counters.settle(&first.reserved, 60);
    admit(&counters, &[ask(1, &budget, 30)], NOW);
    outcome(counters.reset(bucket(1))).unwrap();
    assert_eq!(sums(&counters, 1), (0, 30));
}

/// 500 requests of known cost 2 from eight threads against a limit worth 9.5 of them; all are under way together.
fn burst(enforcement: Enforcement) -> (usize, (i64, i64)) {
    let counters = MemoryCounters::default();
    let budget = rule(LimitKind::Cost, 19, enforcement);
    let barrier = Barrier::new(8);
    let admitted: usize = thread::scope(|scope| {
        let threads: Vec<_> = (0..8)
            .map(|thread| {
                let (counters, budget, barrier) = (&counters, &budget, &barrier);
                scope.spawn(move || {
                    barrier.wait();
                    let requests = if thread < 4 { 63 } else { 62 };
                    let passed = (0..requests).map(|_| admit(counters, &[ask(1, budget, 2)], NOW));
                    let passed: Vec<Admission> = passed.filter(Admission::passed).collect();
                    passed.iter().for_each(|admission| counters.settle(&admission.reserved, 2));
                    passed.len()
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    (admitted, sums(&counters, 1))
}

#[test]
fn a53_m6_of_500_concurrent_requests_soft_admits_ten_and_strict_nine() {
    assert_eq!(burst(Enforcement::Soft), (10, (20, 0)));
    assert_eq!(burst(Enforcement::Strict), (9, (18, 0)));
}

#[test]
fn a54_a_thousand_aborts_leave_no_reservation() {
    let counters = MemoryCounters::default();
    let budget = rule(LimitKind::Cost, 1_000_000, Enforcement::Strict);
    thread::scope(|scope| {
        for thread in 0..4_i64 {
            let (counters, budget) = (&counters, &budget);
            scope.spawn(move || {
                for number in 0..250 {
                    let asks = [ask(1, budget, 100), ask(2, budget, 100)];
                    let admission = admit(counters, &asks, NOW.plus_ms(number * 30_000));
                    // Aborted before the headers, or after `thread` tokens.
                    match number % 2 {
                        0 => counters.void(&admission.reserved),
                        _ => counters.settle(&admission.reserved, thread),
                    }
                }
            });
        }
    });
    let rows = outcome(counters.snapshot(None)).unwrap();
    assert!(rows.iter().all(|row| row.reserved == 0 && row.settled >= 0), "{rows:?}");
}

#[test]
fn steps_over_the_same_buckets_in_any_order_do_not_wait_for_each_other() {
    let counters = MemoryCounters::default();
    let rate = rule(LimitKind::Count, i64::MAX, Enforcement::Soft);
    thread::scope(|scope| {
        for thread in 0..4_u8 {
            let (counters, rate) = (&counters, &rate);
            scope.spawn(move || {
                let mut asks: Vec<Ask> = (0..10).map(|number| ask(number, rate, 1)).collect();
                asks.rotate_left(usize::from(thread) * 2);
                for _ in 0..500 {
                    assert!(admit(counters, &asks, NOW).passed());
                }
            });
        }
    });
    assert!((0..10).all(|number| sums(&counters, number) == (2_000, 0)));
}

#[test]
fn counts_of_a_record_come_back_and_other_records_are_not_parsed() {
    let counters = MemoryCounters::default();
    let mut recovery = Recovery::begin(&counters, &crate::ledger::Checkpoint::default());
    let count = ask(1, &rule(LimitKind::Count, 5, Enforcement::Soft), 1);
    let booking = Booking { window_end: NOW.plus_ms(9), ..count.booking(count.rule.span.window_at(NOW)) };
    let json = serde_json::json!({"id": "x", "counts": [booking], "route": {"counts": 1}}).to_string();
    recovery.apply_record(json.as_bytes());
    recovery.apply_record(b"{\"note\":\"no counts here\"");
    recovery.apply_record(b"{\"counts\":[");
    assert_eq!((recovery.unmatched(), recovery.finish(NOW)), (1, Recovered::default()));
    assert_eq!(sums(&counters, 1), (1, 0));
}
