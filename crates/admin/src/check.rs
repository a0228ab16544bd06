//! Route documents: read in every spelling and compiled with the eyes of the data plane (I13).

use waypost_graph::{Code, Compiled, Problem, Read, RouteSpec, compile, read};
use waypost_store::{GatewayRecord, VersionRecord};

use crate::{
    Admin,
    body::{REQUIRED, object},
    envelope::Message,
    refusal::{ApiError, Noun, Outcome, Refused, place},
};

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
        let around = self.checks.around(&config, gateway);
        Ok(compile(spec, &*around))
    }

    /// A stored version, compiled as the data plane would now: prices and keys may have changed since it was saved.
    pub(crate) async fn check_version(&self, gateway: &GatewayRecord, version: &VersionRecord) -> Outcome<Checked> {
        self.check(gateway, version.document.as_bytes()).await
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
