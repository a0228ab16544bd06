//! Problems about money: prices behind budgets, detours that cost more, keys that pass a budget.

use waypost_types::{LimitKind, PicoUsd};

use super::Shape;
use crate::{
    kinds::{model::ModelNode, rate::RateNode},
    limits::ELEMENTS_MAX,
    problem::{Code, Problem},
    route::Kind,
    spec::RouteSpec,
    surroundings::Surroundings,
};

/// The checked parts of a document and what is around it.
pub(super) struct Scene<'a> {
    pub(super) spec: &'a RouteSpec,
    pub(super) titles: &'a [String],
    pub(super) shape: &'a Shape,
    pub(super) kinds: &'a [Option<Kind>],
    pub(super) around: &'a dyn Surroundings,
}

impl<'a> Scene<'a> {
    pub(super) fn model(&self, at: usize) -> Option<&'a ModelNode> {
        match self.kinds.get(at) {
            Some(Some(Kind::Model(step))) => Some(&step.node),
            _ => None,
        }
    }

    pub(super) fn limit(&self, at: usize) -> Option<&'a RateNode> {
        match self.kinds.get(at) {
            Some(Some(Kind::Rate(rate))) => Some(rate),
            _ => None,
        }
    }

    pub(super) fn title(&self, at: usize) -> &'a str {
        self.titles.get(at).map_or("", String::as_str)
    }

    pub(super) fn report(&self, problems: &mut Vec<Problem>, code: Code, at: usize, field: &str, message: String) {
        let id = self.spec.elements.get(at).map_or("", |element| &element.id);
        problems.push(Problem::at(code, at, id, field, message));
    }

    /// Everything about money that concerns a budget on a path.
    pub(super) fn judge_money(&self, problems: &mut Vec<Problem>) {
        let own_cost = self.around.keys_with_own_cost();
        for at in 0..self.kinds.len().min(ELEMENTS_MAX) {
            let is_budget = self.limit(at).is_some_and(|limit| limit.rule.kind == LimitKind::Cost);
            if !is_budget || !self.shape.is_reachable(at) {
                continue;
            }
            self.unpriced(at, problems);
            self.dearer_detour(at, problems);
            if !own_cost.is_empty() {
                let keys: Vec<String> = own_cost.iter().take(5).map(|label| format!("*{label}*")).collect();
                let message = format!("Keys that may set their own cost can pass this budget: {}.", keys.join(", "));
                self.report(problems, Code::W11, at, "", message);
            }
        }
    }

    /// Every model that is charged to this budget has a price.
    fn unpriced(&self, at: usize, problems: &mut Vec<Problem>) {
        if !self.around.unknown_price_blocks() {
            return;
        }
        let charged = self.shape.reach(self.shape.target(at, "success"), |_, _| true);
        let mut named: Vec<&str> = Vec::new();
        for (to, _) in charged.iter().enumerate().filter(|(_, charged)| **charged) {
            let Some(model) = self.model(to) else { continue };
            if named.contains(&&*model.model) || self.around.price(&model.provider, &model.model).is_some() {
                continue;
            }
            named.push(&model.model);
            let message = format!(
                "*{}* can't see what *{}* costs: no price. Set a price, or book a fixed amount.",
                self.title(at),
                model.model
            );
            self.report(problems, Code::E10, at, "", message);
        }
    }

    /// *Over budget* should save money.
    fn dearer_detour(&self, at: usize, problems: &mut Vec<Problem>) {
        let within = self.first_prices(at, "success").into_iter().max();
        let over = self.first_prices(at, "fallback").into_iter().max();
        if let (Some(within), Some(over)) = (within, over)
            && over > within
        {
            let message = "*Over budget* leads to a model that costs more.".to_owned();
            self.report(problems, Code::W08, at, "outputs.fallback", message);
        }
    }

    /// Prices of the models that are tried first behind an output; failures and further limits are not followed.
    fn first_prices(&self, at: usize, output: &str) -> Vec<PicoUsd> {
        let seen = self
            .shape
            .reach(self.shape.target(at, output), |from, edge| self.model(from).is_none() && edge.output != "fallback");
        let models = seen.iter().enumerate().filter(|(_, seen)| **seen).filter_map(|(to, _)| self.model(to));
        models
            .filter_map(|model| self.around.price(&model.provider, &model.model))
            .map(|price| price.input.saturating_add(price.output))
            .collect()
    }
}
