//! Everything that the gateway refuses, as one table: status, number, type, words; nothing sent, nothing charged, one row.

use serde_json::json;
use waypost_harness::{Answer, Call, Gateway, client, route};
use waypost_types::{PicoUsd, record::CostSource};

mod names;

/// `(type, number, status)`.
type Row = (&'static str, u32, u16);

struct Refused {
    what: &'static str,
    call: Call,
    row: Row,
    /// Messages are compared whole; `…` at the end stands for a rest that depends on the clock or on a parser.
    words: &'static str,
}

fn refused(what: &'static str, call: Call, row: Row, words: &'static str) -> Refused {
    Refused { what, call, row, words }
}

/// The shape of `docs/reference/errors.md`.
fn check_shape(what: &str, answer: &Answer, (kind, code, status): Row, words: &str) {
    let body = answer.json();
    assert_eq!(answer.status, status, "{what}: {body}");
    assert_eq!(answer.header("content-type"), "application/json", "{what}");
    let message = body["message"].as_str().unwrap_or_default().to_owned();
    match words.strip_suffix('…') {
        Some(start) => assert!(message.starts_with(start), "{what}: {message}"),
        None => assert_eq!(message, words, "{what}"),
    }
    let expected = json!({
        "success": false, "result": [], "messages": [], "error": [{"code": code, "message": message}],
        "name": "AiGatewayError", "httpCode": status, "internalCode": code, "message": message, "type": kind,
    });
    for (name, value) in expected.as_object().into_iter().flatten() {
        assert_eq!(&body[name], value, "{what}: {name}");
    }
    assert!(body["description"].is_string(), "{what}: {body}");
    assert_eq!(body["request_id"], answer.log_id(), "{what}");
    assert_eq!(status == 429 || status == 503, answer.headers.contains_key("retry-after"), "{what}");
}

/// Sends each, and looks at the answer, the provider and the log.
async fn check(gateway: &Gateway, cases: Vec<Refused>) {
    let before = gateway.audit.rows().await.len();
    let sent = gateway.provider.received().len();
    let count = cases.len();
    for case in cases {
        let answer = case.call.send().await;
        check_shape(case.what, &answer, case.row, case.words);
        let row = gateway.audit.row(&answer.log_id()).await;
        let (kind, code, status) = case.row;
        assert_eq!(
            (row.error_type.as_deref(), row.error_code, row.status),
            (Some(kind), Some(code), status),
            "{}",
            case.what
        );
        assert_eq!((row.cost, row.cost_source), (Some(PicoUsd::ZERO), CostSource::None), "{}", case.what);
    }
    assert_eq!(gateway.provider.received().len(), sent, "nothing is sent upstream");
    assert_eq!(gateway.audit.rows_when(before + count).await.len(), before + count, "one row each");
    gateway.books_balance().await;
}

#[tokio::test]
async fn used_up_limits_say_when_to_come_back() {
    let gateway = Gateway::start().await;
    let per_user = json!({"key": "metadata.user_id", "window": 3600});
    let only = || route::model("only", "openai", "test/tokens-3", None);
    let counted =
        route::document("counted", "limit", [route::rate("limit", "count", 1.0, &per_user, "only", None), only()]);
    let budget = json!({"key": "metadata.team", "technique": "fixed"});
    let charged =
        route::document("charged", "limit", [route::rate("limit", "cost", 3.0, &budget, "only", None), only()]);
    gateway.set_price("openai", "test/tokens-3", "0", "1").await;
    gateway.create_route(&counted).await;
    gateway.create_route(&charged).await;

    let anna = || gateway.chat("dynamic/counted").metadata(&json!({"user_id": "user-anna"}));
    let research = || gateway.chat("dynamic/charged").metadata(&json!({"team": "research"}));
    for served in [anna(), research()] {
        let answer = served.send().await;
        assert_eq!(answer.status, 200);
        gateway.audit.row(&answer.log_id()).await;
    }
    check(
        &gateway,
        vec![
            refused(
                "requests",
                anna(),
                ("rate_limited", 2003, 429),
                "Limit reached: 1 requests per hour for user_id \"user-anna\". Next request possible in …",
            ),
            refused(
                "money",
                research(),
                ("budget_exceeded", 9429, 429),
                "Budget reached: $3.00 of $3.00 per day for team \"research\". Resets at 00:00 UTC.",
            ),
        ],
    )
    .await;
}

#[tokio::test]
async fn bodies_and_headers_that_say_nothing_are_refused() {
    let gateway = Gateway::start().await;
    let to = |body: &str| gateway.post("compat/chat/completions").bytes(body.to_owned());
    let metadata = |text: &str| gateway.chat("openai/test/ok").header("cf-aig-metadata", text);
    let cost = |text: &str| gateway.chat("openai/test/ok").header("cf-aig-custom-cost", text);
    let many: Vec<String> = (0..23).map(|index| format!("\"k{index}\":1")).collect();
    let json: Row = ("body_invalid_json", 9413, 400);
    check(
        &gateway,
        vec![
            refused(
                "broken JSON",
                to("{\n  \"model\": \"openai/x\",\n  \"messages\": }"),
                json,
                "The body isn't valid JSON: unexpected \"}\" at line 3, column 15.",
            ),
            refused("no body", to(""), json, "The body isn't valid JSON: …"),
            refused(
                "a key twice",
                to("{\"model\":\"openai/test/ok\",\"model\":\"openai/test/500\",\"messages\":[]}"),
                ("body_duplicate_key", 9414, 400),
                "\"model\" appears twice in the body.",
            ),
            refused(
                "an encoding",
                to("…").header("content-encoding", "br"),
                ("unsupported_encoding", 9417, 415),
                "Content-Encoding \"br\" isn't supported. Use gzip or none.",
            ),
            refused(
                "nested metadata",
                metadata("{\"user\":{\"id\":1}}"),
                ("metadata_invalid", 9410, 400),
                "Metadata must be a flat JSON object of text, numbers or true/false. \"user\" is an object.",
            ),
            refused(
                "much metadata",
                metadata(&format!("{{{}}}", many.join(","))),
                ("metadata_too_many", 9411, 400),
                "23 metadata entries; at most 16 are allowed.",
            ),
            refused(
                "a negative price",
                cost("{\"per_token_in\":-1,\"per_token_out\":0}"),
                ("custom_cost_invalid", 9412, 400),
                "per_token_in must be a number of 0 or more. Got \"-1\".",
            ),
            refused(
                "a timeout that is none",
                gateway.chat("openai/test/ok").header("cf-aig-request-timeout", "soon"),
                ("header_invalid", 9418, 400),
                "cf-aig-request-timeout must be …",
            ),
        ],
    )
    .await;
}

/// Read from the head alone: nobody waits for 41 MB that will not be taken.
#[tokio::test]
async fn a_body_that_announces_41_mb_is_refused_before_it_comes() {
    let gateway = Gateway::start().await;
    let head = format!(
        "POST /v1/default/default/compat/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n",
        gateway.setup.api_key,
        41 << 20
    );
    let answer = client::raw(gateway.address, head.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    assert!(answer.contains("\"message\":\"The body is 41 MB; at most 32 MB is allowed.\""), "{answer}");
    assert!(answer.contains("\"internalCode\":9416") && answer.contains("\"type\":\"body_too_large\""), "{answer}");
    let rows = gateway.audit.rows_when(1).await;
    assert_eq!((rows.len(), rows[0].status, rows[0].error_code), (1, 413, Some(9416)));
}
