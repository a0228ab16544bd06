//! Routes that nobody wrote: a plain call and the universal endpoint walk like every other.

use std::sync::Arc;

use crate::{
    kinds::{
        model::{FallbackOn, ModelNode, ModelStep, look_ahead},
        start::StartNode,
    },
    route::{CompiledRoute, Kind, Node, NodeIx},
};

/// More steps than this have no position in a route.
pub const STEPS_MAX: usize = crate::limits::ELEMENTS_MAX - 2;

/// One model, without fallback. Tries follow the request's headers and the gateway's settings.
pub fn plain(provider: impl Into<Arc<str>>, model: impl Into<Arc<str>>) -> CompiledRoute {
    let node = ModelNode { provider: provider.into(), model: model.into(), ..ModelNode::default() };
    let mut route = route(vec![node]);
    route.steps_beat_headers = false;
    route
}

/// Steps of the universal endpoint, in their order; a step's own settings beat the request's headers (D21). Step `i` is
/// element `step-i`. Steps beyond [`STEPS_MAX`] are left out: refuse such a request before.
pub fn chain(steps: Vec<ModelNode>, fallback_on: &FallbackOn) -> CompiledRoute {
    let steps = steps.into_iter().map(|step| ModelNode { fallback_on: fallback_on.clone(), ..step });
    route(steps.take(STEPS_MAX).collect())
}

/// Start, the models, End. The step of a model is its position minus one ([`step_of`]).
fn route(models: Vec<ModelNode>) -> CompiledRoute {
    let count = models.len();
    let at = |index: usize| NodeIx(u16::try_from(index).unwrap_or(u16::MAX));
    let end = at(count + 1);
    let node = |id: String, title: &str, kind| Node { id: id.into(), title: title.into(), kind };
    let mut nodes = vec![node("start".to_owned(), "Start", Kind::Start(StartNode { next: at(1) }))];
    for (index, model) in models.into_iter().enumerate() {
        let title = model.model.clone();
        let fallback = (index + 1 < count).then(|| at(index + 2));
        let step = ModelStep { node: model, success: end, fallback, has_next: false };
        nodes.push(node(format!("step-{index}"), &title, Kind::Model(step)));
    }
    nodes.push(node("end".to_owned(), "End", Kind::End));
    let mut route = CompiledRoute::assemble(nodes, NodeIx(0));
    route.steps_beat_headers = true;
    look_ahead(&mut route);
    route
}

/// The index of the step that a model of a built-in route is: `cf-aig-step`.
pub const fn step_of(node: NodeIx) -> u32 {
    (node.0 as u32).saturating_sub(1)
}
