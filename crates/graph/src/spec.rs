//! A route document as people write it, valid or not: what drafts hold, what is stored, what the editor shows.

use std::collections::HashMap;

use serde::{Serialize, Serializer, ser::SerializeMap};
use serde_json::{Map, Value};

/// A route document. It may be wrong in every way that [`crate::compile()`] reports; it is never lossy: properties that
/// nobody here knows are kept and written back.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RouteSpec {
    /// Name of the route, where the document carries it.
    pub name: Option<String>,
    /// The elements in the order written.
    pub elements: Vec<Element>,
    /// Other members beside the elements.
    pub extra: Map<String, Value>,
}

/// One element.
#[derive(Clone, Debug, PartialEq)]
pub struct Element {
    /// Its id; empty when the document has none.
    pub id: String,
    /// Its type.
    pub kind: ElementKind,
    /// The title that people gave it.
    pub title: Option<String>,
    /// Where its outputs lead: True before False, Success before On failure, branches as listed, Else last.
    pub outputs: Vec<Output>,
    /// Its settings in the published spelling.
    pub properties: Map<String, Value>,
    /// Other members of the element.
    pub extra: Map<String, Value>,
}

/// One output that leads somewhere.
#[derive(Clone, Debug, PartialEq)]
pub struct Output {
    /// `next`, `true`, `50%`, a branch's name …
    pub name: String,
    /// Id of the element it leads to.
    pub target: String,
    /// Other members of the output.
    pub extra: Map<String, Value>,
}

/// The JSON type of an element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ElementKind {
    /// Where every request enters.
    Start,
    /// A condition.
    Conditional,
    /// A split.
    Percentage,
    /// A rate or budget limit.
    Rate,
    /// A model.
    Model,
    /// Where a walk ends.
    End,
    /// Anything else, as written.
    Unknown(String),
}

impl RouteSpec {
    /// The document in the published spelling.
    pub fn to_json(&self) -> Value {
        serde_json::to_value(self).unwrap_or(Value::Null)
    }

    /// The list of elements alone, in the published spelling.
    pub fn elements_json(&self) -> Value {
        serde_json::to_value(&self.elements).unwrap_or(Value::Null)
    }

    /// The element with an id.
    pub fn element(&self, id: &str) -> Option<&Element> {
        self.elements.iter().find(|element| element.id == id)
    }

    /// What each element is called: its own title, or its kind, numbered where several of a kind have no title.
    pub fn titles(&self) -> Vec<String> {
        let mut totals: HashMap<&str, usize> = HashMap::new();
        for element in &self.elements {
            *totals.entry(element.kind_title()).or_default() += 1;
        }
        let mut seen: HashMap<&str, usize> = HashMap::new();
        let mut titles = Vec::with_capacity(self.elements.len());
        for element in &self.elements {
            let kind = element.kind_title();
            let number = seen.entry(kind).or_default();
            *number += 1;
            titles.push(match &element.title {
                Some(title) if !title.trim().is_empty() => title.clone(),
                _ if totals.get(kind).copied() > Some(1) => format!("{kind} {number}"),
                _ => kind.to_owned(),
            });
        }
        titles
    }
}

impl Element {
    /// An element without settings.
    pub fn new(id: impl Into<String>, kind: ElementKind) -> Self {
        Self { id: id.into(), kind, title: None, outputs: Vec::new(), properties: Map::new(), extra: Map::new() }
    }

    /// The same element with one more output.
    #[must_use]
    pub fn with_output(mut self, name: impl Into<String>, target: impl Into<String>) -> Self {
        self.outputs.push(Output { name: name.into(), target: target.into(), extra: Map::new() });
        self
    }

    /// The same element with one more property.
    #[must_use]
    pub fn with(mut self, property: &str, value: impl Into<Value>) -> Self {
        self.properties.insert(property.to_owned(), value.into());
        self
    }

    /// Where an output leads; `None` when it is open.
    pub fn target(&self, output: &str) -> Option<&str> {
        self.outputs.iter().find(|entry| entry.name == output).map(|entry| entry.target.as_str())
    }

    /// A rate element that counts money.
    pub fn is_budget(&self) -> bool {
        self.kind == ElementKind::Rate && self.properties.get("limitType").and_then(Value::as_str) == Some("cost")
    }

    /// What the kind is called in the editor.
    pub fn kind_title(&self) -> &'static str {
        match self.kind {
            ElementKind::Start => "Start",
            ElementKind::Conditional => "Condition",
            ElementKind::Percentage => "Split",
            ElementKind::Rate if self.is_budget() => "Budget limit",
            ElementKind::Rate => "Rate limit",
            ElementKind::Model => "Model",
            ElementKind::End => "End",
            ElementKind::Unknown(_) => "Node",
        }
    }

    /// What an output is called in the editor.
    pub fn output_title(&self, output: &str) -> String {
        let title = match (&self.kind, output) {
            (ElementKind::Conditional, "true") => "True",
            (ElementKind::Conditional, "false") => "False",
            (ElementKind::Percentage, "else") => "Else",
            (ElementKind::Rate, "success") if self.is_budget() => "Within budget",
            (ElementKind::Rate, "fallback") if self.is_budget() => "Over budget",
            (ElementKind::Rate, "success") => "Within limit",
            (ElementKind::Rate, "fallback") => "Over limit",
            (ElementKind::Model, "success") => "Success",
            (ElementKind::Model, "fallback") => "On failure",
            (_, other) => other,
        };
        title.to_owned()
    }
}

// === impl ElementKind ===

impl ElementKind {
    /// The published spelling.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Start => "start",
            Self::Conditional => "conditional",
            Self::Percentage => "percentage",
            Self::Rate => "rate",
            Self::Model => "model",
            Self::End => "end",
            Self::Unknown(kind) => kind,
        }
    }
}

// === the published spelling ===

impl Serialize for RouteSpec {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        if let Some(name) = &self.name {
            map.serialize_entry("name", name)?;
        }
        map.serialize_entry("elements", &self.elements)?;
        for (key, value) in &self.extra {
            map.serialize_entry(key, value)?;
        }
        map.end()
    }
}

impl Serialize for Element {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        if !self.id.is_empty() {
            map.serialize_entry("id", &self.id)?;
        }
        map.serialize_entry("type", self.kind.as_str())?;
        if let Some(title) = &self.title {
            map.serialize_entry("title", title)?;
        }
        map.serialize_entry("outputs", &Outputs(&self.outputs))?;
        if !self.properties.is_empty() {
            map.serialize_entry("properties", &self.properties)?;
        }
        for (key, value) in &self.extra {
            map.serialize_entry(key, value)?;
        }
        map.end()
    }
}

/// An object keeps one value per key, so this is the one place where a list of outputs becomes one.
struct Outputs<'a>(&'a [Output]);

impl Serialize for Outputs<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|output| (&output.name, output)))
    }
}

impl Serialize for Output {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("elementId", &self.target)?;
        for (key, value) in &self.extra {
            map.serialize_entry(key, value)?;
        }
        map.end()
    }
}
