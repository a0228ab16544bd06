//! Sums of the log, asked for from handlers.

use jiff::tz::TimeZone;
use waypost_policy::limit::{Calendar, Span};
use waypost_store::{
    GatewayRef,
    insight::{Measures, Pieces, Question, Subject},
};
use waypost_types::UnixMs;

use super::window::full_minute;
use crate::{
    Admin, logs,
    refusal::{Noun, Outcome},
};

const MINUTE_MS: i64 = 60_000;

impl Admin {
    /// Sums of a stretch of time, as one bucket. It begins and ends at full minutes.
    pub(crate) async fn sums(
        &self,
        gateway: &GatewayRef,
        subject: Subject,
        stretch: Stretch,
        parts: Vec<String>,
    ) -> Outcome<Pieces> {
        let borders = vec![stretch.from, stretch.until];
        self.pieces(gateway, Question { subject, borders, filters: Vec::new(), search: None, parts }).await
    }

    /// Sums as asked.
    pub(crate) async fn pieces(&self, gateway: &GatewayRef, question: Question) -> Outcome<Pieces> {
        self.logs.pieces(gateway, &question).await.noun(logs::NOUN)
    }
}

/// A stretch of time between full minutes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stretch {
    pub(crate) from: UnixMs,
    pub(crate) until: UnixMs,
}

impl Stretch {
    /// The shortest one between full minutes that holds all of this.
    pub(crate) const fn around(from: UnixMs, until: UnixMs) -> Self {
        Self { from: full_minute(from), until: full_minute(until.plus_ms(MINUTE_MS - 1)) }
    }

    /// From a full minute until now, this minute included.
    pub(crate) const fn since(from: UnixMs, now: UnixMs) -> Self {
        Self::around(from, now.plus_ms(1))
    }

    /// As long, and right before.
    pub(crate) const fn before(self) -> Self {
        let length_ms = self.until.since_ms(self.from);
        Self { from: self.from.plus_ms(-length_ms), until: self.from }
    }
}

/// How wide buckets are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Interval {
    None,
    Minutes(i64),
    Hour,
    Day,
}

impl Interval {
    pub(crate) const NAMES: [(&'static str, Self); 6] = [
        ("none", Self::None),
        ("minute", Self::Minutes(1)),
        ("5m", Self::Minutes(5)),
        ("15m", Self::Minutes(15)),
        ("hour", Self::Hour),
        ("day", Self::Day),
    ];

    /// Starts of the buckets of a stretch and its end; hours and days begin as clocks of the zone show them. `None` when
    /// there are more than `buckets_max`.
    pub(crate) fn borders(self, stretch: Stretch, zone: &TimeZone, buckets_max: usize) -> Option<Vec<UnixMs>> {
        let span = match self {
            Self::None => return Some(vec![stretch.from, stretch.until]),
            Self::Minutes(minutes) => Span::Seconds(u32::try_from(minutes * 60).unwrap_or(60)),
            Self::Hour => Span::Calendar(Calendar::Hour, zone.clone()),
            Self::Day => Span::Calendar(Calendar::Day, zone.clone()),
        };
        let mut borders = vec![stretch.from];
        let mut at = stretch.from;
        while at < stretch.until {
            at = span.window_at(at).end.min(stretch.until);
            borders.push(at);
            if borders.len() > buckets_max + 1 {
                return None;
            }
        }
        Some(borders)
    }
}

/// All of these together.
pub(crate) fn total<'a>(sums: impl IntoIterator<Item = &'a Measures>) -> Measures {
    let mut total = Measures::default();
    sums.into_iter().for_each(|sum| total.merge(sum, 1));
    total
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_begin_at_midnight_of_the_zone() {
        let hour = 3_600_000;
        let stretch = Stretch { from: UnixMs(10 * hour), until: UnixMs(58 * hour) };
        let utc = Interval::Day.borders(stretch, &TimeZone::UTC, 100).unwrap();
        assert_eq!(utc, [10, 24, 48, 58].map(|hours| UnixMs(hours * hour)));
        let kolkata = TimeZone::fixed(jiff::tz::offset(5).saturating_add(jiff::Span::new().minutes(30)));
        let days = Interval::Day.borders(stretch, &kolkata, 100).unwrap();
        assert_eq!(days[1].0, 18 * hour + hour / 2);
        assert_eq!(Interval::Minutes(1).borders(stretch, &TimeZone::UTC, 100), None);
        assert_eq!(Interval::None.borders(stretch, &TimeZone::UTC, 1).unwrap().len(), 2);
    }
}
