//! Why a text is refused, and where.

use std::fmt::{self, Write};

use super::scan::DEPTH_MAX;

/// A refused text: what was wrong and where. `Display` is the clause that people read, without a full stop;
/// [`JsonError::sentence`] is the whole message about a request body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JsonError {
    /// What was wrong.
    pub kind: JsonErrorKind,
    /// Bytes before the place.
    pub offset: usize,
    /// Line of the place, from 1.
    pub line: usize,
    /// Character of the place in its line, from 1.
    pub column: usize,
}

/// What was wrong with a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JsonErrorKind {
    /// Not in the grammar of RFC 8259.
    Syntax {
        /// What stood there.
        found: Found,
    },
    /// Something follows the value.
    Trailing {
        /// What stood there.
        found: Found,
    },
    /// A top-level key appears twice, compared after unescaping.
    DuplicateKey {
        /// The key.
        key: String,
    },
    /// More than [`DEPTH_MAX`] objects and lists inside one another.
    TooDeep,
    /// More keys and values than the scanner notes down.
    TooManyMembers {
        /// The bound.
        limit: usize,
    },
    /// Not UTF-8.
    InvalidUtf8,
    /// Half of a `\u` surrogate pair.
    LoneSurrogate,
}

/// What stood where something else had to stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// Nothing: the text ended.
    End,
    /// This character.
    Char(char),
}

/// A key in a message is cut here, in characters.
const KEY_CHARS_SHOWN: usize = 64;

impl JsonError {
    pub(super) fn new(kind: JsonErrorKind, bytes: &[u8], offset: usize) -> Self {
        let before = bytes.get(..offset).unwrap_or(bytes);
        let line_start = memchr::memrchr(b'\n', before).map_or(0, |newline| newline + 1);
        let line = 1 + memchr::memchr_iter(b'\n', before).count();
        let column = 1 + String::from_utf8_lossy(before.get(line_start..).unwrap_or_default()).chars().count();
        Self { kind, offset, line, column }
    }

    /// A top-level key appears twice: this has an error type of its own.
    pub const fn is_duplicate_key(&self) -> bool {
        matches!(self.kind, JsonErrorKind::DuplicateKey { .. })
    }

    /// The message about a request body, as the caller reads it.
    pub fn sentence(&self) -> String {
        if self.is_duplicate_key() { format!("{self}.") } else { format!("The body isn't valid JSON: {self}.") }
    }
}

impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            JsonErrorKind::Syntax { found } => write!(f, "unexpected {found}")?,
            JsonErrorKind::Trailing { found } => write!(f, "unexpected {found} after the end of the value")?,
            JsonErrorKind::DuplicateKey { key } => return write!(f, "{} appears twice in the body", Quoted(key)),
            JsonErrorKind::TooDeep => write!(f, "more than {DEPTH_MAX} levels deep")?,
            JsonErrorKind::TooManyMembers { limit } => write!(f, "more than {limit} keys and values")?,
            JsonErrorKind::InvalidUtf8 => f.write_str("invalid UTF-8")?,
            JsonErrorKind::LoneSurrogate => f.write_str("half of a surrogate pair")?,
        }
        write!(f, " at line {}, column {}", self.line, self.column)
    }
}

impl std::error::Error for JsonError {}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::End => f.write_str("end"),
            Self::Char('\u{feff}') => f.write_str("byte order mark"),
            Self::Char(found) if found.is_control() => write!(f, "control character U+{:04X}", u32::from(*found)),
            Self::Char(found) => write!(f, "\"{found}\""),
        }
    }
}

/// Text of the caller's in a message: short, and unable to forge a log line.
struct Quoted<'a>(&'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_char('"')?;
        for found in self.0.chars().take(KEY_CHARS_SHOWN) {
            if found.is_control() { write!(f, "{}", found.escape_default())? } else { f.write_char(found)? }
        }
        if self.0.chars().nth(KEY_CHARS_SHOWN).is_some() {
            f.write_char('…')?;
        }
        f.write_char('"')
    }
}
