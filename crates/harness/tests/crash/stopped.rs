//! SIGTERM with open streams (F61), and what was logged until then (A80).

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use http::Method;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::task::JoinSet;
use waypost_harness::{Process, Setup, gateway::body, management::GATEWAY};
use waypost_testkit::{Script, TestProvider, canary};
use waypost_types::record::RequestOutcome;

use super::{PROGRAM, Scene, scene};

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
