//! Writes a value of our own as JSON, quickly: names of members are written as they are, texts in whole runs. What comes
//! out reads like what `serde_json` writes. It is for values that are written for every request, and whose maps have texts
//! for keys.

use std::fmt;

use serde::ser::{self, Serialize};

use super::strings::plain_prefix;

/// Writes a value behind what is in `out`.
///
/// # Errors
/// A key that is no text; whatever the value itself reports.
pub fn write(out: &mut Vec<u8>, value: &impl Serialize) -> Result<(), WriteError> {
    value.serialize(Writer { out })
}

/// Why a value could not be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WriteError(String);

impl fmt::Display for WriteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for WriteError {}

impl ser::Error for WriteError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self(message.to_string())
    }
}

/// One value.
struct Writer<'a> {
    out: &'a mut Vec<u8>,
}

/// What is inside an object or a list.
struct Inside<'a> {
    out: &'a mut Vec<u8>,
    is_first: bool,
    /// What closes it; a variant's object has two.
    end: &'static [u8],
}

fn text(out: &mut Vec<u8>, text: &str) {
    let bytes = text.as_bytes();
    out.reserve(bytes.len() + 2);
    out.push(b'"');
    let plain = plain_prefix(bytes);
    out.extend_from_slice(bytes.get(..plain).unwrap_or_default());
    if plain < bytes.len() {
        escaped(out, bytes.get(plain..).unwrap_or_default());
    }
    out.push(b'"');
}

/// The rest of a text, from the first byte that has to be escaped.
#[cold]
fn escaped(out: &mut Vec<u8>, mut rest: &[u8]) {
    while let Some((&byte, after)) = rest.split_first() {
        escape(out, byte);
        let plain = plain_prefix(after);
        out.extend_from_slice(after.get(..plain).unwrap_or_default());
        rest = after.get(plain..).unwrap_or_default();
    }
}

fn escape(out: &mut Vec<u8>, byte: u8) {
    let short = match byte {
        b'"' | b'\\' => byte,
        0x08 => b'b',
        0x0c => b'f',
        b'\n' => b'n',
        b'\r' => b'r',
        b'\t' => b't',
        _ => {
            let digit = |nibble: u8| if nibble < 10 { b'0' + nibble } else { b'a' + nibble - 10 };
            return out.extend_from_slice(&[b'\\', b'u', b'0', b'0', digit(byte >> 4), digit(byte & 15)]);
        }
    };
    out.extend_from_slice(&[b'\\', short]);
}

impl<'a> Writer<'a> {
    fn plain(self, word: &[u8]) -> Result<(), WriteError> {
        self.out.extend_from_slice(word);
        Ok(())
    }

    /// What `serde_json` knows better, and what is rare.
    fn rarely(self, value: &(impl Serialize + ?Sized)) -> Result<(), WriteError> {
        serde_json::to_writer(self.out, value).map_err(ser::Error::custom)
    }

    fn open(self, start: &[u8], end: &'static [u8]) -> Inside<'a> {
        self.out.extend_from_slice(start);
        Inside { out: self.out, is_first: true, end }
    }

    fn open_variant(self, variant: &'static str, start: u8, end: &'static [u8]) -> Inside<'a> {
        self.out.push(b'{');
        text(self.out, variant);
        self.out.extend_from_slice(&[b':', start]);
        Inside { out: self.out, is_first: true, end }
    }
}

impl Inside<'_> {
    fn next(&mut self) {
        if !std::mem::take(&mut self.is_first) {
            self.out.push(b',');
        }
    }

    fn element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), WriteError> {
        self.next();
        value.serialize(Writer { out: self.out })
    }

    /// Inlined where the name is known, so that copying it is a move or two and no call.
    #[inline(always)]
    fn field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), WriteError> {
        self.out.reserve(name.len() + 4);
        self.next();
        // Names of fields are identifiers: nothing in them is escaped.
        self.out.push(b'"');
        self.out.extend_from_slice(name.as_bytes());
        self.out.extend_from_slice(b"\":");
        value.serialize(Writer { out: self.out })
    }

    fn close(self) -> Result<(), WriteError> {
        self.out.extend_from_slice(self.end);
        Ok(())
    }
}

impl<'a> ser::Serializer for Writer<'a> {
    type Ok = ();
    type Error = WriteError;
    type SerializeSeq = Inside<'a>;
    type SerializeTuple = Inside<'a>;
    type SerializeTupleStruct = Inside<'a>;
    type SerializeTupleVariant = Inside<'a>;
    type SerializeMap = Inside<'a>;
    type SerializeStruct = Inside<'a>;
    type SerializeStructVariant = Inside<'a>;

    fn serialize_bool(self, value: bool) -> Result<(), WriteError> {
        self.plain(if value { b"true" } else { b"false" })
    }

    fn serialize_i8(self, value: i8) -> Result<(), WriteError> {
        self.serialize_i64(value.into())
    }

    fn serialize_i16(self, value: i16) -> Result<(), WriteError> {
        self.serialize_i64(value.into())
    }

    fn serialize_i32(self, value: i32) -> Result<(), WriteError> {
        self.serialize_i64(value.into())
    }

    fn serialize_i64(self, value: i64) -> Result<(), WriteError> {
        self.out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
        Ok(())
    }

    fn serialize_u8(self, value: u8) -> Result<(), WriteError> {
        self.serialize_u64(value.into())
    }

    fn serialize_u16(self, value: u16) -> Result<(), WriteError> {
        self.serialize_u64(value.into())
    }

    fn serialize_u32(self, value: u32) -> Result<(), WriteError> {
        self.serialize_u64(value.into())
    }

    fn serialize_u64(self, value: u64) -> Result<(), WriteError> {
        self.out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
        Ok(())
    }

    fn serialize_i128(self, value: i128) -> Result<(), WriteError> {
        self.rarely(&value)
    }

    fn serialize_u128(self, value: u128) -> Result<(), WriteError> {
        self.rarely(&value)
    }

    fn serialize_f32(self, value: f32) -> Result<(), WriteError> {
        self.rarely(&value)
    }

    fn serialize_f64(self, value: f64) -> Result<(), WriteError> {
        self.rarely(&value)
    }

    fn serialize_char(self, value: char) -> Result<(), WriteError> {
        self.rarely(&value)
    }

    fn serialize_str(self, value: &str) -> Result<(), WriteError> {
        text(self.out, value);
        Ok(())
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<(), WriteError> {
        self.rarely(value)
    }

    fn serialize_none(self) -> Result<(), WriteError> {
        self.plain(b"null")
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), WriteError> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), WriteError> {
        self.plain(b"null")
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<(), WriteError> {
        self.plain(b"null")
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<(), WriteError> {
        self.serialize_str(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Result<(), WriteError> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), WriteError> {
        let mut inside = self.open(b"{", b"}");
        inside.field(variant, value)?;
        inside.close()
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Inside<'a>, WriteError> {
        Ok(self.open(b"[", b"]"))
    }

    fn serialize_tuple(self, _: usize) -> Result<Inside<'a>, WriteError> {
        Ok(self.open(b"[", b"]"))
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Inside<'a>, WriteError> {
        Ok(self.open(b"[", b"]"))
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Inside<'a>, WriteError> {
        Ok(self.open_variant(variant, b'[', b"]}"))
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Inside<'a>, WriteError> {
        Ok(self.open(b"{", b"}"))
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Inside<'a>, WriteError> {
        Ok(self.open(b"{", b"}"))
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Inside<'a>, WriteError> {
        Ok(self.open_variant(variant, b'{', b"}}"))
    }
}

impl ser::SerializeSeq for Inside<'_> {
    type Ok = ();
    type Error = WriteError;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), WriteError> {
        self.element(value)
    }

    fn end(self) -> Result<(), WriteError> {
        self.close()
    }
}

impl ser::SerializeTuple for Inside<'_> {
    type Ok = ();
    type Error = WriteError;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), WriteError> {
        self.element(value)
    }

    fn end(self) -> Result<(), WriteError> {
        self.close()
    }
}

impl ser::SerializeTupleStruct for Inside<'_> {
    type Ok = ();
    type Error = WriteError;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), WriteError> {
        self.element(value)
    }

    fn end(self) -> Result<(), WriteError> {
        self.close()
    }
}

impl ser::SerializeTupleVariant for Inside<'_> {
    type Ok = ();
    type Error = WriteError;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), WriteError> {
        self.element(value)
    }

    fn end(self) -> Result<(), WriteError> {
        self.close()
    }
}

impl ser::SerializeMap for Inside<'_> {
    type Ok = ();
    type Error = WriteError;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), WriteError> {
        self.next();
        let start = self.out.len();
        key.serialize(Writer { out: self.out })?;
        if self.out.get(start) != Some(&b'"') {
            return Err(ser::Error::custom("a key is no text"));
        }
        self.out.push(b':');
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), WriteError> {
        value.serialize(Writer { out: self.out })
    }

    fn end(self) -> Result<(), WriteError> {
        self.close()
    }
}

impl ser::SerializeStruct for Inside<'_> {
    type Ok = ();
    type Error = WriteError;

    #[inline(always)]
    fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), WriteError> {
        self.field(name, value)
    }

    fn end(self) -> Result<(), WriteError> {
        self.close()
    }
}

impl ser::SerializeStructVariant for Inside<'_> {
    type Ok = ();
    type Error = WriteError;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), WriteError> {
        self.field(name, value)
    }

    fn end(self) -> Result<(), WriteError> {
        self.close()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Serialize;
    use serde_json::{Value, json};

    use super::*;

    #[derive(Serialize)]
    #[serde(rename_all = "snake_case")]
    enum Kind {
        Plain,
        Status(u16),
        Pair(i8, bool),
        Named { text: &'static str },
    }

    #[derive(Serialize)]
    struct Everything {
        texts: Vec<&'static str>,
        kinds: [Kind; 4],
        numbers: (u64, i64, f64, Option<u8>, f32),
        map: BTreeMap<String, Value>,
        unit: (),
        letter: char,
    }

    #[test]
    fn it_writes_what_serde_json_writes() {
        let everything = Everything {
            texts: vec!["", "plain", "a \"quoted\" \\ text", "\n\r\t\u{8}\u{c}\u{1}\u{1f}", "größe 🎈", "\u{7f}"],
            kinds: [Kind::Plain, Kind::Status(429), Kind::Pair(-1, true), Kind::Named { text: "x" }],
            numbers: (u64::MAX, i64::MIN, 0.25, None, 1.5),
            map: [("a\"b".to_owned(), json!({"n": [1, -2, 3.5e300], "z": null}))].into(),
            unit: (),
            letter: 'ß',
        };
        let mut out = b"before".to_vec();
        write(&mut out, &everything).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), format!("before{}", serde_json::to_string(&everything).unwrap()));
    }

    #[test]
    fn keys_are_texts() {
        assert!(write(&mut Vec::new(), &BTreeMap::from([(1, 2)])).is_err());
    }
}
