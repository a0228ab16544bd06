//! Reads the list of `genai-prices`: curated by hand, with sources, further names, patterns and dated changes.

use std::{collections::BTreeMap, sync::Arc};

use anyhow::{Context, Result};
use serde::Deserialize;
use serde_json::{Value, value::RawValue};
use waypost_money::price::{Price, Rates, Tier};
use waypost_types::PicoUsd;

use super::{Listed, is_plain_name, per_million};

/// Their provider and our slugs.
const PROVIDERS: [(&str, &[&str]); 19] = [
    ("anthropic", &["anthropic"]),
    ("aws", &["aws-bedrock"]),
    ("azure", &["azure-openai"]),
    ("baseten", &["baseten"]),
    ("cerebras", &["cerebras"]),
    ("cloudflare", &["workers-ai"]),
    ("cohere", &["cohere"]),
    ("deepseek", &["deepseek"]),
    ("elevenlabs", &["elevenlabs"]),
    ("fireworks", &["fireworks"]),
    ("google", &["google-ai-studio", "google-vertex-ai"]),
    ("groq", &["groq"]),
    ("huggingface", &["huggingface"]),
    ("minimax", &["minimax"]),
    ("mistral", &["mistral"]),
    ("openai", &["openai"]),
    ("openrouter", &["openrouter"]),
    ("perplexity", &["perplexity-ai"]),
    ("x-ai", &["grok"]),
];

#[derive(Deserialize)]
struct Provider<'a> {
    id: &'a str,
    #[serde(borrow)]
    models: Vec<Model<'a>>,
}

#[derive(Deserialize)]
struct Model<'a> {
    id: String,
    r#match: Value,
    #[serde(default)]
    context_window: Option<u64>,
    #[serde(borrow)]
    prices: &'a RawValue,
}

#[derive(Deserialize)]
struct Dated<'a> {
    #[serde(default)]
    constraint: Option<Constraint>,
    #[serde(borrow)]
    prices: Prices<'a>,
}

#[derive(Deserialize)]
struct Constraint {
    #[serde(default)]
    start_date: Option<String>,
    #[serde(default)]
    start_time: Option<String>,
}

#[derive(Deserialize)]
struct Stepped<'a> {
    #[serde(borrow)]
    base: &'a RawValue,
    #[serde(borrow)]
    tiers: Vec<Step<'a>>,
}

#[derive(Deserialize)]
struct Step<'a> {
    start: u64,
    #[serde(borrow)]
    price: &'a RawValue,
}

type Prices<'a> = BTreeMap<&'a str, &'a RawValue>;

/// The models of providers that we know, as of a day.
pub(super) fn read(data: &str, today: &str) -> Result<Vec<Listed>> {
    let providers: Vec<Provider<'_>> = serde_json::from_str(data)?;
    let mut listed = Vec::new();
    for provider in &providers {
        let (id, behind) = provider.id.split_once('_').unwrap_or((provider.id, ""));
        let Some((_, slugs)) = PROVIDERS.iter().find(|(theirs, _)| *theirs == id) else { continue };
        for model in &provider.models {
            let name = model.id.to_lowercase();
            let Some(price) = price(model, today).with_context(|| format!("{id} {name}"))? else { continue };
            let also = further_names(&model.r#match, &name);
            for slug in slugs.iter().filter(|slug| !(**slug == "google-ai-studio" && name.starts_with("claude"))) {
                listed.push(one(slug, &name, behind, &also, price.clone()));
            }
        }
    }
    listed.retain(|row| is_plain_name(&row.model));
    Ok(listed)
}

/// Hugging Face routes to other providers, named behind a colon: `openai/gpt-oss-120b:groq`.
fn one(slug: &str, name: &str, behind: &str, also: &[String], price: Price) -> Listed {
    let behind = if behind.is_empty() { String::new() } else { format!(":{behind}") };
    let also = also.iter().filter(|name| behind.is_empty() || !name.contains('*'));
    Listed {
        provider: slug.to_owned(),
        model: format!("{name}{behind}"),
        also: also.map(|name| format!("{name}{behind}")).collect(),
        price,
        letter: "g",
    }
}

fn price(model: &Model<'_>, today: &str) -> Result<Option<Price>> {
    let raw = model.prices.get();
    let prices = if raw.starts_with('[') {
        let dated: Vec<Dated<'_>> = serde_json::from_str(raw)?;
        match dated.into_iter().rev().find(|dated| holds(dated, today)) {
            Some(dated) => dated.prices,
            None => return Ok(None),
        }
    } else {
        serde_json::from_str::<Prices<'_>>(raw)?
    };
    let is_free = prices.is_empty() && model.id.ends_with(":free");
    if !is_free && !prices.contains_key("input_mtok") && !prices.contains_key("output_mtok") {
        return Ok(None);
    }
    let rates = rates(&prices, 0)?.unwrap_or_default();
    if !is_free && rates.input == PicoUsd::ZERO && rates.output == PicoUsd::ZERO && !model.id.contains("free") {
        return Ok(None);
    }
    let per_request = prices.get("requests_kcount").map(|raw| per_million(raw.get())).transpose()?;
    Ok(Some(Price {
        rates,
        tiers: tiers(&prices)?,
        // Dollars per thousand requests.
        per_request: per_request.map_or(PicoUsd::ZERO, |rate| PicoUsd(rate.0 * 1_000)),
        context_tokens_max: model.context_window,
        ..Price::default()
    }))
}

/// The last price that has begun. A price for some hours of the day holds here for all of them, where it is the last and so
/// the peak: a budget must not be overrun by what happens at noon.
fn holds(dated: &Dated<'_>, today: &str) -> bool {
    match &dated.constraint {
        None => true,
        Some(Constraint { start_date: Some(date), .. }) => date.as_str() <= today,
        Some(Constraint { start_time, .. }) => start_time.is_some(),
    }
}

fn tiers(prices: &Prices<'_>) -> Result<Arc<[Tier]>> {
    let mut starts = Vec::new();
    for raw in prices.values().filter(|raw| raw.get().starts_with('{')) {
        starts.extend(serde_json::from_str::<Stepped<'_>>(raw.get())?.tiers.iter().map(|step| step.start));
    }
    starts.sort_unstable();
    starts.dedup();
    let tier = |start| Ok(Tier { above_input_tokens: start, rates: rates(prices, start + 1)?.unwrap_or_default() });
    starts.into_iter().map(tier).collect()
}

/// The rates of a request with so many input tokens; `None` without any price per token.
fn rates(prices: &Prices<'_>, input_tokens: u64) -> Result<Option<Rates>> {
    let rate = |key: &str| prices.get(key).map(|raw| at(raw, input_tokens)).transpose();
    let (input, output) = (rate("input_mtok")?, rate("output_mtok")?);
    if input.is_none() && output.is_none() {
        return Ok(None);
    }
    Ok(Some(Rates {
        input: input.unwrap_or_default(),
        output: output.unwrap_or_default(),
        cache_read: rate("cache_read_mtok")?,
        cache_write: rate("cache_write_mtok")?,
    }))
}

fn at(raw: &RawValue, input_tokens: u64) -> Result<PicoUsd> {
    if !raw.get().starts_with('{') {
        return per_million(raw.get());
    }
    let stepped: Stepped<'_> = serde_json::from_str(raw.get())?;
    let step = stepped.tiers.iter().rev().find(|step| input_tokens > step.start);
    per_million(step.map_or(stepped.base, |step| step.price).get())
}

/// Names and patterns of a match rule. Regular expressions only add dates here, which a look-up takes off by itself; of an
/// `and` its first plain clause counts, since what the others exclude has rows of its own.
fn further_names(rule: &Value, name: &str) -> Vec<String> {
    let mut names = Vec::new();
    collect(rule, &mut names);
    names.retain(|found| found != name && is_plain_name(found.trim_matches('*')));
    names.sort_unstable();
    names.dedup();
    names
}

fn collect(rule: &Value, names: &mut Vec<String>) {
    let Some((kind, value)) = rule.as_object().and_then(|rule| rule.iter().next()) else { return };
    let text = value.as_str().map(str::to_lowercase);
    match (kind.as_str(), text) {
        ("equals", Some(text)) => names.push(text),
        ("starts_with", Some(text)) => names.push(format!("{text}*")),
        ("ends_with", Some(text)) => names.push(format!("*{text}")),
        ("contains", Some(text)) => names.push(format!("*{text}*")),
        ("or", _) => value.as_array().into_iter().flatten().for_each(|rule| collect(rule, names)),
        ("and", _) => value.as_array().into_iter().flatten().take(1).for_each(|rule| collect(rule, names)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str = r#"[{"id":"google","models":[
        {"id":"Gemini-X","match":{"or":[{"equals":"gemini-x"},{"equals":"gemini-x-001"},{"starts_with":"gemini-x-preview"}]},
         "context_window":1000000,
         "prices":[{"prices":{"input_mtok":2,"output_mtok":9}},
                   {"constraint":{"start_date":"2026-03-01"},
                    "prices":{"input_mtok":{"base":1.25,"tiers":[{"start":200000,"price":2.5}]},"cache_read_mtok":0.125,
                              "output_mtok":{"base":10,"tiers":[{"start":200000,"price":15}]}}},
                   {"constraint":{"start_date":"2027-01-01"},"prices":{"input_mtok":1,"output_mtok":1}}]},
        {"id":"claude-x","match":{"contains":"claude-x"},"prices":{"input_mtok":3,"output_mtok":15}},
        {"id":"unknown","match":{"equals":"unknown"},"prices":{}}]},
      {"id":"huggingface_groq","models":[{"id":"Qwen/Q","match":{"equals":"qwen/q"},"prices":{"input_mtok":0.1,"output_mtok":0.2}}]},
      {"id":"elsewhere","models":[]}]"#;

    #[test]
    fn the_price_of_the_day_is_taken_with_names_and_tiers() {
        let listed = read(LIST, "2026-11-21").unwrap();
        let names: Vec<_> = listed.iter().map(|row| (row.provider.as_str(), row.model.as_str())).collect();
        assert_eq!(
            names,
            [
                ("google-ai-studio", "gemini-x"),
                ("google-vertex-ai", "gemini-x"),
                ("google-vertex-ai", "claude-x"),
                ("huggingface", "qwen/q:groq"),
            ]
        );
        let price = &listed[0].price;
        assert_eq!((price.rates.input, price.rates.cache_read), (PicoUsd(1_250_000), Some(PicoUsd(125_000))));
        assert_eq!(price.tiers.len(), 1);
        assert_eq!(price.tiers[0].above_input_tokens, 200_000);
        assert_eq!(
            (price.tiers[0].rates.input, price.tiers[0].rates.output),
            (PicoUsd(2_500_000), PicoUsd(15_000_000))
        );
        assert_eq!(price.tiers[0].rates.cache_read, Some(PicoUsd(125_000)));
        assert_eq!(listed[0].also, ["gemini-x-001", "gemini-x-preview*"]);
        assert_eq!(read(LIST, "2026-01-01").unwrap()[0].price.rates.input, PicoUsd(2_000_000));
    }
}
