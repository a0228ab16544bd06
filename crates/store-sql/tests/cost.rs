//! What storing a request costs, in CPU time of this process, step by step. Run it by name, optimised:
//! `cargo test --release -p waypost-store-sql --test cost -- --ignored --nocapture`.

#![recursion_limit = "256"]
#![expect(clippy::print_stdout, reason = "it prints what it measures")]

use std::{fs, path::Path};

use serde_json::json;
use waypost_money::event::{Event, Open, Settle};
use waypost_store::{
    LogStore as _,
    journaled::Journaled,
    ledger::JournalPosition,
    log::{Batch, PayloadRecord, Side},
};
use waypost_store_sql::SqlLogStore;
use waypost_types::{
    AttemptId, Booking, BucketId, LimitKind, PicoUsd, RequestId, UnixMs, Usage,
    record::{CostSource, RequestRecord},
};

const REQUESTS: u64 = 8_000;
const PER_BATCH: u64 = 2_000;
const START: UnixMs = UnixMs(1_795_176_000_000);

/// CPU time of all threads, in nanoseconds.
fn cpu_ns() -> u64 {
    let tasks = fs::read_dir("/proc/self/task").unwrap();
    let spent = |path: &Path| -> Option<u64> { fs::read_to_string(path).ok()?.split(' ').next()?.parse().ok() };
    tasks.filter_map(|task| spent(&task.unwrap().path().join("schedstat"))).sum()
}

fn id(n: u64) -> RequestId {
    let random = u128::from(n.wrapping_mul(0x9e37_79b9_7f4a_7c15)) << 16;
    RequestId::new(START.plus_ms((n / 20) as i64), random)
}

/// What `make bench` leaves, as the gateway writes it: one route, one key, one caller. With `varied`, what people leave.
fn record(n: u64, varied: bool) -> Vec<u8> {
    let pick = |below: u64| if varied { n.wrapping_mul(2_654_435_761) % below } else { 0 };
    let model = format!("gpt-4o-{}", pick(20));
    let whole: RequestRecord = serde_json::from_value(json!({
        "id": id(n), "account": "default", "gateway": "default", "created_at": id(n).at(), "surface": "compat",
        "path": "/v1/default/default/compat/chat/completions", "operation": "chat", "format": "openai_chat",
        "requested_model": "dynamic/smart-route", "provider": "openai", "model": model, "status": 200,
        "outcome": "success", "stream": false, "cached": false, "simulated": false,
        "usage": {"input_tokens": 128 + n % 7, "output_tokens": 64, "cache_read_tokens": 0, "cache_write_tokens": 0,
                  "reasoning_tokens": 0},
        "usage_source": "provider", "cost": 960_000_000 + n % 1000, "cost_source": "price", "custom_cost": false,
        "cost_estimate": 2_880_000_000_i64, "duration_ms": n % 50, "first_token_ms": 0, "overhead_us": 31 + n % 9,
        "metadata": {"user_id": format!("user-{}", pick(5_000)), "plan": "paid"},
        "key_id": format!("01K9ZQ4F6T7W8X9Y0Z1A2B3C4{}", pick(10)), "key_label": "first key", "authenticated": true,
        "byok": false,
        "route": {"id": "01K9ZQ4F6T7W8X9Y0Z1A2B3C4D", "name": "smart-route",
                  "version_id": "01K9ZQ4F6T7W8X9Y0Z1A2B3C4E", "version": 1, "trail": [
            {"node": "start", "kind": "start", "output": "next"},
            {"node": "admin", "kind": "conditional", "output": "true",
             "reason": "metadata.user_id is \"user-admin\"", "values": [["metadata.user_id", "user-admin"]]},
            {"node": "budget", "kind": "rate", "output": "success", "limit": {
             "bucket": BucketId::of(&[b"b"]), "kind": "cost", "key": "user-admin", "limit": 1_000_000_000_000_000_000_i64,
             "used": 960_000_000 * n % 1_000_000_007, "asked": 2_880_000_000_i64, "would_refuse": false}},
            {"node": "rate", "kind": "rate", "output": "success", "limit": {
             "bucket": BucketId::of(&[b"r"]), "kind": "count", "key": "user-admin", "limit": 1_000_000_000,
             "used": n, "asked": 1, "would_refuse": false}},
            {"node": "large", "kind": "model", "output": "success"}, {"node": "end", "kind": "end"}]},
        "attempts": [{"index": 0, "node": "large", "provider": "openai", "model": model, "started_ms": 0,
            "connect_ms": 0, "first_token_ms": 0, "duration_ms": n % 50, "status": 200,
            "usage": {"input_tokens": 128 + n % 7, "output_tokens": 64, "cache_read_tokens": 0,
                      "cache_write_tokens": 0, "reasoning_tokens": 0},
            "usage_source": "provider", "cost": 960_000_000 + n % 1000, "cost_source": "price",
            "estimate": 2_880_000_000_i64}],
        "step": 0, "user_agent": "waypost-bench", "request_content_type": "application/json",
        "response_content_type": "application/json", "request_bytes": 720, "response_bytes": 1_040, "keep_row": true,
    }))
    .unwrap();
    serde_json::to_vec(&whole).unwrap()
}

fn events(n: u64) -> [Event; 2] {
    let attempt = AttemptId { request: id(n), index: 0 };
    let at = id(n).at();
    let hour = at.0 - at.0 % 3_600_000;
    let booking = |name: &[u8], kind, amount| Booking {
        bucket: BucketId::of(&[name]),
        kind,
        window_start: UnixMs(hour),
        window_end: UnixMs(hour + 3_600_000),
        amount,
    };
    let open = Open {
        attempt,
        at,
        bookings: vec![booking(b"budget", LimitKind::Cost, 2_880_000_000)],
        estimate: Some(PicoUsd(2_880_000_000)),
        counts: vec![booking(b"rate", LimitKind::Count, 1)],
        origin: None,
    };
    let cost = PicoUsd(960_000_000);
    let settle = Settle { attempt, at: at.plus_ms(5), cost, source: CostSource::Price, usage: Usage::default() };
    [Event::Open(open), Event::Settle(settle)]
}

fn bodies(n: u64) -> [Vec<u8>; 2] {
    let words = "Say something worth measuring, in plain words and without haste. ".repeat(8);
    let request = format!(
        "{{\"model\":\"dynamic/smart-route\",\"stream\":false,\"user\":\"plain\",\"max_tokens\":256,\"messages\":\
         [{{\"role\":\"system\",\"content\":\"You are brief.\"}},{{\"role\":\"user\",\"content\":\"{words}{n}\"}}]}}"
    );
    let answer = format!(
        "{{\"id\":\"chatcmpl-{n}\",\"object\":\"chat.completion\",\"choices\":[{{\"index\":0,\"message\":{{\"role\":\
         \"assistant\",\"content\":\"{}\"}},\"finish_reason\":\"stop\"}}],\"usage\":{{\"prompt_tokens\":128}}}}",
        "Words come and go, and some of them stay for a while. ".repeat(16)
    );
    [request.into_bytes(), answer.into_bytes()]
}

struct Parts {
    rows: bool,
    events: bool,
    payloads: bool,
    varied: bool,
}

async fn measure(name: &str, parts: Parts) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("logs.db");
    let store = SqlLogStore::open(&path).await.unwrap();
    let (mut reading, mut writing) = (0, 0);
    for batch in 0..REQUESTS / PER_BATCH {
        let numbers = batch * PER_BATCH..(batch + 1) * PER_BATCH;
        let texts: Vec<_> = numbers.clone().map(|n| record(n, parts.varied)).collect();
        let bodies: Vec<_> = numbers.clone().map(bodies).collect();
        let began = cpu_ns();
        let mut whole =
            Batch { positions: vec![JournalPosition { stream: 0, segment: batch + 1, offset: 0 }], ..Batch::default() };
        if parts.rows {
            whole.records = texts.iter().map(|text| Journaled::read(text).unwrap()).collect();
        }
        reading += cpu_ns() - began;
        if parts.events {
            whole.events = numbers.clone().flat_map(events).collect();
        }
        if parts.payloads {
            let side = |n: u64, side, body: &'static [u8]| PayloadRecord {
                request: id(n),
                account: "default",
                gateway: "default",
                created_at: id(n).at(),
                side,
                content_type: Some("application/json"),
                full_bytes: body.len() as u64,
                body: body.into(),
            };
            whole.payloads = numbers
                .zip(bodies)
                .flat_map(|(n, [request, answer])| {
                    [side(n, Side::Request, request.leak()), side(n, Side::Response, answer.leak())]
                })
                .collect();
        }
        let began = cpu_ns();
        store.write_batch(&whole).await.unwrap();
        writing += cpu_ns() - began;
    }
    store.close().await;
    let bytes = fs::metadata(&path).unwrap().len() / REQUESTS;
    let per_request = |ns: u64| ns as f64 / REQUESTS as f64 / 1_000.0;
    println!("{name:>28}: read {:5.2} µs, write {:6.2} µs, {bytes} bytes", per_request(reading), per_request(writing));
}

/// For a profiler that counts instructions: `valgrind --tool=callgrind <this binary> --ignored --exact one_run_for_a_profiler`.
#[tokio::test]
#[ignore = "it measures; run it by name"]
async fn one_run_for_a_profiler() {
    measure("all", Parts { rows: true, events: true, payloads: true, varied: std::env::var_os("VARIED").is_some() })
        .await;
}

#[tokio::test]
#[ignore = "it measures; run it by name"]
async fn what_a_request_costs_after_it_was_served() {
    let none = || Parts { rows: false, events: false, payloads: false, varied: false };
    for _ in 0..3 {
        measure("rows", Parts { rows: true, ..none() }).await;
        measure("events", Parts { events: true, ..none() }).await;
        measure("rows and payloads", Parts { rows: true, payloads: true, ..none() }).await;
        measure("all", Parts { rows: true, events: true, payloads: true, varied: false }).await;
        measure("all, varied", Parts { rows: true, events: true, payloads: true, varied: true }).await;
    }
}
