use super::*;

fn spliced(text: &str, edit: impl FnOnce(&mut Splice<'_>)) -> String {
    let document = scan(text.as_bytes()).unwrap();
    let mut splice = Splice::new(&document);
    edit(&mut splice);
    let changed = String::from_utf8(splice.apply()).unwrap();
    scan(changed.as_bytes()).unwrap();
    changed
}

fn merged(text: &str, patch: serde_json::Value) -> String {
    spliced(text, |splice| splice.merge(patch.as_object().unwrap()))
}

#[test]
fn a_value_is_replaced_in_place() {
    let text = "{ \"a\" : 1e0,\n \"mod\\u0065l\" :\t\"dynamic/x\" , \"z\":[ 1 , 2 ]}";
    let changed = spliced(text, |splice| splice.set_text(&["model"], "gpt-4o\n\""));
    assert_eq!(changed, "{ \"a\" : 1e0,\n \"mod\\u0065l\" :\t\"gpt-4o\\n\\\"\" , \"z\":[ 1 , 2 ]}");
    assert_eq!(spliced(text, |_| {}), text);
}

#[test]
fn a_new_member_goes_behind_the_last() {
    assert_eq!(spliced("{\"a\":1 }", |splice| splice.set(&["b"], "2")), "{\"a\":1,\"b\":2 }");
    assert_eq!(spliced("{ }", |splice| splice.set(&["b"], "2")), "{\"b\":2 }");
    assert_eq!(spliced("[1]", |splice| splice.set(&["b"], "2")), "[1]");
    assert_eq!(spliced("{}", |splice| splice.set(&["a\"b"], "2")), r#"{"a\"b":2}"#);
}

#[test]
fn usage_is_asked_for_wherever_the_options_stand() {
    let ask = |text: &str| spliced(text, |splice| splice.set(&["stream_options", "include_usage"], "true"));
    assert_eq!(ask(r#"{"stream":true}"#), r#"{"stream":true,"stream_options":{"include_usage":true}}"#);
    assert_eq!(ask(r#"{"stream_options":null}"#), r#"{"stream_options":{"include_usage":true}}"#);
    assert_eq!(ask(r#"{"stream_options": {} }"#), r#"{"stream_options": {"include_usage":true} }"#);
    let kept = ask(r#"{"stream_options":{ "include_obfuscation" : false }}"#);
    assert_eq!(kept, r#"{"stream_options":{ "include_obfuscation" : false,"include_usage":true }}"#);
    assert_eq!(ask(r#"{"stream_options":{"include_usage":false}}"#), r#"{"stream_options":{"include_usage":true}}"#);
}

#[test]
fn several_edits_of_one_object_meet() {
    let changed = spliced(r#"{"a":1}"#, |splice| {
        splice.set(&["o", "x"], "1");
        splice.set(&["o", "y"], "2");
        splice.set(&["a"], "7");
        splice.set(&["a"], "8");
        splice.remove(&["nothing", "here"]);
    });
    assert_eq!(changed, r#"{"a":8,"o":{"x":1,"y":2}}"#);
}

#[test]
fn a_member_goes_with_one_comma() {
    let remove = |text: &str, keys: &[&str]| spliced(text, |splice| keys.iter().for_each(|key| splice.remove(&[key])));
    let text = r#"{ "a":1 , "b":2 , "c":3 }"#;
    assert_eq!(remove(text, &["a"]), r#"{ "b":2 , "c":3 }"#);
    assert_eq!(remove(text, &["b"]), r#"{ "a":1 , "c":3 }"#);
    assert_eq!(remove(text, &["c"]), r#"{ "a":1 , "b":2 }"#);
    assert_eq!(remove(text, &["a", "b"]), r#"{ "c":3 }"#);
    assert_eq!(remove(text, &["a", "c"]), r#"{ "b":2 }"#);
    assert_eq!(remove(text, &["b", "c"]), r#"{ "a":1 }"#);
    assert_eq!(remove(text, &["a", "b", "c"]), "{  }");
    assert_eq!(remove(text, &["d"]), text);
    let swapped = spliced(text, |splice| {
        splice.remove(&["c"]);
        splice.set(&["d"], "4");
    });
    assert_eq!(swapped, r#"{ "a":1 , "b":2,"d":4 }"#);
    let replaced = spliced(r#"{"a":1}"#, |splice| {
        splice.remove(&["a"]);
        splice.set(&["d"], "4");
    });
    assert_eq!(replaced, r#"{"d":4}"#);
}

#[test]
fn a23_no_second_meaning_survives_a_replacement() {
    let changed = spliced(r#"{"o":{"x":1,"\u0078":2}}"#, |splice| splice.set(&["o", "x"], "9"));
    assert_eq!(changed, r#"{"o":{"x":9,"\u0078":9}}"#);
    assert_eq!(spliced(r#"{"o":{"x":1,"\u0078":2}}"#, |splice| splice.remove(&["o", "x"])), r#"{"o":{}}"#);
}

/// Source of the cases: RFC 7396, appendix A.
#[test]
fn parameters_are_merged_as_a_merge_patch() {
    use serde_json::json;
    assert_eq!(merged(r#"{"a":"b"}"#, json!({"a":"c"})), r#"{"a":"c"}"#);
    assert_eq!(merged(r#"{"a":"b"}"#, json!({"b":"c"})), r#"{"a":"b","b":"c"}"#);
    assert_eq!(merged(r#"{"a":"b"}"#, json!({"a":null})), "{}");
    assert_eq!(merged(r#"{"a":"b","b":"c"}"#, json!({"a":null})), r#"{"b":"c"}"#);
    assert_eq!(merged(r#"{"a":["b"]}"#, json!({"a":"c"})), r#"{"a":"c"}"#);
    assert_eq!(merged(r#"{"a":"c"}"#, json!({"a":["b"]})), r#"{"a":["b"]}"#);
    assert_eq!(merged(r#"{"a":{"b":"c"}}"#, json!({"a":{"b":"d","c":null}})), r#"{"a":{"b":"d"}}"#);
    assert_eq!(merged(r#"{"a":[{"b":"c"}]}"#, json!({"a":[1]})), r#"{"a":[1]}"#);
    assert_eq!(merged(r#"{"e":null}"#, json!({"a":1})), r#"{"e":null,"a":1}"#);
    assert_eq!(merged("{}", json!({"a":{"bb":{"ccc":null}}})), r#"{"a":{"bb":{}}}"#);
    assert_eq!(merged("{}", json!({"a":{}})), r#"{"a":{}}"#);
    assert_eq!(merged(r#"{"a":"foo"}"#, json!({"a":{}})), r#"{"a":{}}"#);
}
