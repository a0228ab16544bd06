//! Signatures survive a tool loop through every other format, carried as that format's clients carry them.

use serde_json::{Map, Value, json};
use waypost_types::WireFormat;
use waypost_wire::formats::{carries_foreign_thoughts, decode_reply, decode_request, encode_reply, encode_request};

use crate::support::{Case, data_lines, events, identity, stream};

const CLAUDE: &str = "claude-sonnet-4-5";
const GEMINI: &str = "gemini-3-pro-preview";

fn fixture(format: WireFormat, case: &str, file: &str) -> Vec<u8> {
    Case::all(format).into_iter().find(|known| known.name == case).unwrap().read(file).unwrap()
}

fn value(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).unwrap()
}

// === clients ===

/// The model's turn as a client keeps it, out of an answer.
fn kept_of_reply(caller: WireFormat, body: &Value) -> Value {
    match caller {
        WireFormat::OpenaiChat => body["choices"][0]["message"].clone(),
        WireFormat::AnthropicMessages => json!({"role": "assistant", "content": body["content"]}),
        WireFormat::GeminiGenerateContent => body["candidates"][0]["content"].clone(),
        WireFormat::WorkersAi => workers_message(&body["result"]),
    }
}

fn workers_message(result: &Value) -> Value {
    let mut message = json!({"role": "assistant", "content": result["response"]});
    for key in ["tool_calls", "reasoning_content", "reasoning_details", "extra_content"] {
        if let Some(value) = result.get(key).filter(|value| **value != json!([])) {
            message[key] = value.clone();
        }
    }
    message
}

/// The same out of a stream.
fn kept_of_stream(caller: WireFormat, text: &str) -> Value {
    let data = data_lines(text).into_iter().filter(|data| *data != "[DONE]").map(|data| value(data.as_bytes()));
    match caller {
        WireFormat::OpenaiChat => openai_message(data),
        WireFormat::AnthropicMessages => json!({"role": "assistant", "content": anthropic_blocks(data)}),
        WireFormat::GeminiGenerateContent => {
            let parts = data.flat_map(|answer| answer["candidates"][0]["content"]["parts"].as_array().unwrap().clone());
            json!({"role": "model", "parts": parts.collect::<Vec<_>>()})
        }
        WireFormat::WorkersAi => {
            let mut last = Value::Null;
            let mut said = String::new();
            for event in data {
                said.push_str(event["response"].as_str().unwrap());
                last = event;
            }
            last["response"] = said.into();
            workers_message(&last)
        }
    }
}

fn openai_message(chunks: impl Iterator<Item = Value>) -> Value {
    let mut message = Map::new();
    for mut chunk in chunks {
        if let Some(delta) = chunk["choices"].get_mut(0).and_then(|choice| choice["delta"].as_object_mut()) {
            accumulate(&mut message, std::mem::take(delta));
        }
    }
    Value::Object(message)
}

/// How `openai-python` joins deltas (`lib/streaming/_deltas.py`): texts are appended, objects merged, entries of lists
/// merged by their `index`, which like `type` is replaced.
fn accumulate(known: &mut Map<String, Value>, delta: Map<String, Value>) {
    for (key, new) in delta {
        match (known.get_mut(&key), new) {
            (None | Some(Value::Null), new) => {
                known.insert(key, new);
            }
            (Some(old), new) if key == "index" || key == "type" => *old = new,
            (Some(Value::String(old)), Value::String(new)) => old.push_str(&new),
            (Some(Value::Object(old)), Value::Object(new)) => accumulate(old, new),
            (Some(Value::Array(old)), Value::Array(new)) => {
                for entry in new {
                    match old.iter_mut().find(|known| known["index"] == entry["index"]) {
                        Some(Value::Object(known)) => accumulate(known, entry.as_object().unwrap().clone()),
                        _ => old.push(entry),
                    }
                }
            }
            _ => {}
        }
    }
}

/// How `anthropic-sdk-python` joins events (`lib/streaming/_messages.py`).
fn anthropic_blocks(events: impl Iterator<Item = Value>) -> Vec<Value> {
    let mut blocks: Vec<Value> = Vec::new();
    let mut partial = String::new();
    for event in events {
        match event["type"].as_str().unwrap() {
            "content_block_start" => {
                blocks.push(event["content_block"].clone());
                partial.clear();
            }
            "content_block_delta" => {
                let block = blocks.last_mut().unwrap();
                let delta = &event["delta"];
                let append = |old: &Value, new: &Value| format!("{}{}", old.as_str().unwrap(), new.as_str().unwrap());
                match delta["type"].as_str().unwrap() {
                    "text_delta" => block["text"] = append(&block["text"], &delta["text"]).into(),
                    "thinking_delta" => block["thinking"] = append(&block["thinking"], &delta["thinking"]).into(),
                    "signature_delta" => block["signature"] = delta["signature"].clone(),
                    "input_json_delta" => {
                        partial.push_str(delta["partial_json"].as_str().unwrap());
                        block["input"] = serde_json::from_str(&partial).unwrap_or(json!({}));
                    }
                    other => panic!("{other}"),
                }
            }
            _ => {}
        }
    }
    blocks
}

/// The next request of the client: the kept turn, and a result for every call in it.
fn next_request(caller: WireFormat, kept: &Value) -> Vec<u8> {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let body = match caller {
        WireFormat::OpenaiChat | WireFormat::WorkersAi => {
            let results = list(&kept["tool_calls"]);
            let results =
                results.iter().map(|call| json!({"role": "tool", "tool_call_id": call["id"], "content": "15"}));
            let mut messages = vec![json!({"role": "user", "content": "Weather?"}), kept.clone()];
            messages.extend(results);
            json!({"model": "m", "messages": messages})
        }
        WireFormat::AnthropicMessages => {
            let calls = list(&kept["content"]).into_iter().filter(|block| block["type"] == "tool_use");
            let result = |call: Value| json!({"type": "tool_result", "tool_use_id": call["id"], "content": "15"});
            let mut messages = vec![json!({"role": "user", "content": "Weather?"}), kept.clone()];
            messages.push(json!({"role": "user", "content": calls.map(result).collect::<Vec<_>>()}));
            json!({"model": "m", "max_tokens": 99, "messages": messages})
        }
        WireFormat::GeminiGenerateContent => {
            let calls = list(&kept["parts"]).into_iter().filter_map(|part| part.get("functionCall").cloned());
            let result = |call: Value| json!({"functionResponse": {"id": call["id"], "name": call["name"], "response": {"output": "15"}}});
            let asked = json!({"role": "user", "parts": [{"text": "Weather?"}]});
            let answered = json!({"role": "user", "parts": calls.map(result).collect::<Vec<_>>()});
            json!({"contents": [asked, kept, answered]})
        }
    };
    serde_json::to_vec(&body).unwrap()
}

// === loops ===

/// The provider's answer through the caller's format and back, as an answer and as a stream; hands out the provider's
/// next request.
fn around(provider: WireFormat, case: &str, model: &str, check: impl Fn(WireFormat, &str, Value)) {
    for caller in WireFormat::ALL.into_iter().filter(|caller| *caller != provider) {
        let reply = decode_reply(provider, &fixture(provider, case, "reply.json")).unwrap();
        let (body, losses) = encode_reply(caller, &reply, &identity());
        assert!(losses.is_empty(), "{losses:?}");
        let kept_of_reply = kept_of_reply(caller, &value(&body));

        let happened = events(provider, &fixture(provider, case, "stream.sse")).unwrap();
        let (text, losses) = stream(caller, &happened);
        assert!(losses.is_empty(), "{losses:?}");
        let kept_of_stream = kept_of_stream(caller, &text);

        for (way, kept) in [("answer", kept_of_reply), ("stream", kept_of_stream)] {
            let prompt = decode_request(caller, &next_request(caller, &kept)).unwrap();
            let (next, _) = encode_request(provider, &prompt, model, false);
            check(caller, way, value(&next));
        }
    }
}

#[test]
fn anthropics_thoughts_come_back_unchanged_through_every_format() {
    let signature = "EqQBCgIYAhIM1gbcDa9GJwZA2b3hGgxBdjrkzLoky3dl1pk=";
    let thinking = json!({"type": "thinking", "thinking": "The user wants Paris.", "signature": signature});
    let redacted = json!({"type": "redacted_thinking", "data": "EmwKAhgBEgy3va3pzix/LafPsn4aDFIT2Xlxh0L5L8rLVyIw"});
    let text = json!({"type": "text", "text": "Let me look."});
    let call = json!({"type": "tool_use", "id": "toolu_01", "name": "get_weather", "input": {"location": "Paris"}});
    let result = json!({"type": "tool_result", "tool_use_id": "toolu_01", "content": "15"});
    around(WireFormat::AnthropicMessages, "reasoning", CLAUDE, |caller, way, next| {
        let content = match way {
            "answer" => json!([thinking, redacted, text, call]),
            _ => json!([thinking, redacted, call]),
        };
        let expected = json!([
            {"role": "user", "content": "Weather?"},
            {"role": "assistant", "content": content},
            {"role": "user", "content": [result]},
        ]);
        assert_eq!(next["messages"], expected, "{caller:?}, {way}");
    });
}

#[test]
fn geminis_signature_comes_back_on_the_first_of_parallel_calls_through_every_format() {
    let signature = "Cs8CAdHtim9xYWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXo=";
    let name = "get_current_temperature";
    let answered = json!({"functionResponse": {"name": name, "response": {"output": "15"}}});
    let expected = json!([
        {"role": "user", "parts": [{"text": "Weather?"}]},
        {"role": "model", "parts": [
            {"functionCall": {"name": name, "args": {"location": "Paris"}}, "thoughtSignature": signature},
            {"functionCall": {"name": name, "args": {"location": "London"}}},
        ]},
        {"role": "user", "parts": [answered, answered]},
    ]);
    around(WireFormat::GeminiGenerateContent, "parallel_tools", GEMINI, |caller, way, next| {
        assert_eq!(next["contents"], expected, "{caller:?}, {way}");
    });
}

#[test]
fn geminis_signature_comes_back_on_text_through_every_format() {
    let signature = "Cs8CAdHtim9xYWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXo=";
    around(WireFormat::GeminiGenerateContent, "reasoning", GEMINI, |caller, way, next| {
        let expected = json!([{"text": "It is 15 °C.", "thoughtSignature": signature}]);
        assert_eq!(next["contents"][1]["parts"], expected, "{caller:?}, {way}");
    });
}

#[test]
fn thoughts_of_one_provider_are_not_shown_to_another() {
    for caller in WireFormat::ALL {
        for (from, case) in
            [(WireFormat::GeminiGenerateContent, "parallel_tools"), (WireFormat::AnthropicMessages, "reasoning")]
        {
            let reply = decode_reply(from, &fixture(from, case, "reply.json")).unwrap();
            let (body, _) = encode_reply(caller, &reply, &identity());
            let body = next_request(caller, &kept_of_reply(caller, &value(&body)));
            let prompt = decode_request(caller, &body).unwrap();
            let models = ["gpt-4o-mini", CLAUDE, GEMINI, "@cf/meta/llama-3.3-70b-instruct-fp8-fast"];
            for (provider, model) in WireFormat::ALL.into_iter().zip(models).filter(|(provider, _)| *provider != from) {
                let (next, losses) = encode_request(provider, &prompt, model, false);
                let next = String::from_utf8(next).unwrap();
                for secret in ["waypost", "d2F5cG9zdD", "Cs8CAdHtim9x", "EqQBCgIYAh", "EmwKAhgBEgy3", "wants Paris"] {
                    assert!(!next.contains(secret), "{from:?} → {caller:?} → {provider:?}: {next}");
                }
                assert!(!losses.is_empty());
                if provider == caller {
                    assert!(carries_foreign_thoughts(caller, &body, model), "{from:?} → {caller:?}");
                }
            }
        }
    }
}

#[test]
fn bodies_without_foreign_thoughts_pass_as_they_are() {
    for format in WireFormat::ALL {
        for case in Case::all(format).into_iter().filter(|case| case.name != "reasoning") {
            let Some(body) = case.read("request.json") else { continue };
            assert!(!carries_foreign_thoughts(format, &body, "gpt-4o-mini"), "{}", case.name);
        }
    }
    let own = fixture(WireFormat::AnthropicMessages, "reasoning", "request.json");
    assert!(!carries_foreign_thoughts(WireFormat::AnthropicMessages, &own, CLAUDE));
    let routed = fixture(WireFormat::OpenaiChat, "reasoning", "request.json");
    assert!(carries_foreign_thoughts(WireFormat::OpenaiChat, &routed, "gpt-4o-mini"));
}
