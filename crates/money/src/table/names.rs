//! Model names: the same model is called by many, and prices are listed under few of them.

use std::borrow::Cow;

/// Where a Bedrock inference profile may start: the geography that serves it.
const BEDROCK_REGIONS: [&str; 11] =
    ["global.", "us-gov.", "us.", "eu.", "apac.", "ap.", "jp.", "au.", "ca.", "sa.", "in."];

/// The plain form of a name: lower case, without the wrapping that a provider's URLs or catalogues put around it.
pub(super) fn plain<'a>(provider: &str, model: &'a str) -> Cow<'a, str> {
    let name = model.trim();
    let stripped = match provider {
        "google-ai-studio" => strip_any(name, &["models/", "google/"]),
        "google-vertex-ai" => {
            let name = name.rsplit_once("/models/").map_or(name, |(_, name)| name);
            strip_any(name, &["models/", "google/", "anthropic/"])
        }
        "aws-bedrock" => name.rsplit_once('/').map_or(name, |(_, name)| name),
        "workers-ai" => strip_any(name, &["run/", "workers-ai/"]),
        "fireworks" => {
            strip_any(name, &["accounts/fireworks/models/", "accounts/fireworks/routers/", "fireworks/models/"])
        }
        "openrouter" => name
            .strip_suffix(":nitro")
            .or_else(|| name.strip_suffix(":floor"))
            .or_else(|| name.strip_suffix(":online"))
            .unwrap_or(name),
        "grok" => strip_any(name, &["x-ai/", "xai/", "grok/"]),
        "perplexity-ai" => strip_any(name, &["perplexity-ai/", "perplexity/"]),
        "azure-openai" => strip_any(name, &["azure/", "openai/"]),
        _ => name.strip_prefix(provider).and_then(|rest| rest.strip_prefix('/')).unwrap_or(name),
    };
    let lower = lower(stripped);
    if provider == "workers-ai" && !lower.starts_with('@') {
        return Cow::Owned(format!("@cf/{lower}"));
    }
    lower
}

/// The name without its region, for Bedrock; regions are priced alike unless a table lists them.
pub(super) fn without_region<'a>(provider: &str, name: &'a str) -> Option<&'a str> {
    if provider != "aws-bedrock" {
        return None;
    }
    BEDROCK_REGIONS.iter().find_map(|region| name.strip_prefix(region))
}

/// The name without what marks one release of a model: a date, `latest`, a revision.
pub(super) fn without_release<'a>(provider: &str, name: &'a str) -> Option<&'a str> {
    for end in ["-latest", "@latest", "@default"] {
        if let Some(rest) = name.strip_suffix(end) {
            return Some(rest);
        }
    }
    if provider == "aws-bedrock"
        && let Some((rest, revision)) = name.rsplit_once("-v")
        && revision.bytes().all(|byte| byte.is_ascii_digit() || byte == b':')
    {
        return Some(rest);
    }
    let at = name.len().checked_sub(9).filter(|&at| name.is_char_boundary(at));
    if let Some((rest, end)) = at.and_then(|at| name.split_at_checked(at))
        && end.starts_with(['-', '@'])
        && is_date(end.trim_start_matches(['-', '@']))
    {
        return Some(rest);
    }
    let at = name.len().checked_sub(11)?;
    let (rest, end) = name.split_at_checked(at)?;
    if let Some(date) = end.strip_prefix(['-', '@'])
        && date.as_bytes().get(4) == Some(&b'-')
        && date.as_bytes().get(7) == Some(&b'-')
        && is_date(&date.replace('-', ""))
    {
        return Some(rest);
    }
    if provider.starts_with("google-")
        && let Some((rest, revision)) = name.rsplit_once(['-', '@'])
        && revision.len() == 3
        && revision.bytes().all(|byte| byte.is_ascii_digit())
    {
        return Some(rest);
    }
    None
}

/// The provider whose prices hold where this one lists none: Azure sells OpenAI's models at OpenAI's prices.
pub(super) fn same_prices_as(provider: &str) -> Option<&'static str> {
    (provider == "azure-openai").then_some("openai")
}

/// A name with a `*` at one or both ends.
pub(super) fn matches(pattern: &str, name: &str) -> bool {
    match (pattern.strip_prefix('*'), pattern.strip_suffix('*')) {
        (Some(_), Some(_)) => name.contains(pattern.trim_matches('*')),
        (Some(end), None) => name.ends_with(end),
        (None, Some(start)) => name.starts_with(start),
        (None, None) => name == pattern,
    }
}

/// A year of this century, a month and a day: eight digits alone may be anything.
fn is_date(text: &str) -> bool {
    let part = |range| text.get(range).and_then(|digits: &str| digits.parse::<u32>().ok()).unwrap_or(0);
    text.len() == 8 && text.starts_with("20") && (1..=12).contains(&part(4..6)) && (1..=31).contains(&part(6..8))
}

fn strip_any<'a>(name: &'a str, starts: &[&str]) -> &'a str {
    starts.iter().find_map(|start| name.strip_prefix(start)).unwrap_or(name)
}

fn lower(name: &str) -> Cow<'_, str> {
    if name.bytes().any(|byte| byte.is_ascii_uppercase()) {
        Cow::Owned(name.to_ascii_lowercase())
    } else {
        Cow::Borrowed(name)
    }
}
