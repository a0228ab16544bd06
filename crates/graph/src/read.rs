//! Reads a route document in every spelling that is known in the wild and turns it into the published one (D12).
//!
//! Spellings: the published API, the docs before May 2026, Terraform, and sketches with `nodes`, `true_branch` and
//! `branches[].next`. What was spelled differently is listed in [`Read::changes`]; what nobody here knows is kept and
//! listed in [`Read::unknown`].
//! Source: developers.cloudflare.com/ai-gateway and its Terraform provider, 2026-04-29.

mod element;
mod spelling;
mod tree;

use std::borrow::Cow;

use serde_json::{Map, Value};

use crate::{
    limits::{ELEMENTS_MAX, ELEMENTS_READ_MAX, NOTES_MAX},
    problem::{Code, Problem},
    spec::{Element, ElementKind, Output, RouteSpec},
};
use element::Draft;
pub(crate) use spelling::known_outputs;
use spelling::sort_outputs;

/// A document that was read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Read {
    /// The document in the published spelling.
    pub spec: RouteSpec,
    /// What was spelled differently, in words.
    pub changes: Vec<String>,
    /// Properties that are not known here, in words. They are kept.
    pub unknown: Vec<String>,
}

/// Reads a document from text.
///
/// # Errors
/// [`Code::E00`] when it is no route document, [`Code::E16`] when it has more than
/// [`ELEMENTS_READ_MAX`] elements. Everything else is left to [`crate::compile()`].
pub fn read(json: &[u8]) -> Result<Read, Vec<Problem>> {
    let (value, twice) = tree::parse(json)
        .map_err(|error| vec![refusal(Code::E00, format!("The document isn't valid JSON: {error}."))])?;
    let mut read = read_value(&value)?;
    for key in twice {
        read.changes.push(match key.ends_with('%') {
            true => format!("`{key}` stood twice; both branches are kept, the second one spelled with more digits."),
            false => format!("`{key}` stood twice in one object; the last one counts."),
        });
    }
    Ok(read)
}

/// Reads a document that is parsed already. Where a member stood twice, the parser has lost the first; [`read`] does not.
///
/// # Errors
/// Those of [`read`].
pub fn read_value(document: &Value) -> Result<Read, Vec<Problem>> {
    let mut reader = Reader::default();
    let found = locate(document, &mut reader, 0);
    let Some((list, around)) = found else {
        return Err(vec![refusal(Code::E00, "A route document needs a list named `elements`.")]);
    };
    if list.len() > ELEMENTS_READ_MAX {
        return Err(vec![refusal(Code::E16, too_many_nodes(list.len()))]);
    }
    let mut drafts = Vec::with_capacity(list.len());
    for (index, value) in list.iter().enumerate() {
        drafts.extend(reader.element(index, value));
    }
    if !reader.problems.is_empty() {
        return Err(reader.problems);
    }
    reader.complete(&mut drafts);
    drafts.iter_mut().for_each(|draft| sort_outputs(&mut draft.element));
    let (name, extra) = reader.surroundings(around);
    let elements = drafts.into_iter().map(|draft| draft.element).collect();
    Ok(Read { spec: RouteSpec { name, elements, extra }, changes: reader.changes, unknown: reader.unknown })
}

/// The text of E16 for nodes.
pub(crate) fn too_many_nodes(count: usize) -> String {
    format!("{count} nodes; at most {}.", ELEMENTS_MAX)
}

fn refusal(code: Code, message: impl Into<String>) -> Problem {
    Problem { path: Vec::new(), ..Problem::whole(code, message) }
}

/// The list of elements and the members beside it.
type Found<'a> = (Cow<'a, [Value]>, Map<String, Value>);

/// Finds the list of elements, also inside an answer of the API (`result`, `version.data`) and in text.
fn locate<'a>(value: &'a Value, reader: &mut Reader, depth: usize) -> Option<Found<'a>> {
    match value {
        Value::Array(list) => Some((Cow::Borrowed(list), Map::new())),
        Value::String(text) if depth > 0 => {
            let inner: Value = serde_json::from_str(text).ok()?;
            let (list, around) = locate(&inner, reader, depth + 1)?;
            Some((Cow::Owned(list.into_owned()), around))
        }
        Value::Object(object) if depth < 4 => {
            for key in ["elements", "nodes"] {
                if let Some(list) = object.get(key).filter(|list| list.is_array() || list.is_string()) {
                    if key == "nodes" {
                        reader.is_sketch = true;
                        reader.changes.push("`nodes` is written `elements`.".to_owned());
                    }
                    let around = object.iter().filter(|(name, _)| *name != key);
                    let around = around.map(|(name, value)| (name.clone(), value.clone())).collect();
                    return locate(list, reader, depth + 1).map(|(list, _)| (list, around));
                }
            }
            // What else an answer of the API carries is about the route, not of it.
            let (list, mut around) = ["result", "route", "version", "data"]
                .iter()
                .find_map(|key| locate(object.get(*key)?, reader, depth + 1))?;
            around.retain(|key, _| key == "name");
            let name = object.get("name").map(|name| ("name".to_owned(), name.clone()));
            around.extend(name.filter(|_| !around.contains_key("name")));
            Some((list, around))
        }
        _ => None,
    }
}

/// What is collected while reading.
#[derive(Default)]
pub(crate) struct Reader {
    changes: Vec<String>,
    unknown: Vec<String>,
    problems: Vec<Problem>,
    /// Some spelling only sketches have was seen: what they leave out is filled in.
    is_sketch: bool,
}

impl Reader {
    fn change(&mut self, note: String) {
        if self.changes.len() < NOTES_MAX {
            self.changes.push(note);
        }
    }

    fn unknown(&mut self, note: String) {
        if self.unknown.len() < NOTES_MAX {
            self.unknown.push(note);
        }
    }

    /// Members beside the list.
    fn surroundings(&mut self, mut around: Map<String, Value>) -> (Option<String>, Map<String, Value>) {
        let name = match around.remove("name") {
            Some(Value::String(name)) => Some(name),
            Some(other) => {
                around.insert("name".to_owned(), other);
                None
            }
            None => None,
        };
        for key in around.keys() {
            if !matches!(key.as_str(), "layout" | "comment" | "deploy" | "description") {
                self.unknown(format!("`{key}` isn't known here; it is kept."));
            }
        }
        (name, around)
    }

    /// Fills in what a sketch leaves out.
    fn complete(&mut self, drafts: &mut Vec<Draft>) {
        if self.is_sketch {
            self.name_the_nameless(drafts);
            self.add_start(drafts);
        }
        self.close_models(drafts);
    }

    fn name_the_nameless(&mut self, drafts: &mut [Draft]) {
        for index in 0..drafts.len() {
            let Some(draft) = drafts.get(index).filter(|draft| draft.element.id.is_empty()) else { continue };
            let kind = draft.element.kind.as_str().to_owned();
            let id = free_id(drafts, &kind);
            self.change(format!("Node {} had no id; it is now `{id}`.", index + 1));
            if let Some(draft) = drafts.get_mut(index) {
                draft.element.id = id;
            }
        }
    }

    fn add_start(&mut self, drafts: &mut Vec<Draft>) {
        if drafts.is_empty() || drafts.iter().any(|draft| draft.element.kind == ElementKind::Start) {
            return;
        }
        let first = drafts.first().map(|draft| draft.element.id.clone()).unwrap_or_default();
        let id = free_id(drafts, "start");
        self.change(format!("There was no Start; `{id}` now leads to the first node, `{first}`."));
        let start = Element::new(id, ElementKind::Start).with_output("next", first);
        drafts.insert(0, Draft { element: start, has_outputs: true });
    }

    /// A model without outputs answers and is done.
    fn close_models(&mut self, drafts: &mut Vec<Draft>) {
        let is_sketch = self.is_sketch;
        let is_open = |draft: &Draft| {
            let ends = draft.element.kind == ElementKind::Model && draft.element.target("success").is_none();
            ends && !draft.has_outputs && (is_sketch || draft.element.outputs.is_empty())
        };
        if !drafts.iter().any(is_open) {
            return;
        }
        let end =
            match drafts.iter().find(|draft| draft.element.kind == ElementKind::End && !draft.element.id.is_empty()) {
                Some(end) => end.element.id.clone(),
                None => {
                    let id = free_id(drafts, "end");
                    self.change(format!("There was no End; `{id}` was added."));
                    drafts.push(Draft { element: Element::new(id.clone(), ElementKind::End), has_outputs: true });
                    id
                }
            };
        for draft in drafts.iter_mut().filter(|draft| is_open(draft)) {
            self.changes.push(format!("Model `{}` had no outputs; its `success` leads to `{end}`.", draft.element.id));
            let success = Output { name: "success".to_owned(), target: end.clone(), extra: Map::new() };
            draft.element.outputs.insert(0, success);
        }
    }
}

/// `model`, `model-2`, `model-3` … whichever no element has.
fn free_id(drafts: &[Draft], kind: &str) -> String {
    let is_free = |id: &str| drafts.iter().all(|draft| draft.element.id != id);
    if is_free(kind) {
        return kind.to_owned();
    }
    (2..).map(|number| format!("{kind}-{number}")).find(|id| is_free(id)).unwrap_or_default()
}

#[cfg(test)]
mod tests;
