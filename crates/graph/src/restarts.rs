//! Which counters a deploy would start afresh (D7): the deploy dialog says so before.

use serde::Serialize;

use crate::{kinds::rate::RateNode, route::CompiledRoute};

/// A limit that both versions have and that starts at nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Restart {
    /// Element id.
    pub node: String,
    /// What it is called in the new version.
    pub title: String,
    /// One sentence: `*Budget limit* starts at $0 because its window changed.`
    pub message: String,
}

/// Limits of the new version whose counters do not continue those of the old one. A changed limit, technique or mode
/// restarts nothing; a limit with a new id is new, not restarted.
pub fn restarts(old: &CompiledRoute, new: &CompiledRoute) -> Vec<Restart> {
    let mut found = Vec::new();
    for (at, limit) in new.limits() {
        let before = old.find(new.node_id(at)).and_then(|at| old.limit(at));
        let Some(changed) = before.and_then(|before| changed(before, limit)) else { continue };
        let start = limit.quantity(0);
        let title = new.title(at);
        found.push(Restart {
            node: new.node_id(at).to_owned(),
            title: title.to_owned(),
            message: format!("*{title}* starts at {start} because its {changed} changed."),
        });
    }
    found
}

/// The first part of its counters' identity that differs.
fn changed(old: &RateNode, new: &RateNode) -> Option<&'static str> {
    if old.rule.kind != new.rule.kind {
        return Some("kind");
    }
    if old.per != new.per {
        return Some("key");
    }
    (old.rule.span.to_string() != new.rule.span.to_string()).then_some("window")
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use waypost_policy::limit::KeyValue;

    use super::*;
    use crate::{
        NodeIx,
        testing::{example, route, scope},
    };

    fn changed_example(change: impl Fn(&mut serde_json::Value)) -> serde_json::Value {
        let mut document = example("smart-route");
        let elements = document["elements"].as_array_mut().unwrap();
        change(elements.iter_mut().find(|element| element["id"] == "budget").unwrap());
        document
    }

    fn bucket(route: &CompiledRoute) -> String {
        let limit = route.limit(route.find("budget").unwrap()).unwrap();
        limit.bucket(&scope(), &KeyValue::Value("user-admin".into())).to_string()
    }

    #[test]
    fn a56_counters_continue_over_deploys_renames_and_moves() {
        let old = route(example("smart-route"));
        let mut renamed = example("smart-route");
        renamed["name"] = json!("another-name");
        renamed["elements"].as_array_mut().unwrap().reverse();
        let raised = changed_example(|budget| {
            budget["title"] = json!("Another title");
            budget["properties"]["limit"] = json!(5);
            budget["properties"]["technique"] = json!("fixed");
            budget["properties"]["mode"] = json!("watch");
            budget["properties"]["enforcement"] = json!("strict");
        });
        for document in [renamed, raised] {
            let new = route(document);
            assert_eq!(restarts(&old, &new), []);
            assert_eq!(bucket(&old), bucket(&new));
        }
        assert_eq!(old.find("budget"), Some(NodeIx(2)));
    }

    #[test]
    fn a56_a_changed_window_key_or_kind_restarts() {
        let old = route(example("smart-route"));
        let cases = [
            ("window", json!(7200), "*Budget limit* starts at $0 because its window changed."),
            ("calendar", json!("day"), "*Budget limit* starts at $0 because its window changed."),
            ("key", json!("metadata.team"), "*Budget limit* starts at $0 because its key changed."),
            ("key", json!("*"), "*Budget limit* starts at $0 because its key changed."),
            ("limitType", json!("count"), "*Rate limit* starts at 0 because its kind changed."),
        ];
        for (property, value, message) in cases {
            let new = route(changed_example(|budget| budget["properties"][property] = value.clone()));
            let found = restarts(&old, &new);
            assert_eq!(found.iter().map(|restart| restart.message.as_str()).collect::<Vec<_>>(), [message]);
            assert_ne!(bucket(&old), bucket(&new), "{property}");
        }
    }

    #[test]
    fn a51_missing_everyone_and_values_count_apart() {
        let route = route(example("smart-route"));
        let limit = route.limit(route.find("budget").unwrap()).unwrap();
        let values =
            [KeyValue::Missing, KeyValue::Everyone, KeyValue::Value("missing".into()), KeyValue::Value("1".into())];
        let mut buckets: Vec<_> = values.iter().map(|value| limit.bucket(&scope(), value)).collect();
        buckets.sort();
        buckets.dedup();
        assert_eq!(buckets.len(), values.len());
    }
}
