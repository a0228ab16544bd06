//! What a call of one model needs, looked up once per configuration: its provider, its price, and the start–model–end
//! route that a plain call of it walks.

use std::{hash::BuildHasher, sync::Arc};

use foldhash::fast::FixedState;
use papaya::HashMap;
use waypost_graph::{CompiledRoute, builtin};
use waypost_money::Price;

use crate::snapshot::Provider;

/// Models remembered; further ones are looked up each time.
const CALLEES_MAX: usize = 1_000;

/// One model of one provider, for one account.
pub struct Callee {
    account: Box<str>,
    /// The provider; `None` where there is none of that name.
    pub provider: Option<Arc<Provider>>,
    /// What the model costs; `None` where nobody knows.
    pub price: Option<Arc<Price>>,
    /// The route of a plain call.
    pub route: Arc<CompiledRoute>,
}

/// The models that were called since the configuration was loaded.
#[derive(Default)]
pub struct Callees(HashMap<u64, Arc<Callee>>);

impl Callees {
    /// What is known of a model, by `look_up` where nobody has asked yet.
    pub fn of(
        &self,
        account: &str,
        provider: &str,
        model: &str,
        look_up: impl FnOnce() -> (Option<Arc<Provider>>, Option<Arc<Price>>),
    ) -> Arc<Callee> {
        let key = FixedState::default().hash_one((account, provider, model));
        let callees = self.0.pin();
        if let Some(found) = callees.get(&key).filter(|callee| callee.is_for(account, provider, model)) {
            return found.clone();
        }
        let (found, price) = look_up();
        let route = Arc::new(builtin::plain(provider, model));
        let callee = Arc::new(Callee { account: account.into(), provider: found, price, route });
        if callees.len() < CALLEES_MAX {
            callees.insert(key, callee.clone());
        }
        callee
    }
}

impl Callee {
    /// Two models may share a hash.
    fn is_for(&self, account: &str, provider: &str, model: &str) -> bool {
        let is_named = |node: &waypost_graph::ModelNode| *node.provider == *provider && *node.model == *model;
        *self.account == *account && self.route.models().next().is_some_and(|(_, node)| is_named(node))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_model_is_looked_up_once() {
        let callees = Callees::default();
        let of = |account: &str, provider: &str, model: &str| callees.of(account, provider, model, || (None, None));
        let first = of("default", "openai", "gpt-4o-mini");
        assert!(Arc::ptr_eq(&first, &of("default", "openai", "gpt-4o-mini")));
        assert!(!Arc::ptr_eq(&first, &of("other", "openai", "gpt-4o-mini")));
        for index in 0..CALLEES_MAX + 10 {
            let name = index.to_string();
            assert!(of("default", "p", &name).is_for("default", "p", &name));
        }
    }
}
