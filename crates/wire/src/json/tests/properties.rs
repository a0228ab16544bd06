use proptest::prelude::*;
use serde::de::IgnoredAny;

use super::*;

const SPACES: [&str; 5] = ["", "", " ", "\n", "\t \r\n"];
const LEAVES: [&str; 14] = [
    "null",
    "true",
    "false",
    "0",
    "-0.0",
    "1.5e+3",
    "123456789012345678901234567890",
    "\"\"",
    "\"text\"",
    "\"\\u00e9\\n\\\"\\\\\"",
    "\"\\ud83d\\ude00 😀\"",
    "\"{[,:]}\"",
    "\"a longer text of more than thirty-two bytes, with \\t in it\"",
    "1e999",
];

fn space() -> impl Strategy<Value = &'static str> + Clone {
    prop::sample::select(SPACES.to_vec())
}

/// JSON as people and machines write it: every kind of value, any spacing.
fn json() -> impl Strategy<Value = String> {
    prop::sample::select(LEAVES.to_vec()).prop_map(str::to_owned).prop_recursive(4, 24, 5, |inner| {
        let spaced = (space(), inner, space()).prop_map(|(before, value, behind)| format!("{before}{value}{behind}"));
        let key = prop::sample::select(vec!["a", "b", "\\u0061", "model", "", "é"]);
        let member = (space(), key, space(), spaced.clone())
            .prop_map(|(before, key, behind, value)| format!("{before}\"{key}\"{behind}:{value}"));
        prop_oneof![
            prop::collection::vec(spaced, 0..5).prop_map(|values| format!("[{}]", values.join(","))),
            prop::collection::vec(member, 0..5).prop_map(|members| format!("{{{}}}", members.join(","))),
        ]
    })
}

/// An object with unique keys `k0`, `k1` … and the raw values in it.
fn object() -> impl Strategy<Value = (String, Vec<String>)> {
    let member = (space(), space(), json(), space());
    prop::collection::vec(member, 0..6).prop_map(|members| {
        let raws = members.iter().map(|(_, _, raw, _)| raw.clone()).collect();
        let written: Vec<String> = members
            .into_iter()
            .enumerate()
            .map(|(index, (before, between, raw, behind))| format!("{before}\"k{index}\":{between}{raw}{behind}"))
            .collect();
        (format!("{{{}}}", written.join(",")), raws)
    })
}

/// Bytes that both texts have at the start, and at the end of what is left.
fn common(a: &[u8], b: &[u8]) -> usize {
    let start = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    let end = a[start..].iter().rev().zip(b[start..].iter().rev()).take_while(|(a, b)| a == b).count();
    start + end
}

fn same(value: Value<'_>, expected: &serde_json::Value) -> bool {
    match expected {
        serde_json::Value::Null => value.is_null(),
        serde_json::Value::Bool(expected) => value.as_bool() == Some(*expected),
        serde_json::Value::Number(expected) => value.as_f64() == expected.as_f64() && value.kind() == Kind::Number,
        serde_json::Value::String(expected) => {
            value.as_str().as_deref() == Some(expected) && value.text_bytes() == expected.len() as u64
        }
        serde_json::Value::Array(expected) => {
            value.elements().count() == expected.len() && value.elements().zip(expected).all(|(a, b)| same(a, b))
        }
        serde_json::Value::Object(expected) => {
            value.members().all(|member| expected.contains_key(&*member.key()))
                && expected.iter().all(|(key, expected)| value.get(key).is_some_and(|value| same(value, expected)))
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// The scanner and `serde_json` agree on what is JSON, and on what it says.
    #[test]
    fn a22_scanner_agrees_with_serde_json(text in json()) {
        let document = scan_answer(text.as_bytes());
        prop_assert!(document.is_ok());
        // `serde_json` refuses numbers beyond a double, which the scanner leaves to whoever reads them.
        if let Ok(expected) = serde_json::from_str::<serde_json::Value>(&text) {
            prop_assert!(same(document.unwrap().root(), &expected), "{}", text);
        }
    }

    /// They agree on damaged JSON too.
    #[test]
    fn a22_scanner_agrees_with_serde_json_on_mutations(
        text in json(),
        damage in prop::collection::vec((any::<prop::sample::Index>(), 0..3_u8, prop::sample::select(b"{}[]\",:\\u019.eE-+ntx \x00\x1f\xff\xc3".to_vec())), 1..4),
    ) {
        let mut bytes = text.into_bytes();
        for (place, how, byte) in damage {
            let place = place.index(bytes.len() + 1);
            match how {
                0 => bytes.insert(place, byte),
                1 if place < bytes.len() => bytes[place] = byte,
                _ if place < bytes.len() => drop(bytes.remove(place)),
                _ => {}
            }
        }
        let is_json = std::str::from_utf8(&bytes).is_ok_and(|text| serde_json::from_str::<IgnoredAny>(text).is_ok());
        prop_assert_eq!(scan_answer(&bytes).is_ok(), is_json, "{:?}", String::from_utf8_lossy(&bytes));
        // A request is judged at least as strictly.
        prop_assert!(is_json || scan(&bytes).is_err());
    }

    /// Arbitrary bytes neither panic nor pass.
    #[test]
    fn a22_arbitrary_bytes_are_judged_alike(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        let is_json = std::str::from_utf8(&bytes).is_ok_and(|text| serde_json::from_str::<IgnoredAny>(text).is_ok());
        prop_assert_eq!(scan_answer(&bytes).is_ok(), is_json);
    }

    /// A replaced or new value is there afterwards, and every other byte survives.
    #[test]
    fn splice_sets_and_leaves_the_rest((text, raws) in object(), key in 0..7_usize, raw in json()) {
        let document = scan(text.as_bytes()).unwrap();
        let mut splice = Splice::new(&document);
        let key = format!("k{key}");
        splice.set(&[&key], raw.clone());
        let changed = splice.apply();
        let after = scan(&changed).unwrap();
        prop_assert_eq!(after.get(&key).unwrap().raw_str(), &raw);
        for (index, expected) in raws.iter().enumerate() {
            let other = format!("k{index}");
            if other != key {
                prop_assert_eq!(after.get(&other).unwrap().raw_str(), expected);
            }
        }
        match document.get(&key) {
            Some(old) => {
                let range = old.range();
                prop_assert_eq!(&changed[..range.start], &text.as_bytes()[..range.start]);
                prop_assert_eq!(&changed[range.start + raw.len()..], &text.as_bytes()[range.end..]);
            }
            None => prop_assert!(common(&changed, text.as_bytes()) >= text.len()),
        }
    }

    /// Removed members are gone, and everything else reads as before.
    #[test]
    fn splice_removes_and_leaves_the_rest((text, raws) in object(), gone in prop::collection::vec(0..7_usize, 0..4)) {
        let document = scan(text.as_bytes()).unwrap();
        let mut splice = Splice::new(&document);
        gone.iter().for_each(|key| splice.remove(&[&format!("k{key}")]));
        let changed = splice.apply();
        let after = scan(&changed).unwrap();
        for (index, expected) in raws.iter().enumerate() {
            let found = after.get(&format!("k{index}")).map(|value| value.raw_str().to_owned());
            prop_assert_eq!(found.as_ref(), Some(expected).filter(|_| !gone.contains(&index)));
        }
        if gone.len() == 1 {
            prop_assert!(common(&changed, text.as_bytes()) >= changed.len());
        }
    }
}
