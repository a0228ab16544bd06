//! Requests in Gemini's grammar.

use waypost_types::WireFormat;

use super::types::part_to;
use crate::{
    formats::{
        DecodeError, Losses, Scope,
        fields::Fields,
        gemini::types::{add_part, part_from},
        tree::{Json, object},
    },
    prompt::{
        Effort, Extras, Function, Message, OutputForm, OutputSchema, Part, PartBody, Prompt, Reasoning, Role, Sampling,
        Tool, ToolChoice,
    },
};

const OWN: WireFormat = WireFormat::GeminiGenerateContent;

/// Gemini takes no more stop sequences.
const STOP_MAX: usize = 5;

/// What Google documents for calls that another model made: models since 3 refuse a turn whose first call is unsigned.
/// Source: `ai.google.dev/gemini-api/docs/thought-signatures` (2026-11).
const UNSIGNED: &str = "skip_thought_signature_validator";

// === reading ===

pub(crate) fn decode(json: Json) -> Result<Prompt, DecodeError> {
    let mut fields = Fields::of(json, "")?.or_snake_case();
    let mut prompt = Prompt::new(OWN);
    prompt.model = fields.text("model")?.unwrap_or_default();
    if let Some(system) = fields.object("systemInstruction")? {
        let message = content_from(system)?;
        prompt.messages.push(Message { role: Role::System, ..message });
    }
    for (item, path) in fields.items("contents")? {
        prompt.messages.push(content_from(Fields::of(item, path)?.or_snake_case())?);
    }
    give_ids(&mut prompt.messages);
    for (item, path) in fields.items("tools")? {
        tools_from(Fields::of(item, path)?.or_snake_case(), &mut prompt.tools)?;
    }
    if let Some(config) = fields.object("toolConfig")? {
        prompt.extras.extend(tool_config_from(config, &mut prompt.tool_choice)?);
    }
    if let Some(config) = fields.object("generationConfig")? {
        config_from(config, &mut prompt)?;
    }
    prompt.extras.extend(fields.rest());
    Ok(prompt)
}

fn content_from(mut fields: Fields) -> Result<Message, DecodeError> {
    let role = match fields.text("role")?.as_deref() {
        Some("model") => Role::Assistant,
        Some("system") => Role::System,
        None | Some("user" | "function") => Role::User,
        _ => return Err(DecodeError::shape(fields.at("role"), "expected user or model")),
    };
    // Google's SDKs also send a single part.
    let parts = match fields.peek("parts") {
        Some(Json::Object(_)) => fields.take("parts").map(|part| (part, fields.at("parts"))).into_iter().collect(),
        _ => fields.items("parts")?,
    };
    let mut said = Vec::new();
    for (item, path) in parts {
        add_part(&mut said, part_from(item, path)?);
    }
    Ok(Message { role, parts: said, extras: fields.rest() })
}

/// Calls need ids in every other format: `call_<message>_<part>`, so the same history always gets the same ids. Results
/// without an id answer the oldest open call of their function.
fn give_ids(messages: &mut [Message]) {
    let mut open: Vec<(String, String)> = Vec::new();
    for (message, number) in messages.iter_mut().zip(0..) {
        for (part, position) in message.parts.iter_mut().zip(0..) {
            match &mut part.body {
                PartBody::ToolCall(call) => {
                    if call.id.is_empty() {
                        call.id = format!("call_{number}_{position}");
                    }
                    open.push((call.name.clone(), call.id.clone()));
                }
                PartBody::ToolResult(result) => {
                    let is_answered = |(name, id): &(String, String)| {
                        if result.call_id.is_empty() { *name == result.name } else { *id == result.call_id }
                    };
                    if let Some(position) = open.iter().position(is_answered) {
                        result.call_id = open.remove(position).1;
                    } else if result.call_id.is_empty() {
                        result.call_id = format!("call_{number}_{position}");
                    }
                }
                _ => {}
            }
        }
    }
}

fn tools_from(mut fields: Fields, tools: &mut Vec<Tool>) -> Result<(), DecodeError> {
    for (item, path) in fields.items("functionDeclarations")? {
        let mut fields = Fields::of(item, path)?.or_snake_case();
        let schema = fields.take("parametersJsonSchema");
        let parameters = schema.or_else(|| fields.take("parameters").map(to_json_schema));
        tools.push(Tool::Function(Function {
            name: fields.need_text("name")?,
            description: fields.text("description")?,
            parameters,
            strict: None,
            extras: fields.rest(),
        }));
    }
    for (name, value) in fields.rest() {
        tools.push(Tool::Foreign { kind: format!("{name} tool"), json: Json::Object(vec![(name, value)]) });
    }
    Ok(())
}

/// Google's older `Schema` is OpenAPI's with type names in capitals (`"STRING"`) and `nullable`.
fn to_json_schema(schema: Json) -> Json {
    match schema {
        Json::Object(members) => {
            let is_nullable = members.iter().any(|(name, value)| name == "nullable" && *value == Json::Bool(true));
            let members = members.into_iter().filter(|(name, _)| name != "nullable" && name != "propertyOrdering");
            Json::Object(members.map(|(name, value)| schema_member(name, value, is_nullable)).collect())
        }
        Json::List(items) => Json::List(items.into_iter().map(to_json_schema).collect()),
        other => other,
    }
}

fn schema_member(name: String, value: Json, is_nullable: bool) -> (String, Json) {
    let value = match (name.as_str(), value) {
        ("type", Json::Text(word)) if is_nullable => Json::List(vec![word.to_ascii_lowercase().into(), "null".into()]),
        ("type", Json::Text(word)) => word.to_ascii_lowercase().into(),
        // Values of the application, not schemas.
        ("enum" | "example" | "default" | "required", value) => value,
        ("properties", Json::Object(members)) => {
            Json::Object(members.into_iter().map(|(name, schema)| (name, to_json_schema(schema))).collect())
        }
        (_, value) => to_json_schema(value),
    };
    (name, value)
}

fn tool_config_from(mut config: Fields, choice: &mut Option<ToolChoice>) -> Result<Extras, DecodeError> {
    if let Some(mut calling) = config.object("functionCallingConfig")? {
        let mut names = calling.texts("allowedFunctionNames")?;
        *choice = match calling.text("mode")?.as_deref() {
            Some("NONE") => Some(ToolChoice::None),
            Some("ANY") if names.len() == 1 => names.pop().map(ToolChoice::Function),
            Some(mode @ ("ANY" | "VALIDATED")) if !names.is_empty() => {
                Some(ToolChoice::OneOf { names, is_required: mode == "ANY" })
            }
            Some("ANY") => Some(ToolChoice::Required),
            None | Some("MODE_UNSPECIFIED") => None,
            Some(_) => Some(ToolChoice::Auto),
        };
    }
    Ok(config.rest_under("toolConfig").collect())
}

fn config_from(mut config: Fields, prompt: &mut Prompt) -> Result<(), DecodeError> {
    prompt.sampling = Sampling {
        max_output_tokens: config.count("maxOutputTokens")?,
        temperature: config.number("temperature")?,
        top_p: config.number("topP")?,
        top_k: config.count("topK")?,
        frequency_penalty: config.number("frequencyPenalty")?,
        presence_penalty: config.number("presencePenalty")?,
        repetition_penalty: None,
        seed: config.integer("seed")?,
        stop: config.texts("stopSequences")?,
        answer_count: config.count("candidateCount")?,
    };
    let schema = config.take("responseJsonSchema").or_else(|| config.take("responseSchema").map(to_json_schema));
    let media_type = config.text("responseMimeType")?;
    prompt.output = match (schema, media_type.as_deref()) {
        (Some(schema), _) => OutputForm::Schema(OutputSchema { name: None, description: None, strict: None, schema }),
        (None, Some("application/json")) => OutputForm::Json,
        (None, None | Some("text/plain")) => OutputForm::Text,
        (None, Some(other)) => {
            prompt.extras.push(("generationConfig.responseMimeType".to_owned(), other.into()));
            OutputForm::Text
        }
    };
    if let Some(thinking) = config.object("thinkingConfig")? {
        prompt.reasoning = thinking_from(thinking)?;
    }
    prompt.extras.extend(config.rest_under("generationConfig"));
    Ok(())
}

fn thinking_from(mut fields: Fields) -> Result<Reasoning, DecodeError> {
    let effort = match fields.text("thinkingLevel")? {
        None => None,
        Some(word) => Effort::parse(&word.to_ascii_lowercase()),
    };
    let budget = fields.integer("thinkingBudget")?;
    Ok(Reasoning {
        effort,
        budget_tokens: budget.and_then(|tokens| u64::try_from(tokens).ok()),
        is_adaptive: budget == Some(-1),
        shows_thoughts: fields.flag("includeThoughts")?,
    })
}

// === writing ===

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
