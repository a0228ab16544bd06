//! Answers in Gemini's grammar.

use waypost_types::WireFormat;

use super::types::{add_part, finish_from, finish_to, part_from, part_to, usage_from, usage_to};
use crate::{
    formats::{
        DecodeError, Losses, Scope,
        fields::Fields,
        tree::{Json, object},
    },
    prompt::{PartBody, ToolCall},
    reply::{Choice, Finish, Reply, ReplyIdentity},
};

const OWN: WireFormat = WireFormat::GeminiGenerateContent;

pub(crate) fn decode(json: Json) -> Result<Reply, DecodeError> {
    if let Some(message) = super::error::message(&json) {
        return Err(DecodeError::failed(message));
    }
    let mut fields = Fields::of(json, "")?;
    if fields.peek("candidates").is_none()
        && fields.peek("promptFeedback").is_none()
        && fields.peek("usageMetadata").is_none()
    {
        return Err(fields.fault("has no candidates"));
    }
    let mut reply = Reply::new(OWN);
    for (item, path) in fields.items("candidates")? {
        reply.choices.push(candidate_from(Fields::of(item, path)?)?);
    }
    // A prompt that was blocked has no candidates.
    if reply.choices.is_empty() {
        let mut choice = Choice::new(0);
        choice.finish = Some(blocked(fields.peek("promptFeedback")).unwrap_or(Finish::Stop));
        reply.choices.push(choice);
    }
    reply.model = fields.text("modelVersion")?;
    reply.usage = fields.take("usageMetadata").as_ref().and_then(usage_from);
    fields.take("responseId");
    reply.extras = fields.rest();
    Ok(reply)
}

/// Why a prompt got no answer.
pub(super) fn blocked(feedback: Option<&Json>) -> Option<Finish> {
    feedback?.get("blockReason").map(|_| Finish::ContentFilter)
}

/// Reads a candidate. Empty text without a signature says nothing.
pub(super) fn candidate_from(mut fields: Fields) -> Result<Choice, DecodeError> {
    let index = fields.count("index")?.and_then(|index| u32::try_from(index).ok()).unwrap_or(0);
    let mut choice = Choice::new(index);
    if let Some(mut content) = fields.object("content")? {
        for (item, path) in content.items("parts")? {
            add_part(&mut choice.parts, part_from(item, path)?);
        }
    }
    choice.finish = fields.text("finishReason")?.as_deref().map(finish_from);
    if choice.finish == Some(Finish::Stop) && choice.has_tool_calls() {
        choice.finish = Some(Finish::ToolCalls);
    }
    choice.extras = fields.rest();
    Ok(choice)
}

pub(crate) fn encode(reply: &Reply, identity: &ReplyIdentity, losses: &mut Losses) -> Json {
    let mut scope = Scope { target: OWN, origin: reply.origin, losses };
    let candidates: Vec<Json> = reply.choices.iter().map(|choice| candidate_to(choice, identity, &mut scope)).collect();
    let extras = scope.extras(&reply.extras);
    scope.losses.left_out_if("cache_write_tokens", reply.usage.filter(|usage| usage.cache_write_tokens > 0));
    object! {
        "candidates": candidates,
        "usageMetadata": reply.usage.as_ref().map(usage_to),
        "modelVersion": &identity.model,
        "responseId": &identity.id,
    }
    .with(extras)
}

fn candidate_to(choice: &Choice, identity: &ReplyIdentity, scope: &mut Scope<'_>) -> Json {
    let mut calls = 0;
    let mut parts = Vec::new();
    for part in &choice.parts {
        let mut json = part_to(part, scope);
        if let (PartBody::ToolCall(call), Some(json)) = (&part.body, &mut json) {
            *json = with_id(json, call, || identity.call_id(choice.index, calls));
            calls += 1;
        }
        parts.extend(json);
    }
    let finish = choice.finish_with_refusal();
    scope.losses.left_out_if("stop_sequence", choice.stop_sequence.as_ref());
    let extras = scope.extras(&choice.extras);
    object! {
        "content": object! { "parts": parts, "role": "model" },
        "finishReason": finish_to(&finish, scope),
        "index": choice.index,
    }
    .with(extras)
}

/// Callers always get an id, so that they can tell parallel calls apart.
fn with_id(json: &Json, call: &ToolCall, new_id: impl FnOnce() -> String) -> Json {
    let id = if call.id.is_empty() { new_id() } else { call.id.clone() };
    let call = json.get("functionCall").cloned().unwrap_or_default();
    let args = call.get("args").cloned();
    let call = object! { "id": id, "name": call.get("name"), "args": args };
    json.clone().with_replaced([("functionCall".to_owned(), call)])
}
