//! Streams of Workers AI: `{"response": "…"}` events and `[DONE]`, or OpenAI's chunks from newer models.

use waypost_types::{Usage, WireFormat};

use super::types::{choice_from, choice_to, usage_to};
use crate::{
    event::ReplyEvent,
    formats::{
        DecodeError, Losses, Scope,
        event_writer::write_event,
        fields::Fields,
        openai_chat::{
            self,
            types::{finish_to, usage_from},
        },
        signature::Slot,
        stream_error,
        streams::{ReadStream, WriteStream},
        tree::{Json, object},
    },
    prompt::{Part, PartBody, Signature, ToolCall},
    reply::{Finish, ReplyIdentity},
};

const OWN: WireFormat = WireFormat::WorkersAi;

/// Reads events.
#[derive(Default)]
pub(crate) struct Decoder {
    chunks: openai_chat::stream::Decoder,
    has_started: bool,
    has_finished: bool,
    calls: u32,
}

/// Writes events. Calls and opaque parts wait for the end: each event stands for itself.
pub(crate) struct Encoder {
    identity: ReplyIdentity,
    waiting: Vec<Part>,
    finish: Option<Finish>,
    has_refused: bool,
    usage: Usage,
    losses: Losses,
}

// === impl Decoder ===

impl ReadStream for Decoder {
    fn event(&mut self, name: &str, data: Json, out: &mut Vec<ReplyEvent>) -> Result<(), DecodeError> {
        let is_chunk = data.get("choices").is_some();
        let has_error = ["error", "errors"].iter().any(|key| data.get(key).is_some_and(says_something));
        if has_error {
            let message = super::error::message(&data).unwrap_or("the provider reported an error").to_owned();
            out.push(ReplyEvent::Error { kind: String::new(), message });
            return Ok(());
        }
        if is_chunk {
            let first_new = out.len();
            self.chunks.event(name, data, out)?;
            self.has_finished |= out.iter().skip(first_new).any(|event| matches!(event, ReplyEvent::Finish { .. }));
            return Ok(());
        }
        self.response(Fields::of(data, "")?, out)
    }

    /// The older models give no reason: the marker is the end.
    fn done(&mut self, out: &mut Vec<ReplyEvent>) {
        if !self.has_finished {
            let reason = if self.calls > 0 { Finish::ToolCalls } else { Finish::Stop };
            self.finish(reason, out);
        }
    }

    fn losses(&mut self) -> &mut Losses {
        self.chunks.losses()
    }
}

fn says_something(json: &Json) -> bool {
    !json.is_null() && json.as_list().is_none_or(|list| !list.is_empty())
}

impl Decoder {
    fn response(&mut self, mut fields: Fields, out: &mut Vec<ReplyEvent>) -> Result<(), DecodeError> {
        if !std::mem::replace(&mut self.has_started, true) {
            out.push(ReplyEvent::Start { model: fields.text("model")? });
        }
        let choice = choice_from(&mut fields)?;
        for part in choice.parts {
            self.part(part, out);
        }
        if let Some(reason) = choice.finish {
            self.finish(reason, out);
        }
        out.extend(fields.take("usage").as_ref().and_then(usage_from).map(ReplyEvent::Usage));
        Ok(())
    }

    fn finish(&mut self, reason: Finish, out: &mut Vec<ReplyEvent>) {
        self.has_finished = true;
        out.push(ReplyEvent::Finish { choice: 0, reason, stop_sequence: None });
    }

    fn part(&mut self, part: Part, out: &mut Vec<ReplyEvent>) {
        let signature = part.signature;
        match part.body {
            PartBody::Text(text) => {
                if !text.is_empty() {
                    out.push(ReplyEvent::Text { choice: 0, text });
                }
                out.extend(signature.map(|signature| ReplyEvent::TextSignature { choice: 0, signature }));
            }
            PartBody::Reasoning(text) => {
                out.push(ReplyEvent::Reasoning { choice: 0, text });
                out.extend(signature.map(|signature| ReplyEvent::ReasoningSignature { choice: 0, signature }));
            }
            PartBody::Redacted => {
                out.extend(signature.map(|signature| ReplyEvent::Redacted { choice: 0, signature }));
            }
            PartBody::ToolCall(ToolCall { id, name, arguments }) => {
                let call = self.calls;
                self.calls += 1;
                let json = if arguments.is_empty() { "{}".to_owned() } else { arguments };
                out.push(ReplyEvent::ToolCallStart { choice: 0, call, id, name, signature });
                out.push(ReplyEvent::ToolCallArguments { choice: 0, call, json });
            }
            PartBody::Refusal(text) => out.push(ReplyEvent::Refusal { choice: 0, text }),
            PartBody::Foreign { kind, .. } => self.losses().left_out(&kind),
            PartBody::Image(_) | PartBody::ToolResult(_) => {}
        }
    }
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
