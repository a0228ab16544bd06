//! `window=24h`: how far back is looked.

use waypost_types::UnixMs;

use crate::{
    query::Pairs,
    refusal::{Outcome, Refused, place},
};

const MINUTE_MS: i64 = 60_000;
/// 31 days.
const LONGEST_MS: i64 = 31 * 24 * 60 * MINUTE_MS;

/// The start of the window that ends now, at a full minute: `5m`, `1h`, `24h`, `7d`.
pub(crate) fn since(pairs: &Pairs, default: &str, now: UnixMs) -> Outcome<UnixMs> {
    let text = pairs.text("window").unwrap_or(default);
    let refused = || Refused::value(place!["query", "window"], "Write a window like 5m, 1h, 24h or 7d, at most 31d.");
    let length_ms = length_ms(text).filter(|length_ms| (1..=LONGEST_MS).contains(length_ms)).ok_or_else(refused)?;
    Ok(full_minute(now.plus_ms(-length_ms)))
}

/// The minute that a moment lies in.
pub(crate) const fn full_minute(at: UnixMs) -> UnixMs {
    UnixMs(at.0 - at.0.rem_euclid(MINUTE_MS))
}

fn length_ms(text: &str) -> Option<i64> {
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let unit_ms = match unit {
        "m" => MINUTE_MS,
        "h" => 60 * MINUTE_MS,
        "d" => 24 * 60 * MINUTE_MS,
        _ => return None,
    };
    number.parse::<u16>().ok().map(|number| i64::from(number) * unit_ms)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_begin_at_full_minutes() {
        let now = UnixMs(1_777_000_000_123);
        let pairs = |window: &str| Pairs(vec![("window".to_owned(), window.to_owned())]);
        let full = 1_777_000_000_123 - 1_777_000_000_123 % 60_000;
        assert_eq!(since(&pairs("5m"), "24h", now).unwrap(), UnixMs(full - 300_000));
        assert_eq!(since(&Pairs::default(), "24h", now).unwrap(), UnixMs(full - 86_400_000));
        for wrong in ["", "m", "0m", "5", "5x", "-5m", "99999d", "32d", "5µ"] {
            assert!(wrong.is_empty() || since(&pairs(wrong), "x", now).is_err(), "{wrong}");
        }
    }
}
