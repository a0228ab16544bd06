//! A scanned text and the values in it.

use std::{borrow::Cow, cmp::Ordering, ops::Range};

/// One key or value: where it stands, and the index of what follows it and everything inside it. A key's value is the
/// next entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Node {
    pub(super) start: u32,
    pub(super) end: u32,
    pub(super) next: u32,
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

/// One value of a document.
#[derive(Clone, Copy, Debug)]
pub struct Value<'d> {
    bytes: &'d [u8],
    nodes: &'d [Node],
    index: usize,
}

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `null`
    Null,
    /// `true` or `false`
    Bool,
    /// A number of any size.
    Number,
    /// A string.
    Text,
    /// `[…]`
    List,
    /// `{…}`
    Object,
}

impl Kind {
    /// The word for it in a message: "Got a number".
    pub const fn in_words(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool => "true or false",
            Self::Number => "a number",
            Self::Text => "text",
            Self::List => "a list",
            Self::Object => "an object",
        }
    }
}

/// A key and its value.
#[derive(Clone, Copy, Debug)]
pub struct Member<'d> {
    key: Value<'d>,
    /// The value.
    pub value: Value<'d>,
}

/// The members of an object, in order.
#[derive(Clone, Debug)]
pub struct Members<'d>(Elements<'d>);

/// The values of a list, in order.
#[derive(Clone, Debug)]
pub struct Elements<'d> {
    parent: Value<'d>,
    next: usize,
    end: usize,
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
        Value { bytes: self.bytes, nodes: &self.nodes, index: 0 }
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

// === impl Value ===

impl<'d> Value<'d> {
    /// What it is.
    pub fn kind(&self) -> Kind {
        match self.raw().first() {
            Some(b'{') => Kind::Object,
            Some(b'[') => Kind::List,
            Some(b'"') => Kind::Text,
            Some(b't' | b'f') => Kind::Bool,
            Some(b'-' | b'0'..=b'9') => Kind::Number,
            _ => Kind::Null,
        }
    }

    /// Where it stands in the document.
    pub fn range(&self) -> Range<usize> {
        self.nodes.get(self.index).map_or(0..0, |node| node.start as usize..node.end as usize)
    }

    /// Its bytes as they were sent.
    pub fn raw(&self) -> &'d [u8] {
        self.bytes.get(self.range()).unwrap_or_default()
    }

    /// Its bytes as they were sent, as text.
    pub fn raw_str(&self) -> &'d str {
        std::str::from_utf8(self.raw()).unwrap_or_default()
    }

    /// The text of a string, unescaped. Half a surrogate pair, which only answers can hold, reads as U+FFFD.
    pub fn as_str(&self) -> Option<Cow<'d, str>> {
        let inner = self.raw_str().strip_prefix('"')?.strip_suffix('"')?;
        Some(if memchr::memchr(b'\\', inner.as_bytes()).is_none() {
            Cow::Borrowed(inner)
        } else {
            Cow::Owned(unescape(inner))
        })
    }

    /// A number written as digits alone that fits 64 bits: no sign, fraction or exponent.
    pub fn as_u64(&self) -> Option<u64> {
        let raw = self.raw();
        raw.iter().all(u8::is_ascii_digit).then(|| self.raw_str().parse().ok())?
    }

    /// A finite number, to the nearest double.
    pub fn as_f64(&self) -> Option<f64> {
        if self.kind() != Kind::Number {
            return None;
        }
        self.raw_str().parse().ok().filter(|number: &f64| number.is_finite())
    }

    /// `true` or `false`.
    pub fn as_bool(&self) -> Option<bool> {
        match self.raw() {
            b"true" => Some(true),
            b"false" => Some(false),
            _ => None,
        }
    }

    /// It is `null`.
    pub fn is_null(&self) -> bool {
        self.kind() == Kind::Null
    }

    /// It is an object.
    pub fn is_object(&self) -> bool {
        self.kind() == Kind::Object
    }

    /// The bytes of a string's text once unescaped, without building it; 0 for everything else.
    pub fn text_bytes(&self) -> u64 {
        match self.raw() {
            [b'"', inner @ .., b'"'] => unescaped_bytes(inner),
            _ => 0,
        }
    }

    /// A member of an object.
    pub fn get(&self, key: &str) -> Option<Value<'d>> {
        self.members().filter(|member| member.is(key)).last().map(|member| member.value)
    }

    /// The members of an object, in order; none of anything else.
    pub fn members(&self) -> Members<'d> {
        Members(self.inside(Kind::Object))
    }

    /// The values of a list, in order; none of anything else.
    pub fn elements(&self) -> Elements<'d> {
        self.inside(Kind::List)
    }

    fn inside(&self, kind: Kind) -> Elements<'d> {
        let end = self.nodes.get(self.index).filter(|_| self.kind() == kind).map_or(0, |node| node.next as usize);
        Elements { parent: *self, next: self.index + 1, end }
    }
}

// === impl Member ===

impl<'d> Member<'d> {
    /// The key, unescaped.
    pub fn key(&self) -> Cow<'d, str> {
        self.key.as_str().unwrap_or_default()
    }

    /// The key is this one, however it was escaped.
    pub fn is(&self, key: &str) -> bool {
        let [b'"', inner @ .., b'"'] = self.key.raw() else { return false };
        let is_escaped = || memchr::memchr(b'\\', inner).is_some();
        // An escape is longer than what it stands for, so that most keys are told apart by their length.
        match inner.len().cmp(&key.len()) {
            Ordering::Less => false,
            Ordering::Equal => inner == key.as_bytes() && !is_escaped(),
            Ordering::Greater => is_escaped() && self.key() == key,
        }
    }

    /// Where the key stands in the document, quotes included.
    pub fn key_range(&self) -> Range<usize> {
        self.key.range()
    }
}

// === impl Members, Elements ===

impl<'d> Iterator for Members<'d> {
    type Item = Member<'d>;

    fn next(&mut self) -> Option<Member<'d>> {
        Some(Member { key: self.0.next()?, value: self.0.next()? })
    }
}

impl<'d> Iterator for Elements<'d> {
    type Item = Value<'d>;

    fn next(&mut self) -> Option<Value<'d>> {
        if self.next >= self.end {
            return None;
        }
        let value = Value { index: self.next, ..self.parent };
        self.next = self.parent.nodes.get(self.next)?.next as usize;
        Some(value)
    }
}

// === strings ===

fn unescape(inner: &str) -> String {
    let mut text = String::with_capacity(inner.len());
    let mut rest = inner;
    while let Some((plain, escape)) = rest.split_once('\\') {
        text.push_str(plain);
        rest = unescape_one(escape, &mut text);
    }
    text.push_str(rest);
    text
}

/// One escape, from behind its backslash; hands back what follows.
fn unescape_one<'a>(escape: &'a str, text: &mut String) -> &'a str {
    let mut rest = escape.chars();
    match rest.next() {
        Some('b') => text.push('\u{8}'),
        Some('f') => text.push('\u{c}'),
        Some('n') => text.push('\n'),
        Some('r') => text.push('\r'),
        Some('t') => text.push('\t'),
        Some('u') => return unescape_unit(rest.as_str(), text),
        Some(itself) => text.push(itself),
        None => {}
    }
    rest.as_str()
}

fn unescape_unit<'a>(digits: &'a str, text: &mut String) -> &'a str {
    let unit = |from: &str| from.get(..4).and_then(|digits| u16::from_str_radix(digits, 16).ok());
    let rest = digits.get(4..).unwrap_or_default();
    let first = unit(digits).unwrap_or(0xfffd);
    let second = rest.strip_prefix("\\u").and_then(unit).filter(|second| (0xdc00..=0xdfff).contains(second));
    match (char::from_u32(u32::from(first)), second) {
        (Some(found), _) => text.push(found),
        (None, Some(second)) if first < 0xdc00 => {
            text.extend(char::decode_utf16([first, second]).flatten());
            return rest.get(6..).unwrap_or_default();
        }
        _ => text.push('\u{fffd}'),
    }
    rest
}

pub(super) fn unescaped_bytes(inner: &[u8]) -> u64 {
    let mut bytes = inner.len() as u64;
    let mut rest = inner;
    while let Some(at) = memchr::memchr(b'\\', rest) {
        let escape = rest.get(at + 1..).unwrap_or_default();
        let (written, meant) = match escape.split_first() {
            Some((b'u', digits)) => (6, unit_bytes(digits)),
            _ => (2, 1),
        };
        bytes = bytes.saturating_sub(written - meant);
        rest = rest.get(at + written as usize..).unwrap_or_default();
    }
    bytes
}

/// Bytes in UTF-8 of one `\u` unit; half a pair counts two, so that a whole one counts four.
fn unit_bytes(digits: &[u8]) -> u64 {
    let unit = digits.get(..4).and_then(|digits| u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok());
    match unit {
        Some(0..=0x7f) => 1,
        Some(0x80..=0x7ff | 0xd800..=0xdfff) => 2,
        _ => 3,
    }
}
