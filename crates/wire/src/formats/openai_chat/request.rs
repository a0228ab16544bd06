//! Requests in OpenAI's grammar.

use waypost_types::WireFormat;

use super::types::{
    assistant_from, assistant_to, content_from, content_to, is_o_series, legacy_call_id, parts_for_provider,
};
use crate::{
    formats::{
        DecodeError, Losses, Scope,
        fields::Fields,
        tree::{Json, object},
    },
    prompt::{
        Effort, Function, Message, OutputForm, OutputSchema, Part, PartBody, Prompt, Reasoning, Role, Sampling, Tool,
        ToolChoice, ToolResult,
    },
};

/// OpenAI takes no more stop sequences.
const STOP_MAX: usize = 4;

// === reading ===

pub(crate) fn decode(json: Json) -> Result<Prompt, DecodeError> {
    let mut fields = Fields::of(json, "")?;
    let mut prompt = decode_common(&mut fields, WireFormat::OpenaiChat)?;
    prompt.model = fields.text("model")?.unwrap_or_default();
    // How a stream reports usage is the gateway's matter.
    fields.take("stream_options");
    prompt.extras = fields.rest();
    Ok(prompt)
}

/// What OpenAI and Workers AI have in common.
pub(crate) fn decode_common(fields: &mut Fields, origin: WireFormat) -> Result<Prompt, DecodeError> {
    let mut prompt = Prompt::new(origin);
    prompt.stream = fields.flag("stream")?.unwrap_or(false);
    for (item, path) in fields.items("messages")? {
        add_message(&mut prompt.messages, Fields::of(item, path)?)?;
    }
    prompt.tools = tools_from(fields)?;
    prompt.tool_choice = tool_choice_from(fields)?;
    prompt.parallel_tool_calls = fields.flag("parallel_tool_calls")?;
    prompt.sampling = sampling_from(fields)?;
    prompt.output = output_from(fields)?;
    prompt.reasoning = Reasoning { effort: effort_from(fields)?, ..Reasoning::default() };
    prompt.user = fields.text("user")?;
    prompt.name_results();
    Ok(prompt)
}

fn add_message(messages: &mut Vec<Message>, mut fields: Fields) -> Result<(), DecodeError> {
    let role = fields.need_text("role")?;
    let (role, parts) = match role.as_str() {
        "system" => (Role::System, content_of(&mut fields)?),
        "developer" => (Role::Developer, content_of(&mut fields)?),
        "user" => (Role::User, content_of(&mut fields)?),
        "assistant" => (Role::Assistant, assistant_from(&mut fields)?),
        "tool" | "function" => return add_tool_result(messages, fields),
        _ => return Err(DecodeError::shape(fields.at("role"), "expected system, developer, user, assistant or tool")),
    };
    messages.push(Message { role, parts, extras: fields.rest() });
    Ok(())
}

fn content_of(fields: &mut Fields) -> Result<Vec<Part>, DecodeError> {
    let content = fields.take("content");
    content_from(content, &fields.at("content"))
}

/// Results that follow each other answer one turn of the model, so they are one message.
fn add_tool_result(messages: &mut Vec<Message>, mut fields: Fields) -> Result<(), DecodeError> {
    let name = fields.text("name")?.unwrap_or_default();
    let call_id = fields.text("tool_call_id")?.unwrap_or_else(|| legacy_call_id(&name));
    let content = content_of(&mut fields)?;
    let result = ToolResult { call_id, name, content, is_error: false };
    let part = Part { body: PartBody::ToolResult(result), signature: None, extras: fields.rest() };
    match messages.last_mut() {
        Some(last) if last.role == Role::User && last.parts.iter().all(|part| part.as_tool_result().is_some()) => {
            last.parts.push(part);
        }
        _ => messages.push(Message::new(Role::User, vec![part])),
    }
    Ok(())
}

fn tools_from(fields: &mut Fields) -> Result<Vec<Tool>, DecodeError> {
    let mut tools = Vec::new();
    for (item, path) in fields.items("tools")? {
        let mut tool = Fields::of(item, path)?;
        let kind = tool.peek("type").and_then(Json::as_str).unwrap_or("function").to_owned();
        if kind != "function" {
            tools.push(Tool::Foreign { kind: format!("{kind} tool"), json: tool.into_json() });
            continue;
        }
        // Workers AI also takes a function without the wrapping object.
        let wrapped = tool.object("function")?;
        tools.push(Tool::Function(function_from(wrapped.unwrap_or(tool))?));
    }
    for (item, path) in fields.items("functions")? {
        tools.push(Tool::Function(function_from(Fields::of(item, path)?)?));
    }
    Ok(tools)
}

fn function_from(mut fields: Fields) -> Result<Function, DecodeError> {
    fields.take("type");
    Ok(Function {
        name: fields.need_text("name")?,
        description: fields.text("description")?,
        parameters: fields.take("parameters"),
        strict: fields.flag("strict")?,
        extras: fields.rest(),
    })
}

fn tool_choice_from(fields: &mut Fields) -> Result<Option<ToolChoice>, DecodeError> {
    let choice = fields.take("tool_choice").or_else(|| fields.take("function_call"));
    let path = fields.at("tool_choice");
    let word = |word: &str| match word {
        "none" => Some(ToolChoice::None),
        "auto" => Some(ToolChoice::Auto),
        "required" | "any" => Some(ToolChoice::Required),
        _ => None,
    };
    let name_of = |json: &Json| {
        let name = json.at(&["function", "name"]).or_else(|| json.get("name"));
        name.and_then(Json::as_str).map(str::to_owned)
    };
    let understood = match choice {
        None => return Ok(None),
        Some(Json::Text(text)) => word(&text),
        Some(json) => {
            match json.get("allowed_tools").and_then(|allowed| Some((allowed, allowed.get("tools")?.as_list()?))) {
                Some((allowed, tools)) => Some(ToolChoice::OneOf {
                    names: tools.iter().filter_map(name_of).collect(),
                    is_required: allowed.get("mode").and_then(Json::as_str) == Some("required"),
                }),
                None => name_of(&json).map(ToolChoice::Function),
            }
        }
    };
    understood.map(Some).ok_or_else(|| DecodeError::shape(path, "expected none, auto, required or a function"))
}

fn sampling_from(fields: &mut Fields) -> Result<Sampling, DecodeError> {
    let newer = fields.count("max_completion_tokens")?;
    let older = fields.count("max_tokens")?;
    Ok(Sampling {
        max_output_tokens: newer.or(older),
        temperature: fields.number("temperature")?,
        top_p: fields.number("top_p")?,
        top_k: fields.count("top_k")?,
        frequency_penalty: fields.number("frequency_penalty")?,
        presence_penalty: fields.number("presence_penalty")?,
        repetition_penalty: fields.number("repetition_penalty")?,
        seed: fields.integer("seed")?,
        stop: stop_from(fields)?,
        answer_count: fields.count("n")?,
    })
}

fn stop_from(fields: &mut Fields) -> Result<Vec<String>, DecodeError> {
    if matches!(fields.peek("stop"), Some(Json::Text(_))) {
        return Ok(fields.text("stop")?.into_iter().collect());
    }
    fields.texts("stop")
}

fn output_from(fields: &mut Fields) -> Result<OutputForm, DecodeError> {
    let Some(mut format) = fields.object("response_format")? else { return Ok(OutputForm::Text) };
    match format.need_text("type")?.as_str() {
        "text" => Ok(OutputForm::Text),
        "json_object" => Ok(OutputForm::Json),
        "json_schema" => schema_from(format),
        _ => Err(DecodeError::shape(format.at("type"), "expected text, json_object or json_schema")),
    }
}

/// OpenAI wraps the schema (`{name, schema}`), Workers AI gives it as it is.
fn schema_from(mut format: Fields) -> Result<OutputForm, DecodeError> {
    let Some(mut wrapper) = format.object("json_schema")? else {
        return Err(DecodeError::shape(format.at("json_schema"), "is missing"));
    };
    let schema = match wrapper.take("schema") {
        Some(schema) => OutputSchema {
            name: wrapper.text("name")?,
            description: wrapper.text("description")?,
            strict: wrapper.flag("strict")?,
            schema,
        },
        None => OutputSchema { name: None, description: None, strict: None, schema: wrapper.into_json() },
    };
    Ok(OutputForm::Schema(schema))
}

fn effort_from(fields: &mut Fields) -> Result<Option<Effort>, DecodeError> {
    let Some(word) = fields.text("reasoning_effort")? else { return Ok(None) };
    Effort::parse(&word).map(Some).ok_or_else(|| {
        DecodeError::shape(fields.at("reasoning_effort"), "expected none, minimal, low, medium, high or xhigh")
    })
}

// === writing ===

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
