//! Which path a conversation takes.

use std::borrow::Cow;

use waypost_types::WireFormat;

use super::{Place, TargetError};
use crate::join::{PathError, segment};

/// One way to hold a conversation with a provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChatApi {
    /// The grammar of request and answer.
    pub format: WireFormat,
    /// How its path is made.
    pub path: ChatPath,
}

/// How a conversation's path is made. What it says is what a native call would say after the slug.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChatPath {
    /// The same for every model, which the body names.
    Fixed(&'static str),
    /// `v1beta/models/{model}:generateContent`, or `:streamGenerateContent?alt=sse`.
    Gemini,
    /// The same below `v1/projects/{project}/locations/{region}/publishers/google/`.
    Vertex,
    /// `{resource}/{deployment}/chat/completions?api-version=…`; the model is the deployment.
    Azure,
    /// The model itself: `@cf/{author}/{model}`.
    WorkersAi,
}

/// The version asked of Azure OpenAI where nobody names one.
///
/// Source: learn.microsoft.com, "Azure OpenAI in Azure AI Foundry Models API lifecycle", latest general release (2026-11-21).
pub const AZURE_API_VERSION: &str = "2024-10-21";

impl ChatApi {
    /// Path and query after the provider's slug. The model is one encoded segment wherever it is part of the path (A05).
    ///
    /// # Errors
    /// The model is empty or climbs; Vertex AI without project or region; a Workers AI model that is not `@cf/…` or `@hf/…`.
    pub fn rest(&self, model: &str, stream: bool, place: &Place) -> Result<Cow<'static, str>, TargetError> {
        let method = if stream { "streamGenerateContent?alt=sse" } else { "generateContent" };
        let rest = match self.path {
            ChatPath::Fixed(path) => return Ok(Cow::Borrowed(path)),
            ChatPath::Gemini => {
                let model = model.strip_prefix("models/").unwrap_or(model);
                format!("v1beta/models/{}:{method}", segment(model, "model")?)
            }
            ChatPath::Vertex => {
                let model = model.strip_prefix("google/").unwrap_or(model);
                if model.contains('/') {
                    return Err(TargetError::Unsupported(format!(
                        "on Vertex AI only Google's models can be routed to, not {model:?}"
                    )));
                }
                let project = segment(place.need(place.project.as_deref(), "project", "Google Vertex AI")?, "project")?;
                let region = segment(place.need(place.region.as_deref(), "region", "Google Vertex AI")?, "region")?;
                let model = segment(model, "model")?;
                format!("v1/projects/{project}/locations/{region}/publishers/google/models/{model}:{method}")
            }
            ChatPath::Azure => {
                let deployment = segment(place.deployment.as_deref().unwrap_or(model), "deployment")?;
                let version = segment(place.api_version.as_deref().unwrap_or(AZURE_API_VERSION), "api_version")?;
                let resource = match &place.resource {
                    Some(resource) => format!("{}/", segment(resource, "resource")?),
                    None => String::new(),
                };
                format!("{resource}{deployment}/chat/completions?api-version={version}")
            }
            ChatPath::WorkersAi => workers_ai(model)?,
        };
        Ok(Cow::Owned(rest))
    }
}

fn workers_ai(model: &str) -> Result<String, TargetError> {
    let (family, name) = model.split_once('/').unwrap_or((model, ""));
    if !matches!(family, "@cf" | "@hf") {
        return Err(TargetError::Unsupported(format!("Workers AI models begin with @cf/, {model:?} does not")));
    }
    let parts: Result<Vec<_>, PathError> = name.split('/').map(|part| segment(part, "model")).collect();
    Ok(format!("{family}/{}", parts?.join("/")))
}
