//! Joins an endpoint's base path and what follows it, so that no text from outside leaves the path (A05).

use std::borrow::Cow;

use http::uri::PathAndQuery;

use crate::limits::PATH_BYTES_MAX;

/// Why a text cannot become (part of) a path.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PathError {
    /// A control character, CR and LF among them.
    #[error("a path cannot contain control characters")]
    Control,
    /// `.` or `..`, also in percent-encoded forms.
    #[error("a path cannot contain \".\" or \"..\" segments")]
    Dots,
    /// `#` or `\`.
    #[error("a path cannot contain {0:?}")]
    Character(char),
    /// Nothing where a name is needed.
    #[error("the {0} is empty")]
    Empty(&'static str),
    /// More than [`PATH_BYTES_MAX`].
    #[error("the path is longer than {PATH_BYTES_MAX} bytes")]
    TooLong,
}

/// How an endpoint joins its base path and the rest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum JoinRule {
    /// The rest is appended; a version segment that both name appears once.
    #[default]
    Append,
    /// As [`JoinRule::Append`], where the base ends in Workers AI's `/run`: `run/@cf/…` means `@cf/…`, and its
    /// OpenAI-compatible `v1/…` lies beside `/run`, not below it.
    WorkersAi,
}

impl JoinRule {
    /// Joins a base path (without a slash at its end) and the rest (path with an optional query).
    ///
    /// Where the rest begins with a version (`v1`, `v1beta`) and the base ends in one, the rest's stands in for the
    /// base's: `/v1` and `v1/chat/completions` make `/v1/chat/completions`.
    ///
    /// # Errors
    /// What [`clean_path`] refuses; a result that is too long.
    pub(crate) fn join(self, base: &str, rest: &str) -> Result<PathAndQuery, PathError> {
        let (path, query) = rest.split_once('?').map_or((rest, None), |(path, query)| (path, Some(query)));
        let path = clean_path(path.trim_start_matches('/'))?;
        let (base, path) = self.fit(base, &path);
        let first = path.split('/').next().unwrap_or_default();
        let base = match base.rsplit_once('/') {
            Some((before, last)) if is_version(last) && is_version(first) => before,
            _ => base,
        };

        let mut joined = String::with_capacity(base.len() + rest.len() + 2);
        joined.push_str(base);
        if !path.is_empty() || base.is_empty() {
            joined.push('/');
            joined.push_str(path);
        }
        if let Some(query) = query {
            joined.push('?');
            joined.push_str(&clean_query(query)?);
        }
        if joined.len() > PATH_BYTES_MAX {
            return Err(PathError::TooLong);
        }
        PathAndQuery::from_maybe_shared(bytes::Bytes::from(joined)).map_err(|_| PathError::Control)
    }

    fn fit<'a>(self, base: &'a str, path: &'a str) -> (&'a str, &'a str) {
        let Some(above) = base.strip_suffix("/run").filter(|_| self == Self::WorkersAi) else {
            return (base, path);
        };
        match path.strip_prefix("run/") {
            Some(path) => (base, path),
            None if is_version(path.split('/').next().unwrap_or_default()) => (above, path),
            None => (base, path),
        }
    }
}

/// Checks a path and percent-encodes what may not stand in one; what is encoded already stays as it is.
///
/// # Errors
/// Control characters, `#`, `\`, and segments that mean "here" or "up", encoded or not.
pub(crate) fn clean_path(path: &str) -> Result<Cow<'_, str>, PathError> {
    check_characters(path)?;
    // A server may decode before it splits, so `a%2f..%2fb` counts as three segments.
    let decoded = percent_decode(path);
    if decoded.split(['/', '\\']).any(|segment| {
        let name = segment.split(';').next().unwrap_or_default();
        name == "." || name == ".."
    }) {
        return Err(PathError::Dots);
    }
    if decoded.bytes().any(|byte| byte.is_ascii_control()) {
        return Err(PathError::Control);
    }
    Ok(encode(path, b"-._~!$&'()*+,;=:@/"))
}

fn clean_query(query: &str) -> Result<Cow<'_, str>, PathError> {
    check_characters(query)?;
    Ok(encode(query, b"-._~!$&'()*+,;=:@/?[]|"))
}

fn check_characters(text: &str) -> Result<(), PathError> {
    match text.chars().find(|&c| c.is_control() || matches!(c, '#' | '\\')) {
        None => Ok(()),
        Some(c @ ('#' | '\\')) => Err(PathError::Character(c)),
        Some(_) => Err(PathError::Control),
    }
}

/// A name (model, region, deployment) as exactly one path segment: all but letters, digits, `-`, `.`, `_` and `~` is
/// percent-encoded, the percent sign too.
///
/// # Errors
/// Control characters, an empty name, `.` and `..`.
pub fn segment<'a>(name: &'a str, what: &'static str) -> Result<Cow<'a, str>, PathError> {
    match name {
        "" => return Err(PathError::Empty(what)),
        "." | ".." => return Err(PathError::Dots),
        _ if name.chars().any(char::is_control) => return Err(PathError::Control),
        _ => {}
    }
    if name.bytes().all(is_unreserved) {
        return Ok(Cow::Borrowed(name));
    }
    let mut encoded = String::with_capacity(name.len() + 8);
    for byte in name.bytes() {
        push_encoded(&mut encoded, byte, is_unreserved(byte));
    }
    Ok(Cow::Owned(encoded))
}

/// `v` and a digit, then letters and digits: `v1`, `v1beta`, `v2alpha1`.
pub(crate) fn is_version(segment: &str) -> bool {
    let mut bytes = segment.bytes();
    bytes.next() == Some(b'v')
        && bytes.next().is_some_and(|byte| byte.is_ascii_digit())
        && bytes.all(|byte| byte.is_ascii_alphanumeric())
}

fn encode<'a>(text: &'a str, allowed: &[u8]) -> Cow<'a, str> {
    let stays = |rest: &[u8]| match rest {
        [b'%', high, low, ..] => high.is_ascii_hexdigit() && low.is_ascii_hexdigit(),
        [byte, ..] => byte.is_ascii_alphanumeric() || allowed.contains(byte),
        [] => true,
    };
    let bytes = text.as_bytes();
    let rest = |index: usize| bytes.get(index..).unwrap_or_default();
    if (0..bytes.len()).all(|index| stays(rest(index))) {
        return Cow::Borrowed(text);
    }
    let mut encoded = String::with_capacity(text.len() + 16);
    for (index, &byte) in bytes.iter().enumerate() {
        push_encoded(&mut encoded, byte, stays(rest(index)));
    }
    Cow::Owned(encoded)
}

fn push_encoded(text: &mut String, byte: u8, stays: bool) {
    if stays {
        text.push(char::from(byte));
    } else {
        let digit = |nibble: u8| char::from_digit(u32::from(nibble), 16).unwrap_or('0').to_ascii_uppercase();
        text.extend(['%', digit(byte >> 4), digit(byte & 15)]);
    }
}

const fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

/// Decodes `%xx`; bytes that are not UTF-8 become replacement characters.
pub(crate) fn percent_decode(text: &str) -> Cow<'_, str> {
    if !text.contains('%') {
        return Cow::Borrowed(text);
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        let hex = |digit: u8| char::from(digit).to_digit(16);
        if let [high, low, after @ ..] = tail
            && byte == b'%'
            && let (Some(high), Some(low)) = (hex(*high), hex(*low))
        {
            bytes.push((high * 16 + low) as u8);
            rest = after;
        } else {
            bytes.push(byte);
            rest = tail;
        }
    }
    Cow::Owned(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn join(base: &str, rest: &str) -> Result<String, PathError> {
        JoinRule::Append.join(base, rest).map(|path| path.as_str().to_owned())
    }

    #[test]
    fn a_version_named_twice_appears_once() {
        for (base, rest, expected) in [
            ("/v1", "chat/completions", "/v1/chat/completions"),
            ("/v1", "v1/chat/completions", "/v1/chat/completions"),
            ("/v1", "/v1/chat/completions", "/v1/chat/completions"),
            ("", "v1/messages", "/v1/messages"),
            ("/v1", "v1/messages", "/v1/messages"),
            ("/openai/v1", "v1/chat/completions", "/openai/v1/chat/completions"),
            ("/v1", "v1beta/models/m:generateContent", "/v1beta/models/m:generateContent"),
            ("/v1", "", "/v1"),
            ("", "", "/"),
            ("/api", "v1/x?a=b&c=%20d", "/api/v1/x?a=b&c=%20d"),
            ("/v1", "victory", "/v1/victory"),
            ("", "x?a b", "/x?a%20b"),
            ("/v1", "models/org%2Fname", "/v1/models/org%2Fname"),
            ("/v1", "é|x", "/v1/%C3%A9%7Cx"),
        ] {
            assert_eq!(join(base, rest).as_deref(), Ok(expected), "{base} + {rest}");
        }
    }

    #[test]
    fn workers_ai_keeps_its_openai_paths_beside_run() {
        let join = |rest| JoinRule::WorkersAi.join("/accounts/a/ai/run", rest).map(|path| path.as_str().to_owned());
        assert_eq!(join("@cf/meta/llama").as_deref(), Ok("/accounts/a/ai/run/@cf/meta/llama"));
        assert_eq!(join("run/@cf/meta/llama").as_deref(), Ok("/accounts/a/ai/run/@cf/meta/llama"));
        assert_eq!(join("v1/chat/completions").as_deref(), Ok("/accounts/a/ai/v1/chat/completions"));
    }

    #[test]
    fn a05_no_text_leaves_the_path() {
        for rest in [
            "../admin",
            "a/../b",
            "a/%2e%2e/b",
            "a%2f..%2fb",
            "a/..;x/b",
            ".",
            "a/%2E",
            "a\\..\\b",
            "a/..%5cb",
            "a%5c..%5cb",
        ] {
            assert!(join("/v1", rest).is_err(), "{rest}");
        }
        for rest in ["a\r\nHost: evil", "a\n", "a%0d%0ab", "a\0", "x?a\r\nb", "a#b", "x?a#b"] {
            assert!(join("/v1", rest).is_err(), "{rest:?}");
        }
    }

    #[test]
    fn a05_a_model_is_one_segment() {
        for (name, expected) in [
            ("gemini-2.5-pro", "gemini-2.5-pro"),
            ("a/b", "a%2Fb"),
            ("a#b", "a%23b"),
            ("a?b", "a%3Fb"),
            ("a@b", "a%40b"),
            ("a%2fb", "a%252fb"),
            ("a:b", "a%3Ab"),
            ("../x", "..%2Fx"),
        ] {
            assert_eq!(segment(name, "model").as_deref(), Ok(expected));
        }
        assert_eq!(segment("..", "model"), Err(PathError::Dots));
        assert_eq!(segment("", "model"), Err(PathError::Empty("model")));
        assert_eq!(segment("a\r\nb", "model"), Err(PathError::Control));
    }

    #[test]
    fn a05_an_encoded_model_still_passes_the_join_only_where_it_stays_inside() {
        assert_eq!(join("", "models/a%2Fb:x").as_deref(), Ok("/models/a%2Fb:x"));
        // `../x` as a model is one encoded segment, but a server that decodes early would climb: refused.
        assert_eq!(join("", "models/..%2Fx:x"), Err(PathError::Dots));
    }
}
