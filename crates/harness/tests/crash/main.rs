//! The gateway in a process of its own: killed at random moments under load (F60), and told to stop (F61).

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use http::Method;
use serde_json::json;
use tempfile::TempDir;
use tokio::task::JoinSet;
use waypost_harness::{Audit, Call, Process, Setup, gateway::body, management::GATEWAY, route};
use waypost_testkit::{Script, TestProvider};
use waypost_types::PicoUsd;

mod killed;
mod stopped;

const PROGRAM: &str = env!("CARGO_BIN_EXE_waypost-harness-gateway");
const CENT: i64 = PicoUsd::PER_USD / 100;
/// What every whole answer of the load costs, and what is estimated for it.
const COST: i64 = 40 * CENT;
const CALLERS: usize = 12;
const KILLED_AFTER_MS: [u64; 5] = [350, 900, 520, 1_400, 700];

struct Scene {
    setup: Setup,
    dir: Arc<TempDir>,
    provider: Arc<TestProvider>,
    route: String,
    versions: Vec<String>,
}

/// Two versions of one route behind a budget: OpenAI answers four tokens of $0.10 each, Mistral's streams are left early.
async fn scene(setup: Setup) -> Scene {
    let gateway = setup.start().await;
    gateway.set_price("openai", "test/tokens-4", "0", "0.1").await;
    gateway.set_price("openai", "test/503", "0", "0.1").await;
    gateway.set_price("mistral", "test/long", "0", "0.1").await;
    gateway.provider.install("long", [Script::tokens(200).between_ms(5)]);
    gateway.provider.install("tokens-4", [Script::tokens(4).head_after_ms(8)]);
    let budget = |first: &str| {
        let budget = json!({"key": "*", "enforcement": "strict"});
        let failing = route::model("failing", "openai", "test/503", Some("good"));
        let good = route::model("good", "openai", "test/tokens-4", None);
        route::document("load", "budget", [route::rate("budget", "cost", 1e6, &budget, first, None), failing, good])
    };
    let route = gateway.create_route(&budget("good")).await;
    let versions = vec![
        gateway.create_version(&route, &budget("failing")).await,
        gateway.create_version(&route, &budget("good")).await,
    ];
    let left = route::document("left", "only", [route::model("only", "mistral", "test/long", None)]);
    gateway.create_route(&left).await;
    let (setup, dir, provider) = gateway.stop().await;
    Scene { setup, dir, provider, route, versions }
}

impl Scene {
    fn start(&self) -> Process {
        Process::start(PROGRAM, &self.setup, self.dir.path(), &self.provider)
    }

    fn chat(&self, process: &Process, model: &str, stream: bool, max_tokens: Option<u64>) -> Call {
        let mut body = body(model, stream);
        if let Some(max_tokens) = max_tokens {
            body["max_tokens"] = json!(max_tokens);
        }
        let call = process.call(Method::POST, "/v1/default/default/compat/chat/completions");
        call.key(&self.setup.api_key).json(&body)
    }

    /// Callers until the process is gone; the ids of the answers that were completely read.
    fn load(&self, process: &Process) -> JoinSet<Vec<String>> {
        let mut load = JoinSet::new();
        for caller in 0..CALLERS {
            let leaves = caller % 4 == 3;
            let stream = caller % 2 == 1;
            let model = if leaves { "dynamic/left" } else { "dynamic/load" };
            let call = self.chat(process, model, stream, (!leaves).then_some(4));
            load.spawn(async move {
                let mut complete = Vec::new();
                loop {
                    if leaves {
                        let Some(mut stream) = call.clone().try_open().await else { return complete };
                        for _ in 0..4 {
                            stream.event().await;
                        }
                        continue;
                    }
                    let Some(open) = call.clone().try_open().await else { return complete };
                    let (status, id) = (open.status, open.headers.get("cf-aig-log-id").cloned());
                    let Ok(answer) = open.try_rest().await else { return complete };
                    assert_eq!(status, 200, "{}", answer.text());
                    if !stream || answer.text().ends_with("data: [DONE]\n\n") {
                        complete.extend(id.and_then(|id| Some(id.to_str().ok()?.to_owned())));
                    }
                }
            });
        }
        load
    }

    /// Deploys one version after the other until the process is gone; how many were answered.
    fn deploys(&self, process: &Process, deployed: Arc<AtomicU64>) -> tokio::task::JoinHandle<()> {
        let path = format!("{GATEWAY}/routes/{}/deployments", self.route);
        let calls: Vec<Call> = self
            .versions
            .iter()
            .map(|version| {
                let call = process.call(Method::POST, &path);
                let call = call.header("authorization", &format!("Bearer {}", self.setup.admin_token));
                call.json(&json!({"version_id": version}))
            })
            .collect();
        tokio::spawn(async move {
            for index in 0.. {
                let Some(open) = calls[index % calls.len()].clone().try_open().await else { return };
                if open.status != 200 || open.try_rest().await.is_err() {
                    return;
                }
                deployed.fetch_add(1, Ordering::Release);
                tokio::time::sleep(Duration::from_millis(40)).await;
            }
        })
    }

    async fn audit(&self) -> Audit {
        Audit::open(self.dir.path()).await
    }
}
