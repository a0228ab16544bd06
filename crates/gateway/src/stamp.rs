//! The headers that every answer of the data plane carries.
//!
//! Their values are written behind one another into one piece of memory that all of them share: an answer has a dozen, and
//! an allocation for each costs more than writing it.

use bytes::{BufMut, BytesMut};
use http::{HeaderMap, HeaderName, HeaderValue};
use waypost_types::{
    PicoUsd,
    record::{RequestRecord, TrailStep},
};

use crate::serve::UNKNOWN;

const LOG_ID: HeaderName = HeaderName::from_static("cf-aig-log-id");
const EVENT_ID: HeaderName = HeaderName::from_static("cf-aig-event-id");
const REQUEST_ID: HeaderName = HeaderName::from_static("cf-aig-request-id");
const STEP: HeaderName = HeaderName::from_static("cf-aig-step");
const CACHE_STATUS: HeaderName = HeaderName::from_static("cf-aig-cache-status");
const MODEL: HeaderName = HeaderName::from_static("cf-aig-model");
const PROVIDER: HeaderName = HeaderName::from_static("cf-aig-provider");
const ROUTE: HeaderName = HeaderName::from_static("waypost-route");
const TRAIL: HeaderName = HeaderName::from_static("waypost-trail");
const BUDGET_REMAINING: HeaderName = HeaderName::from_static("waypost-budget-remaining-usd");
const OVERHEAD: HeaderName = HeaderName::from_static("waypost-overhead-us");
const COST: HeaderName = HeaderName::from_static("waypost-cost-usd");

/// More than any answer carries of ours.
const HEADERS: usize = 12;
/// What most answers need; longer ones grow it.
const VALUE_BYTES: usize = 320;
/// A trail is cut behind this.
const TRAIL_BYTES_MAX: usize = 2_000;

/// What the record does not say yet.
pub(crate) struct Stamp {
    /// What the tightest budget has left.
    pub(crate) budget_left: Option<PicoUsd>,
    /// What the answer cost, where that is known before it leaves.
    pub(crate) cost: Option<PicoUsd>,
    /// Microseconds of our own.
    pub(crate) overhead_us: u64,
}

struct Pen<'a> {
    headers: &'a mut HeaderMap,
    text: BytesMut,
}

impl Stamp {
    pub(crate) fn put(&self, record: &RequestRecord, headers: &mut HeaderMap) {
        headers.reserve(HEADERS);
        let mut pen = Pen { headers, text: BytesMut::with_capacity(VALUE_BYTES) };
        let mut id = [0; 26];
        if let Some(id) = pen.value(record.id.write(&mut id).as_bytes()) {
            let event_id = match &record.event_id {
                None => Some(id.clone()),
                Some(event_id) => pen.value(event_id.as_bytes()),
            };
            pen.headers.insert(LOG_ID, id);
            if let Some(event_id) = event_id {
                pen.headers.insert(EVENT_ID, event_id.clone());
                pen.headers.insert(REQUEST_ID, event_id);
            }
        }
        match record.step {
            0 => drop(pen.headers.insert(STEP, HeaderValue::from_static("0"))),
            step => drop(pen.headers.insert(STEP, HeaderValue::from(step))),
        }
        pen.headers.insert(CACHE_STATUS, HeaderValue::from_static("MISS"));
        if record.provider != UNKNOWN && !record.attempts.is_empty() {
            pen.put(MODEL, record.model.as_bytes());
            pen.put(PROVIDER, record.provider.as_bytes());
        }
        if let Some(route) = &record.route {
            pen.text.put_slice(route.name.as_bytes());
            pen.text.put_u8(b'@');
            match route.version {
                0 => pen.text.put_slice(b"draft"),
                version => put_number(&mut pen.text, version.into()),
            }
            pen.put(ROUTE, b"");
            put_trail(&mut pen.text, &route.trail);
            pen.put(TRAIL, b"");
        }
        if let Some(left) = self.budget_left {
            pen.put(BUDGET_REMAINING, left.to_decimal().as_bytes());
        }
        put_number(&mut pen.text, self.overhead_us);
        pen.put(OVERHEAD, b"");
        if let Some(cost) = self.cost {
            pen.put(COST, cost.to_decimal().as_bytes());
        }
    }
}

impl Pen<'_> {
    /// What was written so far with `end` behind it, as a value; `None` where no header can carry it.
    fn value(&mut self, end: &[u8]) -> Option<HeaderValue> {
        self.text.put_slice(end);
        HeaderValue::from_maybe_shared(self.text.split().freeze()).ok()
    }

    fn put(&mut self, name: HeaderName, end: &[u8]) {
        if let Some(value) = self.value(end) {
            self.headers.insert(name, value);
        }
    }
}

fn put_number(text: &mut BytesMut, number: u64) {
    let mut digits = [0_u8; 20];
    let mut rest = number;
    let mut count = 0;
    for place in digits.iter_mut().rev() {
        *place = b'0' + (rest % 10) as u8;
        rest /= 10;
        count += 1;
        if rest == 0 {
            break;
        }
    }
    text.put_slice(digits.get(digits.len() - count..).unwrap_or_default());
}

/// `s.next > c1.true > b1.fallback > small.success`
fn put_trail(text: &mut BytesMut, trail: &[TrailStep]) {
    let start = text.len();
    for step in trail {
        if text.len() > start {
            text.put_slice(b" > ");
        }
        put_printable(text, &step.node);
        if !step.output.is_empty() {
            text.put_u8(b'.');
            put_printable(text, &step.output);
        }
        if text.len() - start > TRAIL_BYTES_MAX {
            text.put_u8(b' ');
            break;
        }
    }
}

/// Names may hold what no header can carry.
fn put_printable(text: &mut BytesMut, name: &str) {
    if name.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        text.put_slice(name.as_bytes());
    } else {
        text.extend(name.bytes().filter(|byte| matches!(byte, b' '..=b'~')));
    }
}

#[cfg(test)]
mod tests {
    use waypost_types::{RequestId, Surface, Text, UnixMs, record::RouteRecord};

    use super::*;

    #[test]
    fn numbers_are_written_whole() {
        for number in [0, 7, 10, 1_234_567_890, u64::MAX] {
            let mut text = BytesMut::new();
            put_number(&mut text, number);
            assert_eq!(text, number.to_string());
        }
    }

    #[test]
    fn values_share_memory_and_stand_alone() {
        let mut record = RequestRecord::arrived(RequestId::new(UnixMs(1), 7), UnixMs(1), Surface::Dynamic);
        let step =
            |node: &str, output| TrailStep { node: node.into(), output: Text::fixed(output), ..TrailStep::default() };
        let trail = vec![step("start", "next"), step("größe", "true"), step("end", "")];
        record.route = Some(RouteRecord { name: "smart".into(), version: 12, trail, ..RouteRecord::default() });
        let mut headers = HeaderMap::new();
        let stamp = Stamp { budget_left: Some(PicoUsd(5)), cost: Some(PicoUsd(1_000_000_000_000)), overhead_us: 120 };
        stamp.put(&record, &mut headers);
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or("missing");
        assert_eq!(text("cf-aig-log-id"), record.id.to_string());
        assert_eq!(text("cf-aig-request-id"), record.id.to_string());
        assert_eq!((text("cf-aig-step"), text("cf-aig-model")), ("0", "missing"));
        assert_eq!((text("waypost-route"), text("waypost-trail")), ("smart@12", "start.next > gre.true > end"));
        assert_eq!((text("waypost-budget-remaining-usd"), text("waypost-cost-usd")), ("0.000000000005", "1"));
        assert_eq!(text("waypost-overhead-us"), "120");
    }
}
