//! The answer of one attempt, read as far as it must be before the caller may see it: a whole body, or a stream with its
//! first token. Until here a failure is an edge of the route; from here on it is the caller's.

use std::{
    pin::pin,
    time::{Duration, Instant},
};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode, header, response::Parts};
use http_body::Body;
use http_body_util::BodyExt;
use waypost_graph::ModelNode;
use waypost_types::{Fault, FaultClass, Secret, UnixMs, WireFormat};
use waypost_upstream::{Answer, Deadlines, classify, whole};
use waypost_wire::{answer::answer_facts, formats, reply::ReplyIdentity};

use crate::{
    decode::Message,
    drive::{Rejection, Trip},
    flight::Metered,
    identify::contains,
    limits::{
        ANSWER_BYTES_MAX, BETWEEN_EVENTS, CALL_TOTAL, CONNECT, ERROR_BODY_BYTES_MAX, ERROR_BODY_READ, FIRST_TOKEN,
    },
    mock,
    prepare::{Manner, Prepared, returns},
    stream::{Passage, Source, Stream, bad_answer},
};

/// An answer that may go to the caller.
pub struct Arrival {
    /// Status for the caller.
    pub status: StatusCode,
    /// Headers for the caller, the provider's that may return.
    pub headers: HeaderMap,
    /// The body.
    pub body: ArrivalBody,
}

/// Its body.
pub enum ArrivalBody {
    /// All of it.
    Whole {
        /// The bytes as the caller gets them.
        bytes: Bytes,
        /// What it used.
        metered: Metered,
    },
    /// Its beginning.
    Stream {
        /// The rest.
        stream: Box<Stream>,
        /// The caller's format, where we speak it.
        format: Option<WireFormat>,
        /// It is a stream of server-sent events.
        is_event_stream: bool,
    },
}

impl Trip<'_> {
    /// Makes a call and reads its answer up to the point of no return.
    pub(crate) async fn make(
        &mut self,
        prepared: &mut Prepared,
        model: &ModelNode,
        message: &Message,
        is_last: bool,
    ) -> Result<Arrival, Fault> {
        let first_token =
            first_token_deadline(model, message, self.gateway.settings.waypost.request_timeout_ms, is_last);
        let asked_at = Instant::now();
        let stream = prepared.stream;
        let mut result = {
            // Pinned once: the two ways to wait for it share its place.
            let mut made = pin!(async {
                if prepared.target.is_some() {
                    self.ask_provider(prepared, first_token).await
                } else {
                    Box::pin(self.ask_mock(prepared)).await
                }
            });
            // An answer that is not streamed has its own watch over the first byte; of a stream the first token counts.
            match first_token.filter(|_| stream) {
                Some(limit) => match tokio::time::timeout(limit, made.as_mut()).await {
                    Ok(result) => result,
                    Err(_) => {
                        let words = format!("no first token within {} ms", limit.as_millis());
                        Err(Fault::new(FaultClass::FirstTokenTimeout, words))
                    }
                },
                None => made.await,
            }
        };
        self.flight.waited(asked_at.elapsed());
        match &mut result {
            Ok(_) => self.flight.first_token(),
            Err(fault) => fault.detail = classify::mask(&fault.detail, &prepared.secrets.iter().collect::<Vec<_>>()),
        }
        result
    }

    async fn ask_mock(&mut self, prepared: &Prepared) -> Result<Arrival, Fault> {
        let model = self.flight.record.model.clone();
        let shared = self.core.shared.clone();
        let input_tokens = self.asked.facts.input_tokens;
        let body = prepared.request.body();
        let answer = match mock::answer(&model, body, input_tokens, prepared.stream, &shared.flaky_calls) {
            Ok(answer) => answer,
            Err(fault) => {
                if let FaultClass::Status(status) = fault.class {
                    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY);
                    let words = fault.detail.clone();
                    let body = formats::encode_error(WireFormat::OpenaiChat, status.as_u16(), "mock_error", &words);
                    self.rejection = Some(Rejection {
                        status,
                        headers: json_headers(),
                        body: body.into(),
                        format: Some(WireFormat::OpenaiChat),
                        provider: prepared.provider.name().to_owned(),
                        stored_alias: None,
                    });
                }
                return Err(fault);
            }
        };
        if prepared.stream {
            return self
                .begin_stream(prepared, Source::Mock(answer), StatusCode::OK, event_stream_headers(), true)
                .await;
        }
        let body = answer.collect().await?.to_bytes();
        self.whole(prepared, StatusCode::OK, json_headers(), body)
    }

    async fn ask_provider(&mut self, prepared: &mut Prepared, first_byte: Option<Duration>) -> Result<Arrival, Fault> {
        let Some(target) = prepared.target.take() else {
            return Err(Fault::new(FaultClass::AddressRefused, "there is no address"));
        };
        // Within 30 minutes in all, whatever the tries before took (D20).
        let total = CALL_TOTAL.saturating_sub(Duration::from_millis(self.flight.elapsed_ms()));
        let deadlines = Deadlines { connect: CONNECT, first_byte, between: BETWEEN_EVENTS, total };
        let request = std::mem::take(&mut prepared.request);
        self.flight.reads_on(!prepared.stream);
        let response = self.core.upstream.call(&target.endpoint, request, &deadlines).await?;
        let (parts, body) = response.into_parts();
        let status = parts.status;
        if let Some(attempt) = self.flight.attempt() {
            attempt.status = Some(status.as_u16());
            attempt.connect_ms = body.connect_ms();
        }
        let now = if status.is_success() { self.flight.record.created_at } else { self.core.shared.clock.now() };
        if let Some(fault) = classify::head(status, &parts.headers, now) {
            return Err(Box::pin(self.rejected(prepared, parts, body, fault, now)).await);
        }
        let is_event_stream = has_type(&parts.headers, "text/event-stream");
        let is_json = has_type(&parts.headers, "application/json");
        if !prepared.is_certain && !is_event_stream && !is_json {
            prepared.manner = Manner::Opaque;
        }
        let headers = |headers: HeaderMap| {
            let mut headers = returning(headers);
            mask_headers(&mut headers, &prepared.secrets);
            headers
        };
        if prepared.manner == Manner::Opaque && body.is_end_stream() {
            // Nothing follows the head (204, 304, HEAD), and nobody would poll for its end.
            let body = ArrivalBody::Whole { bytes: Bytes::new(), metered: Metered::default() };
            return Ok(Arrival { status, headers: headers(parts.headers), body });
        }
        let is_one_document = is_json && !is_gemini(prepared);
        if is_event_stream
            || (prepared.stream && !is_one_document)
            // Files, audio, pictures: not worth holding.
            || (prepared.manner == Manner::Opaque && !is_json)
        {
            self.flight.reads_on(false);
            let (source, headers) = (Source::Upstream(body), headers(parts.headers));
            return self.begin_stream(prepared, source, status, headers, is_event_stream).await;
        }
        let bytes = whole::collect(body).await?;
        let bytes = whole::decode(&parts.headers, bytes)?;
        let mut headers = headers(parts.headers);
        // It is in the clear now.
        headers.remove(header::CONTENT_ENCODING);
        self.whole(prepared, status, headers, bytes)
    }

    /// Keeps the provider's own words, for the caller of a plain call and for the log.
    async fn rejected(&mut self, prepared: &Prepared, parts: Parts, body: Answer, fault: Fault, now: UnixMs) -> Fault {
        // A caller that followed the provider's redirect would send its key to wherever it points (A07).
        if parts.status.is_success() || parts.status.is_redirection() && parts.headers.contains_key(header::LOCATION) {
            return fault;
        }
        let mut limited = http_body_util::Limited::new(body, ERROR_BODY_BYTES_MAX);
        let mut bytes = Vec::new();
        let read = async {
            while let Some(Ok(frame)) = limited.frame().await {
                if let Some(data) = frame.data_ref() {
                    bytes.extend_from_slice(data);
                }
            }
        };
        // The words are worth a moment; the fallback does not wait longer for them.
        let _ = tokio::time::timeout(ERROR_BODY_READ, read).await;
        let bytes = whole::decode(&parts.headers, bytes.into()).unwrap_or_default();
        let secrets: Vec<_> = prepared.secrets.iter().collect();
        let masked = Bytes::from(classify::mask(&String::from_utf8_lossy(&bytes), &secrets));
        let mut fault =
            classify::refused(parts.status, &parts.headers, &masked, prepared.provider.upstream.spec.errors, now);
        fault.detail = classify::mask(&fault.detail, &secrets);
        let mut headers = returning(parts.headers);
        headers.remove(header::CONTENT_ENCODING);
        mask_headers(&mut headers, &prepared.secrets);
        self.rejection = Some(Rejection {
            status: parts.status,
            headers,
            body: masked,
            format: match prepared.manner {
                Manner::Same { format, .. } => Some(format),
                Manner::Translated { from, .. } => Some(from),
                Manner::Opaque => None,
            },
            provider: prepared.provider.name().to_owned(),
            stored_alias: prepared.stored_alias.clone(),
        });
        fault
    }

    async fn begin_stream(
        &mut self,
        prepared: &Prepared,
        source: Source,
        status: StatusCode,
        mut headers: HeaderMap,
        is_event_stream: bool,
    ) -> Result<Arrival, Fault> {
        let (passage, format) = match prepared.manner {
            Manner::Opaque => (Passage::Opaque, None),
            Manner::Same { format, withhold_usage_only } => (Passage::same(format, withhold_usage_only), Some(format)),
            Manner::Translated { from, to } => {
                headers = event_stream_headers();
                let includes_usage = prepared.includes_usage;
                (Passage::translated(from, to, self.identity(), includes_usage), Some(to))
            }
        };
        let mut stream = Box::new(Stream::new(source, passage, prepared.secrets.clone()));
        if let Err(fault) = stream.first_token().await {
            // Text that came together with the failure was paid for, although nobody will read it.
            self.partial = Some(stream.metered()).filter(|metered| metered.output_text_bytes > 0).unwrap_or_default();
            return Err(fault);
        }
        // What is translated leaves as an event stream, however the provider labelled its own.
        let is_event_stream =
            matches!(prepared.manner, Manner::Translated { .. }) || is_event_stream && format.is_some();
        let body = ArrivalBody::Stream { stream, format, is_event_stream };
        Ok(Arrival { status, headers, body })
    }

    fn whole(
        &mut self,
        prepared: &Prepared,
        status: StatusCode,
        headers: HeaderMap,
        bytes: Bytes,
    ) -> Result<Arrival, Fault> {
        if bytes.len() > ANSWER_BYTES_MAX {
            return Err(Fault::new(FaultClass::TooLarge, "the answer is larger than allowed"));
        }
        match prepared.manner {
            Manner::Opaque => {
                let metered = opaque_usage(&headers, &bytes);
                Ok(Arrival { status, headers, body: ArrivalBody::Whole { bytes, metered } })
            }
            Manner::Same { format, .. } => {
                let metered = self.meter(format, &bytes)?;
                Ok(Arrival { status, headers, body: ArrivalBody::Whole { bytes, metered } })
            }
            Manner::Translated { from, to } => {
                let metered = self.meter(from, &bytes)?;
                let reply = formats::decode_reply(from, &bytes).map_err(|error| bad_answer(&error))?;
                let (body, losses) = formats::encode_reply(to, &reply, &self.identity());
                for loss in reply.losses.0.iter().chain(&losses.0) {
                    self.flight.note(format!("answer: {loss}"));
                }
                Ok(Arrival {
                    status,
                    headers: json_headers(),
                    body: ArrivalBody::Whole { bytes: body.into(), metered },
                })
            }
        }
    }

    /// Reads usage out of a whole answer; what is no JSON is no answer (F14).
    fn meter(&mut self, format: WireFormat, bytes: &[u8]) -> Result<Metered, Fault> {
        if classify::is_page(bytes) {
            return Err(classify::page());
        }
        let facts = answer_facts(format, bytes)
            .map_err(|error| Fault::new(FaultClass::BadAnswer, format!("the answer isn't valid JSON: {error}")))?;
        if facts.has_invalid_utf8 {
            self.flight.note("the answer held bytes that are not UTF-8");
        }
        if let Some(words) = facts.error_message {
            return Err(Fault::new(FaultClass::BadAnswer, words));
        }
        Ok(Metered { usage: facts.usage, output_text_bytes: facts.output_text_bytes })
    }

    fn identity(&self) -> ReplyIdentity {
        let record = &self.flight.record;
        ReplyIdentity {
            id: record.id.to_string(),
            created_s: record.created_at.0.div_euclid(1000),
            model: record.model.to_string(),
        }
    }
}

/// D20: what the request or the gateway set does not hold on the last attempt; what the model's element set always does.
fn first_token_deadline(
    model: &ModelNode,
    message: &Message,
    gateway_ms: Option<u64>,
    is_last: bool,
) -> Option<Duration> {
    let requested = message.controls.request_timeout_ms;
    let own = model.timeout_ms.filter(|ms| *ms > 0);
    let ms = match (is_last, requested, own) {
        (true, _, own) => own,
        // The request beats the element (D21), and an element's promise still bounds it.
        (false, Some(requested), Some(own)) => Some(requested.min(own)),
        (false, Some(requested), None) => Some(requested),
        (false, None, Some(own)) => Some(own),
        (false, None, None) => gateway_ms.filter(|ms| *ms > 0).or(Some(FIRST_TOKEN.as_millis() as u64)),
    };
    ms.map(Duration::from_millis)
}

/// The answer's headers without those that stay here. Few do, so that the map is kept.
fn returning(mut headers: HeaderMap) -> HeaderMap {
    while let Some(name) = headers.keys().find(|name| !returns(name)).cloned() {
        headers.remove(name);
    }
    headers
}

fn mask_headers(headers: &mut HeaderMap, secrets: &[Secret]) {
    // Exposed to compare only.
    let repeats = |value: &HeaderValue| {
        secrets.iter().any(|secret| contains(value.as_bytes(), secret.expose().trim().as_bytes()))
    };
    for value in headers.values_mut() {
        if repeats(value) {
            *value = HeaderValue::from_static("****");
        }
    }
}

fn has_type(headers: &HeaderMap, expected: &str) -> bool {
    let value = headers.get(header::CONTENT_TYPE).map(HeaderValue::as_bytes).unwrap_or_default();
    value.get(..expected.len()).is_some_and(|start| start.eq_ignore_ascii_case(expected.as_bytes()))
}

/// A provider may answer a stream's request with one JSON document; Gemini's streams are lists of documents.
fn is_gemini(prepared: &Prepared) -> bool {
    matches!(
        prepared.manner,
        Manner::Same { format: WireFormat::GeminiGenerateContent, .. }
            | Manner::Translated { from: WireFormat::GeminiGenerateContent, .. }
    )
}

/// Embeddings and the like report usage as a conversation does.
fn opaque_usage(headers: &HeaderMap, bytes: &[u8]) -> Metered {
    if !has_type(headers, "application/json") {
        return Metered::default();
    }
    let usage = answer_facts(WireFormat::OpenaiChat, bytes).ok().and_then(|facts| facts.usage);
    Metered { usage, output_text_bytes: 0 }
}

fn json_headers() -> HeaderMap {
    HeaderMap::from_iter([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))])
}

fn event_stream_headers() -> HeaderMap {
    HeaderMap::from_iter([
        (header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream; charset=utf-8")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
    ])
}
