//! What a walk asks for, what it hears, and how it ends.

use std::sync::Arc;

use waypost_policy::limit::{Ask, Enforcement, Verdict};
use waypost_types::{Fault, PicoUsd, RequestFacts, UnixMs};

use crate::{kinds::model::ModelNode, route::NodeIx};

/// Whose counters a walk asks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BucketScope {
    /// Id of the gateway, unique over all accounts.
    pub gateway: Arc<str>,
    /// Id of the route; a rename leaves it alone.
    pub route_id: Arc<str>,
}

/// What a call of a model will probably cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Estimate {
    /// By its price.
    Priced(PicoUsd),
    /// No price: the fixed amount of the gateway's setting.
    Flat(PicoUsd),
    /// No price, and the gateway lets it through.
    Allow,
    /// No price, and the gateway blocks it behind budgets (D14).
    Blocked,
}

/// How the last effect went.
#[derive(Clone, Debug)]
pub enum Reply {
    /// Nothing was done yet.
    Begin,
    /// One verdict per ask, up to and including the first refusal.
    Admitted(Vec<Verdict>),
    /// The counters could not be reached; nothing was counted.
    Unavailable,
    /// The model answered, or failed before the first byte went to the caller.
    Called(Result<(), Fault>),
    /// The time has passed.
    Waited,
}

/// What to do.
#[derive(Clone, Debug)]
pub enum Effect {
    /// Judge and book all asks in one step. Counts before a refusal stay, money is all or nothing. Whatever an earlier
    /// call of this walk had reserved is settled or void by now.
    Admit {
        /// Held limits first, then new ones in the order of the path.
        asks: Vec<Ask>,
    },
    /// Call a model. A retry keeps the reservation of the first try.
    Call {
        /// Which.
        node: NodeIx,
        /// Try at this node, from 0.
        attempt: u32,
        /// No retry and no further model is left: deadlines of the request do not apply (D20).
        is_last: bool,
    },
    /// Wait before the next try.
    Wait {
        /// So many milliseconds, at most [`RETRY_DELAY_MS_MAX`](waypost_policy::limits::RETRY_DELAY_MS_MAX).
        ms: u64,
    },
}

/// What a step says.
#[derive(Clone, Debug)]
pub enum Turn {
    /// Do this and reply.
    Do(Effect),
    /// The walk has ended; every further step says the same.
    Done(Outcome),
}

/// How a walk ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// A model answers.
    Served {
        /// Which.
        node: NodeIx,
    },
    /// The gateway says no.
    Refused(Refusal),
    /// The last model that was called failed.
    Failed {
        /// Which.
        node: NodeIx,
        /// How.
        fault: Fault,
        /// Models called, each counted once.
        models_tried: u32,
        /// It was a failure that may fall back, and nothing was left to fall back to. Otherwise it is the caller's own
        /// mistake and passes through (D2).
        falls_back: bool,
    },
}

/// Why the gateway says no.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// A limit is reached and has no way on.
    OverLimit {
        /// The limit's element.
        node: NodeIx,
        /// What its counter said.
        verdict: Verdict,
        /// The canonical value it counted under.
        key: Option<String>,
    },
    /// A limit cannot tell whether it is reached: its key is missing and counts as over the limit (D4), or the model
    /// behind it has no price (D14).
    Undecidable {
        /// The limit's element.
        node: NodeIx,
        /// In words.
        reason: String,
    },
    /// The counters cannot be reached.
    Unavailable {
        /// The limit's element.
        node: NodeIx,
    },
    /// The path ended without a model.
    NoModel,
    /// A reply did not fit what was asked: a mistake of whoever drives the walk.
    OutOfStep,
}

/// What a step may look at.
pub struct Env<'a> {
    /// The request.
    pub facts: &'a RequestFacts,
    /// Now.
    pub now: UnixMs,
    /// A random number, for splits and jitter.
    pub random: &'a mut dyn FnMut() -> u64,
    /// What a call will probably cost, or at most (strict).
    pub estimate: &'a dyn Fn(&ModelNode, Enforcement) -> Estimate,
}
