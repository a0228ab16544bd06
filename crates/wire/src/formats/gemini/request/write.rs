//! Writing requests in Gemini's grammar.

use waypost_types::WireFormat;

use crate::formats::gemini::types::part_to;
use crate::{
    formats::{
        Losses, Scope,
        tree::{Json, object},
    },
    prompt::{Effort, Extras, Message, OutputForm, Part, PartBody, Prompt, Role, Tool, ToolChoice},
};

const OWN: WireFormat = WireFormat::GeminiGenerateContent;

/// Gemini takes no more stop sequences.
const STOP_MAX: usize = 5;

/// What Google documents for calls that another model made: models since 3 refuse a turn whose first call is unsigned.
/// Source: `ai.google.dev/gemini-api/docs/thought-signatures` (2026-11).
const UNSIGNED: &str = "skip_thought_signature_validator";

pub(crate) fn encode(prompt: &Prompt, model: &str, losses: &mut Losses) -> Json {
    let mut scope = Scope { target: OWN, origin: prompt.origin, losses };
    let (system, contents) = conversation(prompt, model, &mut scope);
    scope.losses.left_out_if("user", prompt.user.as_ref());
    scope.losses.left_out_if("parallel_tool_calls", prompt.parallel_tool_calls.filter(|parallel| !parallel));
    let mut extras = scope.extras(&prompt.extras);
    let config = config_to(prompt, model, &mut scope).with(taken_from(&mut extras, "generationConfig."));
    let tool_config = object! { "functionCallingConfig": prompt.tool_choice.as_ref().map(calling_to) };
    let tool_config = tool_config.with(taken_from(&mut extras, "toolConfig."));
    let has_functions = prompt.tools.iter().any(|tool| matches!(tool, Tool::Function(_)));
    object! {
        "systemInstruction": system.map(|parts| object! { "parts": parts }),
        "contents": contents,
        "tools": tools_to(prompt, &mut scope),
        "toolConfig": Some(tool_config).filter(|config| !config.is_empty_object() && (has_functions || scope.is_home())),
        "generationConfig": Some(config).filter(|config| !config.is_empty_object()),
    }
    .with(extras)
}

fn taken_from(extras: &mut Extras, prefix: &str) -> Extras {
    let taken = extras.extract_if(.., |(name, _)| name.starts_with(prefix));
    taken.map(|(name, value)| (name.split_at(prefix.len()).1.to_owned(), value)).collect()
}

/// The instructions, and the turns with merged roles: the results of parallel calls must stand in one turn.
fn conversation(prompt: &Prompt, model: &str, scope: &mut Scope<'_>) -> (Option<Vec<Json>>, Vec<Json>) {
    let mut system: Vec<Json> = Vec::new();
    let mut turns: Vec<(Role, Vec<Json>)> = Vec::new();
    for message in &prompt.messages {
        message.extras.iter().for_each(|(name, _)| scope.losses.left_out(name));
        if message.is_instruction() {
            if !turns.is_empty() {
                scope.losses.add("instructions in the middle of the conversation were moved to its beginning");
            }
            system.extend(message.parts.iter().filter_map(|part| part_to(part, scope)));
            continue;
        }
        let parts = turn_parts(message, model, scope);
        match turns.last_mut() {
            _ if parts.is_empty() => {}
            Some((role, before)) if *role == message.role && !scope.is_home() => before.extend(parts),
            _ => turns.push((message.role, parts)),
        }
    }
    if turns.is_empty() && !system.is_empty() && !scope.is_home() {
        scope.losses.add("instructions that stood alone were sent as the user's words");
        turns.push((Role::User, std::mem::take(&mut system)));
    }
    let turns = turns.into_iter().map(|(role, parts)| {
        let role = if role == Role::Assistant { "model" } else { "user" };
        object! { "role": role, "parts": parts }
    });
    (Some(system).filter(|system| !system.is_empty()), turns.collect())
}

/// A provider gets only its own signatures back, and thoughts only with one.
fn turn_parts(message: &Message, model: &str, scope: &mut Scope<'_>) -> Vec<Json> {
    let mut parts = Vec::new();
    let mut beside = Vec::new();
    let mut has_call = false;
    for part in &message.parts {
        let is_own = part.signature.as_ref().is_some_and(|signature| signature.origin == OWN);
        if part.is_reasoning() && !is_own && !scope.is_home() {
            scope.losses.add("thoughts that Gemini did not sign were left out");
            continue;
        }
        let mut part = part.clone();
        if part.signature.is_some() && !is_own {
            scope.losses.add("signatures of another provider were left out");
            part.signature = None;
            if part.is_reasoning() {
                continue;
            }
        }
        if let PartBody::ToolResult(result) = &part.body {
            let pictures = result.content.iter().filter(|part| part.as_text().is_none());
            beside.extend(pictures.filter_map(|part| part_to(part, scope)));
        }
        let is_call = part.as_tool_call().is_some();
        let is_first_call = is_call && !has_call;
        has_call |= is_call;
        parts.extend(part_to(&part, scope).map(|json| signed_anyhow(json, &part, is_first_call, model, scope)));
    }
    if !beside.is_empty() {
        scope.losses.add("pictures in a tool result were placed beside it");
        parts.extend(beside);
    }
    parts
}

fn signed_anyhow(mut json: Json, part: &Part, is_first_call: bool, model: &str, scope: &mut Scope<'_>) -> Json {
    if is_first_call && part.signature.is_none() && !scope.is_home() && checks_signatures(model) {
        scope.losses.add("a call that Gemini did not sign was marked as one of another model");
        json.put("thoughtSignature", UNSIGNED);
    }
    json
}

/// Models since 3 check signatures.
fn checks_signatures(model: &str) -> bool {
    !counts_budgets(model)
}

/// Models before 3 take a number of tokens for thoughts, later ones a word.
fn counts_budgets(model: &str) -> bool {
    let name = model.rsplit('/').next().unwrap_or_default();
    name.starts_with("gemini-1") || name.starts_with("gemini-2") || name.starts_with("gemma")
}

fn config_to(prompt: &Prompt, model: &str, scope: &mut Scope<'_>) -> Json {
    let sampling = &prompt.sampling;
    scope.losses.left_out_if("repetition_penalty", sampling.repetition_penalty);
    if sampling.stop.len() > STOP_MAX {
        scope.losses.add(format!("stop sequences after the first {STOP_MAX} were left out"));
    }
    let stop: Vec<Json> = sampling.stop.iter().take(STOP_MAX).map(Json::from).collect();
    let (media_type, schema) = match &prompt.output {
        OutputForm::Text => (None, None),
        OutputForm::Json => (Some("application/json"), None),
        OutputForm::Schema(schema) => {
            scope.losses.left_out_if("response_format.description", schema.description.as_ref());
            (Some("application/json"), Some(&schema.schema))
        }
    };
    object! {
        "maxOutputTokens": sampling.max_output_tokens,
        "temperature": sampling.temperature,
        "topP": sampling.top_p,
        "topK": sampling.top_k,
        "frequencyPenalty": sampling.frequency_penalty,
        "presencePenalty": sampling.presence_penalty,
        "seed": sampling.seed,
        "stopSequences": Some(stop).filter(|stop| !stop.is_empty()),
        "candidateCount": sampling.answer_count,
        "responseMimeType": media_type,
        "responseJsonSchema": schema,
        "thinkingConfig": thinking_to(prompt, model),
    }
}

fn thinking_to(prompt: &Prompt, model: &str) -> Option<Json> {
    let reasoning = &prompt.reasoning;
    if reasoning.is_unset() {
        return None;
    }
    // Anthropic shows thoughts unless told otherwise.
    let shows = prompt.origin == WireFormat::AnthropicMessages && !reasoning.is_off();
    let shows = reasoning.shows_thoughts.or(shows.then_some(true));
    let (level, budget) = if prompt.origin == OWN {
        let adaptive = reasoning.is_adaptive.then_some(-1);
        (reasoning.effort, reasoning.budget_tokens.and_then(|tokens| i64::try_from(tokens).ok()).or(adaptive))
    } else if counts_budgets(model) {
        let tokens = reasoning.budget_tokens.or_else(|| reasoning.effort.map(Effort::budget_tokens));
        (None, tokens.and_then(|tokens| i64::try_from(tokens).ok()).or(reasoning.is_adaptive.then_some(-1)))
    } else {
        (reasoning.effort.or_else(|| reasoning.budget_tokens.map(Effort::of_budget)).map(level_of), None)
    };
    let level = level.map(Effort::as_str);
    Some(object! { "thinkingLevel": level, "thinkingBudget": budget, "includeThoughts": shows })
}

/// Gemini has the levels `minimal`, `low`, `medium` and `high`; thinking cannot be switched off.
fn level_of(effort: Effort) -> Effort {
    effort.clamp(Effort::Minimal, Effort::High)
}

fn tools_to(prompt: &Prompt, scope: &mut Scope<'_>) -> Option<Vec<Json>> {
    let mut functions = Vec::new();
    let mut foreign = Vec::new();
    for tool in &prompt.tools {
        match tool {
            Tool::Function(function) => {
                scope.losses.left_out_if("strict", function.strict.filter(|&strict| strict));
                let json = object! {
                    "name": &function.name,
                    "description": function.description.as_ref(),
                    "parametersJsonSchema": function.parameters.as_ref(),
                };
                functions.push(json.with(scope.extras(&function.extras)));
            }
            Tool::Foreign { kind, json } => foreign.extend(scope.foreign(kind, json)),
        }
    }
    let functions = Some(functions).filter(|functions| !functions.is_empty());
    let functions = functions.map(|functions| object! { "functionDeclarations": functions });
    let tools: Vec<Json> = functions.into_iter().chain(foreign).collect();
    Some(tools).filter(|tools| !tools.is_empty())
}

fn calling_to(choice: &ToolChoice) -> Json {
    let (mode, names) = match choice {
        ToolChoice::None => ("NONE", None),
        ToolChoice::Auto => ("AUTO", None),
        ToolChoice::Required => ("ANY", None),
        ToolChoice::Function(name) => ("ANY", Some(vec![Json::from(name)])),
        ToolChoice::OneOf { names, is_required } => {
            let mode = if *is_required { "ANY" } else { "VALIDATED" };
            (mode, Some(names.iter().map(Json::from).collect()))
        }
    };
    object! { "mode": mode, "allowedFunctionNames": names }
}
