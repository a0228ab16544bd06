//! Route documents: read in every spelling and compiled with the eyes of the data plane (I13).

use jiff::tz::TimeZone;
use waypost_graph::{Code, Compiled, KeyState, PricePair, Problem, Read, RouteSpec, Surroundings, compile, read};
use waypost_store::{GatewayRecord, VersionRecord, insight::Subject};

use crate::{
    Admin,
    body::{REQUIRED, object},
    envelope::Message,
    insight::{sums::Stretch, window::full_minute},
    refusal::{ApiError, Noun, Outcome, Refused, place},
};

const DAY_MS: i64 = 86_400_000;

/// A document that could be read.
pub(crate) struct Checked {
    /// The document in the published spelling.
    pub(crate) spec: RouteSpec,
    /// What was found.
    pub(crate) compiled: Compiled,
    changes: Vec<String>,
    unknown: Vec<String>,
}

impl Admin {
    /// Reads and compiles a document for a gateway.
    ///
    /// # Errors
    /// It is no route document at all.
    pub(crate) async fn check(&self, gateway: &GatewayRecord, json: &[u8]) -> Outcome<Checked> {
        let Read { spec, changes, unknown } = read(json).map_err(|problems| unreadable(json, &problems))?;
        let compiled = self.compile(gateway, &spec).await?;
        Ok(Checked { spec, compiled, changes, unknown })
    }

    /// Compiles a document as the data plane would now.
    pub(crate) async fn compile(&self, gateway: &GatewayRecord, spec: &RouteSpec) -> Outcome<Compiled> {
        let config = self.config.load().await.noun("Configuration")?;
        let seen = self.seen_metadata(gateway).await?;
        let around = self.checks.around(&config, gateway);
        Ok(compile(spec, &Informed { around: &*around, seen }))
    }

    /// Metadata keys that requests of the last 24 hours carried; `None` without requests, which say nothing.
    async fn seen_metadata(&self, gateway: &GatewayRecord) -> Outcome<Option<Vec<String>>> {
        let (name, now) = (gateway.name(), self.clock.now());
        let stretch = Stretch::since(full_minute(now.plus_ms(-DAY_MS)), now);
        let keys = self.sums(&name, Subject::Keys, stretch, Vec::new()).await?;
        let is_quiet =
            keys.pieces.is_empty() && self.sums(&name, Subject::Requests, stretch, Vec::new()).await?.pieces.is_empty();
        // Where keys were too many to tell apart, any of them may have been among the rest.
        if is_quiet || keys.has_overflow {
            return Ok(None);
        }
        Ok(Some(keys.pieces.iter().map(|piece| piece.part(0).to_owned()).collect()))
    }

    /// A stored version, compiled as the data plane would now: prices and keys may have changed since it was saved.
    pub(crate) async fn check_version(&self, gateway: &GatewayRecord, version: &VersionRecord) -> Outcome<Checked> {
        self.check(gateway, version.document.as_bytes()).await
    }
}

/// What the data plane knows, and what the traffic of the last 24 hours showed (W03).
struct Informed<'a> {
    around: &'a (dyn Surroundings + Send + 'a),
    seen: Option<Vec<String>>,
}

impl Surroundings for Informed<'_> {
    fn price(&self, provider: &str, model: &str) -> Option<PricePair> {
        self.around.price(provider, model)
    }

    fn unknown_price_blocks(&self) -> bool {
        self.around.unknown_price_blocks()
    }

    fn provider_exists(&self, provider: &str) -> bool {
        self.around.provider_exists(provider)
    }

    fn did_you_mean(&self, provider: &str) -> Option<String> {
        self.around.did_you_mean(provider)
    }

    fn provider_name(&self, provider: &str) -> Option<String> {
        self.around.provider_name(provider)
    }

    fn has_key(&self, provider: &str) -> KeyState {
        self.around.has_key(provider)
    }

    fn metadata_is_pinned(&self, key: &str) -> bool {
        self.around.metadata_is_pinned(key)
    }

    fn seen_metadata(&self) -> Option<Vec<String>> {
        self.seen.clone()
    }

    fn keys_with_own_cost(&self) -> Vec<String> {
        self.around.keys_with_own_cost()
    }

    fn zone(&self) -> TimeZone {
        self.around.zone()
    }
}

/// The refusal of a body in which no document was found.
fn unreadable(json: &[u8], problems: &[Problem]) -> Refused {
    let has_no_list = || object(json).is_ok_and(|body| body.get("elements").or(body.get("nodes")).is_none());
    if problems.iter().any(|problem| problem.code == Code::E00) && has_no_list() {
        return Refused::value(place!["body", "elements"], REQUIRED);
    }
    Refused::invalid(problems.iter().map(ApiError::problem).collect())
}

impl Checked {
    /// Refuses what cannot even be kept as an invalid version (D13), with every problem.
    pub(crate) fn keep(&self) -> Outcome<()> {
        if self.compiled.is_refused() { Err(self.refused()) } else { Ok(()) }
    }

    /// Refuses what cannot serve, with every problem.
    pub(crate) fn serve(&self) -> Outcome<()> {
        if self.compiled.is_valid() { Ok(()) } else { Err(self.refused()) }
    }

    /// May be deployed.
    pub(crate) const fn is_valid(&self) -> bool {
        self.compiled.is_valid()
    }

    fn refused(&self) -> Refused {
        let errors = self.compiled.problems.iter().filter(|problem| problem.is_error());
        Refused::invalid(errors.map(ApiError::problem).collect())
    }

    /// What is worth saying about a document that was taken.
    pub(crate) fn messages(&self) -> Vec<Message> {
        let problems = self.compiled.problems.iter().map(|problem| Message {
            code: 7101,
            message: problem.message.clone(),
            problem: Some(problem.code.as_str()),
            node: problem.node.clone(),
        });
        let note = |code, message: &String| Message { code, message: message.clone(), problem: None, node: None };
        let changes = self.changes.iter().map(|change| note(7102, change));
        let unknown = self.unknown.iter().map(|unknown| note(7103, unknown));
        problems.chain(changes).chain(unknown).collect()
    }

    /// Takes members of the request itself out of the document.
    pub(crate) fn take(&mut self, member: &str) -> Option<serde_json::Value> {
        self.spec.extra.remove(member)
    }

    /// The document as it is stored: without the name, which is the route's.
    pub(crate) fn document(&self) -> String {
        RouteSpec { name: None, ..self.spec.clone() }.to_json().to_string()
    }
}
