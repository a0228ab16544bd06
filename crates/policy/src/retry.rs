//! How long to wait before a model is tried again.
//!
//! A delay that somebody set is kept to the millisecond. Only the gateway's own default is spread by chance, so that
//! callers which failed together do not come back together.

use jiff::{
    Timestamp,
    civil::DateTime,
    fmt::{rfc2822, strtime},
    tz::TimeZone,
};
use serde::{Deserialize, Serialize};
use waypost_types::UnixMs;

use crate::limits::{RETRY_AFTER_MS_MAX, RETRY_DELAY_MS_MAX};

/// Delay before the first retry where nobody set one.
pub const DEFAULT_DELAY_MS: u64 = 500;

/// How delays grow from retry to retry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Backoff {
    /// d, 2d, 4d, 8d
    #[default]
    Exponential,
    /// d, d, d, d
    Constant,
    /// d, 2d, 3d, 4d
    Linear,
}

/// The delays of a model's retries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Delays {
    /// What a header, node or gateway set; `None` where nobody did.
    pub base_ms: Option<u64>,
    /// How they grow.
    pub backoff: Backoff,
}

// === impl Delays ===

impl Delays {
    /// Milliseconds to wait before retry number `retry`, counted from 1. `retry_after_ms` is the provider's wish, as
    /// [`retry_after_ms`] reads it: never shorter than that, and `None` when it wishes for longer than 10 s, which is
    /// the time to go to the next model (F02). `random` spreads delays that nobody set over half to all of their length.
    pub fn before(&self, retry: u32, retry_after_ms: Option<u64>, random: u64) -> Option<u64> {
        let own = match self.base_ms {
            Some(base) => delay_ms(base, self.backoff, retry),
            None => spread(delay_ms(DEFAULT_DELAY_MS, self.backoff, retry), random),
        };
        match retry_after_ms {
            Some(wish) if wish > RETRY_AFTER_MS_MAX => None,
            Some(wish) => Some(own.max(wish)),
            None => Some(own),
        }
    }
}

/// The exact delay before retry number `retry`, counted from 1, at most five minutes.
///
/// Source: Cloudflare AI Gateway's request handling (d = 500: 500/500/500, 500/1000/1500, 500/1000/2000).
pub const fn delay_ms(base_ms: u64, backoff: Backoff, retry: u32) -> u64 {
    let retry = if retry == 0 { 1 } else { retry };
    let factor = match backoff {
        Backoff::Constant => 1,
        Backoff::Linear => retry as u64,
        Backoff::Exponential => 2_u64.saturating_pow(retry - 1),
    };
    let delay = base_ms.saturating_mul(factor);
    if delay < RETRY_DELAY_MS_MAX { delay } else { RETRY_DELAY_MS_MAX }
}

/// Reads a `Retry-After` header: milliseconds from now. Seconds may have a fraction, dates may have any of HTTP's three
/// forms and lie in the past (0). What is neither, a negative number too, is no wish.
///
/// Source: RFC 9110 §10.2.3 and §5.6.7.
pub fn retry_after_ms(value: &str, now: UnixMs) -> Option<u64> {
    let value = value.trim();
    if value.starts_with(|first: char| first.is_ascii_digit()) {
        return seconds_to_ms(value);
    }
    let at = http_date(value)?.as_millisecond();
    Some(u64::try_from(UnixMs(at).since_ms(now)).unwrap_or(0))
}

/// Decimal seconds, rounded up to a millisecond. A number beyond all measure is the largest one.
fn seconds_to_ms(value: &str) -> Option<u64> {
    let (whole, fraction) = value.split_once('.').unwrap_or((value, ""));
    let is_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if !is_digits(whole) || !is_digits(fraction) {
        return None;
    }
    let whole = whole.parse::<u64>().unwrap_or(u64::MAX);
    let tenths: String = fraction.chars().chain("000".chars()).take(3).collect();
    let is_more = fraction.bytes().skip(3).any(|digit| digit != b'0');
    let part = tenths.parse::<u64>().unwrap_or(0) + u64::from(is_more);
    Some(whole.saturating_mul(1_000).saturating_add(part))
}

fn http_date(value: &str) -> Option<Timestamp> {
    if let Ok(at) = rfc2822::DateTimeParser::new().relaxed_weekday(true).parse_timestamp(value) {
        return Some(at);
    }
    ["%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"].iter().find_map(|format| {
        let civil: DateTime = strtime::parse(format, value).ok()?.to_datetime().ok()?;
        Some(civil.to_zoned(TimeZone::UTC).ok()?.timestamp())
    })
}

const fn spread(delay_ms: u64, random: u64) -> u64 {
    let half = delay_ms / 2;
    delay_ms - half + random % (half + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f01_delays_are_the_documented_ones() {
        let series = |backoff| [1, 2, 3].map(|retry| delay_ms(500, backoff, retry));
        assert_eq!(series(Backoff::Constant), [500, 500, 500]);
        assert_eq!(series(Backoff::Linear), [500, 1_000, 1_500]);
        assert_eq!(series(Backoff::Exponential), [500, 1_000, 2_000]);
        assert_eq!(delay_ms(u64::MAX, Backoff::Exponential, u32::MAX), RETRY_DELAY_MS_MAX);
        assert_eq!(delay_ms(0, Backoff::Exponential, 5), 0);
    }

    #[test]
    fn f01_only_unset_delays_are_spread() {
        let set = Delays { base_ms: Some(500), backoff: Backoff::Linear };
        let unset = Delays { base_ms: None, ..set };
        for random in [0, 1, 499, 500, 501, u64::MAX] {
            assert_eq!(set.before(2, None, random), Some(1_000));
            let delay = unset.before(2, None, random).unwrap();
            assert!((500..=1_000).contains(&delay), "{delay}");
        }
        assert_ne!(unset.before(2, None, 0), unset.before(2, None, 250));
    }

    #[test]
    fn f02_retry_after_is_read_in_every_form() {
        let now = UnixMs(784_111_777_000); // 1994-11-06T08:49:37Z, the date of RFC 9110's examples.
        for (value, expected) in [
            ("120", Some(120_000)),
            (" 3 ", Some(3_000)),
            ("0", Some(0)),
            ("1.5", Some(1_500)),
            ("0.0001", Some(1)),
            ("1000000000", Some(1_000_000_000_000)),
            ("99999999999999999999999999", Some(u64::MAX)),
            ("Sun, 06 Nov 1994 08:49:42 GMT", Some(5_000)),
            ("Sunday, 06-Nov-94 08:49:42 GMT", Some(5_000)),
            ("Sun Nov  6 08:49:42 1994", Some(5_000)),
            ("Sat, 05 Nov 1994 08:49:37 GMT", Some(0)),
            ("-1", None),
            ("", None),
            ("soon", None),
            ("1e9", None),
            ("5s", None),
            ("Sun, 99 Nov 1994 08:49:42 GMT", None),
        ] {
            assert_eq!(retry_after_ms(value, now), expected, "{value:?}");
        }
    }

    #[test]
    fn f02_a_wish_is_honoured_up_to_ten_seconds_and_never_shortens() {
        let delays = Delays { base_ms: Some(500), backoff: Backoff::Constant };
        assert_eq!(delays.before(1, Some(3_000), 0), Some(3_000));
        assert_eq!(delays.before(1, Some(10_000), 0), Some(10_000));
        assert_eq!(delays.before(1, Some(10_001), 0), None);
        assert_eq!(delays.before(1, Some(0), 0), Some(500));
        assert!(Delays::default().before(1, Some(0), 0).unwrap() >= 250);
    }

    #[test]
    fn words_in_documents_are_as_published() {
        let words = serde_json::to_value([Backoff::Exponential, Backoff::Constant, Backoff::Linear]).unwrap();
        assert_eq!(words, serde_json::json!(["exponential", "constant", "linear"]));
    }
}
