//! The life of an amount: `open` before the first byte goes to a provider, then exactly one of `settle` or `void`.
//!
//! Events are what the journal stores, so their binary form is versioned: a decoder reads every version that was ever
//! written (invariant I16).

mod codec;
#[cfg(test)]
mod tests;

use waypost_types::{
    AttemptId, Booking, Fault, FaultClass, PicoUsd, Surface, Text, UnixMs, Usage, UsageSource,
    record::{AttemptRecord, CostSource, RequestOutcome, RequestRecord, RouteRecord},
};

pub use codec::DecodeError;

/// An attempt begins. Amounts are reserved in the windows that its bookings name; requests are counted at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Open {
    /// The attempt.
    pub attempt: AttemptId,
    /// When it began.
    pub at: UnixMs,
    /// Reserved amounts. A cost booking reserves its estimate; the settlement replaces it by the actual cost.
    pub bookings: Vec<Booking>,
    /// Expected cost of the attempt; `None` when the model has no price.
    pub estimate: Option<PicoUsd>,
    /// Requests counted, settled at once and never taken back.
    pub counts: Vec<Booking>,
    /// What the log row is made from when a crash cuts the attempt off; `None` when the request leaves no row.
    pub origin: Option<Origin>,
}

/// Whose attempt it is and whom it calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// Account name.
    pub account: Text,
    /// Gateway id.
    pub gateway: Text,
    /// URL family.
    pub surface: Surface,
    /// The `model` that the caller named.
    pub requested_model: Text,
    /// Provider slug.
    pub provider: Text,
    /// Model name as sent.
    pub model: Text,
    /// Element id of the model node.
    pub node: Text,
    /// Id of the API key.
    pub key_id: Option<Text>,
    /// Label of the API key.
    pub key_label: Option<Text>,
    /// The dynamic route.
    pub route: Option<OriginRoute>,
}

/// The route of an [`Origin`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OriginRoute {
    /// Id of the route.
    pub id: Text,
    /// Its name at that time.
    pub name: Text,
    /// Id of the version.
    pub version_id: Text,
    /// Number of the version.
    pub version: u32,
}

/// An attempt ended and cost something, perhaps nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settle {
    /// The attempt.
    pub attempt: AttemptId,
    /// When it ended. Booked are the windows of its `open`, not the one of this moment.
    pub at: UnixMs,
    /// What it cost; zero when `source` says that it is unknown.
    pub cost: PicoUsd,
    /// How the cost is known.
    pub source: CostSource,
    /// Tokens.
    pub usage: Usage,
}

/// An attempt ended without an answer: what it reserved is released and nothing is booked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Void {
    /// The attempt.
    pub attempt: AttemptId,
    /// When it ended.
    pub at: UnixMs,
}

/// One money event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// See [`Open`].
    Open(Open),
    /// See [`Settle`].
    Settle(Settle),
    /// See [`Void`].
    Void(Void),
}

// === impl Open ===

impl Open {
    /// The settlement of an attempt whose end was never written (a crash, or a reservation older than the longest
    /// request): its estimate stands. Without an estimate the cost is unknown.
    pub fn recover(&self, at: UnixMs) -> Settle {
        let (cost, source) = match self.estimate {
            Some(estimate) => (estimate, CostSource::Recovered),
            None => (PicoUsd::ZERO, CostSource::Unknown),
        };
        Settle { attempt: self.attempt, at, cost, source, usage: Usage::default() }
    }

    /// The log row of a request whose attempt was recovered: what it asked and whom, and that its end is not known.
    pub fn recovered_record(&self) -> Option<RequestRecord> {
        let origin = self.origin.clone()?;
        let Settle { cost, source, .. } = self.recover(self.at);
        let cost = (source != CostSource::Unknown).then_some(cost);
        let id = self.attempt.request;
        let started_ms = u64::try_from(self.at.since_ms(id.at())).unwrap_or(0);
        let fault = Fault::new(FaultClass::Interrupted, "the gateway stopped");
        let attempt = AttemptRecord {
            index: self.attempt.index,
            node: origin.node,
            provider: origin.provider.clone(),
            model: origin.model.clone(),
            started_ms,
            fault: Some(fault.class),
            detail: fault.detail,
            usage_source: UsageSource::Estimated,
            cost,
            cost_source: source,
            estimate: self.estimate,
            ..AttemptRecord::default()
        };
        Some(RequestRecord {
            account: origin.account,
            gateway: origin.gateway,
            operation: Text::fixed("chat"),
            requested_model: origin.requested_model,
            provider: origin.provider,
            model: origin.model,
            outcome: RequestOutcome::Interrupted,
            error_type: Some(Text::fixed("stream_interrupted")),
            error_code: Some(9505),
            error_message: Some(
                "The gateway stopped before the answer was complete. What it cost is an estimate.".to_owned(),
            ),
            cost,
            cost_source: source,
            cost_estimate: self.estimate,
            key_id: origin.key_id,
            key_label: origin.key_label,
            route: origin.route.map(|route| RouteRecord {
                id: route.id,
                name: route.name,
                version_id: route.version_id,
                version: route.version,
                trail: Vec::new(),
            }),
            attempts: vec![attempt],
            ..RequestRecord::arrived(id, id.at(), origin.surface)
        })
    }
}

// === impl Event ===

impl Event {
    /// The attempt it belongs to. Together with [`Event::kind`] it is the id by which an event is applied once.
    pub fn attempt(&self) -> AttemptId {
        match self {
            Self::Open(open) => open.attempt,
            Self::Settle(settle) => settle.attempt,
            Self::Void(void) => void.attempt,
        }
    }

    /// When it happened.
    pub fn at(&self) -> UnixMs {
        match self {
            Self::Open(open) => open.at,
            Self::Settle(settle) => settle.at,
            Self::Void(void) => void.at,
        }
    }

    /// `open`, `settle` or `void`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Open(_) => "open",
            Self::Settle(_) => "settle",
            Self::Void(_) => "void",
        }
    }

    /// Appends the binary form: 123 bytes for an `open` with two bookings and no origin, 77 for a `settle`, 28 for a `void`.
    pub fn encode(&self, out: &mut Vec<u8>) {
        codec::encode(self, out);
    }

    /// Reads exactly one event of any version.
    ///
    /// # Errors
    /// [`DecodeError`] for an unknown version or kind, and for bytes that are too few or too many. Never panics, and
    /// allocates no more than the bytes given can hold.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        codec::decode(bytes)
    }
}

impl From<Open> for Event {
    fn from(open: Open) -> Self {
        Self::Open(open)
    }
}

impl From<Settle> for Event {
    fn from(settle: Settle) -> Self {
        Self::Settle(settle)
    }
}

impl From<Void> for Event {
    fn from(void: Void) -> Self {
        Self::Void(void)
    }
}
