//! How much text a conversation holds, without building any of it.

use waypost_types::WireFormat;

use crate::json::{Document, Kind, Value};

/// What the messages add up to.
#[derive(Default)]
pub(super) struct Conversation {
    pub(super) messages: u64,
    pub(super) text_bytes: u64,
    pub(super) has_images: bool,
}

pub(super) fn conversation(format: WireFormat, document: &Document<'_>) -> Conversation {
    let (turns, besides): (&[&str], &[&str]) = match format {
        WireFormat::OpenaiChat => (&["messages"], &[]),
        WireFormat::AnthropicMessages => (&["messages"], &["system"]),
        WireFormat::GeminiGenerateContent => (&["contents"], &["systemInstruction", "system_instruction"]),
        WireFormat::WorkersAi => (&["messages", "prompt"], &[]),
    };
    let mut sum = Conversation::default();
    for value in turns.iter().filter_map(|key| document.get(key)) {
        sum.messages += match value.kind() {
            Kind::Null => 0,
            Kind::List => value.elements().count() as u64,
            _ => 1,
        };
        sum.add(value);
    }
    for value in besides.iter().filter_map(|key| document.get(key)) {
        sum.add(value);
    }
    sum
}

impl Conversation {
    /// Adds a message, a list of them, or a part of one. The formats share most names of parts, and where they do not,
    /// the names do not collide, so that one walk reads them all.
    ///
    /// It calls itself no deeper than the scanner lets values lie inside one another.
    fn add(&mut self, value: Value<'_>) {
        match value.kind() {
            Kind::Text => self.text_bytes += value.text_bytes(),
            Kind::List => value.elements().for_each(|element| self.add(element)),
            Kind::Object => self.add_object(value),
            Kind::Null | Kind::Bool | Kind::Number => {}
        }
    }

    fn add_object(&mut self, object: Value<'_>) {
        let mut scratch = Vec::new();
        for member in object.members() {
            let key = member.name(&mut scratch);
            match key {
                b"content" | b"parts" | b"text" | b"thinking" | b"reasoning" | b"reasoning_content" | b"refusal"
                | b"tool_calls" | b"function" | b"function_call" | b"arguments" | b"functionCall"
                | b"functionResponse" | b"function_response" => self.add(member.value),
                // What a tool was called with and what it gave back reach the model as JSON.
                b"input" | b"args" | b"response" => self.text_bytes += member.value.raw().len() as u64,
                b"source" => self.add_source(member.value),
                b"image_url" | b"inlineData" | b"inline_data" | b"fileData" | b"file_data" => {
                    self.has_images |= key == b"image_url" || is_image(member.value);
                }
                b"type" => self.has_images |= matches!(member.value.as_str().as_deref(), Some("image" | "input_image")),
                _ => {}
            }
        }
    }

    /// Anthropic's documents: plain text or blocks count, encoded files do not.
    fn add_source(&mut self, source: Value<'_>) {
        let kind = source.get("type").and_then(|kind| kind.as_str());
        if kind.as_deref() == Some("text") {
            self.text_bytes += source.get("data").map_or(0, |data| data.text_bytes());
        }
    }
}

fn is_image(blob: Value<'_>) -> bool {
    let mime = blob.get("mimeType").or_else(|| blob.get("mime_type")).and_then(|mime| mime.as_str());
    mime.is_some_and(|mime| mime.starts_with("image/"))
}
