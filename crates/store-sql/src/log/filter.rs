//! Typed filters into SQL, over a row `l` and the kinds `k`. Texts, numbers and times are bound (S04); only names of columns and flags are written out.

use sqlx::{Encode, QueryBuilder, Type};
use waypost_store::filter::{Field, Filter, FilterKey, Operator, Values};

use super::columns::{self, OUTPUT, STEP, id_bytes};
use crate::dialect::{Db, like_pattern, metadata_entries, push_contains_exactly};

type Sql = QueryBuilder<Db>;

/// Of all kinds, those are found once that a condition holds for.
const OF_KINDS: &str = "l.kind IN (SELECT k.kind FROM log_kinds k WHERE ";

/// Adds ` AND …`.
pub(super) fn push(sql: &mut Sql, filter: &Filter) {
    sql.push(" AND ");
    match &filter.key {
        FilterKey::Metadata(name) => push_metadata(sql, filter, Some(name)),
        FilterKey::Field(Field::MetadataKey) => push_metadata(sql, filter, None),
        FilterKey::Field(Field::MetadataValue) => push_metadata(sql, filter, None),
        FilterKey::Field(field) => {
            let column = column(*field);
            let is_of_kind = column.starts_with("k.");
            if is_of_kind {
                sql.push(OF_KINDS);
            }
            match field {
                Field::Node | Field::Edge => push_trail(sql, filter),
                _ => push_column(sql, column, filter),
            }
            if is_of_kind {
                sql.push(")");
            }
        }
    }
}

/// Adds ` AND …` for a free text.
pub(super) fn push_search(sql: &mut Sql, text: &str) {
    let pattern = like_pattern(text);
    sql.push(" AND (").push(OF_KINDS).push("k.search_text LIKE ").push_bind(pattern.clone()).push(r" ESCAPE '\')");
    sql.push(" OR l.search_text LIKE ").push_bind(pattern.clone()).push(r" ESCAPE '\'");
    // First the text as it stands in the object, then whether it is a key's or a value's.
    let mut inner = String::new();
    columns::push_json(&mut inner, text);
    let inner = inner.get(1..inner.len() - 1).unwrap_or_default();
    sql.push(" OR (l.metadata LIKE ").push_bind(like_pattern(inner)).push(r" ESCAPE '\'");
    sql.push(" AND EXISTS (SELECT 1 FROM ").push(metadata_entries()).push(" m WHERE m.key LIKE ");
    sql.push_bind(pattern.clone()).push(r" ESCAPE '\' OR m.value LIKE ").push_bind(pattern).push(r" ESCAPE '\'))");
    if let Ok(id) = text.trim().parse() {
        sql.push(" OR l.id = ").push_bind(id_bytes(id));
    }
    sql.push(")");
}

fn column(field: Field) -> &'static str {
    match field {
        Field::Id | Field::RequestId => "l.id",
        Field::CreatedAt => "l.created_at",
        Field::RequestContentType => "k.request_content_type",
        Field::ResponseContentType => "k.response_content_type",
        Field::RequestType | Field::ModelType => "k.operation",
        Field::Success => "k.success",
        Field::Cached => "k.cached",
        Field::Provider => "k.provider",
        Field::Model => "k.model",
        Field::Cost => "l.cost",
        Field::Tokens => "(l.tokens_in + l.tokens_out)",
        Field::TokensIn => "l.tokens_in",
        Field::TokensOut => "l.tokens_out",
        Field::Duration => "l.duration",
        Field::FirstToken => "l.first_token",
        Field::Attempts => "l.attempts",
        Field::Feedback => "l.feedback",
        Field::EventId => "l.event_id",
        Field::MetadataKey => "m.key",
        Field::MetadataValue => "m.value",
        Field::Authentication => "k.authenticated",
        Field::Wholesale => "0",
        Field::CompatibilityMode => "k.compat",
        Field::DlpAction => "NULL",
        Field::UserAgent => "k.user_agent",
        Field::StatusCode => "k.status",
        Field::ErrorType => "k.error_type",
        Field::Outcome => "k.outcome",
        Field::Route => "k.route_id",
        Field::Version => "k.version",
        Field::Node | Field::Edge => "k.trail",
        Field::KeyId => "k.key_id",
        Field::KeyLabel => "k.key_label",
        Field::RequestedModel => "k.requested_model",
        Field::Surface => "k.surface",
        Field::Stream => "k.stream",
        Field::CustomCost => "k.custom_cost",
        Field::NoPrice => "k.no_price",
        Field::Simulated => "k.simulated",
        Field::Score => "l.score",
    }
}

fn push_column(sql: &mut Sql, column: &'static str, filter: &Filter) {
    match &filter.values {
        Values::Flags(flags) if filter.operator == Operator::Exists => {
            sql.push(column).push(if wants(flags) { " IS NOT NULL" } else { " IS NULL" });
        }
        Values::Flags(flags) => push_flags(sql, column, filter.operator, flags),
        Values::Texts(texts) if filter.operator == Operator::Contains => {
            push_any(sql, texts, |sql, text| {
                sql.push(column).push(" LIKE ").push_bind(like_pattern(text)).push(r" ESCAPE '\'");
            });
        }
        Values::Texts(texts) => push_equal(sql, column, filter.operator, texts.clone()),
        Values::Ids(ids) => push_equal(sql, column, filter.operator, ids.iter().copied().map(id_bytes).collect()),
        Values::Numbers(numbers) => {
            push_numbers(sql, column, filter.operator, numbers.clone());
        }
        Values::Money(amounts) => {
            push_numbers(sql, column, filter.operator, amounts.iter().map(|amount| amount.0).collect());
        }
        Values::Times(times) => push_numbers(sql, column, filter.operator, times.iter().map(|at| at.0).collect()),
    }
}

/// Alternatives of *exists* that contradict each other ask for rows that have it.
fn wants(flags: &[bool]) -> bool {
    flags.contains(&true)
}

/// Flags are written out, so that indexes over few rows (`WHERE success = 0`) can be used.
fn push_flags(sql: &mut Sql, column: &'static str, operator: Operator, flags: &[bool]) {
    let matches = |flag: bool| flags.contains(&flag) == (operator == Operator::Eq);
    match (matches(false), matches(true)) {
        (true, true) => sql.push("1 = 1"),
        (false, false) => sql.push("1 = 0"),
        (true, false) => sql.push(column).push(" = 0"),
        (false, true) => sql.push(column).push(" = 1"),
    };
}

fn push_numbers(sql: &mut Sql, column: &'static str, operator: Operator, values: Vec<i64>) {
    let (word, bound) = match operator {
        Operator::Lt => (" < ", values.iter().max()),
        Operator::Lte => (" <= ", values.iter().max()),
        Operator::Gt => (" > ", values.iter().min()),
        Operator::Gte => (" >= ", values.iter().min()),
        Operator::Eq | Operator::Neq | Operator::Contains | Operator::Exists => {
            return push_equal(sql, column, operator, values);
        }
    };
    match bound.copied() {
        Some(bound) => sql.push(column).push(word).push_bind(bound),
        None => sql.push("1 = 0"),
    };
}

fn push_equal<T>(sql: &mut Sql, column: &'static str, operator: Operator, values: Vec<T>)
where
    T: for<'t> Encode<'t, Db> + Type<Db> + Send,
{
    let is_equal = operator != Operator::Neq;
    if values.is_empty() {
        sql.push(if is_equal { "1 = 0" } else { "1 = 1" });
        return;
    }
    if !is_equal {
        sql.push("(").push(column).push(" IS NULL OR ").push(column).push(" NOT IN (");
        push_values(sql, values);
        sql.push("))");
    } else if values.len() == 1 {
        sql.push(column).push(" = ");
        push_values(sql, values);
    } else {
        sql.push(column).push(" IN (");
        push_values(sql, values);
        sql.push(")");
    }
}

fn push_values<T>(sql: &mut Sql, values: Vec<T>)
where
    T: for<'t> Encode<'t, Db> + Type<Db> + Send,
{
    let mut list = sql.separated(", ");
    for value in values {
        list.push_bind(value);
    }
}

fn push_any<T>(sql: &mut Sql, items: &[T], push: impl Fn(&mut Sql, &T)) {
    sql.push("(");
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            sql.push(" OR ");
        }
        push(sql, item);
    }
    sql.push(")");
}

/// Metadata of the row: of one key, or of any.
fn push_metadata(sql: &mut Sql, filter: &Filter, name: Option<&str>) {
    let is_absent = match (&filter.operator, &filter.values) {
        (Operator::Neq, _) => true,
        (Operator::Exists, Values::Flags(flags)) => !wants(flags),
        _ => false,
    };
    if let (Operator::Eq, Values::Texts(texts)) = (filter.operator, &filter.values) {
        // Spares most rows the reading of their object.
        push_any(sql, texts, |sql, text| {
            let mut needle = String::new();
            columns::push_json(&mut needle, text);
            push_contains_exactly(sql, "l.metadata", needle);
        });
        sql.push(" AND ");
    }
    sql.push(if is_absent { "NOT EXISTS" } else { "EXISTS" });
    sql.push(" (SELECT 1 FROM ").push(metadata_entries()).push(" m WHERE 1 = 1");
    if let Some(name) = name {
        sql.push(" AND m.key = ").push_bind(name.to_owned());
    }
    if filter.operator != Operator::Exists {
        let column = if filter.key == FilterKey::Field(Field::MetadataKey) { "m.key" } else { "m.value" };
        let positive = Filter { operator: if is_absent { Operator::Eq } else { filter.operator }, ..filter.clone() };
        sql.push(" AND ");
        push_column(sql, column, &positive);
    }
    sql.push(")");
}

/// Elements, and outputs written `<element>:<output>`, in the trail.
fn push_trail(sql: &mut Sql, filter: &Filter) {
    let texts = match &filter.values {
        Values::Texts(texts) => texts.as_slice(),
        _ => return push_column(sql, "k.trail", filter),
    };
    let is_edge = filter.key == FilterKey::Field(Field::Edge);
    if filter.operator == Operator::Neq {
        sql.push("(k.trail IS NULL OR NOT ");
    }
    push_any(sql, texts, |sql, text| {
        let needle = match text.rsplit_once(':').filter(|_| is_edge) {
            Some((node, output)) => format!("{STEP}{node}{OUTPUT}{output}{STEP}"),
            None if filter.operator == Operator::Contains => text.clone(),
            None => format!("{STEP}{text}{OUTPUT}"),
        };
        push_contains_exactly(sql, "k.trail", needle);
    });
    if filter.operator == Operator::Neq {
        sql.push(")");
    }
}
