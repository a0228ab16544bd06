//! What is asked: stretch, buckets, groups and filters of a query string.

use std::fmt;

use jiff::{Timestamp, tz::TimeZone};
use waypost_store::{
    filter::{Filter, invalid_enum},
    insight::Subject,
};
use waypost_types::UnixMs;

use crate::{
    insight::sums::{Interval, Stretch},
    logs,
    query::Pairs,
    refusal::{Outcome, Refused, place},
};

/// Buckets of one answer.
const BUCKETS_MAX: usize = 1_500;
const SERIES_DEFAULT: u32 = 10;
const SERIES_MAX: u32 = 50;
const DAY_MS: i64 = 86_400_000;
/// 400 days.
const LONGEST_MS: i64 = 400 * DAY_MS;

/// A checked question.
pub(super) struct Asked {
    pub(super) stretch: Stretch,
    pub(super) interval_name: &'static str,
    pub(super) borders: Vec<UnixMs>,
    pub(super) time_zone: String,
    pub(super) group_by: GroupBy,
    pub(super) filters: Vec<Filter>,
    pub(super) search: Option<String>,
    pub(super) series_max: usize,
    pub(super) compares: bool,
}

/// What the series are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum GroupBy {
    None,
    Status,
    Error,
    Route,
    Version,
    Node,
    Edge,
    Provider,
    Model,
    Key,
    Metadata(String),
}

const NAMES: [(&str, GroupBy); 10] = [
    ("none", GroupBy::None),
    ("status", GroupBy::Status),
    ("error", GroupBy::Error),
    ("route", GroupBy::Route),
    ("version", GroupBy::Version),
    ("node", GroupBy::Node),
    ("edge", GroupBy::Edge),
    ("provider", GroupBy::Provider),
    ("model", GroupBy::Model),
    ("key", GroupBy::Key),
];

impl Asked {
    pub(super) fn read(pairs: &Pairs, time_zone: &str, now: UnixMs) -> Outcome<Self> {
        let end = time(pairs, "end")?.unwrap_or(now.plus_ms(1));
        let start = time(pairs, "start")?.unwrap_or(end.plus_ms(-DAY_MS));
        if start >= end || end.since_ms(start) > LONGEST_MS {
            return Err(Refused::value(place!["query", "start"], "Start before the end, at most 400 days."));
        }
        let stretch = Stretch::around(start, end);
        let word = pairs.text("interval").unwrap_or("hour");
        let Some((interval_name, interval)) = Interval::NAMES.iter().find(|(name, _)| *name == word) else {
            let names = Interval::NAMES.iter().map(|(name, _)| *name);
            return Err(Refused::value(place!["query", "interval"], invalid_enum(names, word)));
        };
        let zone = TimeZone::get(time_zone).unwrap_or(TimeZone::UTC);
        let borders = interval.borders(stretch, &zone, BUCKETS_MAX).ok_or_else(|| {
            let message = format!("That would be more than {BUCKETS_MAX} buckets. Use a longer interval.");
            Refused::value(place!["query", "interval"], message)
        })?;
        Ok(Self {
            stretch,
            interval_name,
            borders,
            time_zone: time_zone.to_owned(),
            group_by: GroupBy::read(pairs.text("group_by").unwrap_or("none"))?,
            filters: logs::filters(pairs)?,
            search: pairs.text("search").map(|text| text.chars().take(256).collect()),
            series_max: pairs.number("limit", 1, SERIES_MAX)?.unwrap_or(SERIES_DEFAULT) as usize,
            compares: pairs.flag("compare")?.unwrap_or(false),
        })
    }
}

/// A moment of the query, or nothing.
pub(crate) fn time(pairs: &Pairs, name: &str) -> Outcome<Option<UnixMs>> {
    let Some(text) = pairs.text(name) else { return Ok(None) };
    match text.parse::<Timestamp>() {
        Ok(at) => Ok(Some(UnixMs(at.as_millisecond()))),
        Err(_) => Err(Refused::value(place!["query", name], "Invalid datetime")),
    }
}

impl GroupBy {
    fn read(text: &str) -> Outcome<Self> {
        if let Some((_, group)) = NAMES.iter().find(|(name, _)| *name == text) {
            return Ok(group.clone());
        }
        match text.strip_prefix("metadata.") {
            Some(key) if !key.is_empty() && key.len() <= 1_024 => Ok(Self::Metadata(key.to_owned())),
            _ => {
                let names = NAMES.iter().map(|(name, _)| *name).chain(["metadata.<key>"]);
                Err(Refused::value(place!["query", "group_by"], invalid_enum(names, text)))
            }
        }
    }

    /// Which cells tell the groups apart.
    pub(super) const fn subject(&self) -> Subject {
        match self {
            Self::Node | Self::Edge => Subject::Edges,
            Self::Metadata(_) => Subject::Values,
            _ => Subject::Requests,
        }
    }

    /// What their names begin with.
    pub(super) fn parts(&self) -> Vec<String> {
        match self {
            Self::Metadata(key) => vec![key.clone()],
            _ => Vec::new(),
        }
    }
}

impl fmt::Display for GroupBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Metadata(key) => write!(f, "metadata.{key}"),
            other => f.write_str(NAMES.iter().find(|(_, group)| group == other).map_or("none", |(name, _)| name)),
        }
    }
}
