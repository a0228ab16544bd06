use http::Method;
use waypost_types::{Operation, Secret, WireFormat};

use super::*;

fn catalogue() -> Catalogue {
    Catalogue::new([]).unwrap()
}

fn chat_url(slug: &str, model: &str, stream: bool, place: &Place) -> Result<String, TargetError> {
    let catalogue = catalogue();
    let provider = catalogue.find(slug).unwrap();
    let rest = provider.spec.chat.first().unwrap().rest(model, stream, place)?;
    url(provider, &rest, place)
}

fn url(provider: &Provider, rest: &str, place: &Place) -> Result<String, TargetError> {
    let target = provider.target(rest, place)?;
    let scheme = if target.endpoint.is_https() { "https" } else { "http" };
    Ok(format!("{scheme}://{}{}", target.endpoint.authority.to_str().unwrap(), target.path))
}

fn native_url(slug: &str, rest: &str) -> Result<String, TargetError> {
    url(catalogue().find(slug).unwrap(), rest, &Place::default())
}

#[test]
fn conversations_go_where_the_vendors_document() {
    let place = Place {
        account: Some("acc1".into()),
        project: Some("my-project".into()),
        region: Some("us-central1".into()),
        resource: Some("my-resource".into()),
        ..Place::default()
    };
    for (slug, model, stream, expected) in [
        ("openai", "gpt-4o-mini", true, "https://api.openai.com/v1/chat/completions"),
        ("anthropic", "claude-sonnet-4-5", true, "https://api.anthropic.com/v1/messages"),
        (
            "google-ai-studio",
            "gemini-2.5-flash",
            false,
            "https://generativelanguage.googleapis.com/v1beta/models/gemini-2.5-flash:generateContent",
        ),
        (
            "google-ai-studio",
            "gemini-2.5-flash",
            true,
            "https://generativelanguage.googleapis.com/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse",
        ),
        (
            "google-vertex-ai",
            "google/gemini-2.5-pro",
            false,
            "https://us-central1-aiplatform.googleapis.com/v1/projects/my-project/locations/us-central1/publishers/google/models/gemini-2.5-pro:generateContent",
        ),
        (
            "azure-openai",
            "gpt-4o",
            true,
            "https://my-resource.openai.azure.com/openai/deployments/gpt-4o/chat/completions?api-version=2024-10-21",
        ),
        (
            "workers-ai",
            "@cf/meta/llama-3.1-8b-instruct",
            true,
            "https://api.cloudflare.com/client/v4/accounts/acc1/ai/run/@cf/meta/llama-3.1-8b-instruct",
        ),
        ("groq", "llama-3.3-70b", true, "https://api.groq.com/openai/v1/chat/completions"),
        ("grok", "grok-4", true, "https://api.x.ai/v1/chat/completions"),
        ("mistral", "mistral-small", true, "https://api.mistral.ai/v1/chat/completions"),
        ("cohere", "command-a", true, "https://api.cohere.ai/compatibility/v1/chat/completions"),
        ("perplexity", "sonar", true, "https://api.perplexity.ai/chat/completions"),
        ("openrouter", "meta/llama", true, "https://openrouter.ai/api/v1/chat/completions"),
        ("fireworks", "x", true, "https://api.fireworks.ai/inference/v1/chat/completions"),
    ] {
        assert_eq!(chat_url(slug, model, stream, &place).as_deref(), Ok(expected), "{slug}");
    }
    let global = Place { region: Some("global".into()), ..place };
    assert_eq!(
        chat_url("google-vertex-ai", "gemini-2.5-pro", false, &global).as_deref(),
        Ok(
            "https://aiplatform.googleapis.com/v1/projects/my-project/locations/global/publishers/google/models/gemini-2.5-pro:generateContent"
        )
    );
}

#[test]
fn native_paths_reach_the_same_places_with_and_without_a_version() {
    for (slug, rest, expected) in [
        ("openai", "chat/completions", "https://api.openai.com/v1/chat/completions"),
        ("openai", "v1/chat/completions", "https://api.openai.com/v1/chat/completions"),
        ("openai", "v1/models?limit=2", "https://api.openai.com/v1/models?limit=2"),
        ("anthropic", "v1/messages", "https://api.anthropic.com/v1/messages"),
        ("grok", "chat/completions", "https://api.x.ai/v1/chat/completions"),
        ("mistral", "v1/chat/completions", "https://api.mistral.ai/v1/chat/completions"),
        ("openrouter", "v1/chat/completions", "https://openrouter.ai/api/v1/chat/completions"),
        (
            "azure-openai",
            "res1/dep1/chat/completions?api-version=2024-06-01",
            "https://res1.openai.azure.com/openai/deployments/dep1/chat/completions?api-version=2024-06-01",
        ),
        (
            "google-vertex-ai",
            "v1/projects/p/locations/europe-west4/publishers/google/models/gemini-2.5-pro:generateContent",
            "https://europe-west4-aiplatform.googleapis.com/v1/projects/p/locations/europe-west4/publishers/google/models/gemini-2.5-pro:generateContent",
        ),
        (
            "aws-bedrock",
            "bedrock-runtime/us-east-1/model/amazon.nova-lite-v1:0/converse",
            "https://bedrock-runtime.us-east-1.amazonaws.com/model/amazon.nova-lite-v1:0/converse",
        ),
    ] {
        assert_eq!(native_url(slug, rest).as_deref(), Ok(expected));
    }
}

#[test]
fn the_operators_address_replaces_the_built_in_one() {
    let catalogue =
        Catalogue::new([("openai", "http://127.0.0.1:9100/v1"), ("workers-ai", "http://127.0.0.1:9100/ai/run")])
            .unwrap();
    let openai = catalogue.find("openai").unwrap();
    for rest in ["chat/completions", "v1/chat/completions"] {
        assert_eq!(url(openai, rest, &Place::default()).as_deref(), Ok("http://127.0.0.1:9100/v1/chat/completions"));
    }
    let workers_ai = catalogue.find("workers-ai").unwrap();
    assert_eq!(url(workers_ai, "@cf/a/b", &Place::default()).as_deref(), Ok("http://127.0.0.1:9100/ai/run/@cf/a/b"));
    assert!(Catalogue::new([("opanai", "http://127.0.0.1")]).is_err());
    assert!(Catalogue::new([("openai", "ftp://127.0.0.1")]).is_err());
}

#[test]
fn a05_parts_of_a_host_are_plain_names() {
    for region in ["evil.com/", "x#", "a@b", "..", "a.b", "a%2fb", "-a", "a\r\nb"] {
        let rest =
            format!("v1/projects/p/locations/{}/publishers/google/models/m:generateContent", region.replace('/', ""));
        assert!(native_url("google-vertex-ai", &rest).is_err(), "{region:?}");
        let place = Place { project: Some("p".into()), region: Some(region.into()), ..Place::default() };
        assert!(chat_url("google-vertex-ai", "m", false, &place).is_err(), "{region:?}");
    }
    assert!(native_url("google-vertex-ai", "v1/projects/p/locations/evil.com/x").is_err());
    assert!(native_url("azure-openai", "evil.com%2f/dep/chat/completions").is_err());
    assert!(native_url("azure-openai", "127.0.0.1/dep/chat/completions").is_err());
    assert!(native_url("aws-bedrock", "bedrock-runtime/x@y/model/m").is_err());
}

#[test]
fn a05_models_stay_one_segment() {
    let none = Place::default();
    assert_eq!(
        chat_url("google-ai-studio", "a/b?c#d@e", false, &none).as_deref(),
        Ok("https://generativelanguage.googleapis.com/v1beta/models/a%2Fb%3Fc%23d%40e:generateContent")
    );
    for model in ["..", "../../v1/files", "a\r\nb", ""] {
        assert!(chat_url("google-ai-studio", model, false, &none).is_err(), "{model:?}");
    }
    assert!(
        chat_url("google-ai-studio", "..%2f..", false, &none)
            .unwrap()
            .ends_with("/v1beta/models/..%252f..:generateContent")
    );
    let account = Place { account: Some("acc1".into()), ..Place::default() };
    for model in ["@cf/../../../zones", "@cf/a/..", "@cf//", "gpt-4o", "@cf", "@cf/a\nb"] {
        assert!(chat_url("workers-ai", model, false, &account).is_err(), "{model:?}");
    }
}

#[test]
fn what_is_missing_is_named() {
    let error = chat_url("google-vertex-ai", "gemini-2.5-pro", false, &Place::default()).unwrap_err();
    assert_eq!(error, TargetError::Missing { provider: "Google Vertex AI".into(), part: "project" });
    assert_eq!(Fault::from(error).class, FaultClass::NoKey);
    let error = chat_url("workers-ai", "@cf/a/b", false, &Place::default()).unwrap_err();
    assert!(error.to_string().starts_with("Workers AI needs a account_id"), "{error}");
    assert!(matches!(native_url("mock", "x"), Err(TargetError::Unsupported(_))));
}

#[test]
fn stored_keys_may_be_json() {
    let parse = |text: &str| StoredKey::parse(&Secret::new(text.to_owned()));
    assert_eq!(parse(" sk-plain\n").unwrap().secret.expose(), "sk-plain");
    let key = parse(r#"{"access_token":"ya29.x","project_id":"p","location":"us-east1"}"#).unwrap();
    assert_eq!(key.secret.expose(), "ya29.x");
    assert_eq!(key.place, Place { project: Some("p".into()), region: Some("us-east1".into()), ..Place::default() });
    let key = parse(r#"{"api_token":"cf-1","account_id":"acc1"}"#).unwrap();
    assert_eq!(key.place.account.as_deref(), Some("acc1"));
    let fault = parse(r#"{"type":"service_account","private_key":"-----BEGIN canary"}"#).unwrap_err();
    assert_eq!(fault.class, FaultClass::KeyUnusable);
    assert!(!fault.detail.contains("canary"));
}

#[test]
fn native_conversations_are_recognised() {
    let catalogue = catalogue();
    let ask = |slug: &str, path: &str| recognise(&catalogue.find(slug).unwrap().spec, &Method::POST, path);
    let chat = |format, model: Option<&str>, stream| {
        Some(Recognised {
            format,
            operation: Operation::Chat,
            model: model.map(str::to_owned),
            stream,
            is_certain: true,
        })
    };
    assert_eq!(ask("openai", "chat/completions"), chat(WireFormat::OpenaiChat, None, None));
    assert_eq!(ask("openai", "/v1/chat/completions?x=y"), chat(WireFormat::OpenaiChat, None, None));
    assert_eq!(ask("anthropic", "v1/messages"), chat(WireFormat::AnthropicMessages, None, None));
    assert_eq!(
        ask("google-ai-studio", "v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse"),
        chat(WireFormat::GeminiGenerateContent, Some("gemini-2.5-flash"), Some(true))
    );
    assert_eq!(
        ask("google-vertex-ai", "v1/projects/p/locations/r/publishers/google/models/gemini-2.5-pro:generateContent"),
        chat(WireFormat::GeminiGenerateContent, Some("gemini-2.5-pro"), Some(false))
    );
    assert_eq!(
        ask("azure-openai", "res/dep/chat/completions?api-version=1"),
        chat(WireFormat::OpenaiChat, Some("dep"), None)
    );
    let workers_ai = ask("workers-ai", "@cf/meta/llama-3.1-8b-instruct").unwrap();
    assert_eq!((workers_ai.format, workers_ai.is_certain), (WireFormat::WorkersAi, false));
    assert_eq!(workers_ai.model.as_deref(), Some("@cf/meta/llama-3.1-8b-instruct"));
    assert_eq!(ask("workers-ai", "run/@cf/meta/llama"), ask("workers-ai", "@cf/meta/llama"));
    assert_eq!(ask("workers-ai", "v1/chat/completions"), chat(WireFormat::OpenaiChat, None, None));
    for (slug, path) in [
        ("openai", "embeddings"),
        ("openai", "responses"),
        ("anthropic", "v1/messages/count_tokens"),
        ("anthropic", "v1/messages/batches"),
        ("google-ai-studio", "v1beta/models/m:countTokens"),
        ("openai", "v1/threads/t1/messages"),
        ("workers-ai", "v1/embeddings"),
    ] {
        assert_eq!(ask(slug, path), None, "{slug}/{path}");
    }
    assert_eq!(recognise(&catalogue.find("openai").unwrap().spec, &Method::GET, "chat/completions"), None);
}

#[test]
fn custom_providers_are_openai_compatible_at_public_addresses() {
    let provider = Provider::custom("acme", "Acme", "https://llm.example.com/v1", &AllowList::default()).unwrap();
    assert_eq!(provider.slug(), "custom-acme");
    let rest = provider.chat(WireFormat::OpenaiChat).unwrap().rest("m", false, &Place::default()).unwrap();
    assert_eq!(url(&provider, &rest, &Place::default()).as_deref(), Ok("https://llm.example.com/v1/chat/completions"));
    assert!(Provider::custom("acme", "Acme", "http://169.254.169.254", &AllowList::default()).is_err());
    assert!(Provider::custom("acme", "Acme", "http://{region}.example.com", &AllowList::default()).is_err());
}

#[test]
fn every_row_is_usable() {
    for spec in builtin::all() {
        assert!(!spec.name.is_empty());
        assert_eq!(spec.auth.header, spec.auth.header.to_ascii_lowercase());
        if let Some(url) = &spec.base_url {
            assert!(url.starts_with("https://"), "{url}");
        }
    }
    assert_eq!(catalogue().did_you_mean("opanai"), Some("openai"));
    assert!(catalogue().find("mock").unwrap().is_mock());
}
