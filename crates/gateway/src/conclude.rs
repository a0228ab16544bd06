//! How a walk that found no answer ends for the caller (D2): a plain call passes the provider's own refusal through; a
//! route that has nowhere left to go says so.

use http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use jiff::{Timestamp, tz::TimeZone};
use waypost_graph::{self as graph, Outcome, Per, RateNode};
use waypost_policy::limit::{Calendar, Span, Technique, Verdict};
use waypost_types::{Fault, FaultClass, LimitKind, PicoUsd, Text, UnixMs, record::RequestOutcome};
use waypost_wire::formats;

use crate::{
    Outgoing, Refusal,
    drive::{Rejection, Trip},
    flight::{Flight, Metered},
    limits::DETAIL_CHARS_MAX,
    refusal::RefusalKind,
    stamp::Answered,
};

/// What the caller gets instead of an answer.
pub enum Ended {
    /// Our own words.
    Refused(Refusal),
    /// The provider's.
    PassedThrough(Box<Rejection>),
}

/// Turns the end of a walk into what the caller gets.
pub fn conclude(trip: &Trip<'_>, outcome: &Outcome) -> Ended {
    match outcome {
        Outcome::Refused(refusal) => Ended::Refused(refused(trip, refusal)),
        Outcome::Failed { node, fault, models_tried, falls_back } => {
            let model = trip.asked.route.model(*node).map_or("", |model| &model.model);
            if trip.asked.is_plain || !falls_back {
                failed_plain(trip, model, fault)
            } else {
                Ended::Refused(exhausted(trip, model, fault, *models_tried))
            }
        }
        // An answer without its arrival cannot be.
        Outcome::Served { .. } => Ended::Refused(Refusal::internal_error()),
    }
}

fn failed_plain(trip: &Trip<'_>, model: &str, fault: &Fault) -> Ended {
    if let Some(refusal) = &trip.refusal {
        return Ended::Refused(refusal.clone());
    }
    if let Some(rejection) = &trip.rejection {
        return match (&rejection.stored_alias, fault.class) {
            // Passed through, it would read as if the caller's own key were wrong.
            (Some(alias), FaultClass::Status(401)) => {
                let words = format!(
                    "{} rejected the stored key \"{alias}\". An administrator must replace it.",
                    rejection.provider
                );
                Ended::Refused(Refusal::new(RefusalKind::ProviderAuth, words).description(short(&fault.detail)))
            }
            _ => Ended::PassedThrough(Box::new(rejection.clone())),
        };
    }
    let tries = trip.flight.record.attempts.len();
    let tries = if tries == 1 { "1 try".to_owned() } else { format!("{tries} tries") };
    let provider = trip.flight.record.provider.clone();
    let refusal = match fault.class {
        class if class.is_timeout() => Refusal::new(
            RefusalKind::ProviderTimeout,
            format!("{model} sent no first token in time ({tries}): {}.", short(&fault.detail)),
        ),
        FaultClass::KeyUnusable => {
            let words = format!("{}. An administrator must store it again.", capital(&short(&fault.detail)));
            Refusal::new(RefusalKind::ProviderAuth, words)
        }
        FaultClass::Inexpressible => Refusal::body_invalid("", &format!("{}.", capital(&short(&fault.detail)))),
        _ => {
            let words = format!(
                "{provider} did not answer after {tries}: {fault_words}. Nothing was charged by the gateway.",
                fault_words = short(&fault.to_string())
            );
            Refusal::new(RefusalKind::ProviderError, words)
        }
    };
    Ended::Refused(refusal)
}

fn exhausted(trip: &Trip<'_>, model: &str, fault: &Fault, models_tried: u32) -> Refusal {
    let name = trip.asked.live.as_ref().map_or("this request", |live| &live.name);
    let last = match fault.class {
        FaultClass::Status(status) => format!("status {status}"),
        FaultClass::Connect => "no connection".to_owned(),
        class => class.as_str().replace('_', " "),
    };
    let count = match models_tried {
        0 | 1 => format!("The only model of \"{name}\" failed: {model}, {last}."),
        count => format!("All {count} models of \"{name}\" failed. Last: {model}, {last}."),
    };
    let mut refusal = Refusal::new(RefusalKind::NoFallbackLeft, count);
    if !fault.detail.is_empty() {
        refusal = refusal.description(short(&fault.detail));
    }
    let status = trip.gateway.settings.waypost.exhausted_status;
    refusal.status = (status != 502).then_some(status);
    refusal
}

fn refused(trip: &Trip<'_>, refusal: &graph::Refusal) -> Refusal {
    let now = trip.core.shared.clock.now();
    let limit = |node: &graph::NodeIx| trip.asked.route.limit(*node);
    match refusal {
        graph::Refusal::OverLimit { node, verdict, key } => match limit(node) {
            Some(rate) => over_limit(rate, *verdict, key.as_deref(), now, &trip.gateway.zone),
            None => Refusal::internal_error(),
        },
        graph::Refusal::Undecidable { node, reason } => {
            let kind = match limit(node).map(|rate| rate.rule.kind) {
                Some(LimitKind::Count) => RefusalKind::RateLimited,
                _ => RefusalKind::BudgetExceeded,
            };
            Refusal::new(
                kind,
                format!("\"{}\" can't let this request through: {reason}.", trip.asked.route.title(*node)),
            )
        }
        graph::Refusal::Unavailable { .. } => Refusal::new(
            RefusalKind::BudgetUnavailable,
            "The budget can't be checked right now, so the request was not sent. Try again shortly.",
        )
        .retry_after_s(1),
        graph::Refusal::NoModel => {
            Refusal::new(RefusalKind::NoFallbackLeft, "The route ended without calling a model.")
        }
        graph::Refusal::OutOfStep => Refusal::internal_error(),
    }
}

fn over_limit(rate: &RateNode, verdict: Verdict, key: Option<&str>, now: UnixMs, zone: &TimeZone) -> Refusal {
    let retry_at = match verdict {
        Verdict::Refused { retry_at, .. } | Verdict::WouldRefuse { retry_at, .. } => retry_at,
        Verdict::Passed { .. } => now,
    };
    let seconds = u64::try_from(retry_at.since_ms(now).max(0)).unwrap_or(0).div_ceil(1000).max(1);
    let window = window_words(&rate.rule.span);
    let who = match (&rate.per, key) {
        (Per::Each(operand), Some(key)) => {
            let name = operand.to_string();
            let name = name.strip_prefix("metadata.").unwrap_or(&name);
            format!(" for {name} \"{key}\"")
        }
        (Per::Each(operand), None) => format!(" for requests without {operand}"),
        (Per::Everyone, _) => String::new(),
    };
    let refusal = match rate.rule.kind {
        LimitKind::Count => {
            let words = format!(
                "Limit reached: {} requests per {window}{who}. Next request possible in {seconds} s.",
                rate.rule.limit
            );
            Refusal::new(RefusalKind::RateLimited, words)
        }
        LimitKind::Cost => {
            let slides = matches!((rate.rule.technique, &rate.rule.span), (Technique::Sliding, Span::Seconds(_)));
            let resets = (!slides && seconds >= 60).then(|| reset_words(retry_at, seconds, zone)).flatten();
            let when = resets.unwrap_or_else(|| format!("Next request possible in {seconds} s."));
            let words = format!(
                "Budget reached: ${} of ${} per {window}{who}. {when}",
                dollars(verdict.used()),
                dollars(rate.rule.limit)
            );
            Refusal::new(RefusalKind::BudgetExceeded, words)
        }
    };
    refusal.retry_after_s(seconds)
}

/// `Resets at 00:00 UTC.`, with its date where that is further away than a day.
fn reset_words(at: UnixMs, seconds: u64, zone: &TimeZone) -> Option<String> {
    let at = Timestamp::from_millisecond(at.0).ok()?.to_zoned(zone.clone());
    let zone = zone.iana_name().unwrap_or("UTC");
    let format = if seconds <= 86_400 { "at %H:%M" } else { "on %Y-%m-%d at %H:%M" };
    Some(format!("Resets {} {zone}.", at.strftime(format)))
}

/// `hour`, `3 days`, `90 s`.
fn window_words(span: &Span) -> String {
    match span {
        Span::Calendar(Calendar::Hour, _) => "hour".to_owned(),
        Span::Calendar(Calendar::Day, _) => "day".to_owned(),
        Span::Calendar(Calendar::Week, _) => "week".to_owned(),
        Span::Calendar(Calendar::Month, _) => "month".to_owned(),
        Span::Seconds(seconds) => {
            let units = [(86_400, "day"), (3_600, "hour"), (60, "minute")];
            match units.into_iter().find(|(unit, _)| seconds % unit == 0) {
                Some((unit, word)) if *seconds == unit => word.to_owned(),
                Some((unit, word)) => format!("{} {word}s", seconds / unit),
                None if *seconds == 1 => "second".to_owned(),
                None => format!("{seconds} s"),
            }
        }
    }
}

/// At least two decimals, no more than needed.
fn dollars(pico: i64) -> String {
    let text = PicoUsd(pico).to_decimal();
    match text.split_once('.') {
        None => format!("{text}.00"),
        Some((whole, part)) => format!("{whole}.{part:0<2}"),
    }
}

fn short(words: &str) -> String {
    words.chars().take(DETAIL_CHARS_MAX).collect::<String>().trim_end_matches('.').to_owned()
}

/// The words with a capital at their beginning.
pub(crate) fn capital(words: &str) -> String {
    let mut characters = words.chars();
    characters.next().map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}

/// The provider's own refusal, in the caller's format.
pub fn pass_through(mut flight: Flight, rejection: Rejection, to: Option<waypost_types::WireFormat>) -> Answered {
    let status = rejection.status;
    let (headers, body) = match (rejection.format, to) {
        (Some(from), Some(to)) if from != to => {
            let words = formats::error_message(from, &rejection.body).unwrap_or_else(|| status.to_string());
            let body = formats::encode_error(to, status.as_u16(), error_type(status), &words);
            let json = (header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
            let mut headers = HeaderMap::from_iter([json]);
            if let Some(after) = rejection.headers.get(header::RETRY_AFTER) {
                headers.insert(header::RETRY_AFTER, after.clone());
            }
            (headers, body.into())
        }
        _ => (rejection.headers, rejection.body),
    };
    flight.record.status = status.as_u16();
    flight.record.error_type = Some(Text::fixed(RefusalKind::ProviderError.as_str()));
    flight.record.error_code = Some(RefusalKind::ProviderError.code());
    flight.record.error_message = flight.record.attempts.last().map(|attempt| attempt.detail.clone());
    flight.record.response_content_type = content_type(&headers);
    let mut response = Response::new(Outgoing::full(bytes::Bytes::clone(&body)));
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    let lines = flight.stamp();
    flight.sent(&body);
    flight.land(RequestOutcome::Failed, Metered::default());
    Answered { response, lines }
}

/// The content type of an answer, for the log.
pub fn content_type(headers: &HeaderMap) -> Option<Text> {
    let bytes = headers.get(header::CONTENT_TYPE)?.as_bytes();
    // Nearly all of them.
    Some(match bytes {
        b"application/json" => Text::fixed("application/json"),
        other => String::from_utf8_lossy(other).into_owned().into(),
    })
}

/// OpenAI's words for a status; other formats derive theirs from the status itself.
fn error_type(status: StatusCode) -> &'static str {
    match status.as_u16() {
        401 => "authentication_error",
        403 => "permission_error",
        404 => "not_found_error",
        429 => "rate_limit_error",
        400..=499 => "invalid_request_error",
        _ => "server_error",
    }
}
