//! The management API as an administrator calls it.

use http::Method;
use serde_json::{Value, json};
use waypost_store::{Change, ConfigStore, PriceOverrideRecord};
use waypost_types::{PicoUsd, UnixMs};

use crate::{Answer, Gateway};

/// Where the default gateway's objects live.
pub const GATEWAY: &str = "/client/v4/accounts/default/ai-gateway/gateways/default";
/// Where the account's objects live.
pub const ACCOUNT: &str = "/client/v4/accounts/default/ai-gateway";

impl Gateway {
    /// One call with the administrator's token.
    pub async fn manage(&self, method: Method, path: &str, body: Option<&Value>) -> Answer {
        let call = self.call(method, path).header("authorization", &format!("Bearer {}", self.setup.admin_token));
        match body {
            Some(body) => call.json(body).send().await,
            None => call.send().await,
        }
    }

    /// One call that has to work; its `result`.
    ///
    /// # Panics
    /// When it does not work.
    pub async fn managed(&self, method: Method, path: &str, body: Option<&Value>) -> Value {
        let answer = self.manage(method.clone(), path, body).await;
        assert_eq!(answer.status, 200, "{method} {path}: {}", answer.text());
        answer.json()["result"].take()
    }

    /// Creates a route that serves at once; its id.
    pub async fn create_route(&self, document: &Value) -> String {
        let route = self.managed(Method::POST, &format!("{GATEWAY}/routes"), Some(document)).await;
        text(&route["id"])
    }

    /// Saves a version; its id.
    pub async fn create_version(&self, route: &str, document: &Value) -> String {
        let version =
            self.managed(Method::POST, &format!("{GATEWAY}/routes/{route}/versions"), Some(document)).await;
        text(&version["version_id"])
    }

    /// Makes a version live.
    pub async fn deploy(&self, route: &str, version: &str) {
        let body = json!({"version_id": version});
        self.managed(Method::POST, &format!("{GATEWAY}/routes/{route}/deployments"), Some(&body)).await;
    }

    /// Stores a provider key.
    pub async fn store_provider_key(&self, slug: &str, alias: &str, secret: &str) -> String {
        let body = json!({"provider_slug": slug, "alias": alias, "default_config": alias == "default", "secret": secret});
        let stored = self.managed(Method::POST, &format!("{GATEWAY}/provider_configs"), Some(&body)).await;
        text(&stored["id"])
    }

    /// Issues an API key with these members beside its label; the key itself.
    pub async fn create_api_key(&self, members: &Value) -> String {
        let mut body = json!({"label": "made by a test"});
        for (name, value) in members.as_object().into_iter().flatten() {
            body[name] = value.clone();
        }
        let created = self.managed(Method::POST, "/api/keys", Some(&body)).await;
        text(&created["key"])
    }

    /// Sets what a model costs, in dollars per token.
    ///
    /// # Panics
    /// When an amount is none, or the price cannot be stored.
    pub async fn set_price(&self, provider: &str, model: &str, input: &str, output: &str) {
        let amount = |text: &str| PicoUsd::parse_decimal(text).expect("an amount");
        let record = PriceOverrideRecord {
            account: "default".to_owned(),
            provider: provider.to_owned(),
            model: model.to_owned(),
            input: amount(input),
            output: amount(output),
            cache_read: None,
            cache_write: None,
            modified_at: UnixMs(1),
            modified_by: "harness".to_owned(),
        };
        let change = Change::PutPriceOverride(record);
        self.audit.stores().config.apply(vec![change]).await.expect("the price is stored");
        // The next change of the configuration makes it live.
        self.create_api_key(&json!({})).await;
    }

    /// Adds a gateway with these settings on top of the usual ones.
    pub async fn create_gateway(&self, id: &str, settings: &Value) {
        let mut body = json!({
            "id": id, "cache_invalidate_on_update": false, "cache_ttl": 0, "collect_logs": true,
            "rate_limiting_interval": 0, "rate_limiting_limit": 0, "rate_limiting_technique": "fixed", "authentication": true,
        });
        for (name, value) in settings.as_object().into_iter().flatten() {
            body[name] = value.clone();
        }
        self.managed(Method::POST, &format!("{ACCOUNT}/gateways"), Some(&body)).await;
    }
}

fn text(value: &Value) -> String {
    value.as_str().expect("an id").to_owned()
}
