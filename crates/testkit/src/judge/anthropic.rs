//! Anthropic messages.

use serde_json::{Map, Value};

use super::{boolean, foreign, is_name, is_text, list, number_in, positive};

pub(super) fn judge(body: &Map<String, Value>, problems: &mut Vec<String>) {
    foreign(
        body,
        &[
            "max_completion_tokens",
            "stream_options",
            "n",
            "response_format",
            "frequency_penalty",
            "presence_penalty",
            "stop",
            "contents",
            "generationConfig",
            "reasoning_effort",
            "parallel_tool_calls",
            "logprobs",
        ],
        problems,
    );
    if !body.get("model").is_some_and(is_text) {
        problems.push("model is missing".to_owned());
    }
    if !body.contains_key("max_tokens") {
        problems.push("max_tokens is missing".to_owned());
    }
    positive(body, "max_tokens", problems);
    number_in(body, "temperature", 0.0..=1.0, problems);
    number_in(body, "top_p", 0.0..=1.0, problems);
    boolean(body, "stream", problems);
    if let Some(system) = body.get("system")
        && !system.is_string()
        && !system
            .as_array()
            .is_some_and(|blocks| blocks.iter().all(|block| block["type"] == "text" && is_text(&block["text"])))
    {
        problems.push("system is neither text nor text blocks".to_owned());
    }
    for tool in body.get("tools").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default() {
        if !is_name(&tool["name"]) || (tool["input_schema"]["type"] != "object" && tool["type"].is_null()) {
            problems.push(format!("tool {tool}"));
        }
    }
    if let Some(choice) = body.get("tool_choice")
        && !matches!(choice["type"].as_str(), Some("auto" | "any" | "tool" | "none"))
    {
        problems.push(format!("tool_choice {choice}"));
    }
    messages(list(body, "messages", problems), problems);
}

fn messages(messages: &[Value], problems: &mut Vec<String>) {
    let mut asked: Vec<&str> = Vec::new();
    let mut before = "assistant";
    for (index, message) in messages.iter().enumerate() {
        let at = format!("messages[{index}]");
        let role = message["role"].as_str().unwrap_or_default();
        match role {
            "user" | "assistant" if role == before => problems.push(format!("{at}: roles do not alternate")),
            "user" | "assistant" => {}
            other => problems.push(format!("{at}: role {other:?}")),
        }
        before = role;
        let blocks = match &message["content"] {
            Value::String(text) => {
                if text.is_empty() {
                    problems.push(format!("{at}: content is empty"));
                }
                &[]
            }
            Value::Array(blocks) if !blocks.is_empty() => blocks.as_slice(),
            _ => {
                problems.push(format!("{at}: content is neither text nor blocks"));
                &[]
            }
        };
        for block in blocks {
            self::block(block, role, &at, &mut asked, problems);
        }
        if role == "user" && !asked.is_empty() {
            problems.push(format!("{at}: tool uses {asked:?} have no result"));
            asked.clear();
        }
        if role == "assistant" {
            asked = blocks
                .iter()
                .filter(|block| block["type"] == "tool_use")
                .filter_map(|block| block["id"].as_str())
                .collect();
        }
    }
    if !asked.is_empty() {
        problems.push(format!("tool uses {asked:?} have no result"));
    }
}

fn block(block: &Value, role: &str, at: &str, asked: &mut Vec<&str>, problems: &mut Vec<String>) {
    let is_right = match block["type"].as_str() {
        Some("text") => is_text(&block["text"]),
        Some("image") => image(&block["source"]),
        Some("document") => block["source"].is_object(),
        Some("thinking") => role == "assistant" && block["thinking"].is_string() && is_text(&block["signature"]),
        Some("redacted_thinking") => role == "assistant" && is_text(&block["data"]),
        Some("tool_use") => {
            role == "assistant" && is_name(&block["id"]) && is_name(&block["name"]) && block["input"].is_object()
        }
        Some("tool_result") => {
            let position = asked.iter().position(|id| block["tool_use_id"] == *id);
            if let Some(position) = position {
                asked.remove(position);
            }
            role == "user" && position.is_some()
        }
        _ => false,
    };
    if !is_right {
        problems.push(format!("{at}: block {block} in a message of {role}"));
    }
}

fn image(source: &Value) -> bool {
    match source["type"].as_str() {
        Some("base64") => {
            source["media_type"].as_str().is_some_and(|kind| kind.starts_with("image/")) && is_text(&source["data"])
        }
        Some("url") => source["url"].as_str().is_some_and(|url| url.starts_with("http")),
        _ => false,
    }
}
