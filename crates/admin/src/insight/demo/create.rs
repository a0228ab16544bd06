//! `POST /api/gateways/{gateway}/demo`

use std::sync::Arc;

use axum::{
    Extension,
    extract::{Path, State},
};
use serde_json::{Value, json};
use waypost_store::{journaled::Journaled, log::Batch};

use super::{DemoView, Made, REQUESTS, make};
use crate::{
    Admin,
    access::Actor,
    change::{ChangeNoun, Noted},
    envelope::{Answer, Envelope, one},
    logs,
    query::Pairs,
    refusal::{Noun, Refused},
};

/// Makes up 300 requests of the last three days, in place of those that were made up before. They are marked simulated and
/// noted `demo`; budgets and limits do not count them.
#[utoipa::path(
    post,
    path = "/api/gateways/{gateway}/demo",
    tag = "Insight",
    params(
        ("gateway" = String, Path),
        ("account" = Option<String>, Query, description = "`default` where absent."),
    ),
    responses((status = 200, body = Envelope<DemoView>)),
)]
pub(crate) async fn create(
    State(admin): State<Arc<Admin>>,
    Path(gateway): Path<String>,
    pairs: Pairs,
    Extension(actor): Extension<Actor>,
) -> Answer<DemoView> {
    let account = pairs.account();
    let gateway = admin.gateway(account, &gateway).await?.name();
    admin.remove_demo(&gateway).await?;
    let now = admin.clock.now();
    let made: Vec<Made> = (0..REQUESTS).map(|number| make(&gateway, number, now)).collect();
    let read = |made: &Made| Journaled::read(made.json.as_bytes()).map(|entry| entry.record.id);
    if let Some(Err(error)) = made.iter().map(read).find(Result::is_err) {
        tracing::error!(%error, "a made-up request is no record");
        return Err(Refused::internal());
    }
    let batch = Batch {
        records: made.iter().filter_map(|made| Journaled::read(made.json.as_bytes()).ok()).collect(),
        events: made.iter().flat_map(|made| made.events.clone()).collect(),
        ..Batch::default()
    };
    let written = admin.logs.write_batch(&batch).await.noun(logs::NOUN)?;
    let noted = Noted {
        account,
        gateway: Some(&gateway.id),
        action: "created",
        object: "demo",
        object_id: &gateway.id,
        before: Value::Null,
        after: json!({"requests": written.rows}),
    };
    admin.change(&actor, noted, Vec::new()).await.noun("Demo")?;
    one(DemoView { requests: written.rows })
}
