//! Connections that fail, hang or close (F03, F04, F06, F07).

use std::{
    net::TcpListener,
    time::{Duration, Instant},
};

use serde_json::json;
use waypost_harness::{Gateway, Setup, route};
use waypost_testkit::{Script, script::Early};
use waypost_types::FaultClass;

use super::faults;

#[tokio::test]
async fn f03_refused_connections_and_bad_certificates_fall_back_at_once() {
    let closed = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port");
    for kind in [None, Some(waypost_testkit::tls::TlsKind::SelfSigned), Some(waypost_testkit::tls::TlsKind::Expired)] {
        let options = waypost_testkit::Options { tls: kind, ..waypost_testkit::Options::default() };
        let secure = waypost_testkit::TestProvider::start_with(options).expect("a provider");
        let url = if kind.is_some() { secure.url() } else { format!("http://{closed}") };
        let gateway = Setup::default().address("openai", &url).start().await;
        gateway.create_route(&route::chain("down", ("openai", "test/ok"), ("anthropic", "test/tokens-2"))).await;
        let begun = Instant::now();
        let answer = gateway.chat("dynamic/down").send().await;
        assert_eq!((answer.status, answer.header("cf-aig-provider")), (200, "anthropic"), "{kind:?}");
        assert!(begun.elapsed() < Duration::from_secs(2), "{kind:?}");
        let row = gateway.audit.row(&answer.log_id()).await;
        let class = if kind.is_some() { FaultClass::Tls } else { FaultClass::Connect };
        assert_eq!(row.attempts[0].fault, Some(class), "{}", row.attempts[0].detail);
        assert!(secure.received().is_empty(), "never sent insecurely");

        let alone = gateway.chat("openai/test/ok").send().await;
        assert_eq!((alone.status, &alone.json()["type"]), (502, &json!("provider_error")), "{}", alone.text());
    }
}

/// A listener whose queue is full drops what knocks: the connection neither opens nor fails.
#[tokio::test]
async fn f04_a_connection_that_hangs_is_given_up_after_five_seconds() {
    let listener = socket_with_full_queue();
    let url = format!("http://{}", listener.0.local_addr().expect("an address"));
    let gateway = Setup::default().address("openai", &url).start().await;
    gateway.create_route(&route::chain("hanging", ("openai", "test/ok"), ("anthropic", "test/tokens-2"))).await;
    let begun = Instant::now();
    let answer = gateway.chat("dynamic/hanging").send().await;
    assert_eq!((answer.status, answer.header("cf-aig-provider")), (200, "anthropic"));
    let elapsed = begun.elapsed();
    assert!(elapsed > Duration::from_millis(4_500) && elapsed < Duration::from_millis(7_500), "{elapsed:?}");
    let row = gateway.audit.row(&answer.log_id()).await;
    assert_eq!(row.attempts[0].fault, Some(FaultClass::ConnectTimeout), "{}", row.attempts[0].detail);
}

/// Nobody accepts, and the queue of one is taken.
fn socket_with_full_queue() -> (TcpListener, Vec<std::net::TcpStream>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    rustix_listen(&listener);
    let address = listener.local_addr().expect("an address");
    let mut taken = Vec::new();
    while let Ok(stream) = std::net::TcpStream::connect_timeout(&address, Duration::from_millis(300)) {
        taken.push(stream);
    }
    (listener, taken)
}

fn rustix_listen(listener: &TcpListener) {
    socket2::SockRef::from(listener).listen(1).expect("a shorter queue");
}

#[tokio::test]
async fn f06_a_pooled_connection_that_was_closed_costs_one_silent_retry() {
    let gateway = Gateway::start().await;
    gateway.provider.install("closing", [Script { close_after: true, ..Script::ok() }, Script::ok()]);
    for _ in 0..3 {
        let answer = gateway.chat("openai/test/closing").send().await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        let row = gateway.audit.row(&answer.log_id()).await;
        assert_eq!(faults(&row), [None], "silent: {row:?}");
    }
    assert_eq!(gateway.provider.received().len(), 3, "answered once each");
}

#[tokio::test]
async fn f07_an_answer_before_the_body_was_read_is_used() {
    let gateway = Gateway::start().await;
    for early in [Early::Drain, Early::Close] {
        gateway.provider.next(Script { early: Some(early), ..Script::status(400) });
        let mut body = waypost_harness::gateway::body("openai/test/ok", false);
        body["messages"][0]["content"] = json!("x".repeat(4 << 20));
        let begun = Instant::now();
        let answer = gateway.post("compat/chat/completions").json(&body).send().await;
        assert!(matches!(answer.status, 400 | 502), "{early:?}: {} {}", answer.status, answer.text());
        assert!(begun.elapsed() < Duration::from_secs(5), "{early:?}");
        gateway.audit.row(&answer.log_id()).await;
    }
    gateway.books_balance().await;
}
