use serde_json::json;

use super::*;

fn parse(key: &str, operator: &str, value: serde_json::Value) -> Result<Filter, FilterError> {
    let values = match value {
        serde_json::Value::Array(values) => values,
        one => vec![one],
    };
    Filter::parse(key, operator, &values)
}

#[test]
fn an_unknown_key_is_refused_in_cloudflares_words() {
    let error = parse("metadat.user", "eq", json!("x")).unwrap_err();
    assert_eq!(error.part, FilterPart::Key);
    assert!(error.message.starts_with("Invalid enum value. Expected 'id' | 'created_at' | 'request_content_type' | "));
    assert!(error.message.ends_with(" | 'metadata.<key>', received 'metadat.user'"), "{error}");
    let error = parse("model", "like", json!("x")).unwrap_err();
    assert_eq!(
        error.message,
        "Invalid enum value. Expected 'eq' | 'neq' | 'contains' | 'lt' | 'gt' | 'lte' | 'gte' | 'exists', \
         received 'like'"
    );
}

#[test]
fn every_key_has_one_name_and_reads_back() {
    for field in Field::ALL {
        assert_eq!(FilterKey::parse(field.as_str()), Ok(FilterKey::Field(*field)));
    }
    assert_eq!(FilterKey::parse("metadata.user_id"), Ok(FilterKey::Metadata("user_id".to_owned())));
    assert_eq!(FilterKey::parse("metadata.key"), Ok(FilterKey::Field(Field::MetadataKey)));
    assert!(FilterKey::parse("metadata.").is_err());
}

#[test]
fn values_are_read_as_the_key_wants_them() {
    let values = |key: &str, operator: &str, value| parse(key, operator, value).unwrap().values;
    assert_eq!(values("success", "eq", json!("true")), Values::Flags(vec![true]));
    assert_eq!(values("success", "eq", json!([false, 1])), Values::Flags(vec![false, true]));
    assert_eq!(values("tokens", "gt", json!("100")), Values::Numbers(vec![100]));
    assert_eq!(values("duration", "lt", json!(99.5)), Values::Numbers(vec![99]));
    assert_eq!(values("cost", "gt", json!(0.2)), Values::Money(vec![PicoUsd(200_000_000_000)]));
    assert_eq!(values("cost", "gt", json!("1e-6")), Values::Money(vec![PicoUsd(1_000_000)]));
    // 2026-11-20T12:00:00Z, by `date -d … +%s`.
    let noon = UnixMs(1_795_176_000_000);
    assert_eq!(values("created_at", "gt", json!("2026-11-20T12:00:00Z")), Values::Times(vec![noon]));
    assert_eq!(values("created_at", "gt", json!("2026-11-20T13:00:00.000+01:00")), Values::Times(vec![noon]));
    assert_eq!(values("created_at", "lt", json!("2026-11-20")), Values::Times(vec![noon.plus_ms(-43_200_000)]));
    assert_eq!(
        values("metadata.plan", "eq", json!([1, true, "x"])),
        Values::Texts(vec!["1".into(), "true".into(), "x".into()])
    );
    assert_eq!(values("metadata.plan", "exists", json!("false")), Values::Flags(vec![false]));
    assert_eq!(values("id", "eq", json!(["no ulid"])), Values::Ids(vec![]));
}

#[test]
fn values_of_another_kind_are_refused() {
    let message = |key: &str, operator: &str, value| parse(key, operator, value).unwrap_err().message;
    assert_eq!(message("tokens", "gt", json!("many")), "Expected number, received string");
    assert_eq!(message("success", "eq", json!("yes")), "Expected boolean, received string");
    assert_eq!(message("model", "eq", json!({})), "Expected string, received object");
    assert_eq!(message("created_at", "gt", json!("yesterday")), "Invalid datetime");
    assert_eq!(message("model", "gt", json!("a")), "Operator 'gt' cannot be used with 'model'");
    assert_eq!(message("success", "contains", json!(true)), "Operator 'contains' cannot be used with 'success'");
    assert_eq!(message("model", "eq", json!([])), "Required");
    assert_eq!(parse("model", "eq", json!(["a", null])).unwrap_err().part, FilterPart::Value(Some(1)));
    assert!(parse("model", "eq", json!(vec!["x"; VALUES_MAX + 1])).is_err());
    assert!(parse("model", "eq", json!("x".repeat(VALUE_BYTES_MAX + 1))).is_err());
}
