//! Log rows, bodies and feedback: reference §3.4–3.5.

use serde_json::{Value, json};
use waypost_store::{
    AdminRole, LogStore,
    journaled::Journaled,
    log::{Batch, PayloadRecord, Side},
};
use waypost_types::{
    Metadata, PicoUsd, RequestId, Scalar, Surface, UnixMs, Usage, UsageSource,
    record::{CostSource, RequestOutcome, RequestRecord, RouteRecord, TrailStep},
};

use crate::world::{START, World, world};

const LOGS: &str = "/client/v4/accounts/default/ai-gateway/gateways/default/logs";

/// A row of the gateway `default`; its id.
pub(crate) async fn store_row(world: &World, number: u8, change: impl FnOnce(&mut RequestRecord)) -> String {
    let at = UnixMs(START + i64::from(number) * 1000);
    let id = RequestId::new(at, u128::from(number));
    let mut record = RequestRecord::arrived(id, at, Surface::Dynamic);
    record.account = "default".into();
    record.gateway = "default".into();
    record.operation = "chat".into();
    record.provider = "openai".into();
    record.model = "gpt-4o-mini".into();
    record.path = "/v1/default/default/compat/chat/completions".to_owned();
    record.status = 200;
    record.outcome = RequestOutcome::Success;
    record.usage = Usage { input_tokens: 100, output_tokens: u64::from(number), ..Usage::default() };
    record.usage_source = Some(UsageSource::Provider);
    record.cost = Some(PicoUsd(i64::from(number) * 1_000_000));
    record.cost_source = CostSource::Price;
    record.duration_ms = u64::from(number) * 10;
    record.metadata = Metadata(vec![("user_id".into(), Scalar::text(format!("user-{number}")))]);
    record.route = Some(RouteRecord {
        id: "r".into(),
        name: "smart-route".into(),
        version_id: "v".into(),
        version: 3,
        trail: vec![TrailStep {
            node: "s".into(),
            kind: "start".into(),
            output: "next".into(),
            ..TrailStep::default()
        }],
    });
    change(&mut record);
    let payload = |side, body: &'static str| PayloadRecord {
        request: id,
        account: "default",
        gateway: "default",
        created_at: at,
        side,
        content_type: Some("application/json"),
        body: body.as_bytes().into(),
        full_bytes: body.len() as u64,
    };
    let payloads =
        vec![payload(Side::Request, r#"{"secret":"prompt"}"#), payload(Side::Response, r#"{"the":"answer"}"#)];
    let text = serde_json::to_vec(&record).unwrap();
    let records = vec![Journaled::read(&text).unwrap()];
    world.stores.logs.write_batch(&Batch { records, payloads, ..Batch::default() }).await.unwrap();
    id.to_string()
}

async fn five(world: &World) -> Vec<String> {
    let mut ids = Vec::new();
    for number in 1..=5 {
        let id = store_row(world, number, |record| {
            if number == 5 {
                record.status = 429;
                record.outcome = RequestOutcome::Refused;
                record.usage_source = None;
                record.cost = None;
                record.model = "gpt-4.1".into();
            }
        });
        ids.push(id.await);
    }
    ids
}

#[tokio::test]
async fn rows_have_cloudflares_members() {
    let world = world().await;
    let ids = five(&world).await;
    let reply = world.get(LOGS).await;
    let rows = reply.result().as_array().unwrap();
    assert_eq!(rows.len(), 5);
    assert_eq!(reply.body["result_info"], json!({"page": 1, "per_page": 20, "count": 5, "total_count": 5}));
    assert_eq!((&rows[0]["id"], &rows[4]["id"]), (&json!(ids[4]), &json!(ids[0])));
    // Members of `LogListResponse` in cloudflare-typescript 7.1.0.
    for member in [
        "id",
        "cached",
        "created_at",
        "duration",
        "model",
        "path",
        "provider",
        "success",
        "tokens_in",
        "tokens_out",
        "cost",
        "custom_cost",
        "metadata",
        "model_type",
        "request_content_type",
        "request_type",
        "response_content_type",
        "status_code",
        "step",
    ] {
        assert!(rows[0].get(member).is_some(), "{member}");
    }
    // Unknown is never zero.
    assert_eq!(
        (&rows[0]["cost"], &rows[0]["tokens_in"], &rows[0]["success"]),
        (&Value::Null, &Value::Null, &json!(false))
    );
    assert_eq!(
        (&rows[1]["cost"], &rows[1]["tokens_in"], &rows[1]["tokens_out"]),
        (&json!(0.000004), &json!(100), &json!(4))
    );
    assert_eq!(rows[1]["metadata"], json!({"user_id": "user-4"}));
    assert_eq!((&rows[1]["request"], &rows[1]["response"]), (&json!(""), &json!("")));
    assert_eq!(rows[1]["waypost"]["route"]["name"], "smart-route");
    assert_eq!(rows[1]["waypost"]["route"]["trail"][0]["output"], "next");

    let detail = world.get(&format!("{LOGS}/{}", ids[1])).await;
    assert_eq!(detail.result()["request_head"], r#"{"secret":"prompt"}"#);
    assert_eq!(
        (&detail.result()["request_head_complete"], &detail.result()["response_head"]),
        (&json!(true), &json!(r#"{"the":"answer"}"#))
    );
    for id in ["nothing", "01ARZ3NDEKTSV4RRFFQ69G5FAV", "0190b5e8-0000-7000-8000-000000000000"] {
        let gone = world.get(&format!("{LOGS}/{id}")).await;
        assert_eq!((gone.status.as_u16(), gone.error().0), (404, 7002));
    }
}

#[tokio::test]
async fn filters_pages_and_orders() {
    let world = world().await;
    five(&world).await;
    let users = async |query: &str| {
        let reply = world.get(&format!("{LOGS}?{query}")).await;
        let rows = reply.result().as_array().unwrap().clone();
        rows.iter().map(|row| row["metadata"]["user_id"].as_str().unwrap()[5..].to_owned()).collect::<String>()
    };
    assert_eq!(users("per_page=2&page=2").await, "32");
    assert_eq!(users("page=9").await, "");
    assert_eq!(users("order_by=cost&order_by_direction=asc&success=true").await, "1234");
    assert_eq!(users("direction=asc").await, "12345");
    assert_eq!(users("search=user-3").await, "3");
    assert_eq!(
        users("filters.key=metadata.user_id&filters.operator=eq&filters.value=user-2&filters.value=user-4").await,
        "42"
    );
    assert_eq!(users("filters[0][key]=status_code&filters[0][operator]=eq&filters[0][value][]=429").await, "5");
    let json = r#"[{"key":"tokens_out","operator":"gt","value":[1]},{"key":"success","operator":"eq","value":[true]}]"#;
    let json: String = json.bytes().map(|byte| format!("%{byte:02X}")).collect();
    assert_eq!(users(&format!("filters={json}")).await, "432");
    assert_eq!(users("min_cost=0.000002&max_duration=30").await, "32");

    let meta = world.get(&format!("{LOGS}?meta_info=true&success=true&per_page=1")).await;
    let info = &meta.body["result_info"];
    assert_eq!((&info["min_cost"], &info["max_cost"]), (&json!(0.000001), &json!(0.000004)));
    assert_eq!(
        (&info["min_duration"], &info["max_total_tokens"], &info["total_count"]),
        (&json!(10), &json!(104), &json!(4))
    );

    for (query, member) in [
        ("per_page=51", "per_page"),
        ("order_by=colour", "order_by"),
        ("order_by_direction=up", "order_by_direction"),
        ("min_cost=much", "min_cost"),
        ("filters=x", "filters"),
        ("meta_info=maybe", "meta_info"),
    ] {
        let reply = world.get(&format!("{LOGS}?{query}")).await;
        assert_eq!((reply.status.as_u16(), reply.error().0), (400, 7001), "{query}");
        assert_eq!(reply.error().2[1], json!(member));
    }
}

#[tokio::test]
async fn a77_viewers_read_rows_but_no_prompts() {
    let world = world().await;
    let id = store_row(&world, 1, |_| {}).await;
    for side in ["request", "response"] {
        let refused = world.call(AdminRole::Viewer, "GET", &format!("{LOGS}/{id}/{side}"), None).await;
        assert_eq!((refused.status.as_u16(), refused.error().0), (403, 10_000));
    }
    for path in [LOGS.to_owned(), format!("{LOGS}/{id}")] {
        let reply = world.call(AdminRole::Viewer, "GET", &path, None).await;
        assert_eq!(reply.status, 200);
        assert!(!reply.text.contains("prompt") && !reply.text.contains("answer"), "{}", reply.text);
    }
    let raw = world.call(AdminRole::Editor, "GET", &format!("{LOGS}/{id}/request"), None).await;
    assert_eq!(
        (&*raw.text, raw.headers["content-type"].to_str().unwrap()),
        (r#"{"secret":"prompt"}"#, "application/json")
    );
    assert_eq!(raw.headers["x-content-type-options"], "nosniff");
    let raw = world.get(&format!("{LOGS}/{id}/response")).await;
    assert_eq!(raw.text, r#"{"the":"answer"}"#);
}

#[tokio::test]
async fn feedback_is_stored_and_checked() {
    let world = world().await;
    let id = store_row(&world, 1, |_| {}).await;
    let path = format!("{LOGS}/{id}");
    let patch = async |body: Value| world.call(AdminRole::Editor, "PATCH", &path, Some(body)).await;
    assert_eq!(patch(json!({"feedback": 1, "score": 80, "metadata": {"reviewed": true}})).await.result(), &json!({}));
    let row = world.get(&path).await.result().clone();
    assert_eq!((&row["feedback"], &row["score"]), (&json!(1), &json!(80)));
    assert_eq!(row["metadata"], json!({"user_id": "user-1", "reviewed": true}));
    patch(json!({"feedback": null})).await.result();
    let row = world.get(&path).await.result().clone();
    assert_eq!((&row["feedback"], &row["score"]), (&Value::Null, &json!(80)));
    for (body, member) in [
        (json!({"feedback": 2}), "feedback"),
        (json!({"score": 101}), "score"),
        (json!({"score": "good"}), "score"),
        (json!({"metadata": {"a": []}}), "metadata"),
    ] {
        assert_eq!(patch(body).await.error().2[1], json!(member));
    }
}

#[tokio::test]
async fn rows_go_by_filter_and_limit() {
    let world = world().await;
    five(&world).await;
    let delete = async |query: &str| world.call(AdminRole::Admin, "DELETE", &format!("{LOGS}?{query}"), None).await;
    assert_eq!(delete("limit=10001").await.error().2, json!(["query", "limit"]));
    let reply = delete("success=false").await;
    assert_eq!((&reply.body["success"], &reply.result()["count"]), (&json!(true), &json!(1)));
    delete("limit=1&order_by_direction=asc").await.result();
    assert_eq!(world.get(LOGS).await.body["result_info"]["total_count"], 3);
    delete("").await.result();
    assert_eq!(world.get(LOGS).await.result(), &json!([]));
    let ledger = world.get("/api/ledger").await;
    assert_eq!((&ledger.result()["balanced"], &ledger.result()["rows"]), (&json!(true), &json!(0)));
}
