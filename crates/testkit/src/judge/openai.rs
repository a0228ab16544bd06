//! OpenAI chat completions.

use serde_json::{Map, Value};

use super::{boolean, foreign, is_name, is_text, list, number_in, positive};

pub(super) fn judge(body: &Map<String, Value>, problems: &mut Vec<String>) {
    foreign(
        body,
        &[
            "system",
            "contents",
            "generationConfig",
            "systemInstruction",
            "max_output_tokens",
            "stop_sequences",
            "top_k",
            "thinking",
            "anthropic_version",
        ],
        problems,
    );
    if !body.get("model").is_some_and(is_text) {
        problems.push("model is missing".to_owned());
    }
    positive(body, "max_tokens", problems);
    positive(body, "max_completion_tokens", problems);
    positive(body, "n", problems);
    number_in(body, "temperature", 0.0..=2.0, problems);
    number_in(body, "top_p", 0.0..=1.0, problems);
    boolean(body, "stream", problems);
    if body.contains_key("stream_options") && body.get("stream") != Some(&Value::Bool(true)) {
        problems.push("stream_options without stream".to_owned());
    }
    tools(body, problems);

    let mut asked: Vec<&str> = Vec::new();
    for (index, message) in list(body, "messages", problems).iter().enumerate() {
        let at = format!("messages[{index}]");
        let role = message["role"].as_str().unwrap_or_default();
        if role != "tool" && !asked.is_empty() {
            problems.push(format!("{at}: tool calls {asked:?} have no answer"));
            asked.clear();
        }
        match role {
            "system" | "developer" | "user" => content(&message["content"], &at, problems),
            "assistant" => {
                let calls = message["tool_calls"].as_array().map(Vec::as_slice).unwrap_or_default();
                if calls.is_empty() || !message["content"].is_null() {
                    content(&message["content"], &at, problems);
                }
                for call in calls {
                    tool_call(call, &at, problems);
                    asked.extend(call["id"].as_str());
                }
            }
            "tool" => {
                let id = message["tool_call_id"].as_str().unwrap_or_default();
                match asked.iter().position(|asked| *asked == id) {
                    Some(position) => drop(asked.remove(position)),
                    None => problems.push(format!("{at}: tool_call_id {id:?} answers no call")),
                }
                content(&message["content"], &at, problems);
            }
            other => problems.push(format!("{at}: role {other:?}")),
        }
    }
    if !asked.is_empty() {
        problems.push(format!("tool calls {asked:?} have no answer"));
    }
}

fn content(content: &Value, at: &str, problems: &mut Vec<String>) {
    if content.is_string() {
        return;
    }
    let Some(parts) = content.as_array().filter(|parts| !parts.is_empty()) else {
        problems.push(format!("{at}: content is neither text nor parts"));
        return;
    };
    for part in parts {
        let is_right = match part["type"].as_str() {
            Some("text") => part["text"].is_string(),
            Some("refusal") => part["refusal"].is_string(),
            Some("image_url") => {
                part["image_url"]["url"].as_str().is_some_and(|url| url.starts_with("http") || url.starts_with("data:"))
            }
            Some("input_audio") => part["input_audio"]["data"].is_string(),
            Some("file") => part["file"].is_object(),
            _ => false,
        };
        if !is_right {
            problems.push(format!("{at}: part {part}"));
        }
    }
}

fn tool_call(call: &Value, at: &str, problems: &mut Vec<String>) {
    let function = &call["function"];
    let are_arguments = |text: &str| serde_json::from_str::<Map<String, Value>>(text).is_ok();
    let is_right = is_text(&call["id"])
        && call["type"] == "function"
        && is_name(&function["name"])
        && function["arguments"].as_str().is_some_and(are_arguments);
    if !is_right {
        problems.push(format!("{at}: tool call {call}"));
    }
}

fn tools(body: &Map<String, Value>, problems: &mut Vec<String>) {
    let Some(tools) = body.get("tools").filter(|tools| !tools.is_null()) else {
        if body.get("tool_choice").is_some_and(|choice| !choice.is_null() && *choice != "none") {
            problems.push("tool_choice without tools".to_owned());
        }
        return;
    };
    for tool in tools.as_array().map(Vec::as_slice).unwrap_or_default() {
        let function = &tool["function"];
        let has_schema = function["parameters"].is_object() || function.get("parameters").is_none();
        if tool["type"] != "function" || !is_name(&function["name"]) || !has_schema {
            problems.push(format!("tool {tool}"));
        }
    }
}
