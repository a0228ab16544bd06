//! One reader for whole answers and for the events of a stream, per format.

use std::ops::Range;

use waypost_types::{Usage, WireFormat};

use super::usage::Counts;
use crate::json::{Kind, Value};

/// Longest error message that is kept, in characters.
const ERROR_CHARS_MAX: usize = 1_000;

/// Answers that are told apart by their index; `n` goes to 128.
const ANSWERS_TOLD_APART: u64 = 128;

/// What has been learned so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct Facts {
    pub(crate) finish: Option<String>,
    pub(crate) model: Option<String>,
    pub(crate) error: Option<String>,
    pub(crate) output_text_bytes: u64,
    /// Something that the model made was seen: text, a tool call, an image.
    pub(crate) has_output: bool,
    /// The format's own end marker was seen.
    pub(crate) is_terminated: bool,
    counts: Counts,
    format: Option<WireFormat>,
    /// Answers that began and that ended, by index.
    begun: u128,
    ended: u128,
}

/// What one body or event brought.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Brought {
    /// It carried usage.
    pub(crate) usage: bool,
    /// It carried an ending, an error or an end marker.
    pub(crate) ending: bool,
    /// Its list of answers is there and empty.
    pub(crate) no_answers: bool,
    /// Where the texts stand that it carried; the last one, and how many.
    pub(crate) text: Range<usize>,
    pub(crate) texts: u32,
}

impl Facts {
    /// Tokens as reported.
    pub(crate) fn usage(&self) -> Option<Usage> {
        self.counts.usage(self.format?)
    }

    /// Every answer that began has a reason why it ended.
    pub(crate) const fn is_finished(&self) -> bool {
        self.ended != 0 && self.begun & !self.ended == 0
    }

    pub(crate) fn read(&mut self, format: WireFormat, root: Value<'_>) -> Brought {
        self.format = Some(format);
        let mut brought = Brought::default();
        match format {
            WireFormat::OpenaiChat => self.read_openai(format, root, &mut brought),
            WireFormat::AnthropicMessages => self.read_anthropic(root, &mut brought),
            WireFormat::GeminiGenerateContent => self.read_gemini(root, &mut brought),
            WireFormat::WorkersAi => self.read_workers_ai(root, &mut brought),
        }
        brought
    }

    fn read_openai(&mut self, format: WireFormat, root: Value<'_>, brought: &mut Brought) {
        let mut scratch = Vec::new();
        for member in root.members() {
            let value = member.value;
            match member.name(&mut scratch) {
                b"choices" => {
                    brought.no_answers = value.kind() == Kind::List && value.elements().next().is_none();
                    value.elements().for_each(|choice| self.read_choice(choice, brought));
                }
                b"usage" => brought.usage |= self.counts.read(format, value),
                // Groq reports usage here.
                b"x_groq" => brought.usage |= value.get("usage").is_some_and(|usage| self.counts.read(format, usage)),
                b"model" => self.learn_model(value),
                b"error" => self.learn_error(value, brought),
                _ => {}
            }
        }
    }

    fn read_choice(&mut self, choice: Value<'_>, brought: &mut Brought) {
        let answer = answer_bit(choice);
        self.begun |= answer;
        let mut scratch = Vec::new();
        for member in choice.members() {
            match member.name(&mut scratch) {
                b"delta" | b"message" | b"text" => self.add_output(member.value, brought),
                b"finish_reason" => self.learn_finish(member.value, answer, brought),
                _ => {}
            }
        }
    }

    fn read_anthropic(&mut self, root: Value<'_>, brought: &mut Brought) {
        let kind = root.get("type").and_then(|kind| kind.as_str());
        match kind.as_deref() {
            Some("message_start") => root.get("message").into_iter().for_each(|it| self.read_message(it, brought)),
            Some("message_stop") => {
                self.is_terminated = true;
                brought.ending = true;
            }
            Some("content_block_delta") => root.get("delta").into_iter().for_each(|it| self.add_output(it, brought)),
            Some("content_block_start") => self.read_block_start(root, brought),
            Some("error") => root.get("error").into_iter().for_each(|it| self.learn_error(it, brought)),
            Some("message_delta") => {
                root.get("delta").into_iter().for_each(|it| self.read_message(it, brought));
                self.read_message(root, brought);
            }
            Some("ping" | "content_block_stop") => {}
            _ => {
                self.read_message(root, brought);
                root.get("error").into_iter().for_each(|it| self.learn_error(it, brought));
            }
        }
    }

    fn read_message(&mut self, message: Value<'_>, brought: &mut Brought) {
        let mut scratch = Vec::new();
        for member in message.members() {
            let value = member.value;
            match member.name(&mut scratch) {
                b"content" => self.add_output(value, brought),
                b"usage" => brought.usage |= self.counts.read(WireFormat::AnthropicMessages, value),
                b"model" => self.learn_model(value),
                b"stop_reason" => self.learn_finish(value, 1, brought),
                _ => {}
            }
        }
    }

    fn read_block_start(&mut self, root: Value<'_>, brought: &mut Brought) {
        let Some(block) = root.get("content_block") else { return };
        // A tool's input begins as an empty object; it is no text.
        self.has_output |= block.get("type").and_then(|kind| kind.as_str()).is_some_and(|kind| kind == "tool_use");
        block.get("text").into_iter().for_each(|text| self.add_output(text, brought));
    }

    fn read_gemini(&mut self, root: Value<'_>, brought: &mut Brought) {
        let mut scratch = Vec::new();
        for member in root.members() {
            let value = member.value;
            match member.name(&mut scratch) {
                b"candidates" => value.elements().for_each(|candidate| self.read_candidate(candidate, brought)),
                b"usageMetadata" => brought.usage |= self.counts.read(WireFormat::GeminiGenerateContent, value),
                b"modelVersion" => self.learn_model(value),
                b"promptFeedback" => {
                    value.get("blockReason").into_iter().for_each(|reason| self.learn_finish(reason, 1, brought));
                }
                b"error" => self.learn_error(value, brought),
                _ => {}
            }
        }
    }

    fn read_candidate(&mut self, candidate: Value<'_>, brought: &mut Brought) {
        let answer = answer_bit(candidate);
        self.begun |= answer;
        let mut scratch = Vec::new();
        for member in candidate.members() {
            match member.name(&mut scratch) {
                b"content" => self.add_output(member.value, brought),
                b"finishReason" => self.learn_finish(member.value, answer, brought),
                _ => {}
            }
        }
    }

    /// Newer models of Workers AI answer as OpenAI's do; over its REST API both come in an envelope.
    fn read_workers_ai(&mut self, root: Value<'_>, brought: &mut Brought) {
        let inner = root.get("result").filter(Value::is_object).unwrap_or(root);
        self.read_openai(WireFormat::WorkersAi, inner, brought);
        let mut scratch = Vec::new();
        for member in inner.members() {
            match member.name(&mut scratch) {
                b"response" if member.value.kind() == Kind::Text => self.add_output(member.value, brought),
                // JSON mode answers with the value itself.
                b"response" => self.add_raw(member.value, brought),
                b"tool_calls" => self.add_output(member.value, brought),
                b"finish_reason" => self.learn_finish(member.value, 1, brought),
                _ => {}
            }
        }
        let errors = root.get("errors").and_then(|errors| errors.elements().next());
        errors.into_iter().for_each(|error| self.learn_error(error, brought));
    }

    /// Adds a piece of the answer, or a list of them. The formats' names do not collide, so that one walk reads them
    /// all. It calls itself no deeper than the scanner lets values lie inside one another.
    fn add_output(&mut self, value: Value<'_>, brought: &mut Brought) {
        match value.kind() {
            Kind::Text => {
                let bytes = value.text_bytes();
                self.output_text_bytes += bytes;
                self.has_output |= bytes > 0;
                brought.text = value.range();
                brought.texts += 1;
            }
            Kind::List => value.elements().for_each(|element| self.add_output(element, brought)),
            Kind::Object => self.add_part(value, brought),
            Kind::Null | Kind::Bool | Kind::Number => {}
        }
    }

    fn add_part(&mut self, part: Value<'_>, brought: &mut Brought) {
        let mut scratch = Vec::new();
        for member in part.members() {
            let name = member.name(&mut scratch);
            match name {
                b"content" | b"parts" | b"text" | b"thinking" | b"reasoning" | b"reasoning_content" | b"refusal"
                | b"partial_json" | b"tool_calls" | b"function" | b"function_call" | b"functionCall" | b"arguments" => {
                    self.has_output |= matches!(name, b"function" | b"function_call" | b"functionCall");
                    self.add_output(member.value, brought);
                }
                b"input" | b"args" => self.add_raw(member.value, brought),
                b"inlineData" | b"audio" => self.has_output |= member.value.is_object(),
                _ => {}
            }
        }
    }

    fn add_raw(&mut self, value: Value<'_>, brought: &mut Brought) {
        if !value.is_null() {
            self.output_text_bytes += value.raw().len() as u64;
            self.has_output = true;
            // Counted by its length as written, so that it is no plain text event.
            brought.texts += 2;
        }
    }

    fn learn_model(&mut self, value: Value<'_>) {
        if self.model.is_none() {
            self.model = value.as_str().filter(|model| !model.is_empty()).map(|model| model.into_owned());
        }
    }

    fn learn_finish(&mut self, value: Value<'_>, answer: u128, brought: &mut Brought) {
        if let Some(reason) = value.as_str().filter(|reason| !reason.is_empty()) {
            brought.ending = true;
            self.ended |= answer;
            self.finish = Some(reason.into_owned());
        }
    }

    /// Keeps the first error. `null`, `false` and an empty list or object say that there is none.
    pub(crate) fn learn_error(&mut self, error: Value<'_>, brought: &mut Brought) {
        let message = error.get("message").filter(|message| !message.is_null()).unwrap_or(error);
        let text = match message.kind() {
            Kind::Null => return,
            Kind::Bool if message.as_bool() == Some(false) => return,
            Kind::List if message.elements().next().is_none() => return,
            Kind::Object if message.members().next().is_none() => return,
            _ => message.as_str().unwrap_or_else(|| String::from_utf8_lossy(message.raw())),
        };
        brought.ending = true;
        self.learn_error_text(&text);
    }

    /// Keeps the first error, in words that are no JSON.
    pub(crate) fn learn_error_text(&mut self, text: &str) {
        self.error.get_or_insert_with(|| text.chars().take(ERROR_CHARS_MAX).collect());
    }
}

/// The bit of a choice or candidate; those without an index are the first.
fn answer_bit(answer: Value<'_>) -> u128 {
    let index = answer.get("index").and_then(|index| index.as_u64()).unwrap_or(0);
    1 << index.min(ANSWERS_TOLD_APART - 1)
}
