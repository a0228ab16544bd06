//! Writing streams in Workers AI's grammar.

use waypost_types::{Usage, WireFormat};

use super::super::types::{choice_to, usage_to};
use crate::{
    event::ReplyEvent,
    formats::{
        Losses, Scope,
        event_writer::write_event,
        openai_chat::types::finish_to,
        signature::Slot,
        stream_error,
        streams::WriteStream,
        tree::{Json, object},
    },
    prompt::{Part, PartBody, Signature, ToolCall},
    reply::{Finish, ReplyIdentity},
};

const OWN: WireFormat = WireFormat::WorkersAi;

/// Writes events. Calls and opaque parts wait for the end: each event stands for itself.
pub(crate) struct Encoder {
    identity: ReplyIdentity,
    waiting: Vec<Part>,
    finish: Option<Finish>,
    has_refused: bool,
    usage: Usage,
    losses: Losses,
}

// === impl Encoder ===

impl Encoder {
    pub(crate) fn new(identity: ReplyIdentity) -> Self {
        Self {
            identity,
            waiting: Vec::new(),
            finish: None,
            has_refused: false,
            usage: Usage::default(),
            losses: Losses::default(),
        }
    }

    /// Thoughts that are signed come back whole, so their text waits for the signature.
    fn thought(&mut self, text: &str) {
        match self.waiting.last_mut() {
            Some(Part { body: PartBody::Reasoning(before), signature: None, .. }) => before.push_str(text),
            _ => self.waiting.push(Part::new(PartBody::Reasoning(text.to_owned()))),
        }
    }

    fn thought_signature(&mut self, signature: &Signature, slot: Slot) {
        let open = self
            .waiting
            .last_mut()
            .filter(|part| matches!(part.body, PartBody::Reasoning(_)) && part.signature.is_none());
        match (open, slot) {
            (Some(part), Slot::Thought) => part.signature = Some(signature.clone()),
            (None, Slot::Thought) => {
                self.waiting.push(Part::new(PartBody::Reasoning(String::new())).signed(Some(signature.clone())));
            }
            (_, Slot::Text) => self.waiting.push(Part::text("").signed(Some(signature.clone()))),
            (_, Slot::Redacted | Slot::Call) => {
                self.waiting.push(Part::new(PartBody::Redacted).signed(Some(signature.clone())));
            }
        }
    }

    fn arguments(&mut self, call: u32, json: &str) {
        let calls = self.waiting.iter_mut().filter_map(|part| match &mut part.body {
            PartBody::ToolCall(call) => Some(call),
            _ => None,
        });
        if let Some(call) = calls.zip(0..).find(|(_, number)| *number == call).map(|(call, _)| call) {
            call.arguments.push_str(json);
        }
    }
}

impl WriteStream for Encoder {
    fn event(&mut self, event: &ReplyEvent, out: &mut Vec<u8>) {
        match event {
            ReplyEvent::Start { .. } => {}
            ReplyEvent::Usage(usage) => self.usage = *usage,
            ReplyEvent::Error { kind, message } => {
                out.extend(stream_error(OWN, kind, 2005, message, &self.identity.id));
            }
            event if event.choice().is_some_and(|choice| choice > 0) => {
                self.losses.add("answers after the first were left out");
            }
            ReplyEvent::Text { text, .. } | ReplyEvent::Refusal { text, .. } => {
                self.has_refused |= matches!(event, ReplyEvent::Refusal { .. });
                write_event(out, None, &object! { "response": text });
            }
            ReplyEvent::TextSignature { signature, .. } => self.thought_signature(signature, Slot::Text),
            ReplyEvent::Reasoning { text, .. } => self.thought(text),
            ReplyEvent::ReasoningSignature { signature, .. } => self.thought_signature(signature, Slot::Thought),
            ReplyEvent::Redacted { signature, .. } => self.thought_signature(signature, Slot::Redacted),
            ReplyEvent::ToolCallStart { id, name, signature, .. } => {
                let call = ToolCall { id: id.clone(), name: name.clone(), arguments: String::new() };
                self.waiting.push(Part::new(PartBody::ToolCall(call)).signed(signature.clone()));
            }
            ReplyEvent::ToolCallArguments { call, json, .. } => self.arguments(*call, json),
            ReplyEvent::Finish { reason, stop_sequence, .. } => {
                self.losses.left_out_if("stop_sequence", stop_sequence.as_ref());
                let is_refusal = self.has_refused && *reason == Finish::Stop;
                self.finish = Some(if is_refusal { Finish::Refusal } else { reason.clone() });
            }
        }
    }

    fn finish(&mut self, out: &mut Vec<u8>) {
        let mut scope = Scope { target: OWN, origin: OWN, losses: &mut self.losses };
        let identity = &self.identity;
        let mut last = choice_to(&self.waiting, &|call| identity.call_id(0, call), &mut scope);
        if self.waiting.iter().all(|part| part.as_tool_call().is_none())
            && let Json::Object(members) = &mut last
        {
            members.retain(|(name, _)| name != "tool_calls");
        }
        last.put("finish_reason", self.finish.as_ref().map(finish_to));
        last.put("usage", usage_to(&self.usage));
        write_event(out, None, &last);
        out.extend_from_slice(b"data: [DONE]\n\n");
    }

    fn losses(&self) -> &Losses {
        &self.losses
    }
}
