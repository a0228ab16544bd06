//! What a file changes in the routes of a gateway.

use std::sync::Arc;

use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;
use waypost_graph::{CompiledRoute, PathStep, RouteSpec, diff::diff, read_value, restarts::restarts};
use waypost_store::{GatewayRecord, RouteRecord, StoreError};

use crate::{
    Admin,
    body::{REQUIRED, kind},
    cases::read_stored,
    limits::{CASES_MAX, DOCUMENT_BYTES_MAX, LABEL_CHARS_MAX},
    refusal::{ApiError, Noun, Outcome, code, place},
    routes::{NOUN, check_name},
};

/// One route of a file beside the one of this name.
pub(super) struct RoutePlan {
    pub(super) view: RoutePlanView,
    /// The route of this name that is here already.
    pub(super) route: Option<RouteRecord>,
    /// The document as a version holds it.
    pub(super) document: String,
    /// The document with its layout, as a draft holds it.
    pub(super) draft: String,
    pub(super) cases: Vec<Case>,
}

/// A saved case: its name, and the rest as JSON.
pub(super) struct Case {
    pub(super) name: String,
    pub(super) document: String,
}

/// What would become of a route.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RoutePlanView {
    /// Its name.
    pub(super) name: String,
    /// It is taken from the file.
    pub(super) taken: bool,
    /// What would happen.
    pub(super) action: RouteAction,
    /// A version goes live.
    pub(super) deploys: bool,
    /// One line per change against what serves.
    pub(super) changes: Vec<String>,
    /// Counters that would start at nothing, in words.
    pub(super) restarts: Vec<String>,
    /// What is worth a thought, in words.
    pub(super) warnings: Vec<String>,
    /// What is wrong with it: nothing is imported while it is taken.
    pub(super) errors: Vec<ApiError>,
}

/// What happens to a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RouteAction {
    /// It is new.
    Create,
    /// A new version of it goes live.
    Change,
    /// What serves is the same.
    Same,
    /// It never served where the file was made, and there is one of this name: that one stays as it is.
    Keep,
}

impl RouteAction {
    pub(super) const fn is_change(self) -> bool {
        matches!(self, Self::Create | Self::Change)
    }
}

impl Admin {
    /// Looks at the route at this place of the file. `gateway` has the settings that it would have.
    pub(super) async fn route_plan(
        &self,
        gateway: &GatewayRecord,
        index: usize,
        file: &Map<String, Value>,
    ) -> Outcome<RoutePlan> {
        let mut members = file.clone();
        let mut errors = Vec::new();
        let at = |steps: &[&str]| place_of(index, steps);
        let name = match members.remove("name") {
            Some(Value::String(name)) => {
                if let Err(refused) = check_name(&name) {
                    errors.extend(refused.errors.into_iter().map(|error| ApiError { path: at(&["name"]), ..error }));
                }
                name
            }
            Some(other) => {
                errors.push(ApiError::invalid(at(&["name"]), format!("Expected string, received {}", kind(&other))));
                String::new()
            }
            None => {
                errors.push(ApiError::invalid(at(&["name"]), REQUIRED));
                String::new()
            }
        };
        let deployed = match members.remove("deployed") {
            None | Some(Value::Bool(true)) => true,
            Some(Value::Bool(false)) => false,
            Some(other) => {
                let message = format!("Expected boolean, received {}", kind(&other));
                errors.push(ApiError::invalid(at(&["deployed"]), message));
                true
            }
        };
        let layout = members.remove("layout");
        let cases = cases(members.remove("cases"), &at, &mut errors);
        let route = match self.config.routes().find_by_name(&gateway.name(), &name).await {
            Err(StoreError::NotFound) => None,
            found => Some(found.noun(NOUN)?),
        };
        let mut plan = RoutePlan {
            view: RoutePlanView {
                name,
                taken: true,
                action: if route.is_none() { RouteAction::Create } else { RouteAction::Keep },
                deploys: false,
                changes: Vec::new(),
                restarts: Vec::new(),
                warnings: Vec::new(),
                errors,
            },
            route,
            document: String::new(),
            draft: with_layout(&members, layout.as_ref()),
            cases,
        };
        if plan.draft.len() > DOCUMENT_BYTES_MAX {
            let message = format!("A document has at most {DOCUMENT_BYTES_MAX} bytes.");
            plan.view.errors.push(ApiError::invalid(at(&[]), message));
        }
        if deployed {
            self.plan_version(gateway, &mut plan, &Value::Object(members), layout.as_ref(), &at).await?;
        }
        Ok(plan)
    }

    /// A route that served where the file was made serves here as well.
    async fn plan_version(
        &self,
        gateway: &GatewayRecord,
        plan: &mut RoutePlan,
        document: &Value,
        layout: Option<&Value>,
        at: &impl Fn(&[&str]) -> Vec<PathStep>,
    ) -> Outcome<()> {
        let read = match read_value(document) {
            Ok(read) => read,
            Err(problems) => {
                plan.view.errors.extend(problems.iter().map(|problem| placed(ApiError::problem(problem), at)));
                return Ok(());
            }
        };
        let compiled = self.compile(gateway, &read.spec).await?;
        let spec = RouteSpec { name: None, ..read.spec };
        let live = self.live_spec(gateway, plan.route.as_ref()).await?;
        let found = live.as_ref().map(|live| diff(live, &spec));
        let document = spec.to_json();
        plan.document = document.to_string();
        plan.draft = document.as_object().map_or_else(String::new, |members| with_layout(members, layout));
        plan.view.warnings.extend(read.changes.iter().chain(&read.unknown).cloned());
        for problem in &compiled.problems {
            if problem.is_error() {
                plan.view.errors.push(placed(ApiError::problem(problem), at));
            } else {
                plan.view.warnings.push(problem.message.clone());
            }
        }
        if found.as_ref().is_some_and(waypost_graph::Diff::is_empty) {
            plan.view.action = RouteAction::Same;
            return Ok(());
        }
        plan.view.action = if plan.route.is_some() { RouteAction::Change } else { RouteAction::Create };
        plan.view.deploys = true;
        plan.view.changes = found.map(|found| found.summary).unwrap_or_default();
        if let (Some(live), Some(new)) = (&live, &compiled.route) {
            let old = self.compile(gateway, live).await?.route;
            let started = old.map(|old| restarts(&old, new)).unwrap_or_default();
            plan.view.restarts = started.into_iter().map(|restart| restart.message).collect();
        }
        if let (Some(route), Some(new)) = (&plan.route, compiled.route) {
            let failing = self.failing_cases(gateway, route, new, at).await?;
            plan.view.errors.extend(failing);
        }
        Ok(())
    }

    async fn live_spec(&self, gateway: &GatewayRecord, route: Option<&RouteRecord>) -> Outcome<Option<RouteSpec>> {
        let Some((route, version)) = route.and_then(|route| Some((route, route.live_version.as_deref()?))) else {
            return Ok(None);
        };
        let stored = self.config.routes().version(&gateway.name(), &route.id, version).await.noun("Version")?;
        let document: Value = serde_json::from_str(&stored.document).unwrap_or_default();
        Ok(read_value(&document).ok().map(|read| RouteSpec { name: None, ..read.spec }))
    }

    /// A deploy is refused while saved cases fail (D13), and so is this one.
    async fn failing_cases(
        &self,
        gateway: &GatewayRecord,
        route: &RouteRecord,
        compiled: CompiledRoute,
        at: &impl Fn(&[&str]) -> Vec<PathStep>,
    ) -> Outcome<Vec<ApiError>> {
        let results = self.run_cases(gateway, route, &Arc::new(compiled)).await?;
        let failed = results.into_iter().filter(|result| !result.passes);
        Ok(failed
            .map(|result| {
                let words = format!("The case {:?} fails: it went {}, not {}.", result.name, result.got, result.want);
                ApiError { path: at(&[]), ..ApiError::new(code::CONFLICT, words) }
            })
            .collect())
    }
}

/// A place in the route at this place of the file.
pub(super) fn place_of(index: usize, steps: &[&str]) -> Vec<PathStep> {
    let mut path = place!["body", "configuration", "routes"];
    path.push(PathStep::Index(index));
    path.extend(steps.iter().map(|step| PathStep::Key((*step).to_owned())));
    path
}

/// The place of a problem in a document, as a place in the file.
fn placed(error: ApiError, at: &impl Fn(&[&str]) -> Vec<PathStep>) -> ApiError {
    let mut path = at(&[]);
    path.extend(error.path.iter().skip(1).cloned());
    ApiError { path, ..error }
}

fn with_layout(members: &Map<String, Value>, layout: Option<&Value>) -> String {
    let mut members = members.clone();
    members.extend(layout.map(|layout| ("layout".to_owned(), layout.clone())));
    Value::Object(members).to_string()
}

/// Saved cases as they are stored; they come with a new route alone.
fn cases(sent: Option<Value>, at: &impl Fn(&[&str]) -> Vec<PathStep>, errors: &mut Vec<ApiError>) -> Vec<Case> {
    let list = match sent {
        None | Some(Value::Null) => return Vec::new(),
        Some(Value::Array(list)) if list.len() <= CASES_MAX => list,
        Some(Value::Array(_)) => {
            let message = format!("Array must contain at most {CASES_MAX} element(s)");
            errors.push(ApiError::invalid(at(&["cases"]), message));
            return Vec::new();
        }
        Some(other) => {
            let message = format!("Expected array, received {}", kind(&other));
            errors.push(ApiError::invalid(at(&["cases"]), message));
            return Vec::new();
        }
    };
    let mut found: Vec<Case> = Vec::with_capacity(list.len());
    for (index, case) in list.into_iter().enumerate() {
        let mut wrong = |message: String| {
            let mut path = at(&["cases"]);
            path.push(PathStep::Index(index));
            errors.push(ApiError::invalid(path, message));
        };
        let Value::Object(mut members) = case else {
            wrong(format!("Expected object, received {}", kind(&case)));
            continue;
        };
        let name = match members.remove("name") {
            Some(Value::String(name)) if (1..=LABEL_CHARS_MAX).contains(&name.chars().count()) => name,
            _ => {
                wrong(format!("Give it a name of 1 to {LABEL_CHARS_MAX} characters."));
                continue;
            }
        };
        if found.iter().any(|case| case.name == name) {
            wrong("Another case has this name.".to_owned());
            continue;
        }
        match read_stored(members) {
            Ok(document) => found.push(Case { name, document }),
            Err(why) => wrong(why),
        }
    }
    found
}
