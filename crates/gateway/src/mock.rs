//! The provider that is always there: slug `mock`, models `large small flaky slow`. No key, no network, the same answer
//! for the same input, tokens counted like a real one. It speaks OpenAI Chat, so that everything behind it (metering,
//! translation, money) is what real providers go through.

use std::{
    collections::VecDeque,
    future::Future,
    pin::Pin,
    sync::atomic::{AtomicU64, Ordering},
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http_body::{Body, Frame};
use serde_json::{Value, json};
use tokio::time::Sleep;
use waypost_types::{Fault, FaultClass};

/// Model names, for lists and suggestions.
pub const MODELS: [&str; 4] = ["large", "small", "flaky", "slow"];

/// Which calls of `mock/flaky` fail: this pattern, over and over.
const FLAKY_PATTERN: [bool; 8] = [true, false, false, true, true, false, true, false];

/// An answer that comes piece by piece.
pub struct MockAnswer {
    pieces: VecDeque<Bytes>,
    before_first: Duration,
    between: Duration,
    timer: Option<Pin<Box<Sleep>>>,
    is_first: bool,
}

struct Character {
    words: usize,
    before_first: Duration,
    between: Duration,
}

fn character(model: &str) -> Option<Character> {
    let character = |words, first_ms, between_ms| Character {
        words,
        before_first: Duration::from_millis(first_ms),
        between: Duration::from_millis(between_ms),
    };
    match model {
        "large" => Some(character(120, 250, 12)),
        "small" | "flaky" => Some(character(24, 20, 4)),
        "slow" => Some(character(24, 8_000, 4)),
        _ => None,
    }
}

/// Answers a chat completion.
///
/// # Errors
/// `Status(404)` for a model that does not exist, `Status(503)` for the calls that `mock/flaky` fails.
pub fn answer(
    model: &str,
    body: &[u8],
    input_tokens: u64,
    stream: bool,
    flaky_calls: &AtomicU64,
) -> Result<MockAnswer, Fault> {
    let Some(character) = character(model) else {
        let words = format!("The mock provider has no model \"{model}\". It has: {}.", MODELS.join(", "));
        return Err(Fault::new(FaultClass::Status(404), words));
    };
    if model == "flaky" {
        let call = flaky_calls.fetch_add(1, Ordering::Relaxed) as usize % FLAKY_PATTERN.len();
        if FLAKY_PATTERN.get(call) == Some(&true) {
            return Err(Fault::new(FaultClass::Status(503), "mock/flaky fails about half of its calls on purpose"));
        }
    }
    let request: Value = serde_json::from_slice(body).unwrap_or(Value::Null);
    let reply = Reply::compose(model, &request, character.words, input_tokens);
    let pieces = if stream { reply.events(&request) } else { VecDeque::from([reply.whole()]) };
    Ok(MockAnswer {
        pieces,
        before_first: character.before_first,
        between: character.between,
        timer: None,
        is_first: true,
    })
}

struct Reply<'a> {
    model: &'a str,
    words: Vec<String>,
    finish_reason: &'static str,
    prompt_tokens: u64,
    completion_tokens: u64,
}

impl<'a> Reply<'a> {
    fn compose(model: &'a str, request: &Value, word_count: usize, prompt_tokens: u64) -> Self {
        let text = text_for(model, request, word_count);
        let cap = ["max_completion_tokens", "max_tokens"].iter().find_map(|name| request.get(name)?.as_u64());
        let budget_bytes =
            cap.map_or(usize::MAX, |tokens| usize::try_from(tokens.saturating_mul(4)).unwrap_or(usize::MAX));
        let (mut words, mut bytes, mut finish_reason) = (Vec::new(), 0, "stop");
        for word in text.split_inclusive(' ') {
            if bytes + word.len() > budget_bytes {
                finish_reason = "length";
                break;
            }
            bytes += word.len();
            words.push(word.to_owned());
        }
        let completion_tokens = if finish_reason == "length" { cap.unwrap_or(0) } else { bytes.div_ceil(4) as u64 };
        Self { model, words, finish_reason, prompt_tokens, completion_tokens }
    }

    fn usage(&self) -> Value {
        json!({"prompt_tokens": self.prompt_tokens, "completion_tokens": self.completion_tokens,
               "total_tokens": self.prompt_tokens + self.completion_tokens})
    }

    fn whole(&self) -> Bytes {
        let message = json!({"role": "assistant", "content": self.words.concat()});
        let body = json!({
            "id": "chatcmpl-mock", "object": "chat.completion", "created": 0, "model": self.model,
            "choices": [{"index": 0, "message": message, "finish_reason": self.finish_reason}],
            "usage": self.usage(),
        });
        Bytes::from(body.to_string())
    }

    fn events(&self, request: &Value) -> VecDeque<Bytes> {
        let chunk = |choices: Value, usage: Option<Value>| {
            let mut chunk = json!({"id": "chatcmpl-mock", "object": "chat.completion.chunk", "created": 0, "model": self.model, "choices": choices});
            if let (Some(usage), Some(chunk)) = (usage, chunk.as_object_mut()) {
                chunk.insert("usage".to_owned(), usage);
            }
            Bytes::from(format!("data: {chunk}\n\n"))
        };
        let delta =
            |delta: Value, finish: Value| chunk(json!([{"index": 0, "delta": delta, "finish_reason": finish}]), None);
        let mut events = VecDeque::with_capacity(self.words.len() + 4);
        events.push_back(delta(json!({"role": "assistant", "content": ""}), Value::Null));
        events.extend(self.words.iter().map(|word| delta(json!({"content": word}), Value::Null)));
        events.push_back(delta(json!({}), json!(self.finish_reason)));
        if request.pointer("/stream_options/include_usage") == Some(&Value::Bool(true)) {
            events.push_back(chunk(json!([]), Some(self.usage())));
        }
        events.push_back(Bytes::from_static(b"data: [DONE]\n\n"));
        events
    }
}

/// What it says: which model it is, what it was asked, and filler up to its length.
fn text_for(model: &str, request: &Value, word_count: usize) -> String {
    let asked = last_user_text(request);
    let asked: String = asked.chars().take(80).collect();
    let kind = request.pointer("/response_format/type").and_then(Value::as_str);
    if matches!(kind, Some("json_object" | "json_schema")) {
        return json!({"model": format!("mock/{model}"), "asked": asked}).to_string();
    }
    let opening = format!("This is mock/{model}, the built-in simulated model. You asked: \"{asked}\".");
    let filler = "A real model would answer here; this one repeats itself so that routing, limits, costs and logs can be tried \
                  without a key and without a network.";
    let mut words: Vec<&str> = opening.split(' ').collect();
    while words.len() < word_count {
        words.extend(filler.split_whitespace().take(word_count - words.len()));
    }
    words.join(" ")
}

fn last_user_text(request: &Value) -> String {
    let messages = request.get("messages").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let last = messages.iter().rev().find(|message| message.get("role").and_then(Value::as_str) == Some("user"));
    match last.and_then(|message| message.get("content")) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(parts)) => {
            parts.iter().filter_map(|part| part.get("text")?.as_str()).collect::<Vec<_>>().join(" ")
        }
        _ => String::new(),
    }
}

impl Body for MockAnswer {
    type Data = Bytes;
    type Error = Fault;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Fault>>> {
        let this = self.get_mut();
        if this.pieces.is_empty() {
            return Poll::Ready(None);
        }
        let delay = if this.is_first { this.before_first } else { this.between };
        let timer = this.timer.get_or_insert_with(|| Box::pin(tokio::time::sleep(delay)));
        if timer.as_mut().poll(cx).is_pending() {
            return Poll::Pending;
        }
        this.timer = None;
        this.is_first = false;
        Poll::Ready(this.pieces.pop_front().map(|piece| Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.pieces.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt;

    use super::*;

    async fn ask(model: &str, request: Value, stream: bool) -> String {
        let calls = AtomicU64::new(1);
        let answer = answer(model, request.to_string().as_bytes(), 12, stream, &calls).unwrap();
        String::from_utf8(answer.collect().await.unwrap().to_bytes().to_vec()).unwrap()
    }

    fn hello() -> Value {
        json!({"messages": [{"role": "user", "content": "Hello"}]})
    }

    #[tokio::test(start_paused = true)]
    async fn the_same_input_gets_the_same_answer_and_the_model_says_its_name() {
        let first = ask("large", hello(), false).await;
        assert_eq!(first, ask("large", hello(), false).await);
        let reply: Value = serde_json::from_str(&first).unwrap();
        let text = reply["choices"][0]["message"]["content"].as_str().unwrap();
        assert!(text.starts_with("This is mock/large"), "{text}");
        assert_eq!(reply["usage"]["completion_tokens"], json!(text.len().div_ceil(4)));
        assert_eq!(reply["usage"]["prompt_tokens"], json!(12));
    }

    #[tokio::test(start_paused = true)]
    async fn streams_carry_the_whole_text_and_usage_only_when_asked() {
        let mut request = hello();
        let plain = ask("small", request.clone(), true).await;
        assert!(plain.ends_with("data: [DONE]\n\n") && !plain.contains("usage"));
        request["stream_options"] = json!({"include_usage": true});
        assert_eq!(ask("small", request, true).await.matches("\"usage\"").count(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn max_tokens_cuts_the_answer() {
        let mut request = hello();
        request["max_tokens"] = json!(3);
        let reply: Value = serde_json::from_str(&ask("small", request, false).await).unwrap();
        assert_eq!(reply["choices"][0]["finish_reason"], "length");
        assert_eq!(reply["usage"]["completion_tokens"], 3);
    }

    #[test]
    fn flaky_fails_by_a_fixed_pattern_and_unknown_models_are_named() {
        let calls = AtomicU64::new(0);
        let fails: Vec<bool> = (0..8).map(|_| answer("flaky", b"{}", 0, false, &calls).is_err()).collect();
        assert_eq!(fails, FLAKY_PATTERN);
        let fault = answer("huge", b"{}", 0, false, &calls).err().unwrap();
        assert_eq!(fault.class, FaultClass::Status(404));
        assert!(fault.detail.contains("large, small"));
    }
}
