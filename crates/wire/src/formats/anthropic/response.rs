//! Answers in Anthropic's grammar.

use waypost_types::WireFormat;

use super::types::{block_to, content_from, finish_from, finish_to, marked_block, usage_from, usage_to};
use crate::{
    formats::{
        DecodeError, Losses, Scope,
        fields::Fields,
        signature::Slot,
        tree::{Json, object},
    },
    prompt::{Part, PartBody, ToolCall},
    reply::{Choice, Reply, ReplyIdentity},
};

const OWN: WireFormat = WireFormat::AnthropicMessages;

pub(crate) fn decode(json: Json) -> Result<Reply, DecodeError> {
    if json.get("type").and_then(Json::as_str) == Some("error") {
        return Err(DecodeError::failed(super::error::message(&json).unwrap_or("the provider reported an error")));
    }
    let mut fields = Fields::of(json, "")?;
    if fields.peek("content").is_none() {
        return Err(fields.fault("has no content"));
    }
    let mut reply = Reply::new(OWN);
    let mut choice = Choice::new(0);
    let content = fields.take("content");
    choice.parts = content_from(content, "/content")?;
    choice.finish = fields.text("stop_reason")?.as_deref().map(finish_from);
    choice.stop_sequence = fields.text("stop_sequence")?;
    reply.model = fields.text("model")?;
    reply.usage = fields.take("usage").as_ref().and_then(usage_from);
    for known in ["id", "type", "role"] {
        fields.take(known);
    }
    reply.extras = fields.rest();
    reply.choices.push(choice);
    Ok(reply)
}

pub(crate) fn encode(reply: &Reply, identity: &ReplyIdentity, losses: &mut Losses) -> Json {
    let mut scope = Scope { target: OWN, origin: reply.origin, losses };
    if reply.choices.len() > 1 {
        scope.losses.add("answers after the first were left out");
    }
    let none = Choice::new(0);
    let choice = reply.choices.first().unwrap_or(&none);
    scope.extras(&choice.extras);
    let finish = choice.finish_with_refusal();
    let extras = scope.extras(&reply.extras);
    object! {
        "id": message_id(identity),
        "type": "message",
        "role": "assistant",
        "model": &identity.model,
        "content": blocks(choice, identity, &mut scope),
        "stop_reason": finish_to(&finish, &mut scope),
        "stop_sequence": choice.stop_sequence.as_ref().map_or(Json::Null, Json::from),
        "usage": usage_to(&reply.usage.unwrap_or_default()),
    }
    .with(extras)
}

pub(super) fn message_id(identity: &ReplyIdentity) -> String {
    format!("msg_{}", identity.id)
}

/// The blocks, with foreign signatures in blocks beside what they sign.
fn blocks(choice: &Choice, identity: &ReplyIdentity, scope: &mut Scope<'_>) -> Vec<Json> {
    let mut blocks = Vec::new();
    let mut calls = 0;
    for part in &choice.parts {
        let foreign = part.signature.as_ref().filter(|signature| signature.origin != OWN);
        match (&part.body, foreign) {
            (PartBody::ToolCall(call), signature) => {
                blocks.extend(signature.map(|signature| marked_block(signature, Slot::Call)));
                blocks.extend(block_to(&with_id(part, call, || identity.call_id(choice.index, calls)), scope));
                calls += 1;
            }
            (PartBody::Text(_), Some(signature)) => {
                blocks.extend(block_to(part, scope));
                blocks.push(marked_block(signature, Slot::Text));
            }
            _ => blocks.extend(block_to(part, scope)),
        }
    }
    blocks
}

fn with_id(part: &Part, call: &ToolCall, new_id: impl FnOnce() -> String) -> Part {
    let id = if call.id.is_empty() { new_id() } else { call.id.clone() };
    Part { body: PartBody::ToolCall(ToolCall { id, ..call.clone() }), ..part.clone() }
}
