//! `PUT /api/prices`

use std::sync::Arc;

use axum::{Extension, extract::State};
use serde::Deserialize;
use serde_json::{Number, Value};
use utoipa::ToSchema;
use waypost_store::{Change, PriceOverrideRecord};
use waypost_types::PicoUsd;

use super::{PriceView, TOKENS, own};
use crate::{
    Admin,
    access::Actor,
    body::{Body, Findings, REQUIRED, REQUIRED_NUMBER, Sent},
    change::{ChangeNoun, Noted},
    envelope::{Answer, Envelope, one},
    query::Pairs,
    refusal::place,
};

/// A price of one's own, in dollars per million tokens with up to six decimals.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewPrice {
    /// Provider slug.
    provider: String,
    /// Model name.
    model: String,
    /// Input tokens.
    #[schema(value_type = f64)]
    input_per_million: Number,
    /// Output tokens.
    #[schema(value_type = f64)]
    output_per_million: Number,
    /// Input tokens read from the provider's prompt cache; like input where absent.
    #[serde(default)]
    #[schema(value_type = Option<f64>)]
    cache_read_per_million: Option<Number>,
    /// Input tokens written to it; like input where absent.
    #[serde(default)]
    #[schema(value_type = Option<f64>)]
    cache_write_per_million: Option<Number>,
}

impl Body for NewPrice {
    const REQUIRED: &'static [(&'static str, &'static str)] = &[
        ("provider", REQUIRED),
        ("model", REQUIRED),
        ("input_per_million", REQUIRED_NUMBER),
        ("output_per_million", REQUIRED_NUMBER),
    ];
}

/// Sets the price of a model; it holds for requests that begin after the answer.
#[utoipa::path(
    put,
    path = "/api/prices",
    tag = "Prices",
    params(("account" = Option<String>, Query, description = "`default` where absent.")),
    request_body = NewPrice,
    responses((status = 200, body = Envelope<PriceView>)),
)]
pub(crate) async fn put(
    State(admin): State<Arc<Admin>>,
    pairs: Pairs,
    Extension(actor): Extension<Actor>,
    Sent(body): Sent<NewPrice>,
) -> Answer<PriceView> {
    let account = pairs.account();
    admin.account(account).await?;
    let mut findings = Findings::default();
    findings.length("model", &body.model, 1, 256);
    let input = rate("input_per_million", Some(&body.input_per_million), &mut findings);
    let output = rate("output_per_million", Some(&body.output_per_million), &mut findings);
    let cache_read = rate("cache_read_per_million", body.cache_read_per_million.as_ref(), &mut findings);
    let cache_write = rate("cache_write_per_million", body.cache_write_per_million.as_ref(), &mut findings);
    findings.done()?;
    admin.check_provider(account, &body.provider, place!["body", "provider"]).await?;
    let record = PriceOverrideRecord {
        account: account.to_owned(),
        provider: body.provider,
        model: body.model,
        input: input.unwrap_or_default(),
        output: output.unwrap_or_default(),
        cache_read,
        cache_write,
        modified_at: admin.clock.now(),
        modified_by: actor.label.clone(),
    };
    let name = format!("{}/{}", record.provider, record.model);
    let prices = admin.prices(account).await?;
    let shown = |view: PriceView| serde_json::to_value(view).unwrap_or_default();
    let before = prices.find(&record.provider, &record.model);
    let price = own(&record);
    let noted = Noted {
        account,
        gateway: None,
        action: "updated",
        object: "price",
        object_id: &name,
        before: before.map_or(Value::Null, |price| shown(PriceView::of(&record.provider, &record.model, price))),
        after: shown(PriceView::of(&record.provider, &record.model, &price)),
    };
    admin.change(&actor, noted, vec![Change::PutPriceOverride(record.clone())]).await.noun(super::NOUN)?;
    one(PriceView::of(&record.provider, &record.model, &price))
}

/// Dollars per million tokens as units per token. What does not come out even is refused rather than rounded.
fn rate(member: &str, number: Option<&Number>, findings: &mut Findings) -> Option<PicoUsd> {
    match PicoUsd::parse_decimal(&number?.to_string()) {
        Ok(amount) if amount >= PicoUsd::ZERO && amount.0 % TOKENS == 0 => Some(PicoUsd(amount.0 / TOKENS)),
        Ok(amount) if amount < PicoUsd::ZERO => {
            findings.add(place!["body", member], "Number must be greater than or equal to 0");
            None
        }
        Ok(_) => {
            findings.add(place!["body", member], "At most six decimals.");
            None
        }
        Err(error) => {
            findings.add(place!["body", member], error.to_string());
            None
        }
    }
}
