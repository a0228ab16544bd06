//! Made-up traffic, so that a newcomer sees charts: 300 requests of six users over three days, the same ones each time. Its
//! rows are marked simulated and noted `demo`; no counter ever hears of it.

pub(crate) mod create;
pub(crate) mod delete;

use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;
use waypost_money::event::{Event, Open, Settle};
use waypost_store::{GatewayRef, log::Order};
use waypost_types::{AttemptId, PicoUsd, RequestId, UnixMs, Usage, record::CostSource};

use super::recent;
use crate::{
    Admin,
    limits::LOGS_DELETED_MAX,
    logs,
    refusal::{Noun, Outcome},
};

/// User agent of made-up rows: by it they are found again.
pub(crate) const USER_AGENT: &str = "waypost-demo";
/// How many.
const REQUESTS: u64 = 300;
const USERS: [(&str, &str); 6] = [
    ("user-anna", "free"),
    ("user-ben", "free"),
    ("user-chris", "paid"),
    ("user-dana", "paid"),
    ("user-emil", "free"),
    ("user-admin", "paid"),
];
/// Three days.
const SPAN_MS: i64 = 3 * 86_400_000;

/// How many rows there are.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DemoView {
    /// Requests that were made up, or removed.
    pub(super) requests: u64,
}

impl Admin {
    /// Takes made-up rows away.
    async fn remove_demo(&self, gateway: &GatewayRef) -> Outcome<u64> {
        let filters = [recent::text(waypost_store::filter::Field::UserAgent, USER_AGENT)];
        self.logs.delete(gateway, &filters, Order::default(), LOGS_DELETED_MAX).await.noun(logs::NOUN)
    }
}

/// One made-up request: its record and the money events of its calls.
struct Made {
    json: String,
    events: Vec<Event>,
}

/// The request with this number, before `now`.
fn make(gateway: &GatewayRef, number: u64, now: UnixMs) -> Made {
    let dice = |salt: u64, sides: u64| mix(number.wrapping_mul(31).wrapping_add(salt)) % sides;
    // Evenly over the time, but more by day than by night.
    let slot_ms = SPAN_MS / REQUESTS as i64;
    let at = now.plus_ms(-SPAN_MS + number as i64 * slot_ms + dice(1, slot_ms as u64) as i64 - 1_000);
    let id = RequestId::new(at, u128::from(mix(number ^ 0x5eed)) << 16 | u128::from(number));
    let (user, plan) = USERS.get(dice(2, 6) as usize).copied().unwrap_or(("user-anna", "free"));
    let is_large = plan == "paid" && dice(3, 4) > 0;
    let model = if is_large { "large" } else { "small" };
    let tokens_in = 40 + dice(4, 400);
    let tokens_out = if is_large { 150 + dice(5, 500) } else { 40 + dice(5, 120) };
    // Prices of mock models in 10⁻¹² USD per token: $10 / $30 and $0.10 / $0.40 per million.
    let (price_in, price_out) = if is_large { (10_000_000, 30_000_000) } else { (100_000, 400_000) };
    let cost = tokens_in as i64 * price_in + tokens_out as i64 * price_out;
    let first_token_ms = if is_large { 250 + dice(6, 500) } else { 80 + dice(6, 120) };
    let duration_ms = first_token_ms + tokens_out * if is_large { 9 } else { 4 };
    let story = dice(7, 100);
    let usage = Usage { input_tokens: tokens_in, output_tokens: tokens_out, ..Usage::default() };
    let call = |index: u64, model: &str, fault: bool| {
        json!({"index": index, "node": model, "provider": "mock", "model": model, "started_ms": index * 120, "duration_ms": duration_ms,
            "first_token_ms": if fault { Value::Null } else { first_token_ms.into() }, "status": if fault { 503 } else { 200 },
            "fault": if fault { json!({"status": 503}) } else { Value::Null }, "usage": if fault { Usage::default() } else { usage },
            "usage_source": "provider", "cost": if fault { 0 } else { cost }, "cost_source": "price"})
    };
    let mut record = json!({
        "id": id, "account": gateway.account, "gateway": gateway.id, "created_at": at, "surface": "compat",
        "path": format!("/v1/{}/{}/compat/chat/completions", gateway.account, gateway.id), "operation": "chat",
        "format": "openai_chat", "requested_model": format!("mock/{model}"), "provider": "mock", "model": model,
        "status": 200, "outcome": "success", "stream": dice(8, 2) == 0, "simulated": true, "usage": usage,
        "usage_source": "provider", "cost": cost, "cost_source": "price", "duration_ms": duration_ms,
        "first_token_ms": first_token_ms, "overhead_us": 40 + dice(9, 60), "metadata": {"user_id": user, "plan": plan},
        "authenticated": true, "key_label": "Demo", "user_agent": USER_AGENT, "notes": ["demo"],
        "request_content_type": "application/json", "response_content_type": "application/json",
        "attempts": [call(0, model, false)],
    });
    let mut set = |members: Value| {
        if let (Value::Object(record), Value::Object(members)) = (&mut record, members) {
            record.extend(members);
        }
    };
    let mut calls = 1;
    match story {
        // A limit said no.
        0..=3 => {
            calls = 0;
            set(json!({"status": 429, "outcome": "refused", "error_type": "rate_limited", "error_code": 2003,
                "error_message": "Limit reached.", "usage": Usage::default(), "usage_source": null, "cost": null,
                "cost_source": "none", "duration_ms": 1, "first_token_ms": null, "attempts": []}));
        }
        // The provider failed for good.
        4..=6 => set(json!({"status": 502, "outcome": "failed", "error_type": "provider_error", "error_code": 2005,
            "error_message": "mock answered 503.", "usage": Usage::default(), "cost": 0, "first_token_ms": null,
            "attempts": [call(0, model, true)]})),
        // The caller left.
        7..=8 => set(json!({"outcome": "caller_left"})),
        // A second try helped.
        9..=12 => {
            calls = 2;
            set(json!({"attempts": [call(0, model, true), call(1, model, false)]}));
        }
        _ => {}
    }
    let booked = |index: u16| {
        let attempt = AttemptId { request: id, index };
        let failed = (4..=6).contains(&story) || ((9..=12).contains(&story) && index == 0);
        let cost = PicoUsd(if failed { 0 } else { cost });
        let open = Open { attempt, at, bookings: Vec::new(), estimate: Some(cost), counts: Vec::new(), origin: None };
        [Event::Open(open), Event::Settle(Settle { attempt, at, cost, source: CostSource::Price, usage })]
    };
    Made { json: record.to_string(), events: (0..calls).flat_map(booked).collect() }
}

/// Numbers that look like chance and are the same each time (the finaliser of MurmurHash3).
const fn mix(number: u64) -> u64 {
    let number = (number ^ (number >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    let number = (number ^ (number >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    number ^ (number >> 33)
}
