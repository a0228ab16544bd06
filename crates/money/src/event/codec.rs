//! The binary form. Integers are little-endian and of fixed width, so that encoding is a few copies. An `open` with an
//! origin is written in version 2, everything else in version 1, which older releases read.
//!
//! ```text
//! version u8 · kind u8 · request [16] · index u16 · at i64 · body
//! open    estimate: 0 | 1 i64 · bookings u16 n × booking · counts u16 n × booking
//! booking bucket [16] · kind u8 · window_start i64 · window_end i64 · amount i64
//! settle  cost i64 · source u8 · input, output, cache read, cache write, reasoning tokens 5 × u64
//! void    nothing
//! version 2, behind an open
//! origin  surface u8 · account, gateway, requested model, provider, model, node text
//!         · key: 0 | 1 id text · label: 0 | 1 text · route: 0 | 1 id, name, version id text · version u32
//! text    bytes u16 n × u8, UTF-8
//! ```

use waypost_types::{
    AttemptId, Booking, BucketId, LimitKind, PicoUsd, RequestId, Surface, Text, UnixMs, Usage, record::CostSource,
};

use super::{Event, Open, Origin, OriginRoute, Settle, Void};

const VERSION: u8 = 1;
const VERSION_WITH_ORIGIN: u8 = 2;

const OPEN: u8 = 1;
const SETTLE: u8 = 2;
const VOID: u8 = 3;

const COUNT: u8 = 0;
const COST: u8 = 1;

const BOOKING_BYTES: usize = 41;

/// Why bytes are not an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// Written by a newer release.
    #[error("event version {0} is not known to this release")]
    Version(u8),
    /// A byte that stands for no kind of event, limit or cost source.
    #[error("{0} is no {1}")]
    Tag(u8, &'static str),
    /// Too few bytes.
    #[error("event is cut short")]
    Truncated,
    /// A text that is no UTF-8.
    #[error("a name is not UTF-8")]
    Text,
    /// Bytes left over.
    #[error("{0} bytes after the event")]
    Trailing(usize),
}

// === writing ===

pub(super) fn encode(event: &Event, out: &mut Vec<u8>) {
    match event {
        Event::Open(open) => {
            let version = if open.origin.is_some() { VERSION_WITH_ORIGIN } else { VERSION };
            head(out, version, OPEN, open.attempt, open.at);
            match open.estimate {
                None => out.push(0),
                Some(estimate) => {
                    out.push(1);
                    out.extend_from_slice(&estimate.0.to_le_bytes());
                }
            }
            put_bookings(out, &open.bookings);
            put_bookings(out, &open.counts);
            if let Some(origin) = &open.origin {
                put_origin(out, origin);
            }
        }
        Event::Settle(settle) => {
            head(out, VERSION, SETTLE, settle.attempt, settle.at);
            out.extend_from_slice(&settle.cost.0.to_le_bytes());
            out.push(source_tag(settle.source));
            for tokens in counts_of(&settle.usage) {
                out.extend_from_slice(&tokens.to_le_bytes());
            }
        }
        Event::Void(void) => head(out, VERSION, VOID, void.attempt, void.at),
    }
}

fn head(out: &mut Vec<u8>, version: u8, kind: u8, attempt: AttemptId, at: UnixMs) {
    out.extend_from_slice(&[version, kind]);
    out.extend_from_slice(&attempt.request.to_bytes());
    out.extend_from_slice(&attempt.index.to_le_bytes());
    out.extend_from_slice(&at.0.to_le_bytes());
}

/// A route has at most 100 nodes, so 65,535 bookings are out of reach.
fn put_bookings(out: &mut Vec<u8>, bookings: &[Booking]) {
    let count = u16::try_from(bookings.len()).unwrap_or(u16::MAX);
    out.extend_from_slice(&count.to_le_bytes());
    for booking in bookings.iter().take(usize::from(count)) {
        out.extend_from_slice(&booking.bucket.0);
        out.push(match booking.kind {
            LimitKind::Count => COUNT,
            LimitKind::Cost => COST,
        });
        out.extend_from_slice(&booking.window_start.0.to_le_bytes());
        out.extend_from_slice(&booking.window_end.0.to_le_bytes());
        out.extend_from_slice(&booking.amount.to_le_bytes());
    }
}

fn put_origin(out: &mut Vec<u8>, origin: &Origin) {
    out.push(surface_tag(origin.surface));
    for text in
        [&origin.account, &origin.gateway, &origin.requested_model, &origin.provider, &origin.model, &origin.node]
    {
        put_text(out, text);
    }
    for text in [&origin.key_id, &origin.key_label] {
        out.push(u8::from(text.is_some()));
        text.iter().for_each(|text| put_text(out, text));
    }
    out.push(u8::from(origin.route.is_some()));
    if let Some(route) = &origin.route {
        for text in [&route.id, &route.name, &route.version_id] {
            put_text(out, text);
        }
        out.extend_from_slice(&route.version.to_le_bytes());
    }
}

/// Names are bounded far below 64 KiB where they come in; what is longer is cut.
fn put_text(out: &mut Vec<u8>, text: &str) {
    let end = text.floor_char_boundary(usize::from(u16::MAX));
    let text = text.get(..end).unwrap_or_default();
    out.extend_from_slice(&u16::try_from(text.len()).unwrap_or(u16::MAX).to_le_bytes());
    out.extend_from_slice(text.as_bytes());
}

/// Tags are part of the format: never reuse one.
fn surface_tag(surface: Surface) -> u8 {
    match surface {
        Surface::ProviderNative => 0,
        Surface::Compat => 1,
        Surface::Universal => 2,
        Surface::Dynamic => 3,
        Surface::AccountChat => 4,
        Surface::AccountMessages => 5,
    }
}

fn counts_of(usage: &Usage) -> [u64; 5] {
    let Usage { input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, reasoning_tokens } = *usage;
    [input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, reasoning_tokens]
}

/// Tags are part of the format: never reuse one.
fn source_tag(source: CostSource) -> u8 {
    match source {
        CostSource::Price => 0,
        CostSource::Custom => 1,
        CostSource::Flat => 2,
        CostSource::Unknown => 3,
        CostSource::Recovered => 4,
        CostSource::None => 5,
    }
}

// === reading ===

pub(super) fn decode(bytes: &[u8]) -> Result<Event, DecodeError> {
    let mut rest = Reader(bytes);
    let has_origin = match rest.byte()? {
        VERSION => false,
        VERSION_WITH_ORIGIN => true,
        other => return Err(DecodeError::Version(other)),
    };
    let kind = rest.byte()?;
    let attempt = AttemptId { request: RequestId::from_bytes(rest.array()?), index: u16::from_le_bytes(rest.array()?) };
    let at = UnixMs(rest.i64()?);
    let event = match kind {
        OPEN => {
            let estimate = match rest.byte()? {
                0 => None,
                1 => Some(PicoUsd(rest.i64()?)),
                other => return Err(DecodeError::Tag(other, "estimate")),
            };
            let (bookings, counts) = (rest.bookings()?, rest.bookings()?);
            let origin = if has_origin { Some(rest.origin()?) } else { None };
            Event::Open(Open { attempt, at, bookings, estimate, counts, origin })
        }
        SETTLE => {
            let cost = PicoUsd(rest.i64()?);
            let source = rest.source()?;
            Event::Settle(Settle { attempt, at, cost, source, usage: rest.usage()? })
        }
        VOID => Event::Void(Void { attempt, at }),
        other => return Err(DecodeError::Tag(other, "kind of event")),
    };
    match rest.0.len() {
        0 => Ok(event),
        left => Err(DecodeError::Trailing(left)),
    }
}

struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn array<const N: usize>(&mut self) -> Result<[u8; N], DecodeError> {
        let (head, tail) = self.0.split_first_chunk::<N>().ok_or(DecodeError::Truncated)?;
        self.0 = tail;
        Ok(*head)
    }

    fn byte(&mut self) -> Result<u8, DecodeError> {
        self.array::<1>().map(|[byte]| byte)
    }

    fn i64(&mut self) -> Result<i64, DecodeError> {
        self.array().map(i64::from_le_bytes)
    }

    fn u64(&mut self) -> Result<u64, DecodeError> {
        self.array().map(u64::from_le_bytes)
    }

    fn bookings(&mut self) -> Result<Vec<Booking>, DecodeError> {
        let count = usize::from(u16::from_le_bytes(self.array()?));
        if self.0.len() < count * BOOKING_BYTES {
            return Err(DecodeError::Truncated);
        }
        (0..count).map(|_| self.booking()).collect()
    }

    fn booking(&mut self) -> Result<Booking, DecodeError> {
        Ok(Booking {
            bucket: BucketId(self.array()?),
            kind: match self.byte()? {
                COUNT => LimitKind::Count,
                COST => LimitKind::Cost,
                other => return Err(DecodeError::Tag(other, "kind of limit")),
            },
            window_start: UnixMs(self.i64()?),
            window_end: UnixMs(self.i64()?),
            amount: self.i64()?,
        })
    }

    fn text(&mut self) -> Result<Text, DecodeError> {
        let bytes = usize::from(u16::from_le_bytes(self.array()?));
        let (text, rest) = self.0.split_at_checked(bytes).ok_or(DecodeError::Truncated)?;
        self.0 = rest;
        std::str::from_utf8(text).map(Text::from).map_err(|_| DecodeError::Text)
    }

    fn is_there(&mut self, what: &'static str) -> Result<bool, DecodeError> {
        match self.byte()? {
            0 => Ok(false),
            1 => Ok(true),
            other => Err(DecodeError::Tag(other, what)),
        }
    }

    fn origin(&mut self) -> Result<Origin, DecodeError> {
        let surface = match self.byte()? {
            0 => Surface::ProviderNative,
            1 => Surface::Compat,
            2 => Surface::Universal,
            3 => Surface::Dynamic,
            4 => Surface::AccountChat,
            5 => Surface::AccountMessages,
            other => return Err(DecodeError::Tag(other, "surface")),
        };
        let (account, gateway, requested_model) = (self.text()?, self.text()?, self.text()?);
        let (provider, model, node) = (self.text()?, self.text()?, self.text()?);
        let key_id = if self.is_there("key")? { Some(self.text()?) } else { None };
        let key_label = if self.is_there("label")? { Some(self.text()?) } else { None };
        let route = if self.is_there("route")? { Some(self.route()?) } else { None };
        Ok(Origin { account, gateway, surface, requested_model, provider, model, node, key_id, key_label, route })
    }

    fn route(&mut self) -> Result<OriginRoute, DecodeError> {
        let (id, name, version_id) = (self.text()?, self.text()?, self.text()?);
        Ok(OriginRoute { id, name, version_id, version: u32::from_le_bytes(self.array()?) })
    }

    fn source(&mut self) -> Result<CostSource, DecodeError> {
        Ok(match self.byte()? {
            0 => CostSource::Price,
            1 => CostSource::Custom,
            2 => CostSource::Flat,
            3 => CostSource::Unknown,
            4 => CostSource::Recovered,
            5 => CostSource::None,
            other => return Err(DecodeError::Tag(other, "cost source")),
        })
    }

    fn usage(&mut self) -> Result<Usage, DecodeError> {
        Ok(Usage {
            input_tokens: self.u64()?,
            output_tokens: self.u64()?,
            cache_read_tokens: self.u64()?,
            cache_write_tokens: self.u64()?,
            reasoning_tokens: self.u64()?,
        })
    }
}
