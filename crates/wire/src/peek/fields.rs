//! Typed members of one object.

use std::sync::Arc;

use waypost_types::Usage;

use super::{ANSWER_COUNT_MAX, MODEL_BYTES_MAX, PeekError};
use crate::json::{Kind, Value};

/// Of a value in a message, so many characters are shown.
const GOT_CHARS_SHOWN: usize = 40;

/// Members of one object that are asked for together.
const KEYS_MAX: usize = 8;

/// An object of the body and its dotted path, looked through once for the members that will be asked for.
pub(super) struct Fields<'d> {
    path: String,
    keys: &'static [&'static str],
    /// By the places of their keys.
    found: [Option<Value<'d>>; KEYS_MAX],
    /// Keys that stand there twice, by their places.
    twice: u8,
}

impl<'d> Fields<'d> {
    pub(super) fn of(object: Value<'d>, path: String, keys: &'static [&'static str]) -> Self {
        debug_assert!(keys.len() <= KEYS_MAX);
        let mut fields = Self { path, keys, found: [None; KEYS_MAX], twice: 0 };
        let mut scratch = Vec::new();
        for member in object.members() {
            let name = member.name(&mut scratch);
            let Some(at) = keys.iter().position(|key| key.as_bytes() == name) else { continue };
            if let Some(place) = fields.found.get_mut(at)
                && place.replace(member.value).is_some()
            {
                fields.twice |= 1 << at;
            }
        }
        fields
    }

    /// A member that is neither missing nor `null`. Twice the same key is two meanings here too.
    fn member(&self, key: &str) -> Result<Option<Value<'d>>, PeekError> {
        let at = self.keys.iter().position(|known| *known == key);
        debug_assert!(at.is_some(), "{key} was not looked for");
        let Some(at) = at else { return Ok(None) };
        if self.twice & 1 << at != 0 {
            return Err(self.refuse(key, format!("\"{key}\" appears twice in \"{}\".", self.path)));
        }
        Ok(self.found.get(at).copied().flatten().filter(|value| !value.is_null()))
    }

    pub(super) fn boolean(&self, key: &str) -> Result<Option<bool>, PeekError> {
        let Some(value) = self.member(key)? else { return Ok(None) };
        value.as_bool().map(Some).ok_or_else(|| self.wrong(key, "true or false", value))
    }

    /// An object under the first of several spellings that is there.
    pub(super) fn object(
        &self,
        spellings: &[&str],
        keys: &'static [&'static str],
    ) -> Result<Option<Fields<'d>>, PeekError> {
        for key in spellings {
            let Some(value) = self.member(key)? else { continue };
            if !value.is_object() {
                return Err(self.wrong(key, "an object", value));
            }
            return Ok(Some(Fields::of(value, self.path_of(key), keys)));
        }
        Ok(None)
    }

    pub(super) fn model(&self) -> Result<Option<Arc<str>>, PeekError> {
        let Some(value) = self.member("model")? else { return Ok(None) };
        let model = value.as_str().ok_or_else(|| self.wrong("model", "text", value))?;
        if model.len() > MODEL_BYTES_MAX {
            let message = format!("\"model\" has {} bytes; at most {MODEL_BYTES_MAX} are allowed.", model.len());
            return Err(self.refuse("model", message));
        }
        if model.chars().any(char::is_control) {
            return Err(self.refuse("model", "\"model\" holds control characters. Remove them.".to_owned()));
        }
        Ok((!model.is_empty()).then(|| Arc::from(&*model)))
    }

    /// The largest of several caps. More than any answer can have is no more than that (`1000000000` is how some
    /// clients say "no cap"; it must not overflow an estimate).
    pub(super) fn tokens(&self, keys: &[&str]) -> Result<Option<u64>, PeekError> {
        let mut largest = None;
        for key in keys {
            let Some(value) = self.member(key)? else { continue };
            let tokens = value.as_u64().ok_or_else(|| self.wrong(key, "a whole number of 0 or more", value))?;
            largest = largest.max(Some(tokens.min(Usage::PLAUSIBLE_TOKENS_MAX)));
        }
        Ok(largest)
    }

    pub(super) fn answers(&self, keys: &[&str]) -> Result<u64, PeekError> {
        let mut largest = 1;
        for key in keys {
            let Some(value) = self.member(key)? else { continue };
            let wanted = format!("a whole number from 1 to {ANSWER_COUNT_MAX}");
            let count = value.as_u64().filter(|count| (1..=ANSWER_COUNT_MAX).contains(count));
            largest = largest.max(count.ok_or_else(|| self.wrong(key, &wanted, value))?);
        }
        Ok(largest)
    }

    fn wrong(&self, key: &str, wanted: &str, got: Value<'_>) -> PeekError {
        self.refuse(key, format!("\"{}\" must be {wanted}. Got {}.", self.path_of(key), in_words(got)))
    }

    fn refuse(&self, key: &str, message: String) -> PeekError {
        PeekError { path: self.path_of(key), message }
    }

    fn path_of(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }
}

/// The value as it was sent, when it is short and flat.
fn in_words(value: Value<'_>) -> String {
    match value.kind() {
        Kind::List | Kind::Object => value.kind().in_words().to_owned(),
        _ => match value.raw_str().char_indices().nth(GOT_CHARS_SHOWN) {
            Some((cut, _)) => format!("{}…", value.raw_str().get(..cut).unwrap_or_default()),
            None => value.raw_str().to_owned(),
        },
    }
}
