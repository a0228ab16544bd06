//! Reading requests in Anthropic's grammar.

use waypost_types::WireFormat;

use crate::formats::anthropic::types::content_from;
use crate::{
    formats::{DecodeError, fields::Fields, tree::Json},
    prompt::{
        Effort, Function, Message, OutputForm, OutputSchema, Prompt, Reasoning, Role, Sampling, Tool, ToolChoice,
    },
};

const OWN: WireFormat = WireFormat::AnthropicMessages;

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
