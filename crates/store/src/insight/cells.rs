//! Where a request counts: the cells that it adds to, named so that those of equal requests are equal.
//!
//! A cell's name is its parts with [`PART`] between them, in the order that the variants of [`Subject`] give.

use std::fmt::Write as _;

use super::{Counted, Ending, Measures, Rescue};
use crate::journaled::{AttemptView, RecordView};

/// Between the parts of a cell's name.
pub const PART: char = '\u{1f}';
/// In place of the parts of a cell's name, where a minute has too many names: sums go on, parts do not.
pub const OVERFLOW: &str = "\u{1d}";

/// What a cell is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// Requests by route id, version, provider, model, key id, ending, error type and flags.
    Requests,
    /// Requests by route id, version, element and output; the output is empty where the walk ended.
    Edges,
    /// Upstream calls by route id, version and element.
    Calls,
    /// Requests over a limit by route id, version, element, what became of them (`redirected`, `429`, `watched`) and the
    /// element that they went to.
    Over,
    /// Saved answers by route id, how (`retry`, `fallback`), and the models that failed and answered.
    Rescues,
    /// Requests by metadata key and value.
    Values,
    /// Requests by metadata key.
    Keys,
}

impl Subject {
    /// Its number where it is stored.
    pub const fn number(self) -> i64 {
        match self {
            Self::Requests => 0,
            Self::Edges => 1,
            Self::Calls => 2,
            Self::Over => 3,
            Self::Rescues => 4,
            Self::Values => 5,
            Self::Keys => 6,
        }
    }

    /// Its names come from callers without a bound, so that they are counted on writing.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Requests | Self::Values | Self::Keys | Self::Rescues)
    }
}

/// What a request adds to a cell.
#[derive(Clone, Copy, Debug)]
pub enum Adds<'a> {
    /// Itself.
    Request(&'a Counted),
    /// One of its calls.
    Call(&'a AttemptView<'a>),
}

impl Adds<'_> {
    /// Adds it `by` times.
    pub fn to(self, sum: &mut Measures, by: i64) {
        match self {
            Self::Request(counted) => sum.add(counted, by),
            Self::Call(call) => sum.add_call(call, by),
        }
    }
}

/// Flags of a request in a cell's name.
pub mod flag {
    /// Answered from the cache.
    pub const CACHED: u8 = 1;
    /// Served by the mock provider.
    pub const SIMULATED: u8 = 2;
    /// The request carried its own prices.
    pub const CUSTOM_COST: u8 = 4;
    /// A model was called and its cost is not known.
    pub const NO_PRICE: u8 = 8;
}

/// Visits every cell that a request counts in, except those of its metadata.
pub fn each_cell(record: &RecordView<'_>, counted: &Counted, visit: &mut dyn FnMut(Subject, &str, Adds<'_>)) {
    let adds = Adds::Request(counted);
    let mut name = String::with_capacity(160);
    let route = record.route.as_ref();
    let (route_id, version) = route.map_or(("", 0), |route| (&*route.id, route.version));
    let flags = [
        (record.cached, flag::CACHED),
        (record.simulated, flag::SIMULATED),
        (record.custom_cost, flag::CUSTOM_COST),
        (record.has_no_price(), flag::NO_PRICE),
    ];
    let flags = flags.into_iter().filter(|(is_set, _)| *is_set).fold(0, |flags, (_, flag)| flags | flag);
    begin(&mut name, route_id, version);
    push(&mut name, &record.provider);
    push(&mut name, &record.model);
    push(&mut name, record.key_id.as_deref().unwrap_or_default());
    push(&mut name, Ending::of(record).as_str());
    push(&mut name, record.error_type.as_deref().unwrap_or_default());
    let _ = write!(name, "{PART}{flags}");
    visit(Subject::Requests, &name, adds);

    if let Some(rescue) = Rescue::of(record)
        && let (Some(first), Some(last)) = (record.attempts.first(), record.attempts.last())
    {
        name.clear();
        push_first(&mut name, route_id);
        push(&mut name, rescue.as_str());
        push_model(&mut name, first);
        push_model(&mut name, last);
        visit(Subject::Rescues, &name, adds);
    }
    let Some(route) = route else { return };
    let mut next = route.trail.iter().skip(1);
    for step in &route.trail {
        begin(&mut name, route_id, version);
        push(&mut name, &step.node);
        let at_node = name.len();
        push(&mut name, &step.output);
        visit(Subject::Edges, &name, adds);
        let to = next.next();
        let Some(limit) = &step.limit else { continue };
        let became = match &*step.output {
            "success" if limit.would_refuse => "watched",
            "success" => continue,
            "" => "429",
            _ => "redirected",
        };
        name.truncate(at_node);
        push(&mut name, became);
        push(&mut name, to.map_or("", |step| &step.node));
        visit(Subject::Over, &name, adds);
    }
    for call in record.attempts.iter().filter(|call| !call.node.is_empty()) {
        begin(&mut name, route_id, version);
        push(&mut name, &call.node);
        visit(Subject::Calls, &name, Adds::Call(call));
    }
}

/// Visits the cells of a request's metadata, as filters compare it.
pub fn each_metadata_cell<'a>(
    metadata: impl Iterator<Item = (&'a str, &'a str)>,
    counted: &Counted,
    visit: &mut dyn FnMut(Subject, &str, Adds<'_>),
) {
    let adds = Adds::Request(counted);
    let mut name = String::with_capacity(64);
    for (key, value) in metadata {
        name.clear();
        push_first(&mut name, key);
        visit(Subject::Keys, &name, adds);
        push(&mut name, value);
        visit(Subject::Values, &name, adds);
    }
}

fn begin(name: &mut String, route_id: &str, version: u32) {
    name.clear();
    push_first(name, route_id);
    let _ = write!(name, "{PART}{version}");
}

fn push_model(name: &mut String, call: &AttemptView<'_>) {
    push(name, &call.provider);
    name.push('/');
    push_first(name, &call.model);
}

fn push(name: &mut String, part: &str) {
    name.push(PART);
    push_first(name, part);
}

/// A part cannot hold what stands between parts.
fn push_first(name: &mut String, part: &str) {
    if part.contains(PART) {
        name.extend(part.chars().filter(|letter| *letter != PART));
    } else {
        name.push_str(part);
    }
}
