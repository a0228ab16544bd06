//! Metrics.

use std::{net::SocketAddr, sync::Arc};

use axum::{
    Router,
    extract::{Request, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use prometheus_client::{encoding::text::encode, metrics::gauge::Gauge, registry::Registry};
use waypost_gateway::core::Shared;
use waypost_journal::Journal;
use waypost_store::{ConfigStore, KeyDigest};

/// Who is at the other end of the connection.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub SocketAddr);

/// What `/metrics` reads.
pub struct Operations {
    /// Everything that is counted.
    pub registry: Registry,
    /// What the cores share.
    pub shared: Arc<Shared>,
    /// The journal's own numbers.
    pub journal: Arc<Journal>,
    /// Administrators' tokens.
    pub config: Arc<dyn ConfigStore>,
    gauges: Gauges,
}

#[derive(Default)]
struct Gauges {
    journal_waiting: Gauge,
    journal_disk_bytes: Gauge,
    journal_memory_bytes: Gauge,
    journal_dropped: Gauge,
    payloads_dropped: Gauge,
    generation: Gauge,
}

impl Operations {
    /// Enters the numbers that are read when somebody asks.
    pub fn new(
        mut registry: Registry,
        shared: Arc<Shared>,
        journal: Arc<Journal>,
        config: Arc<dyn ConfigStore>,
    ) -> Self {
        let gauges = Gauges::default();
        let waypost = registry.sub_registry_with_prefix("waypost");
        let listed = [
            ("journal_events_waiting", "Events appended and not yet stored", &gauges.journal_waiting),
            ("journal_disk_bytes", "Bytes of journal segments", &gauges.journal_disk_bytes),
            ("journal_memory_bytes", "Bytes of events that wait in memory, not durable", &gauges.journal_memory_bytes),
            ("journal_events_dropped", "Events lost because disk and memory were full", &gauges.journal_dropped),
            ("payloads_dropped", "Bodies not stored because the writer could not follow", &gauges.payloads_dropped),
            ("configuration_generation", "Generation of the live configuration", &gauges.generation),
        ];
        for (name, help, gauge) in listed {
            waypost.register(name, help, gauge.clone());
        }
        Self { registry, shared, journal, config, gauges }
    }

    fn read(&self) {
        let stats = self.journal.stats();
        let set = |gauge: &Gauge, value: u64| {
            gauge.set(i64::try_from(value).unwrap_or(i64::MAX));
        };
        set(&self.gauges.journal_waiting, stats.appended.saturating_sub(stats.drained));
        set(&self.gauges.journal_disk_bytes, stats.disk_bytes);
        set(&self.gauges.journal_memory_bytes, stats.memory_bytes as u64);
        set(&self.gauges.journal_dropped, stats.dropped + stats.too_large);
        set(&self.gauges.payloads_dropped, self.shared.payloads.dropped());
        set(&self.gauges.generation, self.shared.snapshot.load().generation);
    }
}

/// `/metrics`.
pub fn router(operations: Arc<Operations>) -> Router {
    Router::new().route("/metrics", get(metrics)).with_state(operations)
}

/// Open on loopback; elsewhere an administrator's token is needed.
async fn metrics(State(operations): State<Arc<Operations>>, request: Request) -> Response {
    let is_local = request.extensions().get::<Peer>().is_some_and(|peer| peer.0.ip().is_loopback());
    if !is_local && !is_administrator(&operations, request.headers()).await {
        return (StatusCode::UNAUTHORIZED, "Send an administrator's token: Authorization: Bearer <token>.")
            .into_response();
    }
    operations.read();
    let mut text = String::new();
    match encode(&mut text, &operations.registry) {
        Ok(()) => {
            let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
            ([(header::CONTENT_TYPE, kind)], text).into_response()
        }
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

async fn is_administrator(operations: &Operations, headers: &HeaderMap) -> bool {
    let token = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    let Some(token) = token else { return false };
    operations.config.admin_tokens().find(&KeyDigest::of(token.trim().as_bytes())).await.is_ok()
}
