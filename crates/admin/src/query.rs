//! The query string: pairs as they came, read with names, bounds and places.

use axum::extract::{FromRequestParts, Query};
use http::request::Parts;
use waypost_store::config::PageQuery;

use crate::{
    ACCOUNT,
    limits::PER_PAGE_DEFAULT,
    refusal::{ApiError, Outcome, Refused, place},
};

/// The pairs of a query string, in their order; a key may come more than once.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pairs(pub(crate) Vec<(String, String)>);

impl<S: Sync> FromRequestParts<S> for Pairs {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Outcome<Self> {
        let pairs = Query::<Vec<(String, String)>>::try_from_uri(&parts.uri);
        pairs.map(|Query(pairs)| Self(pairs)).map_err(|error| Refused::value(place!["query"], error.body_text()))
    }
}

impl Pairs {
    /// The last value of a key; an empty one counts as absent.
    pub(crate) fn text(&self, key: &str) -> Option<&str> {
        self.0
            .iter()
            .rev()
            .find(|(name, _)| name == key)
            .map(|(_, value)| value.as_str())
            .filter(|text| !text.is_empty())
    }

    /// A yes or no.
    pub(crate) fn flag(&self, key: &str) -> Outcome<Option<bool>> {
        match self.text(key) {
            None => Ok(None),
            Some("true" | "1") => Ok(Some(true)),
            Some("false" | "0") => Ok(Some(false)),
            Some(_) => Err(Refused::value(place!["query", key], "Expected boolean, received string")),
        }
    }

    /// A whole number within bounds, in the words of Cloudflare's validator.
    pub(crate) fn number(&self, key: &str, min: u32, max: u32) -> Outcome<Option<u32>> {
        let Some(text) = self.text(key) else { return Ok(None) };
        let refused = |message: String| Err(Refused::value(place!["query", key], message));
        match text.parse::<i64>() {
            Err(_) => refused("Expected number, received nan".to_owned()),
            Ok(number) if number < i64::from(min) => refused(format!("Number must be greater than or equal to {min}")),
            Ok(number) if number > i64::from(max) => refused(format!("Number must be less than or equal to {max}")),
            Ok(number) => Ok(u32::try_from(number).ok()),
        }
    }

    /// `page`, `per_page` and `search`. A page beyond the last one is no error: SDKs read until one is empty.
    pub(crate) fn page(&self, per_page_max: u32) -> Outcome<PageQuery> {
        let mut errors: Vec<ApiError> = Vec::new();
        let mut take = |number: Outcome<Option<u32>>, default| match number {
            Ok(number) => number.unwrap_or(default),
            Err(refused) => {
                errors.extend(refused.errors);
                default
            }
        };
        let page = take(self.number("page", 1, u32::MAX), 1);
        let per_page = take(self.number("per_page", 1, per_page_max), PER_PAGE_DEFAULT.min(per_page_max));
        if !errors.is_empty() {
            return Err(Refused::invalid(errors));
        }
        Ok(PageQuery { page, per_page, search: self.text("search").map(|text| text.chars().take(256).collect()) })
    }

    /// The account that a request to `/api` is about.
    pub(crate) fn account(&self) -> &str {
        self.text("account").unwrap_or(ACCOUNT)
    }
}
