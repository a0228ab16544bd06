//! Gemini's words, and the parts that requests and answers share.

use waypost_types::{Usage, WireFormat};

use crate::{
    formats::{
        DecodeError, Scope,
        anthropic::types::arguments_object,
        fields::Fields,
        signature::Slot,
        tree::{Json, object},
    },
    prompt::{Image, ImageSource, Part, PartBody, Signature, ToolCall, ToolResult},
    reply::Finish,
};

const OWN: WireFormat = WireFormat::GeminiGenerateContent;

/// Reads `finishReason`.
pub(crate) fn finish_from(word: &str) -> Finish {
    match word {
        "STOP" => Finish::Stop,
        "MAX_TOKENS" => Finish::Length,
        "SAFETY"
        | "RECITATION"
        | "LANGUAGE"
        | "BLOCKLIST"
        | "PROHIBITED_CONTENT"
        | "SPII"
        | "IMAGE_SAFETY"
        | "IMAGE_PROHIBITED_CONTENT"
        | "IMAGE_RECITATION"
        | "MODEL_ARMOR" => Finish::ContentFilter,
        other => Finish::Other(other.to_owned()),
    }
}

/// Writes `finishReason`.
pub(crate) fn finish_to(finish: &Finish, scope: &mut Scope<'_>) -> String {
    let word = match finish {
        Finish::Stop | Finish::StopSequence | Finish::ToolCalls => "STOP",
        Finish::Length => "MAX_TOKENS",
        Finish::ContentFilter | Finish::Refusal => "SAFETY",
        Finish::Other(word) if scope.is_home() => word,
        Finish::Other(word) => {
            scope.losses.add(format!("the stop reason `{word}` was written as `OTHER`"));
            "OTHER"
        }
    };
    word.to_owned()
}

/// Reads `usageMetadata`. Thoughts are counted beside the candidates; the results of Google's own tools beside the
/// prompt.
pub(crate) fn usage_from(json: &Json) -> Option<Usage> {
    let count = |key: &str| json.get(key).and_then(Json::as_count);
    let (prompt, candidates) = (count("promptTokenCount"), count("candidatesTokenCount"));
    if prompt.is_none() && candidates.is_none() {
        return None;
    }
    let thoughts = count("thoughtsTokenCount").unwrap_or(0);
    Some(Usage {
        input_tokens: prompt.unwrap_or(0).saturating_add(count("toolUsePromptTokenCount").unwrap_or(0)),
        output_tokens: candidates.unwrap_or(0).saturating_add(thoughts),
        cache_read_tokens: count("cachedContentTokenCount").unwrap_or(0),
        cache_write_tokens: 0,
        reasoning_tokens: thoughts,
    })
}

/// Writes `usageMetadata`.
pub(crate) fn usage_to(usage: &Usage) -> Json {
    let some = |tokens: u64| Some(tokens).filter(|&tokens| tokens > 0);
    object! {
        "promptTokenCount": usage.input_tokens,
        "cachedContentTokenCount": some(usage.cache_read_tokens),
        "candidatesTokenCount": usage.output_tokens.saturating_sub(usage.reasoning_tokens),
        "thoughtsTokenCount": some(usage.reasoning_tokens),
        "totalTokenCount": usage.total_tokens(),
    }
}

// === reading parts ===

/// Reads one part.
pub(crate) fn part_from(item: Json, path: String) -> Result<Part, DecodeError> {
    let mut fields = Fields::of(item, path)?.or_snake_case();
    let is_thought = fields.flag("thought")?.unwrap_or(false);
    let carried = fields
        .text("thoughtSignature")?
        .map(|data| Signature::unmark_base64(&data).unwrap_or((Signature { origin: OWN, data }, Slot::Thought)));
    let (signature, slot) = carried.map_or((None, None), |(signature, slot)| (Some(signature), Some(slot)));
    let body = if let Some(text) = fields.text("text")? {
        match (is_thought, slot) {
            (true, Some(Slot::Redacted)) => PartBody::Redacted,
            (true, _) => PartBody::Reasoning(text),
            (false, _) => PartBody::Text(text),
        }
    } else if let Some(blob) = fields.object("inlineData")? {
        match inline_from(blob)? {
            Ok(image) => PartBody::Image(image),
            Err(foreign) => foreign,
        }
    } else if let Some(mut file) = fields.object("fileData")? {
        let source = ImageSource::Url { url: file.need_text("fileUri")?, media_type: file.text("mimeType")? };
        PartBody::Image(Image { source, detail: None })
    } else if let Some(call) = fields.object("functionCall")? {
        PartBody::ToolCall(call_from(call)?)
    } else if let Some(response) = fields.object("functionResponse")? {
        PartBody::ToolResult(result_from(response)?)
    } else {
        return foreign_or_signature(fields, signature);
    };
    Ok(Part { body, signature, extras: fields.rest() })
}

/// Adds a part. What a stream cut into fragments is one again: a thought goes on until its signature, and a signature on
/// empty text signs the text before it. Empty text without a signature says nothing.
pub(crate) fn add_part(parts: &mut Vec<Part>, part: Part) {
    let is_empty = part.as_text() == Some("") && part.extras.is_empty();
    match (parts.last_mut(), &part.body) {
        (_, PartBody::Text(_)) if is_empty && part.signature.is_none() => {}
        (Some(last), PartBody::Text(_)) if is_empty && last.as_text().is_some() && last.signature.is_none() => {
            last.signature = part.signature;
        }
        (Some(Part { body: PartBody::Reasoning(before), signature: open @ None, .. }), PartBody::Reasoning(text)) => {
            before.push_str(text);
            *open = part.signature;
        }
        _ => parts.push(part),
    }
}

/// Other kinds of parts; a part with a signature alone signs the text before it.
fn foreign_or_signature(fields: Fields, signature: Option<Signature>) -> Result<Part, DecodeError> {
    let json = fields.into_json();
    let Json::Object(members) = &json else { return Ok(Part::text("")) };
    match (members.first(), signature) {
        (Some((kind, _)), _) => Ok(Part::new(PartBody::Foreign { kind: kind.clone(), json })),
        (None, signature) => Ok(Part::text("").signed(signature)),
    }
}

/// A picture, or other data that only Gemini takes.
fn inline_from(mut blob: Fields) -> Result<Result<Image, PartBody>, DecodeError> {
    let media_type = blob.text("mimeType")?.unwrap_or_default();
    let base64 = blob.need_text("data")?;
    if media_type.starts_with("image/") {
        return Ok(Ok(Image { source: ImageSource::Inline { media_type, base64 }, detail: None }));
    }
    let kind = format!("inlineData of {media_type}");
    let json = object! { "inlineData": object! { "mimeType": media_type, "data": base64 } };
    Ok(Err(PartBody::Foreign { kind, json }))
}

fn call_from(mut fields: Fields) -> Result<ToolCall, DecodeError> {
    Ok(ToolCall {
        id: fields.text("id")?.unwrap_or_default(),
        name: fields.need_text("name")?,
        arguments: fields.take("args").map_or_else(|| "{}".to_owned(), |args| args.to_text()),
    })
}

/// Google's convention: `output` holds what a function returned, `error` why it failed; any other object is the output.
/// Source: `ai.google.dev/api/caching#FunctionResponse` (2026-11).
fn result_from(mut fields: Fields) -> Result<ToolResult, DecodeError> {
    let (call_id, name) = (fields.text("id")?.unwrap_or_default(), fields.need_text("name")?);
    let response = fields.take("response").unwrap_or_else(|| object! {});
    let only = |key: &str| match &response {
        Json::Object(members) if members.len() == 1 => response.get(key),
        _ => None,
    };
    let text_of = |json: &Json| json.as_str().map_or_else(|| json.to_text(), str::to_owned);
    let (text, is_error) = match (only("output").or_else(|| only("result")), only("error")) {
        (Some(output), _) => (text_of(output), false),
        (None, Some(error)) => (text_of(error), true),
        (None, None) => (response.to_text(), false),
    };
    Ok(ToolResult { call_id, name, content: vec![Part::text(text)], is_error })
}

// === writing parts ===

/// Writes one part. `None` for what has no place of its own.
pub(crate) fn part_to(part: &Part, scope: &mut Scope<'_>) -> Option<Json> {
    let signature = part.signature.as_ref();
    let json = match &part.body {
        PartBody::Text(text) if text.is_empty() && signature.is_none() => return None,
        PartBody::Text(text) | PartBody::Refusal(text) => {
            object! { "text": text, "thoughtSignature": signature.map(|signature| carried(signature, Slot::Text)) }
        }
        PartBody::Image(image) => image_to(image, scope),
        PartBody::ToolCall(call) => object! {
            "functionCall": call_to(call, scope),
            "thoughtSignature": signature.map(|signature| carried(signature, Slot::Call)),
        },
        PartBody::ToolResult(result) => object! { "functionResponse": result_to(result) },
        PartBody::Reasoning(text) => thought_to(text, signature),
        PartBody::Redacted => redacted_to(signature?),
        PartBody::Foreign { kind, json } => return scope.foreign(kind, json),
    };
    Some(json.with(scope.extras(&part.extras)))
}

/// A thought.
pub(crate) fn thought_to(text: &str, signature: Option<&Signature>) -> Json {
    let signature = signature.map(|signature| carried(signature, Slot::Thought));
    object! { "thought": true, "text": text, "thoughtSignature": signature }
}

/// A thought that is shown to nobody.
pub(crate) fn redacted_to(signature: &Signature) -> Json {
    object! { "thought": true, "text": "", "thoughtSignature": signature.mark_base64(Slot::Redacted) }
}

/// The signature as it stands in a part: its own as it is, a foreign one marked.
pub(crate) fn carried(signature: &Signature, slot: Slot) -> String {
    if signature.origin == OWN { signature.data.clone() } else { signature.mark_base64(slot) }
}

fn image_to(image: &Image, scope: &mut Scope<'_>) -> Json {
    scope.losses.left_out_if("detail", image.detail.as_ref());
    match &image.source {
        ImageSource::Inline { media_type, base64 } => {
            object! { "inlineData": object! { "mimeType": media_type, "data": base64 } }
        }
        ImageSource::Url { url, media_type } => {
            let media_type = media_type.as_deref().or_else(|| media_type_of(url));
            object! { "fileData": object! { "mimeType": media_type, "fileUri": url } }
        }
    }
}

/// Gemini wants to be told; the ending of the path is all there is to go by.
fn media_type_of(url: &str) -> Option<&'static str> {
    let path = url.split(['?', '#']).next().unwrap_or_default();
    let ending = path.rsplit('.').next().unwrap_or_default();
    let known = [("png", "image/png"), ("jpg", "image/jpeg"), ("jpeg", "image/jpeg"), ("webp", "image/webp")];
    let more = [("gif", "image/gif"), ("heic", "image/heic"), ("heif", "image/heif")];
    known.into_iter().chain(more).find(|(name, _)| ending.eq_ignore_ascii_case(name)).map(|(_, media_type)| media_type)
}

fn call_to(call: &ToolCall, scope: &mut Scope<'_>) -> Json {
    object! { "id": own_id(&call.id), "name": &call.name, "args": arguments_object(&call.arguments, scope) }
}

fn result_to(result: &ToolResult) -> Json {
    let text: Vec<&str> = result.content.iter().filter_map(Part::as_text).collect();
    let text = text.join("\n");
    let response = match Json::parse(text.as_bytes()) {
        _ if result.is_error => object! { "error": text },
        Ok(json @ Json::Object(_)) => json,
        _ => object! { "output": text },
    };
    object! { "id": own_id(&result.call_id), "name": &result.name, "response": response }
}

/// Ids are optional here and unknown to Vertex AI's `v1`, which matches by name and order. Those of other vendors, and
/// ours for calls that had none, are left out.
fn own_id(id: &str) -> Option<&str> {
    let is_foreign = ["call_", "toolu_", "chatcmpl-"].iter().any(|prefix| id.starts_with(prefix));
    (!id.is_empty() && !is_foreign).then_some(id)
}
