//! One element, whatever its spelling.

use serde_json::{Map, Value};

use super::{
    Reader,
    spelling::{OUTPUTS, PROPERTIES, branch_name, known_outputs, known_properties, same_meaning},
};
use crate::{
    limits::NOTES_MAX,
    problem::{Code, Problem},
    spec::{Element, ElementKind, Output},
};

/// An element that is being read.
pub(super) struct Draft {
    pub(super) element: Element,
    /// It had a member `outputs`, so that open outputs are meant to be open.
    pub(super) has_outputs: bool,
}

impl Reader {
    /// Reads the element at a position.
    pub(super) fn element(&mut self, index: usize, value: &Value) -> Option<Draft> {
        let Value::Object(members) = value else {
            self.refuse(index, "", "", format!("Node {} isn't an object.", index + 1));
            return None;
        };
        let mut members = members.clone();
        let id = self.id(index, members.remove("id"))?;
        let (kind, limit_type) = self.kind(index, &id, members.remove("type"))?;
        let mut element = Element::new(id, kind);
        element.title = match members.remove("title") {
            Some(Value::String(title)) => Some(title),
            Some(other) if !other.is_null() => {
                members.insert("title".to_owned(), other);
                None
            }
            _ => None,
        };
        element.properties = self.object(index, &element.id, "properties", members.remove("properties"))?;
        let has_outputs = members.contains_key("outputs");
        let outputs = self.object(index, &element.id, "outputs", members.remove("outputs"))?;
        for (name, target) in outputs {
            self.output(index, &mut element, name, target)?;
        }
        self.respell(&mut element);
        self.unfold(index, &mut element, &mut members)?;
        self.respell(&mut element);
        self.properties(&mut element, limit_type);
        self.branches(index, &mut element)?;
        element.extra = members;
        self.report_unknown(&element);
        Some(Draft { element, has_outputs })
    }

    fn refuse(&mut self, index: usize, id: &str, field: &str, message: String) {
        if self.problems.len() < NOTES_MAX {
            self.problems.push(Problem::at(Code::E00, index, id, field, message));
        }
    }

    fn id(&mut self, index: usize, id: Option<Value>) -> Option<String> {
        match id {
            None | Some(Value::Null) => Some(String::new()),
            Some(Value::String(id)) => Some(id),
            Some(Value::Number(number)) => {
                self.change(format!("The id {number} is now text."));
                Some(number.to_string())
            }
            Some(_) => {
                self.refuse(index, "", "id", format!("The id of node {} isn't text.", index + 1));
                None
            }
        }
    }

    /// The type, and the limit type that an old type stood for.
    fn kind(&mut self, index: usize, id: &str, kind: Option<Value>) -> Option<(ElementKind, Option<&'static str>)> {
        let Some(Value::String(kind)) = kind else {
            self.refuse(index, id, "type", format!("Node {} has no `type`.", index + 1));
            return None;
        };
        let read = match kind.as_str() {
            "start" => (ElementKind::Start, None),
            "conditional" => (ElementKind::Conditional, None),
            "percentage" => (ElementKind::Percentage, None),
            "rate" => (ElementKind::Rate, None),
            "model" => (ElementKind::Model, None),
            "end" => (ElementKind::End, None),
            "condition" | "if" => (ElementKind::Conditional, None),
            "split" => (ElementKind::Percentage, None),
            "rate_limit" => (ElementKind::Rate, Some("count")),
            "budget" | "budget_limit" => (ElementKind::Rate, Some("cost")),
            _ => (ElementKind::Unknown(kind.clone()), None),
        };
        if read.0.as_str() != kind {
            self.change(format!("`type: {kind}` is written `{}`.", read.0.as_str()));
        }
        Some(read)
    }

    fn object(&mut self, index: usize, id: &str, field: &str, value: Option<Value>) -> Option<Map<String, Value>> {
        match value {
            None | Some(Value::Null) => Some(Map::new()),
            Some(Value::Object(object)) => Some(object),
            Some(_) => {
                self.refuse(index, id, field, format!("`{field}` of node {} isn't an object.", index + 1));
                None
            }
        }
    }

    /// One output: `{"elementId": …}`, Terraform's `{"element_id": …}`, a sketch's bare id.
    fn output(&mut self, index: usize, element: &mut Element, name: String, target: Value) -> Option<()> {
        let (target, extra) = match target {
            Value::Null => return Some(()),
            Value::String(target) => {
                self.change(format!("Output `{name}` of `{}` is written as an object.", element.id));
                (target, Map::new())
            }
            Value::Object(mut members) => {
                let mut target = members.remove("elementId");
                if target.is_none()
                    && let Some(other) = members.remove("element_id")
                {
                    self.change(format!("`element_id` in output `{name}` of `{}` is written `elementId`.", element.id));
                    target = Some(other);
                }
                match target {
                    Some(Value::String(target)) => (target, members),
                    None | Some(Value::Null) => return Some(()),
                    Some(other) => (other.to_string(), members),
                }
            }
            _ => {
                let field = format!("outputs.{name}");
                self.refuse(index, &element.id, &field, format!("Output `{name}` doesn't name a node."));
                return None;
            }
        };
        if !target.is_empty() && element.target(&name).is_none() {
            element.outputs.push(Output { name, target, extra });
        }
        Some(())
    }

    /// Moves what a sketch wrote at the element to where it belongs.
    fn unfold(&mut self, index: usize, element: &mut Element, members: &mut Map<String, Value>) -> Option<()> {
        for key in PROPERTIES {
            if same_meaning(key).iter().any(|name| element.properties.contains_key(*name)) {
                continue;
            }
            if let Some(value) = members.remove(key) {
                self.is_sketch = true;
                self.change(format!("`{key}` of `{}` belongs in `properties`.", element.id));
                element.properties.insert(key.to_owned(), value);
            }
        }
        for (key, output) in OUTPUTS {
            let output = match (output, &element.kind) {
                ("next", ElementKind::Rate | ElementKind::Model) => "success",
                _ => output,
            };
            let is_target = members.get(key).is_some_and(|value| value.is_string() || value.is_object());
            if is_target
                && element.target(output).is_none()
                && let Some(target) = members.remove(key)
            {
                self.is_sketch = true;
                self.change(format!("`{key}` of `{}` is written as output `{output}`.", element.id));
                let target = if target.is_string() { serde_json::json!({ "elementId": target }) } else { target };
                self.output(index, element, output.to_owned(), target)?;
            }
        }
        Some(())
    }

    /// Old names of properties become the published ones.
    fn respell(&mut self, element: &mut Element) {
        for (old, new) in
            [("interval", "window"), ("limit_type", "limitType"), ("ai_gateway_dynamic_routing_provider", "provider")]
        {
            self.rename(element, old, new);
        }
        if element.kind == ElementKind::Conditional {
            self.condition(element);
        }
        let known = known_properties(&element.kind);
        element.properties.retain(|key, value| !(value.is_null() && known.contains(&key.as_str())));
    }

    /// What is implied elsewhere.
    fn properties(&mut self, element: &mut Element, limit_type: Option<&str>) {
        if let Some(limit_type) = limit_type
            && !element.properties.contains_key("limitType")
        {
            element.properties.insert("limitType".to_owned(), limit_type.into());
            self.change(format!("`{}` counts `{limit_type}`.", element.id));
        }
        let model = element.properties.get("model").and_then(Value::as_str);
        if element.kind == ElementKind::Model
            && model.is_some_and(|model| model.starts_with("@cf/") || model.starts_with("@hf/"))
            && !element.properties.contains_key("provider")
        {
            element.properties.insert("provider".to_owned(), "workers-ai".into());
            self.change(format!("Model `{}` has no provider; `@cf/…` is Workers AI.", element.id));
        }
    }

    fn rename(&mut self, element: &mut Element, old: &str, new: &str) {
        if element.properties.contains_key(new) {
            return;
        }
        if let Some(value) = element.properties.remove(old) {
            self.change(format!("`{old}` of `{}` is written `{new}`.", element.id));
            element.properties.insert(new.to_owned(), value);
        }
    }

    /// An object named `condition`, a text of JSON named `conditions`, a text of CEL named `condition`.
    fn condition(&mut self, element: &mut Element) {
        match element.properties.get("condition") {
            Some(Value::String(_)) => self.rename(element, "condition", "expression"),
            Some(Value::Object(_)) => self.rename(element, "condition", "conditions"),
            _ => {}
        }
        if let Some(Value::String(text)) = element.properties.get("conditions")
            && let Ok(object @ Value::Object(_)) = serde_json::from_str::<Value>(text)
        {
            self.change(format!("`conditions` of `{}` was JSON in a text; it is now an object.", element.id));
            element.properties.insert("conditions".to_owned(), object);
        }
    }

    /// Branches that carry their target, or no name.
    fn branches(&mut self, index: usize, element: &mut Element) -> Option<()> {
        if element.kind != ElementKind::Percentage {
            return Some(());
        }
        let Some(Value::Array(branches)) = element.properties.get("branches") else { return Some(()) };
        let mut branches = branches.clone();
        for at in 0..branches.len().min(100) {
            let taken: Vec<String> = branches.iter().filter_map(branch_name).collect();
            let Some(Value::Object(branch)) = branches.get_mut(at) else { continue };
            if !branch.get("name").is_some_and(Value::is_string) {
                let name = free_name(at, &taken);
                self.change(format!("Branch {} of `{}` is now named `{name}`.", at + 1, element.id));
                branch.insert("name".to_owned(), name.into());
            }
            let name = branch.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
            for key in ["next", "elementId", "element_id"] {
                let Some(target @ Value::String(_)) = branch.remove(key) else { continue };
                self.is_sketch = true;
                self.change(format!("Branch `{name}` of `{}` leads on through an output of that name.", element.id));
                self.output(index, element, name.clone(), serde_json::json!({ "elementId": target }))?;
            }
        }
        element.properties.insert("branches".to_owned(), Value::Array(branches));
        Some(())
    }

    fn report_unknown(&mut self, element: &Element) {
        if matches!(element.kind, ElementKind::Unknown(_)) {
            return;
        }
        let known = known_properties(&element.kind);
        let named = if element.id.is_empty() { element.kind.as_str() } else { &element.id };
        for key in element.properties.keys().filter(|key| !known.contains(&key.as_str())) {
            self.unknown(format!("`{key}` of `{named}` isn't known here; it is kept."));
        }
        for key in element.extra.keys().filter(|key| !matches!(key.as_str(), "description" | "layout" | "position")) {
            self.unknown(format!("`{key}` beside the properties of `{named}` isn't known here; it is kept."));
        }
        let Some(outputs) = known_outputs(&element.kind) else { return };
        for output in element.outputs.iter().filter(|output| !outputs.contains(&output.name.as_str())) {
            self.unknown(format!("Output `{}` of `{named}` isn't known here; it is kept.", output.name));
        }
    }
}

/// a, b, c … z, then numbers.
fn free_name(at: usize, taken: &[String]) -> String {
    let letters = ('a'..='z').skip(at).chain('a'..='z').map(String::from);
    letters
        .chain((at + 1..).map(|number| format!("branch {number}")))
        .find(|name| !taken.contains(name))
        .unwrap_or_default()
}
