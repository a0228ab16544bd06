//! Reading requests in Gemini's grammar.

use std::collections::{HashMap, HashSet, VecDeque};

use waypost_types::WireFormat;

use crate::{
    formats::{
        DecodeError,
        fields::Fields,
        gemini::types::{add_part, part_from},
        tree::Json,
    },
    prompt::{
        Effort, Extras, Function, Message, OutputForm, OutputSchema, PartBody, Prompt, Reasoning, Role, Sampling, Tool,
        ToolChoice,
    },
};

const OWN: WireFormat = WireFormat::GeminiGenerateContent;

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
    let mut open: HashMap<String, VecDeque<String>> = HashMap::new();
    let mut answered: HashSet<String> = HashSet::new();
    for (message, number) in messages.iter_mut().zip(0..) {
        for (part, position) in message.parts.iter_mut().zip(0..) {
            match &mut part.body {
                PartBody::ToolCall(call) => {
                    if call.id.is_empty() {
                        call.id = format!("call_{number}_{position}");
                    }
                    open.entry(call.name.clone()).or_default().push_back(call.id.clone());
                }
                PartBody::ToolResult(result) if result.call_id.is_empty() => {
                    let calls = open.get_mut(&result.name);
                    let oldest = calls.and_then(|calls| {
                        loop {
                            let id = calls.pop_front()?;
                            if !answered.contains(&id) {
                                break Some(id);
                            }
                        }
                    });
                    result.call_id = oldest.unwrap_or_else(|| format!("call_{number}_{position}"));
                }
                PartBody::ToolResult(result) => {
                    answered.insert(result.call_id.clone());
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
