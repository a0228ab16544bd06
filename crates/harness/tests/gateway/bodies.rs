//! Bodies and numbers that somebody made up to hurt (A20–A26): refused early, nothing sent, nothing charged.

use std::{io::Write, time::Instant};

use flate2::{Compression, write::GzEncoder};
use serde_json::{Value, json};
use waypost_harness::{Answer, Call, Gateway, client};
use waypost_testkit::Script;

const PATH: &str = "compat/chat/completions";

fn to(gateway: &Gateway, body: impl Into<bytes::Bytes>) -> Call {
    gateway.post(PATH).bytes(body)
}

fn kind(answer: &Answer) -> (u16, String) {
    (answer.status, answer.json()["type"].as_str().unwrap_or_default().to_owned())
}

fn with(member: &str, value: &Value) -> Value {
    let mut body = waypost_harness::gateway::body("openai/test/ok", false);
    body[member] = value.clone();
    body
}

#[tokio::test]
async fn a20_a_body_over_the_limit_is_refused_declared_or_chunked() {
    let gateway = Gateway::start().await;
    let head = |framing: &str| {
        format!(
            "POST /v1/default/default/{PATH} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\n{framing}\r\n\r\n",
            gateway.setup.api_key
        )
    };
    let declared = client::raw(gateway.address, head("content-length: 33554433").as_bytes()).await;
    assert!(declared.starts_with("HTTP/1.1 413 "), "{declared}");

    // Chunks of 1 MiB, one more than fits.
    let mut chunked = head("transfer-encoding: chunked").into_bytes();
    for _ in 0..33 {
        chunked.extend_from_slice(b"100000\r\n");
        chunked.resize(chunked.len() + (1 << 20), b' ');
        chunked.extend_from_slice(b"\r\n");
    }
    let answer = client::raw_half(gateway.address, &chunked).await;
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    assert!(answer.contains("\"type\":\"body_too_large\""), "{answer}");
    assert!(gateway.provider.received().is_empty());
    let rows = gateway.audit.rows_when(2).await;
    assert!(rows.iter().all(|row| row.status == 413 && row.attempts.is_empty()), "{rows:?}");
}

#[tokio::test]
async fn a21_bombs_and_strange_encodings_are_refused() {
    let gateway = Gateway::start().await;
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    let zeros = vec![b' '; 1 << 20];
    for _ in 0..48 {
        encoder.write_all(&zeros).unwrap();
    }
    let bomb = encoder.finish().unwrap();
    let gzip = |body: Vec<u8>| to(&gateway, body).header("content-encoding", "gzip");
    assert_eq!(kind(&gzip(bomb).send().await), (413, "body_too_large".to_owned()));
    assert_eq!(kind(&gzip(b"no gzip at all".to_vec()).send().await), (400, "body_invalid".to_owned()));
    for encoding in ["br", "zstd", "deflate", "gzip, gzip", "x-mine"] {
        let answer = to(&gateway, "{}").header("content-encoding", encoding).send().await;
        assert_eq!(kind(&answer), (415, "unsupported_encoding".to_owned()), "{encoding}");
    }
    assert!(gateway.provider.received().is_empty());

    // The same encoding used well.
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(waypost_harness::gateway::body("openai/test/ok", false).to_string().as_bytes()).unwrap();
    assert_eq!(gzip(encoder.finish().unwrap()).send().await.status, 200);
    assert!(gateway.provider.problems().is_empty(), "{:?}", gateway.provider.problems());
}

#[tokio::test]
async fn a22_depth_bombs_and_broken_text_are_refused_quickly() {
    let gateway = Gateway::start().await;
    let valid = |inside: &str| format!("{{\"model\":\"openai/test/ok\",\"messages\":[],\"x\":{inside}}}");
    let mut cases: Vec<(&str, Vec<u8>)> = vec![
        ("depth", valid(&format!("{}{}", "[".repeat(10_000), "]".repeat(10_000))).into()),
        ("depth in one direction", valid(&"[".repeat(1 << 20)).into()),
        ("a lone surrogate", valid("\"\\ud800\"").into()),
        ("a byte order mark", [b"\xef\xbb\xbf", valid("1").as_bytes()].concat()),
        ("trailing data", format!("{} {{}}", valid("1")).into()),
        ("invalid UTF-8", [valid("\"").as_bytes(), b"\xff\"}"].concat()),
        ("a control character", valid("\"\u{1}\"").into()),
        ("not an object", b"[1,2]".to_vec()),
    ];
    let members: Vec<String> = (0..1_000_000).map(|index| format!("\"{index}\":0")).collect();
    cases.push(("a million keys", valid(&format!("{{{}}}", members.join(","))).into()));
    let count = cases.len();
    for (what, body) in cases {
        let begun = Instant::now();
        let answer = to(&gateway, body).send().await;
        assert_eq!(answer.status, 400, "{what}: {}", answer.text());
        let word = kind(&answer).1;
        assert!(matches!(word.as_str(), "body_invalid_json" | "body_invalid"), "{what}: {word}");
        assert!(begun.elapsed().as_secs() < 3, "{what} took {:?}", begun.elapsed());
    }
    assert!(gateway.provider.received().is_empty());
    assert_eq!(gateway.audit.rows_when(count).await.len(), count);
}

#[tokio::test]
async fn a23_a_key_twice_is_refused_however_it_is_written() {
    let gateway = Gateway::start().await;
    for second in ["\"model\"", "\"mod\\u0065l\"", "\"\\u006dodel\""] {
        let body = format!("{{\"model\":\"openai/test/ok\",\"messages\":[],{second}:\"openai/test/500\"}}");
        assert_eq!(kind(&to(&gateway, body).send().await), (400, "body_duplicate_key".to_owned()), "{second}");
    }
    let twice = "{\"model\":\"openai/test/ok\",\"max_tokens\":1,\"messages\":[],\"max_tokens\":100000}";
    let native = gateway.post("openai/chat/completions").bytes(twice).send().await;
    assert_eq!(kind(&native), (400, "body_duplicate_key".to_owned()));
    assert!(gateway.provider.received().is_empty());
}

#[tokio::test]
async fn a24_wrong_types_are_refused_and_null_is_absent() {
    let gateway = Gateway::start().await;
    let wrong = [
        ("max_tokens", json!(-1)),
        ("max_tokens", json!("100")),
        ("max_tokens", json!(1.5)),
        ("max_completion_tokens", json!(-1)),
        ("max_completion_tokens", json!([])),
        ("n", json!(-3)),
        ("n", json!("many")),
        ("stream", json!("true")),
        ("stream", json!(1)),
        ("n", json!(1000)),
        ("model", json!(7)),
    ];
    for (member, value) in &wrong {
        let answer = gateway.post(PATH).json(&with(member, value)).send().await;
        assert_eq!(kind(&answer), (400, "body_invalid".to_owned()), "{member}: {value}");
        assert_eq!(answer.json()["param"], *member, "{value}");
    }
    let deep = json!({"contents": [], "generationConfig": {"maxOutputTokens": -1}});
    let gemini = gateway.post("google-ai-studio/v1beta/models/test-ok:generateContent").json(&deep).send().await;
    assert_eq!(kind(&gemini), (400, "body_invalid".to_owned()), "{}", gemini.text());
    assert!(gateway.provider.received().is_empty());

    for member in ["max_tokens", "max_completion_tokens", "n", "stream"] {
        let answer = gateway.post(PATH).json(&with(member, &Value::Null)).send().await;
        assert_eq!(answer.status, 200, "{member}: {}", answer.text());
    }
}

/// The estimate covers `n` and the cap; nothing wraps and nothing is negative.
#[tokio::test]
async fn a24_an_enormous_cap_reserves_much_and_pays_for_what_came() {
    let gateway = Gateway::start().await;
    gateway.provider.install("three", [Script::tokens(3)]);
    let mut body = with("max_tokens", &json!(1_000_000_000));
    body["model"] = json!("openai/test/three");
    body["n"] = json!(100);
    let call =
        gateway.post(PATH).json(&body).header("cf-aig-custom-cost", "{\"per_token_in\":0,\"per_token_out\":0.5}");
    let answer = call.send().await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.header("waypost-cost-usd"), "1.5");
    let row = gateway.audit.row(&answer.log_id()).await;
    assert!(row.cost_estimate.is_some_and(|estimate| estimate.0 > 0), "{:?}", row.cost_estimate);
    gateway.books_balance().await;
}

#[tokio::test]
async fn a25_metadata_that_is_no_flat_object_is_refused_and_ignoring_is_noted() {
    let gateway = Gateway::start().await;
    let send = |text: String| gateway.chat("openai/test/ok").header("cf-aig-metadata", &text).send();
    let long = "x".repeat(1_025);
    for text in [
        "{\"a\":{\"b\":1}}".to_owned(),
        "{\"a\":[1]}".to_owned(),
        "[1]".to_owned(),
        "\"text\"".to_owned(),
        "{".to_owned(),
        "{\"a\":1,\"a\":2}".to_owned(),
        format!("{{\"a\":\"{long}\"}}"),
        "{\"a\":\"line\\nbreak\"}".to_owned(),
        format!("{{\"{}\":1}}", "k".repeat(65)),
    ] {
        let answer = send(text.clone()).await;
        assert_eq!(kind(&answer), (400, "metadata_invalid".to_owned()), "{text}");
    }
    let thousand: Vec<String> = (0..1_000).map(|index| format!("\"k{index}\":1")).collect();
    assert_eq!(kind(&send(format!("{{{}}}", thousand.join(","))).await), (400, "metadata_too_many".to_owned()));
    let twice = gateway.chat("openai/test/ok").header("cf-aig-metadata", "{}").header("cf-aig-metadata", "{}");
    assert_eq!(kind(&twice.send().await), (400, "metadata_invalid".to_owned()));
    assert!(gateway.provider.received().is_empty());

    let ignored = send("{\"a\":null,\"cf.user_id\":\"u\",\"__proto__\":\"x\",\"plan\":\"free\"}".to_owned()).await;
    assert_eq!(ignored.status, 200, "{}", ignored.text());
    let row = gateway.audit.row(&ignored.log_id()).await;
    let kept: Vec<&str> = row.metadata.0.iter().map(|(name, _)| &**name).collect();
    assert!(kept.contains(&"plan") && !kept.contains(&"cf.user_id") && !kept.contains(&"a"), "{kept:?}");
    assert!(row.notes.iter().any(|note| note.contains("cf.user_id")), "{:?}", row.notes);

    // The other spelling of the header.
    let other = gateway.chat("openai/test/ok").header("CF-AI-Gateway-Metadata", "{\"plan\":\"paid\"}").send().await;
    let row = gateway.audit.row(&other.log_id()).await;
    assert_eq!(row.metadata.0.len(), 1);
}

#[tokio::test]
async fn a26_custom_costs_are_exact_or_refused() {
    let gateway = Gateway::start().await;
    gateway.provider.install("one", [Script { input_tokens: Some(1), ..Script::tokens(1) }]);
    let send = |text: &str| gateway.chat("openai/test/one").header("cf-aig-custom-cost", text).send();
    for text in [
        "{\"per_token_in\":-1,\"per_token_out\":0}",
        "{\"per_token_in\":NaN,\"per_token_out\":0}",
        "{\"per_token_in\":1e300,\"per_token_out\":0}",
        "{\"per_token_in\":0,\"per_token_out\":0,\"per_token_inn\":1}",
        "{\"per_token_in\":\"a lot\",\"per_token_out\":0}",
        "{\"total_cost\":-0.1}",
        "{}",
        "7",
        "free",
    ] {
        assert_eq!(kind(&send(text).await), (400, "custom_cost_invalid".to_owned()), "{text}");
    }
    assert!(gateway.provider.received().is_empty());

    for (text, cost) in [
        ("{\"per_token_in\":0,\"per_token_out\":0.2}", "0.2"),
        ("{\"per_token_in\":0.000000000001,\"per_token_out\":0}", "0.000000000001"),
        ("{\"per_token_in\":1e-3,\"per_token_out\":2E-3}", "0.003"),
        // 40 decimals, rounded once, half to even.
        ("{\"per_token_in\":0.1234567890125000000000000000000000000000,\"per_token_out\":0}", "0.123456789012"),
        ("{\"per_token_in\":0.0000000000015000000000000000000000000001,\"per_token_out\":0}", "0.000000000002"),
        ("{\"total_cost\":0.75}", "0.75"),
        ("{\"per_token_in\":0,\"per_token_out\":0}", "0"),
    ] {
        let answer = send(text).await;
        assert_eq!(answer.header("waypost-cost-usd"), cost, "{text}: {}", answer.text());
        let row = gateway.audit.row(&answer.log_id()).await;
        assert_eq!(row.cost.map(|cost| cost.to_decimal()).as_deref(), Some(cost));
        assert!(row.custom_cost, "{text}");
    }
    gateway.books_balance().await;
}
