//! What a provider-native path asks, so that calls on known paths are metered like any other.

use std::borrow::Cow;

use http::Method;
use waypost_types::{Operation, WireFormat};

use super::{NativePath, ProviderSpec};
use crate::join::{is_version, percent_decode};

/// A native path that we understand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recognised {
    /// The grammar of body and answer.
    pub format: WireFormat,
    /// What is asked.
    pub operation: Operation,
    /// The model, where the path names it; else the body does.
    pub model: Option<String>,
    /// Whether a stream is asked for, where the path says so; else the body does.
    pub stream: Option<bool>,
    /// The path alone decides. On Workers AI it does not: a body without `messages` or `prompt` is another operation.
    pub is_certain: bool,
}

/// Reads method and path (what follows the slug, with or without query). `None`: passed through, not metered by tokens.
pub fn recognise(spec: &ProviderSpec, method: &Method, path: &str) -> Option<Recognised> {
    if method != Method::POST {
        return None;
    }
    let path = path.split('?').next().unwrap_or(path).trim_matches('/');
    let chat = |format, model: Option<Cow<'_, str>>, stream| Recognised {
        format,
        operation: Operation::Chat,
        model: model.map(Cow::into_owned),
        stream,
        is_certain: true,
    };

    if let Some((before, method)) = path.rsplit_once(':')
        && let Some(stream) = gemini_stream(method)
    {
        let (_, model) = before.rsplit_once("models/").or_else(|| before.rsplit_once("tunedModels/"))?;
        return Some(chat(WireFormat::GeminiGenerateContent, Some(percent_decode(model)), Some(stream)));
    }
    if let Some(before) =
        path.strip_suffix("chat/completions").filter(|before| before.is_empty() || before.ends_with('/'))
    {
        let model = match spec.native {
            NativePath::Azure => {
                before.trim_end_matches('/').rsplit('/').next().filter(|name| !name.is_empty() && !is_version(name))
            }
            NativePath::Plain | NativePath::Vertex | NativePath::Bedrock | NativePath::WorkersAi => None,
        };
        return Some(chat(WireFormat::OpenaiChat, model.map(percent_decode), None));
    }
    if path
        .strip_suffix("messages")
        .is_some_and(|before| before.trim_end_matches('/').rsplit('/').next().is_some_and(is_version))
    {
        return Some(chat(WireFormat::AnthropicMessages, None, None));
    }
    if spec.native == NativePath::WorkersAi {
        let model = path.strip_prefix("run/").unwrap_or(path);
        let is_model = model.starts_with("@cf/") || model.starts_with("@hf/");
        return is_model.then(|| Recognised {
            is_certain: false,
            ..chat(WireFormat::WorkersAi, Some(percent_decode(model)), None)
        });
    }
    None
}

fn gemini_stream(method: &str) -> Option<bool> {
    match method {
        "generateContent" => Some(false),
        "streamGenerateContent" => Some(true),
        _ => None,
    }
}
