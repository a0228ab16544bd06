//! Reads LiteLLM's public price file: broad, with context windows and longest answers.

use std::{collections::BTreeMap, sync::Arc};

use anyhow::{Context, Result};
use serde_json::value::RawValue;
use waypost_money::price::{Price, Rates, Tier};
use waypost_types::PicoUsd;

use super::{Listed, is_plain_name, per_token};

/// Their provider, our slug, what to take off their names (the first that fits).
const PROVIDERS: [(&str, &str, &[&str]); 29] = [
    ("openai", "openai", &["openai/"]),
    ("text-completion-openai", "openai", &[]),
    ("anthropic", "anthropic", &["anthropic/"]),
    ("gemini", "google-ai-studio", &["gemini/"]),
    ("azure", "azure-openai", &["azure/"]),
    ("azure_text", "azure-openai", &["azure/"]),
    ("azure_ai", "azure-openai", &["azure_ai/"]),
    ("bedrock_converse", "aws-bedrock", &["bedrock/"]),
    ("bedrock", "aws-bedrock", &["bedrock/"]),
    ("bedrock_mantle", "aws-bedrock", &["bedrock_mantle/"]),
    ("cloudflare", "workers-ai", &["cloudflare/"]),
    ("groq", "groq", &["groq/"]),
    ("xai", "grok", &["xai/"]),
    ("mistral", "mistral", &["mistral/"]),
    ("codestral", "mistral", &["codestral/"]),
    ("cohere_chat", "cohere", &["cohere/"]),
    ("cohere", "cohere", &["cohere/"]),
    ("perplexity", "perplexity-ai", &["perplexity/"]),
    ("deepseek", "deepseek", &["deepseek/"]),
    ("cerebras", "cerebras", &["cerebras/"]),
    ("openrouter", "openrouter", &["openrouter/"]),
    ("fireworks_ai", "fireworks", &["fireworks_ai/accounts/fireworks/models/", "fireworks_ai/"]),
    ("fireworks_ai-embedding-models", "fireworks", &["fireworks_ai/accounts/fireworks/models/", "fireworks_ai/"]),
    ("baseten", "baseten", &["baseten/"]),
    ("replicate", "replicate", &["replicate/"]),
    ("dashscope", "alibaba", &["dashscope/"]),
    ("minimax", "minimax", &["minimax/"]),
    ("amazon_nova", "aws-bedrock", &["amazon_nova/"]),
    ("huggingface", "huggingface", &["huggingface/"]),
];

/// Vertex splits its models over many of their providers: `vertex_ai`, `vertex_ai-anthropic_models` …
const VERTEX: &str = "vertex_ai";

/// What is charged by the token. Images, speech, search and the rest have other units.
const MODES: [&str; 4] = ["chat", "completion", "responses", "embedding"];

/// `…_above_200k_tokens` and its like.
const TIERS: [(&str, u64); 8] = [
    ("32k", 32_000),
    ("100k", 100_000),
    ("128k", 128_000),
    ("200k", 200_000),
    ("256k", 256_000),
    ("272k", 272_000),
    ("500k", 500_000),
    ("512k", 512_000),
];

struct Model<'a> {
    litellm_provider: Option<String>,
    mode: Option<String>,
    rest: BTreeMap<String, &'a RawValue>,
}

/// The models of providers that we know, charged by the token.
pub(super) fn read(data: &str) -> Result<Vec<Listed>> {
    // Raw values keep the digits of a number; a derived struct would read floats.
    let models: BTreeMap<String, BTreeMap<String, &RawValue>> = serde_json::from_str(data)?;
    let mut listed = Vec::new();
    for (name, mut rest) in models {
        let mut word = |key| rest.remove(key).and_then(|raw| serde_json::from_str::<String>(raw.get()).ok());
        let model = Model { litellm_provider: word("litellm_provider"), mode: word("mode"), rest };
        if let Some(row) = one(&name, &model).with_context(|| name.clone())? {
            listed.push(row);
        }
    }
    // Where two of their providers are one of ours, the one named first above holds.
    listed.sort_by_key(|(rank, _)| *rank);
    Ok(listed.into_iter().map(|(_, row)| row).collect())
}

fn one(name: &str, model: &Model<'_>) -> Result<Option<(usize, Listed)>> {
    let theirs = model.litellm_provider.as_deref().unwrap_or_default();
    let Some((rank, slug, strips)) = provider(theirs) else { return Ok(None) };
    if !model.mode.as_deref().is_some_and(|mode| MODES.contains(&mode)) {
        return Ok(None);
    }
    let lower = name.to_lowercase();
    let plain = strips.iter().find_map(|strip| lower.strip_prefix(strip)).unwrap_or(&lower);
    // Rows for one region of a cloud cannot be told from the model's name alone.
    let is_regional = plain.contains('/') && matches!(slug, "aws-bedrock" | "azure-openai");
    if !is_plain_name(plain) || is_regional || plain.starts_with("fireworks-ai-") {
        return Ok(None);
    }
    let Some(rates) = rates(&model.rest, "")? else { return Ok(None) };
    let is_embedding = model.mode.as_deref() == Some("embedding");
    let is_unknown = rates.input == PicoUsd::ZERO || (rates.output == PicoUsd::ZERO && !is_embedding);
    if is_unknown && !plain.ends_with(":free") {
        return Ok(None);
    }
    let per_request = model.rest.get("input_cost_per_request").map(|raw| per_token(raw.get())).transpose()?;
    let price = Price {
        tiers: tiers(&model.rest, rates)?,
        rates,
        per_request: per_request.unwrap_or_default(),
        context_tokens_max: count(&model.rest, "max_input_tokens"),
        output_tokens_max: count(&model.rest, "max_output_tokens"),
        ..Price::default()
    };
    let (provider, model) = (slug.to_owned(), plain.to_owned());
    Ok(Some((rank, Listed { provider, model, also: Vec::new(), price, letter: "l" })))
}

fn provider(theirs: &str) -> Option<(usize, &'static str, &'static [&'static str])> {
    if theirs.starts_with(VERTEX) {
        return Some((0, "google-vertex-ai", &["vertex_ai/"]));
    }
    let found = PROVIDERS.iter().enumerate().find(|(_, (name, _, _))| *name == theirs);
    found.map(|(rank, (_, slug, strips))| (rank, *slug, *strips))
}

fn tiers(fields: &BTreeMap<String, &RawValue>, base: Rates) -> Result<Arc<[Tier]>> {
    let mut tiers = Vec::new();
    for (word, above_input_tokens) in TIERS {
        let suffix = format!("_above_{word}_tokens");
        if let Some(rates) = rates(fields, &suffix)? {
            let keep = |rate: PicoUsd, base| if rate == PicoUsd::ZERO { base } else { rate };
            let rates = Rates {
                input: keep(rates.input, base.input),
                output: keep(rates.output, base.output),
                cache_read: rates.cache_read.or(base.cache_read),
                cache_write: rates.cache_write.or(base.cache_write),
            };
            tiers.push(Tier { above_input_tokens, rates });
        }
    }
    Ok(tiers.into())
}

fn rates(fields: &BTreeMap<String, &RawValue>, suffix: &str) -> Result<Option<Rates>> {
    let rate = |key: &str| match fields.get(&format!("{key}{suffix}")) {
        Some(raw) if raw.get() != "null" => per_token(raw.get()).map(Some),
        _ => Ok(None),
    };
    // A cache rate of zero says that nobody looked it up; such tokens then cost what other input costs.
    let is_known = |rate: &PicoUsd| *rate != PicoUsd::ZERO;
    let (input, output) = (rate("input_cost_per_token")?, rate("output_cost_per_token")?);
    if input.is_none() && output.is_none() {
        return Ok(None);
    }
    Ok(Some(Rates {
        input: input.unwrap_or_default(),
        output: output.unwrap_or_default(),
        cache_read: rate("cache_read_input_token_cost")?.filter(is_known),
        cache_write: rate("cache_creation_input_token_cost")?.filter(is_known),
    }))
}

fn count(fields: &BTreeMap<String, &RawValue>, key: &str) -> Option<u64> {
    fields.get(key).and_then(|raw| raw.get().parse().ok()).filter(|&tokens| tokens > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_read_and_other_units_left_out() {
        let listed = read(
            r#"{
            "sample_spec":{"litellm_provider":"one of many","mode":"one of","input_cost_per_token":0.0},
            "gemini/Gem-X":{"litellm_provider":"gemini","mode":"chat","input_cost_per_token":1.25e-06,"output_cost_per_token":1e-05,
              "input_cost_per_token_above_200k_tokens":2.5e-06,"output_cost_per_token_above_200k_tokens":1.5e-05,
              "cache_read_input_token_cost":1.25e-07,"max_input_tokens":1048576,"max_output_tokens":65536},
            "azure/eu/gpt":{"litellm_provider":"azure","mode":"chat","input_cost_per_token":1e-6,"output_cost_per_token":1e-6},
            "dall-e":{"litellm_provider":"openai","mode":"image_generation","input_cost_per_token":1e-6},
            "no-price":{"litellm_provider":"openai","mode":"chat","input_cost_per_token":0.0,"output_cost_per_token":0.0},
            "text-embedding":{"litellm_provider":"openai","mode":"embedding","input_cost_per_token":2e-08,"output_cost_per_token":0.0}
        }"#,
        )
        .unwrap();
        let mut names: Vec<_> = listed.iter().map(|row| (row.provider.as_str(), row.model.as_str())).collect();
        names.sort_unstable();
        assert_eq!(names, [("google-ai-studio", "gem-x"), ("openai", "text-embedding")]);
        let price = &listed.iter().find(|row| row.model == "gem-x").unwrap().price;
        assert_eq!((price.rates.input, price.rates.output), (PicoUsd(1_250_000), PicoUsd(10_000_000)));
        let [tier] = &*price.tiers else { panic!("{:?}", price.tiers) };
        assert_eq!((tier.above_input_tokens, tier.rates.output), (200_000, PicoUsd(15_000_000)));
        assert_eq!(tier.rates.cache_read, Some(PicoUsd(125_000)));
        assert_eq!((price.context_tokens_max, price.output_tokens_max), (Some(1_048_576), Some(65_536)));
    }
}
