//! What differs between two documents: content, never layout or order.

use serde::Serialize;
use serde_json::Value;

use crate::spec::{Element, RouteSpec};

/// The difference between an old and a new document.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Diff {
    /// One line per change, for people: `+1 Budget limit`, `*Model 2*: timeout 30 → 60 s`.
    pub summary: Vec<String>,
    /// Elements that only the new document has.
    pub added: Vec<DiffNode>,
    /// Elements that only the old document has.
    pub removed: Vec<DiffNode>,
    /// Elements that both have, and that differ.
    pub changed: Vec<NodeChange>,
}

/// An element in a difference.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DiffNode {
    /// Its id.
    pub id: String,
    /// What it is called.
    pub title: String,
    /// Its JSON type.
    #[serde(rename = "type")]
    pub kind: String,
}

/// What changed at one element.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NodeChange {
    /// The element, as the new document calls it.
    #[serde(flatten)]
    pub node: DiffNode,
    /// Changed settings.
    pub fields: Vec<FieldChange>,
    /// Changed edges.
    pub edges: Vec<EdgeChange>,
}

/// One setting.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FieldChange {
    /// `type`, `title`, or the name of a property.
    pub field: String,
    /// Before; `None` where it was absent.
    pub old: Option<Value>,
    /// After; `None` where it is absent.
    pub new: Option<Value>,
}

/// One edge.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct EdgeChange {
    /// Name of the output.
    pub output: String,
    /// Id it led to.
    pub old: Option<String>,
    /// Id it leads to.
    pub new: Option<String>,
}

/// Compares two documents. Elements are the same when their ids are.
pub fn diff(old: &RouteSpec, new: &RouteSpec) -> Diff {
    let (old_titles, new_titles) = (old.titles(), new.titles());
    let only = |these: &RouteSpec, titles: &[String], others: &RouteSpec| -> Vec<DiffNode> {
        let elements = these.elements.iter().zip(titles);
        let missing = elements.filter(|(element, _)| others.element(&element.id).is_none());
        missing.map(|(element, title)| node(element, title)).collect()
    };
    let mut found = Diff {
        summary: Vec::new(),
        added: only(new, &new_titles, old),
        removed: only(old, &old_titles, new),
        changed: Vec::new(),
    };
    for (element, title) in new.elements.iter().zip(&new_titles) {
        let Some(before) = old.element(&element.id) else { continue };
        let (fields, edges) = (fields(before, element), edges(before, element));
        if !fields.is_empty() || !edges.is_empty() {
            found.changed.push(NodeChange { node: node(element, title), fields, edges });
        }
    }
    found.summary = summary(&found, old, new, &new_titles);
    found
}

impl Diff {
    /// The documents say the same.
    pub const fn is_empty(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty() && self.changed.is_empty()
    }

    /// How many changes there are, as *"Draft: 3 changes"* counts them.
    pub fn count(&self) -> usize {
        let changed: usize = self.changed.iter().map(|change| change.fields.len() + change.edges.len()).sum();
        self.added.len() + self.removed.len() + changed
    }
}

fn node(element: &Element, title: &str) -> DiffNode {
    DiffNode { id: element.id.clone(), title: title.to_owned(), kind: element.kind.as_str().to_owned() }
}

fn fields(old: &Element, new: &Element) -> Vec<FieldChange> {
    let mut changes = Vec::new();
    let mut compare = |field: &str, old: Option<Value>, new: Option<Value>| {
        let is_same = match (&old, &new) {
            (Some(old), Some(new)) => is_same(old, new),
            (old, new) => old.is_none() && new.is_none(),
        };
        if !is_same {
            changes.push(FieldChange { field: field.to_owned(), old, new });
        }
    };
    compare("type", Some(old.kind.as_str().into()), Some(new.kind.as_str().into()));
    compare("title", old.title.clone().map(Value::from), new.title.clone().map(Value::from));
    let maps = [(&old.properties, &new.properties), (&old.extra, &new.extra)];
    for (index, (before, after)) in maps.into_iter().enumerate() {
        let mut names: Vec<&String> = before.keys().chain(after.keys()).collect();
        names.sort();
        names.dedup();
        let is_layout = |name: &str| index == 1 && matches!(name, "layout" | "position");
        for name in names.into_iter().filter(|name| !is_layout(name)) {
            compare(name, before.get(name).cloned(), after.get(name).cloned());
        }
    }
    changes
}

/// `1` and `1.0` are one number.
fn is_same(old: &Value, new: &Value) -> bool {
    match (old, new) {
        (Value::Number(old), Value::Number(new)) => old == new || old.as_f64() == new.as_f64(),
        (Value::Array(old), Value::Array(new)) => {
            old.len() == new.len() && old.iter().zip(new).all(|(old, new)| is_same(old, new))
        }
        (Value::Object(old), Value::Object(new)) => {
            old.len() == new.len() && old.iter().all(|(key, old)| new.get(key).is_some_and(|new| is_same(old, new)))
        }
        (old, new) => old == new,
    }
}

fn edges(old: &Element, new: &Element) -> Vec<EdgeChange> {
    let mut changes = Vec::new();
    let names = old.outputs.iter().chain(new.outputs.iter().filter(|output| old.target(&output.name).is_none()));
    for output in names {
        let (before, after) = (old.target(&output.name), new.target(&output.name));
        if before != after {
            let owned = |target: Option<&str>| target.map(str::to_owned);
            changes.push(EdgeChange { output: output.name.clone(), old: owned(before), new: owned(after) });
        }
    }
    changes
}

fn summary(found: &Diff, old: &RouteSpec, new: &RouteSpec, new_titles: &[String]) -> Vec<String> {
    let mut lines = counted("+", &found.added, new);
    lines.extend(counted("−", &found.removed, old));
    let title_of = |id: &str| {
        let at = new.elements.iter().position(|element| element.id == id);
        at.and_then(|at| new_titles.get(at)).map_or_else(|| id.to_owned(), Clone::clone)
    };
    for change in &found.changed {
        let title = &change.node.title;
        for field in &change.fields {
            lines.push(format!("*{title}*: {}", field_words(field)));
        }
        let Some(element) = new.element(&change.node.id) else { continue };
        for edge in &change.edges {
            let label = element.output_title(&edge.output);
            lines.push(match &edge.new {
                Some(target) => format!("*{title}*: **{label}** leads to *{}*", title_of(target)),
                None => format!("*{title}*: **{label}** is open"),
            });
        }
    }
    lines
}

/// `+1 Budget limit`, `−2 Model`
fn counted(sign: &str, nodes: &[DiffNode], spec: &RouteSpec) -> Vec<String> {
    let kinds = nodes.iter().filter_map(|node| spec.element(&node.id).map(Element::kind_title));
    let mut counts: Vec<(&str, usize)> = Vec::new();
    for kind in kinds {
        match counts.iter_mut().find(|(known, _)| *known == kind) {
            Some((_, count)) => *count += 1,
            None => counts.push((kind, 1)),
        }
    }
    counts.into_iter().map(|(kind, count)| format!("{sign}{count} {kind}")).collect()
}

/// `timeout 30 → 60 s`, `model large → small`, `sticky none → metadata.user_id`
fn field_words(change: &FieldChange) -> String {
    let seconds = |value: &Option<Value>| match value.as_ref().and_then(Value::as_u64) {
        Some(ms) if ms.is_multiple_of(1_000) => Some(ms / 1_000),
        _ => None,
    };
    if change.field == "timeout"
        && let (Some(old), Some(new)) = (seconds(&change.old), seconds(&change.new))
    {
        return format!("timeout {old} → {new} s");
    }
    let words = |value: &Option<Value>| match value {
        None => "none".to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    };
    format!("{} {} → {}", change.field, words(&change.old), words(&change.new))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testing::{example, spec};

    #[test]
    fn changes_read_as_sentences() {
        let old = spec(example("smart-route"));
        let mut document = example("smart-route");
        let elements = document["elements"].as_array_mut().unwrap();
        elements[2]["properties"]["limit"] = json!(2);
        elements[3]["properties"]["timeout"] = json!(30_000);
        elements[3]["outputs"].as_object_mut().unwrap().remove("fallback");
        elements[1]["outputs"]["false"]["elementId"] = json!("alt");
        elements
            .push(json!({"id": "alt", "type": "model", "title": "Alt", "outputs": {"success": {"elementId": "end"}},
            "properties": {"provider": "mock", "model": "flaky"}}));
        let found = diff(&old, &spec(document));
        assert_eq!(
            found.summary,
            [
                "+1 Model",
                "*Is it the admin?*: **False** leads to *Alt*",
                "*Budget limit*: limit 1 → 2",
                "*Large*: timeout 60 → 30 s",
                "*Large*: **On failure** is open",
            ]
        );
        assert_eq!(found.count(), 5);
    }

    #[test]
    fn layout_order_and_number_spelling_are_no_content() {
        let old = spec(example("saas-plans"));
        let mut document = example("saas-plans");
        document["layout"] = json!({"plan": [10, 20]});
        let elements = document["elements"].as_array_mut().unwrap();
        elements.reverse();
        elements[0]["position"] = json!({"x": 1});
        for element in elements.iter_mut().filter(|element| element["type"] == "rate") {
            element["properties"]["limit"] = json!(element["properties"]["limit"].as_f64().unwrap());
        }
        let found = diff(&old, &spec(document));
        assert!(found.is_empty(), "{found:?}");
    }
}
