//! Thoughts in messages: `reasoning_content`, and `reasoning_details` with what must come back.

use super::types::joined;
use waypost_types::WireFormat;

use crate::{
    formats::{
        DecodeError, Scope,
        fields::Fields,
        tree::{Json, object},
    },
    prompt::{Extras, Part, PartBody, Signature},
};

/// What a provider of the family is told of earlier thoughts. OpenAI refuses members that it does not know, and a
/// signature helps only the model that issued it; so thoughts go to models that document taking them back.
pub(crate) fn parts_for_provider(parts: &[Part], model: &str, scope: &mut Scope<'_>) -> Vec<Part> {
    let mut kept = Vec::with_capacity(parts.len());
    for part in parts {
        let takes = takes_back(model, part.signature.as_ref(), scope.is_home());
        if part.is_reasoning() && !takes {
            scope.losses.add("thoughts that the model does not take back were left out");
            continue;
        }
        let mut part = part.clone();
        if part.signature.is_some() && !takes {
            scope.losses.add("signatures of another provider were left out");
            part.signature = None;
        }
        kept.push(part);
    }
    kept
}

/// The model takes back a thought or signature of this origin; `None` is a thought without signature.
pub(crate) fn takes_back(model: &str, signature: Option<&Signature>, is_home: bool) -> bool {
    let name = model.to_ascii_lowercase();
    let is_any_of = |words: &[&str]| words.iter().any(|word| name.contains(word));
    match signature.map(|signature| signature.origin) {
        _ if is_openais_own(&name) => false,
        Some(WireFormat::AnthropicMessages) => is_any_of(&["claude", "anthropic"]),
        Some(WireFormat::GeminiGenerateContent) => is_any_of(&["gemini", "google"]),
        Some(WireFormat::OpenaiChat | WireFormat::WorkersAi) => is_home,
        None => is_home || is_any_of(&["deepseek", "kimi", "glm", "minimax", "qwen", "gpt-oss"]),
    }
}

/// Models that OpenAI itself serves; the open-weight `gpt-oss` is served by others.
pub(crate) fn is_openais_own(model: &str) -> bool {
    let name = model.rsplit('/').next().unwrap_or_default();
    (name.starts_with("gpt-") && !name.starts_with("gpt-oss")) || name.starts_with("chatgpt-") || is_o_series(name)
}

/// `o1`, `o3-mini` …
pub(crate) fn is_o_series(name: &str) -> bool {
    name.strip_prefix('o').is_some_and(|rest| rest.starts_with(|letter: char| letter.is_ascii_digit()))
}

pub(super) fn reasoning_text(parts: &[Part]) -> Option<String> {
    joined(parts, |body| match body {
        PartBody::Reasoning(text) => Some(text),
        _ => None,
    })
}

/// `reasoning_details`, needed only where something opaque must come back.
pub(super) fn reasoning_details(parts: &[Part], scope: &mut Scope<'_>) -> Option<Json> {
    let thoughts: Vec<&Part> = parts.iter().filter(|part| part.is_reasoning()).collect();
    if thoughts.iter().all(|part| part.signature.is_none()) {
        return None;
    }
    let details = thoughts.into_iter().zip(0u32..).map(|(part, index)| {
        let detail = match &part.body {
            PartBody::Reasoning(text) => reasoning_detail(Some(text), part.signature.as_ref(), index),
            _ => redacted_detail(part.signature.as_ref(), index),
        };
        detail.with(scope.extras(&part.extras))
    });
    Some(Json::List(details.collect()))
}

/// One entry of `reasoning_details` with text, a signature or both.
pub(crate) fn reasoning_detail(text: Option<&str>, signature: Option<&Signature>, index: u32) -> Json {
    object! {
        "type": "reasoning.text",
        "text": text,
        "signature": signature.map(|signature| &signature.data),
        "format": signature.and_then(detail_format),
        "index": index,
    }
}

/// One entry of `reasoning_details` that shows nothing.
pub(crate) fn redacted_detail(signature: Option<&Signature>, index: u32) -> Json {
    object! {
        "type": "reasoning.encrypted",
        "data": signature.map(|signature| &signature.data),
        "format": signature.and_then(detail_format),
        "index": index,
    }
}

/// OpenRouter's names of the formats. Source: `openrouter.ai/docs/use-cases/reasoning-tokens` (2026-11).
fn detail_format(signature: &Signature) -> Option<&'static str> {
    match signature.origin {
        WireFormat::AnthropicMessages => Some("anthropic-claude-v1"),
        WireFormat::GeminiGenerateContent => Some("google-gemini-v1"),
        WireFormat::OpenaiChat | WireFormat::WorkersAi => None,
    }
}

fn detail_origin(format: Option<&str>) -> WireFormat {
    match format {
        Some("anthropic-claude-v1") => WireFormat::AnthropicMessages,
        Some("google-gemini-v1") => WireFormat::GeminiGenerateContent,
        _ => WireFormat::OpenaiChat,
    }
}

/// Takes thoughts out of a message or a delta: the details where they show text, else `reasoning_content` (DeepSeek) or
/// `reasoning` (OpenRouter, Groq) with what the details hide.
pub(crate) fn reasoning_from(fields: &mut Fields) -> Result<Vec<Part>, DecodeError> {
    let shown = [fields.take("reasoning_content"), fields.take("reasoning")];
    let shown = shown.into_iter().flatten().find_map(|value| value.as_str().map(str::to_owned));
    let mut parts: Vec<Part> = Vec::new();
    for (item, path) in fields.items("reasoning_details")? {
        add_detail(&mut parts, Fields::of(item, path)?)?;
    }
    let shows_text = parts.iter().any(|part| matches!(&part.body, PartBody::Reasoning(text) if !text.is_empty()));
    if let Some(text) = shown.filter(|text| !shows_text && !text.is_empty()) {
        match parts.first_mut() {
            // A signature without its text belongs to the text beside it.
            Some(Part { body: PartBody::Reasoning(empty), .. }) => *empty = text,
            _ => parts.insert(0, Part::new(PartBody::Reasoning(text))),
        }
    }
    parts.iter_mut().for_each(|part| part.extras.retain(|(key, _)| key != "index"));
    Ok(parts)
}

/// Adds an entry. Clients that collected a stream send the fragments of an entry one after another with its index.
fn add_detail(parts: &mut Vec<Part>, mut detail: Fields) -> Result<(), DecodeError> {
    let kind = detail.text("type")?.unwrap_or_default();
    let origin = detail_origin(detail.peek("format").and_then(Json::as_str));
    if origin != WireFormat::OpenaiChat {
        detail.take("format");
    }
    let sign = |data: String| Signature { origin, data };
    if kind == "reasoning.encrypted" {
        let signature = detail.text("data")?.map(sign);
        parts.push(Part { body: PartBody::Redacted, signature, extras: detail.rest() });
        return Ok(());
    }
    let text = detail.text("text")?.or(detail.text("summary")?).unwrap_or_default();
    let signature = detail.text("signature")?.map(sign);
    let extras = detail.rest();
    match parts.last_mut() {
        Some(Part { body: PartBody::Reasoning(before), signature: open @ None, extras: known })
            if index_of(known) == index_of(&extras) =>
        {
            before.push_str(&text);
            *open = signature;
        }
        _ => parts.push(Part { body: PartBody::Reasoning(text), signature, extras }),
    }
    Ok(())
}

fn index_of(extras: &Extras) -> Option<&Json> {
    extras.iter().find(|(key, _)| key == "index").map(|(_, value)| value)
}
