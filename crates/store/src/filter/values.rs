//! Reads the values of a filter as the key's kind wants them.

use jiff::{Timestamp, civil};
use serde_json::Value;
use waypost_types::{PicoUsd, RequestId, UnixMs};

use super::{FieldKind, FilterError, FilterPart, VALUE_BYTES_MAX, Values};

pub(super) fn read(kind: FieldKind, values: &[Value]) -> Result<Values, FilterError> {
    Ok(match kind {
        FieldKind::Id => {
            Values::Ids(each(values, text)?.iter().filter_map(|id| id.parse::<RequestId>().ok()).collect())
        }
        FieldKind::Text => Values::Texts(each(values, text)?),
        FieldKind::Number => Values::Numbers(each(values, number)?),
        FieldKind::Money => Values::Money(each(values, money)?),
        FieldKind::Time => Values::Times(each(values, time)?),
        FieldKind::Flag => Values::Flags(each(values, flag)?),
    })
}

fn each<T>(values: &[Value], read: impl Fn(&Value) -> Result<T, String>) -> Result<Vec<T>, FilterError> {
    let read =
        |(index, value)| read(value).map_err(|message| FilterError { part: FilterPart::Value(Some(index)), message });
    values.iter().enumerate().map(read).collect()
}

fn text(value: &Value) -> Result<String, String> {
    match value {
        Value::String(text) if text.len() > VALUE_BYTES_MAX => {
            Err(format!("String must contain at most {VALUE_BYTES_MAX} byte(s)"))
        }
        Value::String(text) => Ok(text.clone()),
        Value::Number(number) => Ok(number.to_string()),
        Value::Bool(flag) => Ok(flag.to_string()),
        other => Err(expected("string", other)),
    }
}

/// Numbers with a fraction (`12.0`, `99.5` ms) count as their whole part.
fn number(value: &Value) -> Result<i64, String> {
    let digits = match value {
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.trim().to_owned(),
        other => return Err(expected("number", other)),
    };
    digits
        .parse()
        .or_else(|_| PicoUsd::parse_decimal(&digits).map(|exact| exact.0.div_euclid(PicoUsd::PER_USD)))
        .map_err(|_| expected("number", value))
}

fn money(value: &Value) -> Result<PicoUsd, String> {
    let digits = match value {
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.trim().to_owned(),
        other => return Err(expected("number", other)),
    };
    PicoUsd::parse_decimal(&digits).map_err(|_| expected("number", value))
}

/// RFC 3339, a date (midnight UTC), or milliseconds since 1970.
fn time(value: &Value) -> Result<UnixMs, String> {
    let text = match value {
        Value::String(text) => text.trim(),
        Value::Number(number) => return number.as_i64().map(UnixMs).ok_or_else(|| expected("date", value)),
        other => return Err(expected("date", other)),
    };
    if let Ok(at) = text.parse::<Timestamp>() {
        return Ok(UnixMs(at.as_millisecond()));
    }
    if let Ok(day) = text.parse::<civil::Date>() {
        let midnight = day.to_zoned(jiff::tz::TimeZone::UTC).map_err(|_| "Invalid datetime".to_owned())?;
        return Ok(UnixMs(midnight.timestamp().as_millisecond()));
    }
    text.parse().map(UnixMs).map_err(|_| "Invalid datetime".to_owned())
}

fn flag(value: &Value) -> Result<bool, String> {
    match value {
        Value::Bool(flag) => Ok(*flag),
        Value::Number(number) if number.as_i64() == Some(1) => Ok(true),
        Value::Number(number) if number.as_i64() == Some(0) => Ok(false),
        Value::String(text) => match text.as_str() {
            "true" | "1" => Ok(true),
            "false" | "0" => Ok(false),
            _ => Err(expected("boolean", value)),
        },
        other => Err(expected("boolean", other)),
    }
}

fn expected(kind: &str, value: &Value) -> String {
    let received = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    format!("Expected {kind}, received {received}")
}
