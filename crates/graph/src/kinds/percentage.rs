//! Split: one way on of several, by shares.

use std::{collections::HashMap, sync::Arc};

use serde_json::Value;
use waypost_policy::sticky;
use waypost_types::{Operand, RequestFacts, Text};

use crate::{
    compile::Check,
    limits::BRANCHES_MAX,
    problem::{Code, PathStep, Problem},
    route::NodeIx,
};

/// A checked split.
#[derive(Debug)]
pub(crate) struct PercentageNode {
    pub(crate) branches: Vec<Branch>,
    pub(crate) sticky: Option<Operand>,
    id: Arc<str>,
}

/// One way on.
#[derive(Debug)]
pub(crate) struct Branch {
    /// Name of the output.
    pub(crate) name: Arc<str>,
    /// In millionths of a percent.
    pub(crate) weight: u64,
    pub(crate) to: NodeIx,
    /// What a sticky user stays with when shares change: the branch's name, or the node it leads to where the name is
    /// the share itself.
    identity: Arc<str>,
}

/// A branch taken.
pub(crate) struct Choice {
    pub(crate) branch: usize,
    pub(crate) draw: Option<f64>,
    pub(crate) reason: String,
    pub(crate) values: Vec<(Text, Text)>,
}

/// 100 %, in millionths of a percent.
const WHOLE: u64 = 100_000_000;
/// Shares such as three times 33.3 % add up to nearly 100.
const TOLERANCE: u64 = 100_000;

pub(crate) fn check(check: &mut Check<'_>) -> Option<PercentageNode> {
    let shares = if check.property("branches").is_some() { named(check) } else { spelled(check) };
    let shares = shares.and_then(|shares| complete(check, shares));
    let sticky = sticky_key(check);
    let branches = shares.and_then(|shares| connect(check, shares));
    Some(PercentageNode { branches: branches?, sticky: sticky?, id: check.element()?.id.as_str().into() })
}

/// A share before it is connected.
struct Share {
    output: String,
    weight: u64,
    is_named: bool,
}

/// `properties.branches: [{"name": "a", "weight": 50}, …]`
fn named(check: &mut Check<'_>) -> Option<Vec<Share>> {
    let Some(Value::Array(list)) = check.property("branches") else {
        check.report(Code::E04, "properties.branches", "`branches` is a list of names and weights.");
        return None;
    };
    let mut shares: Vec<Share> = Vec::with_capacity(list.len().min(BRANCHES_MAX + 1));
    let mut is_whole = true;
    for (at, branch) in list.iter().enumerate().take(BRANCHES_MAX + 1) {
        let name = branch.get("name").and_then(Value::as_str).unwrap_or_default();
        let weight = branch.get("weight").and_then(Value::as_f64).and_then(micro_percent);
        let message = match weight {
            _ if name.is_empty() => Some(format!("Branch {} needs a name.", at + 1)),
            _ if shares.iter().any(|share| share.output == name) => Some(format!("Two branches are named *{name}*.")),
            None => Some(format!("Branch *{name}* needs a share from 0 to 100.")),
            Some(weight) => {
                shares.push(Share { output: name.to_owned(), weight, is_named: true });
                None
            }
        };
        if let Some(message) = message {
            let id = check.element().map_or("", |element| &element.id);
            let problem = Problem::at(Code::E04, check.at, id, "properties.branches", message);
            check.problems.push(problem.under(PathStep::Index(at)));
            is_whole = false;
        }
    }
    let outputs = check.element()?.outputs.iter().map(|output| output.name.as_str());
    for output in outputs.filter(|output| *output != "else") {
        if is_whole && !shares.iter().any(|share| share.output == output) {
            check.report_output(Code::E04, output, format!("**{output}** has no share."));
            is_whole = false;
        }
    }
    is_whole.then_some(shares)
}

/// Shares spelled as the names of outputs: `"50%"`, `"33.3%"`, `"50.0%"`.
fn spelled(check: &mut Check<'_>) -> Option<Vec<Share>> {
    let mut shares = Vec::new();
    let mut is_whole = true;
    for output in check.element()?.outputs.iter().filter(|output| output.name != "else") {
        let number = output.name.trim().strip_suffix('%').map(str::trim);
        let weight = number.and_then(|number| number.parse().ok()).and_then(micro_percent);
        match weight {
            Some(weight) => shares.push(Share { output: output.name.clone(), weight, is_named: false }),
            None => {
                let message = format!("**{}** isn't a share. Write it like `25%`.", output.name);
                check.report_output(Code::E04, &output.name, message);
                is_whole = false;
            }
        }
    }
    is_whole.then_some(shares)
}

/// Shares add up, or *Else* gets the rest.
fn complete(check: &mut Check<'_>, mut shares: Vec<Share>) -> Option<Vec<Share>> {
    let field = if check.property("branches").is_some() { "properties.branches" } else { "outputs" };
    let has_else = check.element()?.target("else").is_some() && !shares.iter().any(|share| share.output == "else");
    let count = shares.len() + usize::from(has_else);
    if count > BRANCHES_MAX {
        check.report(Code::E16, field, format!("{count} branches; at most {BRANCHES_MAX}."));
        return None;
    }
    let sum: u64 = shares.iter().map(|share| share.weight).sum();
    let message = if sum > WHOLE + TOLERANCE {
        format!("Shares add up to {} %. Reduce by {} %.", percent(sum), percent(sum - WHOLE))
    } else if !has_else && sum + TOLERANCE < WHOLE {
        format!("Shares add up to {} % and there is no Else.", percent(sum))
    } else {
        if has_else {
            let is_named = shares.iter().any(|share| share.is_named);
            shares.push(Share { output: "else".to_owned(), weight: WHOLE.saturating_sub(sum), is_named });
        }
        return Some(shares);
    };
    check.report(Code::E04, field, message);
    None
}

fn connect(check: &mut Check<'_>, shares: Vec<Share>) -> Option<Vec<Branch>> {
    let element = check.element()?;
    let mut twins: HashMap<&str, usize> = HashMap::new();
    let mut branches = Vec::with_capacity(shares.len());
    let count = shares.len();
    for share in shares {
        let Some(to) = check.required(&share.output) else { continue };
        let identity = if share.is_named {
            share.output.clone()
        } else {
            // The share is no name: 10 % becomes 20 %. What stays is where it leads.
            let target = element.target(&share.output).unwrap_or_default();
            let twin = twins.entry(target).or_default();
            *twin += 1;
            format!("{target}#{twin}")
        };
        branches.push(Branch { name: share.output.into(), weight: share.weight, to, identity: identity.into() });
    }
    (branches.len() == count).then_some(branches)
}

/// The outer `None` is a problem, the inner one a split without a sticky key (W05).
fn sticky_key(check: &mut Check<'_>) -> Option<Option<Operand>> {
    match check.property("sticky") {
        None => {
            let message = "Without a sticky key a user can switch models between messages.";
            check.report(Code::W05, "properties.sticky", message);
            Some(None)
        }
        Some(Value::String(text)) => check.operand("properties.sticky", text).map(Some),
        Some(_) => {
            check.report(Code::E05, "properties.sticky", "`sticky` is a field such as `metadata.user_id`.");
            None
        }
    }
}

fn micro_percent(percent: f64) -> Option<u64> {
    let is_share = percent.is_finite() && (0.0..=1_000.0).contains(&percent);
    is_share.then(|| (percent * 1_000_000.0).round() as u64)
}

/// Up to two decimals, without trailing zeros.
fn percent(micro: u64) -> String {
    let text = format!("{:.2}", micro as f64 / 1_000_000.0);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

// === impl PercentageNode ===

impl PercentageNode {
    /// The branch for a request: where its sticky value is at home, else a draw. The route's id keeps splits of different
    /// routes apart.
    pub(crate) fn choose(&self, route_id: &str, facts: &RequestFacts, random: &mut dyn FnMut() -> u64) -> Choice {
        let Some(operand) = &self.sticky else { return self.draw(random(), "") };
        let value = facts.value(operand).map(|value| value.canonical()).filter(|value| !value.is_empty());
        let Some(value) = value else { return self.draw(random(), &format!("{operand} is missing; ")) };
        let split = format!("{route_id}/{}", self.id);
        let Some(branch) = sticky::choose(&split, &self.shares(), &value) else { return self.draw(random(), "") };
        let name = self.branch(branch).map_or("", |branch| &branch.name);
        let reason = format!("sticky by {operand}: {name} scores highest for {value}");
        Choice { branch, draw: None, reason, values: vec![(operand.to_string().into(), value.into())] }
    }

    /// A branch that somebody chose by hand, in a simulation.
    pub(crate) fn chosen(&self, branch: usize) -> Choice {
        Choice { branch, draw: None, reason: "chosen for this simulation".to_owned(), values: Vec::new() }
    }

    pub(crate) fn branch(&self, branch: usize) -> Option<&Branch> {
        self.branches.get(branch)
    }

    /// The share of a branch in percent, up to two decimals.
    pub(crate) fn percent(&self, branch: usize) -> String {
        self.branch(branch).map(|branch| percent(branch.weight)).unwrap_or_default()
    }

    fn draw(&self, random: u64, why: &str) -> Choice {
        let point = sticky::point(random);
        let branch = sticky::at(&self.shares(), point).unwrap_or_default();
        let from: u64 = self.branches.iter().take(branch).map(|branch| branch.weight).sum();
        let to = from + self.branch(branch).map_or(0, |branch| branch.weight);
        let total: u64 = self.branches.iter().map(|branch| branch.weight).sum();
        let drawn = percent((point * total as f64) as u64);
        let reason = format!("{why}drew {drawn}, within {} to {}", percent(from), percent(to));
        Choice { branch, draw: Some(point), reason, values: Vec::new() }
    }

    fn shares(&self) -> Vec<sticky::Branch<'_>> {
        let share = |branch: &'_ Branch| branch.weight as f64;
        self.branches.iter().map(|branch| sticky::Branch { name: &branch.identity, weight: share(branch) }).collect()
    }
}
