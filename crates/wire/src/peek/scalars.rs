//! The body scalars that a route reads (`body.*` operands).

use std::sync::Arc;

use waypost_types::{Operand, Scalar};

use crate::json::{Document, Kind, Value};

/// Longest text that is handed to a route, in bytes; a longer one is treated as missing. The same bound as for
/// metadata values.
pub const SCALAR_TEXT_BYTES_MAX: usize = 1024;

/// The values at some dotted paths, for those that hold one flat value. Missing, `null`, lists, objects, numbers
/// beyond a double and long texts are left out; so is everything that holds prompt text, whatever the path.
pub fn scalars(document: &Document<'_>, paths: &[Arc<str>]) -> Vec<(Arc<str>, Scalar)> {
    let value_at = |path: &Arc<str>| {
        let holds_prompt = path.split('.').next().is_some_and(|member| Operand::PROMPT_MEMBERS.contains(&member));
        let value = document.path(path).filter(|_| !holds_prompt)?;
        Some((path.clone(), scalar(value)?))
    };
    paths.iter().filter_map(value_at).collect()
}

fn scalar(value: Value<'_>) -> Option<Scalar> {
    match value.kind() {
        Kind::Bool => value.as_bool().map(Scalar::Bool),
        Kind::Number => value.as_f64().map(Scalar::Number),
        Kind::Text => {
            value.as_str().filter(|text| text.len() <= SCALAR_TEXT_BYTES_MAX).map(|text| Scalar::text(&*text))
        }
        Kind::Null | Kind::List | Kind::Object => None,
    }
}
