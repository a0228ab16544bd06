//! The system's clock and randomness: the only place that asks for either (invariant I2).

use std::time::{SystemTime, UNIX_EPOCH};

use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use waypost_types::{Clock, UnixMs};

/// The wall clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the clock that everything else is handed")]
    fn now(&self) -> UnixMs {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        UnixMs(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }
}

/// Fills a buffer from the system's generator.
///
/// # Panics
/// When the system has no randomness: nothing safe can be done then.
pub fn random(buffer: &mut [u8]) {
    #[expect(clippy::expect_used, reason = "without randomness no key and no id may be made")]
    SystemRandom::new().fill(buffer).expect("the system gives random bytes");
}

/// Lowers the calling thread's priority, and that of the threads it starts: management, the drainer and the databases
/// give way to the cores. What they do comes late under load, never first.
pub fn yield_to_traffic() {
    const NICE: i32 = 10;
    if let Err(error) = rustix::process::nice(NICE) {
        tracing::debug!(%error, "the priority of a thread stays as it is");
    }
}

/// Random bits.
pub fn random_u128() -> u128 {
    let mut bytes = [0; 16];
    random(&mut bytes);
    u128::from_le_bytes(bytes)
}
