//! What a log of a million rows costs to write and to look at. Run it by name, optimised:
//! `cargo test --release -p waypost-store-sql --test million -- --ignored --nocapture`.

#![expect(clippy::print_stdout, reason = "it prints what it measures")]

use std::time::{Duration, Instant};

use serde_json::json;
use waypost_money::event::{Event, Open, Settle};
use waypost_store::{
    GatewayRef, LogStore as _,
    filter::Filter,
    journaled::Journaled,
    log::{Batch, LogQuery, Order, OrderKey, Paging},
};
use waypost_store_sql::SqlLogStore;
use waypost_types::{
    AttemptId, Booking, BucketId, LimitKind, Metadata, PicoUsd, RequestId, Scalar, UnixMs, Usage,
    record::{AttemptRecord, CostSource, LimitTrail, RequestOutcome, RequestRecord, RouteRecord, TrailStep},
};

const PER_BATCH: u64 = 1_000;
const START: UnixMs = UnixMs(1_795_176_000_000);

fn number(n: u64, salt: u64, below: u64) -> u64 {
    let mixed = (n ^ salt.rotate_left(32)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (mixed ^ (mixed >> 29)) % below
}

fn record(n: u64) -> RequestRecord {
    let at = START.plus_ms(n as i64 * 50);
    let mut record: RequestRecord = serde_json::from_value(json!({
        "id": RequestId::new(at, u128::from(n)), "account": "default", "gateway": "default", "created_at": at,
        "surface": "compat", "path": "/v1/default/default/compat/chat/completions", "operation": "chat",
        "requested_model": "dynamic/smart-route", "status": 200, "outcome": "success", "cost_source": "price",
        "user_agent": "OpenAI/Python 2.8.0", "request_content_type": "application/json", "key_label": "backend",
    }))
    .unwrap();
    let model = number(n, 1, 20);
    record.provider = ["openai", "anthropic", "google-ai-studio", "mock"][(model % 4) as usize].into();
    record.model = format!("model-{model}").into();
    record.usage = Usage { input_tokens: number(n, 2, 4_000), output_tokens: number(n, 3, 900), ..Usage::default() };
    record.cost = Some(PicoUsd(number(n, 4, 40_000_000_000) as i64));
    record.duration_ms = number(n, 5, 20_000);
    record.key_id = Some(format!("key-{}", number(n, 6, 10)).into());
    if number(n, 7, 100) == 0 {
        record.status = [429, 500, 502][(n % 3) as usize];
        record.outcome = RequestOutcome::Failed;
        record.error_type = Some("provider_error".into());
    }
    record.metadata = Metadata(vec![
        ("user_id".into(), Scalar::text(format!("user-{}", number(n, 8, 20_000)))),
        ("plan".into(), Scalar::text(if n.is_multiple_of(5) { "paid" } else { "free" })),
    ]);
    let limit = LimitTrail {
        bucket: BucketId::of(&[b"b"]),
        kind: LimitKind::Cost,
        key: Some("user".into()),
        limit: 1,
        used: 1,
        asked: 1,
        would_refuse: false,
    };
    let step =
        |node: &str, output: &str| TrailStep { node: node.into(), output: output.into(), ..TrailStep::default() };
    record.route = Some(RouteRecord {
        id: format!("01ROUTE{}", number(n, 9, 5)).into(),
        name: format!("route-{}", number(n, 9, 5)).into(),
        version_id: "01VERSION".into(),
        version: 3,
        trail: vec![
            step("start", "next"),
            TrailStep { limit: Some(limit), ..step("budget", "success") },
            step("large", "success"),
            step("end", ""),
        ],
    });
    record.attempts = vec![AttemptRecord { node: "large".into(), cost: record.cost, ..AttemptRecord::default() }];
    record
}

fn events(record: &RequestRecord, n: u64) -> [Event; 2] {
    let attempt = AttemptId { request: record.id, index: 0 };
    let hour = record.created_at.0 - record.created_at.0 % 3_600_000;
    let booking = Booking {
        bucket: BucketId::of(&[b"user", &number(n, 8, 20_000).to_le_bytes()]),
        kind: LimitKind::Cost,
        window_start: UnixMs(hour),
        window_end: UnixMs(hour + 3_600_000),
        amount: 1_000,
    };
    let at = record.created_at;
    let open =
        Open { attempt, at, bookings: vec![booking], estimate: Some(PicoUsd(1_000)), counts: vec![], origin: None };
    let cost = record.cost.unwrap();
    let settle = Settle { attempt, at, cost, source: CostSource::Price, usage: record.usage };
    [Event::Open(open), Event::Settle(settle)]
}

#[tokio::test]
#[ignore = "takes minutes; run it by name"]
async fn a_page_of_a_million_rows_takes_less_than_100_ms() {
    let rows: u64 = std::env::var("WAYPOST_ROWS").map_or(1_000_000, |text| text.parse().unwrap());
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("logs.db");
    let store = SqlLogStore::open(&path).await.unwrap();
    let mut writing = Duration::ZERO;
    for batch in 0..rows / PER_BATCH {
        let numbers = batch * PER_BATCH..(batch + 1) * PER_BATCH;
        let records: Vec<_> = numbers.clone().map(record).collect();
        let texts: Vec<_> = records.iter().map(|record| serde_json::to_vec(record).unwrap()).collect();
        let events = records.iter().zip(numbers).flat_map(|(record, n)| events(record, n)).collect();
        let records = texts.iter().map(|text| Journaled::read(text).unwrap()).collect();
        let began = Instant::now();
        store.write_batch(&Batch { records, events, ..Batch::default() }).await.unwrap();
        writing += began.elapsed();
        if batch % 10 == 9 {
            println!("{:>8} rows: {:?} per row", (batch + 1) * PER_BATCH, writing / ((batch + 1) * PER_BATCH) as u32);
        }
    }
    println!("{} bytes per row", std::fs::metadata(&path).unwrap().len() / rows);

    let mut slowest = Duration::ZERO;
    for (name, query) in queries() {
        let began = Instant::now();
        let page = store.list(&GatewayRef::new("default", "default"), &query).await;
        let took = began.elapsed();
        let (rows, total) = page.map_or((0, 0), |page| (page.rows.len(), page.total));
        println!("{took:>12.1?}  {rows:>3} of {total:<8} {name}");
        if !name.starts_with('~') {
            slowest = slowest.max(took);
        }
    }
    let began = Instant::now();
    assert_eq!(store.check_ledger().await.unwrap(), vec![]);
    println!("{:>12.1?}  check of the ledger", began.elapsed());
    assert!(slowest < Duration::from_millis(100), "{slowest:?}");
}

/// Those with `~` in front are not usual.
fn queries() -> Vec<(String, LogQuery)> {
    let specs = [
        json!([]),
        json!([["success", "eq", false]]),
        json!([["success", "eq", true]]),
        json!([["model", "eq", "model-7"]]),
        json!([["provider", "eq", "openai"]]),
        json!([["provider", "eq", "nobody"]]),
        json!([["status_code", "eq", 429]]),
        json!([["error_type", "eq", "provider_error"]]),
        json!([["route", "eq", "route-3"]]),
        json!([["route", "eq", "route-3"], ["success", "eq", false]]),
        json!([["route", "eq", "route-3"], ["edge", "eq", "budget:success"]]),
        json!([["key_id", "eq", "key-4"]]),
        json!([["metadata.user_id", "eq", "user-777"]]),
        json!([["metadata.plan", "eq", "free"]]),
        json!([["metadata.plan", "eq", "free"], ["model", "eq", "model-7"]]),
        json!([["metadata.user_id", "eq", "user-777"], ["success", "eq", false]]),
        json!([["created_at", "gt", "2026-11-20T20:00:00Z"], ["created_at", "lt", "2026-11-20T21:00:00Z"]]),
        json!([["cached", "eq", true]]),
        json!([["cost", "gt", 0.03]]),
        json!([["~", "", ""], ["cost", "gt", 0.0399999]]),
        json!([["~", "", ""], ["duration", "gt", 19_999]]),
        json!([["~", "", ""], ["model", "contains", "nobody"]]),
        json!([["~", "", ""], ["metadata.user_id", "contains", "user-77"]]),
        json!([["~", "", ""], ["metadata.user_id", "neq", "user-77"]]),
    ];
    let paging = Paging::Page { page: 1, per_page: 50 };
    let mut queries = Vec::new();
    for spec in specs {
        let filters = spec.as_array().unwrap().iter().filter(|filter| filter[0] != "~");
        let filters = filters
            .map(|filter| {
                let values = std::slice::from_ref(&filter[2]);
                Filter::parse(filter[0].as_str().unwrap(), filter[1].as_str().unwrap(), values).unwrap()
            })
            .collect();
        let name = spec.to_string().replace("[[\"~\"", "~[[");
        let query = LogQuery { filters, paging, with_total: false, ..LogQuery::default() };
        queries.push((name.clone(), query.clone()));
        queries.push((format!("~ counted {name}"), LogQuery { with_total: true, ..query }));
    }
    let plain = LogQuery { paging, ..LogQuery::default() };
    let rare = LogQuery { search: Some("nothing-like-it".into()), ..plain.clone() };
    queries.push(("~ search".into(), rare));
    queries.push(("search, frequent".into(), LogQuery { search: Some("model-3".into()), ..plain.clone() }));
    let by_model = Order { by: OrderKey::Model, descending: true };
    queries.push(("ordered by model".into(), LogQuery { order: by_model, ..plain.clone() }));
    let by_cost = Order { by: OrderKey::Cost, descending: true };
    queries.push(("~ ordered by cost".into(), LogQuery { order: by_cost, ..plain.clone() }));
    let deep = Paging::Page { page: 10_000, per_page: 50 };
    queries.push(("~ page 10,000".into(), LogQuery { paging: deep, ..plain.clone() }));
    queries.push(("~ extent".into(), LogQuery { with_extent: true, ..plain }));
    queries
}
