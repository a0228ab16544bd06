//! Warnings about how a valid route behaves: outages, waiting, who decides.

use std::collections::{BTreeSet, HashMap};

use waypost_types::Operand;

use super::money::Scene;
use crate::{
    kinds::model::ModelNode,
    limits::{ELEMENTS_MAX, PATIENCE_MS},
    problem::{Code, Problem},
    route::Kind,
    surroundings::KeyState,
};

/// The first-token deadline of a model without one of its own.
const TIMEOUT_MS_DEFAULT: u64 = 60_000;
/// An outage of the mock provider is no outage.
const MOCK: &str = "mock";

impl Scene<'_> {
    pub(super) fn advise(&self, problems: &mut Vec<Problem>) {
        if self.kinds.len() > ELEMENTS_MAX {
            return;
        }
        self.metadata(problems);
        self.one_provider(problems);
        self.patience(problems);
        self.keys(problems);
    }

    /// Metadata that decides: is it ever sent (W03), and who sets it (W04)?
    fn metadata(&self, problems: &mut Vec<Problem>) {
        let seen = self.around.seen_metadata();
        let mut judged = BTreeSet::new();
        for (at, kind) in self.kinds.iter().enumerate() {
            let has_expression =
                self.spec.elements.get(at).is_some_and(|element| element.properties.contains_key("expression"));
            let (operands, field) = match kind {
                Some(Kind::Conditional(node)) if has_expression => (node.operands(), "properties.expression"),
                Some(Kind::Conditional(node)) => (node.operands(), "properties.conditions"),
                Some(Kind::Rate(node)) => (node.operand().cloned().into_iter().collect(), "properties.key"),
                Some(Kind::Percentage(node)) => (node.sticky.iter().cloned().collect(), "properties.sticky"),
                _ => continue,
            };
            for operand in operands {
                let Operand::Metadata(key) = operand else { continue };
                let decides = !matches!(kind, Some(Kind::Percentage(_)));
                if let Some(seen) = &seen
                    && !seen.iter().any(|other| **other == *key)
                {
                    self.report(problems, Code::W03, at, field, unseen(&key, seen));
                }
                if decides && judged.insert(key.clone()) && !self.around.metadata_is_pinned(&key) {
                    let message = format!(
                        "Callers set `metadata.{key}` themselves. Pin it on their API key if it decides who pays."
                    );
                    self.report(problems, Code::W04, at, field, message);
                }
            }
        }
    }

    fn reachable_models(&self) -> impl Iterator<Item = (usize, &ModelNode)> {
        (0..self.kinds.len())
            .filter(|at| self.shape.is_reachable(*at))
            .filter_map(|at| self.model(at).map(|model| (at, model)))
    }

    fn provider_name(&self, slug: &str) -> String {
        self.around.provider_name(slug).unwrap_or_else(|| slug.to_owned())
    }

    /// Fallbacks that fail together (W07).
    fn one_provider(&self, problems: &mut Vec<Problem>) {
        let providers: BTreeSet<&str> = self.reachable_models().map(|(_, model)| &*model.provider).collect();
        let falls_back = |(at, _): &(usize, &ModelNode)| {
            let behind = self.shape.reach(self.shape.target(*at, "fallback"), |_, _| true);
            behind.iter().enumerate().any(|(to, seen)| *seen && self.model(to).is_some())
        };
        let Some((at, model)) = self.reachable_models().find(falls_back) else { return };
        if providers.len() == 1 && *model.provider != *MOCK {
            let name = self.provider_name(&model.provider);
            let message = format!("All fallbacks use *{name}*. An outage there takes the whole route down.");
            self.report(problems, Code::W07, at, "outputs.fallback", message);
        }
    }

    /// The longest that a caller may have to wait for a first token (W09).
    fn patience(&self, problems: &mut Vec<Problem>) {
        if self.shape.has_loops() {
            return;
        }
        let mut longest: HashMap<usize, (u64, Vec<usize>)> = HashMap::new();
        for &at in &self.shape.last_first {
            let edges = self.shape.edges(at).iter();
            let next = edges.filter_map(|edge| longest.get(&edge.to)).max_by_key(|(wait_ms, _)| *wait_ms);
            let (mut wait_ms, mut models) = next.cloned().unwrap_or_default();
            if let Some(model) = self.model(at) {
                wait_ms = wait_ms.saturating_add(timeout_ms(model).saturating_mul(tries(model)));
                models.insert(0, at);
            }
            longest.insert(at, (wait_ms, models));
        }
        let Some((wait_ms, path)) = self.shape.start.and_then(|start| longest.get(&start)) else { return };
        let models: Vec<&ModelNode> = path.iter().filter_map(|at| self.model(*at)).collect();
        if *wait_ms > PATIENCE_MS
            && let (Some(first), Some(at)) = (models.first(), path.first())
        {
            let same =
                models.iter().all(|model| tries(model) == tries(first) && timeout_ms(model) == timeout_ms(first));
            let sum = match (same, models.len()) {
                (true, count) => format!(
                    "{} s × {} {} × {count} {}",
                    seconds(timeout_ms(first)),
                    tries(first),
                    if tries(first) == 1 { "try" } else { "tries" },
                    if count == 1 { "model" } else { "models" }
                ),
                (false, count) => format!("{count} models with all their tries"),
            };
            let minutes = wait_ms.div_ceil(60_000);
            let message = format!("{sum} can take {minutes} minutes; most clients give up earlier.");
            self.report(problems, Code::W09, *at, "properties.timeout", message);
        }
    }

    /// Providers without a stored key (W12), once each.
    fn keys(&self, problems: &mut Vec<Problem>) {
        let mut named = BTreeSet::new();
        for (at, model) in self.reachable_models() {
            let is_missing = self.around.has_key(&model.provider) == KeyState::Missing;
            if is_missing && self.around.provider_exists(&model.provider) && named.insert(&*model.provider) {
                let name = self.provider_name(&model.provider);
                let message = format!("No stored key for *{name}*. Calls work only when the caller sends one.");
                self.report(problems, Code::W12, at, "properties.provider", message);
            }
        }
    }
}

fn timeout_ms(model: &ModelNode) -> u64 {
    model.timeout_ms.unwrap_or(TIMEOUT_MS_DEFAULT)
}

fn tries(model: &ModelNode) -> u64 {
    u64::from(model.retries.unwrap_or(0)) + 1
}

fn seconds(ms: u64) -> String {
    if ms.is_multiple_of(1_000) { (ms / 1_000).to_string() } else { format!("{:.1}", ms as f64 / 1_000.0) }
}

fn unseen(key: &str, seen: &[String]) -> String {
    let plain = |text: &str| text.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    let meant = seen.iter().find(|other| plain(other) == plain(key));
    let hint = meant.map(|other| format!(" Did you mean `metadata.{other}`?")).unwrap_or_default();
    format!("`metadata.{key}` wasn't in any request of the last 24 hours.{hint}")
}
