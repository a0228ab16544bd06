//! Reading streams in Gemini's grammar.

use super::super::{
    error,
    response::{blocked, candidate_from},
    types::usage_from,
};
use crate::{
    event::ReplyEvent,
    formats::{DecodeError, Losses, fields::Fields, streams::ReadStream, tree::Json},
    prompt::{Part, PartBody},
    reply::{Choice, Finish},
};

/// Reads events.
#[derive(Default)]
pub(crate) struct Decoder {
    has_started: bool,
    calls: Vec<(u32, u32)>,
    losses: Losses,
}

// === impl Decoder ===

impl ReadStream for Decoder {
    fn event(&mut self, _name: &str, data: Json, out: &mut Vec<ReplyEvent>) -> Result<(), DecodeError> {
        if data.get("error").is_some_and(|error| !error.is_null()) {
            self.error(&data, out);
            return Ok(());
        }
        let mut fields = Fields::of(data, "")?;
        if !self.has_started {
            self.has_started = true;
            out.push(ReplyEvent::Start { model: fields.text("modelVersion")? });
        }
        for (item, path) in fields.items("candidates")? {
            self.candidate(candidate_from(Fields::of(item, path)?)?, out);
        }
        if let Some(reason) = blocked(fields.peek("promptFeedback")) {
            out.push(ReplyEvent::Finish { choice: 0, reason, stop_sequence: None });
        }
        out.extend(fields.take("usageMetadata").as_ref().and_then(usage_from).map(ReplyEvent::Usage));
        Ok(())
    }

    fn losses(&mut self) -> &mut Losses {
        &mut self.losses
    }
}

impl Decoder {
    fn error(&mut self, data: &Json, out: &mut Vec<ReplyEvent>) {
        let kind = data.at(&["error", "status"]).and_then(Json::as_str).unwrap_or_default().to_owned();
        let message = error::message(data).unwrap_or("the provider reported an error").to_owned();
        out.push(ReplyEvent::Error { kind, message });
    }

    fn candidate(&mut self, candidate: Choice, out: &mut Vec<ReplyEvent>) {
        let choice = candidate.index;
        candidate.extras.iter().for_each(|(name, _)| self.losses.left_out(name));
        for part in candidate.parts {
            self.part(choice, part, out);
        }
        if let Some(reason) = candidate.finish {
            let has_calls = self.calls.iter().any(|(known, _)| *known == choice);
            let reason = if has_calls && reason == Finish::Stop { Finish::ToolCalls } else { reason };
            out.push(ReplyEvent::Finish { choice, reason, stop_sequence: None });
        }
    }

    fn part(&mut self, choice: u32, part: Part, out: &mut Vec<ReplyEvent>) {
        let signature = part.signature;
        match part.body {
            PartBody::Text(text) => {
                if !text.is_empty() {
                    out.push(ReplyEvent::Text { choice, text });
                }
                out.extend(signature.map(|signature| ReplyEvent::TextSignature { choice, signature }));
            }
            PartBody::Reasoning(text) => {
                if !text.is_empty() {
                    out.push(ReplyEvent::Reasoning { choice, text });
                }
                out.extend(signature.map(|signature| ReplyEvent::ReasoningSignature { choice, signature }));
            }
            PartBody::ToolCall(call) => {
                let number = self.next_call(choice);
                let json = call.arguments;
                let (id, name) = (call.id, call.name);
                out.push(ReplyEvent::ToolCallStart { choice, call: number, id, name, signature });
                out.push(ReplyEvent::ToolCallArguments { choice, call: number, json });
            }
            PartBody::Foreign { kind, .. } => self.losses.left_out(&kind),
            PartBody::Image(_) => self.losses.left_out("a picture in the answer"),
            PartBody::Redacted => {
                out.extend(signature.map(|signature| ReplyEvent::Redacted { choice, signature }));
            }
            PartBody::ToolResult(_) | PartBody::Refusal(_) => {}
        }
    }

    fn next_call(&mut self, choice: u32) -> u32 {
        match self.calls.iter_mut().find(|(known, _)| *known == choice) {
            Some((_, last)) => {
                *last += 1;
                *last
            }
            None => {
                self.calls.push((choice, 0));
                0
            }
        }
    }
}
