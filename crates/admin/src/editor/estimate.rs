//! What a call would probably cost (D6), by the same rule as the data plane and with its experience of recent answers.

use waypost_graph::{Estimate, ModelNode};
use waypost_money::PriceTable;
use waypost_policy::{
    estimate::{self, Experience},
    limit::Enforcement,
};
use waypost_store::settings::{UnknownPrice, WaypostSettings};
use waypost_types::RequestFacts;

pub(super) fn estimate(
    prices: &PriceTable,
    seen: &crate::Experience,
    settings: &WaypostSettings,
    facts: &RequestFacts,
    model: &ModelNode,
    enforcement: Enforcement,
) -> Estimate {
    let Some(price) = prices.find(&model.provider, &model.model) else {
        return match (settings.unknown_price, settings.flat_cost_usd) {
            (UnknownPrice::Flat, Some(amount)) => Estimate::Flat(amount),
            (UnknownPrice::Allow, _) => Estimate::Allow,
            _ => Estimate::Blocked,
        };
    };
    let of_node = ["max_completion_tokens", "max_tokens"].iter().find_map(|name| model.parameters.get(*name)?.as_u64());
    let experience = Experience {
        p95_output_tokens: seen(&model.provider, &model.model),
        max_output_tokens: price.output_tokens_max,
    };
    let usage = estimate::usage(enforcement, facts, of_node.or(facts.max_output_tokens), experience);
    Estimate::Priced(waypost_money::cost(price, &usage))
}
