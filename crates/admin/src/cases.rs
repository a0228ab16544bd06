//! Saved cases: requests with the way that they are expected to take. They run on every change and before a deploy.

pub(crate) mod list;
pub(crate) mod put;
pub(crate) mod run;

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use utoipa::ToSchema;
use waypost_graph::{Assumptions, BucketScope, CompiledRoute, Simulation};
use waypost_store::{GatewayRecord, RouteRecord, SavedCaseRecord};
use waypost_types::UnixMs;

use crate::{
    Admin,
    body::Findings,
    editor::{self, facts::FactsBody},
    insight::replay::{Stage, destination, walk},
    refusal::{Noun, Outcome},
};

pub(crate) const NOUN: &str = "Case";

/// A saved case.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct CaseView {
    /// Its id.
    id: String,
    /// Its name, unique in its route.
    name: String,
    /// The request: `{metadata, headers, body, key_id, key_label, …}`.
    #[schema(value_type = Object)]
    facts: Value,
    /// What is taken for granted; limits that are not named let the request through.
    #[schema(value_type = Object)]
    assumptions: Value,
    /// The way that it should take.
    expect: Expectation,
}

/// The way that a case should take: all of its steps, or where it ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Expectation {
    /// Steps as `element.output` from the start; a limit that refuses is its element alone, and End is left out.
    Path(Vec<String>),
    /// `provider/model` that answers, or `429 to the client`, `an error to the client`, `no model`.
    Model(String),
}

/// What is stored of a case.
#[derive(Debug, Serialize, Deserialize)]
struct Stored {
    #[serde(default)]
    facts: Value,
    #[serde(default)]
    assumptions: Value,
    expect: Expectation,
}

/// How a case went.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct CaseResult {
    /// Id of the case.
    pub(crate) id: String,
    /// Its name.
    pub(crate) name: String,
    /// It went as expected.
    pub(crate) passes: bool,
    /// The way that it took, in the words of the expectation.
    pub(crate) got: String,
    /// The way that it should have taken.
    pub(crate) want: String,
    /// Elements passed, as a simulation tells them.
    #[schema(value_type = Vec<Object>)]
    pub(crate) steps: Vec<Value>,
}

impl CaseView {
    /// A stored case; one that cannot be read expects nothing that could happen.
    fn of(record: SavedCaseRecord) -> Self {
        let stored: Stored = serde_json::from_str(&record.document).unwrap_or(Stored {
            facts: Value::Null,
            assumptions: Value::Null,
            expect: Expectation::Path(Vec::new()),
        });
        Self {
            id: record.id,
            name: record.name,
            facts: stored.facts,
            assumptions: stored.assumptions,
            expect: stored.expect,
        }
    }
}

impl Admin {
    /// The cases of a route, by name.
    pub(crate) async fn cases(&self, gateway: &GatewayRecord, route: &RouteRecord) -> Outcome<Vec<CaseView>> {
        let stored = self.config.routes().saved_cases(&gateway.name(), &route.id).await.noun(NOUN)?;
        Ok(stored.into_iter().map(CaseView::of).collect())
    }

    /// Walks the cases of a route through a document.
    pub(crate) async fn run_cases(
        &self,
        gateway: &GatewayRecord,
        route: &RouteRecord,
        compiled: &Arc<CompiledRoute>,
    ) -> Outcome<Vec<CaseResult>> {
        let now = self.clock.now();
        let scope = BucketScope { gateway: gateway.name().to_string().into(), route_id: route.id.as_str().into() };
        let stage = Stage { scope, policy: editor::simulate::policy(gateway), now, luck: 0 };
        let zone = &gateway.settings.waypost.time_zone;
        let cases = self.cases(gateway, route).await?;
        Ok(cases.iter().map(|case| run(case, compiled, &stage, zone)).collect())
    }
}

fn run(case: &CaseView, compiled: &Arc<CompiledRoute>, stage: &Stage, zone: &str) -> CaseResult {
    let mut result = CaseResult {
        id: case.id.clone(),
        name: case.name.clone(),
        passes: false,
        got: String::new(),
        want: case.expect.words(),
        steps: Vec::new(),
    };
    match read(case, compiled, stage.now, zone) {
        Ok((facts, assumptions)) => {
            let found = walk(compiled, &facts, &assumptions, stage);
            result.got = case.expect.of(&found).words();
            result.passes = case.expect == case.expect.of(&found);
            result.steps = found.steps.iter().map(editor::simulate::step).collect();
        }
        Err(why) => result.got = why,
    }
    result
}

fn read(
    case: &CaseView,
    compiled: &CompiledRoute,
    now: UnixMs,
    zone: &str,
) -> Result<(waypost_types::RequestFacts, Assumptions), String> {
    let facts = sent_facts(&case.facts)?;
    let mut findings = Findings::default();
    let facts = facts.read(compiled, now, zone, &mut findings);
    findings.done().map_err(|refused| refused.errors.into_iter().map(|error| error.message).collect::<String>())?;
    Ok((facts, assumed(&case.assumptions)?))
}

/// A case of an imported file as it is stored.
///
/// # Errors
/// Why it is no case.
pub(crate) fn read_stored(members: Map<String, Value>) -> Result<String, String> {
    let stored: Stored = serde_json::from_value(Value::Object(members)).map_err(|error| error.to_string())?;
    sent_facts(&stored.facts)?;
    assumed(&stored.assumptions)?;
    Ok(json!(stored).to_string())
}

fn sent_facts(value: &Value) -> Result<FactsBody, String> {
    match value {
        Value::Null => Ok(FactsBody::default()),
        value => serde_json::from_value(value.clone()).map_err(|error| error.to_string()),
    }
}

fn assumed(value: &Value) -> Result<Assumptions, String> {
    match value {
        Value::Null => Ok(Assumptions::default()),
        value => serde_json::from_value(value.clone()).map_err(|error| error.to_string()),
    }
}

impl Expectation {
    /// What a walk did, as far as this expectation looks.
    fn of(&self, found: &Simulation) -> Self {
        match self {
            Self::Path(_) => {
                let steps = found.steps.iter().map(|step| &step.step).filter(|step| step.kind != "end");
                let words = steps.map(|step| match &*step.output {
                    "" => step.node.to_string(),
                    output => format!("{}.{output}", step.node),
                });
                Self::Path(words.collect())
            }
            Self::Model(_) => Self::Model(destination(&found.outcome)),
        }
    }

    fn words(&self) -> String {
        match self {
            Self::Path(steps) => steps.join(" → "),
            Self::Model(model) => model.clone(),
        }
    }
}
