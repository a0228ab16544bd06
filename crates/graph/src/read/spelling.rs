//! Names: which are known, which mean the same, and in which order outputs stand.

use serde_json::Value;

use crate::spec::{Element, ElementKind};

/// Members that sketches write at the element instead of in `properties`.
pub(super) const PROPERTIES: [&str; 24] = [
    "condition",
    "conditions",
    "expression",
    "branches",
    "sticky",
    "key",
    "limit",
    "limitType",
    "limit_type",
    "window",
    "interval",
    "technique",
    "calendar",
    "missingKey",
    "enforcement",
    "mode",
    "provider",
    "ai_gateway_dynamic_routing_provider",
    "model",
    "timeout",
    "retries",
    "retryDelay",
    "backoff",
    "parameters",
];

/// Members that sketches write at the element instead of in `outputs`, and the output they stand for. `next` of
/// anything but a start is its first output.
pub(super) const OUTPUTS: [(&str, &str); 8] = [
    ("next", "next"),
    ("true_branch", "true"),
    ("false_branch", "false"),
    ("true", "true"),
    ("false", "false"),
    ("success", "success"),
    ("fallback", "fallback"),
    ("else", "else"),
];

/// The spellings of one property.
pub(super) fn same_meaning(key: &'static str) -> &'static [&'static str] {
    match key {
        "condition" | "conditions" | "expression" => &["condition", "conditions", "expression"],
        "limitType" | "limit_type" => &["limitType", "limit_type"],
        "window" | "interval" => &["window", "interval"],
        "provider" | "ai_gateway_dynamic_routing_provider" => &["provider", "ai_gateway_dynamic_routing_provider"],
        _ => std::slice::from_ref(PROPERTIES.iter().find(|property| **property == key).unwrap_or(&"")),
    }
}

/// Properties that mean something, by kind.
pub(super) fn known_properties(kind: &ElementKind) -> &'static [&'static str] {
    match kind {
        ElementKind::Start | ElementKind::End | ElementKind::Unknown(_) => &[],
        ElementKind::Conditional => &["conditions", "expression"],
        ElementKind::Percentage => &["branches", "sticky"],
        ElementKind::Rate => &[
            "key",
            "limit",
            "limitType",
            "window",
            "technique",
            "calendar",
            "missingKey",
            "enforcement",
            "mode",
            "onUnavailable",
        ],
        ElementKind::Model => &[
            "provider",
            "model",
            "timeout",
            "retries",
            "retryDelay",
            "backoff",
            "byokAlias",
            "parameters",
            "fallbackOn",
        ],
    }
}

/// An object has no order of its own, so outputs get one: True before False, Success before On failure, branches as
/// listed, Else last.
pub(super) fn sort_outputs(element: &mut Element) {
    let branches = element.properties.get("branches").and_then(Value::as_array);
    let branches: Vec<String> = branches.into_iter().flatten().filter_map(branch_name).collect();
    element.outputs.sort_by_cached_key(|output| {
        let known = ["next", "true", "false", "success", "fallback"].iter().position(|name| *name == output.name);
        let listed = branches.iter().position(|name| *name == output.name);
        let is_else = output.name == "else" && listed.is_none();
        (is_else, listed.or(known).unwrap_or(usize::MAX), output.name.clone())
    });
}

pub(super) fn branch_name(branch: &Value) -> Option<String> {
    branch.get("name").and_then(Value::as_str).map(str::to_owned)
}

/// Outputs that mean something, by kind; `None` where any name does.
pub(crate) fn known_outputs(kind: &ElementKind) -> Option<&'static [&'static str]> {
    match kind {
        ElementKind::Start => Some(&["next"]),
        ElementKind::Conditional => Some(&["true", "false"]),
        ElementKind::Rate | ElementKind::Model => Some(&["success", "fallback"]),
        ElementKind::End | ElementKind::Unknown(_) => Some(&[]),
        ElementKind::Percentage => None,
    }
}
