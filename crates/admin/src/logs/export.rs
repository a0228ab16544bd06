//! `GET /api/gateways/{gateway}/logs/export`

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use axum::{
    body::Body,
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use http::{HeaderValue, header};
use http_body::Frame;
use tokio::sync::mpsc;
use waypost_store::{
    GatewayRef, StoreError,
    log::{LogQuery, LogRow, Order, OrderKey, Paging, ROWS_PER_PAGE_MAX},
};
use waypost_types::record::RequestOutcome;

use super::{filters::filters, view::view};
use crate::{
    Admin,
    ids::rfc3339,
    query::Pairs,
    refusal::{Outcome, Refused, place},
};

/// Pages that wait for a slow reader.
const PAGES_AHEAD: usize = 2;

const COLUMNS: [&str; 27] = [
    "id",
    "created_at",
    "status_code",
    "outcome",
    "error_type",
    "route",
    "version",
    "path",
    "requested_model",
    "provider",
    "model",
    "tokens_in",
    "tokens_out",
    "tokens_cache_read",
    "cost_usd",
    "cost_source",
    "custom_cost",
    "simulated",
    "duration_ms",
    "first_token_ms",
    "attempts",
    "cached",
    "stream",
    "key_label",
    "feedback",
    "score",
    "metadata",
];

/// Every row that matches the filters, newest first, as a file.
#[utoipa::path(
    get,
    path = "/api/gateways/{gateway}/logs/export",
    tag = "Logs",
    params(
        ("gateway" = String, Path),
        ("account" = Option<String>, Query, description = "`default` where absent."),
        ("format" = Option<String>, Query, description = "`csv` where absent, or `ndjson`: log rows as the list has them."),
        ("search" = Option<String>, Query, description = "As in the list."),
        ("filters" = Option<String>, Query, description = "As in the list."),
        ("order_by_direction" = Option<String>, Query, description = "`desc` where absent, or `asc`."),
    ),
    responses((status = 200, description = "The file, sent while it is made.", body = String, content_type = "text/csv")),
)]
pub(crate) async fn export(
    State(admin): State<Arc<Admin>>,
    Path(gateway): Path<String>,
    pairs: Pairs,
) -> Outcome<Response> {
    let gateway = admin.gateway(pairs.account(), &gateway).await?.name();
    let format = match pairs.text("format") {
        None | Some("csv") => Format::Csv,
        Some("ndjson") => Format::Ndjson,
        Some(_) => return Err(Refused::value(place!["query", "format"], "Use csv or ndjson.")),
    };
    let descending = super::filters::order(&pairs)?.descending;
    let query = LogQuery {
        filters: filters(&pairs)?,
        search: pairs.text("search").map(|text| text.chars().take(256).collect()),
        order: Order { by: OrderKey::CreatedAt, descending },
        ..LogQuery::default()
    };
    let (sender, receiver) = mpsc::channel(PAGES_AHEAD);
    let name = format!("logs-{}.{}", gateway.id, format.ending());
    tokio::spawn(async move {
        if let Err(error) = send_all(&admin, &gateway, query, format, &sender).await {
            tracing::warn!(%error, "an export of log rows broke off");
            let _ = sender.send(Err(std::io::Error::other("the export broke off"))).await;
        }
    });
    let kind = HeaderValue::from_static(format.content_type());
    let attachment = HeaderValue::from_str(&format!("attachment; filename=\"{name}\""));
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CONTENT_DISPOSITION, attachment.unwrap_or(HeaderValue::from_static("attachment"))),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    Ok((headers, Body::new(Pages(receiver))).into_response())
}

/// Reads page after page; ends early when nobody listens any more.
async fn send_all(
    admin: &Admin,
    gateway: &GatewayRef,
    mut query: LogQuery,
    format: Format,
    sender: &mpsc::Sender<Result<Bytes, std::io::Error>>,
) -> Result<(), StoreError> {
    let mut text = format.head();
    let mut cursor = None;
    loop {
        query.paging = Paging::After { cursor, limit: ROWS_PER_PAGE_MAX };
        let page = admin.logs.list(gateway, &query).await?;
        for row in page.rows {
            format.push(&mut text, row);
        }
        if !text.is_empty() && sender.send(Ok(Bytes::from(std::mem::take(&mut text)))).await.is_err() {
            return Ok(());
        }
        match page.next {
            Some(next) => cursor = Some(next),
            None => return Ok(()),
        }
    }
}

#[derive(Clone, Copy)]
enum Format {
    Csv,
    Ndjson,
}

impl Format {
    const fn ending(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Ndjson => "ndjson",
        }
    }

    const fn content_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8; header=present",
            Self::Ndjson => "application/x-ndjson",
        }
    }

    fn head(self) -> String {
        match self {
            Self::Csv => format!("{}\r\n", COLUMNS.join(",")),
            Self::Ndjson => String::new(),
        }
    }

    fn push(self, text: &mut String, row: LogRow) {
        match self {
            Self::Ndjson => {
                text.push_str(&serde_json::to_string(&view(row)).unwrap_or_default());
                text.push('\n');
            }
            Self::Csv => {
                let cells = cells(&row).map(|cell| neutral(&cell));
                text.push_str(&cells.join(","));
                text.push_str("\r\n");
            }
        }
    }
}

fn cells(row: &LogRow) -> [String; COLUMNS.len()] {
    let record = &row.record;
    let word = |value: serde_json::Result<serde_json::Value>| {
        value.ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
    };
    let number = |number: Option<u64>| number.map(|number| number.to_string()).unwrap_or_default();
    let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
    let was_called = record.usage_source.is_some() || record.cached;
    let tokens = |tokens: u64| number(was_called.then_some(tokens));
    let route = record.route.as_ref();
    let metadata = row.metadata();
    [
        record.id.to_string(),
        rfc3339(record.created_at),
        record.status.to_string(),
        word(serde_json::to_value(record.outcome)),
        text(record.error_type.as_deref()),
        text(route.map(|route| &*route.name)),
        number(route.map(|route| u64::from(route.version))),
        record.path.clone(),
        record.requested_model.to_string(),
        record.provider.to_string(),
        record.model.to_string(),
        tokens(record.usage.input_tokens),
        tokens(record.usage.output_tokens),
        tokens(record.usage.cache_read_tokens),
        // Unknown is never zero: without a price the cell stays empty.
        record.cost.map(|cost| cost.to_decimal()).unwrap_or_default(),
        word(serde_json::to_value(record.cost_source)),
        record.custom_cost.to_string(),
        record.simulated.to_string(),
        if record.outcome == RequestOutcome::Refused { String::new() } else { record.duration_ms.to_string() },
        number(record.first_token_ms),
        record.attempts.len().to_string(),
        record.cached.to_string(),
        record.stream.to_string(),
        text(record.key_label.as_deref()),
        row.feedback.map(|thumb| thumb.to_string()).unwrap_or_default(),
        row.score.map(|score| score.to_string()).unwrap_or_default(),
        if metadata.0.is_empty() { String::new() } else { serde_json::to_string(&metadata).unwrap_or_default() },
    ]
}

/// A cell that no spreadsheet takes for a formula (A73), quoted where it has to be (RFC 4180).
fn neutral(cell: &str) -> String {
    let is_number = cell.parse::<f64>().is_ok();
    let is_formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) && !is_number;
    let cell = if is_formula { format!("'{cell}") } else { cell.to_owned() };
    if cell.contains(['"', ',', '\r', '\n']) || is_formula {
        return format!("\"{}\"", cell.replace('"', "\"\""));
    }
    cell
}

/// What the reading task sends.
struct Pages(mpsc::Receiver<Result<Bytes, std::io::Error>>);

impl http_body::Body for Pages {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        self.0.poll_recv(cx).map(|page| page.map(|page| page.map(Frame::data)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a73_cells_of_an_export_are_no_formulas() {
        for (cell, expected) in [
            ("plain", "plain"),
            ("=1+1", "\"'=1+1\""),
            ("=HYPERLINK(\"http://x\",\"y\")", "\"'=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\""),
            ("@SUM(A1)", "\"'@SUM(A1)\""),
            ("+49 30", "\"'+49 30\""),
            ("\t=1", "\"'\t=1\""),
            ("-1", "-1"),
            ("0.000051", "0.000051"),
            ("a,b", "\"a,b\""),
            ("two\nlines", "\"two\nlines\""),
        ] {
            assert_eq!(neutral(cell), expected, "{cell}");
        }
    }
}
