//! What every log store has to do.

use std::{future::Future, pin::pin, task::Poll};

use serde_json::{Value, json};
use waypost_money::{
    event::{Event, Open, Settle, Void},
    ledger::Ledger,
};
use waypost_store::{
    GatewayRef, LogStore, StoreError,
    filter::Filter,
    journaled::Journaled,
    ledger::{JournalPosition, LedgerDifference},
    log::{
        Batch, Cursor, LogPatch, LogQuery, Order, OrderKey, Paging, PayloadRecord, Retention, RetentionRule, Side,
        Written,
    },
    settings::LogStrategy,
};
use waypost_types::{
    AttemptId, Booking, BucketId, LimitKind, Metadata, PicoUsd, RequestId, Scalar, Surface, UnixMs, Usage,
    record::{AttemptRecord, CostSource, RequestOutcome, RequestRecord, RouteRecord, TrailStep},
};

const HOUR_MS: i64 = 3_600_000;
/// 2026-11-20T12:00:00Z.
const NOON: UnixMs = UnixMs(1_795_176_000_000);

fn here() -> GatewayRef {
    GatewayRef::new("default", "default")
}

/// The n-th request, a second after the one before.
fn request(n: u16) -> RequestId {
    RequestId::new(NOON.plus_ms(i64::from(n) * 1000), u128::from(n))
}

fn record(n: u16) -> RequestRecord {
    let mut record: RequestRecord = serde_json::from_value(json!({
        "id": request(n), "account": "default", "gateway": "default", "created_at": request(n).at(),
        "surface": "compat", "operation": "chat", "requested_model": "dynamic/smart-route", "provider": "mock",
        "model": "large", "status": 200, "outcome": "success", "cost": 0, "cost_source": "price",
    }))
    .unwrap();
    record.duration_ms = u64::from(n) * 10;
    record.metadata = Metadata(vec![("user_id".into(), Scalar::text(format!("user-{n}")))]);
    record
}

fn records(records: Vec<RequestRecord>) -> Batch<'static> {
    Batch { records: journaled(records), ..Batch::default() }
}

/// As the journal hands them out. Their texts stay for the rest of the test.
fn journaled(records: Vec<RequestRecord>) -> Vec<Journaled<'static>> {
    let texts = records.iter().map(|record| serde_json::to_vec(record).unwrap());
    texts.map(|text| Journaled::read(text.leak()).unwrap()).collect()
}

fn booking(bucket: &[u8], kind: LimitKind, window: i64, amount: i64) -> Booking {
    Booking {
        bucket: BucketId::of(&[bucket]),
        kind,
        window_start: NOON.plus_ms(window * HOUR_MS),
        window_end: NOON.plus_ms((window + 1) * HOUR_MS),
        amount,
    }
}

fn attempt(n: u16, index: u16) -> AttemptId {
    AttemptId { request: request(n), index }
}

fn open(n: u16, index: u16, amount: i64) -> Event {
    Event::Open(Open {
        attempt: attempt(n, index),
        at: request(n).at(),
        bookings: vec![booking(b"budget", LimitKind::Cost, 0, amount)],
        estimate: Some(PicoUsd(amount)),
        counts: vec![booking(b"rate", LimitKind::Count, 0, 1)],
        origin: None,
    })
}

fn settle(n: u16, index: u16, cost: i64) -> Event {
    Event::Settle(Settle {
        attempt: attempt(n, index),
        at: request(n).at().plus_ms(500),
        cost: PicoUsd(cost),
        source: CostSource::Price,
        usage: Usage::default(),
    })
}

fn void(n: u16, index: u16) -> Event {
    Event::Void(Void { attempt: attempt(n, index), at: request(n).at().plus_ms(500) })
}

fn events(events: Vec<Event>) -> Batch<'static> {
    Batch { events, ..Batch::default() }
}

fn payload(n: u16, side: Side, body: Vec<u8>) -> PayloadRecord<'static> {
    PayloadRecord {
        request: request(n),
        account: "default",
        gateway: "default",
        created_at: request(n).at(),
        side,
        content_type: Some("application/json"),
        full_bytes: body.len() as u64,
        body: body.into(),
    }
}

fn at(stream: u32, offset: u64) -> JournalPosition {
    JournalPosition { stream, segment: 7, offset }
}

fn filters(specs: &Value) -> Vec<Filter> {
    let one = |spec: &Value| {
        let values = spec["value"].as_array().cloned().unwrap_or_else(|| vec![spec["value"].clone()]);
        Filter::parse(spec["key"].as_str().unwrap(), spec["operator"].as_str().unwrap(), &values).unwrap()
    };
    specs.as_array().unwrap().iter().map(one).collect()
}

/// Numbers of the requests that a query finds, in its order.
async fn found(store: &dyn LogStore, query: &LogQuery) -> Vec<u16> {
    let page = store.list(&here(), query).await.unwrap();
    page.rows.iter().map(|row| u16::try_from(row.record.id.0.random()).unwrap()).collect()
}

async fn matching(store: &dyn LogStore, specs: Value) -> Vec<u16> {
    let query = LogQuery {
        filters: filters(&specs),
        order: Order { by: OrderKey::CreatedAt, descending: false },
        with_total: true,
        ..LogQuery::default()
    };
    let numbers = found(store, &query).await;
    let total = store.list(&here(), &query).await.unwrap().total;
    assert_eq!(total, numbers.len() as u64, "{specs}");
    numbers
}

/// (bucket, settled, reserved) of all windows.
async fn sums(store: &dyn LogStore) -> Vec<(BucketId, UnixMs, i64, i64)> {
    let mut sums: Vec<_> = store
        .load_checkpoint(NOON)
        .await
        .unwrap()
        .counters
        .iter()
        .map(|row| (row.bucket, row.window_start, row.settled, row.reserved))
        .collect();
    sums.sort_unstable();
    sums
}

/// (settled, reserved) of one bucket in the first window.
async fn sum_of(store: &dyn LogStore, bucket: &[u8]) -> (i64, i64) {
    let bucket = BucketId::of(&[bucket]);
    sums(store).await.into_iter().find(|sum| sum.0 == bucket).map(|sum| (sum.2, sum.3)).unwrap_or_default()
}

// === rows ===

pub(crate) async fn a_row_reads_back_as_it_was_written(store: &dyn LogStore) {
    let mut full = record(1);
    full.route = Some(RouteRecord {
        id: "r1".into(),
        name: "smart-route".into(),
        version_id: "v3".into(),
        version: 3,
        trail: vec![TrailStep { node: "plan".into(), output: "true".into(), draw: Some(0.25), ..TrailStep::default() }],
    });
    full.attempts = vec![AttemptRecord { model: "large".into(), cost: Some(PicoUsd(5)), ..AttemptRecord::default() }];
    full.metadata.set("vip", Scalar::Bool(true));
    full.metadata.set("level", Scalar::Number(2.5));
    full.notes = vec!["dropped \"nested\"".into()];
    let batch = Batch {
        records: journaled(vec![full.clone()]),
        payloads: vec![payload(1, Side::Request, b"{}".to_vec())],
        ..Batch::default()
    };
    store.write_batch(&batch).await.unwrap();
    let row = store.find(&here(), request(1)).await.unwrap();
    assert_eq!(row.record, full);
    assert_eq!((row.has_request, row.has_response), (true, false));
    assert_eq!((row.feedback, row.score), (None, None));
}

pub(crate) async fn pages_and_cursors_see_every_row_once(store: &dyn LogStore) {
    store.write_batch(&records((1..=7).map(record).collect())).await.unwrap();
    let query = |page| LogQuery {
        paging: Paging::Page { page, per_page: 3 },
        with_total: true,
        with_extent: true,
        ..LogQuery::default()
    };
    assert_eq!(found(store, &query(1)).await, [7, 6, 5], "newest first");
    assert_eq!(found(store, &query(3)).await, [1]);
    let beyond = store.list(&here(), &query(9)).await.unwrap();
    assert!(beyond.rows.is_empty());
    assert_eq!(beyond.total, 7);
    assert_eq!(beyond.extent.unwrap().duration_ms, Some((10, 70)));

    let mut cursor: Option<Cursor> = None;
    let mut seen = Vec::new();
    for round in 0..3 {
        let query = LogQuery { paging: Paging::After { cursor, limit: 3 }, ..LogQuery::default() };
        seen.extend(found(store, &query).await);
        cursor = store.list(&here(), &query).await.unwrap().next;
        assert_eq!(cursor.is_some(), round < 2);
        // Newer rows do not move the place.
        store.write_batch(&records(vec![record(20 + round)])).await.unwrap();
    }
    assert_eq!(seen, [7, 6, 5, 4, 3, 2, 1]);
}

pub(crate) async fn rows_come_in_every_order(store: &dyn LogStore) {
    let mut rows: Vec<_> = (1..=3).map(record).collect();
    rows[0].model = "b".into();
    rows[1].model = "a".into();
    rows[2].model = "b".into();
    rows[0].cost = Some(PicoUsd(30));
    rows[1].cost = Some(PicoUsd(10));
    rows[2].cost = Some(PicoUsd(20));
    store.write_batch(&records(rows)).await.unwrap();
    let ordered =
        async |by, descending| found(store, &LogQuery { order: Order { by, descending }, ..LogQuery::default() }).await;
    assert_eq!(ordered(OrderKey::Model, false).await, [2, 1, 3]);
    assert_eq!(ordered(OrderKey::Model, true).await, [3, 1, 2]);
    assert_eq!(ordered(OrderKey::Cost, true).await, [1, 3, 2]);
    assert_eq!(ordered(OrderKey::CreatedAt, false).await, [1, 2, 3]);
    for (_, by) in OrderKey::ALL {
        assert_eq!(ordered(by, true).await.len(), 3, "{by:?}");
    }
}

/// Five rows that differ in what filters see.
fn colourful() -> Vec<RequestRecord> {
    let mut rows: Vec<_> = (1..=5).map(record).collect();
    let plan = |text: &str| Scalar::text(text);
    rows[0].metadata.set("plan", plan("free"));
    rows[1].metadata.set("plan", plan("paid"));
    rows[2].metadata.set("plan", plan("paid-plus"));
    rows[3].metadata.set("tier", plan("paid"));
    rows[1].provider = "openai".into();
    rows[1].model = "gpt-5".into();
    rows[1].cost = Some(PicoUsd(200_000_000_000));
    rows[1].usage = Usage { input_tokens: 100, output_tokens: 50, ..Usage::default() };
    rows[1].first_token_ms = Some(300);
    rows[1].attempts = vec![AttemptRecord { cost: Some(PicoUsd::ZERO), ..AttemptRecord::default() }; 2];
    rows[2].status = 429;
    rows[2].outcome = RequestOutcome::Refused;
    rows[2].error_type = Some("rate_limited".into());
    rows[2].key_id = Some("key-1".into());
    rows[3].cached = true;
    rows[3].surface = Surface::Dynamic;
    rows[3].custom_cost = true;
    rows[4].cost = None;
    rows[4].cost_source = CostSource::Unknown;
    rows[4].attempts = vec![AttemptRecord::default()];
    rows[4].simulated = true;
    rows[4].event_id = Some("event-5".into());
    let step =
        |node: &str, output: &str| TrailStep { node: node.into(), output: output.into(), ..TrailStep::default() };
    for (index, output) in [(3, "true"), (4, "false")] {
        rows[index].route = Some(RouteRecord {
            id: "01ROUTE".into(),
            name: "smart-route".into(),
            version_id: "v".into(),
            version: index as u32,
            trail: vec![step("start", "next"), step("plan", output), step("m:1", "")],
        });
    }
    rows
}

pub(crate) async fn filters_find_what_they_name(store: &dyn LogStore) {
    store.write_batch(&records(colourful())).await.unwrap();
    let table = [
        (json!([]), vec![1, 2, 3, 4, 5]),
        (json!([{"key": "provider", "operator": "eq", "value": ["openai"]}]), vec![2]),
        (json!([{"key": "provider", "operator": "neq", "value": ["openai"]}]), vec![1, 3, 4, 5]),
        (json!([{"key": "model", "operator": "eq", "value": ["gpt-5", "large"]}]), vec![1, 2, 3, 4, 5]),
        (json!([{"key": "model", "operator": "contains", "value": ["GPT"]}]), vec![2]),
        (json!([{"key": "success", "operator": "eq", "value": [false]}]), vec![3]),
        (json!([{"key": "success", "operator": "neq", "value": ["false"]}]), vec![1, 2, 4, 5]),
        (json!([{"key": "success", "operator": "eq", "value": [true, false]}]), vec![1, 2, 3, 4, 5]),
        (json!([{"key": "cached", "operator": "eq", "value": [true]}]), vec![4]),
        (json!([{"key": "status_code", "operator": "eq", "value": [429]}]), vec![3]),
        (json!([{"key": "status_code", "operator": "gte", "value": [200]}]), vec![1, 2, 3, 4, 5]),
        (json!([{"key": "error_type", "operator": "eq", "value": ["rate_limited"]}]), vec![3]),
        (json!([{"key": "error_type", "operator": "neq", "value": ["rate_limited"]}]), vec![1, 2, 4, 5]),
        (json!([{"key": "error_type", "operator": "exists", "value": [true]}]), vec![3]),
        (json!([{"key": "outcome", "operator": "eq", "value": ["refused"]}]), vec![3]),
        (json!([{"key": "cost", "operator": "gt", "value": [0.1]}]), vec![2]),
        (json!([{"key": "cost", "operator": "lt", "value": [0.1]}]), vec![1, 3, 4]),
        (json!([{"key": "tokens", "operator": "eq", "value": [150]}]), vec![2]),
        (json!([{"key": "tokens_in", "operator": "gt", "value": [99]}]), vec![2]),
        (json!([{"key": "tokens_out", "operator": "lte", "value": ["49"]}]), vec![1, 3, 4, 5]),
        (
            json!([{"key": "duration", "operator": "gt", "value": [20]},
                {"key": "duration", "operator": "lt", "value": [50]}]),
            vec![3, 4],
        ),
        (json!([{"key": "first_token", "operator": "gte", "value": [300]}]), vec![2]),
        (json!([{"key": "first_token", "operator": "lt", "value": [300]}]), vec![]),
        (json!([{"key": "first_token", "operator": "exists", "value": [false]}]), vec![1, 3, 4, 5]),
        (json!([{"key": "attempts", "operator": "gt", "value": [1]}]), vec![2]),
        (json!([{"key": "attempts", "operator": "eq", "value": [0]}]), vec![1, 3, 4]),
        (json!([{"key": "created_at", "operator": "gte", "value": ["2026-11-20T12:00:04Z"]}]), vec![4, 5]),
        (json!([{"key": "created_at", "operator": "lt", "value": ["2026-11-20"]}]), vec![]),
        (json!([{"key": "id", "operator": "eq", "value": [request(2), request(9), "no id"]}]), vec![2]),
        (json!([{"key": "request_id", "operator": "eq", "value": ["no id"]}]), vec![]),
        (json!([{"key": "event_id", "operator": "eq", "value": ["event-5"]}]), vec![5]),
        (json!([{"key": "key_id", "operator": "eq", "value": ["key-1"]}]), vec![3]),
        (json!([{"key": "surface", "operator": "eq", "value": ["dynamic"]}]), vec![4]),
        (json!([{"key": "compatibilityMode", "operator": "eq", "value": [true]}]), vec![1, 2, 3, 5]),
        (json!([{"key": "custom_cost", "operator": "eq", "value": [true]}]), vec![4]),
        (json!([{"key": "no_price", "operator": "eq", "value": [true]}]), vec![5]),
        (json!([{"key": "simulated", "operator": "eq", "value": [true]}]), vec![5]),
        (json!([{"key": "wholesale", "operator": "eq", "value": [true]}]), vec![]),
        (json!([{"key": "dlp_action", "operator": "eq", "value": ["BLOCK"]}]), vec![]),
        (json!([{"key": "route", "operator": "eq", "value": ["Smart-Route"]}]), vec![4, 5]),
        (json!([{"key": "route", "operator": "eq", "value": ["01ROUTE"]}]), vec![4, 5]),
        (json!([{"key": "route", "operator": "eq", "value": ["other"]}]), vec![]),
        (json!([{"key": "route", "operator": "exists", "value": [false]}]), vec![1, 2, 3]),
        (
            json!([{"key": "route", "operator": "contains", "value": ["smart"]},
                {"key": "version", "operator": "eq", "value": [4]}]),
            vec![5],
        ),
        (json!([{"key": "node", "operator": "eq", "value": ["plan"]}]), vec![4, 5]),
        (json!([{"key": "node", "operator": "eq", "value": ["pla"]}]), vec![]),
        (json!([{"key": "node", "operator": "neq", "value": ["plan"]}]), vec![1, 2, 3]),
        (json!([{"key": "edge", "operator": "eq", "value": ["plan:true"]}]), vec![4]),
        (json!([{"key": "edge", "operator": "eq", "value": ["m:1:"]}]), vec![4, 5]),
        (json!([{"key": "metadata.plan", "operator": "eq", "value": ["paid"]}]), vec![2]),
        (json!([{"key": "metadata.plan", "operator": "eq", "value": ["paid", "free"]}]), vec![1, 2]),
        (json!([{"key": "metadata.plan", "operator": "neq", "value": ["paid"]}]), vec![1, 3, 4, 5]),
        (json!([{"key": "metadata.plan", "operator": "contains", "value": ["PAID"]}]), vec![2, 3]),
        (json!([{"key": "metadata.plan", "operator": "exists", "value": [true]}]), vec![1, 2, 3]),
        (json!([{"key": "metadata.plan", "operator": "exists", "value": [false]}]), vec![4, 5]),
        (
            json!([{"key": "metadata.plan", "operator": "eq", "value": ["paid"]},
                {"key": "success", "operator": "eq", "value": [false]}]),
            vec![],
        ),
        (
            json!([{"key": "metadata.plan", "operator": "eq", "value": ["paid"]},
                {"key": "created_at", "operator": "gt", "value": ["2026-11-20T12:00:01Z"]}]),
            vec![2],
        ),
        (
            json!([{"key": "metadata.plan", "operator": "eq", "value": ["paid"]},
                {"key": "metadata.user_id", "operator": "eq", "value": ["user-2"]}]),
            vec![2],
        ),
        // Key and value of Cloudflare's own filters are independent of each other.
        (
            json!([{"key": "metadata.key", "operator": "eq", "value": ["plan"]},
                {"key": "metadata.value", "operator": "eq", "value": ["user-1"]}]),
            vec![1],
        ),
        (json!([{"key": "metadata.value", "operator": "eq", "value": ["paid"]}]), vec![2, 4]),
        (json!([{"key": "metadata.key", "operator": "neq", "value": ["plan"]}]), vec![4, 5]),
    ];
    for (specs, expected) in table {
        assert_eq!(matching(store, specs.clone()).await, expected, "{specs}");
    }
}

pub(crate) async fn a_search_reads_what_people_see(store: &dyn LogStore) {
    store.write_batch(&records(colourful())).await.unwrap();
    let search = async |text: &str| {
        let order = Order { by: OrderKey::CreatedAt, descending: false };
        found(store, &LogQuery { search: Some(text.into()), order, ..LogQuery::default() }).await
    };
    assert_eq!(search("PAID").await, [2, 3, 4]);
    assert_eq!(search("gpt").await, [2]);
    assert_eq!(search("smart-route").await, [1, 2, 3, 4, 5], "the model that callers name");
    assert_eq!(search("event-5").await, [5]);
    assert_eq!(search(&request(3).to_string()).await, [3]);
    assert_eq!(search("").await, [1, 2, 3, 4, 5]);
    assert_eq!(search("nothing").await, Vec::<u16>::new());
}

pub(crate) async fn s04_text_is_data(store: &dyn LogStore) {
    let mut rows: Vec<_> = Vec::new();
    for (index, text) in super::INJECTIONS.iter().enumerate() {
        let mut row = record(index as u16);
        row.model = (*text).into();
        row.metadata = Metadata(vec![((*text).into(), Scalar::text(*text)), ("word".into(), Scalar::text(*text))]);
        row.error_type = Some((*text).into());
        rows.push(row);
    }
    store.write_batch(&records(rows)).await.unwrap();
    let count = super::INJECTIONS.len() as u64;
    for (index, text) in super::INJECTIONS.iter().enumerate() {
        let mine = index as u16;
        for key in ["model", "error_type", "metadata.word", &format!("metadata.{text}")] {
            assert_eq!(
                matching(store, json!([{"key": key, "operator": "eq", "value": [text]}])).await,
                [mine],
                "{key}"
            );
            let containing = matching(store, json!([{"key": key, "operator": "contains", "value": [text]}])).await;
            assert!(containing.contains(&mine) && containing.len() <= 3, "{key} {text:?}: {containing:?}");
        }
        for key in ["metadata.key", "metadata.value"] {
            assert_eq!(matching(store, json!([{"key": key, "operator": "eq", "value": [text]}])).await, [mine]);
        }
        for key in ["node", "edge", "route", "key_id", "id"] {
            assert_eq!(matching(store, json!([{"key": key, "operator": "eq", "value": [text]}])).await, [0_u16; 0]);
        }
        let query = LogQuery { search: Some((*text).into()), ..LogQuery::default() };
        assert!(found(store, &query).await.contains(&mine), "{text:?}");
        let other = GatewayRef::new(*text, *text);
        assert!(store.list(&other, &LogQuery::default()).await.unwrap().rows.is_empty());
    }
    assert_eq!(store.stats().await.unwrap().rows, count);
    let all = filters(&json!([{"key": "model", "operator": "eq", "value": super::INJECTIONS}]));
    assert_eq!(store.delete(&here(), &all, Order::default(), 10_000).await.unwrap(), count);
}

pub(crate) async fn a_patch_changes_what_people_may_change(store: &dyn LogStore) {
    store.write_batch(&records(vec![record(1), record(2)])).await.unwrap();
    let patch = async |patch| store.patch(&here(), request(1), patch).await.unwrap();
    let extra = Metadata(vec![("user_id".into(), Scalar::text("renamed")), ("ticket".into(), Scalar::Number(7.0))]);
    patch(LogPatch { feedback: Some(Some(-1)), score: Some(Some(80)), metadata: Some(Some(extra.clone())) }).await;
    let row = store.find(&here(), request(1)).await.unwrap();
    assert_eq!((row.feedback, row.score, &row.extra_metadata), (Some(-1), Some(80), &extra));
    assert_eq!(row.record.metadata, record(1).metadata, "what routing saw stays");
    assert_eq!(row.metadata().get("user_id"), Some(&Scalar::text("renamed")));
    assert_eq!(matching(store, json!([{"key": "metadata.ticket", "operator": "eq", "value": ["7"]}])).await, [1]);
    assert_eq!(
        matching(store, json!([{"key": "metadata.user_id", "operator": "eq", "value": ["user-1"]}])).await,
        [0_u16; 0]
    );
    assert_eq!(matching(store, json!([{"key": "feedback", "operator": "eq", "value": [-1]}])).await, [1]);
    assert_eq!(matching(store, json!([{"key": "score", "operator": "gt", "value": [79]}])).await, [1]);

    patch(LogPatch::default()).await;
    assert_eq!(store.find(&here(), request(1)).await.unwrap(), row, "an empty patch changes nothing");
    patch(LogPatch { feedback: Some(None), score: None, metadata: Some(None) }).await;
    let row = store.find(&here(), request(1)).await.unwrap();
    assert_eq!((row.feedback, row.score), (None, Some(80)));
    assert_eq!(matching(store, json!([{"key": "metadata.user_id", "operator": "eq", "value": ["user-1"]}])).await, [1]);
}

pub(crate) async fn a47_rows_of_another_gateway_are_not_found(store: &dyn LogStore) {
    let mut other = record(2);
    other.gateway = "other".into();
    let batch = Batch {
        records: journaled(vec![record(1), other]),
        payloads: vec![payload(1, Side::Request, b"secret".to_vec())],
        ..Batch::default()
    };
    store.write_batch(&batch).await.unwrap();
    for elsewhere in [GatewayRef::new("default", "other"), GatewayRef::new("acme", "default")] {
        assert_eq!(store.find(&elsewhere, request(1)).await, Err(StoreError::NotFound));
        assert_eq!(store.payload(&elsewhere, request(1), Side::Request, None).await, Err(StoreError::NotFound));
        assert_eq!(store.patch(&elsewhere, request(1), LogPatch::default()).await, Err(StoreError::NotFound));
        let mine = filters(&json!([{"key": "id", "operator": "eq", "value": [request(1)]}]));
        assert_eq!(store.delete(&elsewhere, &mine, Order::default(), 10).await, Ok(0));
        let query = LogQuery { search: Some(request(1).to_string()), with_total: true, ..LogQuery::default() };
        assert_eq!(store.list(&elsewhere, &query).await.unwrap().total, 0);
        for spec in [json!("user-1"), json!("user-2")] {
            let filters = filters(&json!([{"key": "metadata.user_id", "operator": "eq", "value": [spec]}]));
            let page = store.list(&elsewhere, &LogQuery { filters, ..LogQuery::default() }).await.unwrap();
            assert!(page.rows.iter().all(|row| row.record.gateway == elsewhere.id));
        }
    }
    assert!(store.find(&here(), request(1)).await.is_ok());
}

pub(crate) async fn deleting_takes_the_first_of_an_order(store: &dyn LogStore) {
    let batch = Batch {
        records: journaled((1..=5).map(record).collect()),
        payloads: vec![payload(1, Side::Request, b"a".to_vec()), payload(5, Side::Response, b"b".to_vec())],
        events: vec![open(1, 0, 50), settle(1, 0, 40)],
        ..Batch::default()
    };
    store.write_batch(&batch).await.unwrap();
    let oldest = Order { by: OrderKey::CreatedAt, descending: false };
    assert_eq!(store.delete(&here(), &[], oldest, 2).await.unwrap(), 2);
    assert_eq!(matching(store, json!([])).await, [3, 4, 5]);
    assert_eq!(
        matching(store, json!([{"key": "metadata.user_id", "operator": "eq", "value": ["user-1"]}])).await,
        [0_u16; 0]
    );
    let some = filters(&json!([{"key": "duration", "operator": "gt", "value": [40]}]));
    assert_eq!(store.delete(&here(), &some, Order::default(), 10).await.unwrap(), 1);
    let stats = store.stats().await.unwrap();
    assert_eq!((stats.rows, stats.payloads), (2, 0));
    assert_eq!(sum_of(store, b"budget").await, (40, 0), "money stays booked");
    assert_eq!(store.check_ledger().await.unwrap(), vec![]);
}

// === payloads ===

pub(crate) async fn payloads_are_kept_apart_and_cut(store: &dyn LogStore) {
    let long: Vec<u8> = (0..100_000_u32).flat_map(|n| n.to_string().into_bytes()).collect();
    let mut cut = payload(1, Side::Response, b"begin".to_vec());
    cut.full_bytes = 50;
    let batch = Batch {
        records: journaled(vec![record(1), record(2)]),
        payloads: vec![payload(1, Side::Request, long.clone()), cut, payload(2, Side::Request, Vec::new())],
        ..Batch::default()
    };
    assert_eq!(store.write_batch(&batch).await.unwrap().payloads, 3);
    let whole = store.payload(&here(), request(1), Side::Request, None).await.unwrap();
    assert!(whole.is_complete());
    assert_eq!((whole.body.len(), whole.content_type.as_deref()), (long.len(), Some("application/json")));
    assert_eq!(whole.body, long);
    let head = store.payload(&here(), request(1), Side::Request, Some(10)).await.unwrap();
    assert_eq!((&*head.body, head.is_complete(), head.stored_bytes), (&long[..10], false, long.len() as u64));
    let cut = store.payload(&here(), request(1), Side::Response, None).await.unwrap();
    assert_eq!((&*cut.body, cut.is_complete(), cut.full_bytes), (&b"begin"[..], false, 50));
    assert!(store.payload(&here(), request(2), Side::Request, None).await.unwrap().is_complete());
    assert_eq!(store.payload(&here(), request(2), Side::Response, None).await, Err(StoreError::NotFound));
    assert!(store.stats().await.unwrap().payload_bytes < long.len() as u64 / 2, "they are compressed");
}

// === retention ===

fn rule(rows_max: u64, strategy: LogStrategy) -> RetentionRule {
    RetentionRule { gateway: here(), rows_max, strategy, row_age_ms_max: None, payload_age_ms_max: None }
}

pub(crate) async fn the_oldest_rows_go_first(store: &dyn LogStore) {
    store.write_batch(&records((1..=6).map(record).collect())).await.unwrap();
    store.set_retention(Retention { gateways: vec![rule(4, LogStrategy::DeleteOldest)], payload_bytes_max: None });
    let swept = store.sweep(NOON).await.unwrap();
    assert_eq!((swept.rows, swept.is_partial), (2, false));
    assert_eq!(matching(store, json!([])).await, [3, 4, 5, 6]);

    let by_age = RetentionRule { row_age_ms_max: Some(60_000), ..rule(100, LogStrategy::StopInserting) };
    store.set_retention(Retention { gateways: vec![by_age], payload_bytes_max: None });
    let swept = store.sweep(request(5).at().plus_ms(60_000)).await.unwrap();
    assert_eq!(swept.rows, 2);
    assert_eq!(matching(store, json!([])).await, [5, 6]);
}

pub(crate) async fn a_full_log_stops_and_counts(store: &dyn LogStore) {
    store.set_retention(Retention { gateways: vec![rule(3, LogStrategy::StopInserting)], payload_bytes_max: None });
    store.write_batch(&records(vec![record(1), record(2)])).await.unwrap();
    let batch = Batch {
        records: journaled(vec![record(3), record(4)]),
        events: vec![open(4, 0, 10), settle(4, 0, 7)],
        payloads: vec![payload(4, Side::Request, b"x".to_vec())],
        ..Batch::default()
    };
    let written = store.write_batch(&batch).await.unwrap();
    assert_eq!((written.rows, written.rows_stopped, written.payloads, written.events), (1, 1, 0, 2));
    assert_eq!(matching(store, json!([])).await, [1, 2, 3]);
    assert_eq!(sum_of(store, b"budget").await, (7, 0), "money is booked though the row is not kept");
    let stats = store.stats().await.unwrap();
    assert_eq!((stats.rows, stats.rows_stopped), (3, 1));
    // Another gateway is not concerned, and room that is made is used.
    let mut other = record(5);
    other.gateway = "other".into();
    store.delete(&here(), &[], Order::default(), 1).await.unwrap();
    assert_eq!(store.write_batch(&records(vec![other, record(6)])).await.unwrap().rows, 2);
}

pub(crate) async fn payloads_go_by_age_and_by_size(store: &dyn LogStore) {
    for n in 1..=4 {
        let batch = Batch {
            records: journaled(vec![record(n)]),
            payloads: vec![payload(n, Side::Request, vec![b'a'; 100]), payload(n, Side::Response, vec![b'b'; 100])],
            ..Batch::default()
        };
        store.write_batch(&batch).await.unwrap();
    }
    let by_age = RetentionRule { payload_age_ms_max: Some(1_000), ..rule(100, LogStrategy::DeleteOldest) };
    store.set_retention(Retention { gateways: vec![by_age.clone()], payload_bytes_max: None });
    assert_eq!(store.sweep(request(2).at().plus_ms(1_000)).await.unwrap().payloads, 2);
    store.set_retention(Retention { gateways: vec![by_age], payload_bytes_max: Some(600) });
    assert_eq!(store.sweep(request(2).at().plus_ms(1_000)).await.unwrap().payloads, 2);
    assert_eq!(store.payload(&here(), request(2), Side::Request, None).await, Err(StoreError::NotFound));
    assert!(store.payload(&here(), request(3), Side::Response, None).await.is_ok());
    assert_eq!(store.stats().await.unwrap().rows, 4, "rows stay");
}

/// One row with both bodies.
pub(crate) async fn store_with_bodies(store: &dyn LogStore) {
    let batch = Batch {
        records: journaled(vec![record(1)]),
        payloads: vec![payload(1, Side::Request, b"a".to_vec()), payload(1, Side::Response, b"b".to_vec())],
        ..Batch::default()
    };
    assert_eq!(store.write_batch(&batch).await.unwrap().payloads, 2);
}

/// Its record as text.
pub(crate) fn stored_text() -> String {
    serde_json::to_string(&record(1)).unwrap()
}

/// The same row as the first schema kept it, with a prompt alone.
pub(crate) async fn old_rows_are_read_changed_and_removed(store: &dyn LogStore) {
    let old = store.find(&here(), request(1)).await.unwrap();
    assert_eq!((old.record, old.has_request, old.has_response), (record(1), true, false));
    let prompt = store.payload(&here(), request(1), Side::Request, None).await.unwrap();
    assert_eq!((&*prompt.body, prompt.content_type.as_deref()), (&b"hello"[..], Some("text/plain")));
    let old = record(1);
    let (user, route) = (old.metadata.get("user_id").unwrap().canonical().to_string(), old.route.as_ref());
    let specs = [
        ("metadata.user_id", Some(user)),
        ("model", Some(old.model.to_string())),
        ("provider", Some(old.provider.to_string())),
        ("route", route.map(|route| route.name.to_string())),
        ("key_id", old.key_id.as_ref().map(ToString::to_string)),
    ];
    for (key, value) in specs {
        let Some(value) = value else { continue };
        for (operator, expected) in [("eq", vec![1]), ("neq", vec![])] {
            let filters = filters(&json!([{"key": key, "operator": operator, "value": [value]}]));
            let query = LogQuery { filters, ..LogQuery::default() };
            assert_eq!(found(store, &query).await, expected, "{key} {operator} {value}");
        }
    }
    for text in ["found BEFORE", &*old.model] {
        let query = LogQuery { search: Some(text.to_owned()), ..LogQuery::default() };
        assert_eq!(found(store, &query).await, [1], "{text}");
    }
    let extra = Metadata(vec![("later".into(), Scalar::text("yes"))]);
    let patch = |metadata| LogPatch { metadata: Some(metadata), ..LogPatch::default() };
    store.patch(&here(), request(1), patch(Some(extra.clone()))).await.unwrap();
    assert_eq!(store.find(&here(), request(1)).await.unwrap().extra_metadata, extra);
    store.patch(&here(), request(1), patch(None)).await.unwrap();
    assert_eq!(store.find(&here(), request(1)).await.unwrap().extra_metadata, Metadata::default());
    store.write_batch(&records(vec![record(2)])).await.unwrap();
    assert_eq!(found(store, &LogQuery::default()).await, [2, 1]);
    assert_eq!(store.delete(&here(), &[], Order { by: OrderKey::CreatedAt, descending: false }, 1).await.unwrap(), 1);
    assert_eq!(store.stats().await.unwrap().payloads, 0);
    assert_eq!(found(store, &LogQuery::default()).await, [2]);
}

/// A row that is removed leaves nothing in the block that it shared.
pub(crate) async fn what_is_removed_leaves_its_neighbours(store: &dyn LogStore) {
    let batch = Batch {
        records: journaled((1..=5).map(record).collect()),
        payloads: (1..=5)
            .flat_map(|n| [Side::Request, Side::Response].map(|side| payload(n, side, vec![b'a'; 300])))
            .collect(),
        ..Batch::default()
    };
    assert_eq!(store.write_batch(&batch).await.unwrap().payloads, 10);
    let filters = filters(&json!([{"key": "metadata.user_id", "operator": "eq", "value": ["user-3"]}]));
    assert_eq!(store.delete(&here(), &filters, Order::default(), 10).await.unwrap(), 1);
    assert_eq!(found(store, &LogQuery::default()).await, [5, 4, 2, 1]);
    assert_eq!(store.stats().await.unwrap().payloads, 8);
    assert_eq!(store.payload(&here(), request(3), Side::Request, None).await, Err(StoreError::NotFound));
    for n in [1, 2, 4, 5] {
        let row = store.find(&here(), request(n)).await.unwrap();
        assert_eq!((row.record.duration_ms, row.has_request, row.has_response), (u64::from(n) * 10, true, true));
        assert_eq!(store.payload(&here(), request(n), Side::Response, None).await.unwrap().body, vec![b'a'; 300]);
    }
    assert_eq!(store.write_batch(&batch).await.unwrap().rows, 1, "what was removed comes back, the others stay once");
    assert_eq!(store.delete(&here(), &[], Order::default(), 10).await.unwrap(), 5);
    let stats = store.stats().await.unwrap();
    assert_eq!((stats.rows, stats.payloads, stats.payload_bytes), (0, 0, 0));
}

// === money ===

pub(crate) async fn what_comes_twice_counts_once(store: &dyn LogStore) {
    let mut counted = record(2);
    counted.counts = vec![booking(b"rate", LimitKind::Count, 0, 1)];
    counted.keep_row = false;
    let mut first = record(1);
    first.cost = Some(PicoUsd(40));
    let batch = Batch {
        records: journaled(vec![first.clone(), counted, first]),
        events: vec![open(1, 0, 50), open(1, 0, 50), settle(1, 0, 40)],
        payloads: vec![payload(1, Side::Request, b"x".to_vec())],
        positions: vec![at(0, 100)],
    };
    let written = store.write_batch(&batch).await.unwrap();
    assert_eq!(written, Written { rows: 1, events: 2, payloads: 1, repeated: 2, ..Written::default() });
    let again = store.write_batch(&batch).await.unwrap();
    assert_eq!((again.rows, again.events, again.payloads, again.second_ends), (0, 0, 0, 0));
    assert_eq!(sum_of(store, b"budget").await, (40, 0));
    assert_eq!(sum_of(store, b"rate").await, (2, 0), "one of the attempt, one of the record without a row");
    assert_eq!(store.stats().await.unwrap().rows, 1);
    assert_eq!(store.check_ledger().await.unwrap(), vec![]);
}

pub(crate) async fn a_checkpoint_is_what_was_written(store: &dyn LogStore) {
    let batch = Batch {
        events: vec![open(1, 0, 50), settle(1, 0, 40), open(2, 0, 30), open(3, 1, 20), void(3, 1)],
        positions: vec![at(0, 100), at(1, 5)],
        ..Batch::default()
    };
    store.write_batch(&batch).await.unwrap();
    store.write_batch(&Batch { positions: vec![at(1, 9)], ..Batch::default() }).await.unwrap();
    let checkpoint = store.load_checkpoint(NOON).await.unwrap();
    assert_eq!(checkpoint.positions, vec![at(0, 100), at(1, 9)]);
    assert_eq!(checkpoint.open_attempts.iter().map(|open| open.attempt).collect::<Vec<_>>(), [attempt(2, 0)]);
    assert_eq!((sum_of(store, b"budget").await, sum_of(store, b"rate").await), ((40, 30), (3, 0)));

    // A sliding window is looked at for a whole window after its end; a reservation keeps it longer.
    let late = NOON.plus_ms(2 * HOUR_MS);
    let kinds = |checkpoint: waypost_store::ledger::Checkpoint| {
        checkpoint.counters.iter().map(|row| row.kind).collect::<Vec<_>>()
    };
    assert_eq!(kinds(store.load_checkpoint(late.plus_ms(-1)).await.unwrap()).len(), 2);
    assert_eq!(kinds(store.load_checkpoint(late).await.unwrap()), [LimitKind::Cost]);
}

pub(crate) async fn ends_may_come_first_and_only_one_counts(store: &dyn LogStore) {
    store.write_batch(&events(vec![settle(1, 0, 40), void(2, 0)])).await.unwrap();
    assert_eq!(sum_of(store, b"budget").await, (0, 0));
    let differences = store.check_ledger().await.unwrap();
    assert_eq!(differences, [1, 2].map(|n| LedgerDifference::EndWithoutOpen { request: request(n), index: 0 }));
    let written = store.write_batch(&events(vec![open(1, 0, 50), open(2, 0, 50), void(1, 0)])).await.unwrap();
    assert_eq!((written.events, written.second_ends), (2, 1));
    assert_eq!(sum_of(store, b"budget").await, (40, 0));
    assert_eq!(store.check_ledger().await.unwrap(), vec![]);
}

pub(crate) async fn m4_a_row_costs_what_its_attempts_cost(store: &dyn LogStore) {
    let costing = |n, cost| {
        let mut row = record(n);
        row.cost = cost;
        row
    };
    let batch = Batch {
        records: journaled(vec![
            costing(1, Some(PicoUsd(70))),
            costing(2, Some(PicoUsd(70))),
            costing(3, None),
            costing(4, Some(PicoUsd(5))),
        ]),
        events: vec![
            open(1, 0, 50),
            settle(1, 0, 30),
            open(1, 1, 50),
            settle(1, 1, 40),
            open(2, 0, 50),
            settle(2, 0, 30),
            open(3, 0, 50),
            settle(3, 0, 30),
        ],
        ..Batch::default()
    };
    store.write_batch(&batch).await.unwrap();
    let cost = |n, row, attempts| LedgerDifference::Cost { request: request(n), row, attempts };
    assert_eq!(store.check_ledger().await.unwrap(), [cost(2, 70, 30), cost(4, 5, 0)]);
}

pub(crate) async fn a60_sums_saturate_and_block(store: &dyn LogStore) {
    store.write_batch(&events(vec![open(1, 0, i64::MAX), settle(1, 0, i64::MAX)])).await.unwrap();
    store.write_batch(&events(vec![open(2, 0, 5), settle(2, 0, i64::MAX), open(3, 0, i64::MAX)])).await.unwrap();
    store.write_batch(&events(vec![open(4, 0, i64::MAX)])).await.unwrap();
    assert_eq!(sum_of(store, b"budget").await, (i64::MAX, i64::MAX));
}

pub(crate) async fn old_windows_go_and_the_ledger_still_adds_up(store: &dyn LogStore) {
    const WEEK_MS: i64 = 7 * 24 * HOUR_MS;
    store.write_batch(&events(vec![open(1, 0, 50), settle(1, 0, 40), open(2, 0, 30)])).await.unwrap();
    let late = NOON.plus_ms(2 * HOUR_MS);
    assert_eq!(store.sweep(late).await.unwrap().windows, 1, "the rate; the budget holds a reservation");
    assert_eq!(store.check_ledger().await.unwrap(), vec![]);
    store.write_batch(&events(vec![settle(2, 0, 10)])).await.unwrap();
    assert_eq!(sum_of(store, b"budget").await, (50, 0));
    assert_eq!(store.check_ledger().await.unwrap(), vec![]);
    assert_eq!(store.sweep(late.plus_ms(WEEK_MS)).await.unwrap().windows, 1);
    assert_eq!(store.check_ledger().await.unwrap(), vec![]);
    assert_eq!(store.load_checkpoint(NOON).await.unwrap().counters, vec![]);
}

/// Random batches with repeats, in shuffled order per batch, against the ten-line model.
pub(crate) async fn m1_m2_m3_counters_equal_the_model(store: &dyn LogStore) {
    let mut random = 0x2545_f491_4f6c_dd1d_u64;
    let mut next = move |below: u64| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        random % below
    };
    let mut model = Ledger::new();
    let mut all = Vec::new();
    for n in 0..120_u16 {
        let (bucket, window) = (vec![b'a' + next(5) as u8], next(3) as i64);
        all.push(Event::Open(Open {
            attempt: attempt(n, 0),
            at: request(n).at(),
            bookings: vec![
                booking(&bucket, LimitKind::Cost, window, next(100) as i64),
                booking(b"everyone", LimitKind::Cost, 0, next(100) as i64),
            ],
            estimate: None,
            counts: vec![booking(b"rate", LimitKind::Count, window, 1)],
            origin: None,
        }));
        match next(4) {
            0 => {}
            1 => all.push(void(n, 0)),
            _ => all.push(settle(n, 0, next(200) as i64)),
        }
    }
    all.iter().for_each(|event| {
        model.apply(event);
    });
    let mut sent = 0;
    while sent < all.len() {
        let from = sent.saturating_sub(next(10) as usize);
        sent = (sent + 1 + next(30) as usize).min(all.len());
        let mut batch = all[from..sent].to_vec();
        for index in (1..batch.len()).rev() {
            batch.swap(index, next(index as u64 + 1) as usize);
        }
        store.write_batch(&events(batch)).await.unwrap();
    }
    assert_eq!(model.check_counters(sums(store).await), vec![]);
    let open: Vec<_> = model.open_attempts().cloned().collect();
    assert_eq!(store.load_checkpoint(NOON).await.unwrap().open_attempts, open);
    assert_eq!(store.check_ledger().await.unwrap(), vec![]);
}

/// A batch that is given up after any number of polls is stored whole or not at all, positions included.
pub(crate) async fn f60_a_batch_is_whole_or_nothing(store: &dyn LogStore) {
    let mut stored = 0;
    for n in 0..40_u16 {
        let before = store.load_checkpoint(NOON).await.unwrap();
        let mut row = record(n);
        row.cost = Some(PicoUsd(40));
        let batch = Batch {
            records: journaled(vec![row]),
            events: vec![open(n, 0, 50), settle(n, 0, 40)],
            payloads: vec![payload(n, Side::Request, vec![b'x'; 600])],
            positions: vec![at(0, u64::from(n) + 1)],
        };
        let is_done = give_up_after(n, store.write_batch(&batch)).await;

        let after = store.load_checkpoint(NOON).await.unwrap();
        let is_stored = store.find(&here(), request(n)).await.is_ok();
        assert_eq!(is_stored, after.positions == [at(0, u64::from(n) + 1)], "after {n} polls");
        assert_eq!(is_stored, after != before, "after {n} polls");
        assert_eq!(is_stored, store.payload(&here(), request(n), Side::Request, None).await.is_ok());
        assert!(is_stored || !is_done);
        assert_eq!(store.check_ledger().await.unwrap(), vec![], "after {n} polls");
        stored += u16::from(is_stored);
    }
    assert!((1..40).contains(&stored), "some were given up and some were not: {stored} stored");
}

/// Polls the future so many times and drops it; true when it was ready by then.
async fn give_up_after(polls: u16, future: impl Future) -> bool {
    let mut future = pin!(future);
    let mut left = polls;
    std::future::poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(false);
        }
        left -= 1;
        future.as_mut().poll(context).map(|_| true)
    })
    .await
}
