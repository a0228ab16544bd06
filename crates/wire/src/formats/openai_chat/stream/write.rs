//! Writing streams in OpenAI's grammar.

use std::collections::BTreeMap;

use waypost_types::{Usage, WireFormat};

use super::super::{
    response::response_id,
    thoughts::{reasoning_detail, redacted_detail},
    types::{extra_content, finish_to, usage_to},
};
use crate::{
    event::ReplyEvent,
    formats::{
        Losses,
        event_writer::write_event,
        stream_error,
        streams::WriteStream,
        tree::{Json, object},
    },
    prompt::Signature,
    reply::{Finish, ReplyIdentity},
};

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
