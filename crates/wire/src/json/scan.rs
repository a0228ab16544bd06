//! The scanner: one pass, no recursion, no copy.

use std::{borrow::Cow, collections::HashSet};

use super::{
    document::{Document, Node, Tape},
    error::{Found, JsonError, JsonErrorKind},
    strings::plain_prefix,
};

/// Objects and lists inside one another, the outermost included.
pub const DEPTH_MAX: usize = 64;

/// Keys and values of a request body together; each costs 12 bytes while the body is looked at.
pub const VALUES_MAX: usize = 1_000_000;

/// Keys and values of an answer together, those inside `logprobs` and `embedding` not counted.
pub const ANSWER_VALUES_MAX: usize = 4_000_000;

/// Members of answers that hold many numbers which nobody here reads: checked, not noted down.
const BULKY_MEMBERS: [&[u8]; 2] = [b"\"logprobs\"", b"\"embedding\""];

/// Up to here keys are compared with each other; beyond, hashing is cheaper.
const KEYS_COMPARED_MAX: usize = 16;

/// Scans a request body: RFC 8259 and nothing beyond it, UTF-8, no byte order mark, no lone surrogates, nothing behind
/// the value, at most [`DEPTH_MAX`] levels and [`VALUES_MAX`] keys and values, no top-level key twice.
///
/// Numbers are checked for grammar only: whether one fits is asked where it is read.
///
/// # Errors
/// The first place that breaks one of these rules.
pub fn scan(bytes: &[u8]) -> Result<Document<'_>, JsonError> {
    let document = run(bytes, Rules::REQUEST, Vec::new())?;
    refuse_duplicate_keys(&document)?;
    Ok(document)
}

/// Scans what a provider sent. Providers are read, not corrected: the last of two equal keys counts, and a lone
/// surrogate (an emoji split over two events) reads as U+FFFD. Otherwise as [`scan`].
///
/// # Errors
/// As [`scan`], without duplicate keys and surrogates.
pub fn scan_answer(bytes: &[u8]) -> Result<Document<'_>, JsonError> {
    scan_answer_in(Tape::default(), bytes)
}

/// [`scan_answer`] with the memory of an earlier scan, for the many small events of a stream.
///
/// # Errors
/// As [`scan_answer`].
pub fn scan_answer_in(tape: Tape, bytes: &[u8]) -> Result<Document<'_>, JsonError> {
    run(bytes, Rules::ANSWER, tape.into_nodes())
}

#[derive(Clone, Copy)]
struct Rules {
    values_max: usize,
    lone_surrogates: bool,
    skips_bulk: bool,
}

impl Rules {
    const REQUEST: Self = Self { values_max: VALUES_MAX, lone_surrogates: false, skips_bulk: false };
    const ANSWER: Self = Self { values_max: ANSWER_VALUES_MAX, lone_surrogates: true, skips_bulk: true };
}

/// Where and why the scan stopped; lines and columns are counted only then.
struct Stop(JsonErrorKind, usize);

fn run(bytes: &[u8], rules: Rules, mut nodes: Vec<Node>) -> Result<Document<'_>, JsonError> {
    nodes.clear();
    nodes.reserve((bytes.len() / 8).clamp(16, 512));
    let refuse = |Stop(kind, offset)| JsonError::new(kind, bytes, offset);
    let text =
        std::str::from_utf8(bytes).map_err(|error| refuse(Stop(JsonErrorKind::InvalidUtf8, error.valid_up_to())))?;
    // Offsets are 32 bits wide. Bodies are bounded far below that before they get here.
    if u32::try_from(bytes.len()).is_err() {
        return Err(refuse(Stop(JsonErrorKind::TooManyMembers { limit: rules.values_max }, 0)));
    }
    let mut scanner =
        Scanner { text, bytes, at: 0, nodes, open: [Open::NONE; DEPTH_MAX], depth: 0, muted_from: None, rules };
    scanner.document().map_err(refuse)?;
    Ok(Document::new(bytes, scanner.nodes))
}

/// An object or list that is not closed yet.
#[derive(Clone, Copy)]
struct Open {
    node: u32,
    is_object: bool,
}

impl Open {
    const NONE: Self = Self { node: u32::MAX, is_object: false };
}

struct Scanner<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    nodes: Vec<Node>,
    open: [Open; DEPTH_MAX],
    depth: usize,
    /// Depth at which a bulky member began; nothing is noted down until it is closed.
    muted_from: Option<usize>,
    rules: Rules,
}

impl Scanner<'_> {
    fn document(&mut self) -> Result<(), Stop> {
        self.skip_space();
        loop {
            let opened = self.value()?;
            if !opened && self.close_finished()? {
                break;
            }
        }
        self.skip_space();
        match self.found() {
            Found::End => Ok(()),
            found => Err(Stop(JsonErrorKind::Trailing { found }, self.at)),
        }
    }

    /// One value at the current place. True when it is an object or list that has something in it: the next value is
    /// then its first.
    fn value(&mut self) -> Result<bool, Stop> {
        let start = self.at;
        match self.byte() {
            Some(b'"') => self.string()?,
            Some(b'{') => return self.open(true),
            Some(b'[') => return self.open(false),
            Some(b'-' | b'0'..=b'9') => self.number()?,
            Some(b't') => self.literal(b"true")?,
            Some(b'f') => self.literal(b"false")?,
            Some(b'n') => self.literal(b"null")?,
            _ => return Err(self.unexpected()),
        }
        self.note(start)?;
        Ok(false)
    }

    fn open(&mut self, is_object: bool) -> Result<bool, Stop> {
        let node = self.note(self.at)?;
        let place = self.open.get_mut(self.depth).ok_or(Stop(JsonErrorKind::TooDeep, self.at))?;
        *place = Open { node, is_object };
        self.depth += 1;
        self.at += 1;
        self.skip_space();
        let end = if is_object { b'}' } else { b']' };
        if self.byte() == Some(end) {
            self.close();
            return Ok(false);
        }
        if is_object {
            self.key()?;
        }
        Ok(true)
    }

    /// After a value: closes what ends here and goes to the next value. True when the outermost value is complete.
    fn close_finished(&mut self) -> Result<bool, Stop> {
        loop {
            if self.muted_from == Some(self.depth) {
                self.muted_from = None;
            }
            let Some(open) = self.depth.checked_sub(1).and_then(|top| self.open.get(top)).copied() else {
                return Ok(true);
            };
            self.skip_space();
            match self.byte() {
                Some(b',') => {
                    self.at += 1;
                    self.skip_space();
                    if open.is_object {
                        self.key()?;
                    }
                    return Ok(false);
                }
                Some(b'}') if open.is_object => self.close(),
                Some(b']') if !open.is_object => self.close(),
                _ => return Err(self.unexpected()),
            }
        }
    }

    fn close(&mut self) {
        self.at += 1;
        self.depth -= 1;
        let (end, next) = (self.at as u32, self.nodes.len() as u32);
        let node = self.open.get(self.depth).map_or(u32::MAX, |open| open.node);
        if let Some(node) = self.nodes.get_mut(node as usize) {
            node.end = end;
            node.next = next;
        }
    }

    /// A key, its colon and the space behind it.
    fn key(&mut self) -> Result<(), Stop> {
        let start = self.at;
        if self.byte() != Some(b'"') {
            return Err(self.unexpected());
        }
        self.string()?;
        self.note(start)?;
        if self.rules.skips_bulk && self.muted_from.is_none() {
            let key = self.bytes.get(start..self.at).unwrap_or_default();
            if BULKY_MEMBERS.contains(&key) {
                self.muted_from = Some(self.depth);
            }
        }
        self.skip_space();
        if self.byte() != Some(b':') {
            return Err(self.unexpected());
        }
        self.at += 1;
        self.skip_space();
        Ok(())
    }

    /// Notes a value that reaches from `start` to here; open ones get their end later. Inside a bulky member only the
    /// member's own value is noted.
    fn note(&mut self, start: usize) -> Result<u32, Stop> {
        if self.muted_from.is_some_and(|from| self.depth > from) {
            return Ok(u32::MAX);
        }
        let index = self.nodes.len();
        if index >= self.rules.values_max {
            return Err(Stop(JsonErrorKind::TooManyMembers { limit: self.rules.values_max }, start));
        }
        self.nodes.push(Node { start: start as u32, end: self.at as u32, next: index as u32 + 1 });
        Ok(index as u32)
    }

    fn string(&mut self) -> Result<(), Stop> {
        self.at += 1;
        loop {
            self.at += plain_prefix(self.bytes.get(self.at..).unwrap_or_default());
            match self.byte() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(());
                }
                Some(b'\\') => self.escape()?,
                _ => return Err(self.unexpected()),
            }
        }
    }

    fn escape(&mut self) -> Result<(), Stop> {
        let start = self.at;
        self.at += 1;
        match self.byte() {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => {
                self.at += 1;
                Ok(())
            }
            Some(b'u') => {
                let unit = self.unit()?;
                if self.rules.lone_surrogates || !(0xd800..=0xdfff).contains(&unit) {
                    return Ok(());
                }
                let is_pair = unit < 0xdc00 && self.bytes.get(self.at..self.at + 2) == Some(b"\\u") && {
                    self.at += 1;
                    (0xdc00..=0xdfff).contains(&self.unit()?)
                };
                if is_pair { Ok(()) } else { Err(Stop(JsonErrorKind::LoneSurrogate, start)) }
            }
            _ => Err(self.unexpected()),
        }
    }

    /// The `u` of an escape and its four digits.
    fn unit(&mut self) -> Result<u32, Stop> {
        self.at += 1;
        let mut unit = 0;
        for _ in 0..4 {
            let digit = self.byte().and_then(|byte| char::from(byte).to_digit(16));
            unit = unit * 16 + digit.ok_or_else(|| self.unexpected())?;
            self.at += 1;
        }
        Ok(unit)
    }

    fn number(&mut self) -> Result<(), Stop> {
        if self.byte() == Some(b'-') {
            self.at += 1;
        }
        if self.byte() == Some(b'0') {
            self.at += 1;
        } else {
            self.digits()?;
        }
        if self.byte() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.byte(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.byte(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits()?;
        }
        Ok(())
    }

    fn digits(&mut self) -> Result<(), Stop> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let count = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        if count == 0 {
            return Err(self.unexpected());
        }
        self.at += count;
        Ok(())
    }

    fn literal(&mut self, word: &[u8]) -> Result<(), Stop> {
        for expected in word {
            if self.byte() != Some(*expected) {
                return Err(self.unexpected());
            }
            self.at += 1;
        }
        Ok(())
    }

    fn skip_space(&mut self) {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.byte() {
            self.at += 1;
        }
    }

    fn byte(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn found(&self) -> Found {
        self.text.get(self.at..).and_then(|rest| rest.chars().next()).map_or(Found::End, Found::Char)
    }

    fn unexpected(&self) -> Stop {
        Stop(JsonErrorKind::Syntax { found: self.found() }, self.at)
    }
}

/// Two meanings of one body start with two equal keys (A23).
fn refuse_duplicate_keys(document: &Document<'_>) -> Result<(), JsonError> {
    let mut few: [Cow<'_, str>; KEYS_COMPARED_MAX] = Default::default();
    let mut many: HashSet<Cow<'_, str>> = HashSet::new();
    for (index, member) in document.members().enumerate() {
        let key = member.key();
        let is_new = if let Some(place) = few.get(index) {
            debug_assert!(place.is_empty());
            !few.iter().take(index).any(|known| *known == key)
        } else {
            if index == KEYS_COMPARED_MAX {
                many.extend(few.iter().cloned());
            }
            many.insert(key.clone())
        };
        if !is_new {
            let kind = JsonErrorKind::DuplicateKey { key: key.into_owned() };
            return Err(JsonError::new(kind, document.bytes(), member.key_range().start));
        }
        if let Some(place) = few.get_mut(index) {
            *place = key;
        }
    }
    Ok(())
}
