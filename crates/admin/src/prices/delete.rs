//! `DELETE /api/prices`

use std::sync::Arc;

use axum::{Extension, extract::State};
use serde_json::{Value, json};
use waypost_store::Change;

use crate::{
    Admin,
    access::Actor,
    body::REQUIRED,
    change::{ChangeNoun, Noted},
    envelope::{Answer, Envelope, one},
    query::Pairs,
    refusal::{Refused, place},
};

/// Removes a price of one's own; the built-in one, if there is one, holds again.
#[utoipa::path(
    delete,
    path = "/api/prices",
    tag = "Prices",
    params(
        ("account" = Option<String>, Query, description = "`default` where absent."),
        ("provider" = String, Query, description = "Provider slug."),
        ("model" = String, Query, description = "Model name."),
    ),
    responses((status = 200, body = Envelope<serde_json::Value>)),
)]
pub(crate) async fn delete(
    State(admin): State<Arc<Admin>>,
    pairs: Pairs,
    Extension(actor): Extension<Actor>,
) -> Answer<Value> {
    let account = pairs.account();
    let needed = |name: &str| pairs.text(name).ok_or_else(|| Refused::value(place!["query", name], REQUIRED));
    let (provider, model) = (needed("provider")?.to_owned(), needed("model")?.to_owned());
    let name = format!("{provider}/{model}");
    let noted = Noted {
        account,
        gateway: None,
        action: "deleted",
        object: "price",
        object_id: &name,
        before: json!({"provider": provider, "model": model}),
        after: Value::Null,
    };
    let change = Change::DeletePriceOverride { account: account.to_owned(), provider, model };
    admin.change(&actor, noted, vec![change]).await.noun(super::NOUN)?;
    one(json!({}))
}
