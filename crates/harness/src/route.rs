//! Route documents that tests use, in the published spelling.

use serde_json::{Value, json};

/// A document around elements that begin behind `start` and finish at `end`.
pub fn document(name: &str, first: &str, elements: impl IntoIterator<Item = Value>) -> Value {
    let start = json!({"id": "start", "type": "start", "outputs": {"next": {"elementId": first}}});
    let end = json!({"id": "end", "type": "end", "outputs": {}});
    let all: Vec<Value> = std::iter::once(start).chain(elements).chain([end]).collect();
    json!({"name": name, "elements": all})
}

/// A model element; a failure that may fall back goes to `fallback`.
pub fn model(id: &str, provider: &str, model: &str, fallback: Option<&str>) -> Value {
    let mut outputs = json!({"success": {"elementId": "end"}});
    if let Some(fallback) = fallback {
        outputs["fallback"] = json!({"elementId": fallback});
    }
    let properties = json!({"provider": provider, "model": model, "timeout": 0, "retries": 0});
    json!({"id": id, "type": "model", "outputs": outputs, "properties": properties})
}

/// An element with properties on top of its own.
pub fn with(mut element: Value, properties: &Value) -> Value {
    for (name, value) in properties.as_object().into_iter().flatten() {
        element["properties"][name] = value.clone();
    }
    element
}

/// A limit: `kind` is `count` or `cost`.
pub fn rate(id: &str, kind: &str, limit: f64, properties: &Value, success: &str, fallback: Option<&str>) -> Value {
    let mut outputs = json!({"success": {"elementId": success}});
    if let Some(fallback) = fallback {
        outputs["fallback"] = json!({"elementId": fallback});
    }
    let limit = if limit.fract() == 0.0 { json!(limit as i64) } else { json!(limit) };
    // A day from midnight: no window ends within a test, except at midnight itself.
    let own = json!({"key": "*", "limit": limit, "limitType": kind, "window": 86_400});
    with(json!({"id": id, "type": "rate", "outputs": outputs, "properties": own}), properties)
}

/// A route that tries two models in order.
pub fn chain(name: &str, first: (&str, &str), second: (&str, &str)) -> Value {
    document(
        name,
        "first",
        [model("first", first.0, first.1, Some("second")), model("second", second.0, second.1, None)],
    )
}
