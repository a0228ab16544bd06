//! Server-sent events as text.

use serde_json::Value;

/// One event: `event:` where it has a name, its data, and an empty line.
pub fn event(name: Option<&str>, data: &str) -> String {
    let name = name.map(|name| format!("event: {name}\n")).unwrap_or_default();
    let data: String = data.split('\n').map(|line| format!("data: {line}\n")).collect();
    format!("{name}{data}\n")
}

/// An event without a name whose data is JSON.
pub fn data(value: &Value) -> String {
    event(None, &value.to_string())
}

/// An event named like the `type` of its data, as Anthropic and OpenAI Responses send them.
pub fn typed(value: &Value) -> String {
    event(value["type"].as_str(), &value.to_string())
}

/// A comment line, which clients ignore.
pub fn comment(text: &str) -> String {
    format!(": {text}\n\n")
}

/// The end of an OpenAI stream.
pub const DONE: &str = "data: [DONE]\n\n";

/// The payloads of a stream's `data` lines, in order: for tests that read what came out.
pub fn payloads(stream: &str) -> Vec<String> {
    let lines = stream.replace("\r\n", "\n").replace('\r', "\n");
    let mut payloads = Vec::new();
    for block in lines.split("\n\n") {
        let data: Vec<&str> = block
            .lines()
            .filter_map(|line| line.strip_prefix("data:"))
            .map(|data| data.strip_prefix(' ').unwrap_or(data))
            .collect();
        if !data.is_empty() {
            payloads.push(data.join("\n"));
        }
    }
    payloads
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_read_back() {
        let stream = format!("{}{}{DONE}", typed(&serde_json::json!({"type": "a"})), comment("hi"));
        assert_eq!(stream, "event: a\ndata: {\"type\":\"a\"}\n\n: hi\n\ndata: [DONE]\n\n");
        assert_eq!(payloads(&stream), ["{\"type\":\"a\"}", "[DONE]"]);
    }
}
