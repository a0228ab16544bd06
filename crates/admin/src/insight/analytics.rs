//! `GET /api/gateways/{gateway}/analytics`

mod asked;
mod deploys;
mod groups;

use std::sync::Arc;

use axum::extract::{Path, State};
use serde::Serialize;
use utoipa::ToSchema;
use waypost_store::insight::{Measures, Question, Source, Subject};

pub(crate) use self::asked::time;
use self::{asked::Asked, deploys::DeployMark, groups::Series};
use super::{
    measures::MeasuresView,
    sums::{Stretch, total},
};
use crate::{
    Admin,
    envelope::{Answer, Envelope, one},
    ids::rfc3339,
    query::Pairs,
};

/// What requests of a stretch of time add up to.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AnalyticsView {
    /// As asked, or down to a full minute.
    start: String,
    /// As asked, or up to a full minute; not included.
    end: String,
    /// Width of the buckets.
    interval: &'static str,
    /// Hours and days begin as clocks of this zone show them.
    time_zone: String,
    /// What the series are.
    group_by: String,
    /// The largest groups by requests, then `__other` for the rest. `__none` stands for requests without the value.
    series: Vec<SeriesView>,
    /// All requests. For elements and outputs it is less than the series together, since a request passes several.
    total: MeasuresView,
    /// The same of the stretch of the same length before, when asked for.
    previous: Option<MeasuresView>,
    /// Sums are whole from this moment on: rows before it were removed, or too many to be read; null when all is there.
    complete_since: Option<String>,
    /// `rollup`: sums that were kept when rows were written; `rows`: the rows themselves, for filters that need them.
    source: &'static str,
    /// Deployments in the stretch, the earliest first.
    deployments: Vec<DeployMark>,
}

/// One group.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SeriesView {
    /// What a filter compares: a model, a route's id …
    key: String,
    /// What people call it.
    label: String,
    /// Buckets that count something, in order of time.
    buckets: Vec<BucketSums>,
    /// All of it.
    total: MeasuresView,
}

/// One bucket.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BucketSums {
    /// When it begins.
    time: String,
    /// What it counts.
    #[serde(flatten)]
    sums: MeasuresView,
}

/// What requests add up to over time, by any group. `requests` is the number of log rows with the same filter between
/// `start` and `end`.
#[utoipa::path(
    get,
    path = "/api/gateways/{gateway}/analytics",
    tag = "Insight",
    params(
        ("gateway" = String, Path),
        ("account" = Option<String>, Query, description = "`default` where absent."),
        ("start" = Option<String>, Query, description = "RFC 3339; 24 hours before the end where absent."),
        ("end" = Option<String>, Query, description = "RFC 3339; now where absent."),
        ("interval" = Option<String>, Query, description = "`minute`, `5m`, `15m`, `hour` (where absent), `day` or `none`."),
        ("group_by" = Option<String>, Query, description = "`none` (where absent), `status`, `error`, `route`, `version`, `node`, `edge`, `provider`, `model`, `key` or `metadata.<key>`."),
        ("filters" = Option<String>, Query, description = "As in the list of log rows."),
        ("search" = Option<String>, Query, description = "As in the list of log rows."),
        ("limit" = Option<u32>, Query, description = "Series beside `__other`; 10, at most 50."),
        ("compare" = Option<bool>, Query, description = "Adds the stretch before."),
    ),
    responses((status = 200, body = Envelope<AnalyticsView>)),
)]
pub(crate) async fn analytics(
    State(admin): State<Arc<Admin>>,
    Path(gateway): Path<String>,
    pairs: Pairs,
) -> Answer<AnalyticsView> {
    let gateway = admin.gateway(pairs.account(), &gateway).await?;
    let asked = Asked::read(&pairs, &gateway.settings.waypost.time_zone, admin.clock.now())?;
    let name = gateway.name();
    let question = |subject: Subject| Question {
        subject,
        borders: asked.borders.clone(),
        filters: asked.filters.clone(),
        search: asked.search.clone(),
        parts: Vec::new(),
    };
    let all = admin.pieces(&name, question(Subject::Requests)).await?;
    let total_sum = total(all.pieces.iter().map(|piece| &piece.sum));
    let mut found = groups::Found { all: &all, grouped: None, carrying: None };
    let (grouped, carrying);
    match asked.group_by.subject() {
        Subject::Requests => {}
        subject => {
            let mut more = question(subject);
            more.parts = asked.group_by.parts();
            grouped = admin.pieces(&name, more).await?;
            found.grouped = Some(&grouped);
            if subject == Subject::Values {
                carrying = admin.pieces(&name, question(Subject::Keys)).await?;
                found.carrying = Some(&carrying);
            }
        }
    }
    let labels = admin.labels(&gateway, &asked.group_by).await?;
    let series = groups::series(&asked, &found);
    let previous = match asked.compares {
        true => Some(admin.before(&name, &asked).await?),
        false => None,
    };
    let complete_since = [Some(&all), found.grouped].into_iter().flatten().filter_map(|part| part.complete_since).max();
    let is_rows = [Some(&all), found.grouped].into_iter().flatten().any(|part| part.source == Source::Rows);
    one(AnalyticsView {
        start: rfc3339(asked.stretch.from),
        end: rfc3339(asked.stretch.until),
        interval: asked.interval_name,
        time_zone: asked.time_zone.clone(),
        group_by: asked.group_by.to_string(),
        series: series.into_iter().map(|series| view(series, &asked, &labels)).collect(),
        total: MeasuresView::from(&total_sum),
        previous: previous.as_ref().map(MeasuresView::from),
        complete_since: complete_since.map(rfc3339),
        source: if is_rows { "rows" } else { "rollup" },
        deployments: admin.deploy_marks(&name, asked.stretch).await?,
    })
}

impl Admin {
    async fn before(&self, gateway: &waypost_store::GatewayRef, asked: &Asked) -> crate::refusal::Outcome<Measures> {
        let Stretch { from, until } = asked.stretch.before();
        let question = Question {
            subject: Subject::Requests,
            borders: vec![from, until],
            filters: asked.filters.clone(),
            search: asked.search.clone(),
            parts: Vec::new(),
        };
        let found = self.pieces(gateway, question).await?;
        Ok(total(found.pieces.iter().map(|piece| &piece.sum)))
    }
}

fn view(series: Series, asked: &Asked, labels: &groups::Labels) -> SeriesView {
    let label = labels.get(&series.key).cloned().unwrap_or_else(|| groups::label(&series.key));
    let bucket = |(at, sum): (&usize, &Measures)| {
        Some(BucketSums { time: rfc3339(*asked.borders.get(*at)?), sums: MeasuresView::from(sum) })
    };
    SeriesView {
        label,
        buckets: series.buckets.iter().filter_map(bucket).collect(),
        total: MeasuresView::from(&total(series.buckets.values())),
        key: series.key,
    }
}
