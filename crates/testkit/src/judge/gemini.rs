//! Gemini generateContent.

use serde_json::{Map, Value};

use super::{foreign, is_name, list, number_in, positive};

const DATA: [&str; 8] = [
    "text",
    "inlineData",
    "inline_data",
    "fileData",
    "file_data",
    "functionCall",
    "functionResponse",
    "executableCode",
];

pub(super) fn judge(body: &Map<String, Value>, problems: &mut Vec<String>) {
    foreign(
        body,
        &[
            "messages",
            "stream",
            "stream_options",
            "max_tokens",
            "max_completion_tokens",
            "temperature",
            "system",
            "tool_choice",
            "n",
            "stop",
        ],
        problems,
    );
    let member = |camel: &str, snake: &str| body.get(camel).or_else(|| body.get(snake));
    if let Some(system) = member("systemInstruction", "system_instruction") {
        parts(&system["parts"], "systemInstruction", problems);
    }
    if let Some(config) = member("generationConfig", "generation_config").and_then(Value::as_object) {
        positive(config, "maxOutputTokens", problems);
        positive(config, "candidateCount", problems);
        number_in(config, "temperature", 0.0..=2.0, problems);
        number_in(config, "topP", 0.0..=1.0, problems);
    }
    for tool in body.get("tools").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default() {
        let functions = tool.get("functionDeclarations").or_else(|| tool.get("function_declarations"));
        for function in functions.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default() {
            if !is_name(&function["name"]) {
                problems.push(format!("function {function}"));
            }
        }
    }

    let contents = list(body, "contents", problems);
    let mut calls = 0;
    for (index, content) in contents.iter().enumerate() {
        let at = format!("contents[{index}]");
        match content["role"].as_str() {
            Some("user" | "model" | "function") => {}
            None if content.get("role").is_none() && contents.len() == 1 => {}
            other => problems.push(format!("{at}: role {other:?}")),
        }
        parts(&content["parts"], &at, problems);
        let count = |name: &str| {
            content["parts"].as_array().map_or(0, |parts| parts.iter().filter(|part| part.get(name).is_some()).count())
        };
        if count("functionResponse") != calls {
            problems.push(format!("{at}: {} function responses to {calls} calls", count("functionResponse")));
        }
        calls = count("functionCall");
    }
    if contents.first().is_some_and(|content| content["role"] == "model") {
        problems.push("the first content is the model's".to_owned());
    }
}

fn parts(parts: &Value, at: &str, problems: &mut Vec<String>) {
    let Some(parts) = parts.as_array().filter(|parts| !parts.is_empty()) else {
        problems.push(format!("{at}: no parts"));
        return;
    };
    for part in parts {
        let kinds: Vec<&str> = DATA.into_iter().filter(|name| part.get(*name).is_some()).collect();
        let is_right = match kinds.as_slice() {
            ["text"] => part["text"].is_string(),
            ["inlineData"] => part["inlineData"]["mimeType"].is_string() && part["inlineData"]["data"].is_string(),
            ["functionCall"] => {
                is_name(&part["functionCall"]["name"])
                    && (part["functionCall"]["args"].is_object() || part["functionCall"].get("args").is_none())
            }
            ["functionResponse"] => {
                is_name(&part["functionResponse"]["name"]) && part["functionResponse"]["response"].is_object()
            }
            [_] => true,
            _ => false,
        };
        if !is_right {
            problems.push(format!("{at}: part {part}"));
        }
    }
}
