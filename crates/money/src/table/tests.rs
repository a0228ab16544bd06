use std::time::{Duration, Instant};

use waypost_types::{PicoUsd, Usage};

use super::{BUILT_IN, PriceTable, text};
use crate::{
    cost,
    price::{Price, Rates},
};

fn table() -> &'static PriceTable {
    PriceTable::embedded()
}

/// Dollars per million tokens, input and output.
fn per_million(provider: &str, model: &str) -> Option<(String, String)> {
    let rates = table().find(provider, model)?.rates;
    Some((text::to_per_million(rates.input), text::to_per_million(rates.output)))
}

fn check(provider: &str, model: &str, input: &str, output: &str) {
    assert_eq!(per_million(provider, model), Some((input.to_owned(), output.to_owned())), "{provider} {model}");
}

/// From the vendors' price pages: openai.com/api/pricing, anthropic.com/pricing, ai.google.dev/gemini-api/docs/pricing,
/// developers.cloudflare.com/workers-ai/platform/pricing, aws.amazon.com/bedrock/pricing, groq.com/pricing, docs.x.ai/docs/models,
/// cohere.com/pricing, docs.perplexity.ai; models whose prices have not changed since they came out.
#[test]
fn prices_are_those_of_the_vendors() {
    check("openai", "gpt-4o-mini", "0.15", "0.6");
    check("openai", "gpt-4o", "2.5", "10");
    check("openai", "gpt-4o-2024-05-13", "5", "15");
    check("openai", "gpt-3.5-turbo", "0.5", "1.5");
    check("openai", "o3-mini", "1.1", "4.4");
    check("openai", "text-embedding-3-small", "0.02", "0");
    check("anthropic", "claude-3-haiku-20240307", "0.25", "1.25");
    check("anthropic", "claude-opus-4-1-20250805", "15", "75");
    check("google-ai-studio", "gemini-2.5-pro", "1.25", "10");
    check("google-ai-studio", "gemini-2.5-flash", "0.3", "2.5");
    check("workers-ai", "@cf/meta/llama-3.2-1b-instruct", "0.027", "0.201");
    check("workers-ai", "@cf/meta/llama-3.3-70b-instruct-fp8-fast", "0.293", "2.253");
    check("aws-bedrock", "amazon.nova-micro-v1:0", "0.035", "0.14");
    check("aws-bedrock", "amazon.nova-pro-v1:0", "0.8", "3.2");
    check("groq", "llama-3.1-8b-instant", "0.05", "0.08");
    check("grok", "grok-3", "3", "15");
    check("cohere", "command-r7b-12-2024", "0.0375", "0.15");
    check("perplexity-ai", "sonar-pro", "3", "15");
}

#[test]
fn cache_rates_and_tiers_are_those_of_the_vendors() {
    let mini = table().find("openai", "gpt-4o-mini").unwrap();
    assert_eq!(mini.rates.cache_read, Some(PicoUsd(75_000)));
    assert_eq!((mini.context_tokens_max, mini.output_tokens_max), (Some(128_000), Some(16_384)));
    let haiku = table().find("anthropic", "claude-haiku-4-5").unwrap();
    assert_eq!((haiku.rates.cache_read, haiku.rates.cache_write), (Some(PicoUsd(100_000)), Some(PicoUsd(1_250_000))));
    // Gemini 2.5 Pro: $1.25 and $10 up to 200,000 input tokens, then $2.50 and $15.
    let gemini = table().find("google-vertex-ai", "google/gemini-2.5-pro").unwrap();
    let usage = |input_tokens| Usage { input_tokens, output_tokens: 1_000, ..Usage::default() };
    assert_eq!(cost(gemini, &usage(200_000)).to_decimal(), "0.26");
    assert_eq!(cost(gemini, &usage(200_001)).to_decimal(), "0.5150025");
}

#[test]
fn mock_models_have_simulated_prices() {
    check("mock", "large", "10", "30");
    for model in ["small", "flaky", "slow", "mock/small"] {
        check("mock", model, "0.1", "0.4");
        assert!(table().find("mock", model).unwrap().simulated);
    }
    assert_eq!(table().models("mock").len(), 4);
    assert!(!table().find("openai", "gpt-4o").unwrap().simulated);
}

#[test]
fn thousands_of_models_each_with_source_and_date() {
    let (sources, rows, errors) = text::parse(BUILT_IN);
    assert_eq!(errors, []);
    assert_eq!(sources.len(), 2);
    assert!(rows.len() > 2_500, "{}", rows.len());
    for row in &rows {
        let date: Vec<&str> = row.price.date.split('-').collect();
        assert!(date.len() == 3 && date[0].starts_with("20") && row.price.date.len() == 10, "{row:?}");
        assert!(row.price.source.starts_with("genai-prices ") || row.price.source.starts_with("litellm "), "{row:?}");
        assert!(row.price.rates.input >= PicoUsd::ZERO && row.price.rates.output >= PicoUsd::ZERO);
        let tiers = &row.price.tiers;
        assert!(tiers.is_sorted_by_key(|tier| tier.above_input_tokens), "{row:?}");
        assert_eq!(row.model, row.model.to_lowercase());
    }
    let names: std::collections::HashSet<_> = rows.iter().map(|row| (row.provider, row.model)).collect();
    assert_eq!(names.len(), rows.len());
    for provider in
        ["openai", "azure-openai", "groq", "grok", "mistral", "deepseek", "cerebras", "fireworks", "openrouter"]
    {
        assert!(table().models(provider).len() >= 10, "{provider}");
    }
}

#[test]
fn lines_survive_a_round_trip() {
    let (_, rows, _) = text::parse(BUILT_IN);
    let lines = BUILT_IN.lines().filter(|line| !line.starts_with('#'));
    for (line, row) in lines.zip(&rows) {
        let letter = if row.price.source.starts_with("genai") { "g" } else { "l" };
        assert_eq!(text::to_line(row, letter), line);
    }
}

#[test]
fn models_are_found_by_the_names_people_use() {
    let same = |provider: &str, name: &str, listed: &str| {
        assert_eq!(per_million(provider, name), per_million(provider, listed), "{name}");
        assert!(per_million(provider, listed).is_some(), "{listed}");
    };
    same("google-ai-studio", "models/gemini-2.5-flash", "gemini-2.5-flash");
    same("google-ai-studio", "gemini-2.0-flash-001", "gemini-2.0-flash");
    same("google-vertex-ai", "google/gemini-2.5-flash", "gemini-2.5-flash");
    same("google-vertex-ai", "publishers/google/models/gemini-2.5-flash-latest", "gemini-2.5-flash");
    same("google-vertex-ai", "anthropic/claude-sonnet-4-5@20250929", "claude-sonnet-4-5");
    same("anthropic", "claude-haiku-4-5-20251001", "claude-haiku-4-5");
    same("anthropic", "Claude-Opus-4-6", "claude-opus-4-6");
    same("openai", "openai/gpt-4o", "gpt-4o");
    same("openai", "gpt-5-mini-2031-01-31", "gpt-5-mini");
    same("workers-ai", "meta/llama-3.2-1b-instruct", "@cf/meta/llama-3.2-1b-instruct");
    same("aws-bedrock", "us.amazon.nova-lite-v1:0", "amazon.nova-lite-v1:0");
    let profile = "arn:aws:bedrock:us-east-1:123456789012:inference-profile/ca.amazon.nova-lite-v1:0";
    same("aws-bedrock", profile, "amazon.nova-lite-v1:0");
    // A region with a price of its own keeps it.
    check("aws-bedrock", "eu.amazon.nova-lite-v1:0", "0.078", "0.312");
    same("fireworks", "accounts/fireworks/models/gpt-oss-20b", "gpt-oss-20b");
    same("openrouter", "openai/gpt-4o:nitro", "openai/gpt-4o");
    same("grok", "x-ai/grok-3", "grok-3");
    assert!(per_million("azure-openai", "gpt-4o").is_some());
}

#[test]
fn a52_unknown_models_have_no_price() {
    for (provider, model) in [
        ("openai", "gpt-99"),
        ("openai", ""),
        ("openai", " "),
        ("openai", "20250101"),
        ("openai", "-20250101"),
        ("openai", "gpt-4o-mini-19990101"),
        ("nobody", "gpt-4o"),
        ("custom-openai", "gpt-4o"),
        ("aws-bedrock", "us."),
        ("google-vertex-ai", "/models/"),
        ("mock", "huge"),
        ("openai", "ü-20250101"),
        ("openai", "日本語日本語日本語日本語"),
    ] {
        assert_eq!(table().find(provider, model), None, "{provider} {model}");
    }
}

#[test]
fn overrides_lie_on_top() {
    let mine = Price::flat_rates(Rates::new(PicoUsd(1), PicoUsd(2)), "yours", "2026-11-21");
    let set = |provider: &str, model: &str| (provider.to_owned(), model.to_owned(), mine.clone());
    let table = PriceTable::with_overrides([
        set("openai", "gpt-4o"),
        set("custom-own", "Llama"),
        set("google-vertex-ai", "google/gemini-2.5-pro"),
        set("openai", "gpt-99"),
    ]);
    for (provider, model) in [
        ("openai", "gpt-4o"),
        // A further name of the same row.
        ("openai", "gpt-4o-2024-08-06"),
        ("openai", "gpt-99-2026-01-01"),
        ("custom-own", "llama"),
        ("google-vertex-ai", "gemini-2.5-pro"),
    ] {
        assert_eq!(table.find(provider, model), Some(&mine), "{provider} {model}");
    }
    // Rows of their own keep their price.
    assert_ne!(table.find("openai", "gpt-4o-mini"), Some(&mine));
    assert_ne!(table.find("openai", "gpt-4o-2024-05-13"), Some(&mine));
    assert_eq!(table.models("custom-own").len(), 1);
    assert!(table.providers().contains(&"custom-own"));
    assert_eq!(PriceTable::embedded().find("custom-own", "llama"), None);
}

#[test]
fn a_damaged_line_is_named_and_skipped() {
    let head = "# source g x 1 2026-11-21 MIT home\n";
    let good = "openai\tm\t1\t2\t\t\t\t\t\t\tg\t\n";
    let broken = [
        "openai\tm\t1\t2\n",
        "openai\tm\t-1\t2\t\t\t\t\t\t\tg\t\n",
        "openai\tm\t1\t2\t\t\t\t\t\t\tz\t\n",
        "openai\tm\t1\t2\t\t\t\t1:2\t\t\tg\t\n",
        "openai\t\t1\t2\t\t\t\t\t\t\tg\t\n",
        "openai\tm\t1\t0.0000001\t\t\t\t\t\t\tg\t\n",
        "openai\tm\t99999999999999999999\t2\t\t\t\t\t\t\tg\t\n",
    ];
    for line in broken {
        let text = format!("{head}{good}{line}");
        let (_, rows, errors) = text::parse(&text);
        assert_eq!((rows.len(), errors.len(), errors[0].line), (1, 1, 3), "{line}");
    }
}

/// Generous, for a debug build on a busy machine; a release build takes about a millisecond.
#[test]
fn the_table_loads_at_once() {
    let begin = Instant::now();
    let rows = super::Rows::new(BUILT_IN);
    let took = begin.elapsed();
    assert!(rows.rows.len() > 2_500);
    assert!(took < Duration::from_millis(500), "{took:?}");
}
