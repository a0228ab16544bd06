//! JSON as the journal's own writer writes it, read in one pass.
//!
//! The records that the drainer reads have no spaces and hardly an escape, and were checked as text before. Below the derived
//! code of the types, which stay the only description of a record, this reads them with a quarter of the instructions that
//! `serde_json` takes. What is unusual is an [`Unusual`], not an error: whoever asks then asks `serde_json`, which decides.

use std::fmt;

use serde::de::{
    self, DeserializeOwned, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor,
    value::BorrowedStrDeserializer,
};
use waypost_wire::json::plain_prefix;

/// Objects and lists in each other.
const DEPTH_MAX: u8 = 32;

/// This is not for here: perhaps no JSON, perhaps only another spelling of it.
#[derive(Debug)]
pub(super) struct Unusual;

type Result<T> = std::result::Result<T, Unusual>;

/// Reads a whole text.
pub(super) fn read<'de, T: de::Deserialize<'de>>(text: &'de str) -> Result<T> {
    let mut reader = Reader { text, at: 0, depth: 0 };
    let value = T::deserialize(&mut reader)?;
    if reader.at == text.len() { Ok(value) } else { Err(Unusual) }
}

struct Reader<'de> {
    text: &'de str,
    at: usize,
    depth: u8,
}

/// A text between quotes.
struct Quoted<'de> {
    inner: &'de str,
    is_escaped: bool,
}

impl<'de> Reader<'de> {
    #[inline]
    fn peek(&self) -> Result<u8> {
        self.text.as_bytes().get(self.at).copied().ok_or(Unusual)
    }

    #[inline]
    fn take(&mut self) -> Result<u8> {
        let byte = self.peek()?;
        self.at += 1;
        Ok(byte)
    }

    #[inline]
    fn expect(&mut self, wanted: u8) -> Result<()> {
        if self.take()? == wanted { Ok(()) } else { Err(Unusual) }
    }

    fn word(&mut self, word: &str) -> Result<()> {
        let rest = self.text.as_bytes().get(self.at..).ok_or(Unusual)?;
        self.at += word.len();
        if rest.starts_with(word.as_bytes()) { Ok(()) } else { Err(Unusual) }
    }

    #[inline]
    fn quoted(&mut self) -> Result<Quoted<'de>> {
        self.expect(b'"')?;
        let start = self.at;
        let mut is_escaped = false;
        loop {
            self.at += plain_prefix(self.text.as_bytes().get(self.at..).ok_or(Unusual)?);
            match self.take()? {
                b'"' => break,
                b'\\' => self.escape()?,
                _ => return Err(Unusual),
            }
            is_escaped = true;
        }
        let inner = self.text.get(start..self.at - 1).ok_or(Unusual)?;
        Ok(Quoted { inner, is_escaped })
    }

    /// What follows a backslash.
    fn escape(&mut self) -> Result<()> {
        match self.take()? {
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => Ok(()),
            b'u' => (0..4).try_for_each(|_| if self.take()?.is_ascii_hexdigit() { Ok(()) } else { Err(Unusual) }),
            _ => Err(Unusual),
        }
    }

    /// The text of a number, and whether it is a whole one.
    fn number(&mut self) -> Result<(&'de str, bool)> {
        let start = self.at;
        let rest = self.text.as_bytes().get(start..).ok_or(Unusual)?;
        let is_part = |byte: &u8| matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E');
        self.at += rest.iter().position(|byte| !is_part(byte)).unwrap_or(rest.len());
        let text = self.text.get(start..self.at).ok_or(Unusual)?;
        let digits = text.strip_prefix('-').unwrap_or(text);
        let is_whole = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        let is_plain = digits == "0" || !digits.starts_with('0');
        if is_whole && !is_plain { Err(Unusual) } else { Ok((text, is_whole)) }
    }

    fn visit_number<V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value> {
        let (text, is_whole) = self.number()?;
        if !is_whole {
            // Digits become a float in one way only, here and where the whole record is read.
            return visitor.visit_f64(elsewhere(text)?);
        }
        match text.strip_prefix('-') {
            // A float, elsewhere: the sign of nothing.
            Some("0") => Err(Unusual),
            Some(_) => visitor.visit_i64(text.parse().map_err(|_| Unusual)?),
            None => visitor.visit_u64(text.parse().map_err(|_| Unusual)?),
        }
    }

    fn visit_text<V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value> {
        let start = self.at;
        let text = self.quoted()?;
        if !text.is_escaped {
            return visitor.visit_borrowed_str(text.inner);
        }
        let whole = self.text.get(start..self.at).ok_or(Unusual)?;
        visitor.visit_str(&elsewhere::<String>(whole)?)
    }

    /// Passes over a value.
    fn skip(&mut self) -> Result<()> {
        match self.peek()? {
            b'"' => self.quoted().map(|_| ()),
            b'{' => self.within(b'{', b'}', |reader, _| {
                reader.quoted()?;
                reader.expect(b':')?;
                reader.skip()
            }),
            b'[' => self.within(b'[', b']', |reader, _| reader.skip()),
            b't' => self.word("true"),
            b'f' => self.word("false"),
            b'n' => self.word("null"),
            _ => match self.number()? {
                (_, true) => Ok(()),
                (text, false) => elsewhere::<f64>(text).map(|_| ()),
            },
        }
    }

    fn within(&mut self, open: u8, close: u8, mut item: impl FnMut(&mut Self, usize) -> Result<()>) -> Result<()> {
        let mut items = self.enter(open, close)?;
        while items.next(self)? {
            item(self, items.count)?;
        }
        self.leave();
        Ok(())
    }

    fn enter(&mut self, open: u8, close: u8) -> Result<Items> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(Unusual);
        }
        self.expect(open)?;
        Ok(Items { close, count: 0 })
    }

    fn leave(&mut self) {
        self.depth -= 1;
    }
}

/// Reads a piece that is too rare for a reader of its own.
fn elsewhere<T: DeserializeOwned>(text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|_| Unusual)
}

/// The commas of an object or a list.
struct Items {
    close: u8,
    count: usize,
}

impl Items {
    /// Whether another one follows; the closing bracket is taken.
    #[inline]
    fn next(&mut self, reader: &mut Reader<'_>) -> Result<bool> {
        let byte = reader.peek()?;
        if byte == self.close {
            reader.at += 1;
            return Ok(false);
        }
        if self.count > 0 {
            reader.expect(b',')?;
        }
        self.count += 1;
        Ok(true)
    }
}

/// An object or a list that a visitor goes through.
struct Through<'r, 'de> {
    reader: &'r mut Reader<'de>,
    items: Items,
}

impl<'de> SeqAccess<'de> for Through<'_, 'de> {
    type Error = Unusual;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>> {
        if self.items.next(self.reader)? { seed.deserialize(&mut *self.reader).map(Some) } else { Ok(None) }
    }
}

impl<'de> MapAccess<'de> for Through<'_, 'de> {
    type Error = Unusual;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>> {
        if self.items.next(self.reader)? { seed.deserialize(&mut *self.reader).map(Some) } else { Ok(None) }
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value> {
        self.reader.expect(b':')?;
        seed.deserialize(&mut *self.reader)
    }
}

impl<'de> Deserializer<'de> for &mut Reader<'de> {
    type Error = Unusual;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self.peek()? {
            b'"' => self.visit_text(visitor),
            b'{' => self.deserialize_map(visitor),
            b'[' => self.deserialize_seq(visitor),
            b't' => {
                self.word("true")?;
                visitor.visit_bool(true)
            }
            b'f' => {
                self.word("false")?;
                visitor.visit_bool(false)
            }
            b'n' => {
                self.word("null")?;
                visitor.visit_unit()
            }
            _ => self.visit_number(visitor),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        if self.peek()? != b'n' {
            return visitor.visit_some(self);
        }
        self.word("null")?;
        visitor.visit_none()
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        let items = self.enter(b'[', b']')?;
        let value = visitor.visit_seq(Through { reader: &mut *self, items })?;
        self.leave();
        Ok(value)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        let items = self.enter(b'{', b'}')?;
        let value = visitor.visit_map(Through { reader: &mut *self, items })?;
        self.leave();
        Ok(value)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        self.deserialize_map(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        let text = self.quoted()?;
        let word: BorrowedStrDeserializer<'de, Unusual> = BorrowedStrDeserializer::new(text.inner);
        if text.is_escaped { Err(Unusual) } else { visitor.visit_enum(word) }
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.visit_text(visitor)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.skip()?;
        visitor.visit_unit()
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.visit_text(visitor)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char string bytes byte_buf unit unit_struct tuple tuple_struct
    }
}

impl fmt::Display for Unusual {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not as the journal writes it")
    }
}

impl std::error::Error for Unusual {}

impl de::Error for Unusual {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::{super::RecordView, *};

    /// Whatever is read here is read the same elsewhere.
    fn agrees(text: &str) -> std::result::Result<bool, TestCaseError> {
        let here = read::<RecordView<'_>>(text);
        if let Ok(here) = &here {
            let elsewhere: RecordView<'_> = serde_json::from_str(text).expect("it is JSON");
            prop_assert_eq!(here, &elsewhere);
        }
        let any = read::<Value>(text);
        if let Ok(any) = any {
            prop_assert_eq!(any, serde_json::from_str::<Value>(text).expect("it is JSON"));
        }
        Ok(here.is_ok())
    }

    fn record(metadata: &Value, more: &Value) -> String {
        json!({
            "id": "01K9ZQ4F6T7W8X9Y0Z1A2B3C4D", "account": "default", "gateway": "g\"1", "created_at": 1_795_176_000_000_i64,
            "surface": "compat", "status": 429, "outcome": "refused", "usage": {"input_tokens": 3}, "cost": -12,
            "metadata": metadata, "error_message": null, "unheard_of": more, "stream": true,
            "route": {"id": "r", "name": "smart", "version": 3, "trail": [
                {"node": "start", "output": "next", "draw": 0.5}, {"node": "b", "limit": {"would_refuse": true, "used": 3}}]},
            "attempts": [{"provider": "openai", "model": "m", "status": 200, "cost": null, "fault": {"status": 500}}, {}],
            "counts": [],
        })
        .to_string()
    }

    fn scalar() -> impl Strategy<Value = Value> {
        prop_oneof![
            any::<String>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            any::<bool>().prop_map(Value::from),
        ]
    }

    proptest! {
        #[test]
        fn records_are_read_as_serde_json_reads_them(
            entries in proptest::collection::btree_map(any::<String>(), scalar(), 0..6),
            more in proptest::collection::vec(scalar(), 0..6),
        ) {
            let text = record(&json!(entries), &json!([more, {"deep": [[{"er": more}]]}]));
            prop_assert!(agrees(&text)?, "what the journal writes is read here: {text}");
        }

        #[test]
        fn nothing_is_taken_for_json_that_is_none(cut in 0_usize..700, put in any::<char>(), at in 0_usize..700) {
            let mut text = record(&json!({"user": "anna"}), &json!([1.5, -0.25e7, "a\n"]));
            text.truncate(text.floor_char_boundary(cut));
            agrees(&text)?;
            let mut text = record(&json!({"user": "anna"}), &json!([1.5, -0.25e7, "a\n"]));
            text.insert(text.floor_char_boundary(at), put);
            agrees(&text)?;
        }
    }

    #[test]
    fn odd_spellings_are_left_to_others() {
        for text in [
            "01",
            "-0",
            "-",
            "+1",
            "1.",
            ".5",
            "1e",
            " 1",
            "1 ",
            "[1,]",
            "[,1]",
            "{,}",
            "[1 2]",
            "{\"a\":}",
            "tru",
            "\"\\x\"",
            "\"\\u12g4\"",
            "\"\u{1}\"",
            "\"",
            "nulll",
            "18446744073709551616",
            "",
            "[",
            "{\"a\"",
        ] {
            assert!(read::<Value>(text).is_err(), "{text}");
        }
        let deep = "[".repeat(40) + &"]".repeat(40);
        assert!(read::<Value>(&deep).is_err() && serde_json::from_str::<Value>(&deep).is_ok());
    }
}
