//! A stored change becomes live: loaded, compiled, swapped in. The next request sees it; running ones keep theirs.

use std::sync::Arc;

use tokio::sync::Mutex;
use waypost_gateway::{
    core::Shared,
    snapshot::{Builder, Finding, Snapshot},
};
use waypost_store::{
    Config, ConfigStore, LogStore, Publisher, StoreFuture,
    log::{Retention, RetentionRule},
};
use waypost_types::Clock;

/// Publishes to the cores of this process.
pub struct LivePublisher {
    config: Arc<dyn ConfigStore>,
    logs: Arc<dyn LogStore>,
    builder: Arc<Builder>,
    shared: Arc<Shared>,
    clock: Arc<dyn Clock>,
    /// One at a time, so that an older configuration never replaces a newer one.
    turn: Mutex<()>,
}

impl LivePublisher {
    /// A publisher.
    pub fn new(
        config: Arc<dyn ConfigStore>,
        logs: Arc<dyn LogStore>,
        builder: Arc<Builder>,
        shared: Arc<Shared>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { config, logs, builder, shared, clock, turn: Mutex::new(()) }
    }
}

impl Publisher for LivePublisher {
    fn publish(&self) -> StoreFuture<'_, u64> {
        Box::pin(async move {
            let _turn = self.turn.lock().await;
            let config = self.config.load().await?;
            let (snapshot, findings) = self.builder.build(&config, self.clock.now());
            report(&findings);
            self.logs.set_retention(retention(&config));
            let generation = snapshot.generation;
            self.shared.snapshot.store(Arc::new(snapshot));
            Ok(generation)
        })
    }
}

/// The first snapshot, before there is anything to publish to.
pub fn first_snapshot(
    builder: &Builder,
    config: &Config,
    logs: &dyn LogStore,
    clock: &dyn Clock,
) -> (Snapshot, Vec<Finding>) {
    logs.set_retention(retention(config));
    let (snapshot, findings) = builder.build(config, clock.now());
    report(&findings);
    (snapshot, findings)
}

fn report(findings: &[Finding]) {
    for finding in findings {
        tracing::warn!(what = %finding.what, why = %finding.why, "stored configuration can't be used");
    }
}

const DAY_MS: i64 = 86_400_000;
/// Payloads of all gateways together.
const PAYLOAD_BYTES_MAX: u64 = 8 << 30;

fn retention(config: &Config) -> Retention {
    let rule = |gateway: &waypost_store::GatewayRecord| RetentionRule {
        gateway: gateway.name(),
        rows_max: gateway.settings.log_rows_max(),
        strategy: gateway.settings.log_management_strategy.unwrap_or_default(),
        row_age_ms_max: None,
        // 0 days: as long as their row.
        payload_age_ms_max: Some(i64::from(gateway.settings.waypost.payloads.retention_days) * DAY_MS)
            .filter(|age| *age > 0),
    };
    Retention { gateways: config.gateways.iter().map(rule).collect(), payload_bytes_max: Some(PAYLOAD_BYTES_MAX) }
}
