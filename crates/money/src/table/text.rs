//! The committed form of the price table: one line per model, prices in dollars per million tokens.
//!
//! ```text
//! # source <letter> <name> <version> <day read> <licence> <where it lives>
//! provider · model · input · output · cache read · cache write · per request · tiers · context · longest answer · source · also
//! ```
//!
//! Columns are separated by tabs and may be empty. A tier is `above:input:output:cache read:cache write`, tiers are
//! separated by `;`. "Also" lists further names of the model, separated by spaces; a `*` at an end stands for anything.

use std::{fmt, sync::Arc};

use waypost_types::PicoUsd;

use crate::price::{Price, Rates, Tier};

/// Columns of a row.
const COLUMNS: usize = 12;

/// 10⁻¹² USD per token in a dollar per million tokens.
const PICO_PER_USD_PER_MILLION: i64 = 1_000_000;

/// One model of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row<'a> {
    /// Provider slug.
    pub provider: &'a str,
    /// Model name, in lower case.
    pub model: &'a str,
    /// Further names and patterns.
    pub also: Vec<&'a str>,
    /// Its price.
    pub price: Price,
}

/// Where rows come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source<'a> {
    /// What rows call it.
    pub letter: &'a str,
    /// Name and version.
    pub name: Arc<str>,
    /// The day it was read, `2026-11-21`.
    pub date: Arc<str>,
}

/// A line that is no row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LineError {
    /// From 1.
    pub line: usize,
    /// What is wrong with it.
    pub what: &'static str,
}

/// Reads a table: its sources, its rows, and the lines that are neither.
pub fn parse(text: &str) -> (Vec<Source<'_>>, Vec<Row<'_>>, Vec<LineError>) {
    let (mut sources, mut rows, mut errors) = (Vec::new(), Vec::new(), Vec::new());
    let no_tiers: Arc<[Tier]> = Arc::default();
    for (index, line) in text.lines().enumerate() {
        let read = match line.strip_prefix("# source ") {
            Some(source) => parse_source(source).map(|source| sources.push(source)),
            None if line.starts_with('#') => Ok(()),
            None => parse_row(line, &sources, &no_tiers).map(|row| rows.push(row)),
        };
        if let Err(what) = read {
            errors.push(LineError { line: index + 1, what });
        }
    }
    (sources, rows, errors)
}

fn parse_source(line: &str) -> Result<Source<'_>, &'static str> {
    let mut words = line.split(' ');
    let mut next = || words.next().filter(|word| !word.is_empty()).ok_or("a source lacks a word");
    let (letter, name, version, date) = (next()?, next()?, next()?, next()?);
    Ok(Source { letter, name: format!("{name} {version}").into(), date: date.into() })
}

fn parse_row<'a>(line: &'a str, sources: &[Source<'_>], no_tiers: &Arc<[Tier]>) -> Result<Row<'a>, &'static str> {
    let mut columns = [""; COLUMNS];
    let mut count = 0;
    for (slot, column) in columns.iter_mut().zip(line.split('\t')) {
        *slot = column;
        count += 1;
    }
    if count < COLUMNS || line.split('\t').count() > COLUMNS {
        return Err("a row has 12 columns");
    }
    let [provider, model, input, output, read, write, per_request, tiers, context, longest, letter, also] = columns;
    if provider.is_empty() || model.is_empty() {
        return Err("provider or model is empty");
    }
    let source = sources.iter().find(|source| source.letter == letter).ok_or("its source is not declared")?;
    let tiers = if tiers.is_empty() { no_tiers.clone() } else { parse_tiers(tiers)? };
    let price = Price {
        rates: parse_rates(input, output, read, write)?,
        tiers,
        per_request: optional(per_request, per_million)?
            .map_or(PicoUsd::ZERO, |rate| PicoUsd(rate.0.saturating_mul(PICO_PER_USD_PER_MILLION))),
        context_tokens_max: optional(context, tokens)?,
        output_tokens_max: optional(longest, tokens)?,
        source: source.name.clone(),
        date: source.date.clone(),
        simulated: false,
    };
    Ok(Row { provider, model, also: also.split(' ').filter(|name| !name.is_empty()).collect(), price })
}

fn parse_rates(input: &str, output: &str, read: &str, write: &str) -> Result<Rates, &'static str> {
    Ok(Rates {
        input: per_million(input)?,
        output: per_million(output)?,
        cache_read: optional(read, per_million)?,
        cache_write: optional(write, per_million)?,
    })
}

fn parse_tiers(text: &str) -> Result<Arc<[Tier]>, &'static str> {
    text.split(';').map(parse_tier).collect()
}

fn parse_tier(text: &str) -> Result<Tier, &'static str> {
    let mut parts = text.split(':');
    let mut next = || parts.next().ok_or("a tier has 5 parts");
    let (above, input, output, read, write) = (next()?, next()?, next()?, next()?, next()?);
    Ok(Tier { above_input_tokens: tokens(above)?, rates: parse_rates(input, output, read, write)? })
}

fn optional<T>(text: &str, parse: fn(&str) -> Result<T, &'static str>) -> Result<Option<T>, &'static str> {
    if text.is_empty() { Ok(None) } else { parse(text).map(Some) }
}

fn tokens(text: &str) -> Result<u64, &'static str> {
    text.parse().map_err(|_| "a token count is no number")
}

/// Dollars per million tokens are millionths of a dollar per token: six decimals are exact.
fn per_million(text: &str) -> Result<PicoUsd, &'static str> {
    const WRONG: &str = "a price is no decimal with at most 6 places";
    let (whole, places) = text.split_once('.').unwrap_or((text, ""));
    if whole.is_empty() || places.len() > 6 || !whole.bytes().chain(places.bytes()).all(|byte| byte.is_ascii_digit()) {
        return Err(WRONG);
    }
    let whole: i64 = whole.parse().map_err(|_| WRONG)?;
    let digits = places.bytes().chain(std::iter::repeat(b'0')).take(6);
    let part = digits.fold(0, |part, digit| part * 10 + i64::from(digit - b'0'));
    whole.checked_mul(PICO_PER_USD_PER_MILLION).and_then(|rate| rate.checked_add(part)).map(PicoUsd).ok_or(WRONG)
}

/// A price per token as dollars per million tokens, without trailing zeros.
pub fn to_per_million(rate: PicoUsd) -> String {
    let (whole, part) = (rate.0 / PICO_PER_USD_PER_MILLION, rate.0 % PICO_PER_USD_PER_MILLION);
    if part == 0 {
        return whole.to_string();
    }
    format!("{whole}.{part:06}").trim_end_matches('0').to_owned()
}

/// The line of a row; `letter` is its source's.
pub fn to_line(row: &Row<'_>, letter: &str) -> String {
    let price = &row.price;
    let rates = &price.rates;
    let dollars = |rate: Option<PicoUsd>| rate.map(to_per_million).unwrap_or_default();
    let number = |tokens: Option<u64>| tokens.map(|tokens| tokens.to_string()).unwrap_or_default();
    let tier = |tier: &Tier| {
        let rates = &tier.rates;
        let (read, write) = (dollars(rates.cache_read), dollars(rates.cache_write));
        let (input, output) = (to_per_million(rates.input), to_per_million(rates.output));
        format!("{}:{input}:{output}:{read}:{write}", tier.above_input_tokens)
    };
    let per_request = (price.per_request > PicoUsd::ZERO).then(|| price.per_request.to_decimal());
    let columns = [
        row.provider.to_owned(),
        row.model.to_owned(),
        to_per_million(rates.input),
        to_per_million(rates.output),
        dollars(rates.cache_read),
        dollars(rates.cache_write),
        per_request.unwrap_or_default(),
        price.tiers.iter().map(tier).collect::<Vec<_>>().join(";"),
        number(price.context_tokens_max),
        number(price.output_tokens_max),
        letter.to_owned(),
        row.also.join(" "),
    ];
    columns.join("\t")
}

impl fmt::Display for LineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.what)
    }
}
