//! Workers AI text generation.

use serde_json::{Map, Value};

use super::{boolean, foreign, is_name, is_text, list, number_in, positive};

pub(super) fn judge(body: &Map<String, Value>, problems: &mut Vec<String>) {
    foreign(
        body,
        &["contents", "generationConfig", "system", "max_completion_tokens", "stream_options", "n"],
        problems,
    );
    boolean(body, "stream", problems);
    positive(body, "max_tokens", problems);
    number_in(body, "temperature", 0.0..=5.0, problems);
    for tool in body.get("tools").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default() {
        if !is_name(&tool["name"]) && !is_name(&tool["function"]["name"]) {
            problems.push(format!("tool {tool}"));
        }
    }
    if body.get("prompt").is_some_and(is_text) {
        return;
    }
    for (index, message) in list(body, "messages", problems).iter().enumerate() {
        if !matches!(message["role"].as_str(), Some("system" | "user" | "assistant" | "tool")) {
            problems.push(format!("messages[{index}]: role {}", message["role"]));
        }
        if !message["content"].is_string() && !message["content"].is_array() && message.get("tool_calls").is_none() {
            problems.push(format!("messages[{index}]: content {}", message["content"]));
        }
    }
}
