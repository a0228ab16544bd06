//! Reading streams in Workers AI's grammar.

use super::super::{error, types::choice_from};
use crate::{
    event::ReplyEvent,
    formats::{
        DecodeError, Losses,
        fields::Fields,
        openai_chat::{self, types::usage_from},
        streams::ReadStream,
        tree::Json,
    },
    prompt::{Part, PartBody, ToolCall},
    reply::Finish,
};

/// Reads events.
#[derive(Default)]
pub(crate) struct Decoder {
    chunks: openai_chat::stream::Decoder,
    has_started: bool,
    has_finished: bool,
    calls: u32,
}

// === impl Decoder ===

impl ReadStream for Decoder {
    fn event(&mut self, name: &str, data: Json, out: &mut Vec<ReplyEvent>) -> Result<(), DecodeError> {
        let is_chunk = data.get("choices").is_some();
        let has_error = ["error", "errors"].iter().any(|key| data.get(key).is_some_and(says_something));
        if has_error {
            let message = error::message(&data).unwrap_or("the provider reported an error").to_owned();
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
