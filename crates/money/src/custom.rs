//! `cf-aig-custom-cost`: what the caller says a call costs.
//!
//! The numbers are read from their JSON text, so that `0.1` is a tenth and not its nearest binary fraction.

#[cfg(test)]
mod tests;

use std::fmt;

use serde::{
    Deserialize,
    de::{Deserializer, MapAccess, Visitor},
};
use serde_json::value::RawValue;
use waypost_types::{PicoUsd, Usage, record::CustomPrices};

use crate::price::Rates;

/// Longest value echoed in an error, in bytes.
const GOT_BYTES_MAX: usize = 64;

const PER_TOKEN_IN: &str = "per_token_in";
const PER_TOKEN_OUT: &str = "per_token_out";
const PER_CACHE_READ_TOKEN: &str = "per_cache_read_token";
const PER_CACHE_WRITE_TOKEN: &str = "per_cache_write_token";
const TOTAL_COST: &str = "total_cost";

/// A price that replaces the table's for one request. It also holds for mock models and models without a price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CustomCost {
    /// Prices per token.
    PerToken(Rates),
    /// One amount per attempt, however many tokens it takes.
    Total(PicoUsd),
}

/// Why the header is refused (`custom_cost_invalid`). Its text names the field and what was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomCostError {
    /// The field; empty when the value as a whole is not a JSON object.
    pub field: String,
    /// What was sent there, cut to 64 bytes.
    pub got: String,
    /// What is wrong with it.
    pub reason: CustomCostReason,
}

/// What is wrong with a custom cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CustomCostReason {
    /// Not a JSON object.
    NotAnObject,
    /// Not one of the five fields.
    UnknownField,
    /// A field twice.
    Duplicate,
    /// A field is needed and absent.
    Missing,
    /// `total_cost` stands alone.
    NotAlone,
    /// Not a number of 0 or more.
    NotANumber,
    /// More than 9 million dollars.
    TooLarge,
}

// === impl CustomCost ===

impl CustomCost {
    /// Reads the header's value. Either `per_token_in` and `per_token_out`, with cache rates if wanted, or `total_cost` alone;
    /// every number of 0 or more, exact, rounded once (half to even) to 10⁻¹² USD.
    ///
    /// Source: <https://developers.cloudflare.com/ai-gateway/configuration/custom-costs/>, 2026-11-21; `total_cost` from
    /// the published Workers types.
    ///
    /// # Errors
    /// [`CustomCostError`] with the field and what was sent.
    pub fn parse_header(text: &str) -> Result<Self, CustomCostError> {
        let not_object = || CustomCostError::new("", text, CustomCostReason::NotAnObject);
        let Members(members) = serde_json::from_str(text).map_err(|_| not_object())?;
        let mut fields = Fields::default();
        for (name, value) in &members {
            fields.set(name, value.get())?;
        }
        fields.finish()
    }

    /// The prices as the log keeps them; `None` for one amount per attempt, which says itself what was paid.
    pub fn prices(&self) -> Option<CustomPrices> {
        match *self {
            Self::PerToken(Rates { input, output, cache_read, cache_write }) => {
                Some(CustomPrices { input, output, cache_read, cache_write })
            }
            Self::Total(_) => None,
        }
    }

    /// What an answer costs.
    pub fn cost(&self, usage: &Usage) -> PicoUsd {
        match self {
            Self::PerToken(rates) => rates.cost(usage),
            Self::Total(total) => *total,
        }
    }
}

struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Object)
    }
}

#[derive(Default)]
struct Fields {
    input: Option<PicoUsd>,
    output: Option<PicoUsd>,
    cache_read: Option<PicoUsd>,
    cache_write: Option<PicoUsd>,
    total: Option<PicoUsd>,
}

impl Fields {
    fn set(&mut self, name: &str, raw: &str) -> Result<(), CustomCostError> {
        let slot = match name {
            PER_TOKEN_IN => &mut self.input,
            PER_TOKEN_OUT => &mut self.output,
            PER_CACHE_READ_TOKEN => &mut self.cache_read,
            PER_CACHE_WRITE_TOKEN => &mut self.cache_write,
            TOTAL_COST => &mut self.total,
            _ => return Err(CustomCostError::new(name, raw, CustomCostReason::UnknownField)),
        };
        if slot.is_some() {
            return Err(CustomCostError::new(name, raw, CustomCostReason::Duplicate));
        }
        *slot = Some(amount(name, raw)?);
        Ok(())
    }

    fn finish(self) -> Result<CustomCost, CustomCostError> {
        let missing = |name| CustomCostError::new(name, "", CustomCostReason::Missing);
        let others = [self.input, self.output, self.cache_read, self.cache_write];
        match self.total {
            Some(total) if others.iter().all(Option::is_none) => Ok(CustomCost::Total(total)),
            Some(total) => Err(CustomCostError::new(TOTAL_COST, &total.to_decimal(), CustomCostReason::NotAlone)),
            None => Ok(CustomCost::PerToken(Rates {
                input: self.input.ok_or_else(|| missing(PER_TOKEN_IN))?,
                output: self.output.ok_or_else(|| missing(PER_TOKEN_OUT))?,
                cache_read: self.cache_read,
                cache_write: self.cache_write,
            })),
        }
    }
}

fn amount(name: &str, raw: &str) -> Result<PicoUsd, CustomCostError> {
    use waypost_types::amount::AmountError;
    match PicoUsd::parse_decimal(raw) {
        // `-1e-400` rounds to zero and is negative all the same.
        Ok(amount) if amount >= PicoUsd::ZERO && !is_negative(raw) => Ok(amount),
        Ok(_) | Err(AmountError::Syntax) => Err(CustomCostError::new(name, raw, CustomCostReason::NotANumber)),
        Err(AmountError::OutOfRange) if is_negative(raw) => {
            Err(CustomCostError::new(name, raw, CustomCostReason::NotANumber))
        }
        Err(AmountError::OutOfRange) => Err(CustomCostError::new(name, raw, CustomCostReason::TooLarge)),
    }
}

/// A minus sign before anything but zero.
fn is_negative(raw: &str) -> bool {
    let mantissa = raw.split(['e', 'E']).next().unwrap_or_default();
    mantissa.starts_with('-') && mantissa.bytes().any(|byte| matches!(byte, b'1'..=b'9'))
}

// === impl CustomCostError ===

impl CustomCostError {
    fn new(field: &str, got: &str, reason: CustomCostReason) -> Self {
        Self { field: cut(field), got: cut(got), reason }
    }
}

fn cut(text: &str) -> String {
    match text.get(..text.floor_char_boundary(GOT_BYTES_MAX)) {
        Some(head) if head.len() < text.len() => format!("{head}…"),
        _ => text.to_owned(),
    }
}

impl fmt::Display for CustomCostError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { field, got, reason } = self;
        match reason {
            CustomCostReason::NotAnObject => {
                write!(
                    f,
                    "The custom cost must be a JSON object like {{\"per_token_in\":0.000001,\"per_token_out\":0.000002}}. Got {got:?}."
                )
            }
            CustomCostReason::UnknownField => write!(
                f,
                "The custom cost has no field {field:?}. It knows {PER_TOKEN_IN}, {PER_TOKEN_OUT}, {PER_CACHE_READ_TOKEN}, \
                 {PER_CACHE_WRITE_TOKEN} and {TOTAL_COST}."
            ),
            CustomCostReason::Duplicate => write!(f, "{field} appears twice in the custom cost."),
            CustomCostReason::Missing => {
                write!(
                    f,
                    "The custom cost needs {PER_TOKEN_IN} and {PER_TOKEN_OUT}, or {TOTAL_COST} alone: {field} is missing."
                )
            }
            CustomCostReason::NotAlone => {
                write!(f, "{TOTAL_COST} is a flat amount and stands alone. Remove it, or the prices per token.")
            }
            CustomCostReason::NotANumber => {
                write!(f, "{field} must be a number of 0 or more. Got \"{}\".", got.trim_matches('"'))
            }
            CustomCostReason::TooLarge => write!(f, "{field} must be less than 9 million dollars. Got \"{got}\"."),
        }
    }
}

impl std::error::Error for CustomCostError {}
