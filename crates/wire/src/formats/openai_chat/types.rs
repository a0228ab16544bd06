//! OpenAI's words, and the message grammar that Workers AI shares.

use std::collections::{HashMap, HashSet};

use super::thoughts::{reasoning_details, reasoning_from, reasoning_text};
use waypost_types::{Usage, WireFormat};

use crate::{
    formats::{
        DecodeError, Scope,
        fields::{Fields, items_of},
        tree::{Json, object},
    },
    prompt::{Image, ImageSource, Part, PartBody, Signature, ToolCall},
    reply::Finish,
};

/// Reads `finish_reason`.
pub(crate) fn finish_from(word: &str) -> Finish {
    match word {
        "stop" => Finish::Stop,
        "length" | "model_length" => Finish::Length,
        "tool_calls" | "function_call" => Finish::ToolCalls,
        "content_filter" => Finish::ContentFilter,
        other => Finish::Other(other.to_owned()),
    }
}

/// Writes `finish_reason`. The official SDKs accept no other words.
pub(crate) fn finish_to(finish: &Finish) -> &'static str {
    match finish {
        Finish::Stop | Finish::StopSequence | Finish::Other(_) => "stop",
        Finish::Length => "length",
        Finish::ToolCalls => "tool_calls",
        Finish::ContentFilter | Finish::Refusal => "content_filter",
    }
}

/// Reads `usage`. DeepSeek's `prompt_cache_hit_tokens` and OpenRouter's `cache_write_tokens` are understood.
pub(crate) fn usage_from(json: &Json) -> Option<Usage> {
    let count = |path: &[&str]| json.at(path).and_then(Json::as_count);
    let input_tokens = count(&["prompt_tokens"]);
    let output_tokens = count(&["completion_tokens"]);
    if input_tokens.is_none() && output_tokens.is_none() {
        return None;
    }
    let cached = count(&["prompt_tokens_details", "cached_tokens"]).or_else(|| count(&["prompt_cache_hit_tokens"]));
    Some(Usage {
        input_tokens: input_tokens.unwrap_or(0),
        output_tokens: output_tokens.unwrap_or(0),
        cache_read_tokens: cached.unwrap_or(0),
        cache_write_tokens: count(&["prompt_tokens_details", "cache_write_tokens"]).unwrap_or(0),
        reasoning_tokens: count(&["completion_tokens_details", "reasoning_tokens"]).unwrap_or(0),
    })
}

/// Writes `usage`.
pub(crate) fn usage_to(usage: &Usage) -> Json {
    let written = Some(usage.cache_write_tokens).filter(|&tokens| tokens > 0);
    object! {
        "prompt_tokens": usage.input_tokens,
        "completion_tokens": usage.output_tokens,
        "total_tokens": usage.total_tokens(),
        "prompt_tokens_details": object! { "cached_tokens": usage.cache_read_tokens, "cache_write_tokens": written },
        "completion_tokens_details": object! { "reasoning_tokens": usage.reasoning_tokens },
    }
}

// === content ===

/// Reads `content`: text, or a list of parts.
pub(crate) fn content_from(content: Option<Json>, path: &str) -> Result<Vec<Part>, DecodeError> {
    match content {
        None => Ok(Vec::new()),
        Some(Json::Text(text)) => Ok(vec![Part::text(text)]),
        Some(list @ Json::List(_)) => {
            items_of(list, path)?.into_iter().map(|(item, path)| content_part_from(item, path)).collect()
        }
        Some(_) => Err(DecodeError::shape(path, "expected text or a list of parts")),
    }
}

fn content_part_from(item: Json, path: String) -> Result<Part, DecodeError> {
    let mut fields = Fields::of(item, path)?;
    let kind = fields.peek("type").and_then(Json::as_str).unwrap_or("text").to_owned();
    let body = match kind.as_str() {
        "text" | "input_text" | "output_text" => PartBody::Text(fields.need_text("text")?),
        "refusal" => PartBody::Refusal(fields.need_text("refusal")?),
        "image_url" => PartBody::Image(image_from(&mut fields)?),
        _ => return Ok(Part::new(PartBody::Foreign { kind, json: fields.into_json() })),
    };
    fields.take("type");
    Ok(Part { body, signature: None, extras: fields.rest() })
}

fn image_from(fields: &mut Fields) -> Result<Image, DecodeError> {
    if let Some(Json::Text(url)) = fields.peek("image_url") {
        let source = ImageSource::parse(url);
        fields.take("image_url");
        return Ok(Image { source, detail: None });
    }
    let mut image = fields.object("image_url")?.ok_or_else(|| fields.fault("expected an image_url"))?;
    Ok(Image { source: ImageSource::parse(&image.need_text("url")?), detail: image.text("detail")? })
}

/// Writes `content`: text where that says it all, else a list of parts. Parts that are no content are left to others.
pub(crate) fn content_to<'a>(parts: impl IntoIterator<Item = &'a Part>, scope: &mut Scope<'_>) -> Option<Json> {
    let mut items: Vec<Json> = parts.into_iter().filter_map(|part| content_part_to(part, scope)).collect();
    if scope.target == WireFormat::WorkersAi && items.len() > 1 && items.iter().all(|item| item.get("text").is_some()) {
        // Its older models take nothing but text.
        let texts: Vec<&str> = items.iter().filter_map(|item| item.get("text")?.as_str()).collect();
        return Some(texts.join("\n").into());
    }
    let is_plain =
        |item: &Json| matches!(item, Json::Object(members) if members.len() == 2) && item.get("text").is_some();
    match items.as_slice() {
        [] => None,
        [item] if is_plain(item) => items.pop().and_then(|item| item.get("text").cloned()),
        _ => Some(Json::List(items)),
    }
}

fn content_part_to(part: &Part, scope: &mut Scope<'_>) -> Option<Json> {
    let json = match &part.body {
        // Gemini signs empty text; the signature travels on the message.
        PartBody::Text(text) if text.is_empty() && part.signature.is_some() => return None,
        PartBody::Text(text) => object! { "type": "text", "text": text },
        PartBody::Image(image) => {
            let image = object! { "url": image.source.to_url(), "detail": image.detail.as_ref() };
            object! { "type": "image_url", "image_url": image }
        }
        PartBody::Foreign { kind, json } => return scope.foreign(kind, json),
        PartBody::Refusal(_)
        | PartBody::ToolCall(_)
        | PartBody::ToolResult(_)
        | PartBody::Reasoning(_)
        | PartBody::Redacted => return None,
    };
    Some(json.with(scope.extras(&part.extras)))
}

// === assistant messages ===

/// Takes what the model said out of an assistant message: thoughts, content, refusal, calls.
pub(crate) fn assistant_from(fields: &mut Fields) -> Result<Vec<Part>, DecodeError> {
    let mut parts = reasoning_from(fields)?;
    let content = fields.take("content");
    let mut said = content_from(content, &fields.at("content"))?;
    if let Some(signature) = thought_signature_from(fields) {
        match said.iter_mut().rev().find(|part| part.as_text().is_some()) {
            Some(part) => part.signature = Some(signature),
            None => said.push(Part::text("").signed(Some(signature))),
        }
    }
    parts.append(&mut said);
    if let Some(refusal) = fields.text("refusal")? {
        parts.push(Part::new(PartBody::Refusal(refusal)));
    }
    for (item, path) in fields.items("tool_calls")? {
        parts.push(tool_call_from(item, path)?);
    }
    if let Some(mut call) = fields.object("function_call")? {
        let name = call.need_text("name")?;
        let arguments = call.text("arguments")?.unwrap_or_default();
        parts.push(Part::new(PartBody::ToolCall(ToolCall { id: legacy_call_id(&name), name, arguments })));
    }
    sign_calls(&mut parts);
    // Providers and clients write empty text beside calls.
    if parts.iter().any(|part| part.as_tool_call().is_some()) {
        parts.retain(|part| part.as_text() != Some("") || part.signature.is_some());
    }
    Ok(parts)
}

/// The id of a call in the grammar before `tool_calls`, where results name the function only.
pub(crate) fn legacy_call_id(name: &str) -> String {
    format!("call_{name}")
}

/// Reads a call: OpenAI's `{id, function: {name, arguments}}` or Workers AI's `{name, arguments}` with the arguments as
/// text or as an object.
pub(crate) fn tool_call_from(item: Json, path: String) -> Result<Part, DecodeError> {
    let mut fields = Fields::of(item, path)?;
    let kind = fields.peek("type").and_then(Json::as_str).unwrap_or("function").to_owned();
    if kind != "function" {
        return Ok(Part::new(PartBody::Foreign { kind: format!("{kind} call"), json: fields.into_json() }));
    }
    fields.take("type");
    let id = fields.text("id")?.unwrap_or_default();
    let signature = thought_signature_from(&mut fields);
    let mut function = fields.object("function")?;
    let function = function.as_mut().unwrap_or(&mut fields);
    let name = function.need_text("name")?;
    let arguments = match function.take("arguments") {
        None => String::new(),
        Some(Json::Text(text)) => text,
        Some(other) => other.to_text(),
    };
    // A streamed call carries its number, which says nothing in a whole message.
    fields.take("index");
    Ok(Part { body: PartBody::ToolCall(ToolCall { id, name, arguments }), signature, extras: fields.rest() })
}

/// Takes `extra_content.google.thought_signature`; what else stands in `extra_content` stays.
pub(crate) fn thought_signature_from(fields: &mut Fields) -> Option<Signature> {
    let data = fields.peek("extra_content")?.at(&["google", "thought_signature"])?.as_str()?.to_owned();
    let more = fields.take("extra_content").and_then(|extra| extra.without(&["google", "thought_signature"]));
    fields.put_back("extra_content", more);
    Some(Signature { origin: WireFormat::GeminiGenerateContent, data })
}

fn thought_signature_to(signature: Option<&Signature>) -> Option<Json> {
    let data = &signature.filter(|signature| signature.origin == WireFormat::GeminiGenerateContent)?.data;
    Some(object! { "google": object! { "thought_signature": data } })
}

/// The `extra_content` of a delta or message.
pub(crate) fn extra_content(signature: &Signature) -> Option<Json> {
    thought_signature_to(Some(signature))
}

/// OpenRouter hands Gemini's signature of a call over as an encrypted detail with the call's id.
fn sign_calls(parts: &mut Vec<Part>) {
    if !parts.iter().any(|part| matches!(part.body, PartBody::Redacted)) {
        return;
    }
    let ids: HashSet<String> = parts.iter().filter_map(Part::as_tool_call).map(|call| call.id.clone()).collect();
    let id_of = |part: &Part| {
        let id = part.extras.iter().find(|(key, _)| key == "id").and_then(|(_, value)| value.as_str());
        id.filter(|id| matches!(part.body, PartBody::Redacted) && ids.contains(*id)).map(str::to_owned)
    };
    let details = parts.extract_if(.., |part| id_of(part).is_some());
    let mut signatures: HashMap<String, Option<Signature>> =
        details.filter_map(|part| Some((id_of(&part)?, part.signature))).collect();
    for part in parts.iter_mut() {
        if let Some(signature) = part.as_tool_call().and_then(|call| signatures.remove(&call.id)) {
            part.signature = signature;
        }
    }
}

/// Writes what the model said. `call_id` gives ids to calls without one.
pub(crate) fn assistant_to(parts: &[Part], call_id: &dyn Fn(u32) -> String, scope: &mut Scope<'_>) -> Json {
    let refusal = joined(parts, |body| match body {
        PartBody::Refusal(text) => Some(text),
        _ => None,
    });
    let text_signature = parts.iter().rev().find(|part| part.as_text().is_some() && part.signature.is_some());
    let calls: Vec<Json> = parts
        .iter()
        .filter(|part| part.as_tool_call().is_some())
        .zip(0..)
        .map(|(part, number)| tool_call_to(part, || call_id(number), scope))
        .collect();
    object! {
        "role": "assistant",
        "content": content_to(parts, scope).unwrap_or(Json::Null),
        "refusal": refusal,
        "reasoning_content": reasoning_text(parts),
        "reasoning_details": reasoning_details(parts, scope),
        "tool_calls": Some(calls).filter(|calls| !calls.is_empty()),
        "extra_content": thought_signature_to(text_signature.and_then(|part| part.signature.as_ref())),
    }
}

fn tool_call_to(part: &Part, new_id: impl FnOnce() -> String, scope: &mut Scope<'_>) -> Json {
    let Some(call) = part.as_tool_call() else { return Json::Null };
    let id = if call.id.is_empty() { new_id() } else { call.id.clone() };
    let arguments = if call.arguments.is_empty() { "{}" } else { &call.arguments };
    let function = object! { "name": &call.name, "arguments": arguments };
    let extra = thought_signature_to(part.signature.as_ref());
    object! { "id": id, "type": "function", "function": function, "extra_content": extra }
        .with(scope.extras(&part.extras))
}

pub(super) fn joined<'a>(parts: &'a [Part], text: impl Fn(&'a PartBody) -> Option<&'a String>) -> Option<String> {
    let texts: Vec<&str> = parts.iter().filter_map(|part| text(&part.body)).map(String::as_str).collect();
    Some(texts.concat()).filter(|text| !text.is_empty())
}
