use proptest::prelude::*;
use waypost_types::{
    AttemptId, Booking, BucketId, FaultClass, LimitKind, PicoUsd, RequestId, Surface, UnixMs, Usage,
    record::{CostSource, RequestOutcome},
};

use super::{DecodeError, Event, Open, Origin, OriginRoute, Settle, Void};

fn attempt() -> AttemptId {
    AttemptId { request: RequestId::from_bytes(*b"0123456789abcdef"), index: 2 }
}

fn booking(kind: LimitKind, amount: i64) -> Booking {
    Booking { bucket: BucketId([0xb1; 16]), kind, window_start: UnixMs(1_000), window_end: UnixMs(61_000), amount }
}

fn open() -> Open {
    Open {
        attempt: attempt(),
        at: UnixMs(1_700_000_000_000),
        bookings: vec![booking(LimitKind::Cost, 400_000), booking(LimitKind::Cost, 400_000)],
        estimate: Some(PicoUsd(400_000)),
        counts: vec![],
        origin: None,
    }
}

fn origin() -> Origin {
    Origin {
        account: "default".into(),
        gateway: "gw".into(),
        surface: Surface::Dynamic,
        requested_model: "dynamic/größe".into(),
        provider: "openai".into(),
        model: "gpt".into(),
        node: "m1".into(),
        key_id: Some("k".into()),
        key_label: None,
        route: Some(OriginRoute { id: "r".into(), name: "größe".into(), version_id: "v".into(), version: 7 }),
    }
}

fn settle() -> Settle {
    Settle {
        attempt: attempt(),
        at: UnixMs(1_700_000_001_000),
        cost: PicoUsd(399_999),
        source: CostSource::Custom,
        usage: Usage {
            input_tokens: 10,
            output_tokens: 20,
            cache_read_tokens: 3,
            cache_write_tokens: 4,
            reasoning_tokens: 5,
        },
    }
}

fn encoded(event: impl Into<Event>) -> Vec<u8> {
    let mut bytes = Vec::new();
    event.into().encode(&mut bytes);
    bytes
}

fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_hexdigit).collect();
    digits.chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

/// Written by hand from the table in `codec.rs`. Never edit: journals of this version exist (invariant I16).
#[test]
fn i16_version_1_stays_readable() {
    let head = "30313233343536373839616263646566 0200";
    let booking = "b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1 01 e803000000000000 48ee000000000000 801a060000000000";
    let open_1 = hex(&format!("01 01 {head} 0068e5cf8b010000 01 801a060000000000 0200 {booking} {booking} 0000"));
    assert_eq!(Event::decode(&open_1), Ok(open().into()));
    assert_eq!(encoded(open()), open_1);

    let settle_1 = hex(&format!(
        "01 02 {head} e86be5cf8b010000 7f1a060000000000 01 0a00000000000000 1400000000000000 0300000000000000 \
         0400000000000000 0500000000000000"
    ));
    assert_eq!(Event::decode(&settle_1), Ok(settle().into()));
    assert_eq!(encoded(settle()), settle_1);

    let void_1 = hex(&format!("01 03 {head} e86be5cf8b010000"));
    let void = Void { attempt: attempt(), at: UnixMs(1_700_000_001_000) };
    assert_eq!(Event::decode(&void_1), Ok(void.into()));
    assert_eq!(encoded(void), void_1);
}

/// Written by hand from the table in `codec.rs`. Never edit: journals of this version exist (invariant I16).
#[test]
fn i16_version_2_stays_readable() {
    let text = |text: &str| {
        let bytes: String = text.bytes().map(|byte| format!("{byte:02x}")).collect();
        format!("{:02x}00 {bytes} ", text.len())
    };
    let names: String = ["default", "gw", "dynamic/größe", "openai", "gpt", "m1"].map(text).concat();
    let head = "30313233343536373839616263646566 0200";
    let bytes = hex(&format!(
        "02 01 {head} 0068e5cf8b010000 00 0000 0000 03 {names} 01 {} 00 01 {} {} {} 07000000",
        text("k"),
        text("r"),
        text("größe"),
        text("v"),
    ));
    let open = Open { bookings: vec![], estimate: None, origin: Some(origin()), ..open() };
    assert_eq!(Event::decode(&bytes), Ok(open.clone().into()));
    assert_eq!(encoded(open), bytes);
}

#[test]
fn f60_what_a_crash_cut_off_has_a_row_with_its_estimate() {
    let open = Open { origin: Some(origin()), ..open() };
    let record = open.recovered_record().unwrap();
    assert_eq!((record.id, record.created_at), (open.attempt.request, open.attempt.request.at()));
    assert_eq!(
        (&*record.account, &*record.gateway, &*record.provider, &*record.model),
        ("default", "gw", "openai", "gpt")
    );
    assert_eq!(
        (record.outcome, record.cost, record.cost_source),
        (RequestOutcome::Interrupted, open.estimate, CostSource::Recovered)
    );
    assert_eq!(record.route.map(|route| (route.name, route.version)), Some(("größe".into(), 7)));
    let [attempt] = &record.attempts[..] else { panic!("{:?}", record.attempts) };
    assert_eq!((attempt.index, attempt.fault, attempt.cost), (2, Some(FaultClass::Interrupted), open.estimate));
    let unpriced = Open { estimate: None, ..open.clone() }.recovered_record().unwrap();
    assert_eq!((unpriced.cost, unpriced.cost_source), (None, CostSource::Unknown));
    assert_eq!(Open { origin: None, ..open }.recovered_record(), None, "a request whose row is switched off");
}

#[test]
fn events_are_compact() {
    assert_eq!(encoded(open()).len(), 123);
    assert_eq!(encoded(settle()).len(), 77);
    assert_eq!(encoded(Void { attempt: attempt(), at: UnixMs(0) }).len(), 28);
}

#[test]
fn f53_an_event_cut_or_extended_at_any_byte_is_refused() {
    let with_origin = Open { origin: Some(origin()), ..open() };
    for bytes in
        [encoded(open()), encoded(with_origin), encoded(settle()), encoded(Void { attempt: attempt(), at: UnixMs(0) })]
    {
        for end in 0..bytes.len() {
            assert_eq!(Event::decode(&bytes[..end]), Err(DecodeError::Truncated), "{end}");
        }
        let longer = [bytes.as_slice(), b"x"].concat();
        assert_eq!(Event::decode(&longer), Err(DecodeError::Trailing(1)));
    }
}

#[test]
fn unknown_versions_and_tags_are_named() {
    assert_eq!(Event::decode(&[9, 1]), Err(DecodeError::Version(9)));
    let mut bytes = encoded(settle());
    bytes[1] = 7;
    assert_eq!(Event::decode(&bytes), Err(DecodeError::Tag(7, "kind of event")));
    bytes[1] = 2;
    bytes[36] = 200;
    assert_eq!(Event::decode(&bytes), Err(DecodeError::Tag(200, "cost source")));
}

#[test]
fn recovery_books_the_estimate() {
    let at = UnixMs(9);
    let recovered = open().recover(at);
    assert_eq!((recovered.cost, recovered.source), (PicoUsd(400_000), CostSource::Recovered));
    let unpriced = Open { estimate: None, ..open() }.recover(at);
    assert_eq!((unpriced.cost, unpriced.source), (PicoUsd::ZERO, CostSource::Unknown));
}

fn any_booking() -> impl Strategy<Value = Booking> {
    (any::<[u8; 16]>(), any::<bool>(), any::<i64>(), any::<i64>(), any::<i64>()).prop_map(
        |(bucket, is_cost, start, end, amount)| Booking {
            bucket: BucketId(bucket),
            kind: if is_cost { LimitKind::Cost } else { LimitKind::Count },
            window_start: UnixMs(start),
            window_end: UnixMs(end),
            amount,
        },
    )
}

fn any_event() -> impl Strategy<Value = Event> {
    let attempt = (any::<[u8; 16]>(), any::<u16>())
        .prop_map(|(id, index)| AttemptId { request: RequestId::from_bytes(id), index });
    let bookings = || proptest::collection::vec(any_booking(), 0..4);
    (attempt, any::<i64>(), 0..4, any::<Option<i64>>(), bookings(), bookings(), any::<[u64; 5]>()).prop_map(
        |(attempt, at, kind, amount, bookings, counts, tokens)| {
            let at = UnixMs(at);
            let [input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, reasoning_tokens] = tokens;
            let usage = Usage { input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, reasoning_tokens };
            match kind {
                0 | 3 => {
                    let origin = (kind == 3).then(origin);
                    Open { attempt, at, bookings, estimate: amount.map(PicoUsd), counts, origin }.into()
                }
                1 => {
                    let cost = PicoUsd(amount.unwrap_or_default());
                    Settle { attempt, at, cost, source: CostSource::Flat, usage }.into()
                }
                _ => Void { attempt, at }.into(),
            }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn what_is_written_is_read(event in any_event()) {
        prop_assert_eq!(Event::decode(&encoded(event.clone())), Ok(event));
    }

    #[test]
    fn any_bytes_decode_or_fail(mut bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        if let Some(version) = bytes.first_mut() {
            *version = 1;
        }
        if let Ok(event) = Event::decode(&bytes) {
            prop_assert_eq!(encoded(event), bytes);
        }
    }
}
