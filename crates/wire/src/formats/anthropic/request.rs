//! Requests in Anthropic's grammar.

use waypost_types::WireFormat;

use super::types::{block_to, content_from};
use crate::{
    formats::{
        DecodeError, Losses, Scope,
        fields::Fields,
        tree::{Json, object},
    },
    prompt::{
        Effort, Function, Message, OutputForm, OutputSchema, Part, PartBody, Prompt, Reasoning, Role, Sampling, Tool,
        ToolChoice,
    },
};

const OWN: WireFormat = WireFormat::AnthropicMessages;

/// What is sent where the caller says nothing: Anthropic wants a number.
pub(crate) const MAX_TOKENS_DEFAULT: u64 = 4_096;

/// Anthropic refuses smaller budgets for thoughts.
const THINKING_BUDGET_MIN: u64 = 1_024;

// === reading ===

pub(crate) fn decode(json: Json) -> Result<Prompt, DecodeError> {
    let mut fields = Fields::of(json, "")?;
    let mut prompt = Prompt::new(OWN);
    prompt.model = fields.text("model")?.unwrap_or_default();
    prompt.stream = fields.flag("stream")?.unwrap_or(false);
    let system = fields.take("system");
    let system = content_from(system, &fields.at("system"))?;
    if !system.is_empty() {
        prompt.messages.push(Message::new(Role::System, system));
    }
    for (item, path) in fields.items("messages")? {
        prompt.messages.push(message_from(Fields::of(item, path)?)?);
    }
    for (item, path) in fields.items("tools")? {
        prompt.tools.push(tool_from(Fields::of(item, path)?)?);
    }
    if let Some(choice) = fields.object("tool_choice")? {
        (prompt.tool_choice, prompt.parallel_tool_calls) = tool_choice_from(choice)?;
    }
    prompt.sampling = Sampling {
        max_output_tokens: fields.count("max_tokens")?,
        temperature: fields.number("temperature")?,
        top_p: fields.number("top_p")?,
        top_k: fields.count("top_k")?,
        stop: fields.texts("stop_sequences")?,
        ..Sampling::default()
    };
    if let Some(thinking) = fields.object("thinking")? {
        prompt.reasoning = thinking_from(thinking)?;
    }
    if let Some(config) = fields.object("output_config")? {
        prompt.extras.extend(output_config_from(config, &mut prompt.reasoning, &mut prompt.output)?);
    }
    if let Some(mut metadata) = fields.object("metadata")? {
        prompt.user = metadata.text("user_id")?;
        prompt.extras.extend(metadata.rest_under("metadata"));
    }
    prompt.extras.extend(fields.rest());
    prompt.name_results();
    Ok(prompt)
}

fn message_from(mut fields: Fields) -> Result<Message, DecodeError> {
    let role = match fields.need_text("role")?.as_str() {
        "user" => Role::User,
        "assistant" => Role::Assistant,
        "system" => Role::System,
        _ => return Err(DecodeError::shape(fields.at("role"), "expected user or assistant")),
    };
    let content = fields.take("content");
    let parts = content_from(content, &fields.at("content"))?;
    Ok(Message { role, parts, extras: fields.rest() })
}

fn tool_from(mut fields: Fields) -> Result<Tool, DecodeError> {
    match fields.peek("type").and_then(Json::as_str) {
        None | Some("custom") => {}
        Some(kind) => return Ok(Tool::Foreign { kind: format!("{kind} tool"), json: fields.into_json() }),
    }
    fields.take("type");
    Ok(Tool::Function(Function {
        name: fields.need_text("name")?,
        description: fields.text("description")?,
        parameters: fields.take("input_schema"),
        strict: fields.flag("strict")?,
        extras: fields.rest(),
    }))
}

fn tool_choice_from(mut fields: Fields) -> Result<(Option<ToolChoice>, Option<bool>), DecodeError> {
    let choice = match fields.need_text("type")?.as_str() {
        "auto" => ToolChoice::Auto,
        "any" => ToolChoice::Required,
        "none" => ToolChoice::None,
        "tool" => ToolChoice::Function(fields.need_text("name")?),
        _ => return Err(DecodeError::shape(fields.at("type"), "expected auto, any, tool or none")),
    };
    Ok((Some(choice), fields.flag("disable_parallel_tool_use")?.map(|disabled| !disabled)))
}

fn thinking_from(mut fields: Fields) -> Result<Reasoning, DecodeError> {
    let mut reasoning = Reasoning::default();
    match fields.need_text("type")?.as_str() {
        "enabled" => reasoning.budget_tokens = fields.count("budget_tokens")?,
        "adaptive" => reasoning.is_adaptive = true,
        "disabled" => reasoning.budget_tokens = Some(0),
        _ => return Err(DecodeError::shape(fields.at("type"), "expected enabled, adaptive or disabled")),
    }
    reasoning.shows_thoughts = fields.text("display")?.map(|display| display != "omitted");
    Ok(reasoning)
}

fn output_config_from(
    mut config: Fields,
    reasoning: &mut Reasoning,
    output: &mut OutputForm,
) -> Result<Vec<(String, Json)>, DecodeError> {
    if let Some(word) = config.text("effort")? {
        let effort = Effort::parse(&word);
        reasoning.effort = Some(
            effort
                .ok_or_else(|| DecodeError::shape(config.at("effort"), "expected low, medium, high, xhigh or max"))?,
        );
    }
    if let Some(mut format) = config.object("format")? {
        let schema = format.take("schema").ok_or_else(|| DecodeError::shape(format.at("schema"), "is missing"))?;
        *output = OutputForm::Schema(OutputSchema { name: None, description: None, strict: None, schema });
    }
    Ok(config.rest_under("output_config").collect())
}

// === writing ===

pub(crate) fn encode(prompt: &Prompt, model: &str, stream: bool, losses: &mut Losses) -> Json {
    let mut scope = Scope { target: OWN, origin: prompt.origin, losses };
    let plan = Plan::of(prompt, model, &mut scope);
    let sampling = &prompt.sampling;
    report_unknown(sampling, scope.losses);
    let (system, turns) = conversation(prompt, &mut scope);
    let mut extras = scope.extras(&prompt.extras);
    let output_config = object! { "effort": plan.effort.map(Effort::as_str), "format": format_to(prompt, &mut scope) }
        .with(taken_from(&mut extras, "output_config."));
    let metadata = object! { "user_id": prompt.user.as_ref() }.with(taken_from(&mut extras, "metadata."));
    let (tools, tool_choice) = match tools_to(prompt, &mut scope) {
        Some(tools) => (Some(tools), tool_choice_to(prompt, scope.losses)),
        None => match tools_of_history(prompt, &mut scope) {
            Some(tools) => (Some(tools), Some(object! { "type": "none" })),
            None => (None, None),
        },
    };
    object! {
        "model": model,
        "max_tokens": plan.max_tokens,
        "system": system,
        "messages": turns,
        "stream": stream.then_some(true),
        "temperature": temperature_to(sampling.temperature, &plan, scope.losses),
        "top_p": unless_thinking("top_p", top_p_to(prompt, scope.losses), &plan, scope.losses),
        "top_k": unless_thinking("top_k", sampling.top_k, &plan, scope.losses),
        "stop_sequences": Some(sampling.stop.iter().map(Json::from).collect::<Vec<_>>()).filter(|stop| !stop.is_empty()),
        "tools": tools,
        "tool_choice": tool_choice,
        "thinking": plan.thinking,
        "output_config": Some(output_config).filter(|config| !config.is_empty_object()),
        "metadata": Some(metadata).filter(|metadata| !metadata.is_empty_object()),
    }
    .with(extras)
}

fn taken_from(extras: &mut Vec<(String, Json)>, prefix: &str) -> Vec<(String, Json)> {
    let taken = extras.extract_if(.., |(name, _)| name.starts_with(prefix));
    taken.map(|(name, value)| (name.split_at(prefix.len()).1.to_owned(), value)).collect()
}

fn report_unknown(sampling: &Sampling, losses: &mut Losses) {
    losses.left_out_if("frequency_penalty", sampling.frequency_penalty);
    losses.left_out_if("presence_penalty", sampling.presence_penalty);
    losses.left_out_if("repetition_penalty", sampling.repetition_penalty);
    losses.left_out_if("seed", sampling.seed);
    losses.left_out_if("n", sampling.answer_count.filter(|&count| count > 1));
}

// === conversation ===

/// The instructions, and the turns with merged roles: Anthropic keeps instructions apart and wants the results of tools
/// first in a turn.
fn conversation(prompt: &Prompt, scope: &mut Scope<'_>) -> (Option<Json>, Vec<Json>) {
    let mut system: Vec<Json> = Vec::new();
    let mut turns: Vec<(Role, Vec<Json>)> = Vec::new();
    for message in &prompt.messages {
        message.extras.iter().for_each(|(name, _)| scope.losses.left_out(name));
        if message.is_instruction() {
            if !turns.is_empty() {
                scope.losses.add("instructions in the middle of the conversation were moved to its beginning");
            }
            system.extend(message.parts.iter().filter_map(|part| block_to(part, scope)));
            continue;
        }
        let blocks = turn_blocks(message, scope);
        match turns.last_mut() {
            _ if blocks.is_empty() => {}
            Some((role, before)) if *role == message.role => before.extend(blocks),
            _ => turns.push((message.role, blocks)),
        }
    }
    if turns.is_empty() && !system.is_empty() && !scope.is_home() {
        scope.losses.add("instructions that stood alone were sent as the user's words");
        turns.push((Role::User, std::mem::take(&mut system)));
    }
    let turns = turns.into_iter().map(|(role, blocks)| turn_to(role, blocks)).collect();
    (simplified(system), turns)
}

fn turn_to(role: Role, mut blocks: Vec<Json>) -> Json {
    let is_result = |block: &Json| block.get("type").and_then(Json::as_str) == Some("tool_result");
    blocks.sort_by_key(|block| !is_result(block));
    let role = if role == Role::Assistant { "assistant" } else { "user" };
    object! { "role": role, "content": simplified(blocks) }
}

/// One plain text is written as text.
fn simplified(mut blocks: Vec<Json>) -> Option<Json> {
    match blocks.as_slice() {
        [] => None,
        [Json::Object(members)] if members.len() == 2 && members.iter().any(|(name, _)| name == "text") => {
            blocks.pop().and_then(|block| block.get("text").cloned())
        }
        _ => Some(Json::List(blocks)),
    }
}

/// Anthropic checks signatures: thoughts of others would be refused.
fn turn_blocks(message: &Message, scope: &mut Scope<'_>) -> Vec<Json> {
    let mut blocks = Vec::new();
    for part in &message.parts {
        let is_own = part.signature.as_ref().is_some_and(|signature| signature.origin == OWN);
        if part.is_reasoning() && !is_own {
            scope.losses.add("thoughts that Anthropic did not sign were left out");
            continue;
        }
        if part.signature.is_some() && !is_own {
            scope.losses.add("signatures of another provider were left out");
        }
        blocks.extend(block_to(part, scope));
    }
    blocks
}

// === tools and form ===

fn tools_to(prompt: &Prompt, scope: &mut Scope<'_>) -> Option<Vec<Json>> {
    let mut tools = Vec::new();
    for tool in &prompt.tools {
        match tool {
            Tool::Function(function) => {
                let json = object! {
                    "name": &function.name,
                    "description": function.description.as_ref(),
                    "input_schema": function.parameters.clone().unwrap_or_else(any_arguments),
                    "strict": function.strict,
                };
                tools.push(json.with(scope.extras(&function.extras)));
            }
            Tool::Foreign { kind, json } => tools.extend(scope.foreign(kind, json)),
        }
    }
    Some(tools).filter(|tools| !tools.is_empty())
}

/// Anthropic refuses calls in the history without a declaration, so their functions are declared, not to be called.
fn tools_of_history(prompt: &Prompt, scope: &mut Scope<'_>) -> Option<Vec<Json>> {
    let mut names: Vec<&str> = Vec::new();
    for call in prompt.messages.iter().flat_map(|message| &message.parts).filter_map(Part::as_tool_call) {
        if !names.contains(&call.name.as_str()) {
            names.push(&call.name);
        }
    }
    if names.is_empty() || scope.is_home() {
        return None;
    }
    scope.losses.add("functions that were called before were declared without their schemas");
    let declare = |name| object! { "name": name, "input_schema": any_arguments() };
    Some(names.into_iter().map(declare).collect())
}

/// The schema of a function that says nothing about its arguments.
fn any_arguments() -> Json {
    object! { "type": "object", "properties": object! {} }
}

fn tool_choice_to(prompt: &Prompt, losses: &mut Losses) -> Option<Json> {
    let is_single = prompt.parallel_tool_calls.map(|parallel| !parallel);
    let choice = match (&prompt.tool_choice, is_single) {
        (None, Some(true)) => &ToolChoice::Auto,
        (None, _) => return None,
        (Some(choice), _) => choice,
    };
    let (kind, name) = match choice {
        ToolChoice::None => return Some(object! { "type": "none" }),
        ToolChoice::Auto => ("auto", None),
        ToolChoice::Required => ("any", None),
        ToolChoice::Function(name) => ("tool", Some(name)),
        ToolChoice::OneOf { is_required, .. } => {
            losses.add("a choice among some of the tools was widened to all of them");
            (if *is_required { "any" } else { "auto" }, None)
        }
    };
    Some(object! { "type": kind, "name": name, "disable_parallel_tool_use": is_single })
}

fn format_to(prompt: &Prompt, scope: &mut Scope<'_>) -> Option<Json> {
    match &prompt.output {
        OutputForm::Text => None,
        OutputForm::Json => {
            scope.losses.add("JSON mode was left out: Anthropic has it only with a schema");
            None
        }
        OutputForm::Schema(schema) => {
            scope.losses.left_out_if("response_format.description", schema.description.as_ref());
            Some(object! { "type": "json_schema", "schema": &schema.schema })
        }
    }
}

// === thinking ===

/// What is sent about thoughts, and what follows from it.
struct Plan {
    max_tokens: u64,
    thinking: Option<Json>,
    effort: Option<Effort>,
    thinks: bool,
}

impl Plan {
    fn of(prompt: &Prompt, model: &str, scope: &mut Scope<'_>) -> Self {
        let asked = prompt.sampling.max_output_tokens;
        let mut plan =
            Self { max_tokens: asked.unwrap_or(MAX_TOKENS_DEFAULT), thinking: None, effort: None, thinks: false };
        if scope.is_home() {
            plan.repeat(&prompt.reasoning);
        } else if prompt.reasoning.is_off() {
            plan.thinking = Some(object! { "type": "disabled" });
        } else if !prompt.reasoning.is_unset() {
            match why_not(prompt) {
                Some(reason) => scope.losses.add(reason),
                None if knows_effort(model) => plan.adapt(&prompt.reasoning),
                None => plan.spend(&prompt.reasoning, asked, scope.losses),
            }
        }
        if asked.is_none() {
            scope.losses.add(format!("`max_tokens` was absent; {} was sent", plan.max_tokens));
        }
        plan
    }

    /// Anthropic's own words go back as they were.
    fn repeat(&mut self, reasoning: &Reasoning) {
        self.effort = reasoning.effort;
        let display = display_of(reasoning);
        self.thinking = match reasoning.budget_tokens {
            Some(0) => Some(object! { "type": "disabled" }),
            Some(tokens) => Some(object! { "type": "enabled", "budget_tokens": tokens, "display": display }),
            None if reasoning.is_adaptive => Some(object! { "type": "adaptive", "display": display }),
            None => None,
        };
    }

    /// Newer models take a word and decide for themselves.
    fn adapt(&mut self, reasoning: &Reasoning) {
        let effort = reasoning.effort.or_else(|| reasoning.budget_tokens.map(Effort::of_budget));
        self.effort = effort.map(|effort| effort.max(Effort::Low));
        self.thinking = Some(object! { "type": "adaptive", "display": display_of(reasoning) });
        self.thinks = true;
    }

    /// Older models take a number of tokens, which must stay below `max_tokens`.
    fn spend(&mut self, reasoning: &Reasoning, asked: Option<u64>, losses: &mut Losses) {
        let effort = reasoning.effort.unwrap_or(Effort::Medium);
        let wanted = reasoning.budget_tokens.unwrap_or_else(|| effort.budget_tokens()).max(THINKING_BUDGET_MIN);
        let budget = match asked {
            Some(limit) => wanted.min(limit.saturating_sub(1)),
            None => wanted,
        };
        if budget < THINKING_BUDGET_MIN {
            losses.add("thinking was left out: `max_tokens` leaves no room for it");
            return;
        }
        self.max_tokens = asked.unwrap_or(budget + MAX_TOKENS_DEFAULT);
        self.thinking = Some(object! { "type": "enabled", "budget_tokens": budget, "display": display_of(reasoning) });
        self.thinks = true;
    }
}

fn display_of(reasoning: &Reasoning) -> Option<&'static str> {
    reasoning.shows_thoughts.map(|shows| if shows { "summarized" } else { "omitted" })
}

/// Anthropic refuses to think when a tool is forced, and in a tool loop whose last turn has no signed thought.
fn why_not(prompt: &Prompt) -> Option<&'static str> {
    let is_forced = matches!(
        prompt.tool_choice,
        Some(ToolChoice::Required | ToolChoice::Function(_) | ToolChoice::OneOf { is_required: true, .. })
    );
    if is_forced {
        return Some("thinking was left out: Anthropic does not think when a tool is forced");
    }
    let is_own = |part: &Part| part.signature.as_ref().is_some_and(|signature| signature.origin == OWN);
    let says_something = |message: &&Message| {
        message.role == Role::User && message.parts.iter().any(|part| !matches!(part.body, PartBody::ToolResult(_)))
    };
    let is_unsigned = |message: &&Message| {
        message.parts.iter().any(|part| part.as_tool_call().is_some())
            && !message.parts.iter().any(|part| part.is_reasoning() && is_own(part))
    };
    let loop_turns = prompt.messages.iter().rev().take_while(|message| !says_something(message));
    let is_broken = loop_turns.filter(|message| message.role == Role::Assistant).any(|message| is_unsigned(&message));
    is_broken.then_some("thinking was left out: the calls before it carry no thoughts that Anthropic signed")
}

/// Models since 4.6 take `effort` and `adaptive`; names without a version are aliases of newer models.
/// Source: `platform.claude.com/docs/en/build-with-claude/adaptive-thinking` (2026-11).
fn knows_effort(model: &str) -> bool {
    let name = model.rsplit('/').next().unwrap_or_default();
    let mut version = name.split(['-', '.', '@', ':']).filter_map(|word| word.parse::<u32>().ok()).filter(|&n| n < 100);
    match (version.next(), version.next()) {
        (None, _) => true,
        (Some(major), minor) => (major, minor.unwrap_or(0)) >= (4, 6),
    }
}

fn temperature_to(temperature: Option<f64>, plan: &Plan, losses: &mut Losses) -> Option<f64> {
    let temperature = unless_thinking("temperature", temperature, plan, losses)?;
    if temperature > 1.0 {
        losses.add("`temperature` was lowered to 1, Anthropic's highest");
    }
    Some(temperature.min(1.0))
}

/// Newer models refuse both at once. Source: `platform.claude.com/docs/en/about-claude/models/migrating-to-claude-4`
/// (2026-11).
fn top_p_to(prompt: &Prompt, losses: &mut Losses) -> Option<f64> {
    let Sampling { temperature, top_p, .. } = prompt.sampling;
    if prompt.origin != OWN && temperature.is_some() && top_p.is_some() {
        losses.add("`top_p` was left out: Anthropic refuses it beside `temperature`");
        return None;
    }
    top_p
}

fn unless_thinking<T>(name: &str, value: Option<T>, plan: &Plan, losses: &mut Losses) -> Option<T> {
    if plan.thinks {
        if value.is_some() {
            losses.add(format!("`{name}` was left out: Anthropic refuses it while thinking"));
        }
        return None;
    }
    value
}
