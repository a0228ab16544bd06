//! How often a model is tried, and how long between: who has the say (D21).

use waypost_policy::retry::{Backoff, Delays};

use crate::{
    kinds::model::ModelNode,
    limits::{ATTEMPTS_PER_MODEL_MAX, RETRIES_MAX},
};

/// Settings for tries from one place; `None` leaves a setting to the next place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TrySettings {
    /// Tries in all, 1 to 5; clamped.
    pub max_attempts: Option<u8>,
    /// Milliseconds before a retry.
    pub delay_ms: Option<u64>,
    /// How the delay grows.
    pub backoff: Option<Backoff>,
}

/// What the request and the gateway say. Precedence: step of the universal endpoint, header, model node, gateway.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CallPolicy {
    /// Headers of the request.
    pub header: TrySettings,
    /// Settings of the gateway.
    pub gateway: TrySettings,
}

/// What holds for one model node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tries {
    pub(super) attempts: u32,
    pub(super) delays: Delays,
}

impl CallPolicy {
    pub(super) fn tries(&self, node: &ModelNode, steps_beat_headers: bool) -> Tries {
        let own = Say {
            attempts: node.retries.map(|retries| u32::from(retries.min(RETRIES_MAX)) + 1),
            delay_ms: node.retry_delay_ms,
            backoff: node.backoff,
        };
        let header = Say::of(&self.header);
        let (first, second) = if steps_beat_headers { (own, header) } else { (header, own) };
        let places = [first, second, Say::of(&self.gateway)];
        Tries {
            attempts: places.iter().find_map(|place| place.attempts).unwrap_or(1),
            delays: Delays {
                base_ms: places.iter().find_map(|place| place.delay_ms),
                backoff: places.iter().find_map(|place| place.backoff).unwrap_or_default(),
            },
        }
    }
}

/// One place's say, in one notation.
#[derive(Clone, Copy)]
struct Say {
    attempts: Option<u32>,
    delay_ms: Option<u64>,
    backoff: Option<Backoff>,
}

impl Say {
    fn of(settings: &TrySettings) -> Self {
        Self {
            attempts: settings.max_attempts.map(|attempts| u32::from(attempts).clamp(1, ATTEMPTS_PER_MODEL_MAX)),
            delay_ms: settings.delay_ms,
            backoff: settings.backoff,
        }
    }
}
