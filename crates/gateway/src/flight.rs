//! One request from its arrival to its record: what is reserved, which attempt is open, what the log row will say.
//!
//! A [`Flight`] settles exactly once (invariant I8): by [`Flight::land`] when the end is known, otherwise when it is
//! dropped, which is what happens when the caller leaves. Either way the settlement and the record are in the journal
//! before the caller can see that the answer is complete.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::Bytes;
use waypost_money::event::{Event, Open, Origin, OriginRoute, Settle, Void};
use waypost_policy::limit::{Ask, Verdict};
use waypost_types::{
    AttemptId, Booking, Fault, FaultClass, Operation, PicoUsd, Secret, Text, Usage, UsageSource,
    record::{AttemptRecord, CostSource, RequestOutcome, RequestRecord},
};
use waypost_upstream::classify;

use crate::{
    Outgoing, Refusal,
    core::{Core, Place},
    payload::Payload,
    pricing::Pricing,
    respond,
    serve::CallerWatch,
    stamp::{Answered, HeaderLines, Stamp},
};

/// One request in the gateway.
pub struct Flight {
    /// The core that serves it.
    pub core: Arc<Core>,
    /// What the log row will say.
    pub record: Box<RequestRecord>,
    started: Instant,
    /// Time spent waiting for providers or between attempts: not ours.
    waited: Duration,
    /// Money reserved for the open attempt, or for the next one.
    reserved: Vec<Booking>,
    /// Requests counted that no `open` event carries yet.
    counted: Vec<Booking>,
    open: Option<OpenAttempt>,
    /// How the last attempt ended, for the journal: it goes there with the record.
    end: Option<Event>,
    payload: Option<Payload>,
    budget_left: Option<PicoUsd>,
    caller: Arc<CallerWatch>,
    /// Keys that nothing we say or store may repeat (A81).
    secrets: Arc<[Secret]>,
    /// Given back when the request has ended.
    place: Option<Place>,
    has_landed: bool,
    /// The answer is whole, so that its headers can say what it cost.
    tells_cost: bool,
}

struct OpenAttempt {
    id: AttemptId,
    started: Instant,
    pricing: Pricing,
    estimate: Option<PicoUsd>,
    /// Estimated, for answers that do not say.
    input_tokens: u64,
    /// A log row or a counter depends on it; otherwise nobody would ever read its events.
    is_journaled: bool,
}

/// What an answer turned out to have used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Metered {
    /// What the provider reported.
    pub usage: Option<Usage>,
    /// Bytes of text that came, for our own count where the provider reported nothing.
    pub output_text_bytes: u64,
}

/// What an attempt begins with.
pub struct Departure {
    /// Element id of the model node.
    pub node: Text,
    /// Provider slug.
    pub provider: Text,
    /// Model name as sent.
    pub model: Text,
    /// How it is priced.
    pub pricing: Pricing,
    /// Expected cost.
    pub estimate: Option<PicoUsd>,
    /// Estimated input.
    pub input_tokens: u64,
}

impl Flight {
    /// A request has arrived.
    pub fn begin(core: Arc<Core>, record: RequestRecord, started: Instant, caller: Arc<CallerWatch>) -> Self {
        core.shared.metrics.requests_in_flight.inc();
        Self {
            core,
            record: Box::new(record),
            started,
            waited: Duration::ZERO,
            reserved: Vec::new(),
            counted: Vec::new(),
            open: None,
            end: None,
            payload: None,
            budget_left: None,
            caller,
            secrets: Arc::default(),
            place: None,
            has_landed: false,
            tells_cost: false,
        }
    }

    /// Milliseconds since the request arrived.
    pub fn elapsed_ms(&self) -> u64 {
        millis(self.started.elapsed())
    }

    /// Adds to the time that is not our own.
    pub fn waited(&mut self, time: Duration) {
        self.waited += time;
    }

    /// Holds the request's place among those in progress.
    pub fn take_place(&mut self, place: Place) {
        self.place = Some(place);
    }

    /// The caller's connection is gone: nothing more is tried.
    pub fn caller_has_left(&self) -> bool {
        self.caller.has_left()
    }

    /// An answer that is not streamed is worth reading to its end even when the caller leaves.
    pub fn reads_on(&self, reads_on: bool) {
        self.caller.reads_on(reads_on);
    }

    /// The keys that the attempt under way is signed with.
    pub fn keep_secret(&mut self, secrets: Arc<[Secret]>) {
        self.secrets = secrets;
    }

    /// A text in which no key of this request can be read.
    pub fn mask(&self, text: &str) -> String {
        let secrets: Vec<&Secret> = self.secrets.iter().collect();
        classify::mask(text, &secrets)
    }

    /// A remark for the log, once.
    pub fn note(&mut self, note: impl Into<String>) {
        let note = note.into();
        if !self.record.notes.contains(&note) {
            self.record.notes.push(note);
        }
    }

    /// The bodies will be kept.
    pub fn capture(&mut self, payload: Payload) {
        self.payload = Some(payload);
    }

    /// A piece of the answer as the caller gets it.
    pub fn sent(&mut self, bytes: &Bytes) {
        self.record.response_bytes += bytes.len() as u64;
        if let Some(payload) = &mut self.payload {
            payload.push_response(bytes);
        }
    }

    /// Asks all limits up to the next model in one atomic step. What was reserved for a model that failed is given back
    /// first: the asks name it again.
    pub async fn admit(&mut self, asks: &[Ask]) -> Option<Vec<Verdict>> {
        self.release();
        let core = self.core.clone();
        let now = core.shared.clock.now();
        match core.shared.counters.admit(asks, now).await {
            Ok(admission) => {
                self.budget_left = tightest_budget(asks, &admission.verdicts).or(self.budget_left);
                self.reserved = admission.reserved;
                self.counted.extend(admission.counted);
                Some(admission.verdicts)
            }
            Err(_) => None,
        }
    }

    /// Gives back what is reserved and belongs to no open attempt.
    pub fn release(&mut self) {
        if self.open.is_none() && !self.reserved.is_empty() {
            self.core.shared.counters.void(&self.reserved);
            self.reserved.clear();
        }
    }

    /// An attempt begins: in the journal before the first byte goes to the provider.
    pub fn depart(&mut self, departure: Departure) {
        self.append_end();
        let index = u16::try_from(self.record.attempts.len()).unwrap_or(u16::MAX);
        let id = AttemptId { request: self.record.id, index };
        let is_journaled = self.record.keep_row || !self.reserved.is_empty() || !self.counted.is_empty();
        if is_journaled {
            let open = Open {
                attempt: id,
                at: self.core.shared.clock.now(),
                bookings: self.reserved.clone(),
                estimate: departure.estimate,
                counts: std::mem::take(&mut self.counted),
                origin: self.record.keep_row.then(|| self.origin(&departure)),
            };
            self.core.append_money(open.into());
        }
        self.record.attempts.push(AttemptRecord {
            index,
            node: departure.node,
            provider: departure.provider,
            model: departure.model,
            started_ms: self.elapsed_ms(),
            estimate: departure.estimate,
            ..AttemptRecord::default()
        });
        self.record.cost_estimate = departure.estimate;
        self.open = Some(OpenAttempt {
            id,
            started: Instant::now(),
            pricing: departure.pricing,
            estimate: departure.estimate,
            input_tokens: departure.input_tokens,
            is_journaled,
        });
    }

    /// What the log row needs when a crash leaves nothing else of the request.
    fn origin(&self, departure: &Departure) -> Origin {
        let record = &self.record;
        Origin {
            account: record.account.clone(),
            gateway: record.gateway.clone(),
            surface: record.surface,
            requested_model: record.requested_model.clone(),
            provider: departure.provider.clone(),
            model: departure.model.clone(),
            node: departure.node.clone(),
            key_id: record.key_id.clone(),
            key_label: record.key_label.clone(),
            route: record.route.as_ref().map(|route| OriginRoute {
                id: route.id.clone(),
                name: route.name.clone(),
                version_id: route.version_id.clone(),
                version: route.version,
            }),
        }
    }

    /// The attempt under way, for its facts.
    pub fn attempt(&mut self) -> Option<&mut AttemptRecord> {
        self.record.attempts.last_mut()
    }

    /// The first token or byte of the answer is here.
    pub fn first_token(&mut self) {
        let since_arrival = self.elapsed_ms();
        let Some(open) = &self.open else { return };
        let since_start = millis(open.started.elapsed());
        if let Some(attempt) = self.record.attempts.last_mut()
            && attempt.first_token_ms.is_none()
        {
            attempt.first_token_ms = Some(since_start);
            self.record.first_token_ms = Some(since_arrival);
        }
    }

    /// The attempt failed before anything reached the caller. What came is booked; without anything it costs nothing. The
    /// reservation stays for a retry; [`Flight::admit`] or the end of the request gives it back.
    pub fn failed(&mut self, fault: &Fault, metered: Metered) {
        if let Some(attempt) = self.record.attempts.last_mut() {
            attempt.fault = Some(fault.class);
            attempt.detail = fault.detail.clone();
            if let FaultClass::Status(status) = fault.class {
                attempt.status = Some(status);
            }
        }
        self.core.shared.metrics.upstream_fault(fault.class);
        if metered == Metered::default() {
            self.void_open();
            self.append_end();
        } else {
            let kept = self.reserved.clone();
            for booking in &mut self.reserved {
                // Booked beside what stays reserved.
                booking.amount = 0;
            }
            self.settle_open(metered);
            self.append_end();
            self.reserved = kept;
        }
    }

    fn void_open(&mut self) {
        let Some(open) = self.open.take() else { return };
        if let Some(attempt) = self.record.attempts.last_mut() {
            attempt.duration_ms = millis(open.started.elapsed());
            attempt.cost = Some(PicoUsd::ZERO);
            attempt.cost_source = CostSource::None;
        }
        if open.is_journaled {
            self.end = Some(Void { attempt: open.id, at: self.core.shared.clock.now() }.into());
        }
    }

    /// The end of an attempt that is not the last thing to be said of its request.
    fn append_end(&mut self) {
        if let Some(end) = self.end.take() {
            self.core.append_money(end);
        }
    }

    /// Books the attempt: the counters first, the journal in the same turn of the core.
    fn settle_open(&mut self, metered: Metered) {
        let Some(open) = self.open.take() else { return };
        let (usage, source, is_capped) = open.usage(metered);
        if is_capped {
            self.note("the provider reported an implausible number of tokens; it was capped");
            self.core.shared.metrics.implausible_usage.inc();
        }
        // Pictures, audio and files have prices that tokens do not tell.
        let is_priced_by_tokens = metered.usage.is_some() || self.record.operation != Operation::Other.as_str();
        let (cost, cost_source) = match &open.pricing {
            Pricing::Table(_) if !is_priced_by_tokens => (None, CostSource::Unknown),
            pricing => pricing.cost(&usage),
        };
        let booked = cost.unwrap_or(PicoUsd::ZERO);
        self.core.shared.counters.settle(&self.reserved, booked.0);
        self.reserved.clear();
        if open.is_journaled {
            let at = self.core.shared.clock.now();
            let settle = Settle { attempt: open.id, at, cost: booked, source: cost_source, usage };
            self.end = Some(settle.into());
        }
        if let Some(attempt) = self.record.attempts.last_mut() {
            attempt.duration_ms = millis(open.started.elapsed());
            attempt.usage = usage;
            attempt.usage_source = source;
            attempt.cost = cost;
            attempt.cost_source = cost_source;
        }
    }

    /// Cost of the attempts so far; `None` once one of them is unknown.
    pub fn cost(&self) -> Option<PicoUsd> {
        self.record.attempts.iter().try_fold(PicoUsd::ZERO, |sum, attempt| Some(sum.saturating_add(attempt.cost?)))
    }

    /// Microseconds of our own so far.
    pub fn overhead_us(&self) -> u64 {
        u64::try_from(self.started.elapsed().saturating_sub(self.waited).as_micros()).unwrap_or(u64::MAX)
    }

    /// Settles the open attempt with what the answer turned out to have used, before the end of the answer is let go. What the
    /// journal has to know of it goes there with the record: [`Flight::land`] follows in the same turn of the core.
    pub fn arrive(&mut self, metered: Metered) {
        self.tells_cost = true;
        self.settle_open(metered);
    }

    /// The request ends: everything still open is settled or given back, and the record is written. Once.
    pub fn land(&mut self, outcome: RequestOutcome, metered: Metered) {
        if std::mem::replace(&mut self.has_landed, true) {
            return;
        }
        let has_left = self.caller.has_left();
        let outcome = if has_left { RequestOutcome::CallerLeft } else { outcome };
        match (outcome, metered == Metered::default()) {
            // Read on in vain: the provider has worked, and nobody will learn how much.
            (RequestOutcome::CallerLeft, true) if has_left && self.awaits_whole_answer() => self.settle_estimated(),
            // Left or broken off before anything came: nothing is booked.
            (RequestOutcome::CallerLeft | RequestOutcome::Failed | RequestOutcome::Refused, true) => self.void_open(),
            _ => self.settle_open(metered),
        }
        self.release();
        self.complete(outcome);
        let shared = self.core.shared.clone();
        self.place = None;
        shared.metrics.requests_in_flight.dec();
        shared.metrics.request(&self.record);
        if self.record.keep_row
            && let Some(payload) = self.payload.take()
        {
            shared.payloads.offer(&self.record, payload);
        }
        if self.record.keep_row || !self.record.counts.is_empty() {
            self.core.append_record(self.end.take().as_ref(), &self.record);
        }
        self.append_end();
    }

    fn awaits_whole_answer(&self) -> bool {
        self.open.is_some() && self.caller.is_reading_on()
    }

    /// Books the estimate of the attempt.
    fn settle_estimated(&mut self) {
        let Some(open) = self.open.take() else { return };
        let booked = open.estimate.unwrap_or(PicoUsd::ZERO);
        let source = if open.estimate.is_some() { CostSource::Recovered } else { CostSource::Unknown };
        self.core.shared.counters.settle(&self.reserved, booked.0);
        self.reserved.clear();
        let now = self.core.shared.clock.now();
        let settle = Settle { attempt: open.id, at: now, cost: booked, source, usage: Usage::default() };
        if open.is_journaled {
            self.end = Some(settle.into());
        }
        if let Some(attempt) = self.record.attempts.last_mut() {
            attempt.duration_ms = millis(open.started.elapsed());
            attempt.usage_source = UsageSource::Estimated;
            attempt.cost = open.estimate;
            attempt.cost_source = source;
        }
    }

    fn complete(&mut self, outcome: RequestOutcome) {
        self.record.outcome = outcome;
        if self.record.status == 0 {
            // nginx's number for a caller that left before there was a status.
            self.record.status = 499;
        }
        self.record.duration_ms = self.elapsed_ms();
        self.record.counts = std::mem::take(&mut self.counted);
        if self.record.attempts.is_empty() {
            self.record.cost = Some(PicoUsd::ZERO);
            self.record.cost_source = CostSource::None;
            return;
        }
        self.record.cost = self.cost();
        self.remember_output();
        let served = self.record.attempts.iter().rev().find(|attempt| attempt.cost_source != CostSource::None);
        if let Some(served) = served {
            self.record.cost_source = served.cost_source;
            self.record.usage_source = Some(served.usage_source);
        } else {
            self.record.cost_source = CostSource::None;
        }
        self.record.usage = self.record.attempts.iter().fold(Usage::default(), |sum, attempt| Usage {
            input_tokens: sum.input_tokens + attempt.usage.input_tokens,
            output_tokens: sum.output_tokens + attempt.usage.output_tokens,
            cache_read_tokens: sum.cache_read_tokens + attempt.usage.cache_read_tokens,
            cache_write_tokens: sum.cache_write_tokens + attempt.usage.cache_write_tokens,
            reasoning_tokens: sum.reasoning_tokens + attempt.usage.reasoning_tokens,
        });
    }

    /// Whole answers with the provider's own counts teach what to expect; what broke off would teach too little.
    fn remember_output(&self) {
        let Some(served) = self.record.attempts.last() else { return };
        let is_telling = self.record.outcome == RequestOutcome::Success
            && served.usage_source == UsageSource::Provider
            && served.cost_source == CostSource::Price;
        if is_telling && served.usage.output_tokens > 0 {
            self.core.shared.history.saw(&served.provider, &served.model, served.usage.output_tokens);
        }
    }

    /// Ends with a refusal: the answer's bytes, status and headers.
    pub fn refuse(mut self, refusal: &Refusal) -> Answered {
        self.record.status = refusal.http_status();
        self.record.error_type = Some(Text::fixed(refusal.kind.as_str()));
        self.record.error_code = Some(refusal.kind.code());
        self.record.error_message = Some(match &refusal.description {
            Some(description) => format!("{} {description}", refusal.message),
            None => refusal.message.clone(),
        });
        let response = respond::respond(refusal, self.record.id);
        self.record.response_content_type = Some(Text::fixed("application/json"));
        let lines = self.stamp();
        if let Outgoing::Full(Some(bytes)) = response.body() {
            let bytes = bytes.clone();
            self.sent(&bytes);
        }
        let outcome = if self.record.attempts.is_empty() { RequestOutcome::Refused } else { RequestOutcome::Failed };
        self.land(outcome, Metered::default());
        Answered { response, lines }
    }

    /// The headers that every answer of the data plane carries.
    pub fn stamp(&mut self) -> HeaderLines {
        // Once a call is settled its cost is off; before, as on streams, it is not known yet.
        let spent = if self.open.is_none() { self.cost() } else { None };
        let left = |left: PicoUsd| left.saturating_sub(spent.unwrap_or(PicoUsd::ZERO)).max(PicoUsd::ZERO);
        self.record.overhead_us = self.overhead_us();
        let stamp = Stamp {
            budget_left: self.budget_left.map(left),
            cost: spent.filter(|_| self.tells_cost),
            overhead_us: self.record.overhead_us,
        };
        stamp.lines(&self.record)
    }
}

impl Drop for Flight {
    /// The caller left, or a stage panicked. Whatever was received is booked by whoever held the answer; here nothing was.
    fn drop(&mut self) {
        let outcome = if std::thread::panicking() {
            self.record.status = 500;
            RequestOutcome::Failed
        } else {
            RequestOutcome::CallerLeft
        };
        self.land(outcome, Metered::default());
    }
}

impl OpenAttempt {
    /// The provider's counts where they are there and plausible, otherwise our own; and whether some were capped.
    fn usage(&self, metered: Metered) -> (Usage, UsageSource, bool) {
        match metered.usage {
            Some(usage) if usage.total_tokens() > 0 => {
                let (usage, is_capped) = usage.capped();
                (usage, UsageSource::Provider, is_capped)
            }
            _ => {
                let counted = Usage {
                    input_tokens: self.input_tokens,
                    output_tokens: metered.output_text_bytes.div_ceil(4),
                    ..Usage::default()
                };
                (counted, UsageSource::Counted, false)
            }
        }
    }
}

fn tightest_budget(asks: &[Ask], verdicts: &[Verdict]) -> Option<PicoUsd> {
    asks.iter()
        .zip(verdicts)
        .filter(|(ask, _)| ask.rule.kind == waypost_types::LimitKind::Cost)
        .map(|(ask, verdict)| PicoUsd(ask.rule.limit.saturating_sub(verdict.used()).max(0)))
        .min()
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
