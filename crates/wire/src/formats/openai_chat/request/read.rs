//! Reading requests in OpenAI's grammar.

use waypost_types::WireFormat;

use crate::formats::openai_chat::types::{assistant_from, content_from, legacy_call_id};
use crate::{
    formats::{DecodeError, fields::Fields, tree::Json},
    prompt::{
        Effort, Function, Message, OutputForm, OutputSchema, Part, PartBody, Prompt, Reasoning, Role, Sampling, Tool,
        ToolChoice, ToolResult,
    },
};

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
        Some(last)
            if last.role == Role::User && last.parts.last().is_some_and(|part| part.as_tool_result().is_some()) =>
        {
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
