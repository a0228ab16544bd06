//! Streams in OpenAI's grammar: chunks with deltas, `[DONE]` at the end.

use std::collections::BTreeMap;

use waypost_types::{Usage, WireFormat};

use super::{
    response::response_id,
    thoughts::{reasoning_detail, reasoning_from, redacted_detail},
    types::{content_from, extra_content, finish_from, finish_to, thought_signature_from, usage_from, usage_to},
};
use crate::{
    event::ReplyEvent,
    formats::{
        DecodeError, Losses,
        event_writer::write_event,
        fields::Fields,
        stream_error,
        streams::{ReadStream, WriteStream},
        tree::{Json, object},
    },
    prompt::{Part, PartBody, Signature},
    reply::{Finish, ReplyIdentity},
};

/// Reads chunks.
#[derive(Default)]
pub(crate) struct Decoder {
    has_started: bool,
    calls: Vec<OpenCall>,
    losses: Losses,
}

/// A call whose arguments are arriving.
struct OpenCall {
    choice: u32,
    /// The provider's number.
    index: u64,
    id: String,
    /// Our number.
    call: u32,
}

/// Writes chunks.
pub(crate) struct Encoder {
    identity: ReplyIdentity,
    include_usage: bool,
    opened: Vec<u32>,
    /// By answer.
    thoughts: BTreeMap<u32, OpenThought>,
    finishes: BTreeMap<u32, Finish>,
    usage: Option<Usage>,
    losses: Losses,
}

/// The entry of `reasoning_details` that is being written.
#[derive(Default)]
struct OpenThought {
    index: u32,
    text: String,
}

// === impl Decoder ===

impl ReadStream for Decoder {
    fn event(&mut self, _name: &str, data: Json, out: &mut Vec<ReplyEvent>) -> Result<(), DecodeError> {
        if data.get("error").is_some_and(|error| !error.is_null()) {
            self.error(&data, out);
            return Ok(());
        }
        self.chunk(Fields::of(data, "")?, out)
    }

    fn losses(&mut self) -> &mut Losses {
        &mut self.losses
    }
}

impl Decoder {
    fn error(&mut self, data: &Json, out: &mut Vec<ReplyEvent>) {
        let kind = data.at(&["error", "type"]).and_then(Json::as_str).unwrap_or_default().to_owned();
        let message = super::error::message(data).unwrap_or("the provider reported an error").to_owned();
        out.push(ReplyEvent::Error { kind, message });
    }

    pub(crate) fn chunk(&mut self, mut chunk: Fields, out: &mut Vec<ReplyEvent>) -> Result<(), DecodeError> {
        if !self.has_started {
            self.has_started = true;
            out.push(ReplyEvent::Start { model: chunk.text("model")? });
        }
        for (item, path) in chunk.items("choices")? {
            self.choice(Fields::of(item, path)?, out)?;
        }
        let usage = chunk.take("usage").as_ref().and_then(usage_from);
        // Groq puts it under its own name.
        let usage = usage.or_else(|| usage_from(chunk.take("x_groq")?.get("usage")?));
        out.extend(usage.map(ReplyEvent::Usage));
        Ok(())
    }

    fn choice(&mut self, mut fields: Fields, out: &mut Vec<ReplyEvent>) -> Result<(), DecodeError> {
        let choice = fields.count("index")?.and_then(|index| u32::try_from(index).ok()).unwrap_or(0);
        if let Some(delta) = fields.object("delta")? {
            self.delta(choice, delta, out)?;
        }
        if fields.take("logprobs").is_some() {
            self.losses.left_out("logprobs");
        }
        if let Some(word) = fields.text("finish_reason")?.filter(|word| !word.is_empty()) {
            self.finish(choice, finish_from(&word), out);
        }
        Ok(())
    }

    fn finish(&mut self, choice: u32, reason: Finish, out: &mut Vec<ReplyEvent>) {
        let has_calls = self.calls.iter().any(|call| call.choice == choice);
        let reason = if has_calls && reason == Finish::Stop { Finish::ToolCalls } else { reason };
        out.push(ReplyEvent::Finish { choice, reason, stop_sequence: None });
    }

    fn delta(&mut self, choice: u32, mut delta: Fields, out: &mut Vec<ReplyEvent>) -> Result<(), DecodeError> {
        for thought in reasoning_from(&mut delta)? {
            self.thought(choice, thought, out);
        }
        let content = delta.take("content");
        for part in content_from(content, &delta.at("content"))? {
            self.said(choice, part.body, out);
        }
        if let Some(signature) = thought_signature_from(&mut delta) {
            out.push(ReplyEvent::TextSignature { choice, signature });
        }
        if let Some(text) = delta.text("refusal")?.filter(|text| !text.is_empty()) {
            out.push(ReplyEvent::Refusal { choice, text });
        }
        for (item, path) in delta.items("tool_calls")? {
            self.tool_call(choice, Fields::of(item, path)?, out)?;
        }
        Ok(())
    }

    /// Text, or a list of parts (Mistral).
    fn said(&mut self, choice: u32, body: PartBody, out: &mut Vec<ReplyEvent>) {
        match body {
            PartBody::Text(text) if !text.is_empty() => out.push(ReplyEvent::Text { choice, text }),
            PartBody::Refusal(text) => out.push(ReplyEvent::Refusal { choice, text }),
            PartBody::Foreign { kind, .. } => self.losses.left_out(&kind),
            _ => {}
        }
    }

    fn thought(&mut self, choice: u32, thought: Part, out: &mut Vec<ReplyEvent>) {
        match (thought.body, thought.signature) {
            (PartBody::Redacted, Some(signature)) => out.push(ReplyEvent::Redacted { choice, signature }),
            (PartBody::Reasoning(text), signature) => {
                if !text.is_empty() {
                    out.push(ReplyEvent::Reasoning { choice, text });
                }
                out.extend(signature.map(|signature| ReplyEvent::ReasoningSignature { choice, signature }));
            }
            _ => {}
        }
    }

    fn tool_call(&mut self, choice: u32, mut fields: Fields, out: &mut Vec<ReplyEvent>) -> Result<(), DecodeError> {
        let index = fields.count("index")?;
        let id = fields.text("id")?.unwrap_or_default();
        let signature = thought_signature_from(&mut fields);
        let mut function = fields.object("function")?;
        let name = function.as_mut().map(|function| function.text("name")).transpose()?.flatten().unwrap_or_default();
        let json = match function.as_mut().and_then(|function| function.take("arguments")) {
            Some(Json::Text(text)) => text,
            Some(other) => other.to_text(),
            None => String::new(),
        };
        let call = match self.known_call(choice, index, &id) {
            Some(call) => call,
            None => {
                let call = self.open_call(choice, index, &id);
                out.push(ReplyEvent::ToolCallStart { choice, call, id, name, signature });
                call
            }
        };
        if !json.is_empty() {
            out.push(ReplyEvent::ToolCallArguments { choice, call, json });
        }
        Ok(())
    }

    /// The call that a fragment continues. Some providers number every call 0 or not at all; another id is another call.
    fn known_call(&self, choice: u32, index: Option<u64>, id: &str) -> Option<u32> {
        let mut open = self.calls.iter().rev().filter(|call| call.choice == choice);
        let found = match index {
            Some(index) => open.find(|call| call.index == index),
            None => open.next().filter(|call| id.is_empty() || call.id == id),
        };
        found.filter(|call| id.is_empty() || call.id.is_empty() || call.id == id).map(|call| call.call)
    }

    fn open_call(&mut self, choice: u32, index: Option<u64>, id: &str) -> u32 {
        let number = self.calls.iter().filter(|call| call.choice == choice).count();
        let call = u32::try_from(number).unwrap_or(u32::MAX);
        self.calls.push(OpenCall { choice, index: index.unwrap_or(u64::from(call)), id: id.to_owned(), call });
        call
    }
}

// === impl Encoder ===

impl Encoder {
    pub(crate) fn new(identity: ReplyIdentity, include_usage: bool) -> Self {
        Self {
            identity,
            include_usage,
            opened: Vec::new(),
            thoughts: BTreeMap::new(),
            finishes: BTreeMap::new(),
            usage: None,
            losses: Losses::default(),
        }
    }

    /// A chunk with a delta. The first one of an answer names the role.
    fn delta(&mut self, choice: u32, delta: Json, out: &mut Vec<u8>) {
        let delta = if self.opened.contains(&choice) {
            delta
        } else {
            self.opened.push(choice);
            match delta {
                Json::Object(members) => object! { "role": "assistant" }.with(members),
                other => other,
            }
        };
        self.choice(choice, delta, Json::Null, out);
    }

    fn choice(&mut self, index: u32, delta: Json, finish_reason: Json, out: &mut Vec<u8>) {
        let choice = object! { "index": index, "delta": delta, "logprobs": Json::Null, "finish_reason": finish_reason };
        self.chunk(vec![choice], None, out);
    }

    fn chunk(&self, choices: Vec<Json>, usage: Option<Json>, out: &mut Vec<u8>) {
        let chunk = object! {
            "id": response_id(&self.identity),
            "object": "chat.completion.chunk",
            "created": self.identity.created_s,
            "model": &self.identity.model,
            "choices": choices,
            "usage": usage,
        };
        write_event(out, None, &chunk);
    }

    fn reasoning(&mut self, choice: u32, text: &str, out: &mut Vec<u8>) {
        self.thoughts.entry(choice).or_default().text.push_str(text);
        self.delta(choice, object! { "reasoning_content": text }, out);
    }

    /// A signed thought must come back whole, so it goes out again as one entry, text and signature together.
    fn reasoning_signature(&mut self, choice: u32, signature: &Signature, out: &mut Vec<u8>) {
        let thought = self.thoughts.entry(choice).or_default();
        let text = std::mem::take(&mut thought.text);
        let detail = reasoning_detail(Some(&text), Some(signature), thought.index);
        thought.index += 1;
        self.delta(choice, object! { "reasoning_details": vec![detail] }, out);
    }

    fn redacted(&mut self, choice: u32, signature: &Signature, out: &mut Vec<u8>) {
        let thought = self.thoughts.entry(choice).or_default();
        let detail = redacted_detail(Some(signature), thought.index);
        thought.index += 1;
        self.delta(choice, object! { "reasoning_details": vec![detail] }, out);
    }

    fn tool_call(&mut self, choice: u32, call: Json, out: &mut Vec<u8>) {
        self.delta(choice, object! { "tool_calls": vec![call] }, out);
    }

    fn stop(&mut self, choice: u32, reason: &Finish, out: &mut Vec<u8>) {
        if let Finish::Other(word) = reason {
            self.losses.add(format!("the stop reason `{word}` was written as `stop`"));
        }
        self.choice(choice, object! {}, finish_to(reason).into(), out);
    }
}

impl WriteStream for Encoder {
    fn event(&mut self, event: &ReplyEvent, out: &mut Vec<u8>) {
        match event {
            ReplyEvent::Start { .. } => self.delta(0, object! { "content": "" }, out),
            ReplyEvent::Text { choice, text } => self.delta(*choice, object! { "content": text }, out),
            ReplyEvent::TextSignature { choice, signature } => match extra_content(signature) {
                Some(extra) => self.delta(*choice, object! { "content": "", "extra_content": extra }, out),
                None => self.losses.add("the signature of a text was left out"),
            },
            ReplyEvent::Refusal { choice, text } => self.delta(*choice, object! { "refusal": text }, out),
            ReplyEvent::Reasoning { choice, text } => self.reasoning(*choice, text, out),
            ReplyEvent::ReasoningSignature { choice, signature } => self.reasoning_signature(*choice, signature, out),
            ReplyEvent::Redacted { choice, signature } => self.redacted(*choice, signature, out),
            ReplyEvent::ToolCallStart { choice, call, id, name, signature } => {
                let id = if id.is_empty() { self.identity.call_id(*choice, *call) } else { id.clone() };
                let call = object! {
                    "index": *call,
                    "id": id,
                    "type": "function",
                    "function": object! { "name": name, "arguments": "" },
                    "extra_content": signature.as_ref().and_then(extra_content),
                };
                self.tool_call(*choice, call, out);
            }
            ReplyEvent::ToolCallArguments { choice, call, json } => {
                let call = object! { "index": *call, "function": object! { "arguments": json } };
                self.tool_call(*choice, call, out);
            }
            // Some providers name a reason in every chunk; the last one counts.
            ReplyEvent::Finish { choice, reason, .. } => {
                self.finishes.insert(*choice, reason.clone());
            }
            ReplyEvent::Usage(usage) => self.usage = Some(*usage),
            ReplyEvent::Error { kind, message } => {
                let kind = if kind.is_empty() { "provider_error" } else { kind };
                out.extend(stream_error(WireFormat::OpenaiChat, kind, 2005, message, &self.identity.id));
            }
        }
    }

    fn finish(&mut self, out: &mut Vec<u8>) {
        for (choice, reason) in std::mem::take(&mut self.finishes) {
            self.stop(choice, &reason, out);
        }
        if self.include_usage {
            self.chunk(Vec::new(), Some(usage_to(&self.usage.unwrap_or_default())), out);
        }
        out.extend_from_slice(b"data: [DONE]\n\n");
    }

    fn losses(&self) -> &Losses {
        &self.losses
    }
}
