//! The control headers of a request (`cf-aig-*`): metadata, custom cost, attempts, timeouts, logging, ids. A universal
//! step may carry them too; its values win over the request's (D21).

use std::sync::Arc;

use http::{HeaderMap, HeaderName};
use waypost_money::CustomCost;
use waypost_policy::retry::Backoff;
use waypost_types::{Metadata, Scalar, Text};
use waypost_wire::json;

use crate::{
    Refusal,
    conclude::capital,
    identify::{Caller, Permission},
    limits::{CALL_TOTAL, METADATA_ENTRIES_MAX, METADATA_KEY_BYTES_MAX, METADATA_VALUE_BYTES_MAX},
    refusal::RefusalKind,
};

/// What the caller asked for beside the body.
#[derive(Clone, Debug, Default)]
pub struct Controls {
    /// The caller's metadata with the key's pinned values on top.
    pub metadata: Metadata,
    /// Keys that the API key set.
    pub pinned_metadata: Vec<Text>,
    /// Remarks for the log.
    pub notes: Vec<String>,
    /// The caller's own prices.
    pub custom_cost: Option<CustomCost>,
    /// To the first token, in milliseconds.
    pub request_timeout_ms: Option<u64>,
    /// Attempts per model, 1 to 5.
    pub max_attempts: Option<u8>,
    /// Delay before the first retry, in milliseconds.
    pub retry_delay_ms: Option<u64>,
    /// How the delay grows.
    pub backoff: Option<Backoff>,
    /// Name of the stored provider key.
    pub byok_alias: Option<String>,
    /// The caller's own id for the request.
    pub event_id: Option<String>,
    /// Keep a log row at all.
    pub collect_log: Option<bool>,
    /// Keep the bodies.
    pub collect_payload: Option<bool>,
}

/// Which control headers a request carries: most requests carry one or two of them, and a look over the names is cheaper
/// than a search for each.
#[derive(Clone, Copy)]
struct Sent(u32);

impl Sent {
    const NAMES: [&'static str; 14] = [
        "cf-aig-metadata",
        "cf-ai-gateway-metadata",
        "cf-aig-custom-cost",
        "cf-aig-cache-key",
        "cf-aig-skip-cache",
        "cf-skip-cache",
        "cf-aig-collect-log",
        "cf-aig-collect-log-payload",
        "cf-aig-request-timeout",
        "cf-aig-max-attempts",
        "cf-aig-retry-delay",
        "cf-aig-backoff",
        "cf-aig-byok-alias",
        "cf-aig-event-id",
    ];

    fn of(headers: &HeaderMap) -> Self {
        let ours = headers.keys().map(HeaderName::as_str).filter(|name| name.starts_with("cf-"));
        Self(ours.fold(0, |sent, name| sent | Self::bit(name)))
    }

    fn bit(name: &str) -> u32 {
        Self::NAMES.iter().position(|known| *known == name).map_or(0, |at| 1 << at)
    }

    fn has(self, name: &str) -> bool {
        self.0 != 0 && self.0 & Self::bit(name) != 0
    }
}

impl Controls {
    /// Reads the control headers of a request.
    ///
    /// # Errors
    /// `metadata_invalid`, `metadata_too_many`, `custom_cost_invalid`, `header_invalid`, and `permission_header` for a
    /// header that the key may not send.
    pub fn read(headers: &HeaderMap, caller: &Caller) -> Result<Self, Refusal> {
        let mut controls = Self::default();
        let sent = Sent::of(headers);
        controls.read_metadata(headers, sent)?;
        if let Some(key) = &caller.key {
            for (name, value) in &key.pinned_metadata.0 {
                controls.metadata.set(name.clone(), value.clone());
                controls.pinned_metadata.push(Text::from(name));
            }
        }
        controls.read_settings(headers, sent, caller)?;
        Ok(controls)
    }

    /// The same controls with those of a universal step on top. Metadata belongs to the whole request.
    pub fn for_step(&self, headers: &HeaderMap, caller: &Caller) -> Result<Self, Refusal> {
        let mut controls = self.clone();
        controls.read_settings(headers, Sent::of(headers), caller)?;
        Ok(controls)
    }

    fn read_metadata(&mut self, headers: &HeaderMap, sent: Sent) -> Result<(), Refusal> {
        let name = ["cf-aig-metadata", "cf-ai-gateway-metadata"].into_iter().find(|name| sent.has(name));
        let Some(name) = name else { return Ok(()) };
        let mut values = headers.get_all(name).iter();
        let (Some(value), None) = (values.next(), values.next()) else {
            return Err(metadata_invalid("the header was sent twice"));
        };
        let (metadata, notes) = parse_metadata(value.as_bytes())?;
        self.metadata = metadata;
        self.notes = notes;
        Ok(())
    }

    fn read_settings(&mut self, headers: &HeaderMap, sent: Sent, caller: &Caller) -> Result<(), Refusal> {
        if sent.0 == 0 {
            return Ok(());
        }
        let text = |name| if sent.has(name) { text(headers, name) } else { Ok(None) };
        let flag = |name| if sent.has(name) { flag(headers, name) } else { Ok(None) };
        let number = |name, min, max| if sent.has(name) { number(headers, name, min, max) } else { Ok(None) };
        if let Some(text) = text("cf-aig-custom-cost")? {
            demand(caller, Permission::CustomCost)?;
            let cost = CustomCost::parse_header(text).map_err(|error| {
                Refusal::new(RefusalKind::CustomCostInvalid, error.to_string()).param("cf-aig-custom-cost")
            })?;
            self.custom_cost = Some(cost);
        }
        // Cache headers weaken controls, so that they need their permission even where no cache is switched on.
        if sent.has("cf-aig-cache-key") {
            demand(caller, Permission::CacheKey)?;
        }
        for name in ["cf-aig-skip-cache", "cf-skip-cache"] {
            if flag(name)? == Some(true) {
                demand(caller, Permission::SkipCache)?;
            }
        }
        if let Some(collect) = flag("cf-aig-collect-log")? {
            if !collect {
                demand(caller, Permission::SkipLog)?;
            }
            self.collect_log = Some(collect);
        }
        if let Some(collect) = flag("cf-aig-collect-log-payload")? {
            self.collect_payload = Some(collect);
        }
        if let Some(timeout) = number("cf-aig-request-timeout", 1, CALL_TOTAL.as_millis() as u64)? {
            self.request_timeout_ms = Some(timeout);
        }
        if let Some(attempts) = number("cf-aig-max-attempts", 1, u64::MAX)? {
            self.max_attempts = Some(attempts.min(5) as u8);
        }
        if let Some(delay) = number("cf-aig-retry-delay", 0, u64::MAX)? {
            self.retry_delay_ms = Some(delay.min(60_000));
        }
        if let Some(word) = text("cf-aig-backoff")? {
            self.backoff = Some(match word {
                "constant" => Backoff::Constant,
                "linear" => Backoff::Linear,
                "exponential" => Backoff::Exponential,
                other => return Err(header_invalid("cf-aig-backoff", "constant, linear or exponential", other)),
            });
        }
        if let Some(alias) = text("cf-aig-byok-alias")? {
            self.byok_alias = Some(alias.to_owned());
        }
        if let Some(id) = text("cf-aig-event-id")? {
            self.event_id = Some(id.chars().take(METADATA_VALUE_BYTES_MAX).collect());
        }
        Ok(())
    }
}

/// A flat object of at most 16 entries; `null` entries and reserved keys (`cf.*`) are ignored and noted (D3).
fn parse_metadata(bytes: &[u8]) -> Result<(Metadata, Vec<String>), Refusal> {
    let (mut metadata, mut notes) = (Metadata::default(), Vec::new());
    let document = json::scan(bytes).map_err(|error| metadata_invalid(&error.to_string()))?;
    if !document.root().is_object() {
        return Err(metadata_invalid("it is not an object"));
    }
    let mut entries = 0;
    for member in document.members() {
        let (key, value) = (member.key(), member.value);
        entries += 1;
        if value.is_null() {
            notes.push(format!("metadata \"{key}\" was null and is ignored"));
            continue;
        }
        if key.starts_with("cf.") {
            notes.push(format!("metadata \"{key}\" is reserved and is ignored"));
            continue;
        }
        if key.is_empty() || key.len() > METADATA_KEY_BYTES_MAX || key.chars().any(char::is_control) {
            return Err(metadata_invalid(&format!(
                "a key must have 1 to {METADATA_KEY_BYTES_MAX} bytes of plain text"
            )));
        }
        let scalar =
            scalar(&value).ok_or_else(|| metadata_invalid(&format!("\"{key}\" is {}", value.kind().in_words())))?;
        if let Scalar::Text(text) = &scalar {
            if text.len() > METADATA_VALUE_BYTES_MAX {
                return Err(metadata_invalid(&format!("\"{key}\" is longer than {METADATA_VALUE_BYTES_MAX} bytes")));
            }
            if text.chars().any(char::is_control) {
                return Err(metadata_invalid(&format!("\"{key}\" holds control characters")));
            }
        }
        metadata.set(Arc::<str>::from(&*key), scalar);
    }
    if entries > METADATA_ENTRIES_MAX {
        let message = format!("{entries} metadata entries; at most {METADATA_ENTRIES_MAX} are allowed.");
        return Err(Refusal::new(RefusalKind::MetadataTooMany, message).param("cf-aig-metadata"));
    }
    Ok((metadata, notes))
}

fn scalar(value: &json::Value<'_>) -> Option<Scalar> {
    match value.kind() {
        json::Kind::Bool => value.as_bool().map(Scalar::Bool),
        json::Kind::Number => value.as_f64().map(Scalar::Number),
        json::Kind::Text => value.as_str().map(|text| Scalar::text(&*text)),
        json::Kind::Null | json::Kind::List | json::Kind::Object => None,
    }
}

fn metadata_invalid(why: &str) -> Refusal {
    let why = capital(why);
    let message = format!("Metadata must be a flat JSON object of text, numbers or true/false. {why}.");
    Refusal::new(RefusalKind::MetadataInvalid, message).param("cf-aig-metadata")
}

fn header_invalid(name: &'static str, expected: &str, got: &str) -> Refusal {
    let got: String = got.chars().take(80).collect();
    Refusal::new(RefusalKind::HeaderInvalid, format!("{name} must be {expected}. Got \"{got}\".")).param(name)
}

fn demand(caller: &Caller, permission: Permission) -> Result<(), Refusal> {
    if caller.may(permission) {
        return Ok(());
    }
    let message =
        format!("This key may not {}. Remove the header or use a key with that permission.", permission.words());
    Err(Refusal::new(RefusalKind::PermissionHeader, message))
}

fn text<'a>(headers: &'a HeaderMap, name: &'static str) -> Result<Option<&'a str>, Refusal> {
    let mut values = headers.get_all(name).iter();
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(header_invalid(name, "sent once", "several values"));
    }
    match value.to_str() {
        Ok(text) => Ok(Some(text.trim()).filter(|text| !text.is_empty())),
        Err(_) => Err(header_invalid(name, "plain text", "other bytes")),
    }
}

fn flag(headers: &HeaderMap, name: &'static str) -> Result<Option<bool>, Refusal> {
    match text(headers, name)? {
        None => Ok(None),
        Some(word) if word.eq_ignore_ascii_case("true") => Ok(Some(true)),
        Some(word) if word.eq_ignore_ascii_case("false") => Ok(Some(false)),
        Some(other) => Err(header_invalid(name, "true or false", other)),
    }
}

fn number(headers: &HeaderMap, name: &'static str, min: u64, max: u64) -> Result<Option<u64>, Refusal> {
    let Some(text) = text(headers, name)? else { return Ok(None) };
    let expected = || {
        if max == u64::MAX {
            format!("a whole number of {min} or more")
        } else {
            format!("a whole number from {min} to {max}")
        }
    };
    match text.parse::<u64>() {
        Ok(value) if (min..=max).contains(&value) => Ok(Some(value)),
        _ => Err(header_invalid(name, &expected(), text)),
    }
}

#[cfg(test)]
mod tests;
