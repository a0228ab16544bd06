use std::time::{Duration, Instant};

use super::*;

fn kind(text: &str) -> JsonErrorKind {
    scan(text.as_bytes()).expect_err("must be refused").kind
}

#[test]
fn a22_depth_has_a_bound_and_no_stack() {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert!(scan(nested(64).as_bytes()).is_ok());
    assert_eq!(kind(&nested(65)), JsonErrorKind::TooDeep);
    assert_eq!(kind(&nested(10_000)), JsonErrorKind::TooDeep);
    assert_eq!(kind(&"{\"a\":".repeat(1_000_000)), JsonErrorKind::TooDeep);
    assert_eq!(refused(&nested(65)), "more than 64 levels deep at line 1, column 65");
}

#[test]
fn a22_a_million_keys_are_too_many() {
    let body = format!("{{{}\"z\":0}}", "\"k\":0,".repeat(1_000_000));
    assert_eq!(kind(&body), JsonErrorKind::TooManyMembers { limit: VALUES_MAX });
    let nested = format!("{{\"a\":{body}}}");
    assert_eq!(kind(&nested), JsonErrorKind::TooManyMembers { limit: VALUES_MAX });
    // As many as one request of a long conversation can need.
    let messages = vec![r#"{"role":"user","content":"x"}"#; 50_000].join(",");
    assert!(scan(format!("[{messages}]").as_bytes()).is_ok());
}

#[test]
fn a22_text_that_is_no_unicode_is_refused() {
    assert_eq!(scan(b"{\"a\":\"\xff\"}").unwrap_err().kind, JsonErrorKind::InvalidUtf8);
    assert_eq!(scan(b"{\"a\":\"\xff\"}").unwrap_err().to_string(), "invalid UTF-8 at line 1, column 7");
    // Overlong forms, encoded surrogates, cut characters, beyond U+10FFFF.
    for bad in [&b"\xc0\xaf"[..], b"\xe0\x80\xaf", b"\xed\xa0\x80", b"\xf0\x9f\x98", b"\xf4\x90\x80\x80", b"\x80"] {
        let text = [b"\"", bad, b"\""].concat();
        assert_eq!(scan(&text).unwrap_err().kind, JsonErrorKind::InvalidUtf8, "{bad:x?}");
    }
    for half in
        [r#""\ud800""#, r#""\udc00""#, r#""\ud800x""#, r#""\ud800\n""#, r#""\ud800\ud800""#, r#""\ude00\ud83d""#]
    {
        assert_eq!(kind(half), JsonErrorKind::LoneSurrogate, "{half}");
        assert!(scan_answer(half.as_bytes()).is_ok());
    }
    let halves = scan_answer(br#""a\ud83d\u00e9\ude00""#).unwrap();
    assert_eq!(halves.root().as_str().unwrap(), "a\u{fffd}é\u{fffd}");
    assert_eq!(scan(br#""\ud83d\ude00""#).unwrap().root().as_str().unwrap(), "😀");
}

#[test]
fn a22_nothing_may_stand_before_or_behind_the_value() {
    assert_eq!(refused("\u{feff}{}"), "unexpected byte order mark at line 1, column 1");
    assert_eq!(refused("{} {}"), "unexpected \"{\" after the end of the value at line 1, column 4");
    assert_eq!(
        refused("{}\u{0}"),
        "unexpected control character U+0000 after the end of the value at line 1, column 3"
    );
    assert_eq!(refused("{}\u{a0}"), "unexpected \"\u{a0}\" after the end of the value at line 1, column 3");
    assert!(scan(b" \t\r\n{} \t\r\n").is_ok());
    assert_eq!(refused(""), "unexpected end at line 1, column 1");
}

#[test]
fn a22_numbers_keep_to_the_grammar_and_are_judged_where_they_are_read() {
    for number in ["0", "-0", "1e999", "0.5", "1E+2", "1e-400", &"9".repeat(400)] {
        assert!(scan(number.as_bytes()).is_ok(), "{number}");
    }
    for number in
        ["01", "+1", "-", ".5", "5.", "1e", "1e+", "0x1", "1_0", "NaN", "Infinity", "-Infinity", "- 1", "1.e1"]
    {
        assert!(scan(number.as_bytes()).is_err(), "{number}");
    }
    let read = |text: &str| {
        let document = scan(text.as_bytes()).unwrap();
        (document.root().as_u64(), document.root().as_f64())
    };
    assert_eq!(read("1e999"), (None, None));
    assert_eq!(read("-0"), (None, Some(-0.0)));
    assert_eq!(read(&"9".repeat(400)), (None, None));
    assert_eq!(read("18446744073709551615").0, Some(u64::MAX));
    assert_eq!(read("18446744073709551616").0, None);
    assert_eq!(read("\"1\""), (None, None));
}

/// The cases that parsers most often get wrong. Source: JSONTestSuite, the `n_` files.
#[test]
fn a22_what_rfc_8259_does_not_allow_is_refused() {
    for text in [
        "[1,]",
        "[,1]",
        "[1 2]",
        "[1,,2]",
        "{\"a\":1,}",
        "{,}",
        "{\"a\" 1}",
        "{\"a\"::1}",
        "{a:1}",
        "{'a':1}",
        "{1:1}",
        "{\"a\"}",
        "{\"a\":}",
        "[",
        "]",
        "{",
        "}",
        "[}",
        "{]",
        "[1}",
        "{\"a\":1]",
        "\"",
        "\"a",
        "\"\\",
        "\"\\x\"",
        "\"\\u12\"",
        "\"\\u12g4\"",
        "\"\\u\"",
        "\"\\U0041\"",
        "\"\t\"",
        "\"\u{1f}\"",
        "tru",
        "True",
        "nul",
        "nulll",
        "truefalse",
        "// c\n1",
        "/* c */1",
        "1 //",
        "\u{c}1",
        "\u{2060}1",
        "[\"a\"",
        "[1",
        "\"a\"b",
        "*",
        "[\u{b}1]",
    ] {
        assert!(scan(text.as_bytes()).is_err(), "{text:?}");
        assert!(scan_answer(text.as_bytes()).is_err(), "{text:?}");
    }
    // A delete character is no control character in the sense of the RFC.
    assert!(scan("\"\u{7f}\u{2028}\"".as_bytes()).is_ok());
}

/// Promised are 50 ms per MB; the bound here leaves room for a debug build on a busy machine.
#[test]
fn a22_hostile_megabytes_take_linear_time() {
    let size = 1 << 20;
    for hostile in [
        format!("\"{}\"", "\\\\".repeat(size / 2)),
        format!("\"{}\"", "\\ud83d\\ude00".repeat(size / 12)),
        format!("\"{}", "x".repeat(size)),
        " ".repeat(size),
        "[".repeat(size),
        format!("[{}", "{},".repeat(size / 3)),
        format!("[{}", "\"\",".repeat(size / 3)),
        "9".repeat(size),
        format!("{{{}", (0..80_000).map(|key| format!("\"{key}\":1,")).collect::<String>()),
    ] {
        let start = Instant::now();
        let _ = scan(hostile.as_bytes());
        assert!(start.elapsed() < Duration::from_secs(2), "{} …", &hostile[..20]);
    }
}

#[test]
fn a23_a_top_level_key_may_stand_once_however_it_is_spelled() {
    let duplicate = |text: &str| match kind(text) {
        JsonErrorKind::DuplicateKey { key } => key,
        other => panic!("{text}: {other:?}"),
    };
    assert_eq!(duplicate(r#"{"model":"a","model":"b"}"#), "model");
    assert_eq!(duplicate(r#"{"model":"a","mod\u0065l":"b"}"#), "model");
    assert_eq!(duplicate(r#"{"\u006dodel":"a","mod\u0065l":"b"}"#), "model");
    assert_eq!(duplicate(r#"{"max_tokens":1,"n":1,"max_tokens":1}"#), "max_tokens");
    assert_eq!(duplicate(r#"{"":1,"":2}"#), "");
    assert_eq!(duplicate(r#"{"\ud83d\ude00":1,"😀":2}"#), "😀");
    // Case, spaces and composed characters tell keys apart.
    assert!(scan("{\"a\":1,\"A\":1,\"a \":1,\"\\u00e9\":1,\"e\u{301}\":1}".as_bytes()).is_ok());
    // Below the top level and in answers they are the provider's business; the last one counts.
    let nested = scan(br#"{"a":{"b":1,"b":2}}"#).unwrap();
    assert_eq!(nested.path("a.b").unwrap().as_u64(), Some(2));
    assert_eq!(scan_answer(br#"{"b":1,"b":2}"#).unwrap().get("b").unwrap().as_u64(), Some(2));
}

#[test]
fn a23_many_keys_are_compared_too() {
    for count in [15, 16, 17, 18, 500] {
        let keys: Vec<String> = (0..count).map(|key| format!("\"k{key}\":0")).collect();
        assert!(scan(format!("{{{}}}", keys.join(",")).as_bytes()).is_ok(), "{count}");
        for twice in [0, count / 2, count - 1] {
            let error = scan(format!("{{{},\"\\u006b{twice}\":0}}", keys.join(",")).as_bytes()).unwrap_err();
            assert_eq!(error.to_string(), format!("\"k{twice}\" appears twice in the body"));
        }
    }
}

#[test]
fn a74_a_key_in_a_message_forges_no_line() {
    let error = scan(b"{\"a\\nb\\u001b[31m\":1,\"a\\nb\\u001b[31m\":1}").unwrap_err();
    assert_eq!(error.to_string(), "\"a\\nb\\u{1b}[31m\" appears twice in the body");
    let long = format!("{{\"{0}\":1,\"{0}\":1}}", "k".repeat(10_000));
    assert!(refused(&long).len() < 120);
}
