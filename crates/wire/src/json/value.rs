//! The values of a scanned text.

use std::{borrow::Cow, ops::Range};

use super::{
    document::Node,
    strings::{unescape, unescaped_bytes},
};

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

// === impl Value ===

impl<'d> Value<'d> {
    pub(super) const fn root(bytes: &'d [u8], nodes: &'d [Node]) -> Self {
        Self { bytes, nodes, index: 0 }
    }

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
        self.nodes.get(self.index).map_or(0..0, |node| node.start()..node.end as usize)
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
        let inner = std::str::from_utf8(self.inner()?).unwrap_or_default();
        Some(if self.is_escaped() { Cow::Owned(unescape(inner)) } else { Cow::Borrowed(inner) })
    }

    /// What stands between the quotes of a string, as it was sent.
    fn inner(&self) -> Option<&'d [u8]> {
        match self.raw() {
            [b'"', inner @ .., b'"'] => Some(inner),
            _ => None,
        }
    }

    fn is_escaped(&self) -> bool {
        self.nodes.get(self.index).is_some_and(Node::is_escaped)
    }

    /// A number written as digits alone that fits 64 bits: no sign, fraction or exponent.
    pub fn as_u64(&self) -> Option<u64> {
        let raw = self.raw();
        if raw.is_empty() {
            return None;
        }
        raw.iter().try_fold(0_u64, |number, byte| {
            let digit = byte.checked_sub(b'0').filter(|digit| *digit < 10)?;
            number.checked_mul(10)?.checked_add(u64::from(digit))
        })
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
        match self.inner() {
            Some(inner) if self.is_escaped() => unescaped_bytes(inner),
            Some(inner) => inner.len() as u64,
            None => 0,
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

    /// The bytes of the key, unescaped: cheaper to compare than [`Member::key`]. Only a key that is written with an escape
    /// needs `scratch`.
    #[inline]
    pub fn name<'s>(&self, scratch: &'s mut Vec<u8>) -> &'s [u8]
    where
        'd: 's,
    {
        let Some(node) = self.key.nodes.get(self.key.index) else { return &[] };
        if node.is_escaped() {
            scratch.clear();
            scratch.extend_from_slice(self.key().as_bytes());
            return scratch;
        }
        self.key.bytes.get(node.start() + 1..(node.end as usize).saturating_sub(1)).unwrap_or_default()
    }

    /// The key is this one, however it was escaped.
    pub fn is(&self, key: &str) -> bool {
        let Some(node) = self.key.nodes.get(self.key.index) else { return false };
        if node.is_escaped() {
            return self.key() == key;
        }
        // Most keys are another one, and most of those have another length.
        let (start, end) = (node.start() + 1, (node.end as usize).saturating_sub(1));
        end.wrapping_sub(start) == key.len() && self.key.bytes.get(start..end) == Some(key.as_bytes())
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
