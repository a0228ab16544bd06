//! The headers that every answer of the data plane carries.
//!
//! They are written as the lines that they will be on the wire: an answer has a dozen of them, and a map would hash each
//! name and keep each value only to write them down a moment later.

use bytes::{BufMut, Bytes, BytesMut};
use http::{HeaderMap, HeaderName, HeaderValue, Response};
use waypost_types::{
    PicoUsd,
    record::{RequestRecord, TrailStep},
};

use crate::{Outgoing, serve::UNKNOWN};

const LOG_ID: &str = "cf-aig-log-id";
const EVENT_ID: &str = "cf-aig-event-id";
const REQUEST_ID: &str = "cf-aig-request-id";
const STEP: &str = "cf-aig-step";
const CACHE_STATUS: &str = "cf-aig-cache-status";
const MODEL: &str = "cf-aig-model";
const PROVIDER: &str = "cf-aig-provider";
const ROUTE: &str = "waypost-route";
const TRAIL: &str = "waypost-trail";
const BUDGET_REMAINING: &str = "waypost-budget-remaining-usd";
const OVERHEAD: &str = "waypost-overhead-us";
const COST: &str = "waypost-cost-usd";

/// What most answers need; longer ones grow it.
const LINES_BYTES: usize = 768;
/// A trail is cut behind this.
const TRAIL_BYTES_MAX: usize = 2_000;

/// What a request gets: an answer, and the gateway's own headers for it.
pub struct Answered {
    pub(crate) response: Response<Outgoing>,
    pub(crate) lines: HeaderLines,
}

/// Headers as they are written: `name: value`, each with the end of its line. No value holds a line's end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HeaderLines(Bytes);

impl From<Response<Outgoing>> for Answered {
    /// An answer that the gateway adds nothing to.
    fn from(response: Response<Outgoing>) -> Self {
        Self { response, lines: HeaderLines::default() }
    }
}

impl Answered {
    /// The headers besides the gateway's own.
    pub fn headers_mut(&mut self) -> &mut HeaderMap {
        self.response.headers_mut()
    }

    /// For whoever writes heads line by line.
    pub fn into_parts(self) -> (Response<Outgoing>, HeaderLines) {
        (self.response, self.lines)
    }

    /// For everybody else: all headers in one map.
    pub fn into_response(self) -> Response<Outgoing> {
        let Self { mut response, lines } = self;
        lines.put(response.headers_mut());
        response
    }
}

impl HeaderLines {
    /// The lines.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    fn put(&self, headers: &mut HeaderMap) {
        for line in self.0.split(|byte| *byte == b'\n') {
            let Some(at) = line.iter().position(|byte| *byte == b':') else { continue };
            let (name, value) = line.split_at(at);
            let value = value.strip_prefix(b": ").and_then(|value| value.strip_suffix(b"\r"));
            let value = value.and_then(|value| HeaderValue::from_bytes(value).ok());
            if let (Ok(name), Some(value)) = (HeaderName::from_bytes(name), value) {
                headers.insert(name, value);
            }
        }
    }
}

/// What the record does not say yet.
pub(crate) struct Stamp {
    /// What the tightest budget has left.
    pub(crate) budget_left: Option<PicoUsd>,
    /// What the answer cost, where that is known before it leaves.
    pub(crate) cost: Option<PicoUsd>,
    /// Microseconds of our own.
    pub(crate) overhead_us: u64,
}

struct Pen(BytesMut);

impl Stamp {
    pub(crate) fn lines(&self, record: &RequestRecord) -> HeaderLines {
        let mut pen = Pen(BytesMut::with_capacity(LINES_BYTES));
        let mut id = [0; 26];
        let id = record.id.write(&mut id).as_bytes();
        pen.line(LOG_ID, id);
        let event_id = record.event_id.as_ref().map_or(id, |event_id| event_id.as_bytes());
        pen.line(EVENT_ID, event_id);
        pen.line(REQUEST_ID, event_id);
        pen.numbered(STEP, record.step.into());
        pen.line(CACHE_STATUS, b"MISS");
        if record.provider != UNKNOWN && !record.attempts.is_empty() {
            pen.line(MODEL, record.model.as_bytes());
            pen.line(PROVIDER, record.provider.as_bytes());
        }
        if let Some(route) = &record.route {
            pen.begin(ROUTE);
            put_printable(&mut pen.0, &route.name);
            pen.0.put_u8(b'@');
            match route.version {
                0 => pen.0.put_slice(b"draft"),
                version => put_number(&mut pen.0, version.into()),
            }
            pen.end();
            pen.begin(TRAIL);
            put_trail(&mut pen.0, &route.trail);
            pen.end();
        }
        if let Some(left) = self.budget_left {
            pen.line(BUDGET_REMAINING, left.to_decimal().as_bytes());
        }
        pen.numbered(OVERHEAD, self.overhead_us);
        if let Some(cost) = self.cost {
            pen.line(COST, cost.to_decimal().as_bytes());
        }
        HeaderLines(pen.0.freeze())
    }
}

impl Pen {
    fn begin(&mut self, name: &str) {
        self.0.put_slice(name.as_bytes());
        self.0.put_slice(b": ");
    }

    fn end(&mut self) {
        self.0.put_slice(b"\r\n");
    }

    /// One header; none where its value is not one that a header can carry.
    fn line(&mut self, name: &str, value: &[u8]) {
        if value.iter().all(|byte| matches!(byte, b'\t' | b' '..=b'~' | 0x80..)) {
            self.begin(name);
            self.0.put_slice(value);
            self.end();
        }
    }

    fn numbered(&mut self, name: &str, number: u64) {
        self.begin(name);
        put_number(&mut self.0, number);
        self.end();
    }
}

fn put_number(text: &mut BytesMut, number: u64) {
    text.put_slice(itoa::Buffer::new().format(number).as_bytes());
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

    fn text<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
        headers.get(name).map_or("missing", |value| value.to_str().unwrap_or("no text"))
    }

    #[test]
    fn lines_say_what_the_record_says() {
        let mut record = RequestRecord::arrived(RequestId::new(UnixMs(1), 7), UnixMs(1), Surface::Dynamic);
        let step =
            |node: &str, output| TrailStep { node: node.into(), output: Text::fixed(output), ..TrailStep::default() };
        let trail = vec![step("start", "next"), step("größe", "true"), step("end", "")];
        record.route = Some(RouteRecord { name: "smart".into(), version: 12, trail, ..RouteRecord::default() });
        let stamp = Stamp { budget_left: Some(PicoUsd(5)), cost: Some(PicoUsd(1_000_000_000_000)), overhead_us: 120 };
        let lines = stamp.lines(&record);
        let written = String::from_utf8(lines.as_bytes().to_vec()).unwrap();
        assert!(written.ends_with("\r\nwaypost-overhead-us: 120\r\nwaypost-cost-usd: 1\r\n"), "{written}");
        let response = Answered { response: Response::new(Outgoing::full(Bytes::new())), lines }.into_response();
        let headers = response.headers();
        assert_eq!(headers.len(), written.lines().count());
        assert_eq!(text(headers, "cf-aig-log-id"), record.id.to_string());
        assert_eq!(text(headers, "cf-aig-request-id"), record.id.to_string());
        assert_eq!((text(headers, "cf-aig-step"), text(headers, "cf-aig-model")), ("0", "missing"));
        assert_eq!(
            (text(headers, "waypost-route"), text(headers, "waypost-trail")),
            ("smart@12", "start.next > gre.true > end")
        );
        assert_eq!(text(headers, "waypost-budget-remaining-usd"), "0.000000000005");
        assert_eq!((text(headers, "waypost-cost-usd"), text(headers, "waypost-overhead-us")), ("1", "120"));
    }

    #[test]
    fn a74_no_value_begins_a_line_of_its_own() {
        let mut record = RequestRecord::arrived(RequestId::new(UnixMs(1), 7), UnixMs(1), Surface::Dynamic);
        record.event_id = Some("a\r\nset-cookie: b=c".to_owned());
        record.route = Some(RouteRecord { name: "x\r\nset-cookie: b=c".into(), ..RouteRecord::default() });
        let lines = Stamp { budget_left: None, cost: None, overhead_us: 1 }.lines(&record);
        let written = String::from_utf8(lines.as_bytes().to_vec()).unwrap();
        assert!(!written.contains("\nset-cookie") && !written.contains("cf-aig-event-id"), "{written}");
        assert!(written.contains("waypost-route: xset-cookie: b=c@draft\r\n"), "{written}");
    }
}
