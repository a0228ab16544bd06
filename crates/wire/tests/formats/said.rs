//! What an answer says, told apart from how a format says it.

use std::collections::BTreeMap;

use waypost_wire::{
    event::ReplyEvent,
    prompt::{Json, PartBody},
    reply::{Finish, Reply},
};

/// The first answer, as every format can say it.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Said {
    pub(crate) text: String,
    pub(crate) thoughts: String,
    pub(crate) signatures: Vec<String>,
    pub(crate) calls: Vec<(String, Json)>,
    pub(crate) finish: Option<&'static str>,
    pub(crate) tokens: Option<(u64, u64)>,
}

/// Formats differ in why a filter stopped, and in naming stop sequences.
fn class(finish: &Finish) -> &'static str {
    match finish {
        Finish::Stop | Finish::StopSequence | Finish::Other(_) => "stop",
        Finish::Length => "length",
        Finish::ToolCalls => "tools",
        Finish::ContentFilter | Finish::Refusal => "filter",
    }
}

impl Said {
    pub(crate) fn in_stream(events: &[ReplyEvent]) -> Self {
        let mut said = Self::default();
        let mut arguments: BTreeMap<u32, (String, String)> = BTreeMap::new();
        for event in events {
            match event {
                event if event.choice().is_some_and(|choice| choice > 0) => {}
                ReplyEvent::Text { text, .. } | ReplyEvent::Refusal { text, .. } => said.text.push_str(text),
                ReplyEvent::Reasoning { text, .. } => said.thoughts.push_str(text),
                ReplyEvent::ReasoningSignature { signature, .. }
                | ReplyEvent::Redacted { signature, .. }
                | ReplyEvent::TextSignature { signature, .. } => said.signatures.push(signature.data.clone()),
                ReplyEvent::ToolCallStart { call, name, signature, .. } => {
                    arguments.insert(*call, (name.clone(), String::new()));
                    said.signatures.extend(signature.as_ref().map(|signature| signature.data.clone()));
                }
                ReplyEvent::ToolCallArguments { call, json, .. } => {
                    arguments.get_mut(call).unwrap().1.push_str(json);
                }
                ReplyEvent::Finish { reason, .. } => said.finish = Some(class(reason)),
                ReplyEvent::Usage(usage) => said.tokens = Some((usage.input_tokens, usage.output_tokens)),
                ReplyEvent::Start { .. } | ReplyEvent::Error { .. } => {}
            }
        }
        let has_refusal = events.iter().any(|event| matches!(event, ReplyEvent::Refusal { .. }));
        said.finish = said.finish.map(|finish| if has_refusal { "filter" } else { finish });
        said.calls =
            arguments.into_values().map(|(name, json)| (name, Json::parse(json.as_bytes()).unwrap())).collect();
        said.signatures.sort();
        said
    }

    pub(crate) fn in_reply(reply: &Reply) -> Self {
        let mut said = Self::default();
        for part in &reply.choices[0].parts {
            match &part.body {
                PartBody::Text(text) | PartBody::Refusal(text) => said.text.push_str(text),
                PartBody::Reasoning(text) => said.thoughts.push_str(text),
                PartBody::ToolCall(call) => {
                    said.calls.push((call.name.clone(), Json::parse(call.arguments.as_bytes()).unwrap()));
                }
                _ => {}
            }
            said.signatures.extend(part.signature.as_ref().map(|signature| signature.data.clone()));
        }
        said.signatures.sort();
        said.finish = reply.choices[0].finish.as_ref().map(class);
        if reply.choices[0].parts.iter().any(|part| matches!(part.body, PartBody::Refusal(_))) {
            said.finish = Some("filter");
        }
        said.tokens = reply.usage.map(|usage| (usage.input_tokens, usage.output_tokens));
        said
    }
}
