//! Calls against the scripted provider: faults and attacks (`docs/reference/ids.md`) as far as they show at one call.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body::Body;
use http_body_util::BodyExt;
use waypost_testkit::{
    Options as ProviderOptions, Script, TestProvider,
    script::{Cut, Drip, Early, Encoding, Framing},
    tls::TlsKind,
};
use waypost_types::{Fault, FaultClass};
use waypost_upstream::{Answer, Deadlines, Endpoint, Options, Trust, Upstream, read_whole};

struct Bench {
    provider: TestProvider,
    upstream: Upstream,
    endpoint: Arc<Endpoint>,
}

const SOON: Duration = Duration::from_millis(120);

fn deadlines() -> Deadlines {
    let second = Duration::from_secs(1);
    Deadlines { connect: second, first_byte: Some(second), between: second, total: 5 * second }
}

fn bench() -> Bench {
    bench_with(ProviderOptions::default())
}

fn bench_with(options: ProviderOptions) -> Bench {
    let provider = TestProvider::start_with(options).unwrap();
    let extra_roots = provider.root().into_iter().collect();
    let upstream = Upstream::new(&Options { extra_roots, ..Options::default() }).unwrap();
    let endpoint = Arc::new(Endpoint::parse(&format!("{}/v1", provider.url()), Trust::Operator).unwrap());
    Bench { provider, upstream, endpoint }
}

fn chat(endpoint: &Endpoint, stream: bool) -> Request<Bytes> {
    let path = endpoint.path_and_query("chat/completions").unwrap();
    let body = format!(r#"{{"model":"m","stream":{stream},"messages":[{{"role":"user","content":"one two three"}}]}}"#);
    Request::post(path.as_str())
        .header("authorization", "Bearer sk-1")
        .header("content-type", "application/json")
        .body(body.into())
        .unwrap()
}

impl Bench {
    async fn call(&self, stream: bool, deadlines: &Deadlines) -> Result<Response<Answer>, Fault> {
        self.upstream.call(&self.endpoint, chat(&self.endpoint, stream), deadlines).await
    }

    /// Plays a script and reads everything: the text, or the fault and what came before it.
    async fn read(&self, script: Script, stream: bool, deadlines: &Deadlines) -> Result<String, (Fault, String)> {
        self.provider.next(script);
        let response = self.call(stream, deadlines).await.map_err(|fault| (fault, String::new()))?;
        let mut body = response.into_body();
        let mut text = Vec::new();
        while let Some(frame) = body.frame().await {
            match frame {
                Ok(frame) => text.extend_from_slice(&frame.into_data().unwrap_or_default()),
                Err(fault) => return Err((fault, String::from_utf8_lossy(&text).into_owned())),
            }
        }
        Ok(String::from_utf8(text).unwrap())
    }

    async fn fault(&self, script: Script, stream: bool, deadlines: &Deadlines) -> FaultClass {
        self.read(script, stream, deadlines).await.unwrap_err().0.class
    }
}

#[tokio::test]
async fn an_answer_arrives_and_its_connection_is_used_again() {
    let bench = bench();
    for round in 0..3 {
        let response = bench.call(false, &deadlines()).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.body().is_reused(), round > 0);
        let whole = read_whole(response).await.unwrap();
        assert!(String::from_utf8_lossy(whole.body()).contains("Echo: one two three"));
    }
    for _ in 0..3 {
        assert!(bench.read(Script::ok(), true, &deadlines()).await.unwrap().ends_with("data: [DONE]\n\n"));
    }
    assert_eq!(bench.provider.connections(), 1);
    assert_eq!(bench.provider.problems(), [""; 0]);
    let counts = bench.upstream.counts();
    assert_eq!((counts.opened, counts.reused, counts.idle), (1, 5, 1));
}

#[tokio::test]
async fn ready_events_leave_in_few_frames() {
    let bench = bench();
    bench.provider.next(Script::tokens(50));
    let mut body = bench.call(true, &deadlines()).await.unwrap().into_body();
    tokio::time::sleep(Duration::from_millis(30)).await;
    let mut frames = 0;
    while let Some(frame) = body.frame().await {
        frames += usize::from(frame.unwrap().is_data());
    }
    assert!(frames <= 3, "{frames} frames for 50 events that were there at once");
}

#[tokio::test]
async fn f01_error_statuses_are_answers() {
    let bench = bench();
    for status in [500, 502, 503, 529] {
        bench.provider.next(Script::status(status));
        assert_eq!(bench.call(false, &deadlines()).await.unwrap().status(), status);
    }
}

#[tokio::test]
async fn f03_refused_connections_are_said() {
    let bench = bench();
    let port = bench.provider.address().port();
    drop(bench.provider);
    let fault =
        bench.upstream.call(&bench.endpoint, chat(&bench.endpoint, false), &deadlines()).await.map(drop).unwrap_err();
    assert_eq!(fault, Fault::new(FaultClass::Connect, format!("connection refused (127.0.0.1:{port})")));
}

#[tokio::test]
async fn f03_certificates_that_do_not_hold_are_tls_faults() {
    for kind in [TlsKind::SelfSigned, TlsKind::Expired, TlsKind::WrongName] {
        let bench = bench_with(ProviderOptions { tls: Some(kind), ..ProviderOptions::default() });
        assert_eq!(bench.call(false, &deadlines()).await.map(drop).unwrap_err().class, FaultClass::Tls, "{kind:?}");
        assert!(bench.provider.received().is_empty());
    }
    let unknown_root = bench_with(ProviderOptions { tls: Some(TlsKind::Good), ..ProviderOptions::default() });
    let upstream = Upstream::new(&Options::default()).unwrap();
    let outcome = upstream.call(&unknown_root.endpoint, chat(&unknown_root.endpoint, false), &deadlines()).await;
    assert_eq!(outcome.map(drop).unwrap_err().class, FaultClass::Tls);
}

#[tokio::test]
async fn tls_and_http2_answer_like_plain_connections() {
    for http2 in [false, true] {
        let bench = bench_with(ProviderOptions { tls: Some(TlsKind::Good), http2, ..ProviderOptions::default() });
        for round in 0..3 {
            let response = bench.call(round == 1, &deadlines()).await.unwrap();
            assert_eq!(response.body().is_reused(), round > 0);
            let whole = read_whole(response).await.unwrap();
            assert!(String::from_utf8_lossy(whole.body()).contains("three"));
        }
        assert_eq!((bench.provider.last().http2, bench.provider.connections()), (http2, 1));
        assert_eq!(bench.provider.problems(), [""; 0]);
        let slow = Deadlines { first_byte: Some(SOON), ..deadlines() };
        let hang = Script { never_answer: true, ..Script::ok() };
        assert_eq!(bench.fault(hang, false, &slow).await, FaultClass::FirstTokenTimeout);
        let cut = Script::tokens(9).cut(Cut { after_pieces: Some(2), reset: true, ..Cut::default() });
        let (fault, before) = bench.read(cut, true, &deadlines()).await.unwrap_err();
        assert_eq!(fault.class, FaultClass::Interrupted);
        assert!(before.contains("\"content\":\"Echo: \""), "{before}");
    }
}

#[tokio::test]
async fn http2_is_not_spoken_where_the_endpoint_forbids_it() {
    let bench = bench_with(ProviderOptions { tls: Some(TlsKind::Good), http2: true, ..ProviderOptions::default() });
    let endpoint = Arc::new((*bench.endpoint).clone().http1_only());
    let response = bench.upstream.call(&endpoint, chat(&endpoint, false), &deadlines()).await.unwrap();
    read_whole(response).await.unwrap();
    assert!(!bench.provider.last().http2);
}

#[tokio::test]
async fn f04_a_connect_that_hangs_ends_at_its_deadline() {
    // A listener whose queue is full takes no further connection: the kernel drops the SYN.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let mut held = Vec::new();
    while let Ok(stream) = std::net::TcpStream::connect_timeout(&address, Duration::from_millis(40)) {
        held.push(stream);
        if held.len() > 6_000 {
            return;
        }
    }
    let endpoint = Arc::new(Endpoint::parse(&format!("http://{address}"), Trust::Operator).unwrap());
    let upstream = Upstream::new(&Options::default()).unwrap();
    let quick = Deadlines { connect: SOON, ..deadlines() };
    let fault = upstream.call(&endpoint, chat(&endpoint, false), &quick).await.map(drop).unwrap_err();
    assert_eq!(fault.class, FaultClass::ConnectTimeout);
}

#[tokio::test]
async fn f05_no_answer_ends_at_the_first_byte_deadline_and_the_connection_goes() {
    let bench = bench();
    let quick = Deadlines { first_byte: Some(SOON), ..deadlines() };
    let begun = Instant::now();
    let hang = Script { never_answer: true, ..Script::ok() };
    assert_eq!(bench.fault(hang, false, &quick).await, FaultClass::FirstTokenTimeout);
    assert!(begun.elapsed() < Duration::from_millis(600));
    assert_eq!(bench.upstream.counts().idle, 0);
    assert!(bench.provider.wait_until(|all| all[0].caller_left));
    // A head alone is not the first byte.
    let head_only = Script::ok().first_event_after_ms(3_000);
    assert_eq!(bench.fault(head_only, true, &quick).await, FaultClass::FirstTokenTimeout);
}

#[tokio::test]
async fn f06_a_pooled_connection_that_closed_is_replaced_silently() {
    let bench = bench();
    for _ in 0..3 {
        bench.read(Script { close_after: true, ..Script::ok() }, false, &deadlines()).await.unwrap();
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(bench.provider.received().len(), 3);
    assert_eq!(bench.provider.connections(), 3);
    assert!(bench.provider.received().iter().all(|received| received.finished));
}

#[tokio::test]
async fn f06_a_close_that_crosses_the_request_is_a_fault_and_nothing_is_sent_twice() {
    let bench = bench();
    let mut calls = 0;
    for _ in 0..20 {
        bench.provider.next(Script { close_after: true, ..Script::ok() });
        calls += 1;
        // Called again at once: whether the close is seen before the request is written is up to the network.
        match bench.call(true, &deadlines()).await {
            Ok(response) => drop(read_whole(response).await),
            Err(fault) => {
                assert_eq!(fault.class, FaultClass::Closed);
                assert!(fault.class.is_retryable());
            }
        }
    }
    assert!(bench.provider.received().len() <= calls, "{} requests for {calls} calls", bench.provider.received().len());
}

#[tokio::test]
async fn f06_a_connection_whose_peer_is_about_to_close_it_is_not_used() {
    let bench = bench();
    for (keep_alive, reused) in [("timeout=5, max=1000", true), ("timeout=1", false), ("max=3", true)] {
        bench.read(Script::ok().header("keep-alive", keep_alive), false, &deadlines()).await.unwrap();
        let response = bench.call(false, &deadlines()).await.unwrap();
        assert_eq!(response.body().is_reused(), reused, "{keep_alive}");
        read_whole(response).await.unwrap();
    }
}

#[tokio::test]
async fn f07_an_early_answer_is_used() {
    let bench = bench();
    for early in [Early::Drain, Early::Close] {
        bench.provider.next(Script { early: Some(early), ..Script::status(413) });
        let request = Request::post("/v1/chat/completions").body(Bytes::from(vec![b'x'; 200_000])).unwrap();
        let response = bench.upstream.call(&bench.endpoint, request, &deadlines()).await.unwrap();
        assert_eq!(response.status(), 413, "{early:?}");
        if early == Early::Drain {
            assert!(read_whole(response).await.is_ok());
        }
    }
    assert!(bench.read(Script::ok(), false, &deadlines()).await.is_ok());
}

#[tokio::test]
async fn f08_a_slow_drip_is_alive() {
    let bench = bench();
    let quick = Deadlines { first_byte: Some(SOON), between: SOON, ..deadlines() };
    let text = "x".repeat(40);
    let drip = Script { drip: Some(Drip { bytes: 2, every_ms: 15 }), ..Script::body("text/plain", &text) };
    assert_eq!(bench.read(drip, false, &quick).await.unwrap(), text);
    let dripping = Script { drip: Some(Drip { bytes: 2, every_ms: 15 }), ..Script::body("text/plain", &text) };
    let short = Deadlines { total: SOON, ..deadlines() };
    assert_eq!(bench.fault(dripping, false, &short).await, FaultClass::TotalTimeout);
}

#[tokio::test]
async fn f09_silence_between_events_ends_at_the_idle_deadline_only() {
    let bench = bench();
    let patient = Deadlines { between: Duration::from_millis(500), ..deadlines() };
    assert!(bench.read(Script::ok().between_ms(60), true, &patient).await.is_ok());
    let impatient = Deadlines { between: SOON, ..deadlines() };
    assert_eq!(bench.fault(Script::ok().between_ms(2_000), true, &impatient).await, FaultClass::IdleTimeout);
}

#[tokio::test]
async fn f10_closed_before_the_head() {
    let bench = bench();
    for reset in [false, true] {
        let cut = Script::ok().cut(Cut { reset, ..Cut::default() });
        assert_eq!(bench.fault(cut, true, &deadlines()).await, FaultClass::Closed);
    }
    // On a pooled connection too: it was written, so it is not sent twice.
    bench.read(Script::ok(), false, &deadlines()).await.unwrap();
    let before = bench.provider.received().len();
    assert_eq!(bench.fault(Script::ok().cut(Cut::default()), false, &deadlines()).await, FaultClass::Closed);
    assert_eq!(bench.provider.received().len(), before + 1);
}

#[tokio::test]
async fn f12_broken_off_in_the_middle() {
    let bench = bench();
    for (reset, stream) in [(false, true), (true, true), (false, false), (true, false)] {
        let cut = Cut { after_bytes: Some(150), reset, ..Cut::default() };
        let (fault, before) = bench.read(Script::ok().cut(cut), stream, &deadlines()).await.unwrap_err();
        assert_eq!((fault.class, before.len()), (FaultClass::Interrupted, 150));
        assert_eq!(fault.detail, "the provider closed the connection after 150 bytes");
    }
    assert_eq!(bench.upstream.counts().idle, 0);
}

#[tokio::test]
async fn f14_what_is_not_http_is_a_bad_answer() {
    let bench = bench();
    for raw in [
        "SSH-2.0-OpenSSH_9.2\r\n",
        "HTTP/1.1 abc\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n",
    ] {
        assert_eq!(bench.fault(Script::raw(raw), false, &deadlines()).await, FaultClass::BadAnswer, "{raw}");
    }
    let broken = Script { framing: Framing::BrokenChunk, ..Script::tokens(5) };
    assert_eq!(bench.fault(broken, true, &deadlines()).await, FaultClass::BadAnswer);
}

#[tokio::test]
async fn f18_wrong_lengths_do_not_poison_the_pool() {
    let bench = bench();
    let short = Script { framing: Framing::WrongLength(10), ..Script::ok() };
    assert_eq!(bench.fault(short, false, &deadlines()).await, FaultClass::Interrupted);
    let long = Script { framing: Framing::WrongLength(-10), ..Script::ok() };
    let _ = bench.read(long, false, &deadlines()).await;
    let trailing =
        Script { trailing: Some("HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nevil".to_owned()), ..Script::ok() };
    let _ = bench.read(trailing, false, &deadlines()).await;
    let text = bench.read(Script::text("the right one"), false, &deadlines()).await.unwrap();
    assert!(text.contains("the right one"));
    assert_eq!(bench.provider.connections(), 4);
}

#[tokio::test]
async fn f18_encodings_are_undone_within_bounds() {
    let bench = bench();
    let mut outcomes = Vec::new();
    for encoding in
        [Encoding::Gzip, Encoding::Deflate, Encoding::BrokenGzip, Encoding::Named("br".to_owned()), Encoding::Bomb(8)]
    {
        bench.provider.next(Script { encoding, ..Script::text("in the clear") });
        let whole = read_whole(bench.call(false, &deadlines()).await.unwrap()).await;
        outcomes.push(whole.map(|whole| {
            assert!(
                whole.headers().get("content-encoding").is_none() && whole.headers().get("content-length").is_none()
            );
            String::from_utf8_lossy(whole.body()).contains("in the clear")
        }));
    }
    let classes: Vec<_> = outcomes.into_iter().map(|outcome| outcome.map_err(|fault| fault.class)).collect();
    let (bad, large) = (Err(FaultClass::BadAnswer), Err(FaultClass::TooLarge));
    assert_eq!(classes, [Ok(true), Ok(true), bad, bad, large]);
}

#[tokio::test]
async fn f19_informational_answers_are_skipped_and_heads_are_bounded() {
    let bench = bench();
    let early_hints = Script { informational: vec![100, 103, 103], ..Script::ok() };
    assert!(bench.read(early_hints, false, &deadlines()).await.unwrap().contains("Echo"));
    let big =
        (0..99).fold(Script::ok(), |script, index| script.header(&format!("x-big-{index}"), &"v".repeat(8 * 1024)));
    assert_eq!(bench.fault(big, false, &deadlines()).await, FaultClass::TooLarge);
    let many = (0..200).fold(Script::ok(), |script, index| script.header(&format!("x-many-{index}"), "v"));
    assert_eq!(bench.fault(many, false, &deadlines()).await, FaultClass::TooLarge);
    let trailers =
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ntrailer: x-sum\r\n\r\n2\r\nhi\r\n0\r\nx-sum: 1\r\n\r\n";
    assert_eq!(bench.read(Script::raw(trailers), false, &deadlines()).await.unwrap(), "hi");
}

#[tokio::test]
async fn an_answer_of_announced_100_mib_is_refused_at_its_head() {
    let bench = bench();
    let head = "HTTP/1.1 200 OK\r\ncontent-length: 104857600\r\n\r\n";
    assert_eq!(bench.fault(Script::raw(head), false, &deadlines()).await, FaultClass::TooLarge);
}

#[tokio::test]
async fn f33_an_answer_dropped_early_takes_its_connection_with_it() {
    let bench = bench();
    bench.provider.next(Script::tokens(50).between_ms(20));
    let mut body = bench.call(true, &deadlines()).await.unwrap().into_body();
    assert!(body.frame().await.unwrap().is_ok());
    let begun = Instant::now();
    drop(body);
    assert!(bench.provider.wait_until(|all| all[0].caller_left));
    assert!(begun.elapsed() < Duration::from_millis(100), "{:?}", begun.elapsed());
    assert_eq!(bench.upstream.counts().idle, 0);
}

#[tokio::test]
async fn a01_no_header_selects_the_host() {
    let bench = bench();
    let mut request = chat(&bench.endpoint, false);
    *request.uri_mut() = "http://evil.example:81/v1/chat/completions".parse().unwrap();
    for (name, value) in
        [("host", "evil.example"), ("transfer-encoding", "identity"), ("content-length", "3"), ("connection", "x")]
    {
        request.headers_mut().insert(name, value.parse().unwrap());
    }
    let response = bench.upstream.call(&bench.endpoint, request, &deadlines()).await.unwrap();
    read_whole(response).await.unwrap();
    let received = bench.provider.last();
    assert_eq!(received.path, "/v1/chat/completions");
    assert_eq!(received.problems, [""; 0]);
}

#[tokio::test]
async fn a03_a_name_that_resolves_to_a_private_address_is_refused_at_connect() {
    // `localhost` is refused when an address is saved; here it stands for a name that changed after that.
    let provider = TestProvider::start();
    let port = provider.address().port();
    let endpoint = |host: &str| Arc::new(Endpoint::parse(&format!("http://{host}:{port}"), Trust::Builtin).unwrap());
    let upstream = Upstream::new(&Options::default()).unwrap();
    for host in ["localhost", "127.0.0.1"] {
        let endpoint = endpoint(host);
        let fault = upstream.call(&endpoint, chat(&endpoint, false), &deadlines()).await.map(drop).unwrap_err();
        assert_eq!(fault.class, FaultClass::AddressRefused);
        assert!(fault.detail.contains("private address"), "{fault}");
    }
    assert_eq!(provider.connections(), 0);
    let endpoint = endpoint("localhost");

    let allow = waypost_upstream::AllowList::parse([format!("127.0.0.1:{port}").as_str()]).unwrap();
    let upstream = Upstream::new(&Options { allow, ..Options::default() }).unwrap();
    assert!(upstream.call(&endpoint, chat(&endpoint, false), &deadlines()).await.is_ok());
}

#[tokio::test]
async fn a07_redirects_are_not_followed() {
    let bench = bench();
    let elsewhere = TestProvider::start();
    for status in [301, 302, 307, 308] {
        bench.provider.next(Script::status(status).header("location", &elsewhere.url()));
        assert_eq!(bench.call(false, &deadlines()).await.unwrap().status(), status);
    }
    assert!(elsewhere.received().is_empty());
}

#[tokio::test]
async fn a08_proxy_variables_are_not_read() {
    // This process's environment cannot be changed without `unsafe`; a child's can.
    let bench = bench();
    if std::env::var_os("WAYPOST_TEST_PROXIED").is_some() {
        let url = std::env::var("WAYPOST_TEST_URL").unwrap();
        let endpoint = Arc::new(Endpoint::parse(&url, Trust::Operator).unwrap());
        let response = bench.upstream.call(&endpoint, chat(&endpoint, false), &deadlines()).await.unwrap();
        assert!(response.body().size_hint().exact().is_some());
        return;
    }
    let proxy = TestProvider::start();
    let status = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "a08_proxy_variables_are_not_read"])
        .envs(["http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY"].map(|name| (name, proxy.url())))
        .envs([("WAYPOST_TEST_PROXIED", "1".to_owned()), ("WAYPOST_TEST_URL", bench.provider.url())])
        .stdout(std::process::Stdio::null())
        .status()
        .unwrap();
    assert!(status.success());
    assert_eq!((proxy.connections(), bench.provider.received().len()), (0, 1));
}
