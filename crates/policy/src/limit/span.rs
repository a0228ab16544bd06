//! Windows: which one a moment lies in.

use std::fmt;

use jiff::{Timestamp, ToSpan, civil::Date, tz::TimeZone};
use serde::{Deserialize, Serialize};
use waypost_types::UnixMs;

/// A window that people name rather than measure, in a time zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Calendar {
    /// From full hour to full hour of the local clock.
    Hour,
    /// From midnight to midnight; 23 or 25 hours long when clocks change.
    Day,
    /// From Monday's midnight (ISO 8601).
    Week,
    /// From midnight of the first.
    Month,
}

/// The window of a limit.
#[derive(Clone, Debug, PartialEq)]
pub enum Span {
    /// So many seconds, aligned to the epoch in UTC. 0 is read as 1.
    Seconds(u32),
    /// A calendar window in a time zone.
    Calendar(Calendar, TimeZone),
}

/// One window: from `start`, inclusive, to `end`, exclusive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WindowAt {
    /// First millisecond.
    pub start: UnixMs,
    /// First millisecond after it.
    pub end: UnixMs,
}

// === impl WindowAt ===

impl WindowAt {
    /// The moment lies in it.
    pub fn contains(&self, now: UnixMs) -> bool {
        self.start <= now && now < self.end
    }

    /// Milliseconds from start to end.
    pub const fn length_ms(&self) -> i64 {
        self.end.since_ms(self.start)
    }
}

// === impl Span ===

impl Span {
    /// The window that a moment lies in. Windows of one span touch and never overlap, also where local clocks jump.
    pub fn window_at(&self, now: UnixMs) -> WindowAt {
        match self {
            Self::Seconds(seconds) => {
                let length = i64::from((*seconds).max(1)) * 1_000;
                let start = UnixMs(now.0.saturating_sub(now.0.rem_euclid(length)));
                WindowAt { start, end: start.plus_ms(length) }
            }
            Self::Calendar(Calendar::Hour, zone) => hour_at(zone, now),
            Self::Calendar(calendar, zone) => days_at(*calendar, zone, now),
        }
    }

    /// The window before.
    pub fn previous(&self, window: &WindowAt) -> WindowAt {
        self.window_at(window.start.plus_ms(-1))
    }
}

/// The part of a bucket's identity that the window is: `3600s`, `month`.
impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Seconds(seconds) => write!(f, "{seconds}s"),
            Self::Calendar(Calendar::Hour, _) => f.write_str("hour"),
            Self::Calendar(Calendar::Day, _) => f.write_str("day"),
            Self::Calendar(Calendar::Week, _) => f.write_str("week"),
            Self::Calendar(Calendar::Month, _) => f.write_str("month"),
        }
    }
}

/// An hour of the local clock. Where the offset changes inside it (by half an hour on Lord Howe Island), the window ends
/// and a new one starts at the change, so that windows stay apart.
fn hour_at(zone: &TimeZone, now: UnixMs) -> WindowAt {
    const HOUR_MS: i64 = 3_600_000;
    let offset_s = |at: UnixMs| zone.to_offset(timestamp(at)).seconds();
    let offset = offset_s(now);
    let local = now.plus_ms(i64::from(offset) * 1_000);
    let mut start = now.plus_ms(-local.0.rem_euclid(HOUR_MS));
    let mut end = start.plus_ms(HOUR_MS);
    if offset_s(start) != offset
        && let Some(change) = zone.preceding(timestamp(now.plus_ms(1))).next()
    {
        start = start.max(unix_ms(change.timestamp()));
    }
    if offset_s(end.plus_ms(-1)) != offset
        && let Some(change) = zone.following(timestamp(now)).next()
    {
        end = end.min(unix_ms(change.timestamp()));
    }
    WindowAt { start, end }
}

/// A window of whole local days. It starts at the first moment of its first day, wherever clocks stand then. Where they
/// are set back across midnight a date comes twice; the steps forwards keep such moments in the later window.
fn days_at(calendar: Calendar, zone: &TimeZone, now: UnixMs) -> WindowAt {
    let today = timestamp(now).to_zoned(zone.clone()).date();
    let mut first = first_day(calendar, today);
    let mut next = following(calendar, first);
    let (mut start, mut end) = (midnight(zone, first), midnight(zone, next));
    while end <= now && next > first {
        (first, next) = (next, following(calendar, next));
        (start, end) = (end, midnight(zone, next));
    }
    WindowAt { start, end }
}

fn first_day(calendar: Calendar, date: Date) -> Date {
    match calendar {
        Calendar::Hour | Calendar::Day => date,
        Calendar::Week => date.saturating_sub(i64::from(date.weekday().to_monday_zero_offset()).days()),
        Calendar::Month => date.first_of_month(),
    }
}

fn following(calendar: Calendar, first: Date) -> Date {
    match calendar {
        Calendar::Hour | Calendar::Day => first.saturating_add(1.day()),
        Calendar::Week => first.saturating_add(1.week()),
        Calendar::Month => first.saturating_add(1.month()),
    }
}

/// The first moment of a local day: 00:00, or what the clock jumps to when there is none.
fn midnight(zone: &TimeZone, date: Date) -> UnixMs {
    date.to_zoned(zone.clone()).map_or(UnixMs(i64::MAX), |day| unix_ms(day.timestamp()))
}

/// Moments beyond the calendar's range (years −9999 to 9999) count as its end.
fn timestamp(at: UnixMs) -> Timestamp {
    Timestamp::from_millisecond(at.0).unwrap_or(if at.0 < 0 { Timestamp::MIN } else { Timestamp::MAX })
}

fn unix_ms(at: Timestamp) -> UnixMs {
    UnixMs(at.as_millisecond())
}
