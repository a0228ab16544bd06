//! The `date` of answers, written once a second on each core.

use std::{
    cell::RefCell,
    time::{Duration, UNIX_EPOCH},
};

use waypost_types::UnixMs;

struct Written {
    second: u64,
    text: String,
}

thread_local! {
    static WRITTEN: RefCell<Written> = const { RefCell::new(Written { second: u64::MAX, text: String::new() }) };
}

/// Calls `then` with a time as HTTP writes it.
pub(crate) fn with<T>(now: UnixMs, then: impl FnOnce(&[u8]) -> T) -> T {
    let second = u64::try_from(now.0.div_euclid(1_000)).unwrap_or(0);
    WRITTEN.with_borrow_mut(|written| {
        if written.second != second {
            let text = httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(second));
            *written = Written { second, text };
        }
        then(written.text.as_bytes())
    })
}
