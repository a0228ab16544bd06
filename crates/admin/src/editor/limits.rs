//! Limits as they are now, copied, so that a simulation counts nothing.

use std::collections::HashMap;

use waypost_graph::{BucketScope, CompiledRoute};
use waypost_policy::limit::{Ask, BucketState, Buckets, Slot, Verdict, WindowAt, admit};
use waypost_store::{counters::Counters, ledger::CounterRow};
use waypost_types::{BucketId, RequestFacts, UnixMs};

use crate::refusal::{Noun, Outcome};

/// Copies of the buckets that one request could meet.
pub(super) struct Copied(HashMap<BucketId, BucketState>);

impl Buckets for Copied {
    fn bucket(&mut self, id: BucketId) -> &mut BucketState {
        self.0.entry(id).or_default()
    }
}

impl Copied {
    /// Reads the buckets of all limits of a route for one request.
    pub(super) async fn of(
        counters: &dyn Counters,
        route: &CompiledRoute,
        scope: &BucketScope,
        facts: &RequestFacts,
    ) -> Outcome<Self> {
        let buckets: Vec<BucketId> = route.limits().map(|(_, limit)| limit.bucket(scope, &limit.key(facts))).collect();
        let mut slots: HashMap<BucketId, Vec<Slot>> = HashMap::new();
        for row in counters.snapshot(Some(&buckets)).await.noun("Counter")? {
            slots.entry(row.bucket).or_default().push(slot(&row));
        }
        Ok(Self(slots.into_iter().map(|(bucket, slots)| (bucket, BucketState::from_slots(slots))).collect()))
    }

    /// What the limit would say.
    pub(super) fn judge(&mut self, ask: &Ask, now: UnixMs) -> Verdict {
        let admission = admit(std::slice::from_ref(ask), self, now);
        admission.verdicts.first().copied().unwrap_or(Verdict::Passed { used: 0 })
    }
}

const fn slot(row: &CounterRow) -> Slot {
    let window = WindowAt { start: row.window_start, end: row.window_end };
    Slot { window, settled: row.settled, reserved: row.reserved }
}
