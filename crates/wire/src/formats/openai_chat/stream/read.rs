//! Reading streams in OpenAI's grammar.

use super::super::{
    error,
    thoughts::reasoning_from,
    types::{content_from, finish_from, thought_signature_from, usage_from},
};
use crate::{
    event::ReplyEvent,
    formats::{DecodeError, Losses, fields::Fields, streams::ReadStream, tree::Json},
    prompt::{Part, PartBody},
    reply::Finish,
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
        let message = error::message(data).unwrap_or("the provider reported an error").to_owned();
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
