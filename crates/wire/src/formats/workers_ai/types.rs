//! Words of Workers AI; its messages are those of OpenAI Chat.

use waypost_types::Usage;

use crate::{
    formats::{
        DecodeError, Scope,
        fields::Fields,
        openai_chat::thoughts::reasoning_from,
        openai_chat::types::{assistant_to, content_from, finish_from, thought_signature_from, tool_call_from},
        tree::{Json, object},
    },
    prompt::{Part, PartBody, ToolCall},
    reply::Choice,
};

/// Takes what the model said out of `{"response", "tool_calls"}`, or of Responses' `output`.
pub(crate) fn choice_from(fields: &mut Fields) -> Result<Choice, DecodeError> {
    let mut choice = Choice::new(0);
    choice.parts = reasoning_from(fields)?;
    match fields.take("response") {
        None => {}
        Some(Json::Text(text)) => choice.parts.push(Part::text(text)),
        // JSON mode answers with the value itself.
        Some(json) => choice.parts.push(Part::text(json.to_text())),
    }
    if let Some(signature) = thought_signature_from(fields) {
        match choice.parts.iter_mut().rev().find(|part| part.as_text().is_some()) {
            Some(text) => text.signature = Some(signature),
            None => choice.parts.push(Part::text("").signed(Some(signature))),
        }
    }
    for (item, path) in fields.items("output")? {
        choice.parts.extend(output_from(Fields::of(item, path)?)?);
    }
    for (item, path) in fields.items("tool_calls")? {
        choice.parts.push(tool_call_from(item, path)?);
    }
    if choice.has_tool_calls() {
        choice.parts.retain(|part| part.as_text() != Some("") || part.signature.is_some());
    }
    choice.finish = fields.text("finish_reason")?.as_deref().map(finish_from);
    Ok(choice)
}

/// One item of Responses' `output`: a message, a thought or a call. Source:
/// `platform.openai.com/docs/api-reference/responses/object` (2026-11); the gpt-oss models answer this way.
fn output_from(mut item: Fields) -> Result<Vec<Part>, DecodeError> {
    let kind = item.text("type")?.unwrap_or_default();
    match kind.as_str() {
        "message" => {
            let content = item.take("content");
            content_from(content, &item.at("content"))
        }
        "reasoning" => {
            let content = item.take("content").or_else(|| item.take("summary"));
            let texts = content.as_ref().and_then(Json::as_list).unwrap_or_default();
            let texts: Vec<&str> = texts.iter().filter_map(|text| text.get("text")?.as_str()).collect();
            let text = texts.concat();
            Ok(if text.is_empty() { Vec::new() } else { vec![Part::new(PartBody::Reasoning(text))] })
        }
        "function_call" => Ok(vec![Part::new(PartBody::ToolCall(ToolCall {
            id: item.text("call_id")?.unwrap_or_default(),
            name: item.need_text("name")?,
            arguments: item.text("arguments")?.unwrap_or_default(),
        }))]),
        _ => Ok(vec![Part::new(PartBody::Foreign { kind, json: item.into_json() })]),
    }
}

/// Writes `{"response", "tool_calls"}` with OpenAI's members for thoughts.
pub(crate) fn choice_to(parts: &[Part], call_id: &dyn Fn(u32) -> String, scope: &mut Scope<'_>) -> Json {
    let message = assistant_to(parts, call_id, scope);
    let texts: Vec<&str> = parts.iter().filter_map(Part::as_text).collect();
    let refusals = parts.iter().filter_map(|part| match &part.body {
        PartBody::Refusal(text) => Some(text.as_str()),
        _ => None,
    });
    let text: String = texts.into_iter().chain(refusals).collect();
    let calls = message.get("tool_calls").and_then(Json::as_list).unwrap_or_default();
    let calls: Vec<Json> = calls.iter().map(flat_call).collect();
    object! {
        "response": text,
        "tool_calls": calls,
        "reasoning_content": message.get("reasoning_content"),
        "reasoning_details": message.get("reasoning_details"),
        "extra_content": message.get("extra_content"),
    }
}

/// OpenAI's call as Workers AI writes it: `{name, arguments}` with the arguments as an object.
fn flat_call(call: &Json) -> Json {
    let arguments = call.at(&["function", "arguments"]).and_then(Json::as_str).unwrap_or("{}");
    object! {
        "id": call.get("id"),
        "name": call.at(&["function", "name"]),
        "arguments": Json::parse(arguments.as_bytes()).unwrap_or_else(|_| arguments.into()),
        "extra_content": call.get("extra_content"),
    }
}

/// Writes `usage`.
pub(crate) fn usage_to(usage: &Usage) -> Json {
    crate::formats::openai_chat::types::usage_to(usage)
}
