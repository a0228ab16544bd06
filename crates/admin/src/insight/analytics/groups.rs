//! Sums become series: the largest groups, the rest together, and requests without the value.

use std::collections::{BTreeMap, HashMap};

use waypost_store::{
    GatewayRecord,
    config::PageQuery,
    insight::{Measures, OVERFLOW, Piece, Pieces},
};

use super::asked::{Asked, GroupBy};
use crate::{
    Admin,
    refusal::{Noun, Outcome},
    routes,
};

/// The groups that are not named.
pub(super) const OTHER: &str = "__other";
/// Requests without the value.
pub(super) const NONE: &str = "__none";

/// What was found: sums of all requests, those that tell the groups apart, and those by metadata key.
pub(super) struct Found<'a> {
    pub(super) all: &'a Pieces,
    pub(super) grouped: Option<&'a Pieces>,
    pub(super) carrying: Option<&'a Pieces>,
}

/// One group over time.
#[derive(Default)]
pub(super) struct Series {
    pub(super) key: String,
    pub(super) buckets: BTreeMap<usize, Measures>,
}

/// Names for people, by key.
pub(super) type Labels = HashMap<String, String>;

pub(super) fn series(asked: &Asked, found: &Found<'_>) -> Vec<Series> {
    let mut groups: BTreeMap<String, Series> = BTreeMap::new();
    for piece in &found.grouped.unwrap_or(found.all).pieces {
        let Some(key) = key(&asked.group_by, piece) else { continue };
        let series = groups.entry(key.clone()).or_insert_with(|| Series { key, buckets: BTreeMap::new() });
        series.buckets.entry(piece.bucket).or_default().merge(&piece.sum, 1);
    }
    if let (GroupBy::Metadata(name), Some(carrying)) = (&asked.group_by, found.carrying) {
        let mut without = Series { key: NONE.to_owned(), buckets: BTreeMap::new() };
        for piece in &found.all.pieces {
            without.buckets.entry(piece.bucket).or_default().merge(&piece.sum, 1);
        }
        for piece in carrying.pieces.iter().filter(|piece| piece.part(0) == name) {
            without.buckets.entry(piece.bucket).or_default().merge(&piece.sum, -1);
        }
        without.buckets.retain(|_, sum| sum.requests != 0);
        if !without.buckets.is_empty() {
            groups.insert(NONE.to_owned(), without);
        }
    }
    largest(groups.into_values().collect(), asked.series_max)
}

/// The largest ones by requests, and the rest as one.
fn largest(mut groups: Vec<Series>, most: usize) -> Vec<Series> {
    let mut other = Series { key: OTHER.to_owned(), buckets: BTreeMap::new() };
    let shared = groups.iter().position(|series| series.key == OTHER).map(|at| groups.remove(at));
    let requests = |series: &Series| series.buckets.values().map(|sum| sum.requests).sum::<i64>();
    groups.sort_by_key(|series| std::cmp::Reverse(requests(series)));
    let rest = groups.split_off(most.min(groups.len()));
    for series in rest.into_iter().chain(shared) {
        for (bucket, sum) in series.buckets {
            other.buckets.entry(bucket).or_default().merge(&sum, 1);
        }
    }
    if !other.buckets.is_empty() {
        groups.push(other);
    }
    groups
}

/// The group of a sum; `None` where it belongs to none.
fn key(group_by: &GroupBy, piece: &Piece) -> Option<String> {
    if *group_by == GroupBy::None {
        return Some("all".to_owned());
    }
    if piece.parts.iter().any(|part| part == OVERFLOW) {
        return Some(OTHER.to_owned());
    }
    let key = match group_by {
        GroupBy::None => String::new(),
        GroupBy::Status => piece.part(5).to_owned(),
        GroupBy::Error => match piece.part(6) {
            // An answer has no error: errors are a part of the whole.
            "" => return None,
            error => error.to_owned(),
        },
        GroupBy::Route => piece.part(0).to_owned(),
        GroupBy::Version if piece.part(0).is_empty() => String::new(),
        GroupBy::Version => format!("{}:{}", piece.part(0), piece.part(1)),
        GroupBy::Provider => piece.part(2).to_owned(),
        GroupBy::Model => piece.part(3).to_owned(),
        GroupBy::Key => piece.part(4).to_owned(),
        GroupBy::Node => piece.part(2).to_owned(),
        GroupBy::Edge => format!("{}:{}", piece.part(2), piece.part(3)),
        GroupBy::Metadata(_) => piece.part(1).to_owned(),
    };
    let is_value = matches!(group_by, GroupBy::Metadata(_));
    Some(if key.is_empty() && !is_value { NONE.to_owned() } else { key })
}

/// A label where nobody has another name.
pub(super) fn label(key: &str) -> String {
    match key {
        OTHER => "Other".to_owned(),
        NONE => "None".to_owned(),
        key => key.to_owned(),
    }
}

impl Admin {
    /// Names of routes and API keys.
    pub(super) async fn labels(&self, gateway: &GatewayRecord, group_by: &GroupBy) -> Outcome<Labels> {
        let mut labels = Labels::new();
        match group_by {
            GroupBy::Route => {
                let found = self.config.routes().list(&gateway.name(), &PageQuery::ALL).await.noun(routes::NOUN)?;
                labels.extend(found.items.into_iter().map(|route| (route.id, route.name)));
            }
            GroupBy::Version => {
                let (name, routes) = (gateway.name(), self.config.routes());
                for route in routes.list(&name, &PageQuery::ALL).await.noun(routes::NOUN)?.items {
                    let versions = routes.versions(&name, &route.id, &PageQuery::ALL).await.noun("Version")?;
                    for version in versions.items {
                        let label = format!("{} v{}", route.name, version.number);
                        labels.insert(format!("{}:{}", route.id, version.number), label);
                    }
                }
            }
            GroupBy::Key => {
                let keys = self.config.api_keys().list(&gateway.account, None, &PageQuery::ALL);
                labels.extend(keys.await.noun("API key")?.items.into_iter().map(|key| (key.id, key.label)));
            }
            _ => {}
        }
        Ok(labels)
    }
}
