//! Everything is opened and put together, in the order that a crash makes necessary: stores, checkpoint, journal, counters,
//! configuration, cores.

use std::{
    collections::HashMap,
    fs,
    net::SocketAddr,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
    thread,
};

use anyhow::{Context, anyhow};
use arc_swap::ArcSwap;
use prometheus_client::registry::Registry;
use tokio::{runtime, sync::watch};
use waypost_admin::{Admin, Previews, SignIns, hosts::Hosts};
use waypost_gateway::{
    core::{Core, Shared},
    history::OutputHistory,
    metrics::Metrics,
    payload::Payloads,
    snapshot::Builder,
};
use waypost_journal::{Event, Journal, Kept, Opened};
use waypost_store::{
    ConfigStore, LogStore, NoteKind,
    counters::{Counters, MemoryCounters, Recovered, Recovery},
    ledger::Checkpoint,
};
use waypost_store_sql::Stores;
use waypost_types::{Booking, Clock, UnixMs};
use waypost_upstream::{AllowList, Options, Upstream, catalogue::Catalogue};

use crate::{
    config::Config,
    drainer::{self, Drainer},
    first_start::{self, Made, MayMake},
    handover,
    listen::{self, CoreServer, POOL_SWEEP_EVERY, Stage},
    management,
    operations::Operations,
    playground::Playground,
    publisher::{self, LivePublisher},
    system::{self, SystemClock},
};

/// A gateway that serves. Dropping it stops it at once; [`Running::stop`] lets requests finish.
pub struct Running {
    /// Where it listens.
    pub address: SocketAddr,
    /// What the first start made, to be shown once.
    pub made: Made,
    stage: watch::Sender<Stage>,
    shared: Arc<Shared>,
    cores: Vec<thread::JoinHandle<()>>,
    drainer: Option<thread::JoinHandle<()>>,
    is_stopping: Arc<AtomicBool>,
    journal: Arc<Journal>,
    management: Option<runtime::Runtime>,
}

/// Everything durable of a data directory, opened.
struct Durable {
    config: Arc<dyn ConfigStore>,
    logs: Arc<dyn LogStore>,
    opened: Opened,
    counters: Arc<MemoryCounters>,
}

/// Starts a gateway.
///
/// # Errors
/// One clear reason: the address is in use, the data directory cannot be used, a setting is wrong.
pub fn start(config: &Config) -> anyhow::Result<Running> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let catalogue = Arc::new(catalogue(config)?);
    let allowed = AllowList::parse(config.allow_upstream.iter().map(String::as_str)).context("--allow-upstream")?;
    let listeners = bind(config)?;
    let address = listeners.first().context("no core")?.local_addr()?;
    make_data_dir(&config.data_dir)?;
    let master_key = first_start::master_key(config, MayMake::Yes)?.map(Arc::new);
    let management = runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .thread_name("management")
        .on_thread_start(system::yield_to_traffic)
        .enable_all()
        .build()
        .context("cannot start the management runtime")?;

    // On the runtime's own thread: the databases' threads inherit its priority. The journal's do not, since cores depend on
    // the segments that they make.
    let opening = management.spawn({
        let (config, now) = (config.clone(), clock.now());
        async move { open_stores(&config, now).await }
    });
    let Stored { stores, checkpoint, made, config: stored, resets } =
        management.block_on(opening).context("opening the data directory")??;
    let durable = open_journal(config, stores, &checkpoint, clock.now())?;
    reset_again(&durable.counters, &resets, clock.now());
    let builder = Arc::new(Builder::new(catalogue.clone(), allowed.clone(), master_key.clone()));
    let (snapshot, _) = publisher::first_snapshot(&builder, &stored, &*durable.logs, &*clock);

    // Read once, before the first request would have to wait for it.
    waypost_money::PriceTable::embedded();
    let mut registry = Registry::default();
    let metrics = Metrics::register(&mut registry);
    let (payloads, payload_receiver) = Payloads::new();
    let shared = Arc::new(Shared {
        snapshot: ArcSwap::from_pointee(snapshot),
        counters: durable.counters.clone(),
        payloads,
        metrics,
        clock: clock.clone(),
        history: OutputHistory::default(),
        flaky_calls: AtomicU64::new(0),
        is_draining: AtomicBool::new(false),
        in_progress: AtomicUsize::new(0),
    });

    let Opened { journal, tail, .. } = durable.opened;
    let journal = Arc::new(journal);
    let is_stopping = Arc::new(AtomicBool::new(false));
    let drainer = Drainer {
        tail,
        payloads: payload_receiver,
        logs: durable.logs.clone(),
        config: durable.config.clone(),
        counters: durable.counters.clone(),
        ledger_differences: shared.metrics.ledger_differences.clone(),
        clock: clock.clone(),
        runtime: management.handle().clone(),
        is_stopping: is_stopping.clone(),
    };
    let drainer = drainer.start().context("cannot start the drainer")?;

    // A core beside the others, on the management runtime.
    let options = Options { allow: allowed.clone(), ..Options::default() };
    let upstream = Upstream::new(&options).context("TLS")?;
    let appender = journal.appender(u16::try_from(config.cores).unwrap_or(u16::MAX));
    let inside = Arc::new(Core::new(shared.clone(), upstream, appender, system::random_u128() as u64));

    let publisher = LivePublisher::new(
        durable.config.clone(),
        durable.logs.clone(),
        builder.clone(),
        shared.clone(),
        clock.clone(),
    );
    let admin = Admin {
        config: durable.config.clone(),
        logs: durable.logs,
        publisher: Arc::new(publisher),
        checks: builder,
        counters: durable.counters,
        experience: {
            let shared = shared.clone();
            Arc::new(move |provider, model| shared.history.p95(provider, model))
        },
        catalogue,
        allowed,
        master_key,
        clock,
        random: Arc::new(system::random),
        base_url: first_start::url(address),
        is_exposed: !address.ip().is_loopback() && config.admin_token.is_none(),
        playground: Arc::new(Playground(inside.clone())),
        upstream: inside.upstream.clone(),
        previews: Previews::default(),
        sign_ins: SignIns::default(),
    };
    let operations = Operations::new(registry, shared.clone(), journal.clone(), durable.config);
    let hosts = Hosts::new(config.admin_hosts.iter().cloned());
    let router = management::router(operations, waypost_admin::router(admin), hosts);
    let (desk, inbox) = handover::desk();
    management.spawn(inbox.serve(router));
    management.spawn(sweep(inside.upstream.clone()));

    let (stage, watched) = watch::channel(Stage::Serving);
    let mut cores = Vec::new();
    for (index, listener) in listeners.into_iter().enumerate() {
        let upstream = Upstream::new(&options).context("TLS")?;
        let appender = journal.appender(u16::try_from(index).unwrap_or(u16::MAX));
        let core = Arc::new(Core::new(shared.clone(), upstream, appender, system::random_u128() as u64));
        let server = CoreServer {
            core,
            desk: desk.clone(),
            inside: inside.ending.clone(),
            stage: watched.clone(),
            grace: config.grace,
        };
        cores.push(start_core(index, server, listener)?);
    }
    Ok(Running {
        address,
        made,
        stage,
        shared,
        cores,
        drainer: Some(drainer),
        is_stopping,
        journal,
        management: Some(management),
    })
}

/// Lets go of idle connections to providers, as each core does for its own.
async fn sweep(upstream: Upstream) {
    let mut every = tokio::time::interval(POOL_SWEEP_EVERY);
    loop {
        every.tick().await;
        upstream.sweep();
    }
}

fn catalogue(config: &Config) -> anyhow::Result<Catalogue> {
    let addresses =
        config.providers.iter().filter_map(|(slug, provider)| Some((slug.as_str(), provider.base_url.as_deref()?)));
    Catalogue::new(addresses).map_err(|(slug, error)| anyhow!("providers.{slug}.base_url: {error}"))
}

/// One listener per core, all on the address that the first one got.
fn bind(config: &Config) -> anyhow::Result<Vec<std::net::TcpListener>> {
    // SO_REUSEPORT lets a second process of the same user join silently: make sure that nobody is there.
    if config.listen.port() != 0 {
        let probe = std::net::TcpListener::bind(config.listen)
            .with_context(|| format!("cannot listen on {}", config.listen))?;
        drop(probe);
    }
    let first = listen::bind(config.listen).with_context(|| format!("cannot listen on {}", config.listen))?;
    let address = first.local_addr()?;
    let mut listeners = vec![first];
    for _ in 1..config.cores {
        listeners.push(listen::bind(address).with_context(|| format!("cannot listen on {address}"))?);
    }
    Ok(listeners)
}

fn make_data_dir(path: &Path) -> anyhow::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .with_context(|| format!("cannot make the data directory {}", path.display()))
}

/// What the databases hold at the start.
struct Stored {
    stores: Stores,
    checkpoint: Checkpoint,
    made: Made,
    config: waypost_store::Config,
    /// What resets took out of counters, as JSON lists of bookings.
    resets: Vec<String>,
}

async fn open_stores(config: &Config, now: UnixMs) -> anyhow::Result<Stored> {
    let stores =
        Stores::open(&config.data_dir).await.map_err(|error| anyhow!("{}: {error}", config.data_dir.display()))?;
    let checkpoint = stores.logs.load_checkpoint(now).await?;
    let made = first_start::prepare(config, &*stores.config, now).await?;
    let stored = stores.config.load().await?;
    let resets = stores.config.notes().all(NoteKind::Resets).await?;
    Ok(Stored { stores, checkpoint, made, config: stored, resets })
}

/// The journal and the counters: afterwards they are as if nothing had happened.
fn open_journal(config: &Config, stores: Stores, checkpoint: &Checkpoint, now: UnixMs) -> anyhow::Result<Durable> {
    let positions: Vec<_> = checkpoint.positions.iter().filter_map(drainer::journal_position).collect();
    let options = waypost_journal::Options {
        // One more for the Playground: a core must not wait for a thread that gives way to it.
        cores: u16::try_from(config.cores + 1).unwrap_or(u16::MAX),
        ..waypost_journal::Options::default()
    };
    let mut opened = Journal::open(&config.data_dir.join("journal"), options, &positions)?;
    let counters = Arc::new(MemoryCounters::default());
    let mut recovery = Recovery::begin(&counters, checkpoint);
    for (_, event) in opened.replay.by_ref() {
        match event {
            Event::Money(event) => recovery.apply(&event),
            Event::Record(json) => recovery.apply_record(&json),
        }
    }
    let damaged = opened.replay.report();
    if damaged.damaged > 0 || damaged.unreadable > 0 {
        tracing::error!(
            places = damaged.damaged,
            bytes = damaged.damaged_bytes,
            unreadable = damaged.unreadable,
            "the journal had damaged places; whole records around them were kept"
        );
    }
    append_recovered(&opened.journal, recovery.finish(now));
    Ok(Durable { config: stores.config, logs: stores.logs, opened, counters })
}

/// What a crash cut off is booked at its estimate, and the log says so.
fn append_recovered(journal: &Journal, recovered: Recovered) {
    if recovered.settlements.is_empty() {
        return;
    }
    let (attempts, rows) = (recovered.settlements.len(), recovered.records.len());
    tracing::warn!(attempts, rows, "attempts that a crash cut off are booked at their estimate");
    let appender = journal.appender(0);
    // The last end of a request goes with its row: another crash leaves both or neither.
    let mut ends = HashMap::new();
    for settlement in recovered.settlements {
        if let Some(earlier) = ends.insert(settlement.attempt.request, settlement) {
            let _ = appender.append_money(&earlier.into());
        }
    }
    for record in recovered.records {
        let end = ends.remove(&record.id);
        let _ = match (serde_json::to_vec(&record), end) {
            (Ok(json), Some(end)) => appender.append_ended(&end.into(), &json),
            (Ok(json), None) => appender.append_record(&json),
            (Err(error), end) => {
                tracing::error!(%error, "the row of a request that a crash cut off could not be written");
                end.map_or(Kept::Dropped, |end| appender.append_money(&end.into()))
            }
        };
    }
    for end in ends.into_values() {
        let _ = appender.append_money(&end.into());
    }
}

/// Counters come from the attempts, which know nothing of resets: what somebody took out is taken out once more.
fn reset_again(counters: &MemoryCounters, resets: &[String], now: UnixMs) {
    for text in resets {
        match serde_json::from_str::<Vec<Booking>>(text) {
            Ok(mut bookings) => {
                // A window counts until the one after it has passed.
                bookings.retain(|booking| {
                    now < booking.window_end.plus_ms(booking.window_end.since_ms(booking.window_start))
                });
                counters.refund(&bookings);
            }
            Err(error) => tracing::warn!(%error, "resets of counters can't be read and are forgotten"),
        }
    }
}

fn start_core(
    index: usize,
    server: CoreServer,
    listener: std::net::TcpListener,
) -> anyhow::Result<thread::JoinHandle<()>> {
    let runtime = runtime::Builder::new_current_thread().enable_all().build().context("cannot start a core")?;
    let run = move || {
        let core = server.core.clone();
        if let Err(error) = runtime.block_on(server.run(listener)) {
            tracing::error!(%error, "a core stopped");
        }
        // Whatever still runs settles while the journal is open.
        drop(runtime);
        drop(core);
    };
    thread::Builder::new().name(format!("core-{index}")).spawn(run).context("cannot start a core")
}

impl Running {
    /// No new connections; running requests finish within the grace period. Returns at once.
    pub fn drain(&self) {
        self.shared.is_draining.store(true, Ordering::Relaxed);
        // Never back from the end: stopping drains once more.
        self.stage.send_if_modified(|stage| {
            let is_serving = *stage == Stage::Serving;
            if is_serving {
                *stage = Stage::Draining;
            }
            is_serving
        });
    }

    /// Ends what still runs.
    pub fn end(&self) {
        self.stage.send_replace(Stage::Ended);
    }

    /// Every request has ended.
    pub fn is_idle(&self) -> bool {
        self.cores.iter().all(thread::JoinHandle::is_finished)
    }

    /// Drains, waits for the end of all requests and stores what they left.
    pub fn stop(mut self) {
        self.drain();
        self.finish();
    }

    fn finish(&mut self) {
        for core in self.cores.drain(..) {
            if core.join().is_err() {
                tracing::error!("a core panicked");
            }
        }
        self.is_stopping.store(true, Ordering::Release);
        if let Some(drainer) = self.drainer.take()
            && drainer.join().is_err()
        {
            tracing::error!("the drainer panicked");
        }
        self.journal.sync();
        if let Some(management) = self.management.take() {
            management.shutdown_background();
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.drain();
        self.end();
        self.finish();
    }
}
