//! Answers in OpenAI's grammar.

use waypost_types::WireFormat;

use super::types::{assistant_from, assistant_to, finish_from, finish_to, usage_from, usage_to};
use crate::{
    formats::{
        DecodeError, Losses, Scope,
        fields::Fields,
        tree::{Json, object},
    },
    reply::{Choice, Finish, Reply, ReplyIdentity},
};

pub(crate) fn decode(json: Json) -> Result<Reply, DecodeError> {
    if let Some(message) = super::error::message(&json) {
        return Err(DecodeError::failed(message));
    }
    let mut fields = Fields::of(json, "")?;
    if fields.peek("choices").is_none() {
        return Err(fields.fault("has no choices"));
    }
    let mut reply = decode_common(&mut fields, WireFormat::OpenaiChat)?;
    for known in ["id", "object", "created"] {
        fields.take(known);
    }
    reply.extras = fields.rest();
    Ok(reply)
}

/// What OpenAI and Workers AI have in common.
pub(crate) fn decode_common(fields: &mut Fields, origin: WireFormat) -> Result<Reply, DecodeError> {
    let mut reply = Reply::new(origin);
    reply.model = fields.text("model")?;
    for (item, path) in fields.items("choices")? {
        reply.choices.push(choice_from(Fields::of(item, path)?)?);
    }
    reply.usage = fields.take("usage").as_ref().and_then(usage_from);
    Ok(reply)
}

fn choice_from(mut fields: Fields) -> Result<Choice, DecodeError> {
    let index = fields.count("index")?.and_then(|index| u32::try_from(index).ok()).unwrap_or(0);
    let mut choice = Choice::new(index);
    if let Some(mut message) = fields.object("message")? {
        choice.parts = assistant_from(&mut message)?;
        message.take("role");
        choice.extras.extend(message.rest_under("message").filter(|(_, value)| *value != Json::List(Vec::new())));
    }
    choice.finish = fields.text("finish_reason")?.filter(|word| !word.is_empty()).as_deref().map(finish_from);
    if choice.finish == Some(Finish::Stop) && choice.has_tool_calls() {
        choice.finish = Some(Finish::ToolCalls);
    }
    choice.extras.extend(fields.rest());
    Ok(choice)
}

pub(crate) fn encode(reply: &Reply, identity: &ReplyIdentity, losses: &mut Losses) -> Json {
    let mut scope = Scope { target: WireFormat::OpenaiChat, origin: reply.origin, losses };
    let choices: Vec<Json> = reply.choices.iter().map(|choice| choice_to(choice, identity, &mut scope)).collect();
    let extras = scope.extras(&reply.extras);
    object! {
        "id": response_id(identity),
        "object": "chat.completion",
        "created": identity.created_s,
        "model": &identity.model,
        "choices": choices,
        "usage": reply.usage.as_ref().map(usage_to),
    }
    .with(extras)
}

pub(super) fn response_id(identity: &ReplyIdentity) -> String {
    format!("chatcmpl-{}", identity.id)
}

fn choice_to(choice: &Choice, identity: &ReplyIdentity, scope: &mut Scope<'_>) -> Json {
    let mut message = assistant_to(&choice.parts, &|call| identity.call_id(choice.index, call), scope);
    let mut extras = scope.extras(&choice.extras);
    extras.retain_mut(|(name, value)| match name.strip_prefix("message.") {
        Some(name) => {
            message.put(name, std::mem::take(value));
            false
        }
        None => true,
    });
    if message.get("refusal").is_none() {
        message.put("refusal", Json::Null);
    }
    let finish = choice.finish();
    if let Finish::Other(word) = &finish {
        scope.losses.add(format!("the stop reason `{word}` was written as `stop`"));
    }
    object! { "index": choice.index, "message": message, "logprobs": Json::Null, "finish_reason": finish_to(&finish) }
        .with_replaced(extras)
}
