//! Model: one provider's model, tried so often, with an edge for what happens when it fails.

use std::sync::Arc;

use serde_json::{Map, Value};
use waypost_policy::retry::Backoff;
use waypost_types::FaultClass;

use crate::{
    compile::Check,
    limits::{RETRIES_MAX, RETRY_DELAY_MS_MAX, TIMEOUT_MS_MAX},
    problem::Code,
    route::{CompiledRoute, Kind, NodeIx},
};

/// What a model node says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ModelNode {
    /// Provider slug.
    pub provider: Arc<str>,
    /// Model name as the provider knows it.
    pub model: Arc<str>,
    /// Milliseconds to the first token; `None` without a limit of its own.
    pub timeout_ms: Option<u64>,
    /// Retries after the first try; `None` leaves it to the gateway.
    pub retries: Option<u8>,
    /// Milliseconds before a retry; `None` leaves it to the gateway.
    pub retry_delay_ms: Option<u64>,
    /// How the delay grows; `None` leaves it to the gateway.
    pub backoff: Option<Backoff>,
    /// Alias of the stored key; `None` for the default one.
    pub byok_alias: Option<String>,
    /// Merged into the request.
    pub parameters: Map<String, Value>,
    /// What takes the *On failure* edge.
    pub fallback_on: FallbackOn,
}

/// Which failures take the *On failure* edge. Others go to the caller.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum FallbackOn {
    /// [`FaultClass::falls_back`].
    #[default]
    Default,
    /// Every failure, the caller's own mistakes included: steps of the universal endpoint.
    Any,
    /// Only these.
    Only {
        /// Statuses of the provider.
        statuses: Vec<u16>,
        /// Deadlines.
        timeout: bool,
        /// No connection, or one that broke before the answer.
        connect: bool,
    },
}

/// A model node in its route.
#[derive(Debug)]
pub(crate) struct ModelStep {
    pub(crate) node: ModelNode,
    pub(crate) success: NodeIx,
    pub(crate) fallback: Option<NodeIx>,
    /// Some model can still be reached by *On failure* (D20).
    pub(crate) has_next: bool,
}

/// Members of a body that are the route's business, not a setting.
const FIXED_PARAMETERS: [&str; 3] = ["model", "messages", "stream"];

pub(crate) fn check(check: &mut Check<'_>) -> Option<ModelStep> {
    let (provider, model) = names(check);
    let timeout = milliseconds(check, "timeout", TIMEOUT_MS_MAX);
    let retries = retries(check);
    let retry_delay = milliseconds(check, "retryDelay", RETRY_DELAY_MS_MAX);
    let backoff = backoff(check);
    let byok_alias = text(check, "byokAlias");
    let parameters = parameters(check);
    let fallback_on = fallback_on(check);
    let success = check.required("success");
    let fallback = check.optional("fallback");
    let node = ModelNode {
        provider: provider?.into(),
        model: model?.into(),
        timeout_ms: timeout?.filter(|timeout| *timeout > 0),
        retries: retries?,
        retry_delay_ms: retry_delay?,
        backoff: backoff?,
        byok_alias: byok_alias?,
        parameters: parameters?,
        fallback_on: fallback_on?,
    };
    Some(ModelStep { node, success: success?, fallback, has_next: false })
}

fn names(check: &mut Check<'_>) -> (Option<String>, Option<String>) {
    let name = |check: &Check<'_>, field: &str| {
        check.property(field).and_then(Value::as_str).filter(|name| !name.is_empty()).map(str::to_owned)
    };
    let (provider, model) = (name(check, "provider"), name(check, "model"));
    match (&provider, &model) {
        (None, _) => check.report(Code::E08, "properties.provider", "Choose a model."),
        (Some(_), None) => check.report(Code::E08, "properties.model", "Choose a model."),
        (Some(slug), Some(_)) if !check.around.provider_exists(slug) => {
            let hint = check.around.did_you_mean(slug).map(|other| format!(" Did you mean `{other}`?"));
            let message = format!("Unknown provider `{slug}`.{}", hint.unwrap_or_default());
            check.report(Code::E08, "properties.provider", message);
        }
        _ => {}
    }
    (provider, model)
}

/// The outer `None` is a problem, the inner one an absent property.
fn milliseconds(check: &mut Check<'_>, name: &str, max: u64) -> Option<Option<u64>> {
    let Some(value) = check.property(name) else { return Some(None) };
    let Some(ms) = value.as_f64().filter(|ms| (0.0..=max as f64).contains(ms)) else {
        let field = format!("properties.{name}");
        check.report(Code::E05, &field, format!("`{name}` is a number of milliseconds from 0 to {max}."));
        return None;
    };
    Some(Some(ms as u64))
}

/// More retries than are ever made are no error, since other systems allow them, but are said.
fn retries(check: &mut Check<'_>) -> Option<Option<u8>> {
    let Some(value) = check.property("retries") else { return Some(None) };
    let Some(count) = value.as_u64().or_else(|| value.as_f64().filter(|n| n.fract() == 0.0 && *n == 0.0).map(|_| 0))
    else {
        check.report(Code::E05, "properties.retries", format!("`retries` is a whole number from 0 to {RETRIES_MAX}."));
        return None;
    };
    if count > u64::from(RETRIES_MAX) {
        let message = format!("{count} retries; at most {RETRIES_MAX} are made.");
        check.report(Code::W09, "properties.retries", message);
    }
    Some(Some(u8::try_from(count).unwrap_or(RETRIES_MAX).min(RETRIES_MAX)))
}

fn backoff(check: &mut Check<'_>) -> Option<Option<Backoff>> {
    if check.property("backoff").is_none() {
        return Some(None);
    }
    let words = [("exponential", Backoff::Exponential), ("constant", Backoff::Constant), ("linear", Backoff::Linear)];
    check.word("backoff", &words).map(Some)
}

fn text(check: &mut Check<'_>, name: &str) -> Option<Option<String>> {
    match check.property(name) {
        None => Some(None),
        Some(Value::String(text)) if !text.is_empty() => Some(Some(text.clone())),
        Some(_) => {
            check.report(Code::E05, &format!("properties.{name}"), format!("`{name}` is a name in quotes."));
            None
        }
    }
}

fn parameters(check: &mut Check<'_>) -> Option<Map<String, Value>> {
    let parameters = match check.property("parameters") {
        None => return Some(Map::new()),
        Some(Value::Object(parameters)) => parameters.clone(),
        Some(_) => {
            check.report(Code::E05, "properties.parameters", "`parameters` is an object.");
            return None;
        }
    };
    let fixed = FIXED_PARAMETERS.iter().find(|name| parameters.contains_key(**name));
    if let Some(name) = fixed {
        let message = format!("`{name}` can't be set in `parameters`.");
        check.report(Code::E05, &format!("properties.parameters.{name}"), message);
        return None;
    }
    Some(parameters)
}

fn fallback_on(check: &mut Check<'_>) -> Option<FallbackOn> {
    let read = match check.property("fallbackOn") {
        None => Some(FallbackOn::Default),
        Some(Value::String(word)) if word == "default" => Some(FallbackOn::Default),
        Some(Value::String(word)) if word == "any" => Some(FallbackOn::Any),
        Some(Value::Array(list)) => only(list),
        Some(_) => None,
    };
    if read.is_none() {
        let message = "`fallbackOn` is `default`, `any` or a list of statuses, `timeout` and `connect`.";
        check.report(Code::E05, "properties.fallbackOn", message);
    }
    read
}

fn only(list: &[Value]) -> Option<FallbackOn> {
    let (mut statuses, mut timeout, mut connect) = (Vec::new(), false, false);
    for entry in list {
        match entry {
            Value::String(word) if word == "timeout" => timeout = true,
            Value::String(word) if word == "connect" => connect = true,
            other => {
                let status = other.as_u64().or_else(|| other.as_str()?.parse().ok())?;
                statuses.push(u16::try_from(status).ok().filter(|status| (100..=599).contains(status))?);
            }
        }
    }
    Some(FallbackOn::Only { statuses, timeout, connect })
}

// === impl FallbackOn ===

impl FallbackOn {
    /// The failure takes the *On failure* edge. A used-up budget always does: nothing was asked of the provider.
    pub fn accepts(&self, class: FaultClass) -> bool {
        if class == FaultClass::OverBudget {
            return true;
        }
        match (self, class) {
            (Self::Default, class) => class.falls_back(),
            (Self::Any, _) => true,
            (Self::Only { statuses, .. }, FaultClass::Status(status)) => statuses.contains(&status),
            (Self::Only { timeout, connect, .. }, class) => {
                let is_connect = class.is_connect() || class == FaultClass::Closed;
                (*timeout && class.is_timeout()) || (*connect && is_connect)
            }
        }
    }
}

/// Marks the models behind whose *On failure* another model waits.
pub(crate) fn look_ahead(route: &mut CompiledRoute) {
    let fallbacks: Vec<(usize, NodeIx)> = route
        .indexed()
        .filter_map(|(at, node)| match &node.kind {
            Kind::Model(step) => step.fallback.map(|to| (at.index(), to)),
            _ => None,
        })
        .collect();
    let leads_on: Vec<usize> =
        fallbacks.into_iter().filter(|(_, to)| reaches_model(route, *to)).map(|(at, _)| at).collect();
    for at in leads_on {
        if let Some(Kind::Model(step)) = route.nodes.get_mut(at).map(|node| &mut node.kind) {
            step.has_next = true;
        }
    }
}

fn reaches_model(route: &CompiledRoute, from: NodeIx) -> bool {
    let mut open = vec![from];
    let mut seen = vec![false; route.nodes.len()];
    while let Some(at) = open.pop() {
        match seen.get_mut(at.index()) {
            Some(seen) if !*seen => *seen = true,
            _ => continue,
        }
        match route.node(at).map(|node| &node.kind) {
            Some(Kind::Model(_)) => return true,
            Some(kind) => open.extend(kind.targets().into_iter().map(|(_, to)| to)),
            None => {}
        }
    }
    false
}
