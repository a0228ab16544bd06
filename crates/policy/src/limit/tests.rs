use std::collections::HashMap;

use jiff::{Timestamp, tz::TimeZone};
use proptest::prelude::*;

use super::*;

fn at(text: &str) -> UnixMs {
    UnixMs(text.parse::<Timestamp>().unwrap().as_millisecond())
}

fn zone(posix: &str) -> TimeZone {
    TimeZone::posix(posix).unwrap()
}

/// Europe/Berlin since 1996.
const BERLIN: &str = "CET-1CEST,M3.5.0,M10.5.0/3";
/// Australia/Lord_Howe: clocks change by half an hour.
const LORD_HOWE: &str = "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0";
/// America/St_Johns as of 2010: clocks change at 00:01, so that a date comes twice.
const ST_JOHNS: &str = "NST3:30NDT,M3.2.0/0:01,M11.1.0/0:01";
/// America/Asuncion as of 2020: in spring there is no midnight.
const ASUNCION: &str = "<-04>4<-03>,M10.1.0/0,M3.4.0/0";

fn rule(kind: LimitKind, limit: i64, span: Span) -> Rule {
    Rule { kind, limit, span, technique: Technique::Sliding, enforcement: Enforcement::Soft, mode: Mode::Enforce }
}

fn requests(limit: i64, seconds: u32) -> Rule {
    rule(LimitKind::Count, limit, Span::Seconds(seconds))
}

fn budget(limit: i64, seconds: u32, enforcement: Enforcement) -> Rule {
    Rule { enforcement, ..rule(LimitKind::Cost, limit, Span::Seconds(seconds)) }
}

fn ask(rule: &Rule, amount: i64) -> Ask {
    named(rule, amount, "bucket")
}

fn named(rule: &Rule, amount: i64, name: &str) -> Ask {
    let bucket = BucketId::of(&[name.as_bytes()]);
    Ask { node: 0, bucket, rule: Arc::new(rule.clone()), amount, held: false }
}

#[derive(Default)]
struct Memory(HashMap<BucketId, BucketState>);

impl Buckets for Memory {
    fn bucket(&mut self, id: BucketId) -> &mut BucketState {
        self.0.entry(id).or_default()
    }
}

impl Memory {
    fn passes(&mut self, ask: &Ask, now: UnixMs) -> bool {
        admit(std::slice::from_ref(ask), self, now).passed()
    }

    fn used(&mut self, ask: &Ask, now: UnixMs) -> i64 {
        self.bucket(ask.bucket).used(&ask.rule, now)
    }
}

#[test]
fn sliding_is_the_documented_arithmetic() {
    // Cloudflare's own example: 42 in the minute before, 18 in this one, 15 s into it: 42 × 45/60 + 18 = 49.5.
    // Source: Cloudflare's article "How we built rate limiting capable of scaling to millions of domains" (2017).
    let rule = requests(50, 60);
    let mut memory = Memory::default();
    memory.bucket(ask(&rule, 1).bucket).count(&ask(&rule, 42).booking(rule.span.window_at(UnixMs(0))));
    memory.bucket(ask(&rule, 1).bucket).count(&ask(&rule, 18).booking(rule.span.window_at(UnixMs(60_000))));
    assert_eq!(memory.used(&ask(&rule, 1), UnixMs(75_000)), 49);
    assert!(memory.passes(&ask(&rule, 1), UnixMs(75_000)));
    assert!(!memory.passes(&ask(&rule, 1), UnixMs(75_000)));
}

#[test]
fn two_per_minute_let_two_through() {
    let rule = Rule { technique: Technique::Fixed, ..requests(2, 60) };
    let mut memory = Memory::default();
    let outcomes: Vec<bool> = [0, 1, 2, 59_999, 60_000].map(|now| memory.passes(&ask(&rule, 1), UnixMs(now))).into();
    assert_eq!(outcomes, [true, true, false, false, true]);
}

#[test]
fn a57_each_side_of_a_border_has_its_own_window() {
    let day = Span::Seconds(86_400);
    let last = day.window_at(at("2026-08-01T23:59:59.999Z"));
    let first = day.window_at(at("2026-08-02T00:00:00Z"));
    assert_eq!((last.start, last.end), (at("2026-08-01T00:00:00Z"), at("2026-08-02T00:00:00Z")));
    assert_eq!((first.start, day.previous(&first)), (last.end, last));
}

#[test]
fn a57_a_reservation_settles_in_the_window_it_was_opened_in() {
    let rule = Rule { technique: Technique::Fixed, ..budget(100, 60, Enforcement::Soft) };
    let mut bucket = BucketState::default();
    let opened = ask(&rule, 70).booking(bucket.window_at(&rule, UnixMs(59_999)));
    bucket.reserve(&opened);
    let next = ask(&rule, 5).booking(bucket.window_at(&rule, UnixMs(60_000)));
    bucket.reserve(&next);
    bucket.settle(&opened, 90);
    assert_eq!(bucket.used(&rule, UnixMs(60_001)), 5);
    let sliding = Rule { technique: Technique::Sliding, ..rule };
    assert_eq!(bucket.used(&sliding, UnixMs(60_000)), 95);
    assert_eq!(bucket.used(&sliding, UnixMs(90_000)), 50);
}

#[test]
fn a57_calendar_windows_follow_the_clock_of_the_zone() {
    let cases = [
        // Clocks go forward on 2026-03-29: 23 hours.
        (BERLIN, Calendar::Day, "2026-03-29T12:00:00Z", "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z"),
        // Clocks go back on 2026-10-25: 25 hours.
        (BERLIN, Calendar::Day, "2026-10-25T22:59:59.999Z", "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z"),
        // 02:30 comes twice, as two hours.
        (BERLIN, Calendar::Hour, "2026-10-25T00:30:00Z", "2026-10-25T00:00:00Z", "2026-10-25T01:00:00Z"),
        (BERLIN, Calendar::Hour, "2026-10-25T01:30:00Z", "2026-10-25T01:00:00Z", "2026-10-25T02:00:00Z"),
        // A leap day is a day, and February has it.
        ("UTC0", Calendar::Day, "2028-02-29T23:59:59.999Z", "2028-02-29T00:00:00Z", "2028-03-01T00:00:00Z"),
        ("UTC0", Calendar::Month, "2028-02-29T00:00:00Z", "2028-02-01T00:00:00Z", "2028-03-01T00:00:00Z"),
        // 2026-08-02 is a Sunday; the week began on Monday, July 27th. The year's end does not cut a week.
        ("UTC0", Calendar::Week, "2026-08-02T23:59:59.999Z", "2026-07-27T00:00:00Z", "2026-08-03T00:00:00Z"),
        ("UTC0", Calendar::Week, "2027-01-01T00:00:00Z", "2026-12-28T00:00:00Z", "2027-01-04T00:00:00Z"),
        // In Berlin, March begins at 23:00 UTC and ends an hour earlier of the day.
        (BERLIN, Calendar::Month, "2026-03-31T21:59:59.999Z", "2026-02-28T23:00:00Z", "2026-03-31T22:00:00Z"),
        // 2020-10-04 begins at 01:00 there.
        (ASUNCION, Calendar::Day, "2020-10-04T05:00:00Z", "2020-10-04T04:00:00Z", "2020-10-05T03:00:00Z"),
    ];
    for (posix, calendar, now, start, end) in cases {
        let window = Span::Calendar(calendar, zone(posix)).window_at(at(now));
        assert_eq!((window.start, window.end), (at(start), at(end)), "{posix} {calendar:?} {now}");
    }
}

#[test]
fn calendar_windows_do_not_slide() {
    let rule = rule(LimitKind::Count, 1, Span::Calendar(Calendar::Day, TimeZone::UTC));
    let mut memory = Memory::default();
    assert!(memory.passes(&ask(&rule, 1), at("2026-08-01T23:59:59.999Z")));
    assert!(!memory.passes(&ask(&rule, 1), at("2026-08-01T23:59:59.999Z")));
    assert!(memory.passes(&ask(&rule, 1), at("2026-08-02T00:00:00Z")));
}

#[test]
fn a_changed_time_zone_continues_the_window_that_runs() {
    let in_utc = rule(LimitKind::Count, 1, Span::Calendar(Calendar::Day, TimeZone::UTC));
    let in_berlin = rule(LimitKind::Count, 1, Span::Calendar(Calendar::Day, zone(BERLIN)));
    let mut memory = Memory::default();
    assert!(memory.passes(&ask(&in_utc, 1), at("2026-08-01T10:00:00Z")));
    assert!(!memory.passes(&ask(&in_berlin, 1), at("2026-08-01T23:00:00Z")));
    assert!(memory.passes(&ask(&in_berlin, 1), at("2026-08-02T00:00:00Z")));
    assert!(!memory.passes(&ask(&in_berlin, 1), at("2026-08-02T21:59:59Z")));
    assert!(memory.passes(&ask(&in_berlin, 1), at("2026-08-02T22:00:00Z")));
}

#[test]
fn a53_a_soft_budget_is_crossed_by_one_request_only() {
    let rule = budget(100, 3_600, Enforcement::Soft);
    let mut memory = Memory::default();
    assert!(memory.passes(&ask(&rule, 99), UnixMs(0)));
    let admitted = (0..500).filter(|_| memory.passes(&ask(&rule, 30), UnixMs(1))).count();
    assert_eq!((admitted, memory.used(&ask(&rule, 0), UnixMs(1))), (1, 129));
}

#[test]
fn a53_a_strict_budget_is_never_crossed() {
    let rule = budget(100, 3_600, Enforcement::Strict);
    let mut memory = Memory::default();
    let admitted = (0..500).filter(|_| memory.passes(&ask(&rule, 30), UnixMs(1))).count();
    assert_eq!((admitted, memory.used(&ask(&rule, 0), UnixMs(1))), (3, 90));
    assert!(memory.passes(&ask(&rule, 10), UnixMs(1)));
    assert!(!memory.passes(&ask(&rule, 1), UnixMs(1)));
}

#[test]
fn a_first_request_larger_than_the_soft_budget_is_served() {
    let rule = budget(1_000_000_000_000, 3_600, Enforcement::Soft);
    let mut memory = Memory::default();
    assert!(memory.passes(&ask(&rule, 20_000_000_000_000), UnixMs(0)));
    assert!(!memory.passes(&ask(&rule, 1), UnixMs(0)));
}

#[test]
fn watching_lets_through_counts_and_says_so() {
    let rule = Rule { mode: Mode::Watch, technique: Technique::Fixed, ..requests(1, 60) };
    let mut memory = Memory::default();
    let verdicts: Vec<Verdict> =
        (0..3).flat_map(|_| admit(&[ask(&rule, 1)], &mut memory, UnixMs(5)).verdicts).collect();
    let late = |used| Verdict::WouldRefuse { used, retry_at: UnixMs(60_000) };
    assert_eq!(verdicts, [Verdict::Passed { used: 0 }, late(1), late(2)]);
}

#[test]
fn after_a_refusal_counts_before_it_stay_and_money_does_not() {
    let (count, money) = (requests(10, 60), budget(100, 60, Enforcement::Strict));
    let asks = [named(&money, 60, "a"), named(&count, 1, "b"), named(&money, 101, "c"), named(&count, 1, "d")];
    let mut memory = Memory::default();
    let admission = admit(&asks, &mut memory, UnixMs(0));
    assert_eq!(admission.verdicts.len(), 3);
    assert!(matches!(admission.verdicts[2], Verdict::Refused { used: 0, .. }));
    assert_eq!((admission.reserved.len(), admission.counted.len()), (0, 1));
    assert_eq!(asks.each_ref().map(|ask| memory.used(ask, UnixMs(0))), [0, 1, 0, 0]);
}

#[test]
fn a_held_limit_reserves_again_but_counts_once() {
    let (count, money) = (requests(1, 60), budget(100, 60, Enforcement::Soft));
    let asks = [named(&count, 1, "n"), named(&money, 60, "m")];
    let mut memory = Memory::default();
    let first = admit(&asks, &mut memory, UnixMs(0));
    memory.bucket(asks[1].bucket).void(&first.reserved[0]);
    let again = asks.map(|ask| Ask { held: true, ..ask });
    let second = admit(&again, &mut memory, UnixMs(1));
    assert!(second.passed());
    assert_eq!((second.counted.len(), second.reserved.len()), (0, 1));
    assert_eq!(again.each_ref().map(|ask| memory.used(ask, UnixMs(1))), [1, 60]);
}

#[test]
fn a58_a_clock_that_is_set_back_opens_no_second_budget() {
    let rule = Rule { technique: Technique::Fixed, ..budget(100, 3_600, Enforcement::Soft) };
    let mut memory = Memory::default();
    let now = at("2026-08-01T10:05:00Z");
    assert!(memory.passes(&ask(&rule, 100), now));
    for back in ["2026-08-01T10:04:59.999Z", "2026-08-01T09:05:00Z", "2026-07-31T10:05:00Z"] {
        assert!(!memory.passes(&ask(&rule, 1), at(back)), "{back}");
    }
    assert!(memory.passes(&ask(&rule, 1), at("2026-08-01T11:00:00Z")));
}

#[test]
fn a60_sums_stop_at_the_end_of_the_range_and_block() {
    for enforcement in [Enforcement::Soft, Enforcement::Strict] {
        let rule = budget(i64::MAX, 60, enforcement);
        let mut memory = Memory::default();
        let big = ask(&rule, i64::MAX);
        let booking = big.booking(rule.span.window_at(UnixMs(0)));
        let bucket = memory.bucket(big.bucket);
        bucket.reserve(&booking);
        bucket.reserve(&booking);
        bucket.settle(&booking, i64::MAX);
        bucket.count(&booking);
        assert_eq!(bucket.used(&rule, UnixMs(0)), i64::MAX);
        assert!(!memory.passes(&ask(&rule, 1), UnixMs(59_999)));
    }
}

#[test]
fn nothing_becomes_negative() {
    let rule = budget(100, 60, Enforcement::Soft);
    let mut bucket = BucketState::default();
    let booking = ask(&rule, 40).booking(bucket.window_at(&rule, UnixMs(0)));
    bucket.void(&booking);
    bucket.refund(&booking);
    bucket.settle(&booking, -7);
    assert_eq!(bucket.used(&rule, UnixMs(0)), 0);
    assert!(!BucketState::default().decide(&rule, -500, UnixMs(0)).window.contains(UnixMs(60_000)));
}

#[test]
fn a50_a51_one_key_per_canonical_value() {
    let of = |value: Option<Scalar>| KeyValue::of(value.as_ref());
    assert_eq!(of(Some(Scalar::Number(1.0))), of(Some(Scalar::text("1"))));
    assert_eq!(of(None), of(Some(Scalar::text(""))));
    let distinct = [
        of(None),
        KeyValue::Everyone,
        of(Some(Scalar::text("a"))),
        of(Some(Scalar::text("A"))),
        of(Some(Scalar::text("a "))),
        of(Some(Scalar::text("*"))),
        of(Some(Scalar::text("missing"))),
    ];
    let count = distinct.len();
    assert_eq!(std::collections::HashSet::from(distinct).len(), count);
}

#[test]
fn an_amount_that_never_fits_waits_for_an_empty_bucket() {
    let rule = budget(100, 60, Enforcement::Strict);
    let mut bucket = BucketState::default();
    bucket.count(&ask(&rule, 1).booking(rule.span.window_at(UnixMs(0))));
    assert_eq!(bucket.free_at(&rule, 101, UnixMs(5)), UnixMs(120_000));
}

#[test]
fn an_idle_bucket_has_no_reservation_and_no_influence() {
    let rule = budget(100, 60, Enforcement::Soft);
    let mut bucket = BucketState::default();
    let booking = ask(&rule, 5).booking(bucket.window_at(&rule, UnixMs(0)));
    bucket.reserve(&booking);
    assert!(!bucket.is_idle(UnixMs(1_000_000)));
    bucket.settle(&booking, 5);
    assert!(!bucket.is_idle(UnixMs(119_999)));
    assert!(bucket.is_idle(UnixMs(120_000)));
}

#[test]
fn words_in_documents_are_as_published() {
    let words = serde_json::json!([
        Technique::Sliding,
        Technique::Fixed,
        Calendar::Hour,
        Calendar::Day,
        Calendar::Week,
        Calendar::Month,
        Enforcement::Soft,
        Enforcement::Strict,
        Mode::Enforce,
        Mode::Watch,
        MissingKey::Shared,
        MissingKey::Fallback,
        OnUnavailable::Fallback,
        OnUnavailable::Allow
    ]);
    let published = serde_json::json!([
        "sliding", "fixed", "hour", "day", "week", "month", "soft", "strict", "enforce", "watch", "shared", "fallback",
        "fallback", "allow"
    ]);
    assert_eq!(words, published);
}

#[derive(Clone, Debug)]
enum Step {
    Open { after_ms: i64, amount: i64 },
    Settle { index: usize, actual: i64 },
    Void { index: usize },
    Count { after_ms: i64, amount: i64 },
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        (0..40_000_i64, 0..1_000_i64).prop_map(|(after_ms, amount)| Step::Open { after_ms, amount }),
        (any::<usize>(), 0..1_500_i64).prop_map(|(index, actual)| Step::Settle { index, actual }),
        any::<usize>().prop_map(|index| Step::Void { index }),
        (0..150_000_i64, 1..20_i64).prop_map(|(after_ms, amount)| Step::Count { after_ms, amount }),
    ];
    proptest::collection::vec(step, 1..60)
}

/// What D5 says, read off the list of everything that ever happened: (moment of its open, amount).
fn model(events: &[(i64, i64)], now: i64, length: i64, slides: bool) -> i64 {
    let in_window = |index: i64| -> i64 {
        events.iter().filter(|(at, _)| at.div_euclid(length) == index).map(|(_, amount)| amount).sum()
    };
    let index = now.div_euclid(length);
    let overlap_ms = if slides { length - now.rem_euclid(length) } else { 0 };
    in_window(index - 1) * overlap_ms / length + in_window(index)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn used_is_the_formula_over_everything_that_happened(steps in steps(), slides: bool) {
        let technique = if slides { Technique::Sliding } else { Technique::Fixed };
        let rule = Rule { technique, ..budget(1_000, 60, Enforcement::Soft) };
        let (mut bucket, mut events, mut open) = (BucketState::default(), Vec::new(), Vec::new());
        let mut now = 1_000_000_000;
        for step in steps {
            match step {
                Step::Open { after_ms, amount } => {
                    now += after_ms;
                    let booking = ask(&rule, amount).booking(bucket.decide(&rule, amount, UnixMs(now)).window);
                    bucket.reserve(&booking);
                    open.push((booking, events.len()));
                    events.push((now, amount));
                }
                Step::Settle { index, actual } if !open.is_empty() => {
                    let (booking, event) = open.swap_remove(index % open.len());
                    bucket.settle(&booking, actual);
                    events[event].1 = actual;
                }
                Step::Void { index } if !open.is_empty() => {
                    let (booking, event) = open.swap_remove(index % open.len());
                    bucket.void(&booking);
                    events[event].1 = 0;
                }
                Step::Settle { .. } | Step::Void { .. } => {}
                Step::Count { after_ms, amount } => {
                    now += after_ms;
                    bucket.count(&ask(&rule, amount).booking(bucket.window_at(&rule, UnixMs(now))));
                    events.push((now, amount));
                }
            }
            prop_assert_eq!(bucket.used(&rule, UnixMs(now)), model(&events, now, 60_000, slides));
            let restored = BucketState::from_slots(bucket.slots().copied());
            prop_assert_eq!(restored.used(&rule, UnixMs(now)), bucket.used(&rule, UnixMs(now)));
        }
        let reserved: i64 = bucket.slots().map(|slot| slot.reserved).sum();
        prop_assert_eq!(reserved, open.iter().map(|(booking, _)| booking.amount).sum::<i64>());
    }

    #[test]
    fn free_at_is_the_first_moment_that_admits(
        previous in 0..200_i64, current in 0..200_i64, into in 0..60_000_i64, limit in 1..150_i64, slides: bool,
    ) {
        let technique = if slides { Technique::Sliding } else { Technique::Fixed };
        let rule = Rule { technique, ..requests(limit, 60) };
        let mut bucket = BucketState::default();
        bucket.count(&ask(&rule, previous).booking(rule.span.window_at(UnixMs(0))));
        bucket.count(&ask(&rule, current).booking(rule.span.window_at(UnixMs(60_000))));
        let now = UnixMs(60_000 + into);
        let free = bucket.free_at(&rule, 1, now);
        prop_assert!(bucket.decide(&rule, 1, free).admits);
        prop_assert!(free == now || !bucket.decide(&rule, 1, free.plus_ms(-1)).admits);
    }

    #[test]
    fn a57_windows_touch_and_never_overlap(seconds in 1_262_304_000_i64..1_893_456_000, which in 0..4_usize, near: bool) {
        for posix in [BERLIN, LORD_HOWE, ST_JOHNS, ASUNCION] {
            let calendar = [Calendar::Hour, Calendar::Day, Calendar::Week, Calendar::Month][which];
            let (span, zone) = (Span::Calendar(calendar, zone(posix)), zone(posix));
            let drawn = Timestamp::from_second(seconds).unwrap();
            // Half of the cases lie within three hours of a change of clocks.
            let change = zone.following(drawn).next().unwrap().timestamp();
            let now = if near { UnixMs(change.as_millisecond() + (seconds % 21_600 - 10_800) * 1_000) } else { UnixMs(seconds * 1_000) };
            let window = span.window_at(now);
            prop_assert!(window.contains(now), "{} {:?} {:?}", posix, window, now);
            prop_assert_eq!(span.previous(&window).end, window.start);
            prop_assert_eq!(span.window_at(window.end).start, window.end);
            prop_assert_eq!(span.window_at(window.start), window);
            prop_assert_eq!(span.window_at(window.end.plus_ms(-1)), window);
        }
    }
}
