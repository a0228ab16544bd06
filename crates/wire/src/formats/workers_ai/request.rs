//! Requests in Workers AI's grammar.

use waypost_types::WireFormat;

use crate::{
    formats::{
        DecodeError, Losses, Scope,
        fields::Fields,
        openai_chat::request::{Style, decode_common, effort_to, messages_to, tool_choice_to, tools_to},
        tree::{Json, object},
    },
    prompt::{Effort, Message, OutputForm, Part, Prompt, Role},
};

const OWN: WireFormat = WireFormat::WorkersAi;

/// There is one role for instructions, and the schemas want text in every message.
const STYLE: Style = Style { has_developer: false, has_null_content: false };

pub(crate) fn decode(json: Json) -> Result<Prompt, DecodeError> {
    let mut fields = Fields::of(json, "")?;
    let mut prompt = decode_common(&mut fields, OWN)?;
    // The model stands in the URL; some clients repeat it.
    prompt.model = fields.text("model")?.unwrap_or_default();
    if let Some(text) = fields.text("prompt")? {
        prompt.messages.push(Message::new(Role::User, vec![Part::text(text)]));
    }
    prompt.extras = fields.rest();
    Ok(prompt)
}

pub(crate) fn encode(prompt: &Prompt, model: &str, stream: bool, losses: &mut Losses) -> Json {
    let mut scope = Scope { target: OWN, origin: prompt.origin, losses };
    let sampling = &prompt.sampling;
    // Text generation knows no stop sequences (developers.cloudflare.com/workers-ai, schemas of 2026-11).
    scope.losses.left_out_if("stop", sampling.stop.first());
    let messages = messages_to(prompt, model, &STYLE, &mut scope);
    let tools = tools_to(prompt, &mut scope);
    let extras = scope.extras(&prompt.extras);
    let effort = effort_to(prompt, model, scope.losses);
    let response_format = output_to(&prompt.output, scope.losses);
    object! {
        "messages": messages,
        "stream": stream.then_some(true),
        "max_tokens": sampling.max_output_tokens,
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
        "top_k": sampling.top_k,
        "frequency_penalty": sampling.frequency_penalty,
        "presence_penalty": sampling.presence_penalty,
        "repetition_penalty": sampling.repetition_penalty,
        "seed": sampling.seed,
        "n": sampling.answer_count.filter(|&count| count > 1),
        "tools": tools,
        "tool_choice": prompt.tool_choice.as_ref().filter(|_| !prompt.tools.is_empty()).map(tool_choice_to),
        "parallel_tool_calls": prompt.parallel_tool_calls.filter(|_| !prompt.tools.is_empty()),
        "response_format": response_format,
        "reasoning_effort": effort.map(Effort::as_str),
        "user": prompt.user.as_ref(),
    }
    .with(extras)
}

/// The schema stands in `json_schema` as it is. Source: `developers.cloudflare.com/workers-ai/features/json-mode`
/// (2026-11).
fn output_to(output: &OutputForm, losses: &mut Losses) -> Option<Json> {
    match output {
        OutputForm::Text => None,
        OutputForm::Json => Some(object! { "type": "json_object" }),
        OutputForm::Schema(schema) => {
            losses.left_out_if("response_format.description", schema.description.as_ref());
            losses.left_out_if("response_format.strict", schema.strict.filter(|&strict| strict));
            Some(object! { "type": "json_schema", "json_schema": &schema.schema })
        }
    }
}
