//! Would the vendor have taken this request? Each problem is one sentence.
//!
//! Source: the API references of OpenAI (chat completions), Anthropic (messages), Google (generateContent) and Cloudflare
//! (Workers AI text generation), checked 2026-11-21.

use serde_json::{Map, Value};
use waypost_types::WireFormat;

use crate::request::Received;

mod anthropic;
mod gemini;
mod openai;
mod workers_ai;

/// What the judge knows about itself.
#[derive(Clone, Debug)]
pub struct Bench {
    /// Values of `Host` that mean this server.
    pub hosts: Vec<String>,
}

/// Everything that is wrong with a request.
pub fn judge(received: &Received, bench: &Bench) -> Vec<String> {
    let mut problems = Vec::new();
    headers(received, bench, &mut problems);
    let Some(format) = received.format else { return problems };
    credential(received, format, &mut problems);
    let Some(body) = received.json.as_ref().and_then(Value::as_object) else {
        problems.push("the body is not a JSON object".to_owned());
        return problems;
    };
    match format {
        WireFormat::OpenaiChat => openai::judge(body, &mut problems),
        WireFormat::AnthropicMessages => {
            // Official clients of October 2026 and later name the newer version.
            if !matches!(received.header("anthropic-version"), Some("2023-06-01" | "2026-10-21")) {
                problems.push("anthropic-version is not one that exists".to_owned());
            }
            anthropic::judge(body, &mut problems);
        }
        WireFormat::GeminiGenerateContent => gemini::judge(body, &mut problems),
        WireFormat::WorkersAi => workers_ai::judge(body, &mut problems),
    }
    problems
}

fn headers(received: &Received, bench: &Bench, problems: &mut Vec<String>) {
    for (name, _) in &received.headers {
        let is_ours = name.starts_with("cf-") || name.starts_with("waypost-") || name.starts_with("x-forwarded");
        let is_hop = matches!(
            name.as_str(),
            "connection" | "keep-alive" | "proxy-authorization" | "proxy-connection" | "te" | "trailer" | "upgrade"
        );
        if is_ours || is_hop || matches!(name.as_str(), "cookie" | "forwarded" | "x-real-ip" | "true-client-ip") {
            problems.push(format!("header {name} must not reach a provider"));
        }
        let count = received.headers.iter().filter(|(other, _)| other == name).count();
        let is_single =
            matches!(name.as_str(), "host" | "content-length" | "content-type" | "authorization" | "transfer-encoding");
        if is_single && count > 1 {
            problems.push(format!("header {name} appears {count} times"));
        }
    }
    match received.header("host") {
        Some(host) if bench.hosts.iter().any(|known| known == host) => {}
        host => problems.push(format!("host is {host:?}")),
    }
    let is_json = received.header("content-type").is_some_and(|value| value.starts_with("application/json"));
    if received.format.is_some() && !is_json {
        problems.push("content-type is not application/json".to_owned());
    }
}

fn credential(received: &Received, format: WireFormat, problems: &mut Vec<String>) {
    let [(header, value)] = received.credentials.as_slice() else {
        let names: Vec<_> = received.credentials.iter().map(|(name, _)| name.as_str()).collect();
        problems.push(format!("exactly one credential is expected, got {names:?}"));
        return;
    };
    let is_bearer = header == "authorization" && value.starts_with("Bearer ") && value.len() > "Bearer ".len();
    let is_right = is_bearer
        || match format {
            WireFormat::OpenaiChat => header == "api-key",
            WireFormat::AnthropicMessages => header == "x-api-key",
            WireFormat::GeminiGenerateContent => header == "x-goog-api-key" || header == "key",
            WireFormat::WorkersAi => false,
        };
    if !is_right {
        problems.push(format!("{header} does not carry a key for this API"));
    }
}

// === what the formats share ===

/// Members that belong to another format: a sign of an incomplete translation.
fn foreign(body: &Map<String, Value>, names: &[&str], problems: &mut Vec<String>) {
    for name in names.iter().filter(|name| body.contains_key(**name)) {
        problems.push(format!("member {name} belongs to another format"));
    }
}

fn number_in(body: &Map<String, Value>, name: &str, range: std::ops::RangeInclusive<f64>, problems: &mut Vec<String>) {
    if let Some(value) = body.get(name).filter(|value| !value.is_null())
        && !value.as_f64().is_some_and(|number| range.contains(&number))
    {
        problems.push(format!("{name} is {value}"));
    }
}

fn positive(body: &Map<String, Value>, name: &str, problems: &mut Vec<String>) {
    if let Some(value) = body.get(name).filter(|value| !value.is_null())
        && value.as_u64().is_none_or(|number| number == 0)
    {
        problems.push(format!("{name} is {value}"));
    }
}

fn boolean(body: &Map<String, Value>, name: &str, problems: &mut Vec<String>) {
    if body.get(name).is_some_and(|value| !value.is_boolean() && !value.is_null()) {
        problems.push(format!("{name} is not true or false"));
    }
}

fn list<'a>(body: &'a Map<String, Value>, name: &str, problems: &mut Vec<String>) -> &'a [Value] {
    match body.get(name).and_then(Value::as_array) {
        Some(items) if !items.is_empty() => items,
        _ => {
            problems.push(format!("{name} is not a list with items"));
            &[]
        }
    }
}

fn is_text(value: &Value) -> bool {
    value.as_str().is_some_and(|text| !text.is_empty())
}

/// A function name that vendors take.
fn is_name(value: &Value) -> bool {
    value.as_str().is_some_and(|name| {
        (1..=64).contains(&name.len())
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
    })
}

#[cfg(test)]
mod tests;
