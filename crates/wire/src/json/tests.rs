mod attacks;
mod properties;
mod splices;

use super::*;

fn refused(text: &str) -> String {
    scan(text.as_bytes()).expect_err("must be refused").to_string()
}

#[test]
fn values_are_found_and_read() {
    let text = r#" {"a": 1, "b" : [true, null, "x\u00e9\ud83d\ude00\n"], "c": {"d": -0.5e1, "e": {}}, "": []} "#;
    let document = scan(text.as_bytes()).unwrap();
    let keys: Vec<_> = document.members().map(|member| member.key().into_owned()).collect();
    assert_eq!(keys, ["a", "b", "c", ""]);
    assert_eq!(document.get("a").unwrap().as_u64(), Some(1));
    assert_eq!(document.path("b.0").unwrap().as_bool(), Some(true));
    assert!(document.path("b.1").unwrap().is_null());
    let emoji = document.path("b.2").unwrap();
    assert_eq!(emoji.as_str().unwrap(), "xé😀\n");
    assert_eq!(emoji.text_bytes(), 8);
    assert_eq!(document.path("c.d").unwrap().as_f64(), Some(-5.0));
    assert_eq!(document.path("c.d").unwrap().raw_str(), "-0.5e1");
    assert_eq!(document.path("c.e").unwrap().kind(), Kind::Object);
    assert_eq!(document.get("").unwrap().elements().count(), 0);
    assert!(document.path("a.b").is_none() && document.path("b.9").is_none() && document.get("z").is_none());
}

#[test]
fn messages_are_those_of_the_copy() {
    let error = scan(b"{\n  \"a\": 1,\n             }\n}").unwrap_err();
    assert_eq!(error.sentence(), "The body isn't valid JSON: unexpected \"}\" at line 3, column 14.");
    let error = scan(br#"{"model":"a","model":"b"}"#).unwrap_err();
    assert!(error.is_duplicate_key());
    assert_eq!(error.sentence(), "\"model\" appears twice in the body.");
    assert_eq!(refused("{\"é\": \"ü\", x"), "unexpected \"x\" at line 1, column 12");
    assert_eq!(refused("[1,"), "unexpected end at line 1, column 4");
    assert_eq!(refused("\"a\nb\""), "unexpected control character U+000A at line 1, column 3");
}

#[test]
fn a_tape_finds_the_same_values_again() {
    let text = br#"{"model":"a","n":2}"#;
    let tape = scan(text).unwrap().into_tape();
    assert_eq!(tape.over(text).unwrap().get("n").unwrap().as_u64(), Some(2));
    assert!(tape.over(b"{}").is_none());
}
