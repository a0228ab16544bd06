//! Bodies in which one value has another shape are refused with a path, or read and written; nothing panics.

use proptest::prelude::*;
use serde_json::{Value, json};
use waypost_types::WireFormat;
use waypost_wire::formats::{StreamDecoder, decode_reply, decode_request, encode_reply, encode_request, error_message};

use crate::support::{Case, data_lines, identity, stream};

fn bodies(format: WireFormat, file: &str) -> Vec<Value> {
    let all = Case::all(format);
    let read = all.iter().filter_map(|case| case.read(file));
    read.map(|body| serde_json::from_slice(&body).unwrap()).collect()
}

/// The data of every stream, as one list of values each.
fn streams(format: WireFormat) -> Vec<Value> {
    let all = Case::all(format);
    let read = all.iter().filter_map(|case| case.read("stream.sse")).map(|body| String::from_utf8(body).unwrap());
    read.map(|text| data_lines(&text).into_iter().filter_map(|data| serde_json::from_str::<Value>(data).ok()).collect())
        .collect()
}

fn nodes(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(nodes).sum::<usize>(),
        Value::Object(members) => 1 + members.values().map(nodes).sum::<usize>(),
        _ => 1,
    }
}

/// Replaces the n-th value.
fn replace(value: &mut Value, number: &mut usize, new: &Value) {
    if *number == 0 {
        *value = new.clone();
    }
    *number = number.wrapping_sub(1);
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| replace(item, number, new)),
        Value::Object(members) => members.values_mut().for_each(|member| replace(member, number, new)),
        _ => {}
    }
}

fn bent(bodies: Vec<Value>) -> impl Strategy<Value = Value> {
    let shapes = [
        json!(null),
        json!(true),
        json!(-1),
        json!(1e300),
        json!("x"),
        json!([]),
        json!({}),
        json!([{"type": "text"}]),
    ];
    (proptest::sample::select(bodies), any::<prop::sample::Index>(), proptest::sample::select(shapes.to_vec()))
        .prop_map(|(mut body, at, shape)| {
            let mut number = at.index(nodes(&body));
            replace(&mut body, &mut number, &shape);
            body
        })
}

fn run(strategy: impl Strategy<Value = Value>, check: impl Fn(&[u8])) {
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig {
        cases: 64,
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    runner
        .run(&strategy, |body| {
            check(body.to_string().as_bytes());
            Ok(())
        })
        .unwrap();
}

#[test]
fn f14_bent_requests_do_no_harm() {
    for format in WireFormat::ALL {
        run(bent(bodies(format, "request.json")), |body| {
            let Ok(prompt) = decode_request(format, body) else { return };
            for target in WireFormat::ALL {
                let (bytes, _) = encode_request(target, &prompt, "m", true);
                serde_json::from_slice::<Value>(&bytes).unwrap();
            }
        });
    }
}

#[test]
fn f14_bent_replies_do_no_harm() {
    for format in WireFormat::ALL {
        run(bent(bodies(format, "reply.json")), |body| {
            let _ = error_message(format, body);
            let Ok(reply) = decode_reply(format, body) else { return };
            for target in WireFormat::ALL {
                let (bytes, _) = encode_reply(target, &reply, &identity());
                serde_json::from_slice::<Value>(&bytes).unwrap();
            }
        });
    }
}

#[test]
fn f14_bent_streams_do_no_harm() {
    for format in WireFormat::ALL {
        run(bent(streams(format)), |body| {
            let list: Value = serde_json::from_slice(body).unwrap();
            let mut decoder = StreamDecoder::new(format);
            let mut out = Vec::new();
            for data in list.as_array().unwrap_or(&Vec::new()) {
                if decoder.push(format!("data: {data}\n\n").as_bytes(), &mut out).is_err() {
                    break;
                }
            }
            let _ = decoder.finish(&mut out);
            for target in WireFormat::ALL {
                let (text, _) = stream(target, &out);
                data_lines(&text).into_iter().filter(|data| *data != "[DONE]").for_each(|data| {
                    serde_json::from_str::<Value>(data).unwrap();
                });
            }
        });
    }
}
