//! The scanner: one pass, no recursion, no copy.

use std::collections::HashSet;

use super::{
    document::{Document, Node, TEXT_BYTES_MAX, Tape},
    error::{Found, JsonError, JsonErrorKind},
    strings::{first_special_of_word, plain_prefix},
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

/// Why the scan stopped, and how many bytes were left; lines and columns are counted only then.
#[derive(Clone, Copy)]
struct Halt {
    why: Why,
    left: usize,
}

#[derive(Clone, Copy)]
enum Why {
    /// Something else had to stand here.
    Unexpected,
    /// Half a pair.
    LoneSurrogate,
    TooDeep,
    TooManyMembers,
}

fn run(bytes: &[u8], rules: Rules, mut nodes: Vec<Node>) -> Result<Document<'_>, JsonError> {
    nodes.clear();
    nodes.reserve((bytes.len() / 16).clamp(16, 80));
    let text = std::str::from_utf8(bytes)
        .map_err(|error| JsonError::new(JsonErrorKind::InvalidUtf8, bytes, error.valid_up_to()))?;
    // Offsets are 31 bits wide. Bodies are bounded far below that before they get here.
    if bytes.len() >= TEXT_BYTES_MAX {
        return Err(JsonError::new(JsonErrorKind::TooManyMembers { limit: rules.values_max }, bytes, 0));
    }
    let total = bytes.len();
    let mut scanner = Scanner { total, nodes, open: [Open::NONE; DEPTH_MAX], depth: 0, muted_from: NOT_MUTED, rules };
    let rest = match scanner.document(bytes) {
        Ok(rest) => skip_space(rest),
        Err(halt) => return Err(refused(text, rules, halt)),
    };
    if !rest.is_empty() {
        let offset = total - rest.len();
        return Err(JsonError::new(JsonErrorKind::Trailing { found: found(text, offset) }, bytes, offset));
    }
    Ok(Document::new(bytes, scanner.nodes))
}

#[cold]
fn refused(text: &str, rules: Rules, Halt { why, left }: Halt) -> JsonError {
    let offset = text.len().saturating_sub(left);
    let kind = match why {
        Why::Unexpected => JsonErrorKind::Syntax { found: found(text, offset) },
        Why::LoneSurrogate => JsonErrorKind::LoneSurrogate,
        Why::TooDeep => JsonErrorKind::TooDeep,
        Why::TooManyMembers => JsonErrorKind::TooManyMembers { limit: rules.values_max },
    };
    JsonError::new(kind, text.as_bytes(), offset)
}

fn found(text: &str, offset: usize) -> Found {
    text.get(offset..).and_then(|rest| rest.chars().next()).map_or(Found::End, Found::Char)
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

/// Deeper than anything is.
const NOT_MUTED: usize = usize::MAX;

/// What has been noted. The text itself goes through the steps as the slice that is left of it.
struct Scanner {
    total: usize,
    nodes: Vec<Node>,
    open: [Open; DEPTH_MAX],
    depth: usize,
    /// Depth at which a bulky member began, or [`NOT_MUTED`]; nothing is noted down until it is closed.
    muted_from: usize,
    rules: Rules,
}

impl Scanner {
    /// The outermost value; hands back what follows it.
    fn document<'a>(&mut self, bytes: &'a [u8]) -> Result<&'a [u8], Halt> {
        let mut rest = skip_space(bytes);
        let mut is_member = false;
        loop {
            if is_member {
                rest = self.key(rest)?;
            }
            let start = self.total - rest.len();
            match rest {
                [b'"', inner @ ..] => {
                    let is_escaped;
                    (rest, is_escaped) = string(inner, self.rules)?;
                    self.note(start, rest, is_escaped)?;
                }
                [first @ (b'{' | b'['), inside @ ..] => {
                    let is_object = *first == b'{';
                    self.open(start, rest, is_object)?;
                    rest = skip_space(inside);
                    match rest {
                        [b'}', after @ ..] if is_object => rest = self.close(after),
                        [b']', after @ ..] if !is_object => rest = self.close(after),
                        _ => {
                            is_member = is_object;
                            continue;
                        }
                    }
                }
                [b'-' | b'0'..=b'9', ..] => {
                    rest = number(rest)?;
                    self.note(start, rest, false)?;
                }
                [b't', ..] => {
                    rest = literal(rest, b"true")?;
                    self.note(start, rest, false)?;
                }
                [b'f', ..] => {
                    rest = literal(rest, b"false")?;
                    self.note(start, rest, false)?;
                }
                [b'n', ..] => {
                    rest = literal(rest, b"null")?;
                    self.note(start, rest, false)?;
                }
                _ => return Err(unexpected(rest)),
            }
            match self.follow(rest)? {
                Next::Value(at, in_object) => (rest, is_member) = (at, in_object),
                Next::End(after) => return Ok(after),
            }
        }
    }

    /// After a value: closes what ends here and goes to the next value.
    #[inline(always)]
    fn follow<'a>(&mut self, mut rest: &'a [u8]) -> Result<Next<'a>, Halt> {
        loop {
            if self.muted_from == self.depth {
                self.muted_from = NOT_MUTED;
            }
            let Some(open) = self.depth.checked_sub(1).and_then(|top| self.open.get(top)).copied() else {
                return Ok(Next::End(rest));
            };
            rest = skip_space(rest);
            match rest {
                [b',', after @ ..] => {
                    return Ok(Next::Value(skip_space(after), open.is_object()));
                }
                [b'}', after @ ..] if open.is_object() => rest = self.close(after),
                [b']', after @ ..] if !open.is_object() => rest = self.close(after),
                _ => return Err(unexpected(rest)),
            }
        }
    }

    fn open(&mut self, start: usize, rest: &[u8], is_object: bool) -> Result<(), Halt> {
        let node = self.note(start, rest, false)?;
        let Some(place) = self.open.get_mut(self.depth) else {
            return Err(Halt { why: Why::TooDeep, left: rest.len() });
        };
        *place = Open::new(node, is_object);
        self.depth += 1;
        Ok(())
    }

    /// Closes the innermost object or list in front of what follows it.
    fn close<'a>(&mut self, after: &'a [u8]) -> &'a [u8] {
        self.depth -= 1;
        let (end, next) = ((self.total - after.len()) as u32, self.nodes.len() as u32);
        let node = self.open.get(self.depth).map_or(usize::MAX, |open| open.node());
        if let Some(node) = self.nodes.get_mut(node) {
            node.end = end;
            node.next = next;
        }
        after
    }

    /// A key, its colon and the space behind it.
    #[inline(always)]
    fn key<'a>(&mut self, rest: &'a [u8]) -> Result<&'a [u8], Halt> {
        let [b'"', inner @ ..] = rest else { return Err(unexpected(rest)) };
        let (after, is_escaped) = string(inner, self.rules)?;
        self.note(self.total - rest.len(), after, is_escaped)?;
        if self.rules.skips_bulk && self.muted_from == NOT_MUTED {
            let key = rest.get(..rest.len() - after.len()).unwrap_or_default();
            if BULKY_MEMBERS.contains(&key) {
                self.muted_from = self.depth;
            }
        }
        match skip_space(after) {
            [b':', value @ ..] => Ok(skip_space(value)),
            other => Err(unexpected(other)),
        }
    }

    /// Notes a value that reaches from `start` to where `after` begins; open ones get their end later. Inside a bulky member
    /// only the member's own value is noted.
    fn note(&mut self, start: usize, after: &[u8], is_escaped: bool) -> Result<u32, Halt> {
        if self.depth > self.muted_from {
            return Ok(Open::MUTED);
        }
        let index = self.nodes.len();
        if index >= self.rules.values_max {
            return Err(Halt { why: Why::TooManyMembers, left: self.total - start });
        }
        self.nodes.push(Node::new(start, self.total - after.len(), index + 1, is_escaped));
        Ok(index as u32)
    }
}

/// Where the scan goes on.
enum Next<'a> {
    /// At a value, or at a member of an object.
    Value(&'a [u8], bool),
    End(&'a [u8]),
}

/// Strings that end within so many words are dealt with in place.
const SHORT_WORDS: usize = 3;

/// A string behind its first quote: what follows it, and whether it holds an escape. Most strings are keys and words: short
/// and plain.
#[inline(always)]
fn string(rest: &[u8], rules: Rules) -> Result<(&[u8], bool), Halt> {
    let (words, _) = rest.as_chunks();
    for (index, word) in words.iter().take(SHORT_WORDS).enumerate() {
        if let Some(at) = first_special_of_word(word) {
            return match rest.get(index * 8 + at..) {
                Some([b'"', after @ ..]) => Ok((after, false)),
                _ => any_string(rest, rules),
            };
        }
    }
    any_string(rest, rules)
}

/// The same of every string.
#[inline(never)]
fn any_string(mut rest: &[u8], rules: Rules) -> Result<(&[u8], bool), Halt> {
    let mut is_escaped = false;
    loop {
        rest = rest.get(plain_prefix(rest)..).unwrap_or_default();
        match rest {
            [b'"', after @ ..] => return Ok((after, is_escaped)),
            [b'\\', ..] => {
                is_escaped = true;
                rest = escape(rest, rules)?;
            }
            _ => return Err(unexpected(rest)),
        }
    }
}

fn escape(rest: &[u8], rules: Rules) -> Result<&[u8], Halt> {
    match rest {
        [b'\\', b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't', after @ ..] => Ok(after),
        [b'\\', b'u', digits @ ..] => {
            let (unit, after) = unit(digits)?;
            if rules.lone_surrogates || !(0xd800..=0xdfff).contains(&unit) {
                return Ok(after);
            }
            if let (0xd800..=0xdbff, [b'\\', b'u', digits @ ..]) = (unit, after)
                && let (0xdc00..=0xdfff, after) = self::unit(digits)?
            {
                return Ok(after);
            }
            Err(Halt { why: Why::LoneSurrogate, left: rest.len() })
        }
        [_, after @ ..] => Err(unexpected(after)),
        [] => Err(unexpected(rest)),
    }
}

/// The four digits of a `\u`.
fn unit(digits: &[u8]) -> Result<(u32, &[u8]), Halt> {
    let (mut unit, mut rest) = (0, digits);
    for _ in 0..4 {
        let digit = rest.split_first().and_then(|(byte, after)| Some((char::from(*byte).to_digit(16)?, after)));
        let Some((digit, after)) = digit else { return Err(unexpected(rest)) };
        unit = unit * 16 + digit;
        rest = after;
    }
    Ok((unit, rest))
}

fn number(rest: &[u8]) -> Result<&[u8], Halt> {
    let rest = if let [b'-', after @ ..] = rest { after } else { rest };
    let mut rest = if let [b'0', after @ ..] = rest { after } else { digits(rest)? };
    if let [b'.', after @ ..] = rest {
        rest = digits(after)?;
    }
    if let [b'e' | b'E', after @ ..] = rest {
        rest = digits(if let [b'+' | b'-', after @ ..] = after { after } else { after })?;
    }
    Ok(rest)
}

/// One digit or more.
fn digits(mut rest: &[u8]) -> Result<&[u8], Halt> {
    let [b'0'..=b'9', after @ ..] = rest else { return Err(unexpected(rest)) };
    rest = after;
    while let [b'0'..=b'9', after @ ..] = rest {
        rest = after;
    }
    Ok(rest)
}

fn literal<'a>(rest: &'a [u8], word: &[u8]) -> Result<&'a [u8], Halt> {
    if let Some(after) = rest.strip_prefix(word) {
        return Ok(after);
    }
    let same = rest.iter().zip(word).take_while(|(byte, expected)| byte == expected).count();
    Err(unexpected(rest.get(same..).unwrap_or_default()))
}

fn skip_space(mut rest: &[u8]) -> &[u8] {
    // Most often there is none.
    if let [b'!'..=u8::MAX, ..] = rest {
        return rest;
    }
    while let [b' ' | b'\n' | b'\r' | b'\t', after @ ..] = rest {
        rest = after;
    }
    rest
}

#[cold]
const fn unexpected(rest: &[u8]) -> Halt {
    Halt { why: Why::Unexpected, left: rest.len() }
}

/// Two meanings of one body start with two equal keys (A23).
fn refuse_duplicate_keys(document: &Document<'_>) -> Result<(), JsonError> {
    let refuse = |member: &Member<'_>| {
        let kind = JsonErrorKind::DuplicateKey { key: member.key().into_owned() };
        Err(JsonError::new(kind, document.bytes(), member.key_range().start))
    };
    let mut scratch = Vec::new();
    // Few keys share their marks, so that hardly any two are compared.
    let mut marks = [0_u64; KEYS_COMPARED_MAX];
    let mut many: HashSet<Vec<u8>> = HashSet::new();
    for (index, member) in document.members().enumerate() {
        let name = member.name(&mut scratch);
        if let Some((before, [place, ..])) = marks.split_at_mut_checked(index) {
            let mark = mark_of(name);
            *place = mark;
            let mut same = before.iter().enumerate().filter(|(_, known)| **known == mark);
            if same.any(|(at, _)| document.members().nth(at).is_some_and(|known| known.key().as_bytes() == name)) {
                return refuse(&member);
            }
            continue;
        }
        if index == KEYS_COMPARED_MAX {
            many.extend(document.members().take(index).map(|known| known.key().into_owned().into_bytes()));
        }
        if !many.insert(name.to_vec()) {
            return refuse(&member);
        }
    }
    Ok(())
}

/// Length and first bytes of a key. Never 0.
fn mark_of(name: &[u8]) -> u64 {
    let mut first = [0; 8];
    for (to, from) in first.iter_mut().zip(name) {
        *to = *from;
    }
    u64::from_le_bytes(first) ^ (name.len() as u64 + 1) << 56
}
