//! The insides of JSON strings.

/// Bytes before the next quote, backslash or control character. One pass finds all three; a search for quote and
/// backslash alone would leave control characters to a second one.
pub fn plain_prefix(bytes: &[u8]) -> usize {
    let (blocks, tail) = bytes.as_chunks::<16>();
    for (index, block) in blocks.iter().enumerate() {
        if let Some(at) = first_special(block) {
            return index * 16 + at;
        }
    }
    bytes.len() - tail.len() + short_plain_prefix(tail)
}

/// The same of less than a block. Most short texts are plain as a whole, which is seen in one or two words.
fn short_plain_prefix(bytes: &[u8]) -> usize {
    let is_plain = if let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk()) {
        (special_marks(u64::from_le_bytes(*first)) | special_marks(u64::from_le_bytes(*last))) == 0
    } else if let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk()) {
        let (first, last) = (u32::from_le_bytes(*first), u32::from_le_bytes(*last));
        special_marks(u64::from(first) | u64::from(last) << 32) == 0
    } else {
        false
    };
    if is_plain { bytes.len() } else { bytes.iter().position(|&byte| is_special(byte)).unwrap_or(bytes.len()) }
}

const fn is_special(byte: u8) -> bool {
    byte < 0x20 || byte == b'"' || byte == b'\\'
}

/// Every byte of a word.
const ONES: u64 = u64::from_le_bytes([1; 8]);

/// The high bit of the first special byte of a word, counted from the lowest; marks above it mean nothing, since a
/// borrow may have set them.
const fn special_marks(word: u64) -> u64 {
    let quote = word ^ (ONES * b'"' as u64);
    let backslash = word ^ (ONES * b'\\' as u64);
    let control = word.wrapping_sub(ONES * 0x20) & !word;
    let equal = (quote.wrapping_sub(ONES) & !quote) | (backslash.wrapping_sub(ONES) & !backslash);
    (control | equal) & (ONES * 0x80)
}

/// Where the first special byte of a word stands.
pub(super) fn first_special_of_word(word: &[u8; 8]) -> Option<usize> {
    let marks = special_marks(u64::from_le_bytes(*word));
    (marks != 0).then_some(marks.trailing_zeros() as usize / 8)
}

/// Where the first special byte of a block stands. It is asked for one without branches first, which the compiler turns
/// into vector instructions.
fn first_special(block: &[u8; 16]) -> Option<usize> {
    if !block.iter().fold(false, |any, &byte| any | is_special(byte)) {
        return None;
    }
    let whole = u128::from_le_bytes(*block);
    let (low, high) = (special_marks(whole as u64), special_marks((whole >> 64) as u64));
    let (marks, before) = if low != 0 { (low, 0) } else { (high, 8) };
    Some(before + marks.trailing_zeros() as usize / 8)
}

/// The bytes that the inside of a JSON string stands for; `None` when it is no inside of one.
pub(crate) fn string_bytes(inner: &[u8]) -> Option<u64> {
    let mut rest = inner;
    loop {
        rest = rest.get(plain_prefix(rest)..)?;
        rest = match rest {
            [] => break,
            [b'\\', b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't', rest @ ..] => rest,
            [b'\\', b'u', a, b, c, d, rest @ ..] if [a, b, c, d].iter().all(|digit| digit.is_ascii_hexdigit()) => rest,
            _ => return None,
        };
    }
    std::str::from_utf8(inner).is_ok().then(|| unescaped_bytes(inner))
}

pub(super) fn unescape(inner: &str) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_bytes_are_counted_at_every_place() {
        for length in 0..40 {
            for mark in *b"\"\\\0\n\x1f" {
                let mut bytes = "aé~\u{7f}ÿ !".repeat(8).into_bytes();
                bytes.truncate(length);
                assert_eq!(plain_prefix(&bytes), length);
                bytes.push(mark);
                bytes.extend_from_slice(b"\"\\ more");
                assert_eq!(plain_prefix(&bytes), length);
            }
        }
    }
}
