//! What `/metrics` counts. Labels take values from the configuration or from closed lists only, so that their number is
//! bounded whatever callers send.

use std::sync::atomic::AtomicU64;

use prometheus_client::{
    encoding::{EncodeLabelSet, EncodeLabelValue, LabelValueEncoder},
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::{Registry, Unit},
};
use waypost_types::{
    FaultClass, Text,
    record::{RequestOutcome, RequestRecord},
};

/// A name as the value of a label.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Label(Text);

impl EncodeLabelValue for Label {
    fn encode(&self, encoder: &mut LabelValueEncoder) -> Result<(), std::fmt::Error> {
        EncodeLabelValue::encode(&self.0.as_str(), encoder)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    gateway: Label,
    surface: &'static str,
    provider: Label,
    outcome: &'static str,
    status: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ErrorLabels {
    gateway: Label,
    error_type: Label,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct TokenLabels {
    gateway: Label,
    provider: Label,
    token_type: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ProviderLabels {
    gateway: Label,
    provider: Label,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct FaultLabels {
    class: &'static str,
}

/// The gateway's metrics. Names and units follow OpenTelemetry's GenAI conventions where those have one.
pub struct Metrics {
    requests: Family<RequestLabels, Counter>,
    errors: Family<ErrorLabels, Counter>,
    tokens: Family<TokenLabels, Counter>,
    cost_usd: Family<ProviderLabels, Counter<f64, AtomicU64>>,
    faults: Family<FaultLabels, Counter>,
    duration_s: Histogram,
    first_token_s: Histogram,
    overhead_s: Histogram,
    /// Requests in progress.
    pub requests_in_flight: Gauge,
    /// Answers whose token counts were implausible.
    pub implausible_usage: Counter,
    /// Differences that the last check of the ledger found (M1–M4): zero on a healthy gateway.
    pub ledger_differences: Gauge,
}

impl Metrics {
    /// Fresh metrics, entered into a registry.
    pub fn register(registry: &mut Registry) -> Self {
        let seconds = [0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0];
        let micros = [0.000_05, 0.000_1, 0.000_2, 0.000_5, 0.001, 0.002, 0.005, 0.01, 0.05];
        let metrics = Self {
            requests: Family::default(),
            errors: Family::default(),
            tokens: Family::default(),
            cost_usd: Family::default(),
            faults: Family::default(),
            duration_s: Histogram::new(seconds),
            first_token_s: Histogram::new(seconds),
            overhead_s: Histogram::new(micros),
            requests_in_flight: Gauge::default(),
            implausible_usage: Counter::default(),
            ledger_differences: Gauge::default(),
        };
        let registry = registry.sub_registry_with_prefix("waypost");
        registry.register("requests", "Requests that ended", metrics.requests.clone());
        registry.register("errors", "Requests that ended with an error of ours, by type", metrics.errors.clone());
        registry.register("tokens", "Tokens of answers, by direction", metrics.tokens.clone());
        registry.register("cost_usd", "Cost of requests in dollars, simulated cost left out", metrics.cost_usd.clone());
        registry.register("upstream_faults", "Failed upstream calls, by class", metrics.faults.clone());
        let timed = [
            ("request_duration", "From arrival to the end of the answer", &metrics.duration_s),
            ("time_to_first_token", "From arrival to the first token", &metrics.first_token_s),
            ("overhead", "The gateway's own time up to the headers", &metrics.overhead_s),
        ];
        for (name, help, histogram) in timed {
            registry.register_with_unit(name, help, Unit::Seconds, histogram.clone());
        }
        registry.register("requests_in_flight", "Requests in progress", metrics.requests_in_flight.clone());
        registry.register(
            "implausible_usage",
            "Answers whose token counts were capped because no answer can have so many",
            metrics.implausible_usage.clone(),
        );
        registry.register(
            "ledger_differences",
            "Differences between counters, attempts and log rows that the last hourly check found",
            metrics.ledger_differences.clone(),
        );
        metrics
    }

    /// An upstream call failed.
    pub fn upstream_fault(&self, class: FaultClass) {
        self.faults.get_or_create(&FaultLabels { class: class.as_str() }).inc();
    }

    /// A request ended.
    pub fn request(&self, record: &RequestRecord) {
        let gateway = || Label(record.gateway.clone());
        let provider = || Label(if record.attempts.is_empty() { Text::fixed("none") } else { record.provider.clone() });
        let labels = RequestLabels {
            gateway: gateway(),
            surface: record.surface.as_str(),
            provider: provider(),
            outcome: outcome_word(record.outcome),
            status: record.status,
        };
        self.requests.get_or_create(&labels).inc();
        if let Some(error_type) = &record.error_type {
            self.errors.get_or_create(&ErrorLabels { gateway: gateway(), error_type: Label(error_type.clone()) }).inc();
        }
        for (token_type, tokens) in [("input", record.usage.input_tokens), ("output", record.usage.output_tokens)] {
            if tokens > 0 {
                let labels = TokenLabels { gateway: gateway(), provider: provider(), token_type };
                self.tokens.get_or_create(&labels).inc_by(tokens);
            }
        }
        if let Some(cost) = record.cost
            && cost.0 > 0
            && !record.simulated
        {
            let labels = ProviderLabels { gateway: gateway(), provider: provider() };
            self.cost_usd.get_or_create(&labels).inc_by(cost.0 as f64 / 1e12);
        }
        self.duration_s.observe(record.duration_ms as f64 / 1e3);
        if let Some(first_token_ms) = record.first_token_ms {
            self.first_token_s.observe(first_token_ms as f64 / 1e3);
        }
        self.overhead_s.observe(record.overhead_us as f64 / 1e6);
    }
}

const fn outcome_word(outcome: RequestOutcome) -> &'static str {
    match outcome {
        RequestOutcome::Success => "success",
        RequestOutcome::Refused => "refused",
        RequestOutcome::Failed => "failed",
        RequestOutcome::Interrupted => "interrupted",
        RequestOutcome::CallerLeft => "caller_left",
    }
}
