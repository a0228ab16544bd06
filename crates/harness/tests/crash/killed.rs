//! `kill -9` at random moments under load (F60).

use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use waypost_harness::{Setup, eventually};
use waypost_types::{
    LimitKind,
    record::{CostSource, RequestOutcome},
};

use super::{CALLERS, COST, KILLED_AFTER_MS, scene};

#[tokio::test]
async fn f60_kill_9_at_random_moments_under_load_loses_and_doubles_nothing() {
    let scene = scene(Setup { cores: 2, ..Setup::default() }).await;
    let mut complete = BTreeSet::new();
    for killed_after_ms in KILLED_AFTER_MS {
        let process = scene.start();
        assert!(process.start_time < Duration::from_secs(2), "{:?}", process.start_time);
        let deployed = Arc::new(AtomicU64::new(0));
        let deploys = scene.deploys(&process, deployed.clone());
        let load = scene.load(&process);
        // However busy the machine is, something has happened before the end.
        assert!(eventually(Duration::from_secs(5), || deployed.load(Ordering::Acquire) > 0).await);
        tokio::time::sleep(Duration::from_millis(killed_after_ms)).await;
        process.kill();
        for ids in load.join_all().await {
            for id in ids {
                assert!(complete.insert(id), "an id twice");
            }
        }
        deploys.await.expect("no panic");
    }
    assert!(complete.len() > 10, "{} answers were read to their end", complete.len());

    let process = scene.start();
    assert!(process.start_time < Duration::from_secs(2), "{:?}", process.start_time);
    // The counters in memory, as the next request sees them, are those that the journal and the store add up to.
    let probe = scene.chat(&process, "dynamic/load", false, Some(4)).send().await;
    assert_eq!(probe.status, 200, "{}", probe.text());
    complete.insert(probe.log_id());
    let audit = scene.audit().await;
    // What the crashes left in the journal is stored first.
    let probe = audit.row_within("default", &probe.log_id(), Duration::from_secs(20)).await;
    audit.books_balance().await;
    let limit =
        probe.route.iter().flat_map(|route| &route.trail).find_map(|step| step.limit.clone()).expect("a budget");
    let of_budget =
        |row: &&waypost_store::ledger::CounterRow| row.kind == LimitKind::Cost && row.bucket == limit.bucket;
    let settled: i64 = audit.counters().await.iter().filter(of_budget).map(|row| row.settled).sum();
    assert_eq!(limit.used + COST, settled, "memory and ledger");

    // Every answer that was read to its end has its row, once, with its cost.
    let rows = audit.rows().await;
    let ids: BTreeSet<String> = rows.iter().map(|row| row.id.to_string()).collect();
    assert_eq!(ids.len(), rows.len(), "no row twice");
    let missing: Vec<_> = complete.difference(&ids).collect();
    assert!(missing.is_empty(), "{} of {} rows are missing: {missing:?}", missing.len(), complete.len());
    let is_charged = |row: &&waypost_types::record::RequestRecord| {
        row.outcome == RequestOutcome::Success && row.requested_model == "dynamic/load"
    };
    let charged: Vec<_> = rows.iter().filter(is_charged).collect();
    assert!(charged.iter().all(|row| row.cost.map(|cost| cost.0) == Some(COST)));

    // The provider's own ledger agrees, up to what was recovered at its estimate.
    let ledger = scene.provider.ledger();
    let account = ledger.get(&waypost_harness::gateway::provider_key("openai")).expect("OpenAI was called");
    assert_eq!(settled % COST, 0, "estimate and cost are the same here: {settled}");
    let booked = (settled / COST) as u64;
    let recovered = booked - charged.len() as u64;
    assert!(account.completed >= charged.len() as u64, "{account:?} {}", charged.len());
    assert!(account.completed <= booked + recovered, "{account:?}: booked {booked}, of which {recovered} recovered");
    let at_once = (CALLERS * KILLED_AFTER_MS.len()) as u64;
    assert!(recovered <= at_once, "{recovered} recovered: no more than were under way");
    let cut_off = |row: &&waypost_types::record::RequestRecord| {
        row.cost_source == CostSource::Recovered && row.requested_model == "dynamic/load"
    };
    let cut_off: Vec<_> = rows.iter().filter(cut_off).collect();
    assert_eq!(cut_off.len() as u64, recovered, "what is booked has its row: an end and its record are one");
    assert!(!cut_off.is_empty(), "the crashes came under load");
    assert!(cut_off.iter().all(|row| row.cost.map(|cost| cost.0) == Some(COST) && row.route.is_some()));
    assert!(scene.provider.problems().is_empty(), "{:?}", &scene.provider.problems()[..1]);
}
