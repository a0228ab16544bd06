//! A scanned text and the values in it.

use std::borrow::Cow;

use super::value::{Kind, Members, Value};

/// One key or value: where it stands, and the index of what follows it and everything inside it. A key's value is the
/// next entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Node {
    /// The highest bit says that the string holds an escape.
    start: u32,
    pub(super) end: u32,
    pub(super) next: u32,
}

/// Texts are shorter than this, so that the highest bit of a place is free.
pub(super) const TEXT_BYTES_MAX: usize = 1 << 31;

impl Node {
    const ESCAPED: u32 = 1 << 31;

    pub(super) const fn new(start: usize, end: usize, next: usize, is_escaped: bool) -> Self {
        let mark = if is_escaped { Self::ESCAPED } else { 0 };
        Self { start: start as u32 | mark, end: end as u32, next: next as u32 }
    }

    pub(super) const fn start(&self) -> usize {
        (self.start & !Self::ESCAPED) as usize
    }

    /// It is a string in which a backslash stands.
    pub(super) const fn is_escaped(&self) -> bool {
        self.start & Self::ESCAPED != 0
    }
}

/// Where the values of a text stand, without the text: what is kept when a body has to be looked at again later.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tape {
    nodes: Vec<Node>,
    text_bytes: usize,
}

/// A text that the scanner accepted.
///
/// Where an object holds a key twice, below the top level or in an answer, the last one counts, as it does for the
/// parsers that providers use.
#[derive(Clone, Debug)]
pub struct Document<'a> {
    bytes: &'a [u8],
    nodes: Cow<'a, [Node]>,
}

// === impl Tape ===

impl Tape {
    pub(super) fn into_nodes(self) -> Vec<Node> {
        self.nodes
    }

    /// The document again, over the bytes that it was made from. `None` when they have another length.
    pub fn over<'a>(&'a self, bytes: &'a [u8]) -> Option<Document<'a>> {
        (bytes.len() == self.text_bytes).then_some(Document { bytes, nodes: Cow::Borrowed(&self.nodes) })
    }
}

// === impl Document ===

impl<'a> Document<'a> {
    pub(super) fn new(bytes: &'a [u8], nodes: Vec<Node>) -> Self {
        Self { bytes, nodes: Cow::Owned(nodes) }
    }

    /// The whole text.
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// The outermost value.
    pub fn root(&self) -> Value<'_> {
        Value::root(self.bytes, &self.nodes)
    }

    /// A top-level member; `None` when it is missing or the text is no object.
    pub fn get(&self, key: &str) -> Option<Value<'_>> {
        self.root().get(key)
    }

    /// The value at a dotted path of keys and list indices: `response_format.type`, `tools.0.type`.
    pub fn path(&self, dotted: &str) -> Option<Value<'_>> {
        dotted.split('.').try_fold(self.root(), |value, step| match value.kind() {
            Kind::List => value.elements().nth(step.parse().ok()?),
            _ => value.get(step),
        })
    }

    /// The top-level members, in order; none when the text is no object.
    pub fn members(&self) -> Members<'_> {
        self.root().members()
    }

    /// Keeps what the scan found and lets the bytes go.
    pub fn into_tape(self) -> Tape {
        Tape { text_bytes: self.bytes.len(), nodes: self.nodes.into_owned() }
    }
}
