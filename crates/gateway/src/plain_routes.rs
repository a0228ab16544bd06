//! Built-in routes of plain calls, kept: the same few models are called over and over.

use std::{hash::BuildHasher, sync::Arc};

use foldhash::fast::FixedState;
use papaya::HashMap;
use waypost_graph::{CompiledRoute, builtin};

/// Models remembered; further ones get a route of their own each time.
const ROUTES_MAX: usize = 1_000;

/// One route per model that was called plainly.
#[derive(Default)]
pub struct PlainRoutes(HashMap<u64, Arc<CompiledRoute>>);

impl PlainRoutes {
    /// The start–model–end route of a model.
    pub fn of(&self, provider: &str, model: &str) -> Arc<CompiledRoute> {
        let key = FixedState::default().hash_one((provider, model));
        let routes = self.0.pin();
        if let Some(found) = routes.get(&key).filter(|route| is_for(route, provider, model)) {
            return found.clone();
        }
        let route = Arc::new(builtin::plain(provider, model));
        if routes.len() < ROUTES_MAX {
            routes.insert(key, route.clone());
        }
        route
    }
}

/// Two models may share a hash.
fn is_for(route: &CompiledRoute, provider: &str, model: &str) -> bool {
    route.models().next().is_some_and(|(_, node)| *node.provider == *provider && *node.model == *model)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_model_gets_the_same_route() {
        let routes = PlainRoutes::default();
        let first = routes.of("openai", "gpt-4o-mini");
        assert!(Arc::ptr_eq(&first, &routes.of("openai", "gpt-4o-mini")));
        assert!(is_for(&routes.of("openai", "other"), "openai", "other"));
        for index in 0..ROUTES_MAX + 10 {
            assert!(is_for(&routes.of("p", &index.to_string()), "p", &index.to_string()));
        }
    }
}
