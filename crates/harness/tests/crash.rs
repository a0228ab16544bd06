//! The gateway in a process of its own: killed at random moments under load (F60), and told to stop (F61).

use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use http::Method;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::task::JoinSet;
use waypost_harness::{Audit, Call, Process, Setup, gateway::body, management::GATEWAY, route};
use waypost_testkit::{Script, TestProvider, canary};
use waypost_types::{LimitKind, PicoUsd, record::RequestOutcome};

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

#[tokio::test]
async fn f60_kill_9_at_random_moments_under_load_loses_and_doubles_nothing() {
    let scene = scene(Setup { cores: 2, ..Setup::default() }).await;
    let mut complete = BTreeSet::new();
    for killed_after_ms in KILLED_AFTER_MS {
        let process = scene.start();
        assert!(process.start_time < Duration::from_secs(2), "{:?}", process.start_time);
        let deployed = Arc::new(AtomicU64::new(0));
        let deploys = scene.deploys(&process, deployed.clone());
        let load = scene.load(&process);
        tokio::time::sleep(Duration::from_millis(killed_after_ms)).await;
        process.kill();
        let before = complete.len();
        for ids in load.join_all().await {
            for id in ids {
                assert!(complete.insert(id), "an id twice");
            }
        }
        deploys.await.expect("no panic");
        assert!(complete.len() > before, "the load did something");
        assert!(deployed.load(Ordering::Acquire) > 0, "deploys did something");
    }

    let process = scene.start();
    assert!(process.start_time < Duration::from_secs(2), "{:?}", process.start_time);
    // The counters in memory, as the next request sees them, are those that the journal and the store add up to.
    let probe = scene.chat(&process, "dynamic/load", false, Some(4)).send().await;
    assert_eq!(probe.status, 200, "{}", probe.text());
    complete.insert(probe.log_id());
    let audit = scene.audit().await;
    let probe = audit.row(&probe.log_id()).await;
    audit.books_balance().await;
    let limit =
        probe.route.iter().flat_map(|route| &route.trail).find_map(|step| step.limit.clone()).expect("a budget");
    let of_budget =
        |row: &&waypost_store::ledger::CounterRow| row.kind == LimitKind::Cost && row.bucket == limit.bucket;
    let settled: i64 = audit.counters().await.iter().filter(of_budget).map(|row| row.settled).sum();
    assert_eq!(limit.used + COST, settled, "memory and ledger");

    // Every answer that was read to its end has its row, once, with its cost.
    let rows = audit.rows().await;
    let ids: BTreeSet<String> = rows.iter().map(|row| row.id.to_string()).collect();
    assert_eq!(ids.len(), rows.len(), "no row twice");
    let missing: Vec<_> = complete.difference(&ids).collect();
    assert!(missing.is_empty(), "{} of {} rows are missing: {missing:?}", missing.len(), complete.len());
    let is_charged = |row: &&waypost_types::record::RequestRecord| {
        row.outcome == RequestOutcome::Success && row.requested_model == "dynamic/load"
    };
    let charged: Vec<_> = rows.iter().filter(is_charged).collect();
    assert!(charged.iter().all(|row| row.cost.map(|cost| cost.0) == Some(COST)));

    // The provider's own ledger agrees, up to what was recovered at its estimate.
    let ledger = scene.provider.ledger();
    let account = ledger.get(&waypost_harness::gateway::provider_key("openai")).expect("OpenAI was called");
    assert_eq!(settled % COST, 0, "estimate and cost are the same here: {settled}");
    let booked = (settled / COST) as u64;
    let recovered = booked - charged.len() as u64;
    assert!(account.completed >= charged.len() as u64, "{account:?} {}", charged.len());
    assert!(account.completed <= booked + recovered, "{account:?}: booked {booked}, of which {recovered} recovered");
    let at_once = (CALLERS * KILLED_AFTER_MS.len()) as u64;
    assert!(recovered <= at_once, "{recovered} recovered: no more than were under way");
    assert!(scene.provider.problems().is_empty(), "{:?}", &scene.provider.problems()[..1]);
}

/// Streams that end by themselves within the grace period, and streams that would not.
async fn streams(scene: &Scene, process: &Process, model: &str, count: usize) -> JoinSet<waypost_harness::Answer> {
    let mut opened = JoinSet::new();
    for _ in 0..count {
        let call = scene.chat(process, model, true, None);
        opened.spawn(async move {
            let mut stream = call.open().await;
            assert_eq!(stream.status, 200);
            let first = stream.event().await;
            assert!(first.is_some());
            stream
        });
    }
    let streams = opened.join_all().await;
    let mut rest = JoinSet::new();
    for stream in streams {
        rest.spawn(stream.rest());
    }
    rest
}

async fn is_ready(process: &Process) -> bool {
    let Some(open) = process.call(Method::GET, "/readyz").try_open().await else { return false };
    open.status == 200
}

#[tokio::test]
async fn f61_sigterm_lets_streams_finish_and_tells_the_rest() {
    let scene = scene(Setup { cores: 2, grace: Duration::from_millis(2_000), ..Setup::default() }).await;
    scene.provider.install("ends", [Script::tokens(5).between_ms(150)]);
    scene.provider.install("stays", [Script::tokens(600).between_ms(100)]);
    let mut process = scene.start();
    assert!(is_ready(&process).await);
    let mut staying = streams(&scene, &process, "openai/test/stays", 250).await;
    let mut ending = streams(&scene, &process, "openai/test/ends", 250).await;
    let begun = Instant::now();
    process.terminate();
    let is_refused = Arc::new(AtomicBool::new(false));
    while !is_refused.load(Ordering::Relaxed) {
        is_refused.store(!is_ready(&process).await, Ordering::Relaxed);
        assert!(begun.elapsed() < Duration::from_millis(1_000), "not ready at once");
    }
    while let Some(answer) = ending.join_next().await {
        let text = answer.expect("no panic").text();
        assert!(text.ends_with("data: [DONE]\n\n"), "{text}");
    }
    while let Some(answer) = staying.join_next().await {
        let text = answer.expect("no panic").text();
        assert!(text.contains("\"stream_interrupted\"") && !text.contains("[DONE]"), "{text}");
    }
    assert!(process.ended_within(Duration::from_secs(8)).await, "it ended well");

    let audit = scene.audit().await;
    let rows = audit.rows_when(500).await;
    audit.books_balance().await;
    let count = |outcome| rows.iter().filter(|row| row.outcome == outcome).count();
    assert_eq!((rows.len(), count(RequestOutcome::Success), count(RequestOutcome::Interrupted)), (500, 250, 250));
}

#[tokio::test]
async fn f61_a_second_sigterm_ends_now() {
    let scene = scene(Setup::default()).await;
    scene.provider.install("stays", [Script::tokens(600).between_ms(100)]);
    let mut process = scene.start();
    let mut staying = streams(&scene, &process, "openai/test/stays", 5).await;
    let begun = Instant::now();
    process.terminate();
    while is_ready(&process).await {
        assert!(begun.elapsed() < Duration::from_secs(1), "not ready at once");
    }
    process.terminate();
    assert!(process.ended_within(Duration::from_secs(5)).await);
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    while let Some(answer) = staying.join_next().await {
        assert!(answer.expect("no panic").text().contains("stream_interrupted"));
    }
    let rows = scene.audit().await.rows_when(5).await;
    assert!(rows.iter().all(|row| row.outcome == RequestOutcome::Interrupted));
    let _: Value = serde_json::to_value(&rows).expect("rows are JSON");
}

/// What a process logs at its most talkative holds no secret either.
#[tokio::test]
async fn a80_no_log_line_of_any_level_holds_a_secret() {
    let setup = Setup {
        stored_keys: Vec::new(),
        admin_token: canary::secret("admin-token"),
        api_key: canary::secret("api-key"),
        ..Setup::default()
    };
    let dir = TempDir::new().expect("a temporary directory");
    let (data_dir, log) = (dir.path().join("data"), dir.path().join("stderr.log"));
    let provider = TestProvider::start();
    let file = std::fs::File::create(&log).expect("a file");
    let process = Process::start_with(PROGRAM, &setup, &data_dir, &provider, |command| {
        command.env("WAYPOST_LOG", "trace").stderr(file)
    });
    let admin = format!("Bearer {}", setup.admin_token);
    let config = json!({"provider_slug": "openai", "secret": canary::secret("openai")});
    let stored = process.call(Method::POST, &format!("{GATEWAY}/provider_configs")).header("authorization", &admin);
    assert_eq!(stored.json(&config).send().await.status, 200);
    let echo = Script { error_message: Some(format!("bad key {}", canary::secret("openai"))), ..Script::status(401) };
    provider.install("echo", [echo]);
    for model in ["openai/test/ok", "openai/test/echo", "openai/test/reset-mid-stream", "openai/test/html", "nobody/x"]
    {
        for stream in [false, true] {
            let call = process.call(Method::POST, "/v1/default/default/compat/chat/completions");
            call.key(&setup.api_key).json(&body(model, stream)).send().await;
        }
    }
    let own = process.call(Method::POST, "/v1/default/default/openai/chat/completions");
    let own = own.header("authorization", &format!("Bearer {}", canary::secret("own-key")));
    own.header("cf-aig-authorization", &format!("Bearer {}", setup.api_key)).json(&body("test/ok", false)).send().await;
    let mut process = process;
    process.terminate();
    assert!(process.ended_within(Duration::from_secs(8)).await);

    let logged = std::fs::read(&log).expect("the log");
    let logged = String::from_utf8_lossy(&logged);
    assert!(logged.len() > 1_000, "it logs: {logged}");
    let line = logged.lines().find(|line| line.contains(canary::MARK));
    assert_eq!(line, None);
}
