//! Writing streams in Anthropic's grammar.

use waypost_types::{Usage, WireFormat};

use super::super::{
    response::message_id,
    types::{carried, finish_to, marked_block, thinking, usage_to},
};
use crate::{
    event::ReplyEvent,
    formats::{
        Losses, Scope,
        event_writer::write_event,
        signature::Slot,
        stream_error,
        streams::WriteStream,
        tree::{Json, object},
    },
    prompt::Signature,
    reply::{Finish, ReplyIdentity},
};

const OWN: WireFormat = WireFormat::AnthropicMessages;

/// Writes events. Only the first answer can be said.
pub(crate) struct Encoder {
    identity: ReplyIdentity,
    has_started: bool,
    open: Option<Open>,
    next_index: u32,
    has_refused: bool,
    finish: Option<(Finish, Option<String>)>,
    usage: Usage,
    losses: Losses,
}

/// What kind of block is open.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Open {
    Text,
    Thinking,
    Call(u32),
}

// === impl Encoder ===

impl Encoder {
    pub(crate) fn new(identity: ReplyIdentity) -> Self {
        Self {
            identity,
            has_started: false,
            open: None,
            next_index: 0,
            has_refused: false,
            finish: None,
            usage: Usage::default(),
            losses: Losses::default(),
        }
    }

    fn start(&mut self, out: &mut Vec<u8>) {
        if std::mem::replace(&mut self.has_started, true) {
            return;
        }
        let message = object! {
            "id": message_id(&self.identity),
            "type": "message",
            "role": "assistant",
            "model": &self.identity.model,
            "content": Vec::new(),
            "stop_reason": Json::Null,
            "stop_sequence": Json::Null,
            "usage": usage_to(&self.usage),
        };
        write_event(out, Some("message_start"), &object! { "type": "message_start", "message": message });
    }

    fn open(&mut self, kind: Open, block: Json, out: &mut Vec<u8>) {
        self.close(out);
        self.start(out);
        self.open = Some(kind);
        let event = object! { "type": "content_block_start", "index": self.next_index, "content_block": block };
        write_event(out, Some("content_block_start"), &event);
    }

    fn close(&mut self, out: &mut Vec<u8>) {
        if self.open.take().is_some() {
            let event = object! { "type": "content_block_stop", "index": self.next_index };
            write_event(out, Some("content_block_stop"), &event);
            self.next_index += 1;
        }
    }

    fn delta(&mut self, delta: Json, out: &mut Vec<u8>) {
        let event = object! { "type": "content_block_delta", "index": self.next_index, "delta": delta };
        write_event(out, Some("content_block_delta"), &event);
    }

    fn text(&mut self, text: &str, out: &mut Vec<u8>) {
        if self.open != Some(Open::Text) {
            self.open(Open::Text, object! { "type": "text", "text": "" }, out);
        }
        self.delta(object! { "type": "text_delta", "text": text }, out);
    }

    fn thought(&mut self, text: &str, out: &mut Vec<u8>) {
        self.open_thought(out);
        self.delta(object! { "type": "thinking_delta", "thinking": text }, out);
    }

    fn open_thought(&mut self, out: &mut Vec<u8>) {
        if self.open != Some(Open::Thinking) {
            self.open(Open::Thinking, thinking("", None), out);
        }
    }

    fn thought_signature(&mut self, signature: &Signature, out: &mut Vec<u8>) {
        self.open_thought(out);
        self.delta(object! { "type": "signature_delta", "signature": carried(signature, Slot::Thought) }, out);
        self.close(out);
    }

    /// A block that is whole when it opens.
    fn whole(&mut self, block: Json, out: &mut Vec<u8>) {
        self.open(Open::Text, block, out);
        self.close(out);
    }

    fn call(&mut self, call: u32, id: &str, name: &str, signature: Option<&Signature>, out: &mut Vec<u8>) {
        if let Some(signature) = signature {
            self.whole(marked_block(signature, Slot::Call), out);
        }
        let id = if id.is_empty() { self.identity.call_id(0, call) } else { id.to_owned() };
        self.open(Open::Call(call), object! { "type": "tool_use", "id": id, "name": name, "input": object! {} }, out);
    }

    fn arguments(&mut self, call: u32, json: &str, out: &mut Vec<u8>) {
        if self.open == Some(Open::Call(call)) {
            self.delta(object! { "type": "input_json_delta", "partial_json": json }, out);
        } else {
            self.losses.add("arguments that came after the end of their call were left out");
        }
    }

    fn message_delta(&mut self, out: &mut Vec<u8>) {
        let (finish, stop_sequence) = self.finish.take().unwrap_or((Finish::Stop, None));
        let finish = if self.has_refused && finish == Finish::Stop { Finish::Refusal } else { finish };
        let mut scope = Scope { target: OWN, origin: WireFormat::OpenaiChat, losses: &mut self.losses };
        let delta = object! {
            "stop_reason": finish_to(&finish, &mut scope),
            "stop_sequence": stop_sequence.map_or(Json::Null, Json::from),
        };
        let event = object! { "type": "message_delta", "delta": delta, "usage": usage_to(&self.usage) };
        write_event(out, Some("message_delta"), &event);
    }
}

impl WriteStream for Encoder {
    fn event(&mut self, event: &ReplyEvent, out: &mut Vec<u8>) {
        match event {
            ReplyEvent::Start { .. } => self.start(out),
            ReplyEvent::Usage(usage) => self.usage = *usage,
            ReplyEvent::Error { kind, message } => {
                let kind = if kind.ends_with("_error") { kind } else { "api_error" };
                out.extend(stream_error(OWN, kind, 2005, message, &self.identity.id));
            }
            event if event.choice().is_some_and(|choice| choice > 0) => {
                self.losses.add("answers after the first were left out");
            }
            ReplyEvent::Text { text, .. } => self.text(text, out),
            ReplyEvent::TextSignature { signature, .. } => self.whole(marked_block(signature, Slot::Text), out),
            ReplyEvent::Refusal { text, .. } => {
                self.has_refused = true;
                self.text(text, out);
            }
            ReplyEvent::Reasoning { text, .. } => self.thought(text, out),
            ReplyEvent::ReasoningSignature { signature, .. } => self.thought_signature(signature, out),
            ReplyEvent::Redacted { signature, .. } => {
                let data = carried(signature, Slot::Redacted);
                self.whole(object! { "type": "redacted_thinking", "data": data }, out);
            }
            ReplyEvent::ToolCallStart { call, id, name, signature, .. } => {
                self.call(*call, id, name, signature.as_ref(), out);
            }
            ReplyEvent::ToolCallArguments { call, json, .. } => self.arguments(*call, json, out),
            ReplyEvent::Finish { reason, stop_sequence, .. } => {
                self.finish = Some((reason.clone(), stop_sequence.clone()));
            }
        }
    }

    fn finish(&mut self, out: &mut Vec<u8>) {
        self.start(out);
        self.close(out);
        self.message_delta(out);
        write_event(out, Some("message_stop"), &object! { "type": "message_stop" });
    }

    fn losses(&self) -> &Losses {
        &self.losses
    }
}
