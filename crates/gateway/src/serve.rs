//! The journey of a request, top to bottom. Any "no" goes to [`crate::respond`]; everything else ends in an answer whose
//! settlement is in the journal before its last byte leaves.

use std::{
    future::Future,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
    time::Instant,
};

use bytes::Bytes;
use http::{Extensions, HeaderMap, HeaderValue, Method, Request, Response, Uri, header, request::Parts};
use http_body::Body;
use waypost_types::{
    RequestId, Text, UnixMs,
    facts::is_secret_header,
    record::{RequestOutcome, RequestRecord, RouteRecord},
};
use waypost_wire::json;

use crate::{
    Outgoing, Refusal,
    arrival::{Arrival, ArrivalBody},
    conclude::{self, Ended},
    controls::Controls,
    core::Core,
    decode::{Asked, Surround},
    drive::Trip,
    flight::{Flight, Metered},
    identify::{Caller, identify},
    ingress::{self, Address, CallForm},
    inside::Inside,
    limits::READ_ON,
    payload::Payload,
    refusal::RefusalKind,
    relay::Relay,
    respond,
    snapshot::Gateway,
    stamp::Answered,
};

/// What stands for a provider or a model until one is known.
pub(crate) const UNKNOWN: Text = Text::fixed("unknown");

/// Serves one request of the data plane.
pub async fn serve<B>(core: Arc<Core>, request: Request<B>) -> Answered
where
    B: Body<Data = Bytes> + Send + Unpin + 'static,
{
    let watch = Arc::new(CallerWatch::default());
    ReadOn { journey: Some(Box::pin(journey(core, request, watch.clone()))), watch }.await
}

/// Is the caller still there, and is there an answer worth reading on for?
#[derive(Debug, Default)]
pub struct CallerWatch {
    has_left: AtomicBool,
    reads_on: AtomicBool,
    id: OnceLock<RequestId>,
}

impl CallerWatch {
    /// The caller's connection is gone.
    pub fn has_left(&self) -> bool {
        self.has_left.load(Ordering::Relaxed)
    }

    /// An answer that is not streamed is being waited for.
    pub fn is_reading_on(&self) -> bool {
        self.reads_on.load(Ordering::Relaxed)
    }

    /// An answer that is not streamed is under way: its usage is only known at its end.
    pub fn reads_on(&self, reads_on: bool) {
        self.reads_on.store(reads_on, Ordering::Relaxed);
    }
}

/// A journey that outlives its caller for a while: when the caller of a non-streaming request leaves, the provider's
/// answer is read on, so that what it used is booked and not guessed.
struct ReadOn {
    journey: Option<Pin<Box<dyn Future<Output = Answered> + Send>>>,
    watch: Arc<CallerWatch>,
}

impl Future for ReadOn {
    type Output = Answered;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Some(journey) = &mut self.journey else { return Poll::Pending };
        // A panic answers 500 for its own request (rule S19); its flight has landed while the stack unwound.
        let polled = catch_unwind(AssertUnwindSafe(|| journey.as_mut().poll(cx)));
        let response = match polled {
            Ok(Poll::Pending) => return Poll::Pending,
            Ok(Poll::Ready(response)) => response,
            Err(_) => {
                let id = self.watch.id.get().copied().unwrap_or_else(|| RequestId::new(UnixMs(0), 0));
                tracing::error!(request = %id, "a request panicked");
                respond::respond(&Refusal::internal_error(), id).into()
            }
        };
        self.journey = None;
        Poll::Ready(response)
    }
}

impl Drop for ReadOn {
    fn drop(&mut self) {
        let Some(journey) = self.journey.take() else { return };
        self.watch.has_left.store(true, Ordering::Relaxed);
        if self.watch.reads_on.load(Ordering::Relaxed) && !std::thread::panicking() {
            tokio::spawn(tokio::time::timeout(READ_ON, journey));
        }
    }
}

async fn journey<B>(core: Arc<Core>, request: Request<B>, watch: Arc<CallerWatch>) -> Answered
where
    B: Body<Data = Bytes> + Send + Unpin + 'static,
{
    let started = Instant::now();
    let now = core.shared.clock.now();
    let id = core.request_id(now);
    // Set once; a second time cannot be.
    let _ = watch.id.set(id);
    let (Parts { method, uri, headers, extensions, .. }, body) = request.into_parts();
    let address = match ingress::address(&method, &uri) {
        Ok(address) => address,
        Err(refusal) => return respond::respond(&refusal, id).into(),
    };
    let record = record(id, now, &uri, &headers, &address);
    let mut flight = Flight::begin(core.clone(), record, started, watch);
    match travel(&core, Asking { method: &method, uri: &uri, headers, extensions }, &address, body, &mut flight).await {
        Ok(Travelled::Arrived(arrival)) => deliver(flight, arrival),
        Ok(Travelled::Ended(Ended::Refused(refusal), _)) | Err(refusal) => flight.refuse(&refusal),
        Ok(Travelled::Ended(Ended::PassedThrough(rejection), format)) => {
            conclude::pass_through(flight, *rejection, format)
        }
    }
}

enum Travelled {
    Arrived(Arrival),
    Ended(Ended, Option<waypost_types::WireFormat>),
}

/// The head of a request.
struct Asking<'a> {
    method: &'a Method,
    uri: &'a Uri,
    headers: HeaderMap,
    extensions: Extensions,
}

async fn travel<B>(
    core: &Arc<Core>,
    asking: Asking<'_>,
    address: &Address<'_>,
    body: B,
    flight: &mut Flight,
) -> Result<Travelled, Refusal>
where
    B: Body<Data = Bytes> + Unpin,
{
    let shared = &core.shared;
    let Asking { method, uri, headers, mut extensions } = asking;
    let gateway_id = gateway_of(&headers, address);
    if shared.is_draining.load(Ordering::Relaxed) {
        write_place(flight, &address.account, gateway_id);
        let words = "This instance is restarting. Try again in 1 s.";
        return Err(Refusal::new(RefusalKind::ShuttingDown, words).retry_after_s(1));
    }
    let Some(place) = shared.enter() else {
        write_place(flight, &address.account, gateway_id);
        let words = "The gateway is at its limit of concurrent requests. Try again in 2 s.";
        return Err(Refusal::new(RefusalKind::Overloaded, words).retry_after_s(2));
    };
    flight.take_place(place);

    // One snapshot from here to the end of the request (I5).
    let snapshot = shared.snapshot.load_full();
    let now = flight.record.created_at;
    let Some(gateway) = snapshot.gateway(&address.account, gateway_id) else {
        // Nobody lists the rows of a gateway that does not exist; the default gateway's log shows them.
        write_place(flight, "default", "default");
        return Err(Refusal::gateway_not_found(&address.account, gateway_id));
    };
    flight.record.account = Text::from(&gateway.account);
    flight.record.gateway = Text::from(&gateway.id);
    flight.record.keep_row = gateway.settings.collect_logs;

    let inside = extensions.remove::<Inside>();
    let caller = match &inside {
        None => identify(&headers, uri.query(), gateway, &snapshot, now)?,
        Some(_) => Caller::inside(gateway),
    };
    write_caller(flight, gateway, &caller);
    let controls = Controls::read(&headers, &caller)?;
    write_controls(flight, &controls);
    flight.record.notes.extend(inside.iter().map(|inside| format!("sent from the Playground by {}", inside.user)));

    let read_at = Instant::now();
    let body = ingress::read_body(&headers, body).await?;
    flight.waited(read_at.elapsed());
    flight.record.request_bytes = body.len() as u64;
    if let Some(bytes_max) = payload_bytes_max(gateway, &controls, flight) {
        flight.capture(match address.call {
            CallForm::Universal => Payload::new(&masked_steps(&body), bytes_max),
            _ => Payload::new(&body, bytes_max),
        });
    }

    let pinned = inside.as_ref().and_then(|inside| inside.pinned.as_ref());
    let surround = Surround { caller: &caller, gateway, snapshot: &snapshot, method, headers, controls, pinned, now };
    let asked = surround.decode(&address.call, body)?;
    write_asked(flight, &asked);
    let trip = Trip {
        core,
        snapshot: &snapshot,
        gateway,
        caller: &caller,
        asked: &asked,
        flight,
        rejection: None,
        refusal: None,
        partial: Metered::default(),
    };
    Ok(match trip.drive().await {
        Ok(arrival) => Travelled::Arrived(arrival),
        Err(ended) => Travelled::Ended(ended, asked.first_message().and_then(|message| message.format)),
    })
}

/// Hands the answer to the caller's connection.
fn deliver(mut flight: Flight, arrival: Arrival) -> Answered {
    let Arrival { status, headers, body } = arrival;
    flight.record.status = status.as_u16();
    flight.record.response_content_type = conclude::content_type(&headers);
    match body {
        ArrivalBody::Whole { bytes, metered } => {
            flight.sent(&bytes);
            flight.arrive(metered);
            let mut response = Response::new(Outgoing::full(bytes));
            *response.status_mut() = status;
            *response.headers_mut() = headers;
            let lines = flight.stamp();
            flight.land(RequestOutcome::Success, metered);
            Answered { response, lines }
        }
        ArrivalBody::Stream { stream, format, is_event_stream } => {
            let lines = flight.stamp();
            let relay = Relay::new(*stream, flight, format, is_event_stream);
            let mut response = Response::new(Outgoing::Relay(Box::new(relay)));
            *response.status_mut() = status;
            *response.headers_mut() = headers;
            Answered { response, lines }
        }
    }
}

fn gateway_of<'a>(headers: &'a HeaderMap, address: &'a Address<'_>) -> &'a str {
    let in_header = || headers.get("cf-aig-gateway-id").and_then(|value| value.to_str().ok());
    address.gateway.as_deref().or_else(in_header).unwrap_or("default")
}

fn record(id: RequestId, now: UnixMs, uri: &Uri, headers: &HeaderMap, address: &Address<'_>) -> RequestRecord {
    let content_type = match headers.get(header::CONTENT_TYPE).map(HeaderValue::as_bytes) {
        Some(b"application/json") => Some(Text::fixed("application/json")),
        Some(other) => Some(printable(other).into()),
        None => None,
    };
    let surface = address.call.surface();
    RequestRecord {
        path: printable(uri.path().as_bytes()),
        provider: UNKNOWN,
        model: UNKNOWN,
        user_agent: headers.get(header::USER_AGENT).map(|value| printable(value.as_bytes())),
        request_content_type: content_type,
        ..RequestRecord::arrived(id, now, surface)
    }
}

/// Text of the caller's for the log: bounded, one line (A74).
fn printable(bytes: &[u8]) -> String {
    let is_plain = bytes.len() <= 512 && bytes.iter().all(|byte| matches!(byte, b' '..=b'~'));
    if let (true, Ok(text)) = (is_plain, std::str::from_utf8(bytes)) {
        return text.to_owned();
    }
    String::from_utf8_lossy(bytes).chars().take(512).map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

fn write_place(flight: &mut Flight, account: &str, gateway: &str) {
    flight.record.account = Text::from(account);
    flight.record.gateway = Text::from(gateway);
}

fn write_caller(flight: &mut Flight, gateway: &Gateway, caller: &Caller) {
    let record = &mut flight.record;
    record.authenticated = gateway.requires_key() || caller.is_inside;
    record.key_id = caller.key.as_ref().map(|key| Text::from(&key.id));
    record.key_label = caller.key.as_ref().map(|key| Text::from(&key.label));
}

fn write_controls(flight: &mut Flight, controls: &Controls) {
    let record = &mut flight.record;
    record.metadata = controls.metadata.clone();
    record.pinned_metadata.clone_from(&controls.pinned_metadata);
    record.notes.clone_from(&controls.notes);
    record.event_id.clone_from(&controls.event_id);
    record.custom_cost = controls.custom_cost.is_some();
    record.custom_prices = controls.custom_cost.and_then(|custom| custom.prices());
    if let Some(collect) = controls.collect_log {
        record.keep_row = collect;
    }
}

fn payload_bytes_max(gateway: &Gateway, controls: &Controls, flight: &Flight) -> Option<usize> {
    let settings = &gateway.settings.waypost.payloads;
    let keeps = flight.record.keep_row && settings.store && controls.collect_payload != Some(false);
    keeps.then(|| usize::try_from(settings.max_bytes).unwrap_or(usize::MAX))
}

/// Steps of a universal request carry credentials in their headers, which no log may show (D15).
fn masked_steps(body: &Bytes) -> Bytes {
    let Ok(document) = json::scan(body) else { return Bytes::new() };
    let root = document.root();
    let steps: Vec<json::Value<'_>> = if root.is_object() { vec![root] } else { root.elements().collect() };
    let mut hidden = Vec::new();
    for step in steps {
        let headers = step.get("headers").into_iter().flat_map(|headers| headers.members().collect::<Vec<_>>());
        hidden.extend(headers.filter(|member| is_secret_header(&member.key())).map(|member| member.value.range()));
        hidden.extend(step.get("authorization").map(|value| value.range()));
    }
    hidden.sort_by_key(|range| range.start);
    let mut masked = Vec::with_capacity(body.len());
    let mut from = 0;
    for range in hidden {
        masked.extend_from_slice(body.get(from..range.start).unwrap_or_default());
        masked.extend_from_slice("\"••••\"".as_bytes());
        from = range.end;
    }
    masked.extend_from_slice(body.get(from..).unwrap_or_default());
    masked.into()
}

fn write_asked(flight: &mut Flight, asked: &Asked) {
    let record = &mut flight.record;
    if let Some(message) = asked.first_message() {
        record.stream = message.stream;
        record.format = message.format;
        let operation = message.native.as_ref().map_or(waypost_types::Operation::Chat, |native| native.operation);
        record.operation = Text::fixed(operation.as_str());
        if let Some(model) = message.peek.as_ref().and_then(|peek| peek.model.as_ref()) {
            record.requested_model = Text::from(model);
        }
    }
    match &asked.live {
        Some(live) => {
            record.requested_model = Text::from(&live.requested_model);
            record.model = Text::from(&live.requested_model);
            record.route = Some(RouteRecord {
                id: Text::from(&live.id),
                name: Text::from(&live.name),
                version_id: Text::from(&live.version_id),
                version: live.version,
                trail: Vec::new(),
            });
        }
        None => {
            if let Some((_, model)) = asked.route.models().next() {
                record.provider = Text::from(&model.provider);
                record.model = Text::from(&model.model);
            }
        }
    }
}
