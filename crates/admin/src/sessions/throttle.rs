//! Failed tries to sign in, counted per address. A try is counted before it is judged and forgotten when it succeeds.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Mutex, MutexGuard, PoisonError},
};

use waypost_types::UnixMs;

use crate::limits::{TRIED_ADDRESSES_MAX, TRIES_MAX, TRIES_WINDOW};

#[derive(Default)]
pub(super) struct Throttle(Mutex<HashMap<Option<IpAddr>, Tries>>);

#[derive(Clone, Copy)]
struct Tries {
    count: u32,
    since: UnixMs,
}

impl Throttle {
    /// One more try. `Err` says in how many seconds it is possible.
    pub(super) fn begin(&self, from: Option<IpAddr>, now: UnixMs) -> Result<(), u64> {
        let window = i64::try_from(TRIES_WINDOW.as_millis()).unwrap_or(i64::MAX);
        let mut tried = self.lock();
        let mut from = bucket(from);
        if !tried.contains_key(&from) && tried.len() >= TRIED_ADDRESSES_MAX {
            tried.retain(|_, tries| now.0.saturating_sub(tries.since.0) < window);
            if tried.len() >= TRIED_ADDRESSES_MAX {
                // More addresses than anybody has by accident: they share one count.
                from = None;
            }
        }
        let tries = tried.entry(from).or_insert(Tries { count: 0, since: now });
        let passed = now.0.saturating_sub(tries.since.0);
        if passed >= window {
            *tries = Tries { count: 0, since: now };
        } else if tries.count >= TRIES_MAX {
            return Err((window - passed).unsigned_abs().div_ceil(1_000));
        }
        tries.count += 1;
        Ok(())
    }

    /// A try from there succeeded.
    pub(super) fn forget(&self, from: Option<IpAddr>) {
        self.lock().remove(&bucket(from));
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Option<IpAddr>, Tries>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whoever has one IPv6 address has 2⁶⁴ of them.
fn bucket(from: Option<IpAddr>) -> Option<IpAddr> {
    match from {
        Some(IpAddr::V6(address)) => match address.to_ipv4_mapped() {
            Some(address) => Some(address.into()),
            None => Some(std::net::Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX)).into()),
        },
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tries_are_bounded_per_address() {
        let throttle = Throttle::default();
        let (one, other) = (Some([192, 0, 2, 1].into()), Some([192, 0, 2, 2].into()));
        for _ in 0..TRIES_MAX {
            assert_eq!(throttle.begin(one, UnixMs(0)), Ok(()));
        }
        assert_eq!(throttle.begin(one, UnixMs(1_000)), Err(TRIES_WINDOW.as_secs() - 1));
        assert_eq!(throttle.begin(other, UnixMs(1_000)), Ok(()));
        assert_eq!(throttle.begin(one, UnixMs(TRIES_WINDOW.as_millis() as i64)), Ok(()));
        throttle.forget(one);
        assert_eq!(throttle.begin(one, UnixMs(0)), Ok(()));
    }

    #[test]
    fn one_network_is_one_address() {
        let address = |text: &str| Some(text.parse().unwrap());
        assert_eq!(bucket(address("2001:db8::1")), bucket(address("2001:db8::ffff:2")));
        assert_ne!(bucket(address("2001:db8::1")), bucket(address("2001:db8:0:1::1")));
        assert_eq!(bucket(address("::ffff:192.0.2.1")), address("192.0.2.1"));
    }

    #[test]
    fn the_table_of_addresses_is_bounded() {
        let throttle = Throttle::default();
        for bits in 0..TRIED_ADDRESSES_MAX as u32 * 2 {
            let _ = throttle.begin(Some(std::net::Ipv4Addr::from_bits(bits).into()), UnixMs(0));
        }
        assert!(throttle.lock().len() <= TRIED_ADDRESSES_MAX + 1);
    }
}
