//! JSON with an eye on what a plain map loses: members that stand twice.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// Parses a document. Shares that stand twice (`"50%"` and `"50%"`) become two spellings of one share, so that neither
/// branch is lost; other members that stand twice are returned by name, the last one counts.
pub(super) fn parse(json: &[u8]) -> Result<(Value, Vec<String>), serde_json::Error> {
    let mut twice = Vec::new();
    let mut deserializer = serde_json::Deserializer::from_slice(json);
    let value = Tree { twice: &mut twice }.deserialize(&mut deserializer)?;
    deserializer.end()?;
    Ok((value, twice))
}

struct Tree<'a> {
    twice: &'a mut Vec<String>,
}

impl Tree<'_> {
    fn insert(&mut self, map: &mut Map<String, Value>, key: String, value: Value) {
        if !map.contains_key(&key) {
            map.insert(key, value);
            return;
        }
        if !self.twice.contains(&key) && self.twice.len() < 20 {
            self.twice.push(key.clone());
        }
        match key.strip_suffix('%').and_then(|share| another_spelling(map, share)) {
            Some(other) => map.insert(other, value),
            None => map.insert(key, value),
        };
    }
}

/// `50` → `50.0%`, `50.00%` … whichever is free.
fn another_spelling(map: &Map<String, Value>, share: &str) -> Option<String> {
    let mut spelling = if share.contains('.') { share.to_owned() } else { format!("{share}.") };
    for _ in 0..10 {
        spelling.push('0');
        let key = format!("{spelling}%");
        if !map.contains_key(&key) {
            return Some(key);
        }
    }
    None
}

impl<'de> DeserializeSeed<'de> for Tree<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Tree<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(Tree { twice: self.twice })? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut members: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some(key) = members.next_key::<String>()? {
            let value = members.next_value_seed(Tree { twice: self.twice })?;
            self.insert(&mut map, key, value);
        }
        Ok(Value::Object(map))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_that_stands_twice_keeps_both_branches() {
        let (value, twice) = parse(br#"{"50%":1,"50%":2,"limit":1,"limit":2,"33.3%":1,"33.3%":2,"50%":3}"#).unwrap();
        let expected = serde_json::json!({"50%":1,"50.0%":2,"50.00%":3,"limit":2,"33.3%":1,"33.30%":2});
        assert_eq!(value, expected);
        assert_eq!(twice, ["50%", "limit", "33.3%"]);
    }

    #[test]
    fn depth_and_trailing_data_are_refused() {
        let deep = "[".repeat(100_000);
        assert!(parse(deep.as_bytes()).is_err());
        assert!(parse(b"{} {}").is_err());
    }
}
