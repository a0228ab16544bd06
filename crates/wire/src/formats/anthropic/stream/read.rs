//! Reading streams in Anthropic's grammar.

use waypost_types::{Usage, WireFormat};

use super::super::types::{finish_from, usage_from};
use crate::{
    event::ReplyEvent,
    formats::{DecodeError, Losses, fields::Fields, streams::ReadStream, tree::Json},
    prompt::Signature,
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
