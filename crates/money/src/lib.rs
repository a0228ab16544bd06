//! What a model call costs, and what the calls add up to: prices, custom costs, the money events of an attempt, and
//! their fold.
//!
//! Deliberately not here: tokens (`wire` counts them), windows and admission (`policy`), files (`journal`). Amounts are
//! integers of 10⁻¹² USD; there is no float in this crate (invariant I15, kept by a lint and a test).
//!
//! Read in this order: [`price`] (what a token costs), [`custom`] (what the caller says it costs), [`table`] (the
//! built-in prices), [`event`] (the life of an amount), [`ledger`] (what events add up to).

#![forbid(unsafe_code)]
#![deny(clippy::float_arithmetic, clippy::float_cmp)]
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

pub mod custom;
pub mod event;
pub mod ledger;
pub mod price;
pub mod table;

pub use custom::{CustomCost, CustomCostError};
pub use event::{Event, Open, Settle, Void};
pub use ledger::Ledger;
pub use price::{Price, Rates, Tier, cost};
pub use table::PriceTable;

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    /// Every word of the sources that is a float type; this file spells them so that it does not find itself.
    #[test]
    fn i15_no_float_in_this_crate() {
        let names = [concat!("f", "32"), concat!("f", "64")];
        let mut pending = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
        let mut files = 0;
        while let Some(folder) = pending.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    pending.push(path);
                } else if path.extension().is_some_and(|extension| extension == "rs") {
                    files += 1;
                    let text = fs::read_to_string(&path).unwrap();
                    let words = text.split(|letter: char| !letter.is_alphanumeric() && letter != '_');
                    for word in words {
                        assert!(!names.iter().any(|name| word.ends_with(name)), "{word} in {}", path.display());
                    }
                }
            }
        }
        assert!(files >= 5);
    }
}
