//! Prices of known models, built in and overridden.
//!
//! The built-in table is a committed text (`prices/prices.tsv`, written by `make prices`), read once on first use. Keys
//! borrow from it, so a look-up of a name as listed is one or two hashes.

mod names;
#[cfg(test)]
mod tests;
pub mod text;

use std::{
    collections::{BTreeMap, HashMap},
    sync::LazyLock,
};

use waypost_types::PicoUsd;

use self::text::Row;
use crate::price::{Price, Rates};

const BUILT_IN: &str = include_str!("../prices/prices.tsv");

/// Slug of the mock provider.
const MOCK: &str = "mock";

/// The mock models: simulated money in dollars per million tokens, input and output.
const MOCK_MODELS: [(&str, PicoUsd, PicoUsd); 4] = [
    ("large", PicoUsd(10_000_000), PicoUsd(30_000_000)),
    ("small", PicoUsd(100_000), PicoUsd(400_000)),
    ("flaky", PicoUsd(100_000), PicoUsd(400_000)),
    ("slow", PicoUsd(100_000), PicoUsd(400_000)),
];

static EMBEDDED: LazyLock<Rows> = LazyLock::new(|| Rows::new(BUILT_IN));
static TABLE: LazyLock<PriceTable> = LazyLock::new(|| PriceTable { rows: &EMBEDDED, overrides: HashMap::new() });

/// Prices per provider and model.
#[derive(Clone, Debug)]
pub struct PriceTable {
    rows: &'static Rows,
    overrides: HashMap<String, BTreeMap<String, Price>>,
}

#[derive(Debug)]
struct Rows {
    rows: Vec<Row<'static>>,
    /// Names and further names.
    index: HashMap<(&'static str, &'static str), usize>,
    /// Further names that hold for many, in the order of the table.
    patterns: HashMap<&'static str, Vec<(&'static str, usize)>>,
}

// === impl PriceTable ===

impl PriceTable {
    /// The built-in prices. The first call reads the table, which takes a few milliseconds: make it at start.
    pub fn embedded() -> &'static Self {
        &TABLE
    }

    /// The built-in prices with others on top: provider slug, model, price. A price for a model holds for all names that
    /// the built-in table gives it.
    #[must_use]
    pub fn with_overrides(overrides: impl IntoIterator<Item = (String, String, Price)>) -> Self {
        let mut table = Self { rows: &EMBEDDED, overrides: HashMap::new() };
        for (provider, model, price) in overrides {
            let model = names::plain(&provider, &model).into_owned();
            table.overrides.entry(provider).or_default().insert(model, price);
        }
        table
    }

    /// The price of a model. Tried in this order, overrides first at each step: the name as it is; its plain form (case,
    /// `models/`, `google/`, `@cf/`, ARNs and the like); without a Bedrock region; without a date or `latest`; the patterns
    /// of the provider. `None` means unknown, never free.
    pub fn find(&self, provider: &str, model: &str) -> Option<&Price> {
        if let Some(price) = self.listed(provider, model) {
            return Some(price);
        }
        let plain = names::plain(provider, model);
        let price = self.by_form(provider, &plain).or_else(|| {
            let fallback = names::same_prices_as(provider)?;
            self.by_form(fallback, &names::plain(fallback, &plain))
        });
        price.filter(|_| !plain.is_empty())
    }

    /// Models of a provider with their prices, by name; overridden prices in their place.
    pub fn models(&self, provider: &str) -> Vec<(&str, &Price)> {
        let rows = self.rows.rows.iter().filter(|row| row.provider == provider);
        let mut models: BTreeMap<&str, &Price> = rows.map(|row| (row.model, &row.price)).collect();
        if let Some(overrides) = self.overrides.get(provider) {
            models.extend(overrides.iter().map(|(model, price)| (model.as_str(), price)));
        }
        models.into_iter().collect()
    }

    /// Providers that have prices, in order.
    pub fn providers(&self) -> Vec<&str> {
        let built_in = self.rows.rows.iter().map(|row| row.provider);
        let mut providers: Vec<&str> = built_in.chain(self.overrides.keys().map(String::as_str)).collect();
        providers.sort_unstable();
        providers.dedup();
        providers
    }

    /// Number of built-in models.
    pub fn built_in_count(&self) -> usize {
        self.rows.rows.len()
    }

    fn by_form(&self, provider: &str, plain: &str) -> Option<&Price> {
        let forms = [Some(plain), names::without_region(provider, plain)];
        let listed = |form: &Option<&str>| form.and_then(|form| self.listed(provider, form));
        forms
            .iter()
            .find_map(listed)
            .or_else(|| forms.iter().flatten().find_map(|form| self.by_release(provider, form)))
            .or_else(|| self.rows.by_pattern(provider, plain).map(|row| self.row_price(row)))
    }

    /// The price of the model that this is a release of; an end is taken off at a time, at most three.
    fn by_release(&self, provider: &str, name: &str) -> Option<&Price> {
        let shorter = std::iter::successors(Some(name), |name: &&str| names::without_release(provider, name));
        shorter.skip(1).take(3).find_map(|name| self.listed(provider, name))
    }

    /// The price under exactly this name.
    fn listed(&self, provider: &str, model: &str) -> Option<&Price> {
        let set = self.overrides.get(provider).and_then(|models| models.get(model));
        set.or_else(|| self.rows.by_name(provider, model).map(|row| self.row_price(row)))
    }

    fn row_price<'a>(&'a self, row: &'a Row<'static>) -> &'a Price {
        let set = self.overrides.get(row.provider).and_then(|models| models.get(row.model));
        set.unwrap_or(&row.price)
    }
}

// === impl Rows ===

impl Rows {
    /// Lines that are no rows are left out; a test keeps the committed table free of them.
    fn new(text: &'static str) -> Self {
        let (_, mut rows, _) = text::parse(text);
        rows.extend(mock_rows());
        let mut index = HashMap::with_capacity(rows.len() * 2);
        let mut patterns: HashMap<_, Vec<_>> = HashMap::new();
        for (position, row) in rows.iter().enumerate() {
            index.insert((row.provider, row.model), position);
        }
        for (position, row) in rows.iter().enumerate() {
            for name in &row.also {
                if name.contains('*') {
                    patterns.entry(row.provider).or_default().push((*name, position));
                } else {
                    index.entry((row.provider, *name)).or_insert(position);
                }
            }
        }
        Self { rows, index, patterns }
    }

    fn by_name(&self, provider: &str, model: &str) -> Option<&Row<'static>> {
        self.index.get(&(provider, model)).and_then(|&position| self.rows.get(position))
    }

    /// The longest pattern wins: it says most about the name.
    fn by_pattern(&self, provider: &str, model: &str) -> Option<&Row<'static>> {
        let patterns = self.patterns.get(provider)?;
        let found = patterns.iter().filter(|(pattern, _)| names::matches(pattern, model));
        let (_, position) = found.max_by_key(|(pattern, _)| pattern.len())?;
        self.rows.get(*position)
    }
}

fn mock_rows() -> impl Iterator<Item = Row<'static>> {
    MOCK_MODELS.into_iter().map(|(model, input, output)| Row {
        provider: MOCK,
        model,
        also: Vec::new(),
        price: Price {
            context_tokens_max: Some(128_000),
            output_tokens_max: Some(4_096),
            simulated: true,
            ..Price::flat_rates(Rates::new(input, output), "built in", "2026-11-21")
        },
    })
}
