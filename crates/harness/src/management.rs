//! The management API as an administrator calls it.

use std::time::Duration;

use http::Method;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::{Answer, Gateway, audit::VISIBLE_WITHIN};

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
        let version = self.managed(Method::POST, &format!("{GATEWAY}/routes/{route}/versions"), Some(document)).await;
        text(&version["version_id"])
    }

    /// Makes a version live.
    pub async fn deploy(&self, route: &str, version: &str) {
        let body = json!({"version_id": version});
        self.managed(Method::POST, &format!("{GATEWAY}/routes/{route}/deployments"), Some(&body)).await;
    }

    /// Stores a provider key.
    pub async fn store_provider_key(&self, slug: &str, alias: &str, secret: &str) -> String {
        let body =
            json!({"provider_slug": slug, "alias": alias, "default_config": alias == "default", "secret": secret});
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
    pub async fn set_price(&self, provider: &str, model: &str, input: &str, output: &str) {
        let per_million = |text: &str| -> Value {
            let number = format!("{text}e6");
            serde_json::from_str(&number).expect("a number")
        };
        let body = json!({
            "provider": provider, "model": model,
            "input_per_million": per_million(input), "output_per_million": per_million(output),
        });
        self.managed(Method::PUT, "/api/prices", Some(&body)).await;
    }

    /// Waits until no attempt is open, then has M1–M4 recomputed.
    ///
    /// # Panics
    /// When an attempt stays open, or anything differs.
    pub async fn books_balance(&self) {
        let deadline = Instant::now() + VISIBLE_WITHIN;
        loop {
            let ledger = self.managed(Method::GET, "/api/ledger", None).await;
            if ledger["open_attempts"] == 0 {
                assert_eq!((&ledger["balanced"], &ledger["differences"]), (&json!(true), &json!([])), "{ledger}");
                return;
            }
            assert!(Instant::now() < deadline, "attempts stay open: {ledger}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
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
