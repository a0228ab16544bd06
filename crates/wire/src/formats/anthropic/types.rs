//! Anthropic's words, and the content blocks that requests and answers share.

use waypost_types::{Usage, WireFormat};

use crate::{
    formats::{
        DecodeError, Scope,
        fields::{Fields, items_of},
        signature::Slot,
        tree::{Json, object},
    },
    prompt::{Image, ImageSource, Part, PartBody, Signature, ToolCall, ToolResult},
    reply::Finish,
};

const OWN: WireFormat = WireFormat::AnthropicMessages;

/// Reads `stop_reason`.
pub(crate) fn finish_from(word: &str) -> Finish {
    match word {
        "end_turn" => Finish::Stop,
        "stop_sequence" => Finish::StopSequence,
        "max_tokens" | "model_context_window_exceeded" => Finish::Length,
        "tool_use" => Finish::ToolCalls,
        "refusal" => Finish::Refusal,
        other => Finish::Other(other.to_owned()),
    }
}

/// Writes `stop_reason`.
pub(crate) fn finish_to(finish: &Finish, scope: &mut Scope<'_>) -> String {
    let word = match finish {
        Finish::Stop => "end_turn",
        Finish::StopSequence => "stop_sequence",
        Finish::Length => "max_tokens",
        Finish::ToolCalls => "tool_use",
        Finish::ContentFilter | Finish::Refusal => "refusal",
        Finish::Other(word) if scope.is_home() => word,
        Finish::Other(word) => {
            scope.losses.add(format!("the stop reason `{word}` was written as `end_turn`"));
            "end_turn"
        }
    };
    word.to_owned()
}

/// Reads `usage`: the three input counts add up to all input.
pub(crate) fn usage_from(json: &Json) -> Option<Usage> {
    let count = |key: &str| json.get(key).and_then(Json::as_count);
    let (input, output) = (count("input_tokens"), count("output_tokens"));
    if input.is_none() && output.is_none() {
        return None;
    }
    let read = count("cache_read_input_tokens").unwrap_or(0);
    let written = count("cache_creation_input_tokens").unwrap_or(0);
    let reasoning = json.at(&["output_tokens_details", "thinking_tokens"]).and_then(Json::as_count);
    Some(Usage {
        input_tokens: input.unwrap_or(0).saturating_add(read).saturating_add(written),
        output_tokens: output.unwrap_or(0),
        cache_read_tokens: read,
        cache_write_tokens: written,
        reasoning_tokens: reasoning.unwrap_or(0),
    })
}

/// Writes `usage`.
pub(crate) fn usage_to(usage: &Usage) -> Json {
    let reasoning = Some(usage.reasoning_tokens).filter(|&tokens| tokens > 0);
    object! {
        "input_tokens": usage.plain_input_tokens(),
        "cache_creation_input_tokens": usage.cache_write_tokens,
        "cache_read_input_tokens": usage.cache_read_tokens,
        "output_tokens": usage.output_tokens,
        "output_tokens_details": reasoning.map(|tokens| object! { "thinking_tokens": tokens }),
    }
}

// === reading blocks ===

/// Reads `content`: text, or a list of blocks.
pub(crate) fn content_from(content: Option<Json>, path: &str) -> Result<Vec<Part>, DecodeError> {
    match content {
        None => Ok(Vec::new()),
        Some(Json::Text(text)) => Ok(vec![Part::text(text)]),
        Some(list @ Json::List(_)) => {
            let parts: Result<Vec<Part>, DecodeError> =
                items_of(list, path)?.into_iter().map(|(item, path)| block_from(item, path)).collect();
            Ok(settle_marked(parts?))
        }
        Some(_) => Err(DecodeError::shape(path, "expected text or a list of blocks")),
    }
}

fn block_from(item: Json, path: String) -> Result<Part, DecodeError> {
    let mut fields = Fields::of(item, path)?;
    let kind = match fields.peek("type") {
        Some(Json::Text(kind)) => kind.clone(),
        _ => return Err(DecodeError::shape(fields.at("type"), "is missing")),
    };
    let mut signature = None;
    let body = match kind.as_str() {
        "text" => PartBody::Text(fields.need_text("text")?),
        "image" => match image_from(&mut fields)? {
            Some(image) => PartBody::Image(image),
            None => {
                return Ok(Part::new(PartBody::Foreign { kind: "image of a file".into(), json: fields.into_json() }));
            }
        },
        "tool_use" => PartBody::ToolCall(ToolCall {
            id: fields.need_text("id")?,
            name: fields.need_text("name")?,
            arguments: fields.take("input").map_or_else(|| "{}".to_owned(), |input| input.to_text()),
        }),
        "tool_result" => PartBody::ToolResult(tool_result_from(&mut fields)?),
        "thinking" => {
            let data = fields.text("signature")?.filter(|data| !data.is_empty());
            signature = data.map(|data| Signature { origin: OWN, data });
            PartBody::Reasoning(fields.text("thinking")?.unwrap_or_default())
        }
        "redacted_thinking" => {
            signature = fields.text("data")?.map(|data| Signature { origin: OWN, data });
            PartBody::Redacted
        }
        _ => return Ok(Part::new(PartBody::Foreign { kind, json: fields.into_json() })),
    };
    fields.take("type");
    Ok(Part { body, signature, extras: fields.rest() })
}

fn image_from(fields: &mut Fields) -> Result<Option<Image>, DecodeError> {
    if fields.peek("source").and_then(|source| source.get("type")).and_then(Json::as_str) == Some("file") {
        return Ok(None);
    }
    let mut source = fields.object("source")?.ok_or_else(|| fields.fault("expected a source"))?;
    let source = match source.need_text("type")?.as_str() {
        "base64" => {
            ImageSource::Inline { media_type: source.need_text("media_type")?, base64: source.need_text("data")? }
        }
        "url" => ImageSource::Url { url: source.need_text("url")?, media_type: None },
        _ => return Err(DecodeError::shape(source.at("type"), "expected base64, url or file")),
    };
    Ok(Some(Image { source, detail: None }))
}

fn tool_result_from(fields: &mut Fields) -> Result<ToolResult, DecodeError> {
    let content = fields.take("content");
    Ok(ToolResult {
        call_id: fields.need_text("tool_use_id")?,
        name: String::new(),
        content: content_from(content, &fields.at("content"))?,
        is_error: fields.flag("is_error")?.unwrap_or(false),
    })
}

/// Puts foreign signatures back where they belong: one of a call onto the call behind it, one of text onto the text
/// before it.
fn settle_marked(parts: Vec<Part>) -> Vec<Part> {
    let mut settled: Vec<Part> = Vec::with_capacity(parts.len());
    let mut for_call = None;
    for mut part in parts {
        let marked = match (&part.body, &part.signature) {
            (PartBody::Reasoning(_) | PartBody::Redacted, Some(signature)) => Signature::unmark(&signature.data),
            _ => None,
        };
        match marked {
            Some((signature, Slot::Call)) => {
                for_call = Some(signature);
                continue;
            }
            Some((signature, Slot::Text)) => {
                match settled.last_mut().filter(|last| last.as_text().is_some()) {
                    Some(last) => last.signature = Some(signature),
                    None => settled.push(Part::text("").signed(Some(signature))),
                }
                continue;
            }
            Some((signature, Slot::Thought | Slot::Redacted)) => part.signature = Some(signature),
            None => {}
        }
        if part.as_tool_call().is_some() {
            part.signature = for_call.take();
        }
        settled.push(part);
    }
    settled
}

// === writing blocks ===

/// Writes one part for a provider or a caller. A foreign signature goes to callers only: see [`marked_block`].
pub(crate) fn block_to(part: &Part, scope: &mut Scope<'_>) -> Option<Json> {
    let json = match &part.body {
        // Anthropic refuses empty text.
        PartBody::Text(text) | PartBody::Refusal(text) if text.is_empty() => return None,
        PartBody::Text(text) | PartBody::Refusal(text) => object! { "type": "text", "text": text },
        PartBody::Image(image) => object! { "type": "image", "source": image_to(image, scope) },
        PartBody::ToolCall(call) => tool_use(call, scope),
        PartBody::ToolResult(result) => tool_result_to(result, scope),
        PartBody::Reasoning(text) => thinking(text, part.signature.as_ref()),
        PartBody::Redacted => {
            let signature = part.signature.as_ref()?;
            object! { "type": "redacted_thinking", "data": carried(signature, Slot::Redacted) }
        }
        PartBody::Foreign { kind, json } => return scope.foreign(kind, json),
    };
    Some(json.with(scope.extras(&part.extras)))
}

/// A thought. Answers always have a signature; the empty one says that there is none.
pub(crate) fn thinking(text: &str, signature: Option<&Signature>) -> Json {
    let signature = signature.map(|signature| carried(signature, Slot::Thought)).unwrap_or_default();
    object! { "type": "thinking", "thinking": text, "signature": signature }
}

/// The signature as it stands in a block: its own as it is, a foreign one marked.
pub(crate) fn carried(signature: &Signature, slot: Slot) -> String {
    if signature.origin == OWN { signature.data.clone() } else { signature.mark(slot) }
}

/// The block that carries a foreign signature of a call or a text.
pub(crate) fn marked_block(signature: &Signature, slot: Slot) -> Json {
    object! { "type": "redacted_thinking", "data": signature.mark(slot) }
}

fn image_to(image: &Image, scope: &mut Scope<'_>) -> Json {
    scope.losses.left_out_if("detail", image.detail.as_ref());
    match &image.source {
        ImageSource::Inline { media_type, base64 } => {
            object! { "type": "base64", "media_type": media_type, "data": base64 }
        }
        ImageSource::Url { url, .. } => object! { "type": "url", "url": url },
    }
}

fn tool_use(call: &ToolCall, scope: &mut Scope<'_>) -> Json {
    object! {
        "type": "tool_use",
        "id": tool_id(&call.id),
        "name": &call.name,
        "input": arguments_object(&call.arguments, scope),
    }
}

/// Anthropic refuses other characters in ids.
fn tool_id(id: &str) -> String {
    id.chars()
        .map(|letter| if letter.is_ascii_alphanumeric() || "_-".contains(letter) { letter } else { '_' })
        .collect()
}

/// Arguments as the object that the grammar wants.
pub(crate) fn arguments_object(arguments: &str, scope: &mut Scope<'_>) -> Json {
    if arguments.trim().is_empty() {
        return object! {};
    }
    match Json::parse(arguments.as_bytes()) {
        Ok(json @ Json::Object(_)) => json,
        _ => {
            scope.losses.add("arguments of a call that are no JSON object were wrapped as `arguments`");
            object! { "arguments": arguments }
        }
    }
}

fn tool_result_to(result: &ToolResult, scope: &mut Scope<'_>) -> Json {
    let blocks: Vec<Json> = result.content.iter().filter_map(|part| block_to(part, scope)).collect();
    let content = match result.content.as_slice() {
        [part] if part.extras.is_empty() && part.as_text().is_some() => part.as_text().map(Json::from),
        _ => Some(Json::List(blocks)),
    };
    object! {
        "type": "tool_result",
        "tool_use_id": tool_id(&result.call_id),
        "content": content,
        "is_error": result.is_error.then_some(true),
    }
}
