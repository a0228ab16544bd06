//! Cloudflare's envelope around every answer.
//!
//! Source: <https://developers.cloudflare.com/api/resources/ai_gateway/>, 2026-11-20.

use axum::Json;
use serde::Serialize;
use utoipa::ToSchema;
use waypost_store::config::{Page, PageQuery};

use crate::refusal::{ApiError, Outcome};

/// The envelope.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Envelope<T> {
    /// True.
    success: bool,
    /// Empty.
    errors: Vec<ApiError>,
    /// Remarks on what was sent: warnings, spellings that were changed.
    messages: Vec<Message>,
    /// What was asked for.
    result: T,
    /// Which part of a list it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    result_info: Option<ResultInfo>,
}

/// A remark.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Message {
    /// What kind: 7101 a warning, 7102 a spelling that was changed, 7103 a property that is not known.
    pub(crate) code: u32,
    /// In words.
    pub(crate) message: String,
    /// Code of the problem, for a warning.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) problem: Option<&'static str>,
    /// Element of the route document.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) node: Option<String>,
}

/// Which part of a list was returned.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ResultInfo {
    /// From 1.
    pub(crate) page: u32,
    /// Asked for.
    pub(crate) per_page: u32,
    /// Items on this page.
    pub(crate) count: u64,
    /// Items on all pages.
    pub(crate) total_count: u64,
    /// Extent of all matching log rows.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub(crate) extent: Option<ExtentView>,
}

/// Smallest and largest values of the log rows that match.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(crate) struct ExtentView {
    /// Dollars.
    #[schema(value_type = Option<f64>)]
    pub(crate) min_cost: Option<serde_json::Value>,
    /// Dollars.
    #[schema(value_type = Option<f64>)]
    pub(crate) max_cost: Option<serde_json::Value>,
    /// Milliseconds.
    pub(crate) min_duration: Option<u64>,
    /// Milliseconds.
    pub(crate) max_duration: Option<u64>,
    /// Input tokens.
    pub(crate) min_tokens_in: Option<u64>,
    /// Input tokens.
    pub(crate) max_tokens_in: Option<u64>,
    /// Output tokens.
    pub(crate) min_tokens_out: Option<u64>,
    /// Output tokens.
    pub(crate) max_tokens_out: Option<u64>,
    /// Both.
    pub(crate) min_total_tokens: Option<u64>,
    /// Both.
    pub(crate) max_total_tokens: Option<u64>,
}

/// An answer of the management API.
pub(crate) type Answer<T> = Outcome<Json<Envelope<T>>>;

/// The envelope around one thing.
pub(crate) fn one<T: Serialize>(result: T) -> Answer<T> {
    Ok(Json(Envelope::of(result)))
}

/// The envelope around a part of a list.
pub(crate) fn part<T: Serialize>(items: Vec<T>, info: ResultInfo) -> Answer<Vec<T>> {
    Ok(Json(Envelope::of(items).with_info(info)))
}

/// The envelope around a page of records, each as `view` shows it.
pub(crate) fn page<R, T: Serialize>(page: Page<R>, query: &PageQuery, view: impl FnMut(R) -> T) -> Answer<Vec<T>> {
    let total = page.total;
    let items: Vec<T> = page.items.into_iter().map(view).collect();
    let info = ResultInfo::of(query, items.len(), total);
    part(items, info)
}

impl<T> Envelope<T> {
    /// Around one thing, without remarks.
    pub(crate) fn of(result: T) -> Self {
        Self { success: true, errors: Vec::new(), messages: Vec::new(), result, result_info: None }
    }

    /// With remarks.
    pub(crate) fn with_messages(self, messages: Vec<Message>) -> Self {
        Self { messages, ..self }
    }

    /// With the part of the list that it is.
    pub(crate) fn with_info(self, info: ResultInfo) -> Self {
        Self { result_info: Some(info), ..self }
    }
}

impl ResultInfo {
    /// Of a page with so many items.
    pub(crate) fn of(query: &PageQuery, count: usize, total_count: u64) -> Self {
        Self { page: query.page, per_page: query.per_page, count: count as u64, total_count, extent: None }
    }
}
