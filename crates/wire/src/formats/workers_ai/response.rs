//! Answers of Workers AI, in every shape that its models answer in.

use waypost_types::WireFormat;

use super::types::{choice_from, choice_to, usage_to};
use crate::{
    formats::{
        DecodeError, Losses, Scope,
        fields::Fields,
        openai_chat::{
            response::decode_common,
            types::{finish_to, usage_from},
        },
        tree::{Json, object},
    },
    prompt::Part,
    reply::{Choice, Reply, ReplyIdentity},
};

const OWN: WireFormat = WireFormat::WorkersAi;

pub(crate) fn decode(json: Json) -> Result<Reply, DecodeError> {
    let has_failed = json.get("success") == Some(&Json::Bool(false));
    if (has_failed || json.get("result").is_none())
        && let Some(message) = super::error::message(&json)
    {
        return Err(DecodeError::failed(message));
    }
    let mut envelope = Fields::of(json, "")?;
    let result = match envelope.take("result") {
        // Without the envelope, as bindings and some proxies answer.
        None => envelope.into_json(),
        Some(result) => result,
    };
    result_from(result)
}

fn result_from(result: Json) -> Result<Reply, DecodeError> {
    if let Json::Text(text) = result {
        let choice = Choice { parts: vec![Part::text(text)], ..Choice::new(0) };
        return Ok(Reply { choices: vec![choice], ..Reply::new(OWN) });
    }
    let mut fields = Fields::of(result, "/result")?;
    let mut reply = if fields.peek("choices").is_some() {
        decode_common(&mut fields, OWN)?
    } else if ["response", "tool_calls", "output"].iter().any(|key| fields.peek(key).is_some()) {
        let mut reply = Reply::new(OWN);
        reply.model = fields.text("model")?;
        reply.choices.push(choice_from(&mut fields)?);
        reply.usage = fields.take("usage").as_ref().and_then(any_usage);
        reply
    } else {
        return Err(fields.fault("has no response, choices or output"));
    };
    for known in ["id", "object", "created", "created_at"] {
        fields.take(known);
    }
    for choice in &mut reply.choices {
        choice.finish = Some(choice.finish());
    }
    reply.extras = fields.rest();
    Ok(reply)
}

/// Usage in OpenAI Chat's words or, beside `output`, in those of Responses.
fn any_usage(json: &Json) -> Option<waypost_types::Usage> {
    usage_from(json).or_else(|| crate::formats::anthropic::types::usage_from(json))
}

pub(crate) fn encode(reply: &Reply, identity: &ReplyIdentity, losses: &mut Losses) -> Json {
    let mut scope = Scope { target: OWN, origin: reply.origin, losses };
    if reply.choices.len() > 1 {
        scope.losses.add("answers after the first were left out");
    }
    let none = Choice::new(0);
    let choice = reply.choices.first().unwrap_or(&none);
    let finish = choice.finish_with_refusal();
    scope.losses.left_out_if("stop_sequence", choice.stop_sequence.as_ref());
    let mut result = choice_to(&choice.parts, &|call| identity.call_id(choice.index, call), &mut scope);
    result.put("finish_reason", finish_to(&finish));
    result.put("usage", usage_to(&reply.usage.unwrap_or_default()));
    let extras = [scope.extras(&choice.extras), scope.extras(&reply.extras)].concat();
    object! {
        "result": result.with(extras),
        "success": true,
        "errors": Vec::new(),
        "messages": Vec::new(),
    }
}
