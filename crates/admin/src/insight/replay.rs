//! Walks through a route without counters, prices or providers: what a saved case expects, and what a change would have
//! done to requests that were.

use std::sync::Arc;

use waypost_graph::{
    Assumptions, BucketScope, CallPolicy, CompiledRoute, Estimate, Simulation, Situation, simulate,
    simulate::SimulatedOutcome,
};
use waypost_policy::limit::Verdict;
use waypost_types::{RequestFacts, UnixMs};

/// Where the walk takes place.
pub(crate) struct Stage {
    /// Whose splits.
    pub(crate) scope: BucketScope,
    /// Tries.
    pub(crate) policy: CallPolicy,
    /// When.
    pub(crate) now: UnixMs,
    /// For splits without a sticky value.
    pub(crate) luck: u64,
}

/// One walk. Limits that nothing is assumed of let it through.
pub(crate) fn walk(
    route: &Arc<CompiledRoute>,
    facts: &RequestFacts,
    assumptions: &Assumptions,
    stage: &Stage,
) -> Simulation {
    let mut random = || stage.luck;
    let situation = Situation {
        scope: stage.scope.clone(),
        policy: stage.policy,
        now: stage.now,
        random: &mut random,
        estimate: &|_, _| Estimate::Allow,
        counters: &mut |_| Verdict::Passed { used: 0 },
    };
    simulate(route, facts, assumptions, situation)
}

/// Where a walk ended, in a few words: `openai/gpt-4o`, `429 to the client`.
pub(crate) fn destination(outcome: &SimulatedOutcome) -> String {
    match outcome {
        SimulatedOutcome::Served { provider, model, .. } => format!("{provider}/{model}"),
        SimulatedOutcome::Refused { node: Some(_), .. } => "429 to the client".to_owned(),
        SimulatedOutcome::Refused { node: None, .. } => "no model".to_owned(),
        SimulatedOutcome::Failed { .. } => "an error to the client".to_owned(),
    }
}
