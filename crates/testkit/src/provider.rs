//! The scripted provider: start it, install scripts, ask what arrived.

use std::{
    collections::{HashMap, VecDeque},
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};

use tokio::sync::oneshot;
use tokio_rustls::TlsAcceptor;

use crate::{
    judge::{Bench, judge},
    ledger::Ledger,
    request::Received,
    script::Script,
    serve,
    tls::{Identity, TlsKind},
};

/// Requests that are kept; the ledger counts on.
const RECEIVED_MAX: usize = 20_000;

/// How to start.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where to listen; port 0 picks one.
    pub address: SocketAddr,
    /// With TLS.
    pub tls: Option<TlsKind>,
    /// Offer HTTP/2 (with TLS).
    pub http2: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { address: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), tls: None, http2: false }
    }
}

/// A running provider on a thread of its own; it stops when dropped.
pub struct TestProvider {
    shared: Arc<Shared>,
    address: SocketAddr,
    identity: Option<Identity>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// What connections share.
pub(crate) struct Shared {
    pub(crate) state: Mutex<State>,
    pub(crate) bench: Bench,
    pub(crate) connections: AtomicU64,
}

#[derive(Default)]
pub(crate) struct State {
    installed: HashMap<String, Installed>,
    next: VecDeque<Script>,
    usual: Script,
    received: Vec<Received>,
    count: u64,
    ledger: Ledger,
}

/// The scripts of a name: one per request, the last for all that follow.
struct Installed {
    scripts: Vec<Script>,
    played: usize,
}

// === impl TestProvider ===

impl TestProvider {
    /// Starts on a free port of 127.0.0.1, in clear text.
    ///
    /// # Panics
    /// When there is no port.
    pub fn start() -> Self {
        Self::start_with(Options::default()).expect("a loopback port is free")
    }

    /// Starts.
    ///
    /// # Errors
    /// When the address is taken or no certificate can be made.
    pub fn start_with(options: Options) -> io::Result<Self> {
        let listener = std::net::TcpListener::bind(options.address)?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let identity = options.tls.map(Identity::new).transpose().map_err(io::Error::other)?;
        let protocols: &[&str] = if options.http2 { &["h2", "http/1.1"] } else { &["http/1.1"] };
        let acceptor = match &identity {
            Some(identity) => {
                let config = identity.server_config(protocols).map_err(io::Error::other)?;
                Some(TlsAcceptor::from(Arc::new(config)))
            }
            None => None,
        };
        let port = address.port();
        let hosts = ["127.0.0.1", "localhost"].map(|host| format!("{host}:{port}")).to_vec();
        let shared =
            Arc::new(Shared { state: Mutex::default(), bench: Bench { hosts }, connections: AtomicU64::new(0) });

        let (stop, stopped) = oneshot::channel();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let serving = serve::listen(listener, acceptor, shared.clone());
        let thread = std::thread::Builder::new().name("test-provider".to_owned()).spawn(move || {
            runtime.block_on(async {
                tokio::select! {
                    _ = serving => {}
                    _ = stopped => {}
                }
            });
        })?;
        Ok(Self { shared, address, identity, stop: Some(stop), thread: Some(thread) })
    }

    /// Where it listens.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// `http://127.0.0.1:port`, or `https://localhost:port` with TLS.
    pub fn url(&self) -> String {
        let port = self.address.port();
        if self.identity.is_some() { format!("https://localhost:{port}") } else { format!("http://127.0.0.1:{port}") }
    }

    /// The root certificate that makes [`TlsKind::Good`] good, in DER.
    pub fn root(&self) -> Option<rustls::pki_types::CertificateDer<'static>> {
        self.identity.as_ref().map(|identity| identity.root.clone())
    }

    /// Installs scripts for models named `test/<name>`: the first request plays the first, the last repeats.
    pub fn install(&self, name: &str, scripts: impl IntoIterator<Item = Script>) {
        self.shared.install(name, scripts.into_iter().collect());
    }

    /// Plays this for the next request that no earlier `next` took, whatever its model.
    pub fn next(&self, script: Script) {
        self.shared.lock().next.push_back(script);
    }

    /// Plays this for models that name no script.
    pub fn usually(&self, script: Script) {
        self.shared.lock().usual = script;
    }

    /// Everything that arrived, in order.
    pub fn received(&self) -> Vec<Received> {
        self.shared.lock().received.clone()
    }

    /// What arrived last.
    ///
    /// # Panics
    /// When nothing did.
    pub fn last(&self) -> Received {
        self.shared.lock().received.last().cloned().expect("the provider received a request")
    }

    /// Waits until a condition holds on what arrived; false when it does not within a second.
    pub fn wait_until(&self, holds: impl Fn(&[Received]) -> bool) -> bool {
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_secs(1) {
            if holds(&self.shared.lock().received) {
                return true;
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        false
    }

    /// What the judge found, with the number of the request.
    pub fn problems(&self) -> Vec<String> {
        let state = self.shared.lock();
        let of = |received: &Received| {
            received.problems.iter().map(|problem| format!("#{}: {problem}", received.index)).collect::<Vec<_>>()
        };
        state.received.iter().flat_map(of).collect()
    }

    /// Its own count, by key.
    pub fn ledger(&self) -> Ledger {
        self.shared.lock().ledger.clone()
    }

    /// Connections accepted so far.
    pub fn connections(&self) -> u64 {
        self.shared.connections.load(Ordering::SeqCst)
    }

    /// Forgets scripts, requests and counts.
    pub fn reset(&self) {
        *self.shared.lock() = State::default();
    }

    /// Runs until the process ends.
    pub fn run(mut self) {
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Drop for TestProvider {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

// === impl Shared ===

impl Shared {
    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn install(&self, name: &str, scripts: Vec<Script>) {
        self.lock().installed.insert(name.to_owned(), Installed { scripts, played: 0 });
    }

    /// The script that would be played for a request whose model is not known yet, if it answers early.
    pub(crate) fn early(&self) -> bool {
        let state = self.lock();
        state.next.front().unwrap_or(&state.usual).early.is_some()
    }

    /// Judges and records a request, and picks its script.
    pub(crate) fn take(&self, mut received: Received) -> (Received, Script) {
        received.problems = judge(&received, &self.bench);
        let mut state = self.lock();
        let script = state.pick(&mut received);
        received.index = state.count;
        state.count += 1;
        state.ledger.entry(key(&received)).or_default().requests += 1;
        if state.received.len() < RECEIVED_MAX {
            state.received.push(received.clone());
        }
        (received, script)
    }

    /// Records how an answer went; before its last byte leaves when it is whole, so that who has read it finds it here.
    pub(crate) fn settle(
        &self,
        received: &Received,
        input_tokens: u64,
        output_tokens: u64,
        finished: bool,
        caller_left: bool,
    ) {
        let mut state = self.lock();
        let account = state.ledger.entry(key(received)).or_default();
        account.completed += u64::from(finished && input_tokens > 0);
        if finished || output_tokens > 0 {
            account.input_tokens += input_tokens;
            account.output_tokens += output_tokens;
        }
        if let Some(known) = state.received.iter_mut().rev().find(|known| known.index == received.index) {
            known.input_tokens = input_tokens;
            known.output_tokens = output_tokens;
            known.finished = finished;
            known.caller_left = caller_left;
        }
    }

    pub(crate) fn snapshot(&self) -> (Vec<Received>, Ledger) {
        let state = self.lock();
        (state.received.clone(), state.ledger.clone())
    }

    pub(crate) fn forget(&self) {
        *self.lock() = State::default();
    }

    pub(crate) fn push_next(&self, script: Script) {
        self.lock().next.push_back(script);
    }
}

impl State {
    fn pick(&mut self, received: &mut Received) -> Script {
        if let Some(script) = self.next.pop_front() {
            received.script = "next".to_owned();
            return script;
        }
        let Some(name) = received.script_name().map(str::to_owned) else {
            return self.usual.clone();
        };
        received.script.clone_from(&name);
        if let Some(installed) = self.installed.get_mut(&name) {
            let index = installed.played.min(installed.scripts.len().saturating_sub(1));
            installed.played += 1;
            return installed.scripts.get(index).cloned().unwrap_or_default();
        }
        Script::named(&name).unwrap_or_else(|| Script {
            error_message: Some(format!("the test provider has no script {name:?}")),
            ..Script::status(404)
        })
    }
}

fn key(received: &Received) -> String {
    let value = received.credentials.first().map(|(_, value)| value.as_str()).unwrap_or_default();
    value.strip_prefix("Bearer ").unwrap_or(value).to_owned()
}
