//! Money as integers of 10⁻¹² USD.
//!
//! $0.0375 per million tokens is 37,500 units per token, so that no published price loses anything. Sums saturate
//! instead of wrapping: an absurd amount blocks, it never becomes small.

use std::{fmt, iter::Sum, ops::Neg};

use serde::{Deserialize, Serialize};

/// An amount of money, or a price per token, in units of 10⁻¹² USD. The range is about ± 9.2 million USD.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PicoUsd(pub i64);

/// Why a decimal text is not an amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AmountError {
    /// Not a decimal number in JSON's notation.
    #[error("not a decimal number")]
    Syntax,
    /// Larger than the type can hold.
    #[error("larger than 9 million dollars")]
    OutOfRange,
}

impl PicoUsd {
    /// Nothing.
    pub const ZERO: Self = Self(0);
    /// The largest amount; sums stop here.
    pub const MAX: Self = Self(i64::MAX);
    /// Units in one dollar.
    pub const PER_USD: i64 = 1_000_000_000_000;

    /// Whole dollars.
    pub const fn from_usd(usd: i64) -> Self {
        Self(usd.saturating_mul(Self::PER_USD))
    }

    /// The sum, stopping at the ends of the range.
    #[must_use]
    pub const fn saturating_add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// The difference, stopping at the ends of the range.
    #[must_use]
    pub const fn saturating_sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }

    /// Reads a decimal number in JSON's notation (`0.2`, `2e-7`, `-1`), exactly, rounded once (half to even) to 10⁻¹².
    ///
    /// # Errors
    /// [`AmountError::Syntax`] for anything else (`NaN`, empty, hexadecimal), [`AmountError::OutOfRange`] above the range.
    pub fn parse_decimal(text: &str) -> Result<Self, AmountError> {
        decimal_to_scaled(text, 12).map(Self)
    }

    /// The exact decimal text in dollars, without an exponent and without trailing zeros: `0.000051`, `12`, `-0.5`.
    pub fn to_decimal(self) -> String {
        let sign = if self.0 < 0 { "-" } else { "" };
        let magnitude = self.0.unsigned_abs();
        let unit = Self::PER_USD.unsigned_abs();
        let (whole, part) = (magnitude / unit, magnitude % unit);
        // Every answer carries some: written digit by digit, since formatting takes several times as long.
        let mut digits = Vec::with_capacity(32);
        let mut rest = part;
        for place in 0..12 {
            if rest % 10 != 0 || !digits.is_empty() {
                digits.push(b'0' + (rest % 10) as u8);
            }
            rest /= 10;
            if place == 11 && !digits.is_empty() {
                digits.push(b'.');
            }
        }
        let mut rest = whole;
        loop {
            digits.push(b'0' + (rest % 10) as u8);
            rest /= 10;
            if rest == 0 {
                break;
            }
        }
        digits.extend_from_slice(sign.as_bytes());
        digits.reverse();
        String::from_utf8(digits).unwrap_or_default()
    }

    /// The amount as a JSON number with all its digits, for APIs that speak of dollars.
    pub fn to_json_number(self) -> serde_json::Value {
        serde_json::from_str(&self.to_decimal()).unwrap_or(serde_json::Value::Null)
    }
}

impl fmt::Display for PicoUsd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_decimal())
    }
}

impl Neg for PicoUsd {
    type Output = Self;

    fn neg(self) -> Self {
        Self(self.0.saturating_neg())
    }
}

impl Sum for PicoUsd {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::ZERO, Self::saturating_add)
    }
}

/// Multiplies a decimal text by 10^`scale` and rounds half to even.
fn decimal_to_scaled(text: &str, scale: i32) -> Result<i64, AmountError> {
    let (negative, rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (mantissa, exponent) = match rest.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, parse_exponent(exponent)?),
        None => (rest, 0),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((_, "")) => return Err(AmountError::Syntax),
        Some(parts) => parts,
        None => (mantissa, ""),
    };
    let is_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !is_digits(whole) || !is_digits(fraction) || (whole.len() > 1 && whole.starts_with('0')) {
        return Err(AmountError::Syntax);
    }

    let digits: Vec<u8> = whole.bytes().chain(fraction.bytes()).map(|byte| byte - b'0').collect();
    let first = digits.iter().position(|&digit| digit != 0).unwrap_or(digits.len());
    let digits = digits.get(first..).unwrap_or_default();
    // The number is 0.d₁d₂d₃… × 10^point once scaled; `point` digits stand before the decimal point.
    let point = whole.len() as i64 - first as i64 + i64::from(exponent) + i64::from(scale);
    if digits.is_empty() {
        return Ok(0);
    }
    if point > 19 {
        return Err(AmountError::OutOfRange);
    }

    let kept = usize::try_from(point).unwrap_or(0);
    let mut value: i128 = 0;
    for index in 0..kept {
        value = value * 10 + i128::from(digits.get(index).copied().unwrap_or(0));
    }
    if point >= 0 && rounds_up(digits.get(kept..).unwrap_or_default(), value % 2 == 1) {
        value += 1;
    }
    let signed = if negative { -value } else { value };
    i64::try_from(signed).map_err(|_| AmountError::OutOfRange)
}

fn rounds_up(dropped: &[u8], is_odd: bool) -> bool {
    match dropped.split_first() {
        None => false,
        Some((digit, rest)) if *digit == 5 && rest.iter().all(|&digit| digit == 0) => is_odd,
        Some((digit, _)) => *digit >= 5,
    }
}

/// Exponents beyond ± 10,000 mean the same as ± 10,000: out of range, or nothing.
fn parse_exponent(text: &str) -> Result<i32, AmountError> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(AmountError::Syntax);
    }
    let magnitude = digits.parse::<i32>().unwrap_or(10_000).min(10_000);
    Ok(if text.starts_with('-') { -magnitude } else { magnitude })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<i64, AmountError> {
        PicoUsd::parse_decimal(text).map(|amount| amount.0)
    }

    #[test]
    fn decimals_are_exact() {
        assert_eq!(parse("0.2"), Ok(200_000_000_000));
        assert_eq!(parse("2e-7"), Ok(200_000));
        assert_eq!(parse("0.0000000375"), Ok(37_500));
        assert_eq!(parse("1"), Ok(PicoUsd::PER_USD));
        assert_eq!(parse("-1.5"), Ok(-1_500_000_000_000));
        assert_eq!(parse("0"), Ok(0));
        assert_eq!(parse("-0"), Ok(0));
        assert_eq!(parse("12E2"), Ok(1_200 * PicoUsd::PER_USD));
    }

    #[test]
    fn a26_extreme_decimals_round_once_or_are_refused() {
        assert_eq!(parse("1e-400"), Ok(0));
        assert_eq!(parse("1e300"), Err(AmountError::OutOfRange));
        assert_eq!(parse("1e99999999999999999999"), Err(AmountError::OutOfRange));
        assert_eq!(parse("0.0000000000005"), Ok(0));
        assert_eq!(parse("0.0000000000015"), Ok(2));
        assert_eq!(parse("0.00000000000050000000000000000000000001"), Ok(1));
        assert_eq!(parse("9223372.036854775807"), Ok(i64::MAX));
        assert_eq!(parse("9223372.036854775808"), Err(AmountError::OutOfRange));
        for text in ["NaN", "", "-", ".5", "5.", "0x1", "1e", "1_0", "01", "+1", " 1", "1e+-2", "inf"] {
            assert_eq!(parse(text), Err(AmountError::Syntax), "{text:?}");
        }
    }

    #[test]
    fn text_is_exact_and_short() {
        assert_eq!(PicoUsd(51_000_000).to_decimal(), "0.000051");
        assert_eq!(PicoUsd::from_usd(12).to_decimal(), "12");
        assert_eq!(PicoUsd(-500_000_000_000).to_decimal(), "-0.5");
        assert_eq!(PicoUsd(1).to_decimal(), "0.000000000001");
        for value in [0, 1, 999, i64::MAX, i64::MIN + 1, 123_456_789_012_345] {
            assert_eq!(parse(&PicoUsd(value).to_decimal()), Ok(value));
        }
    }

    #[test]
    fn sums_saturate() {
        let total: PicoUsd = [PicoUsd::MAX, PicoUsd(1)].into_iter().sum();
        assert_eq!(total, PicoUsd::MAX);
    }
}
