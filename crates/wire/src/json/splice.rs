//! Edits on the original bytes: what is not named survives to the byte.

use std::ops::Range;

use super::{
    document::Document,
    value::{Member, Value},
};

/// Changes to the members of a document, applied in one go.
///
/// A path names a member of the outermost object, or of an object inside it. A member that is there keeps its place and
/// its spelling, also where a key appears twice; a new one goes behind the last, without spaces. Objects on the way are
/// made where they are missing or something else. A document that is no object stays as it is.
#[derive(Debug)]
pub struct Splice<'d> {
    document: &'d Document<'d>,
    edits: Edits,
}

/// The changes inside one object. A key appears once.
type Edits = Vec<(String, Change)>;

#[derive(Debug)]
enum Change {
    Set(String),
    Remove,
    Inside(Inside),
}

#[derive(Debug, Default)]
struct Inside {
    edits: Edits,
    /// The object is made where there is none. Taking a member out of a missing object does not make it.
    makes: bool,
}

impl<'d> Splice<'d> {
    /// No change yet.
    pub fn new(document: &'d Document<'d>) -> Self {
        Self { document, edits: Vec::new() }
    }

    /// Puts a value at a path, in place of what is there. `raw` must be JSON; it is written as it is. An empty path
    /// changes nothing.
    pub fn set(&mut self, path: &[&str], raw: impl Into<String>) {
        change(&mut self.edits, path, Change::Set(raw.into()));
    }

    /// Puts a string at a path.
    pub fn set_text(&mut self, path: &[&str], text: &str) {
        self.set(path, serde_json::Value::from(text).to_string());
    }

    /// Takes a member out, together with one comma.
    pub fn remove(&mut self, path: &[&str]) {
        change(&mut self.edits, path, Change::Remove);
    }

    /// Merges an object in, as RFC 7396 says: objects member by member, `null` removes, anything else replaces.
    pub fn merge(&mut self, patch: &serde_json::Map<String, serde_json::Value>) {
        merge(&mut self.edits, patch);
    }

    /// There is nothing to change.
    pub fn is_empty(&self) -> bool {
        self.edits.is_empty()
    }

    /// The changed text.
    pub fn apply(self) -> Vec<u8> {
        let bytes = self.document.bytes();
        let mut cuts = Vec::new();
        if self.document.root().is_object() {
            cut_object(self.document.root(), &self.edits, &mut cuts);
        }
        let added: usize = cuts.iter().map(|cut| cut.text.len()).sum();
        let mut changed = Vec::with_capacity(bytes.len() + added);
        let mut at = 0;
        for cut in &cuts {
            changed.extend_from_slice(bytes.get(at..cut.range.start).unwrap_or_default());
            changed.extend_from_slice(cut.text.as_bytes());
            at = cut.range.end;
        }
        changed.extend_from_slice(bytes.get(at..).unwrap_or_default());
        changed
    }
}

// === edits ===

fn change(edits: &mut Edits, path: &[&str], wanted: Change) {
    let Some((key, rest)) = path.split_first() else { return };
    if !rest.is_empty() {
        return change_inside(edits, key, |inside| {
            inside.makes |= !matches!(wanted, Change::Remove);
            change(&mut inside.edits, rest, wanted);
        });
    }
    match edits.iter_mut().find(|(known, _)| known == key) {
        Some((_, known)) => *known = wanted,
        None => edits.push(((*key).to_owned(), wanted)),
    }
}

/// Adds to the changes inside a member. What was to happen to the member as a whole is forgotten.
fn change_inside(edits: &mut Edits, key: &str, add: impl FnOnce(&mut Inside)) {
    match edits.iter_mut().find(|(known, _)| known == key) {
        Some((_, Change::Inside(inside))) => add(inside),
        Some((_, known)) => {
            let mut inside = Inside::default();
            add(&mut inside);
            *known = Change::Inside(inside);
        }
        None => {
            let mut inside = Inside::default();
            add(&mut inside);
            edits.push((key.to_owned(), Change::Inside(inside)));
        }
    }
}

fn merge(edits: &mut Edits, patch: &serde_json::Map<String, serde_json::Value>) {
    for (key, value) in patch {
        match value {
            serde_json::Value::Null => change(edits, &[key], Change::Remove),
            serde_json::Value::Object(patch) => {
                change_inside(edits, key, |inside| {
                    inside.makes = true;
                    merge(&mut inside.edits, patch);
                });
            }
            value => change(edits, &[key], Change::Set(value.to_string())),
        }
    }
}

/// The JSON of a change where nothing was; `None` when it leaves nothing.
fn rendered(change: &Change) -> Option<String> {
    match change {
        Change::Set(raw) => Some(raw.clone()),
        Change::Remove => None,
        Change::Inside(inside) => inside.makes.then(|| {
            let members: Vec<String> = inside.edits.iter().filter_map(|(key, change)| member(key, change)).collect();
            format!("{{{}}}", members.join(","))
        }),
    }
}

fn member(key: &str, change: &Change) -> Option<String> {
    Some(format!("{}:{}", serde_json::Value::from(key), rendered(change)?))
}

// === cuts ===

/// A place of the original text and what goes there.
struct Cut {
    range: Range<usize>,
    text: String,
}

/// Cuts come out in the order of the text and never overlap.
fn cut_object(object: Value<'_>, edits: &Edits, cuts: &mut Vec<Cut>) {
    let members: Vec<Member<'_>> = object.members().collect();
    let mut is_missing = vec![true; edits.len()];
    let mut kept = 0_usize;
    for (index, member) in members.iter().enumerate() {
        let edit = edits.iter().zip(&mut is_missing).find(|((key, _), _)| member.is(key));
        let change = edit.map(|((_, change), is_missing)| {
            *is_missing = false;
            change
        });
        if matches!(change, Some(Change::Remove)) {
            let range = removed_range(&members, index, kept > 0);
            cuts.push(Cut { range, text: String::new() });
        } else {
            kept += 1;
            cut_value(member.value, change, cuts);
        }
    }

    let missing = edits.iter().zip(is_missing).filter(|(_, is_missing)| *is_missing);
    let added: Vec<String> = missing.filter_map(|((key, change), _)| member(key, change)).collect();
    if !added.is_empty() {
        let end = members.last().map_or(object.range().start + 1, |last| last.value.range().end);
        let comma = if kept > 0 { "," } else { "" };
        cuts.push(Cut { range: end..end, text: format!("{comma}{}", added.join(",")) });
    }
}

fn cut_value(value: Value<'_>, change: Option<&Change>, cuts: &mut Vec<Cut>) {
    match change {
        Some(Change::Inside(inside)) if value.is_object() => cut_object(value, &inside.edits, cuts),
        Some(change) => cuts.extend(rendered(change).map(|text| Cut { range: value.range(), text })),
        None => {}
    }
}

/// A member that goes takes the comma before it along, or the one behind it when nothing before it stays.
fn removed_range(members: &[Member<'_>], index: usize, has_kept: bool) -> Range<usize> {
    let start_of = |index: usize| members.get(index).map(|member| member.key_range().start);
    let end_of = |index: usize| members.get(index).map_or(0, |member| member.value.range().end);
    match index.checked_sub(1).filter(|_| has_kept) {
        Some(before) => end_of(before)..end_of(index),
        None => start_of(index).unwrap_or(0)..start_of(index + 1).unwrap_or_else(|| end_of(index)),
    }
}
