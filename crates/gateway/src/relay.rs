//! The streamed answer as the caller's connection reads it. The first byte has committed us: from here on nothing is
//! retried or rerouted (invariant I7), and a failure is said inside the stream.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tokio::time::Sleep;
use tokio_util::sync::WaitForCancellationFutureOwned;
use waypost_types::{Fault, FaultClass, Text, WireFormat, record::RequestOutcome};
use waypost_wire::formats;

use crate::{flight::Flight, limits::QUIET_COMMENT, outgoing::BrokenOff, stream::Stream};

/// Source of the number: `docs/reference/errors.md`.
const STREAM_INTERRUPTED: (&str, u32) = ("stream_interrupted", 9505);

/// A streamed answer with the flight that it will settle.
pub struct Relay {
    stream: Stream,
    /// `None` once it has landed.
    flight: Option<Flight>,
    /// The caller's format, for what we say inside the stream; `None` for answers that we do not read.
    format: Option<WireFormat>,
    /// Only event streams can take a comment.
    takes_comments: bool,
    quiet: Option<Pin<Box<Sleep>>>,
    ending: Option<Pin<Box<WaitForCancellationFutureOwned>>>,
    is_over: bool,
    /// It broke off, and only the connection can say so.
    is_broken: bool,
}

impl Relay {
    /// An answer whose first token is here.
    pub fn new(stream: Stream, flight: Flight, format: Option<WireFormat>, is_event_stream: bool) -> Self {
        let mut relay = Self {
            stream,
            flight: Some(flight),
            format,
            takes_comments: is_event_stream,
            quiet: None,
            ending: None,
            is_over: false,
            is_broken: false,
        };
        relay.count_ready();
        relay.land_if_complete();
        relay
    }

    /// Counts the pieces that became ready, before anything is settled.
    fn count_ready(&mut self) {
        if let Some(flight) = &mut self.flight {
            for bytes in self.stream.ready() {
                flight.sent(bytes);
            }
        }
    }

    /// The settlement is in the journal before what says "complete" leaves.
    fn land_if_complete(&mut self) {
        if let Some(words) = self.stream.error()
            && !self.stream.passes_errors()
            && self.flight.is_some()
        {
            // Translated streams end here, in the caller's own words for an error.
            let fault = Fault::new(FaultClass::StreamError, words);
            self.is_over = true;
            self.say_interrupted(&fault);
            self.land_broken(&fault);
            return;
        }
        if !self.stream.has_terminal() || self.flight.is_none() {
            return;
        }
        if let Some(words) = self.stream.error() {
            self.land_broken(&Fault::new(FaultClass::StreamError, words));
        } else if self.stream.is_complete() {
            self.land(RequestOutcome::Success);
        } else {
            self.is_broken = !self.takes_comments;
            let fault = Fault::new(FaultClass::Interrupted, "the stream ended without a finish");
            self.say_interrupted(&fault);
            self.land_broken(&fault);
        }
    }

    fn land(&mut self, outcome: RequestOutcome) {
        if let Some(mut flight) = self.flight.take() {
            for loss in self.stream.losses() {
                flight.note(loss);
            }
            flight.land(outcome, self.stream.metered());
        }
    }

    fn land_broken(&mut self, fault: &Fault) {
        let tokens = self.tokens();
        if let Some(flight) = &mut self.flight {
            let (kind, code) = STREAM_INTERRUPTED;
            flight.record.error_type = Some(Text::fixed(kind));
            flight.record.error_code = Some(code);
            flight.record.error_message = Some(flight.mask(&interrupted_words(fault, tokens)));
            let detail = flight.mask(&fault.detail);
            if let Some(attempt) = flight.attempt() {
                attempt.fault = Some(fault.class);
                attempt.detail = detail;
            }
        }
        self.land(RequestOutcome::Interrupted);
    }

    fn tokens(&self) -> u64 {
        let metered = self.stream.metered();
        metered.usage.map_or(metered.output_text_bytes.div_ceil(4), |usage| usage.output_tokens)
    }

    /// One error event in the caller's format, and nothing that says "complete".
    fn say_interrupted(&mut self, fault: &Fault) {
        let (Some(format), Some(flight), true) = (self.format, &self.flight, self.takes_comments) else { return };
        let words = flight.mask(&interrupted_words(fault, self.tokens()));
        let (kind, code) = STREAM_INTERRUPTED;
        let mut event = Vec::new();
        // The provider may have stopped within an event: an empty line ends it.
        if !self.stream.at_boundary() {
            event.extend_from_slice(b"\n\n");
        }
        event.extend_from_slice(&formats::stream_error(format, kind, code, &words, &flight.record.id.to_string()));
        let event = Bytes::from(event);
        if let Some(flight) = &mut self.flight {
            flight.sent(&event);
        }
        self.stream.push(event);
    }

    fn break_off(&mut self, fault: &Fault) -> Option<BrokenOff> {
        self.is_over = true;
        // Without a flight it was complete already, and what follows the end is nobody's business.
        self.flight.as_ref()?;
        self.say_interrupted(fault);
        self.land_broken(fault);
        (!self.takes_comments).then_some(BrokenOff)
    }

    /// The instance stops and its grace period is over.
    fn poll_ending(&mut self, cx: &mut Context<'_>) -> bool {
        let Some(flight) = &self.flight else { return false };
        let core = &flight.core;
        let ending = self.ending.get_or_insert_with(|| Box::pin(core.ending.clone().cancelled_owned()));
        ending.as_mut().poll(cx).is_ready()
    }

    fn poll_quiet(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if !self.takes_comments || self.flight.is_none() {
            return Poll::Pending;
        }
        let timer = self.quiet.get_or_insert_with(|| Box::pin(tokio::time::sleep(QUIET_COMMENT)));
        if timer.as_mut().poll(cx).is_pending() {
            return Poll::Pending;
        }
        self.quiet = None;
        if self.stream.at_boundary() {
            self.stream.push(Bytes::from_static(b": still waiting for the provider\n\n"));
        }
        Poll::Ready(())
    }
}

impl Body for Relay {
    type Data = Bytes;
    type Error = BrokenOff;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BrokenOff>>> {
        let this = self.get_mut();
        loop {
            if let Some(bytes) = this.stream.pop() {
                return Poll::Ready(Some(Ok(Frame::data(bytes))));
            }
            if this.is_over {
                return Poll::Ready(std::mem::take(&mut this.is_broken).then_some(Err(BrokenOff)));
            }
            match this.stream.poll_step(cx) {
                Poll::Pending if this.poll_ending(cx) => {
                    let fault = Fault::new(FaultClass::Interrupted, "this instance is stopping");
                    if let Some(broken) = this.break_off(&fault) {
                        return Poll::Ready(Some(Err(broken)));
                    }
                }
                Poll::Pending => match this.poll_quiet(cx) {
                    Poll::Pending => return Poll::Pending,
                    Poll::Ready(()) => {}
                },
                Poll::Ready(Ok(has_more)) => {
                    this.quiet = None;
                    this.is_over = !has_more;
                    this.count_ready();
                    this.land_if_complete();
                }
                Poll::Ready(Err(fault)) => {
                    this.count_ready();
                    if let Some(broken) = this.break_off(&fault) {
                        return Poll::Ready(Some(Err(broken)));
                    }
                }
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.is_over && !self.is_broken && self.stream.ready().next().is_none()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::default()
    }
}

impl Drop for Relay {
    /// The caller left: the provider's connection goes with the stream, and what came is booked.
    fn drop(&mut self) {
        let outcome = if std::thread::panicking() { RequestOutcome::Failed } else { RequestOutcome::CallerLeft };
        self.land(outcome);
    }
}

fn interrupted_words(fault: &Fault, tokens: u64) -> String {
    match fault.class {
        FaultClass::StreamError => format!("The provider reported an error after {tokens} tokens: {}", fault.detail),
        FaultClass::IdleTimeout => format!("The provider sent nothing more after {tokens} tokens."),
        FaultClass::TotalTimeout => format!("The answer took longer than allowed and was ended after {tokens} tokens."),
        FaultClass::TooLarge => format!("The provider's answer was larger than allowed; ended after {tokens} tokens."),
        _ => format!("The provider closed the connection after {tokens} tokens."),
    }
}
