//! Writing streams in Gemini's grammar.

use std::collections::BTreeMap;

use waypost_types::{Usage, WireFormat};

use super::super::types::{carried, finish_to, redacted_to, thought_to, usage_to};
use crate::{
    event::ReplyEvent,
    formats::{
        Losses, Scope,
        anthropic::types::arguments_object,
        event_writer::write_event,
        signature::Slot,
        stream_error,
        streams::WriteStream,
        tree::{Json, object},
    },
    prompt::Signature,
    reply::{Finish, ReplyIdentity},
};

const OWN: WireFormat = WireFormat::GeminiGenerateContent;

/// Writes events. Calls wait until their arguments are whole; the stop reason waits for usage.
pub(crate) struct Encoder {
    identity: ReplyIdentity,
    calls: Vec<OpenCall>,
    finishes: BTreeMap<u32, Finish>,
    refused: Vec<u32>,
    usage: Option<Usage>,
    losses: Losses,
}

struct OpenCall {
    choice: u32,
    call: u32,
    id: String,
    name: String,
    arguments: String,
    signature: Option<Signature>,
}

// === impl Encoder ===

impl Encoder {
    pub(crate) fn new(identity: ReplyIdentity) -> Self {
        Self {
            identity,
            calls: Vec::new(),
            finishes: BTreeMap::new(),
            refused: Vec::new(),
            usage: None,
            losses: Losses::default(),
        }
    }

    fn part(&self, choice: u32, part: Json, out: &mut Vec<u8>) {
        let content = object! { "parts": vec![part], "role": "model" };
        let candidate = object! { "content": content, "index": choice };
        self.answer(vec![candidate], None, out);
    }

    fn answer(&self, candidates: Vec<Json>, usage: Option<Json>, out: &mut Vec<u8>) {
        let answer = object! {
            "candidates": candidates,
            "usageMetadata": usage,
            "modelVersion": &self.identity.model,
            "responseId": &self.identity.id,
        };
        write_event(out, None, &answer);
    }

    fn calls(&mut self, choice: u32, out: &mut Vec<u8>) {
        let calls: Vec<OpenCall> = self.calls.extract_if(.., |call| call.choice == choice).collect();
        for call in calls {
            let id = if call.id.is_empty() { self.identity.call_id(choice, call.call) } else { call.id };
            let mut scope = Scope { target: OWN, origin: OWN, losses: &mut self.losses };
            let args = arguments_object(&call.arguments, &mut scope);
            let signature = call.signature.as_ref().map(|signature| carried(signature, Slot::Call));
            let function = object! { "id": id, "name": call.name, "args": args };
            self.part(choice, object! { "functionCall": function, "thoughtSignature": signature }, out);
        }
    }

    fn signature(&self, choice: u32, signature: &Signature, slot: Slot, out: &mut Vec<u8>) {
        let is_thought = (slot == Slot::Thought).then_some(true);
        let part = object! { "thought": is_thought, "text": "", "thoughtSignature": carried(signature, slot) };
        self.part(choice, part, out);
    }
}

impl WriteStream for Encoder {
    fn event(&mut self, event: &ReplyEvent, out: &mut Vec<u8>) {
        match event {
            ReplyEvent::Start { .. } => {}
            ReplyEvent::Text { choice, text } | ReplyEvent::Refusal { choice, text } => {
                if matches!(event, ReplyEvent::Refusal { .. }) {
                    self.refused.push(*choice);
                }
                self.part(*choice, object! { "text": text }, out);
            }
            ReplyEvent::TextSignature { choice, signature } => self.signature(*choice, signature, Slot::Text, out),
            ReplyEvent::Reasoning { choice, text } => self.part(*choice, thought_to(text, None), out),
            ReplyEvent::ReasoningSignature { choice, signature } => {
                self.signature(*choice, signature, Slot::Thought, out);
            }
            ReplyEvent::Redacted { choice, signature } => self.part(*choice, redacted_to(signature), out),
            ReplyEvent::ToolCallStart { choice, call, id, name, signature } => self.calls.push(OpenCall {
                choice: *choice,
                call: *call,
                id: id.clone(),
                name: name.clone(),
                arguments: String::new(),
                signature: signature.clone(),
            }),
            ReplyEvent::ToolCallArguments { choice, call, json } => {
                let open = self.calls.iter_mut().find(|open| open.choice == *choice && open.call == *call);
                if let Some(open) = open {
                    open.arguments.push_str(json);
                }
            }
            ReplyEvent::Finish { choice, reason, stop_sequence } => {
                self.losses.left_out_if("stop_sequence", stop_sequence.as_ref());
                self.calls(*choice, out);
                let is_refusal = self.refused.contains(choice) && *reason == Finish::Stop;
                self.finishes.insert(*choice, if is_refusal { Finish::Refusal } else { reason.clone() });
            }
            ReplyEvent::Usage(usage) => self.usage = Some(*usage),
            ReplyEvent::Error { kind, message } => {
                let is_own =
                    !kind.is_empty() && kind.chars().all(|letter| letter.is_ascii_uppercase() || letter == '_');
                let kind = if is_own { kind } else { "INTERNAL" };
                out.extend(stream_error(OWN, kind, 2005, message, &self.identity.id));
            }
        }
    }

    fn finish(&mut self, out: &mut Vec<u8>) {
        let mut candidates = Vec::new();
        for (choice, finish) in std::mem::take(&mut self.finishes) {
            let mut scope = Scope { target: OWN, origin: WireFormat::OpenaiChat, losses: &mut self.losses };
            let content = object! { "parts": vec![object! { "text": "" }], "role": "model" };
            let finish = finish_to(&finish, &mut scope);
            candidates.push(object! { "content": content, "finishReason": finish, "index": choice });
        }
        self.answer(candidates, self.usage.as_ref().map(usage_to), out);
    }

    fn losses(&self) -> &Losses {
        &self.losses
    }
}
