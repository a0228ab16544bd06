//! A text that costs nothing to hand on: a word of ours, or a name that many share.

use std::{borrow::Borrow, fmt, ops::Deref, sync::Arc};

use serde::{Deserialize, Serialize};

/// A short text in a record. Names of the configuration and fixed words stand in many records at once: their clones copy a
/// pointer. Serialised it is a string like any other.
#[derive(Clone)]
pub struct Text(Held);

#[derive(Clone)]
enum Held {
    Fixed(&'static str),
    Shared(Arc<str>),
    Own(String),
}

impl Text {
    /// A fixed word.
    pub const fn fixed(word: &'static str) -> Self {
        Self(Held::Fixed(word))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        match &self.0 {
            Held::Fixed(word) => word,
            Held::Shared(name) => name,
            Held::Own(text) => text,
        }
    }

    /// The same text where others can share it.
    pub fn into_shared(self) -> Arc<str> {
        match self.0 {
            Held::Fixed(word) => Arc::from(word),
            Held::Shared(name) => name,
            Held::Own(text) => text.into(),
        }
    }
}

impl Default for Text {
    fn default() -> Self {
        Self::fixed("")
    }
}

impl Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl AsRef<str> for Text {
    fn as_ref(&self) -> &str {
        self
    }
}

impl Borrow<str> for Text {
    fn borrow(&self) -> &str {
        self
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        if text.is_empty() { Self::default() } else { Self(Held::Shared(Arc::from(text))) }
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Self(Held::Own(text))
    }
}

impl From<Arc<str>> for Text {
    fn from(text: Arc<str>) -> Self {
        Self(Held::Shared(text))
    }
}

impl From<&Arc<str>> for Text {
    fn from(text: &Arc<str>) -> Self {
        Self(Held::Shared(text.clone()))
    }
}

impl From<Text> for String {
    fn from(text: Text) -> Self {
        match text.0 {
            Held::Own(text) => text,
            Held::Fixed(_) | Held::Shared(_) => text.as_str().to_owned(),
        }
    }
}

impl PartialEq for Text {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Text {}

impl PartialEq<str> for Text {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == other
    }
}

impl PartialEq<&str> for Text {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}

impl PartialEq<String> for Text {
    fn eq(&self, other: &String) -> bool {
        self.as_str() == other
    }
}

impl std::hash::Hash for Text {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self)
    }
}

impl Serialize for Text {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self)
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Word;
        impl serde::de::Visitor<'_> for Word {
            type Value = Text;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text")
            }

            fn visit_str<E>(self, text: &str) -> Result<Text, E> {
                Ok(Text::from(text))
            }
        }
        deserializer.deserialize_str(Word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_a_string_to_everybody_else() {
        let shared = Text::from(Arc::<str>::from("openai"));
        assert_eq!(shared, Text::fixed("openai"));
        assert_eq!(serde_json::to_string(&shared).unwrap(), r#""openai""#);
        assert_eq!(serde_json::from_str::<Text>(r#""op\u0065nai""#).unwrap(), "openai");
        assert_eq!(format!("{shared} {shared:?}"), r#"openai "openai""#);
        assert!(Text::default().is_empty());
    }
}
