//! Reading an object member by member, with the path for messages; what nobody took is left as extras.

use crate::{
    formats::{DecodeError, tree::Json},
    prompt::Extras,
};

/// The members of one object that were not read yet. `null` counts as absent everywhere.
pub(crate) struct Fields {
    path: String,
    members: Extras,
    reads_snake_case: bool,
}

impl Fields {
    /// The members of an object.
    pub(crate) fn of(json: Json, path: impl Into<String>) -> Result<Self, DecodeError> {
        let path = path.into();
        match json {
            Json::Object(members) => Ok(Self { path, members, reads_snake_case: false }),
            _ => Err(DecodeError::shape(path, "expected an object")),
        }
    }

    /// Also takes `inline_data` where `inlineData` is asked for, as Google's JSON mapping allows.
    pub(crate) fn or_snake_case(mut self) -> Self {
        self.reads_snake_case = true;
        self
    }

    /// The path of a member, for messages.
    pub(crate) fn at(&self, key: &str) -> String {
        format!("{}/{key}", self.path)
    }

    /// A message about this object.
    pub(crate) fn fault(&self, message: &str) -> DecodeError {
        DecodeError::shape(self.path.clone(), message)
    }

    /// Takes a member out.
    pub(crate) fn take(&mut self, key: &str) -> Option<Json> {
        let position = self.members.iter().position(|(name, _)| name == key || self.is_snake_case_of(name, key))?;
        let (_, value) = self.members.remove(position);
        (!value.is_null()).then_some(value)
    }

    /// Puts back what was left of a member.
    pub(crate) fn put_back(&mut self, key: &str, value: Option<Json>) {
        self.members.extend(value.map(|value| (key.to_owned(), value)));
    }

    /// Looks at a member.
    pub(crate) fn peek(&self, key: &str) -> Option<&Json> {
        let member = self.members.iter().find(|(name, _)| name == key || self.is_snake_case_of(name, key));
        member.map(|(_, value)| value).filter(|value| !value.is_null())
    }

    fn is_snake_case_of(&self, name: &str, key: &str) -> bool {
        self.reads_snake_case && name.contains('_') && name.replace('_', "").eq_ignore_ascii_case(key)
    }

    pub(crate) fn text(&mut self, key: &str) -> Result<Option<String>, DecodeError> {
        match self.take(key) {
            None => Ok(None),
            Some(Json::Text(text)) => Ok(Some(text)),
            Some(_) => Err(DecodeError::shape(self.at(key), "expected text")),
        }
    }

    pub(crate) fn need_text(&mut self, key: &str) -> Result<String, DecodeError> {
        self.text(key)?.ok_or_else(|| DecodeError::shape(self.at(key), "is missing"))
    }

    pub(crate) fn flag(&mut self, key: &str) -> Result<Option<bool>, DecodeError> {
        match self.take(key) {
            None => Ok(None),
            Some(Json::Bool(flag)) => Ok(Some(flag)),
            Some(_) => Err(DecodeError::shape(self.at(key), "expected true or false")),
        }
    }

    pub(crate) fn number(&mut self, key: &str) -> Result<Option<f64>, DecodeError> {
        let number = match self.take(key) {
            None => return Ok(None),
            Some(Json::Number(number)) => number.as_f64(),
            Some(_) => None,
        };
        number.map(Some).ok_or_else(|| DecodeError::shape(self.at(key), "expected a number"))
    }

    pub(crate) fn integer(&mut self, key: &str) -> Result<Option<i64>, DecodeError> {
        let number = match self.take(key) {
            None => return Ok(None),
            Some(Json::Number(number)) => number,
            Some(_) => return Err(DecodeError::shape(self.at(key), "expected a whole number")),
        };
        let whole = number.as_f64().filter(|float| float.fract() == 0.0 && float.abs() < 9e15);
        let integer = number.as_i64().or_else(|| whole.map(|float| float as i64));
        integer.map(Some).ok_or_else(|| DecodeError::shape(self.at(key), "expected a whole number"))
    }

    pub(crate) fn count(&mut self, key: &str) -> Result<Option<u64>, DecodeError> {
        let integer = self.integer(key)?.map(u64::try_from).transpose();
        integer.map_err(|_| DecodeError::shape(self.at(key), "may not be negative"))
    }

    /// The items of an array, with their paths.
    pub(crate) fn items(&mut self, key: &str) -> Result<Vec<(Json, String)>, DecodeError> {
        let path = self.at(key);
        match self.take(key) {
            None => Ok(Vec::new()),
            Some(list) => items_of(list, &path),
        }
    }

    pub(crate) fn texts(&mut self, key: &str) -> Result<Vec<String>, DecodeError> {
        self.items(key)?
            .into_iter()
            .map(|(item, path)| match item {
                Json::Text(text) => Ok(text),
                _ => Err(DecodeError::shape(path, "expected text")),
            })
            .collect()
    }

    pub(crate) fn object(&mut self, key: &str) -> Result<Option<Self>, DecodeError> {
        let path = self.at(key);
        let reads_snake_case = self.reads_snake_case;
        self.take(key).map(|json| Self::of(json, path).map(|fields| Self { reads_snake_case, ..fields })).transpose()
    }

    /// What nobody took; `null` says nothing and is dropped.
    pub(crate) fn rest(self) -> Extras {
        self.members.into_iter().filter(|(_, value)| !value.is_null()).collect()
    }

    /// What nobody took, under dotted names.
    pub(crate) fn rest_under<'a>(self, parent: &'a str) -> impl Iterator<Item = (String, Json)> + 'a {
        self.rest().into_iter().map(move |(key, value)| (format!("{parent}.{key}"), value))
    }

    /// The members as one value again.
    pub(crate) fn into_json(self) -> Json {
        Json::Object(self.members)
    }
}

/// The items of an array, with their paths.
pub(crate) fn items_of(list: Json, path: &str) -> Result<Vec<(Json, String)>, DecodeError> {
    match list {
        Json::List(items) => {
            Ok(items.into_iter().enumerate().map(|(index, item)| (item, format!("{path}/{index}"))).collect())
        }
        _ => Err(DecodeError::shape(path, "expected an array")),
    }
}
