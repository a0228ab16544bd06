//! Sums that are kept beside the rows say what the rows say, whatever was written, changed and removed (UX-36).

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::{Value, json};
use waypost_store::{
    GatewayRef, LogStore as _,
    filter::Filter,
    insight::{LogInsight as _, Measures, Pieces, Question, Source, Subject},
    journaled::Journaled,
    log::{Batch, LogPatch, LogQuery, LogRow, Order, Paging, Retention, RetentionRule},
    settings::LogStrategy,
};
use waypost_store_sql::SqlLogStore;
use waypost_types::{
    Metadata, RequestId, Scalar, UnixMs,
    record::{CostSource, RequestOutcome},
};

/// A full hour.
const START: i64 = 1_795_176_000_000;
const MINUTE: i64 = 60_000;

fn gateway() -> GatewayRef {
    GatewayRef::new("default", "default")
}

/// A record from a few choices.
fn record(number: u64, minute: i64, choice: u64) -> Value {
    let pick = |salt: u64, below: u64| (choice >> (salt * 4)) % below;
    let at = START + minute * MINUTE + (number % 60_000) as i64;
    let outcome = ["success", "success", "refused", "failed", "interrupted", "caller_left"][pick(0, 6) as usize];
    let is_limited = outcome == "refused" && pick(1, 2) == 0;
    let model = format!("m{}", pick(2, 3));
    let (first, last) = (format!("n{}", pick(3, 2)), format!("n{}", pick(4, 2)));
    let call = |node: &str, fault: bool| {
        json!({"node": node, "provider": "p", "model": model, "duration_ms": number % 900, "first_token_ms": 7,
            "fault": if fault { json!({"status": 500}) } else { Value::Null }, "cost": if fault { Value::Null } else { json!(pick(5, 9)) }})
    };
    let calls = match outcome {
        "refused" => vec![],
        _ if pick(6, 3) == 0 => vec![call(&first, true), call(&last, outcome != "success")],
        _ => vec![call(&last, outcome != "success")],
    };
    let limit = json!({"bucket": "0".repeat(32), "kind": "count", "key": "k", "limit": 1, "used": 1, "asked": 1, "would_refuse": pick(7, 4) == 0});
    let trail = json!([
        {"node": "start", "kind": "start", "output": "next"},
        {"node": "limit", "kind": "rate", "output": if is_limited { "" } else if pick(8, 2) == 0 { "fallback" } else { "success" }, "limit": limit},
        {"node": last, "kind": "model", "output": "success"},
    ]);
    json!({
        "id": RequestId::new(UnixMs(at), u128::from(number) + 1), "account": "default", "gateway": "default", "created_at": at,
        "surface": "compat", "status": 200, "outcome": outcome, "provider": "p", "model": model, "operation": "chat",
        "error_type": if is_limited { json!("rate_limited") } else if outcome == "success" { Value::Null } else { json!("provider_error") },
        "cost": if pick(9, 4) == 0 { Value::Null } else { json!(1_000 + number) },
        "cost_source": if pick(9, 4) == 0 { "unknown" } else { "price" },
        "custom_cost": pick(10, 4) == 0, "simulated": pick(11, 2) == 0, "cached": pick(12, 5) == 0,
        "usage": {"input_tokens": number % 100, "output_tokens": number % 7, "cache_read_tokens": number % 3},
        "duration_ms": number % 5_000, "first_token_ms": if pick(13, 2) == 0 { Value::Null } else { json!(number % 700) },
        "key_id": if pick(14, 2) == 0 { Value::Null } else { json!("key-1") },
        "metadata": {"user": format!("u{}", pick(1, 5)), "n": pick(2, 3)},
        "route": if pick(15, 4) == 0 { Value::Null } else { json!({"id": format!("r{}", pick(5, 2)), "name": "route", "version": 1 + pick(6, 2), "trail": trail}) },
        "attempts": calls,
    })
}

async fn write(store: &SqlLogStore, records: &[Value]) {
    let texts: Vec<Vec<u8>> = records.iter().map(|record| record.to_string().into_bytes()).collect();
    let records = texts.iter().map(|text| Journaled::read(text).unwrap()).collect();
    store.write_batch(&Batch { records, ..Batch::default() }).await.unwrap();
}

async fn rows(store: &SqlLogStore, filters: &[Filter]) -> Vec<LogRow> {
    let mut query = LogQuery { filters: filters.to_vec(), ..LogQuery::default() };
    let (mut rows, mut cursor) = (Vec::new(), None);
    loop {
        query.paging = Paging::After { cursor, limit: 200 };
        let page = store.list(&gateway(), &query).await.unwrap();
        rows.extend(page.rows);
        match page.next {
            Some(next) => cursor = Some(next),
            None => return rows,
        }
    }
}

async fn ask(store: &SqlLogStore, subject: Subject, minutes: &[i64], filters: &[Filter]) -> Pieces {
    let borders = minutes.iter().map(|minute| UnixMs(START + minute * MINUTE)).collect();
    let question = Question { subject, borders, filters: filters.to_vec(), search: None, parts: Vec::new() };
    store.pieces(&gateway(), &question).await.unwrap()
}

/// The plain numbers of a sum, found again by hand from the rows.
#[derive(Debug, Default, PartialEq)]
struct Naive {
    requests: i64,
    answered: i64,
    limited: i64,
    broken: i64,
    attempts: i64,
    tokens: i64,
    cost: i128,
    cost_custom: i128,
    cost_simulated: i128,
    no_price: i64,
    cached: i64,
    redirected: i64,
    rescued: i64,
    durations: i64,
    first_tokens: i64,
}

impl Naive {
    fn add(&mut self, row: &LogRow) {
        let record = &row.record;
        self.requests += 1;
        let is_answered = record.outcome == RequestOutcome::Success;
        self.answered += i64::from(is_answered);
        self.limited += i64::from(record.error_type.as_deref() == Some("rate_limited"));
        self.broken += i64::from(matches!(record.outcome, RequestOutcome::Interrupted | RequestOutcome::CallerLeft));
        self.attempts += record.attempts.len() as i64;
        self.tokens += (record.usage.input_tokens + record.usage.output_tokens + record.usage.cache_read_tokens) as i64;
        let cost = record.cost.map_or(0, |cost| i128::from(cost.0));
        self.cost += cost;
        self.cost_custom += if record.custom_cost { cost } else { 0 };
        self.cost_simulated += if record.simulated { cost } else { 0 };
        let is_unknown = record.cost.is_none() && record.cost_source == CostSource::Unknown;
        self.no_price += i64::from(is_unknown && !record.attempts.is_empty());
        self.cached += i64::from(record.cached);
        let trail = record.route.iter().flat_map(|route| &route.trail);
        self.redirected += i64::from(trail.filter(|step| step.kind == "rate").any(|step| step.output == "fallback"));
        self.rescued += i64::from(is_answered && record.attempts.len() > 1);
        self.durations += i64::from(is_answered);
        self.first_tokens += i64::from(record.first_token_ms.is_some());
    }

    fn of(sum: &Measures) -> Self {
        Self {
            requests: sum.requests,
            answered: sum.answered,
            limited: sum.limited,
            broken: sum.interrupted,
            attempts: sum.attempts,
            tokens: sum.tokens_in + sum.tokens_out + sum.tokens_cache_read,
            cost: sum.cost,
            cost_custom: sum.cost_custom,
            cost_simulated: sum.cost_simulated,
            no_price: sum.no_price,
            cached: sum.cached,
            redirected: sum.redirected,
            rescued: sum.rescued_retry + sum.rescued_fallback,
            durations: sum.duration_ms.count(),
            first_tokens: sum.first_token_ms.count(),
        }
    }
}

/// Sums by bucket and group, from pieces and by hand.
fn compare<'a>(
    pieces: &'a Pieces,
    group: impl Fn(&'a [String]) -> String,
    rows: &[LogRow],
    minutes: &[i64],
    groups_of: impl Fn(&LogRow) -> Vec<String>,
) {
    let mut found: BTreeMap<(usize, String), Measures> = BTreeMap::new();
    for piece in &pieces.pieces {
        found.entry((piece.bucket, group(&piece.parts))).or_default().merge(&piece.sum, 1);
    }
    let found: BTreeMap<_, _> = found.into_iter().map(|(key, sum)| (key, Naive::of(&sum))).collect();
    let mut expected: BTreeMap<(usize, String), Naive> = BTreeMap::new();
    for row in rows {
        let minute = (row.record.created_at.0 - START).div_euclid(MINUTE);
        let Some(bucket) = minutes.windows(2).position(|pair| pair[0] <= minute && minute < pair[1]) else { continue };
        for group in groups_of(row) {
            expected.entry((bucket, group)).or_default().add(row);
        }
    }
    assert_eq!(found, expected);
}

async fn check(store: &SqlLogStore, minutes: &[i64]) {
    let all = rows(store, &[]).await;
    let requests = ask(store, Subject::Requests, minutes, &[]).await;
    assert_eq!(requests.source, Source::Rollup);
    compare(&requests, |_| String::new(), &all, minutes, |_| vec![String::new()]);
    compare(&requests, |parts| parts[3].clone(), &all, minutes, |row| vec![row.record.model.to_string()]);
    let values = ask(store, Subject::Values, minutes, &[]).await;
    let pairs =
        |row: &LogRow| row.metadata().0.iter().map(|(key, value)| format!("{key}={}", value.canonical())).collect();
    compare(&values, |parts| parts.join("="), &all, minutes, pairs);
    let edges = ask(store, Subject::Edges, minutes, &[]).await;
    let outputs = |row: &LogRow| {
        let trail =
            row.record.route.iter().flat_map(|route| route.trail.iter().map(|step| (route.id.to_string(), step)));
        trail.map(|(route, step)| format!("{route} {} {}", step.node, step.output)).collect()
    };
    compare(&edges, |parts| format!("{} {} {}", parts[0], parts[2], parts[3]), &all, minutes, outputs);

    for filter in filters() {
        let some = rows(store, std::slice::from_ref(&filter)).await;
        let found = ask(store, Subject::Requests, minutes, std::slice::from_ref(&filter)).await;
        let expected = if filter.key.to_string().starts_with("cost") { Source::Rows } else { Source::Rollup };
        assert!(found.source == expected || all.is_empty(), "{filter:?}");
        compare(&found, |_| String::new(), &some, minutes, |_| vec![String::new()]);
    }
}

fn filters() -> Vec<Filter> {
    [
        ("model", "eq", json!(["m0", "m2"])),
        ("route", "eq", json!(["r1"])),
        ("route", "neq", json!(["r1"])),
        ("version", "eq", json!([2])),
        ("success", "eq", json!([false])),
        ("error_type", "eq", json!(["rate_limited"])),
        ("error_type", "exists", json!([true])),
        ("key_id", "exists", json!([false])),
        ("simulated", "eq", json!([true])),
        ("no_price", "eq", json!([true])),
        ("custom_cost", "eq", json!([false])),
        ("cost", "gt", json!([0.000_000_001_05])),
    ]
    .into_iter()
    .map(|(key, operator, values)| Filter::parse(key, operator, values.as_array().unwrap()).unwrap())
    .collect()
}

/// What happens to a log.
#[derive(Clone, Debug)]
enum Act {
    Write(Vec<(i64, u64)>),
    Delete(usize, u32),
    Patch(usize, String),
    Keep(u64),
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        4 => prop::collection::vec((0_i64..150, any::<u64>()), 1..30).prop_map(Act::Write),
        1 => (0_usize..12, 1_u32..20).prop_map(|(filter, limit)| Act::Delete(filter, limit)),
        1 => (0_usize..50, "[a-c]").prop_map(|(row, value)| Act::Patch(row, value)),
        1 => (20_u64..80).prop_map(Act::Keep),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn ux36_sums_are_those_of_the_rows(acts in prop::collection::vec(act(), 1..8), cuts in prop::collection::btree_set(0_i64..150, 2..6)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let store = SqlLogStore::in_memory().await.unwrap();
            let mut number = 0;
            for act in acts {
                match act {
                    Act::Write(list) => {
                        let mut records = Vec::new();
                        for (minute, choice) in list {
                            number += 1;
                            records.push(record(number, minute, choice));
                        }
                        write(&store, &records).await;
                        // What comes twice counts once.
                        write(&store, &records[..records.len() / 2]).await;
                    }
                    Act::Delete(filter, limit) => {
                        let filter = filters().swap_remove(filter);
                        store.delete(&gateway(), &[filter], Order::default(), limit).await.unwrap();
                    }
                    Act::Patch(row, value) => {
                        if let Some(row) = rows(&store, &[]).await.get(row) {
                            let metadata = Metadata(vec![("user".into(), Scalar::text(value)), ("late".into(), Scalar::Bool(true))]);
                            let patch = LogPatch { metadata: Some(Some(metadata)), ..LogPatch::default() };
                            store.patch(&gateway(), row.record.id, patch).await.unwrap();
                        }
                    }
                    Act::Keep(rows_max) => {
                        let rule = RetentionRule {
                            gateway: gateway(), rows_max, strategy: LogStrategy::DeleteOldest, row_age_ms_max: None, payload_age_ms_max: None,
                        };
                        store.set_retention(Retention { gateways: vec![rule], payload_bytes_max: None });
                        store.sweep(UnixMs(START)).await.unwrap();
                    }
                }
            }
            let cuts: Vec<i64> = cuts.into_iter().collect();
            check(&store, &cuts).await;
            check(&store, &[0, 60, 120, 150]).await;
        });
    }
}

#[tokio::test]
async fn too_many_names_share_a_cell_and_add_up() {
    let store = SqlLogStore::in_memory().await.unwrap();
    let records: Vec<Value> = (0..300)
        .map(|number| {
            let mut record = record(number, 3, 0);
            record["metadata"] = json!({"user": format!("user-{number}"), "plan": "free"});
            record
        })
        .collect();
    write(&store, &records[..200]).await;
    write(&store, &records[200..]).await;
    for minutes in [[0, 60], [3, 4]] {
        let values = ask(&store, Subject::Values, &minutes, &[]).await;
        let sum = |key: &str| -> i64 {
            values.pieces.iter().filter(|piece| piece.part(0) == key).map(|piece| piece.sum.requests).sum()
        };
        assert_eq!((sum("user"), sum("plan")), (300, 300));
        assert_eq!(values.has_overflow, minutes == [3, 4]);
    }
    // Removing all of them leaves nothing behind.
    store.delete(&gateway(), &[], Order::default(), 1_000).await.unwrap();
    for subject in [Subject::Values, Subject::Keys, Subject::Requests, Subject::Edges, Subject::Calls, Subject::Over] {
        assert_eq!(ask(&store, subject, &[0, 60], &[]).await.pieces, []);
    }
}

#[tokio::test]
async fn answers_say_since_when_they_are_whole() {
    let store = SqlLogStore::in_memory().await.unwrap();
    let records: Vec<Value> = (0..40).map(|number| record(number, number as i64, 0)).collect();
    write(&store, &records).await;
    assert_eq!(ask(&store, Subject::Requests, &[0, 60], &[]).await.complete_since, None);
    let rule = RetentionRule {
        gateway: gateway(),
        rows_max: 10,
        strategy: LogStrategy::DeleteOldest,
        row_age_ms_max: None,
        payload_age_ms_max: None,
    };
    store.set_retention(Retention { gateways: vec![rule], payload_bytes_max: None });
    store.sweep(UnixMs(START)).await.unwrap();
    let found = ask(&store, Subject::Requests, &[0, 60], &[]).await;
    assert_eq!(found.pieces.iter().map(|piece| piece.sum.requests).sum::<i64>(), 10);
    let since = found.complete_since.unwrap();
    assert!(since > UnixMs(START + 29 * MINUTE) && since < UnixMs(START + 30 * MINUTE));
    assert_eq!(ask(&store, Subject::Requests, &[30, 60], &[]).await.complete_since, None);
}
