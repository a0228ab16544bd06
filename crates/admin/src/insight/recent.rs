//! The newest rows that match, in any number up to a bound.

use waypost_store::{
    GatewayRef,
    filter::{Field, Filter, FilterKey, Operator, Values},
    log::{LogQuery, LogRow, Paging, ROWS_PER_PAGE_MAX},
};
use waypost_types::UnixMs;

use crate::{
    Admin, logs,
    refusal::{Noun, Outcome},
};

/// Rows from this moment on.
pub(crate) fn since(at: UnixMs) -> Filter {
    time(Operator::Gte, at)
}

/// Rows of one route.
pub(crate) fn of_route(route_id: &str) -> Filter {
    text(Field::Route, route_id)
}

/// Rows whose field has this text.
pub(crate) fn text(field: Field, text: &str) -> Filter {
    Filter { key: FilterKey::Field(field), operator: Operator::Eq, values: Values::Texts(vec![text.to_owned()]) }
}

fn time(operator: Operator, at: UnixMs) -> Filter {
    Filter { key: FilterKey::Field(Field::CreatedAt), operator, values: Values::Times(vec![at]) }
}

/// What was read.
#[derive(Debug, Default)]
pub(crate) struct Recent {
    /// Newest first.
    pub(crate) rows: Vec<LogRow>,
    /// There may be more rows than were read.
    pub(crate) has_more: bool,
}

impl Admin {
    /// The newest rows that match.
    pub(crate) async fn recent(&self, gateway: &GatewayRef, filters: Vec<Filter>, rows_max: usize) -> Outcome<Recent> {
        let mut found = Recent::default();
        let mut query = LogQuery { filters, ..LogQuery::default() };
        let mut cursor = None;
        loop {
            let left = rows_max.saturating_sub(found.rows.len()).min(ROWS_PER_PAGE_MAX as usize);
            if left == 0 {
                found.has_more = true;
                return Ok(found);
            }
            query.paging = Paging::After { cursor, limit: u32::try_from(left).unwrap_or(ROWS_PER_PAGE_MAX) };
            let page = self.logs.list(gateway, &query).await.noun(logs::NOUN)?;
            found.rows.extend(page.rows);
            match page.next {
                Some(next) => cursor = Some(next),
                None => return Ok(found),
            }
        }
    }
}
