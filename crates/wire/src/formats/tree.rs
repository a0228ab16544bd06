//! A JSON value that keeps its members in the order sent.
//!
//! The order matters: structured output follows the order of a schema's properties, and prompt caches compare bytes.

mod serde;

/// A JSON value. Numbers keep their value, not their spelling (`1e2` is written `100.0`).
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Json {
    /// `null`
    #[default]
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number.
    Number(serde_json::Number),
    /// Text.
    Text(String),
    /// An array.
    List(Vec<Json>),
    /// An object, members in the order sent.
    Object(Vec<(String, Json)>),
}

impl Json {
    /// Reads a document.
    ///
    /// # Errors
    /// What `serde_json` says: syntax, invalid UTF-8, lone surrogates, more than 128 levels.
    pub fn parse(bytes: &[u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(bytes)
    }

    /// The member of an object.
    pub fn get(&self, key: &str) -> Option<&Json> {
        match self {
            Self::Object(members) => members.iter().find(|(name, _)| name == key).map(|(_, value)| value),
            _ => None,
        }
    }

    /// The member at the end of a path of objects.
    pub fn at(&self, path: &[&str]) -> Option<&Json> {
        path.iter().try_fold(self, |value, key| value.get(key))
    }

    /// The text, where it is one.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The items, where it is an array.
    pub fn as_list(&self) -> Option<&[Json]> {
        match self {
            Self::List(items) => Some(items),
            _ => None,
        }
    }

    /// A count: whole numbers, also in floating-point notation; negative ones are 0 (A55).
    pub fn as_count(&self) -> Option<u64> {
        match self {
            Self::Number(number) => number.as_u64().or_else(|| number.as_f64().map(|float| float.max(0.0) as u64)),
            _ => None,
        }
    }

    /// `null`.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// The compact JSON text.
    pub fn to_text(&self) -> String {
        // Writing into memory cannot fail, and every key is text.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The compact JSON text as bytes.
    pub fn into_bytes(self) -> Vec<u8> {
        self.to_text().into_bytes()
    }
}

/// What may stand as a member: `None` leaves the member out.
pub(crate) trait IntoMember {
    fn into_member(self) -> Option<Json>;
}

macro_rules! members {
    ($($type:ty),* $(,)?) => {
        $(impl IntoMember for $type {
            fn into_member(self) -> Option<Json> {
                Some(self.into())
            }
        })*
    };
}
members!(bool, u32, u64, i64, f64, &str, &String, String, Vec<Json>, Json, &Json);

impl<T: IntoMember> IntoMember for Option<T> {
    fn into_member(self) -> Option<Json> {
        self.and_then(T::into_member)
    }
}

/// Writes an object; members whose value is `None` are left out.
macro_rules! object {
    () => { $crate::formats::tree::Json::Object(Vec::new()) };
    ($($key:literal : $value:expr),+ $(,)?) => {{
        let members = [$(($key, $crate::formats::tree::IntoMember::into_member($value))),+];
        $crate::formats::tree::Json::Object(
            members.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?))).collect(),
        )
    }};
}
pub(crate) use object;

impl Json {
    /// Adds members behind the others.
    #[must_use]
    pub(crate) fn with(mut self, more: impl IntoIterator<Item = (String, Json)>) -> Self {
        if let Self::Object(members) = &mut self {
            members.extend(more);
        }
        self
    }

    /// Adds a member unless it is `None`.
    pub(crate) fn put(&mut self, key: &str, value: impl IntoMember) {
        if let (Self::Object(members), Some(value)) = (self, value.into_member()) {
            members.push((key.to_owned(), value));
        }
    }

    /// Adds members, or replaces those of the same name.
    #[must_use]
    pub(crate) fn with_replaced(mut self, more: impl IntoIterator<Item = (String, Json)>) -> Self {
        if let Self::Object(members) = &mut self {
            for (key, value) in more {
                match members.iter_mut().find(|(name, _)| *name == key) {
                    Some(member) => member.1 = value,
                    None => members.push((key, value)),
                }
            }
        }
        self
    }

    /// The object without the member at the end of a path, and without objects that this leaves empty.
    pub(crate) fn without(self, path: &[&str]) -> Option<Self> {
        let (Self::Object(mut members), Some((key, rest))) = (self, path.split_first()) else { return None };
        if let Some(position) = members.iter().position(|(name, _)| name == key) {
            let (name, value) = members.remove(position);
            members.extend(value.without(rest).map(|value| (name, value)));
        }
        (!members.is_empty()).then_some(Self::Object(members))
    }

    /// An object without members.
    pub(crate) fn is_empty_object(&self) -> bool {
        matches!(self, Self::Object(members) if members.is_empty())
    }
}

// === conversions ===

impl From<bool> for Json {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<u64> for Json {
    fn from(value: u64) -> Self {
        Self::Number(value.into())
    }
}

impl From<u32> for Json {
    fn from(value: u32) -> Self {
        Self::Number(value.into())
    }
}

impl From<i64> for Json {
    fn from(value: i64) -> Self {
        Self::Number(value.into())
    }
}

impl From<f64> for Json {
    fn from(value: f64) -> Self {
        serde_json::Number::from_f64(value).map_or(Self::Null, Self::Number)
    }
}

impl From<&str> for Json {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl From<&String> for Json {
    fn from(value: &String) -> Self {
        Self::Text(value.clone())
    }
}

impl From<String> for Json {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}

impl From<Vec<Json>> for Json {
    fn from(value: Vec<Json>) -> Self {
        Self::List(value)
    }
}

impl From<&Json> for Json {
    fn from(value: &Json) -> Self {
        value.clone()
    }
}
