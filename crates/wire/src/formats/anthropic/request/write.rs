//! Writing requests in Anthropic's grammar.

use std::collections::BTreeSet;

use waypost_types::WireFormat;

use super::plan::Plan;
use crate::formats::anthropic::types::block_to;
use crate::{
    formats::{
        Losses, Scope,
        tree::{Json, object},
    },
    prompt::{Effort, Message, OutputForm, Part, Prompt, Role, Sampling, Tool, ToolChoice},
};

const OWN: WireFormat = WireFormat::AnthropicMessages;

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
    let mut names = BTreeSet::new();
    for call in prompt.messages.iter().flat_map(|message| &message.parts).filter_map(Part::as_tool_call) {
        names.insert(call.name.as_str());
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
