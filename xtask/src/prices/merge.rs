//! One table of two lists. The curated list decides on prices; the broad one adds models, and the limits and cache rates that
//! the curated one lacks.

use std::collections::BTreeMap;

use waypost_money::price::Price;

use super::{Listed, sanity::is_absurd};

/// Disagreements shown, of all that there are.
const SHOWN: usize = 60;

/// The merged table.
pub(super) struct Merged {
    /// In order of provider and model.
    pub(super) rows: Vec<Listed>,
    /// For the person at the terminal.
    pub(super) notes: Vec<String>,
}

type Key = (String, String);

pub(super) fn merge(curated: Vec<Listed>, broad: Vec<Listed>) -> Merged {
    let mut rows = BTreeMap::<Key, Listed>::new();
    for row in curated {
        rows.entry(key(&row)).or_insert(row);
    }
    let names = further_names(&rows);
    let mut disagreements = Vec::new();
    for row in broad {
        let key = key(&row);
        let known = if rows.contains_key(&key) { Some(key.clone()) } else { names.get(&key).cloned() };
        match known.or_else(|| same_by_pattern(&rows, &row)) {
            Some(known) => {
                if let Some(ours) = rows.get_mut(&known) {
                    disagreements.extend(complete(ours, &row));
                }
            }
            None => {
                rows.insert(key, row);
            }
        }
    }
    let absurd: Vec<Key> = rows.iter().filter(|(_, row)| is_absurd(&row.price)).map(|(key, _)| key.clone()).collect();
    rows.retain(|key, _| !absurd.contains(key));
    let mut notes = vec![format!("{} models where the lists disagree; genai-prices holds", disagreements.len())];
    notes.extend(disagreements.into_iter().take(SHOWN));
    notes.extend(absurd.iter().map(|(provider, model)| format!("left out as absurd: {provider} {model}")));
    Merged { rows: rows.into_values().collect(), notes }
}

fn key(row: &Listed) -> Key {
    (row.provider.clone(), row.model.clone())
}

fn further_names(rows: &BTreeMap<Key, Listed>) -> BTreeMap<Key, Key> {
    let names =
        rows.iter().flat_map(|(key, row)| row.also.iter().map(move |name| ((key.0.clone(), name.clone()), key)));
    names.map(|(name, key)| (name, key.clone())).collect()
}

/// A curated model whose pattern covers the name at the same price: no second row is needed.
fn same_by_pattern(rows: &BTreeMap<Key, Listed>, row: &Listed) -> Option<Key> {
    let of_provider = rows.iter().filter(|(key, _)| key.0 == row.provider);
    let covers = |pattern: &String| match (pattern.strip_prefix('*'), pattern.strip_suffix('*')) {
        (Some(_), Some(_)) => row.model.contains(pattern.trim_matches('*')),
        (Some(end), None) => row.model.ends_with(end),
        (None, Some(start)) => row.model.starts_with(start),
        (None, None) => false,
    };
    let same = |ours: &Listed| ours.price.rates == row.price.rates && ours.price.tiers == row.price.tiers;
    let mut found = of_provider.filter(|(_, ours)| ours.letter == "g" && same(ours) && ours.also.iter().any(covers));
    found.next().map(|(key, _)| key.clone())
}

/// Fills in what the curated row lacks; says where the prices differ.
fn complete(ours: &mut Listed, theirs: &Listed) -> Option<String> {
    let (price, other) = (&mut ours.price, &theirs.price);
    price.context_tokens_max = price.context_tokens_max.or(other.context_tokens_max);
    price.output_tokens_max = price.output_tokens_max.or(other.output_tokens_max);
    let same = (price.rates.input, price.rates.output) == (other.rates.input, other.rates.output);
    if !same {
        return Some(differ(&theirs.provider, &theirs.model, price, other));
    }
    if price.tiers.is_empty() {
        price.rates.cache_read = price.rates.cache_read.or(other.rates.cache_read);
        price.rates.cache_write = price.rates.cache_write.or(other.rates.cache_write);
    }
    None
}

fn differ(provider: &str, model: &str, ours: &Price, theirs: &Price) -> String {
    let pair = |price: &Price| format!("{}/{}", price.rates.input.0, price.rates.output.0);
    format!("  {provider} {model}: {} here, {} there", pair(ours), pair(theirs))
}

#[cfg(test)]
mod tests {
    use waypost_money::price::Rates;
    use waypost_types::PicoUsd;

    use super::*;

    fn listed(model: &str, also: &[&str], input: i64, letter: &'static str) -> Listed {
        let rates = Rates::new(PicoUsd(input), PicoUsd(2 * input));
        Listed {
            provider: "openai".to_owned(),
            model: model.to_owned(),
            also: also.iter().map(|name| (*name).to_owned()).collect(),
            price: Price { rates, ..Price::default() },
            letter,
        }
    }

    #[test]
    fn the_curated_price_holds_and_the_broad_list_completes() {
        let mut limits = listed("a-2026-01-01", &[], 5, "l");
        limits.price.output_tokens_max = Some(16);
        let merged = merge(
            vec![listed("a", &["a-2026-01-01", "a-mini-*"], 5, "g")],
            vec![limits, listed("a", &[], 7, "l"), listed("a-mini-x", &[], 5, "l"), listed("a-mini-y", &[], 6, "l")],
        );
        let rows: Vec<_> =
            merged.rows.iter().map(|row| (row.model.as_str(), row.price.rates.input.0, row.letter)).collect();
        assert_eq!(rows, [("a", 5, "g"), ("a-mini-y", 6, "l")]);
        assert_eq!(merged.rows[0].price.output_tokens_max, Some(16));
        assert_eq!(merged.notes.len(), 2);
    }
}
