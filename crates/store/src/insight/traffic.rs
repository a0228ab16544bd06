//! What went through a route: requests per output, and calls per model element.

use std::collections::BTreeMap;

use waypost_types::record::{AttemptRecord, RequestRecord};

use super::Measures;

/// Traffic of one route.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Traffic {
    /// All of its requests.
    pub all: Measures,
    /// Requests by the element and output that they took; the output is empty where the walk ended.
    pub edges: BTreeMap<(String, String), Measures>,
    /// Upstream calls by model element; see [`Measures::add_call`].
    pub calls: BTreeMap<String, Measures>,
}

impl Traffic {
    /// Adds one request `by` times.
    pub fn add(&mut self, record: &RequestRecord, by: i64) {
        self.all.add(record, by);
        for (node, output) in edges(record) {
            self.edges.entry((node.to_owned(), output.to_owned())).or_default().add(record, by);
        }
        for attempt in calls(record) {
            self.calls.entry(attempt.node.to_string()).or_default().add_call(attempt, by);
        }
    }
}

/// Elements that a request passed, each with the output it took.
pub(super) fn edges(record: &RequestRecord) -> impl Iterator<Item = (&str, &str)> {
    record.route.iter().flat_map(|route| &route.trail).map(|step| (&*step.node, &*step.output))
}

/// Calls that were made for elements of a route.
pub(super) fn calls(record: &RequestRecord) -> impl Iterator<Item = &AttemptRecord> {
    record.attempts.iter().filter(|attempt| record.route.is_some() && !attempt.node.is_empty())
}

impl Measures {
    /// Adds one upstream call `by` times: `requests` are calls, `failed` those with a fault, the durations are the call's.
    pub fn add_call(&mut self, attempt: &AttemptRecord, by: i64) {
        self.requests += by;
        self.attempts += by;
        match attempt.fault {
            Some(_) => self.failed += by,
            None => {
                self.answered += by;
                self.duration_ms.add(attempt.duration_ms, by);
            }
        }
        if let Some(first_token_ms) = attempt.first_token_ms {
            self.first_token_ms.add(first_token_ms, by);
        }
        match attempt.cost {
            Some(cost) => self.cost += i128::from(cost.0) * i128::from(by),
            None => self.no_price += by,
        }
    }
}
