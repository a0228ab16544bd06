//! Filters over log rows in every spelling that clients send.
//!
//! One parameter with a JSON array (documents, Python), brackets (`filters[0][key]=`), or dots with repeats
//! (`filters.key=…&filters.operator=…&filters.value=…`, the TypeScript SDK: the index is lost, a repeated key begins the
//! next filter); besides, the single parameters that Cloudflare has deprecated.

use serde_json::Value;
use waypost_graph::PathStep;
use waypost_store::{
    filter::{FILTERS_MAX, Filter, FilterPart, invalid_enum},
    log::{Order, OrderKey},
};

use crate::{
    body::{REQUIRED, kind},
    query::Pairs,
    refusal::{ApiError, Outcome, Refused, place},
};

/// A filter as it came.
#[derive(Debug, Default, PartialEq)]
struct Raw {
    key: Option<String>,
    operator: Option<String>,
    values: Vec<Value>,
}

/// Deprecated parameters: name, key and operator.
const SINGLE: &[(&str, &str, &str)] = &[
    ("start_date", "created_at", "gte"),
    ("end_date", "created_at", "lte"),
    ("cached", "cached", "eq"),
    ("success", "success", "eq"),
    ("feedback", "feedback", "eq"),
    ("model", "model", "eq"),
    ("model_type", "model_type", "eq"),
    ("provider", "provider", "eq"),
    ("request_content_type", "request_content_type", "eq"),
    ("response_content_type", "response_content_type", "eq"),
    ("min_cost", "cost", "gte"),
    ("max_cost", "cost", "lte"),
    ("min_duration", "duration", "gte"),
    ("max_duration", "duration", "lte"),
    ("min_tokens_in", "tokens_in", "gte"),
    ("max_tokens_in", "tokens_in", "lte"),
    ("min_tokens_out", "tokens_out", "gte"),
    ("max_tokens_out", "tokens_out", "lte"),
    ("min_total_tokens", "tokens", "gte"),
    ("max_total_tokens", "tokens", "lte"),
];

/// All filters of a query, checked. Everything that is wrong is said at once.
pub(crate) fn filters(pairs: &Pairs) -> Outcome<Vec<Filter>> {
    let mut raw = Vec::new();
    for (_, json) in pairs.0.iter().filter(|(name, text)| name == "filters" && !text.is_empty()) {
        raw.extend(from_json(json)?);
    }
    raw.extend(from_brackets(pairs));
    raw.extend(from_dots(pairs));

    let mut errors = Vec::new();
    let mut filters = Vec::with_capacity(raw.len());
    for (index, raw) in raw.iter().enumerate() {
        match raw.check(index) {
            Ok(filter) => filters.push(filter),
            Err(error) => errors.push(error),
        }
    }
    for (name, key, operator) in SINGLE {
        let Some(text) = pairs.text(name) else { continue };
        match Filter::parse(key, operator, &[Value::from(text)]) {
            Ok(filter) => filters.push(filter),
            Err(error) => errors.push(ApiError::invalid(place!["query", name], error.message)),
        }
    }
    if filters.len() > FILTERS_MAX {
        let message = format!("Array must contain at most {FILTERS_MAX} element(s)");
        errors.push(ApiError::invalid(place!["query", "filters"], message));
    }
    if errors.is_empty() { Ok(filters) } else { Err(Refused::invalid(errors)) }
}

/// `order_by` and `order_by_direction`, newest first where absent.
pub(super) fn order(pairs: &Pairs) -> Outcome<Order> {
    let mut order = Order::default();
    if let Some(name) = pairs.text("order_by") {
        let names = || OrderKey::ALL.iter().map(|(name, _)| *name);
        order.by = OrderKey::parse(name)
            .ok_or_else(|| Refused::value(place!["query", "order_by"], invalid_enum(names(), name)))?;
    }
    let direction = pairs.text("order_by_direction").or_else(|| pairs.text("direction"));
    order.descending = match direction {
        None | Some("desc") => true,
        Some("asc") => false,
        Some(other) => {
            let message = invalid_enum(["asc", "desc"], other);
            return Err(Refused::value(place!["query", "order_by_direction"], message));
        }
    };
    Ok(order)
}

fn from_json(text: &str) -> Outcome<Vec<Raw>> {
    let refused = |message: String| Refused::value(place!["query", "filters"], message);
    let list = match serde_json::from_str(text) {
        Ok(Value::Array(list)) => list,
        Ok(one @ Value::Object(_)) => vec![one],
        Ok(other) => return Err(refused(format!("Expected array, received {}", kind(&other)))),
        Err(error) => return Err(refused(format!("Not valid JSON: {error}"))),
    };
    let mut filters = Vec::with_capacity(list.len());
    for (index, value) in list.into_iter().enumerate() {
        let Value::Object(mut members) = value else {
            let mut place = place!["query", "filters"];
            place.push(PathStep::Index(index));
            return Err(Refused::value(place, format!("Expected object, received {}", kind(&value))));
        };
        let mut text = |name: &str| match members.remove(name) {
            Some(Value::String(text)) => Some(text),
            _ => None,
        };
        let (key, operator) = (text("key"), text("operator"));
        let values = match members.remove("value") {
            Some(Value::Array(values)) => values,
            Some(value) => vec![value],
            None => Vec::new(),
        };
        filters.push(Raw { key, operator, values });
    }
    Ok(filters)
}

/// `filters[0][key]`, `filters[0][value][]`, `filters[0][value][1]`.
fn from_brackets(pairs: &Pairs) -> Vec<Raw> {
    let mut filters: Vec<(&str, Raw)> = Vec::new();
    for (name, text) in &pairs.0 {
        let Some((index, member)) = name.strip_prefix("filters[").and_then(|rest| rest.split_once("][")) else {
            continue;
        };
        let at = filters.iter().position(|(known, _)| *known == index).unwrap_or_else(|| {
            filters.push((index, Raw::default()));
            filters.len() - 1
        });
        let Some((_, filter)) = filters.get_mut(at) else { continue };
        filter.set(member.split(']').next().unwrap_or_default(), text);
    }
    filters.into_iter().map(|(_, filter)| filter).collect()
}

/// `filters.key`, `filters.operator`, `filters.value`; also with an index, `filters.0.key`.
fn from_dots(pairs: &Pairs) -> Vec<Raw> {
    if let Some(grouped) = grouped_dots(pairs) {
        return grouped;
    }
    let mut filters: Vec<Raw> = Vec::new();
    let mut last_index: Option<&str> = None;
    for (name, text) in &pairs.0 {
        let Some(rest) = name.strip_prefix("filters.") else { continue };
        let (index, member) = match rest.split_once('.') {
            Some((index, rest)) if index.bytes().all(|byte| byte.is_ascii_digit()) => {
                (Some(index), rest.split('.').next().unwrap_or_default())
            }
            _ => (None, rest),
        };
        let is_taken = |filter: &Raw| match member {
            "key" => filter.key.is_some(),
            "operator" => filter.operator.is_some(),
            _ => false,
        };
        let begins_next = match index {
            Some(_) => index != last_index,
            None => filters.last().is_some_and(is_taken),
        };
        if filters.is_empty() || begins_next {
            filters.push(Raw::default());
        }
        last_index = index;
        if let Some(filter) = filters.last_mut() {
            filter.set(member, text);
        }
    }
    filters
}

/// All keys first, then all operators, then all values, as the Python SDK writes several filters: the n-th of each belong
/// together. `None` for every other order.
fn grouped_dots(pairs: &Pairs) -> Option<Vec<Raw>> {
    let of = |member: &str| -> Vec<&str> {
        let name = format!("filters.{member}");
        pairs.0.iter().filter(|(known, _)| *known == name).map(|(_, text)| text.as_str()).collect()
    };
    let (keys, operators, values) = (of("key"), of("operator"), of("value"));
    let order = pairs.0.iter().filter_map(|(name, _)| name.strip_prefix("filters."));
    let leading_keys = order.take_while(|member| *member == "key").count();
    if keys.len() < 2 || leading_keys != keys.len() {
        return None;
    }
    let is_paired = values.len() == keys.len();
    let filter = |(index, key): (usize, &&str)| Raw {
        key: Some((*key).to_owned()),
        operator: operators.get(index).map(|text| (*text).to_owned()),
        values: values.get(index).filter(|_| is_paired).map(|text| Value::from(*text)).into_iter().collect(),
    };
    Some(keys.iter().enumerate().map(filter).collect())
}

impl Raw {
    fn set(&mut self, member: &str, text: &str) {
        match member {
            "key" => self.key = Some(text.to_owned()),
            "operator" => self.operator = Some(text.to_owned()),
            "value" => self.values.push(Value::from(text)),
            _ => {}
        }
    }

    fn check(&self, index: usize) -> Result<Filter, ApiError> {
        let wrong = |member: &str, value: Option<usize>, message: &str| {
            let mut place = place!["query", "filters"];
            place.push(PathStep::Index(index));
            place.extend(place![member]);
            place.extend(value.map(PathStep::Index));
            ApiError::invalid(place, message)
        };
        let key = self.key.as_deref().ok_or_else(|| wrong("key", None, REQUIRED))?;
        let operator = self.operator.as_deref().ok_or_else(|| wrong("operator", None, REQUIRED))?;
        Filter::parse(key, operator, &self.values).map_err(|error| match error.part {
            FilterPart::Key => wrong("key", None, &error.message),
            FilterPart::Operator => wrong("operator", None, &error.message),
            FilterPart::Value(at) => wrong("value", at, &error.message),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(query: &str) -> Outcome<Vec<Filter>> {
        let uri: http::Uri = format!("/logs?{query}").parse().unwrap();
        let axum::extract::Query(pairs) = axum::extract::Query::try_from_uri(&uri).unwrap();
        filters(&Pairs(pairs))
    }

    fn filter(key: &str, operator: &str, values: &[&str]) -> Filter {
        let values: Vec<Value> = values.iter().map(|text| Value::from(*text)).collect();
        Filter::parse(key, operator, &values).unwrap()
    }

    #[test]
    fn all_spellings_say_the_same() {
        let expected = vec![filter("model", "eq", &["a", "b"]), filter("metadata.user_id", "contains", &["x y"])];
        // As the TypeScript SDK sends it: `qs.stringify` with `allowDots` and `arrayFormat: 'repeat'`.
        let dots = "filters.key=model&filters.operator=eq&filters.value=a&filters.value=b\
                    &filters.key=metadata.user_id&filters.operator=contains&filters.value=x%20y";
        let brackets = "filters[0][key]=model&filters[0][operator]=eq&filters[0][value][]=a&filters[0][value][]=b\
                        &filters[1][key]=metadata.user_id&filters[1][operator]=contains&filters[1][value]=x+y";
        let encoded = brackets.replace('[', "%5B").replace(']', "%5D");
        let indexed = "filters.0.key=model&filters.0.operator=eq&filters.0.value=a&filters.0.value=b\
                       &filters.1.key=metadata.user_id&filters.1.operator=contains&filters.1.value=x%20y";
        let json = "filters=%5B%7B%22key%22:%22model%22,%22operator%22:%22eq%22,%22value%22:%5B%22a%22,%22b%22%5D%7D,\
                    %7B%22key%22:%22metadata.user_id%22,%22operator%22:%22contains%22,%22value%22:%5B%22x%20y%22%5D%7D%5D";
        for query in [dots, &*encoded, indexed, json] {
            assert_eq!(read(query).unwrap(), expected, "{query}");
        }
    }

    #[test]
    fn several_filters_of_the_python_sdk_are_told_apart() {
        // As httpx writes a list of filters: parameters of one name stand together.
        let query = "filters.key=metadata.group&filters.key=provider&filters.operator=eq&filters.operator=neq\
                     &filters.value=g&filters.value=anthropic";
        let expected = [filter("metadata.group", "eq", &["g"]), filter("provider", "neq", &["anthropic"])];
        assert_eq!(read(query).unwrap(), expected);
        let ambiguous = format!("{query}&filters.value=openai");
        assert!(read(&ambiguous).is_err());
    }

    #[test]
    fn deprecated_parameters_are_filters() {
        let found = read("start_date=2026-11-20T00:00:00Z&success=true&min_cost=0.5&max_total_tokens=10").unwrap();
        let expected = [
            filter("created_at", "gte", &["2026-11-20T00:00:00Z"]),
            filter("success", "eq", &["true"]),
            filter("cost", "gte", &["0.5"]),
            filter("tokens", "lte", &["10"]),
        ];
        assert_eq!(found.len(), expected.len());
        assert!(expected.iter().all(|filter| found.contains(filter)));
    }

    #[test]
    fn wrong_filters_say_where() {
        let refused = read("filters.key=colour&filters.operator=eq&filters.value=x&filters.key=cost&filters.value=1")
            .unwrap_err();
        let places: Vec<String> =
            refused.errors.iter().map(|error| serde_json::to_string(&error.path).unwrap()).collect();
        assert_eq!(places, [r#"["query","filters",0,"key"]"#, r#"["query","filters",1,"operator"]"#]);
        assert!(refused.errors[0].message.starts_with("Invalid enum value. Expected 'id' | 'created_at' | "));
        assert!(read("filters=nonsense").is_err());
        assert!(read("filters=").unwrap().is_empty());
    }
}
