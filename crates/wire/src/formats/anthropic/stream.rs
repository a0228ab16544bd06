//! Streams in Anthropic's grammar: blocks that open, grow and close between `message_start` and `message_stop`.

use waypost_types::{Usage, WireFormat};

use super::{
    response::message_id,
    types::{carried, finish_from, finish_to, marked_block, thinking, usage_from, usage_to},
};
use crate::{
    event::ReplyEvent,
    formats::{
        DecodeError, Losses, Scope,
        event_writer::write_event,
        fields::Fields,
        signature::Slot,
        stream_error,
        streams::{ReadStream, WriteStream},
        tree::{Json, object},
    },
    prompt::Signature,
    reply::{Finish, ReplyIdentity},
};

const OWN: WireFormat = WireFormat::AnthropicMessages;

/// Reads events.
#[derive(Default)]
pub(crate) struct Decoder {
    block: Block,
    calls: u32,
    usage: Usage,
    losses: Losses,
}

/// The block that is open. Blocks follow each other; Anthropic never interleaves them.
#[derive(Default)]
enum Block {
    #[default]
    None,
    Plain,
    Call {
        call: u32,
        input: Json,
        has_arguments: bool,
    },
}

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

// === impl Decoder ===

impl ReadStream for Decoder {
    fn event(&mut self, name: &str, data: Json, out: &mut Vec<ReplyEvent>) -> Result<(), DecodeError> {
        let mut fields = Fields::of(data, "")?;
        let kind = fields.text("type")?.unwrap_or_else(|| name.to_owned());
        match kind.as_str() {
            "message_start" => self.message_start(fields, out),
            "content_block_start" => self.block_start(fields, out),
            "content_block_delta" => self.block_delta(fields, out),
            "content_block_stop" => {
                self.block_stop(out);
                Ok(())
            }
            "message_delta" => self.message_delta(fields, out),
            "error" => self.error(fields, out),
            // `ping`, `message_stop`, and events that Anthropic may add (its versioning policy asks to ignore them).
            _ => Ok(()),
        }
    }

    fn losses(&mut self) -> &mut Losses {
        &mut self.losses
    }
}

impl Decoder {
    fn message_start(&mut self, mut fields: Fields, out: &mut Vec<ReplyEvent>) -> Result<(), DecodeError> {
        let mut message = fields.object("message")?.ok_or_else(|| fields.fault("expected a message"))?;
        out.push(ReplyEvent::Start { model: message.text("model")? });
        self.note_usage(message.take("usage"), out);
        Ok(())
    }

    /// Later counts are totals and replace earlier ones; counts that are not repeated stay.
    fn note_usage(&mut self, json: Option<Json>, out: &mut Vec<ReplyEvent>) {
        let Some(new) = json.as_ref().and_then(usage_from) else { return };
        if new.input_tokens > 0 {
            self.usage.input_tokens = new.input_tokens;
            self.usage.cache_read_tokens = new.cache_read_tokens;
            self.usage.cache_write_tokens = new.cache_write_tokens;
        }
        self.usage.output_tokens = new.output_tokens;
        self.usage.reasoning_tokens = self.usage.reasoning_tokens.max(new.reasoning_tokens);
        out.push(ReplyEvent::Usage(self.usage));
    }

    fn block_start(&mut self, mut fields: Fields, out: &mut Vec<ReplyEvent>) -> Result<(), DecodeError> {
        let mut block = fields.object("content_block")?.ok_or_else(|| fields.fault("expected a content_block"))?;
        let kind = block.need_text("type")?;
        self.block = Block::Plain;
        match kind.as_str() {
            "text" => self.text(block.text("text")?, out),
            "thinking" => {
                self.thought(block.text("thinking")?, out);
                self.signature(block.text("signature")?, out);
            }
            "redacted_thinking" => {
                let signature = Signature { origin: OWN, data: block.text("data")?.unwrap_or_default() };
                out.push(ReplyEvent::Redacted { choice: 0, signature });
            }
            "tool_use" => self.call_start(block, out)?,
            _ => {
                self.block = Block::None;
                self.losses.left_out(&kind);
            }
        }
        Ok(())
    }

    fn call_start(&mut self, mut block: Fields, out: &mut Vec<ReplyEvent>) -> Result<(), DecodeError> {
        let call = self.calls;
        self.calls += 1;
        let (id, name) = (block.need_text("id")?, block.need_text("name")?);
        self.block = Block::Call { call, input: block.take("input").unwrap_or_default(), has_arguments: false };
        out.push(ReplyEvent::ToolCallStart { choice: 0, call, id, name, signature: None });
        Ok(())
    }

    fn block_delta(&mut self, mut fields: Fields, out: &mut Vec<ReplyEvent>) -> Result<(), DecodeError> {
        let mut delta = fields.object("delta")?.ok_or_else(|| fields.fault("expected a delta"))?;
        match delta.need_text("type")?.as_str() {
            "text_delta" => self.text(delta.text("text")?, out),
            "thinking_delta" => self.thought(delta.text("thinking")?, out),
            "signature_delta" => self.signature(delta.text("signature")?, out),
            "input_json_delta" => self.arguments(delta.text("partial_json")?, out),
            other => self.losses.left_out(other),
        }
        Ok(())
    }

    fn text(&mut self, text: Option<String>, out: &mut Vec<ReplyEvent>) {
        let text = text.filter(|text| !text.is_empty() && matches!(self.block, Block::Plain));
        out.extend(text.map(|text| ReplyEvent::Text { choice: 0, text }));
    }

    fn thought(&mut self, text: Option<String>, out: &mut Vec<ReplyEvent>) {
        let text = text.filter(|text| !text.is_empty());
        out.extend(text.map(|text| ReplyEvent::Reasoning { choice: 0, text }));
    }

    fn signature(&mut self, data: Option<String>, out: &mut Vec<ReplyEvent>) {
        let signature = data.filter(|data| !data.is_empty()).map(|data| Signature { origin: OWN, data });
        out.extend(signature.map(|signature| ReplyEvent::ReasoningSignature { choice: 0, signature }));
    }

    fn arguments(&mut self, json: Option<String>, out: &mut Vec<ReplyEvent>) {
        if let (Block::Call { call, has_arguments, .. }, Some(json)) = (&mut self.block, json)
            && !json.is_empty()
        {
            *has_arguments = true;
            out.push(ReplyEvent::ToolCallArguments { choice: 0, call: *call, json });
        }
    }

    /// A call without arguments streams none; readers of other formats expect an object.
    fn block_stop(&mut self, out: &mut Vec<ReplyEvent>) {
        if let Block::Call { call, input, has_arguments: false } = std::mem::take(&mut self.block) {
            let json = if input.is_null() { "{}".to_owned() } else { input.to_text() };
            out.push(ReplyEvent::ToolCallArguments { choice: 0, call, json });
        }
    }

    fn message_delta(&mut self, mut fields: Fields, out: &mut Vec<ReplyEvent>) -> Result<(), DecodeError> {
        if let Some(mut delta) = fields.object("delta")?
            && let Some(word) = delta.text("stop_reason")?
        {
            let stop_sequence = delta.text("stop_sequence")?;
            out.push(ReplyEvent::Finish { choice: 0, reason: finish_from(&word), stop_sequence });
        }
        self.note_usage(fields.take("usage"), out);
        Ok(())
    }

    fn error(&mut self, mut fields: Fields, out: &mut Vec<ReplyEvent>) -> Result<(), DecodeError> {
        let (mut kind, mut message) = (None, None);
        if let Some(mut error) = fields.object("error")? {
            (kind, message) = (error.text("type")?, error.text("message")?);
        }
        let message = message.unwrap_or_else(|| "the provider reported an error".to_owned());
        out.push(ReplyEvent::Error { kind: kind.unwrap_or_default(), message });
        Ok(())
    }
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
