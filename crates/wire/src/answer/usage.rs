//! Token counts as providers report them.

use waypost_types::{Usage, WireFormat};

use crate::json::{Kind, Value};

/// The counts of one answer, collected from one body or from several events.
///
/// In every format the counts of a stream are cumulative, so that the largest of a kind is the latest; a count that is
/// reported twice is booked once (F17).
#[derive(Clone, Debug, Default)]
pub(super) struct Counts {
    input: Option<u64>,
    tool_input: Option<u64>,
    output: Option<u64>,
    cache_read: Option<u64>,
    cache_write: Option<u64>,
    reasoning: Option<u64>,
    total: Option<u64>,
    /// A count was negative or no number.
    is_flawed: bool,
}

impl Counts {
    /// Adds a usage object. False when the value is none.
    pub(super) fn read(&mut self, format: WireFormat, usage: Value<'_>) -> bool {
        if !usage.is_object() {
            return false;
        }
        match format {
            WireFormat::OpenaiChat | WireFormat::WorkersAi => self.read_openai(usage),
            WireFormat::AnthropicMessages => self.read_anthropic(usage),
            WireFormat::GeminiGenerateContent => self.read_gemini(usage),
        }
        true
    }

    /// Source: OpenAI, "The chat completion object", `usage` (checked 2026-11-21); DeepSeek's `prompt_cache_hit_tokens`.
    fn read_openai(&mut self, usage: Value<'_>) {
        let mut scratch = Vec::new();
        for member in usage.members() {
            let (value, flawed) = (member.value, &mut self.is_flawed);
            match member.name(&mut scratch) {
                b"prompt_tokens" | b"input_tokens" => raise(&mut self.input, value, flawed),
                b"completion_tokens" | b"output_tokens" => raise(&mut self.output, value, flawed),
                b"total_tokens" => raise(&mut self.total, value, flawed),
                b"prompt_cache_hit_tokens" => raise(&mut self.cache_read, value, flawed),
                b"prompt_tokens_details" => {
                    raise_in(&mut self.cache_read, value, "cached_tokens", flawed);
                    raise_in(&mut self.cache_write, value, "cache_write_tokens", flawed);
                }
                b"completion_tokens_details" => raise_in(&mut self.reasoning, value, "reasoning_tokens", flawed),
                _ => {}
            }
        }
    }

    /// Source: Anthropic, "Streaming Messages" and "Prompt caching" (checked 2026-11-21): `message_start` carries the
    /// input, `message_delta` cumulative counts; `input_tokens` leaves cached tokens out.
    fn read_anthropic(&mut self, usage: Value<'_>) {
        let mut scratch = Vec::new();
        for member in usage.members() {
            let (value, flawed) = (member.value, &mut self.is_flawed);
            match member.name(&mut scratch) {
                b"input_tokens" => raise(&mut self.input, value, flawed),
                b"output_tokens" => raise(&mut self.output, value, flawed),
                b"cache_read_input_tokens" => raise(&mut self.cache_read, value, flawed),
                b"cache_creation_input_tokens" => raise(&mut self.cache_write, value, flawed),
                _ => {}
            }
        }
    }

    /// Source: Google, `GenerateContentResponse.UsageMetadata` (checked 2026-11-21): the total is prompt + candidates +
    /// tool use + thoughts; cached tokens are part of the prompt.
    fn read_gemini(&mut self, usage: Value<'_>) {
        let mut scratch = Vec::new();
        for member in usage.members() {
            let (value, flawed) = (member.value, &mut self.is_flawed);
            match member.name(&mut scratch) {
                b"promptTokenCount" => raise(&mut self.input, value, flawed),
                b"toolUsePromptTokenCount" => raise(&mut self.tool_input, value, flawed),
                b"candidatesTokenCount" => raise(&mut self.output, value, flawed),
                b"thoughtsTokenCount" => raise(&mut self.reasoning, value, flawed),
                b"cachedContentTokenCount" => raise(&mut self.cache_read, value, flawed),
                _ => {}
            }
        }
    }

    /// The counts in the gateway's convention; `None` when they cannot be believed (A55).
    pub(super) fn usage(&self, format: WireFormat) -> Option<Usage> {
        if self.is_flawed && (self.input.is_none() || self.output.is_none()) {
            return None;
        }
        let of = |count: Option<u64>| count.unwrap_or(0);
        let (input, cache_read, cache_write) = (of(self.input), of(self.cache_read), of(self.cache_write));
        let (output, reasoning) = (of(self.output), of(self.reasoning));
        let (input_tokens, output_tokens) = match format {
            WireFormat::AnthropicMessages => (input.saturating_add(cache_read).saturating_add(cache_write), output),
            WireFormat::GeminiGenerateContent => {
                (input.saturating_add(of(self.tool_input)), output.saturating_add(reasoning))
            }
            WireFormat::OpenaiChat | WireFormat::WorkersAi => (input, self.openai_output(input, output, reasoning)),
        };
        let is_silent = input_tokens == 0 && output_tokens == 0;
        (!is_silent).then_some(Usage {
            input_tokens,
            output_tokens,
            cache_read_tokens: cache_read,
            cache_write_tokens: cache_write,
            reasoning_tokens: reasoning,
        })
    }

    /// OpenAI counts reasoning within the completion, xAI beside it; only the total tells them apart. Source: xAI,
    /// "Consumption and rate limits" (checked 2026-11-21).
    fn openai_output(&self, input: u64, output: u64, reasoning: u64) -> u64 {
        let with_reasoning = output.saturating_add(reasoning);
        if self.total == Some(input.saturating_add(with_reasoning)) { with_reasoning } else { output }
    }
}

fn raise(count: &mut Option<u64>, value: Value<'_>, is_flawed: &mut bool) {
    if value.is_null() {
        return;
    }
    match tokens(value) {
        Some(tokens) => *count = (*count).max(Some(tokens)),
        None => *is_flawed = true,
    }
}

fn raise_in(count: &mut Option<u64>, details: Value<'_>, key: &str, is_flawed: &mut bool) {
    if let Some(value) = details.get(key) {
        raise(count, value, is_flawed);
    }
}

/// A count of 0 or more, also where it is written `12.0` or does not fit 64 bits (then it saturates, and is capped as
/// implausible).
fn tokens(value: Value<'_>) -> Option<u64> {
    if let Some(tokens) = value.as_u64() {
        return Some(tokens);
    }
    if value.kind() != Kind::Number {
        return None;
    }
    // A conversion from float saturates; what is beyond a double parses as infinite.
    let number: f64 = value.raw_str().parse().ok()?;
    (number >= 0.0).then_some(number as u64)
}
