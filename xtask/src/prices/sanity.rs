//! A price list may arrive malformed, truncated or wrong by a factor (F75): such a table is refused and the old one stays.

use std::collections::BTreeMap;

use waypost_money::{
    price::Price,
    table::text::{self, Row},
};
use waypost_types::PicoUsd;

/// Fewest models of a whole table.
const ROWS_MIN: usize = 2_000;
/// Least share of the old rows, overall and per provider, in percent.
const KEPT_MIN: [usize; 2] = [85, 60];
/// Dearest token: $2,000 per million.
const RATE_MAX: PicoUsd = PicoUsd(2_000_000_000);
/// A price changes at most by this factor, except for a few models.
const FACTOR_MAX: i64 = 8;
/// How many models may change by more, in percent.
const JUMPS_MAX: usize = 2;

/// Providers without which no table is whole, and their fewest models.
const PROVIDERS: [(&str, usize); 8] = [
    ("openai", 60),
    ("anthropic", 15),
    ("google-ai-studio", 30),
    ("google-vertex-ai", 60),
    ("aws-bedrock", 100),
    ("azure-openai", 60),
    ("workers-ai", 25),
    ("openrouter", 300),
];

/// Why a table may not replace the one before; empty when it may.
pub(super) fn problems(table: &str, before: &str) -> Vec<String> {
    let (_, rows, errors) = text::parse(table);
    let (_, old, _) = text::parse(before);
    let mut problems: Vec<String> = errors.iter().map(ToString::to_string).collect();
    if rows.len() < ROWS_MIN {
        problems.push(format!("only {} models", rows.len()));
    }
    let (now, then) = (by_provider(&rows), by_provider(&old));
    for (provider, least) in PROVIDERS {
        let count = now.get(provider).copied().unwrap_or_default();
        if count < least {
            problems.push(format!("{provider}: only {count} models"));
        }
    }
    let [least, least_of_provider] = KEPT_MIN;
    if rows.len() * 100 < old.len() * least {
        problems.push(format!("{} models, before {}", rows.len(), old.len()));
    }
    for (provider, before) in then {
        let count = now.get(provider).copied().unwrap_or_default();
        if count * 100 < before * least_of_provider {
            problems.push(format!("{provider}: {count} models, before {before}"));
        }
    }
    let absurd = rows.iter().filter(|row| is_absurd(&row.price));
    problems.extend(absurd.map(|row| format!("{} {}: an absurd price", row.provider, row.model)));
    problems.extend(jumps(&rows, &old));
    problems
}

fn by_provider<'a>(rows: &[Row<'a>]) -> BTreeMap<&'a str, usize> {
    let mut counts = BTreeMap::new();
    for row in rows {
        *counts.entry(row.provider).or_default() += 1;
    }
    counts
}

/// A token dearer than any, or cheaper than nothing. Lists have had prices per thousand tokens among those per token.
pub(super) fn is_absurd(price: &Price) -> bool {
    let tiers = price.tiers.iter().map(|tier| &tier.rates);
    let mut rates = std::iter::once(&price.rates).chain(tiers).flat_map(|rates| {
        [rates.input, rates.output, rates.cache_read.unwrap_or_default(), rates.cache_write.unwrap_or_default()]
    });
    rates.any(|rate| !(PicoUsd::ZERO..=RATE_MAX).contains(&rate))
}

fn jumps(rows: &[Row<'_>], old: &[Row<'_>]) -> Option<String> {
    let before: BTreeMap<_, _> = old.iter().map(|row| ((row.provider, row.model), row.price.rates)).collect();
    let jumped = |row: &&Row<'_>| {
        before.get(&(row.provider, row.model)).is_some_and(|then| {
            let now = row.price.rates;
            leaps(now.input, then.input) || leaps(now.output, then.output)
        })
    };
    let names: Vec<_> = rows.iter().filter(jumped).map(|row| format!("{} {}", row.provider, row.model)).collect();
    (names.len() * 100 > old.len() * JUMPS_MAX).then(|| {
        let few = names.get(..names.len().min(5)).unwrap_or_default();
        format!("{} prices changed by more than a factor of {FACTOR_MAX}: {} …", names.len(), few.join(", "))
    })
}

fn leaps(now: PicoUsd, then: PicoUsd) -> bool {
    let (low, high) = (now.min(then), now.max(then));
    high.0 > low.0.max(1).saturating_mul(FACTOR_MAX) && low > PicoUsd::ZERO
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMMITTED: &str = include_str!("../../../crates/money/prices/prices.tsv");

    #[test]
    fn the_committed_table_is_accepted() {
        assert_eq!(problems(COMMITTED, COMMITTED), Vec::<String>::new());
    }

    #[test]
    fn f75_truncated_halved_and_inflated_tables_are_refused() {
        let half: String =
            COMMITTED.lines().take(COMMITTED.lines().count() / 2).map(|line| format!("{line}\n")).collect();
        assert!(!problems(&half, COMMITTED).is_empty());
        let cut = COMMITTED.get(..COMMITTED.len() - 20).unwrap();
        assert!(problems(cut, COMMITTED).iter().any(|problem| problem.contains("columns")));
        let inflated: Vec<String> = COMMITTED.lines().map(|line| inflate(line, 3)).collect();
        assert!(problems(&inflated.join("\n"), COMMITTED).iter().any(|problem| problem.contains("factor")));
        let absurd: Vec<String> = COMMITTED.lines().map(|line| inflate(line, 6)).collect();
        assert!(problems(&absurd.join("\n"), "").iter().any(|problem| problem.contains("absurd")));
        assert!(!problems("", COMMITTED).is_empty());
    }

    /// Moves the decimal point of the input price.
    fn inflate(line: &str, zeros: usize) -> String {
        let mut columns: Vec<String> = line.split('\t').map(str::to_owned).collect();
        if !line.starts_with('#')
            && let Some(input) = columns.get_mut(2)
        {
            let whole = input.split('.').next().unwrap_or_default().trim_start_matches('0');
            *input = format!("{whole}1{}", "0".repeat(zeros));
        }
        columns.join("\t")
    }
}
