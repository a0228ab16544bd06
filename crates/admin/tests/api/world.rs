//! A management API with two gateways and a token per role.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering},
    },
    time::Duration,
};

use axum::{Router, body::Body};
use http::{Request, StatusCode};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tower::ServiceExt;
use waypost_admin::Admin;
use waypost_graph::{KeyState, PricePair, Surroundings};
use waypost_money::PriceTable;
use waypost_store::{
    AccountRecord, AdminRole, AdminTokenRecord, Change, Config, ConfigStore, GatewayRecord, KeyDigest, Publisher,
    StoreError, StoreFuture, counters::MemoryCounters, publisher::RouteSurroundings, seal::MasterKey,
};
use waypost_store_sql::Stores;
use waypost_types::{Clock, Secret, UnixMs};
use waypost_upstream::{AllowList, catalogue::Catalogue};

pub(crate) const GATEWAYS: &str = "/client/v4/accounts/default/ai-gateway/gateways";
pub(crate) const START: i64 = 1_777_000_000_000;

pub(crate) struct World {
    pub(crate) router: Router,
    pub(crate) stores: Stores,
    pub(crate) master: Arc<MasterKey>,
    pub(crate) publisher: Arc<Live>,
    pub(crate) counters: Arc<MemoryCounters>,
    pub(crate) clock: Arc<Ticking>,
}

pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) body: Value,
    pub(crate) text: String,
    pub(crate) headers: http::HeaderMap,
}

/// Time that goes on by a millisecond with each look.
pub(crate) struct Ticking(AtomicI64);

impl Ticking {
    pub(crate) fn advance(&self, ms: i64) {
        self.0.fetch_add(ms, Ordering::Relaxed);
    }
}

impl Clock for Ticking {
    fn now(&self) -> UnixMs {
        UnixMs(self.0.fetch_add(1, Ordering::Relaxed))
    }
}

/// A data plane that says what reached it.
struct Echo;

impl waypost_admin::playground::DataPlane for Echo {
    fn call(&self, call: waypost_admin::playground::Call) -> waypost_store::BoxFuture<'static, http::Response<Body>> {
        let pinned = call.pinned.map(|pinned| json!([pinned.name, pinned.version_id, pinned.version]));
        let headers: Vec<&str> = call.headers.keys().map(http::HeaderName::as_str).collect();
        let said = json!({
            "gateway": call.gateway.to_string(),
            "headers": headers,
            "body": String::from_utf8_lossy(&call.body),
            "user": call.user,
            "pinned": pinned,
        });
        Box::pin(async move { http::Response::new(Body::from(said.to_string())) })
    }
}

/// Counts what was made live.
#[derive(Default)]
pub(crate) struct Live {
    pub(crate) count: AtomicU64,
    pub(crate) fails: AtomicBool,
    pub(crate) panics: AtomicBool,
    pub(crate) slow: AtomicBool,
    /// How many publications came to their end.
    pub(crate) done: Arc<AtomicU64>,
}

impl Publisher for Live {
    fn publish(&self) -> StoreFuture<'_, u64> {
        let count = self.count.fetch_add(1, Ordering::Relaxed) + 1;
        let fails = self.fails.load(Ordering::Relaxed);
        assert!(!self.panics.load(Ordering::Relaxed), "canary in a panic");
        let is_slow = self.slow.load(Ordering::Relaxed);
        let done = self.done.clone();
        Box::pin(async move {
            if is_slow {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            done.fetch_add(1, Ordering::Relaxed);
            if fails { Err(StoreError::Corrupt("no".to_owned())) } else { Ok(count) }
        })
    }
}

struct Checks(Arc<Catalogue>);

struct Around<'a>(&'a Catalogue, &'a Config);

impl RouteSurroundings for Checks {
    fn around<'a>(&'a self, config: &'a Config, _: &'a GatewayRecord) -> Box<dyn Surroundings + Send + 'a> {
        Box::new(Around(&self.0, config))
    }
}

impl Surroundings for Around<'_> {
    fn price(&self, provider: &str, model: &str) -> Option<PricePair> {
        let price = PriceTable::embedded().find(provider, model)?;
        Some(PricePair { input: price.rates.input, output: price.rates.output })
    }

    fn provider_exists(&self, provider: &str) -> bool {
        self.0.find(provider).is_some()
            || self.1.custom_providers.iter().any(|custom| format!("custom-{}", custom.slug) == provider)
    }

    fn has_key(&self, _: &str) -> KeyState {
        KeyState::NotNeeded
    }
}

pub(crate) fn token(role: AdminRole) -> &'static str {
    match role {
        AdminRole::Viewer => "viewer-token-0123456789-0123456789",
        AdminRole::Editor => "editor-token-0123456789-0123456789",
        AdminRole::Admin => "admin-token-0123456789-0123456789",
    }
}

pub(crate) async fn world() -> World {
    world_with(|_| {}).await
}

pub(crate) async fn world_with(change: impl FnOnce(&mut Admin)) -> World {
    let stores = Stores::in_memory().await.unwrap();
    let at = UnixMs(START);
    let mut changes = vec![Change::InsertAccount(AccountRecord { id: "default".to_owned(), created_at: at })];
    for id in ["default", "other"] {
        changes.push(Change::InsertGateway(GatewayRecord {
            account: "default".to_owned(),
            id: id.to_owned(),
            internal_id: format!("internal-{id}"),
            settings: Default::default(),
            created_at: at,
            modified_at: at,
        }));
    }
    for role in [AdminRole::Viewer, AdminRole::Editor, AdminRole::Admin] {
        changes.push(Change::InsertAdminToken(AdminTokenRecord {
            id: format!("{role:?}"),
            label: format!("the {role:?}"),
            sha256: KeyDigest::of(token(role).as_bytes()),
            role,
            created_at: at,
        }));
    }
    stores.config.apply(changes).await.unwrap();
    let master = Arc::new(MasterKey::from_hex(&Secret::new("5a".repeat(32))).unwrap());
    let catalogue = Arc::new(Catalogue::new([]).unwrap());
    let publisher = Arc::new(Live::default());
    let counters = Arc::new(MemoryCounters::default());
    let drawn = AtomicU64::new(7);
    let clock = Arc::new(Ticking(AtomicI64::new(START)));
    let mut admin = Admin {
        config: stores.config.clone(),
        logs: stores.logs.clone(),
        publisher: publisher.clone(),
        checks: Arc::new(Checks(catalogue.clone())),
        counters: counters.clone(),
        experience: Arc::new(|_, _| None),
        catalogue,
        allowed: AllowList::parse(["10.0.0.5:8000"]).unwrap(),
        master_key: Some(master.clone()),
        clock: clock.clone(),
        random: Arc::new(move |bytes: &mut [u8]| {
            for byte in bytes {
                let state = drawn.load(Ordering::Relaxed).wrapping_mul(6_364_136_223_846_793_005).wrapping_add(99);
                drawn.store(state, Ordering::Relaxed);
                *byte = (state >> 33) as u8;
            }
        }),
        base_url: "http://127.0.0.1:8787".to_owned(),
        is_exposed: false,
        playground: Arc::new(Echo),
        upstream: waypost_upstream::Upstream::new(&waypost_upstream::Options::default()).unwrap(),
        previews: waypost_admin::Previews::default(),
        sign_ins: waypost_admin::SignIns::default(),
    };
    change(&mut admin);
    World { router: waypost_admin::router(admin), stores, master, publisher, counters, clock }
}

impl World {
    pub(crate) async fn send(&self, request: Request<Body>) -> Reply {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let body = serde_json::from_str(&text).unwrap_or(Value::Null);
        Reply { status: parts.status, body, text, headers: parts.headers }
    }

    pub(crate) async fn call(&self, role: AdminRole, method: &str, path: &str, body: Option<Value>) -> Reply {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("authorization", format!("Bearer {}", token(role)))
            .header("content-type", "application/json");
        let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
        self.send(request.body(body).unwrap()).await
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.call(AdminRole::Admin, "GET", path, None).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Reply {
        self.call(AdminRole::Admin, "POST", path, Some(body)).await
    }

    /// A route in the gateway `default`; its id.
    pub(crate) async fn route(&self, name: &str) -> String {
        let mut document = simple();
        document["name"] = json!(name);
        let reply = self.post(&format!("{GATEWAYS}/default/routes"), document).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
        reply.body["result"]["id"].as_str().unwrap().to_owned()
    }
}

impl Reply {
    /// Code, message and place of the first error.
    #[track_caller]
    pub(crate) fn error(&self) -> (u64, String, Value) {
        assert_eq!(self.body["success"], json!(false), "{}", self.text);
        assert_eq!(self.body["result"], Value::Null);
        assert_eq!(self.body["messages"], json!([]));
        let error = &self.body["errors"][0];
        let message = error["message"].as_str().unwrap_or_default().to_owned();
        (error["code"].as_u64().unwrap(), message, error["path"].clone())
    }

    #[track_caller]
    pub(crate) fn result(&self) -> &Value {
        assert_eq!(self.status, 200, "{}", self.text);
        assert_eq!(self.body["success"], json!(true));
        assert_eq!(self.body["errors"], json!([]));
        &self.body["result"]
    }
}

/// Start, one model, end.
pub(crate) fn simple() -> Value {
    json!({"elements": [
        {"id": "s", "type": "start", "outputs": {"next": {"elementId": "m"}}},
        {"id": "m", "type": "model", "properties": {"provider": "mock", "model": "small", "timeout": 0, "retries": 0},
         "outputs": {"success": {"elementId": "e"}, "fallback": {"elementId": "e"}}},
        {"id": "e", "type": "end", "outputs": {}},
    ]})
}

/// What a PUT of a gateway needs.
pub(crate) fn settings() -> Value {
    json!({
        "cache_invalidate_on_update": true,
        "cache_ttl": 60,
        "collect_logs": true,
        "rate_limiting_interval": 0,
        "rate_limiting_limit": 0,
    })
}
