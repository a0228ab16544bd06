//! What `/metrics` counts. Labels take values from the configuration or from closed lists only, so that their number is
//! bounded whatever callers send.

use std::{
    hash::BuildHasher,
    sync::{OnceLock, atomic::AtomicU64},
};

use foldhash::fast::FixedState;
use prometheus_client::{
    encoding::{EncodeLabelSet, EncodeLabelValue, LabelValueEncoder},
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::{Registry, Unit},
};
use waypost_types::{
    FaultClass, Text,
    record::{RequestOutcome, RequestRecord},
};

/// Sets of labels whose counters are remembered; those of further ones are searched each time.
const SERIES_MAX: usize = 4_096;

/// Where no provider was called.
const NO_PROVIDER: Text = Text::fixed("none");

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
    series: papaya::HashMap<u64, Series>,
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
            series: papaya::HashMap::new(),
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
        let provider = if record.attempts.is_empty() { &NO_PROVIDER } else { &record.provider };
        let key =
            FixedState::default().hash_one((&record.gateway, record.surface, provider, record.outcome, record.status));
        let known = self.series.pin();
        match known.get(&key).filter(|series| series.is_of(record, provider)) {
            Some(series) => self.count(series, record),
            None => {
                let series = Series::new(self, record, provider);
                self.count(&series, record);
                if known.len() < SERIES_MAX {
                    known.insert(key, series);
                }
            }
        }
        if let Some(error_type) = &record.error_type {
            let labels = ErrorLabels { gateway: Label(record.gateway.clone()), error_type: Label(error_type.clone()) };
            self.errors.get_or_create(&labels).inc();
        }
        self.duration_s.observe(record.duration_ms as f64 / 1e3);
        if let Some(first_token_ms) = record.first_token_ms {
            self.first_token_s.observe(first_token_ms as f64 / 1e3);
        }
        self.overhead_s.observe(record.overhead_us as f64 / 1e6);
    }

    fn count(&self, series: &Series, record: &RequestRecord) {
        series.requests.inc();
        let tokens = |token_type| {
            let (gateway, provider) = series.names();
            self.tokens.get_or_create_owned(&TokenLabels { gateway, provider, token_type })
        };
        if record.usage.input_tokens > 0 {
            series.input.get_or_init(|| tokens("input")).inc_by(record.usage.input_tokens);
        }
        if record.usage.output_tokens > 0 {
            series.output.get_or_init(|| tokens("output")).inc_by(record.usage.output_tokens);
        }
        if let Some(cost) = record.cost
            && cost.0 > 0
            && !record.simulated
        {
            let cost_usd = || {
                let (gateway, provider) = series.names();
                self.cost_usd.get_or_create_owned(&ProviderLabels { gateway, provider })
            };
            series.cost.get_or_init(cost_usd).inc_by(cost.0 as f64 / 1e12);
        }
    }
}

/// The counters of requests with the same labels, found once. A counter appears in `/metrics` when something was counted.
struct Series {
    labels: RequestLabels,
    requests: Counter,
    input: OnceLock<Counter>,
    output: OnceLock<Counter>,
    cost: OnceLock<Counter<f64, AtomicU64>>,
}

impl Series {
    fn new(metrics: &Metrics, record: &RequestRecord, provider: &Text) -> Self {
        let labels = RequestLabels {
            gateway: Label(record.gateway.clone()),
            surface: record.surface.as_str(),
            provider: Label(provider.clone()),
            outcome: outcome_word(record.outcome),
            status: record.status,
        };
        let requests = metrics.requests.get_or_create_owned(&labels);
        Self { labels, requests, input: OnceLock::new(), output: OnceLock::new(), cost: OnceLock::new() }
    }

    /// Two sets of labels may share a hash.
    fn is_of(&self, record: &RequestRecord, provider: &Text) -> bool {
        self.labels.gateway.0 == record.gateway
            && self.labels.provider.0 == *provider
            && self.labels.surface == record.surface.as_str()
            && self.labels.outcome == outcome_word(record.outcome)
            && self.labels.status == record.status
    }

    fn names(&self) -> (Label, Label) {
        (self.labels.gateway.clone(), self.labels.provider.clone())
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
