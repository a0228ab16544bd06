//! One gateway in this process, as [`waypost_server::start`] makes it, with a directory of its own and the scripted
//! provider behind every slug.

use std::{collections::BTreeMap, net::SocketAddr, path::Path, sync::Arc, thread, time::Duration};

use http::Method;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::time::Instant;
use waypost_server::{Config, Running, config::ProviderConfig};
use waypost_testkit::TestProvider;
use waypost_types::Secret;

use crate::{Audit, Call, OpenAnswer};

/// The administrator's token of every gateway here.
pub const ADMIN_TOKEN: &str = "wpa_harness-admin-token-0123456789abcdef";
/// The API key of every gateway here; it may send every header.
pub const API_KEY: &str = "wp_harness-api-key-0123456789abcdefghij";

/// Slugs and where below the scripted provider each of them lives.
pub const PROVIDERS: [(&str, &str); 9] = [
    ("openai", "/openai/v1"),
    ("anthropic", "/anthropic"),
    ("google-ai-studio", "/google-ai-studio"),
    ("google-vertex-ai", "/google-vertex-ai"),
    ("workers-ai", "/workers-ai/ai/run"),
    ("azure-openai", "/azure-openai/openai/deployments"),
    ("mistral", "/mistral"),
    ("groq", "/groq/openai/v1"),
    ("deepseek", "/deepseek"),
];

/// The key that is stored for a provider.
pub fn provider_key(slug: &str) -> String {
    format!("sk-stored-{slug}-0123456789abcdef")
}

/// How a gateway is started.
#[derive(Clone, Debug)]
pub struct Setup {
    /// Threads that serve.
    pub cores: usize,
    /// Addresses that replace the scripted provider's.
    pub addresses: BTreeMap<String, String>,
    /// Providers whose key is stored.
    pub stored_keys: Vec<String>,
    /// The master key, where it is not the file's.
    pub master_key: Option<String>,
    /// For streams that run at a shutdown.
    pub grace: Duration,
    /// The administrator's token.
    pub admin_token: String,
    /// The API key.
    pub api_key: String,
    /// Private addresses that custom providers may have.
    pub allow_upstream: Vec<String>,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            cores: 1,
            addresses: BTreeMap::new(),
            stored_keys: ["openai", "anthropic", "google-ai-studio", "mistral"].map(str::to_owned).to_vec(),
            master_key: None,
            grace: Duration::from_secs(30),
            admin_token: ADMIN_TOKEN.to_owned(),
            api_key: API_KEY.to_owned(),
            allow_upstream: Vec::new(),
        }
    }
}

impl Setup {
    /// Another address for a provider.
    #[must_use]
    pub fn address(mut self, slug: &str, url: &str) -> Self {
        self.addresses.insert(slug.to_owned(), url.to_owned());
        self
    }

    /// Starts it in a fresh directory, in front of a fresh provider, with the keys stored.
    pub async fn start(self) -> Gateway {
        let dir = Arc::new(TempDir::new().expect("a temporary directory"));
        let gateway = self.start_in(dir, Arc::new(TestProvider::start())).await;
        for slug in gateway.setup.stored_keys.clone() {
            gateway.store_provider_key(&slug, "default", &provider_key(&slug)).await;
        }
        gateway
    }

    /// Starts it in a directory that may have been used before.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn start_in(self, dir: Arc<TempDir>, provider: Arc<TestProvider>) -> Gateway {
        raise_descriptor_limit();
        let config = self.config(dir.path(), &provider);
        // It has runtimes of its own, and nothing may start one inside another.
        let running = thread::spawn(move || waypost_server::start(&config)).join().expect("no panic");
        let running = running.expect("the gateway starts");
        let address = running.address;
        let audit = Audit::open(dir.path()).await;
        Gateway { running: Some(running), address, audit, provider, dir, setup: self }
    }

    /// What the binary would have read from flags and environment.
    pub fn config(&self, data_dir: &Path, provider: &TestProvider) -> Config {
        let mut providers: BTreeMap<String, String> =
            PROVIDERS.iter().map(|(slug, path)| ((*slug).to_owned(), provider.url() + path)).collect();
        providers.extend(self.addresses.clone());
        Config {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            data_dir: data_dir.to_owned(),
            providers: providers
                .into_iter()
                .map(|(slug, url)| (slug, ProviderConfig { base_url: Some(url) }))
                .collect(),
            allow_upstream: self.allow_upstream.clone(),
            cores: self.cores,
            admin_hosts: Vec::new(),
            admin_token: Some(Secret::new(self.admin_token.clone())),
            api_key: Some(Secret::new(self.api_key.clone())),
            master_key: self.master_key.clone().map(Secret::new),
            grace: self.grace,
        }
    }
}

/// A running gateway.
pub struct Gateway {
    running: Option<Running>,
    /// Where it listens.
    pub address: SocketAddr,
    /// What it wrote down.
    pub audit: Audit,
    /// The provider behind every slug.
    pub provider: Arc<TestProvider>,
    /// Its data directory.
    pub dir: Arc<TempDir>,
    /// How it was started.
    pub setup: Setup,
}

impl Gateway {
    /// Starts one with the usual settings.
    pub async fn start() -> Self {
        Setup::default().start().await
    }

    /// A data-plane call to the default gateway with the usual key: `compat/chat/completions`, `openai/…`.
    pub fn post(&self, path: &str) -> Call {
        self.call(Method::POST, &format!("/v1/default/default/{path}")).key(&self.setup.api_key)
    }

    /// Any call, without headers.
    pub fn call(&self, method: Method, path: &str) -> Call {
        Call::new(self.address, method, path)
    }

    /// A chat completion through the unified API.
    pub fn chat(&self, model: &str) -> Call {
        self.post("compat/chat/completions").json(&body(model, false))
    }

    /// The same as a stream.
    pub fn chat_stream(&self, model: &str) -> Call {
        self.post("compat/chat/completions").json(&body(model, true))
    }

    /// Opens a stream and waits for its first text.
    ///
    /// # Panics
    /// When it refuses.
    pub async fn stream_with_text(&self, call: Call) -> OpenAnswer {
        let mut stream = call.open().await;
        if stream.status != 200 {
            panic!("{:?}", stream.rest().await);
        }
        while let Some(event) = stream.event().await {
            if event.contains("\"content\":\"") && !event.contains("\"content\":\"\"") {
                break;
            }
        }
        stream
    }

    /// Stops it as SIGTERM would, and gives back what another start needs.
    ///
    /// # Panics
    /// When it does not stop.
    pub async fn stop(mut self) -> (Setup, Arc<TempDir>, Arc<TestProvider>) {
        self.audit.close().await;
        if let Some(running) = self.running.take() {
            let stopping = tokio::task::spawn_blocking(move || running.stop());
            stopping.await.expect("the gateway stops");
        }
        (self.setup.clone(), self.dir.clone(), self.provider.clone())
    }

    /// Stops and starts it again on the same data.
    pub async fn restart(self) -> Self {
        let (setup, dir, provider) = self.stop().await;
        setup.start_in(dir, provider).await
    }

    /// No new connections from now on; what runs may finish.
    pub fn drain(&self) {
        if let Some(running) = &self.running {
            running.drain();
        }
    }

    /// Did every request end?
    pub fn is_idle(&self) -> bool {
        self.running.as_ref().is_none_or(Running::is_idle)
    }
}

/// Callers, gateway and provider of a burst live in one process, with two ends of every connection.
pub(crate) fn raise_descriptor_limit() {
    let limit = getrlimit(Resource::Nofile);
    // Where it is not allowed, small tests still run.
    let _ = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum });
}

/// Waits until something holds; false when it does not in time. Other tasks go on meanwhile.
pub async fn eventually(within: Duration, holds: impl Fn() -> bool) -> bool {
    let deadline = Instant::now() + within;
    while !holds() {
        if Instant::now() > deadline {
            return false;
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    true
}

/// The body of a small chat completion.
pub fn body(model: &str, stream: bool) -> Value {
    let mut body = json!({"model": model, "messages": [{"role": "user", "content": "Say something about rivers"}]});
    if stream {
        body["stream"] = json!(true);
    }
    body
}
