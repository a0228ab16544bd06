//! What the assistant says, and how each vendor would put it.
//!
//! The fixed rule: input tokens = bytes of all message text ÷ 4, plus 3 per message (a system prompt is one); output
//! tokens = words said. Unless the script says otherwise, the assistant echoes the last user text, cut to the caller's cap.

use serde_json::Value;
use waypost_types::WireFormat;

use crate::{
    request::Received,
    script::{Script, UsageScript},
};

mod anthropic;
mod gemini;
mod openai;
mod workers_ai;

/// Words of an echo when nobody caps them.
const ECHO_WORDS_MAX: usize = 32;

/// One answer, in no format yet.
#[derive(Clone, Debug)]
pub struct Said {
    /// Each with the space before it; one is one output token.
    pub words: Vec<String>,
    /// Thinking before.
    pub reasoning: Option<String>,
    /// Name and arguments of a tool call instead of words.
    pub tool: Option<(String, Value)>,
    /// The caller's cap cut it.
    pub is_capped: bool,
    /// As asked.
    pub model: String,
    /// What is reported; see [`UsageScript`].
    pub usage: Option<Reported>,
    /// The caller asked for usage in a stream (OpenAI).
    pub include_usage: bool,
    /// Input tokens by the rule or the script.
    pub input_tokens: u64,
    /// Output tokens as they are, whatever is reported.
    pub output_tokens: u64,
}

/// Reported token counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reported {
    /// Whole input.
    pub input: i64,
    /// Output.
    pub output: i64,
    /// Part of the input that came from a prompt cache.
    pub cached: i64,
}

/// One piece of a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// A whole event.
    pub text: String,
    /// Output tokens in it.
    pub tokens: u64,
}

impl Piece {
    fn other(text: String) -> Self {
        Self { text, tokens: 0 }
    }

    fn token(text: String) -> Self {
        Self { text, tokens: 1 }
    }
}

impl Said {
    /// The answer to a request.
    pub fn to(received: &Received, script: &Script) -> Self {
        let empty = Value::Null;
        let body = received.json.as_ref().unwrap_or(&empty);
        let tool = script.tool_arguments.clone().and_then(|arguments| Some((first_tool(body)?, arguments)));
        let cap = cap(body);
        let (words, is_capped) = if tool.is_some() { (Vec::new(), false) } else { words(body, script, cap) };
        let output_tokens = if tool.is_some() { script.output_tokens.unwrap_or(5) } else { words.len() as u64 };
        let input_tokens = script.input_tokens.unwrap_or_else(|| input_tokens(body));
        Self {
            usage: reported(script, input_tokens, output_tokens),
            include_usage: body["stream_options"]["include_usage"] == true,
            reasoning: script.reasoning.clone(),
            model: received.model.clone(),
            words,
            tool,
            is_capped,
            input_tokens,
            output_tokens,
        }
    }

    /// The words as one text.
    pub fn text(&self) -> String {
        self.words.concat()
    }

    /// The answer of a format as one body.
    pub fn whole(&self, format: WireFormat, script: &Script) -> Value {
        match format {
            WireFormat::OpenaiChat => openai::whole(self, script),
            WireFormat::AnthropicMessages => anthropic::whole(self, script),
            WireFormat::GeminiGenerateContent => gemini::whole(self, script),
            WireFormat::WorkersAi => workers_ai::whole(self),
        }
    }

    /// The answer of a format as a stream.
    pub fn pieces(&self, format: WireFormat, script: &Script, is_sse: bool) -> Vec<Piece> {
        let mut pieces = match format {
            WireFormat::OpenaiChat => openai::pieces(self, script),
            WireFormat::AnthropicMessages => anthropic::pieces(self, script),
            WireFormat::GeminiGenerateContent => gemini::pieces(self, script, is_sse),
            WireFormat::WorkersAi => workers_ai::pieces(self, script),
        };
        if let Some(after) = script.error_event_after {
            let message = script.error_message.as_deref().unwrap_or("the test provider fails in its stream");
            let at = nth_token(&pieces, after).unwrap_or(pieces.len());
            pieces.truncate(at);
            pieces.push(Piece::other(error_event(format, message)));
        }
        if script.comments {
            let comment = || Piece::other(crate::sse::comment("test"));
            pieces = pieces.into_iter().flat_map(|piece| [comment(), piece]).collect();
        }
        pieces
    }
}

/// How many pieces there are until so many carried text.
pub fn nth_token(pieces: &[Piece], count: usize) -> Option<usize> {
    let mut with_text = pieces.iter().enumerate().filter(|(_, piece)| piece.tokens > 0);
    if count == 0 {
        with_text.next().map(|(index, _)| index)
    } else {
        with_text.nth(count - 1).map(|(index, _)| index + 1)
    }
}

/// An error body of a format.
pub fn error(format: Option<WireFormat>, status: u16, message: &str) -> Value {
    match format {
        Some(WireFormat::AnthropicMessages) => anthropic::error(status, message),
        Some(WireFormat::GeminiGenerateContent) => gemini::error(status, message),
        Some(WireFormat::WorkersAi) => workers_ai::error(status, message),
        Some(WireFormat::OpenaiChat) | None => openai::error(status, message),
    }
}

fn error_event(format: WireFormat, message: &str) -> String {
    match format {
        WireFormat::AnthropicMessages => crate::sse::typed(&anthropic::error(529, message)),
        WireFormat::OpenaiChat | WireFormat::GeminiGenerateContent | WireFormat::WorkersAi => {
            crate::sse::data(&error(Some(format), 500, message))
        }
    }
}

fn reported(script: &Script, input: u64, output: u64) -> Option<Reported> {
    let signed = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    let usual = Reported { input: signed(input), output: signed(output), cached: signed(script.cached_tokens) };
    match script.usage {
        UsageScript::Usual | UsageScript::Twice | UsageScript::Early => Some(usual),
        UsageScript::Missing => None,
        UsageScript::Zero => Some(Reported { input: 0, output: 0, cached: 0 }),
        UsageScript::Huge => Some(Reported { input: 1_000_000_000_000, output: 1_000_000_000_000, cached: 0 }),
        UsageScript::Negative => Some(Reported { input: -5, output: -7, cached: 0 }),
    }
}

fn words(body: &Value, script: &Script, cap: Option<u64>) -> (Vec<String>, bool) {
    let text = script.text.clone().unwrap_or_else(|| format!("Echo: {}", last_user_text(body)));
    let mut words: Vec<String> = text.split_inclusive(char::is_whitespace).map(str::to_owned).collect();
    if let Some(exactly) = script.output_tokens {
        let source = if words.is_empty() { vec!["word ".to_owned()] } else { words };
        let spaced = |word: &String| format!("{} ", word.trim_end());
        words = source.iter().map(spaced).cycle().take(usize::try_from(exactly).unwrap_or(usize::MAX)).collect();
    } else if script.text.is_none() {
        words.truncate(ECHO_WORDS_MAX);
    }
    let cap = usize::try_from(cap.unwrap_or(u64::MAX)).unwrap_or(usize::MAX);
    let is_capped = words.len() > cap;
    words.truncate(cap);
    (words, is_capped)
}

fn cap(body: &Value) -> Option<u64> {
    let places = [
        "/max_tokens",
        "/max_completion_tokens",
        "/generationConfig/maxOutputTokens",
        "/generation_config/max_output_tokens",
    ];
    places.iter().find_map(|place| body.pointer(place)?.as_u64())
}

fn first_tool(body: &Value) -> Option<String> {
    let tool = &body["tools"][0];
    let places = ["/function/name", "/name", "/functionDeclarations/0/name", "/function_declarations/0/name"];
    places.iter().find_map(|place| tool.pointer(place)?.as_str()).map(str::to_owned)
}

fn turns(body: &Value) -> &[Value] {
    let turns = body["messages"].as_array().or_else(|| body["contents"].as_array());
    turns.map(Vec::as_slice).unwrap_or_default()
}

fn last_user_text(body: &Value) -> String {
    let from_turns = turns(body).iter().rev().find(|turn| turn["role"] == "user" || turn.get("role").is_none());
    let text = from_turns.map(|turn| texts(turn).join(" ")).or_else(|| body["prompt"].as_str().map(str::to_owned));
    text.unwrap_or_default()
}

/// The fixed rule.
pub fn input_tokens(body: &Value) -> u64 {
    let system = ["system", "systemInstruction", "system_instruction"].iter().find_map(|name| body.get(*name));
    let prompt = body.get("prompt");
    let all: Vec<&Value> = turns(body).iter().chain(system).chain(prompt).collect();
    let bytes: usize = all.iter().flat_map(|turn| texts(turn)).map(str::len).sum();
    (bytes / 4 + 3 * all.len()) as u64
}

/// Every text in a turn: plain, in parts, in tool results.
fn texts(turn: &Value) -> Vec<&str> {
    match turn {
        Value::String(text) => vec![text],
        Value::Array(parts) => parts.iter().flat_map(texts).collect(),
        Value::Object(members) => {
            ["content", "parts", "text"].iter().filter_map(|name| members.get(*name)).flat_map(texts).collect()
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests;
