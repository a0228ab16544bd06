//! The scanner: one pass, no recursion, no copy.

use std::{borrow::Cow, collections::HashSet};

use super::{
    document::{Document, Node, TEXT_BYTES_MAX, Tape},
    error::{Found, JsonError, JsonErrorKind},
    strings::plain_prefix,
    value::Member,
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
    nodes.reserve((bytes.len() / 16).clamp(16, 80));
    let refuse = |Stop(kind, offset)| JsonError::new(kind, bytes, offset);
    let text =
        std::str::from_utf8(bytes).map_err(|error| refuse(Stop(JsonErrorKind::InvalidUtf8, error.valid_up_to())))?;
    // Offsets are 31 bits wide. Bodies are bounded far below that before they get here.
    if bytes.len() >= TEXT_BYTES_MAX {
        return Err(refuse(Stop(JsonErrorKind::TooManyMembers { limit: rules.values_max }, 0)));
    }
    let mut scanner = Scanner {
        text,
        bytes,
        at: 0,
        nodes,
        open: [Open::NONE; DEPTH_MAX],
        depth: 0,
        muted_from: None,
        rules,
        stop: None,
    };
    match (scanner.document(), scanner.stop) {
        (Some(()), None) => Ok(Document::new(bytes, scanner.nodes)),
        (_, Some(stop)) => Err(refuse(stop)),
        (None, None) => Err(refuse(Stop(JsonErrorKind::Syntax { found: Found::End }, bytes.len()))),
    }
}

/// An object or list that is not closed yet: its node, and whether it is an object.
#[derive(Clone, Copy)]
struct Open(u32);

impl Open {
    const NONE: Self = Self(u32::MAX);
    /// The node of a value that is not noted.
    const MUTED: u32 = u32::MAX >> 1;

    const fn new(node: u32, is_object: bool) -> Self {
        Self(node << 1 | is_object as u32)
    }

    const fn node(self) -> usize {
        (self.0 >> 1) as usize
    }

    const fn is_object(self) -> bool {
        self.0 & 1 != 0
    }
}

/// Steps hand back `None` when the text breaks a rule; which one stands in `stop`.
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
    stop: Option<Stop>,
}

impl Scanner<'_> {
    fn document(&mut self) -> Option<()> {
        self.skip_space();
        loop {
            let opened = self.value()?;
            if !opened && self.close_finished()? {
                break;
            }
        }
        self.skip_space();
        match self.found() {
            Found::End => Some(()),
            found => self.refuse(JsonErrorKind::Trailing { found }, self.at),
        }
    }

    /// One value at the current place. True when it is an object or list that has something in it: the next value is
    /// then its first.
    fn value(&mut self) -> Option<bool> {
        let start = self.at;
        let mut is_escaped = false;
        match self.byte() {
            Some(b'"') => is_escaped = self.string()?,
            Some(b'{') => return self.open(true),
            Some(b'[') => return self.open(false),
            Some(b'-' | b'0'..=b'9') => self.number()?,
            Some(b't') => self.literal(b"true")?,
            Some(b'f') => self.literal(b"false")?,
            Some(b'n') => self.literal(b"null")?,
            _ => return self.unexpected(),
        }
        self.note(start, is_escaped)?;
        Some(false)
    }

    fn open(&mut self, is_object: bool) -> Option<bool> {
        let node = self.note(self.at, false)?;
        let Some(place) = self.open.get_mut(self.depth) else {
            return self.refuse(JsonErrorKind::TooDeep, self.at);
        };
        *place = Open::new(node, is_object);
        self.depth += 1;
        self.at += 1;
        self.skip_space();
        let end = if is_object { b'}' } else { b']' };
        if self.byte() == Some(end) {
            self.close();
            return Some(false);
        }
        if is_object {
            self.key()?;
        }
        Some(true)
    }

    /// After a value: closes what ends here and goes to the next value. True when the outermost value is complete.
    fn close_finished(&mut self) -> Option<bool> {
        loop {
            if self.muted_from == Some(self.depth) {
                self.muted_from = None;
            }
            let Some(open) = self.depth.checked_sub(1).and_then(|top| self.open.get(top)).copied() else {
                return Some(true);
            };
            self.skip_space();
            match self.byte() {
                Some(b',') => {
                    self.at += 1;
                    self.skip_space();
                    if open.is_object() {
                        self.key()?;
                    }
                    return Some(false);
                }
                Some(b'}') if open.is_object() => self.close(),
                Some(b']') if !open.is_object() => self.close(),
                _ => return self.unexpected(),
            }
        }
    }

    fn close(&mut self) {
        self.at += 1;
        self.depth -= 1;
        let (end, next) = (self.at as u32, self.nodes.len() as u32);
        let node = self.open.get(self.depth).map_or(usize::MAX, |open| open.node());
        if let Some(node) = self.nodes.get_mut(node) {
            node.end = end;
            node.next = next;
        }
    }

    /// A key, its colon and the space behind it.
    fn key(&mut self) -> Option<()> {
        let start = self.at;
        if self.byte() != Some(b'"') {
            return self.unexpected();
        }
        let is_escaped = self.string()?;
        self.note(start, is_escaped)?;
        if self.rules.skips_bulk && self.muted_from.is_none() {
            let key = self.bytes.get(start..self.at).unwrap_or_default();
            if BULKY_MEMBERS.contains(&key) {
                self.muted_from = Some(self.depth);
            }
        }
        self.skip_space();
        if self.byte() != Some(b':') {
            return self.unexpected();
        }
        self.at += 1;
        self.skip_space();
        Some(())
    }

    /// Notes a value that reaches from `start` to here; open ones get their end later. Inside a bulky member only the
    /// member's own value is noted.
    fn note(&mut self, start: usize, is_escaped: bool) -> Option<u32> {
        if self.muted_from.is_some_and(|from| self.depth > from) {
            return Some(Open::MUTED);
        }
        let index = self.nodes.len();
        if index >= self.rules.values_max {
            return self.refuse(JsonErrorKind::TooManyMembers { limit: self.rules.values_max }, start);
        }
        self.nodes.push(Node::new(start, self.at, index + 1, is_escaped));
        Some(index as u32)
    }

    /// A string; whether it holds an escape.
    fn string(&mut self) -> Option<bool> {
        self.at += 1;
        let mut is_escaped = false;
        loop {
            self.at += plain_prefix(self.bytes.get(self.at..).unwrap_or_default());
            match self.byte() {
                Some(b'"') => {
                    self.at += 1;
                    return Some(is_escaped);
                }
                Some(b'\\') => {
                    is_escaped = true;
                    self.escape()?;
                }
                _ => return self.unexpected(),
            }
        }
    }

    fn escape(&mut self) -> Option<()> {
        let start = self.at;
        self.at += 1;
        match self.byte() {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => {
                self.at += 1;
                Some(())
            }
            Some(b'u') => {
                let unit = self.unit()?;
                if self.rules.lone_surrogates || !(0xd800..=0xdfff).contains(&unit) {
                    return Some(());
                }
                let is_pair = unit < 0xdc00 && self.bytes.get(self.at..self.at + 2) == Some(b"\\u") && {
                    self.at += 1;
                    (0xdc00..=0xdfff).contains(&self.unit()?)
                };
                if is_pair { Some(()) } else { self.refuse(JsonErrorKind::LoneSurrogate, start) }
            }
            _ => self.unexpected(),
        }
    }

    /// The `u` of an escape and its four digits.
    fn unit(&mut self) -> Option<u32> {
        self.at += 1;
        let mut unit = 0;
        for _ in 0..4 {
            let digit = self.byte().and_then(|byte| char::from(byte).to_digit(16));
            let Some(digit) = digit else { return self.unexpected() };
            unit = unit * 16 + digit;
            self.at += 1;
        }
        Some(unit)
    }

    fn number(&mut self) -> Option<()> {
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
        Some(())
    }

    fn digits(&mut self) -> Option<()> {
        let start = self.at;
        while self.byte().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        if self.at == start { self.unexpected() } else { Some(()) }
    }

    fn literal(&mut self, word: &[u8]) -> Option<()> {
        for expected in word {
            if self.byte() != Some(*expected) {
                return self.unexpected();
            }
            self.at += 1;
        }
        Some(())
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

    #[cold]
    fn unexpected<T>(&mut self) -> Option<T> {
        let kind = JsonErrorKind::Syntax { found: self.found() };
        self.refuse(kind, self.at)
    }

    #[cold]
    fn refuse<T>(&mut self, kind: JsonErrorKind, at: usize) -> Option<T> {
        self.stop = Some(Stop(kind, at));
        None
    }
}

/// Two meanings of one body start with two equal keys (A23).
fn refuse_duplicate_keys(document: &Document<'_>) -> Result<(), JsonError> {
    let refuse = |member: &Member<'_>| {
        let kind = JsonErrorKind::DuplicateKey { key: member.key().into_owned() };
        Err(JsonError::new(kind, document.bytes(), member.key_range().start))
    };
    let mut few: [Cow<'_, [u8]>; KEYS_COMPARED_MAX] = [const { Cow::Borrowed(&[]) }; KEYS_COMPARED_MAX];
    let mut many: HashSet<Cow<'_, [u8]>> = HashSet::new();
    for (index, member) in document.members().enumerate() {
        let name = member.name();
        if let Some(place) = few.get(index) {
            debug_assert!(place.is_empty());
            if few.iter().take(index).any(|known| *known == name) {
                return refuse(&member);
            }
        } else {
            if index == KEYS_COMPARED_MAX {
                many.extend(few.iter().cloned());
            }
            if !many.insert(name.clone()) {
                return refuse(&member);
            }
        }
        if let Some(place) = few.get_mut(index) {
            *place = name;
        }
    }
    Ok(())
}
