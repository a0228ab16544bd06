//! The table of built-in providers.
//!
//! Source: developers.cloudflare.com/ai-gateway/usage/providers for slugs, addresses and keys; each vendor's API reference for chat paths (checked
//! 2026-11-21). An address carries the version where clients write the path with and without it.

use std::borrow::Cow;

use waypost_types::WireFormat;

use super::{AuthScheme, CUSTOM_PREFIX, ChatApi, ChatPath, ErrorOverride, MOCK, NativePath, ProviderSpec, Quirks};

const X_API_KEY: AuthScheme = AuthScheme::new("x-api-key", "");
const GOOGLE_KEY: AuthScheme = AuthScheme::new("x-goog-api-key", "");
const API_KEY: AuthScheme = AuthScheme::new("api-key", "");
const TOKEN: AuthScheme = AuthScheme::new("authorization", "Token ");
const KEY: AuthScheme = AuthScheme::new("authorization", "Key ");

const NO_CHAT: &[ChatApi] = &[];
const OPENAI: &[ChatApi] = &[openai_at("chat/completions")];
const OPENAI_V1: &[ChatApi] = &[openai_at("v1/chat/completions")];
const COHERE: &[ChatApi] = &[openai_at("compatibility/v1/chat/completions")];

const fn openai_at(path: &'static str) -> ChatApi {
    ChatApi { format: WireFormat::OpenaiChat, path: ChatPath::Fixed(path) }
}

const fn gemini_at(path: ChatPath) -> &'static [ChatApi] {
    match path {
        ChatPath::Vertex => &[ChatApi { format: WireFormat::GeminiGenerateContent, path: ChatPath::Vertex }],
        _ => &[ChatApi { format: WireFormat::GeminiGenerateContent, path: ChatPath::Gemini }],
    }
}

/// The account is out of money: another provider may serve, the caller cannot help it.
const NO_CREDIT: &[ErrorOverride] = &[ErrorOverride { status: 402, contains: "", means: 403 }];

const fn provider(
    slug: &'static str,
    name: &'static str,
    base_url: &'static str,
    auth: AuthScheme,
    chat: &'static [ChatApi],
) -> ProviderSpec {
    ProviderSpec {
        slug: Cow::Borrowed(slug),
        name: Cow::Borrowed(name),
        base_url: if base_url.is_empty() { None } else { Some(Cow::Borrowed(base_url)) },
        auth,
        chat: Cow::Borrowed(chat),
        native: NativePath::Plain,
        quirks: Quirks { stream_options: true },
        headers: &[],
        errors: &[],
    }
}

/// Refuses unknown members, or reports usage without being asked.
const fn without_stream_options(mut spec: ProviderSpec) -> ProviderSpec {
    spec.quirks.stream_options = false;
    spec
}

const fn with_errors(mut spec: ProviderSpec, errors: &'static [ErrorOverride]) -> ProviderSpec {
    spec.errors = errors;
    spec
}

const fn with_native(mut spec: ProviderSpec, native: NativePath) -> ProviderSpec {
    spec.native = native;
    spec
}

/// What custom providers are unless told otherwise.
pub(super) const fn custom() -> ProviderSpec {
    provider(CUSTOM_PREFIX, "", "", AuthScheme::BEARER, OPENAI_V1)
}

fn anthropic() -> ProviderSpec {
    ProviderSpec {
        headers: &[("anthropic-version", "2023-06-01")],
        errors: &[ErrorOverride { status: 400, contains: "credit balance is too low", means: 403 }],
        ..provider(
            "anthropic",
            "Anthropic",
            "https://api.anthropic.com",
            X_API_KEY,
            &[ChatApi { format: WireFormat::AnthropicMessages, path: ChatPath::Fixed("v1/messages") }],
        )
    }
}

fn google() -> [ProviderSpec; 2] {
    let studio = provider(
        "google-ai-studio",
        "Google AI Studio",
        "https://generativelanguage.googleapis.com",
        GOOGLE_KEY,
        gemini_at(ChatPath::Gemini),
    );
    let vertex = provider(
        "google-vertex-ai",
        "Google Vertex AI",
        "https://{region}-aiplatform.googleapis.com",
        AuthScheme::BEARER,
        gemini_at(ChatPath::Vertex),
    );
    [
        // Google answers 400 to a wrong key.
        with_errors(studio, &[ErrorOverride { status: 400, contains: "API_KEY_INVALID", means: 401 }]),
        with_native(vertex, NativePath::Vertex),
    ]
}

fn clouds() -> [ProviderSpec; 3] {
    let azure = provider(
        "azure-openai",
        "Azure OpenAI",
        "https://{resource}.openai.azure.com/openai/deployments",
        API_KEY,
        &[ChatApi { format: WireFormat::OpenaiChat, path: ChatPath::Azure }],
    );
    let bedrock = provider(
        "aws-bedrock",
        "Amazon Bedrock",
        "https://bedrock-runtime.{region}.amazonaws.com",
        AuthScheme::BEARER,
        NO_CHAT,
    );
    let workers_ai = provider(
        "workers-ai",
        "Workers AI",
        "https://api.cloudflare.com/client/v4/accounts/{account}/ai/run",
        AuthScheme::BEARER,
        &[ChatApi { format: WireFormat::WorkersAi, path: ChatPath::WorkersAi }],
    );
    [
        with_native(azure, NativePath::Azure),
        with_native(bedrock, NativePath::Bedrock),
        with_native(workers_ai, NativePath::WorkersAi),
    ]
}

fn openai_compatible() -> [ProviderSpec; 13] {
    let bearer = AuthScheme::BEARER;
    let grok = provider("grok", "xAI", "https://api.x.ai/v1", bearer.clone(), OPENAI_V1);
    let deepseek = provider("deepseek", "DeepSeek", "https://api.deepseek.com", bearer.clone(), OPENAI);
    let openrouter = provider("openrouter", "OpenRouter", "https://openrouter.ai/api/v1", bearer.clone(), OPENAI_V1);
    [
        provider(MOCK, "Mock", "", AuthScheme::NONE, OPENAI),
        provider("openai", "OpenAI", "https://api.openai.com/v1", bearer.clone(), OPENAI),
        provider("groq", "Groq", "https://api.groq.com/openai/v1", bearer.clone(), OPENAI),
        // xAI answers 400 to a wrong key.
        with_errors(grok, &[ErrorOverride { status: 400, contains: "Incorrect API key", means: 401 }]),
        without_stream_options(provider(
            "mistral",
            "Mistral AI",
            "https://api.mistral.ai/v1",
            bearer.clone(),
            OPENAI_V1,
        )),
        without_stream_options(provider("cohere", "Cohere", "https://api.cohere.ai", bearer.clone(), COHERE)),
        without_stream_options(provider(
            "perplexity-ai",
            "Perplexity",
            "https://api.perplexity.ai",
            bearer.clone(),
            OPENAI,
        )),
        with_errors(deepseek, NO_CREDIT),
        without_stream_options(provider("cerebras", "Cerebras", "https://api.cerebras.ai/v1", bearer.clone(), OPENAI)),
        with_errors(openrouter, NO_CREDIT),
        without_stream_options(provider(
            "fireworks",
            "Fireworks AI",
            "https://api.fireworks.ai/inference/v1",
            bearer.clone(),
            OPENAI,
        )),
        provider("baseten", "Baseten", "https://inference.baseten.co/v1", bearer, OPENAI_V1),
        without_stream_options(provider("parallel", "Parallel", "https://api.parallel.ai", X_API_KEY, OPENAI)),
    ]
}

/// Reached by native calls only.
fn native_only() -> [ProviderSpec; 10] {
    let bearer = AuthScheme::BEARER;
    [
        provider("huggingface", "Hugging Face", "https://api-inference.huggingface.co/models", bearer.clone(), NO_CHAT),
        provider("replicate", "Replicate", "https://api.replicate.com/v1", bearer.clone(), NO_CHAT),
        provider("fal", "fal", "https://fal.run", KEY, NO_CHAT),
        provider("ideogram", "Ideogram", "https://api.ideogram.ai", API_KEY, NO_CHAT),
        provider("cartesia", "Cartesia", "https://api.cartesia.ai", X_API_KEY, NO_CHAT),
        provider("deepgram", "Deepgram", "https://api.deepgram.com", TOKEN, NO_CHAT),
        provider("elevenlabs", "ElevenLabs", "https://api.elevenlabs.io", AuthScheme::new("xi-api-key", ""), NO_CHAT),
        provider("adobe-firefly", "Adobe Firefly", "", bearer.clone(), NO_CHAT),
        provider("alibaba", "Alibaba Cloud", "", bearer.clone(), NO_CHAT),
        provider("minimax", "MiniMax", "", bearer, NO_CHAT),
    ]
}

/// Every built-in provider.
pub fn all() -> Vec<ProviderSpec> {
    let mut specs = vec![anthropic()];
    specs.extend(google());
    specs.extend(clouds());
    specs.extend(openai_compatible());
    specs.extend(native_only());
    specs
}
