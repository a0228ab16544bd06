//! Writing requests in OpenAI's grammar.

use waypost_types::WireFormat;

use crate::formats::openai_chat::thoughts::{is_o_series, parts_for_provider};
use crate::formats::openai_chat::types::{assistant_to, content_to};
use crate::{
    formats::{
        Losses, Scope,
        tree::{Json, object},
    },
    prompt::{Effort, Message, OutputForm, Part, PartBody, Prompt, Role, Tool, ToolChoice, ToolResult},
};

/// OpenAI takes no more stop sequences.
const STOP_MAX: usize = 4;

pub(crate) fn encode(prompt: &Prompt, model: &str, stream: bool, losses: &mut Losses) -> Json {
    let mut scope = Scope { target: WireFormat::OpenaiChat, origin: prompt.origin, losses };
    let limit = prompt.sampling.max_output_tokens;
    let (newer, older) = if knows_only_completion_tokens(model) { (limit, None) } else { (None, limit) };
    let sampling = &prompt.sampling;
    scope.losses.left_out_if("top_k", sampling.top_k.filter(|_| !scope.origin_is_openai()));
    scope.losses.left_out_if("repetition_penalty", sampling.repetition_penalty.filter(|_| !scope.origin_is_openai()));
    let stream_options = object! { "include_usage": true };
    let json = object! {
        "model": model,
        "messages": messages_to(prompt, model, &OPENAI, &mut scope),
        "stream": stream.then_some(true),
        "stream_options": stream.then_some(stream_options),
        "max_completion_tokens": newer,
        "max_tokens": older,
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
        "top_k": sampling.top_k.filter(|_| scope.origin_is_openai()),
        "repetition_penalty": sampling.repetition_penalty.filter(|_| scope.origin_is_openai()),
        "frequency_penalty": sampling.frequency_penalty,
        "presence_penalty": sampling.presence_penalty,
        "seed": sampling.seed,
        "stop": stop_to(&sampling.stop, scope.losses),
        "n": sampling.answer_count,
        "tools": tools_to(prompt, &mut scope),
        "tool_choice": prompt.tool_choice.as_ref().filter(|_| !prompt.tools.is_empty()).map(tool_choice_to),
        "parallel_tool_calls": prompt.parallel_tool_calls.filter(|_| !prompt.tools.is_empty()),
        "response_format": output_to(&prompt.output),
        "reasoning_effort": effort_to(prompt, model, scope.losses).map(Effort::as_str),
        "user": prompt.user.as_ref(),
    };
    let extras = scope.extras(&prompt.extras);
    json.with(extras)
}

impl Scope<'_> {
    /// Some compatible providers know members that OpenAI does not; whoever writes OpenAI's grammar knows what it sends.
    fn origin_is_openai(&self) -> bool {
        self.origin == WireFormat::OpenaiChat
    }
}

/// OpenAI's reasoning models refuse `max_tokens`; most compatible providers know nothing else.
fn knows_only_completion_tokens(model: &str) -> bool {
    let name = model.rsplit('/').next().unwrap_or_default();
    is_o_series(name) || name.starts_with("gpt-5") || name.starts_with("gpt-6")
}

/// How a member of the family writes messages.
pub(crate) struct Style {
    /// There is a role `developer`.
    pub(crate) has_developer: bool,
    /// `content` may be `null`.
    pub(crate) has_null_content: bool,
}

const OPENAI: Style = Style { has_developer: true, has_null_content: true };

pub(crate) fn messages_to(prompt: &Prompt, model: &str, style: &Style, scope: &mut Scope<'_>) -> Vec<Json> {
    let mut messages = Vec::new();
    for (message, number) in prompt.messages.iter().zip(0u32..) {
        match message.role {
            Role::System => messages.extend(plain_to("system", message, scope)),
            Role::Developer if style.has_developer => messages.extend(plain_to("developer", message, scope)),
            Role::Developer => messages.extend(plain_to("system", message, scope)),
            Role::User => user_to(&mut messages, message, scope),
            Role::Assistant => messages.push(assistant_message_to(message, number, model, style, scope)),
        }
    }
    messages
}

fn plain_to(role: &str, message: &Message, scope: &mut Scope<'_>) -> Option<Json> {
    let content = content_to(&message.parts, scope)?;
    Some(object! { "role": role, "content": content }.with(scope.extras(&message.extras)))
}

/// Results become messages of their own, before what the user says.
fn user_to(messages: &mut Vec<Json>, message: &Message, scope: &mut Scope<'_>) {
    let mut said: Vec<&Part> = Vec::new();
    for part in &message.parts {
        match &part.body {
            PartBody::ToolResult(result) => messages.push(tool_result_to(result, part, &mut said, scope)),
            _ => said.push(part),
        }
    }
    if let Some(content) = content_to(said, scope) {
        messages.push(object! { "role": "user", "content": content }.with(scope.extras(&message.extras)));
    }
}

/// A `tool` message holds text only; pictures follow in the user's message.
fn tool_result_to<'a>(result: &'a ToolResult, part: &Part, said: &mut Vec<&'a Part>, scope: &mut Scope<'_>) -> Json {
    let (texts, others): (Vec<&Part>, Vec<&Part>) = result.content.iter().partition(|part| part.as_text().is_some());
    if !others.is_empty() {
        scope.losses.add("pictures in a tool result were moved into a user message behind it");
        said.extend(others);
    }
    if result.is_error {
        scope.losses.left_out("is_error");
    }
    let content = content_to(texts, scope).unwrap_or_else(|| "".into());
    object! { "role": "tool", "tool_call_id": &result.call_id, "content": content }.with(scope.extras(&part.extras))
}

fn assistant_message_to(message: &Message, number: u32, model: &str, style: &Style, scope: &mut Scope<'_>) -> Json {
    let parts = parts_for_provider(&message.parts, model, scope);
    let mut json = assistant_to(&parts, &|call| format!("call_{number}_{call}"), scope);
    if let Json::Object(members) = &mut json
        && !style.has_null_content
    {
        members.iter_mut().filter(|(_, value)| value.is_null()).for_each(|(_, value)| *value = "".into());
    }
    json.with(scope.extras(&message.extras))
}

pub(crate) fn tools_to(prompt: &Prompt, scope: &mut Scope<'_>) -> Option<Vec<Json>> {
    let mut tools = Vec::new();
    for tool in &prompt.tools {
        match tool {
            Tool::Function(function) => {
                let json = object! {
                    "name": &function.name,
                    "description": function.description.as_ref(),
                    "parameters": function.parameters.as_ref(),
                    "strict": function.strict,
                };
                let json = json.with(scope.extras(&function.extras));
                tools.push(object! { "type": "function", "function": json });
            }
            Tool::Foreign { kind, json } => tools.extend(scope.foreign(kind, json)),
        }
    }
    Some(tools).filter(|tools| !tools.is_empty())
}

pub(crate) fn tool_choice_to(choice: &ToolChoice) -> Json {
    let function = |name: &String| object! { "type": "function", "function": object! { "name": name } };
    match choice {
        ToolChoice::None => "none".into(),
        ToolChoice::Auto => "auto".into(),
        ToolChoice::Required => "required".into(),
        ToolChoice::Function(name) => function(name),
        ToolChoice::OneOf { names, is_required } => {
            let mode = if *is_required { "required" } else { "auto" };
            let tools: Vec<Json> = names.iter().map(function).collect();
            object! { "type": "allowed_tools", "allowed_tools": object! { "mode": mode, "tools": tools } }
        }
    }
}

fn stop_to(stop: &[String], losses: &mut Losses) -> Option<Vec<Json>> {
    if stop.len() > STOP_MAX {
        losses.add(format!("stop sequences after the first {STOP_MAX} were left out"));
    }
    let stop: Vec<Json> = stop.iter().take(STOP_MAX).map(Json::from).collect();
    Some(stop).filter(|stop| !stop.is_empty())
}

fn output_to(output: &OutputForm) -> Option<Json> {
    match output {
        OutputForm::Text => None,
        OutputForm::Json => Some(object! { "type": "json_object" }),
        OutputForm::Schema(schema) => {
            let wrapper = object! {
                "name": schema.name.as_deref().unwrap_or("answer"),
                "description": schema.description.as_ref(),
                "strict": schema.strict,
                "schema": &schema.schema,
            };
            Some(object! { "type": "json_schema", "json_schema": wrapper })
        }
    }
}

/// The effort in OpenAI's words. Models that do not think refuse the member, so it goes to those only whose caller chose
/// it in OpenAI's own words.
pub(crate) fn effort_to(prompt: &Prompt, model: &str, losses: &mut Losses) -> Option<Effort> {
    let reasoning = &prompt.reasoning;
    losses.left_out_if("includeThoughts", reasoning.shows_thoughts);
    let effort = reasoning.effort.or_else(|| reasoning.budget_tokens.map(Effort::of_budget))?;
    let chose_openai = matches!(prompt.origin, WireFormat::OpenaiChat | WireFormat::WorkersAi);
    if !chose_openai && (effort == Effort::None || never_thinks(model)) {
        losses.add("the wish about thinking was left out");
        return None;
    }
    if reasoning.effort.is_none() {
        losses.add(format!("a budget for thinking was written as the effort `{}`", effort.as_str()));
    }
    // OpenAI's most is `xhigh`.
    Some(if effort == Effort::Max { Effort::ExtraHigh } else { effort })
}

/// OpenAI's models before reasoning.
fn never_thinks(model: &str) -> bool {
    let name = model.rsplit('/').next().unwrap_or_default();
    ["gpt-3", "gpt-4", "chatgpt-4"].iter().any(|prefix| name.starts_with(prefix))
}
